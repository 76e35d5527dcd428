"""The views for people: SQL files beside this module, with the catalog's metrics filled in.

Reads ``views/*.sql`` and the catalog, gives each view's name, meaning and query. The first
line of a file is the view's comment; a wide view's columns come from the catalog, so that no
metric is named in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalog.schema import Catalog, Sum
from pipeline.model import NATION
from pipeline.tables.sql import literal, quoted

FOLDER = Path(__file__).parent / "views"
_PLAIN = (
    "national_figures",
    "rates",
    "rankings",
    "annotated_observations",
    "published_statements",
    "quarantine",
)


@dataclass(frozen=True, slots=True)
class View:
    """One view: its name, what a row of it is, and its query."""

    name: str
    description: str
    query: str


def views(catalog: Catalog) -> Iterator[View]:
    """Every view, each behind those it reads."""
    of_states = [metric.metric for metric, series in catalog.series() if series.of != NATION]
    yield _view("state_profiles", "state_profiles", state_columns=_wide(of_states))
    for table in catalog.tables:
        rows = [row.metric for row in table.rows]
        totals = [
            relation.whole[0]
            for relation in catalog.relations
            if isinstance(relation, Sum) and {part for part, _ in relation.parts} == set(rows)
        ]
        metrics = [*totals, *rows]
        names = ", ".join(literal(metric) for metric in metrics)
        yield _view(table.table, "breakdown", table_columns=_wide(metrics), table_metrics=names)
    for name in _PLAIN:
        yield _view(name, name)


def _view(name: str, file: str, **parts: str) -> View:
    comment, _, query = (FOLDER / f"{file}.sql").read_text(encoding="utf-8").partition("\n")
    for part, text in parts.items():
        query = query.replace(f"{{{part}}}", text)
    return View(name, comment.removeprefix("-- "), query.strip())


def _wide(metrics: list[str]) -> str:
    return ",\n    ".join(
        f"max(observations.value) filter (where observations.metric = {literal(metric)}) "
        f"as {quoted(metric)}"
        for metric in metrics
    )
