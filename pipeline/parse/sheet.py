"""One sheet, from text to statements, ledger and findings. Read this module first.

Reads the decoded text of one sheet, gives a :class:`ParsedSheet`. The order is the order of the
straight line: normalize, capture, identify, account, report. Whether figures can be true (sums,
bounds, nation and state) is asked in ``validate``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.catalog.years import distance, years_in_words
from pipeline.checks import CHECKLIST, failed, passed
from pipeline.model import Figure, Finding, Numeral, Span, Statement
from pipeline.parse.identity import Named, identify
from pipeline.parse.ledger import Claim, account, claims_of_rules
from pipeline.parse.patterns import Wordings
from pipeline.parse.sentences import Sentences
from pipeline.parse.statements import (
    Capture,
    UnknownRow,
    capture_figures,
    capture_tables,
    captured_twice,
    prefer_wordings_of,
)
from pipeline.parse.unread import announced
from pipeline.sheets.decode import SheetText
from pipeline.sheets.normalize import Canonical, normalize

_EVERYDAY_WORDS = ("no", "one")


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """What one sheet says.

    ``year`` and ``jurisdiction`` are None where the text does not settle them. ``corrected`` holds
    the values that a maintainer put in the place of printed ones; statements keep what is printed.
    """

    file: str
    year: int | None
    jurisdiction: str | None
    statements: tuple[Statement, ...]
    numerals: tuple[Numeral, ...]
    findings: tuple[Finding, ...]
    corrected: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    @property
    def sheet_id(self) -> str | None:
        """``2023/US-MO``, or None if the sheet is not identified."""
        return sheet_id(self.year, self.jurisdiction)

    @property
    def name(self) -> str:
        """How messages call the sheet: its file, and its id where it has one."""
        return sheet_name(self.file, self.sheet_id)

    def figures(self) -> dict[tuple[str, str], Figure]:
        """The first figure of each (metric, US or state), a corrected one as corrected."""
        figures: dict[tuple[str, str], Figure] = {}
        for statement in self.statements:
            figures.setdefault((statement.metric, statement.of), statement.figure)
        for key, value in self.corrected.items():
            figures[key] = Figure(value, "exact", value, value)
        return figures


def sheet_id(year: int | None, jurisdiction: str | None) -> str | None:
    """The id of the sheet of a year and jurisdiction, ``2023/US-MO``; None if either is unknown."""
    return None if year is None or jurisdiction is None else f"{year}/{jurisdiction}"


def sheet_name(file: str, sheet_id: str | None) -> str:
    """How messages call a sheet: ``2023/US-MO (2023/missouri.txt)``."""
    return f"{sheet_id} ({file})" if sheet_id else file


def parse_sheet(file: str, text: SheetText, wordings: Wordings) -> ParsedSheet:
    """Parse one sheet.

    Args:
        file: the file's name below the raw folder.
        text: its decoded text.
        wordings: the compiled catalog.
    """
    canonical = normalize(text.text)
    figures = capture_figures(canonical, wordings)
    named = [
        Named(wordings.by_name[c.state].jurisdiction, c.state)
        for c in figures
        if c.state is not None
    ]
    identity = identify(canonical, named, wordings, file)
    rows, unknown_rows = capture_tables(canonical, wordings, identity.year)
    captures = prefer_wordings_of(identity.year, [*figures, *rows])
    claims = [Claim(c.span, c.pattern, captures=True) for c in captures]
    claims += [Claim(span, "title", captures=False) for span in identity.title_spans]
    claims += claims_of_rules(canonical, wordings, identity.year)
    numerals = account(canonical, claims, text)

    sentences = Sentences(canonical)
    statements = tuple(
        _statement(capture, canonical, sentences, text)
        for capture in sorted(captures, key=lambda c: (c.span, c.metric))
    )
    name = sheet_name(file, sheet_id(identity.year, identity.jurisdiction))
    unexplained = [n for n in numerals if n.disposition == "unaccounted"]
    findings = (
        *identity.findings,
        *announced(canonical, captures, unexplained, wordings, name),
        *_rows_known(rows, unknown_rows, unexplained, canonical, name),
        *_evidenced(captures, identity.year, name),
        *_accounted(numerals, captures, unexplained, canonical, name),
    )
    return ParsedSheet(file, identity.year, identity.jurisdiction, statements, numerals, findings)


def _statement(
    capture: Capture, canonical: Canonical, sentences: Sentences, text: SheetText
) -> Statement:
    around = capture.context if capture.row else sentences.around(capture.context)
    quote = canonical.raw_span(around.start, around.end)
    printed = canonical.raw_span(capture.span.start, capture.span.end)
    return Statement(
        capture.metric,
        capture.of,
        capture.figure,
        printed.of(text.text),
        printed,
        quote.of(text.text),
        quote,
        text.page(printed.start),
        capture.pattern,
        capture.years,
        text.box(printed),
    )


def _rows_known(
    rows: list[Capture],
    unknown: list[UnknownRow],
    unexplained: list[Numeral],
    canonical: Canonical,
    name: str,
) -> Iterator[Finding]:
    check = "table_rows_are_known"
    problems = 0
    unaccounted = {place for n in unexplained for place in range(n.span.start, n.span.end)}
    for row in unknown:
        number = canonical.raw_span(row.number.start, row.number.end)
        # A line that ends in a number which a sentence captures is no row.
        if not unaccounted.isdisjoint(range(number.start, number.end)):
            problems += 1
            line = canonical.raw_span(row.span.start, row.span.end).of(canonical.raw)
            message = (
                f"{name}: table {row.table} has the unknown row {line!r}; add it to metrics.yml"
            )
            yield failed(check, message, expected="a known label", found=line)
    for metric, times in sorted(Counter(row.metric for row in rows).items()):
        if times > 1:
            problems += 1
            message = f"{name}: the row of {metric} stands {times} times; check the table"
            yield failed(check, message, expected="once", found=str(times), metric=metric)
    if not problems:
        yield passed(check, f"{name}: {len(rows)} rows, all known")


def _evidenced(captures: list[Capture], year: int | None, name: str) -> Iterator[Finding]:
    check = "wording_is_evidenced"
    if year is None:
        return
    outside = [capture for capture in captures if distance(capture.years, year)]
    if outside:
        found = f"{len(outside)} wordings of other years"
        message = (
            f"{name}: {len(outside)} figures are printed in words that the catalog knows from "
            f"other years only; read the sheet and widen `years` in metrics.yml if they hold"
        )
        yield failed(check, message, expected=f"wordings of {year}", found=found)
    unexpected = [capture for capture in captures if distance(capture.printed_years, year)]
    for capture in unexpected:
        expected = years_in_words(capture.printed_years)
        message = (
            f"{name}: {capture.metric} of {capture.of} is printed, the catalog expects it in "
            f"{expected} only; read the sheet and widen `printed_years` in metrics.yml if it holds"
        )
        yield failed(check, message, expected=expected, found=str(year), metric=capture.metric)
    if not outside and not unexpected:
        yield passed(check, f"{name}: all wordings are evidenced for {year}")


def _accounted(
    numerals: tuple[Numeral, ...],
    captures: list[Capture],
    unexplained: list[Numeral],
    canonical: Canonical,
    name: str,
) -> Iterator[Finding]:
    failing = set()
    for numeral in unexplained:
        check = _ledger_check(numeral)
        failing.add(check)
        message = (
            f"{name} page {numeral.page}, characters {numeral.span.start}-{numeral.span.end}: "
            f"{numeral.printed!r} in {_context(numeral.span, canonical.raw)!r} is neither captured nor "
            "explained; add a pattern to metrics.yml or a rule to ignored.yml"
        )
        yield failed(check, message, expected="captured or explained", found=numeral.printed)
    for first, second in captured_twice(captures):
        failing.add("numerals_are_accounted_for")
        printed = canonical.raw_span(first.span.start, first.span.end).of(canonical.raw)
        found = f"{first.pattern} and {second.pattern}"
        message = (
            f"{name}: {printed!r} is captured by {found}; make the patterns exclude each other"
        )
        yield failed("numerals_are_accounted_for", message, expected="one pattern", found=found)
    for check in _LEDGER_CHECKS:
        if check not in failing:
            yield passed(check, f"{name}: {len(numerals)} numerals, none left over")


_LEDGER_CHECKS = [name for name, check in CHECKLIST.items() if check.stage == "numerals"]


def _ledger_check(numeral: Numeral) -> str:
    if numeral.form == "digits":
        return "numerals_are_accounted_for"
    if numeral.printed.lower() in _EVERYDAY_WORDS:
        return "everyday_words_are_accounted_for"
    return "number_words_are_accounted_for"


def _context(span: Span, text: str) -> str:
    """The words around a numeral, on one line and short enough for a message."""
    return " ".join(text[max(0, span.start - 60) : span.end + 60].split())
