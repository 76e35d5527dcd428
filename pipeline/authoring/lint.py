"""Remarks on a catalog that loads: what is legal in it and looks like a mistake.

Reads compiled wordings, gives remarks. Words are compared by writing out samples of each sentence
and running the others on them. What contradicts itself does not load in the first place, see
``catalog.consistency``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Literal

from pipeline.catalog.schema import AtMost, Catalog, Kind, MetricOf, Sum
from pipeline.catalog.templates import Choice, Part, Slot, read_template
from pipeline.catalog.years import Years, share_a_year, years_in_words
from pipeline.model import Span
from pipeline.parse.patterns import SentencePattern, Wordings
from pipeline.parse.prose import prose_of
from pipeline.parse.statements import match_sentences
from pipeline.sheets.normalize import normalize

_MOST_SAMPLES = 64
"""Sentences with more choices than this are sampled by their first ones."""
_FIGURES: dict[Kind, str] = {"count": "1234", "share": "7%", "one_in": "1 in 7"}
_VALUES = {"state": "Ohio", "year": "2023"}


@dataclass(frozen=True, slots=True)
class Remark:
    """What is odd about which entry, and what to do. An error quarantines good sheets."""

    level: Literal["error", "warning", "note"]
    entry: str
    text: str


def lint(wordings: Wordings) -> list[Remark]:
    """Every remark on the catalog itself, without looking at any sheet."""
    return [
        *_same_words(wordings),
        *_repeated_rules(wordings.catalog),
        *_explained_figures(wordings),
        *_years(wordings.catalog),
        *_tables(wordings.catalog),
        *_relations(wordings.catalog),
    ]


def samples(text: str, catalog: Catalog) -> Iterator[str]:
    """The ways of printing a sentence, at most ``_MOST_SAMPLES``."""
    parts = read_template(text)
    for chosen in islice(product(*(_ways(part, catalog) for part in parts)), _MOST_SAMPLES):
        yield "".join(chosen)


def _ways(part: Part, catalog: Catalog) -> list[str]:
    match part:
        case Slot(name):
            measured = catalog.measured(name)
            return [_FIGURES[measured[0].kind] if measured else _VALUES[name]]
        case Choice(options):
            return [
                "".join(chosen)
                for option in options
                for chosen in product(*(_ways(inner, catalog) for inner in option))
            ]
    return [part.text]


def _same_words(wordings: Wordings) -> Iterator[Remark]:
    """Sentences that read the words of another: as other figures an error, else a repetition."""
    for sentence, pattern in zip(wordings.catalog.sentences, wordings.sentences, strict=True):
        written = list(samples(sentence.text, wordings.catalog))
        read = [_readers(text, pattern, wordings) for text in written]
        for other in {one.name: one for readers in read for one in readers}.values():
            if not share_a_year(pattern.years, other.years):
                continue
            if _measured(pattern) != _measured(other):
                text = (
                    f"{other.name} reads the same words, {written[0]!r}, as other figures; make "
                    "them exclude each other, or give them different years"
                )
                yield Remark("error", f"sentence {pattern.name}", text)
            elif all(other in readers for readers in read):
                text = f"{other.name} reads all of its words; one of the two is enough"
                yield Remark("warning", f"sentence {pattern.name}", text)


def _readers(text: str, own: SentencePattern, wordings: Wordings) -> list[SentencePattern]:
    """The other sentences that the text is, whole."""
    prose = prose_of(normalize(text), wordings)
    matches = match_sentences(prose)
    return [m.pattern for m in matches if m.problem is None and m.pattern is not own]


def _measured(pattern: SentencePattern) -> list[tuple[str, str]]:
    return [(slot.metric, slot.series.of) for slot in pattern.figures]


def _repeated_rules(catalog: Catalog) -> Iterator[Remark]:
    known: dict[str, str] = {}
    texts = [(f"rule {rule.rule}", text) for rule in catalog.rules for text in rule.patterns]
    texts += [(f"aside {aside.aside}", text) for aside in catalog.asides for text in aside.set_off]
    for entry, text in texts:
        words = text.lower()
        if words in known:
            yield Remark("warning", entry, f"{text!r} stands in {known[words]} already; remove one")
        known.setdefault(words, entry)


def _explained_figures(wordings: Wordings) -> Iterator[Remark]:
    """Rules that hold a figure of a sentence: where it is not read whole, they would hide that."""
    for sentence, pattern in zip(wordings.catalog.sentences, wordings.sentences, strict=True):
        written = next(samples(sentence.text, wordings.catalog))
        remarks: dict[str, Remark] = {}
        # Once as a number of four digits, once as what looks like a year.
        for text in (written, written.replace(_FIGURES["count"], "1984")):
            prose = prose_of(normalize(text), wordings)
            own = (m for m in match_sentences(prose) if m.pattern is pattern)
            figures = [capture.span for match in own for capture in match.captures]
            for compiled in wordings.rules:
                flat, name = prose.canonical.flat, f"rule {compiled.rule.rule}"
                found = [
                    template.text
                    for template in compiled.templates
                    for match in template.find(flat, prose.paragraphs)
                    if any(span.overlaps(Span(*match.span())) for span in figures)
                ]
                if found:
                    told = f"{found[0]!r} would explain a figure of {pattern.name}, {text!r}; add words"
                    remarks.setdefault(name, Remark("error", name, told))
        yield from remarks.values()


def _years(catalog: Catalog) -> Iterator[Remark]:
    """Years that a series' wordings leave out, or in which it is required without any."""
    ranges: dict[MetricOf, list[Years]] = {}
    for printed, years in catalog.printed():
        ranges.setdefault(printed, []).append(years)
    for metric, series in catalog.series():
        entry = f"{metric.metric} of {series.of}"
        own = ranges.get((metric.metric, series.of), [])
        for gap in _gaps(own):
            text = f"no wording is evidenced for {years_in_words(gap)}; extend `years` of one"
            yield Remark("warning", entry, text)
        expected = series.printed_years
        if expected and not any(share_a_year(expected, years) for years in own):
            text = f"is printed in {years_in_words(expected)}, its wordings are of other years"
            yield Remark("warning", entry, text)
    for sentence in catalog.sentences:
        for gap in _gaps([catalog.table(name).years for name in sentence.tables]):
            text = f"no table has rows of {years_in_words(gap)}"
            yield Remark("warning", f"sentence {sentence.sentence}", text)


