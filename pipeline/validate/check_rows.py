"""Findings as rows of the table checks.

Reads findings, gives rows of CHECKS with their ids and levels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pipeline.checks import CHECKLIST
from pipeline.model import Finding
from pipeline.parse.sheet import ParsedSheet

CheckRow = tuple[Any, ...]


def check_rows(
    findings: Iterable[Finding], subject: str, sheet: ParsedSheet | None
) -> list[CheckRow]:
    """Findings on one file as rows of CHECKS; ``subject`` is the file."""
    running: Counter[str] = Counter()
    rows = []
    for finding in findings:
        running[finding.check] += 1
        rows.append(
            check_row(
                finding,
                check_id(subject, finding.check, running[finding.check]),
                file=subject,
                sheet_id=sheet.sheet_id if sheet else None,
                year=sheet.year if sheet else None,
            )
        )
    return rows


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
