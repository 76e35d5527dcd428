"""What changed for a reader: figures added, removed or revised, as they are printed, and why.

A revision takes a published figure away or makes it another; how many sheets print it does not
matter. Whole sheets are told as such: "Added: Ohio 2023 (21 figures)."
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from pipeline.model import NATION, number_text
from pipeline.tables.files import TableFiles, querying, rows

FigureOp = Literal["added", "removed", "revised"]
Cause = Literal[
    "correction", "removed_sheet", "quarantine", "national", "overwritten_sheet", "reading"
]
"""Why a published figure is revised or removed, as far as files and statuses tell."""
_LISTED = 50
"""Lines of a kind that are told; the list of figures has all of them."""
_READ = ("observations", "statements", "sheets", "metrics", "jurisdictions")
_FIGURE = ("value", "qualifier", "lower", "upper", "status")
_WORDED = """
create temp table {side}_worded as
select
    observations.*,
    statements.printed,
    jurisdictions.name as place,
    metrics.title
from {side}_observations as observations
semi join changed on changed.observation_id = observations.observation_id
inner join {side}_jurisdictions as jurisdictions
    on jurisdictions.jurisdiction = observations.jurisdiction
inner join {side}_metrics as metrics on metrics.metric = observations.metric
inner join {side}_statements as statements
    on statements.year = observations.year
    and statements.jurisdiction = observations.jurisdiction
    and statements.metric = observations.metric
inner join {side}_sheets as sheets
    on sheets.file = statements.file
    and sheets.status = 'accepted'
qualify row_number() over (
    partition by observations.observation_id
    order by
        coalesce(statements.corrected, statements.value) = observations.value
        and if(statements.corrected is null, statements.qualifier, 'exact') = observations.qualifier
        desc,
        statements.statement_id
) = 1
"""
_CHANGED = """
select
    coalesce(n.observation_id, o.observation_id) as observation_id,
    coalesce(n.year, o.year) as year,
    coalesce(n.jurisdiction, o.jurisdiction) as jurisdiction,
    coalesce(n.place, o.place) as place,
    coalesce(n.metric, o.metric) as metric,
    coalesce(n.title, o.title) as title,
    o.printed as old_printed, o.value as old_value, o.status as old_status,
    o.qualifier as old_qualifier,
    n.printed as new_printed, n.value as new_value, n.status as new_status,
    n.qualifier as new_qualifier
from old_worded as o full join new_worded as n on n.observation_id = o.observation_id
order by year, place, metric
"""


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure that was added, removed or revised, ``old`` and ``new`` as printed."""

    op: FigureOp
    observation_id: str
    year: int
    jurisdiction: str
    place: str
    metric: str
    title: str
    old: str | None
    new: str | None
    reason: str
    cause: Cause | None


@dataclass(frozen=True)
class FigureChanges:
    """Every changed figure, and how many figures those sheets print that came or went as a whole.

    ``whole`` goes by op, year and jurisdiction.
    """

    rows: tuple[FigureChange, ...]
    whole: Mapping[tuple[FigureOp, int, str], int]

    @property
    def revisions(self) -> list[FigureChange]:
        """The changes that take a published figure away or make it another."""
        return [change for change in self.rows if change.op != "added"]

    def lines(self) -> list[str]:
        """The changes in words, sheets that came or went as a whole as one."""
        found: dict[FigureOp, dict[str, None]] = {"added": {}, "removed": {}, "revised": {}}
        for change in self.rows:
            found[change.op][self._line(change)] = None
        return [line for kind in found.values() for line in _few(list(kind))]

    def _line(self, change: FigureChange) -> str:
        place = f"{change.op.capitalize()}: {change.place} {change.year}"
        count = self.whole.get((change.op, change.year, change.jurisdiction))
        if count is not None:
            line = f"{place} ({count} figure{'' if count == 1 else 's'})"
            return f"{line}: {change.reason}." if change.op == "removed" else f"{line}."
        return f"{place}, {_within_a_sentence(change.title)}: {_told(change)}."


def figure_changes(old: TableFiles | None, new: TableFiles) -> FigureChanges:
    """The figures that changed from the old tables to the new ones; all if there are no old ones."""
    sides = {"old": old or TableFiles({}, new.tables), "new": new}
    with querying() as connection:
        for side, tables in sides.items():
            for name in _READ:
                query = tables.query(name) if name in tables.files else f"{new.query(name)} limit 0"
                connection.execute(f"create temp view {side}_{name} as {query}")
        differs = " or ".join(f"o.{name} is distinct from n.{name}" for name in _FIGURE)
        connection.execute(
            "create temp table changed as select coalesce(o.observation_id, n.observation_id) "
            "as observation_id from old_observations as o full join new_observations as n "
            f"on n.observation_id = o.observation_id where {differs}"
        )
        for side in sides:
            connection.execute(_WORDED.format(side=side))
        sheets = _Sheets.of(connection)
        found = tuple(_figure_change(row, sheets) for row in rows(connection, _CHANGED))
        return FigureChanges(found, _whole(connection))


