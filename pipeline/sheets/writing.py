"""The text of a marked-up document as it is put together; runs in the extraction's own process.

``web`` and ``word`` hand over words, breaks, cells and what a reader does not see; the writer
keeps one space between words, puts tabs between cells and line breaks between rows and blocks,
and remembers where each piece was left out. What is seen and what not is decided by who calls.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Literal

from pipeline.sheets.extracted import Extraction, SkippedText
from pipeline.sheets.formats import NotTextError

Raised = Literal["", "super", "sub"]

MAX_SKIPPED = 1 << 18
"""Most characters that may be left out of a document; a sheet has about 4,200 in all."""

LONGEST_SKIPPED = 200
"""Characters of one :class:`SkippedText`; longer content becomes several, so that no number is lost."""

APART = "\u2060"
"""Stands between digits of different look: a figure and its footnote are two numbers."""

_DIGITS_AND_SIGNS = "0123456789+-=()"
RAISED = {
    "super": str.maketrans(_DIGITS_AND_SIGNS, "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207c\u207d\u207e"),
    "sub": str.maketrans(_DIGITS_AND_SIGNS, "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089\u208a\u208b\u208c\u208d\u208e"),
}  # fmt: skip
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)(?![a-z])", re.IGNORECASE)

# No space, point or nothing at all between digits of another look joins them; a comma does.
_HELD = r"[.\u00a0\u2006-\u200a\u202f]?"
_PARTED = re.compile(rf"\d{_HELD}\|{_HELD}\d")
_PARTED_BY_OBJECT = re.compile(r"\w[.,]?\|[.,]?\w")
_CHUNK = re.compile(rf"\S.{{0,{LONGEST_SKIPPED - 1}}}(?=\s|\Z)|\S{{{LONGEST_SKIPPED}}}", re.DOTALL)


class TextWriter:
    """Collects the text of one document and what it leaves out."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._tail = ""
        self._space, self._tabs, self._newlines = False, 0, 0
        self._look: Hashable = None
        self._raised: Raised = ""
        self._object = False
        self._rows: list[int] = []
        self._skipped: list[tuple[str, int, list[str]]] = []
        """Why something is left out, where, and its words."""
        self._skipped_length = 0
        self._skipped_gap = False

    def words(self, words: str, look: Hashable = None, raised: Raised = "") -> None:
        """Add words as a reader sees them; white space around them counts.

        Args:
            words: of one run, all of one look.
            look: what the run's looks are told by; digits of another look are parted.
            raised: digits are written as superscripts or subscripts.
        """
        body = _SPACES.sub(" ", words)
        if body.startswith(" "):
            self.space()
        if inner := body.strip(" "):
            if raised:
                inner = inner.translate(RAISED[raised])
            touches = self._separate()
            if touches and self._is_parted(inner, look, raised):
                self._append(APART)
            self._append(inner)
            self._look, self._raised, self._object = look, raised, False
            if body.endswith(" "):
                self.space()

    def space(self) -> None:
        """Part what follows by a space."""
        self._space = self._skipped_gap = True

    def line_break(self) -> None:
        """Break the line, as often as it is asked; a space within a table's cell."""
        self._break(self._newlines + 1)

    def block(self) -> None:
        """Begin or end a paragraph; a space within a table's cell, whose row is a line."""
        self._break(2)

    def tab(self) -> None:
        """Part what follows by a tab."""
        self._tabs += 1
        self._skipped_gap = True

    def open_table(self) -> None:
        """Begin a table."""
        self.block()
        self._rows.append(0)

    def close_table(self) -> None:
        """End the table."""
        self._rows.pop()
        self.block()

    def row(self) -> None:
        """Begin or end a row."""
        if self._rows:
            self._rows[-1] = 0
        self._break(max(self._newlines, 1))

    def cell(self) -> None:
        """Begin a cell."""
        if not self._rows:
            self._rows.append(0)
        if self._rows[-1]:
            self.tab()
        self._rows[-1] += 1

    def part_skipped(self) -> None:
        """Part what is left out next from what was left out before, and nothing else."""
        self._skipped_gap = True

    def object(self) -> None:
        """Something that is no text stands here, and is seen: what it parts never joins."""
        self._object = True

    def skip(self, words: str, why: str) -> None:
        """Leave words out, or note what is doubtful about words that are about to be added.

        Raises:
            NotTextError: more is left out than a sheet could hold.
        """
        body = _SPACES.sub(" ", words)
        if not body.strip(" "):
            self._skipped_gap |= bool(body)
            return
        self._skipped_length += len(body)
        if self._skipped_length > MAX_SKIPPED:
            raise NotTextError(
                f"holds more than {MAX_SKIPPED:,} characters that no reader sees; it is no sheet"
            )
        at = self._length + bool(self._newlines and self._length)
        last = self._skipped[-1] if self._skipped else None
        if last is None or last[:2] != (why, at):
            last = (why, at, [])
            self._skipped.append(last)
        elif self._skipped_gap:
            last[2].append(" ")
        last[2].append(body)
        self._skipped_gap = False

    def extracted(self, encoding: str | None = None) -> Extraction:
        """What was collected."""
        text = "".join(self._pieces)
        skipped = tuple(
            SkippedText(part, why, min(at, len(text)))
            for why, at, words in self._skipped
            for part in _parts("".join(words))
        )
        return Extraction(text, encoding, skipped=skipped)

    def _break(self, newlines: int) -> None:
        if self._rows and self._rows[-1]:  # in a cell
            self.space()
        else:
            self._newlines = newlines
            self._tabs, self._skipped_gap = 0, True

    def _separate(self) -> bool:
        """Write what parts the next words from those before; tells whether they touch."""
        gap = "\n" * min(self._newlines, 2) + "\t" * self._tabs
        gap = gap or (" " if self._space else "")
        self._space, self._tabs, self._newlines = False, 0, 0
        if gap and self._length:
            self._append(gap)
        return bool(self._length and not gap)

    def _is_parted(self, body: str, look: Hashable, raised: Raised) -> bool:
        joint = f"{self._tail}|{body[:2]}"
        if self._object:
            return bool(_PARTED_BY_OBJECT.search(joint))
        if raised == self._raised:
            return look != self._look and bool(_PARTED.search(joint))
        last, first = self._tail[-1], body[0]
        if raised == "super" and last.isdigit() and _ORDINAL.match(body):
            return False
        # A raised digit is a character of its own, and needs no more.
        raised_character = first if raised else last
        both = (last.isalnum() and first.isalnum()) or (bool(raised) and not last.isspace())
        is_plain = not any(ord(raised_character) in table.values() for table in RAISED.values())
        return both and is_plain

    def _append(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
        self._tail = (self._tail + piece)[-2:]


def _parts(words: str) -> Iterator[str]:
    """Left-out content that says anything, in pieces of at most ``LONGEST_SKIPPED`` characters."""
    for chunk in _CHUNK.finditer(words):
        if any(map(str.isalnum, chunk[0])):
            yield chunk[0].strip()
