"""Reference tables: the catalog's own entries, and the figures that sheets are held against.

Reads the catalog, gives tables as files. No figure of a sheet is known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.catalog.schema import Catalog, Metric
from pipeline.tables.columns import Table
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import frame, write_batches
from pipeline.tables.schema import (
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
    tables: dict[Table, Iterable[tuple[Any, ...]]] = {
        METRICS: map(_metric, catalog.metrics),
        QUALIFIERS: (
            (q.qualifier, q.meaning, q.lower_included, q.upper_included) for q in catalog.qualifiers
        ),
        JURISDICTIONS: ((j.jurisdiction, j.fips, j.name, j.kind) for j in catalog.jurisdictions),
        POPULATION: (tuple(row.model_dump().values()) for row in catalog.population),
        COMPARABILITY: (
            (n.metric, n.from_year, n.to_year, n.kind, n.note, n.source) for n in catalog.notes
        ),
        CORRECTIONS: (
            (c.sheet, c.sha256, *c.metric, c.printed, c.corrected, c.reason, c.link)
            for c in catalog.corrections
        ),
        CORROBORATION: (tuple(row.model_dump().values()) for row in catalog.corroboration),
    }
    paths = {table: folder / f"{table.name}.parquet" for table in tables}
    for table, rows in tables.items():
        write_batches(table, [frame(table, rows)], paths[table])
    return TableFiles({table.name: (path,) for table, path in paths.items()})


def _metric(m: Metric) -> tuple[Any, ...]:
    of = {series.of for series in m.series}
    described = (m.metric, m.title, m.definition, m.program, m.unit, m.kind, m.period)
    return (*described, "US" in of, "state" in of)
