"""What the text leaves out or a reader does not see, where it may concern a figure.

Reads what the extraction left out and what is struck through, gives findings on what holds a
number: an error where it stands in or beside a captured sentence, a warning elsewhere. Within such
a sentence words that are seen, but no text ("more than" in a drawing), are an error as well.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from pipeline.checks import failed, passed
from pipeline.model import Finding, Span, Statement
from pipeline.sheets.decode import SheetText
from pipeline.sheets.extracted import GENERATED, SkippedText
from pipeline.sheets.number_words import EVERYDAY_WORDS, number_words

_EVERYDAY = re.compile(rf"\b(?:{'|'.join(EVERYDAY_WORDS)})\b")


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


def _holds_number(text: str, *, everyday: bool) -> bool:
    words = text.lower() if everyday else _EVERYDAY.sub("", text.lower())
    return any(map(str.isnumeric, text)) or bool(number_words(words.replace("-", " ")))
