"""Annotations and form fields of a PDF's page: their words; runs in the extraction's own process.

They are no part of the page's text. Whoever reads the sheet may see them, or not: what they say
is reported, seen or hidden, and what they strike through is not read.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from pipeline.sheets.formats import NotTextError
from pipeline.sheets.glyphs import Frame
from pipeline.sheets.layout import Corners

_MOST = 2000
"""Annotations of a page; no sheet has more than a few links."""

_WORDS = (b"Contents", b"V", b"RC")
"""Entries that hold what an annotation or a field says."""

_HIDDEN = (
    pdfium.FPDF_ANNOT_FLAG_INVISIBLE | pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
)
_STRIKING = (pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_REDACT)

_WHY = {
    (False, False): "in an annotation",
    (False, True): "in a hidden annotation",
    (True, False): "in a form field",
    (True, True): "in a hidden form field",
}
"""By whether it is a form field and whether it is hidden."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation: what it says, why that is no text, and its rectangle in the drawing.

    ``drawn`` says that it may be drawn over the page, ``strikes`` where it strikes text through,
    ``has_parent`` that it is one place of a field that may hold the value for all of them.
    """

    words: tuple[str, ...]
    why: str
    edges: tuple[float, float, float, float]
    drawn: bool
    has_appearance: bool
    has_parent: bool
    strikes: tuple[Corners, ...]


def annotations_of(
    content: bytes, number: int, page: pypdfium2.PdfPage, frame: Frame
) -> list[Annotation]:
    """The annotations of a page, whose place in the document, from 0, is ``number``.

    The page is left as it is: what changes it is done to another reading of the document.

    Raises:
        NotTextError: more annotations than a sheet may have.
    """
    count = pdfium.FPDFPage_GetAnnotCount(page)
    if count > _MOST:
        raise NotTextError(f"has {count:,} annotations on a page, more than {_MOST:,}")
    found = [_annotation(page, frame, index) for index in range(count)]
    if any(entry.has_parent for entry in found):
        found = list(_with_values(found, content, number))
    if any(entry.drawn and entry.has_appearance for entry in found):
        with pypdfium2.PdfDocument(content) as document:
            return list(_with_appearances(found, page, document, number))
    return found


def _annotation(page: pypdfium2.PdfPage, frame: Frame, index: int) -> Annotation:
    handle = pdfium.FPDFPage_GetAnnot(page, index)
    try:
        subtype = pdfium.FPDFAnnot_GetSubtype(handle)
        hidden = bool(pdfium.FPDFAnnot_GetFlags(handle) & _HIDDEN)
        is_field = subtype == pdfium.FPDF_ANNOT_WIDGET
        rectangle = pdfium.FS_RECTF()
        pdfium.FPDFAnnot_GetRect(handle, rectangle)
        has_appearance = bool(pdfium.FPDFAnnot_HasKey(handle, b"AP"))
        said = (_string(partial(pdfium.FPDFAnnot_GetStringValue, handle, key)) for key in _WORDS)
        striking = subtype in _STRIKING and not hidden
        return Annotation(
            tuple(dict.fromkeys(filter(None, said))),
            _WHY[is_field, hidden],
            (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top),
            not hidden and (has_appearance or subtype != pdfium.FPDF_ANNOT_LINK),
            has_appearance,
            is_field and bool(pdfium.FPDFAnnot_HasKey(handle, b"Parent")),
            tuple(_quadrilaterals(handle, frame)) if striking else (),
        )
    finally:
        pdfium.FPDFPage_CloseAnnot(handle)


def _with_appearances(
    annotations: list[Annotation],
    page: pypdfium2.PdfPage,
    document: pypdfium2.PdfDocument,
    number: int,
) -> Iterator[Annotation]:
    """The annotations with the words that their appearance draws.

    They are drawn into the page of a copy, whose text is compared with that of the page.
    """
    pdfium.FPDFPage_Flatten(document[number], pdfium.FLAT_NORMALDISPLAY)
    before, after = page.get_textpage(), document[number].get_textpage()
    for entry in annotations:
        was, words = (
            " ".join(text.get_text_bounded(*entry.edges).split()) for text in (before, after)
        )
        is_new = entry.drawn and words not in (was, *entry.words)
        yield replace(entry, words=(*entry.words, words)) if is_new else entry


def _with_values(
    annotations: list[Annotation], content: bytes, number: int
) -> Iterator[Annotation]:
    """The annotations with the values of the fields that they are places of."""
    with pypdfium2.PdfDocument(content) as document:
        document.init_forms()
        page = document[number]
        for index, entry in enumerate(annotations):
            value = _field_value(document, page, index) if entry.has_parent else ""
            words = dict.fromkeys(filter(None, (*entry.words, value)))
            yield replace(entry, words=tuple(words))


def _field_value(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, index: int) -> str:
    if document.formenv is None:
        return ""
    handle = pdfium.FPDFPage_GetAnnot(page, index)
    try:
        return _string(partial(pdfium.FPDFAnnot_GetFormFieldValue, document.formenv, handle))
    finally:
        pdfium.FPDFPage_CloseAnnot(handle)


def _string(read: Callable[[Any, int], int]) -> str:
    """What a function of pdfium writes into a buffer, whose length it tells first."""
    length = read(None, 0)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    read(buffer, ctypes.sizeof(buffer))
    return bytes(buffer)[: max(length - 2, 0)].decode("utf-16-le", "replace").strip()


def _quadrilaterals(handle: Any, frame: Frame) -> Iterator[Corners]:
    points = pdfium.FS_QUADPOINTSF()
    for index in range(pdfium.FPDFAnnot_CountAttachmentPoints(handle)):
        if pdfium.FPDFAnnot_GetAttachmentPoints(handle, index, points):
            xs = points.x1, points.x2, points.x3, points.x4
            ys = points.y1, points.y2, points.y3, points.y4
            yield frame.corners(min(xs), min(ys), max(xs), max(ys))
