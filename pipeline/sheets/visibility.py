"""Which glyphs of a PDF's page a reader sees; runs in the extraction's own process.

A glyph is seen if the page looks different without its run. That one question covers layers that
are switched off, clipping, opacity, white on white, and what is laid over: pdfium renders the page
with and without its text, and the pixels are compared. Pages that cannot hide text are not
rendered: nothing but opaque, dark text with nothing else where it stands.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from pipeline.sheets.annotations import Annotation
from pipeline.sheets.drawing import PageObject
from pipeline.sheets.formats import NotTextError
from pipeline.sheets.glyphs import HANDLE, Glyphs, color_of, font_name, prepared
from pipeline.sheets.layout import NO_BOX, Corners, overlap
from pipeline.sheets.picture import FAINT, Picture
from pipeline.sheets.shapes import crowded, is_empty, is_small, is_squeezed, outside

_TINY = "too small to read"
_COVERED = "covered or cut off"

_TINY_SIZE = 3.0
"""Points of a font's size below which nobody reads it."""

_FLAT = 400
"""Hundredths of a point: the most height of a line that strikes text through; pdfium gives twice its width."""

_DARK = 200
"""The lightest color, of 255 in its darkest part, that is surely seen on white."""

_OPAQUE = 255
_OVERLAP = 0.15
"""Share of the smaller of two glyphs' boxes from which one may hide the other."""

_CELL = 1000
"""Hundredths of a point: the grid in which lines and glyphs that overlap are searched."""

_MOST_IN_CELL = 500
"""Glyphs in one field of the grid; of small print it holds some twenty."""

_MOST_GROUPS = 6
"""Runs that stand over each other at one place before the rest counts as not seen."""

_MOST_COMPARED = 40_000
"""Pairs of objects that are compared before the page is rendered instead."""

_MODE = prepared(pdfium.FPDFTextObj_GetTextRenderMode, ctypes.c_int, HANDLE)
_COLOR = prepared(pdfium.FPDFPageObj_GetFillColor, ctypes.c_int, HANDLE, *[HANDLE] * 4)
_TRANSPARENCY = prepared(pdfium.FPDFPageObj_HasTransparency, ctypes.c_int, HANDLE)
_CLIP = prepared(pdfium.FPDFPageObj_GetClipPath, HANDLE, HANDLE)
_CLIPS = prepared(pdfium.FPDFClipPath_CountPaths, ctypes.c_int, HANDLE)
_FONT = prepared(pdfium.FPDFTextObj_GetFont, HANDLE, HANDLE)

_NOT_PAINTED = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)


def hidden_glyphs(
    page: pypdfium2.PdfPage,
    glyphs: Glyphs,
    drawn: Sequence[PageObject],
    annotations: Sequence[Annotation],
) -> dict[int, str]:
    """The printed glyphs that a reader does not see, by index, each with the reason.

    ``drawn`` are the page's objects in the order of drawing; its annotations may strike text
    through or be drawn over it.
    """
    boxes, frame = glyphs.boxes, glyphs.frame
    printed = [index for index, box in enumerate(boxes) if box != NO_BOX]
    hidden = dict.fromkeys(outside(boxes, printed, frame.size), "outside the page")
    small = [index for index in printed if is_small(boxes[index]) and glyphs.chars[index].isalnum()]
    tiny = {glyphs.runs[index] for index in small if glyphs.stand(index).size < _TINY_SIZE}
    hidden |= {i: _TINY for i in printed if is_squeezed(boxes[i]) and glyphs.chars[i].isalnum()}
    if small:
        hidden |= {index: _TINY for index in printed if glyphs.runs[index] in tiny}
        hidden |= {index: "drawn without a shape" for index in small if is_empty(boxes[index])}
    hidden |= dict.fromkeys(crowded(glyphs, printed), "set over other letters")
    texts = [entry for entry in drawn if entry.is_text]
    mirrored = {entry.address for entry in texts if entry.is_mirrored}
    hidden |= {i: "mirrored" for i in printed if glyphs.runs[i] in mirrored} if mirrored else {}
    obstacles = {
        place: entry.corners(frame) for place, entry in enumerate(drawn) if not entry.is_text
    }
    places = {entry.address: entry.corners(frame) for entry in texts} if obstacles else {}
    strikes = [
        box
        for place, box in obstacles.items()
        if drawn[place].kind == pdfium.FPDF_PAGEOBJ_PATH
        and box[3] - box[1] <= _FLAT < box[2] - box[0]
    ]
    crossed = _crossed(places, strikes)
    areas = [box for entry in annotations for box in entry.strikes]
    hidden |= dict.fromkeys(_struck(glyphs, printed, crossed, areas), "struck through")
    if (
        any(entry.drawn for entry in annotations)
        or any(entry.kind == pdfium.FPDF_PAGEOBJ_FORM for entry in drawn)
        or not _are_plain(texts)
        or _meet(obstacles.values(), places.values())
    ):
        left = [index for index in printed if index not in hidden]
        hidden |= _unseen(page, glyphs, left, drawn, obstacles)
    return hidden


