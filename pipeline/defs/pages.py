"""What Dagster's pages show of an asset: whose it is, what it is made of, columns, rows, numbers."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import dagster as dg

from pipeline.alerts.events import Places
from pipeline.alerts.reporting import validation_events
from pipeline.build import BuildSteps
from pipeline.release.publish import Publication
from pipeline.release.versions import Release
from pipeline.site.folder import SiteResult
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.columns import Table
from pipeline.tables.figures import FIGURES
from pipeline.tables.files import TableFiles
from pipeline.tables.schema import (
    CHECKS,
    COVERAGE,
    NUMERALS,
    OBSERVATIONS,
    PUBLISHED,
    QUARANTINE,
    STATEMENTS,
)

OWNERS = ["team:statedata"]
READERS, OPERATORS = {"audience": "readers"}, {"audience": "operators"}
"""Whom an asset is for; a tag to search by."""
TABLE_KINDS, FILE_KINDS = {"python", "parquet"}, {"python"}
_MEANINGS = {
    STATEMENTS.name: "What the sheets say, before anything is settled between them: value, wording, "
    "sentence, page and characters, so that each figure can be read again where it stands.",
    NUMERALS.name: "The ledger that nothing is lost from: every number of every sheet is a figure, "
    "or explained by a rule, or reported as unaccounted.",
    OBSERVATIONS.name: "What counts: figures of accepted sheets, a national one once for all sheets "
    "that print it. Checks between sheets are shown here.",
    CHECKS.name: "Everything that was asked of the sheets and their figures, held or not.",
    QUARANTINE.name: "Sheets that are left out, and why. They harm nobody: the others are released. "
    "The table `left_out` shows what to type next.",
    FIGURES.name: "What most readers want, and enough by itself: wording, interval, rates, notes and "
    "quote, and the reason where a figure is absent.",
}
_SHOWN = 200
"""Rows of a table that a page shows; all of them are in the tables."""


def table_specs(tables: Iterable[Table], deps: list[Any]) -> list[dg.AssetSpec]:
    """The assets of tables that one step makes."""
    return [
        dg.AssetSpec(
            table.name,
            deps=deps,
            description=f"One row: {table.description[0].lower()}{table.description[1:]}\n\n{_MEANINGS[table.name]}",
            owners=OWNERS,
            kinds=TABLE_KINDS,
            tags=READERS if table in PUBLISHED else OPERATORS,
            metadata={"dagster/table_name": table_name(table)} if table in PUBLISHED else {},
        )
        for table in tables
    ]


def table_name(table: Table) -> str:
    """A table's full name in the warehouse, which DuckDB names after its file."""
    return f"{WAREHOUSE_FILE.removesuffix('.duckdb')}.main.{table.name}"


def described(table: Table, rows: int, **more: Any) -> dict[str, Any]:
    """Metadata of a table: how many rows it has, and every column with type and meaning."""
    columns = [
        dg.TableColumn(name, str(table.arrow_type(name)), description=column.description)
        for name, column in table.columns.items()
    ]
    schema = dg.TableSchema(columns=columns)
    return {"dagster/row_count": rows, "dagster/column_schema": schema, **more}


def validation_page(table: Table, tables: TableFiles, steps: BuildSteps) -> dict[str, Any]:
    """What a validation shows of a table that it made."""
    more = _left_out(steps) if table is QUARANTINE else {}
    return described(table, tables.rows(table.name), **more)


def _left_out(steps: BuildSteps) -> dict[str, Any]:
    """What the last validation left out, and what to type next, as a table."""
    found = list(validation_events(Places(steps.raw, steps.warehouse)))
    records = [
        dg.TableRecord({
            "sheet": event.subject, "check": event.check or "", "next": event.command,
            "expected": event.expected or "", "found": event.found or "",
        })
        for event in found[:_SHOWN]
    ]  # fmt: skip
    # The page cuts off what is wide: what to type comes before what may be long.
    names = ("sheet", "check", "next", "expected", "found")
    schema = dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in names])
    left_out = dg.MetadataValue.table(records, schema)
    return {"left_out": left_out, "left_out_count": len(found)}


def release_page(
    made: Release, tables: TableFiles, began: float, *, is_new: bool
) -> dict[str, Any]:
    """A release's version and place, and numbers to plot from release to release."""
    files = [path for path in made.path.rglob("*") if path.is_file()]
    coverage = tables.counts(COVERAGE.name, "coverage")
    return {
        "version": made.version,
        "new": is_new,
        "path": dg.MetadataValue.path(made.path),
        "observations": tables.rows(OBSERVATIONS.name),
        "coverage_percent": round(
            100 * coverage.get("published", 0) / max(1, sum(coverage.values())), 2
        ),
        "bytes": sum(path.stat().st_size for path in files),
        "seconds": round(time.monotonic() - began, 3),
    }


def site_page(newest: Release, made: SiteResult) -> dict[str, Any]:
    """Which release the pages show, where they are, and how many are new."""
    counts = {"written": made.written, "kept": made.kept, "removed": made.removed}
    return {"version": newest.version, "path": dg.MetadataValue.path(made.folder), **counts}


def publication_page(done: Publication) -> dict[str, Any]:
    """What was published where, and what the publisher should know."""
    counts = {"written": len(done.written), "present": len(done.present)}
    return {"version": done.version, "target": done.target, "notes": [*done.notes], **counts}
