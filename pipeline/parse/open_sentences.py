"""What seems to print a figure and was not read: sentences that are not whole, words that announce.

Reads prose and what was captured of it, gives findings. A metric that a sheet need not print would
else be lost in silence where damage left no digit behind ("assistance on on\u00e9 case").
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks import failed, passed
from pipeline.model import Finding, Span
from pipeline.parse.patterns import SentencePattern
from pipeline.parse.prose import Prose, sentence_end, sentence_start
from pipeline.parse.statements import SentenceMatch
from pipeline.sheets.number_words import number_words


def sentences_whole(problems: list[SentenceMatch], prose: Prose, name: str) -> list[Finding]:
    """A finding for each sentence that stands in the sheet with words that the catalog lacks."""
    check = "sentences_are_whole"
    findings = []
    for match in problems:
        message = (
            f"{name}: {_quote(match.context, prose)!r} is no whole sentence {match.pattern.name}: "
            f"{match.problem}; compare it with the sheet, then add the sentence to sentences.yml or "
            "its words to asides.yml"
        )
        expected, found = match.pattern.name, str(match.problem)
        findings.append(failed(check, message, expected=expected, found=found))
    return findings or [passed(check, f"{name}: every sentence with figures is whole")]


def announced_figures(
    captured: set[tuple[str, str]], contexts: list[Span], prose: Prose, name: str
) -> list[Finding]:
    """A finding for each sentence of optional metrics of which some words stand without a figure.

    Args:
        captured: the metrics that are printed, each with whom it is of.
        contexts: the stretches of canonical text that captured sentences take.
        prose: the sheet's prose.
        name: how messages call the sheet.
    """
    check = "announced_figures_are_read"
    findings = []
    for pattern in prose.wordings.sentences:
        measured = [(slot.metric, slot.series.of) for slot in pattern.figures]
        # A required metric that is not printed is a failure of its own.
        if any(slot.series.presence == "required" for slot in pattern.figures):
            continue
        if captured.issuperset(measured):
            continue
        span = next(_announcing(pattern, contexts, prose), None)
        if span is not None:
            found = _quote(span, prose)
            message = (
                f"{name}: {found!r} announces {' and '.join(sorted(m for m, _ in measured))}, but "
                f"is not the sentence {pattern.name}; compare it with sentences.yml"
            )
            findings.append(
                failed(check, message, expected="a figure", found=found, metric=measured[0][0])
            )
    return findings or [passed(check, f"{name}: no wording stands without its figure")]


def _quote(span: Span, prose: Prose) -> str:
    """The words of a stretch of canonical text as printed, on one line and no longer than a message bears."""
    raw = prose.canonical.raw_span(*span).of(prose.canonical.raw)
    return " ".join(raw.split())[:200]


def _announcing(pattern: SentencePattern, contexts: list[Span], prose: Prose) -> Iterator[Span]:
    """Where words of the sentence stand that lead in to its figure, or beside a number word."""
    for words, leads_in in pattern.stretches:
        at = prose.flat.find(words)
        while at >= 0:
            span = prose.canonical_span(at, at + len(words))
            if not any(context.contains(span) for context in contexts):
                start = sentence_start(prose, at)
                end = sentence_end(prose, at + len(words))
                if leads_in or number_words(prose.flat[start:end]):
                    yield prose.canonical_span(start, end)
            at = prose.flat.find(words, at + 1)
