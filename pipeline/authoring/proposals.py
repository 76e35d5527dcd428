"""Proposals: for each sentence that the catalog does not know, the entries that would read it.

Reads a parsed sheet, gives entries of the catalog ready to paste. The words, the slots and the
year are the sheet's; what a figure means only an author can say, so every entry is to be read and
completed before it is kept. A sentence or a rule is proposed only if it loads and reads the words
that it was made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.authoring.surroundings import (
    PrintedFigure,
    Surroundings,
    content_words,
    nouns,
    singular,
)
from pipeline.catalog.schema import Kind, Metric
from pipeline.catalog.templates import slots_of
from pipeline.catalog.wording import Of, Rule, Sentence
from pipeline.model import Numeral, Span
from pipeline.parse.patterns import Wordings, compile_rule, compile_sentence
from pipeline.parse.prose import Prose, prose_of
from pipeline.parse.sheet import ParsedSheet
from pipeline.parse.statements import match_sentences, whole_sentences
from pipeline.parse.tables import read_tables
from pipeline.sheets.normalize import Canonical, canonical_words
from pipeline.sheets.number_words import EVERYDAY_WORDS

_LIKENESS = 0.45
"""Share of words in common from which a known sentence is named as the nearest."""
_RULE_WORDS = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an author may paste for one sentence, row or numeral that nothing accounts for.

    ``sentence`` is an entry for sentences.yml, in whose slots stand the metrics of the sentence
    ``nearest`` or those of ``metrics``, which are entries for metrics.yml; ``row`` one of the rows
    of ``table``; ``rule`` one for ignored.yml, if the numeral is no figure. Each is None, or empty,
    where there is no such entry.
    """

    printed: str
    quote: str
    nearest: str | None = None
    sentence: dict[str, Any] | None = None
    metrics: tuple[dict[str, Any], ...] = ()
    table: str | None = None
    row: dict[str, Any] | None = None
    rule: dict[str, Any] | None = None


def propose(sheet: ParsedSheet, canonical: Canonical, wordings: Wordings) -> list[Proposal]:
    """A proposal for each sentence and row that holds a numeral which nothing accounts for.

    None for a sheet that does not name its state and year: they are slots of every wording.
    """
    if sheet.year is None or sheet.jurisdiction is None:
        return []
    return list(_Author(sheet, prose_of(canonical, wordings)).proposals())


def as_yaml(entry: dict[str, Any], *, indent: int = 0) -> str:
    """An entry of a list, written as in the catalog's files and indented to its place there."""
    text = yaml.safe_dump(
        [entry], sort_keys=False, default_flow_style=None, allow_unicode=True, width=10**6
    )
    return "".join(f"{' ' * indent}{line}\n" for line in text.splitlines())


