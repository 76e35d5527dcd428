"""The dictionary: every column of every table and view, with type, unit, values and meaning.

Reads the tables' definitions, and of the views what the database file says of their types; gives
rows, for ``data_dictionary.csv`` and for whoever shows them elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.catalog.schema import Catalog
from pipeline.tables.columns import Table
from pipeline.tables.files import attached, rows
from pipeline.tables.schema import PUBLISHED
from pipeline.tables.sql import sql_type
from pipeline.warehouse.views import views


class DictionaryRow(NamedTuple):
    """One column. Views stand in the DuckDB file alone, and name their units in the meaning."""

    table: str
    kind: str
    column: str
    type: str
    nullable: bool
    key: bool
    unit: str | None
    values: str | None
    refers_to: str | None
    meaning: str


DICTIONARY_COLUMNS = DictionaryRow._fields


def dictionary(catalog: Catalog, database: Path) -> list[DictionaryRow]:
    """The columns of all tables, then of all views, in their order."""
    tables = [row for table in PUBLISHED for row in _columns_of_table(table)]
    return [*tables, *_columns_of_views(catalog, database)]


def _columns_of_table(table: Table) -> Iterator[DictionaryRow]:
    for name, column in table.columns.items():
        enum = column.enum
        yield DictionaryRow(
            table=table.name,
            kind="table",
            column=name,
            type="enum" if enum else sql_type(table, name),
            nullable=column.nullable,
            key=name in table.key,
            unit=column.unit,
            values=";".join(enum) if enum else None,
            refers_to=column.refers_to,
            meaning=column.description,
        )


def _columns_of_views(catalog: Catalog, database: Path) -> Iterator[DictionaryRow]:
    with attached(database) as connection:
        found = rows(
            connection,
            "select table_name, column_name, data_type from duckdb_columns() "
            "where database_name = 'held' order by table_name, column_index",
        )
    for view in views(catalog):
        for row in (row for row in found if row.table_name == view.name):
            values = re.findall(r"'([^']*)'", row.data_type)
            yield DictionaryRow(
                table=view.name,
                kind="view",
                column=row.column_name,
                type="enum" if values else row.data_type.lower(),
                nullable=True,
                key=False,
                unit=None,
                values=";".join(values) or None,
                refers_to=None,
                meaning=view.meaning(row.column_name),
            )
