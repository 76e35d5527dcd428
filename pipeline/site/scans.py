"""Pages of PDF sheets as pictures, with the boxes of the figures on them.

Reads the sheets' files from the raw folder, gives PNG by name and what a page of the site shows of
them. A file that is not the sheet of the release, or that cannot be drawn, has no pictures: its text
with its marks says the same. PDFs are drawn in a process of their own, as they are extracted in one.
"""

from __future__ import annotations

import hashlib
import io
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pipeline.site.dataset import Dataset, Row

_SCALE = 1.25
"""Pixels a point: small print is read, and a page is some tens of kilobytes."""
_GRAYS = 16
_MOST_PIXELS = 4_000_000


@dataclass(frozen=True)
class Box:
    """A figure's place on a page, in percent of its width and height from the upper left corner."""

    statement: Row
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Scan:
    """One page: the picture's name beside the sheet's page, its bytes, its size in pixels, its figures."""

    name: str
    png: bytes
    width: int
    height: int
    boxes: list[Box]


def scans(data: Dataset, raw: Path | None) -> dict[str, list[Scan]]:
    """The pages of every PDF sheet that is at hand, by file."""
    if raw is None or find_spec("PIL") is None:
        return {}
    found: dict[str, list[Scan]] = {}
    for file, content in _contents(data, raw):
        try:
            # One process a sheet: what one breaks is no other's.
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
                drawn = process.submit(_draw, content).result()
        except BrokenProcessPool:
            continue
        if drawn:
            statements = data.by_file.get(file, [])
            base = data.sheet_name(file)
            found[file] = [
                _scan(f"{base}-{number}.png", number, page, statements)
                for number, page in enumerate(drawn, 1)
            ]
    return found


def _contents(data: Dataset, raw: Path) -> Iterator[tuple[str, bytes]]:
    for file, sheet in data.sheet_of.items():
        path = raw / file
        if sheet["format"] == "pdf" and path.is_file():
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == sheet["sha256"]:
                yield file, content


_Drawn = tuple[bytes, int, int, float, float]
"""A page as PNG, its size in pixels and in points."""


def _draw(content: bytes) -> list[_Drawn]:
    import pypdfium2

    found = []
    try:
        for page in pypdfium2.PdfDocument(content):
            width, height = page.get_size()
            scale = min(_SCALE, (_MOST_PIXELS / max(width * height, 1)) ** 0.5)
            picture = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil()
            png = io.BytesIO()
            picture.quantize(_GRAYS).save(png, "PNG", optimize=True)
            found.append((png.getvalue(), picture.width, picture.height, width, height))
    except (pypdfium2.PdfiumError, ValueError, MemoryError):
        return []
    return found


def _scan(name: str, number: int, drawn: _Drawn, statements: list[Row]) -> Scan:
    png, pixels_wide, pixels_high, width, height = drawn
    boxes = [
        Box(
            row,
            100 * float(row["box_left"]) / width,
            100 * (1 - float(row["box_top"]) / height),
            100 * float(row["box_right"] - row["box_left"]) / width,
            100 * float(row["box_top"] - row["box_bottom"]) / height,
        )
        for row in statements
        if row["page"] == number and row["box_left"] is not None
    ]
    return Scan(name, png, pixels_wide, pixels_high, boxes)
