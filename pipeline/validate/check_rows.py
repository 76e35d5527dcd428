"""Findings as rows of the table checks.

Reads findings, gives rows of CHECKS with their ids and levels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pipeline.checks import CHECKLIST, failed
from pipeline.model import Finding
from pipeline.parse.sheet import ParsedSheet

CheckRow = tuple[Any, ...]

LISTED = 50
"""Failures of one check that are listed of one file: a text of numerals alone has thousands."""


def check_rows(
    findings: Iterable[Finding], subject: str, sheet: ParsedSheet | None
) -> list[CheckRow]:
    """Findings on one file as rows of CHECKS; ``subject`` is the file.

    Of a check that fails more than ``LISTED`` times the last row says how many more there are.
    """
    sheet_id, year = (sheet.sheet_id, sheet.year) if sheet else (None, None)
    running: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    rows = []
    for finding in findings:
        failures[finding.check] += not finding.passed
        if failures[finding.check] > LISTED and not finding.passed:
            continue
        running[finding.check] += 1
        id_ = check_id(subject, finding.check, running[finding.check])
        rows.append(check_row(finding, id_, file=subject, sheet_id=sheet_id, year=year))
    for check, count in failures.items():
        if count > LISTED:
            id_ = check_id(subject, check, running[check] + 1)
            rest = _rest(check, subject, count - LISTED)
            rows.append(check_row(rest, id_, file=subject, sheet_id=sheet_id, year=year))
    return rows


def _rest(check: str, subject: str, count: int) -> Finding:
    """Stands for the failures of a check that are not listed."""
    message = (
        f"{subject}: {count:,} more failures of {check}, of which the first {LISTED} are listed; "
        "mend those and build again"
    )
    return failed(check, message, expected="none", found=f"{count:,} more")


def check_id(subject: str, check: str, number: int) -> str:
    """The id of a check's result: of one subject's results the ids begin alike, as of statements."""
    return f"{subject}#{check}/{number}"


def check_row(
    finding: Finding, id_: str, *, file: str | None, sheet_id: str | None, year: int | None
) -> CheckRow:
    """A finding as a row of CHECKS."""
    return (
        id_,
        finding.check,
        CHECKLIST[finding.check].level,
        finding.passed,
        file,
        sheet_id,
        year,
        finding.metric,
        finding.expected,
        finding.found,
        finding.message,
    )
