"""A batch of sheets, from bytes to checked frames.

Reads raw sheets, gives the frames of their texts; reads texts, gives the frames of what they
say. One file's trouble is a finding on that file and leaves the others alone.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.checks import CHECKLIST, failed, passed
from pipeline.model import NATION, Finding, Numeral, Statement
from pipeline.parse.corrections import apply_corrections
from pipeline.parse.patterns import Wordings
from pipeline.parse.sheet import ParsedSheet, parse_sheet
from pipeline.sheets.collect import Origin, RawSheet
from pipeline.sheets.decode import SheetText, page_starts
from pipeline.sheets.extract import extract
from pipeline.sheets.formats import NotTextError, format_of
from pipeline.sheets.layout import Layout
from pipeline.tables.frames import frame, records
from pipeline.tables.schema import (
    CHECKS,
    NUMERALS,
    PARSED_SHEETS,
    RAW_SHEETS,
    SHEET_TEXTS,
    STATEMENTS,
)
from pipeline.validate.sheet_checks import check_sheet

CheckRow = tuple[Any, ...]


@dataclass(frozen=True)
class ParsedBatch:
    """What a batch of sheets says: identities, statements, numerals, and findings as checks."""

    sheets: pd.DataFrame
    statements: pd.DataFrame
    numerals: pd.DataFrame
    checks: pd.DataFrame


def raw_frame(sheets: Iterable[RawSheet], manifest: Mapping[str, Origin]) -> pd.DataFrame:
    """The files as frame RAW_SHEETS, with what the manifest records of them."""
    rows = []
    for sheet in sheets:
        origin = manifest.get(sheet.file)
        recorded = (origin.sha256, origin.origin, origin.retrieved) if origin else (None,) * 3
        rows.append(
            (sheet.file, sheet.size, sheet.sha256, sheet.problem, *(r or None for r in recorded))
        )
    return frame(RAW_SHEETS, rows)


def decode_sheets(sheets: Iterable[RawSheet]) -> pd.DataFrame:
    """The texts of the files as frame SHEET_TEXTS."""
    return frame(SHEET_TEXTS, [_decoded(sheet) for sheet in sheets])


def check_files(raw: pd.DataFrame, texts: pd.DataFrame) -> pd.DataFrame:
    """What is found on the files of RAW_SHEETS and SHEET_TEXTS as such, as frame CHECKS."""
    recorded = {row.file: row for row in records(raw)}
    checks: list[CheckRow] = []
    for row in records(texts):
        checks += check_rows(_file_findings(row, recorded[row.file]), row.file, None)
    return frame(CHECKS, checks)


def parse_batch(texts: pd.DataFrame, wordings: Wordings) -> ParsedBatch:
    """Parse and check every text of the frame SHEET_TEXTS."""
    sheets: list[tuple[Any, ...]] = []
    statements: list[tuple[Any, ...]] = []
    numerals: list[tuple[Any, ...]] = []
    checks: list[CheckRow] = []
    for row in records(texts):
        if row.text is None:
            sheets.append((row.file, None, None, None, None, 0, 0, 0))
            continue
        text = _text_of(row)
        sheet = parse_sheet(row.file, text, wordings)
        sheet = apply_corrections(sheet, row.sha256, wordings.catalog)
        found = check_sheet(sheet, row.text, wordings.catalog, wordings.numbers)
        sheets.append(_parsed_row(sheet))
        statements += statement_rows(sheet)
        numerals += [numeral_row(sheet, numeral) for numeral in sheet.numerals]
        checks += check_rows((*sheet.findings, *found), row.file, sheet)
    return ParsedBatch(
        frame(PARSED_SHEETS, sheets),
        frame(STATEMENTS, statements),
        frame(NUMERALS, numerals),
        frame(CHECKS, checks),
    )


def statement_rows(sheet: ParsedSheet) -> list[tuple[Any, ...]]:
    """The sheet's statements as rows of STATEMENTS."""
    rows = []
    times: Counter[tuple[str, str]] = Counter()
    for statement in sheet.statements:
        times[statement.metric, statement.of] += 1
        rows.append(_statement_row(sheet, statement, times[statement.metric, statement.of]))
    return rows


