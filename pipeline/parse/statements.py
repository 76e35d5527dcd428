"""Canonical text to statements: which figure stands where, by which wording.

Reads canonical text, gives what each pattern and table row of the catalogue captures. Whether
the figures can be true is not asked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.catalogue.schema import Of
from pipeline.model import Figure, Span
from pipeline.parse.patterns import CompiledTable, Wordings
from pipeline.sheets.normalise import Canonical

_GOES_ON = re.compile(r" (?:\(?[0-9]|(?:no|one|or|per|percent|plus|times|to)\b)")
"""What may not follow a row's number on its line: it would make it part of another number."""

_LONGEST_TABLE = 40
"""No table of a sheet has more lines; bounds the search for rows."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One figure captured: spans are of the canonical text.

    ``context`` is the whole wording that matched, ``row`` says that it is a table's row and so
    its own quote. ``state`` is the jurisdiction's name as the wording prints it, if it does.
    """

    metric: str
    of: Of
    figure: Figure
    span: Span
    context: Span
    pattern: str
    years: tuple[int, int | None]
    state: str | None
    row: bool


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """A line behind a table's header that looks like a row but is none of the catalogue's."""

    table: str
    span: Span
    number: Span


def capture_figures(canonical: Canonical, wordings: Wordings) -> list[Capture]:
    """Every figure that a sentence of the catalogue prints, in the catalogue's order."""
    captures = []
    for pattern in wordings.figures:
        for match in pattern.template.find(canonical.flat):
            groups = match.groupdict()
            captures.append(
                Capture(
                    pattern.metric,
                    pattern.series.of,
                    wordings.numbers.read(match["n"]),
                    Span(*match.span("n")),
                    Span(*match.span()),
                    pattern.name,
                    pattern.years,
                    groups.get("state"),
                    row=False,
                )
            )
    return captures


def capture_tables(
    canonical: Canonical, wordings: Wordings
) -> tuple[list[Capture], list[UnknownRow]]:
    """Every row behind a table's header, and the lines there that are rows of no known label."""
    captures: list[Capture] = []
    unknown: list[UnknownRow] = []
    for table in wordings.tables:
        for header in table.header.find(canonical.flat):
            for row in _rows(canonical, table, header.end(), wordings):
                if isinstance(row, Capture):
                    captures.append(row)
                else:
                    unknown.append(row)
    return captures, unknown


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
        if match and not _GOES_ON.match(canonical.text, match.end()):
            return Capture(
                metric,
                series.of,
                wordings.numbers.read(match["n"]),
                Span(*match.span("n")),
                Span(*match.span("row")),
                f"{table.table.table}/{metric}",
                table.table.years,
                None,
                row=True,
            )
    return None


def _line(text: str, place: int) -> Span:
    start = place + len(text[place : place + 1]) - len(text[place : place + 1].lstrip())
    end = text.find("\n", start)
    return Span(start, len(text) if end < 0 else end)
