"""One table as Parquet and as CSV, and the column dictionary: the data files of a release.

Reads Arrow tables and their definitions, gives files whose bytes depend on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from pipeline.release.content import LICENCE, SCHEMA_VERSION, TITLE
from pipeline.release.digest import published_type
from pipeline.validate.columns import Table
from pipeline.warehouse.ddl import sql_type


def write_parquet(table: Table, data: pyarrow.Table, version: str, path: Path) -> None:
    """Write one table with an explicit schema: types, nullability, meanings, version, licence."""
    fields = [
        pyarrow.field(
            name,
            published_type(table.arrow_type(name)),
            nullable=column.nullable,
            metadata={
                "description": column.description,
                **({"unit": column.metadata["unit"]} if column.metadata["unit"] else {}),
            },
        )
        for name, column in table.columns.items()
    ]
    footer = {
        "title": f"{TITLE}: {table.name}",
        "description": table.description,
        "version": version,
        "schema_version": SCHEMA_VERSION,
        "license": LICENCE,
    }
    schema = pyarrow.schema(fields, metadata=footer)
    pyarrow.parquet.write_table(
        data.cast(schema),
        path,
        compression="zstd",
        compression_level=9,
        version="2.6",
        store_schema=True,
        write_page_index=True,
        sorting_columns=pyarrow.parquet.SortingColumn.from_ordering(
            schema, [(name, "ascending") for name in table.key]
        ),
    )


def write_csv(table: Table, data: pyarrow.Table, path: Path) -> None:
    """Write one table as CSV: UTF-8, LF, exact numbers, null as nothing between the commas."""
    columns = [data.column(name).to_pylist() for name in table.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_line(table.columns))
        file.writelines(csv_line(row) for row in zip(*columns, strict=True))


def write_dictionary(tables: Iterable[Table], path: Path) -> None:
    """Write one line a column: type, unit, values, meaning."""
    heads = ("table", "column", "type", "nullable", "key", "unit", "values", "refers_to", "meaning")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_line(heads))
        for table in tables:
            file.writelines(csv_line(row) for row in _described_columns(table))


def _described_columns(table: Table) -> Iterator[tuple[Any, ...]]:
    for name, column in table.columns.items():
        enum, refers_to = column.metadata["enum"], column.metadata["refers_to"]
        yield (
            table.name,
            name,
            "enum" if enum else sql_type(table, name),
            column.nullable,
            name in table.key,
            column.metadata["unit"],
            ";".join(enum) if enum else None,
            refers_to,
            column.description,
        )


def csv_line(row: Iterable[Any]) -> str:
    """One line of a CSV file: LF at its end, null as nothing, numbers exact."""
    # Not the standard library's writer: it leaves a lone carriage return within a text unquoted.
    return ",".join(_csv_cell(value) for value in row) + "\n"


def _csv_cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value.normalize():f}" if value else "0"
    text = str(value)
    if any(char in text for char in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