def numeral_row(sheet: ParsedSheet, numeral: Numeral) -> tuple[Any, ...]:
    """A numeral as a row of NUMERALS."""
    return (
        sheet.file,
        sheet.sheet_id,
        numeral.page,
        numeral.span.start,
        numeral.span.end,
        numeral.printed,
        numeral.form,
        numeral.disposition,
        numeral.rule,
    )


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


def _decoded(sheet: RawSheet) -> tuple[Any, ...]:
    named = (sheet.file, sheet.sha256)
    if sheet.content is None:
        return *named, *[None] * 6, 0, 0, None
    format_ = None
    try:
        format_ = format_of(sheet.content)
        text = extract(sheet.content)
    except NotTextError as error:
        return *named, format_, *[None] * 5, 0, 0, str(error)
    return (
        *named,
        text.format,
        text.extractor,
        text.encoding,
        text.text,
        hashlib.sha256(text.text.encode()).hexdigest(),
        None if text.layout is None else text.layout.packed(),
        text.pages,
        len(text.text),
        None,
    )


def _text_of(row: Any) -> SheetText:
    """The text that a row of SHEET_TEXTS holds."""
    return SheetText(
        row.text,
        row.encoding,
        page_starts(row.text),
        row.format,
        row.extractor,
        None if row.layout is None else Layout.unpacked(row.layout),
    )


def _file_findings(text: Any, raw: Any) -> tuple[Finding, ...]:
    """Whether the file could be read, holds text, and is the one that was recorded."""
    file = text.file
    if raw.problem is not None:
        message = f"{file}: {raw.problem}; replace the file or remove it from the raw folder"
        return (failed("file_is_readable", message, expected="a readable file", found=raw.problem),)
    findings = [passed("file_is_readable", f"{file}: {raw.bytes:,} bytes")]
    if text.problem is not None:
        message = f"{file}: {text.problem}; replace the file or remove it from the raw folder"
        findings.append(failed("file_holds_text", message, expected="text", found=text.problem))
    else:
        findings.append(passed("file_holds_text", f"{file}: {text.encoding or text.extractor}"))
    if raw.recorded_sha256 is not None:
        if raw.recorded_sha256 == raw.sha256:
            findings.append(passed("manifest_agrees", f"{file}: sha256 as recorded"))
        else:
            message = (
                f"{file}: sha256 {raw.sha256}, recorded {raw.recorded_sha256}; restore the file, "
                "or record the new one in raw/manifest.csv with its origin"
            )
            findings.append(
                failed("manifest_agrees", message, expected=raw.recorded_sha256, found=raw.sha256)
            )
    return tuple(findings)


def _parsed_row(sheet: ParsedSheet) -> tuple[Any, ...]:
    unaccounted = sum(numeral.disposition == "unaccounted" for numeral in sheet.numerals)
    return (
        sheet.file,
        sheet.sheet_id,
        sheet.year,
        sheet.jurisdiction,
        _figures_digest(sheet),
        len(sheet.statements),
        len(sheet.numerals),
        unaccounted,
    )


def _figures_digest(sheet: ParsedSheet) -> str:
    """A hash of what the sheet states, however it is set: a PDF and its text have the same."""
    stated = sorted(
        (*key, str(figure.value), figure.qualifier, str(figure.lower), str(figure.upper))
        for key, figure in sheet.figures().items()
    )
    return hashlib.sha256(repr(stated).encode()).hexdigest()


def _statement_row(sheet: ParsedSheet, statement: Statement, time: int) -> tuple[Any, ...]:
    repeated = "" if time == 1 else f"/{time}"
    box = statement.box
    jurisdiction = NATION if statement.of == NATION else sheet.jurisdiction
    return (
        f"{sheet.file}#{statement.of}/{statement.metric}{repeated}",
        sheet.file,
        sheet.sheet_id,
        sheet.year,
        jurisdiction,
        statement.metric,
        statement.figure.value,
        statement.figure.qualifier,
        statement.figure.lower,
        statement.figure.upper,
        statement.printed,
        statement.printed_span.start,
        statement.printed_span.end,
        statement.quote,
        statement.page,
        statement.quote_span.start,
        statement.quote_span.end,
        *((box.left, box.bottom, box.right, box.top) if box else [None] * 4),
        statement.pattern,
        sheet.corrected.get((statement.metric, statement.of)),
    )
