"""What must hold of the observations: from year to year, and beside what was printed elsewhere.

Reads the observations of all years, gives a finding for each figure that has another one beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pandera.pandas as pa

from pipeline.checks import failed, passed
from pipeline.model import NATION, Finding, number_text
from pipeline.tables.frames import failing_rows, records
from pipeline.validate.check_rows import Result

LARGEST_JUMP = 3
SMALLEST_COMPARED = 100
"""A figure that grows or shrinks by more than a factor of three from a hundred or more is odd
enough to look at; small counts move that much by themselves."""

_NO_JUMP = "no_jump_between_years"
_ELSEWHERE = "corroborated_elsewhere"
_KEY = ["year", "jurisdiction", "metric"]


def check_observations(observations: pd.DataFrame, corroboration: pd.DataFrame) -> Iterator[Result]:
    """The results for the frames OBSERVATIONS and CORROBORATION."""
    earlier = observations[[*_KEY, "value"]].rename(columns={"value": "before"})
    earlier = earlier.assign(year=earlier["year"] + 1)
    pairs = observations[[*_KEY, "value"]].merge(earlier, on=_KEY)
    yield from _ask(_NO_JUMP, _within_a_factor, pairs, _jump)
    elsewhere = corroboration[corroboration["jurisdiction"] == NATION]
    pairs = observations.merge(elsewhere.rename(columns={"value": "elsewhere"}), on=_KEY)
    yield from _ask(_ELSEWHERE, _holds_the_number, pairs, _corroborated)


def _ask(
    check: str,
    holds: Callable[[pd.DataFrame], pd.Series[bool]],
    pairs: pd.DataFrame,
    finding: Callable[[Any, bool], Finding],
) -> Iterator[Result]:
    if pairs.empty:
        return  # a schema takes milliseconds, also over nothing
    schema = pa.DataFrameSchema(name=check, checks=[pa.Check(holds, name=check)])
    failing = failing_rows(schema, pairs).get(check, set())
    for row, pair in enumerate(records(pairs)):
        yield finding(pair, row not in failing), None, pair.year


def _within_a_factor(pairs: pd.DataFrame) -> pd.Series[bool]:
    before, value = pairs["before"], pairs["value"]
    is_small = (before < SMALLEST_COMPARED) & (value < SMALLEST_COMPARED)
    is_near = (before <= value * LARGEST_JUMP) & (value <= before * LARGEST_JUMP)
    return (is_small | is_near).astype(bool)


def _jump(pair: Any, holds: bool) -> Finding:
    year, before, value = pair.year, number_text(pair.before), number_text(pair.value)
    name = f"{year}/{pair.jurisdiction} {pair.metric}"
    if holds:
        return passed(_NO_JUMP, f"{name}: {before} to {value}", metric=pair.metric)
    message = f"{name}: {before} in {year - 1}, {value} in {year}; check both sheets"
    expected = f"within a factor of {LARGEST_JUMP} of {before}"
    return failed(_NO_JUMP, message, expected=expected, found=value, metric=pair.metric)


def _holds_the_number(pairs: pd.DataFrame) -> pd.Series[bool]:
    lower, upper, exact = pairs["lower"], pairs["upper"], pairs["elsewhere"]
    above, below = lower.isna() | (lower <= exact), upper.isna() | (exact <= upper)
    return (above & below).astype(bool)


def _corroborated(pair: Any, holds: bool) -> Finding:
    name, place = f"{pair.year} {pair.metric}", f"{pair.source}, page {pair.page}"
    elsewhere, agreed = number_text(pair.elsewhere), number_text(pair.value)
    if holds:
        message = f"{name}: {elsewhere} in {place} fits the sheets"
        return passed(_ELSEWHERE, message, metric=pair.metric)
    message = (
        f"{name}: the sheets print {agreed} ({pair.qualifier}), {place} prints {elsewhere}; the "
        "sheets' figure stays, check both"
    )
    return failed(_ELSEWHERE, message, expected=elsewhere, found=agreed, metric=pair.metric)
