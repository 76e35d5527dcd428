"""What becomes of everything that ``statedata add`` is given: a line for each, none left out.

Files, folders and web addresses come in, one :class:`Result` for every file among them goes out.
What is no sheet is refused with the reason; the others go on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.intake.address import AddressError, is_address
from pipeline.intake.fetch import Client, FetchError
from pipeline.intake.identify import RefusedError, Sheet, identify
from pipeline.intake.snapshot import demand_folder, open_folder
from pipeline.parse.patterns import Wordings
from pipeline.sheets.collect import RawFolderError, RawSheet, list_files, read_sheet, shown

_BATCH = 64
"""Files whose sheets are in memory at a time, and that share one look at the raw folder."""

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """One file that was given: what became of it, where it lies below ``raw/``, and why.

    ``file`` is None where it was not taken; ``note`` says of a sheet that was whether it would be
    quarantined.
    """

    given: str
    status: str
    file: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file on its way: a sheet with its origin, or why it is none."""

    given: str
    sheet: Sheet | None
    origin: str
    problem: str


def add(
    given: list[str],
    raw: Path,
    wordings: Wordings,
    client: Client,
    *,
    now: datetime,
    origin: str | None = None,
) -> Iterator[Result]:
    """Take files, folders and what web addresses give into the raw folder.

    All of them at once, ``now``, in UTC: of two texts of a sheet that are given together nobody has
    said which is the newer. Without an ``origin`` the names of files are recorded.

    Raises:
        RawFolderError: the raw folder or its manifest cannot be used.
        pipeline.storage.lock.LockedError: another process is adding sheets for too long.
        OSError: the raw folder cannot be written.
    """
    demand_folder(raw)
    batch: list[Candidate] = []
    for argument in given:
        if is_address(argument):
            batch.append(_from_address(argument, wordings, client))
            yield from store(batch, raw, now)
            batch = []
            continue
        for one in _from_path(Path(argument), wordings, origin):
            batch.append(one)
            if len(batch) == _BATCH:
                yield from store(batch, raw, now)
                batch = []
    yield from store(batch, raw, now)


def store(batch: list[Candidate], raw: Path, now: datetime) -> list[Result]:
    """Give the sheets of a batch their places.

    Raises:
        RawFolderError: the raw folder or its manifest cannot be used.
        pipeline.storage.lock.LockedError: another process is adding sheets for too long.
        OSError: the raw folder cannot be written.
    """
    results = []
    with open_folder(raw) as folder:
        for one in batch:
            if one.sheet is None:
                results.append(Result(one.given, REFUSED, None, one.problem))
                continue
            location = folder.put(one.sheet, one.origin, f"{now:%Y-%m-%dT%H:%M:%SZ}")
            notes = [location.note, _doubts(one.sheet, raw / location.file)]
            note = "; ".join(note for note in notes if note)
            results.append(Result(one.given, location.status, location.file, note))
    return results


def _doubts(sheet: Sheet, path: Path) -> str:
    if not sheet.failing:
        return ""
    return f"would be quarantined: {', '.join(sheet.failing)}; see `statedata explain {path}`"


def candidate(given: str, name: str, content: bytes, wordings: Wordings, origin: str) -> Candidate:
    """What some bytes are, that were given under a name."""
    try:
        return Candidate(given, identify(name, content, wordings), origin, "")
    except RefusedError as error:
        return Candidate(given, None, origin, str(error))


def _from_address(address: str, wordings: Wordings, client: Client) -> Candidate:
    try:
        fetched = client.fetch(address)
    except (AddressError, FetchError) as error:
        return Candidate(safe(address), None, "", str(error))
    assert fetched.content is not None, "nothing was known of it that could be unchanged"
    return candidate(safe(address), fetched.name, fetched.content, wordings, fetched.origin)


def _from_path(path: Path, wordings: Wordings, origin: str | None) -> Iterator[Candidate]:
    given = shown(path.as_posix())
    if not path.is_dir():
        # Whoever names a link means what it leads to; only links found in a folder must stay in it.
        target = Path(os.path.realpath(path))
        raw = read_sheet(shown(path.name), target, target.parent)
        yield _from_file(given, raw, wordings, origin)
        return
    try:
        files = list_files(path)
    except RawFolderError as error:
        yield Candidate(given, None, "", f"cannot be listed: {error}")
        return
    if not files:
        yield Candidate(given, None, "", "holds no files")
    for file, place in files:
        yield _from_file(f"{given}/{file}", read_sheet(file, place, path), wordings, origin)


def _from_file(given: str, raw: RawSheet, wordings: Wordings, origin: str | None) -> Candidate:
    if raw.content is None:
        return Candidate(given, None, "", raw.problem or "")
    # Its name only: a path says how this machine is set up, and releases carry origins.
    name = raw.file.rpartition("/")[2]
    return candidate(given, name, raw.content, wordings, origin or f"file {name}")


def safe(address: str) -> str:
    """An address as it may be shown: no password, no control characters."""
    scheme, mark, rest = shown(address).partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"
