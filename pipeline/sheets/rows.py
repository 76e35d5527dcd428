"""Files and their texts as rows of tables: what the fourth stop hands on.

Reads listed files and raw sheets, gives rows of RAW_SHEETS and SHEET_TEXTS; reads a row, gives the
text it holds. What was extracted from a document, the dear step, is kept by the document's hash.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b85decode, b85encode
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.sheets.collect import RawSheet
from pipeline.sheets.decode import SheetText, page_starts
from pipeline.sheets.extract import extract
from pipeline.sheets.extracted import SkippedText
from pipeline.sheets.formats import ExtractionInterruptedError, NotTextError, format_of
from pipeline.sheets.layout import Layout
from pipeline.sheets.listing import SheetFile
from pipeline.storage.sealed import read_sealed, write_sealed
from pipeline.tables.frames import frame
from pipeline.tables.schema import RAW_SHEETS

_LAYOUT = 6
"""Where the packed layout stands in a text's row, behind the file's name and hash."""


def raw_frame(files: Iterable[SheetFile]) -> pd.DataFrame:
    """The files as frame RAW_SHEETS."""
    return frame(RAW_SHEETS, [file.row for file in files])


def text_row(sheet: RawSheet, kept: Path | None = None, extractor: str = "") -> tuple[Any, ...]:
    """The text of a file as a row of SHEET_TEXTS.

    An extraction that was interrupted says so in the row and is not kept, since another try may
    succeed.

    Args:
        sheet: the file with its content.
        kept: the folder of earlier extractions of documents; nothing is kept without one.
        extractor: a name for the program that extracts; another one's extractions do not count.
    """
    named = (sheet.file, sheet.sha256)
    if sheet.content is None or sheet.sha256 is None:
        return *named, *_no_text(None, None)
    try:
        format_ = format_of(sheet.content)
    except NotTextError as error:
        return *named, *_no_text(None, error)
    if kept is None or format_ == "text":
        return *named, *_text(format_, sheet.content)
    path = kept / sheet.sha256[:2] / f"{sheet.sha256}.{extractor[:16]}"
    values = read_sealed(path)
    if values is not None:
        values[_LAYOUT] = values[_LAYOUT] and b85decode(values[_LAYOUT])
        return *named, *values
    values = [*_text(format_, sheet.content)]
    if not values[-1]:
        layout = values[_LAYOUT] and b85encode(values[_LAYOUT]).decode()
        said = [*values[:_LAYOUT], layout, *values[_LAYOUT + 1 :]]
        write_sealed(path, said)
    return *named, *values


def text_of(row: Any) -> SheetText:
    """The text that a row of SHEET_TEXTS holds."""
    return SheetText(
        row.text,
        row.encoding,
        page_starts(row.text),
        row.format,
        row.extractor,
        None if row.layout is None else Layout(row.layout),
        tuple(SkippedText(*values) for values in json.loads(row.skipped or "[]")),
    )


def _text(format_: str, content: bytes) -> tuple[Any, ...]:
    """The columns of SHEET_TEXTS behind the file's name and hash."""
    try:
        text = extract(content)
    except NotTextError as error:
        return _no_text(format_, error)
    skipped = [(part.text, part.why, part.at) for part in text.skipped]
    return (
        text.format,
        text.extractor,
        text.encoding,
        text.text,
        hashlib.sha256(text.text.encode()).hexdigest(),
        json.dumps(skipped) if skipped else None,
        None if text.layout is None else text.layout.packed,
        text.pages,
        len(text.text),
        None,
        False,
    )


def _no_text(format_: str | None, error: NotTextError | None) -> tuple[Any, ...]:
    interrupted = isinstance(error, ExtractionInterruptedError)
    return format_, *[None] * 6, 0, 0, None if error is None else str(error), interrupted
