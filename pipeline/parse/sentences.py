"""Sentences: where the text around a statement begins and ends.

Reads a canonical text, gives the bounds of the sentence or line at a place. A line break ends a
sentence only where a blank line stands and the next word does not begin with a small letter: the
sheets break pages within sentences ("to address running / behavior").
"""

from __future__ import annotations

import re
from bisect import bisect_right

from pipeline.model import Span
from pipeline.sheets.normalize import Canonical

# What may end a sentence, with the closing marks behind it, and what certainly breaks a line.
_MARK = re.compile(r"[.!?][\"')]*(?=\s)|\n")
# A full stop behind a single letter ("U.S.", "D.C.") ends no sentence.
_INITIAL = re.compile(r"[ .(][a-z]\.")
_BREAK = r"(?:\r\n|(?!\r\n)[\n\r\v\x85\u2028])"
_BLANK_LINE = re.compile(rf"{_BREAK}[^\S\r\n]*{_BREAK}|[\f\u2029]")


class Sentences:
    """The sentence bounds of one canonical text."""

    def __init__(self, canonical: Canonical) -> None:
        self._canonical = canonical
        self._starts = [0, *self._boundaries()]

    def around(self, span: Span) -> Span:
        """The sentence that holds ``span``, or the stretch of sentences if it crosses bounds."""
        text = self._canonical.text
        first = self._starts[bisect_right(self._starts, span.start) - 1]
        following = bisect_right(self._starts, span.end - 1)
        last = self._starts[following] if following < len(self._starts) else len(text)
        return Span(
            first + len(text[first:last]) - len(text[first:last].lstrip()),
            first + len(text[first:last].rstrip()),
        )

    def _boundaries(self) -> list[int]:
        canonical, text = self._canonical, self._canonical.text
        boundaries = []
        for mark in _MARK.finditer(text):
            start, following = mark.span()
            is_break = text[start] == "\n"
            if not is_break:
                if text[start] == "." and _INITIAL.match(text, max(0, start - 2)):
                    continue
                following += 1
            if start > 0 and following < len(text):
                raw_next = canonical.raw_start(following)
                if canonical.raw[raw_next].islower():
                    continue
                if not is_break or self._blank_line_before(start, raw_next):
                    boundaries.append(following)
        return boundaries

    def _blank_line_before(self, line_break: int, raw_next: int) -> bool:
        raw_last = self._canonical.raw_span(line_break - 1, line_break).end
        return _BLANK_LINE.search(self._canonical.raw, raw_last, raw_next) is not None
