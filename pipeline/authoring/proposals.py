"""Proposals: for what a sheet leaves unaccounted, the entries that would account for it.

Reads a parsed sheet and its canonical text, gives entries of the catalog ready to paste. The
words, the slots and the year are the sheet's; what the figure means only an author can say, so
every entry is to be read and completed before it is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from pipeline.authoring.passages import FoundFigure, Passages
from pipeline.catalog.schema import Kind, Metric, Of, Series
from pipeline.model import Numeral, Span
from pipeline.parse.patterns import Wordings
from pipeline.parse.sheet import ParsedSheet
from pipeline.parse.statements import UnknownRow, capture_tables
from pipeline.sheets.normalize import Canonical, canonical_words

_LIKENESS = 0.45
"""Share of words in common from which a known metric is named as the nearest."""
_PLAIN = frozenset(
    {"about", "all", "also", "among", "an", "and", "are", "as", "at", "been", "between", "by",
     "during", "for", "from", "had", "has", "have", "in", "into", "including", "is", "it", "its",
     "more", "of", "on", "or", "other", "over", "than", "that", "the", "their", "them", "these",
     "they", "this", "those", "through", "to", "was", "were", "which", "who", "whom", "with"}
)  # fmt: skip
"""Words that join others and say nothing of what is counted."""
_EVERYDAY = frozenset({"no", "one"})
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an author may paste for one unaccounted figure or numeral.

    ``pattern`` is one more wording for the metric ``nearest``, ``metric`` a metric of its own,
    ``row`` the row of ``table`` that goes with it, ``rule`` what explains the numeral if it is no
    figure. Each is None where there is no such entry.
    """

    printed: str
    quote: str
    nearest: tuple[str, Of] | None = None
    pattern: dict[str, Any] | None = None
    metric: dict[str, Any] | None = None
    table: str | None = None
    row: dict[str, Any] | None = None
    rule: dict[str, Any] | None = None


def propose(sheet: ParsedSheet, canonical: Canonical, wordings: Wordings) -> list[Proposal]:
    """A proposal for each figure that the sheet prints and the catalog does not know.

    None for a sheet that does not name its state and year: they are slots of every wording.
    """
    if sheet.year is None or sheet.jurisdiction is None:
        return []
    return _Author(sheet, canonical, wordings).proposals()


