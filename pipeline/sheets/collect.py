"""Which files lie in ``raw/``: the third stop, and the only one that reads sheets from disk.

There is one :class:`RawSheet` a file, in the order of their names. A file that cannot be taken
comes back too, with its problem: nothing in the folder is passed over silently, except hidden
files and the folder's own manifest and decisions.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.model import UserError
from pipeline.storage.names import ACCEPTANCES, RAW_MANIFEST

MAX_BYTES = 16 << 20
"""Largest file that is read: a document with pictures; texts have a smaller cap of their own."""

UNDATED = "undated"
"""Partition of the sheets that lie in no folder of a year."""

_YEAR_FOLDER = re.compile(r"(?:19|20)\d\d")


class RawFolderError(UserError):
    """The raw folder as a whole cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One file: its name below the raw folder, and its content or the problem with it.

    ``file`` uses ``/`` and shows control characters and undecodable bytes escaped, so that it
    is safe to print and unique. ``sha256`` and ``content`` are None where ``problem`` is set
    before the file could be read.
    """

    file: str
    path: Path
    size: int = 0
    sha256: str | None = None
    content: bytes | None = None
    problem: str | None = None


def folder_year(file: str) -> int | None:
    """The year of the innermost folder named like one."""
    folders = file.split("/")[:-1]
    years = [int(folder) for folder in folders if _YEAR_FOLDER.fullmatch(folder)]
    return years[-1] if years else None


def partition_of(file: str) -> str:
    """The reporting year's partition of a file: its folder's year, or ``undated``."""
    year = folder_year(file)
    return UNDATED if year is None else str(year)


def list_files(raw: Path) -> list[tuple[str, Path]]:
    """Name and path of every file below ``raw``, sorted by name; symbolic links are not followed.

    Raises:
        RawFolderError: the folder is missing or cannot be listed.
    """
    if not raw.is_dir():
        raise RawFolderError(
            f"{raw}: no such folder; put the sheets there or name another with --raw"
        )
    try:
        named = [(shown(name), Path(path)) for name, path in _walk(str(raw), "")]
    except OSError as error:
        raise RawFolderError(f"{error.filename}: {error.strerror}; make it readable") from error
    return sorted(entry for entry in named if entry[0] not in (RAW_MANIFEST, ACCEPTANCES))


def partitions(raw: Path) -> list[str]:
    """The partitions that the files below ``raw`` belong to, sorted."""
    return sorted({partition_of(file) for file, _ in list_files(raw)})


def collect(raw: Path) -> Iterator[RawSheet]:
    """Read the files below ``raw`` one after another.

    Raises:
        RawFolderError: the folder is missing or cannot be listed.
    """
    for file, path in list_files(raw):
        yield read_sheet(file, path, raw)


def read_sheet(file: str, path: Path, raw: Path) -> RawSheet:
    """Read one file, or say why it cannot be taken."""
    try:
        status = path.stat()  # first: it reports links that lead nowhere or in a circle
        if path.is_symlink() and not path.resolve().is_relative_to(raw.resolve()):
            return RawSheet(file, path, problem="is a symbolic link that leaves the folder")
        if not stat.S_ISREG(status.st_mode):
            return RawSheet(file, path, problem="is not a regular file")
        if status.st_size > MAX_BYTES:
            problem = f"has {status.st_size:,} bytes, more than the {MAX_BYTES:,} a sheet may have"
            return RawSheet(file, path, status.st_size, problem=problem)
        content = path.read_bytes()
    except OSError as error:
        return RawSheet(file, path, problem=f"cannot be read: {error.strerror}")
    return RawSheet(file, path, len(content), hashlib.sha256(content).hexdigest(), content)


def _walk(folder: str, name: str) -> Iterator[tuple[str, str]]:
    """Name below the raw folder, and path, of every file that is not hidden."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, f"{name}{entry.name}/")
            else:
                yield f"{name}{entry.name}", entry.path


def shown(name: str) -> str:
    """A file's name or an address as it is safe to print: what cannot be printed is escaped."""
    if name.isprintable() and "\\" not in name:
        return name
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in name.replace("\\", "\\\\")
    )
