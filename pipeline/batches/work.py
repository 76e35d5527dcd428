"""What one process does with one batch: raw files to texts, texts to statements and numerals.

Reads a task, writes one part, gives nothing back but the part's key: rows never travel between
processes. Runs in this process, in a pool or on a cluster alike, and needs no Dagster.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.batches.plan import code_key
from pipeline.batches.store import Part, PartStore
from pipeline.catalog.load import default_catalog
from pipeline.parse.patterns import Wordings, compile_catalog
from pipeline.sheets.collect import RawFolderError, read_sheet
from pipeline.sheets.rows import decode_sheets
from pipeline.steps import parse_batch
from pipeline.tables.columns import Table
from pipeline.tables.frames import checked, frame
from pipeline.tables.schema import (
    CHECKS,
    NUMERALS,
    PARSED_SHEETS,
    RAW_SHEETS,
    SHEET_TEXTS,
    STATEMENTS,
)
from pipeline.validate.check_summary import CheckSummary
from pipeline.validate.file_checks import check_files

TEXTS = "sheet_texts"
PARSE = "parse"


class ProgramsDifferError(Exception):
    """A worker runs another version of this program; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Task:
    """One part to make.

    ``sheets`` are the part's, file by key; ``reused`` says from which parts the rows of which
    files are taken over. ``code`` and ``catalog`` are those of whoever asks.
    """

    store: Path
    key: str
    sheets: Mapping[str, str]
    reused: Mapping[str, list[str]]
    code: str
    catalog: str


@dataclass(frozen=True, slots=True)
class TextsTask(Task):
    """Texts to make of the files in ``raw``: ``rows`` of RAW_SHEETS, each with its path."""

    raw: Path
    rows: list[tuple[Any, ...]]
    paths: dict[str, Path]


@dataclass(frozen=True, slots=True)
class ParseTask(Task):
    """Statements and numerals to make of the sheets ``files`` in the texts' part ``texts``."""

    texts: str
    files: list[str]


def make_texts(task: TextsTask) -> str:
    """Decode a batch's files; gives the part's key.

    Raises:
        RawFolderError: a file has changed since it was listed.
        ProgramsDifferError: this process runs another version than the one that asks.
    """
    _same_program(task)
    raw = frame(RAW_SHEETS, task.rows)
    sheets = (read_sheet(row[0], task.paths[row[0]], task.raw) for row in task.rows)
    texts = decode_sheets(sheets)
    _same_files(raw, texts)
    fresh = {SHEET_TEXTS: texts, CHECKS: check_files(raw, texts)}
    return _write(TEXTS, task, fresh)


def make_parse(task: ParseTask) -> str:
    """Parse and check a batch's texts; gives the part's key.

    Raises:
        ProgramsDifferError: this process runs another version than the one that asks.
    """
    _same_program(task)
    texts = PartStore(task.store).find(TEXTS, task.texts)
    assert texts is not None, task.texts
    with _uncollected():
        batch = parse_batch(texts.read(SHEET_TEXTS, task.files), _wordings())
    of_files = texts.read(CHECKS, task.files)  # so that a sheet's checks lie in one place
    fresh = {
        PARSED_SHEETS: batch.sheets,
        STATEMENTS: batch.statements,
        NUMERALS: batch.numerals,
        CHECKS: checked(CHECKS, pd.concat([batch.checks, of_files])),
    }
    return _write(PARSE, task, fresh)


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


@cache
def _wordings() -> Wordings:
    return compile_catalog(default_catalog())


def _write(stage: str, task: Task, fresh: dict[Table, pd.DataFrame]) -> str:
    store = PartStore(task.store)
    tables = fresh
    if task.reused:
        sources = [(_found(store, stage, key), files) for key, files in task.reused.items()]
        tables = {
            table: checked(
                table,
                pd.concat([data, *(part.read(table, files) for part, files in sources)]),
            )
            for table, data in fresh.items()
        }
    store.write(stage, task.key, task.sheets, tables, CheckSummary.of(tables[CHECKS]))
    return task.key


def _found(store: PartStore, stage: str, key: str) -> Part:
    part = store.find(stage, key)
    assert part is not None, key
    return part


def _same_program(task: Task) -> None:
    if (task.code, task.catalog) != (code_key(), default_catalog().digest):
        raise ProgramsDifferError(
            "a worker runs another version of this program or of its catalog; install the same "
            "one on every worker and start them again"
        )


def _same_files(raw: pd.DataFrame, texts: pd.DataFrame) -> None:
    before = dict(zip(raw["file"], raw["sha256"].fillna(""), strict=True))
    after = dict(zip(texts["file"], texts["sha256"].fillna(""), strict=True))
    changed = sorted(file for file in before if before[file] != after[file])
    if changed:
        raise RawFolderError(f"{', '.join(changed[:5])}: changed during the build; build again")
