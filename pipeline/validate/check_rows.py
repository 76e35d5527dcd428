"""Findings as rows of the table checks, with their ids and levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipeline.checks import CHECKLIST, failed
from pipeline.model import Finding

Result = tuple[Finding, str | None, int | None]
"""A finding, the file that it is about, and the year; None where it is about no one of them."""

LISTED = 50
"""Failures of one check that are listed of one file: a text of numerals alone has thousands."""


def check_rows(
    results: Iterable[Result], sheet_ids: Mapping[str, str | None]
) -> Iterator[tuple[Any, ...]]:
    """Results as rows of CHECKS; ids of one subject's results begin alike, as of statements.

    Args:
        results: all that there are of their subjects.
        sheet_ids: the sheet that each file is, if it is known.
    """
    running: Counter[str] = Counter()
    for finding, file, year in results:
        subject = f"{file or year or 'catalog'}#{finding.check}"
        running[subject] += 1
        yield (
            f"{subject}/{running[subject]}",
            finding.check,
            CHECKLIST[finding.check].level,
            finding.passed,
            file,
            sheet_ids[file] if file else None,
            year,
            finding.metric,
            finding.expected,
            finding.found,
            finding.message,
        )


def listed(findings: Iterable[Finding], file: str) -> Iterator[Finding]:
    """Of each check that fails more than ``LISTED`` times the first failures, and how many more."""
    failures: Counter[str] = Counter()
    for finding in findings:
        failures[finding.check] += not finding.passed
        if finding.passed or failures[finding.check] <= LISTED:
            yield finding
    for check, count in failures.items():
        if count > LISTED:
            more = f"{count - LISTED:,} more"
            message = (
                f"{file}: {more} failures of {check}, of which the first {LISTED} are listed; mend "
                "those and build again"
            )
            yield failed(check, message, expected="none", found=more)
