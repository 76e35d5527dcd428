"""The ledger: every numeral of a sheet, and what became of it.

Reads the raw text, its canonical form, and what the statements claimed, gives one
:class:`Numeral` for every run of digits and every number word. A numeral that no statement
captures and no rule explains is unaccounted for; it is never dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pipeline.model import Disposition, Numeral, Span
from pipeline.parse.numbers import NUMBER_WORDS, OTHER_NUMBER_WORDS
from pipeline.parse.patterns import Wordings
from pipeline.sheets.decode import SheetText
from pipeline.sheets.normalise import Canonical

MARKUP = "markup"
"""Rule of digits that stand in removed markup: the target of a link, the code of an entity."""

PAGE_COUNT = "page_count"
"""Rule of digits by which a document numbers its pages, where its layout tells."""

# Digits of any script, with the separators that stand between two of them; and the characters
# that are numbers without being digits (superscripts, fractions, circled numbers).
_OTHER_NUMERALS = "\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u218b\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u3007\u3021-\u3029"
_NUMERAL = re.compile(rf"\d+(?:[.,]\d+)*|[{_OTHER_NUMERALS}]+")
_WORD = re.compile(r"[a-z]+")
_COUNTING_WORDS = frozenset(
    word for words in (*NUMBER_WORDS, *OTHER_NUMBER_WORDS) for word in words.split()
)
_LONGEST_FIRST = sorted((*NUMBER_WORDS, *OTHER_NUMBER_WORDS), key=len, reverse=True)
# A word right behind digits ("36.2 million") is part of their numeral, not one of its own.
_NUMBER_WORD = re.compile(rf"(?<![a-z])(?<![0-9] )(?:{'|'.join(_LONGEST_FIRST)})(?![a-z])")


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of canonical text whose numerals a wording captures or explains."""

    span: Span
    rule: str
    captures: bool


def claims_of_rules(canonical: Canonical, wordings: Wordings, year: int | None) -> list[Claim]:
    """What the catalogue's rules explain; a year only where it is the sheet's own."""
    return [
        Claim(Span(*match.span()), rule.rule, captures=False)
        for rule in wordings.rules
        for template in rule.templates
        for match in template.find(canonical.flat)
        if "year" not in template.regex.groupindex or int(match["year"]) == year
    ]


def account(
    canonical: Canonical, claims: list[Claim], text: SheetText
) -> tuple[Numeral, ...]:
    """Every numeral of the sheet in the order of the raw text.

    Args:
        canonical: the sheet's text, raw and canonical.
        claims: what statements capture and rules explain; a capture goes before an explanation.
        text: tells the page of a raw offset, and what numbers the pages.
    """
    ordered = sorted(claims, key=lambda claim: not claim.captures)
    numerals = [
        _numeral(canonical, Span(*match.span()), "digits", ordered, text)
        for match in _NUMERAL.finditer(canonical.flat)
    ]
    numerals += [
        _numeral(canonical, span, "word", ordered, text) for span in _number_words(canonical.flat)
    ]
    for removed in canonical.removed():
        for match in _NUMERAL.finditer(canonical.raw, removed.start, removed.end):
            span = Span(*match.span())
            numerals.append(
                Numeral(match[0], span, text.page(span.start), "digits", "explained", MARKUP)
            )
    return tuple(sorted(numerals, key=lambda numeral: numeral.span))


def _number_words(flat: str) -> list[Span]:
    """Where number words stand, compound ones as one; text without any costs one look."""
    places = sorted(
        match.start()
        for word in _COUNTING_WORDS.intersection(_WORD.findall(flat))
        for match in re.finditer(word, flat)
    )
    spans: list[Span] = []
    for place in places:
        match = _NUMBER_WORD.match(flat, place)
        if match and not (spans and place < spans[-1].end):
            spans.append(Span(*match.span()))
    return spans


def _numeral(
    canonical: Canonical,
    span: Span,
    form: Literal["digits", "word"],
    claims: list[Claim],
    text: SheetText,
) -> Numeral:
    raw = canonical.raw_span(span.start, span.end)
    printed = raw.of(canonical.raw)
    for claim in claims:
        if claim.span.contains(span):
            disposition: Disposition = "captured" if claim.captures else "explained"
            return Numeral(printed, raw, text.page(raw.start), form, disposition, claim.rule)
    if text.counts_pages(raw):
        return Numeral(printed, raw, text.page(raw.start), form, "explained", PAGE_COUNT)
    return Numeral(printed, raw, text.page(raw.start), form, "unaccounted", None)
