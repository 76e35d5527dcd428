"""What a reader sees of an HTML element, from the declarations that hold for it; part of ``web``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pipeline.sheets.colors import BLACK, WHITE, Color, alike, css_color
from pipeline.sheets.web_doubts import doubt_of
from pipeline.sheets.web_styles import SCREEN_WIDTH, Styles
from pipeline.sheets.writing import Raised

SMALLEST = 4.0
"""Font size in pixels, three points, below which nobody reads."""

FAR = 500.0
"""Pixels beyond the edge from which on an element counts as off the page."""

_LENGTH = re.compile(r"(-?\d*\.?\d+(?:e\d+)?)([a-z%]*)")
_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "q": 0.945,
          "rem": 16.0, "vw": SCREEN_WIDTH / 100, "vh": 8.0}  # fmt: skip
_SIZES = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0,
          "x-large": 24.0, "xx-large": 32.0, "xxx-large": 48.0}  # fmt: skip
_NOTHING = re.compile(
    r"rect\((?:\s*0\w*[\s,]*){4}\)|rect\(1px[\s,]+1px[\s,]+1px[\s,]+1px\)|circle\(0\w*\b.*\)|ellipse\(0.*\)"
    r"|inset\((?:100%|[5-9]\d%).*\)|polygon\((?:0\w*[\s,]*)+\)"
)
_NO_SIZE = re.compile(
    r"(?:.*\s)?(?:scale(?:3d|x|y)?\(0(?:\.0\d*)?(?:[,\s].*)?\)|matrix\(0,.*\)|rotate[xy]\(90deg\))"
)
_MIRRORED = re.compile(r"(?:.*\s)?scale(?:x|3d)?\(-")
_MOVED = re.compile(r"(?:.*\s)?translate(?:3d|x|y)?\((.*?)\)")
_SYMBOLS = re.compile(r"wingdings|webdings|zapf ?dingbats")
_CLEAR = re.compile(r"opacity\(0?(?:\.0\d*)?%?\)")
_INHERITED = ("inherit", "unset", "revert", "revert-layer", "")


@dataclass(frozen=True, slots=True)
class Visibility:
    """How an element's text looks; what it does not set itself comes from the element around it.

    ``gone`` is why nothing of the element is seen, whatever stands in it; ``reason`` why its own
    text is not. ``doubt`` is why it may not be. Sizes are in pixels.
    """

    gone: str = ""
    doubt: str = ""
    hidden: bool = False
    size: float = 16.0
    color: Color | None = BLACK
    clear: bool = False
    opacity: float = 1.0
    background: Color = WHITE
    on_picture: bool = False
    moved: bool = False
    symbols: bool = False
    backwards: bool = False
    keeps_lines: bool = False
    raised: Raised = ""

    @property
    def reason(self) -> str:
        """Why the text is not seen, in words that follow "is"; empty if it is."""
        if self.gone:
            return self.gone
        if self.hidden:
            return "hidden"
        if self.size < SMALLEST:
            return "too small to read"
        if self.clear or self.symbols:
            return "transparent" if self.clear else "in a font of symbols"
        if self.color and not self.on_picture and alike(self.color, self.background):
            return "in the color of its background"
        return "outside the page" if self.moved else ""

    @property
    def question(self) -> str:
        """Why the text may not be seen; empty if there is no doubt."""
        if self.color and self.on_picture and alike(self.color, self.background):
            return "perhaps in the color of its background"
        return self.doubt


def seen(around: Visibility, tag: str, styles: Styles, *, block: bool) -> Visibility:
    """How an element looks within another, by the properties that hold for it."""
    look = replace(around, size=_font_size(around.size, styles["font-size"], styles["font"]))
    look = _colored(look, styles)
    if styles["visibility"] not in _INHERITED:
        look = replace(look, hidden=styles["visibility"] in ("hidden", "collapse"))
    if styles["text-indent"] not in _INHERITED:
        look = replace(look, moved=_is_far(styles["text-indent"], look.size))
    family = styles["font-family"] or styles["font"]
    if family not in _INHERITED:
        look = replace(look, symbols=bool(_SYMBOLS.search(family.partition(",")[0])))
    if styles["direction"] not in _INHERITED:
        look = replace(look, backwards=styles["direction"] == "rtl")
    if styles["white-space"] not in _INHERITED:
        look = replace(look, keeps_lines=styles["white-space"].startswith(("pre", "break-spaces")))
    if not block:
        look = replace(look, raised=_raised(tag, styles, look.raised, look.size))
    look = replace(look, opacity=look.opacity * _share(styles["opacity"]))
    gone = look.gone or _gone(styles, look, block=block)
    look = replace(look, gone=gone, doubt=look.doubt or doubt_of(styles, look.size, block=block))
    return around if look == around else look


def _gone(styles: Styles, look: Visibility, *, block: bool) -> str:
    """Why nothing of the element is seen."""
    reasons = {
        "hidden": styles["display"] == "none" or styles["content-visibility"] == "hidden",
        "struck through": "line-through"
        in styles["text-decoration"] + styles["text-decoration-line"],
        "in reversed order": (look.backwards and styles["unicode-bidi"].endswith("override"))
        or (not block and _is_put_elsewhere(styles))
        or _MIRRORED.match(styles["transform"]),
        "transparent": look.opacity < 0.1 or _CLEAR.search(styles["filter"]),
        "masked": styles["-webkit-text-security"] not in ("", "none"),
        "outside the page": _no_room(styles, look.size) or _is_outside(styles, look.size),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _is_put_elsewhere(styles: Styles) -> bool:
    """Whether parts of a line stand in another order than they are written in."""
    flow = styles["flex-direction"] + styles["flex-flow"]
    return "reverse" in flow or styles.get("order", "0") != "0"


def _no_room(styles: Styles, size: float) -> bool:
    clipped = any(
        styles[name].split()[:1] in (["hidden"], ["clip"])
        for name in ("overflow", "overflow-x", "overflow-y")
    )
    for name in ("width", "height", "max-width", "max-height", "inline-size", "block-size", "max-inline-size", "max-block-size"):  # fmt: skip
        length = _pixels(styles[name], size)
        if clipped and length is not None and length <= 1:
            return True
    return bool(
        (styles["position"] in ("absolute", "fixed") and _NOTHING.match(styles["clip"]))
        or _NOTHING.match(styles["clip-path"])
        or _NO_SIZE.match(styles["transform"])
        or _share(styles["scale"].partition(" ")[0]) < 0.05
        or _share(styles["zoom"]) < 0.05
    )


def _is_outside(styles: Styles, size: float) -> bool:
    moving = ["margin", "padding"]
    if styles["position"] not in ("static", ""):
        moving += ["left", "top", "right", "bottom", "inset"]
    moved = _MOVED.match(styles["transform"])
    parts = moved[1].split(",") if moved else styles["translate"].split()
    for name, value in styles.items():
        parts += value.split() if name.startswith(tuple(moving)) else []
    return any(_is_far(part.strip(), size) for part in parts)


def _colored(look: Visibility, styles: Styles) -> Visibility:
    color_value = styles["-webkit-text-fill-color"] or styles["color"]
    if color_value and color_value not in (*_INHERITED, "currentcolor"):
        color, alpha = css_color(color_value)
        look = replace(look, color=color, clear=alpha < 0.1)
    background = " ".join(styles[n] for n in ("background", "background-color", "background-image"))
    for word in re.findall(r"[\w#-]+(?:\([^()]*\))?", background):
        color, alpha = (look.color, 1.0) if word == "currentcolor" else css_color(word)
        if "(" in word and ("url" in word or "gradient" in word):
            look = replace(look, on_picture=True)
        elif color and alpha > 0.5:
            look = replace(look, background=color, on_picture="url(" in background)
    return look


def _font_size(around: float, size: str, font: str) -> float:
    if not size and font:
        word = next((w for w in font.split() if re.match(r"[\d.]|xx?-|smal|larg|medium", w)), "")
        size = word.partition("/")[0]
        if not size or re.fullmatch(r"[1-9]00", size):
            lengths = [w for w in font.split() if re.match(r"[\d.]+(?:[a-z%]|/|$)", w)]
            size = lengths[-1].partition("/")[0] if lengths else ""
    if size in _SIZES:
        return _SIZES[size]
    if size in ("smaller", "larger"):
        return around / 1.2 if size == "smaller" else around * 1.2
    if size in _INHERITED:
        return around
    length = _pixels(size, around, percent=around)
    return around if length is None or length < 0 else length


def _raised(tag: str, styles: Styles, around: Raised, size: float) -> Raised:
    value = styles["vertical-align"]
    if styles["font-variant-position"] in ("super", "sub"):
        value = styles["font-variant-position"]
    length = _pixels(value, size, percent=size)
    if value in ("super", "text-top") or (length or 0) > 1:
        return "super"
    if value in ("sub", "text-bottom") or (length or 0) < -1:
        return "sub"
    if tag in ("sup", "sub"):
        return "super" if tag == "sup" else "sub"
    return around


def _pixels(value: str, size: float, percent: float = float(SCREEN_WIDTH)) -> float | None:
    """A length in pixels; of a calculation the length that stands in it alone."""
    found = _LENGTH.fullmatch(value.strip())
    if found is None and value.startswith(("calc(", "min(", "max(", "clamp(", "-webkit-calc(")):
        lengths = _LENGTH.findall(value.replace("- ", "-"))
        if len(lengths) != 1 and not any(abs(float(number)) >= FAR for number, _ in lengths):
            return None
        number, unit = max(lengths, key=lambda part: abs(float(part[0])), default=("", ""))
    elif found is None:
        return None
    else:
        number, unit = found.groups()
    if unit == "%":
        return float(number) * percent / 100
    if unit in ("em", "ex", "ch", "lh", "ic", "cap"):
        return float(number) * size
    return float(number) * _UNITS[unit] if unit in _UNITS else None


def _is_far(value: str, size: float) -> bool:
    """Whether a length leads off the page: to the left and up, or far to the right or down."""
    length = _pixels(value, size, percent=FAR)  # -100% of whatever it is a part of
    return length is not None and not -FAR < length < 10 * FAR


def _share(value: str) -> float:
    """A number or a percentage; 1 for what is neither."""
    found = re.fullmatch(r"(-?[\d.]+)(%?)", value)
    if found is None or found[1].count(".") > 1 or not any(map(str.isdigit, found[1])):
        return 1.0
    return float(found[1]) / (100 if found[2] else 1)
