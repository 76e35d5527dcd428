"""Page furniture: running headers, footers and page numbers; runs in the extraction's own process.

Reads the lines of a document's pages, tells which of them are furniture, and which of their
characters number the pages. Position and repetition decide, never words of any publisher: a line
is furniture if it stands among the outermost of a page, none of the body further out, and

- the same line stands at the same height of another page, numbers that count the pages apart, or
- it is nothing but the page's own number and that of all pages ("Page 1 of 2").
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import pairwise, takewhile

from pipeline.sheets.lines import Line

Place = tuple[int, int]
"""A line of a document: its page and its place among the page's lines, from 0."""

_EDGE = 3
"""How many lines at the top and at the bottom of a page can be furniture."""

_SAME_HEIGHT = 300
"""Hundredths of a point between heights that count as one: digits differ by a hair."""

_NUMERAL = re.compile(r"[0-9]+")
_PAGE_OF_PAGES = re.compile(
    r"[-\u2013(\[| ]*(?:page\s*)?([0-9]{1,3})\s*(?:of|/)\s*([0-9]{1,3})[-\u2013)\]|. ]*",
    re.IGNORECASE,
)
_OF_PAGES = re.compile(r"\s*(?:of|/)\s*", re.IGNORECASE)


def furniture(pages: Sequence[Sequence[Line]]) -> Mapping[Place, frozenset[int]]:
    """The lines that are furniture, each with the offsets of the digits that number the pages."""
    edges = [(number, place) for number, lines in enumerate(pages) for place in _edges(lines)]
    by_shape: dict[str, list[Place]] = defaultdict(list)
    for page, place in edges:
        by_shape[_NUMERAL.sub("#", pages[page][place].words)].append((page, place))
    found: dict[Place, frozenset[int]] = {}
    for places in by_shape.values():
        for group in _same_heights(places, pages):
            found |= _repeated(group, pages)
    for page, place in edges:
        line = pages[page][place]
        numbers = _PAGE_OF_PAGES.fullmatch(line.text.strip())
        if numbers and (int(numbers[1]), int(numbers[2])) == (page + 1, len(pages)):
            found[page, place] = frozenset(_offsets(_NUMERAL.finditer(line.text)))
    return {place: found[place] for place in _outermost(found, pages)}


def _outermost(found: Container[Place], pages: Sequence[Sequence[Line]]) -> Iterator[Place]:
    """What is left of ``found`` if nothing of a page's body may stand further out."""
    for page, lines in enumerate(pages):
        upwards = sorted(range(len(lines)), key=lambda place: lines[place].edges.bottom)
        for ordered in (upwards, upwards[::-1]):
            yield from takewhile(found.__contains__, ((page, place) for place in ordered))


def _edges(lines: Sequence[Line]) -> set[int]:
    """Which lines are the topmost and lowest of a page, wherever the document puts them."""
    by_height = sorted(range(len(lines)), key=lambda place: lines[place].edges.bottom)
    return {*by_height[:_EDGE], *by_height[-_EDGE:]}


def _same_heights(places: list[Place], pages: Sequence[Sequence[Line]]) -> Iterator[list[Place]]:
    """The lines by height, where several pages have one there."""

    def bottom(place: Place) -> int:
        return pages[place[0]][place[1]].edges.bottom

    ordered = sorted(places, key=lambda place: (bottom(place), place))
    group = ordered[:1]
    for before, place in pairwise(ordered):
        if bottom(place) - bottom(before) > _SAME_HEIGHT:
            yield sorted(group)
            group = []
        group.append(place)
    yield sorted(group)


def _repeated(group: list[Place], pages: Sequence[Sequence[Line]]) -> dict[Place, frozenset[int]]:
    """The lines of one shape and height, if their numbers are the same or count the pages."""
    numbers = [page for page, _ in group]
    if len(group) < 2 or len(set(numbers)) < len(group):
        return {}
    matches = [list(_NUMERAL.finditer(pages[page][place].text)) for page, place in group]
    counting: set[int] = set()
    for position, column in enumerate(zip(*matches, strict=True)):
        if len({match[0] for match in column}) == 1:
            match = column[0]
            before = match.string[: match.start()]
            if position - 1 in counting and _OF_PAGES.fullmatch(
                before, matches[0][position - 1].end()
            ):
                counting.add(position)
        elif len({_ahead(m[0], page) for m, page in zip(column, numbers, strict=True)}) == 1:
            counting.add(position)
        else:
            return {}
    return {
        place: frozenset(_offsets(found[position] for position in counting))
        for place, found in zip(group, matches, strict=True)
    }


def _ahead(numeral: str, page: int) -> int | str:
    """By how much a numeral is ahead of its page; one too long to count pages is itself."""
    return int(numeral) - page if len(numeral) < 10 else numeral


def _offsets(matches: Iterator[re.Match[str]]) -> Iterator[int]:
    for match in matches:
        yield from range(*match.span())
