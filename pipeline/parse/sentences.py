"""Sentences: where the text around a statement begins and ends.

Reads a canonical text, gives the bounds of the sentence or line at a place. A line break ends a
sentence only where a blank line stands and the next word does not begin with a small letter: the
sheets break pages within sentences ("to address running / behavior").
"""

from __future__ import annotations

import re
from bisect import bisect_right

from pipeline.model import Span
from pipeline.sheets.normalise import Canonical

# A search for single characters is fast; what follows and precedes them is looked at one by one.
_MARK = re.compile(r"[.!?\n]")
_CLOSING = re.compile(r"[\"')]*(?=\s)")
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
        canonical = self._canonical
        boundaries = []
        for mark in _MARK.finditer(canonical.text):
            following = self._behind(mark)
            if following is not None and mark.start() > 0 and following < len(canonical.text):
                raw_next = canonical.raw_span(following, following + 1).start
                raw_last = canonical.raw_span(mark.start() - 1, mark.start()).end
                blank = _BLANK_LINE.search(canonical.raw, raw_last, raw_next)
                if not canonical.raw[raw_next].islower() and (blank or mark[0] != "\n"):
                    boundaries.append(following)
        return boundaries

    def _behind(self, mark: re.Match[str]) -> int | None:
        """Where the next sentence would begin if the mark ends one; None if it cannot."""
        if mark[0] == "\n":
            return mark.end()
        if mark[0] == "." and _INITIAL.match(self._canonical.text, max(0, mark.start() - 2)):
            return None
        closing = _CLOSING.match(self._canonical.text, mark.end())
        return closing.end() + 1 if closing else None
