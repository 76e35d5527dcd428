"""What changed between two states of the tables, by key.

Reads the tables of a release and those of the next, gives every row that was added, removed or
changed; applied to the old tables, the changes give the new ones. The comparison of long tables
runs in DuckDB, so that memory holds the changes only.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

import pyarrow

from pipeline.release.digest import cell
from pipeline.tables.columns import Table
from pipeline.tables.files import TableFiles, querying
from pipeline.tables.schema import OBSERVATIONS, PUBLISHED, SHEETS
from pipeline.tables.sql import quoted

Op = Literal["added", "removed", "changed"]
ChangeClass = Literal["initial", "additive", "revision", "breaking", "reserialised"]

_BATCHES_COMPARED = 4
"""Batches of a table that are compared at a time."""

FIGURE_COLUMNS = ("value", "qualifier", "lower", "upper", "status")
"""What makes an observation another figure; how many sheets print it does not."""


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
    reason: str | None = None

    @property
    def is_revision(self) -> bool:
        """Whether a published figure was taken away or became another."""
        if self.table != OBSERVATIONS.name or self.op == "added":
            return False
        return self.op == "removed" or any(name in FIGURE_COLUMNS for name in self.new or {})


@dataclass(frozen=True)
class Changes:
    """All changes from one release to the next; ``schemas`` names tables with other columns."""

    rows: tuple[Change, ...]
    schemas: tuple[str, ...]
    first: bool

    @property
    def revisions(self) -> list[Change]:
        """The changes that take a published figure away or make it another."""
        return [change for change in self.rows if change.is_revision]

    @property
    def change_class(self) -> ChangeClass:
        """What a reader of the release before must reckon with, at most."""
        if self.first:
            return "initial"
        if self.schemas:
            return "breaking"
        if self.revisions:
            return "revision"
        return "additive" if self.rows else "reserialised"

    def counts(self) -> dict[str, int]:
        """How many rows were added, removed and changed."""
        counted = Counter(change.op for change in self.rows)
        return {
            "added": counted["added"],
            "removed": counted["removed"],
            "changed": counted["changed"],
        }


def no_release_before() -> Changes:
    """The changes of a first release: none, as there is nothing to compare with."""
    return Changes((), (), first=True)


def compare(old: TableFiles, new: TableFiles) -> Changes:
    """Every change from the old tables to the new ones; each are read by their own schema."""
    rows: list[Change] = []
    names = [table.name for table in PUBLISHED if table.name in new.files]
    schemas = [
        name for name in names if name not in old.files or old.names(name) != new.names(name)
    ]
    for name in names:
        if name not in schemas:
            rows += compare_table(new.tables[name], old, new)
    schemas += sorted(set(old.files) - set(names))
    return Changes(tuple(_with_reasons(rows, new)), tuple(schemas), first=False)


def compare_table(table: Table, old: TableFiles, new: TableFiles) -> list[Change]:
    """The changes of one table, in the order of its key.

    Long tables are compared a range of keys at a time, so that memory holds one range and the
    changes.
    """
    names = list(table.columns)
    same_key = " and ".join(f"old.{quoted(n)} = new.{quoted(n)}" for n in table.key)
    differs = " or ".join(f"old.{quoted(n)} is distinct from new.{quoted(n)}" for n in names)
    sides = ", ".join(f"{side}.{quoted(name)}" for side in ("old", "new") for name in names)
    first = quoted(table.key[0])
    changes: list[Change] = []
    with querying() as connection:
        for condition, bounds in _ranges(table, new):
            found = connection.execute(
                f"select {sides}, old.{first} is null, new.{first} is null "
                f"from ({old.query(table.name)} where {condition}) as old "
                f"full join ({new.query(table.name)} where {condition}) as new "
                f"on {same_key} where {differs}",
                bounds,
            ).fetchall()
            changes += [_change(table, names, row) for row in found]
    return sorted(changes, key=lambda change: json.dumps([cell(part) for part in change.key]))


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
        bounds = {"low": low, "high": high}
        conditions = [f"{first} >= $low"] if low is not None else []
        conditions += [f"{first} < $high"] if high is not None else []
        yield " and ".join(conditions) or "true", {k: v for k, v in bounds.items() if v is not None}


def apply_changes(table: Table, old: pyarrow.Table, changes: Iterable[Change]) -> pyarrow.Table:
    """The table after its changes, in the order of its key: the proof that they are complete.

    Raises:
        ValueError: a change to a row that is not there, or an addition of one that is.
    """
    places = {name: index for index, name in enumerate(table.columns)}
    columns = [old.column(name).to_pylist() for name in table.columns]
    rows = {
        tuple(row[places[name]] for name in table.key): list(row)
        for row in zip(*columns, strict=True)
    }
    for change in changes:
        if change.table != table.name:
            continue
        if (change.key in rows) == (change.op == "added"):
            raise ValueError(f"{table.name} {change.key}: cannot be {change.op}, compare releases")
        if change.op == "removed":
            del rows[change.key]
            continue
        row = rows.setdefault(change.key, [None] * len(places))
        for name, value in (change.new or {}).items():
            row[places[name]] = value
    ordered = [rows[key] for key in sorted(rows)]
    values = list(zip(*ordered, strict=True)) or [()] * len(places)
    arrays = [
        pyarrow.array(column, type=table.arrow_type(name))
        for column, name in zip(values, table.columns, strict=True)
    ]
    return pyarrow.table(dict(zip(table.columns, arrays, strict=True)))


def _change(table: Table, names: list[str], row: tuple[Any, ...]) -> Change:
    width = len(names)
    old, new = (
        dict(zip(names, row[:width], strict=True)),
        dict(zip(names, row[width : 2 * width], strict=True)),
    )
    is_new, is_gone = row[-2], row[-1]
    if is_new:
        return Change(table.name, "added", tuple(new[name] for name in table.key), None, new)
    key = tuple(old[name] for name in table.key)
    if is_gone:
        return Change(table.name, "removed", key, old, None)
    differing = [name for name in names if old[name] != new[name]]
    return Change(
        table.name,
        "changed",
        key,
        {name: old[name] for name in differing},
        {name: new[name] for name in differing},
    )


def _with_reasons(rows: list[Change], new: TableFiles) -> Iterable[Change]:
    """Give every revision its reason, from what became of the sheets."""
    if not any(change.is_revision for change in rows):
        yield from rows
        return
    told = new.read(SHEETS.name, ["sheet_id", "file", "status", "reason"]).to_pylist()
    sheets = {row["sheet_id"]: row for row in told if row["sheet_id"]}
    moved = {change.key[0]: change for change in rows if change.table == "sheets"}
    for change in rows:
        if not change.is_revision:
            yield change
            continue
        sheet_id = str(change.key[0]).rpartition("/")[0]
        yield Change(
            change.table, change.op, change.key, change.old, change.new,
            _reason(change, sheets.get(sheet_id), moved),
        )  # fmt: skip


def _reason(change: Change, sheet: dict[str, Any] | None, moved: Mapping[Any, Change]) -> str:
    if (change.new or {}).get("status") == "corrected":
        return "a maintainer's correction"
    if sheet is None:
        if change.op == "removed" and "/US/" not in str(change.key[0]):
            return "the sheet is no longer in the raw folder"
        return "the sheets of the year agree on another figure"
    if sheet["status"] == "quarantined":
        return f"the sheet is quarantined: {sheet['reason']}"
    if sheet["file"] in moved:
        return f"the sheet {sheet['file']} is new or has other bytes"
    return "the same sheet is read in another way"


def decimal_or_text(table: Table, name: str, text: Any) -> Any:
    """A cell of changes.csv as the value it stands for."""
    if text is None or isinstance(text, bool):
        return text
    type_ = table.arrow_type(name)
    if pyarrow.types.is_decimal(type_):
        return Decimal(text)
    return int(text) if pyarrow.types.is_integer(type_) else text
