"""The table ``figures`` as a script that the query page opens as a SQLite database.

Reads a :class:`Dataset`, gives JavaScript: a page of a folder can load nothing but scripts. The
database is compressed by the library that is pinned with the project, so that the same rows are the
same bytes wherever they are packed.
"""

from __future__ import annotations

import base64
import sqlite3
from typing import Any

import pyarrow as pa

from pipeline.release.api import plain
from pipeline.site.dataset import Dataset
from pipeline.tables.figures import FIGURES

_WRITER = slice(92, 100)
"""Where the header names the version of SQLite that wrote the file; readers need not know it."""


def database_script(data: Dataset) -> str:
    """A script that holds the database, as gzip in base64."""
    packed = pa.compress(_database(data), codec="gzip", asbytes=True)
    return f'window.statedataFigures = "{base64.b64encode(packed).decode()}";\n'


def examples(data: Dataset) -> list[tuple[str, str]]:
    """Queries to begin with, each with its name; they run on any release."""
    year = data.years[0] if data.years else 0
    return [
        ("All figures of a year", f"select name, title, printed, lower, upper\nfrom figures\nwhere year = {year} and printed is not null\norder by scope, name, program, title"),
        ("Not printed in full", "select year, name, title, printed, lower, upper\nfrom figures\nwhere qualifier <> 'exact'\norder by year, name, title"),
        ("Absent, and why", "select year, name, title, coverage, notes\nfrom figures\nwhere printed is null\norder by year, name, title"),
        ("Sums over states", "select year, title, sum(lower) as at_least, count(value) as states, count(*) - count(value) as not_published\nfrom figures\nwhere scope = 'state' and unit <> 'percent'\ngroup by year, title\norder by year, title"),
    ]  # fmt: skip


def _database(data: Dataset) -> bytes:
    columns = ", ".join(f'"{name}" {_type(FIGURES.arrow_type(name))}' for name in FIGURES.columns)
    places = ", ".join("?" * len(FIGURES.columns))
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"create table figures ({columns})")
        connection.executemany(
            f"insert into figures values ({places})",
            ([_value(row[name]) for name in FIGURES.columns] for row in data.figures),
        )
        connection.commit()
        content = bytearray(connection.serialize())
    finally:
        connection.close()
    content[_WRITER] = bytes(_WRITER.stop - _WRITER.start)
    return bytes(content)


def _type(type_: pa.DataType) -> str:
    if pa.types.is_decimal(type_):
        return "real"  # a share of two whole numbers is a fraction, as it is in DuckDB
    return "integer" if pa.types.is_integer(type_) or pa.types.is_boolean(type_) else "text"


def _value(value: Any) -> Any:
    """Text as it is; half a surrogate pair, which no encoding has, as a replacement character."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else plain(value)