class _Author:
    """Looks at one sheet and writes its proposals."""

    def __init__(self, sheet: ParsedSheet, prose: Prose) -> None:
        self._sheet = sheet
        self._prose = prose
        self._wordings = prose.wordings
        self._text = Surroundings(sheet, prose)
        self._printed = {(s.metric, s.of) for s in sheet.statements} | set(sheet.absent)
        self._taken = {metric.metric for metric in self._wordings.catalog.metrics}
        self._sentences = {one.sentence for one in self._wordings.catalog.sentences}

    def proposals(self) -> Iterator[Proposal]:
        """One for each row and sentence, in the order of the sheet."""
        whole, _ = whole_sentences(match_sentences(self._prose), self._sheet.year)
        tables = read_tables(whole, self._prose, self._sheet.year)
        rows = [(table.table, span) for table in tables for span, _ in table.problems]
        done, awaits_rows = -1, False
        for numeral in self._sheet.numerals:
            place = self._text.place(numeral)
            if numeral.disposition != "unaccounted" or place is None or place.start < done:
                continue
            in_canonical = self._prose.canonical_span(*place)
            row = next((one for one in rows if one[1].contains(in_canonical)), None)
            if row is not None:
                yield self._of_row(numeral, *row)
                done = place.end
                continue
            sentence = self._text.around(place)
            if awaits_rows and self._is_row(sentence):
                continue  # read as soon as the sentence before its table is
            proposal = self._of_sentence(numeral, place, sentence)
            yield proposal
            awaits_rows |= proposal.sentence is not None and "tables" in proposal.sentence
            done = sentence.end

    def _is_row(self, line: Span) -> bool:
        tables = self._wordings.tables.values()
        labels = (label for table in tables for label, _ in table.labels)
        return any(self._prose.flat.startswith(label, line.start) for label in labels)

    def _of_row(self, numeral: Numeral, table: str, line: Span) -> Proposal:
        words = self._text.words(line, is_canonical=True)
        label = re.sub(r"[\s:.|-]*(?<![\w,])[\d<>~][\d.,]*\s*%?$", "", words).strip()
        number = words[len(label) :].strip(" :.|-\t")
        figure = self._wordings.numbers.read(canonical_words(number), "count")
        if figure is None or not canonical_words(label) or re.search("[0-9]", label):
            return Proposal(numeral.printed, words)
        of = self._wordings.catalog.table(table).of
        metric = self._metric("count", of, nouns(label), words, int(figure.value))
        row = {"metric": metric["metric"], "label": label}
        return Proposal(number, words, metrics=(metric,), table=table, row=row)

    def _of_sentence(self, numeral: Numeral, place: Span, sentence: Span) -> Proposal:
        quote = " ".join(self._text.words(sentence).split())
        figures = list(self._text.figures(sentence))
        rule = self._rule(place, sentence, figures)
        printed = ", ".join(" ".join(self._text.words(figure.span).split()) for figure in figures)
        nearest = self._nearest(sentence, figures)
        if nearest is not None:
            measured = self._wordings.catalog.measured
            slots, metrics = [slot for slot in slots_of(nearest.text) if measured(slot)], []
        else:
            of: Of = "state" if any(True for _ in self._text.states(sentence)) else "US"
            edges = [sentence.start, *(edge for one in figures for edge in one.span), sentence.end]
            gaps = [Span(*gap) for gap in zip(edges[::2], edges[1::2], strict=True)]
            metrics = [
                self._new_metric(figure, before, behind, of, quote)
                for figure, (before, behind) in zip(figures, pairwise(gaps), strict=True)
            ]
            slots = [metric["metric"] for metric in metrics]
        text = self._template(sentence, figures, slots)
        if not figures or text is None:
            return Proposal(numeral.printed, quote, rule=rule)
        name = nearest.sentence if nearest else metrics[0]["metric"]
        entry = {"sentence": self._free(f"{name}_{self._sheet.year}" if nearest else name, self._sentences),
                 "years": [self._sheet.year, None], "text": text}  # fmt: skip
        if nearest is not None and nearest.tables:
            entry["tables"] = [*nearest.tables]
        if not self._reads(entry, metrics, sentence):
            return Proposal(numeral.printed, quote, rule=rule)
        return Proposal(
            printed, quote, nearest.sentence if nearest else None, entry, tuple(metrics), rule=rule
        )

    def _reads(self, entry: dict[str, Any], metrics: list[dict[str, Any]], place: Span) -> bool:
        """Whether the sentence, with its new metrics, loads and accounts for all of its numerals."""
        try:
            own = Sentence.model_validate(entry)
            new = tuple(Metric.model_validate(metric) for metric in metrics)
        except ValidationError:
            return False
        catalog = self._wordings.catalog
        catalog = catalog.model_copy(update={"metrics": (*catalog.metrics, *new)})
        words = replace(
            self._wordings, catalog=catalog, sentences=(compile_sentence(own, catalog),)
        )
        whole = self._prose.canonical_span(*place)
        read = {
            span
            for match in match_sentences(replace(self._prose, wordings=words))
            if match.problem is None and whole.contains(match.context)
            for span in (match.year_span, *(capture.span for capture in match.captures))
            if span is not None
        }
        numerals = [
            self._prose.canonical_span(*one)
            for one in self._text.unaccounted()
            if place.contains(one)
        ]
        return all(any(span.contains(one) for span in read) for one in numerals)

    def _nearest(self, sentence: Span, figures: list[PrintedFigure]) -> Sentence | None:
        """The sentence most like the words, of those with as many figures, not all printed yet."""
        words = content_words(sentence.of(self._prose.flat))
        best, likeness = None, _LIKENESS
        for known in self._wordings.catalog.sentences:
            measured = [self._wordings.catalog.measured(slot) for slot in slots_of(known.text)]
            series = [one for one in measured if one is not None]
            kinds = [metric.kind for metric, _ in series]
            printed = {(metric.metric, one.of) for metric, one in series}
            if kinds != [figure.kind for figure in figures] or printed <= self._printed:
                continue
            own = content_words(known.text)
            alike = 2 * len(words & own) / (len(words) + len(own)) if own else 0.0
            if alike > likeness:
                best, likeness = known, alike
        return best

    def _template(
        self, sentence: Span, figures: list[PrintedFigure], slots: list[str]
    ) -> str | None:
        """The sentence with slots in place of its figures, and of the first year and state."""
        places: list[tuple[Span, str]] = [
            (figure.span, f"{{{slot}}}") for figure, slot in zip(figures, slots, strict=True)
        ]
        year = re.search(str(self._sheet.year), sentence.of(self._prose.flat))
        if year:
            span = Span(sentence.start + year.start(), sentence.start + year.end())
            places.append((span, "{year}"))
        places += [(span, "{state}") for span in islice(self._text.states(sentence), 1)]
        places.sort()
        if any(one.overlaps(other) for (one, _), (other, _) in pairwise(places)):
            return None
        written, done = [], sentence.start
        for span, slot in places:
            written += [self._text.words(Span(done, span.start)), slot]
            done = span.end
        text = "".join([*written, self._text.words(Span(done, sentence.end))])
        return " ".join(text.split()).strip("\"' ")

    def _new_metric(
        self, figure: PrintedFigure, before: Span, behind: Span, of: Of, quote: str
    ) -> dict[str, Any]:
        flat = self._prose.flat
        words = nouns(behind.of(flat))[:3] + nouns(before.of(flat))[-1:]
        read = self._wordings.numbers.read(figure.span.of(flat), figure.kind)
        assert read is not None, "a figure is what could be read"
        return self._metric(figure.kind, of, words, quote, int(read.upper or read.value))

    def _metric(
        self, kind: Kind, of: Of, words: list[str], quote: str, value: int
    ) -> dict[str, Any]:
        """A metric of its own for a figure; an author completes what it means."""
        name = re.sub("[^a-z0-9_]", "", "_".join(words[:4])).lstrip("0123456789_") or "figure"
        name = self._free(name, self._taken)
        bounds = {"count": [0, 10 ** (len(str(value)) + 2)], "share": [0, 100], "one_in": [2, 100]}
        return {
            "metric": name,
            "title": name.replace("_", " ").capitalize(),
            "definition": f"As the sheets print it: {quote}",
            "program": self._wordings.catalog.metrics[0].program,
            "unit": "percent" if kind == "share" else singular(words[0]) if words else "figure",
            "kind": kind,
            "period": "calendar_year",
            "series": [{"of": of, "presence": "optional", "bounds": bounds[kind]}],
        }

    @staticmethod
    def _free(name: str, taken: set[str]) -> str:
        """A name that no entry has, now or in an earlier proposal."""
        number, free = 2, name
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        taken.add(free)
        return free

    def _rule(
        self, place: Span, sentence: Span, figures: list[PrintedFigure]
    ) -> dict[str, Any] | None:
        """A rule where the numeral looks like no figure: malformed, in brackets, a year, a word."""
        flat = self._prose.flat
        printed = place.of(flat)
        is_year = re.fullmatch(r"(?:19|20)[0-9]{2}", printed) is not None
        plain = figures and flat[place.start - 1 : place.start] != "("
        if plain and not is_year and printed not in EVERYDAY_WORDS:
            return None
        slot = "{any_year}" if is_year else re.sub(r"(?<![0-9])[0-9]{1,4}(?![0-9])", "{i}", printed)
        if flat[place.start - 1 : place.start] == "(" and flat[place.end : place.end + 1] == ")":
            slot, place = f"({slot})", Span(place.start - 1, place.end + 1)
        before = self._text.words(Span(sentence.start, place.start)).split()[-_RULE_WORDS:]
        behind = self._text.words(Span(place.end, sentence.end)).split()[:_RULE_WORDS]
        edges = flat[place.start - 1 : place.start], flat[place.end : place.end + 1]
        left, right = ("" if edge in " \n" else "\0" for edge in edges)
        for words in ([], behind):
            text = " ".join([*before, f"{left}{slot}{right if words else ''}", *words])
            text = re.sub(r" ?\0 ?", "", text).strip(" ,;:\"'").removesuffix(".")
            names = re.findall("[a-z]{2,}", text.replace(slot, "").lower())
            entry = {
                "rule": "_".join(names[:4]) or "numeral",
                "reason": f"In {text!r} the numeral counts nothing.",
                "patterns": [text],
            }
            if self._explains(entry, place):
                return entry
        return None

    def _explains(self, entry: dict[str, Any], place: Span) -> bool:
        """Whether the rule loads, has words that say something, and explains this numeral alone."""
        (text,) = entry["patterns"]
        if not content_words(text):
            return False
        try:
            rule = compile_rule(Rule.model_validate(entry))
        except ValidationError:
            return False
        matches = (m for t in rule.templates for m in t.find(self._prose.flat, self._prose.text))
        spans = [span for match in matches if (span := Span(*match.span())).contains(place)]
        return bool(spans) and not any(
            span.contains(other) and not other.overlaps(place)
            for span in spans
            for other in self._text.unaccounted()
        )
