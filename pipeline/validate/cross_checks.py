"""What must hold between sheets, and which sheets are therefore not accepted.

Reads the identities, statements and sheet-level checks of all years from DuckDB, gives for every
file whether it is accepted, and the findings that decide so. Statements are counted where they lie,
so that memory holds the sheets' identities and no more. A sheet that fails by itself takes no part here:
it neither competes for its state and year nor votes on national figures.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import duckdb
import pandas as pd

from pipeline.catalog.schema import Catalog
from pipeline.checks import failed, passed
from pipeline.parse.sheet import sheet_name
from pipeline.tables.files import rows
from pipeline.validate.decisions import Decisions
from pipeline.validate.national import ends_of
from pipeline.validate.national_checks import settle_national_figures
from pipeline.validate.vintages import Version, choose

_NAMED = 5
"""Other sheets that a message names."""


def decide(
    connection: duckdb.DuckDBPyConnection, catalog: Catalog, corroboration: pd.DataFrame
) -> Decisions:
    """Settle which files count and which national figures stand.

    Args:
        connection: holds RAW_SHEETS, PARSED_SHEETS, STATEMENTS and the CHECKS of the single sheets.
        catalog: says which ends of an interval belong to it.
        corroboration: frame CORROBORATION.
    """
    failing = {
        row.file
        for row in rows(
            connection, "select distinct file from checks where not passed and level = 'error'"
        )
    }
    sheets = rows(
        connection,
        "select file, sheet_id, year, figures_sha256, retrieved "
        "from parsed_sheets inner join raw_sheets using (file) order by file",
    )
    decisions = Decisions(
        {row.file: "quarantined" if row.file in failing else "accepted" for row in sheets}
    )
    _settle_versions(sheets, decisions)
    settle_national_figures(connection, decisions, ends_of(catalog), corroboration)
    return decisions


def _settle_versions(sheets: list[Any], decisions: Decisions) -> None:
    check = "state_and_year_come_once"
    competing: dict[str, list[Any]] = defaultdict(list)
    for row in sheets:
        if decisions.status[row.file] == "accepted":
            competing[row.sheet_id].append(row)
    for sheet_id, found in competing.items():
        year = found[0].year
        choice = choose([Version(row.file, row.figures_sha256, row.retrieved) for row in found])
        if choice.unsettled:
            for row in found:
                message = (
                    f"{sheet_name(row.file, sheet_id)}: {_others(row, found)} has other figures "
                    f"for the same state and year, and {choice.unsettled}; keep the right one in "
                    "the raw folder, or record there when each was taken"
                )
                number = len({row.figures_sha256 for row in found})
                finding = failed(
                    check, message, expected="one set of figures", found=f"{number} sets"
                )
                decisions.quarantine(row.file, finding, year)
            continue
        original, *duplicates = choice.current
        newest = max(version.retrieved or "" for version in choice.current)
        for version in choice.superseded:
            decisions.status[version.file] = "superseded"
            message = (
                f"{sheet_name(version.file, sheet_id)}: taken {version.retrieved or 'at no recorded time'}"
                f", superseded by {original.file}, taken {newest}"
            )
            decisions.findings.append((passed(check, message), version.file, year))
        for version in duplicates:
            decisions.status[version.file] = "duplicate"
            decisions.originals[version.file] = original.file
            name = sheet_name(version.file, sheet_id)
            message = f"{name}: same figures as {original.file}, taken once"
            decisions.findings.append((passed(check, message), version.file, year))
        name = sheet_name(original.file, sheet_id)
        message = f"{name}: the only figures of its state and year"
        decisions.findings.append((passed(check, message), original.file, year))


def _others(row: Any, found: list[Any]) -> str:
    """The files with other figures than one of them, the first by name."""
    others = [other.file for other in found if other.figures_sha256 != row.figures_sha256]
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    return f"{', '.join(others[:_NAMED])}{more}"
