"""The ledger: every numeral of a sheet, and what became of it.

Reads the raw text, its canonical form, and what the statements claimed, gives one
:class:`Numeral` for every run of digits and every number word. A numeral that no statement
captures and no rule explains is unaccounted for; it is never dropped.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Literal, NamedTuple

from pipeline.model import Disposition, Numeral, Span
from pipeline.parse.prose import Prose
from pipeline.parse.templates import Template
from pipeline.sheets.decode import SheetText
from pipeline.sheets.normalize import Canonical
from pipeline.sheets.number_words import number_words

MARKUP = "markup"
"""Rule of digits that stand in removed markup: the target of a link, the code of an entity."""

STRUCK = "struck_through"
"""Rule of digits that are struck through; the parser reports them besides."""

PAGE_COUNT = "page_count"
"""Rule of digits by which a document numbers its pages, where its layout tells."""

# Digits of any script, with the separators that stand between two of them; and characters that
# may be numbers without being digits (a half, a superscript, a circled or Chinese numeral).
# The first of them is sought as one set of characters, at a fraction of the cost of a choice.
_NUMERAL = re.compile(r"[0-9\x80-\U0010ffff](?:(?<=\d)\d*(?:[.,]\d+)*)?")
_BLOCK = 64
_MANY = 64
_REACH = 64
"""How many characters around a numeral hold the words of a rule that explains it, most often."""


class Claim(NamedTuple):
    """A stretch of canonical text whose numerals a wording explains, or captures."""

    span: Span
    rule: str
    captures: bool = False


def account(
    prose: Prose, claims: list[Claim], year: int | None, text: SheetText
) -> tuple[Numeral, ...]:
    """Every numeral of the sheet in the order of the raw text.

    Claims are what captured sentences hold; a capture goes before an explanation, and the rules of
    the catalog come last. The text tells the page of a raw offset, and what numbers the pages.
    """
    canonical = prose.canonical
    digits = [
        Span(*match.span())
        for match in _NUMERAL.finditer(canonical.flat)
        if match[0][0].isnumeric()
    ]
    words = [Span(*place) for place in number_words(canonical.flat)]
    claimed: dict[int, list[Claim]] = defaultdict(list)
    _add_by_block(claimed, sorted(claims, key=lambda claim: not claim.captures))
    holders = {span: _holder(span, claimed) for span in (*digits, *words)}
    left = [span for span, holder in holders.items() if holder is None]
    _add_by_block(claimed, _claims_of_rules(prose, year, left))
    holders |= {span: _holder(span, claimed) for span in left}
    words = [span for span in words if not _ends_numeral(canonical.flat, span, claimed)]
    numerals = [_numeral(canonical, span, "digits", holders[span], text) for span in digits]
    numerals += [_numeral(canonical, span, "word", holders[span], text) for span in words]
    if canonical.markup_may_count:
        numerals += _in_markup(canonical, numerals, text)
    return tuple(sorted(numerals, key=attrgetter("span")))


def _in_markup(canonical: Canonical, numerals: list[Numeral], text: SheetText) -> Iterator[Numeral]:
    """The digits of removed markup and of struck out text."""
    held = {place for n in numerals for place in range(n.span.start, n.span.end)}
    struck = {place for span in canonical.struck for place in range(*span)}
    for removed in canonical.removed():
        for match in _NUMERAL.finditer(canonical.raw, removed.start, removed.end):
            # The digits of an entity that prints a digit are that numeral's own.
            if match[0][0].isnumeric() and match.start() not in held:
                span = Span(*match.span())
                rule = STRUCK if span.start in struck else MARKUP
                page = text.page(span.start)
                yield Numeral(match[0], span, page, "digits", "explained", rule)


def _claims_of_rules(prose: Prose, year: int | None, left: list[Span]) -> Iterator[Claim]:
    """What the catalog's rules explain of the numerals ``left``; a year only where it is the sheet's own."""
    canonical, flat = prose.canonical, prose.canonical.flat
    # With many left over a look around each of them would cost more than it saves.
    near = flat
    if len(left) <= _MANY:
        near = "\n".join(flat[max(0, start - _REACH) : end + _REACH] for start, end in left)
    for compiled in prose.wordings.rules:
        rule = compiled.rule
        within = f"{canonical.text}\n" if rule.line else prose.paragraphs
        spans = [
            Span(*match.span())
            for template in compiled.templates
            if _may_explain(template, near if template.reach <= _REACH else flat, year)
            for match in template.find(flat, within)
            if "year" not in template.slots or int(match["year"]) == year
        ]
        if rule.counts_up:
            spans = _counted_up(spans, flat)
        if rule.line:
            spans = [span for span in spans if _is_line(canonical.text, span)]
        for span in spans:
            yield Claim(span, rule.rule)


def _may_explain(template: Template, near: str, year: int | None) -> bool:
    """Whether the words of the template, and the year, stand near a numeral that is left over."""
    return template.anchor in near and ("year" not in template.slots or str(year) in near)


def _counted_up(spans: list[Span], flat: str) -> list[Span]:
    """Those whose numbers run from 1 at least to 2, and so are a list's."""
    kept: list[Span] = []
    run: list[Span] = []
    for span in sorted(spans):
        number = int("".join(char for char in span.of(flat) if char.isdigit()))
        if number != len(run) + 1:
            kept += run if len(run) > 1 else []
            run = []
        if number == len(run) + 1:
            run.append(span)
    return kept + (run if len(run) > 1 else [])


def _is_line(text: str, span: Span) -> bool:
    around = text[span.start - 1 : span.start], text[span.end : span.end + 1]
    return all(edge in ("", "\n") for edge in around)


def _add_by_block(blocks: dict[int, list[Claim]], claims: Iterable[Claim]) -> None:
    """Put each claim, in order, to every block of ``_BLOCK`` characters that it reaches into.

    A numeral is then compared with the claims around it, however many a sheet has.
    """
    for claim in claims:
        for block in range(claim.span.start // _BLOCK, claim.span.end // _BLOCK + 1):
            blocks[block].append(claim)


def _holder(span: Span, claimed: Mapping[int, list[Claim]]) -> Claim | None:
    """The first claim that holds the whole numeral."""
    for claim in claimed.get(span.start // _BLOCK, ()):
        if claim.span.contains(span):
            return claim
    return None


def _ends_numeral(flat: str, word: Span, claimed: Mapping[int, list[Claim]]) -> bool:
    """Whether the word belongs to the digits right before it ("36.2 million").

    It does where one claim holds both, and where none holds the digits, so that one numeral is
    unaccounted for and not two. In "21 dozen" only the digits are a row's: the word stands alone.
    """
    digits = Span(max(0, word.start - 2), max(0, word.start - 1))
    if not (flat[word.start - 1 : word.start] == " " and digits.of(flat).isdigit()):
        return False
    holder = _holder(digits, claimed)
    return holder is None or holder.span.contains(word)


def _numeral(
    canonical: Canonical,
    span: Span,
    form: Literal["digits", "word"],
    holder: Claim | None,
    text: SheetText,
) -> Numeral:
    raw = canonical.raw_span(*span)
    disposition: Disposition = "unaccounted"
    rule = None
    if holder is not None:
        disposition, rule = "captured" if holder.captures else "explained", holder.rule
    elif text.counts_pages(raw):
        disposition, rule = "explained", PAGE_COUNT
    return Numeral(raw.of(canonical.raw), raw, text.page(raw.start), form, disposition, rule)
