"""The parts of all partitions as tables: what the comparison of sheets reads.

Reads which parts there are, gives the files of each table, the long ones in the order of their
keys. Where sheets lie in folders of their year, parts follow each other and are taken as they
are; where they do not, they are merged into one file first.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from pipeline.batches.stages import Stages
from pipeline.batches.store import Part
from pipeline.batches.work import PARSE, TEXTS
from pipeline.tables.columns import Table
from pipeline.tables.files import TableFiles, querying, scan, select_from
from pipeline.tables.frames import write_batches
from pipeline.tables.schema import (
    CHECKS,
    NUMERALS,
    PARSED_SHEETS,
    RAW_SHEETS,
    SHEET_TEXTS,
    STATEMENTS,
)

_MERGED = "merged"
"""Folder of what had to be merged, beside the parts."""


def corpus_of(stages: Stages) -> TableFiles:
    """The tables of all single sheets, as files.

    Raises:
        pipeline.batches.stages.StageError: a part is missing or torn.
    """
    texts, parse = stages.parts(TEXTS), stages.parts(PARSE)
    merged = stages.folder / _MERGED
    return TableFiles(
        {
            RAW_SHEETS.name: tuple(stages.raw_files()),
            SHEET_TEXTS.name: _in_order(SHEET_TEXTS, texts, merged),
            PARSED_SHEETS.name: tuple(part.path(PARSED_SHEETS) for part in parse),
            STATEMENTS.name: _in_order(STATEMENTS, parse, merged),
            NUMERALS.name: _in_order(NUMERALS, parse, merged),
            CHECKS.name: _in_order(CHECKS, parse, merged),
        }
    )


def _in_order(table: Table, parts: list[Part], folder: Path) -> tuple[Path, ...]:
    filled = [(part.bounds[table.name], part) for part in parts if part.rows[table.name]]
    filled.sort(key=lambda entry: entry[0] or ([], []))
    bounds = [bounds for bounds, _ in filled if bounds is not None]
    paths = [part.path(table) for _, part in filled]
    if paths and all(a[1] < b[0] for a, b in pairwise(bounds)):
        return tuple(paths)
    path = folder / f"{table.name}.parquet"
    if not paths:
        write_batches(table, [], path)
        return (path,)
    key = ", ".join(f'"{name}"' for name in table.key)
    with querying() as connection:
        found = connection.sql(f"{select_from(table, scan(paths))} order by {key}")
        write_batches(table, found.to_arrow_reader(table.batch), path)
    return (path,)
