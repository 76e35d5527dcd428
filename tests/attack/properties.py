"""What holds of any bytes whatever; the fuzzer searches for bytes of which it does not.

Reads content as a file would hold it. Nothing may be raised but ``NotTextError``.
"""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from itertools import pairwise

from pipeline.parse.patterns import Wordings
from pipeline.parse.sheet import parse_sheet
from pipeline.parse.templates import Template
from pipeline.sheets.decode import MAX_CHARACTERS, SheetText, decode
from pipeline.sheets.formats import NotTextError
from pipeline.sheets.normalize import Canonical, normalize
from pipeline.validate.schemas import check_sheets
from tests.parse.reading import wordings

_MARKUP = frozenset("*_`#>[]&\\-|\u2022:")
"""Characters that a second pass could take for markup where the first pass wrote them."""

CHARACTERS_SEARCHED = 4_000
"""Characters given to the catalog's regular expressions for each character of a text, at most."""


class Counting:
    """A regular expression that counts the characters it is given to look at."""

    def __init__(self, regex: re.Pattern[str], counts: list[int]) -> None:
        self._regex = regex
        self._counts = counts

    def search(self, text: str, start: int = 0, end: int = MAX_CHARACTERS) -> re.Match[str] | None:
        """As the regular expression's own."""
        self._counts.append(max(0, min(end, len(text)) - start))
        return self._regex.search(text, start, end)


@cache
def counting_wordings() -> tuple[Wordings, list[int]]:
    """The catalog, compiled, with a list of how many characters each search was given."""
    counts: list[int] = []

    def counted(template: Template) -> Template:
        return dataclasses.replace(template, regex=Counting(template.regex, counts))

    found = wordings()
    return dataclasses.replace(
        found,
        titles=tuple(map(counted, found.titles)),
        states=tuple(map(counted, found.states)),
        issued=tuple(map(counted, found.issued)),
        sentences=tuple(
            dataclasses.replace(sentence, template=counted(sentence.template))
            for sentence in found.sentences
        ),
        rules=tuple(
            dataclasses.replace(rule, templates=tuple(map(counted, rule.templates)))
            for rule in found.rules
        ),
    ), counts


def check(content: bytes) -> None:
    """Fail if a property does not hold of a file with this content."""
    try:
        text = decode(content)
    except NotTextError as error:
        assert str(error).startswith(("is ", "has ")), error  # noqa: PT017
        return
    _decoded(content, text)
    canonical = normalize(text.text)
    _maps_back(canonical)
    _stays_as_it_is(canonical)
    _parses(text)


def _decoded(content: bytes, text: SheetText) -> None:
    assert content.decode(text.encoding) == text.text
    assert list(text.page_starts) == sorted(set(text.page_starts))
    assert text.page_starts[0] == 0
    assert text.page(len(text.text) - 1) <= text.pages


def _maps_back(canonical: Canonical) -> None:
    """Every stretch stands for raw characters, in order; a numeral for what it was printed as."""
    size, last = len(canonical.text), 0
    assert len(canonical.flat) == size
    for offset in range(size):
        span = canonical.raw_span(offset, offset + 1)
        assert 0 <= span.start < span.end <= len(canonical.raw), span
        assert span.start >= last, "the way back never runs backwards"
        last = span.start
    for stretch in (3, 17, 200):
        for start in range(0, size - stretch, stretch):
            span = canonical.raw_span(start, start + stretch)
            assert span.start < span.end
    for match in re.finditer(r"[0-9]+(?:[.,][0-9]+)*", canonical.flat):
        behind = canonical.raw_span(*match.span()).of(canonical.raw)
        assert normalize(behind).flat.strip() == match[0], (behind, match[0])
        spans = [canonical.raw_span(o, o + 1) for o in range(*match.span())]
        assert all(one.end == other.start for one, other in pairwise(spans)), behind


def _stays_as_it_is(canonical: Canonical) -> None:
    """Canonical text without markup is its own canonical text."""
    if _MARKUP.isdisjoint(canonical.text):
        assert normalize(canonical.text).text == canonical.text


def _parses(text: SheetText) -> None:
    counted, counts = counting_wordings()
    counts.clear()
    sheet = parse_sheet("2023/fuzz.txt", text, counted)
    assert sum(counts) <= CHARACTERS_SEARCHED * (len(text.text) + 100), sum(counts)
    check_sheets([(sheet, text.text)], counted.catalog, counted.numbers)
    for statement in sheet.statements:
        assert statement.printed_span.of(text.text) == statement.printed
        assert statement.quote_span.of(text.text) == statement.quote
        assert statement.quote_span.contains(statement.printed_span), statement
    digits = [numeral for numeral in sheet.numerals if numeral.form == "digits"]
    for one, other in pairwise(digits):
        assert one.span.end <= other.span.start, (one, other)
    # An entity within a number word has digits of its own, which the word's numeral holds.
    held = {place for n in sheet.numerals for place in range(n.span.start, n.span.end)}
    lost = [place for place, char in enumerate(text.text) if char.isnumeric() and place not in held]
    assert not lost, (lost[:5], text.text[max(0, lost[0] - 20) : lost[0] + 20])
