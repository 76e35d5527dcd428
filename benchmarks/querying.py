"""Questions of the cookbook to the warehouse, to the release's Parquet, and to SQLite.

SQLite is given the same tables with the same keys, the same views, and indexes beyond them on
what the questions look up; a view whose SQL it lacks is a table there, filled with the view's rows:
that favors SQLite, and the results name each. Its copy is made before any clock starts. Every engine
answers in a process of its own, each question several times; the number of rows in the answers is
compared.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import measure, report
from benchmarks.measure import BenchmarkError, Contestant, child
from benchmarks.settings import Settings
from pipeline.catalog.load import default_catalog
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.schema import PUBLISHED
from pipeline.tables.sql import quoted
from pipeline.warehouse.views import views

TIMES = 5
"""How often one process asks each question; the median counts."""

ROWS_AT_ONCE = 20_000

QUESTIONS = {
    "national figures of a year": "select * from national_figures where year = 2023",
    "profile of all states in a year": "select * from state_profiles where year = 2023",
    "rates of one metric in a year": (
        "select name, per_100000_under_18 from rates where metric = 'missing_child_cases' "
        "and year = 2023 order by per_100000_under_18 desc"
    ),
    "the ten highest of every metric and year": (
        "select year, metric, name, value from rankings where best_place <= 10"
    ),
    "one state over the years": (
        "select year, value, lower, upper from observations where jurisdiction = 'US-AZ' "
        "and metric = 'missing_child_cases' order by year"
    ),
    "a figure with its quote": (
        "select printed, quote, file, char_start, char_end from published_statements "
        "where observation_id = '2023/US-AZ/missing_child_cases'"
    ),
    "one statement by its id": (
        "select printed, quote from statements "
        "where statement_id = '2023/arizona.txt#state/missing_child_cases'"
    ),
    "words in all quotes": (
        "select count(*) from statements where lower(quote) like '%likely victims%'"
    ),
    "statements by year and metric": (
        "select year, metric, count(*), avg(value) from statements group by year, metric"
    ),
    "checks that failed, by name": (
        "select check_name, level, count(*) from checks where not passed group by check_name, level"
    ),
}
ENGINES = ("warehouse", "parquet", "sqlite")
INDEXES = (
    "create index by_figure on statements (year, jurisdiction, metric)",
    "create index by_place on observations (jurisdiction, metric, year)",
    "create index by_metric on observations (year, metric)",
    "create index by_status on sheets (status)",
)

Ask = Callable[[str], list[tuple[Any, ...]]]


def tables(settings: Settings) -> list[report.Table]:
    """Milliseconds of every question by engine, and SQLite's time to the warehouse's."""
    size = settings.middle
    with measure.scratch(settings.scratch) as place:
        warehouse = place / "warehouse"
        raw = settings.corpus(size) / "raw"
        measure.run(measure.statedata("build", "--raw", raw, "--warehouse", warehouse))
        copied = measure.run(child("querying:copy_to_sqlite", warehouse)).details
        contestants = [Contestant(engine, _command(engine, warehouse)) for engine in ENGINES]
        found = measure.compete(contestants, settings.runs, settings.scratch)
        statements = _warehouse(warehouse)("select count(*) from statements")[0][0]
    rows = []
    for question in QUESTIONS:
        times = {engine: _seconds(found[engine], question) for engine in ENGINES}
        _demand_equal_answers(question, {engine: found[engine][0] for engine in ENGINES})
        base = times["warehouse"]
        rows.append(
            (
                question,
                *(report.seconds(times[engine]) for engine in ENGINES),
                *(report.ratio(times[engine], base) for engine in ENGINES[1:]),
            )
        )
    header = ("question", "warehouse", "Parquet", "SQLite", "Parquet to warehouse", "SQLite to warehouse")  # fmt: skip
    note = (
        f"{size:,} sheets, {statements:,} statements. In SQLite, which lacks their SQL, tables filled "
        f"beforehand: {', '.join(copied['filled']) or 'none'}."
    )
    return [report.Table("Queries", note, header, rows)]


def copy_to_sqlite(warehouse: str) -> dict[str, Any]:
    """Copy every table of the warehouse into an SQLite file, with keys, indexes and views.

    Gives as ``filled`` the views that are tables there, as SQLite lacks the SQL of their queries.
    """
    source = duckdb.connect(str(Path(warehouse) / WAREHOUSE_FILE), read_only=True)
    filled = []
    with sqlite3.connect(_sqlite_file(Path(warehouse))) as target:
        for table in PUBLISHED:
            _fill(source, target, table.name, f", primary key ({_names(table.key)})")
        for statement in INDEXES:
            target.execute(statement)
        for view in views(default_catalog()):
            try:
                target.execute(f"explain {view.query}")
            except sqlite3.OperationalError:
                _fill(source, target, view.name)
                filled.append(view.name)
            else:
                target.execute(f"create view {view.name} as {view.query}")
        target.execute("analyze")
    return {"filled": filled}


def _fill(
    source: duckdb.DuckDBPyConnection, target: sqlite3.Connection, name: str, keys: str = ""
) -> None:
    """Make a table in SQLite with the rows of a table or view of the warehouse."""
    rows = source.execute(f"select * from {quoted(name)}")
    columns = [column for column, *_ in rows.description]
    target.execute(f"create table {quoted(name)} ({_names(columns)}{keys})")
    insert = f"insert into {quoted(name)} values ({', '.join('?' * len(columns))})"
    while some := rows.fetchmany(ROWS_AT_ONCE):
        target.executemany(insert, map(_plain, some))


def ask(engine: str, warehouse: str) -> dict[str, Any]:
    """Put every question to an engine; gives seconds and number of rows by question."""
    put: Ask = {"warehouse": _warehouse, "parquet": _parquet, "sqlite": _sqlite}[engine](
        Path(warehouse)
    )
    times, rows = {}, {}
    for question, query in QUESTIONS.items():
        taken = []
        for _ in range(TIMES):
            started = time.perf_counter()
            rows[question] = len(put(query))
            taken.append(time.perf_counter() - started)
        times[question] = statistics.median(taken)
    return {"times": times, "rows": rows}


def _warehouse(folder: Path) -> Ask:
    connection = duckdb.connect(str(folder / WAREHOUSE_FILE), read_only=True)
    return lambda query: connection.execute(query).fetchall()


def _parquet(folder: Path) -> Ask:
    connection = duckdb.connect()
    for table in PUBLISHED:
        files = list(folder.glob(f"releases/latest/**/{table.name}.parquet"))
        assert len(files) == 1, f"{table.name} has {len(files)} Parquet files in the release"
        connection.execute(f"create view {table.name} as from read_parquet('{files[0]}')")
    for view in views(default_catalog()):
        connection.execute(f"create view {view.name} as {view.query}")
    return lambda query: connection.execute(query).fetchall()


def _sqlite(folder: Path) -> Ask:
    connection = sqlite3.connect(_sqlite_file(folder))
    return lambda query: connection.execute(query).fetchall()


def _sqlite_file(folder: Path) -> Path:
    return folder / "same_data.sqlite"


def _names(columns: Any) -> str:
    return ", ".join(map(quoted, columns))


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row in the types of SQLite, which has no decimals."""
    return tuple(float(cell) if isinstance(cell, Decimal) else cell for cell in row)


def _command(engine: str, warehouse: Path) -> Callable[[Path], list[str]]:
    return lambda _: child("querying:ask", engine, warehouse)


def _seconds(runs: tuple[measure.Run, ...], question: str) -> float:
    return statistics.median(float(run.details["times"][question]) for run in runs)


def _demand_equal_answers(question: str, runs: dict[str, measure.Run]) -> None:
    rows = {engine: run.details["rows"][question] for engine, run in runs.items()}
    if len(set(rows.values())) > 1 or 0 in rows.values():
        raise BenchmarkError(f"{question}: the engines answer with {rows} rows; compare the query")
