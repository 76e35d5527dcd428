"""The schema of a batch's statements: pandera asks every check of the checklist by its name.

Reads parsed sheets with their texts, gives the findings on each. What a check asks, and how it
is put in words, stands in ``presence_checks`` and ``sheet_checks``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
import pandera.pandas as pa

from pipeline.catalog.schema import Catalog
from pipeline.model import Finding
from pipeline.parse.numbers import NumberGrammar
from pipeline.parse.sheet import ParsedSheet
from pipeline.tables.frames import failing_rows
from pipeline.validate.one_sheet import checks_of
from pipeline.validate.sheet_checks import SheetCheck
from pipeline.validate.sheet_kind import kind_of
from pipeline.validate.statement_frames import Columns, Subject, statement_rows


def statements_schema(catalog: Catalog) -> pa.DataFrameSchema:
    """What must hold of the statements of a batch; a row of its frame is a sheet."""
    return _schema(checks_of(catalog))


def check_sheets(
    sheets: Iterable[tuple[ParsedSheet, str]], catalog: Catalog, numbers: NumberGrammar
) -> list[tuple[Finding, ...]]:
    """For each sheet of a batch every finding that its own figures allow.

    Args:
        sheets: parsed sheets, each with its decoded text, to which its spans refer.
        catalog: bounds and relations.
        numbers: reads a printed figure again.
    """
    subjects = [Subject.of(sheet, text, numbers) for sheet, text in sheets]
    if not subjects:
        return []
    checks, rows = checks_of(catalog), statement_rows(subjects, catalog)
    failing = failing_rows(_schema(checks), pd.DataFrame(rows, columns=Columns(catalog).names))
    found: list[list[Finding]] = [[] for _ in subjects]
    for check in checks:
        broken = check.broken(rows)
        for place, subject in enumerate(subjects):
            row = broken[place] if place in failing.get(check.name, ()) else broken[place] & False
            found[place] += check.findings(subject, row)
    return [(kind_of(s.sheet), *findings) for s, findings in zip(subjects, found, strict=True)]


def _schema(checks: Sequence[SheetCheck]) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(name="statements", checks=[_asked(check) for check in checks])


def _asked(check: SheetCheck) -> pa.Check:
    def holds(frame: pd.DataFrame) -> pd.Series[bool]:
        return pd.Series(check.holds(frame.to_numpy()), index=frame.index, dtype=bool)

    return pa.Check(holds, name=check.name)
