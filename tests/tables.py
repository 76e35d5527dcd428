"""Frames as the files in which tables move, for the tests of what reads those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pandas as pd

from pipeline.catalog.schema import Catalog
from pipeline.parse.patterns import Wordings
from pipeline.sheets.collect import RawSheet
from pipeline.sheets.listing import SheetFile
from pipeline.sheets.manifest import Origin
from pipeline.sheets.rows import raw_frame, text_row
from pipeline.steps import parse_batch
from pipeline.tables.columns import Table
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import checked, frame, to_pandas, write_batches
from pipeline.tables.schema import (
    BY_NAME,
    CHECKS,
    RAW_SHEETS,
    SHEET_TEXTS,
)
from pipeline.validate.file_checks import check_files
from pipeline.validate.observations import validate
from pipeline.validate.pending import Review
from pipeline.validate.reference import write_reference


def table_files(folder: Path, frames: Mapping[Table, pd.DataFrame]) -> TableFiles:
    """The frames as files in a folder; their rows stay in the order they are in."""
    paths = {table: folder / f"{table.name}.parquet" for table in frames}
    for table, data in frames.items():
        write_batches(table, [data], paths[table])
    return TableFiles({table.name: (path,) for table, path in paths.items()})


def corroboration_of(catalog: Catalog) -> pd.DataFrame:
    """The catalog's national figures that were printed elsewhere."""
    with TemporaryDirectory() as folder:
        return frame_of(write_reference(catalog, Path(folder)), "corroboration")


def replaced(tables: TableFiles, folder: Path, frames: Mapping[Table, pd.DataFrame]) -> TableFiles:
    """The tables with some of them replaced."""
    return TableFiles({**tables.files, **table_files(folder, frames).files})


def frame_of(tables: TableFiles, name: str) -> pd.DataFrame:
    """A whole table as a frame."""
    return to_pandas(tables.read(name))


def frames_of(tables: TableFiles) -> dict[str, pd.DataFrame]:
    """All tables as frames, by name."""
    return {name: frame_of(tables, name) for name in tables.files if name in BY_NAME}


def texts_frame(sheets: Iterable[RawSheet]) -> pd.DataFrame:
    """The texts of the files as frame SHEET_TEXTS, each decoded or extracted now."""
    return frame(SHEET_TEXTS, [text_row(sheet) for sheet in sheets])


def corpus(
    folder: Path, sheets: Iterable[RawSheet], manifest: Mapping[str, Origin], wordings: Wordings
) -> TableFiles:
    """What single sheets say, as the stages hand it on to validation."""
    files = list(sheets)
    raw = raw_frame(SheetFile.of(sheet, manifest.get(sheet.file)) for sheet in files)
    texts = texts_frame(files)
    parsed = parse_batch(texts, wordings)
    checks = checked(CHECKS, pd.concat([check_files(raw, texts), parsed[CHECKS]]))
    return table_files(folder, {RAW_SHEETS: raw, SHEET_TEXTS: texts, **parsed, CHECKS: checks})


def validated(
    sheets: TableFiles, corroboration: pd.DataFrame, catalog: Catalog
) -> dict[str, pd.DataFrame]:
    """What validation publishes of a corpus, as frames by table."""
    folder = Path(mkdtemp(dir=next(iter(sheets.files.values()))[0].parent))
    return frames_of(
        validate(sheets, corroboration, catalog, folder, of_folder=(), reviewed=Review())
    )
