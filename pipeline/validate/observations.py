"""Accepted statements to observations: the last stop before the warehouse.

Reads the tables of all single sheets as files, gives the tables that are published, as files:
sheets, observations, checks, coverage, the revisions that were let in, and quarantine with every
reason for which a sheet is left out. What is one row a sheet or fewer is a frame on the way; longer tables are never in memory.
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow

from pipeline.catalog.schema import Catalog
from pipeline.checks import CHECKLIST
from pipeline.model import NATION, Figure, Finding
from pipeline.parse.corrections import corrections_apply
from pipeline.tables.files import TableFiles, rows
from pipeline.tables.frames import checked, frame, records, to_arrow, to_pandas, write_batches
from pipeline.tables.schema import (
    ACCEPTANCES,
    CHECKS,
    COVERAGE,
    NUMERALS,
    OBSERVATIONS,
    QUARANTINE,
    SHEET_TEXTS,
    SHEETS,
    STATEMENTS,
)
from pipeline.validate.check_rows import Result, check_rows
from pipeline.validate.cross_checks import decide
from pipeline.validate.decisions import Decisions, accepted_files
from pipeline.validate.national import figure_of
from pipeline.validate.observation_checks import check_observations
from pipeline.validate.pending import Review, acceptance_rows
from pipeline.validate.sheet_kind import IS_A_SHEET

REASONS = 5
"""Reasons that are told of a sheet, and of one check of it; the table checks has more."""


def validate(
    corpus: TableFiles,
    corroboration: pd.DataFrame,
    catalog: Catalog,
    folder: Path,
    *,
    of_folder: Iterable[Finding],
    reviewed: Review,
) -> TableFiles:
    """Settle the sheets of all years and write what is published of them.

    Args:
        corpus: raw_sheets, sheet_texts, parsed_sheets, statements, numerals, and the checks of the
            single sheets; all but the first and third in the order of their keys.
        corroboration: frame CORROBORATION.
        catalog: metrics and jurisdictions, for the coverage.
        folder: where new files are written; statements and numerals stay where they are.
        of_folder: what was found on the raw folder as a whole.
        reviewed: what is published, and which revisions were let in.

    Raises:
        pandera.errors.SchemaErrors: a table that its schema does not allow, a fault of our own.
    """
    with corpus.connection() as connection:
        decisions = decide(connection, catalog, corroboration, reviewed)
        observations = _observations(connection, decisions)
        of_catalog = corrections_apply(connection, catalog)
        findings = [
            *decisions.findings,
            *check_observations(observations, corroboration),
            *((finding, None, None) for finding in (*of_folder, *of_catalog)),
        ]
        paths = {table: folder / f"{table.name}.parquet" for table in _WRITTEN}
        _write_checks(connection, findings, corpus, paths[CHECKS])
        quarantine = _quarantine(connection)
        described = _described_sheets(connection, decisions, quarantine)
        coverage = _coverage(observations, described, decisions, catalog)
    _write_sheets(described, corpus, paths[SHEETS])
    written = {
        OBSERVATIONS: observations,
        COVERAGE: coverage,
        QUARANTINE: quarantine,
        ACCEPTANCES: frame(ACCEPTANCES, acceptance_rows(reviewed.acceptances)),
    }
    for table, data in written.items():
        write_batches(table, [data], paths[table])
    unchanged = {table.name: corpus.files[table.name] for table in (STATEMENTS, NUMERALS)}
    return TableFiles({**unchanged, **{table.name: (path,) for table, path in paths.items()}})


_WRITTEN = (SHEETS, OBSERVATIONS, CHECKS, COVERAGE, QUARANTINE, ACCEPTANCES)


def _observations(connection: duckdb.DuckDBPyConnection, decisions: Decisions) -> pd.DataFrame:
    with accepted_files(connection, decisions):
        printed = rows(
            connection,
            "select year, jurisdiction, metric, value, qualifier, lower, upper, corrected, sheet_id "
            "from statements semi join accepted using (file) "
            "where jurisdiction <> $1 order by statement_id",
            [NATION],
        )
    found = [
        _observation(row, figure_of(row), (row.jurisdiction, row.sheet_id), row.corrected is None)
        for row in printed
    ]
    found += [
        _observation(
            vote, vote.figure, (NATION, None), bool(vote.as_printed), vote.counts[vote.figure]
        )
        for vote in decisions.votes.values()
        if vote.figure is not None
    ]
    return frame(OBSERVATIONS, {row[0]: row for row in found}.values())


def _observation(
    of: Any, figure: Figure, place: tuple[str, str | None], is_printed: bool, statements: int = 1
) -> tuple[Any, ...]:
    """A row of OBSERVATIONS; ``place`` is the jurisdiction, and the sheet if one alone prints it."""
    status = "published" if is_printed else "corrected"
    numbers = (figure.value, figure.qualifier, figure.lower, figure.upper)
    key = (of.year, place[0], of.metric)
    return "/".join(map(str, key)), *key, *numbers, status, place[1], statements


def _write_checks(
    connection: duckdb.DuckDBPyConnection,
    findings: list[Result],
    corpus: TableFiles,
    path: Path,
) -> None:
    """Write the checks of single sheets and those between sheets as one, in the order of the key.

    Behind it, ``checks`` in the connection are all of them.
    """
    ids = dict(connection.execute("select file, sheet_id from parsed_sheets").fetchall())
    between = to_arrow(CHECKS, frame(CHECKS, check_rows(findings, ids)))
    write_batches(CHECKS, _merged(corpus.batches(CHECKS.name), between), path)
    written = TableFiles({CHECKS.name: (path,)})
    connection.execute(f"create or replace temp view checks as {written.query(CHECKS.name)}")


def _merged(
    batches: Iterator[pyarrow.RecordBatch], more: pyarrow.Table
) -> Iterator[pyarrow.RecordBatch]:
    """The rows of both in the order of their ids; both are in order, the first in many batches."""
    ids = more["check_id"].to_pylist()
    done = 0
    for batch in batches:
        if batch.num_rows:
            upto = bisect(ids, batch["check_id"][-1].as_py(), lo=done)
            rest = more.slice(done, upto - done)
            both = pyarrow.concat_tables([pyarrow.Table.from_batches([batch]), rest])
            yield from both.sort_by("check_id").to_batches()
            done = upto
    yield from more.slice(done).to_batches()


def _quarantine(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The reasons for which sheets are not accepted, the first of each check and how many more.

    That a text is no state fact sheet says it all: what else it lacks is in the table checks.
    """
    failing = connection.sql(
        "with failures as ("
        "select file, sheet_id, check_name, message, check_id, "
        "row_number() over one_check as place, count(*) over one_check_whole as failures, "
        f"bool_or(check_name = '{IS_A_SHEET}') over (partition by file) as is_foreign "
        "from checks where not passed and level = 'error' and file is not null "
        "window one_check as (partition by file, check_name order by length(check_id), check_id), "
        "one_check_whole as (partition by file, check_name)) "
        "select file, sheet_id, check_name, "
        f"case when place <= {REASONS} then message else file || ': ' || (failures - {REASONS}) || "
        "' more failures of ' || check_name || '; see them in the table checks' end as message "
        f"from failures where place <= {REASONS} + 1 "
        f"and (not is_foreign or check_name = '{IS_A_SHEET}') "
        "group by all"
    )
    return checked(QUARANTINE, to_pandas(failing.to_arrow_table()))


