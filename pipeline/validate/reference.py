"""Reference tables: the catalog's own entries, and the figures that sheets are held against.

Reads the catalog, gives frames. No figure of a sheet is known here.
"""

from __future__ import annotations

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


def write_reference(catalog: Catalog, folder: Path) -> TableFiles:
    """Write the reference tables as files into a folder.

    Raises:
        pandera.errors.SchemaErrors: entries that their table does not allow.
    """
    frames = reference_frames(catalog)
    paths = {name: folder / f"{name}.parquet" for name in frames}
    for name, data in frames.items():
        write_part(BY_NAME[name], data, paths[name])
    return TableFiles({name: (path,) for name, path in paths.items()})


def reference_frames(catalog: Catalog) -> dict[str, pd.DataFrame]:
    """The frames of the catalog, by table name.

    Raises:
        pandera.errors.SchemaErrors: entries that their table does not allow.
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
            POPULATION, [tuple(row.model_dump().values()) for row in catalog.population]
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
            CORROBORATION, [tuple(row.model_dump().values()) for row in catalog.corroboration]
        ),
    }


def _metrics(catalog: Catalog) -> list[tuple[Any, ...]]:
    rows = []
    for m in catalog.metrics:
        of = {series.of for series in m.series}
        described = (m.metric, m.title, m.definition, m.program, m.unit, m.kind, m.period)
        rows.append((*described, "US" in of, "state" in of))
    return rows
