"""Where the frames between stages lie on disk: Parquet parts below ``warehouse/stages``.

Each partitioned stage writes one part a partition, the others one part each, so that a run over
one year leaves the other years' parts as they are. Parts are rebuilt by every run and never part
of a release.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.validate.columns import Table
from pipeline.validate.frames import read_parts, write_part

FOLDER = "stages"
VALIDATED = "validated"
_PARTITIONS = "partitions"


@dataclass(frozen=True, slots=True)
class Stages:
    """The stage folder of one warehouse."""

    folder: Path

    @classmethod
    def of(cls, warehouse: Path) -> Stages:
        """The stages of the warehouse in that folder."""
        return cls(warehouse / FOLDER)

    def write(self, stage: str, table: Table, data: pd.DataFrame, partition: str) -> None:
        """Write what a stage made of one partition."""
        write_part(table, data, self._part(stage, table, partition))

    def read(self, stage: str, table: Table, partition: str) -> pd.DataFrame:
        """What a stage made of one partition."""
        return read_parts(table, [self._part(stage, table, partition)])

    def read_all(self, stage: str, table: Table) -> pd.DataFrame:
        """What a stage made of all partitions."""
        folder = self.folder / _PARTITIONS
        return read_parts(table, sorted(folder.glob(f"*/{stage}/{table.name}.parquet")))

    def write_validated(self, table: Table, data: pd.DataFrame) -> None:
        """Write a table that is published, or the quarantine."""
        write_part(table, data, self.folder / VALIDATED / f"{table.name}.parquet")

    def read_validated(self, table: Table) -> pd.DataFrame:
        """A table that is published, or the quarantine."""
        return read_parts(table, [self.folder / VALIDATED / f"{table.name}.parquet"])

    def keep_only(self, partitions: Iterable[str]) -> None:
        """Remove the parts of partitions that have no sheets any more."""
        folder = self.folder / _PARTITIONS
        kept = set(partitions)
        if folder.is_dir():
            for entry in folder.iterdir():
                if entry.name not in kept:
                    shutil.rmtree(entry)

    def _part(self, stage: str, table: Table, partition: str) -> Path:
        return self.folder / _PARTITIONS / partition / stage / f"{table.name}.parquet"
