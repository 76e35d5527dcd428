"""Reads a sheet as the pipeline does, for the tests of its stages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from pipeline.catalog.load import default_catalog
from pipeline.checks import is_error
from pipeline.model import Figure, Finding
from pipeline.parse.patterns import Wordings, compile_catalog
from pipeline.parse.sheet import ParsedSheet, parse_sheet
from pipeline.sheets.decode import SheetText, decode, page_starts
from pipeline.validate.schemas import check_sheets


@cache
def wordings() -> Wordings:
    """The shipped catalog, compiled."""
    return compile_catalog(default_catalog())


def read(
    text: str | bytes, file: str = "2023/sheet.txt", words: Wordings | None = None
) -> tuple[ParsedSheet, tuple[Finding, ...]]:
    """The parsed sheet and every finding on it, by the shipped catalog unless told otherwise."""
    decoded = (
        decode(text) if isinstance(text, bytes) else SheetText(text, "utf-8", page_starts(text))
    )
    return read_all([decoded], file, words)[0]


def read_all(
    texts: Iterable[SheetText], file: str = "2023/sheet.txt", words: Wordings | None = None
) -> list[tuple[ParsedSheet, tuple[Finding, ...]]]:
    """The same of many texts; their figures are checked together, at a fraction of the cost."""
    words = words or wordings()
    sheets = [(parse_sheet(file, text, words), text.text) for text in texts]
    checked = check_sheets(sheets, words.catalog, words.numbers)
    return [
        (sheet, (*sheet.findings, *checks))
        for (sheet, _), checks in zip(sheets, checked, strict=True)
    ]


def errors(
    text: str | bytes, file: str = "2023/sheet.txt", words: Wordings | None = None
) -> list[str]:
    """Names of the checks by which the sheet is quarantined; empty if it is accepted."""
    _, findings = read(text, file, words)
    return sorted({finding.check for finding in findings if is_error(finding)})


def failures(
    text: str | bytes, file: str = "2023/sheet.txt", words: Wordings | None = None
) -> list[str]:
    """Messages of every failed finding, warnings too."""
    _, findings = read(text, file, words)
    return [finding.message for finding in findings if not finding.passed]


def figures(sheet: ParsedSheet) -> dict[tuple[str, str], Figure]:
    """Figures by metric and whether they are of the nation or the state."""
    return {(statement.metric, statement.of): statement.figure for statement in sheet.statements}


def value(text: str, metric: str, of: str = "state", words: Wordings | None = None) -> str | None:
    """The value that a text prints of a metric, as a string; None if it prints none."""
    sheet, _ = read(text, words=words)
    found = figures(sheet).get((metric, of))
    return None if found is None else str(found.value)
