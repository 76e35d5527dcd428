"""The glyphs of a PDF's page: character, box and run of each; runs in the extraction's own process.

A run is what the page draws in one go, all of one font, color and height: pdfium's text object.
What of it a reader sees is decided in ``visibility``, how it is joined to words in ``pdf``.
"""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from pipeline.sheets.formats import NotTextError
from pipeline.sheets.layout import NO_BOX, Corners

UNREADABLE = "\ufffd"
"""Stands for a glyph of which the file does not say which character it is."""

_SUBSET = re.compile(r"[A-Z]{6}\+")


def prepared(function: Any, result: Any, *arguments: Any) -> Any:
    """A function of pdfium for plain numbers and addresses: its wrapper takes twice as long."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return ctypes.CFUNCTYPE(result, *arguments)(address)


HANDLE = ctypes.c_void_p
_CODE = prepared(pdfium.FPDFText_GetUnicode, ctypes.c_uint, HANDLE, ctypes.c_int)
_RUN = prepared(pdfium.FPDFText_GetTextObject, HANDLE, HANDLE, ctypes.c_int)
_BOX = prepared(pdfium.FPDFText_GetCharBox, ctypes.c_int, HANDLE, ctypes.c_int, *[HANDLE] * 4)


@dataclass(frozen=True)
class Frame:
    """What a page shows of its drawing: the crop box within the media box, and its rotation."""

    edges: tuple[float, float, float, float]
    rotation: int

    @classmethod
    def of(cls, page: pypdfium2.PdfPage) -> Frame:
        """The frame of a page."""
        return cls(page.get_bbox(), page.get_rotation())

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height as shown, in hundredths of a point."""
        corners = self.corners(*self.edges)
        return corners[2], corners[3]

    def boxes(self, edges: list[float]) -> list[Corners]:
        """Many boxes of the drawing as they are shown, four edges each as in :meth:`corners`."""
        numbers = iter(edges)
        quads = zip(numbers, numbers, numbers, numbers, strict=True)
        try:
            if self.rotation == 0:
                x, y, _, _ = self.edges
                return [
                    (round((left - x) * 100), round((bottom - y) * 100), round((right - x) * 100), round((top - y) * 100))
                    for left, bottom, right, top in quads
                ]  # fmt: skip
            return [self.corners(*quad) for quad in quads]
        except (OverflowError, ValueError) as error:  # infinite, or no number
            raise NotTextError("draws text at no place of a page; it is damaged") from error

    def corners(self, left: float, bottom: float, right: float, top: float) -> Corners:
        """A box of the drawing as it is shown, from the lower left corner of the page."""
        low_x, low_y, high_x, high_y = self.edges
        match self.rotation:
            case 90:
                edges = bottom - low_y, high_x - right, top - low_y, high_x - left
            case 180:
                edges = high_x - right, high_y - top, high_x - left, high_y - bottom
            case 270:
                edges = high_y - top, left - low_x, high_y - bottom, right - low_x
            case _:
                edges = left - low_x, bottom - low_y, right - low_x, top - low_y
        first, second, third, fourth = edges
        return round(first * 100), round(second * 100), round(third * 100), round(fourth * 100)


@dataclass(frozen=True, slots=True)
class Stand:
    """How a glyph stands: its size, its origin on its base line, and which way is up for it."""

    size: float
    origin: tuple[float, float]
    up: tuple[float, float]

    def rise(self, other: Stand) -> float:
        """How far ``other`` stands above this glyph's base line, below it if negative."""
        x, y = other.origin[0] - self.origin[0], other.origin[1] - self.origin[1]
        return x * self.up[0] + y * self.up[1]


class Glyphs:
    """A page's glyphs in pdfium's order, white space and line breaks among them.

    ``boxes`` holds NO_BOX for what is not printed, ``runs`` the address of each glyph's text
    object, ``guessed`` pdfium's guess at digits that the file does not name, by index.
    """

    def __init__(self, textpage: pypdfium2.PdfTextPage, frame: Frame) -> None:
        self._textpage, self.frame = textpage, frame
        self.stand, self.look = cache(self._stand), cache(self._look)
        count = textpage.count_chars()
        handle = ctypes.addressof(textpage.raw.contents)
        codes = [_CODE(handle, index) for index in range(count)]
        runs = [_RUN(handle, index) or 0 for index in range(count)]
        chars = [
            UNREADABLE if code == 0 or 0xD800 <= code < 0xE000 else chr(code) for code in codes
        ]
        # What pdfium adds, spaces and line breaks, belongs to no run.
        printed = [index for index in range(count) if runs[index] and not chars[index].isspace()]
        edges = (ctypes.c_double * (4 * len(printed)))()
        address = ctypes.addressof(edges)
        for index in printed:
            _BOX(handle, index, address, address + 16, address + 8, address + 24)
            address += 32
        boxes = [NO_BOX] * count
        for index, box in zip(printed, frame.boxes(edges[:]), strict=True):
            boxes[index] = box
        self.guessed = {
            index: chars[index]
            for index in printed
            if chars[index].isdigit() and pdfium.FPDFText_HasUnicodeMapError(textpage, index) == 1
        }
        for index in self.guessed:
            chars[index] = UNREADABLE
        self.chars, self.boxes, self.runs = chars, boxes, runs

    def _stand(self, index: int) -> Stand:
        """How the glyph at ``index`` stands."""
        matrix, x, y = pdfium.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
        pdfium.FPDFText_GetMatrix(self._textpage, index, matrix)
        pdfium.FPDFText_GetCharOrigin(self._textpage, index, x, y)
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        size = pdfium.FPDFText_GetFontSize(self._textpage, index) * scale
        return Stand(size, (x.value, y.value), (matrix.c / scale, matrix.d / scale))

    def _look(self, run: int) -> tuple[object, ...]:
        """Color, font, weight and rendering of a run."""
        text = handle_of(run)
        mode, font = pdfium.FPDFTextObj_GetTextRenderMode(text), pdfium.FPDFTextObj_GetFont(text)
        return color_of(text), mode, font_name(font), pdfium.FPDFFont_GetWeight(font)


def handle_of(address: int) -> Any:
    """Pdfium's handle of an object of the page."""
    return ctypes.cast(address, pdfium.FPDF_PAGEOBJECT)


def color_of(text: Any) -> tuple[int, int, int, int] | None:
    """Red, green, blue and opacity that a run is filled with; None if it is a pattern."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium.FPDFPageObj_GetFillColor(text, red, green, blue, alpha):
        return None
    return red.value, green.value, blue.value, alpha.value


def font_name(font: Any) -> str:
    """The name of a font without the mark of its subset; empty for a Type 3 font."""
    name = ctypes.create_string_buffer(256)
    pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
    return _SUBSET.sub("", name.value.decode("utf-8", "replace"))
