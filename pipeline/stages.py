"""The folder in which a build keeps what it made: lists, parts, extractions, published tables.

Everything in it carries its sum, so that a wrong byte is healed or refused and never used; all of
it can be removed, and the same bytes come out. What the steps make is not known here.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from pipeline.model import UserError
from pipeline.parts import Part, sum_of
from pipeline.sheets.listing import SheetFile
from pipeline.storage.names import RUNNING, STAGES
from pipeline.storage.sealed import read_sealed, write_sealed
from pipeline.tables.files import TableFiles

_PARTITIONS = "partitions"
_EXTRACTED = "extracted"
_VALIDATED = "validated"
_LISTING = "sheets.json"
_INDEX = "tables.json"
_OF_OLDER_VERSIONS = ("parts", "merged")
_SPARE = 64
"""Extractions that stay though no sheet needs them: a document may come back."""


class StageError(UserError):
    """What an earlier step left is missing or damaged; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The folder ``stages`` of one warehouse; written by whoever holds the warehouse's lock."""

    folder: Path

    @classmethod
    def of(cls, warehouse: Path) -> Stages:
        """The stages of the warehouse in that folder."""
        # Absolute: parts name their files by it, in other processes and under other folders.
        return cls(warehouse.absolute() / STAGES)

    @property
    def extracted(self) -> Path:
        """The folder of the texts that were extracted from documents."""
        return self.folder / _EXTRACTED

    @property
    def running(self) -> Path:
        """The folder of the locks of Dagster's runs in progress, each by its id."""
        return self.folder / RUNNING

    def partition(self, name: str) -> Path:
        """The folder of a partition's parts."""
        return self.folder / _PARTITIONS / name

    def partitions(self) -> list[str]:
        """The partitions of which something is kept."""
        return sorted(path.parent.name for path in self.partition("*").parent.glob(f"*/{_LISTING}"))

    def write_listing(self, partition: str, sheets: Iterable[SheetFile]) -> None:
        """Keep which files a partition has."""
        write_sealed(self.partition(partition) / _LISTING, list(map(astuple, sheets)))

    def listing(self, partition: str) -> list[SheetFile] | None:
        """The files that a partition had when it was last listed; None if that is not known."""
        rows = read_sealed(self.partition(partition) / _LISTING)
        return None if rows is None else [SheetFile(*row) for row in rows]

    def validation_folder(self) -> Path:
        """The folder for the tables of the next validation: another one than of the last."""
        index = read_sealed(self.folder / _VALIDATED / _INDEX) or {}
        used = any(
            path.startswith(f"{_VALIDATED}/a/") for files in index.values() for path in files
        )
        return self.folder / _VALIDATED / ("b" if used else "a")

    def write_validated(self, tables: TableFiles) -> None:
        """Keep which files hold each published table, with their sums."""
        index = {
            name: {path.relative_to(self.folder).as_posix(): sum_of(path) for path in paths}
            for name, paths in tables.files.items()
        }
        write_sealed(self.folder / _VALIDATED / _INDEX, index)

    def validated(self, names: Collection[str] | None = None) -> TableFiles:
        """The published tables and the quarantine, some or all, as the last validation left them.

        Raises:
            FileNotFoundError: nothing has been validated yet.
            StageError: a table is not what the validation wrote.
        """
        path = self.folder / _VALIDATED / _INDEX
        index = read_sealed(path)
        if index is None:
            path.read_bytes()  # raises where there is none
            raise StageError(f"{path}: is damaged, or of another version; build again")
        chosen = {name: files for name, files in index.items() if names is None or name in names}
        for below, written in (entry for files in chosen.values() for entry in files.items()):
            if sum_of(self.folder / below) != written:
                raise StageError(
                    f"{self.folder / below}: is not what the last validation wrote; build again"
                )
        return TableFiles(
            {name: tuple(self.folder / path for path in files) for name, files in chosen.items()}
        )

    def validated_sums(self) -> dict[str, dict[str, str]]:
        """The sha256 of each file of the published tables, as the last validation wrote them."""
        return read_sealed(self.folder / _VALIDATED / _INDEX) or {}

    def keep_only(self, partitions: Collection[str], parts: Iterable[Part]) -> None:
        """Remove what is kept of other partitions, and what none of the parts is made of."""
        kept = {path for part in parts for path in part.files()}
        kept |= {self.partition(name) / _LISTING for name in partitions}
        for folder in (self.folder / _PARTITIONS).iterdir():
            if folder.name not in partitions:
                shutil.rmtree(folder)
            else:
                for path in set(folder.iterdir()) - kept:
                    path.unlink(missing_ok=True)  # a worker thought lost may still be writing
        for name in _OF_OLDER_VERSIONS:
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for path in (self.folder / _VALIDATED).glob("*.parquet"):
            path.unlink()  # of an older version too
        for folder in (self.folder, self.folder / _VALIDATED):
            for path in folder.glob(".*.json.*"):
                path.unlink(missing_ok=True)  # of a writer that was interrupted

    def spare(self) -> list[Path]:
        """The extractions that no listed file needs, the newest first.

        None are where a listing is damaged: it may need them.
        """
        listings = [self.listing(partition) for partition in self.partitions()]
        if any(sheets is None for sheets in listings):
            return []
        needed = {sheet.sha256 for sheets in listings for sheet in sheets or []}
        found = [path for path in self.extractions() if path.name.partition(".")[0] not in needed]
        return sorted(found, key=lambda path: (-path.stat().st_mtime_ns, path.name))

    def extractions(self) -> Iterator[Path]:
        """The files of all extractions, and what interrupted writers of them left."""
        return (path for path in sorted(self.extracted.glob("*/*")) if path.is_file())

    def usage(self) -> dict[str, list[Path]]:
        """The files that are kept, by what they are for."""
        spare = self.spare()
        return {
            "parts": sorted(self.partition("*").parent.glob("*/*")),
            "extracted documents": [path for path in self.extractions() if path not in spare],
            "extracted documents, spare": spare,
        }

    def prune(self, spare: int = _SPARE) -> None:
        """Remove the extractions that no file needs, but for the newest."""
        for path in self.spare()[spare:]:
            path.unlink()

    def clear(self) -> None:
        """Remove all parts and extractions: the next build makes them anew, to the same bytes."""
        for folder in (_PARTITIONS, _EXTRACTED, *_OF_OLDER_VERSIONS):
            shutil.rmtree(self.folder / folder, ignore_errors=True)
