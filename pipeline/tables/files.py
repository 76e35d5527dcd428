"""Tables as Parquet files: how the published tables move behind validation.

Reads the files of each table in the order of its key, gives rows in batches, a few columns whole,
or a DuckDB connection with all of them as views. No table is ever in memory as a whole, however
many sheets there are.
"""

from __future__ import annotations

import os
import tempfile
from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow
import pyarrow.parquet

from pipeline.tables.columns import DECIMAL, Table
from pipeline.tables.frames import arrow_schema, write_batches
from pipeline.tables.schema import BY_NAME
from pipeline.tables.sql import literal

if TYPE_CHECKING:
    import duckdb

MEMORY = "192MB"
"""What DuckDB may hold at a time; beyond that it writes to a temporary folder."""


@dataclass(frozen=True, slots=True)
class TableFiles:
    """For each table its Parquet files, rows in the order of its key.

    Numbers may be doubles in the files, as in a release; they are read as the decimals they were.
    ``tables`` are the definitions by name: this program's, or those that an older release states.
    """

    files: Mapping[str, tuple[Path, ...]]
    tables: Mapping[str, Table] = field(default_factory=lambda: BY_NAME)

    def rows(self, name: str) -> int:
        """How many rows a table has."""
        return sum(pyarrow.parquet.read_metadata(path).num_rows for path in self.files[name])

    def names(self, name: str) -> list[str]:
        """The columns that a table's files have."""
        return list(pyarrow.parquet.read_schema(self.files[name][0]).names)

    def read(self, name: str, columns: Sequence[str] | None = None) -> pyarrow.Table:
        """Some columns of a table, or all; for tables and columns that are small."""
        table = self.tables[name]
        chosen = list(columns or table.columns)
        expected = pyarrow.schema([arrow_schema(table).field(column) for column in chosen])
        batches = list(self._batches(table, chosen))
        return (
            pyarrow.Table.from_batches(batches).cast(expected)
            if batches
            else expected.empty_table()
        )

    def batches(
        self, name: str, columns: Sequence[str] | None = None
    ) -> Iterator[pyarrow.RecordBatch]:
        """All rows of a table in the order of its key, some columns or all, a batch at a time."""
        table = self.tables[name]
        yield from self._batches(table, list(columns or table.columns))

    def groups(self, name: str, size: int) -> Iterator[pyarrow.Table]:
        """All rows of a table, ``size`` at a time, each column in one piece, wherever files end.

        Where pieces end shows in what is written: where a column that has too many values for a
        dictionary gives it up, and which values DuckDB counts for its statistics.
        """
        waiting: list[pyarrow.RecordBatch] = []
        count = 0
        for batch in self.batches(name):
            waiting.append(batch)
            count += batch.num_rows
            while count >= size:
                whole = pyarrow.Table.from_batches(waiting)
                yield whole.slice(0, size).combine_chunks()
                waiting = whole.slice(size).to_batches()
                count -= size
        if count:
            yield pyarrow.Table.from_batches(waiting).combine_chunks()

    def counts(self, name: str, column: str) -> dict[str, int]:
        """How often each value of a column occurs, nulls apart, in the order of the values."""
        with self.connection([name]) as connection:
            query = (
                f'select "{column}", count(*) from "{name}" where "{column}" is not null '
                "group by 1 order by 1"
            )
            return dict(connection.execute(query).fetchall())

    @contextmanager
    def connection(self, names: Iterable[str] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB connection in which the tables are views, typed as their schemas say."""
        with querying() as connection:
            for name in names or self.files:
                connection.execute(f'create temp view "{name}" as {self.query(name)}')
            yield connection

    def query(self, name: str) -> str:
        """A query for all rows of a table in the order of its key."""
        return select_from(self.tables[name], scan(self.files[name]))

    def _batches(self, table: Table, columns: list[str]) -> Iterator[pyarrow.RecordBatch]:
        expected = pyarrow.schema([arrow_schema(table).field(column) for column in columns])
        for path in self.files[table.name]:
            with pyarrow.parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(table.batch, columns=columns):
                    yield batch.cast(expected)


def rows(
    connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = ()
) -> list[Any]:
    """What a query finds, as named tuples of Python values; for results that are small."""
    found = connection.execute(query, list(values))
    record = namedtuple("record", [column[0] for column in found.description or ()])  # type: ignore[misc]  # columns of any query
    return [record(*row) for row in found.fetchall()]


def select_from(table: Table, source: str, columns: Sequence[str] | None = None) -> str:
    """A query for a table's columns, from a source in DuckDB's SQL; doubles become decimals."""
    names = ", ".join(
        f'cast("{name}" as decimal({DECIMAL.precision}, {DECIMAL.scale})) as "{name}"'
        if table.arrow_type(name) == DECIMAL
        else f'"{name}"'
        for name in columns or table.columns
    )
    return f"select {names} from {source}"


def scan(files: Sequence[Path]) -> str:
    """The rows of Parquet files in DuckDB's SQL, in the order of the files."""
    listed = ", ".join(literal(str(path)) for path in files)
    return f"read_parquet([{listed}])"


@contextmanager
def querying() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection in memory that keeps within bounds, and rows in their order.

    Temporary views and registered tables are its own; all of a process share one database, whose
    start costs more than most queries.
    """
    connection = _database().cursor()
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def attached(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Such a connection with a DuckDB file in it to read, as ``held``."""
    with querying() as connection:
        connection.execute(f"attach {literal(str(path))} as held (read_only)")
        try:
            yield connection
        finally:
            connection.execute("detach held")


@cache
def _database() -> duckdb.DuckDBPyConnection:
    import duckdb  # whoever reads whole columns or batches does not wait for it

    return duckdb.connect(":memory:", config=settings())


def in_order(table: Table, paths: Sequence[Path], folder: Path) -> tuple[Path, ...]:
    """Files of a table such that rows stand in the order of its key: these, or one in ``folder``.

    Each of the files is in order by itself. They are merged unless they follow each other, as
    those of sheets do that lie in folders of their years.
    """
    path, first = folder / f"{table.name}.parquet", f'"{table.key[0]}"'
    if not paths:
        write_batches(table, [], path)
        return (path,)
    with querying() as connection:
        ends = connection.execute(
            f"select filename, min({first}), max({first}) from {scan(paths)} group by 1 order by 2"
        ).fetchall()
        if ends and all(before[2] < after[1] for before, after in pairwise(ends)):
            return tuple(Path(name) for name, *_ in ends)
        rows = (_sorted(connection, table, group) for group in _overlapping(ends))
        write_batches(table, chain.from_iterable(rows), path)
    return (path,)


def _overlapping(ends: Iterable[tuple[str, Any, Any]]) -> Iterator[list[Path]]:
    """Files that share a stretch of keys, together: sorting them all at once takes memory for all.

    Args:
        ends: each file with its first and its last key, in the order of the first.
    """
    group: list[Path] = []
    last: Any = None
    for name, first, file_last in ends:
        if group and last < first:
            yield group
            group = []
        last = max(last, file_last) if group else file_last
        group.append(Path(name))
    if group:
        yield group


def _sorted(
    connection: duckdb.DuckDBPyConnection, table: Table, paths: Sequence[Path]
) -> Iterator[pyarrow.RecordBatch]:
    key = ", ".join(f'"{name}"' for name in table.key)
    rows = connection.sql(f"{select_from(table, scan(paths))} order by {key}")
    yield from rows.to_arrow_reader(table.batch)


def settings(threads: int | None = None) -> dict[str, str | bool | int | float | list[str]]:
    """DuckDB's settings for bounded memory.

    Args:
        threads: as many as there are cores unless given.
    """
    return {
        "memory_limit": MEMORY,
        # Made when memory does not suffice, and removed at the end of the process.
        "temp_directory": str(Path(tempfile.gettempdir()) / f"statedata-query-{os.getpid()}"),
        "preserve_insertion_order": True,
        "python_enable_replacements": False,  # a table is never meant to be a local variable
        **({"threads": threads} if threads else {}),
    }
