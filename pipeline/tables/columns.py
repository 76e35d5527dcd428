"""Columns and tables: the few words in which ``tables.schema`` defines them.

Reads nothing, gives columns of Arrow types, and the table that holds them with its key; pandera's
schema of a table is made of these when a frame is checked. What a table is about is not known here.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import pyarrow

if TYPE_CHECKING:
    import pandera.pandas as pa

DECIMAL = pyarrow.decimal128(18, 4)
"""Type of every printed value: exact, and lossless as a double below 10^11."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: ``enum`` lists its values, ``refers_to`` is the table of its key.

    A whole number is not below ``at_least``.
    """

    type: pyarrow.DataType
    description: str
    _: KW_ONLY
    nullable: bool = False
    unit: str | None = None
    enum: tuple[str, ...] | None = None
    refers_to: str | None = None
    at_least: int | None = None

    @property
    def is_never_empty(self) -> bool:
        """Whether it is a text of any words: CSV cannot tell an empty one from null."""
        return bool(self.type == pyarrow.string()) and self.enum is None


text = partial(Column, pyarrow.string())
"""A text that is never empty: a missing one is null."""
whole = partial(Column, pyarrow.int64(), at_least=0)
"""A whole number, not below 0 unless ``at_least`` says otherwise."""
value = partial(Column, DECIMAL, unit="as metrics.unit")
"""A printed value or a bound of one, in the unit of its metric."""
rate = partial(Column, DECIMAL, nullable=True)
"""A count by population; null where there is none."""
points = partial(Column, DECIMAL, unit="point")
"""A length on a page, in PDF points (1/72 inch)."""
binary = partial(Column, pyarrow.binary())
"""Bytes, of a table that is not published."""
flag = partial(Column, pyarrow.bool_())
"""True or false."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table with its key; ``key`` is unique and gives the order of the rows.

    ``description`` says what one row is, ``batch`` is how many rows are handled at a time, so that a
    batch takes some ten megabytes. A table that ``grows_with_figures`` has a row for each figure, numeral or check of every sheet.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: dict[str, Column]
    batch: int = 1 << 15
    grows_with_figures: bool = False

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
