"""A PDF's page as a picture: where two pictures differ; runs in the extraction's own process."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pypdfium2

from pipeline.sheets.layout import Corners

FAINT = 32
"""Levels of 256 by which what is seen differs from what is behind it at least."""

_SCALE = 1.5
"""Pixels a point: enough for a comma of small print."""

_MOST_PIXELS = 4_000_000
_SHOWN = 0.7
"""Share of a glyph's width and of its height that must be seen."""

_HALF = bytes(level >> 1 for level in range(256))
_DIFFERS = bytes(int(abs(level - 128) >= FAINT // 2) for level in range(256))


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels from the page's upper left corner, ``depth`` bytes each.

    Of what :meth:`changed` gives a byte is 1 where the pictures differ and 0 elsewhere.
    """

    pixels: bytes
    stride: int
    depth: int
    height: int
    scale: float

    @classmethod
    def of(cls, page: pypdfium2.PdfPage) -> Picture:
        """The page as a viewer shows it, its annotations over it."""
        width, height = page.get_size()
        scale = min(_SCALE, math.sqrt(_MOST_PIXELS / max(width * height, 1)))
        bitmap = page.render(scale=scale, may_draw_forms=False)
        return cls(bytes(bitmap.buffer), bitmap.stride, bitmap.n_channels, bitmap.height, scale)

    def changed(self, other: Picture) -> Picture:
        """Where the pictures of one page differ so that a reader sees it."""
        # Each byte becomes 128 and half the difference: no byte borrows from its neighbor.
        size = len(self.pixels)
        middle = int.from_bytes(b"\x80" * size, "little")
        first = int.from_bytes(self.pixels.translate(_HALF), "little")
        second = int.from_bytes(other.pixels.translate(_HALF), "little")
        differences = (first + middle - second).to_bytes(size, "little").translate(_DIFFERS)
        return Picture(differences, self.stride, self.depth, self.height, self.scale)

    def shows(self, box: Corners) -> bool:
        """Whether a difference fills most of a box, both ways."""
        points = self.scale / 100
        # Pixels that lie wholly within the box: a neighbor's ink is none of the glyph's.
        left, right = _within(box[0] * points, box[2] * points, self.stride // self.depth)
        first, last = _within(
            self.height - box[3] * points, self.height - box[1] * points, self.height
        )
        wide = max(_SHOWN * (right - left) - 1, 1)
        high = max(_SHOWN * (last - first) - 1, 1)
        most_left, most_right, top = right, left - 1, -1
        for row in range(first, last):
            start = row * self.stride
            line = self.pixels[start + left * self.depth : start + right * self.depth]
            found = line.find(1)
            if found >= 0:
                most_left = min(most_left, left + found // self.depth)
                most_right = max(most_right, left + line.rfind(1) // self.depth)
                top = row if top < 0 else top
                if row - top + 1 >= high and most_right - most_left + 1 >= wide:
                    return True
        return False

    def color_at(self, box: Corners) -> tuple[int, ...]:
        """Red, green and blue in the middle of a box."""
        points = self.scale / 200
        row = min(max(self.height - 1 - int((box[1] + box[3]) * points), 0), self.height - 1)
        column = min(max(int((box[0] + box[2]) * points), 0), self.stride // self.depth - 1)
        start = row * self.stride + column * self.depth
        return tuple(self.pixels[start : start + 3][::-1])


def _within(low: float, high: float, end: int) -> tuple[int, int]:
    """The pixels between two edges, at least the one in their middle."""
    first, last = math.ceil(low), math.floor(high)
    if first >= last:
        first = math.floor((low + high) / 2)
        last = first + 1
    return max(first, 0), min(last, end)
