"""What must hold between sheets, and which sheets are therefore not accepted.

Reads the identities, statements and sheet-level checks of all years from DuckDB, gives for every
file whether it is accepted, and the findings that decide so. Statements are counted where they lie,
so that memory holds the sheets' identities and no more. A sheet that fails by itself takes no part here:
it neither competes for its state and year nor votes on national figures.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import duckdb
import pandas as pd

from pipeline.catalog.schema import Catalog
from pipeline.checks import failed, passed
from pipeline.model import few
from pipeline.parse.sheet import sheet_name
from pipeline.tables.files import rows
from pipeline.validate.decisions import Decisions
from pipeline.validate.national import ends_of
from pipeline.validate.national_checks import settle_national_figures
from pipeline.validate.pending import Review, acceptances_apply, hold_back, waits
from pipeline.validate.vintages import Choice, Version, choose

_ONCE = "state_and_year_come_once"


def decide(
    connection: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    corroboration: pd.DataFrame,
    reviewed: Review,
) -> Decisions:
    """Settle which files count and which national figures stand.

    Args:
        connection: holds RAW_SHEETS, PARSED_SHEETS, STATEMENTS and the CHECKS of the single sheets.
        catalog: says which ends of an interval belong to it.
        corroboration: frame CORROBORATION.
        reviewed: what is published, and which revisions were let in.
    """
    failing = {
        row.file
        for row in rows(
            connection, "select distinct file from checks where not passed and level = 'error'"
        )
    }
    sheets = rows(
        connection,
        "select file, sheet_id, year, figures_sha256, retrieved, sha256 "
        "from parsed_sheets inner join raw_sheets using (file) order by file",
    )
    decisions = Decisions(
        {row.file: "quarantined" if row.file in failing else "accepted" for row in sheets}
    )
    _settle_versions(connection, sheets, decisions, reviewed)
    settle_national_figures(connection, decisions, ends_of(catalog), corroboration)
    decisions.findings += acceptances_apply(sheets, decisions.status, reviewed)
    return decisions


def _settle_versions(
    connection: duckdb.DuckDBPyConnection,
    sheets: list[Any],
    decisions: Decisions,
    reviewed: Review,
) -> None:
    competing: dict[str, list[Any]] = defaultdict(list)
    for row in sheets:
        if decisions.status[row.file] == "accepted":
            competing[row.sheet_id].append(row)
    for sheet_id, found in competing.items():
        standing = reviewed.standing(sheet_id, found)
        versions = {row: Version(row.file, row.figures_sha256, row.retrieved) for row in found}
        if standing is None:
            choice = choose([*versions.values()])
        else:
            gone = reviewed.overruled(sheet_id) - {standing.sha256}
            left = [version for row, version in versions.items() if row.sha256 not in gone]
            choice = hold_back(connection, choose(left), standing, left)
            older = tuple(version for version in versions.values() if version not in left)
            choice = replace(choice, superseded=choice.superseded + older)
        if choice.pending:
            file, published = choice.pending[0].file, choice.current[0].file
            finding = waits(connection, choice.pending[0], standing)
            reason = f"waits for review: it would change figures of {published}"
            decisions.set_aside(file, "pending", reason)
            decisions.findings.append((finding, file, found[0].year))
        _settle(choice, found, decisions)


def _settle(choice: Choice, found: list[Any], decisions: Decisions) -> None:
    """Note what becomes of the files of one state and year, but for the one that waits."""
    sheet_id, year = found[0].sheet_id, found[0].year
    undated = {version.file for version in choice.undated}

    def passes(file: str, said: str) -> None:
        finding = passed(_ONCE, f"{sheet_name(file, sheet_id)}: {said}")
        decisions.findings.append((finding, file, year))

    for row in found:
        if row.file in undated:
            message = (
                f"{sheet_name(row.file, sheet_id)}: {_others(row, found)} has other figures for the "
                f"same state and year, and {choice.unsettled}; keep the right one in the raw folder, "
                "or record there when each was taken"
            )
            number = len({row.figures_sha256 for row in found})
            finding = failed(_ONCE, message, expected="one set of figures", found=f"{number} sets")
            decisions.quarantine(row.file, finding, year)
    latest = choice.pending or choice.current
    newest = max((version.retrieved or "" for version in latest), default="")
    newer = "a newer sheet of the same state and year is in the raw folder"
    for version in choice.superseded:
        decisions.set_aside(version.file, "superseded", newer)
        taken = version.retrieved or "at no recorded time"
        passes(version.file, f"taken {taken}, superseded by {latest[0].file}, taken {newest}")
    for same in (choice.current, choice.pending):
        for version in same[1:]:
            original = decisions.originals[version.file] = same[0].file
            decisions.set_aside(version.file, "duplicate", f"same figures as {original}")
            passes(version.file, f"same figures as {original}, taken once")
    for version in choice.current[:1]:
        which = "published" if choice.pending or undated else "only"
        passes(version.file, f"the {which} figures of its state and year")


def _others(row: Any, found: list[Any]) -> str:
    """The files with other figures than one of them, the first by name."""
    others = [other.file for other in found if other.figures_sha256 != row.figures_sha256]
    return few(others)
