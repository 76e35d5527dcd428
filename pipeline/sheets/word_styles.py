"""How runs of an office document look, by their own properties and their styles'; part of ``word``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.sheets.colors import BLACK, WHITE, Color, alike, css_color, hexadecimal
from pipeline.sheets.word_archive import Archive, Attributes
from pipeline.sheets.writing import Raised

_CLOSEST = 2
"""Twentieths of a point, a fifth of the size in half-points, by which letters may be set closer."""

SMALLEST = 6
"""Font size in half-points below which nobody reads."""

MAX_BASED_ON = 20
"""Styles of which each is based on the next."""

Properties = dict[str, str]
"""Values of a run's properties by the names of their elements."""

_TOGGLES = frozenset(
    ["vanish", "strike", "caps", "smallCaps", "b", "i", "outline", "shadow", "emboss", "imprint"]
)
"""Properties of which those of a paragraph's and a character's style cancel each other."""

_LOOKS = _TOGGLES | frozenset(
    ["bdr", "color", "dstrike", "effect", "em", "fitText", "framePr", "highlight", "ind", "position", "rFonts", "rtl", "shd", "spacing", "sz", "u", "vertAlign", "w", "webHidden"]
)  # fmt: skip
"""Properties that change a look."""

_AS_EVER = {"vertAlign": ("baseline",), "color": ("auto", "000000"), "highlight": ("none",), "u": ("none",), "shd": ("auto",), "w": ("100",)}  # fmt: skip
"""Values that are as if the property were not there."""

_OFF = ("0", "false", "off")

_THEME = {"background1": "ffffff", "light1": "ffffff", "background2": "e7e6e6", "light2": "e7e6e6",
          "text1": "000000", "dark1": "000000"}  # fmt: skip
_SCHEME = {"bg1": "ffffff", "lt1": "ffffff", "bg2": "e7e6e6", "lt2": "e7e6e6", "tx1": "000000", "dk1": "000000"}  # fmt: skip
_HIGHLIGHTS = {"darkmagenta": "800080", "darkyellow": "808000"}
"""Colors of Word that CSS does not know, or knows as others."""

_DOTS = re.compile(r"pct(100|[0-9]{1,2}(?:\.[0-9]+)?)")
_SYMBOLS = re.compile(r"wingdings|webdings|zapf ?dingbats|marlett|mt extra|bookshelf symbol")


def take_property(properties: Properties, name: str, attributes: Attributes) -> None:
    """Add one child of a run's or paragraph's properties."""
    if name not in _LOOKS and name not in ("rStyle", "pStyle"):
        return
    value = attributes.get("val", "")
    match name:
        case "color":
            properties[name] = _theme_color(attributes, "themeColor", value)
        case "shd" if value == "solid":  # the pattern covers what it is drawn on
            color = attributes.get("color", "auto").lower()
            properties[name] = "000000" if color == "auto" else color
        case "shd" if dots := _DOTS.fullmatch(value):  # of one color on another
            share = float(dots[1]) / 100
            properties[name] = _mixed(
                attributes.get("color", ""), attributes.get("fill", ""), share
            )
        case "shd":
            properties[name] = _theme_color(attributes, "themeFill", attributes.get("fill", "auto"))
        case "rFonts":
            fonts = (
                attributes.get(key, "")
                for key in ("ascii", "hAnsi", "cs", "eastAsia", "asciiTheme")
            )
            properties[name] = "|".join(fonts).lower()
        case "spacing" if "line" in attributes:
            properties["line"] = f"{attributes['line']} {attributes.get('lineRule', '')}"
        case "ind" | "framePr":
            keys = ("left", "start", "firstLine", "hanging", "x")
            properties[name] = " ".join(attributes.get(key, "0") for key in keys)
            if attributes.get("hRule") == "exact":  # a frame cuts off what is higher
                properties["line"] = f"{attributes.get('h', '0')} exact"
        case _:
            properties[name] = value.lower() or "1"


def take_fill(properties: Properties, tag: str, attributes: Attributes) -> None:
    """Add one element of what letters are filled with in place of their color."""
    if tag == "x:srgbClr":
        properties["fill"] = attributes.get("val", "").lower()
    elif tag == "x:schemeClr":
        properties["fill"] = _SCHEME.get(attributes.get("val", ""), "")
    elif tag == "x:noFill" or (tag == "x:alpha" and number(attributes.get("val", "0")) > 90_000):
        properties["fill"] = "none"


def _mixed(color: str, fill: str, share: float) -> str:
    """The color that a pattern of so many dots looks like."""
    dots, ground = hexadecimal(color) or BLACK, hexadecimal(fill) or WHITE
    return "".join(
        f"{round(share * a + (1 - share) * b):02x}" for a, b in zip(dots, ground, strict=True)
    )


def _theme_color(attributes: Attributes, key: str, value: str) -> str:
    changed = {f"{key}Shade", f"{key}Tint", "themeShade", "themeTint"} & attributes.keys()
    return value.lower() if changed else _THEME.get(attributes.get(key, ""), value.lower())


@dataclass(slots=True)
class _Style:
    """A style; ``parts`` are what a table's style says of its first row, its columns and so on."""

    based_on: str = ""
    properties: Properties = field(default_factory=dict)
    parts: list[Properties] = field(default_factory=list)


