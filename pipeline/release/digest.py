"""Row digests: one hash for a table's rows, whatever file they stand in.

Reads the rows of a table in the order of its key, gives a sha256 that is the same for the stages'
files, the Parquet, the CSV and the DuckDB file. Documented in the release's README, so that anyone
can compute it: the format's name and the JSON list of column names, a line each; then a line for
each row, in the file's order. A cell is the length of its text in bytes, a colon and the text, null
a tilde; numbers are written plainly, without trailing zeros, and truth values as true and false.

The lines are made of whole columns at a time, by Arrow; memory holds one batch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.compute
import pyarrow.csv

from pipeline.tables.columns import DECIMAL, Table
from pipeline.tables.files import TableFiles, attached, select_from
from pipeline.tables.frames import arrow_schema
from pipeline.tables.schema import PUBLISHED
from pipeline.tables.sql import quoted

FORMAT = "statedata-row-digest-2"
_BLOCK = 1 << 23
"""Bytes of a CSV file that are read at a time; no row is longer."""


def row_digest(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The digest of rows of None, bool, int, Decimal or str, in their order: the definition.

    Raises:
        TypeError: a float or any other type, whose text could differ from reader to reader.
    """
    digest = _begun(columns)
    for row in rows:
        digest.update(b"".join(_cell(value) for value in row) + b"\n")
    return digest.hexdigest()


def table_digest(table: Table, tables: TableFiles) -> str:
    """The digest of a table's files."""
    return _digest(table, tables.batches(table.name))


def digests_of_database(path: Path, tables: Iterable[Table] = PUBLISHED) -> dict[str, str]:
    """The digest of every published table in a DuckDB file, by name.

    Args:
        path: the file.
        tables: their definitions; those of this program unless the file is of an older release.
    """
    found = {}
    with attached(path) as connection:
        for table in tables:
            held = connection.sql(select_from(table, f"held.{quoted(table.name)}"))
            schema, batches = arrow_schema(table), held.to_arrow_reader(table.batch)
            found[table.name] = _digest(table, (batch.cast(schema) for batch in batches))
    return found


def digest_of_parquet(table: Table, path: Path) -> str:
    """The digest of a released Parquet file, its doubles read back as the decimals they were."""
    return table_digest(table, TableFiles({table.name: (path,)}, {table.name: table}))


def digest_of_csv(table: Table, path: Path) -> str:
    """The digest of a released CSV file."""
    schema = arrow_schema(table)
    options = pyarrow.csv.ConvertOptions(
        column_types=schema,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
        include_columns=schema.names,
    )
    parsing = pyarrow.csv.ParseOptions(newlines_in_values=True)
    reading = pyarrow.csv.ReadOptions(block_size=_BLOCK, use_threads=False)
    with pyarrow.csv.open_csv(path, reading, parsing, options) as file:
        return _digest(table, file)


def _begun(columns: Sequence[str]) -> hashlib._Hash:
    names = json.dumps(list(columns), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{FORMAT}\n{names}\n".encode())


def _cell(value: Any) -> bytes:
    if value is None:
        return b"~"
    text = cell(value)
    encoded = ("true" if text else "false").encode() if isinstance(text, bool) else text.encode()
    return b"%d:%s" % (len(encoded), encoded)


def _digest(table: Table, batches: Iterable[pyarrow.RecordBatch]) -> str:
    """The digest of rows in the order in which they come, of the types of the table's columns."""
    digest = _begun(list(table.columns))
    for batch in batches:
        if batch.num_rows:
            cells = [_cells(column) for column in batch.columns]
            lines = pyarrow.compute.binary_join_element_wise(*cells, "\n", "")
            digest.update(_text_of(lines))
    return digest.hexdigest()


def _cells(column: pyarrow.Array) -> pyarrow.StringArray:
    """A column as :func:`_cell` writes each of its values."""
    text = column.cast(pyarrow.string())
    if column.type == DECIMAL:
        text = pyarrow.compute.ascii_rtrim(pyarrow.compute.ascii_rtrim(text, "0"), ".")
    length = pyarrow.compute.binary_length(text).cast(pyarrow.string())
    cells = pyarrow.compute.binary_join_element_wise(length, text, ":")
    return pyarrow.compute.fill_null(cells, "~")


def _text_of(lines: pyarrow.StringArray) -> memoryview:
    """All texts of an array in a row, as they lie in its buffer."""
    _, offsets, data = lines.buffers()
    places = memoryview(offsets).cast("i")
    return memoryview(data)[places[lines.offset] : places[lines.offset + len(lines)]]


def published_type(type_: pyarrow.DataType) -> pyarrow.DataType:
    """The type in a Parquet release: doubles for decimals, which pandas would read as objects."""
    return pyarrow.float64() if type_ == DECIMAL else type_


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
            return value
        case _:
            raise TypeError(f"{type(value).__name__} {value!r} has no place in a row digest")