def _figure_change(row: Any, sheets: _Sheets) -> FigureChange:
    old = _as_published(row.old_printed, row.old_value, row.old_status)
    new = _as_published(row.new_printed, row.new_value, row.new_status)
    op: FigureOp = "added" if old is None else "removed" if new is None else "revised"
    if old is not None and old == new:  # the same words, read in another way
        old = f"{old} (read as {number_text(row.old_value)}, {row.old_qualifier})"
        new = f"{new} (read as {number_text(row.new_value)}, {row.new_qualifier})"
    reason, cause = sheets.reason(row, op)
    return FigureChange(
        op, row.observation_id, row.year, row.jurisdiction, row.place, row.metric, row.title,
        old, new, reason, None if op == "added" else cause,
    )  # fmt: skip


def _as_published(printed: str | None, value: Any, status: str | None) -> str | None:
    if printed is None or status is None:
        return None
    shown = " ".join(printed.split())
    if status == "corrected":
        return f"{number_text(value)} (corrected; printed {shown})"
    return shown


@dataclass(frozen=True)
class _Sheets:
    """What became of the sheets, for the reasons: by state and year, and how files differ.

    ``gone`` are the sheets whose published bytes no file has, ``before`` the files that were
    published.
    """

    settled: Mapping[tuple[int, str], tuple[str, str, str | None]]
    moved: Mapping[str, str]
    gone: frozenset[tuple[int, str]]
    before: Mapping[tuple[int, str], str]

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> _Sheets:
        settled = rows(
            connection,
            "select year, jurisdiction, file, status, reason from new_sheets "
            "where sheet_id is not null "
            "order by status = 'accepted', status = 'quarantined', file",
        )
        others = rows(
            connection,
            "select n.file, o.file is null as is_new from new_sheets as n left join old_sheets as o "
            "on o.file = n.file where o.sha256 is distinct from n.sha256",
        )
        before = rows(
            connection,
            "select year, jurisdiction, file, sha256 in (select sha256 from new_sheets "
            "where sha256 is not null) as is_there from old_sheets where status = 'accepted'",
        )
        return cls(
            {(row.year, row.jurisdiction): (row.file, row.status, row.reason) for row in settled},
            {row.file: "is new" if row.is_new else "has other bytes" for row in others},
            frozenset((row.year, row.jurisdiction) for row in before if not row.is_there),
            {(row.year, row.jurisdiction): row.file for row in before},
        )

    def reason(self, row: Any, op: FigureOp) -> tuple[str, Cause]:
        """Why a figure was added, removed or revised."""
        if row.new_status == "corrected":
            return "a maintainer's correction", "correction"
        found = self.settled.get((row.year, row.jurisdiction))
        if found is None:
            if op == "removed" and row.jurisdiction != NATION:
                return "the sheet is no longer in the raw folder", "removed_sheet"
            return "as the sheets of the year print it", "national"
        file, status, why = found
        if status == "quarantined":
            return f"the sheet is quarantined: {why}", "quarantine"
        before = self.before.get((row.year, row.jurisdiction), file)
        if file in self.moved or file != before:
            is_gone = (row.year, row.jurisdiction) in self.gone
            what = self.moved.get(file, f"counts in the place of {before}")
            return f"the sheet {file} {what}", "overwritten_sheet" if is_gone else "quarantine"
        corrected = row.old_status == "corrected"
        return "the same sheet is read in another way", "correction" if corrected else "reading"


def _whole(connection: duckdb.DuckDBPyConnection) -> dict[tuple[FigureOp, int, str], int]:
    """The places and years that have figures on one side only, with how many."""
    found: dict[tuple[FigureOp, int, str], int] = {}
    ops: dict[FigureOp, tuple[str, str]] = {"added": ("new", "old"), "removed": ("old", "new")}
    for op, (side, other) in ops.items():
        query = (
            f"select year, jurisdiction, coalesce(any_value(sheets.figures), count(*)) as figures "
            f"from {side}_observations left join (select year, jurisdiction, figures "
            f"from {side}_sheets where status = 'accepted') as sheets using (year, jurisdiction) "
            f"anti join {other}_observations using (year, jurisdiction) group by year, jurisdiction"
        )
        for row in rows(connection, query):
            found[op, row.year, row.jurisdiction] = row.figures
    return found


def _told(change: FigureChange) -> str:
    if change.op == "added":
        return str(change.new)
    shown = f"{change.old} → {change.new}" if change.op == "revised" else str(change.old)
    return f"{shown} ({change.reason})"


def _within_a_sentence(title: str) -> str:
    """A title without its capital, unless its first word is a name with capitals within."""
    first = title.partition(" ")[0]
    return title if any(char.isupper() for char in first[1:]) else title[0].lower() + title[1:]


def _few(lines: list[str]) -> Iterator[str]:
    yield from lines[:_LISTED]
    if len(lines) > _LISTED:
        yield f"{lines[0].partition(':')[0]}: {len(lines) - _LISTED:,} more."
