"""The checks of a sheet's own figures, in their order, and what they find in one sheet.

Whoever waits for the answer on a single sheet asks the checks themselves; of the sheets of a build
pandera asks the same ones (``schemas``), so neither pandas nor pandera is imported here.
"""

from __future__ import annotations

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
from pipeline.validate.statement_frames import Subject, statement_rows


def checks_of(catalog: Catalog) -> tuple[SheetCheck, ...]:
    """Every check of a sheet's figures, in the order of the checklist."""
    return (
        RequiredPrinted(catalog),
        PrintedOnce(catalog),
        SpansReread(catalog),
        ValuesWithinBounds(catalog),
        PartsSumToTotals(catalog),
        PartsNotAboveWholes(catalog),
    )


def check_sheet(
    sheet: ParsedSheet, text: str, catalog: Catalog, numbers: NumberGrammar
) -> tuple[Finding, ...]:
    """Every finding that a sheet's own figures allow.

    Args:
        sheet: the parsed sheet.
        text: its decoded text, to which its spans refer.
        catalog: bounds and relations.
        numbers: reads a printed figure again.
    """
    subject = Subject.of(sheet, text, numbers)
    rows = statement_rows([subject], catalog)
    found = [kind_of(sheet)]
    for check in checks_of(catalog):
        found += check.findings(subject, check.broken(rows)[0])
    return tuple(found)
