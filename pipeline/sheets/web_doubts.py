"""What of an HTML element's style may change how its text is seen, in ways not judged here; part of ``web``.

The text is read, and told: within a captured sentence somebody has to look. So a property that can
cut, cover, mirror or move words is harmless by the values named here, and by no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.sheets.web_styles import Styles

_LENGTH = r"-?\d*\.?\d+(?:e-?\d+)?"
_FUNCTION = re.compile(r"([a-z0-9]+)\(([^()]*)\)")
_UNKNOWN_COLOR = re.compile(r"(?:lab|lch|oklab|oklch|color|color-mix)\(|unknown")
_OF_COLORS = frozenset(["color", "-webkit-text-fill-color", "background", "background-color", "background-image", "content"])  # fmt: skip
_AS_EVER = frozenset(
    ["", "none", "normal", "auto", "initial", "inherit", "unset", "revert", "revert-layer"]
)

_HARMLESS = {
    "clip-path": re.compile(
        r"inset\((?:\s*(?:0(?:px|%)?|[1-4](?:\.\d+)?(?:px|%))){1,4}(?: round [^()]*)?\)|[a-z]+-box"
    ),
    "filter": re.compile(
        r"(?:(?:drop-shadow|grayscale|sepia|saturate|hue-rotate|opacity(?=\((?:0?\.[3-9]|[3-9]\d|1)))\((?:[^()]|\([^()]*\))*\)\s*)+"
    ),
    "mix-blend-mode": re.compile(r"multiply|darken"),
    "animation": re.compile(r"none\b.*"),
    "offset-path": re.compile("none"),
    "font-size-adjust": re.compile(r"0?\.[2-9]\d*|1(?:\.\d+)?|from-font"),
    "contain": re.compile(r"(?:layout|paint|style|content|\s)+"),
    "content": re.compile(r"(?:no-)?(?:open|close)-quote"),
    "-webkit-line-clamp": re.compile(r"[1-9]\d*"),
    "text-overflow": re.compile("clip"),
}
"""Values of properties that leave a text as it is, besides those of ``_AS_EVER``."""

_DOUBTS = {
    "clip-path": "cut off",
    "-webkit-line-clamp": "cut off",
    "text-overflow": "cut off",
    "contain": "cut off",
    "content": "replaced by the style sheet",
    "mix-blend-mode": "in the color of its background",
    "filter": "in the color of its background",
    "font-size-adjust": "too small to read",
    "animation": "changed by an animation",
}


def doubt_of(styles: Styles, size: float, *, block: bool) -> str:
    """Why a text may not be seen as it is read; empty if there is no doubt.

    ``size`` is that of its letters in pixels; a ``block`` stands on lines of its own.
    """
    color = styles["-webkit-text-fill-color"] or styles["color"]
    is_unknown = any("unknown" in value for name, value in styles.items() if name not in _OF_COLORS)
    doubts = {
        "hidden": is_unknown,
        "in the color of its background": _UNKNOWN_COLOR.search(color),
        "masked": styles.get("mask", styles.get("mask-image", "none")) != "none",
        **{_DOUBTS.get(name, "put elsewhere"): True for name in _odd(styles)},
        "covered or struck through": "inset" in styles["box-shadow"]
        or (not block and "gradient(" in styles["background"] + styles["background-image"]),
        "too small for what it holds": _is_cut_off(styles, size),
        "set over other letters": _is_set_over_itself(styles, size),
        "turned or too small to read": _is_turned(styles),
        "moved from its place": _is_put_elsewhere(styles, size, block=block),
    }
    return next((f"perhaps {why}" for why, holds in doubts.items() if holds), "")


def _odd(styles: Styles) -> Iterator[str]:
    """The properties whose value is not known to be harmless."""
    for name, harmless in _HARMLESS.items():
        value = styles[name] or styles[f"{name}-name"]
        if value not in _AS_EVER and not harmless.fullmatch(value):
            yield name


def lies_over(styles: Styles) -> bool:
    """Whether an element lies over the text around it, and would hide or strike it through."""
    if styles["position"] not in ("absolute", "fixed") or styles["display"] == "none":
        return False
    drawn = [
        value
        for name, value in styles.items()
        if name.startswith(("background", "border", "box-shadow"))
    ]
    return any(value not in _AS_EVER | {"transparent", "0"} for value in drawn)


def _is_cut_off(styles: Styles, size: float) -> bool:
    """Whether an element that cuts off what does not fit is too small for a word or a line."""
    if not any(
        styles[name].startswith(("hidden", "clip"))
        for name in ("overflow", "overflow-x", "overflow-y")
    ):
        return False
    wide = ("width", "max-width", "inline-size", "max-inline-size")
    high = ("height", "max-height", "block-size", "max-block-size", "line-height")
    return any(_ems(styles[name], size, 99) < 6 for name in wide) or any(
        _ems(styles[name], size, 99) < 0.9 for name in high
    )


def _is_set_over_itself(styles: Styles, size: float) -> bool:
    return any(_ems(styles[f"{of}-spacing"], size, 0) < -0.2 for of in ("letter", "word"))


def _is_turned(styles: Styles) -> bool:
    """Whether words are mirrored, turned upside down or made tiny."""
    transform = styles["transform"]
    parts = _FUNCTION.findall(transform)
    if transform not in _AS_EVER and not parts:
        return True
    parts += [(name, styles[name]) for name in ("rotate", "scale")]
    return any(value not in _AS_EVER and not _is_upright(name, value) for name, value in parts)


def _is_upright(function: str, value: str) -> bool:
    numbers = [float(n) for n in re.findall(_LENGTH, value)]
    match function:
        case "translate" | "translatex" | "translatey" | "translate3d" | "translatez":
            return True
        case "scale" | "scalex" | "scaley" | "scale3d":
            return all(0.3 <= (n / 100 if "%" in value else n) <= 10 for n in numbers)
        case "rotate" | "rotatez":
            turned = numbers[-1] if numbers else 0
            turned *= {"rad": 57.3, "turn": 360.0, "grad": 0.9}.get(
                value.strip("0123456789.- "), 1.0
            )
            return not re.search("[xyz] ", f"{value} ") and abs(turned) <= 95
        case "skew" | "skewx" | "skewy":
            return "deg" in value and all(abs(n) <= 30 for n in numbers)
        case "matrix":
            return len(numbers) == 6 and numbers[0] >= 0.3 and numbers[3] >= 0.3
    return not any(numbers)


def _is_put_elsewhere(styles: Styles, size: float, *, block: bool) -> bool:
    """Whether a part of a line stands at another place than it is written at."""
    if styles["float"] in ("left", "right", "inline-start", "inline-end"):
        return not block
    if styles["z-index"].startswith("-"):
        return True
    if block:
        return False
    if any(styles[f"grid-{name}"] not in _AS_EVER for name in ("column", "row", "area")):
        return True
    moved = [
        part for name in ("margin", "margin-left", "margin-right") for part in styles[name].split()
    ]
    if styles["position"] == "relative":
        moved += [styles["left"], styles["right"].replace("-", "")]
        moved += [
            "-9em"
            for name in ("left", "top", "bottom", "right")
            if abs(_ems(styles[name], size, 0)) > 1
        ]
    for translated in re.findall(r"translate\w*\(([^()]*)\)", styles["transform"]):
        moved += ["-9em" for part in translated.split(",") if abs(_ems(part.strip(), size, 0)) > 1]
    return any(_ems(part, size, 0) < -0.4 for part in moved)


def _ems(value: str, size: float, otherwise: float) -> float:
    """A length in sizes of the letters; ``otherwise`` for what is no fixed length."""
    found = re.fullmatch(rf"({_LENGTH})([a-z]*)", value.strip())
    if found is None or size <= 0:
        return otherwise
    number, unit = float(found[1]), found[2]
    if unit in ("em", "ch", "ex", "lh", "ic", "cap"):
        return number / 2 if unit in ("ch", "ex") else number
    pixels = {"": size if number else 0.0, "px": 1.0, "pt": 4 / 3, "rem": 16.0, "cm": 37.8, "mm": 3.78, "in": 96.0}  # fmt: skip
    return number * pixels[unit] / size if unit in pixels else otherwise
