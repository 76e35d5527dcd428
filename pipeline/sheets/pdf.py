"""PDF to text with a place for every character; runs in the extraction's own process.

Reads a document's bytes, gives its text in reading order, a form feed between pages. Page
furniture would split sentences that run over a page's end: it stands at the end of the text,
where its numerals are still accounted for.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from pipeline.sheets.decode import MAX_CHARACTERS
from pipeline.sheets.extracted import Extracted
from pipeline.sheets.formats import NotTextError
from pipeline.sheets.furniture import furniture
from pipeline.sheets.layout import NO_BOX, Corners, Layout, Place
from pipeline.sheets.lines import Line, lines_of, spaced

MAX_PAGES = 50
"""A sheet has two pages."""

_LINE_END_HYPHENS = "\ufffe\x02"
_LINE_ENDS = "\r\n\f\v\u2028\u2029"
_UNREADABLE = "\ufffd"
_LINE_APART = 0.7
"""Share of the size by which base lines of two lines differ at least; raised digits differ less."""

_IN_NUMERAL = frozenset("0123456789.,")
_APART = "\u2060"
"""Stands between digits of different size or height: a figure and its footnote are two numbers."""


def extract_pdf(content: bytes) -> Extracted:
    """The text of a PDF.

    Raises:
        NotTextError: encrypted, damaged, too long, or with pages that are pictures.
    """
    try:
        document = pypdfium2.PdfDocument(content)
        count = len(document)
        if count > MAX_PAGES:
            raise NotTextError(f"has {count:,} pages, more than the {MAX_PAGES} a sheet may have")
        pages = [_lines(document[number]) for number in range(count)]
        without = [number + 1 for number in range(count) if not pages[number]]
        pictures = [number for number in without if _is_drawn_on(document[number - 1])]
    except pypdfium2.PdfiumError as error:
        raise NotTextError(_refusal(str(error))) from error
    if len(without) == count:
        raise NotTextError("has no text layer; recognise the text of its pictures and save it anew")
    if pictures:
        raise NotTextError(
            f"has no text layer on page {pictures[0]}; recognise its text and save it anew"
        )
    return _assembled(pages)


def _refusal(error: str) -> str:
    if "password" in error.lower() or "security" in error.lower():
        return "is an encrypted PDF; save it without its password"
    return "is a damaged or truncated PDF; fetch it again"


def _is_drawn_on(page: pypdfium2.PdfPage) -> bool:
    return any(True for _ in page.get_objects(max_depth=1))


def _lines(page: pypdfium2.PdfPage) -> list[Line]:
    """The page's lines; white space alone is none."""
    text: list[str] = []
    boxes: list[Corners] = []
    pieces: list[Line] = []
    for char, box in _characters(page):
        if char not in _LINE_ENDS:
            text.append("-" if char in _LINE_END_HYPHENS else char)
            boxes.append(box)
        # pdfium marks the hyphen at a line's end in place of the line break behind it.
        if char in _LINE_ENDS or char in _LINE_END_HYPHENS:
            pieces.append(Line("".join(text), tuple(boxes)))
            text, boxes = [], []
    pieces.append(Line("".join(text), tuple(boxes)))
    return lines_of([piece for piece in pieces if piece.words])


def _characters(page: pypdfium2.PdfPage) -> Iterator[tuple[str, Corners]]:
    textpage = page.get_textpage()
    count = textpage.count_chars()
    if count > MAX_CHARACTERS:
        raise NotTextError(
            f"has {count:,} characters on a page, more than the {MAX_CHARACTERS:,} a sheet may have"
        )
    place = _Places(page, textpage)
    before = ""
    last: int | None = None
    last_box = NO_BOX
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(textpage, index)
        char = _UNREADABLE if code == 0 or 0xD800 <= code < 0xE000 else chr(code)
        box = NO_BOX if char.isspace() else place.corners(index)
        if box != NO_BOX:
            # pdfium leaves out the line break where a short line follows a short line.
            if last is not None:
                if not _is_beside(last_box, box) and place.is_another_line(last, index):
                    yield "\n", NO_BOX
                elif {char, before} <= _IN_NUMERAL and place.differs(last, index):
                    yield _APART, NO_BOX
            last, last_box = index, box
        yield char, box
        before = char


