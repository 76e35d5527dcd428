"""The files of the raw folder with their hashes and what the manifest records of them.

A file that was hashed before is hashed again only if it may have changed: if its size, its inode,
or the time of its last change of content or of metadata differ, or if one of those times is so
recent that a second change could hide in it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.sheets.collect import RawSheet, list_files, partition_of, read_sheet
from pipeline.sheets.manifest import Origin

_TOO_RECENT = 2_000_000_000
"""Nanoseconds; file systems that keep times to the second, or to two, are still in use."""


@dataclass(frozen=True, slots=True)
class SheetFile:
    """One file of the raw folder, without its content.

    The fields up to ``retrieved`` are those of RAW_SHEETS. ``path`` is below the raw folder, as the
    file system names it; ``mark`` is the metadata under which the hash stays true, None where it
    must be taken again.
    """

    file: str
    size: int
    sha256: str | None
    problem: str | None
    recorded_sha256: str | None
    origin: str | None
    retrieved: str | None
    path: str = ""
    mark: str | None = None

    @classmethod
    def of(
        cls, sheet: RawSheet, origin: Origin | None, path: str = "", mark: str | None = None
    ) -> SheetFile:
        """The file of a sheet that was read or refused, with its line of the manifest."""
        recorded = origin or Origin("", "", "")
        return cls(
            sheet.file, sheet.size, sheet.sha256, sheet.problem, recorded.sha256 or None,
            recorded.origin or None, recorded.retrieved or None, path, mark,
        )  # fmt: skip

    @property
    def row(self) -> tuple[Any, ...]:
        """The file as a row of RAW_SHEETS."""
        recorded = (self.recorded_sha256, self.origin, self.retrieved)
        return (self.file, self.size, self.sha256, self.problem, *recorded)


def hash_files(
    raw: Path,
    manifest: Mapping[str, Origin],
    before: Mapping[str, SheetFile],
    partitions: Collection[str] | None = None,
) -> list[SheetFile]:
    """The files below ``raw``, of some partitions or of all, in the order of their names.

    What this function found ``before``, by file, is not hashed again unless it may have changed.

    Raises:
        RawFolderError: the folder cannot be read.
    """
    found = []
    for file, path in list_files(raw):
        if partitions is None or partition_of(file) in partitions:
            sheet, mark = _hashed(file, path, raw, before.get(file))
            below = str(path.relative_to(raw))
            found.append(SheetFile.of(sheet, manifest.get(file), below, mark))
    return found


def _hashed(
    file: str, path: Path, raw: Path, before: SheetFile | None
) -> tuple[RawSheet, str | None]:
    """The sheet and its mark; its content is read only if it may be another one."""
    try:
        status = os.lstat(path)
    except OSError:
        return read_sheet(file, path, raw), None  # which says what is wrong with it
    times = (status.st_mtime_ns, status.st_ctime_ns)
    mark = " ".join(map(str, (status.st_size, *times, status.st_ino)))
    if before is not None and before.mark == mark:
        return RawSheet(file, path, before.size, before.sha256), mark
    sheet = read_sheet(file, path, raw)
    is_recent = max(times) > time.time_ns() - _TOO_RECENT
    return sheet, None if is_recent or sheet.sha256 is None else mark
