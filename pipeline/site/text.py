"""Foreign text as it may stand in a page: what has no shape of its own is named, figures are marked.

A sheet's text is shown as it is, but a character that turns the direction of its neighbors, that
nobody sees, or that HTML does not allow would mislead or break the page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

_UNSEEN = {"Cc", "Cf", "Co", "Cn", "Cs"}
"""Control, format, private, unassigned, half a surrogate pair."""
_KEPT = {"\n", "\t"}


def visible(text: str) -> str:
    """The text with line ends as LF, and ``⟨U+202E⟩`` in the place of a character without a shape."""
    if text.isprintable():
        return text  # nearly all are: looking at each character is for the others
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        char
        if char in _KEPT or unicodedata.category(char) not in _UNSEEN
        else f"⟨U+{ord(char):04X}⟩"
        for char in text
    )


def breakable(name: str) -> Markup:
    """A long name of a file, table or check, that may be broken between its parts."""
    return Markup(re.sub("([_/])", r"\1<wbr>", str(escape(visible(name)))))  # noqa: S704


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; ``figure`` is what a marked one belongs to, None between marks."""

    text: str
    figure: Any = None
    ends_page: bool = False


def pieces(text: str, spans: Iterable[tuple[int, int, Any]], offset: int = 0) -> Iterator[Piece]:
    """The text cut at the spans, in order; together the pieces are the text but for form feeds.

    A span has start, end and what it belongs to; of those that overlap the first is marked. The
    offsets are the sheet's: a search for "2" would mark the "2" of "In 2023". The text itself begins
    at ``offset``.
    """
    done = 0
    for start, end, figure in sorted(spans, key=lambda span: span[:2]):
        first, behind = start - offset, end - offset
        if first < done or behind > len(text) or first >= behind:
            continue  # two figures in one wording, or of another sentence
        yield from _pages(text[done:first])
        yield Piece(text[first:behind], figure)
        done = behind
    yield from _pages(text[done:])


def _pages(text: str) -> Iterator[Piece]:
    *whole, last = text.split("\f")
    for page in whole:
        yield Piece(page, ends_page=True)
    if last:
        yield Piece(last)
