"""The figures as static JSON: what a page or a script fetches without a database.

Reads the table ``figures``, gives ``api/figures.json``, a file a state and a file a metric. Every
object stands for itself: number, wording, interval, notes and citation are in it, also where the
figure is absent. Of a large release the whole is one file a year.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.release.content import (
    LARGEST_IN_ONE_FILE,
    LICENCE,
    SCHEMA_VERSION,
    ReleaseContent,
    publisher,
)
from pipeline.storage.names import API
from pipeline.tables.figures import FIGURES
from pipeline.tables.files import rows
from pipeline.tables.sql import quoted


def write_api(content: ReleaseContent, folder: Path, largest: int = LARGEST_IN_ONE_FILE) -> None:
    """Write the files.

    Args:
        content: the release.
        folder: the release's folder.
        largest: with more figures than that, the whole is one file a year.
    """
    api = folder / API
    if content.tables.rows(FIGURES.name) <= largest:
        _write(content, api / "figures.json", {}, _objects(content))
    else:
        years = {year: f"year/{year}.json" for year in _values(content, "year")}
        why = f"There are more than {largest:,} figures, so there is one file a year."
        _write(content, api / "figures.json", {"note": why, "by_year": [*years.values()]}, None)
        for year, name in years.items():
            _write(content, api / name, {"year": year}, _objects(content, "year", year))
    for place in _values(content, "jurisdiction"):
        about = {"jurisdiction": place}
        objects = _objects(content, "jurisdiction", place)
        _write(content, api / f"state/{place}.json", about, objects)
    described = {row["metric"]: row for row in content.tables.read("metrics").to_pylist()}
    for metric in _values(content, "metric"):
        objects = _objects(content, "metric", metric)
        _write(content, api / f"metric/{metric}.json", described[metric], objects)


def _values(content: ReleaseContent, column: str) -> list[Any]:
    with content.tables.connection([FIGURES.name]) as connection:
        query = f"select distinct {quoted(column)} from figures order by 1"
        return [value for (value,) in rows(connection, query)]


def figure_object(row: dict[str, Any], version: str) -> dict[str, Any]:
    """One row of ``figures`` as JSON values, with its citation; numbers without trailing zeros."""
    said = {name: plain(value) for name, value in row.items()}
    return {**said, "citation": figure_citation(row, version)}


def figure_citation(row: dict[str, Any], version: str) -> str:
    """A figure as it can stand in a footnote: what is printed where, and who compiled it."""
    source = publisher()
    what = f"{row['title']}, {row['name']}, {row['year']}"
    compiled = (
        f"compiled from {source.short}'s {source.sheets} in {source.title} {version}, "
        f"not {source.short}'s own dataset"
    )
    if row["observation_id"] is None:
        return f"{what}: no figure published ({row['coverage']}); {compiled}."
    corrected = f", corrected to {plain(row['value']):,}" if row["status"] == "corrected" else ""
    return (
        f'{what}: "{row["printed"]}"{corrected}. {source.publisher}, fact sheet {row["file"]}; '
        f"{compiled}, {row['observation_id']}."
    )


def plain(value: Any) -> Any:
    """A value as JSON has it: a whole number without a point, any other number exactly as it is."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _objects(
    content: ReleaseContent, column: str | None = None, value: Any = None
) -> Iterator[dict[str, Any]]:
    condition = f"where {quoted(column)} = $1" if column else ""
    order = ", ".join(FIGURES.key)
    with content.tables.connection([FIGURES.name]) as connection:
        query = f"select * from figures {condition} order by {order}"
        found = connection.sql(query, params=[value] if column else [])
        for batch in found.to_arrow_reader(FIGURES.batch):
            for row in batch.to_pylist():
                yield figure_object(row, content.version)


def _write(
    content: ReleaseContent,
    path: Path,
    about: dict[str, Any],
    objects: Iterable[dict[str, Any]] | None,
) -> None:
    """One JSON object, its figures a line each, so that a large file is never a text in memory."""
    head = {
        "name": publisher().name,
        "title": publisher().title,
        "version": content.version,
        "schema_version": SCHEMA_VERSION,
        "license": LICENCE,
        "description": publisher().description,
        **about,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        text = json.dumps(head, indent=2, ensure_ascii=False)
        if objects is None:
            file.write(f"{text}\n")
            return
        file.write(text.removesuffix("\n}") + ',\n  "figures": [')
        separator = "\n"
        for one in objects:
            file.write(f"{separator}    {json.dumps(one, ensure_ascii=False, allow_nan=False)}")
            separator = ",\n"
        file.write("\n  ]\n}\n")
