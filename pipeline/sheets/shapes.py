"""What the boxes of a PDF's glyphs tell of who can read them; runs in the extraction's own process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.sheets.glyphs import Glyphs
from pipeline.sheets.layout import Corners

_TINY = 200
"""Hundredths of a point of a run's height or width below which it may be tiny."""

_SQUEEZED = 25
"""How many times as high as wide no letter or digit is; an I or a 1 is some ten times."""

_CROWDED = 0.35
"""Share of a letter's width before which the next one does not begin."""


def outside(
    boxes: Sequence[Corners], printed: Sequence[int], size: tuple[int, int]
) -> Iterator[int]:
    """The glyphs of which more than a quarter is beyond an edge of the page."""
    for index in printed:
        left, bottom, right, top = boxes[index]
        if left < 0 or bottom < 0 or right > size[0] or top > size[1]:
            across, up = (right - left) / 4, (top - bottom) / 4
            if left < -across or bottom < -up or right > size[0] + across or top > size[1] + up:
                yield index


def crowded(glyphs: Glyphs, printed: Sequence[int]) -> Iterator[int]:
    """The letters and digits that stand over the one before them in their run, or left of it."""
    boxes, runs = glyphs.boxes, glyphs.runs
    for last, index in pairwise(printed):
        box, before = boxes[index], boxes[last]
        if (
            box[0] - before[0] < _CROWDED * (before[2] - before[0])
            and runs[index] == runs[last]
            and box != before  # the letters of a ligature have one box
            and min(box[3], before[3]) > max(box[1], before[1])
            and glyphs.chars[index].isalnum()
            and glyphs.chars[last].isalnum()
        ):
            yield last
            yield index


def is_small(box: Corners) -> bool:
    """Whether a glyph may be too small to read."""
    across, up = box[2] - box[0], box[3] - box[1]
    return (up < _TINY and across < _TINY) or is_empty(box)


def is_squeezed(box: Corners) -> bool:
    """Whether a letter is that much higher than wide, or wider than high, that nobody reads it."""
    across, up = box[2] - box[0], box[3] - box[1]
    return _SQUEEZED * across < up or _SQUEEZED * up < across


def is_empty(box: Corners) -> bool:
    """Whether a glyph has no shape."""
    return box[0] == box[2] or box[1] == box[3]
