"""What a file says it is, before it has a place: state, year, and the name they give it.

A sheet is parsed and checked as a build does it, so that whoever adds it is told at once which
checks it would fail. The file's own name decides nothing but which suffix of its format it keeps.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from pipeline.checks import is_error
from pipeline.parse.patterns import Wordings
from pipeline.parse.sheet import parse_sheet
from pipeline.sheets.extract import extract
from pipeline.sheets.formats import Format, NotTextError

SUFFIXES: dict[Format, tuple[str, ...]] = {
    "text": (".txt", ".md"),
    "pdf": (".pdf",),
    "html": (".html", ".htm"),
    "docx": (".docx",),
}
_IDENTITY = ("one_state_is_named", "one_year_is_named")


class RefusedError(Exception):
    """Bytes that are no sheet which could be placed; the message continues the file's name."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet on its way: its bytes, and where it belongs.

    ``place`` is year and state as a path, ``2023/new-york``; ``failing`` names the checks that it
    fails by itself, for which it would be quarantined.
    """

    content: bytes
    sha256: str
    place: str
    suffix: str
    failing: tuple[str, ...]


def identify(name: str, content: bytes, wordings: Wordings) -> Sheet:
    """Find out whose sheet some bytes are; the file's name is for its suffix.

    Raises:
        RefusedError: they hold no text, or no text that names one state and one year.
    """
    try:
        text = extract(content)
    except NotTextError as error:
        raise RefusedError(str(error)) from error
    parsed = parse_sheet("", text, wordings)
    if parsed.year is None or parsed.jurisdiction is None:
        reasons = [f for f in parsed.findings if f.check in _IDENTITY and not f.passed]
        raise RefusedError("; ".join(finding.message.removeprefix(": ") for finding in reasons))
    known = next(j for j in wordings.by_name.values() if j.jurisdiction == parsed.jurisdiction)
    from pipeline.validate.schemas import check_sheets  # numpy is waited for by a sheet only

    asked = [(parsed, text.text)]
    (checks,) = check_sheets(asked, wordings.catalog, wordings.numbers, by_pandera=False)
    failing = {f.check: None for f in (*parsed.findings, *checks) if is_error(f)}
    return Sheet(
        content,
        hashlib.sha256(content).hexdigest(),
        f"{parsed.year}/{slug(known.name)}",
        suffix_of(name, text.format),
        tuple(failing),
    )


def slug(name: str) -> str:
    """A jurisdiction's plain name as a file's: ``us-virgin-islands``."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace(".", "")).strip("-")


def suffix_of(name: str, format_: Format) -> str:
    """The suffix that a file keeps: its own if it is one of its format, else the format's first."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix in SUFFIXES[format_] else SUFFIXES[format_][0]
