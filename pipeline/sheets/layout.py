"""Where characters stand on their pages: boxes in PDF points, packed to bytes and back.

Reads one ``Place`` for every character of a text, gives bytes that can be stored beside it;
reads those bytes, gives the page of a character and the box around a span.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from sys import byteorder

from pipeline.model import Box, Span

Corners = tuple[int, int, int, int]
"""Left, bottom, right and top of a character, in hundredths of a point."""

NO_BOX: Corners = (0, 0, 0, 0)
"""Of a character that is not printed: a space or line break that the extraction added."""

_NUMBERS = 6

Place = tuple[int, Corners, bool]
"""Where one character stands: its page from 1, its box, and whether it numbers the pages."""


@dataclass(frozen=True)
class Layout:
    """The place of every character of a text, in the order of the text.

    ``packed`` is what is stored: six little-endian 32-bit numbers a character, compressed.
    """

    packed: bytes

    @classmethod
    def of(cls, places: Iterable[Place]) -> Layout:
        """The layout of a text whose characters stand at these places."""
        numbers = array("i")
        for page, (left, bottom, right, top), counts_pages in places:
            numbers.extend((page, counts_pages, left, bottom, right, top))
        if byteorder == "big":
            numbers.byteswap()
        return cls(zlib.compress(numbers.tobytes(), 1))

    @cached_property
    def _numbers(self) -> array[int]:
        numbers = array("i", zlib.decompress(self.packed))
        if byteorder == "big":
            numbers.byteswap()
        return numbers

    def __len__(self) -> int:
        return len(self._numbers) // _NUMBERS

    def page(self, offset: int) -> int:
        """The page, from 1, of the character at ``offset``; of the last one if it is the end."""
        return self._numbers[_NUMBERS * min(offset, len(self) - 1)]

    def counts_pages(self, span: Span) -> bool:
        """Whether every character of ``span`` numbers the pages."""
        return all(self._numbers[_NUMBERS * place + 1] for place in range(span.start, span.end))

    def box(self, span: Span) -> Box | None:
        """The box around the printed characters of ``span``; None if it holds none."""
        boxes = (
            tuple(self._numbers[_NUMBERS * place + 2 : _NUMBERS * (place + 1)])
            for place in range(span.start, span.end)
        )
        around = box_around(boxes)
        return around and Box(*(Decimal(hundredths).scaleb(-2) for hundredths in around))


def overlap(box: Corners, other: Corners) -> bool:
    """Whether two boxes share any room."""
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def box_around(boxes: Iterable[tuple[int, ...]]) -> Corners | None:
    """The box around those of printed characters; None if there are none."""
    printed = [box for box in boxes if box != NO_BOX]
    if not printed:
        return None
    lefts, bottoms, rights, tops = zip(*printed, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)
