"""What must hold of a sheet's own figures: every check of the checklist by its name.

Reads parsed sheets with their texts, gives the findings on each. What a check asks, and how it is
put in words, stands in ``presence_checks`` and ``sheet_checks``. Of the sheets of a build pandera
asks the checks, over a batch at once; who waits for the answer on a single sheet does not wait for
pandas and pandera.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipeline.catalog.schema import Catalog
from pipeline.model import Finding
from pipeline.parse.numbers import NumberGrammar
from pipeline.parse.sheet import ParsedSheet
from pipeline.validate.presence_checks import PrintedOnce, RequiredPrinted
from pipeline.validate.sheet_checks import (
    PartsNotAboveWholes,
    PartsSumToTotals,
    SheetCheck,
    SpansReread,
    ValuesWithinBounds,
)
from pipeline.validate.sheet_kind import kind_of
from pipeline.validate.statement_frames import Columns, Rows, Subject, statement_rows

if TYPE_CHECKING:
    import pandera.pandas as pa


def check_sheets(
    sheets: Iterable[tuple[ParsedSheet, str]],
    catalog: Catalog,
    numbers: NumberGrammar,
    *,
    by_pandera: bool = True,
) -> list[tuple[Finding, ...]]:
    """For each sheet every finding that its own figures allow.

    Args:
        sheets: parsed sheets, each with its decoded text, to which its spans refer.
        catalog: bounds and relations.
        numbers: reads a printed figure again.
        by_pandera: whether pandera says what fails, as of all sheets of a build.
    """
    subjects = [Subject.of(sheet, text, numbers) for sheet, text in sheets]
    checks, rows = _checks(catalog), statement_rows(subjects, catalog)
    broken = {check.name: check.broken(rows) for check in checks}
    if by_pandera and subjects:
        failing = _failing(checks, rows, catalog)
        for name, of_check in broken.items():
            of_check[[row not in failing.get(name, ()) for row in range(len(rows))]] = False
    found: list[list[Finding]] = [[kind_of(subject.sheet)] for subject in subjects]
    for check in checks:
        for findings, subject, row in zip(found, subjects, broken[check.name], strict=True):
            findings.extend(check.findings(subject, row))
    return [tuple(findings) for findings in found]


def _checks(catalog: Catalog) -> tuple[SheetCheck, ...]:
    """Every check of a sheet's figures, in the order of the checklist."""
    return (
        RequiredPrinted(catalog),
        PrintedOnce(catalog),
        SpansReread(catalog),
        ValuesWithinBounds(catalog),
        PartsSumToTotals(catalog),
        PartsNotAboveWholes(catalog),
    )


def _failing(checks: Iterable[SheetCheck], rows: Rows, catalog: Catalog) -> dict[str, set[int]]:
    """For each check of the schema the rows that fail."""
    import pandas as pd

    from pipeline.tables.frames import failing_rows

    data = pd.DataFrame(rows, columns=Columns(catalog).names)
    return failing_rows(_schema(checks), data)


def statements_schema(catalog: Catalog) -> pa.DataFrameSchema:
    """What must hold of the statements of a batch; a row of its frame is a sheet."""
    return _schema(_checks(catalog))


def _schema(checks: Iterable[SheetCheck]) -> pa.DataFrameSchema:
    import pandera.pandas as pa

    asked = [pa.Check(check.holds, name=check.name) for check in checks]
    return pa.DataFrameSchema(name="statements", checks=asked)
