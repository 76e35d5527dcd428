"""What changed between two states of the tables, row by row: complete, so that it proves itself.

Applied to the tables before, the changes give the tables after. Both sides are read by their own
schema. The comparison runs in DuckDB, a range of keys at a time, and rows come one after the
other, so that memory holds neither a table nor its changes. What a reader calls a change, a
figure, is told by :mod:`pipeline.release.figure_changes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

import pyarrow

from pipeline.release.figure_changes import FigureChanges, figure_changes
from pipeline.tables.columns import Table
from pipeline.tables.files import TableFiles, querying
from pipeline.tables.schema import PUBLISHED
from pipeline.tables.sql import quoted

Op = Literal["added", "removed", "changed"]
ChangeClass = Literal["initial", "additive", "revision", "breaking", "reserialised"]
OPS: tuple[Op, ...] = ("added", "removed", "changed")

_BATCHES_COMPARED = 4
"""Batches of a table that are compared at a time."""
_ROWS_FETCHED = 1 << 10
"""Changed rows that are held at a time."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row that differs: its key, and the columns that differ, before and after.

    An added row has no ``old``, a removed one no ``new``; both then hold all columns.
    """

    table: str
    op: Op
    key: tuple[Any, ...]
    old: dict[str, Any] | None
    new: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table are gone and which are new; a table that is new or gone has all."""

    table: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """What changed from one release to the next.

    ``schemas`` are the tables with other columns, ``rows`` the counts of changed rows by table,
    for those that can be compared, and ``figures`` what a reader calls a change.
    """

    first: bool
    schemas: tuple[Columns, ...]
    rows: dict[str, dict[Op, int]]
    figures: FigureChanges

    @property
    def change_class(self) -> ChangeClass:
        """What a reader of the release before must reckon with, at most."""
        if self.first:
            return "initial"
        if any(table.gone or not table.new for table in self.schemas):  # or in another order
            return "breaking"
        if self.figures.revisions:
            return "revision"
        is_more = bool(self.schemas) or any(self.counts().values())
        return "additive" if is_more else "reserialised"

    def counts(self) -> dict[str, int]:
        """How many rows were added, removed and changed."""
        return {op: sum(counts[op] for counts in self.rows.values()) for op in OPS}


def compare(old: TableFiles | None, new: TableFiles) -> Changes:
    """What changed from the old tables, None before the first release, to the new ones."""
    figures = figure_changes(old, new)
    if old is None:
        return Changes(first=True, schemas=(), rows={}, figures=figures)
    schemas = []
    for name in [*_names(new), *(name for name in old.files if name not in new.files)]:
        before = old.names(name) if name in old.files else []
        after = new.names(name) if name in new.files else []
        if before != after:
            gone = tuple(column for column in before if column not in after)
            schemas.append(Columns(name, gone, tuple(c for c in after if c not in before)))
    rows = {name: _count(new.tables[name], old, new) for name in comparable(old, new)}
    return Changes(first=False, schemas=tuple(schemas), rows=rows, figures=figures)


def comparable(old: TableFiles, new: TableFiles) -> list[str]:
    """The tables that both sides have with the same columns, in the order of their listing."""
    return [
        name for name in _names(new) if name in old.files and old.names(name) == new.names(name)
    ]


def changed_rows(old: TableFiles, new: TableFiles) -> Iterator[Change]:
    """Every changed row of the comparable tables: table by table, each in the order of its key."""
    for name in comparable(old, new):
        yield from compare_table(new.tables[name], old, new)


def compare_table(table: Table, old: TableFiles, new: TableFiles) -> Iterator[Change]:
    """The changed rows of one table, in the order of its key."""
    names = list(table.columns)
    sides = ", ".join(f"{side}.{quoted(name)}" for side in ("old", "new") for name in names)
    first = quoted(table.key[0])
    order = ", ".join(f"coalesce(old.{quoted(n)}, new.{quoted(n)})" for n in table.key)
    columns = f"{sides}, old.{first} is null, new.{first} is null"
    with querying() as connection:
        for condition, bounds in _ranges(table, new):
            query = f"select {columns} {_differing(table, old, new, condition)} order by {order}"
            found = connection.execute(query, bounds)
            while rows := found.fetchmany(_ROWS_FETCHED):
                yield from (_change(table, names, row) for row in rows)