def _is_beside(box: Corners, other: Corners) -> bool:
    """Whether two boxes share most of their height: one line, and no need to look closer."""
    shared = min(box[3], other[3]) - max(box[1], other[1])
    return 2 * shared > min(box[3] - box[1], other[3] - other[1])


class _Places:
    """Where pdfium sees the characters of a page, as the page is shown."""

    def __init__(self, page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage) -> None:
        self._textpage = textpage
        self._rotation = page.get_rotation()
        self._frame = page.get_cropbox()
        self._numbers = [ctypes.c_double() for _ in range(4)]
        self._matrix = pdfium.FS_MATRIX()

    def corners(self, index: int) -> Corners:
        """The box of a character, NO_BOX if it is not printed."""
        left, right, bottom, top = self._numbers
        found = pdfium.FPDFText_GetCharBox(self._textpage, index, left, right, bottom, top)
        if not found or pdfium.FPDFText_IsGenerated(self._textpage, index) == 1:
            return NO_BOX
        edges = self._shown(left.value, bottom.value, right.value, top.value)
        return tuple(round(edge * 100) for edge in edges)  # type: ignore[return-value]

    def _shown(self, left: float, bottom: float, right: float, top: float) -> tuple[float, ...]:
        """Edges from the lower left corner of the page after its rotation."""
        low_x, low_y, high_x, high_y = self._frame
        match self._rotation:
            case 90:
                return bottom - low_y, high_x - right, top - low_y, high_x - left
            case 180:
                return high_x - right, high_y - top, high_x - left, high_y - bottom
            case 270:
                return high_y - top, left - low_x, high_y - bottom, right - low_x
            case _:
                return left - low_x, bottom - low_y, right - low_x, top - low_y

    def is_another_line(self, index: int, other: int) -> bool:
        """Whether a character stands too high or low for the line of the one before."""
        _, _, rise, size = self._compared(index, other)
        return rise > _LINE_APART * size

    def differs(self, index: int, other: int) -> bool:
        """Whether two characters of one line are of different size or height."""
        size, other_size, rise, larger = self._compared(index, other)
        return max(rise, abs(size - other_size)) > larger / 10

    def _compared(self, index: int, other: int) -> tuple[float, float, float, float]:
        """The sizes of two characters, how far their base lines are apart, the larger size."""
        size, (x, y), _ = self._stand(index)
        other_size, (other_x, other_y), (up_x, up_y) = self._stand(other)
        rise = abs((x - other_x) * up_x + (y - other_y) * up_y)
        return size, other_size, rise, max(size, other_size)

    def _stand(self, index: int) -> tuple[float, tuple[float, float], tuple[float, float]]:
        """The size of a character, its origin on its base line, and which way is up for it."""
        matrix, (x, y, *_) = self._matrix, self._numbers
        pdfium.FPDFText_GetMatrix(self._textpage, index, matrix)
        pdfium.FPDFText_GetCharOrigin(self._textpage, index, x, y)
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        size = pdfium.FPDFText_GetFontSize(self._textpage, index) * scale
        return size, (x.value, y.value), (matrix.c / scale, matrix.d / scale)


def _assembled(pages: list[list[Line]]) -> Extracted:
    """The body of all pages, then what is set apart, with the place of every character."""
    apart = furniture(pages)
    text: list[str] = []
    places: list[Place] = []

    def write(line: Line, page: int, counting: frozenset[int] = frozenset()) -> None:
        text.append(line.text)
        places.extend(
            Place(page + 1, box, offset in counting) for offset, box in enumerate(line.boxes)
        )

    for page, lines in enumerate(pages):
        if page:
            write(Line("\f", (NO_BOX,)), page - 1)
        body = [line for place, line in enumerate(lines) if (page, place) not in apart]
        for line in spaced(body):
            write(line, page)
    for (page, place), counting in sorted(apart.items()):
        line = pages[page][place]
        write(Line("\n", (NO_BOX,)), page)
        write(line, page, counting)
        write(Line("\n", (NO_BOX,)), page)
    return Extracted("".join(text), None, Layout.of(places).packed())