def _gaps(ranges: list[Years]) -> Iterator[Years]:
    """The years between ranges that none of them holds."""
    reached: int | None = None
    for first, last in sorted(ranges, key=lambda years: years[0]):
        if reached is not None and first > reached + 1:
            yield reached + 1, first - 1
        if last is None:
            return
        reached = max(last, reached or last)


def _tables(catalog: Catalog) -> Iterator[Remark]:
    """Tables whose rows are never added up."""
    sums = [set(r.parts) for r in catalog.relations if isinstance(r, Sum)]
    for table in catalog.tables:
        if {(row.metric, table.of) for row in table.rows} not in sums:
            text = "its rows are the parts of no sum; add one to relations, or a misread row passes"
            yield Remark("warning", f"table {table.table}", text)


def _relations(catalog: Catalog) -> Iterator[Remark]:
    """Relations whose figures no sheet prints together, and some that say nothing."""
    printed = {(m.metric, s.of): s.printed_years for m, s in catalog.series()}
    units = {metric.metric: metric.unit for metric in catalog.metrics}
    for relation in catalog.relations:
        if isinstance(relation, Sum):
            entry = f"sum of {' of '.join(relation.whole)}"
            if len({units[metric] for metric, _ in relation.members}) > 1:
                yield Remark("warning", entry, "its parts are counted in different units")
        else:
            entry = f"{' of '.join(relation.smaller)} at most {' of '.join(relation.larger)}"
        if len(set(relation.members)) < len(relation.members):
            yield Remark("warning", entry, "names a figure twice; remove or correct it")
        ranges = [printed[member] for member in relation.members]
        ranges += [relation.years] if isinstance(relation, Sum) else []
        known = [years for years in ranges if years is not None]
        apart = any(not share_a_year(one, other) for one, other in combinations(known, 2))
        if apart or _exclusive(relation, catalog):
            text = "can never apply: no sheet is expected to print all of its figures"
            yield Remark("warning", entry, text)


def _exclusive(relation: Sum | AtMost, catalog: Catalog) -> bool:
    """Whether its metrics stand in one group, but in none of its sets together."""
    metrics = {metric for metric, _ in relation.members}
    return any(
        metrics <= {m for one in group.sets for m in one}
        and not any(metrics <= set(one) for one in group.sets)
        for group in catalog.one_of
    )
