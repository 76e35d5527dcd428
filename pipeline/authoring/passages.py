"""Passages of a sheet as templates: a figure's words, with slots in place of the sheet's values.

Reads canonical text and the numerals found in it, gives the template that would capture a figure
or explain a numeral where it stands. Which metric it measures is not asked here.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.catalog.schema import Kind
from pipeline.catalog.templates import (
    TemplateError,
    check_anchored,
    check_figure_in_words,
    check_slots_once,
    read_template,
)
from pipeline.model import Numeral, Span
from pipeline.parse.patterns import Wordings, compile_template
from pipeline.parse.sentences import Sentences
from pipeline.parse.sheet import ParsedSheet
from pipeline.sheets.normalize import Canonical, canonical_words

_WORDS_BEFORE, _WORDS_BEHIND, _RULE_WORDS = 8, 12, 3
_UNPRINTABLE = re.compile(r"[\[\]<>{}|]")
"""Characters that mean something in templates and so cannot be words of them."""
_CLAUSE = re.compile(r"(?P<words>[^,;]*[a-z][^;]*)[,;] ")
_KINDS: tuple[Kind, ...] = ("one_in", "share", "count")
_FIGURE_SLOTS = frozenset({"n", "state", "year", "i"})
_RULE_SLOTS = frozenset({"year", "i"})


@dataclass(frozen=True, slots=True)
class FoundFigure:
    """A well-formed figure: where it stands in the canonical text, and its kind."""

    span: Span
    kind: Kind


class Passages:
    """The passages of one sheet, ready to be made into templates."""

    def __init__(self, canonical: Canonical, sheet: ParsedSheet, wordings: Wordings) -> None:
        self._canonical = canonical
        self._sheet = sheet
        self._wordings = wordings
        length = len(canonical.flat)
        self._raw = [canonical.raw_span(i, i + 1) for i in range(length)]
        self._starts = [span.start for span in self._raw]
        self._sentences = Sentences(canonical)
        self._numerals = [self.place(numeral) for numeral in sheet.numerals]
        self._states = [span for span in self._state_names() if not self._within_numeral(span)]

    def place(self, numeral: Numeral) -> Span:
        """Where a numeral of the ledger stands in the canonical text."""
        start = bisect_left(self._starts, numeral.span.start)
        return Span(start, bisect_left(self._starts, numeral.span.end))

    def sentence(self, span: Span) -> Span:
        """The sentence around a stretch of canonical text."""
        return self._sentences.around(span)

    def names_state(self, span: Span) -> bool:
        """Whether the sheet's own jurisdiction is named there."""
        return any(span.contains(name) for name in self._states)

    def figure(self, numeral: Span) -> FoundFigure | None:
        """The well-formed figure that a numeral belongs to; None if it is none."""
        sentence = self.sentence(numeral)
        for kind in _KINDS:
            expression = self._wordings.slots[kind].expressions["n"]
            regex = re.compile(
                rf"(?<![a-z0-9.,$#~=+*<>-])(?<![0-9] ){expression}(?![a-z0-9])(?! ?[0-9*/]|[.,][0-9])"
            )
            for match in regex.finditer(self._canonical.flat, sentence.start, sentence.end):
                span = Span(*match.span())
                read = self._wordings.numbers.read(span.of(self._canonical.text))
                if span.contains(numeral) and read is not None:
                    return FoundFigure(span, kind)
        return None

    def template(self, figure: FoundFigure) -> str | None:
        """A template that captures the figure where it stands; None if there is no such one."""
        sentence = self.sentence(figure.span)
        earlier = Span(max(0, sentence.start - 120), sentence.end)
        for reach in (sentence, earlier):
            before = self._stretch(figure.span, reach, _WORDS_BEFORE, behind=False)
            behind = self._stretch(figure.span, reach, _WORDS_BEHIND, behind=True)
            text = self._written(before, behind, figure.span, "{n}")
            if _is_pattern(text) and self._captures(text, figure):
                return text
        return None

    def rule(self, numeral: Span) -> str | None:
        """A rule's template that explains the numeral where it stands; None if there is none."""
        sentence = self.sentence(numeral)
        printed = numeral.of(self._canonical.flat)
        slotted = re.sub(r"(?<![0-9])[0-9]{1,4}(?![0-9])", "{i}", printed)
        before = self._stretch(numeral, sentence, _RULE_WORDS, behind=False)
        for words_behind in (_RULE_WORDS,) if printed.isalpha() else (0, _RULE_WORDS):
            behind = self._stretch(numeral, sentence, words_behind, behind=True)
            text = self._written(before, behind, numeral, slotted)
            if self._explains(text, numeral):
                return text
        return None

    def words(self, span: Span) -> str:
        """Canonical text as the sheet prints it: its letter case and hyphens, no markup."""
        flat, raw = self._canonical.flat, self._canonical.raw
        written = []
        for i in range(span.start, span.end):
            here = self._raw[i].of(raw)
            gap = raw[self._raw[i - 1].end : self._raw[i].start] if i > span.start else ""
            if gap == "-" and flat[i - 1].isalpha() and flat[i].isalpha():
                written.append(gap)
            written.append(here if here.lower() == flat[i] else flat[i])
        shown = "".join(written)
        return shown if canonical_words(shown) == span.of(flat) else span.of(flat)

    def _stretch(self, figure: Span, reach: Span, words: int, *, behind: bool) -> Span:
        """The words next to a figure, up to what a template cannot hold."""
        stops = [stop for stop in self._stops(reach) if not figure.overlaps(stop)]
        if behind:
            end = min([s.start for s in stops if s.start >= figure.end], default=reach.end)
            clause = _CLAUSE.match(self._canonical.flat, figure.end, end)
            if clause and end < reach.end:  # the next figure's clause is not this figure's
                end = clause.end("words")
            places = [m.end() for m in re.finditer(r"\S+", self._canonical.flat[figure.end : end])]
            end = figure.end + ([0, *places][min(words, len(places))])
            return Span(figure.end, self._outside_names(end, behind=True))
        start = max([s.end for s in stops if s.end <= figure.start], default=reach.start)
        places = [
            m.start() for m in re.finditer(r"\S+", self._canonical.flat[start : figure.start])
        ]
        if places:
            start += places[-words:][0]
        return Span(self._outside_names(start, behind=False), figure.start)

    def _outside_names(self, place: int, *, behind: bool) -> int:
        """No template begins or ends within a state's name."""
        for name in self._states:
            if name.start < place < name.end:
                return name.start if behind else name.end
        return place

    def _stops(self, reach: Span) -> Iterator[Span]:
        """Numerals, and characters that templates cannot hold as words."""
        for span in self._numerals:
            if reach.overlaps(span) and not self._is_year(span):
                yield span
        for match in _UNPRINTABLE.finditer(self._canonical.flat, reach.start, reach.end):
            yield Span(*match.span())

    def _written(self, before: Span, behind: Span, figure: Span, slot: str) -> str:
        """The template of a stretch; of each slot the place nearest to the figure."""
        slots = [(span, "{year}") for span in self._numerals if self._is_year(span)]
        slots += [(span, "{state}") for span in self._states] if slot == "{n}" else []
        slots.sort(
            key=lambda one: min(abs(one[0].end - figure.start), abs(one[0].start - figure.end))
        )
        chosen: dict[str, Span] = {}
        for span, name in slots:
            if before.contains(span) or behind.contains(span):
                if name in chosen:  # the farther one ends the template
                    if span.end <= figure.start:
                        before = Span(max(before.start, span.end), before.end)
                    else:
                        behind = Span(behind.start, min(behind.end, span.start))
                else:
                    chosen[name] = span
        written = []
        place = before.start
        pieces = [(span, name) for name, span in chosen.items() if before.contains(span) or behind.contains(span)]  # fmt: skip
        for span, name in sorted([*pieces, (figure, slot)]):
            written += [self._between(place, span.start), name]
            place = span.end
        text = "".join([*written, self._between(place, behind.end)])
        return re.sub(
            r"[\s.,;:!?\"')(-]+$", "", re.sub(r"^[\s.,;:!?\"')]+(?=.*[a-zA-Z].*\{)", "", text)
        )

    def _between(self, start: int, end: int) -> str:
        return self.words(Span(start, end)) if start < end else ""

    def _captures(self, text: str, figure: FoundFigure) -> bool:
        template = compile_template(text, self._wordings.slots[figure.kind])
        return any(
            Span(*match.span("n")) == figure.span for match in template.find(self._canonical.flat)
        )

    def _explains(self, text: str, numeral: Span) -> bool:
        try:
            parts = read_template(text, slots=_RULE_SLOTS)
            check_slots_once(text, parts)
        except TemplateError:
            return False
        if not re.search("[a-z]", re.sub(r"\{\w+\}", "", text.lower())):
            return False
        template = compile_template(text, self._wordings.slots["count"])
        return any(
            Span(*match.span()).contains(numeral) for match in template.find(self._canonical.flat)
        )

    def _is_year(self, span: Span) -> bool:
        return span.of(self._canonical.flat) == str(self._sheet.year)

    def _within_numeral(self, span: Span) -> bool:
        return any(numeral.overlaps(span) for numeral in self._numerals)

    def _state_names(self) -> Iterator[Span]:
        names = "|".join(
            re.escape(n) for n in sorted(self._wordings.by_name, key=len, reverse=True)
        )
        for match in re.finditer(
            rf"(?<![a-z0-9])(?:the )?({names})(?![a-z0-9])", self._canonical.flat
        ):
            known = self._wordings.by_name[match[1]]
            if known.jurisdiction == self._sheet.jurisdiction:
                yield Span(*match.span())


def _is_pattern(text: str) -> bool:
    """Whether the language of templates takes the text as a figure's wording."""
    try:
        parts = read_template(text, slots=_FIGURE_SLOTS)
        check_slots_once(text, parts)
        check_anchored(text, parts)
        check_figure_in_words(text, parts)
    except TemplateError:
        return False
    return (
        re.search(
            "[a-z]", text.partition("{n}")[0].lower().replace("{year}", "").replace("{state}", "")
        )
        is not None
    )
