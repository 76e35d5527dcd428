"""Observations to figures: the table that readers use, and that all views and files read.

Reads the published tables as files, gives ``figures``: one self-contained row a figure that a reader
could ask for, present or absent. Which sheets and figures count was decided before; here nothing
is judged, only told. The query is ``figures.sql`` beside this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow

from pipeline.tables.figures import FIGURES
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import arrow_schema, checked, to_pandas, write_batches

SMALL_COUNT = 20
"""Up to here a count is small: public-health practice holds rates on 20 cases or fewer for
unstable (CDC WISQARS)."""

_READ = (
    "comparability", "corrections", "coverage", "jurisdictions", "metrics", "observations",
    "population", "sheets", "statements",
)  # fmt: skip

# In whole numbers, so that no reader's floating point decides the last decimal: ten-thousandths,
# rounded half up.
_PER_100000 = """
create or replace temp macro per_100000(number, people) as cast(
    cast(
        (2 * cast(number * 10000 as hugeint) * 100000 + people) // (2 * people) as decimal(30, 0)
    ) * 0.0001 as decimal(18, 4)
)
"""


def write_figures(tables: TableFiles, folder: Path) -> TableFiles:
    """Write FIGURES as a file into a folder; gives the published tables with it.

    Raises:
        pandera.errors.SchemaErrors: a row that the schema does not allow, a fault of our own.
    """
    path = folder / f"{FIGURES.name}.parquet"
    write_batches(FIGURES, _figures(tables), path)
    return TableFiles({**tables.files, FIGURES.name: (path,)})


def _figures(tables: TableFiles) -> Iterator[pd.DataFrame]:
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with tables.connection(_READ) as connection:
        connection.execute(_PER_100000)
        found = connection.sql(query.replace("{small_count}", str(SMALL_COUNT)))
        for batch in found.to_arrow_reader(FIGURES.batch):
            rows = pyarrow.Table.from_batches([batch]).cast(arrow_schema(FIGURES))
            yield checked(FIGURES, to_pandas(rows))
