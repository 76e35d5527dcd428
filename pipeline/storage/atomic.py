"""Whole files or none: the one way in which files and folders are written.

Whoever writes something that another program or a later build reads uses it:

- a small file: ``write_text(path, text)`` or ``write_bytes(path, content)``;
- a file that a library writes, or a whole folder:
  ``with replacing(path) as unfinished: library.write(unfinished)``;
- what was made elsewhere on the same disk: ``swap_in(made, path)``.

A reader sees the old content or the new one, after a crash and a power cut too; an error leaves
the old one and nothing else. What a killed process leaves has a name with a dot in front, and the
next writer of the same path takes it over: two writers of a path need a lock
(:mod:`pipeline.storage.lock`), or a content that is the same whoever writes it and ``name``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, *, durable: bool = True, name: str | None = None) -> Iterator[Path]:
    """A path beside ``path`` to write to; what is there when the block ends takes its place.

    Args:
        path: a file, a folder that does not exist yet, or a symbolic link. Its folder is made if
            it is missing.
        durable: whether it has to outlast a power cut; without, a torn file is possible, for
            results that are checked when they are read and can be made again.
        name: of what is unfinished, for writers of one path that run at once; must begin with a
            dot. By default ``.`` and the name of ``path``.

    Raises:
        OSError: the folder cannot be written or is full, or ``path`` is a folder with content.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(name or f".{path.name}")
    _remove(unfinished)
    try:
        yield unfinished
        swap_in(unfinished, path, durable=durable)
    except BaseException:
        _remove(unfinished)
        raise


def swap_in(made: Path, path: Path, *, durable: bool = True) -> None:
    """Give a finished file or folder its name, in the place of what has it.

    Raises:
        OSError: the folder cannot be written, or ``path`` is a folder with content.
    """
    if durable:
        sync_all(made)
    made.replace(path)
    if durable:
        sync(path.parent)


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a text as UTF-8, its line ends as they are.

    Raises:
        OSError: the folder cannot be written or is full.
    """
    write_bytes(path, text.encode(), durable=durable)


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file.

    Raises:
        OSError: the folder cannot be written or is full.
    """
    with replacing(path, durable=durable) as unfinished:
        unfinished.write_bytes(content)


def sync(path: Path) -> None:
    """Have a file's content, or a folder's entries, written to the disk itself."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_all(path: Path) -> None:
    """Have a file, or a folder with all that it holds, written to the disk itself."""
    if path.is_symlink():
        return  # it is an entry of its folder, and has no content of its own
    if path.is_dir():
        for below in sorted(path.rglob("*")):
            if not below.is_symlink():
                sync(below)
    sync(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
