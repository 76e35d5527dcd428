"""Columns and tables: the few words in which ``validate.tables`` defines them.

Reads nothing, gives strict pandera columns of Arrow types, and the table that holds them with its
key. What a table is about is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow

DECIMAL = pyarrow.decimal128(18, 4)
"""Type of every printed value: exact, and lossless as a double below 10^11."""


def _column(
    type_: pyarrow.DataType,
    meaning: str,
    *,
    nullable: bool = False,
    unit: str | None = None,
    enum: tuple[str, ...] | None = None,
    refers_to: str | None = None,
    at_least: int | None = None,
) -> pa.Column:
    checks: list[pa.Check] = []
    if enum:
        checks.append(pa.Check.isin(enum))
    elif type_ == pyarrow.string():
        checks.append(pa.Check.str_length(min_value=1))  # CSV cannot tell '' from null
    if at_least is not None:
        checks.append(pa.Check.ge(at_least))
    metadata: dict[str, Any] = {"unit": unit, "enum": enum, "refers_to": refers_to}
    return pa.Column(
        pd.ArrowDtype(type_), checks, nullable=nullable, description=meaning, metadata=metadata
    )


def text(meaning: str, **more: Any) -> pa.Column:
    """A text that is never empty: a missing one is null."""
    return _column(pyarrow.string(), meaning, **more)


def whole(meaning: str, **more: Any) -> pa.Column:
    """A whole number, not below 0 unless ``at_least`` says otherwise."""
    return _column(pyarrow.int64(), meaning, **{"at_least": 0, **more})


def value(meaning: str, **more: Any) -> pa.Column:
    """A printed value or a bound of one, in the unit of its metric."""
    return _column(DECIMAL, meaning, unit="as metrics.unit", **more)


def rate(meaning: str, *, unit: str) -> pa.Column:
    """A count by population; null where there is none."""
    return _column(DECIMAL, meaning, nullable=True, unit=unit)


def points(meaning: str, **more: Any) -> pa.Column:
    """A length on a page, in PDF points (1/72 inch)."""
    return _column(DECIMAL, meaning, unit="point", **more)


def binary(meaning: str, **more: Any) -> pa.Column:
    """Bytes, of a table that is not published."""
    return _column(pyarrow.binary(), meaning, **more)


def flag(meaning: str, **more: Any) -> pa.Column:
    """True or false."""
    return _column(pyarrow.bool_(), meaning, **more)


@dataclass(frozen=True, eq=False)
class Table:
    """A table's schema with its key; ``key`` is unique and gives the order of the rows.

    ``batch`` is how many rows are handled at a time, so that a batch takes some ten megabytes. A
    table that ``grows_with_figures`` has a row for each figure, numeral or check of every sheet.
    """

    name: str
    schema: pa.DataFrameSchema
    key: tuple[str, ...]
    batch: int
    grows_with_figures: bool

    @property
    def description(self) -> str:
        """What one row is."""
        return str(self.schema.description)

    @property
    def columns(self) -> dict[str, pa.Column]:
        """The columns by name, in order."""
        return dict(self.schema.columns)

    def arrow_type(self, column: str) -> pyarrow.DataType:
        """The Arrow type of a column."""
        return self.schema.columns[column].dtype.type.pyarrow_dtype


def table(
    name: str,
    row: str,
    key: tuple[str, ...],
    columns: dict[str, pa.Column],
    *,
    batch: int = 1 << 15,
    grows_with_figures: bool = False,
) -> Table:
    """A table of which ``row`` says what one row is."""
    schema = pa.DataFrameSchema(
        columns, name=name, description=row, strict=True, ordered=True, unique=list(key)
    )
    return Table(name, schema, key, batch, grows_with_figures)
