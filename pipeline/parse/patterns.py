"""The catalog, compiled once a process.

Reads the catalog, gives :class:`Wordings`: its sentences, tables, asides and rules, each compiled
by ``parse.templates``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from pipeline.catalog.schema import Catalog, Jurisdiction, Kind, Series
from pipeline.catalog.templates import Choice, Part, Slot, Words, read_template
from pipeline.catalog.wording import Rule, Sentence, Table
from pipeline.catalog.years import Years
from pipeline.parse.numbers import LONGEST_FIGURE, NumberGrammar
from pipeline.parse.templates import ENDS, SLOTS, Template, compile_template, regex_of
from pipeline.sheets.normalize import canonical_words


@dataclass(frozen=True, slots=True)
class FigureSlot:
    """A place for a figure in a sentence: the group that holds it, and what it measures."""

    group: str
    metric: str
    kind: Kind
    series: Series


@dataclass(frozen=True, slots=True)
class SentencePattern:
    """One sentence of the catalog.

    ``stretches`` are its words between slots, each with whether a figure follows right behind.
    """

    name: str
    years: Years
    tables: tuple[str, ...]
    template: Template
    figures: tuple[FigureSlot, ...]
    stretches: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A table with its labels.

    ``labels`` are of its rows with the metric each measures, None for those of its total; ``unit``
    is what it counts, which may stand behind a number; before ``ends`` a row is over.
    """

    table: Table
    unit: re.Pattern[str]
    labels: tuple[tuple[str, str | None], ...]
    ends: tuple[str, ...]
    series: Mapping[str, Series]


@dataclass(frozen=True, slots=True)
class CompiledAside:
    """Words that may stand besides a sentence's own, in one of their wordings."""

    name: str
    note: bool
    regex: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Asides:
    """All asides: ``openings`` finds where one that is set off may begin, ``set_off`` match there.

    ``beside`` ones stand right before a figure or behind a year; ``words`` are what they search.
    """

    openings: re.Pattern[str]
    set_off: tuple[CompiledAside, ...]
    beside: tuple[tuple[str, CompiledAside], ...]

    def that_is(self, words: str) -> CompiledAside | None:
        """The aside that these words are from first to last, as a footnote may print it."""
        for aside in self.set_off:
            match = aside.regex.match(f"({words}) ")
            if match and match.end() == len(words) + 2:
                return aside
        return None


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule that explains numerals, in each of its wordings."""

    rule: Rule
    templates: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Wordings:
    """The whole catalog, compiled once a process.

    ``leading_in`` are the last words of what stands before figures: "than" of "fewer than".
    """

    catalog: Catalog
    numbers: NumberGrammar
    by_name: dict[str, Jurisdiction]
    titles: tuple[Template, ...]
    states: tuple[Template, ...]
    issued: tuple[Template, ...]
    headings: tuple[str, ...]
    leading_in: frozenset[str]
    sentences: tuple[SentencePattern, ...]
    tables: dict[str, CompiledTable]
    asides: Asides
    rules: tuple[CompiledRule, ...]

    def jurisdiction(self, printed: str) -> Jurisdiction | None:
        """The jurisdiction of that canonical name."""
        return self.by_name.get(_name(printed))


def compile_catalog(catalog: Catalog) -> Wordings:
    """Compile every template of the catalog."""
    return Wordings(
        catalog=catalog,
        numbers=NumberGrammar(catalog),
        by_name={
            _name(canonical_words(name)): jurisdiction
            for jurisdiction in catalog.jurisdictions
            if jurisdiction.kind != "nation"
            for name in jurisdiction.names
        },
        titles=tuple(map(compile_template, catalog.titles)),
        states=tuple(map(compile_template, catalog.states)),
        issued=tuple(
            compile_template(text, way=way, behind=ENDS)
            for text in catalog.issued
            for way in _without_choices(read_template(text))
        ),
        headings=_headings(catalog),
        leading_in=frozenset(
            canonical_words(words).split()[-1]
            for entry in (
                *(q.words for q in catalog.qualifiers),
                *(a.before_figure for a in catalog.asides),
            )
            for words in entry
        ),
        sentences=tuple(compile_sentence(one, catalog) for one in catalog.sentences),
        tables={table.table: _table(table, catalog) for table in catalog.tables},
        asides=_asides(catalog),
        rules=tuple(map(compile_rule, catalog.rules)),
    )


def _headings(catalog: Catalog) -> tuple[str, ...]:
    return tuple(f"{canonical_words(text)} " for text in catalog.headings)


def _without_choices(parts: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    """The ways of a template that begins with a choice: each has an anchor of its own."""
    # Up to the first words, or the first choice of which one has to stand.
    first = 1 + next(
        place
        for place, part in enumerate(parts)
        if not isinstance(part, Choice) or () not in part.options
    )
    options = [part.options if isinstance(part, Choice) else ((part,),) for part in parts[:first]]
    for chosen in product(*options):
        way: list[Part] = []
        for part in (part for option in (*chosen, parts[first:]) for part in option):
            if way and isinstance(part, Words) and isinstance(last := way[-1], Words):
                way[-1] = Words(last.text + part.text)
            else:
                way.append(part)
        yield tuple(way)


def compile_rule(rule: Rule) -> CompiledRule:
    """Compile a rule's wordings, each way of a choice on its own.

    Those of a list's markers stay one: where any marker is sought, all of them are.
    """
    return CompiledRule(
        rule,
        tuple(
            compile_template(text, way=way, behind=_behind_rule(text), commas=True)
            for text in rule.patterns
            for parts in [read_template(text)]
            for way in ([parts] if rule.counts_up else _without_choices(parts))
        ),
    )


def compile_sentence(sentence: Sentence, catalog: Catalog) -> SentencePattern:
    """Compile a sentence whose slots are metrics of the catalog."""
    text = sentence.text.removesuffix(".")
    parts, slots = read_template(text), dict(SLOTS)
    figures: list[FigureSlot] = []
    for slot in (part for part in parts if isinstance(part, Slot)):
        measured = catalog.measured(slot.name)
        if measured is not None:
            metric, series = measured
            group = f"f{len(figures)}"
            slots[slot.name] = (rf"(?P<{group}>.{{1,{LONGEST_FIGURE}}}?)", LONGEST_FIGURE)
            figures.append(FigureSlot(group, metric.metric, metric.kind, series))
    behind = ENDS if isinstance(parts[-1], Slot) else "(?![a-z0-9])"
    stretches = tuple(
        (stretch, isinstance(following, Slot) and following.name not in SLOTS)
        for part, following in zip(parts, (*parts[1:], None), strict=True)
        if isinstance(part, Words)
        and len(stretch := canonical_words(part.text).strip(" ,")) >= _SHORTEST_STRETCH
    )
    return SentencePattern(
        sentence.sentence,
        sentence.years,
        sentence.tables,
        compile_template(text, slots, behind=behind),
        tuple(figures),
        stretches,
    )


_SHORTEST_STRETCH = 12
"""Words shorter than this stand in other sentences as well."""


def _table(table: Table, catalog: Catalog) -> CompiledTable:
    series = {
        row.metric: next(s for s in catalog.metric(row.metric).series if s.of == table.of)
        for row in table.rows
    }
    labels: list[tuple[str, str | None]] = [
        (canonical_words(r.label), r.metric) for r in table.rows
    ]
    labels += [(canonical_words(label), None) for label in table.totals]
    labels.sort(key=lambda entry: -len(entry[0]))
    units = sorted({re.escape(catalog.metric(row.metric).unit) for row in table.rows})
    unit = re.compile(rf" (?:{'|'.join(units)})s?$")
    ends = (*(label for label, _ in labels), *_headings(catalog))
    return CompiledTable(table, unit, tuple(labels), tuple(f" {words}" for words in ends), series)


def _behind_rule(text: str) -> str:
    """A number of its own at the end of a rule's wording must end its clause, a word need not."""
    if re.search(r" (?:\{year\}|\{any_year\}|\{i\})$", text):
        return r"(?=[.,;:!?)\]\"']|\n)"
    return r"(?=[ \n][a-z])" if text.endswith(")") else "(?![a-z0-9])"


