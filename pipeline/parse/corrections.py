"""Corrections: what a maintainer settled, put in place where it still holds.

Reads one sheet or all of them with the catalog's corrections, gives corrected values and says
which corrections found nothing to correct.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import duckdb

from pipeline.catalog.schema import Catalog
from pipeline.checks import failed, passed
from pipeline.model import NATION, Finding
from pipeline.parse.sheet import ParsedSheet


def apply_corrections(sheet: ParsedSheet, sha256: str, catalog: Catalog) -> ParsedSheet:
    """The sheet with the values of its corrections; its statements stay as printed."""
    printed = {(s.metric, s.of, " ".join(s.printed.split())) for s in sheet.statements}
    corrected: dict[tuple[str, str], Decimal] = {
        entry.metric: entry.corrected
        for entry in catalog.corrections
        if entry.sha256 == sha256
        and entry.sheet == sheet.sheet_id
        and (*entry.metric, entry.printed) in printed
    }
    return replace(sheet, corrected=corrected) if corrected else sheet


def corrections_apply(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> Iterator[Finding]:
    """Whether each correction of a sheet that is there still finds what it corrects.

    The connection holds RAW_SHEETS, PARSED_SHEETS and STATEMENTS.
    """
    check = "corrections_apply"
    for entry in catalog.corrections:
        present = connection.execute(
            "select count(*) from parsed_sheets where sheet_id = $1", [entry.sheet]
        ).fetchone()
        if present == (0,):
            continue
        metric, of = entry.metric
        applied = connection.execute(
            "select count(*) from statements inner join raw_sheets using (file) "
            "where corrected is not null and sheet_id = $1 and sha256 = $2 and metric = $3 "
            "and (jurisdiction = $4) = $5",
            [entry.sheet, entry.sha256, metric, NATION, of == NATION],
        ).fetchone()
        name = f"correction of {entry.sheet} {metric} of {of}"
        if applied != (0,):
            yield passed(check, f"{name}: {entry.printed} is corrected to {entry.corrected:,}")
            continue
        message = (
            f"{name}: no sheet with sha256 {entry.sha256[:12]} prints {entry.printed!r} any more; "
            "the publisher may have fixed it: remove or update the entry in corrections.yml"
        )
        yield failed(check, message, expected=entry.printed, found="not printed")
