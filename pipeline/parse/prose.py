"""The text in which sentences are sought: paragraphs apart, and asides and notes' marks cut out.

Reads canonical text, gives :class:`Prose`. A sentence of the catalog must stand in it from its
first to its last word; so what the catalog allows besides is taken out beforehand, and what was
taken out of a sentence is known by its :class:`Cut`. Which figures the sentences hold is not asked
here.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.model import Span
from pipeline.parse.footnotes import NOTE, Footnote, footnote_marks
from pipeline.parse.patterns import Wordings
from pipeline.sheets.normalize import Canonical

_BREAK = r"(?:\r\n|(?!\r\n)[\n\r\v\x85\u2028])"
_BLANK_LINE = re.compile(rf"{_BREAK}[^\S\r\n]*{_BREAK}|[\f\u2029]")
_NEVER_LAST = frozenset(
    ["a", "an", "and", "at", "by", "each", "every", "for", "from", "in", "neither", "nor", "not", "of", "on", "or", "per", "than", "the", "to", "with"]
)  # fmt: skip
"""Words that end no paragraph and no heading: behind them a sentence goes on, over a page's end too."""
_LOW_WORDS = frozenset({"a", "an", "and", "by", "for", "in", "of", "on", "or", "the", "to", "with"})
_OPENS_SENTENCE = frozenset(
    ["as", "at", "based", "by", "during", "for", "from", "in", "of", "on", "per", "since", "through"]
)  # fmt: skip
_HEADING_WORDS = range(1, 17)
_WHITE_SPACE = re.compile(r"[ \t\r\n\f\v\x85\u2028\u2029]+")
"""White space but that which parts thousands."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of canonical text that is no part of its sentence.

    ``rule`` says what it is in the ledger; ``note`` is what travels with the figures, as printed,
    and ``footnote`` where that stands if the stretch is a mark.
    """

    span: Span
    rule: str
    note: str | None = None
    footnote: Footnote | None = None


@dataclass(frozen=True, slots=True)
class Prose:
    """Canonical text without what ``wordings`` cut out; line breaks stand at ends of paragraphs alone.

    ``flat`` is the same with spaces alone, ``lines`` with every line break of the canonical text.
    Offsets of all three are the same. ``paragraphs`` is the text with its cuts; its offsets are
    those of the canonical text.
    """

    canonical: Canonical
    wordings: Wordings
    paragraphs: str
    text: str
    flat: str
    lines: str
    cuts: tuple[Cut, ...]
    _starts: list[int]
    _shifts: list[int]

    def canonical_span(self, start: int, end: int) -> Span:
        """The canonical characters that stand behind ``text[start:end]``, which is not empty."""
        return Span(self._canonical(start), self._canonical(end - 1) + 1)

    def offset_of(self, canonical: int) -> int | None:
        """Where a canonical character stands in the prose; None if it was cut out."""
        earlier = bisect_right(self.cuts, canonical, key=lambda cut: cut.span.start)
        if earlier and canonical < self.cuts[earlier - 1].span.end:
            return None
        return canonical - self._shifts[earlier]

    def cuts_within(self, span: Span) -> Iterator[Cut]:
        """The cuts that lie in a stretch of canonical text, or end it."""
        first = bisect_left(self.cuts, span.start, key=lambda cut: cut.span.start)
        for cut in self.cuts[first:]:
            if cut.span.start > span.end:
                return
            yield cut

    def _canonical(self, offset: int) -> int:
        return offset + self._shifts[bisect_right(self._starts, offset)]


def prose_of(canonical: Canonical, wordings: Wordings) -> Prose:
    """The prose of a sheet."""
    ends = tuple(_paragraph_ends(canonical, wordings.leading_in))
    marks = footnote_marks(canonical, frozenset(ends), wordings.asides)
    notes = (
        Cut(mark, "footnote_mark", _printed(canonical, note.words), note) for mark, note in marks
    )
    cuts = _apart([*notes, *_asides(canonical, wordings)])
    flat, done = canonical.flat, 0
    pieces: list[str] = []
    for place in ends:
        pieces += flat[done:place], "\n"
        done = place + 1
    rest = flat[done:]
    paragraphs = "".join((*pieces, f"{rest[:-1]}\n" if rest[-1:] == " " else rest, "\n"))
    starts, shifts = [], [0]
    for cut in cuts:
        starts.append(cut.span.start - shifts[-1])
        shifts.append(shifts[-1] + cut.span.end - cut.span.start)
    return Prose(
        canonical,
        wordings,
        paragraphs,
        _without(cuts, paragraphs),
        _without(cuts, canonical.flat) + " ",
        _without(cuts, canonical.text) + "\n",
        cuts,
        starts,
        shifts,
    )


def _without(cuts: tuple[Cut, ...], text: str) -> str:
    pieces, done = [], 0
    for cut in cuts:
        pieces.append(text[done : cut.span.start])
        done = cut.span.end
    return "".join([*pieces, text[done:]])


def _apart(cuts: list[Cut]) -> tuple[Cut, ...]:
    """The cuts in order, of those that overlap the first and longest."""
    kept: list[Cut] = []
    for cut in sorted(cuts, key=lambda one: (one.span.start, -one.span.end)):
        if not kept or cut.span.start >= kept[-1].span.end:
            kept.append(cut)
    return tuple(kept)


# Paragraphs


