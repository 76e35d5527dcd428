"""A PDF page's glyphs, joined to the pieces of lines that pdfium sees; what is not seen is left out.

Runs in the extraction's own process. Digits join only where they look alike, or where a thousands
separator parts those of another weight or color; a raised digit becomes a superscript character.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.sheets.glyphs import Glyphs
from pipeline.sheets.layout import NO_BOX, Corners
from pipeline.sheets.lines import Line, same_height
from pipeline.sheets.writing import APART, RAISED

_LINE_END_HYPHENS = "\ufffe\x02"
_SOFT_HYPHEN = "\u00ad"
"""A hyphen where it is printed."""

_LINE_ENDS = "\r\n\f\v\u2028\u2029"
_LINE_APART = 0.7
"""Share of the size by which base lines of two lines differ at least; raised digits differ less."""

_DIFFERENT = 0.1
"""Share of the size by which size or height of glyphs differ at least."""

_DIGITS = "0123456789"
_THOUSANDS = ","
_NUMERAL_BEFORE = re.compile(r"[0-9]([,.]?)\Z")
_NOTE = 3
"""Most digits of a footnote's mark at the start of a line."""

_GUESSED = "in a font that does not say which characters it draws"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Words that stand in no line, why, and the box of the glyph before them or beside them.

    Without a box they stand at the page's start.
    """

    words: list[str]
    why: str
    box: Corners | None

    @property
    def text(self) -> str:
        """The words with single spaces."""
        return " ".join("".join(self.words).split())


def pieces_of(glyphs: Glyphs, hidden: Mapping[int, str]) -> tuple[list[Line], list[LeftOut]]:
    """The pieces of a page's lines in pdfium's order, and what they leave out.

    ``hidden`` says why a glyph is not seen, by index.
    """
    writer = _Writer(glyphs, hidden)
    writer.write()
    return writer.pieces, writer.left_out


class _Writer:
    """Puts a page's glyphs into lines, one after another."""

    def __init__(self, glyphs: Glyphs, hidden: Mapping[int, str]) -> None:
        self.pieces: list[Line] = []
        self.left_out: list[LeftOut] = []
        self._glyphs, self._hidden = glyphs, hidden
        self._text: list[str] = []
        self._boxes: list[Corners] = []
        self._last: int | None = None
        """The printed glyph before."""
        self._ground: int | None = None
        """The letter or digit before that is not raised; pdfium may end the line behind it."""
        self._touches = False
        """Whether no space stands behind the ground."""
        self._raised: bool | None = None
        """Whether the run is raised; None before its first digit."""
        self._gap = False
        """Whether something was left out behind the printed glyph before."""

    def write(self) -> None:
        """Write all glyphs."""
        boxes, runs, hidden = self._glyphs.boxes, self._glyphs.runs, self._hidden
        for index, char in enumerate(self._glyphs.chars):
            box, last = boxes[index], self._last
            if index in hidden:
                self._leave_out(char, hidden[index])
            elif box == NO_BOX:
                self._space(char)
            elif not char.isalpha() or self._gap or last is None:
                self._print(index, char)
            elif runs[index] == runs[last]:  # a letter of a run: there is nothing to decide
                self._letter(index, char, box)
            elif len(self._text) > _NOTE + 1 and same_height(boxes[last], box):
                self._raised = None
                self._letter(index, char, box)
            else:
                self._print(index, char)
        self._end_line()

    def _letter(self, index: int, char: str, box: Corners) -> None:
        self._text.append(char)
        self._boxes.append(box)
        self._last = index
        if not self._raised:
            self._ground, self._touches = index, True

    def _print(self, index: int, char: str) -> None:
        runs, boxes, last = self._glyphs.runs, self._glyphs.boxes, self._last
        # pdfium leaves out the line break where a short line follows a short line.
        if (
            last is not None
            and not same_height(boxes[last], boxes[index])
            and self._is_another_line(last, index)
        ):
            self._end_line()
        if last is None or runs[last] != runs[index]:
            self._raised = None
            if len(self._text) <= _NOTE + 1 and char.isalnum():  # it may be the first behind a mark
                self._raise_note(index)
        if char in _DIGITS:
            if self._raised is None:
                self._raised = self._is_raised(index)
            if self._raised:
                char = char.translate(RAISED["super"])
            elif self._is_apart(index):
                self._add(APART, NO_BOX)
        if index in self._glyphs.guessed:
            self._leave_out(self._glyphs.guessed[index], _GUESSED)
        else:
            self._gap = False
        if char.isalnum() and not self._raised:
            self._ground, self._touches = index, True
        self._last = index
        is_hyphen = char in _LINE_END_HYPHENS or char == _SOFT_HYPHEN
        self._add("-" if is_hyphen else char, boxes[index])
        # pdfium marks the hyphen at a line's end in place of the line break behind it.
        if char in _LINE_END_HYPHENS:
            self._end_line()

    def _space(self, char: str) -> None:
        if self._gap:
            self.left_out[-1].words.append(" ")
        self._touches = False
        if char in _LINE_ENDS:
            self._end_line()
        elif char in _LINE_END_HYPHENS:
            self._add("-", NO_BOX)
            self._end_line()
        else:
            self._add(char, NO_BOX)

    def _add(self, char: str, box: Corners) -> None:
        self._text.append(char)
        self._boxes.append(box)

    def _end_line(self) -> None:
        if self._text:
            self.pieces.append(Line("".join(self._text), tuple(self._boxes)))
        self._text, self._boxes = [], []
        self._touches = False

    def _leave_out(self, char: str, why: str) -> None:
        if not self._gap or self.left_out[-1].why != why:
            box = None if self._last is None else self._glyphs.boxes[self._last]
            self.left_out.append(LeftOut([], why, box))
        self.left_out[-1].words.append(char)
        self._gap = True

    def _is_another_line(self, last: int, index: int) -> bool:
        """Whether a glyph stands too high or low for the line of the one before."""
        before, glyph = self._glyphs.stand(last), self._glyphs.stand(index)
        return abs(glyph.rise(before)) > _LINE_APART * max(before.size, glyph.size)

    def _is_raised(self, index: int) -> bool:
        """Whether a digit stands higher than the words before it, as the mark of a note does."""
        ground = self._ground
        if ground is None or self._glyphs.runs[ground] == self._glyphs.runs[index]:
            return False
        # Behind a space a digit of the same size may be one of another column.
        if self._touches:
            before, digit = self._glyphs.stand(ground), self._glyphs.stand(index)
            is_higher = before.rise(digit) > _DIFFERENT * max(before.size, digit.size)
            return is_higher and digit.size < (1 + _DIFFERENT) * before.size
        return self._is_mark(
            index, ground, self._glyphs.boxes[index][0] - self._glyphs.boxes[ground][2]
        )

    def _raise_note(self, index: int) -> None:
        """The mark of a note before its text: digits at a line's start, higher and smaller."""
        first, boxes = self._ground, self._glyphs.boxes
        line = "".join(self._text)
        is_ended = not line.strip() and bool(self.pieces)  # pdfium may end the line behind it
        mark = self.pieces[-1].text if is_ended else line
        if first is None or len(mark) > _NOTE + 1 or not mark.strip().isdecimal():
            return
        if self._is_mark(first, index, boxes[index][0] - boxes[first][2]):
            if is_ended:
                piece = self.pieces.pop()
                self._text, self._boxes = [*piece.text, *self._text], [*piece.boxes, *self._boxes]
            self._text = [char.translate(RAISED["super"]) for char in self._text]
            self._ground = None

    def _is_mark(self, index: int, other: int, apart: int) -> bool:
        """Whether a digit is smaller and higher than another glyph of its line.

        ``apart`` is the distance between the two in hundredths of a point.
        """
        mark, glyph = self._glyphs.stand(index), self._glyphs.stand(other)
        return (
            mark.size < (1 - _DIFFERENT) * glyph.size
            and _DIFFERENT * glyph.size < glyph.rise(mark) < _LINE_APART * glyph.size
            and abs(apart) < 100 * glyph.size
        )

    def _is_apart(self, index: int) -> bool:
        """Whether a digit is of another numeral than the digits right before it."""
        before = _NUMERAL_BEFORE.search("".join(self._text[-2:]))
        if before is None or self._gap:
            return before is not None
        runs = self._glyphs.runs
        return any(
            runs[other] != runs[index] and self._differs(other, index, before[1])
            for other in self._before(len(before[0]))
        )

    def _before(self, count: int) -> list[int]:
        """The last printed glyphs, this line's."""
        found: list[int] = []
        index = self._last
        while index is not None and index >= 0 and len(found) < count:
            if self._glyphs.boxes[index] != NO_BOX and index not in self._hidden:
                found.append(index)
            index -= 1
        return found

    def _differs(self, other: int, index: int, separator: str) -> bool:
        first, second = self._glyphs.stand(other), self._glyphs.stand(index)
        size = max(first.size, second.size)
        if max(abs(first.rise(second)), abs(first.size - second.size)) > _DIFFERENT * size:
            return True
        if separator == _THOUSANDS:
            return False
        runs = self._glyphs.runs
        return self._glyphs.look(runs[other]) != self._glyphs.look(runs[index])