def _described_sheets(
    connection: duckdb.DuckDBPyConnection, decisions: Decisions, quarantine: pd.DataFrame
) -> pd.DataFrame:
    """SHEETS without the texts."""
    reasons = {**decisions.reasons, **_reasons(quarantine)}
    files = sorted(decisions.status)
    settled = {
        "file": files,
        "status": [decisions.status[file] for file in files],
        "reason": pyarrow.array([reasons.get(file) for file in files], pyarrow.string()),
    }
    connection.register("settled", pyarrow.table(settled))
    columns = ", ".join(f'"{name}"' for name in SHEETS.columns if name != "text")
    found = connection.sql(
        f"select {columns} from raw_sheets inner join parsed_sheets using (file) "
        "inner join (select * exclude (text, sha256, layout) from sheet_texts) using (file) "
        "inner join settled using (file) order by file"
    ).to_arrow_table()
    connection.unregister("settled")
    return to_pandas(found)


def _reasons(quarantine: pd.DataFrame) -> dict[str, str]:
    """For each file the first reasons in the order of the checklist, and how many more there are."""
    order = {name: place for place, name in enumerate(CHECKLIST)}
    messages: dict[str, list[str]] = defaultdict(list)
    for row in sorted(records(quarantine), key=lambda row: order[row.check_name]):
        messages[row.file].append(row.message)
    return {
        file: "; ".join(found[:REASONS])
        + (f"; and {len(found) - REASONS} more" if len(found) > REASONS else "")
        for file, found in messages.items()
    }


def _write_sheets(described: pd.DataFrame, corpus: TableFiles, path: Path) -> None:
    """Write SHEETS, a batch of texts at a time."""

    def batches() -> Iterator[pd.DataFrame]:
        done = 0
        for batch in corpus.batches(SHEET_TEXTS.name):
            texts = to_pandas(pyarrow.Table.from_batches([batch]))
            chosen = described.iloc[done : done + len(texts)].reset_index(drop=True)
            assert chosen["file"].equals(texts["file"]), "the texts are not in order"
            done += len(texts)
            yield checked(SHEETS, chosen.assign(text=texts["text"]))

    write_batches(SHEETS, batches(), path)


def _coverage(
    observations: pd.DataFrame, sheets: pd.DataFrame, decisions: Decisions, catalog: Catalog
) -> pd.DataFrame:
    published = {(r.year, r.jurisdiction, r.metric) for r in records(observations)}
    withheld = {key for key, vote in decisions.votes.items() if vote.figure is None}
    by_status: dict[str, set[tuple[int, str]]] = {"accepted": set(), "quarantined": set()}
    for row in records(sheets[["year", "jurisdiction", "status"]]):
        if row.status in by_status and row.year is not None:
            place = row.jurisdiction or NATION
            by_status[row.status] |= {(row.year, place), (row.year, NATION)}
    years = sorted({year for places in by_status.values() for year, _ in places})
    rows = []
    for year in years:
        for metric, series in catalog.series():
            for jurisdiction in catalog.jurisdictions:
                place = jurisdiction.jurisdiction
                if (series.of == NATION) != (place == NATION):
                    continue
                if (year, place, metric.metric) in published:
                    coverage = "published"
                elif place == NATION and (year, metric.metric) in withheld:
                    coverage = "quarantined"
                elif (year, place) in by_status["accepted"]:
                    coverage = "absent_from_sheet"
                elif (year, place) in by_status["quarantined"]:
                    coverage = "quarantined"
                else:
                    coverage = "sheet_missing"
                rows.append((year, place, metric.metric, coverage))
    return frame(COVERAGE, rows)