def _paragraph_ends(canonical: Canonical, leading_in: frozenset[str]) -> Iterator[int]:
    """The line breaks behind which a new sentence may begin without a mark before it."""
    text, marked = canonical.text, canonical.marked
    line_start = 0
    place = text.find("\n")
    while place >= 0:
        following = place + 1
        line = Span(line_start, place)
        last = _leading_in(canonical, place, leading_in)
        if last and not (following in marked and last in _BETWEEN_ITEMS):
            pass
        elif following in marked or marked.get(line_start, "").startswith("#"):
            yield place
        elif following < len(text):
            raw_start = canonical.raw_start(following)
            raw_next = canonical.raw[raw_start]
            if not (raw_next.islower() or raw_next.isdigit()) and (
                _blank_line_between(canonical, place, raw_start)
                or _is_heading(canonical, line)
                or text[place - 1 : place].isdigit()
                or NOTE.match(text, place)
            ):
                yield place
        line_start = following
        place = text.find("\n", following)


def _blank_line_between(canonical: Canonical, place: int, raw_start: int) -> bool:
    if place == 0:
        return True
    gap = canonical.raw[canonical.raw_span(place - 1, place).end : raw_start]
    return gap == "\n\n" or (gap != "\n" and _BLANK_LINE.search(gap) is not None)


def _leading_in(canonical: Canonical, place: int, leading_in: frozenset[str]) -> str:
    """What at the end of the line that ends at ``place`` leads in to what follows; empty if nothing.

    Words before a figure ("fewer than", "nearly") do; with a capital they are a heading's own.
    """
    near = canonical.text[max(0, place - _LONGEST_WORD) : place]
    last = near[max(near.rfind(" "), near.rfind("\n")) + 1 :]
    if last in _NEVER_LAST or near[-1:] in (",", ";"):
        return last if last in _NEVER_LAST else near[-1]
    leads_in = (
        last in leading_in and canonical.raw[canonical.raw_start(place - len(last))].islower()
    )
    return last if leads_in else ""


_LONGEST_WORD = 24
_BETWEEN_ITEMS = frozenset({",", ";", "and", "or"})


def _is_heading(canonical: Canonical, line: Span) -> bool:
    """Whether a line is set as a heading: a few words, all but the low ones with capitals."""
    if line.start >= line.end:
        return False
    raw = canonical.raw_span(line.start, line.end).of(canonical.raw)
    words = re.findall(r"[A-Za-z][^\s]*", raw)
    if (
        len(words) not in _HEADING_WORDS
        or raw.rstrip()[-1:] in ",;:-"
        or any(map(str.isdigit, raw))
    ):
        return False
    if not words[0][0].isupper() or words[0].lower() in _OPENS_SENTENCE:
        return False
    return all(word[0].isupper() or word.lower() in _LOW_WORDS for word in words)


# Asides


def _asides(canonical: Canonical, wordings: Wordings) -> Iterator[Cut]:
    """What the catalog allows beside a sentence's own words."""
    flat, asides = f"{canonical.flat}\n", wordings.asides  # an aside may end the sheet
    for opening in asides.openings.finditer(flat):
        start = opening.start() - (opening[0] != ", " and flat[opening.start() - 1] == " ")
        for aside in asides.set_off:
            match = aside.regex.match(flat, start)
            if match:
                yield _cut(canonical, Span(*match.span()), aside.name, is_note=aside.note)
                break
    for words, beside in asides.beside:
        if words in flat:
            for match in beside.regex.finditer(flat):
                yield _cut(canonical, Span(*match.span()), beside.name, is_note=beside.note)


def _cut(canonical: Canonical, span: Span, rule: str, *, is_note: bool) -> Cut:
    return Cut(span, rule, _printed(canonical, span).strip(" ,-()") if is_note else None)


def _printed(canonical: Canonical, span: Span) -> str:
    return _WHITE_SPACE.sub(" ", canonical.raw_span(*span).of(canonical.raw)).strip()


def opens_sentence(prose: Prose, start: int) -> bool:
    """Whether nothing stands before ``start`` that could belong to the sentence there."""
    before = prose.text[max(0, start - 200) : start]
    near = max(0, len(before) - _MARKS_AND_ABBREVIATION)
    if _OPENS.search(before, near) or not before.strip():
        return not _ABBREVIATION.search(before, near)
    # A heading in capitals may be broken into two that look like headings.
    return prose.flat.endswith(prose.wordings.headings, 0, start)


_OPENS = re.compile(r"""(?:^|[\n.!?]["')\]]*[ \n]|\n)(?:["'(\[*\u2022]|\* )?$""")
_MARKS_AND_ABBREVIATION = 12
"""No marks between two sentences, and no abbreviation, are longer; so no more is searched."""
_ABBREVIATION = re.compile(
    r"(?:(?:^|[ .(])[a-z]\.|\b(?:approx|avg|ca|cf|dept|e\.g|est|etc|excl|fig|i\.e|inc|incl|no|nos|st|vs)\.) $"
)


def sentence_start(prose: Prose, start: int) -> int:
    """Where the words begin that stand in one sentence with ``start``, at most 160 before it."""
    earliest = max(0, start - 160)
    last = earliest
    for mark in BEGINNING.finditer(prose.text, earliest, start):
        last = mark.end()
    return last


BEGINNING = re.compile(r"""[.!?]["')\]]*[ \n]|\n""")
_ENDING = re.compile(r""" ?[.!?]["')\]]*(?=[ \n])|\n""")


def sentence_end(prose: Prose, end: int) -> int:
    """Where the sentence ends whose words reach up to ``end``: behind its mark."""
    mark = _ENDING.search(prose.text, end)
    assert mark is not None, "prose ends in a line break"
    return mark.end() if mark[0] != "\n" else mark.start()
