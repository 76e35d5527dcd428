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
from typing import NamedTuple

from pipeline.sheets.layout import NO_BOX, Corners, box_around

_BLANK = re.compile(r"\s+")
_NUMBER_CELL = re.compile(r"\s*[\d][\d.,]*%?\s*")
_LEAST_COLUMN = 2
"""Numbers that stand below each other before they count as a column of a table."""


class Edges(NamedTuple):
    """Of a printed line, in hundredths of a point."""

    left: int
    bottom: int
    right: int
    top: int


@dataclass(frozen=True)
class Line:
    """One line: its characters and a box for each."""

    text: str
    boxes: tuple[Corners, ...]

    @cached_property
    def edges(self) -> Edges:
        """The edges of what is printed of it."""
        around = box_around(self.boxes)
        assert around is not None, "nothing of the line is printed"
        return Edges(*around)

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return _BLANK.sub(" ", self.text).strip()


def lines_of(pieces: Sequence[Line]) -> list[Line]:
    """A page's lines in the order in which they are read."""
    joined: list[Line] = []
    for piece in pieces:
        if all(box == NO_BOX for box in piece.boxes):
            continue
        last = joined[-1].edges if joined else None
        if last and same_height(last, piece.edges) and last.right <= piece.edges.left:
            joined.append(_row(joined.pop(), piece))
        else:
            joined.append(piece)
    return _columns_joined(joined)


def same_height(box: Corners, other: Corners) -> bool:
    """Whether two boxes share most of their height: they stand on one line."""
    shared = min(box[3], other[3]) - max(box[1], other[1])
    return 2 * shared > min(box[3] - box[1], other[3] - other[1])


def _row(label: Line, cell: Line) -> Line:
    return Line(f"{label.text}\t{cell.text}", (*label.boxes, NO_BOX, *cell.boxes))


def _columns_joined(lines: list[Line]) -> list[Line]:
    """The lines, the numbers of a column that stands apart each behind its label."""
    labels: dict[int, int] = {}
    for column in _number_columns(lines):
        if len(column) < _LEAST_COLUMN:
            continue
        found = {
            label: place
            for place in column
            if (label := _label_of(lines[place], lines)) is not None
        }
        # All or none: a column of which one number has no label is no column of a table.
        if len(found) == len(column):
            labels |= found
    moved = set(labels.values())
    return [
        _row(line, lines[labels[place]]) if place in labels else line
        for place, line in enumerate(lines)
        if place not in moved
    ]


def _number_columns(lines: list[Line]) -> Iterator[list[int]]:
    """Numbers that follow each other, each below the one before."""
    run: list[int] = []
    for place, line in enumerate(lines):
        is_number = bool(_NUMBER_CELL.fullmatch(line.text))
        if run and not (is_number and line.edges.top <= lines[run[-1]].edges.bottom):
            yield run
            run = []
        if is_number:
            run.append(place)
    yield run


def _label_of(number: Line, lines: list[Line]) -> int | None:
    """The only line in words on the number's height and to its left."""
    found = [
        place
        for place, line in enumerate(lines)
        if line.edges.right <= number.edges.left
        and same_height(line.edges, number.edges)
        and not _NUMBER_CELL.fullmatch(line.text)
    ]
    return found[0] if len(found) == 1 else None


def spaced(lines: Sequence[Line]) -> Iterator[Line]:
    """Lines with their ends, and a blank line where the gap between two is that of a paragraph."""
    for place, line in enumerate(lines):
        end = "\n"
        if place + 1 < len(lines):
            height = line.edges.top - line.edges.bottom
            if not -height < line.edges.bottom - lines[place + 1].edges.top < height:
                end = "\n\n"
        text = line.text.rstrip()
        yield Line(text + end, (*line.boxes[: len(text)], *[NO_BOX] * len(end)))
