"""Row digests: one hash for a table's rows, whatever file they stand in.

Reads rows of typed Python values, gives a sha256 that is the same for the DuckDB file, the
Parquet and the CSV of a table. Documented in the release's README, so that anyone can compute
it: the format line, the JSON list of column names, then one JSON array a row, the lines sorted
as bytes. Numbers are written plainly as strings, null as null; floats are refused.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from pipeline.validate.columns import DECIMAL, Table
from pipeline.validate.frames import arrow_schema
from pipeline.validate.tables import PUBLISHED
from pipeline.warehouse.ddl import quoted

FORMAT = "statedata-row-digest-1"


def row_digest(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The digest of rows of None, bool, int, Decimal or str.

    Raises:
        TypeError: a float or any other type, whose text could differ from reader to reader.
    """
    digest = hashlib.sha256(f"{FORMAT}\n{_json(list(columns))}\n".encode())
    for line in sorted(_json([cell(value) for value in row]).encode() for row in rows):
        digest.update(line + b"\n")
    return digest.hexdigest()


def table_digest(table: Table, data: pyarrow.Table) -> str:
    """The digest of an Arrow table that has the schema of ``table``."""
    columns = [data.column(name).to_pylist() for name in table.columns]
    return row_digest(list(table.columns), zip(*columns, strict=True))


def digests_of_database(path: Path) -> dict[str, str]:
    """The digest of every published table in a DuckDB file, by name."""
    digests = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        for table in PUBLISHED:
            names = ", ".join(quoted(name) for name in table.columns)
            rows = connection.execute(f"select {names} from {quoted(table.name)}").fetchall()
            digests[table.name] = row_digest(list(table.columns), rows)
    return digests


def digest_of_parquet(table: Table, path: Path) -> str:
    """The digest of a released Parquet file, its doubles read back as the decimals they were."""
    return table_digest(table, from_published(table, pyarrow.parquet.read_table(path)))


def digest_of_csv(table: Table, path: Path) -> str:
    """The digest of a released CSV file."""
    options = pyarrow.csv.ConvertOptions(
        column_types=arrow_schema(table), strings_can_be_null=True, quoted_strings_can_be_null=False,
        null_values=[""],
    )  # fmt: skip
    parsing = pyarrow.csv.ParseOptions(newlines_in_values=True)
    # One block: a quoted text may hold line breaks anywhere.
    reading = pyarrow.csv.ReadOptions(block_size=max(1, path.stat().st_size + 1))
    data = pyarrow.csv.read_csv(path, reading, parsing, options)
    return table_digest(table, data.select(list(table.columns)))


def published_type(type_: pyarrow.DataType) -> pyarrow.DataType:
    """The type in a Parquet release: doubles for decimals, which pandas would read as objects."""
    return pyarrow.float64() if type_ == DECIMAL else type_


def from_published(table: Table, data: pyarrow.Table) -> pyarrow.Table:
    """A released Arrow table with its doubles as the exact decimals they were printed from."""
    arrays = []
    for name in table.columns:
        column = data.column(name)
        if table.arrow_type(name) == DECIMAL:
            values = [
                None if value is None else Decimal(repr(value)) for value in column.to_pylist()
            ]
            column = pyarrow.array(values, type=DECIMAL)
        arrays.append(column)
    return pyarrow.table(dict(zip(table.columns, arrays, strict=True)))


def cell(value: Any) -> Any:
    """A value as digests and change lists write it: numbers as plain strings, null as null.

    Raises:
        TypeError: a float or any other type.
    """
    match value:
        case None | bool():
            return value
        case int():
            return str(value)
        case Decimal():
            return f"{value.normalize():f}" if value else "0"
        case str():
            return unicodedata.normalize("NFC", value)
        case _:
            raise TypeError(f"{type(value).__name__} {value!r} has no place in a row digest")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
