"""Row digests: one hash for a table's rows, whatever file they stand in.

Reads the rows of a table in the order of its key, gives a sha256 that is the same for the stages'
files, the Parquet, the CSV and the DuckDB file. Documented in the release's README, so that anyone
can compute it: the format's name and the JSON list of column names, a line each; then a line for
each row, in the file's order. A cell is the length of its text in bytes, a colon and the text, null
a tilde; numbers are written plainly, without trailing zeros, and truth values as true and false.

DuckDB writes the lines and this program only hashes them, so that memory holds one batch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.csv

from pipeline.tables.columns import DECIMAL, Table
from pipeline.tables.files import TableFiles, querying, select_from
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
    with querying() as connection:
        return _digest(table, tables.query(table.name), connection)


def digests_of_database(path: Path, tables: Iterable[Table] = PUBLISHED) -> dict[str, str]:
    """The digest of every published table in a DuckDB file, by name.

    Args:
        path: the file.
        tables: their definitions; those of this program unless the file is of an older release.
    """
    with querying() as connection:
        connection.execute(
            f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as held (read_only)"
        )
        try:
            return {
                table.name: _digest(
                    table, select_from(table, f"held.{quoted(table.name)}"), connection
                )
                for table in tables
            }
        finally:
            connection.execute("detach held")


def digest_of_parquet(table: Table, path: Path) -> str:
    """The digest of a released Parquet file, its doubles read back as the decimals they were."""
    return table_digest(table, TableFiles({table.name: (path,)}, {table.name: table}))


def digest_of_csv(table: Table, path: Path) -> str:
    """The digest of a released CSV file."""
    schema = arrow_schema(table)
    options = pyarrow.csv.ConvertOptions(
        column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False,
        null_values=[""], include_columns=schema.names,
    )  # fmt: skip
    parsing = pyarrow.csv.ParseOptions(newlines_in_values=True)
    reading = pyarrow.csv.ReadOptions(block_size=_BLOCK, use_threads=False)
    with pyarrow.csv.open_csv(path, reading, parsing, options) as file, querying() as connection:
        connection.register("lines", file)
        return _digest(table, select_from(table, "lines"), connection)


def _begun(columns: Sequence[str]) -> hashlib._Hash:
    names = json.dumps(list(columns), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{FORMAT}\n{names}\n".encode())


def _cell(value: Any) -> bytes:
    if value is None:
        return b"~"
    text = cell(value)
    encoded = ("true" if text else "false").encode() if isinstance(text, bool) else text.encode()
    return b"%d:%s" % (len(encoded), encoded)


def _digest(table: Table, query: str, connection: duckdb.DuckDBPyConnection) -> str:
    """The digest of the rows of a query, in the order in which it gives them."""
    digest = _begun(list(table.columns))
    names = [quoted(name) for name in table.columns]
    texts = ", ".join(f"{_text_in_sql(table, name)} as {quoted(name)}" for name in table.columns)
    cells = ", ".join(f"coalesce(strlen({name}) || ':' || {name}, '~')" for name in names)
    found = connection.sql(f"select concat({cells}, chr(10)) from (select {texts} from ({query}))")
    for batch in found.to_arrow_reader(table.batch):
        lines = batch.column(0).cast(pyarrow.large_string())
        digest.update(_text_of(lines))
    return digest.hexdigest()


def _text_in_sql(table: Table, name: str) -> str:
    is_decimal = table.arrow_type(name) == DECIMAL
    return plain_in_sql(name) if is_decimal else f"cast({quoted(name)} as varchar)"


def plain_in_sql(name: str) -> str:
    """A decimal column as text without trailing zeros, as :func:`cell` writes it."""
    return f"rtrim(rtrim(cast({quoted(name)} as varchar), '0'), '.')"


def _text_of(lines: pyarrow.LargeStringArray) -> memoryview:
    """All texts of an array in a row, as they lie in its buffer."""
    _, offsets, data = lines.buffers()
    if not len(lines):
        return memoryview(b"")
    places = memoryview(offsets).cast("q")
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
