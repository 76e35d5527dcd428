"""The rows of the tables that stand behind a sentence.

Reads prose with its lines, gives a capture for each row of the table's closed set, checks totals
and percentages that the table prints besides, and names the lines that are no row of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.catalog.years import nearest
from pipeline.model import Figure, Span
from pipeline.parse.ledger import Claim
from pipeline.parse.numbers import last_digit
from pipeline.parse.patterns import CompiledTable
from pipeline.parse.prose import Prose
from pipeline.parse.statements import NOT_AVAILABLE, Capture, SentenceMatch

_LONGEST_TABLE = 60
"""No table of a sheet has more lines; bounds the search for rows."""

_BETWEEN_ROWS = re.compile("[ \n\u2022*]{0,400}")
_NUMBERED = re.compile(r"\(?(?P<number>[0-9]{1,2})[.)] ")
_LEADER = re.compile(r" ?(?::|\.{2,80}|(?:\. ){2,80}\.?)? ?")
_SHARE = re.compile(r" ?(?P<open>\()?(?P<percent>[0-9]{1,3}(?:\.[0-9]{1,2})?) ?%(?(open)\))")
_PERCENT = re.compile(rf"(?P<count>.+?){_SHARE.pattern}")
_ENDS_IN_NUMBER = re.compile(r" [0-9][0-9,.]*(?: ?%)?$|^[0-9][0-9,.]* [a-z]")


@dataclass(slots=True)
class TableReading:
    """What a table was read as.

    ``explained`` are its numerals that are no figures; ``problems`` what contradicts it: a stretch of canonical text, and what is wrong there,
    with ``{line}`` where it is to be quoted.
    """

    table: str
    captures: list[Capture] = field(default_factory=list)
    explained: list[Claim] = field(default_factory=list)
    problems: list[tuple[Span, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row in the prose: its metric, None for the total; number, share of the total, bounds."""

    metric: str | None
    count: Span
    percent: Span | None
    start: int
    end: int


def read_tables(matches: list[SentenceMatch], prose: Prose, year: int | None) -> list[TableReading]:
    """The table behind each sentence that names one; of several the one nearest to the year."""
    readings = []
    for match in matches:
        if match.pattern.tables:
            named = [prose.wordings.tables[name] for name in match.pattern.tables]
            table = nearest(named, year, lambda one: one.table.years)[0]
            total = match.captures[0].figure if match.captures else None
            readings.append(_read(table, total, match.end, prose))
    return readings


def _read(table: CompiledTable, total: Figure | None, start: int, prose: Prose) -> TableReading:
    reading = TableReading(table.table.table)
    row_numbers: list[Span] = []
    place = start
    for line in range(_LONGEST_TABLE):
        between = _BETWEEN_ROWS.match(prose.lines, place)
        assert between is not None, "there may be nothing between"
        place = between.end()
        end = prose.lines.find("\n", place)
        if end < 0:
            break
        numbered = _NUMBERED.match(prose.lines, place)
        cells = _cells(table, numbered.end() if numbered else place, prose)
        if cells is not None:
            row_numbers += [Span(*numbered.span("number"))] if numbered else []
            _add(reading, table, cells, total, prose)
            place = cells.end
            continue
        if _ENDS_IN_NUMBER.search(prose.lines[place:end]):
            problem = "has the unknown row {line}; add it to sentences.yml"
            reading.problems.append((prose.canonical_span(place, end), problem))
        elif line > 0:
            break  # a heading may stand between a sentence and its table, nothing behind its rows
        place = end
    numbers = [int(span.of(prose.lines)) for span in row_numbers]
    if numbers == [*range(1, len(reading.captures) + 1)]:
        spans = (prose.canonical_span(*span) for span in row_numbers)
        reading.explained += [Claim(span, "row_number") for span in spans]
    return reading


def _cells(table: CompiledTable, place: int, prose: Prose) -> _Cells | None:
    """The cells of the row at ``place``; None if no row of the table stands there."""
    for label, metric in table.labels:
        if prose.flat.startswith(label, place):
            leader = _LEADER.match(prose.flat, place + len(label))
            assert leader is not None, "a leader may be empty"
            begin = leader.end()
            end = _value_end(table, begin, prose)
            cells = _count_and_percent(table, begin, end, prose)
            return (
                _Cells(metric, *cells, place, end) if cells and begin > place + len(label) else None
            )
    end = prose.lines.find("\n", place)
    for label, metric in table.labels:
        at = prose.flat.find(f" {label}", place, end)
        count = Span(place, at)
        if at > place and prose.wordings.numbers.read(count.of(prose.lines), "count"):
            behind = at + 1 + len(label)
            percent = _SHARE.fullmatch(prose.lines, behind, end)
            if percent or not prose.lines[behind:end].strip():
                share = Span(*percent.span("percent")) if percent else None
                return _Cells(metric, count, share, place, end)
    return None


def _value_end(table: CompiledTable, begin: int, prose: Prose) -> int:
    """Where a row's last cell ends: at the line's end, the next label or a heading."""
    end = prose.lines.find("\n", begin)
    # A label may itself be broken over two lines.
    found = [prose.flat.find(words, begin, end + len(words)) for words in table.ends]
    end = min([end, *(place for place in found if place >= 0)])
    return begin + len(prose.lines[begin:end].rstrip())


def _count_and_percent(
    table: CompiledTable, begin: int, end: int, prose: Prose
) -> tuple[Span, Span | None] | None:
    value = table.unit.sub("", prose.lines[begin:end])
    end = begin + len(value)
    if prose.wordings.numbers.read(value, "count") or NOT_AVAILABLE.fullmatch(value):
        return Span(begin, end), None
    parts = _PERCENT.fullmatch(prose.lines, begin, end)
    if parts and prose.wordings.numbers.read(parts["count"], "count"):
        return Span(*parts.span("count")), Span(*parts.span("percent"))
    return None


def _add(
    reading: TableReading, table: CompiledTable, cells: _Cells, total: Figure | None, prose: Prose
) -> None:
    figure = prose.wordings.numbers.read(cells.count.of(prose.lines), "count")
    span = prose.canonical_span(*cells.count)
    context = prose.canonical_span(cells.start, cells.end)
    printed = cells.count.of(prose.lines)
    if cells.metric is None:
        if total is not None and figure == total:
            reading.explained.append(Claim(span, "table_total"))
        else:
            stated = "no total" if total is None else f"{total.value:,}"
            problem = (
                f"has a total row of {printed!r}, its sentence states {stated}; check the table"
            )
            reading.problems.append((span, problem))
    else:
        series = table.series[cells.metric]
        reading.captures.append(
            Capture(
                cells.metric,
                series.of,
                figure,
                span,
                context,
                f"{table.table.table}/{cells.metric}",
                table.table.years,
                series.printed_years,
            )
        )
    if cells.percent is not None:
        percent = prose.canonical_span(*cells.percent)
        share = Decimal(cells.percent.of(prose.lines))
        if _is_share(figure, total, share):
            reading.explained.append(Claim(percent, "table_percent"))
        else:
            problem = f"prints {share}% beside {printed!r}, which is another share of its total; check the table"
            reading.problems.append((percent, problem))


def _is_share(count: Figure | None, total: Figure | None, share: Decimal) -> bool:
    """Whether a printed percentage, rounded or cut off, is that share of the total."""
    if count is None or total is None or not total.value:
        return False
    return abs(100 * count.value / total.value - share) < last_digit(share)
