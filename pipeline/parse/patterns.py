"""The catalog's templates, compiled: where in a canonical text each wording stands.

Reads templates and canonical text, gives matches. A template is found by a plain search for its
longest stretch of words (the anchor); only a window around each hit, as wide as the template can
match, is given to the regular expression. Work is therefore bounded by the text's length, however
hostile the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.catalog.schema import Catalog, Jurisdiction, Kind, Series, Table
from pipeline.catalog.templates import Choice, Part, Slot, Words, read_template
from pipeline.parse.numbers import MAX_FIGURE_WIDTH, NumberGrammar
from pipeline.sheets.normalize import canonical_words

_SLOTS = frozenset({"n", "state", "name", "year", "i", "url"})


_ENDS_ROW = r"(?! ?(?:[%*+/=$0-9\u2020\u2021\u00a7]|- ?[0-9]))"
"""What may not follow a row's number: signs and digits that would make it another number."""


_ENOUGH_BEHIND = 24
"""So many letters behind a figure tell a sentence without the first word of them."""


@dataclass(frozen=True, slots=True)
class SlotGrammar:
    """The regular expression and the greatest width of each slot's values."""

    expressions: dict[str, str]
    widths: dict[str, int]


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template ready to search; named groups carry the slots' values.

    ``leads_in`` is the words right before the figure, ``leads_out`` matches what stands behind
    it, without the first word where enough are left; empty and None where there is no figure.
    """

    text: str
    anchor: str
    before: int
    after: int
    regex: re.Pattern[str]
    leads_in: str
    leads_out: re.Pattern[str] | None

    def find(self, flat: str) -> Iterator[re.Match[str]]:
        """Every place of ``flat`` where the template's words stand, in their order."""
        done = 0
        at = flat.find(self.anchor)
        while at >= 0:
            window = max(done, at - self.before), at + len(self.anchor) + self.after
            match = self.regex.search(flat, *window)
            if match:
                done = match.end()
                yield match
            at = flat.find(self.anchor, at + 1)


