"""PDF to text with a place for every character; runs in the extraction's own process.

The pages' lines come in reading order, a form feed between pages. Page furniture would split
sentences that run over a page's end: it stands at the end of the text, where its numerals are
still accounted for. What a reader does not see is left out and told.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import pypdfium2

from pipeline.sheets.extracted import Extraction, SkippedText
from pipeline.sheets.formats import NotTextError
from pipeline.sheets.furniture import furniture
from pipeline.sheets.layout import NO_BOX, Corners, Layout, Place
from pipeline.sheets.lines import Line, spaced
from pipeline.sheets.page import Page, read_page
from pipeline.sheets.pieces import LeftOut

MAX_PAGES = 50
"""A sheet has two pages."""

MAX_POINTS = 20_000
"""Longest side of a page; the format itself stops at 14,400."""

_LONGEST_SKIPPED = 200


def extract_pdf(content: bytes) -> Extraction:
    """The text of a PDF.

    Raises:
        NotTextError: encrypted, damaged, too long, or with pages that are pictures.
    """
    try:
        document = pypdfium2.PdfDocument(content)
        count = len(document)
        if count > MAX_PAGES:
            raise NotTextError(f"has {count:,} pages, more than the {MAX_PAGES} a sheet may have")
        pages = [_read(content, number, document[number]) for number in range(count)]
    except pypdfium2.PdfiumError as error:
        raise NotTextError(_refusal(str(error))) from error
    blank = [number for number, page in enumerate(pages) if not page.lines]
    pictures = [number for number in blank if pages[number].has_pictures]
    if len(blank) == count:
        raise NotTextError(_textless(pages, ""))
    if pictures:
        raise NotTextError(_textless([pages[pictures[0]]], f" on page {pictures[0] + 1}"))
    return _assembled(pages)


def _refusal(error: str) -> str:
    if "password" in error.lower() or "security" in error.lower():
        return "is an encrypted PDF; save it without its password"
    return "is a damaged or truncated PDF; fetch it again"


def _textless(pages: Sequence[Page], where: str) -> str:
    hidden = next((entry.why for page in pages for entry in page.left_out), None)
    problem = "has no text layer" if hidden is None else "shows none of the text that it holds"
    reason = "" if hidden is None else f": it is {hidden}"
    return (
        f"{problem}{where}{reason}; save what a reader sees as text and compare it with the sheet"
    )


def _read(content: bytes, number: int, page: pypdfium2.PdfPage) -> Page:
    side = max(page.get_size())
    if not side <= MAX_POINTS:
        raise NotTextError(
            f"has a page of {side:,.0f} points, more than the {MAX_POINTS:,} a sheet may have"
        )
    return read_page(content, number, page)


def _assembled(pages: Sequence[Page]) -> Extraction:
    """The body of all pages, then what is set apart, with the place of every character."""
    lines = [page.lines for page in pages]
    apart = furniture(lines)
    text: list[str] = []
    places: list[Place] = []
    starts: list[int] = []

    def write(line: Line, page: int, counting: frozenset[int] = frozenset()) -> None:
        text.append(line.text)
        places.extend([(page + 1, box, False) for box in line.boxes])
        for offset in counting:
            places[offset - len(line.boxes)] = (page + 1, line.boxes[offset], True)

    for page in range(len(pages)):
        if page:
            write(Line("\f", (NO_BOX,)), page - 1)
        starts.append(len(places))
        body = [line for place, line in enumerate(lines[page]) if (page, place) not in apart]
        for line in spaced(body):
            write(line, page)
    for (page, place), counting in sorted(apart.items()):
        line = lines[page][place]
        write(Line("\n", (NO_BOX,)), page)
        write(line, page, counting)
        write(Line("\n", (NO_BOX,)), page)
    skipped = _skipped([page.left_out for page in pages], starts, places)
    return Extraction("".join(text), None, Layout.of(places).packed, tuple(skipped))


def _skipped(
    left_out: Sequence[Sequence[LeftOut]], starts: Sequence[int], places: Sequence[Place]
) -> list[SkippedText]:
    """What was left out in the order of the text, behind the glyph that it stood behind."""
    if not any(left_out):
        return []
    offsets: dict[tuple[int, Corners | None], int] = {
        (page, None): start for page, start in enumerate(starts, 1)
    }
    for offset, (page, box, _) in enumerate(places):
        offsets.setdefault((page, box), offset + 1)
    found = [
        SkippedText(words, entry.why, offsets.get((page, entry.box), starts[page - 1]))
        for page, entries in enumerate(left_out, 1)
        for entry in entries
        for words in wrap(entry.text, _LONGEST_SKIPPED, break_on_hyphens=False)
    ]
    return sorted(found, key=lambda entry: entry.at)
