"""What is kept between builds, so that only what has changed is worked on again.

A part holds the tables that one step made of one bucket of sheets, and says of which inputs it is
a function: it counts only for the same inputs, and only while each of its files has the sha256 it
was written with. Nothing here is a source of truth: without it the same bytes come out, later.
"""

from __future__ import annotations

import hashlib
import json
import platform
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet

from pipeline.model import UserError
from pipeline.sheets.listing import SheetFile
from pipeline.storage.hashes import sha256_of
from pipeline.storage.sealed import read_sealed, write_sealed, write_whole
from pipeline.tables.columns import Table
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import to_arrow, to_pandas
from pipeline.tables.schema import CHECKS, SHEET_TEXTS
from pipeline.validate.check_summary import CheckSummary

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.executors import Workers

SHEETS_A_BUCKET = 256
"""Sheets of a bucket at most, about: a usual year is one bucket, a worker holds some 10 MB."""

PROGRAM = (
    "model.py", "checks.py", "parts.py", "steps.py", "storage", "tables", "catalog", "sheets",
    "parse", "validate",
)  # fmt: skip
"""What of this package the parts are a function of; the catalog's data have a digest of their own."""

_PACKAGE = Path(__file__).parent
_LIBRARIES = (
    "charset-normalizer",
    "justhtml",
    "pandas",
    "pandera",
    "pyarrow",
    "pydantic",
    "pypdfium2",
    "tinycss2",
)


class ProgramsDifferError(UserError):
    """A worker runs another version of this program; the message says what to do."""


def key_of(*values: Any) -> str:
    """A name for a result by everything that it is a function of: texts, numbers, lists of them."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def program_and_catalog() -> str:
    """A name for the program that parses and its catalog."""
    # Whoever only reads what is kept does not wait for the catalog, nor for worker processes below.
    from pipeline.catalog.load import default_catalog

    return key_of(program_key(*PROGRAM), default_catalog().digest)


@cache
def program_key(*names: str) -> str:
    """A name for this program: its source and the versions of Python and of the libraries.

    Args:
        names: of modules' files and packages in ``pipeline``. The catalog's data are not part of
            it; they have a digest of their own.
    """
    paths = [p for name in names for p in sorted([_PACKAGE / name, *(_PACKAGE / name).rglob("*")])]
    source = {
        path.relative_to(_PACKAGE).as_posix(): sha256_of(path)
        for path in paths
        if path.suffix == ".py"
    }
    versions = {library: version(library) for library in _LIBRARIES}
    return key_of(source, versions, platform.python_implementation(), platform.python_version())


def buckets(sheets: Sequence[SheetFile]) -> dict[str, list[SheetFile]]:
    """The sheets of a partition by bucket, by a hash of their names: one bucket for a usual year."""
    number = 1
    while number * SHEETS_A_BUCKET < len(sheets):
        number *= 2
    found: dict[str, list[SheetFile]] = {}
    for sheet in sheets:
        place = zlib.crc32(sheet.file.encode()) % number
        found.setdefault(f"{place}of{number}", []).append(sheet)
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Part:
    """The tables that one step made of a bucket's sheets; ``sums`` are their sha256 by name."""

    folder: Path
    name: str
    key: str
    sums: dict[str, str]

    @classmethod
    def find(cls, folder: Path, name: str, key: str) -> Part | None:
        """The part of that name, if it was made of the same inputs and every byte is right."""
        described = read_sealed(folder / f"{name}.json")
        if described is None or described["key"] != key:
            return None
        part = cls(folder, name, key, described["sums"])
        whole = all(sum_of(part.file(table)) == written for table, written in part.sums.items())
        return part if whole else None

    @classmethod
    def write(cls, folder: Path, name: str, key: str, tables: Mapping[Table, pd.DataFrame]) -> Part:
        """Write frames that their schemas have passed; the part counts once this returns."""
        part = cls(folder, name, key, {})
        for table, data in tables.items():
            buffer = BytesIO()
            pyarrow.parquet.write_table(to_arrow(table, data), buffer, compression="zstd")
            content = buffer.getvalue()
            part.sums[table.name] = hashlib.sha256(content).hexdigest()
            write_whole(part.path(table), content)
        write_sealed(folder / f"{name}.json", {"key": key, "sums": part.sums})
        return part

    def path(self, table: Table) -> Path:
        """The file of a table."""
        return self.file(table.name)

    def files(self) -> list[Path]:
        """All its files."""
        return [self.folder / f"{self.name}.json", *map(self.file, self.sums)]

    def rows(self, table: Table) -> int:
        """How many rows a table has."""
        return int(pyarrow.parquet.read_metadata(self.path(table)).num_rows)

    def read(self, table: Table) -> pd.DataFrame:
        """A table as a frame; it was checked before it was written."""
        return to_pandas(pyarrow.parquet.read_table(self.path(table)))

    def interrupted(self) -> list[str]:
        """The files of a part of texts whose extraction was cut short."""
        read = pyarrow.parquet.read_table(self.path(SHEET_TEXTS), columns=["file", "interrupted"])
        return [row["file"] for row in read.to_pylist() if row["interrupted"]]

    def file(self, table: str) -> Path:
        """Where the part of a table stands."""
        return self.folder / f"{self.name}.{table}.parquet"