def _count(table: Table, old: TableFiles, new: TableFiles) -> dict[Op, int]:
    first = quoted(table.key[0])
    counts: dict[Op, int] = dict.fromkeys(OPS, 0)
    with querying() as connection:
        for condition, bounds in _ranges(table, new):
            found = connection.execute(
                f"select count(*) filter (where old.{first} is null), "
                f"count(*) filter (where new.{first} is null), count(*) filter (where "
                f"old.{first} = new.{first}) {_differing(table, old, new, condition)}",
                bounds,
            ).fetchone()
            assert found is not None
            counts = {op: counts[op] + count for op, count in zip(OPS, found, strict=True)}
    return counts


def _differing(table: Table, old: TableFiles, new: TableFiles, condition: str) -> str:
    """From where to select the rows that differ, as ``old`` and ``new``."""
    same_key = " and ".join(f"old.{quoted(n)} = new.{quoted(n)}" for n in table.key)
    differs = " or ".join(
        f"old.{quoted(n)} is distinct from new.{quoted(n)}" for n in table.columns
    )
    return (
        f"from ({old.query(table.name)} where {condition}) as old "
        f"full join ({new.query(table.name)} where {condition}) as new "
        f"on {same_key} where {differs}"
    )


def _ranges(table: Table, tables: TableFiles) -> Iterator[tuple[str, dict[str, Any]]]:
    """Conditions that cut a table into ranges of some batches each, by its key's first column."""
    first = quoted(table.key[0])
    starts = [
        batch.column(0)[0].as_py()
        for place, batch in enumerate(tables.batches(table.name, [table.key[0]]))
        if place % _BATCHES_COMPARED == 0
    ]
    cuts = sorted(set(starts[1:]))
    for low, high in pairwise([None, *cuts, None]):
        bounds = {name: at for name, at in (("low", low), ("high", high)) if at is not None}
        conditions = {"low": f"{first} >= $low", "high": f"{first} < $high"}
        yield " and ".join(conditions[name] for name in bounds) or "true", bounds


def apply_changes(
    table: Table, rows: Iterable[tuple[Any, ...]], changes: Iterable[Change]
) -> Iterator[tuple[Any, ...]]:
    """The rows of a table after its changes: the proof that these are complete.

    Rows and changes come, and go, in the order of the key.

    Raises:
        ValueError: a change to a row that is not there, an addition of one that is, or changes
            that are not in the order of the key.
    """
    names = list(table.columns)
    places = [names.index(name) for name in table.key]
    waiting = iter(rows)
    row = next(waiting, None)
    last: tuple[Any, ...] | None = None
    for change in changes:
        while row is not None and tuple(row[place] for place in places) < change.key:
            yield row
            row = next(waiting, None)
        is_there = row is not None and tuple(row[place] for place in places) == change.key
        if is_there == (change.op == "added") or (last is not None and change.key <= last):
            raise ValueError(f"{table.name} {change.key}: cannot be {change.op}, compare releases")
        if change.op != "removed":
            before = dict(zip(names, row, strict=True)) if is_there and row is not None else {}
            after = {**before, **(change.new or {})}
            yield tuple(after[name] for name in names)
        if is_there:
            row = next(waiting, None)
        last = change.key
    if row is not None:
        yield row
        yield from waiting


def rows_of(tables: TableFiles, name: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in the order of its key, a batch in memory at a time."""
    for batch in tables.batches(name):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def typed(table: Table, name: str, text: Any) -> Any:
    """A cell of a list of changes, where numbers are texts, as the value it stands for."""
    if text is None or isinstance(text, bool):
        return text
    type_ = table.arrow_type(name)
    if pyarrow.types.is_decimal(type_):
        return Decimal(text)
    return int(text) if pyarrow.types.is_integer(type_) else text


def _names(tables: TableFiles) -> list[str]:
    return [table.name for table in PUBLISHED if table.name in tables.files]


def _change(table: Table, names: list[str], row: tuple[Any, ...]) -> Change:
    width = len(names)
    old, new = (dict(zip(names, side, strict=True)) for side in (row[:width], row[width:-2]))
    is_new, is_gone = row[-2:]
    key = tuple((new if is_new else old)[name] for name in table.key)
    if is_new:
        return Change(table.name, "added", key, None, new)
    if is_gone:
        return Change(table.name, "removed", key, old, None)
    differing = [name for name in names if old[name] != new[name]]
    before, after = ({name: side[name] for name in differing} for side in (old, new))
    return Change(table.name, "changed", key, before, after)
