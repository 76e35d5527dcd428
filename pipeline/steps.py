"""The steps from the raw folder to the published tables, each a function of what the last one gave.

``list_sheets``, ``extract_texts``, ``parse_sheets``, ``validate_sheets``, in this order. Sheets are
worked on in buckets; a bucket whose inputs have not changed keeps its part. What a sheet says is
found in ``sheets`` and ``parse``, what must hold of it in ``validate``.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.catalog.load import default_catalog
from pipeline.executors import Workers
from pipeline.parse.corrections import apply_corrections
from pipeline.parse.patterns import Wordings, compile_catalog
from pipeline.parse.rows import numeral_row, parsed_row, statement_rows, unparsed_row
from pipeline.parse.sheet import ParsedSheet, parse_sheet
from pipeline.parts import (
    PROGRAM,
    Part,
    SheetParts,
    Task,
    buckets,
    key_of,
    make_parts,
    program_and_catalog,
    program_key,
)
from pipeline.sheets.acceptances import read_acceptances
from pipeline.sheets.collect import RawFolderError, partition_of, read_sheet
from pipeline.sheets.listing import SheetFile, hash_files
from pipeline.sheets.manifest import check_manifest, read_manifest
from pipeline.sheets.rows import raw_frame, text_of, text_row
from pipeline.stages import StageError, Stages
from pipeline.tables.columns import Table
from pipeline.tables.files import TableFiles, in_order
from pipeline.tables.frames import checked, frame, records, to_pandas, write_batches
from pipeline.tables.schema import (
    CHECKS,
    CORROBORATION,
    NUMERALS,
    PARSED_SHEETS,
    RAW_SHEETS,
    SHEET_TEXTS,
    STATEMENTS,
)
from pipeline.validate.check_rows import check_rows, listed
from pipeline.validate.figures import write_figures
from pipeline.validate.file_checks import check_files
from pipeline.validate.observations import validate
from pipeline.validate.pending import Review
from pipeline.validate.reference import write_reference
from pipeline.validate.schemas import check_sheets

_EXTRACTING = ("model.py", "sheets")
"""What of this package an extraction is a function of."""

_CORPUS = "corpus"
"""Folder of the tables that lie in no part, or not in the order of their keys."""

Listing = Mapping[str, list[SheetFile]]
"""The files of each partition, in the order of their names."""


def list_sheets(raw: Path, stages: Stages, partitions: Collection[str]) -> Listing:
    """List the files of some partitions with their hashes.

    Raises:
        RawFolderError: the folder or its manifest cannot be read.
    """
    before = {sheet.file: sheet for name in partitions for sheet in stages.listing(name) or []}
    listing: dict[str, list[SheetFile]] = {name: [] for name in sorted(partitions)}
    for sheet in hash_files(raw, read_manifest(raw), before, partitions):
        listing[partition_of(sheet.file)].append(sheet)
    for name, sheets in listing.items():
        stages.write_listing(name, sheets)
    return listing


def listed_sheets(raw: Path, stages: Stages, partitions: Iterable[str]) -> Listing:
    """What :func:`list_sheets` last listed; a partition whose list is lost is listed anew."""
    found = {name: stages.listing(name) for name in partitions}
    lost = [name for name, sheets in found.items() if sheets is None]
    listing = {name: sheets for name, sheets in found.items() if sheets is not None}
    if lost:
        listing.update(list_sheets(raw, stages, lost))
    return dict(sorted(listing.items()))


def extract_texts(
    raw: Path, listing: Listing, stages: Stages, workers: Workers, *, again: bool = True
) -> SheetParts:
    """Decode the listed files, and extract documents, as far as that is not done.

    With ``again`` extractions that were interrupted are tried again.

    Raises:
        RawFolderError: a file has changed since it was listed.
        pipeline.executors.WorkersError: the workers cannot be used.
    """
    tasks: dict[str, list[Task]] = {}
    for partition, files in listing.items():
        folder, tasks[partition] = stages.partition(partition), []
        for bucket, sheets in buckets(files).items():
            key = key_of(program_key(*PROGRAM), [sheet.row for sheet in sheets])
            make = partial(_texts, raw.absolute(), sheets, stages.extracted)
            name = f"{SHEET_TEXTS.name}-{bucket}"
            tasks[partition].append(Task(folder, name, key, len(sheets), make))
    return make_parts(tasks, workers, again=again)


def parse_sheets(texts: SheetParts, workers: Workers) -> SheetParts:
    """Parse and check every text by itself, as far as that is not done.

    Raises:
        pipeline.executors.WorkersError: the workers cannot be used.
    """
    tasks: dict[str, list[Task]] = {}
    for partition, parts in texts.parts.items():
        tasks[partition] = []
        for part in parts:
            key, make = key_of(program_and_catalog(), part.sums), partial(_parsed, part)
            name, sheets = part.name.replace(SHEET_TEXTS.name, "parse"), part.rows(SHEET_TEXTS)
            tasks[partition].append(Task(part.folder, name, key, sheets, make))
    return make_parts(tasks, workers)


def validate_sheets(
    raw: Path,
    listing: Listing,
    texts: SheetParts,
    parsed: SheetParts,
    stages: Stages,
    *,
    published: Mapping[str, str] | None = None,
) -> TableFiles:
    """Settle which sheets and national figures count, and write what is published of them.

    What is kept of anything but these sheets is removed.

    Args:
        raw: the raw folder, for its manifest and for the revisions that were let in.
        listing: its files.
        texts: their texts.
        parsed: what was parsed of them.
        stages: where the tables go.
        published: the sha256 of the file of each sheet that is published; none before the first.

    Raises:
        RawFolderError: the folder, its manifest or its decisions cannot be read.
    """
    folder, catalog = stages.validation_folder(), default_catalog()
    reference = write_reference(catalog, folder)
    corroboration = to_pandas(reference.read(CORROBORATION.name))
    corpus = _corpus(listing, texts, parsed, stages.folder / _CORPUS)
    reviewed = Review(published or {}, read_acceptances(raw))
    found = validate(
        corpus, corroboration, catalog, folder, of_folder=check_manifest(raw), reviewed=reviewed
    )
    tables = write_figures(TableFiles({**found.files, **reference.files}), folder)
    stages.write_validated(tables)
    stages.keep_only(listing, [*texts.all(), *parsed.all()])
    stages.prune()
    return tables


def parse_batch(texts: pd.DataFrame, wordings: Wordings) -> dict[Table, pd.DataFrame]:
    """Parse and check every text of the frame SHEET_TEXTS: what the sheets say, and the findings."""
    sheets: list[tuple[Any, ...]] = []
    statements: list[tuple[Any, ...]] = []
    numerals: list[tuple[Any, ...]] = []
    checks: list[tuple[Any, ...]] = []
    parsed: list[tuple[ParsedSheet, str]] = []
    for row in records(texts):
        if row.text is None:
            sheets.append(unparsed_row(row.file))
            continue
        text = text_of(row)
        sheet = parse_sheet(row.file, text, wordings)
        sheet = apply_corrections(sheet, row.sha256, wordings.catalog)
        parsed.append((sheet, row.text))
        sheets.append(parsed_row(sheet))
        statements += statement_rows(sheet)
        numerals += [numeral_row(sheet, numeral) for numeral in sheet.numerals]
    found = check_sheets(parsed, wordings.catalog, wordings.numbers)
    for (sheet, _), findings in zip(parsed, found, strict=True):
        ours = listed((*sheet.findings, *findings), sheet.file)
        results = ((finding, sheet.file, sheet.year) for finding in ours)
        checks += check_rows(results, {sheet.file: sheet.sheet_id})
    rows = {PARSED_SHEETS: sheets, STATEMENTS: statements, NUMERALS: numerals, CHECKS: checks}
    return {table: frame(table, some) for table, some in rows.items()}


def _texts(raw: Path, files: list[SheetFile], extracted: Path) -> dict[Table, pd.DataFrame]:
    """Read and decode a bucket's files, and check them as files."""
    rows, changed = [], []
    for file in files:
        sheet = read_sheet(file.file, raw / file.path, raw)
        if sheet.sha256 != file.sha256:
            changed.append(file.file)
        else:
            rows.append(text_row(sheet, extracted, program_key(*_EXTRACTING)))
    if changed:
        raise RawFolderError(f"{', '.join(changed[:5])}: changed during the build; build again")
    texts = frame(SHEET_TEXTS, rows)
    return {SHEET_TEXTS: texts, CHECKS: check_files(raw_frame(files), texts)}


