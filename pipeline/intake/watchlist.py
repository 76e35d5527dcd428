"""Web addresses that are looked at again and again for new sheets.

The watchlist is a file of addresses; each gives one :class:`~pipeline.intake.add.Result`. What
servers said the last time is kept in the raw folder under a hidden name and is never believed: it
only lets them say that nothing has changed, and only while the sheet that it is about still lies
in the folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pipeline.intake.add import REFUSED, Result, candidate, safe, store
from pipeline.intake.address import AddressError
from pipeline.intake.fetch import Client, FetchError, Validator
from pipeline.intake.snapshot import demand_folder
from pipeline.model import UserError
from pipeline.parse.patterns import Wordings
from pipeline.storage.atomic import write_text
from pipeline.storage.formats import json_text
from pipeline.storage.hashes import sha256_of
from pipeline.storage.lock import locked
from pipeline.storage.names import WATCHLIST, WATCHLIST_STATE

UNCHANGED, FAILED = "unchanged", "failed"
_COMMENT = re.compile(r"(?:^|\s)#.*")
_PATIENCE_SECONDS = 60


class WatchlistError(UserError):
    """There is no watchlist to check; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _AddressState:
    """What is known of an address: the sheet that it gave, and how its server tells it from others."""

    file: str
    sha256: str
    validator: Validator


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
    watchlist: Path, raw: Path, wordings: Wordings, client: Client, *, now: datetime
) -> Iterator[Result]:
    """Look at every address once, ``now``, and take what is new.

    Raises:
        WatchlistError: there is no watchlist to check.
        RawFolderError: the raw folder or its manifest cannot be used.
        pipeline.storage.lock.LockedError: another process is adding sheets for too long.
        OSError: the raw folder cannot be written.
    """
    demand_folder(raw)
    listed = addresses(watchlist)
    before = _read_state(raw)
    after: dict[str, _AddressState] = {}
    try:
        for address in listed:
            known = before.get(address)
            if known is not None and not _lies(known, raw):
                known = None
            result, found = _look(address, known, raw, wordings, client, now=now)
            if found is not None:
                after[address] = found
            yield result
    finally:
        _write_state(after, raw)


def _look(
    address: str,
    known: _AddressState | None,
    raw: Path,
    wordings: Wordings,
    client: Client,
    *,
    now: datetime,
) -> tuple[Result, _AddressState | None]:
    """What became of an address, and what is known of it from now on."""
    given = safe(address)
    try:
        download = client.fetch(address, known.validator if known else None)
    except AddressError as error:
        return Result(given, REFUSED, None, str(error)), known
    except FetchError as error:
        return Result(given, FAILED, None, str(error)), known
    if download.content is None:
        assert known is not None, "only what is known can be unchanged"
        return Result(given, UNCHANGED, known.file, ""), known
    found = candidate(given, download.name, download.content, wordings, download.origin)
    (result,) = store([found], raw, now)
    if found.sheet is None or result.file is None:
        return result, None  # the catalog may know the words of a refused file one day
    return result, _AddressState(result.file, found.sheet.sha256, download.validator)


def _lies(known: _AddressState, raw: Path) -> bool:
    """Whether the sheet that an address gave still lies in the raw folder."""
    try:
        return sha256_of(raw / known.file) == known.sha256
    except OSError:
        return False


def _read_state(raw: Path) -> dict[str, _AddressState]:
    try:
        found = json.loads((raw / WATCHLIST_STATE).read_text(encoding="utf-8"))
        return {
            address: _AddressState(kept["file"], kept["sha256"], Validator(**kept["validator"]))
            for address, kept in found.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # nothing is lost but that every address is asked for its content


def _write_state(known: dict[str, _AddressState], raw: Path) -> None:
    text = json_text({address: asdict(one) for address, one in known.items()})
    with locked(raw, "the watchlist's state", patience=_PATIENCE_SECONDS):
        write_text(raw / WATCHLIST_STATE, text)
