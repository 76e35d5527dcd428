"""Where the numerals of a sheet stand: the sentences around them, figures, and the state's name.

Reads a parsed sheet with its prose, gives stretches of the prose, their words as printed, and which
of those carry meaning. What to propose for them is not known here.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.catalog.schema import Kind
from pipeline.model import Numeral, Span
from pipeline.parse.prose import BEGINNING, Prose, sentence_end
from pipeline.parse.sheet import ParsedSheet
from pipeline.sheets.normalize import canonical_words

_KINDS: tuple[Kind, ...] = ("one_in", "share", "count")
_WIDEST = 6
"""No figure has more words before or behind its numeral than this."""
_NEAR = 400
"""No sentence reaches this many characters before or behind one of its numerals."""


@dataclass(frozen=True, slots=True)
class PrintedFigure:
    """A well-formed figure: where it stands in the prose, and its kind."""

    span: Span
    kind: Kind


class Surroundings:
    """One sheet, asked for what stands around its numerals; spans are of its prose."""

    def __init__(self, sheet: ParsedSheet, prose: Prose) -> None:
        self._sheet = sheet
        self._prose = prose
        self._places = [prose.canonical.raw_start(i) for i in range(len(prose.canonical.text))]

    def unaccounted(self) -> Iterator[Span]:
        """Where the numerals stand that nothing accounts for."""
        for numeral in self._sheet.numerals:
            place = self.place(numeral) if numeral.disposition == "unaccounted" else None
            if place is not None:
                yield place

    def place(self, numeral: Numeral) -> Span | None:
        """Where a numeral of the ledger stands in the prose; None if it was cut out of it."""
        start = self._prose.offset_of(bisect_left(self._places, numeral.span.start))
        if start is None:
            return None
        return Span(start, start + max(1, len(canonical_words(numeral.printed).strip())))

    def around(self, place: Span) -> Span:
        """The sentence around a numeral; a state's name may hold full stops: U.S. Virgin Islands."""
        near = Span(max(0, place.start - _NEAR), place.end + _NEAR)
        names = [*self.states(near)]
        start = 0
        for mark in BEGINNING.finditer(self._prose.text, 0, place.start):
            if not any(name.start < mark.end() < name.end for name in names):
                start = mark.end()
        end = max(place.end, sentence_end(self._prose, place.end))
        for name in names:
            if name.start < end < name.end:
                end = sentence_end(self._prose, name.end)
        return Span(start, end)

    def figures(self, sentence: Span) -> Iterator[PrintedFigure]:
        """The well-formed figures around the numerals of a sentence."""
        done = sentence.start
        for numeral in self._sheet.numerals:
            place = self.place(numeral)
            if place is None or not done <= place.start < sentence.end:
                continue
            if numeral.disposition == "explained" or self._is_year(place):
                continue
            figure = self._figure(place, Span(done, sentence.end))
            if figure is not None:
                yield figure
                done = figure.span.end

    def _figure(self, place: Span, within: Span) -> PrintedFigure | None:
        """The longest figure that holds a numeral."""
        flat = self._prose.flat
        starts = [m.start() for m in re.finditer(r"\S+", flat[within.start : place.start + 1])]
        ends = [m.end() for m in re.finditer(r"[^\s]+", flat[place.start : within.end])]
        for start in (within.start + one for one in starts[-_WIDEST:]):
            for end in (place.start + one for one in reversed(ends[:_WIDEST])):
                word = flat[start:end].rstrip(".,;:!?\"')")
                bare = word if word.count("(") == word.count(")") else word + ")"
                for kind in _KINDS:
                    if start + len(bare) >= place.end and self._prose.wordings.numbers.read(
                        bare, kind
                    ):
                        return PrintedFigure(Span(start, start + len(bare)), kind)
        return None

    def states(self, sentence: Span) -> Iterator[Span]:
        """Where the sheet's own jurisdiction is named; the longest name of each place."""
        flat = self._prose.flat
        own = [
            canonical_words(name)
            for jurisdiction in self._prose.wordings.catalog.jurisdictions
            if jurisdiction.jurisdiction == self._sheet.jurisdiction
            for name in jurisdiction.names
        ]
        names = "|".join(re.escape(name) for name in sorted(own, key=len, reverse=True))
        for match in re.finditer(
            rf"(?<![a-z0-9])(?:the )?(?:{names})(?![a-z0-9])", flat[slice(*sentence)]
        ):
            yield Span(sentence.start + match.start(), sentence.start + match.end())

    def _is_year(self, place: Span) -> bool:
        return place.of(self._prose.flat) == str(self._sheet.year)

    def words(self, span: Span, *, is_canonical: bool = False) -> str:
        """Text as the sheet prints it: letter case and hyphens, no markup; canonical where unsure."""
        if span.start >= span.end:
            return ""
        canonical = self._prose.canonical
        place = span if is_canonical else self._prose.canonical_span(*span)
        raw = canonical.raw_span(*place).of(canonical.raw)
        shown = re.sub(r"[*_`]+|\\(?=[^\w\s])", "", raw)
        own = place.of(canonical.flat) if is_canonical else self._prose.flat[slice(*span)]
        lead = " " if own.startswith(" ") else ""
        tail = " " if own.endswith(" ") and len(own) > 1 else ""
        shown = f"{lead}{' '.join(shown.split())}{tail}"
        return shown if canonical_words(shown).split() == own.split() else own


_PLAIN = frozenset([
    "about", "all", "also", "among", "an", "and", "are", "as", "at", "been", "between", "by",
    "during", "for", "from", "had", "has", "have", "in", "into", "including", "is", "it", "its",
    "more", "of", "on", "or", "other", "over", "than", "that", "the", "their", "them", "these",
    "they", "this", "those", "through", "to", "was", "were", "which", "who", "whom", "with",
    "ncmec", "year", "state"
])  # fmt: skip
"""Words that join others and say nothing of what is counted."""


def content_words(text: str) -> frozenset[str]:
    """The words of a sentence or template that carry meaning, in the singular."""
    return frozenset(map(singular, nouns(text)))


def nouns(text: str) -> list[str]:
    """The words of a sentence or template that carry meaning, in their order."""
    spelled = re.sub(r"\{[\w:]+\}|\[s\]", "", text).replace("|", " ").lower()
    words: list[str] = re.findall(r"[a-z]{2,}", spelled.replace("'s", ""))
    return [word for word in words if word not in _PLAIN]


def singular(word: str) -> str:
    """A word without the ending of its plural."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes", "zzes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
