"""Remarks on a catalog that loads: what is legal in it and looks like a mistake.

Reads compiled wordings, gives remarks. Words are compared by writing out samples of each template
and running the others on them. What contradicts itself does not load in the first place, see
``catalog.consistency``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice, permutations, product
from typing import Literal

from pipeline.catalog.schema import AtMost, Catalog, Kind, MetricOf, Sum
from pipeline.catalog.templates import Choice, Slot, Words, read_template
from pipeline.catalog.years import Years, share_a_year, years_in_words
from pipeline.model import Span
from pipeline.parse.patterns import CompiledRule, CompiledTemplate, FigurePattern, Wordings
from pipeline.sheets.normalize import canonical_words

_MOST_SAMPLES = 64
"""Templates with more choices than this are sampled by their first ones."""
_FIGURES: dict[Kind, tuple[str, ...]] = {
    "count": ("7", "1234"),
    "share": ("7%",),
    "one_in": ("1 in 7",),
}
_SAMPLES = {"state": "ohio", "name": "ohio", "year": "2023", "i": "12", "url": "x"}


@dataclass(frozen=True, slots=True)
class Remark:
    """What is odd about which entry, and what to do. An error quarantines good sheets."""

    level: Literal["error", "warning", "note"]
    entry: str
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One way of printing a template in canonical form, and where its figure stands."""

    text: str
    figure: Span


def lint(wordings: Wordings) -> list[Remark]:
    """Every remark on the catalog itself, without looking at any sheet."""
    samples = {pattern.name: list(_samples_of(pattern)) for pattern in wordings.figures}
    return [
        *_same_words(wordings.figures, samples),
        *_swallowed(wordings, samples),
        *_repeated_rules(wordings.rules),
        *_years(wordings.catalog),
        *_tables(wordings),
        *_relations(wordings.catalog),
    ]


def samples(text: str, figures: Iterable[str]) -> Iterator[Sample]:
    """The ways of printing a template, at most ``_MOST_SAMPLES`` for each of the figures."""
    parts = read_template(text, slots=frozenset({"n", *_SAMPLES}))
    options = [part.options if isinstance(part, Choice) else ((part,),) for part in parts]
    for figure in figures:
        for chosen in islice(product(*options), _MOST_SAMPLES):
            written, place = "", Span(0, 0)
            for part in (part for option in chosen for part in option):
                if part == Slot("n"):
                    place = Span(len(written), len(written) + len(figure))
                written += _printed(part, figure)
            yield Sample(written, place)


def _samples_of(pattern: FigurePattern) -> Iterator[Sample]:
    return samples(pattern.template.text, _FIGURES[pattern.kind])


def _printed(part: Words | Slot, figure: str) -> str:
    match part:
        case Words(text):
            return canonical_words(text)
        case Slot("n"):
            return figure
        case Slot(name):
            return _SAMPLES[name]


def _same_words(
    patterns: tuple[FigurePattern, ...], samples: dict[str, list[Sample]]
) -> Iterator[Remark]:
    """Patterns that read the same figure: of two metrics an error, of one metric a repetition."""
    reported: set[frozenset[str]] = set()
    for one, other in permutations(patterns, 2):
        pair = frozenset({one.name, other.name})
        if pair in reported or not _in_force_together(one, other):
            continue
        hits = [sample for sample in samples[one.name] if _reads(other.template, sample)]
        if hits and (one.metric, one.series.of) != (other.metric, other.series.of):
            reported.add(pair)
            text = (
                f"{other.name} matches the same words, {hits[0].text!r}; make them exclude each "
                "other, or give them different years"
            )
            yield Remark("error", one.name, text)
        elif len(hits) == len(samples[one.name]):
            reported.add(pair)
            text = f"{other.name} matches all of its words; one of the two is enough"
            yield Remark("warning", one.name, text)


def _in_force_together(one: FigurePattern, other: FigurePattern) -> bool:
    return all(
        share_a_year(a, b)
        for a in (one.years, one.series.printed_years)
        for b in (other.years, other.series.printed_years)
        if a is not None and b is not None
    )


def _reads(template: CompiledTemplate, sample: Sample) -> bool:
    return any(
        Span(*match.span("n")).overlaps(sample.figure) for match in template.find(sample.text)
    )


def _swallowed(wordings: Wordings, samples: dict[str, list[Sample]]) -> Iterator[Remark]:
    """Rules that would explain a figure away as soon as its pattern misses a word."""
    for pattern in wordings.figures:
        for rule in wordings.rules:
            for template in rule.templates:
                if any(_covers(template, sample) for sample in samples[pattern.name]):
                    text = (
                        f"{template.text!r} explains the figure of {pattern.name} too, which would "
                        "be lost without a word if its wording changed; give the rule more words"
                    )
                    yield Remark("warning", f"rule {rule.rule}", text)


