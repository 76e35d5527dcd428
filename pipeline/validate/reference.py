"""Reference tables: the catalog's own entries, and the figures that sheets are held against.

Reads the catalog and the CSV files in ``pipeline/reference`` (population: U.S. Census Bureau,
public domain; corroboration: figures the publisher printed elsewhere, source in each row), gives
frames. No figure of a sheet is known here.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.catalog.schema import Catalog
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import frame, write_part
from pipeline.tables.schema import (
    BY_NAME,
    COMPARABILITY,
    CORRECTIONS,
    CORROBORATION,
    JURISDICTIONS,
    METRICS,
    POPULATION,
    QUALIFIERS,
)

FOLDER = Path(__file__).parent.parent / "reference"


def write_reference(catalog: Catalog, folder: Path) -> TableFiles:
    """Write the reference tables as files into a folder.

    Raises:
        pandera.errors.SchemaErrors: a reference file that its table does not allow.
    """
    frames = reference_frames(catalog)
    paths = {name: folder / f"{name}.parquet" for name in frames}
    for name, data in frames.items():
        write_part(BY_NAME[name], data, paths[name])
    return TableFiles({name: (path,) for name, path in paths.items()})


def reference_frames(catalog: Catalog, folder: Path = FOLDER) -> dict[str, pd.DataFrame]:
    """The frames of the catalog and the reference files, by table name.

    Raises:
        pandera.errors.SchemaErrors: a reference file that its table does not allow.
    """
    return {
        METRICS.name: frame(METRICS, _metrics(catalog)),
        QUALIFIERS.name: frame(
            QUALIFIERS,
            [
                (q.qualifier, q.meaning, q.lower_included, q.upper_included)
                for q in catalog.qualifiers
            ],
        ),
        JURISDICTIONS.name: frame(
            JURISDICTIONS,
            [(j.jurisdiction, j.fips, j.name, j.kind) for j in catalog.jurisdictions],
        ),
        POPULATION.name: frame(
            POPULATION, [_population(row) for row in _rows(folder, POPULATION.name)]
        ),
        COMPARABILITY.name: frame(
            COMPARABILITY,
            [(n.metric, n.from_year, n.to_year, n.kind, n.note, n.source) for n in catalog.notes],
        ),
        CORRECTIONS.name: frame(
            CORRECTIONS,
            [
                (c.sheet, c.sha256, *c.metric, c.printed, c.corrected, c.reason, c.link)
                for c in catalog.corrections
            ],
        ),
        CORROBORATION.name: frame(
            CORROBORATION, [_corroboration(row) for row in _rows(folder, CORROBORATION.name)]
        ),
    }


def _metrics(catalog: Catalog) -> list[tuple[Any, ...]]:
    rows = []
    for m in catalog.metrics:
        of = {series.of for series in m.series}
        described = (m.metric, m.title, m.definition, m.program, m.unit, m.kind, m.period)
        rows.append((*described, "US" in of, "state" in of))
    return rows


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _population(row: dict[str, str]) -> tuple[Any, ...]:
    under_18 = row["population_under_18"]
    return (
        int(row["vintage"]),
        int(row["year"]),
        row["jurisdiction"],
        int(row["population"]),
        int(under_18) if under_18 else None,
    )


def _corroboration(row: dict[str, str]) -> tuple[Any, ...]:
    return (
        int(row["year"]),
        row["jurisdiction"],
        row["metric"],
        Decimal(row["value"]),
        row["source"],
        int(row["page"]),
    )
