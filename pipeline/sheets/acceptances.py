"""``raw/acceptances.csv``: which revisions somebody has let in. Its one reader and its one writer.

A row says that of a sheet the file with one sha256 is published in the place of the file with
another one. ``statedata accept`` writes it; whoever reviews the raw folder reviews it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path

from pipeline.sheets.strict_csv import SHA256, read_strict, refused_line, strict_rows
from pipeline.storage.atomic import write_text
from pipeline.storage.formats import csv_text
from pipeline.storage.names import ACCEPTANCES

COLUMNS = ("sheet", "sha256", "replaces", "accepted", "reason")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One decision: of a sheet (``2023/US-OH``) the file ``sha256`` replaces the file ``replaces``.

    ``accepted`` is the day, ISO 8601; ``reason`` may be empty.
    """

    sheet: str
    sha256: str
    replaces: str
    accepted: str
    reason: str


def read_acceptances(raw: Path) -> list[Acceptance]:
    """What was decided, in the order of the file; nothing where there is none.

    Raises:
        RawFolderError: the file cannot be read, or a line of it in more than one way.
    """
    content = read_strict(raw / ACCEPTANCES)
    return [] if content is None else parse_acceptances(content, raw / ACCEPTANCES)


def parse_acceptances(content: bytes, path: Path) -> list[Acceptance]:
    """What the bytes of such a file say; ``path`` is for the message.

    Raises:
        RawFolderError: a line is not what it has to be; the message says which and what to do.
    """
    found: dict[tuple[str, str], Acceptance] = {}
    for number, row in strict_rows(content, path, COLUMNS, COLUMNS):
        one = Acceptance(*(row[name] for name in COLUMNS))
        if problem := _problem(one, found):
            raise refused_line(path, number, problem)
        found[one.sheet, one.replaces] = one
    return [*found.values()]


def write_acceptances(raw: Path, acceptances: Iterable[Acceptance]) -> None:
    """Replace the file, atomically.

    Raises:
        OSError: the folder cannot be written.
    """
    write_text(raw / ACCEPTANCES, csv_text([COLUMNS, *map(astuple, acceptances)]))


def versions_let_in(sheet: str, published: str, acceptances: Iterable[Acceptance]) -> list[str]:
    """The sha256 of the published file of a sheet and of those let in after it, in this order."""
    following = {one.replaces: one.sha256 for one in acceptances if one.sheet == sheet}
    chain = [published]
    while chain[-1] in following:
        chain.append(following[chain[-1]])
    return chain


def _problem(one: Acceptance, before: dict[tuple[str, str], Acceptance]) -> str | None:
    year, _, place = one.sheet.partition("/")
    if not (year.isdecimal() and year.isascii() and len(year) == 4 and place):
        return f"names the sheet {one.sheet[:40]!r}, expected a year and a place like 2023/US-OH; mend it"
    for name in ("sha256", "replaces"):
        if not SHA256.fullmatch(getattr(one, name)):
            return (
                f"has the {name} {getattr(one, name)[:80]!r}, expected 64 of 0-9 and a-f; write what "
                "`sha256sum` says of the file"
            )
    try:
        if date.fromisoformat(one.accepted).isoformat() != one.accepted:
            raise ValueError
    except ValueError:
        return f"has the date {one.accepted[:40]!r}, expected one like 2026-11-21; write it so"
    if (one.sheet, one.replaces) in before:
        return f"replaces {one.replaces[:12]} of {one.sheet} a second time; keep one of the lines"
    if one.replaces in versions_let_in(one.sheet, one.sha256, before.values()):
        return (
            f"leads from {one.sha256[:12]} of {one.sheet} back to {one.replaces[:12]}; remove the "
            "line that is out of date"
        )
    return None