@lru_cache(maxsize=1024)
def _name(printed: str) -> str:
    """A jurisdiction's name as it is looked up: no article, no "state of", "U.S." without its stops."""
    plain = _INITIAL.sub(r"\1", printed).replace("\n", " ").removeprefix("the ")
    return plain.removeprefix("state of ").strip()


_INITIAL = re.compile(r"(?<![a-z])([a-z])\.(?=[a-z]\.|[^a-z]|$)")
_IN_WORDS = r"(?:zero|no|one|two|three|four|five|six|seven|eight|nine|ten)\b"


def _asides(catalog: Catalog) -> Asides:
    """All asides of a catalog."""
    set_off, beside, first = [], [], {"[0-9<>~]"}
    qualifiers = (
        re.escape(canonical_words(w)) for entry in catalog.qualifiers for w in entry.words
    )
    number = rf"(?=(?:(?:{'|'.join(qualifiers)}) )?(?:[<>~]?[0-9]|{_IN_WORDS}))"
    for aside in catalog.asides:
        for text in aside.set_off:
            parts = read_template(text)
            inner = _unnamed(regex_of(parts, SLOTS, commas=False))
            first |= _first_words(parts)
            regex = re.compile(
                rf" ?\({inner}\)(?=[ \n.,;:!?])"
                rf"|(?:,| -) {inner}(?:(?:,| -)(?= )|(?= ?[.!?][\"')\]]*[ \n]|\n))"
            )
            set_off.append(CompiledAside(aside.aside, aside.note, regex))
        for before, wordings, behind in (
            # A year behind "in" or "during" is no figure.
            (r"(?<![a-z0-9])(?<!in )(?<!during )", aside.before_figure, f" {number}"),
            (r"(?<=[a-z] )", aside.before_year, r" (?=(?:19|20)[0-9]{2}[ ,])"),
            (r"(?<=[0-9]{4}) ", aside.behind_year, r"(?=[ ,])"),
        ):
            for words in map(canonical_words, wordings):
                regex = re.compile(f"{before}{re.escape(words)}{behind}")
                beside.append((words, CompiledAside(aside.aside, aside.note, regex)))
    openings = re.compile(rf"(?:\(|, |- )(?=(?:{'|'.join(sorted(first))}))")
    return Asides(openings, tuple(set_off), tuple(beside))


def _first_words(parts: tuple[Part, ...]) -> set[str]:
    """What a template may begin with: words, or a digit where a slot comes first."""
    match parts[0]:
        case Words(text):
            return {f"{re.escape(canonical_words(text).split(' ')[0])}(?![a-z])"}
        case Slot("date"):
            return {"[a-z]"}
        case Slot(_):
            return {"[0-9]"}
        case Choice(options):
            return {word for option in options for word in _first_words(option or parts[1:])}


def _unnamed(regex: str) -> str:
    """The same expression without named groups, which may stand once only."""
    return re.sub(r"\(\?P<[a-z_]+>", "(?:", regex)
