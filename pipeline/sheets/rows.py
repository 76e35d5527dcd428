"""Files and their texts as rows of tables: what the fourth stop hands on.

Reads raw sheets, gives the frames RAW_SHEETS and SHEET_TEXTS; reads a row, gives the text it holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from pipeline.sheets.collect import RawSheet
from pipeline.sheets.decode import SheetText, page_starts
from pipeline.sheets.extract import extract
from pipeline.sheets.formats import NotTextError, format_of
from pipeline.sheets.layout import Layout
from pipeline.sheets.manifest import Origin
from pipeline.tables.frames import frame
from pipeline.tables.schema import RAW_SHEETS, SHEET_TEXTS


def raw_frame(sheets: Iterable[RawSheet], manifest: Mapping[str, Origin]) -> pd.DataFrame:
    """The files as frame RAW_SHEETS, with what the manifest records of them."""
    rows = []
    for sheet in sheets:
        origin = manifest.get(sheet.file)
        recorded = (origin.sha256, origin.origin, origin.retrieved) if origin else (None,) * 3
        rows.append(
            (sheet.file, sheet.size, sheet.sha256, sheet.problem, *(r or None for r in recorded))
        )
    return frame(RAW_SHEETS, rows)


def decode_sheets(sheets: Iterable[RawSheet]) -> pd.DataFrame:
    """The texts of the files as frame SHEET_TEXTS."""
    return frame(SHEET_TEXTS, [_decoded(sheet) for sheet in sheets])


def text_of(row: Any) -> SheetText:
    """The text that a row of SHEET_TEXTS holds."""
    return SheetText(
        row.text,
        row.encoding,
        page_starts(row.text),
        row.format,
        row.extractor,
        None if row.layout is None else Layout(row.layout),
    )


def _decoded(sheet: RawSheet) -> tuple[Any, ...]:
    named = (sheet.file, sheet.sha256)
    if sheet.content is None:
        return *named, *[None] * 6, 0, 0, None
    format_ = None
    try:
        format_ = format_of(sheet.content)
        text = extract(sheet.content)
    except NotTextError as error:
        return *named, format_, *[None] * 5, 0, 0, str(error)
    return (
        *named,
        text.format,
        text.extractor,
        text.encoding,
        text.text,
        hashlib.sha256(text.text.encode()).hexdigest(),
        None if text.layout is None else text.layout.packed,
        text.pages,
        len(text.text),
        None,
    )
