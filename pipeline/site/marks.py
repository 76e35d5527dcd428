"""Figures marked in a sheet's text, by their offsets and never by searching for them.

Reads a text and spans, gives its pieces. A search for "2" would mark the "2" of "In 2023".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; ``figure`` is what a marked one belongs to, None between marks."""

    text: str
    figure: Any = None
    ends_page: bool = False


def pieces(text: str, spans: Iterable[tuple[int, int, Any]], offset: int = 0) -> Iterator[Piece]:
    """The text cut at the spans, in order; together the pieces are the text but for form feeds.

    Args:
        text: of a sheet, or of a part of it.
        spans: start, end and what the span belongs to. Of spans that overlap the first is marked.
        offset: where in the sheet the text begins.
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
