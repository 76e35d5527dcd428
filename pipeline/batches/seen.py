"""The sha256 of files, taken anew only where a file has changed since it was last taken.

Reads files' metadata, and their content where it must. A file counts as unchanged if size,
inode, and the times of its last change of content and of metadata are the same, and if those
times are not so recent that a second change could hide in them.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.sheets.collect import RawSheet, read_sheet

_TOO_RECENT = 2_000_000_000
"""Nanoseconds; file systems that keep times to the second, or to two, are still in use."""

Mark = tuple[int, int, int, int]


@dataclass(slots=True)
class Seen:
    """Files by name, each with a mark of its metadata and the sha256 of its bytes."""

    known: dict[str, tuple[Mark, str]] = field(default_factory=dict)
    _taken: dict[str, tuple[Mark, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Seen:
        """What was seen before, as :meth:`write` left it; nothing if it cannot be read."""
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))
            known = {
                str(file): (_mark(*map(int, mark)), str(sha256))
                for file, (mark, sha256) in entries.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return cls()  # it only saves time
        return cls(known)

    def next(self) -> Seen:
        """For another look: what was seen in this one."""
        return Seen(self._taken)

    def write(self, path: Path) -> None:
        """Keep what was seen since :meth:`read`, for the next time."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(self._taken), encoding="utf-8")
        unfinished.replace(path)

    def sheet(self, file: str, path: Path, raw: Path) -> RawSheet:
        """The file without its content, its bytes read only if they may be others."""
        mark = self._mark_of(path)
        if mark is not None and (found := self.known.get(file)) and found[0] == mark:
            self._taken[file] = found
            return RawSheet(file, path, mark[0], found[1], None, None)
        sheet = read_sheet(file, path, raw)
        recent = mark is not None and max(mark[1:3]) > time.time_ns() - _TOO_RECENT
        if mark is not None and sheet.sha256 is not None and not recent:
            self._taken[file] = (mark, sheet.sha256)
        return sheet

    def _mark_of(self, path: Path) -> Mark | None:
        try:
            status = os.lstat(path)
        except OSError:
            return None  # `read_sheet` says what is wrong with it
        return _mark(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _mark(size: int, modified: int, changed: int, inode: int) -> Mark:
    return size, modified, changed, inode
