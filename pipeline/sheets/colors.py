"""Colors as documents name them, and whether one can be told from another."""

from __future__ import annotations

import re
from functools import lru_cache

from tinycss2.color5 import parse_color

Color = tuple[int, int, int]
"""Red, green and blue, from 0 to 255."""

WHITE: Color = (255, 255, 255)
BLACK: Color = (0, 0, 0)

_NEAR = 32
"""Greatest difference in red, green or blue of two colors that count as the same."""

_OF_THE_SYSTEM = {"canvas": "white", "canvastext": "black"}


def hexadecimal(digits: str) -> Color | None:
    """The color that six hexadecimal digits stand for."""
    if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
        return None
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


@lru_cache(maxsize=1024)
def css_color(value: str) -> tuple[Color | None, float]:
    """A color as CSS writes it, and how opaque it is; None where that is no color of a screen."""
    try:
        parsed = parse_color(_OF_THE_SYSTEM.get(value.strip(), value))
        if parsed is None or parsed == "currentcolor":
            return None, 1.0
        red, green, blue = (round(255 * min(max(part, 0), 1)) for part in parsed.to("srgb")[:3])
    except (NotImplementedError, ValueError, RecursionError):  # of a space beyond the screen's
        return None, 1.0
    return (red, green, blue), parsed.alpha


def alike(one: Color, other: Color) -> bool:
    """Whether a reader cannot tell one color on the other."""
    return all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))
