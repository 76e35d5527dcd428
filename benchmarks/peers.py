"""Peers: what other tools take for a part of what a build of the four sheets does.

Dagster alone materializes six assets that do nothing, in one process; dbt makes the release's tables in DuckDB and
tests the same keys, references, values and nulls; frictionless validates the release by its own
description; pandera holds its tables against their schemas; the user's script parses the sheets.
Each is a whole process. dbt and frictionless have environments of their own, which `make bench` sets
up; without them they are left out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import PROJECT, Contestant
from pipeline.tables.columns import Column, Table
from pipeline.tables.schema import KEYS, PUBLISHED

DBT, FRICTIONLESS = (
    PROJECT / f".venv-validators/{name}/bin/{name}" for name in ("dbt", "frictionless")
)
ASSETS = "import dagster as dg\n\n" + "".join(
    f"@dg.asset\ndef trivial_{number}() -> int:\n    return {number}\n\n\n" for number in range(6)
)
ASSETS += (
    "defs = dg.Definitions(dg.load_assets_from_current_module(), executor=dg.in_process_executor)\n"
)


def contestants(release: Path) -> list[Contestant]:
    """The peers that are installed."""
    python = [sys.executable]

    def dagster(place: Path) -> Sequence[str]:
        (place / "assets.py").write_text(ASSETS, encoding="utf-8")
        return [*python, "-m", "dagster", "asset", "materialize", "--select", "*", "-f", str(place / "assets.py")]  # fmt: skip

    def dbt(place: Path) -> Sequence[str]:
        write_project(place, release)
        return [str(DBT), "--no-send-anonymous-usage-stats", "build", "--project-dir", str(place), "--profiles-dir", str(place)]  # fmt: skip

    def judge_dbt(place: Path, _: object) -> dict[str, int]:
        results = json.loads((place / "target/run_results.json").read_text(encoding="utf-8"))
        assert {one["status"] for one in results["results"]} <= {"success", "pass"}
        return {"tests": len(results["results"]) - len(PUBLISHED)}

    check = f"from benchmarks.peers import validate; validate({str(release)!r})"
    found = [
        Contestant("dagster asset materialize, six trivial assets", dagster),
        Contestant("pandera, the release's tables", lambda _: [*python, "-c", check]),
        Contestant("script with pandas and re, the four sheets", lambda place: [*python, "-m", "benchmarks.naive", str(PROJECT / "raw"), str(place), "1"]),
    ]  # fmt: skip
    if DBT.exists():
        found.append(Contestant("dbt build, the same tables and tests", dbt, judge=judge_dbt))
    if FRICTIONLESS.exists():
        package = str(release / "datapackage.json")
        command = [str(FRICTIONLESS), "validate", "--json", package]
        found.append(Contestant("frictionless validate, the release", lambda _: command))
    return found


def note() -> str:
    """Which peers are left out."""
    missing = [path.name for path in (DBT, FRICTIONLESS) if not path.exists()]
    return f"Not set up, so left out: {', '.join(missing)}." if missing else ""


def validate(release: str) -> None:
    """Hold every table of a release against its schema."""
    from pipeline.release.released import released_tables
    from pipeline.tables.frames import checked, to_pandas

    tables = released_tables(Path(release))
    for table in PUBLISHED:
        checked(table, to_pandas(tables.read(table.name)))


def write_project(place: Path, release: Path) -> None:
    """Write a dbt project with a model for each table and a test for each constraint of its schema."""
    documents: dict[str, Any] = {
        "dbt_project.yml": {"name": "peer", "version": "1.0", "profile": "peer", "model-paths": ["models"], "models": {"peer": {"+materialized": "table"}}},
        "profiles.yml": {"peer": {"target": "dev", "outputs": {"dev": {"type": "duckdb", "path": str(place / "peer.duckdb"), "threads": 2}}}},
        "models/schema.yml": {"models": [_described(table) for table in PUBLISHED]},
    }  # fmt: skip
    (place / "models").mkdir()
    for name, content in documents.items():
        (place / name).write_text(json.dumps(content), encoding="utf-8")  # which is YAML, too
    for table in PUBLISHED:
        query = f"select * from read_parquet('{release / 'data' / table.name}.parquet')"
        (place / "models" / f"{table.name}.sql").write_text(query, encoding="utf-8")


def _described(table: Table) -> dict[str, Any]:
    key = " || '/' || ".join(table.key)
    return {
        "name": table.name,
        "description": table.description,
        "data_tests": [{"unique": {"arguments": {"column_name": f"({key})"}}}],
        "columns": [
            {"name": name, "description": column.description, "data_tests": _tests(column)}
            for name, column in table.columns.items()
        ],
    }


def _tests(column: Column) -> list[Any]:
    found: list[Any] = [] if column.nullable else ["not_null"]
    if column.enum:
        found.append({"accepted_values": {"arguments": {"values": list(column.enum)}}})
    if column.refers_to:
        key = KEYS[column.refers_to]
        to = {"to": f"ref('{column.refers_to}')", "field": key}
        found.append({"relationships": {"arguments": to}})
    return found
