"""What lies between the stages of a build: the folder ``stages`` of a warehouse.

Reads and writes, for each partition, its files as listed and which parts hold its texts and its
statements; and the tables that the last validation published. Rebuilt by every run as far as
sheets have changed; never part of a release.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.batches.seen import Seen
from pipeline.batches.store import Part, PartStore
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import read_parts, write_part
from pipeline.tables.schema import RAW_SHEETS

FOLDER = "stages"
VALIDATED = "validated"
_PARTITIONS = "partitions"
_PARTS = "parts"
_INDEX = "tables.json"
_SPARE_PARTS = 64
"""Parts that are kept though nothing refers to them: a sheet may go back to what it was."""


class StageError(Exception):
    """A stage's result is missing or torn; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The stage folder of one warehouse."""

    folder: Path

    @classmethod
    def of(cls, warehouse: Path) -> Stages:
        """The stages of the warehouse in that folder."""
        return cls(warehouse / FOLDER)

    @property
    def store(self) -> PartStore:
        """The parts of all partitions."""
        return PartStore(self.folder / _PARTS)

    def write_raw(self, partition: str, data: pd.DataFrame, seen: Seen) -> None:
        """Keep the frame RAW_SHEETS of a partition, and what was seen of its files."""
        write_part(RAW_SHEETS, data, self._raw(partition))
        seen.write(self._seen(partition))

    def read_raw(self, partition: str) -> pd.DataFrame:
        """The frame RAW_SHEETS of a partition."""
        return read_parts(RAW_SHEETS, [self._raw(partition)])

    def seen(self, partition: str) -> Seen:
        """What was seen of a partition's files when they were last listed."""
        return Seen.read(self._seen(partition))

    def raw_files(self) -> list[Path]:
        """The Parquet files of RAW_SHEETS, of all partitions."""
        return sorted((self.folder / _PARTITIONS).glob(f"*/{RAW_SHEETS.name}.parquet"))

    def write_plan(self, stage: str, partition: str, keys: Iterable[str]) -> None:
        """Keep which parts hold a stage's result of a partition, in their order."""
        _write_json(list(keys), self._plan(stage, partition))

    def parts(self, stage: str, partition: str = "*") -> list[Part]:
        """The parts of a stage's result, of one partition or of all, in their order.

        Raises:
            StageError: a part is missing or torn.
        """
        found = []
        for plan in sorted((self.folder / _PARTITIONS).glob(f"{partition}/{stage}.json")):
            for key in json.loads(plan.read_text(encoding="utf-8")):
                part = self.store.find(stage, key)
                if part is None:
                    raise StageError(
                        f"{plan.parent.name}: the stage {stage} has lost a part; build all years again"
                    )
                found.append(part)
        return found

    def write_validated(self, tables: TableFiles) -> None:
        """Keep which files hold each published table."""
        index = {
            name: [path.relative_to(self.folder).as_posix() for path in paths]
            for name, paths in tables.files.items()
        }
        _write_json(index, self.folder / VALIDATED / _INDEX)

    def validated(self) -> TableFiles:
        """The published tables and the quarantine, as the last validation left them.

        Raises:
            FileNotFoundError: nothing has been validated yet.
        """
        index = json.loads((self.folder / VALIDATED / _INDEX).read_text(encoding="utf-8"))
        return TableFiles(
            {name: tuple(self.folder / path for path in paths) for name, paths in index.items()}
        )

    def keep_only(self, partitions: Iterable[str]) -> None:
        """Remove what is kept of partitions that have no sheets any more."""
        folder = self.folder / _PARTITIONS
        kept = set(partitions)
        if folder.is_dir():
            for entry in folder.iterdir():
                if entry.name not in kept:
                    shutil.rmtree(entry)

    def prune(self, spare: int = _SPARE_PARTS) -> list[Path]:
        """Remove parts that nothing refers to, but for the newest ``spare``; gives what went."""
        self.store.sweep()
        free = self.spare_parts()
        for path in free[spare:]:
            shutil.rmtree(path)
        return free[spare:]

    def spare_parts(self) -> list[Path]:
        """The folders of parts that nothing refers to, the newest first."""
        used = self._used()
        free = [path for path in self.store.parts() if path not in used]
        return sorted(free, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)

    def clear(self) -> None:
        """Remove all parts: the next build makes every one anew, to the same bytes."""
        shutil.rmtree(self.store.folder, ignore_errors=True)

    def _used(self) -> set[Path]:
        """The folders of the parts that a plan or the published tables refer to."""
        used = set()
        for plan in (self.folder / _PARTITIONS).glob("*/*.json"):
            if plan != self._seen(plan.parent.name):
                keys = json.loads(plan.read_text(encoding="utf-8"))
                used |= {self.store.place(plan.stem, key) for key in keys}
        with suppress(FileNotFoundError):  # nothing has been validated yet
            used |= {path.parent for paths in self.validated().files.values() for path in paths}
        return used

    def _raw(self, partition: str) -> Path:
        return self.folder / _PARTITIONS / partition / f"{RAW_SHEETS.name}.parquet"

    def _seen(self, partition: str) -> Path:
        return self.folder / _PARTITIONS / partition / "seen.json"

    def _plan(self, stage: str, partition: str) -> Path:
        return self.folder / _PARTITIONS / partition / f"{stage}.json"


def _write_json(value: object, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(value), encoding="utf-8")
    unfinished.replace(path)
