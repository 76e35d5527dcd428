"""PDF to text with a place for every character; runs in the extraction's own process.

A page's lines are put together from what it draws, which of it is seen, and what its annotations
say. They come in reading order, a form feed between pages. Page furniture would split
sentences that run over a page's end: it stands at the end of the text, where its numerals are
still accounted for. What a reader does not see is left out and told.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap

import pypdfium2

from pipeline.sheets.annotations import Annotation, annotations_of
from pipeline.sheets.decode import MAX_CHARACTERS
from pipeline.sheets.drawing import PageObject, drawn_objects
from pipeline.sheets.extracted import Extraction, SkippedText
from pipeline.sheets.formats import NotTextError
from pipeline.sheets.furniture import furniture
from pipeline.sheets.glyphs import Frame, Glyphs
from pipeline.sheets.layout import NO_BOX, Corners, Layout, Place, overlap
from pipeline.sheets.lines import Line, lines_of, spaced
from pipeline.sheets.pieces import LeftOut, pieces_of
from pipeline.sheets.visibility import hidden_glyphs
from pipeline.sheets.writing import LONGEST_SKIPPED

MAX_PAGES = 50
"""A sheet has two pages."""

MAX_POINTS = 20_000
"""Longest side of a page; the format itself stops at 14,400."""

_REPLACED = "given as other text than what is printed"


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a page in the order in which they are read, and what they leave out.

    ``has_pictures`` says that the page draws other things than text.
    """

    lines: list[Line]
    left_out: list[LeftOut]
    has_pictures: bool


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


def _textless(pages: Sequence[_Page], where: str) -> str:
    hidden = next((entry.why for page in pages for entry in page.left_out), None)
    problem = "has no text layer" if hidden is None else "shows none of the text that it holds"
    reason = "" if hidden is None else f": it is {hidden}"
    return (
        f"{problem}{where}{reason}; save what a reader sees as text and compare it with the sheet"
    )


def _read(content: bytes, number: int, page: pypdfium2.PdfPage) -> _Page:
    side = max(page.get_size())
    if not side <= MAX_POINTS:
        raise NotTextError(
            f"has a page of {side:,.0f} points, more than the {MAX_POINTS:,} a sheet may have"
        )
    drawn = drawn_objects(page)  # first: it takes replacements of text out of the page
    textpage = page.get_textpage()
    count = textpage.count_chars()
    if count > MAX_CHARACTERS:
        raise NotTextError(
            f"has {count:,} characters on a page, more than the {MAX_CHARACTERS:,} a sheet may have"
        )
    frame = Frame.of(page)
    annotations = annotations_of(content, number, page, frame)
    glyphs = Glyphs(textpage, frame)
    hidden = hidden_glyphs(page, glyphs, drawn, annotations)
    pieces, unseen = pieces_of(glyphs, hidden)
    left_out = [*unseen, *_replacements(drawn, glyphs), *_annotated(annotations, glyphs)]
    return _Page(lines_of(pieces), left_out, not all(entry.is_text for entry in drawn))


def _replacements(drawn: Sequence[PageObject], glyphs: Glyphs) -> Iterator[LeftOut]:
    """What the file says that runs say, where they draw other letters or digits."""
    if all(entry.replacement is None for entry in drawn):
        return
    glyphs_of: dict[int, list[int]] = defaultdict(list)
    for index, run in enumerate(glyphs.runs):
        glyphs_of[run].append(index)
    for words, group in groupby(drawn, key=lambda entry: entry.replacement):
        if words is None:
            continue
        printed = [index for entry in group for index in glyphs_of.get(entry.address, ())]
        said, shown = _letters(words), _letters("".join(glyphs.chars[index] for index in printed))
        # Runs that follow each other may be replaced by the same words each.
        if said and (not shown or shown != said * (len(shown) // len(said))):
            box = glyphs.boxes[printed[0]] if printed else None
            yield LeftOut([words], _REPLACED, box)


def _letters(words: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", words)))


def _annotated(annotations: Sequence[Annotation], glyphs: Glyphs) -> Iterator[LeftOut]:
    for entry in annotations:
        if entry.words:
            area = glyphs.frame.corners(*entry.edges)
            beside = (box for box in glyphs.boxes if box != NO_BOX and overlap(box, area))
            box = next(beside, None)
            yield from (LeftOut([words], entry.why, box) for words in entry.words)


def _assembled(pages: Sequence[_Page]) -> Extraction:
    """The body of all pages, then what is set apart, with the place of every character."""
    lines = [page.lines for page in pages]
    apart = furniture(lines)
    text: list[str] = []
    places: list[Place] = []
    starts: list[int] = []

    def write(line: Line, page: int, counting: frozenset[int] = frozenset()) -> None:
        text.append(line.text)
        places.extend([(page + 1, box, at in counting) for at, box in enumerate(line.boxes)])

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
        for words in wrap(entry.text, LONGEST_SKIPPED, break_on_hyphens=False)
    ]
    return sorted(found, key=lambda entry: entry.at)
