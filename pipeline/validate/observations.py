"""Accepted statements to observations: the last stop before the warehouse.

Reads the frames of all years, gives the frames that are published: SHEETS, OBSERVATIONS, CHECKS,
COVERAGE, and QUARANTINE with every reason for which a sheet is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

import pandas as pd

from pipeline.catalogue.schema import Catalogue
from pipeline.checklist import failed, passed
from pipeline.model import NATION, Finding
from pipeline.sheets.decode import page_starts
from pipeline.validate.batch import ParsedBatch, check_row
from pipeline.validate.corrections import corrections_apply
from pipeline.validate.cross_checks import Decisions, agree, corroborate, decide, figure_of
from pipeline.validate.frames import checked, frame, records
from pipeline.validate.tables import (
    CHECKS,
    COVERAGE,
    OBSERVATIONS,
    QUARANTINE,
    SHEETS,
)

LARGEST_JUMP = 3
SMALLEST_COMPARED = 100
"""A figure that grows or shrinks by more than a factor of three from a hundred or more is odd
enough to look at; small counts move that much by themselves."""


@dataclass(frozen=True)
class Validated:
    """What is published, and what is not and why."""

    sheets: pd.DataFrame
    statements: pd.DataFrame
    numerals: pd.DataFrame
    observations: pd.DataFrame
    checks: pd.DataFrame
    coverage: pd.DataFrame
    quarantine: pd.DataFrame

    def by_table(self) -> dict[str, pd.DataFrame]:
        """The frames by the name of their table."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def validate(
    raw: pd.DataFrame,
    texts: pd.DataFrame,
    parsed: ParsedBatch,
    corroboration: pd.DataFrame,
    catalogue: Catalogue,
) -> Validated:
    """Settle the sheets of all years and build what is published of them.

    Args:
        raw: frame RAW_SHEETS.
        texts: frame SHEET_TEXTS.
        parsed: the frames of all parsed batches.
        corroboration: frame CORROBORATION.
        catalogue: metrics and jurisdictions, for the coverage.
    """
    decisions = decide(raw, parsed.sheets, parsed.statements, parsed.checks)
    observations = _observations(parsed.statements, decisions)
    findings: list[tuple[Finding, str | None, int | None]] = list(decisions.findings)
    findings += [(f, None, year) for f, year in corroborate(decisions.national, corroboration)]
    findings += [(f, None, year) for f, year in _jumps(observations)]
    findings += [
        (f, None, None) for f in corrections_apply(raw, parsed.sheets, parsed.statements, catalogue)
    ]
    checks = _all_checks(parsed, findings)
    quarantine = _quarantine(checks)
    sheets = _sheets(raw, texts, parsed, decisions, quarantine)
    coverage = _coverage(observations, sheets, decisions, catalogue)
    return Validated(
        sheets, parsed.statements, parsed.numerals, observations, checks, coverage, quarantine
    )


def _observations(statements: pd.DataFrame, decisions: Decisions) -> pd.DataFrame:
    accepted = statements[statements["file"].isin(decisions.accepted())]
    rows: dict[str, tuple[Any, ...]] = {}
    printing: Counter[tuple[int, str]] = Counter()
    printed_so: set[tuple[int, str]] = set()
    for row in records(accepted):
        figure = figure_of(row)
        if row.jurisdiction == NATION:
            agreed = decisions.national.get((row.year, row.metric))
            if agreed is not None and agree(figure, agreed):
                printing[row.year, row.metric] += 1
                if figure == agreed and row.corrected is None:
                    printed_so.add((row.year, row.metric))
            continue
        key = f"{row.year}/{row.jurisdiction}/{row.metric}"
        numbers = (figure.value, figure.qualifier, figure.lower, figure.upper)
        status = "published" if row.corrected is None else "corrected"
        rows[key] = (
            key, row.year, row.jurisdiction, row.metric, *numbers, status, row.sheet_id, 1,
        )  # fmt: skip
    for (year, metric), count in printing.items():
        figure = decisions.national[year, metric]
        key = f"{year}/{NATION}/{metric}"
        numbers = (figure.value, figure.qualifier, figure.lower, figure.upper)
        status = "published" if (year, metric) in printed_so else "corrected"
        rows[key] = (key, year, NATION, metric, *numbers, status, None, count)
    return frame(OBSERVATIONS, rows.values())


