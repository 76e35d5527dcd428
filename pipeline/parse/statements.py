"""Prose to captures: which sentence of the catalog stands where, and the figures in its slots.

Reads prose, gives the sentences that it holds whole, and what keeps a sentence that it seems to
hold from being one. Whether the figures can be true is not asked here; tables are read in
``parse.tables``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.catalog.schema import Jurisdiction
from pipeline.catalog.wording import Of
from pipeline.catalog.years import Years, distance
from pipeline.model import Figure, Span
from pipeline.parse.patterns import FigureSlot, SentencePattern
from pipeline.parse.prose import Prose, opens_sentence, sentence_end, sentence_start
from pipeline.parse.templates import ENDS

NOT_AVAILABLE = re.compile(
    r"n/?a|n\.a\.|not available|not applicable|not reported|unavailable|data not available"
)
"""What is printed in place of a figure where there is none."""


class Capture(NamedTuple):
    """One figure captured; spans are of the canonical text.

    ``figure`` is None where the sheet prints that there is none. ``context`` is the whole
    sentence, or the row. ``years`` are those for which the wording is evidenced, ``printed_years``
    those in which its metric is expected.
    """

    metric: str
    of: Of
    figure: Figure | None
    span: Span
    context: Span
    pattern: str
    years: Years
    printed_years: Years | None

    def years_from(self, year: int | None) -> int:
        """How far the sheet's year lies from the years of this wording and its metric."""
        return max(distance(self.years, year), distance(self.printed_years, year))


@dataclass(frozen=True, slots=True)
class SentenceMatch:
    """One sentence of the catalog where it stands, whole or not.

    ``context`` is of the canonical text, ``end`` the offset in the prose behind its last word.
    ``problem`` says why it is not whole: words besides, a place or a number that cannot be read.
    """

    pattern: SentencePattern
    context: Span
    end: int
    captures: tuple[Capture, ...]
    state: str | None
    year: int | None
    year_span: Span | None
    problem: str | None

    def years_from(self, year: int | None) -> int:
        """How far the sheet's year lies from those of the sentence."""
        own = distance(self.pattern.years, year)
        return max([own, *(capture.years_from(year) for capture in self.captures)])


def match_sentences(prose: Prose) -> list[SentenceMatch]:
    """Every sentence of the catalog that stands in the prose, whole or nearly so."""
    return [
        _matched(pattern, match, prose)
        for pattern in prose.wordings.sentences
        for match in pattern.template.find(prose.flat, prose.text)
    ]


def whole_sentences(
    matches: Iterable[SentenceMatch], year: int | None
) -> tuple[list[SentenceMatch], list[SentenceMatch]]:
    """Of matches that share characters those that count; and those that are reported.

    Whole ones go before others, then those whose years are nearest to the sheet's. Where several
    are equally near and say different things, all of them count, and the ledger reports them.
    """
    counting: list[SentenceMatch] = []
    problems: list[SentenceMatch] = []
    for rivals in _together(matches):
        if len(rivals) == 1:
            (problems if rivals[0].problem else counting).append(rivals[0])
            continue
        whole = [match for match in rivals if match.problem is None]
        if not whole:
            problems.append(rivals[0])
            continue
        least = min(match.years_from(year) for match in whole)
        nearest = [match for match in whole if match.years_from(year) == least]
        said: dict[object, SentenceMatch] = {}
        for match in nearest:
            said.setdefault(tuple((c.metric, c.of, c.span) for c in match.captures), match)
        counting += said.values()
        covered = [match.context for match in said.values()]
        problems += [
            match
            for match in rivals
            if match.problem and not any(span.contains(match.context) for span in covered)
        ]
    return counting, problems


def _together(matches: Iterable[SentenceMatch]) -> Iterator[list[SentenceMatch]]:
    group: list[SentenceMatch] = []
    end = 0
    for match in sorted(matches, key=lambda one: (one.context, one.problem or "")):
        if group and match.context.start >= end:
            yield group
            group = []
        group.append(match)
        end = max(end, match.context.end)
    if group:
        yield group


