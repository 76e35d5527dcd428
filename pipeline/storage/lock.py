"""One writer at a time: the lock on a folder.

Whoever writes stages, warehouse or releases holds the warehouse's: a build from the command line
for its whole length, Dagster's steps one by one. Whoever adds sheets holds the raw folder's. It is
a lock of the operating system on a file (by ``filelock``), so it ends with its process, however
that ends, even if a child of that process lives on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.model import UserError
from pipeline.storage.names import LOCK_FILE

_GRACE_SECONDS = 0.2
"""How long everyone waits: somebody may only be looking, or not have written its name yet."""
_POLL_SECONDS = 0.1


class LockedError(UserError):
    """Another process is writing the folder; the message says which."""


@contextmanager
def locked(
    folder: Path,
    purpose: str,
    *,
    patience: float,
    waiting: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold a folder's lock. A thread that holds it passes freely, another one waits.

    Args:
        folder: the folder; made if missing.
        purpose: what it is held for, shown to whoever waits.
        patience: seconds to wait for another holder.
        waiting: told once who holds the lock, if anyone does.

    Raises:
        LockedError: another process still holds it when patience ends.
        OSError: the folder cannot be made or written, or its disk knows no locks.
    """
    from filelock import FileLock, Timeout  # only here: who writes nothing need not wait for it

    place = folder.resolve()
    path = place / LOCK_FILE
    # One object a path, whose holds are counted for each thread by itself. A soft lock, a file
    # that is merely there, would outlive a killed holder: where there is no other, writing fails.
    lock = FileLock(
        path,
        mode=0o644,
        is_singleton=True,
        poll_interval=_POLL_SECONDS,
        fallback_to_soft=False,
        preserve_lock_file=True,
    )
    is_outermost = not lock.is_locked
    try:
        lock.acquire(timeout=_GRACE_SECONDS)
    except Timeout:
        if waiting and patience > 0:
            waiting(f"{_held_by(place)}; waiting")
        try:
            lock.acquire(timeout=max(patience, 0))  # below 0 is for ever
        except Timeout:
            raise LockedError(f"{_held_by(place)}; try again when it has ended") from None
    try:
        if is_outermost:
            path.write_text(json.dumps({"pid": os.getpid(), "for": purpose}), encoding="utf-8")
        yield
    finally:
        try:
            if is_outermost and path.exists():
                os.truncate(path, 0)
        finally:
            lock.release()


def holder(folder: Path) -> dict[str, Any] | None:
    """Who says to hold a folder's lock, with pid and purpose; None if nobody does."""
    import fcntl  # filelock knows no shared look: two that look would take each other for a holder

    try:
        handle = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written(folder)
    except OSError:
        return None  # a disk that knows no locks
    finally:
        os.close(handle)
    return None


def abandoned(folder: Path) -> bool:
    """Whether whoever held a folder's lock last was ended before it could let go of it."""
    return _written(folder) is not None and holder(folder) is None


def _held_by(folder: Path) -> str:
    who = _written(folder) or {}
    return f"{folder} is held by process {who.get('pid', '?')} for {who.get('for', '?')}"


def _written(folder: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((folder / LOCK_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # between taking the lock and writing the name
    return found