def as_yaml(entry: dict[str, Any], *, indent: int = 0) -> str:
    """An entry of a list, written as in the catalog's files and indented to its place there."""
    text = yaml.safe_dump(
        [entry], sort_keys=False, default_flow_style=None, allow_unicode=True, width=10**6
    )
    return "".join(f"{' ' * indent}{line}\n" for line in text.splitlines())


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure that wants a metric: ``words`` are its template, or its label in a table."""

    kind: Kind
    of: Of
    words: str
    printed: str
    quote: str
    span: Span


class _Author:
    """Looks at one sheet and writes its proposals."""

    def __init__(self, sheet: ParsedSheet, canonical: Canonical, wordings: Wordings) -> None:
        self._sheet = sheet
        self._canonical = canonical
        self._wordings = wordings
        self._passages = Passages(canonical, sheet, wordings)
        self._printed = {(s.metric, s.of) for s in sheet.statements}
        self._taken = {metric.metric for metric in wordings.catalog.metrics}

    def proposals(self) -> list[Proposal]:
        """One for each figure, in the order of the sheet; a figure may hold two numerals."""
        _, unknown = capture_tables(self._canonical, self._wordings, self._sheet.year)
        flat, read = self._canonical.flat, self._wordings.numbers.read
        rows = [row for row in unknown if read(row.number.of(flat)) is not None]
        found = []
        done = -1
        for numeral in self._sheet.numerals:
            span = self._passages.place(numeral)
            if numeral.disposition != "unaccounted" or span.start < done:
                continue
            row = next((row for row in rows if row.number.contains(span)), None)
            figure = self._passages.figure(span)
            if row is not None:
                found.append(self._of_row(row))
                done = row.number.end
            else:
                found.append(self._of_sentence(numeral, span, figure))
                done = figure.span.end if figure else span.end
        return found

    def _of_row(self, row: UnknownRow) -> Proposal:
        label = self._passages.words(Span(row.span.start, row.number.start)).strip(" \n\t:.|-")
        printed = self._passages.words(row.number)
        quote = f"{label} {printed}"
        table = next(t for t in self._wordings.catalog.tables if t.table == row.table)
        metric = self._metric(_Figure("count", table.of, label, printed, quote, row.number), None)
        entry = {"metric": metric["metric"], "label": label}
        return Proposal(printed, quote, metric=metric, table=row.table, row=entry)

    def _of_sentence(self, numeral: Numeral, span: Span, found: FoundFigure | None) -> Proposal:
        sentence = self._passages.sentence(span)
        quote = " ".join(self._passages.words(sentence).split())
        rule = self._rule(numeral, span, found)
        template = self._passages.template(found) if found else None
        if found is None or template is None:
            return Proposal(numeral.printed, quote, rule=rule)
        of: Of = "state" if self._passages.names_state(sentence) else "US"
        pattern = {"years": [self._sheet.year, None], "text": template}
        printed = self._passages.words(found.span)
        figure = _Figure(found.kind, of, template, printed, quote, found.span)
        return Proposal(
            printed,
            quote,
            nearest=self._nearest(figure),
            pattern=pattern,
            metric=self._metric(figure, pattern),
            rule=rule,
        )

    def _nearest(self, figure: _Figure) -> tuple[str, Of] | None:
        """The series most like the words among those that the sheet does not print yet."""
        words = _content(figure.words)
        best: tuple[str, Of] | None = None
        likeness = _LIKENESS
        for metric, series in self._wordings.catalog.series():
            if metric.kind != figure.kind or series.of != figure.of:
                continue
            known = max(_likeness(words, own) for own in _wordings_of(metric, series))
            if known > likeness and (metric.metric, series.of) not in self._printed:
                best, likeness = (metric.metric, series.of), known
        return best

    def _metric(self, figure: _Figure, pattern: dict[str, Any] | None) -> dict[str, Any]:
        """A metric of its own for the figure; an author completes what it means."""
        before, _, behind = figure.words.rpartition("{n}")
        nouns = _spoken(behind)[:3] + _spoken(before)[-1:]
        name = self._free("_".join(nouns))
        series = {"of": figure.of, "presence": "optional", "bounds": self._bounds(figure)}
        noun = _singular(nouns[0]) if nouns else "figure"
        return {
            "metric": name,
            "title": name.replace("_", " ").capitalize(),
            "definition": f"As the sheets print it: {figure.quote}",
            "program": self._program(figure.span),
            "unit": "percent" if figure.kind == "share" else noun,
            "kind": figure.kind,
            "period": "calendar_year",
            "series": [{**series, "patterns": [pattern]} if pattern else series],
        }

    def _free(self, name: str) -> str:
        """An id that no metric has, now or in an earlier proposal."""
        name = re.sub("[^a-z0-9_]", "", name).lstrip("0123456789_") or "figure"
        number, free = 2, name
        while free in self._taken:
            free, number = f"{name}_{number}", number + 1
        self._taken.add(free)
        return free

    def _bounds(self, figure: _Figure) -> list[int]:
        """For a count a hundred times as much as is printed, and then the next round number."""
        if figure.kind != "count":
            return [0, 100] if figure.kind == "share" else [2, 100]
        read = self._wordings.numbers.read(canonical_words(figure.printed))
        assert read is not None, figure.printed
        return [0, 10 ** (len(str(int(read.upper or read.value))) + 2)]

    def _program(self, span: Span) -> str:
        """The program of the figure that stands before, as the sheets go by program."""
        catalog = self._wordings.catalog
        place = self._canonical.raw_span(span.start, span.end)
        before = [s.metric for s in self._sheet.statements if s.printed_span < place]
        return catalog.metric(before[-1]).program if before else catalog.metrics[0].program

    def _rule(
        self, numeral: Numeral, span: Span, figure: FoundFigure | None
    ) -> dict[str, Any] | None:
        """A rule where the numeral looks like no figure: malformed, in brackets, a year, a word."""
        flat = self._canonical.flat
        if re.search(r"[0-9] ?$", flat[: span.start][-2:]) or re.match(
            " ?[0-9]", flat[span.end :][:2]
        ):
            return None  # a number in two pieces ("8 597") is more likely a figure than none
        bracketed = flat[max(0, span.start - 1) : span.start] == "("
        everyday = numeral.printed.lower() in _EVERYDAY
        if figure and not bracketed and not everyday and not _YEAR.fullmatch(span.of(flat)):
            return None
        text = self._passages.rule(span)
        if text is None:
            return None
        name = "_".join(_letters(text)[:4]) or "numeral"
        reason = f"In {text!r} the numeral counts nothing."
        return {"rule": name, "reason": reason, "patterns": [text]}


def _wordings_of(metric: Metric, series: Series) -> list[frozenset[str]]:
    return [*(_content(pattern.text) for pattern in series.patterns), _content(metric.title)]


def _content(text: str) -> frozenset[str]:
    """The words of a template that carry meaning, in the singular."""
    return frozenset(_singular(word) for word in _letters(text) if word not in _PLAIN)


def _spoken(text: str) -> list[str]:
    return [word for word in _letters(text) if word not in _PLAIN]


def _letters(text: str) -> list[str]:
    spelled = re.sub(r"\{\w+\}|\[s\]", "", text).replace("|", " ").lower()
    return re.findall(r"[a-z]{2,}", spelled.replace("'s", ""))


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Twice the words in common by all words of both."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0