def _crossed(places: Mapping[int, Corners], strikes: Sequence[Corners]) -> dict[int, list[Corners]]:
    """The flat paths that go through the middle of runs, by run."""
    rows: dict[int, list[Corners]] = defaultdict(list)
    for box in strikes:
        rows[(box[1] + box[3]) // 2 // _CELL].append(box)
    found: dict[int, list[Corners]] = {}
    for run, (_, bottom, _, top) in places.items() if rows else ():
        quarter = (top - bottom) / 4
        for row in range(bottom // _CELL, top // _CELL + 1):
            for box in rows.get(row, ()):
                if (
                    bottom + quarter <= (box[1] + box[3]) / 2 <= top - quarter
                    and box[3] - box[1] < 2 * quarter
                ):
                    found.setdefault(run, []).append(box)
    return found


def _struck(
    glyphs: Glyphs,
    printed: Sequence[int],
    crossed: Mapping[int, Sequence[Corners]],
    areas: Sequence[Corners],
) -> Iterator[int]:
    """The glyphs through which a path goes that crosses their run, or that stand in an area."""
    for index in printed if crossed or areas else ():
        left, bottom, right, top = glyphs.boxes[index]
        x, y = (left + right) / 2, (bottom + top) / 2
        if any(box[0] <= x <= box[2] for box in crossed.get(glyphs.runs[index], ())) or any(
            box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in areas
        ):
            yield index


def _are_plain(texts: Sequence[PageObject]) -> bool:
    """Whether runs are opaque and dark, in no layer, not clipped, and of fonts with a name."""
    color = (ctypes.c_uint * 4)()
    red = ctypes.addressof(color)
    for text in texts:
        address = text.address
        if (
            text.layered
            or _MODE(address) != pdfium.FPDF_TEXTRENDERMODE_FILL
            or not _COLOR(address, red, red + 4, red + 8, red + 12)
            or min(color[:3]) > _DARK
            or color[3] != _OPAQUE
            or _TRANSPARENCY(address)
            or _CLIPS(_CLIP(address)) > 0
        ):
            return False
    # A Type 3 font, whose glyphs are drawings of the file's own, has no name.
    fonts = {_FONT(text.address) for text in texts}
    return all(font_name(ctypes.cast(font, pdfium.FPDF_FONT)) for font in fonts)


def _meet(obstacles: Collection[Corners], places: Collection[Corners]) -> bool:
    """Whether a box of the ones overlaps a box of the others; yes if there are too many."""
    if len(obstacles) * len(places) > _MOST_COMPARED:
        return True
    return any(overlap(box, other) for box in obstacles for other in places)


def _unseen(
    page: pypdfium2.PdfPage,
    glyphs: Glyphs,
    indices: Sequence[int],
    drawn: Sequence[PageObject],
    obstacles: Mapping[int, Corners],
) -> Iterator[tuple[int, str]]:
    """The glyphs without whose run the page looks the same."""
    texts = {entry.address: (place, entry) for place, entry in enumerate(drawn) if entry.is_text}
    groups = _groups(glyphs, indices)
    shadows = texts.keys() - groups.keys()  # drawn again at the same place, as bold type may be
    picture = Picture.of(page)
    for group in range(max(groups.values(), default=-1) + 1):
        runs = {run for run, number in groups.items() if number == group}
        members = [index for index in indices if glyphs.runs[index] in runs]
        if group == _MOST_GROUPS:
            yield from ((index, _COVERED) for index in members)
            continue
        without = _without(page, [texts[run][1] for run in runs | shadows])
        changed = picture.changed(without)
        for index in members:
            if not changed.shows(glyphs.boxes[index]):
                (place, text), box = texts[glyphs.runs[index]], glyphs.boxes[index]
                covered = _meet([other for at, other in obstacles.items() if at > place], [box])
                yield index, _reason(text, covered=covered, behind=without.color_at(box))


def _without(page: pypdfium2.PdfPage, runs: Sequence[PageObject]) -> Picture:
    """The page without some of its runs."""
    for run in runs:
        pdfium.FPDFPageObj_SetIsActive(run.handle, False)
    try:
        return Picture.of(page)
    finally:
        for run in runs:
            pdfium.FPDFPageObj_SetIsActive(run.handle, True)


def _reason(text: PageObject, *, covered: bool, behind: tuple[int, ...]) -> str:
    if text.layered:
        return "on a layer that is not shown"
    color = color_of(text.handle)
    if pdfium.FPDFTextObj_GetTextRenderMode(text.handle) in _NOT_PAINTED:
        return "drawn invisibly"
    if color is not None and color[3] == 0:
        return "transparent"
    if covered or color is None:
        return _COVERED
    same = all(abs(one - other) < FAINT for one, other in zip(color, behind, strict=False))
    return "in the color of what is behind it" if same else _COVERED


def _groups(glyphs: Glyphs, indices: Sequence[int]) -> dict[int, int]:
    """A number for each run, so that runs of one number do not stand over each other."""
    touching: dict[int, set[int]] = {glyphs.runs[index]: set() for index in indices}
    cells: dict[tuple[int, int], list[tuple[int, Corners]]] = defaultdict(list)
    for index in indices:
        run, box = glyphs.runs[index], glyphs.boxes[index]
        for column in range(box[0] // _CELL, box[2] // _CELL + 1):
            for row in range(box[1] // _CELL, box[3] // _CELL + 1):
                cell = cells[column, row]
                for other, other_box in cell:
                    if other != run and _hides(box, other_box):
                        touching[run].add(other)
                        touching[other].add(run)
                cell.append((run, box))
                if len(cell) > _MOST_IN_CELL:
                    raise NotTextError(f"draws more than {_MOST_IN_CELL} characters at one place")
    groups: dict[int, int] = {}
    for run, others in touching.items():
        taken = {groups[other] for other in others if other in groups}
        groups[run] = min(set(range(_MOST_GROUPS + 1)) - taken, default=_MOST_GROUPS)
    return groups


def _hides(box: Corners, other: Corners) -> bool:
    across = min(box[2], other[2]) - max(box[0], other[0])
    up = min(box[3], other[3]) - max(box[1], other[1])
    if across <= 0 or up <= 0:
        return False
    smaller = min((b[2] - b[0]) * (b[3] - b[1]) for b in (box, other))
    return across * up > _OVERLAP * smaller
