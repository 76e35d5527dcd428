"""Newer texts of published sheets: which of them wait until somebody has let them in.

Reads what the last release published and the decisions in ``raw/acceptances.csv``, gives for the
files of one state and year what becomes of them. A newer text that prints all that is published,
in the same words, needs nobody; one that would change or drop a figure waits. National figures of
a sheet count like its state's, although others print them too: the vote is not held before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from pipeline.checks import failed, passed
from pipeline.model import Finding, few
from pipeline.parse.sheet import sheet_name
from pipeline.sheets.acceptances import Acceptance, versions_let_in
from pipeline.storage.names import ACCEPTANCES as ACCEPTANCES_FILE
from pipeline.tables.files import TableFiles, rows
from pipeline.tables.schema import ACCEPTANCES
from pipeline.validate.check_rows import Result
from pipeline.validate.vintages import Choice, Version

_REVISED = """
with published as (select * from statements where file = $1),
newer as (select * from statements where file = $2)
select
    published.metric,
    published.jurisdiction,
    any_value(published.printed order by published.statement_id) as old,
    any_value(newer.printed order by newer.statement_id) as new
from published
left join newer
    on newer.metric = published.metric
    and newer.jurisdiction = published.jurisdiction
group by published.metric, published.jurisdiction
having bool_or(
    newer.value is distinct from published.value
    or newer.qualifier is distinct from published.qualifier
    or newer.lower is distinct from published.lower
    or newer.upper is distinct from published.upper
    or newer.corrected is distinct from published.corrected
)
order by published.metric, published.jurisdiction
"""


@dataclass(frozen=True)
class Review:
    """What people have seen: the sha256 of each published sheet's file, and what they let in."""

    published: Mapping[str, str] = field(default_factory=dict)
    acceptances: Sequence[Acceptance] = ()

    def versions(self, sheet_id: str) -> list[str]:
        """The sha256 of the published file and of those let in after it; none before the first."""
        published = self.published.get(sheet_id)
        return versions_let_in(sheet_id, published, self.acceptances) if published else []

    def overruled(self, sheet_id: str) -> set[str]:
        """The sha256 of the files of a sheet in whose place others were let in."""
        return {one.replaces for one in self.acceptances if one.sheet == sheet_id}

    def standing(self, sheet_id: str, found: Sequence[Any]) -> Any | None:
        """Of some files of a sheet the one that is published, or was let in last."""
        by_sha256 = {row.sha256: row for row in found[::-1]}
        let_in = [sha256 for sha256 in self.versions(sheet_id) if sha256 in by_sha256]
        return by_sha256[let_in[-1]] if let_in else None


def hold_back(
    connection: duckdb.DuckDBPyConnection, choice: Choice, standing: Any, versions: list[Version]
) -> Choice:
    """The choice as it is while a version is published that the newest would revise.

    Args:
        connection: holds STATEMENTS.
        choice: of all ``versions``, by their dates.
        standing: the file that is published, a row of the sheets.
        versions: all of them.
    """
    if not choice.unsettled:
        first = choice.current[0]
        if first.figures == standing.figures_sha256 or not _revised(connection, standing, first):
            return choice
    ours = tuple(v for v in versions if v.figures == standing.figures_sha256)
    others = tuple(v for v in versions if v.figures != standing.figures_sha256)
    first, *same = sorted(ours, key=lambda version: version.file != standing.file)
    current = (first, *same)
    if choice.unsettled:
        return Choice(current, unsettled=choice.unsettled, undated=others)
    older = tuple(version for version in others if version not in choice.current)
    return Choice(current, older, pending=choice.current)


def waits(connection: duckdb.DuckDBPyConnection, pending: Version, standing: Any) -> Finding:
    """The finding that a file waits, with the figures that it would change."""
    revised = _revised(connection, standing, pending)
    changes = [
        f"{row.metric} of {row.jurisdiction} {_one_line(row.old)} → "
        f"{'not printed' if row.new is None else _one_line(row.new)}"
        for row in revised
    ]
    shown = few(changes)
    message = (
        f"{sheet_name(pending.file, standing.sheet_id)}: waits, as {standing.file} is published with "
        f"other figures: {shown}; compare both, then `statedata accept {standing.sheet_id}`, or "
        "remove the file"
    )
    return failed(
        "newer_texts_are_let_in",
        message,
        expected=f"the figures of {standing.file}, or a line in raw/{ACCEPTANCES_FILE}",
        found=shown,
    )


def acceptances_apply(
    sheets: Sequence[Any], status: Mapping[str, str], reviewed: Review
) -> Iterator[Result]:
    """Whether each revision that was let in is of a file that is there and counts, by its status."""
    check = "acceptances_apply"
    files = {(row.sheet_id, row.sha256): row.file for row in reversed(sheets)}
    for one in reviewed.acceptances:
        name, file = f"raw/{ACCEPTANCES_FILE}: {one.sheet}", files.get((one.sheet, one.sha256))
        year = int(one.sheet.partition("/")[0])
        if file is None:
            message = (
                f"{name}: no file of this sheet has the sha256 {one.sha256[:12]} that was accepted "
                f"on {one.accepted}; put it back, or remove the line"
            )
            finding = failed(check, message, expected=one.sha256, found="no such file")
        elif status[file] == "pending":
            message = (
                f"{name}: {file} was accepted in place of {one.replaces[:12]}, which is not what is "
                f"published; remove the line, and `statedata accept {one.sheet}` again"
            )
            published = (reviewed.versions(one.sheet) or ["nothing"])[-1]
            finding = failed(check, message, expected=one.replaces, found=published)
        else:
            why = f": {one.reason}" if one.reason else ""
            message = (
                f"{name}: {file} accepted on {one.accepted} in place of {one.replaces[:12]}{why}"
            )
            finding = passed(check, message)
        yield finding, file, year


def _revised(connection: duckdb.DuckDBPyConnection, standing: Any, newer: Version) -> list[Any]:
    """The figures of the published file that a newer one prints otherwise, or not at all."""
    return rows(connection, _REVISED, [standing.file, newer.file])


def acceptance_rows(acceptances: Sequence[Acceptance]) -> list[tuple[str | None, ...]]:
    """What was let in as rows of ACCEPTANCES."""
    return [(a.sheet, a.sha256, a.replaces, a.accepted, a.reason or None) for a in acceptances]


def released_acceptances(tables: TableFiles) -> list[Acceptance]:
    """What was let in, as validated or released tables say; none before schema 2.1.0."""
    if ACCEPTANCES.name not in tables.files:
        return []
    rows = tables.read(ACCEPTANCES.name).to_pylist()
    return [Acceptance(*(value or "" for value in row.values())) for row in rows]


def _one_line(printed: str) -> str:
    return " ".join(printed.split())
