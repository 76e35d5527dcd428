"""Corrections: what a maintainer settled, put in place where it still holds.

Reads one sheet or all of them with the catalogue's corrections, gives corrected values and says
which corrections found nothing to correct.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pandas as pd

from pipeline.catalogue.schema import Catalogue, Correction
from pipeline.checklist import failed, passed
from pipeline.model import NATION, Finding
from pipeline.parse.sheet import ParsedSheet
from pipeline.validate.frames import records


def apply_corrections(sheet: ParsedSheet, sha256: str, catalogue: Catalogue) -> ParsedSheet:
    """The sheet with the values of its corrections; its statements stay as printed."""
    printed = {(s.metric, s.of, " ".join(s.printed.split())) for s in sheet.statements}
    corrected: dict[tuple[str, str], Decimal] = {
        (entry.metric[0], entry.metric[1]): entry.corrected
        for entry in catalogue.corrections
        if entry.sha256 == sha256
        and entry.sheet == sheet.sheet_id
        and (*entry.metric, entry.printed) in printed
    }
    return replace(sheet, corrected=corrected) if corrected else sheet


def corrections_apply(
    raw: pd.DataFrame, sheets: pd.DataFrame, statements: pd.DataFrame, catalogue: Catalogue
) -> Iterator[Finding]:
    """Whether each correction of a sheet that is there still finds what it corrects.

    Args:
        raw: frame RAW_SHEETS.
        sheets: frame PARSED_SHEETS.
        statements: frame STATEMENTS.
        catalogue: holds the corrections.
    """
    check = "corrections_apply"
    present = {row.sheet_id for row in records(sheets)}
    hashes = {row.file: row.sha256 for row in records(raw)}
    applied = {
        (
            row.sheet_id,
            hashes[row.file],
            row.metric,
            NATION if row.jurisdiction == NATION else "state",
        )
        for row in records(statements[statements["corrected"].notna()])
    }
    for entry in catalogue.corrections:
        if entry.sheet not in present:
            continue
        name = f"correction of {entry.sheet} {' of '.join(entry.metric)}"
        if (entry.sheet, entry.sha256, *entry.metric) in applied:
            yield passed(check, f"{name}: {entry.printed} is corrected to {entry.corrected:,}")
        else:
            yield _stale(name, entry, check)


def _stale(name: str, entry: Correction, check: str) -> Finding:
    message = (
        f"{name}: no sheet with sha256 {entry.sha256[:12]} prints {entry.printed!r} any more; the "
        "publisher may have fixed it: remove or update the entry in corrections.yml"
    )
    return failed(check, message, expected=entry.printed, found="not printed")
