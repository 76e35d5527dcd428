"""One writer at a time: the lock on a warehouse folder.

Whoever writes stages, warehouse or releases holds it: a build from the command line for its whole
length, Dagster's steps one by one. It is an advisory lock of the operating system on a file, so
it ends with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOCK_FILE = ".lock"
_POLL_SECONDS = 0.2

_held: dict[Path, int] = {}
"""Folders that this process has locked, and how many times over: its own steps pass freely."""


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
    if _held.get(folder):
        _held[folder] += 1
        try:
            yield
        finally:
            _held[folder] -= 1
        return
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(handle, folder, patience, waiting)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "for": purpose}).encode(), 0)
        _held[folder] = 1
        try:
            yield
        finally:
            del _held[folder]
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
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(handle)
    finally:
        os.close(handle)
    return None


def _take(
    handle: int, folder: Path, patience: float, waiting: Callable[[str], None] | None
) -> None:
    give_up = time.monotonic() + patience
    said = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
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
