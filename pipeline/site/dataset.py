"""A release as the pages need it: its rows by place, metric and sheet.

Reads the tables of one release by the schema that the release states, and the view of rankings
from its database. A whole release of twenty years is some ten thousand figures: it is held in
memory. Nothing is worded or laid out here.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from pipeline.model import NATION
from pipeline.release.content import SCHEMA_VERSION
from pipeline.release.released import released_tables
from pipeline.release.versions import Release, ReleaseError
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.columns import Table

Row = Mapping[str, Any]
Key = tuple[int, str, str]
"""Year, jurisdiction, metric."""

_READ = (
    "figures", "sheets", "statements", "metrics", "qualifiers", "comparability", "jurisdictions",
    "checks",
)  # fmt: skip
_SHEET_ID = re.compile(r"\d{4}/[A-Z]{2}-[A-Z]{2}")


@dataclass(frozen=True)
class Dataset:
    """The rows of a release; ``tables`` are their definitions, ``rankings`` are by key."""

    release: Release
    tables: Mapping[str, Table]
    figures: list[Row]
    sheets: list[Row]
    statements: list[Row]
    metrics: list[Row]
    qualifiers: Mapping[str, Row]
    comparability: list[Row]
    jurisdictions: list[Row]
    checks: list[Row]
    rankings: Mapping[Key, Row]

    @cached_property
    def by_key(self) -> dict[Key, Row]:
        """Every figure by year, jurisdiction and metric."""
        return {key_of(row): row for row in self.figures}

    @cached_property
    def by_place(self) -> dict[str, list[Row]]:
        """The figures of each jurisdiction that has any, by program."""
        ordered = sorted(self.figures, key=lambda row: (row["program"], row["metric"], row["year"]))
        return grouped(ordered, "jurisdiction")

    @cached_property
    def by_metric(self) -> dict[str, list[Row]]:
        """The figures of each metric that has any, the nation first, then by name."""
        ordered = sorted(self.figures, key=lambda row: (row["year"], row["scope"], row["name"]))
        return grouped(ordered, "metric")

    @cached_property
    def by_file(self) -> dict[str, list[Row]]:
        """The statements of each sheet, in the order of its text."""
        ordered = sorted(self.statements, key=lambda row: (row["printed_start"], row["metric"]))
        return grouped(ordered, "file")

    @cached_property
    def failed(self) -> dict[str, list[Row]]:
        """The checks that failed on each sheet."""
        found = [row for row in self.checks if row["file"] is not None and not row["passed"]]
        return grouped(found, "file")

    @cached_property
    def sheet_of(self) -> dict[str, Row]:
        """The sheets that have a text, by file."""
        return {row["file"]: row for row in self.sheets if row["text"] is not None}

    @cached_property
    def breaks(self) -> dict[str, set[int]]:
        """The years from which on a metric's series is another, by metric."""
        rows = [row for row in self.comparability if row["kind"] == "series_break"]
        return {
            metric: {row["from_year"] for row in found}
            for metric, found in grouped(rows, "metric").items()
        }

    @cached_property
    def years(self) -> list[int]:
        """The reporting years, newest first."""
        return sorted({row["year"] for row in self.figures}, reverse=True)

    def not_printed(self, sheet: Row) -> list[Row]:
        """The figures that sheets of its year print of its place or the nation, and it does not."""
        has = {(row["jurisdiction"], row["metric"]) for row in self.by_file.get(sheet["file"], ())}
        places = (sheet["jurisdiction"], NATION)
        return [
            row
            for place in places
            for row in self.by_place.get(place or "", ())
            if row["year"] == sheet["year"] and (place, row["metric"]) not in has
        ]

    def sheet_name(self, file: str) -> str:
        """The name of a sheet's page: by year and place if it is the accepted one, else by its file."""
        sheet = self.sheet_of[file]
        identity = sheet["sheet_id"] or ""
        if sheet["status"] == "accepted" and _SHEET_ID.fullmatch(identity):
            return f"sheet/{identity}"
        said = file.encode("utf-8", "surrogatepass")
        return f"sheet/file/{hashlib.sha256(said).hexdigest()[:16]}"

    @cached_property
    def anchors(self) -> dict[str, str]:
        """The anchor of each statement on its sheet's page, by the statement's id."""
        found: dict[str, str] = {}
        for rows in self.by_file.values():
            counted: dict[str, int] = defaultdict(int)
            for row in rows:
                name = f"{row['jurisdiction'] or 'place'}-{row['metric']}"
                counted[name] += 1
                found[row["statement_id"]] = (
                    name if counted[name] == 1 else f"{name}-{counted[name]}"
                )
        return found

    def statement_of(self, figure: Row) -> Row | None:
        """The statement that a published figure is quoted from; None if there is no figure."""
        for row in self.by_file.get(figure["file"] or "", ()):
            if (row["printed_start"], row["jurisdiction"], row["metric"]) == (
                figure["printed_start"],
                figure["jurisdiction"],
                figure["metric"],
            ):
                return row
        return None


def read_dataset(release: Release) -> Dataset:
    """Read a release.

    Raises:
        ReleaseError: the release is of another schema, or cannot be read.
    """
    schema = str(release.manifest["schema_version"])
    if schema.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise ReleaseError(
            f"{release.path}: its tables are of schema {schema}, pages are made of {SCHEMA_VERSION}; "
            "make the site with the program that made the release"
        )
    files = released_tables(release.path)
    rows = {name: files.read(name).to_pylist() for name in _READ}
    qualifiers = {row["qualifier"]: row for row in rows.pop("qualifiers")}
    return Dataset(
        release, files.tables, qualifiers=qualifiers, rankings=_rankings(release.path), **rows
    )


def key_of(row: Row) -> Key:
    """Year, jurisdiction and metric of a row."""
    return row["year"], row["jurisdiction"], row["metric"]


def _rankings(folder: Path) -> dict[Key, Row]:
    with duckdb.connect(str(folder / WAREHOUSE_FILE), read_only=True) as connection:
        found = connection.sql("from rankings").to_arrow_table()
    return {key_of(row): row for row in found.to_pylist()}


def grouped(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    """Rows by what stands in a column, in the order in which it comes."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return dict(found)
