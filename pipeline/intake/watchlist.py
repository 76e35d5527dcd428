"""Web addresses that are looked at again and again for new sheets.

Reads the watchlist, a file of addresses, and what their servers said the last time; gives one
:class:`~pipeline.intake.add.Result` for each. What servers said is kept in the raw folder under a
hidden name and is never believed: it only lets them say that nothing has changed, and only while
the sheet that it is about still lies in the folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pipeline.intake.add import REFUSED, Candidate, Result, candidate, safe, store
from pipeline.intake.address import AddressError
from pipeline.intake.fetch import Fetcher, FetchError, Validator
from pipeline.intake.snapshot import demand_folder
from pipeline.parse.patterns import Wordings
from pipeline.storage.atomic import write_text
from pipeline.storage.formats import json_text
from pipeline.storage.lock import locked
from pipeline.storage.names import WATCHLIST, WATCHLIST_STATE

UNCHANGED, FAILED = "unchanged", "failed"
_COMMENT = re.compile(r"(?:^|\s)#.*")
_PATIENCE_SECONDS = 60


class WatchlistError(Exception):
    """There is no watchlist to check; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept of an address: the sheet that it gave, and how its server marks that."""

    file: str
    sha256: str
    mark: Validator


def watchlist_of(raw: Path, given: Path | None) -> Path:
    """Where the watchlist is: where that was said, else beside the raw folder."""
    return given or raw.absolute().parent / WATCHLIST


def addresses(watchlist: Path) -> list[str]:
    """The addresses of a watchlist: one a line, each once; ``#`` begins a comment.

    Raises:
        WatchlistError: it cannot be read, or names none.
    """
    try:
        text = watchlist.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WatchlistError(
            f"{watchlist}: {error.strerror}; write an address a line into it, or name another file "
            "with --watchlist"
        ) from error
    except UnicodeDecodeError as error:
        raise WatchlistError(f"{watchlist}: is not UTF-8 at byte {error.start}") from error
    lines = (_COMMENT.sub("", line).strip() for line in text.splitlines())
    found = list(dict.fromkeys(line for line in lines if line))
    if not found:
        raise WatchlistError(f"{watchlist}: names no address; write one a line into it")
    return found


def check_watchlist(
    watchlist: Path, raw: Path, wordings: Wordings, fetcher: Fetcher, *, now: datetime
) -> Iterator[Result]:
    """Look at every address once and take what is new.

    Args:
        watchlist: the file of addresses.
        raw: the raw folder.
        wordings: the compiled catalog.
        fetcher: asks the addresses.
        now: when this is, in UTC.

    Raises:
        WatchlistError: there is no watchlist to check.
        RawFolderError: the raw folder or its manifest cannot be used.
        pipeline.storage.lock.LockedError: another process is adding sheets for too long.
        OSError: the raw folder cannot be written.
    """
    demand_folder(raw)
    listed = addresses(watchlist)
    before = _read_state(raw)
    after: dict[str, _Kept] = {}
    try:
        for address in listed:
            known = before.get(address)
            if known is not None and not _lies(known, raw):
                known = None
            found = _look(address, known, wordings, fetcher)
            if isinstance(found, Result):
                taken, kept = found, known
            else:
                (taken,) = store([found.found], raw, now)
                kept = _kept(found, taken)
            if kept is not None:
                after[address] = kept
            yield taken
    finally:
        _write_state(after, raw)


@dataclass(frozen=True, slots=True)
class _New:
    found: Candidate
    mark: Validator


def _look(address: str, known: _Kept | None, wordings: Wordings, fetcher: Fetcher) -> Result | _New:
    """What an address gives, or why there is nothing to be taken from it."""
    try:
        fetched = fetcher.fetch(address, known.mark if known else None)
    except AddressError as error:
        return Result(safe(address), REFUSED, None, str(error))
    except FetchError as error:
        return Result(safe(address), FAILED, None, str(error))
    if fetched.content is None:
        assert known is not None, "only what is known can be unchanged"
        return Result(safe(address), UNCHANGED, known.file, "")
    found = candidate(safe(address), fetched.name, fetched.content, wordings, fetched.origin)
    return _New(found, fetched.mark)


def _kept(new: _New, taken: Result) -> _Kept | None:
    """What to keep; of a refused file nothing, for the catalog may know its words one day."""
    if new.found.sheet is None or taken.file is None:
        return None
    return _Kept(taken.file, new.found.sheet.sha256, new.mark)


def _lies(kept: _Kept, raw: Path) -> bool:
    """Whether the sheet that an address gave still lies in the raw folder."""
    try:
        content = (raw / kept.file).read_bytes()
    except OSError:
        return False
    return hashlib.sha256(content).hexdigest() == kept.sha256


def _read_state(raw: Path) -> dict[str, _Kept]:
    try:
        found = json.loads((raw / WATCHLIST_STATE).read_text(encoding="utf-8"))
        return {
            address: _Kept(kept["file"], kept["sha256"], Validator(**kept["mark"]))
            for address, kept in found.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # nothing is lost but that every address is asked for its content


def _write_state(kept: dict[str, _Kept], raw: Path) -> None:
    text = json_text({address: asdict(one) for address, one in kept.items()})
    with locked(raw, "the watchlist's state", patience=_PATIENCE_SECONDS):
        write_text(raw / WATCHLIST_STATE, text)