@dataclass(frozen=True, slots=True)
class FigurePattern:
    """One wording of one metric's figure."""

    name: str
    metric: str
    kind: Kind
    series: Series
    years: tuple[int, int | None]
    template: CompiledTemplate


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A table's header, and for each metric of its closed set the row that prints it."""

    table: Table
    header: CompiledTemplate
    rows: tuple[tuple[str, Series, re.Pattern[str]], ...]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule that explains numerals, in each of its wordings."""

    rule: str
    counts_up: bool
    templates: tuple[CompiledTemplate, ...]


@dataclass(frozen=True, slots=True)
class Wordings:
    """The whole catalog, compiled once a process."""

    catalog: Catalog
    numbers: NumberGrammar
    by_name: dict[str, Jurisdiction]
    titles: tuple[CompiledTemplate, ...]
    states: tuple[CompiledTemplate, ...]
    years: tuple[CompiledTemplate, ...]
    figures: tuple[FigurePattern, ...]
    tables: tuple[CompiledTable, ...]
    rules: tuple[CompiledRule, ...]
    line_end_number: re.Pattern[str]
    slots: dict[Kind, SlotGrammar]


def compile_catalog(catalog: Catalog) -> Wordings:
    """Compile every template of the catalog."""
    numbers = NumberGrammar(catalog)
    by_name = {
        canonical_words(name): jurisdiction
        for jurisdiction in catalog.jurisdictions
        if jurisdiction.kind != "nation"
        for name in jurisdiction.names
    }
    by_kind = {
        kind: _slot_grammar(numbers.expressions[kind], by_name) for kind in numbers.expressions
    }
    slots = by_kind["count"]
    figures = []
    for metric, series in catalog.series():
        for number, pattern in enumerate(series.patterns, start=1):
            name = f"{metric.metric}/{series.of}/{number}"
            template = compile_template(pattern.text, by_kind[metric.kind])
            figures.append(
                FigurePattern(name, metric.metric, metric.kind, series, pattern.years, template)
            )
    return Wordings(
        catalog,
        numbers,
        by_name,
        tuple(compile_template(text, slots) for text in catalog.identity.titles),
        tuple(compile_template(text, slots) for text in catalog.identity.states),
        tuple(compile_template(text, slots) for text in catalog.identity.years),
        tuple(figures),
        tuple(_compile_table(table, catalog, slots) for table in catalog.tables),
        tuple(
            CompiledRule(
                rule.rule,
                rule.counts_up,
                tuple(compile_template(text, slots) for text in rule.patterns),
            )
            for rule in catalog.rules
        ),
        re.compile(rf" (?P<n>{numbers.expressions['count']})$"),
        by_kind,
    )


def compile_template(text: str, slots: SlotGrammar) -> CompiledTemplate:
    """Compile one template; it must hold some words."""
    parts = read_template(text, slots=_SLOTS)
    words = [
        (index, canonical_words(p.text)) for index, p in enumerate(parts) if isinstance(p, Words)
    ]
    index, anchor = max(words, key=lambda entry: len(entry[1]))
    before = sum(_width(part, slots) for part in parts[:index])
    after = sum(_width(part, slots) for part in parts[index + 1 :])
    opens = "" if words[0][0] == 0 and not words[0][1][0].isalnum() else "(?<![a-z0-9])"
    regex = re.compile(f"{opens}{_regex(parts, slots)}(?![a-z0-9])")
    leads_in, leads_out = _beside_figure(parts, slots)
    # One character more behind the template lets the last assertion see its neighbour.
    return CompiledTemplate(text, anchor, before, after + 1, regex, leads_in, leads_out)


def _beside_figure(
    parts: tuple[Part, ...], slots: SlotGrammar
) -> tuple[str, re.Pattern[str] | None]:
    if Slot("n") not in parts:
        return "", None
    figure = parts.index(Slot("n"))
    words = parts[figure - 1]
    assert isinstance(words, Words), "the catalog demands words right before a figure"
    behind = parts[figure + 1 :]
    if behind and isinstance(behind[0], Words):
        # Damage to the figure reaches the word beside it; enough words are left without that one.
        rest = canonical_words(behind[0].text).lstrip().partition(" ")[2]
        behind = (Words(rest), *behind[1:]) if len(rest) >= _ENOUGH_BEHIND else behind
    regex = re.compile(rf"\b{_regex(behind, slots)}(?![a-z0-9])") if behind else None
    return canonical_words(words.text), regex


def _compile_table(table: Table, catalog: Catalog, slots: SlotGrammar) -> CompiledTable:
    rows = []
    for row in table.rows:
        series = next(s for s in catalog.metric(row.metric).series if s.of == table.of)
        label = re.escape(canonical_words(row.label))
        number = slots.expressions["n"]
        leader = r"(?: ?(?::|\.{2,80}|-))?"
        regex = re.compile(rf" ?(?P<row>{label}{leader} (?P<n>{number}))(?= |$){_ENDS_ROW}")
        rows.append((row.metric, series, regex))
    return CompiledTable(table, compile_template(table.header, slots), tuple(rows))


def _slot_grammar(number: str, by_name: dict[str, Jurisdiction]) -> SlotGrammar:
    names = "|".join(re.escape(name) for name in sorted(by_name, key=len, reverse=True))
    expressions = {
        "n": number,
        "state": rf"(?:the )?(?P<state>{names})",
        "name": r"(?:the )?(?P<name>[a-z][a-z .,'&]{0,58}?[a-z.])",
        "year": r"(?P<year>(?:19|20)[0-9]{2})",
        "i": r"[0-9]{1,4}",
        "url": r"[^\s()<>]{1,300}",
    }
    longest = max(len(name) for name in by_name)
    widths = {
        "n": MAX_FIGURE_WIDTH,
        "state": longest + 4,
        "name": 64,
        "year": 4,
        "i": 4,
        "url": 300,
    }
    return SlotGrammar(expressions, widths)


def _regex(parts: tuple[Part, ...], slots: SlotGrammar) -> str:
    written = []
    for part in parts:
        match part:
            case Words(text):
                written.append(re.escape(canonical_words(text)))
            case Slot("n"):
                written.append(f"(?P<n>{slots.expressions['n']})")
            case Slot(name):
                written.append(f"(?:{slots.expressions[name]})")
            case Choice(options):
                written.append(f"(?:{'|'.join(_regex(option, slots) for option in options)})")
    return "".join(written)


def _width(part: Part, slots: SlotGrammar) -> int:
    match part:
        case Words(text):
            return len(canonical_words(text))
        case Slot(name):
            return slots.widths[name]
        case Choice(options):
            return max(sum(_width(inner, slots) for inner in option) for option in options)