def _matched(pattern: SentencePattern, match: re.Match[str], prose: Prose) -> SentenceMatch:
    groups = match.groupdict()
    printed_state, printed_year = groups.get("state"), groups.get("year")
    state, last = _state(match, printed_state, prose)
    end = sentence_end(prose, last)
    context = prose.canonical_span(match.start(), end)
    captures = []
    unread = None
    for slot in pattern.figures:
        capture = _capture(slot, pattern, match, context, prose)
        if capture is not None:
            captures.append(capture)
        elif unread is None:
            unread = slot
    problem = _besides(pattern, match, last, end, prose)
    if problem is None and printed_state and state is None:
        problem = f"{printed_state!r} is no jurisdiction of the catalog"
    if problem is None and unread is not None:
        problem = f"{match[unread.group]!r} cannot be read as the figure of {unread.metric}"
    return SentenceMatch(
        pattern,
        context,
        last,
        () if problem else tuple(captures),
        state.jurisdiction if state else None,
        int(printed_year) if printed_year else None,
        prose.canonical_span(*match.span("year")) if printed_year else None,
        problem,
    )


def _capture(
    slot: FigureSlot,
    pattern: SentencePattern,
    match: re.Match[str],
    context: Span,
    prose: Prose,
) -> Capture | None:
    span = prose.canonical_span(*match.span(slot.group))
    printed = prose.canonical.text[span.start : span.end]
    figure = prose.wordings.numbers.read(printed, slot.kind)
    if figure is None and not NOT_AVAILABLE.fullmatch(match[slot.group]):
        return None
    return Capture(
        slot.metric,
        slot.series.of,
        figure,
        span,
        context,
        pattern.name,
        pattern.years,
        slot.series.printed_years,
    )


def _state(
    match: re.Match[str], printed: str | None, prose: Prose
) -> tuple[Jurisdiction | None, int]:
    """The jurisdiction that a sentence names, and where its words end.

    A name at the end may hold a full stop that looks like the sentence's: "in U.S. Virgin Islands".
    """
    if printed is None:
        return None, match.end()
    state = prose.wordings.jurisdiction(printed)
    if state is None and match.end("state") == match.end():
        start = match.start("state")
        for end in range(match.end() + 1, min(start + _LONGEST_NAME, len(prose.text))):
            longer = prose.wordings.jurisdiction(prose.flat[start:end])
            if longer is not None and _ENDS.match(prose.text, end):
                return longer, end
    return state, match.end()


_LONGEST_NAME = 60
_ENDS = re.compile(ENDS)


def _besides(
    pattern: SentencePattern, match: re.Match[str], last: int, end: int, prose: Prose
) -> str | None:
    """What stands in the sentence before or behind the catalog's words, in words; None if nothing."""
    if not opens_sentence(prose, match.start()):
        words = prose.text[sentence_start(prose, match.start()) : match.start()].strip()
        return f"{words!r} stands before its words"
    if match[0].endswith(":"):
        return _behind_colon(pattern, last, prose)
    words = prose.text[last:end]
    if "?" in words or "..." in words:
        return "it is a question" if "?" in words else "it is cut off"
    if words.strip(" .!?\"')]"):
        return f"{' '.join(words.split())[:120]!r} stands behind its words"
    following = prose.text[end : end + 2].strip()
    if following and prose.text[end].isspace() and _goes_on(prose, end + 1):
        return f"it goes on with {prose.text[end + 1 : end + 40]!r}"
    return None


def _behind_colon(pattern: SentencePattern, last: int, prose: Prose) -> str | None:
    """What stands on the line behind a colon and begins no row of the sentence's tables."""
    rest = prose.lines[last : prose.lines.find("\n", last)]
    words = rest.lstrip(" \u2022*-(")
    start = last + len(rest) - len(words)
    tables = (prose.wordings.tables[name] for name in pattern.tables)
    labels = (label for table in tables for label, _ in table.labels)
    if not words or words[0].isdigit() or any(prose.flat.startswith(one, start) for one in labels):
        return None
    return f"{words[:120]!r} stands behind its words"


_WORD = re.compile(r"[a-z'-]+[,;:.]?[ \n]")


def _goes_on(prose: Prose, start: int) -> bool:
    """Whether what follows a sentence begins small, and so is no new one; an address may."""
    canonical = prose.canonical
    place = prose.canonical_span(start, start + 1).start
    if not canonical.raw[canonical.raw_start(place)].islower():
        return False
    gap = canonical.raw_span(place - 1, place).of(canonical.raw)
    lines = len(f"{gap}|".splitlines())
    return lines == 1 or (lines == 2 and _WORD.match(prose.text, start) is not None)
