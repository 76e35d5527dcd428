"""One table as Parquet and as CSV: the data files of a release.

Reads tables and their definitions, gives files whose bytes depend on nothing else.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow
import pyarrow.parquet

from pipeline.release.content import LICENCE, SCHEMA_VERSION, publisher
from pipeline.release.digest import published_type
from pipeline.tables.columns import DECIMAL, Table
from pipeline.tables.files import TableFiles, querying
from pipeline.tables.sql import literal, quoted


def write_parquet(table: Table, tables: TableFiles, version: str, path: Path) -> None:
    """Write one table with an explicit schema: types, nullability, meanings, version, licence.

    A row group holds one batch, so that a filter on the key skips most of a long file.
    """
    fields = [
        pyarrow.field(
            name,
            published_type(table.arrow_type(name)),
            nullable=column.nullable,
            metadata={
                "description": column.description,
                **({"unit": column.unit} if column.unit else {}),
            },
        )
        for name, column in table.columns.items()
    ]
    footer = {
        "title": f"{publisher().title}: {table.name}",
        "description": table.description,
        "version": version,
        "schema_version": SCHEMA_VERSION,
        "license": LICENCE,
    }
    schema = pyarrow.schema(fields, metadata=footer)
    writer = pyarrow.parquet.ParquetWriter(
        path,
        schema,
        compression="zstd",
        version="2.6",
        store_schema=True,
        write_page_index=True,
        sorting_columns=pyarrow.parquet.SortingColumn.from_ordering(
            schema, [(name, "ascending") for name in table.key]
        ),
    )
    with writer:
        for rows in tables.groups(table.name, table.batch):
            writer.write_table(rows.cast(schema))


def write_csv(table: Table, tables: TableFiles, path: Path) -> None:
    """Write one table as CSV: UTF-8, LF, exact numbers, null as nothing between the commas."""
    columns = ", ".join(
        f"rtrim(rtrim(cast({quoted(name)} as varchar), '0'), '.') as {quoted(name)}"
        if table.arrow_type(name) == DECIMAL
        else quoted(name)
        for name in table.columns
    )
    with querying() as connection:
        connection.execute(
            f"copy (select {columns} from ({tables.query(table.name)})) "
            f"to {literal(str(path))} (format csv, header, delimiter ',')"
        )
