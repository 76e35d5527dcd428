"""Colors as documents name them, and whether one can be told from another."""

from __future__ import annotations

import colorsys
import re

Color = tuple[int, int, int]
"""Red, green and blue, from 0 to 255."""

WHITE: Color = (255, 255, 255)
BLACK: Color = (0, 0, 0)

_NEAR = 32
"""Greatest difference in red, green or blue of two colors that count as the same."""

_WORDS = [
    "white",
    "ffffff",
    "black",
    "000000",
    "snow",
    "fffafa",
    "ivory",
    "fffff0",
    "ghostwhite",
    "f8f8ff",
    "floralwhite",
    "fffaf0",
    "whitesmoke",
    "f5f5f5",
    "azure",
    "f0ffff",
    "mintcream",
    "f5fffa",
    "honeydew",
    "f0fff0",
    "seashell",
    "fff5ee",
    "aliceblue",
    "f0f8ff",
    "linen",
    "faf0e6",
    "oldlace",
    "fdf5e6",
    "lavenderblush",
    "fff0f5",
    "cornsilk",
    "fff8dc",
    "lightyellow",
    "ffffe0",
    "lightcyan",
    "e0ffff",
    "lavender",
    "e6e6fa",
    "mistyrose",
    "ffe4e1",
    "beige",
    "f5f5dc",
    "lemonchiffon",
    "fffacd",
    "lightgoldenrodyellow",
    "fafad2",
    "papayawhip",
    "ffefd5",
    "blanchedalmond",
    "ffebcd",
    "antiquewhite",
    "faebd7",
    "bisque",
    "ffe4c4",
    "gainsboro",
    "dcdcdc",
    "lightgray",
    "d3d3d3",
    "lightgrey",
    "d3d3d3",
    "silver",
    "c0c0c0",
    "darkgray",
    "a9a9a9",
    "darkgrey",
    "a9a9a9",
    "gray",
    "808080",
    "grey",
    "808080",
    "dimgray",
    "696969",
    "dimgrey",
    "696969",
    "red",
    "ff0000",
    "green",
    "008000",
    "blue",
    "0000ff",
    "yellow",
    "ffff00",
    "orange",
    "ffa500",
    "maroon",
    "800000",
    "navy",
    "000080",
    "teal",
    "008080",
    "olive",
    "808000",
    "purple",
    "800080",
    "lime",
    "00ff00",
    "aqua",
    "00ffff",
    "cyan",
    "00ffff",
    "fuchsia",
    "ff00ff",
    "magenta",
    "ff00ff",
    "midnightblue",
    "191970",
    "darkblue",
    "00008b",
    "darkred",
    "8b0000",
    "darkgreen",
    "006400",
    "canvas",
    "ffffff",
    "canvastext",
    "000000",
]
_NAMED = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^()]*)\)")
_NUMBER = re.compile(r"(-?[\d.]+)(%|deg)?")


def hexadecimal(digits: str) -> Color | None:
    """The color that six hexadecimal digits stand for."""
    if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
        return None
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def css_color(value: str) -> tuple[Color | None, float]:
    """A color as CSS writes it, and how opaque it is; None where this module does not know it."""
    value = value.strip()
    if value == "transparent":
        return None, 0.0
    if value.startswith("#"):
        digits = value[1:]
        if len(digits) in (3, 4):
            digits = "".join(2 * digit for digit in digits)
        color = hexadecimal(digits[:6])
        alpha = digits[6:8]
        return color, int(alpha, 16) / 255 if color and _is_hex(alpha) else 1.0
    function = _FUNCTION.fullmatch(value)
    if function:
        return _from_function(function[1], _NUMBER.findall(function[2]))
    return (hexadecimal(_NAMED[value]) if value in _NAMED else None), 1.0


def alike(one: Color, other: Color) -> bool:
    """Whether a reader cannot tell one color on the other."""
    return all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))


def _is_hex(digits: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-fA-F]{2}", digits))


def _from_function(name: str, numbers: list[tuple[str, str]]) -> tuple[Color | None, float]:
    try:
        values = [(float(number), unit) for number, unit in numbers]
    except ValueError:
        return None, 1.0
    if len(values) < 3:
        return None, 1.0
    alpha = 1.0
    if len(values) > 3:
        alpha = values[3][0] / (100 if values[3][1] == "%" else 1)
    if name == "rgb":
        red, green, blue = (
            round(min(v * 2.55 if unit == "%" else v, 255)) for v, unit in values[:3]
        )
        return (red, green, blue), alpha
    hue, saturation, light = (value for value, _ in values[:3])
    rgb = colorsys.hls_to_rgb(hue % 360 / 360, min(light, 100) / 100, min(saturation, 100) / 100)
    red, green, blue = (round(part * 255) for part in rgb)
    return (red, green, blue), alpha
