"""The figures of the nation, which every sheet prints: what stands, and which sheets are outvoted.

Reads the statements of the accepted sheets from DuckDB, counted where they lie; adds to the
decisions what stands, what is withheld, and which sheets are quarantined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import duckdb
import pandas as pd

from pipeline.checks import failed, passed
from pipeline.model import NATION, Finding
from pipeline.tables.files import rows
from pipeline.tables.frames import records
from pipeline.validate.check_rows import Result
from pipeline.validate.decisions import Decisions, accepted_files
from pipeline.validate.national import Ends, Key, Vote, contradict, figure_of


def settle_national_figures(
    connection: duckdb.DuckDBPyConnection,
    decisions: Decisions,
    ends: Ends,
    corroboration: pd.DataFrame,
) -> None:
    """Let the accepted sheets vote, again without those that were outvoted, until none is."""
    elsewhere = {
        (row.year, row.metric): row.value
        for row in records(corroboration)
        if row.jurisdiction == NATION
    }
    while True:
        votes = {
            key: Vote.of(wordings, ends, elsewhere.get(key))
            for key, wordings in _wordings(connection, decisions).items()
        }
        outvoted = [
            found
            for vote in votes.values()
            for found in _outvoted(connection, decisions, vote, ends)
        ]
        if not outvoted:
            break
        for file, finding, year in outvoted:
            decisions.quarantine(file, finding, year)
    decisions.votes = votes
    for (year, metric), vote in votes.items():
        if vote.figure is None:
            finding = _withheld(connection, decisions, year, metric)
            decisions.findings.append((finding, None, year))
        else:
            decisions.findings += _agreed(connection, decisions, vote)


def _wordings(connection: duckdb.DuckDBPyConnection, decisions: Decisions) -> dict[Key, list[Any]]:
    """What the accepted sheets print of the nation, by year and metric, the first wording first."""
    wordings: dict[Key, list[Any]] = defaultdict(list)
    with accepted_files(connection, decisions):
        for row in rows(
            connection,
            "select year, metric, value, qualifier, lower, upper, corrected, "
            "arg_min(printed, statement_id) as printed, count(distinct file) as sheets "
            "from statements semi join accepted using (file) where jurisdiction = $1 "
            "group by year, metric, value, qualifier, lower, upper, corrected "
            "order by year, metric, min(statement_id)",
            [NATION],
        ):
            wordings[row.year, row.metric].append(row)
    return wordings


def _outvoted(
    connection: duckdb.DuckDBPyConnection, decisions: Decisions, vote: Vote, ends: Ends
) -> Iterator[tuple[str, Finding, int]]:
    """The sheets that contradict the wording that stands."""
    if vote.figure is None:
        return
    contradicting = {figure for figure in vote.counts if contradict(figure, vote.figure, ends)}
    if not contradicting:
        return
    for row in _printing(connection, decisions, vote.year, vote.metric):
        if figure_of(row) in contradicting:
            message = (
                f"{row.file} {vote.metric} of US: printed {row.printed!r}, but {vote.in_words}; "
                "compare this sheet with the others of the year"
            )
            yield row.file, _differs("national_figures_agree", message, vote, row), vote.year


def _agreed(
    connection: duckdb.DuckDBPyConnection, decisions: Decisions, vote: Vote
) -> Iterator[Result]:
    """What is said of a figure that no accepted sheet contradicts, and of each other wording."""
    name, sheets = f"{vote.year} {vote.metric}", vote.counts.total()
    contradicted = f"{name}: no sheet of {sheets} contradicts {vote.printed!r}"
    same = f"{name}: {sheets} sheets print {vote.printed!r}"
    for check, message in (
        ("national_figures_have_a_majority", vote.in_words),
        ("national_figures_agree", contradicted),
        *([("national_wordings_agree", same)] if len(vote.counts) == 1 else []),
    ):
        yield passed(check, message, metric=vote.metric), None, vote.year
    if len(vote.counts) == 1:
        return
    for row in _printing(connection, decisions, vote.year, vote.metric):
        if figure_of(row) != vote.figure:
            message = (
                f"{row.file} {vote.metric} of US: printed {row.printed!r}, which can be true too, but "
                f"{vote.in_words}, and that is published; compare the sheets"
            )
            yield _differs("national_wordings_agree", message, vote, row), row.file, vote.year


def _differs(check: str, message: str, vote: Vote, row: Any) -> Finding:
    return failed(check, message, expected=vote.printed, found=row.printed, metric=vote.metric)


def _printing(
    connection: duckdb.DuckDBPyConnection, decisions: Decisions, year: int, metric: str
) -> list[Any]:
    """What each accepted sheet of a year prints of one national metric, by file."""
    with accepted_files(connection, decisions):
        return rows(
            connection,
            "select file, value, qualifier, lower, upper, corrected, printed "
            "from statements semi join accepted using (file) "
            "where jurisdiction = $1 and year = $2 and metric = $3 "
            "qualify row_number() over (partition by file order by statement_id) = 1 "
            "order by file",
            [NATION, year, metric],
        )


def _withheld(
    connection: duckdb.DuckDBPyConnection, decisions: Decisions, year: int, metric: str
) -> Finding:
    printing = _printing(connection, decisions, year, metric)[:6]
    found = "; ".join(f"{row.file} prints {row.printed!r}" for row in printing)
    message = (
        f"{year} {metric}: sheets differ and none has a majority ({found}); the national figure is "
        "withheld until the sheets are settled"
    )
    return failed(
        "national_figures_have_a_majority",
        message,
        expected="one figure",
        found=found,
        metric=metric,
    )
