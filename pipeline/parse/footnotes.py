"""Marks of footnotes in a text, each with the note that bears it.

Reads canonical text and the ends of its paragraphs, gives where marks stand and what their notes
say. What a note explains is asked in ``parse.sheet``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.model import Span
from pipeline.parse.patterns import Asides, CompiledAside
from pipeline.sheets.normalize import Canonical

_RAISED = "\u00b9\u00b2\u00b3\u2070\u2074-\u2079"
_MARK = rf"[{_RAISED}]{{1,3}}|\[\^?[0-9{_RAISED}]{{1,2}}\]|\*{{1,3}}|[\u2020\u2021\u00a7]{{1,2}}"
NOTE = re.compile(rf"(?:^|\n)(?P<mark>{_MARK}):? ?(?P<text>[^\s*][^\n]{{1,400}})")


class Footnote(NamedTuple):
    """A note's mark and its words in canonical text, and the aside that they are, if they are one."""

    mark: Span
    words: Span
    aside: CompiledAside | None


def footnote_marks(
    canonical: Canonical, paragraph_ends: frozenset[int], asides: Asides
) -> Iterator[tuple[Span, Footnote]]:
    """Marks behind words or numbers, each with the text of the note that bears it.

    What a note says of another year or month belongs to no figure of this one, unless it is an
    aside of the catalog: its mark stays, and the sentence is not whole.
    """
    text = canonical.text
    if text.isascii() and "*" not in text and "[" not in text:
        return
    notes: dict[str, Footnote] = {}
    for note in NOTE.finditer(text):
        if note["mark"] not in notes:
            words = Span(note.start("text"), _note_end(text, note.start("text"), paragraph_ends))
            aside = asides.that_is(words.of(canonical.flat).strip(" ."))
            notes[note["mark"]] = Footnote(Span(*note.span("mark")), words, aside)
    for mark, footnote in notes.items():
        words = footnote.words
        is_of_this_year = footnote.aside or not _OTHER_PERIOD.search(words.of(text))
        if not is_of_this_year or words.end - words.start > _LONGEST_NOTE:
            continue
        regex = re.compile(rf"(?<=[a-z0-9%.,;:)\"']) ?{re.escape(mark)}(?![a-z0-9*{_RAISED}])")
        for match in regex.finditer(text):
            if not footnote.mark.start <= match.start() < words.end:
                yield Span(*match.span()), footnote


def _note_end(text: str, start: int, paragraph_ends: frozenset[int]) -> int:
    """Where a note ends: with its paragraph, or with a line at whose end a sentence ends."""
    end = text.find("\n", start)
    while 0 <= end <= start + _LONGEST_NOTE:
        if end in paragraph_ends or text[end - 1] in ".!?":
            return end
        end = text.find("\n", end + 1)
    return len(text) if end < 0 else end


_LONGEST_NOTE = 1_000
_PERIOD = r"(?:year|quarter|month|period)s?"
_OTHER_PERIOD = re.compile(
    rf"\b(?:previous|prior|preceding|last|past|following|next)\s(?:[a-z]+\s)?{_PERIOD}\b"
    rf"|\b{_PERIOD}\s(?:ago|before|earlier|later)\b|\bfiscal\b"
)