def _covers(template: CompiledTemplate, sample: Sample) -> bool:
    if "year" in template.regex.groupindex:
        return False  # a rule on the year explains that year's number only
    return any(Span(*m.span()).contains(sample.figure) for m in template.find(sample.text))


def _repeated_rules(rules: tuple[CompiledRule, ...]) -> Iterator[Remark]:
    known: dict[str, str] = {}
    for rule in rules:
        for template in rule.templates:
            words = canonical_words(template.text)
            if words in known:
                text = f"{template.text!r} stands in rule {known[words]} already; remove one"
                yield Remark("warning", f"rule {rule.rule}", text)
            known.setdefault(words, rule.rule)


def _years(catalog: Catalog) -> Iterator[Remark]:
    """Years that a series' wordings leave out, or in which it is required without any."""
    rows: dict[MetricOf, list[Years]] = {}
    for table in catalog.tables:
        for row in table.rows:
            rows.setdefault((row.metric, table.of), []).append(table.years)
    for metric, series in catalog.series():
        entry = f"{metric.metric} of {series.of}"
        ranges = [pattern.years for pattern in series.patterns]
        ranges += rows.get((metric.metric, series.of), [])
        for gap in _gaps(ranges):
            text = f"no wording is evidenced for {years_in_words(gap)}; extend `years` of one"
            yield Remark("warning", entry, text)
        printed = series.printed_years
        if printed and not any(share_a_year(printed, years) for years in ranges):
            text = f"is printed in {years_in_words(printed)}, its wordings are of other years"
            yield Remark("warning", entry, text)
    headers: dict[str, list[Years]] = {}
    for table in catalog.tables:
        headers.setdefault(canonical_words(table.header), []).append(table.years)
    for header, ranges in headers.items():
        for gap in _gaps(ranges):
            yield Remark("warning", f"table {header!r}", f"has no rows of {years_in_words(gap)}")


def _gaps(ranges: list[Years]) -> Iterator[Years]:
    """The years between ranges that none of them holds."""
    reached: int | None = None
    for first, last in sorted(ranges, key=lambda years: years[0]):
        if reached is not None and first > reached + 1:
            yield reached + 1, first - 1
        if last is None:
            return
        reached = max(last, reached or last)


def _tables(wordings: Wordings) -> Iterator[Remark]:
    """Tables whose headers cannot be told apart, and rows that are never added up."""
    for one, other in combinations(wordings.tables, 2):
        same = canonical_words(one.table.header) == canonical_words(other.table.header)
        if not same and share_a_year(one.table.years, other.table.years):
            both = [(one, other), (other, one)]
            if any(list(b.header.find(s.text)) for a, b in both for s in samples(a.table.header, ["7"])):  # fmt: skip
                text = f"its header matches the words of table {other.table.table}'s too"
                yield Remark("warning", f"table {one.table.table}", text)
    sums = [set(r.parts) for r in wordings.catalog.relations if isinstance(r, Sum)]
    for table in wordings.catalog.tables:
        if {(row.metric, table.of) for row in table.rows} not in sums:
            text = "its rows are the parts of no sum; add one to relations, or a misread row passes"
            yield Remark("warning", f"table {table.table}", text)


def _relations(catalog: Catalog) -> Iterator[Remark]:
    """Relations whose figures no sheet prints together, and some that say nothing."""
    printed = {(m.metric, s.of): s.printed_years for m, s in catalog.series()}
    units = {metric.metric: metric.unit for metric in catalog.metrics}
    for relation in catalog.relations:
        if isinstance(relation, Sum):
            members = [relation.whole, *relation.parts]
            entry = f"sum of {' of '.join(relation.whole)}"
            if len({units[metric] for metric, _ in members}) > 1:
                yield Remark("warning", entry, "its parts are counted in different units")
        else:
            members = [relation.smaller, relation.larger]
            entry = f"{' of '.join(relation.smaller)} at most {' of '.join(relation.larger)}"
        if len(set(members)) < len(members):
            yield Remark("warning", entry, "names a figure twice; remove or correct it")
        ranges = [printed[member] for member in members]
        ranges += [relation.years] if isinstance(relation, Sum) else []
        known = [years for years in ranges if years is not None]
        if not _common(known) or _exclusive(relation, catalog):
            text = "can never apply: no sheet is expected to print all of its figures"
            yield Remark("warning", entry, text)


def _common(ranges: list[Years]) -> bool:
    """Whether some year is in all ranges."""
    first = max((first for first, _ in ranges), default=0)
    return all(last is None or last >= first for _, last in ranges)


def _exclusive(relation: Sum | AtMost, catalog: Catalog) -> bool:
    """Whether its metrics stand in one group, but in none of its sets together."""
    members = {relation.whole, *relation.parts} if isinstance(relation, Sum) else {relation.smaller, relation.larger}  # fmt: skip
    metrics = {metric for metric, _ in members}
    return any(
        metrics <= {m for one in group.sets for m in one}
        and not any(metrics <= set(one) for one in group.sets)
        for group in catalog.one_of
    )
