"""What may print a figure and was not read: sentences that are not whole, words that announce, hidden text.

Reads prose and what was captured of it, what the extraction left out and what is struck through,
gives findings. A metric that a sheet need not print would else be lost in silence where damage left
no digit behind ("assistance on on\u00e9 case"). A number that no reader sees is an error where it
stands in or beside a captured sentence, a warning elsewhere; within such a sentence words that are
seen, but no text ("more than" in a drawing), are an error as well.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from pipeline.checks import failed, passed
from pipeline.model import Finding, Span, Statement
from pipeline.parse.patterns import SentencePattern
from pipeline.parse.prose import Prose, sentence_end, sentence_start
from pipeline.parse.statements import SentenceMatch
from pipeline.sheets.decode import SheetText
from pipeline.sheets.extracted import GENERATED, SkippedText
from pipeline.sheets.number_words import EVERYDAY_WORDS, number_words


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

    Words in ``contexts``, the stretches of captured sentences, are those sentences' own.
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


def visible_text(
    text: SheetText, struck: list[Span], statements: tuple[Statement, ...], name: str
) -> Iterator[Finding]:
    """A finding for each stretch with a number that the extraction left out, or that is ``struck``."""
    skipped = [*text.skipped]
    skipped += [SkippedText(one.of(text.text)[:200], "struck through", one.start) for one in struck]
    quoted = sorted(statements, key=lambda one: one.quote_span)
    starts = [statement.quote_span.start for statement in quoted]
    failing = set()
    for piece in skipped:
        before = bisect_right(starts, piece.at)
        near = quoted[before - 1] if before else None
        touched = near if near and piece.at <= near.quote_span.end else None
        # A box between two paragraphs touches both; what the style sheet writes is part of one.
        is_within = touched is not None and (
            piece.why == GENERATED or touched.quote_span.start < piece.at < touched.quote_span.end
        )
        says = is_within and piece.is_shown and any(map(str.isalpha, piece.text))
        if not says and not _holds_number(piece.text, everyday=touched is not None):
            continue
        shown = " ".join(piece.text.split())
        place = f"{name} page {text.page(piece.at)}, character {piece.at}"
        if touched is not None:
            check = "captured_text_is_all_visible"
            message = (
                f"{place}: {shown!r} is {piece.why}, within the sentence of {touched.metric}; "
                "look at the sheet and settle what it prints"
            )
        else:
            check = "hidden_text_holds_no_number"
            message = f"{place}: {shown!r} is {piece.why} and was not read; look at the sheet"
        failing.add(check)
        yield failed(check, message, expected="visible text", found=f"{piece.why}: {shown}")
    for check in ("captured_text_is_all_visible", "hidden_text_holds_no_number"):
        if check not in failing:
            yield passed(check, f"{name}: {len(skipped)} stretches left out, none with a number")


def beside_hidden(text: SheetText, struck: list[Span], span: Span) -> bool:
    """Whether words of the same sentence are not seen: they may say what the words of a stretch count."""
    hidden = [one for one in struck if any(map(str.isalpha, one.of(text.text)))]
    hidden += [
        Span(piece.at, piece.at)
        for piece in text.skipped
        if not piece.is_shown and any(map(str.isalpha, piece.text))
    ]
    return any(
        not _ENDS.search(text.text, min(piece.end, span.end), max(piece.start, span.start))
        for piece in hidden
    )


_ENDS = re.compile(r"""[.!?]["')\]*]*\s|\n\s*\n|\f""")
_EVERYDAY = re.compile(rf"\b(?:{'|'.join(EVERYDAY_WORDS)})\b")


def _holds_number(text: str, *, everyday: bool) -> bool:
    words = text.lower() if everyday else _EVERYDAY.sub("", text.lower())
    return any(map(str.isnumeric, text)) or bool(number_words(words.replace("-", " ")))
