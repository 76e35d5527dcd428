"""In which shapes sheets come, and how often: texts that look different and say the same.

Reads the text of a sheet, gives its bytes in a flavour drawn from ``MIX``.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from tests import sheets_factory as factory
from tests.sheets_factory import Flavour

Choice = TypeVar("Choice")


def _as_printed(text: str) -> str:
    return text


MARKUP: dict[str, tuple[int, Flavour]] = {
    "bold as in Kentucky's sheet": (50, _as_printed),
    "no emphasis": (20, factory.without_markup),
    "Markdown headings and link": (
        10,
        factory.composed(factory.markdown_headings, factory.markdown_link),
    ),
    "bold on single words": (8, factory.bold_words(1)),
    "HTML entities": (6, factory.html_entities),
    "backslash escapes": (6, factory.backslash_escapes),
}
CHARACTERS: dict[str, tuple[int, Flavour]] = {
    "ASCII": (55, _as_printed),
    "typographic quotation marks": (20, factory.curly_quotes),
    "no-break spaces": (8, factory.no_break_spaces),
    "no-break hyphens": (5, factory.hyphens("\u2011")),
    "soft hyphens": (4, factory.soft_hyphens),
    "ligatures": (4, factory.ligatures),
    "full-width digits": (4, factory.full_width_digits),
}
TABLE: dict[str, tuple[int, Flavour]] = {
    "tabs": (60, _as_printed),
    "Markdown table": (15, factory.pipe_table),
    "spaces": (10, factory.table("  ")),
    "bars": (10, factory.table(" | ")),
    "list": (5, factory.table(before="- ")),
}
LAYOUT: dict[str, tuple[int, Flavour]] = {
    "a line a paragraph": (60, _as_printed),
    "wrapped at 80 characters": (15, factory.rewrapped(80)),
    "pages that end within sentences": (15, factory.page_breaks(1, "\f")),
    "paragraphs broken within sentences": (10, factory.page_breaks(2)),
}
LINE_ENDS: dict[str, tuple[int, Flavour]] = {
    "LF": (70, _as_printed),
    "CRLF": (28, factory.crlf),
    "CR": (2, factory.cr),
}
ENCODING: dict[str, tuple[int, str]] = {
    "UTF-8": (75, "utf-8"),
    "UTF-8 with byte order mark": (10, "utf-8-sig"),
    "UTF-16, little-endian": (5, "utf-16-le"),
    "UTF-16, big-endian": (3, "utf-16-be"),
    "UTF-32": (2, "utf-32"),
    "Windows-1252": (5, "cp1252"),
}
"""What cannot be written in Windows-1252 is written in UTF-8."""

MIX: Mapping[str, Mapping[str, tuple[int, object]]] = MappingProxyType(
    {
        "table": TABLE,
        "characters": CHARACTERS,
        "markup": MARKUP,
        "layout": LAYOUT,
        "line ends": LINE_ENDS,
        "encoding": ENCODING,
    }
)
"""Percentages of every property, each drawn by itself, in the order in which they apply."""

# What a guess at a legacy encoding can go by in English prose: quotation marks and spaces.
_SAFE_IN_WINDOWS_1252 = frozenset("\u2019\u00a0")


def flavoured(text: str, chosen: random.Random) -> bytes:
    """The sheet's bytes in a flavour of the mix."""
    for layer in (TABLE, CHARACTERS, MARKUP, LAYOUT, LINE_ENDS):
        text = _drawn(layer, chosen)(text)
    encoding = _drawn(ENCODING, chosen)
    if encoding == "cp1252" and _unsafe(text):
        encoding = "utf-8"
    return factory.encode(text, encoding)


def described_mix() -> str:
    """The mix as the Markdown table that ``README.md`` shows."""
    lines = [
        f"| {layer} | {', '.join(f'{name} {percent}' for name, (percent, _) in choices.items())} |"
        for layer, choices in MIX.items()
    ]
    return "\n".join(["| property | percent |", "| --- | --- |", *lines])


def _unsafe(text: str) -> bool:
    return any(not char.isascii() and char not in _SAFE_IN_WINDOWS_1252 for char in text)


def _drawn(layer: Mapping[str, tuple[int, Choice]], chosen: random.Random) -> Choice:
    place = chosen.random() * 100
    for percent, choice in layer.values():
        place -= percent
        if place < 0:
            return choice
    raise AssertionError("the percentages of a layer add up to 100")
