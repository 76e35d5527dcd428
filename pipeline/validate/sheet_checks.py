"""What must hold within one sheet: bounds, sums, parts and wholes, spans.

Reads one parsed sheet and its text, gives findings. The relations are the catalog's; a check
here knows no metric by name. Intervals are compared as intervals: a check fails only where no
true numbers could satisfy it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from pipeline.catalog.schema import AtMost, Catalog
from pipeline.checks import failed, passed
from pipeline.model import Figure, Finding, Statement
from pipeline.parse.numbers import NumberGrammar
from pipeline.parse.sheet import ParsedSheet
from pipeline.sheets.normalize import normalize


def check_sheet(
    sheet: ParsedSheet, text: str, catalog: Catalog, numbers: NumberGrammar
) -> tuple[Finding, ...]:
    """Every finding on one sheet that its own figures allow.

    Args:
        sheet: the parsed sheet.
        text: its decoded text, to which its spans refer.
        catalog: bounds and relations.
        numbers: reads a printed figure again.
    """
    return (
        _kind(sheet),
        *_bounds(sheet, catalog),
        *_sums(sheet, catalog),
        *_at_most(sheet, catalog),
        _spans(sheet, text, numbers),
    )


def _kind(sheet: ParsedSheet) -> Finding:
    check = "is_a_state_fact_sheet"
    if sheet.jurisdiction is not None or sheet.statements:
        return passed(check, f"{sheet.name}: a state fact sheet")
    year = "" if sheet.year else "no reporting year, "
    message = (
        f"{sheet.name}: is no state fact sheet: no title with a state, {year}no sentence with a "
        "figure that the catalog knows; remove it from the raw folder"
    )
    return failed(check, message, expected="a state fact sheet", found="another text")


def _bounds(sheet: ParsedSheet, catalog: Catalog) -> Iterator[Finding]:
    check = "values_are_within_bounds"
    ranges = {entry.qualifier for entry in catalog.qualifiers if entry.interval == "range"}
    problems = 0
    for (name, of), figure in sheet.figures().items():
        metric = catalog.metric(name)
        low, high = next(series.bounds for series in metric.series if series.of == of)
        whole = "" if metric.kind == "share" else "whole "
        expected = f"a {whole}number from {low:,} to {high:,}"
        for number in _printed_numbers(figure, ranges):
            is_whole = number == number.to_integral_value()
            if not low <= number <= high or (whole and not is_whole):
                problems += 1
                message = (
                    f"{sheet.name} {name} of {of}: {number:,}, expected {expected}; check the "
                    "sheet, or widen the bounds in metrics.yml"
                )
                yield failed(check, message, expected=expected, found=str(number), metric=name)
    if not problems:
        yield passed(check, f"{sheet.name}: {len(sheet.statements)} values within bounds")


def _printed_numbers(figure: Figure, ranges: set[str]) -> tuple[Decimal, ...]:
    """The value, and of a range its other end too."""
    if figure.qualifier in ranges and figure.upper is not None:
        return figure.value, figure.upper
    return (figure.value,)


def _sums(sheet: ParsedSheet, catalog: Catalog) -> Iterator[Finding]:
    check = "parts_sum_to_totals"
    figures = sheet.figures()
    for relation in catalog.sums(sheet.year):
        metric = relation.whole[0]
        keys = [relation.whole, *relation.parts]
        absent = [f"{name} of {of}" for name, of in keys if (name, of) not in figures]
        if len(absent) == len(keys):
            continue  # the sheet prints nothing of it; whether it must is another check
        if absent:
            # A sum with a hole would pass silently if the hole were taken for zero.
            found = f"{', '.join(absent)} not found"
            message = (
                f"{sheet.name} {metric}: {found}, so the parts cannot be added up; see the table"
            )
            yield failed(check, message, expected="total and all parts", found=found, metric=metric)
            continue
        total = figures[relation.whole]
        parts = [figures[part] for part in relation.parts]
        shown = f"{' + '.join(f'{part.value:,}' for part in parts)}"
        added = _added(parts)
        if _overlap(added, total):
            yield passed(check, f"{sheet.name} {metric}: {shown} = {total.value:,}", metric=metric)
        else:
            message = (
                f"{sheet.name} {metric}: rows {shown} = {added.value:,}, stated {total.value:,}; "
                "compare the table with the sheet"
            )
            yield failed(
                check, message, expected=f"{total.value}", found=f"{added.value}", metric=metric
            )


def _at_most(sheet: ParsedSheet, catalog: Catalog) -> Iterator[Finding]:
    check = "parts_do_not_exceed_wholes"
    figures = sheet.figures()
    for relation in catalog.relations:
        if not isinstance(relation, AtMost):
            continue
        smaller, larger = figures.get(relation.smaller), figures.get(relation.larger)
        if smaller is None or larger is None:
            continue
        metric = relation.smaller[0]
        pair = f"{metric} of {relation.smaller[1]} and {relation.larger[0]} of {relation.larger[1]}"
        if smaller.lower is None or larger.upper is None or smaller.lower <= larger.upper:
            comparison = f"{smaller.value:,} and {larger.value:,}"
            yield passed(check, f"{sheet.name} {pair}: {comparison}", metric=metric)
        else:
            message = (
                f"{sheet.name} {pair}: {smaller.value:,} is above {larger.value:,}. "
                f"{relation.why} Compare both sentences with the sheet."
            )
            yield failed(
                check,
                message,
                expected=f"at most {larger.value}",
                found=f"{smaller.value}",
                metric=metric,
            )


def _spans(sheet: ParsedSheet, text: str, numbers: NumberGrammar) -> Finding:
    check = "spans_reread"
    for statement in sheet.statements:
        problem = _span_problem(statement, text, numbers)
        if problem:
            message = f"{sheet.name} {statement.metric}: {problem}; report this fault of the parser"
            return failed(
                check,
                message,
                expected=statement.printed,
                found=statement.printed_span.of(text) or "nothing",
                metric=statement.metric,
            )
    return passed(check, f"{sheet.name}: {len(sheet.statements)} spans re-read to their quotes")


def _span_problem(statement: Statement, text: str, numbers: NumberGrammar) -> str | None:
    if statement.quote_span.of(text) != statement.quote:
        return "the span of the sentence does not re-read to its quote"
    if statement.printed_span.of(text) != statement.printed:
        return "the span of the figure does not re-read to its wording"
    if not statement.quote_span.contains(statement.printed_span):
        return "the figure does not stand in its quote"
    # A link around the number alone begins within what is printed and ends behind it.
    if numbers.read(_canonical(statement.printed.replace("[", ""))) != statement.figure:
        return "the wording of the figure reads as another figure"
    return None


def _added(parts: list[Figure]) -> Figure:
    """The sum of figures; it is bounded where every part is."""
    lower = [part.lower for part in parts if part.lower is not None]
    upper = [part.upper for part in parts if part.upper is not None]
    return Figure(
        sum((part.value for part in parts), Decimal(0)),
        "sum",
        sum(lower, Decimal(0)) if len(lower) == len(parts) else None,
        sum(upper, Decimal(0)) if len(upper) == len(parts) else None,
    )


def _overlap(one: Figure, other: Figure) -> bool:
    starts_in_time = one.lower is None or other.upper is None or one.lower <= other.upper
    ends_in_time = other.lower is None or one.upper is None or other.lower <= one.upper
    return starts_in_time and ends_in_time


@lru_cache(maxsize=1 << 16)
def _canonical(printed: str) -> str:
    """The canonical form of a printed figure; sheets print the same ones over and over."""
    return normalize(printed).text
