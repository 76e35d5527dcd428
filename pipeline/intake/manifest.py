"""The manifest as intake keeps it: one row a file, sorted, replaced as a whole.

Reads ``raw/manifest.csv`` with whatever columns it has, gives it back with rows added or renewed.
Rows and columns that intake does not know stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.sheets.collect import MANIFEST, RawFolderError
from pipeline.storage.atomic import write_text

_COLUMNS = ("file", "sha256", "bytes", "origin", "retrieved")
_DEMANDED = ("file", "sha256", "origin", "retrieved")


@dataclass
class Manifest:
    """The rows of one manifest, each by column."""

    path: Path
    columns: list[str]
    rows: list[dict[str, str]]
    is_changed: bool = False

    @classmethod
    def read(cls, raw: Path) -> Manifest:
        """The manifest of a raw folder; an empty one where there is none.

        Raises:
            RawFolderError: it is no table with the columns that it needs.
        """
        path = raw / MANIFEST
        try:
            text = path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            text = ""
        except UnicodeDecodeError as error:
            raise RawFolderError(
                f"{path}: is not UTF-8 at byte {error.start}; save it so"
            ) from error
        lines = [line for line in csv.reader(io.StringIO(text, newline="")) if line]
        columns, *rows = lines or [list(_COLUMNS)]
        missing = [name for name in _DEMANDED if name not in columns]
        if missing:
            raise RawFolderError(
                f"{path}: expected the columns {', '.join(_DEMANDED)}; {missing[0]!r} is missing"
            )
        twice = [name for name in columns if columns.count(name) > 1]
        if twice:
            raise RawFolderError(f"{path}: names the column {twice[0]!r} twice")
        for row in rows:
            if len(row) != len(columns):
                raise RawFolderError(
                    f"{path}: the line of {row[0]!r} has {len(row)} cells, expected "
                    f"{len(columns)}; mend it"
                )
        return cls(path, columns, [dict(zip(columns, row, strict=True)) for row in rows])

    def row(self, file: str) -> dict[str, str] | None:
        """What is recorded of a file; of two rows the last, as for whoever reads it."""
        return next((row for row in reversed(self.rows) if row["file"] == file), None)

    def record(self, file: str, sha256: str, size: int, origin: str, retrieved: str) -> None:
        """Add a file's row, or renew it; what intake does not know of it stays."""
        row = self.row(file)
        if row is None:
            row = dict.fromkeys(self.columns, "")
            self.rows.append(row)
        known = {
            "file": file, "sha256": sha256, "bytes": str(size), "origin": origin,
            "retrieved": retrieved,
        }  # fmt: skip
        row.update({name: value for name, value in known.items() if name in self.columns})
        self.is_changed = True

    def write(self) -> None:
        """Replace the file, if anything changed.

        Raises:
            OSError: the folder cannot be written.
        """
        if not self.is_changed:
            return
        rows = sorted(self.rows, key=lambda row: row["file"])
        lines = [self.columns, *([row[name] for name in self.columns] for row in rows)]
        write_text(self.path, "".join(",".join(map(_cell, line)) + "\n" for line in lines))
        self.is_changed = False


def _cell(text: str) -> str:
    # Python's writer leaves a lone carriage return bare, which its reader takes for a line's end.
    if re.search(r'[",\r\n]', text):
        return '"' + text.replace('"', '""') + '"'
    return text
