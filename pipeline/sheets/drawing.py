"""The objects that a PDF's page draws: text, paths, pictures; runs in the extraction's own process.

Says of each what kind it is, where it stands, and whether a layer may hide it. Texts that a file
gives in place of what it draws (``ActualText``) are taken out here, before the page's text is
read, so that the text is what is drawn.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from pipeline.sheets.formats import NotTextError
from pipeline.sheets.glyphs import HANDLE, Frame, handle_of, prepared
from pipeline.sheets.layout import Corners

_MAX_OBJECTS = 100_000
_DEEPEST = 12
"""Forms within forms; no sheet has more than a few."""

_OBJECTS = prepared(pdfium.FPDFPage_CountObjects, ctypes.c_int, HANDLE)
_OBJECT = prepared(pdfium.FPDFPage_GetObject, HANDLE, HANDLE, ctypes.c_int)
_OBJECTS_IN = prepared(pdfium.FPDFFormObj_CountObjects, ctypes.c_int, HANDLE)
_OBJECT_IN = prepared(pdfium.FPDFFormObj_GetObject, HANDLE, HANDLE, ctypes.c_ulong)
_KIND = prepared(pdfium.FPDFPageObj_GetType, ctypes.c_int, HANDLE)
_MARKS = prepared(pdfium.FPDFPageObj_CountMarks, ctypes.c_int, HANDLE)
_MARK = prepared(pdfium.FPDFPageObj_GetMark, HANDLE, HANDLE, ctypes.c_ulong)
_NAME = prepared(
    pdfium.FPDFPageObjMark_GetName, ctypes.c_int, HANDLE, HANDLE, ctypes.c_ulong, HANDLE
)
_STRING = prepared(pdfium.FPDFPageObjMark_GetParamStringValue, ctypes.c_int, HANDLE, ctypes.c_char_p, HANDLE, ctypes.c_ulong, HANDLE)  # fmt: skip
_UNMARK = prepared(pdfium.FPDFPageObj_RemoveMark, ctypes.c_int, HANDLE, HANDLE)

Matrix = tuple[float, float, float, float, float, float]
_AS_IT_IS: Matrix = (1, 0, 0, 1, 0, 0)


class PageObject(NamedTuple):
    """One object: pdfium's address and kind of it, the matrix of the form it stands in.

    ``layered`` says that it belongs to a layer, ``replacement`` what the file gives as its text.
    """

    address: int
    kind: int
    is_text: bool
    matrix: Matrix
    layered: bool
    replacement: str | None

    @property
    def handle(self) -> Any:
        """Pdfium's handle of it."""
        return handle_of(self.address)

    @property
    def is_mirrored(self) -> bool:
        """Whether the page shows it as a mirror does."""
        a, b, c, d, _, _ = self.matrix
        inner = _matrix_of(self.handle)
        return (a * d - b * c) * (inner[0] * inner[3] - inner[1] * inner[2]) < 0

    def corners(self, frame: Frame) -> Corners:
        """Its box as the page shows it."""
        edges = [ctypes.c_float() for _ in range(4)]
        pdfium.FPDFPageObj_GetBounds(self.handle, *edges)
        left, bottom, right, top = (edge.value for edge in edges)
        a, b, c, d, e, f = self.matrix
        points = [
            (a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)
        ]
        xs, ys = zip(*points, strict=True)
        return frame.corners(min(xs), min(ys), max(xs), max(ys))


def drawn_objects(page: pypdfium2.PdfPage) -> list[PageObject]:
    """Every object of a page in the order of drawing, those of its forms among them.

    Raises:
        NotTextError: more objects than a sheet may have.
    """
    walk, address = _Walk(), ctypes.addressof(page.raw.contents)
    walk.take((_OBJECT(address, index) for index in range(_OBJECTS(address))), _AS_IT_IS)
    return walk.found


class _Walk:
    """Finds a page's objects, which may be thousands: some programs draw each letter by itself."""

    def __init__(self) -> None:
        self.found: list[PageObject] = []
        self._layers: dict[int, bool] = {}
        """Whether a mark is of a layer, by its address: many objects share one mark."""

    def take(
        self, addresses: Iterator[int], matrix: Matrix, *, layered: bool = False, depth: int = 0
    ) -> None:
        """Find these objects and those within them."""
        if depth > _DEEPEST:
            raise NotTextError(f"nests drawings more than {_DEEPEST} deep")
        found = self.found
        for address in addresses:
            kind, marks = _KIND(address), _MARKS(address)
            in_layer, replacement = self._marked(address, marks) if marks > 0 else (False, None)
            in_layer = in_layer or layered
            is_text = kind == pdfium.FPDF_PAGEOBJ_TEXT
            found.append(PageObject(address, kind, is_text, matrix, in_layer, replacement))
            if len(found) > _MAX_OBJECTS:
                raise NotTextError(f"draws more than {_MAX_OBJECTS:,} objects on a page")
            if kind == pdfium.FPDF_PAGEOBJ_FORM:
                inner = _multiplied(_matrix_of(handle_of(address)), matrix)
                parts = (_OBJECT_IN(address, index) for index in range(_OBJECTS_IN(address)))
                self.take(parts, inner, layered=in_layer, depth=depth + 1)

    def _marked(self, address: int, marks: int) -> tuple[bool, str | None]:
        """Whether an object is marked as part of a layer, and its replacement, which is taken out."""
        layered, replacement = False, None
        for index in range(marks - 1, -1, -1):
            mark = _MARK(address, index)
            is_layer = self._layers.get(mark)
            if is_layer is None:
                is_layer = _string(_NAME, mark) == "OC"
                words = _string(_STRING, mark, b"ActualText")
                if words is None:
                    self._layers[mark] = is_layer
                else:  # not kept: once taken out, its address may be another mark's
                    replacement = words
                    _UNMARK(address, mark)
            layered = layered or is_layer
        return layered, replacement


def _string(function: Any, *arguments: Any) -> str | None:
    """What a function of pdfium says of a mark: first its length, then itself."""
    length = ctypes.c_ulong()
    if not function(*arguments, None, 0, ctypes.addressof(length)):
        return None
    words = ctypes.create_string_buffer(max(length.value, 2))
    function(*arguments, ctypes.addressof(words), len(words), ctypes.addressof(length))
    return words.raw[:-2].decode("utf-16-le", "replace")


def _matrix_of(handle: Any) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(handle, matrix)
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _multiplied(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that applies ``first``, then ``second``."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)  # fmt: skip