def _parsed(texts: Part) -> dict[Table, pd.DataFrame]:
    """Parse and check the texts of a part; its checks of files come along."""
    if Part.find(texts.folder, texts.name, texts.key) is None:
        raise StageError(f"{texts.folder}: {texts.name} is lost or damaged; build again")
    wordings = _wordings(default_catalog().digest)
    with _uncollected():
        tables = parse_batch(texts.read(SHEET_TEXTS), wordings)
    checks = pd.concat([tables[CHECKS], texts.read(CHECKS)])
    return {**tables, CHECKS: checked(CHECKS, checks)}


@cache
def _wordings(_digest: str) -> Wordings:
    """The catalog, compiled once for each digest."""
    return compile_catalog(default_catalog())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without searches for cycles: parsing makes many objects and no cycles, and a batch is short."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _corpus(listing: Listing, texts: SheetParts, parsed: SheetParts, folder: Path) -> TableFiles:
    """The tables of all single sheets, as files: what the comparison of sheets reads."""
    raw = folder / f"{RAW_SHEETS.name}.parquet"
    write_batches(RAW_SHEETS, (raw_frame(sheets) for _, sheets in sorted(listing.items())), raw)
    files: dict[str, tuple[Path, ...]] = {RAW_SHEETS.name: (raw,)}
    for table in (SHEET_TEXTS, PARSED_SHEETS, STATEMENTS, NUMERALS, CHECKS):
        parts = texts if table is SHEET_TEXTS else parsed
        files[table.name] = in_order(table, parts.files(table), folder)
    return TableFiles(files)
