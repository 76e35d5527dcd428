"""The steps that work on sheets one by one, many at a time: parse and check.

Reads the frame of texts, gives the frames of what they say. What a sheet says is found in
``parse``, what must hold of it in ``validate``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.parse.corrections import apply_corrections
from pipeline.parse.patterns import Wordings
from pipeline.parse.rows import numeral_row, parsed_row, statement_rows
from pipeline.parse.sheet import ParsedSheet, parse_sheet
from pipeline.sheets.rows import text_of
from pipeline.tables.frames import frame, records
from pipeline.tables.schema import CHECKS, NUMERALS, PARSED_SHEETS, STATEMENTS
from pipeline.validate.check_rows import CheckRow, check_rows
from pipeline.validate.schemas import check_sheets


@dataclass(frozen=True)
class ParsedBatch:
    """What a batch of sheets says: identities, statements, numerals, and findings as checks."""

    sheets: pd.DataFrame
    statements: pd.DataFrame
    numerals: pd.DataFrame
    checks: pd.DataFrame


def parse_batch(texts: pd.DataFrame, wordings: Wordings) -> ParsedBatch:
    """Parse and check every text of the frame SHEET_TEXTS."""
    sheets: list[tuple[Any, ...]] = []
    statements: list[tuple[Any, ...]] = []
    numerals: list[tuple[Any, ...]] = []
    checks: list[CheckRow] = []
    parsed: list[tuple[ParsedSheet, str]] = []
    for row in records(texts):
        if row.text is None:
            sheets.append((row.file, None, None, None, None, 0, 0, 0))
            continue
        text = text_of(row)
        sheet = parse_sheet(row.file, text, wordings)
        sheet = apply_corrections(sheet, row.sha256, wordings.catalog)
        parsed.append((sheet, row.text))
        sheets.append(parsed_row(sheet))
        statements += statement_rows(sheet)
        numerals += [numeral_row(sheet, numeral) for numeral in sheet.numerals]
    found = check_sheets(parsed, wordings.catalog, wordings.numbers)
    for (sheet, _), findings in zip(parsed, found, strict=True):
        checks += check_rows((*sheet.findings, *findings), sheet.file, sheet)
    return ParsedBatch(
        frame(PARSED_SHEETS, sheets),
        frame(STATEMENTS, statements),
        frame(NUMERALS, numerals),
        frame(CHECKS, checks),
    )
