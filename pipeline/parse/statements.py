"""Canonical text to statements: which figure stands where, by which wording.

Reads canonical text, gives what each pattern and table row of the catalog captures. Whether
the figures can be true is not asked here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.catalog.schema import Of
from pipeline.catalog.years import Years, distance, nearest
from pipeline.model import Figure, Span
from pipeline.parse.patterns import CompiledTable, Wordings
from pipeline.sheets.normalize import Canonical

_GOES_ON = re.compile(
    r" (?:\(?[0-9]|(?:no|one|or|per|percent|plus|times|to)\b"
    r"|(?:in|of|out of)(?: every)? (?!(?:19|20)[0-9]{2}\b)[0-9])"
)
"""What may not follow a row's number on its line: it would make it part of another number.

"21 in 6" is a ratio, "21 In 2023" the next sentence of a text without line breaks.
"""

_LONGEST_TABLE = 40
"""No table of a sheet has more lines; bounds the search for rows."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One figure captured: spans are of the canonical text.

    ``context`` is the whole wording that matched, ``row`` says that it is a table's row and so
    its own quote. ``years`` are those for which the wording is evidenced, ``printed_years``
    those in which its metric is expected. ``state`` is the jurisdiction's name as the wording
    prints it, if it does.
    """

    metric: str
    of: Of
    figure: Figure
    span: Span
    context: Span
    pattern: str
    years: Years
    printed_years: Years | None
    state: str | None
    row: bool

    def years_from(self, year: int | None) -> int:
        """How far the sheet's year lies from the years of this wording and its metric."""
        return max(distance(self.years, year), distance(self.printed_years, year))


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """A line behind a table's header that looks like a row but is none of the catalog's."""

    table: str
    span: Span
    number: Span


def capture_figures(canonical: Canonical, wordings: Wordings) -> list[Capture]:
    """Every figure that a sentence of the catalog prints, in the catalog's order."""
    captures = []
    for pattern in wordings.figures:
        for match in pattern.template.find(canonical.flat):
            figure = wordings.numbers.read(canonical.text[slice(*match.span("n"))])
            if figure is None:
                continue
            captures.append(
                Capture(
                    pattern.metric,
                    pattern.series.of,
                    figure,
                    Span(*match.span("n")),
                    Span(*match.span()),
                    pattern.name,
                    pattern.years,
                    pattern.series.printed_years,
                    match.groupdict().get("state"),
                    row=False,
                )
            )
    return captures


def capture_tables(
    canonical: Canonical, wordings: Wordings, year: int | None
) -> tuple[list[Capture], list[UnknownRow]]:
    """Every row behind a table's header, and the lines there that are rows of no known label.

    Where several tables have the same header, the one whose years lie nearest to the sheet's
    year is read, and no other: its rows are the closed set.
    """
    headers: dict[int, list[CompiledTable]] = defaultdict(list)
    for table in wordings.tables:
        for header in table.header.find(canonical.flat):
            headers[header.end()].append(table)
    captures: list[Capture] = []
    unknown: list[UnknownRow] = []
    for start, tables in headers.items():
        table = nearest(tables, year, lambda one: one.table.years)[0]
        for row in _rows(canonical, table, start, wordings):
            if isinstance(row, Capture):
                captures.append(row)
            else:
                unknown.append(row)
    return captures, unknown


def prefer_wordings_of(year: int | None, captures: list[Capture]) -> list[Capture]:
    """One capture for each figure: of those that share characters, the nearest to the year.

    Wordings that are equally near stay, unless they say the same; the ledger reports them.
    """
    together: list[list[Capture]] = []
    end = 0
    for capture in sorted(captures, key=lambda one: one.span):
        if not together or capture.span.start >= end:
            together.append([])
        together[-1].append(capture)
        end = max(end, capture.span.end)
    return [capture for rivals in together for capture in _nearest_rivals(rivals, year)]


def captured_twice(captures: list[Capture]) -> Iterator[tuple[Capture, Capture]]:
    """Neighbouring captures that share characters."""
    ordered = sorted(captures, key=lambda capture: capture.span)
    for first, second in pairwise(ordered):
        if first.span.overlaps(second.span):
            yield first, second


def _nearest_rivals(rivals: list[Capture], year: int | None) -> Iterable[Capture]:
    least = min(capture.years_from(year) for capture in rivals)
    best = [capture for capture in rivals if capture.years_from(year) == least]
    return {(c.metric, c.of, c.span): c for c in reversed(best)}.values()


def _rows(
    canonical: Canonical, table: CompiledTable, start: int, wordings: Wordings
) -> Iterator[Capture | UnknownRow]:
    place = start
    for _ in range(_LONGEST_TABLE):
        row = _known_row(canonical, table, place, wordings)
        if row is not None:
            yield row
            place = row.context.end
            continue
        line = _line(canonical.text, place)
        number = wordings.line_end_number.search(canonical.flat, line.start, line.end)
        if number is not None:
            yield UnknownRow(table.table.table, line, Span(*number.span("n")))
        elif place != start or line.start == line.end:
            return  # a heading may stand between a header and its rows, nothing behind them
        place = line.end


def _known_row(
    canonical: Canonical, table: CompiledTable, place: int, wordings: Wordings
) -> Capture | None:
    for metric, series, regex in table.rows:
        match = regex.match(canonical.flat, place)
        printed = canonical.text[slice(*match.span("n"))] if match else ""
        figure = wordings.numbers.read(printed) if match else None
        if match and figure and not _GOES_ON.match(canonical.text, match.end()):
            return Capture(
                metric,
                series.of,
                figure,
                Span(*match.span("n")),
                Span(*match.span("row")),
                f"{table.table.table}/{metric}",
                table.table.years,
                series.printed_years,
                None,
                row=True,
            )
    return None


def _line(text: str, place: int) -> Span:
    start = place + len(text[place : place + 1]) - len(text[place : place + 1].lstrip())
    end = text.find("\n", start)
    return Span(start, len(text) if end < 0 else end)
