"""A parsed sheet as rows of tables.

Reads a :class:`ParsedSheet`, gives rows of PARSED_SHEETS, STATEMENTS and NUMERALS.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

from pipeline.model import NATION, Numeral, Statement
from pipeline.parse.sheet import ParsedSheet


def unparsed_row(file: str) -> tuple[Any, ...]:
    """A file without a text as a row of PARSED_SHEETS."""
    return (file, *[None] * 6, 0, 0, 0)


def parsed_row(sheet: ParsedSheet) -> tuple[Any, ...]:
    """The sheet as a row of PARSED_SHEETS."""
    unaccounted = sum(numeral.disposition == "unaccounted" for numeral in sheet.numerals)
    return (
        *(sheet.file, sheet.sheet_id, sheet.year, sheet.jurisdiction),
        *(_figures_digest(sheet), sheet.issued, _not_available(sheet)),
        *(len(sheet.statements), len(sheet.numerals), unaccounted),
    )


def statement_rows(sheet: ParsedSheet) -> list[tuple[Any, ...]]:
    """The sheet's statements as rows of STATEMENTS."""
    rows = []
    times: Counter[tuple[str, str]] = Counter()
    for statement in sheet.statements:
        key = statement.metric, statement.of
        times[key] += 1
        rows.append(_statement_row(sheet, statement, times[key]))
    return rows


def numeral_row(sheet: ParsedSheet, numeral: Numeral) -> tuple[Any, ...]:
    """A numeral as a row of NUMERALS."""
    place = (sheet.file, sheet.sheet_id, numeral.page, *numeral.span)
    return (*place, numeral.printed, numeral.form, numeral.disposition, numeral.rule)


def _figures_digest(sheet: ParsedSheet) -> str:
    """A hash of what the sheet states, however it is set: a PDF and its text have the same."""
    stated = sorted(
        (*key, str(figure.value), figure.qualifier, str(figure.lower), str(figure.upper))
        for key, figure in sheet.figures().items()
    )
    return hashlib.sha256(repr(stated).encode()).hexdigest()


def _not_available(sheet: ParsedSheet) -> str | None:
    absent = sorted(sheet.absent.items())
    return "; ".join(f"{m} of {of}: {' '.join(p.split())}" for (m, of), p in absent) or None


def _statement_row(sheet: ParsedSheet, statement: Statement, time: int) -> tuple[Any, ...]:
    repeated = "" if time == 1 else f"/{time}"
    figure, box = statement.figure, statement.box
    return (
        f"{sheet.file}#{statement.of}/{statement.metric}{repeated}",
        sheet.file,
        sheet.sheet_id,
        sheet.year,
        NATION if statement.of == NATION else sheet.jurisdiction,
        statement.metric,
        *(figure.value, figure.qualifier, figure.lower, figure.upper),
        *(statement.printed, *statement.printed_span),
        *(statement.quote, statement.page, *statement.quote_span),
        *((box.left, box.bottom, box.right, box.top) if box else [None] * 4),
        statement.pattern,
        statement.note,
        sheet.corrected.get((statement.metric, statement.of)),
    )
