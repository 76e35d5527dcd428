"""Rows to frames, and frames over hand-overs: the one way in which tables move.

Reads rows or Parquet parts of one table, gives a frame that the table's schema has passed. A
schema that fails here is a fault of this program, never of a sheet.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow
import pyarrow.parquet

from pipeline.storage.atomic import replacing
from pipeline.tables.columns import Table

# Whoever reads tables without making a frame of them does not wait for pandas and pandera.
if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


def arrow_schema(table: Table) -> pyarrow.Schema:
    """The table's Arrow schema with types and nullability."""
    return pyarrow.schema(
        [
            pyarrow.field(name, table.arrow_type(name), nullable=column.nullable)
            for name, column in table.columns.items()
        ]
    )


def frame(table: Table, rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """A checked frame of ``rows``, each a sequence of values in the order of the columns.

    Raises:
        pandera.errors.SchemaErrors: rows that the table's schema does not allow.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
    arrays = [
        pyarrow.array(values, type=table.arrow_type(name), from_pandas=True)
        for name, values in zip(table.columns, columns, strict=True)
    ]
    return checked(table, to_pandas(pyarrow.table(dict(zip(table.columns, arrays, strict=True)))))


def records(data: pd.DataFrame) -> list[Any]:
    """The rows of an Arrow-typed frame as named tuples of Python values, None for null."""
    record = namedtuple("record", list(data.columns))  # type: ignore[misc]  # columns of any table
    columns = [pyarrow.array(data[name].array).to_pylist() for name in data.columns]
    return [record(*values) for values in zip(*columns, strict=True)]


def checked(table: Table, data: pd.DataFrame) -> pd.DataFrame:
    """``data`` in the order of the table's key, once its schema has passed it.

    Raises:
        pandera.errors.SchemaErrors: every violation at once.
    """
    ordered = data.sort_values(list(table.key), kind="stable", ignore_index=True)
    return passed_by(table.schema, ordered)


def passed_by(schema: pa.DataFrameSchema, data: pd.DataFrame) -> pd.DataFrame:
    """``data`` once a schema has passed it, whatever the environment says of pandera.

    Raises:
        pandera.errors.SchemaErrors: every violation at once.
    """
    from pandera.config import config_context

    # PANDERA_VALIDATION_ENABLED and _DEPTH would switch checks off for data that is published.
    with config_context(validation_enabled=True, validation_depth="SCHEMA_AND_DATA"):
        valid: pd.DataFrame = schema.validate(data, lazy=True)
    return valid


def failing_rows(schema: pa.DataFrameSchema, data: pd.DataFrame) -> dict[str, set[int]]:
    """For each check of a schema that fails the rows, counted from 0, of which it does.

    Raises:
        pandera.errors.SchemaErrors: a check could not be made, which is no finding.
    """
    from pandera.errors import SchemaErrorReason, SchemaErrors

    try:
        passed_by(schema, data)
    except SchemaErrors as errors:
        found: dict[str, set[int]] = {}
        for error in errors.schema_errors:
            if error.reason_code is not SchemaErrorReason.DATAFRAME_CHECK:
                raise
            holds = error.check_output.to_numpy(dtype=bool)
            found[error.check.name] = {row for row, one in enumerate(holds) if not one}
        return found
    return {}


def to_pandas(data: pyarrow.Table) -> pd.DataFrame:
    """A frame of Arrow-typed columns."""
    import pandas as pd

    typed: pd.DataFrame = data.to_pandas(types_mapper=pd.ArrowDtype)
    return typed


def to_arrow(table: Table, data: pd.DataFrame) -> pyarrow.Table:
    """The frame as an Arrow table with exactly the table's schema."""
    return pyarrow.Table.from_pandas(
        data, schema=arrow_schema(table), preserve_index=False
    ).replace_schema_metadata()


def write_batches(
    table: Table, batches: Iterable[pd.DataFrame | pyarrow.RecordBatch], path: Path
) -> None:
    """Write rows that are checked and in the order of the key as one Parquet file, whole or not at all."""
    schema = arrow_schema(table)
    with (
        replacing(path, durable=False) as unfinished,
        pyarrow.parquet.ParquetWriter(unfinished, schema, compression="zstd") as writer,
    ):
        for batch in batches:
            if isinstance(batch, pyarrow.RecordBatch):
                writer.write_batch(batch.cast(schema))
            else:
                writer.write_table(to_arrow(table, batch))