@dataclass(slots=True)
class Styles:
    """The styles of a document."""

    defaults: Properties = field(default_factory=dict)
    paragraph: str = ""
    table: str = ""
    named: dict[str, _Style] = field(default_factory=dict)
    _chains: dict[str, Properties] = field(default_factory=dict)

    def look(self, paragraph: Properties, run: Properties) -> Properties:
        """All properties of a run in a paragraph."""
        of_paragraph = self.chain(paragraph.get("pStyle", self.paragraph)) | paragraph
        of_run = self.chain(run.get("rStyle", ""))
        look = self.defaults | of_paragraph | of_run
        for name in _TOGGLES & (of_paragraph.keys() & of_run.keys()):
            look[name] = (
                "1" if is_on(of_paragraph.get(name, "0")) != is_on(of_run.get(name, "0")) else "0"
            )
        return look | run

    def chain(self, style: str) -> Properties:
        """The properties of a style and of those it is based on."""
        if style not in self._chains:
            merged: Properties = {}
            for one in reversed(self._based_on(style)):
                merged |= one.properties
            self._chains[style] = merged
        return self._chains[style]

    def hides_in_table(self, style: str, page: Color) -> str:
        """Why a table of this style may not show what stands in some part of it; empty if it does."""
        whole = self.chain(style)
        looks = [whole, *(whole | part for one in self._based_on(style) for part in one.parts)]
        return next(
            filter(None, (reason(look, run_background(look) or page) for look in looks)), ""
        )

    def _based_on(self, style: str) -> list[_Style]:
        names: list[str] = []
        while style in self.named and style not in names and len(names) < MAX_BASED_ON:
            names.append(style)
            style = self.named[style].based_on
        return [self.named[name] for name in names]


def read_styles(archive: Archive, part: str) -> Styles:
    """The styles in a part."""
    styles = Styles()
    path: list[str] = []
    current = _Style()

    def properties() -> Properties:
        if "docDefaults" in path[:3]:
            return styles.defaults
        is_of_part = "tblStylePr" in path[:4] and current.parts
        return current.parts[-1] if is_of_part else current.properties

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal current
        path.append(tag)
        if tag == "style":
            current = _Style()
            name = attributes.get("styleId", "").lower()
            styles.named[name] = current
            match attributes.get("type"), attributes.get("default") in ("1", "true", "on"):
                case "paragraph", True:
                    styles.paragraph = name
                case "table", True:
                    styles.table = name
        elif tag == "basedOn":
            current.based_on = attributes.get("val", "").lower()
        elif tag == "tblStylePr":
            current.parts.append({})
        elif len(path) > 1 and path[-2] in ("rPr", "pPr", "tcPr"):
            take_property(properties(), tag, attributes)
        elif "x:textFill" in path[-4:-1]:
            take_fill(properties(), tag, attributes)

    archive.read(part, start, lambda _: path.pop())
    return styles


def is_on(value: str) -> bool:
    """Whether a property that is either on or off is on."""
    return value not in _OFF


def raised(look: Properties) -> Raised:
    """Whether a run stands above or below its line."""
    align = look.get("vertAlign", "baseline")
    position = number(look.get("position", "0"))
    if align == "superscript" or (align != "subscript" and position > 1):
        return "super"
    return "sub" if align == "subscript" or position < -1 else ""


def seen_look(look: Properties) -> tuple[tuple[str, str], ...]:
    """What a reader can tell one run from another by."""
    return tuple(
        sorted(
            (name, value)
            for name, value in look.items()
            if name not in ("rStyle", "pStyle") and value not in _AS_EVER.get(name, _OFF)
        )
    )


def reason(look: Properties, background: Color | None) -> str:
    """Why a run is not seen; empty if it is, or if its background is not known."""
    size, width = number(look.get("sz", "20")), number(look.get("w", "100").rstrip("%"))
    line, _, rule = look.get("line", "").partition(" ")
    fonts = look.get("rFonts", "").split("|")
    places = [part for name in ("ind", "framePr") for part in look.get(name, "").split()]
    color = hexadecimal(look.get("fill") or look.get("color", "auto"))
    reasons = {
        "hidden": is_on(look.get("vanish", "0")),
        "struck through": is_on(look.get("strike", "0")) or is_on(look.get("dstrike", "0")),
        "too small to read": size < SMALLEST
        or width < 10
        or 0 < number(look.get("fitText", "0")) < 100
        or (rule == "exact" and number(line) < 10 * SMALLEST),
        "outside the page": any(abs(number(place)) > 12_000 for place in places),
        "in a font of symbols": any(map(_SYMBOLS.match, fonts)),
        "transparent": look.get("fill") == "none",
        "in the color of its background": color and background and alike(color, background),
    }
    return next((why for why, holds in reasons.items() if holds), "")


def is_set_over_itself(look: Properties) -> bool:
    """Whether letters stand so close that one lies over the next."""
    return -number(look.get("spacing", "0")) > _CLOSEST * number(look.get("sz", "20"))


def run_background(look: Properties) -> Color | None:
    """The color that a run is marked with or stands on by its own properties."""
    highlight = look.get("highlight", "none")
    if highlight != "none":
        return hexadecimal(_HIGHLIGHTS.get(highlight, "")) or css_color(highlight)[0]
    return hexadecimal(look.get("shd", "auto"))


def number(value: str) -> float:
    """A number as Word writes it, 0 if it is none; a unit behind it is of no matter here."""
    digits = value.removesuffix("pt")
    try:
        return float(digits)
    except ValueError:
        return 0.0