def _jumps(observations: pd.DataFrame) -> Iterator[tuple[Finding, int]]:
    check = "no_jump_between_years"
    values: dict[tuple[int, str, str], Decimal] = {
        (row.year, row.jurisdiction, row.metric): row.value for row in records(observations)
    }
    for (year, jurisdiction, metric), value in values.items():
        before = values.get((year - 1, jurisdiction, metric))
        if before is None:
            continue
        place = f"{year}/{jurisdiction} {metric}"
        low, high = sorted((before, value))
        if high < SMALLEST_COMPARED or high <= LARGEST_JUMP * low:
            yield passed(check, f"{place}: {before:,} to {value:,}", metric=metric), year
        else:
            message = f"{place}: {before:,} in {year - 1}, {value:,} in {year}; check both sheets"
            expected = f"within a factor of {LARGEST_JUMP} of {before}"
            yield failed(check, message, expected=expected, found=str(value), metric=metric), year


def _all_checks(
    parsed: ParsedBatch, findings: list[tuple[Finding, str | None, int | None]]
) -> pd.DataFrame:
    ids = {row.file: row.sheet_id for row in records(parsed.sheets)}
    running: Counter[tuple[str, str]] = Counter()
    rows = []
    for finding, file, year in findings:
        subject = file or str(year or "catalogue")
        running[finding.check, subject] += 1
        check_id = f"{finding.check}/{subject}/{running[finding.check, subject]}"
        sheet_id = ids[file] if file else None
        rows.append(check_row(finding, check_id, file=file, sheet_id=sheet_id, year=year))
    return checked(CHECKS, pd.concat([parsed.checks, frame(CHECKS, rows)], ignore_index=True))


def _quarantine(checks: pd.DataFrame) -> pd.DataFrame:
    failing = checks[~checks["passed"] & (checks["level"] == "error") & checks["file"].notna()]
    return checked(QUARANTINE, failing[list(QUARANTINE.columns)].drop_duplicates())


def _sheets(
    raw: pd.DataFrame,
    texts: pd.DataFrame,
    parsed: ParsedBatch,
    decisions: Decisions,
    quarantine: pd.DataFrame,
) -> pd.DataFrame:
    reasons = quarantine.groupby("file")["message"].agg("; ".join).to_dict()
    figures = Counter(parsed.statements["file"])
    numerals = Counter(parsed.numerals["file"])
    open_numerals = Counter(
        parsed.numerals[parsed.numerals["disposition"] == "unaccounted"]["file"]
    )
    identities = {row.file: row for row in records(parsed.sheets)}
    originals = {
        identities[file].canonical_sha256: file
        for file, status in decisions.status.items()
        if status == "accepted"
    }
    by_file = {row.file: row for row in records(texts)}
    rows = []
    for row in records(raw):
        identity, text = identities[row.file], by_file[row.file]
        status = decisions.status[row.file]
        reason = reasons.get(row.file)
        if status == "duplicate":
            reason = f"same text as {originals[identity.canonical_sha256]}"
        elif status == "superseded":
            reason = "a newer text of the same state and year is in the raw folder"
        content = text.text
        rows.append(
            (
                row.file, identity.sheet_id, identity.year, identity.jurisdiction, status, reason,
                row.bytes, row.sha256, text.encoding, _pages(content), len(content or ""),
                figures[row.file], numerals[row.file], open_numerals[row.file],
                row.origin, row.retrieved, content,
            )
        )  # fmt: skip
    return frame(SHEETS, rows)


def _pages(text: str | None) -> int:
    return 0 if text is None else len(page_starts(text))


def _coverage(
    observations: pd.DataFrame, sheets: pd.DataFrame, decisions: Decisions, catalogue: Catalogue
) -> pd.DataFrame:
    published = {(r.year, r.jurisdiction, r.metric) for r in records(observations)}
    by_status: dict[str, set[tuple[int, str]]] = {"accepted": set(), "quarantined": set()}
    for row in records(sheets):
        if row.status in by_status and row.year is not None:
            place = row.jurisdiction or NATION
            by_status[row.status] |= {(row.year, place), (row.year, NATION)}
    years = sorted({year for places in by_status.values() for year, _ in places})
    rows = []
    for year in years:
        for metric, series in catalogue.series():
            for jurisdiction in catalogue.jurisdictions:
                place = jurisdiction.jurisdiction
                if (series.of == NATION) != (place == NATION):
                    continue
                if (year, place, metric.metric) in published:
                    coverage = "published"
                elif place == NATION and (year, metric.metric) in decisions.withheld:
                    coverage = "quarantined"
                elif (year, place) in by_status["accepted"]:
                    coverage = "absent_from_sheet"
                elif (year, place) in by_status["quarantined"]:
                    coverage = "quarantined"
                else:
                    coverage = "sheet_missing"
                rows.append((year, place, metric.metric, coverage))
    return frame(COVERAGE, rows)
