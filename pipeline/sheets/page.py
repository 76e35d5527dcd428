"""One page of a PDF: its lines as a reader sees them, and what they leave out.

Runs in the extraction's own process. Puts together what the page draws, which of it is seen, and
what its annotations say.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import pypdfium2

from pipeline.sheets.annotations import Annotation, annotations_of
from pipeline.sheets.decode import MAX_CHARACTERS
from pipeline.sheets.drawing import PageObject, drawn_objects
from pipeline.sheets.formats import NotTextError
from pipeline.sheets.glyphs import Frame, Glyphs, Runs, read_glyphs
from pipeline.sheets.layout import NO_BOX
from pipeline.sheets.lines import Line, lines_of
from pipeline.sheets.pieces import LeftOut, pieces_of
from pipeline.sheets.visibility import hidden_glyphs

_REPLACED = "given as other text than what is printed"


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page in the order in which they are read, and what they leave out.

    ``has_pictures`` says that the page draws other things than text.
    """

    lines: list[Line]
    left_out: list[LeftOut]
    has_pictures: bool


def read_page(content: bytes, number: int, page: pypdfium2.PdfPage) -> Page:
    """Read a page.

    Args:
        content: the document's bytes.
        number: the page's place in it, from 0.
        page: the page itself.

    Raises:
        NotTextError: beyond a limit.
    """
    drawn = drawn_objects(page)  # first: it takes replacements of text out of the page
    textpage = page.get_textpage()
    count = textpage.count_chars()
    if count > MAX_CHARACTERS:
        raise NotTextError(
            f"has {count:,} characters on a page, more than the {MAX_CHARACTERS:,} a sheet may have"
        )
    annotations = annotations_of(content, number, page)
    glyphs, runs = read_glyphs(textpage, Frame.of(page)), Runs(textpage)
    hidden = hidden_glyphs(
        page,
        glyphs,
        runs,
        drawn,
        struck=[box for entry in annotations for box in entry.strikes],
        annotated=any(entry.drawn for entry in annotations),
    )
    pieces, unseen = pieces_of(glyphs, runs, hidden)
    left_out = [
        *unseen,
        *_replacements(drawn, glyphs),
        *_annotated(annotations, glyphs, Frame.of(page)),
    ]
    lines = lines_of([piece for piece in pieces if piece.words])
    return Page(lines, left_out, not all(entry.is_text for entry in drawn))


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


def _annotated(
    annotations: Sequence[Annotation], glyphs: Glyphs, frame: Frame
) -> Iterator[LeftOut]:
    for entry in annotations:
        left, bottom, right, top = frame.corners(*entry.edges)
        beside = (
            box
            for box in glyphs.boxes
            if box != NO_BOX
            and box[0] < right
            and left < box[2]
            and box[1] < top
            and bottom < box[3]
        )
        box = next(beside, None) if entry.words else None
        yield from (LeftOut([words], entry.why, box) for words in entry.words)
