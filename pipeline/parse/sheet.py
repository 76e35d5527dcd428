"""One sheet, from text to statements, ledger and findings. Read this module first.

Reads the decoded text of one sheet, gives a :class:`ParsedSheet`. The order is the order of the
straight line: normalize, find whole sentences, identify, read tables, account, report. Whether
figures can be true (sums, bounds, nation and state) is asked in ``validate``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from pipeline.catalog.years import distance, years_in_words
from pipeline.checks import CHECKLIST, failed, passed
from pipeline.model import Figure, Finding, Numeral, Span, Statement
from pipeline.parse.identity import date_of_issue, identify
from pipeline.parse.ledger import Claim, account
from pipeline.parse.patterns import Wordings
from pipeline.parse.prose import Cut, prose_of
from pipeline.parse.statements import Capture, match_sentences, whole_sentences
from pipeline.parse.tables import TableReading, read_tables
from pipeline.parse.unread import announced_figures, beside_hidden, sentences_whole, visible_text
from pipeline.sheets.decode import SheetText
from pipeline.sheets.normalize import Canonical, normalize
from pipeline.sheets.number_words import EVERYDAY_WORDS

_YEAR = re.compile(r"(?<![0-9,.])(?:19|20)[0-9]{2}(?![0-9,])")


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """What one sheet says.

    ``year`` and ``jurisdiction`` are None where the text does not settle them, ``issued`` where it
    names no date of issue. ``absent`` holds what is printed in place of figures that the sheet
    says are not available. ``corrected`` holds the values that a maintainer put in the place of
    printed ones; statements keep what is printed.
    """

    file: str
    year: int | None
    jurisdiction: str | None
    statements: tuple[Statement, ...]
    numerals: tuple[Numeral, ...]
    findings: tuple[Finding, ...]
    issued: str | None = None
    absent: Mapping[tuple[str, str], str] = field(default_factory=dict)
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
    """Parse the text of one sheet; ``file`` is its name below the raw folder."""
    canonical = normalize(text.text)
    prose = prose_of(canonical, wordings)
    matches = match_sentences(prose)
    identity = identify(prose, matches, file)
    year = identity.year
    sentences, problems = whole_sentences(matches, year)
    tables = read_tables(sentences, prose, year)
    captures = [capture for match in sentences for capture in match.captures]
    captures += [capture for table in tables for capture in table.captures]
    contexts = list(dict.fromkeys(capture.context for capture in captures))
    cuts = {context: list(prose.cuts_within(context)) for context in contexts}
    asides = [cut for found in cuts.values() for cut in found]
    issued, dates = date_of_issue(prose, asides)

    claims = [Claim(c.span, c.pattern, captures=True) for c in captures if c.figure]
    claims += [Claim(span, "title") for span in identity.title_spans]
    claims += [Claim(span, "date_of_issue") for span in dates]
    claims += [Claim(m.year_span, "reporting_year") for m in sentences if m.year_span]
    claims += [claim for table in tables for claim in table.explained]
    claims += [claim for cut in asides for claim in _claims_of_cut(cut, canonical, year)]
    numerals = account(prose, claims, year, text)

    statements = tuple(
        _statement(capture, capture.figure, cuts[capture.context], canonical, text)
        for capture in sorted(captures, key=lambda c: (c.span, c.metric))
        if capture.figure is not None
    )
    absent: dict[tuple[str, str], str] = {
        (c.metric, c.of): canonical.raw_span(*c.span).of(text.text)
        for c in captures
        if c.figure is None
    }
    name = sheet_name(file, sheet_id(year, identity.jurisdiction))
    printed: set[tuple[str, str]] = {(capture.metric, capture.of) for capture in captures}
    findings = (
        *identity.findings,
        *sentences_whole(problems, prose, name),
        *announced_figures(printed, contexts, prose, name),
        *visible_text(text, canonical.struck, statements, name),
        *_rows_known(tables, numerals, canonical, name),
        *_evidenced(captures, year, name),
        *_accounted(numerals, captures, canonical, text, name),
    )
    settled = (year, identity.jurisdiction)
    return ParsedSheet(file, *settled, statements, numerals, findings, issued, absent)


def _claims_of_cut(cut: Cut, canonical: Canonical, year: int | None) -> Iterator[Claim]:
    """What an aside explains, set into its sentence or printed as a footnote.

    The numerals of any other footnote are in the ledger as those of all text are: its words travel
    with the figure, but what they count, and of which year, is for a rule of the catalog to say.
    """
    span, rule, is_note = cut.span, cut.rule, cut.note is not None
    if cut.footnote is not None:
        yield Claim(cut.span, cut.rule)
        yield Claim(cut.footnote.mark, cut.rule)
        if cut.footnote.aside is None:
            return
        aside = cut.footnote.aside
        span, rule, is_note = cut.footnote.words, aside.name, aside.note
    years = [int(y) for y in _YEAR.findall(span.of(canonical.flat))]
    if is_note:
        yield Claim(span, rule)
    elif year is not None and all(earlier < year for earlier in years):
        of_year = max(years, default=year - 1)
        yield Claim(span, f"{rule} ({of_year})")


def _statement(
    capture: Capture, figure: Figure, cuts: list[Cut], canonical: Canonical, text: SheetText
) -> Statement:
    quote = canonical.raw_span(*capture.context)
    printed = canonical.raw_span(*capture.span)
    return Statement(
        capture.metric,
        capture.of,
        figure,
        printed.of(text.text),
        printed,
        quote.of(text.text),
        quote,
        text.page(printed.start),
        capture.pattern,
        capture.years,
        text.box(printed),
        _note(capture, cuts),
    )


def _note(capture: Capture, cuts: list[Cut]) -> str | None:
    """What stands right behind the figure; or, if no other figure has it, in its sentence."""
    if not cuts:
        return None
    own = [cut for cut in cuts if cut.note and cut.span.start == capture.span.end]
    rest = [cut for cut in cuts if cut.note and cut not in own]
    notes = [cut.note for cut in [*own, *rest] if cut.note]
    return "; ".join(dict.fromkeys(notes)) or None


def _rows_known(
    tables: list[TableReading], numerals: Iterable[Numeral], canonical: Canonical, name: str
) -> list[Finding]:
    check = "table_rows_are_known"
    unaccounted = [n.span.start for n in numerals if n.disposition == "unaccounted"]
    findings = []
    for table in tables:
        for span, problem in table.problems:
            raw = canonical.raw_span(*span)
            # A line that ends in a number which a sentence captures is no row.
            if bisect_left(unaccounted, raw.start) < bisect_left(unaccounted, raw.end):
                line = raw.of(canonical.raw)
                message = f"{name}: table {table.table} {problem.replace('{line}', repr(line))}"
                findings.append(failed(check, message, expected="a known label", found=line))
    rows = Counter(capture.metric for table in tables for capture in table.captures)
    for metric, times in sorted(rows.items()):
        if times > 1:
            message = f"{name}: the row of {metric} stands {times} times; check the table"
            findings.append(
                failed(check, message, expected="once", found=str(times), metric=metric)
            )
    return findings or [passed(check, f"{name}: {rows.total()} rows, all known")]


def _evidenced(captures: list[Capture], year: int | None, name: str) -> list[Finding]:
    check = "wording_is_evidenced"
    if year is None:
        return []
    findings = []
    outside = sum(distance(capture.years, year) > 0 for capture in captures)
    if outside:
        message = (
            f"{name}: {outside} figures are printed in words that the catalog knows from "
            f"other years only; read the sheet and widen `years` in sentences.yml if they hold"
        )
        found = f"{outside} wordings of other years"
        findings.append(failed(check, message, expected=f"wordings of {year}", found=found))
    for capture in captures:
        if distance(capture.printed_years, year):
            expected = years_in_words(capture.printed_years)
            message = (
                f"{name}: {capture.metric} of {capture.of} is printed, the catalog expects it in "
                f"{expected} only; read the sheet and widen `printed_years` in metrics.yml if it holds"
            )
            findings.append(
                failed(check, message, expected=expected, found=str(year), metric=capture.metric)
            )
    return findings or [passed(check, f"{name}: all wordings are evidenced for {year}")]


def _accounted(
    numerals: tuple[Numeral, ...],
    captures: list[Capture],
    canonical: Canonical,
    text: SheetText,
    name: str,
) -> Iterator[Finding]:
    failing = set()
    for numeral in numerals:
        if numeral.disposition != "unaccounted":
            continue
        check = _ledger_check(numeral, text, canonical.struck)
        failing.add(check)
        message = (
            f"{name} page {numeral.page}, characters {numeral.span.start}-{numeral.span.end}: "
            f"{numeral.printed!r} in {_context(numeral.span, canonical.raw)!r} is neither captured nor "
            "explained; add its sentence to sentences.yml or a rule to ignored.yml"
        )
        yield failed(check, message, expected="captured or explained", found=numeral.printed)
    ordered = sorted(captures, key=lambda capture: capture.span)
    for first, second in pairwise(ordered):
        if first.span.overlaps(second.span):
            failing.add("numerals_are_accounted_for")
            printed = canonical.raw_span(*first.span).of(canonical.raw)
            found = f"{first.pattern} and {second.pattern}"
            message = (
                f"{name}: {printed!r} is captured by {found}; make the sentences exclude each other"
            )
            yield failed(
                "numerals_are_accounted_for", message, expected="one sentence", found=found
            )
    for check in _LEDGER_CHECKS:
        if check not in failing:
            yield passed(check, f"{name}: {len(numerals)} numerals, none left over")


_LEDGER_CHECKS = [name for name, check in CHECKLIST.items() if check.stage == "numerals"]


def _ledger_check(numeral: Numeral, text: SheetText, struck: list[Span]) -> str:
    if numeral.form == "digits":
        return "numerals_are_accounted_for"
    is_everyday = numeral.printed.lower() in EVERYDAY_WORDS
    if is_everyday and not beside_hidden(text, struck, numeral.span):
        return "everyday_words_are_accounted_for"
    return "number_words_are_accounted_for"


def _context(span: Span, text: str) -> str:
    """The words around a numeral, on one line and short enough for a message."""
    return " ".join(text[max(0, span.start - 60) : span.end + 60].split())
