"""Which declarations hold for one HTML element: its tag's, its attributes', its style sheets'; part of ``web``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.sheets.web_styles import Declarations, Rule, StyleSheet, Weight
from pipeline.sheets.web_tags import BY_TAG, DISPLAYS, HIDING_CLASSES, KINDS

_FONT_SIZES = {"1": "x-small", "2": "small", "3": "medium", "4": "large", "5": "x-large", "6": "xx-large", "7": "xxx-large"}  # fmt: skip
_PARTS_OF = {
    "background": ("background-color", "background-image", "background-clip"),
    "font": ("font-size", "font-family", "font-variant-position"),
    "text-decoration": ("text-decoration-line",),
    "overflow": ("overflow-x", "overflow-y"),
    "inset": ("left", "right", "top", "bottom"),
    "margin": ("margin-left", "margin-right", "margin-top", "margin-bottom"),
}
"""What a shorthand sets anew."""


def own_styles(
    tag: str, attributes: Mapping[str, str], sheet: StyleSheet
) -> tuple[Mapping[str, str], Declarations]:
    """What an element's tag and attributes say by themselves, and what its ``style`` does."""
    by_tag = BY_TAG.get(tag, {})
    if not attributes and tag != "dialog":
        return by_tag, {}
    styles = dict(by_tag)
    classes = set(attributes.get("class", "").split())
    is_closed = tag == "dialog" and "open" not in attributes
    if "hidden" in attributes or "popover" in attributes or is_closed or classes & HIDING_CLASSES - sheet.classes:  # fmt: skip
        styles["display"] = "none"
    if attributes.get("dir", "").lower() in ("rtl", "ltr"):
        styles["direction"] = attributes["dir"].lower()
    colors = {"bgcolor": "background-color", "color": "color", "face": "font-family"}
    if tag == "font" and "size" in attributes:
        size = attributes["size"].strip()
        styles["font-size"] = _FONT_SIZES.get(size, "smaller" if size.startswith("-") else "larger")
    for name, style in (colors | {"text": "color"} if tag == "body" else colors).items():
        if name in attributes:
            styles[style] = attributes[name].strip().lower()
    return styles, sheet.inline(attributes["style"]) if "style" in attributes else {}


def cascade(
    own: tuple[Mapping[str, str], Declarations], rules: Sequence[tuple[Weight, Rule]]
) -> Mapping[str, str]:
    """The value of each property that holds."""
    by_tag, inline = own
    if not inline and not rules:
        return by_tag
    # Of important ones the first layer goes before the others; a style of its own before all.
    declared = [
        ((important, False, -layer if important else layer, *weight), name, value)
        for (layer, *weight), rule in rules
        for name, (value, important) in rule.declarations.items()
    ]
    declared += [((important, True), name, value) for name, (value, important) in inline.items()]
    declared.sort(key=lambda declaration: declaration[0])
    styles = dict(by_tag)
    for _, name, value in declared:
        for part in list(styles) if name == "all" else _PARTS_OF.get(name, ()):
            styles.pop(part, None)
        if name == "visibility" or value != "revert":
            styles[name] = value
    return styles


def kind_of(tag: str, styles: Mapping[str, str]) -> str:
    """What an element parts: a block, table, row or cell; empty within a line."""
    kind = DISPLAYS.get(styles.get("display", ""), KINDS.get(tag, ""))
    return kind or ("block" if styles.get("position") in ("absolute", "fixed") else "")


def generated(
    place: str, attributes: Mapping[str, str], rules: Sequence[tuple[Weight, Rule]]
) -> str:
    """Words that the style sheet puts before or after an element's own."""
    words: list[str] = []
    for token in (t for _, rule in rules if rule.selector.pseudo == place for t in rule.content):
        if token.type == "string":
            words.append(token.value)
        elif token.type == "function" and token.lower_name == "attr":
            names = [part.lower_value for part in token.arguments if part.type == "ident"]
            words += [attributes.get(name, "") for name in names[:1]]
        elif token.type == "function" and token.lower_name in ("counter", "counters"):
            words.append(f"{token.lower_name}()")
    return " ".join(filter(None, words))
