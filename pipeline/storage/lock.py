"""One writer at a time: the lock on a warehouse folder.

Whoever writes stages, warehouse or releases holds it: a build from the command line for its whole
length, Dagster's steps one by one. It is an advisory lock of the operating system on a file, so
it ends with its process, however that ends, even if a child of that process lives on.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK_FILE = ".lock"
_POLL_SECONDS = 0.2


@dataclass
class _Hold:
    handle: int
    times: int = 1


_held: dict[tuple[Path, int], _Hold] = {}
"""By folder and thread what is locked, and how many times over: a build's own steps pass freely,
a second build in another thread waits."""


def _let_go_in_child() -> None:
    """A forked child must not keep its parent's lock alive, nor take it for its own."""
    for hold in _held.values():
        os.close(hold.handle)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


class LockedError(Exception):
    """Another process is writing the warehouse; the message says which."""


@contextmanager
def locked(
    warehouse: Path,
    purpose: str,
    *,
    patience: float,
    waiting: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold the warehouse folder's lock.

    Args:
        warehouse: the folder; made if missing.
        purpose: what it is held for, shown to whoever waits.
        patience: seconds to wait for another holder.
        waiting: told once who holds the lock, if anyone does.

    Raises:
        LockedError: another process still holds it when patience ends.
        OSError: the folder cannot be made or written.
    """
    folder = warehouse.resolve()
    key = (folder, threading.get_ident())
    if key in _held:
        _held[key].times += 1
        try:
            yield
        finally:
            _held[key].times -= 1
        return
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(handle, folder, patience, waiting)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "for": purpose}).encode(), 0)
        _held[key] = _Hold(handle)
        try:
            yield
        finally:
            del _held[key]
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def holder(warehouse: Path) -> dict[str, Any] | None:
    """Who says to hold the lock, with pid and purpose; None if nobody does."""
    try:
        handle = os.open(warehouse / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Shared: two that look at once do not take each other for a holder.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(handle)
    finally:
        os.close(handle)
    return None


def _take(
    handle: int, folder: Path, patience: float, waiting: Callable[[str], None] | None
) -> None:
    give_up = time.monotonic() + patience
    refusals, said = 0, False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refusals += 1
            if refusals == 1:
                # It may be :func:`holder` looking, or a holder that has not written its name yet.
                time.sleep(_POLL_SECONDS)
                continue
            who = _read(handle) or {}
            text = f"{folder} is held by process {who.get('pid', '?')} for {who.get('for', '?')}"
            if time.monotonic() >= give_up:
                raise LockedError(f"{text}; try again when it has ended") from None
            if waiting and not said:
                waiting(f"{text}; waiting")
                said = True
            time.sleep(_POLL_SECONDS)
        else:
            return


def _read(handle: int) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        return None  # between taking the lock and writing the name
    return found
