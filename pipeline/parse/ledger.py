"""The ledger: every numeral of a sheet, and what became of it.

Reads the raw text, its canonical form, and what the statements claimed, gives one
:class:`Numeral` for every run of digits and every number word. A numeral that no statement
captures and no rule explains is unaccounted for; it is never dropped.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from pipeline.model import Disposition, Numeral, Span
from pipeline.parse.patterns import Wordings
from pipeline.parse.prose import Prose
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
_NUMERAL = re.compile(r"\d+(?:[.,]\d+)*|[^\x00-\x7f]")
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of canonical text whose numerals a wording captures or explains."""

    span: Span
    rule: str
    captures: bool


def claims_of_rules(prose: Prose, wordings: Wordings, year: int | None) -> list[Claim]:
    """What the catalog's rules explain; a year only where it is the sheet's own."""
    canonical = prose.canonical
    claims = []
    for compiled in wordings.rules:
        rule = compiled.rule
        within = f"{canonical.text}\n" if rule.line else prose.paragraphs
        spans = [
            Span(*match.span())
            for template in compiled.templates
            for match in template.find(canonical.flat, within)
            if "year" not in template.regex.groupindex or int(match["year"]) == year
        ]
        if rule.counts_up:
            spans = _counted_up(spans, canonical.flat)
        if rule.line:
            spans = [span for span in spans if _is_line(canonical.text, span)]
        claims += [Claim(span, rule.rule, captures=False) for span in spans]
    return claims


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
    return text[span.start - 1 : span.start] in ("", "\n") and text[span.end : span.end + 1] in ("", "\n")  # fmt: skip


def account(canonical: Canonical, claims: list[Claim], text: SheetText) -> tuple[Numeral, ...]:
    """Every numeral of the sheet in the order of the raw text.

    Args:
        canonical: the sheet's text, raw and canonical.
        claims: what statements capture and rules explain; a capture goes before an explanation.
        text: tells the page of a raw offset, and what numbers the pages.
    """
    claimed = _by_block(sorted(claims, key=lambda claim: not claim.captures))
    numerals = [
        _numeral(canonical, Span(*match.span()), "digits", claimed, text)
        for match in _NUMERAL.finditer(canonical.flat)
        if match[0][0].isnumeric()
    ]
    numerals += [
        _numeral(canonical, span, "word", claimed, text)
        for span in map(Span._make, number_words(canonical.flat))
        if not _ends_numeral(canonical.flat, span, claimed)
    ]
    held = {place for n in numerals for place in range(n.span.start, n.span.end)}
    struck = {place for span in canonical.struck for place in range(*span)}
    for removed in canonical.removed():
        for match in _NUMERAL.finditer(canonical.raw, removed.start, removed.end):
            # The digits of an entity that prints a digit are that numeral's own.
            if match[0][0].isnumeric() and match.start() not in held:
                span = Span(*match.span())
                rule = STRUCK if span.start in struck else MARKUP
                numerals.append(
                    Numeral(match[0], span, text.page(span.start), "digits", "explained", rule)
                )
    return tuple(sorted(numerals, key=lambda numeral: numeral.span))


def _by_block(claims: list[Claim]) -> dict[int, list[Claim]]:
    """The claims that reach into each block of ``_BLOCK`` characters, in their order.

    A numeral is then compared with the claims around it, however many a sheet has.
    """
    blocks: dict[int, list[Claim]] = defaultdict(list)
    for claim in claims:
        for block in range(claim.span.start // _BLOCK, claim.span.end // _BLOCK + 1):
            blocks[block].append(claim)
    return blocks


def _ends_numeral(flat: str, word: Span, claimed: dict[int, list[Claim]]) -> bool:
    """Whether the word belongs to the digits right before it ("36.2 million").

    It does where one claim holds both, and where none holds the digits, so that one numeral is
    unaccounted for and not two. In "21 dozen" only the digits are a row's: the word stands alone.
    """
    digits = Span(max(0, word.start - 2), max(0, word.start - 1))
    if not (flat[word.start - 1 : word.start] == " " and digits.of(flat).isdigit()):
        return False
    near = claimed.get(digits.start // _BLOCK, [])
    holders = [claim.span for claim in near if claim.span.contains(digits)]
    return not holders or holders[0].contains(word)


def _numeral(
    canonical: Canonical,
    span: Span,
    form: Literal["digits", "word"],
    claimed: dict[int, list[Claim]],
    text: SheetText,
) -> Numeral:
    raw = canonical.raw_span(span.start, span.end)
    printed = raw.of(canonical.raw)
    for claim in claimed.get(span.start // _BLOCK, []):
        if claim.span.contains(span):
            disposition: Disposition = "captured" if claim.captures else "explained"
            return Numeral(printed, raw, text.page(raw.start), form, disposition, claim.rule)
    if text.counts_pages(raw):
        return Numeral(printed, raw, text.page(raw.start), form, "explained", PAGE_COUNT)
    return Numeral(printed, raw, text.page(raw.start), form, "unaccounted", None)
