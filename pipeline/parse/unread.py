"""Wordings that stand in a sheet while their figure cannot be read: part of the sixth stop.

Reads canonical text and what was captured of it, gives a finding for each place where the words
around a figure stand and nothing was captured. A metric that a sheet need not print would else be
lost in silence where damage left no digit behind ("assistance on on\u00e9 case").
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate

from pipeline.checks import failed, passed
from pipeline.model import Finding, Numeral, Span
from pipeline.parse.ledger import number_words
from pipeline.parse.patterns import CompiledTemplate, Wordings
from pipeline.parse.statements import Capture
from pipeline.sheets.normalize import Canonical

_FEWEST_LETTERS = 10
"""Words shorter than an anchor stand in other sentences as well."""

_NEAR = 16
"""A number word within so many characters belongs to the words before it, or behind it."""

_NEAR_RATIO = 24
"""The same for a ratio, which begins with a number word: "one out of every six"."""

_LONGEST_BEHIND = 500
"""No template matches more characters behind its figure; bounds the search."""


def announced(
    canonical: Canonical,
    captures: list[Capture],
    unexplained: list[Numeral],
    wordings: Wordings,
    name: str,
) -> Iterator[Finding]:
    """A finding for each optional metric whose wording stands in the sheet without a figure.

    Args:
        canonical: the sheet's text.
        captures: what was captured of it.
        unexplained: the numerals that nothing accounts for.
        wordings: the compiled catalog.
        name: how messages call the sheet.
    """
    check = "announced_figures_are_read"
    captured = {(capture.metric, capture.of) for capture in captures}
    is_captured = _covering([capture.context for capture in captures])
    has_words = any(numeral.form == "word" for numeral in unexplained)
    words = number_words(canonical.flat) if has_words else []
    left = {numeral.span.start for numeral in unexplained}
    left_words = [w for w in words if canonical.raw_span(w.start, w.end).start in left]
    problems = 0
    for pattern in wordings.figures:
        key = pattern.metric, pattern.series.of
        # A required metric that is not found is a failure of its own.
        if pattern.series.presence == "required" or key in captured:
            continue
        places = [*_led_in(canonical.flat, pattern.template, words)]
        near = _NEAR_RATIO if pattern.kind == "one_in" else _NEAR
        places += _led_out(canonical.flat, pattern.template, left_words, near)
        for place in places:
            if not is_captured(place):
                problems += 1
                found = canonical.raw_span(place.start, place.end).of(canonical.raw)
                message = (
                    f"{name}: {found!r} announces {key[0]} of {key[1]}, but no figure can be read "
                    "there; compare the sentence with its patterns in metrics.yml"
                )
                yield failed(check, message, expected="a figure", found=found, metric=key[0])
    if not problems:
        yield passed(check, f"{name}: no wording stands without its figure")


def _covering(spans: list[Span]) -> Callable[[Span], bool]:
    """Whether one of the spans holds a place; each question costs one search."""
    ordered = sorted(spans)
    starts = [span.start for span in ordered]
    # The furthest end of all spans that start up to here.
    ends = list(accumulate((span.end for span in ordered), max, initial=0))
    return lambda place: ends[bisect_right(starts, place.start)] >= place.end


def _led_in(flat: str, template: CompiledTemplate, words: list[Span]) -> Iterator[Span]:
    """Where the words before the figure stand, whole, or but for the last and near a number word."""
    whole = template.leads_in
    stem = whole.rstrip().rpartition(" ")[0]
    at = flat.find(stem) if len(stem) >= _FEWEST_LETTERS else -1
    while at >= 0:
        end = at + len(stem)
        following = bisect_right(words, Span(end, len(flat)))
        if flat.startswith(whole, at):
            yield Span(at, at + len(whole))
        elif following < len(words) and words[following].start < end + _NEAR:
            yield Span(at, words[following].end)
        at = flat.find(stem, end)


def _led_out(flat: str, template: CompiledTemplate, words: list[Span], near: int) -> Iterator[Span]:
    """Where an unexplained number word stands closely before the words behind the figure."""
    if template.leads_out is None:
        return
    for word in words:
        match = template.leads_out.search(flat, word.end, word.end + near + _LONGEST_BEHIND)
        if match and match.start() <= word.end + near and len(match[0]) >= _FEWEST_LETTERS:
            yield Span(word.start, match.end())