def sum_of(path: Path) -> str | None:
    """The sha256 of a file; None if there is none."""
    try:
        return sha256_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


@dataclass(frozen=True, slots=True)
class SheetParts:
    """What a step made of the sheets of each partition.

    ``made`` and ``kept`` count the sheets that were worked on and those that had not changed.
    """

    parts: dict[str, list[Part]]
    made: int
    kept: int

    def all(self) -> list[Part]:
        """The parts of all partitions."""
        return [part for parts in self.parts.values() for part in parts]

    def rows(self, table: Table) -> int:
        """How many rows a table has in all parts."""
        return TableFiles({table.name: self.files(table)}).rows(table.name)

    def checks(self) -> CheckSummary:
        """How often each check held and failed."""
        if not self.all():
            return CheckSummary({}, {})
        return CheckSummary.of_table(TableFiles({CHECKS.name: self.files(CHECKS)}))

    def interrupted(self) -> list[str]:
        """The files whose extraction was cut short; the next build tries them again."""
        return [file for part in self.all() for file in part.interrupted()]

    def files(self, table: Table) -> tuple[Path, ...]:
        """The files of a table."""
        return tuple(part.path(table) for part in self.all())


@dataclass(frozen=True, slots=True)
class Task:
    """A part to have, of so many sheets; ``make`` returns its tables, in whichever process."""

    folder: Path
    name: str
    key: str
    sheets: int
    make: Callable[[], Mapping[Table, pd.DataFrame]]


def make_parts(
    tasks: Mapping[str, list[Task]], workers: Workers, *, again: bool = False
) -> SheetParts:
    """The parts of all tasks, by partition; those that are missing or torn are made.

    With ``again`` parts with interrupted extractions are made again too.
    """
    from pipeline.executors import run_tasks

    wanted = [task for some in tasks.values() for task in some]
    parts = {
        task: part
        for task in wanted
        if (part := Part.find(task.folder, task.name, task.key)) is not None
        and not (again and part.interrupted())
    }
    missing = {task: task.sheets for task in wanted if task not in parts}
    parts |= run_tasks(partial(_make, program_and_catalog()), missing, workers)
    made = sum(missing.values())
    kept = sum(task.sheets for task in wanted) - made
    return SheetParts(
        {name: [parts[task] for task in some] for name, some in tasks.items()}, made, kept
    )


def _make(program: str, task: Task) -> Part:
    if program != program_and_catalog():
        raise ProgramsDifferError(
            "a worker runs another version of this program or of its catalog; install the same "
            "one on every worker and start them again"
        )
    return Part.write(task.folder, task.name, task.key, task.make())
