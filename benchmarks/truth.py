"""How much of a corpus's truth a contestant got right."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.measure import BenchmarkError

_STATEMENTS = """
select file, metric, case when jurisdiction = 'US' then 'US' else 'state' end as "of",
    value, qualifier, lower, upper
from read_parquet(?)
"""


def figures(truth: Path) -> int:
    """How many figures a corpus prints."""
    found = duckdb.execute("select count(*) from read_parquet(?)", [str(truth)]).fetchone()
    assert found is not None
    return int(found[0])


def values_right(truth: Path, found: Path) -> int:
    """How many figures a table of file, metric, of and value has with the right value."""
    query = """
        select count(*) from read_parquet(?) as truth
        semi join read_parquet(?) as found
            on found.file = truth.file and found.metric = truth.metric
            and found."of" = truth."of" and found.value = truth.value
    """
    row = duckdb.execute(query, [str(truth), str(found)]).fetchone()
    assert row is not None
    return int(row[0])


def demand_truth(truth: Path, statements: str) -> None:
    """Compare statements with the truth, figure by figure, with qualifier and bounds.

    Args:
        truth: a corpus's ``truth.parquet``.
        statements: a glob of Parquet files of the table STATEMENTS.

    Raises:
        BenchmarkError: some differ; a fast parser that reads wrong is no contestant.
    """
    query = f"""
        with truth as (
            select file, metric, "of", value, qualifier, lower, upper from read_parquet(?)
        ),
        found as ({_STATEMENTS})
        select
            (select count(*) from (from truth except all from found)),
            (select count(*) from (from found except all from truth))
    """
    missing, invented = duckdb.execute(query, [str(truth), statements]).fetchall()[0]
    if missing or invented:
        raise BenchmarkError(
            f"parse: {missing:,} figures of the corpus are missing or wrong, {invented:,} are not "
            "in it; settle that before measuring"
        )
