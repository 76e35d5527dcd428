"""Columns and tables: the few words in which ``tables.schema`` defines them.

Reads nothing, gives columns of Arrow types, and the table that holds them with its key; pandera's
schema of a table is made of these when a frame is checked. What a table is about is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow

if TYPE_CHECKING:
    import pandera.pandas as pa

DECIMAL = pyarrow.decimal128(18, 4)
"""Type of every printed value: exact, and lossless as a double below 10^11."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column holds: ``enum`` lists its values, ``refers_to`` is the table of its key.

    A whole number is not below ``at_least``.
    """

    type: pyarrow.DataType
    description: str
    nullable: bool = False
    unit: str | None = None
    enum: tuple[str, ...] | None = None
    refers_to: str | None = None
    at_least: int | None = None

    @property
    def is_never_empty(self) -> bool:
        """Whether it is a text of any words: CSV cannot tell an empty one from null."""
        return bool(self.type == pyarrow.string()) and self.enum is None


def text(meaning: str, **more: Any) -> Column:
    """A text that is never empty: a missing one is null."""
    return Column(type=pyarrow.string(), description=meaning, **more)


def whole(meaning: str, **more: Any) -> Column:
    """A whole number, not below 0 unless ``at_least`` says otherwise."""
    return Column(type=pyarrow.int64(), description=meaning, **{"at_least": 0, **more})


def value(meaning: str, **more: Any) -> Column:
    """A printed value or a bound of one, in the unit of its metric."""
    return Column(type=DECIMAL, description=meaning, unit="as metrics.unit", **more)


def rate(meaning: str, *, unit: str) -> Column:
    """A count by population; null where there is none."""
    return Column(type=DECIMAL, description=meaning, nullable=True, unit=unit)


def points(meaning: str, **more: Any) -> Column:
    """A length on a page, in PDF points (1/72 inch)."""
    return Column(type=DECIMAL, description=meaning, unit="point", **more)


def binary(meaning: str, **more: Any) -> Column:
    """Bytes, of a table that is not published."""
    return Column(type=pyarrow.binary(), description=meaning, **more)


def flag(meaning: str, **more: Any) -> Column:
    """True or false."""
    return Column(type=pyarrow.bool_(), description=meaning, **more)


@dataclass(frozen=True, eq=False)
class Table:
    """A table with its key; ``key`` is unique and gives the order of the rows.

    ``description`` says what one row is, ``batch`` is how many rows are handled at a time, so that a
    batch takes some ten megabytes. A table that ``grows_with_figures`` has a row for each figure, numeral or check of every sheet.
    """

    name: str
    description: str
    columns: dict[str, Column]
    key: tuple[str, ...]
    batch: int
    grows_with_figures: bool

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """Pandera's schema of the table: strict, ordered, the key unique, nothing coerced."""
        # Whoever reads tables without checking a frame does not wait for pandas and pandera.
        import pandas as pd
        import pandera.pandas as pa

        def column(of: Column) -> pa.Column:
            checks: list[pa.Check] = []
            if of.enum:
                checks.append(pa.Check.isin(of.enum))
            if of.is_never_empty:
                checks.append(pa.Check.str_length(min_value=1))
            if of.at_least is not None:
                checks.append(pa.Check.ge(of.at_least))
            return pa.Column(pd.ArrowDtype(of.type), checks, nullable=of.nullable)

        columns = {name: column(of) for name, of in self.columns.items()}
        return pa.DataFrameSchema(
            columns, name=self.name, strict=True, ordered=True, unique=list(self.key)
        )

    def arrow_type(self, column: str) -> pyarrow.DataType:
        """The Arrow type of a column."""
        return self.columns[column].type


def table(
    name: str,
    row: str,
    key: tuple[str, ...],
    columns: dict[str, Column],
    *,
    batch: int = 1 << 15,
    grows_with_figures: bool = False,
) -> Table:
    """A table of which ``row`` says what one row is."""
    return Table(name, row, columns, key, batch, grows_with_figures)
