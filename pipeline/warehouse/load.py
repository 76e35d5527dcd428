"""Tables to the warehouse: one DuckDB file, built beside the old one and swapped in whole.

Reads the published tables in the order of their keys, gives ``ncmec_state_data.duckdb``. The file
holds no clock, path, thread count or leftover of memory: the same rows give the same bytes. Storage version 1.2 lets DuckDB 1.2 and newer
open it. Readers that hold the old file keep it; new ones see the new.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.compute

from pipeline.catalog.schema import Catalog
from pipeline.model import UserError
from pipeline.storage.atomic import swap_in
from pipeline.storage.names import BUILDING_PREFIX, WAREHOUSE_FILE
from pipeline.tables.columns import Table
from pipeline.tables.files import TableFiles, settings
from pipeline.tables.frames import arrow_schema
from pipeline.tables.schema import KEYS, PUBLISHED
from pipeline.tables.sql import comment_on, create_table, dangling, literal, quoted, references
from pipeline.warehouse.long_texts import blocks_of_long_texts, clear_behind_long_texts
from pipeline.warehouse.views import View, views

STORAGE_VERSION = "v1.2.0"
BLOCK_SIZE = 16384
"""Bytes a block, the smallest there is: the tables are small, and each column takes a block."""


_WRITE_FAILURES = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)
"""How DuckDB reports a file that cannot be written: at once, at a commit, or at the end."""


class WarehouseError(UserError):
    """The warehouse cannot be written; the old one stays. The message says why and what to do."""


def load_warehouse(tables: TableFiles, catalog: Catalog, folder: Path) -> Path:
    """Build the warehouse in ``folder`` and swap it in; gives its path.

    Args:
        tables: the tables of ``tables.schema.PUBLISHED``.
        catalog: fills the wide views.
        folder: the warehouse's folder; made if missing.

    Raises:
        WarehouseError: the folder cannot be written or is full.
    """
    target = folder / WAREHOUSE_FILE
    pyarrow.default_memory_pool().release_unused()  # of validation, to make room for the indexes
    try:
        folder.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=BUILDING_PREFIX, dir=folder))
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        built = building / WAREHOUSE_FILE
        write_database(tables, catalog, built)
        swap_in(built, target)
    except (OSError, *_WRITE_FAILURES) as error:
        raise cannot_write(folder, error) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target


def write_database(tables: TableFiles, catalog: Catalog, path: Path) -> None:
    """Write tables, views and comments to a new DuckDB file."""
    # One thread, so that blocks lie in the file in the same order each time.
    with duckdb.connect(":memory:", config=settings(threads=1)) as connection:
        connection.execute("set force_compression = 'uncompressed'")
        name = path.stem
        connection.execute(
            f"attach {literal(str(path))} as {quoted(name)} "
            f"(storage_version '{STORAGE_VERSION}', block_size {BLOCK_SIZE})"
        )
        connection.execute(f"use {quoted(name)}")
        for table in behind_what_they_refer_to(PUBLISHED):
            _in_one_go(connection, create_table(table, KEYS))
            _insert(connection, table, tables)
            if table.grows_with_figures:
                _check_keys(tables, table)
                _check_references(connection, table)
        for view in views(catalog):
            _create_view(connection, view)
        connection.execute("checkpoint")
        runs = blocks_of_long_texts(connection, (table.name for table in PUBLISHED))
        connection.execute("use memory")
        connection.execute(f"detach {quoted(name)}")
    clear_behind_long_texts(path, runs, BLOCK_SIZE)


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, tables: TableFiles) -> None:
    columns = ", ".join(quoted(column) for column in table.columns)
    batches = (
        batch for rows in tables.groups(table.name, table.batch) for batch in rows.to_batches()
    )
    rows = pyarrow.RecordBatchReader.from_batches(arrow_schema(table), batches)
    connection.register("arriving", rows)
    connection.execute(f"insert into {quoted(table.name)} ({columns}) select {columns} from arriving")
    connection.unregister("arriving")


def _create_view(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    connection.execute(f"create view {quoted(view.name)} as {view.query}")
    columns = connection.execute(f"select * from {quoted(view.name)} limit 0").description
    of_columns = (
        comment_on("column", f"{quoted(view.name)}.{quoted(column)}", view.meaning(column))
        for column, *_ in columns
    )
    _in_one_go(connection, [comment_on("view", quoted(view.name), view.description), *of_columns])


def _in_one_go(connection: duckdb.DuckDBPyConnection, statements: Iterable[str]) -> None:
    """Execute statements in one transaction: each by itself would reach the disk by itself."""
    connection.execute("begin")
    connection.execute(";\n".join(statements))
    connection.execute("commit")


def behind_what_they_refer_to(tables: Iterable[Table]) -> list[Table]:
    """The tables in an order in which each stands behind those it refers to."""
    waiting, ordered = list(tables), list[Table]()
    while waiting:
        names = {table.name for table in waiting}
        free = [t for t in waiting if not names & {target for _, target in references(t)}]
        assert free, f"tables refer to each other in a circle: {sorted(names)}"
        ordered += free
        waiting = [table for table in waiting if table not in free]
    return ordered


def _check_keys(tables: TableFiles, table: Table) -> None:
    """Demand that keys ascend from row to row: then each stands once."""
    before: tuple[Any, ...] | None = None
    for batch in tables.batches(table.name):
        columns = [batch.column(name) for name in table.key]
        # Typed: a batch of one row compares nothing, and a list of nothing has no type of its own.
        ascends = pyarrow.array([False] * (batch.num_rows - 1), pyarrow.bool_())
        for column in reversed(columns):
            this, next_ = column[:-1], column[1:]
            same = pyarrow.compute.and_(pyarrow.compute.equal(this, next_), ascends)
            ascends = pyarrow.compute.or_(pyarrow.compute.less(this, next_), same)
        first, last = (tuple(column[at].as_py() for column in columns) for at in (0, -1))
        if not pyarrow.compute.all(ascends, min_count=0).as_py() or (
            before is not None and before >= first
        ):
            raise duckdb.ConstraintException(
                f"{table.name}: keys do not ascend between {first} and {last}: one stands twice or "
                "the rows are out of order"
            )
        before = last


def _check_references(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    for query in dangling(table, KEYS):
        found = connection.execute(query).fetchone()
        if found:
            column, target, value = found
            raise duckdb.ConstraintException(
                f"{table.name}.{column} violates its foreign key: {value!r} is not in {target}"
            )


def cannot_write(folder: Path, error: Exception) -> WarehouseError:
    """The error that says why nothing can be written to the warehouse's folder, and what to do."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return WarehouseError(
        f"{folder}: the warehouse cannot be written: {reason}; the old one is unchanged, make "
        "room or make the folder writable and build again"
    )
