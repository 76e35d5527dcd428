"""The lines of a PDF's page; runs in the extraction's own process.

Reads the pieces that a page's drawing puts on lines of their own, gives its lines in reading
order: pieces that follow each other on one height are cells of one line, and a column of numbers
that was drawn apart from its labels goes to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.sheets.layout import NO_BOX, Corners

_BLANK = re.compile(r"\s+")
_NUMBER_CELL = re.compile(r"\s*[\d][\d.,]*%?\s*")
_LEAST_COLUMN = 2
"""Numbers that stand below each other before they count as a column of a table."""


@dataclass(frozen=True)
class Line:
    """One line: its characters and a box for each."""

    text: str
    boxes: tuple[Corners, ...]

    @property
    def is_printed(self) -> bool:
        """Whether it holds more than white space; only such a line has edges."""
        return self._edges is not None

    @property
    def left(self) -> int:
        """Left edge in hundredths of a point."""
        return self._printed[0]

    @property
    def bottom(self) -> int:
        """Lower edge in hundredths of a point."""
        return self._printed[1]

    @property
    def right(self) -> int:
        """Right edge in hundredths of a point."""
        return self._printed[2]

    @property
    def top(self) -> int:
        """Upper edge in hundredths of a point."""
        return self._printed[3]

    @cached_property
    def _edges(self) -> Corners | None:
        printed = [box for box in self.boxes if box != NO_BOX]
        if not printed:
            return None
        lefts, bottoms, rights, tops = zip(*printed, strict=True)
        return min(lefts), min(bottoms), max(rights), max(tops)

    @property
    def _printed(self) -> Corners:
        assert self._edges is not None
        return self._edges

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return _BLANK.sub(" ", self.text).strip()


def lines_of(pieces: Sequence[Line]) -> list[Line]:
    """A page's lines in the order in which they are read."""
    joined: list[Line] = []
    for piece in pieces:
        if not piece.is_printed:
            continue
        if joined and _same_height(joined[-1], piece) and joined[-1].right <= piece.left:
            joined.append(_row(joined.pop(), piece))
        else:
            joined.append(piece)
    return _columns_joined(joined)


def _same_height(line: Line, other: Line) -> bool:
    height = min(line.top - line.bottom, other.top - other.bottom)
    return 2 * (min(line.top, other.top) - max(line.bottom, other.bottom)) > height


def _row(label: Line, cell: Line) -> Line:
    return Line(f"{label.text}\t{cell.text}", (*label.boxes, NO_BOX, *cell.boxes))


def _columns_joined(lines: list[Line]) -> list[Line]:
    """The lines, the numbers of a column that stands apart each behind its label."""
    labels: dict[int, int] = {}
    for column in _number_columns(lines):
        found = [_label_of(lines[place], lines) for place in column]
        # All or none: a column of which one number has no label is no column of a table.
        if None not in found and len(set(found)) == len(found):
            labels |= {
                label: place
                for label, place in zip(found, column, strict=True)
                if label is not None
            }
    moved = set(labels.values())
    return [
        _row(line, lines[labels[place]]) if place in labels else line
        for place, line in enumerate(lines)
        if place not in moved
    ]


def _number_columns(lines: list[Line]) -> Iterator[list[int]]:
    run: list[int] = []
    for place in range(len(lines) + 1):
        if place < len(lines) and _NUMBER_CELL.fullmatch(lines[place].text):
            if not run or lines[place].top <= lines[run[-1]].bottom:
                run.append(place)
                continue
            if len(run) >= _LEAST_COLUMN:
                yield run
            run = [place]
            continue
        if len(run) >= _LEAST_COLUMN:
            yield run
        run = []


def _label_of(number: Line, lines: list[Line]) -> int | None:
    """The only line in words on the number's height and to its left."""
    found = [
        place
        for place, line in enumerate(lines)
        if line.right <= number.left
        and _same_height(line, number)
        and not _NUMBER_CELL.fullmatch(line.text)
    ]
    return found[0] if len(found) == 1 else None


def spaced(lines: Sequence[Line]) -> Iterator[Line]:
    """Lines with their ends, and a blank line where the gap between two is that of a paragraph."""
    for place, line in enumerate(lines):
        end = "\n"
        if place + 1 < len(lines):
            height = line.top - line.bottom
            if not -height < line.bottom - lines[place + 1].top < height:
                end = "\n\n"
        text = line.text.rstrip()
        yield Line(text + end, (*line.boxes[: len(text)], *[NO_BOX] * len(end)))
