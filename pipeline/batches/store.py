"""Results of batches on disk: Parquet parts that are found again by what they are a function of.

Reads and writes folders below ``stages/parts``. A part is written beside its place and renamed
into it; it counts only if every file still has the size and the checksum that it was written
with, so that a part torn by a crash or a full disk is made again. Nothing here is a source of
truth: without it the same bytes come out, later.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.parquet
from pyarrow.compute import field

from pipeline.tables.columns import Table
from pipeline.tables.frames import to_arrow, to_pandas
from pipeline.validate.check_summary import CheckSummary

FORMAT = 1
"""Version of the layout of a part; another one is not read."""

_DESCRIPTION = "part.json"
_UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Part:
    """The result of one batch of one stage.

    ``rows`` counts the rows of each table, ``bounds`` holds the first and the last key of each,
    ``checks`` sums up the table checks.
    """

    stage: str
    key: str
    folder: Path
    rows: dict[str, int]
    bounds: dict[str, tuple[list[Any], list[Any]] | None]
    checks: CheckSummary

    def sheets(self) -> dict[str, str]:
        """The sheets whose results it holds: file by the key of each one's result."""
        return dict(_described(self.folder)["sheets"])

    def path(self, table: Table) -> Path:
        """The file of a table."""
        return self.folder / f"{table.name}.parquet"

    def read(self, table: Table, files: Sequence[str] | None = None) -> pd.DataFrame:
        """The frame of a table, of some files or of all."""
        chosen = (
            None if files is None else field("file").isin(pyarrow.array(files, pyarrow.string()))
        )
        return to_pandas(pyarrow.parquet.read_table(self.path(table), filters=chosen))


@dataclass(frozen=True, slots=True)
class PartStore:
    """The parts below one folder."""

    folder: Path

    def find(self, stage: str, key: str) -> Part | None:
        """The part of that key if it is there and whole; a torn one is removed."""
        folder = self.place(stage, key)
        described = _described(folder)
        if described.get("format") == FORMAT and all(
            _checksum(folder / name) == written for name, written in described["files"].items()
        ):
            return _part(stage, key, folder, described)
        shutil.rmtree(folder, ignore_errors=True)
        return None

    def write(
        self,
        stage: str,
        key: str,
        sheets: Mapping[str, str],
        tables: Mapping[Table, pd.DataFrame],
        checks: CheckSummary,
    ) -> Part:
        """Write a part whose frames their schemas have passed, whole or not at all.

        A part that another process has finished meanwhile stays: it holds the same rows.
        """
        place = self.place(stage, key)
        place.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=place.parent))
        try:
            for table, data in tables.items():
                path = building / f"{table.name}.parquet"
                pyarrow.parquet.write_table(to_arrow(table, data), path, compression="zstd")
            described = {
                "format": FORMAT,
                "sheets": dict(sheets),
                "files": {path.name: _checksum(path) for path in sorted(building.iterdir())},
                "rows": {table.name: len(data) for table, data in tables.items()},
                "bounds": {table.name: _bounds(table, data) for table, data in tables.items()},
                "checks": checks.as_json(),
            }
            text = json.dumps(described, ensure_ascii=False)
            (building / _DESCRIPTION).write_text(text, encoding="utf-8")
            building.chmod(0o755)
            try:
                building.rename(place)
            except OSError:
                if self.find(stage, key) is None:
                    raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
        return _part(stage, key, place, described)

    def sheets_in(self, folder: Path) -> int:
        """How many sheets a part's folder holds the results of; 0 if it cannot be read."""
        return len(_described(folder).get("sheets", {}))

    def sources(self, stage: str) -> dict[str, str]:
        """For each sheet's key the key of a part that holds its result; not yet checked to be whole."""
        found: dict[str, str] = {}
        for folder in self.parts(stage):
            found |= dict.fromkeys(_described(folder).get("sheets", {}), folder.name)
        return found

    def parts(self, stage: str | None = None) -> Iterator[Path]:
        """The folders of all parts, of one stage or of all, in the order of their names."""
        yield from sorted(
            path
            for path in self.folder.glob(f"{stage or '*'}/*/*")
            if path.is_dir() and not path.name.startswith(".")
        )

    def sweep(self) -> None:
        """Remove what interrupted writers left half made."""
        for path in self.folder.glob(f"*/*/{_UNFINISHED}*"):
            shutil.rmtree(path, ignore_errors=True)

    def place(self, stage: str, key: str) -> Path:
        """The folder of the part of that key, there or not."""
        return self.folder / stage / key[:2] / key


def _described(folder: Path) -> dict[str, Any]:
    """What a part says of itself; nothing if that cannot be read: `find` then removes it."""
    try:
        described = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return described if isinstance(described, dict) else {}


def _part(stage: str, key: str, folder: Path, described: dict[str, Any]) -> Part:
    bounds = {name: tuple(b) if b else None for name, b in described["bounds"].items()}
    checks = CheckSummary.from_json(described["checks"])
    return Part(stage, key, folder, described["rows"], bounds, checks)


def _bounds(table: Table, data: pd.DataFrame) -> tuple[list[Any], list[Any]] | None:
    """The first and the last key of a frame that stands in the order of its key."""
    if data.empty:
        return None
    first, last = data[list(table.key)].iloc[[0, -1]].to_numpy(dtype=object).tolist()
    return first, last


def _checksum(path: Path) -> list[int]:
    """Size and CRC of a file; nothing that any file has if it is not there."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return [len(content), zlib.crc32(content)]
