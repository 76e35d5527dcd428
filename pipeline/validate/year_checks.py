"""What must hold from one year to the next: a figure that jumps is worth a look.

Reads the observations of all years, gives a finding for each figure that the year before has too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pandera.pandas as pa

from pipeline.checks import failed, passed
from pipeline.model import Finding, number_text
from pipeline.tables.frames import failing_rows, records

LARGEST_JUMP = 3
SMALLEST_COMPARED = 100
"""A figure that grows or shrinks by more than a factor of three from a hundred or more is odd
enough to look at; small counts move that much by themselves."""

_NO_JUMP = "no_jump_between_years"


def years_schema() -> pa.DataFrameSchema:
    """What must hold of figures in ``value`` that were ``before`` a year earlier."""
    return pa.DataFrameSchema(name="years", checks=[pa.Check(_within_a_factor, name=_NO_JUMP)])


def check_years(observations: pd.DataFrame) -> Iterator[tuple[Finding, int]]:
    """The results for the frame OBSERVATIONS, each with its year."""
    key = ["year", "jurisdiction", "metric"]
    figures = observations[[*key, "value"]]
    earlier = figures.rename(columns={"value": "before"})
    earlier = earlier.assign(year=earlier["year"] + 1)
    pairs = figures.merge(earlier, on=key, how="inner")
    failing = failing_rows(years_schema(), pairs).get(_NO_JUMP, set())
    for row, pair in enumerate(records(pairs)):
        year, before, value = pair.year, number_text(pair.before), number_text(pair.value)
        name = f"{year}/{pair.jurisdiction} {pair.metric}"
        if row not in failing:
            message = f"{name}: {before} to {value}"
            yield passed(_NO_JUMP, message, metric=pair.metric), year
            continue
        message = f"{name}: {before} in {year - 1}, {value} in {year}; check both sheets"
        expected = f"within a factor of {LARGEST_JUMP} of {before}"
        finding = failed(_NO_JUMP, message, expected=expected, found=value, metric=pair.metric)
        yield finding, year


def _within_a_factor(pairs: pd.DataFrame) -> pd.Series[bool]:
    before, value = pairs["before"], pairs["value"]
    is_small = (before < SMALLEST_COMPARED) & (value < SMALLEST_COMPARED)
    is_near = (before <= value * LARGEST_JUMP) & (value <= before * LARGEST_JUMP)
    return (is_small | is_near).astype(bool)
