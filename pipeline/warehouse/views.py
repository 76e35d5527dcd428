"""The views for people: SQL files beside this module, with the catalog's metrics filled in.

Reads ``views/*.sql`` and the catalog, gives each view's name, meaning, query, and what its columns
mean. The first line of a file is the view's comment; the lines of comment behind it describe
columns that no table has or that mean something else here. A wide view's columns come from the
catalog, so that no metric is named in SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalog.schema import Catalog, Metric, Sum
from pipeline.model import NATION
from pipeline.tables.columns import Table
from pipeline.tables.schema import PUBLISHED
from pipeline.tables.sql import literal, meaning, quoted

FOLDER = Path(__file__).parent / "views"
_PLAIN = (
    "national_figures",
    "rates",
    "rankings",
    "sheet_coverage",
    "annotated_observations",
    "published_statements",
    "quarantine",
)
_NUMERIC = {
    "": ("value", "{title}: the number; read it together with its qualifier and bounds."),
    "_qualifier": ("qualifier", "{title}: what the wording says of the number."),
    "_lower": ("lower", "{title}: lower bound of the true number; null if there is none."),
    "_upper": ("upper", "{title}: upper bound of the true number; null if there is none."),
    "_printed": ("printed", "{title}, as printed."),
}
_PRINTED = {"": ("printed", "{title}, as printed; null if no figure is published.")}
_NOTES = "string_agg(title || ': ' || notes, ' ' order by metric) as notes"
_NOTES_MEANING = "What must not be misread, each note behind the name of its metric."


@dataclass(frozen=True, slots=True)
class View:
    """One view: its name, what a row of it is, its query, and the meaning of columns of its own."""

    name: str
    description: str
    query: str
    own: Mapping[str, str]

    def meaning(self, column: str) -> str:
        """What a column means: said by the view itself, or by a table that it reads."""
        if column in self.own:
            return self.own[column]
        return next(
            meaning(table.columns[column]) for table in self._tables if column in table.columns
        )

    @property
    def _tables(self) -> list[Table]:
        """The tables that its columns can be of; all views read figures, though some through others."""
        named = set(re.findall(r"\b(?:from|join) (\w+)", self.query))
        read = [table for table in PUBLISHED if table.name in named]
        return read if "rates" not in named else [*read, PUBLISHED[0]]


def views(catalog: Catalog) -> Iterator[View]:
    """Every view, each behind those it reads."""
    of_states = [metric for metric, series in catalog.series() if series.of != NATION]
    yield _wide("state_profiles", "state_profiles", "printed_columns", of_states, _PRINTED)
    yield _wide(
        "state_profiles_numeric", "state_profiles_numeric", "numeric_columns", of_states, _NUMERIC
    )
    for table in catalog.tables:
        rows = [row.metric for row in table.rows]
        totals = [
            relation.whole[0]
            for relation in catalog.relations
            if isinstance(relation, Sum) and {part for part, _ in relation.parts} == set(rows)
        ]
        metrics = [catalog.metric(name) for name in (*totals, *rows)]
        yield _wide(table.table, "breakdown", "table_columns", metrics, _NUMERIC)
    for name in _PLAIN:
        yield _view(name, name, {}, {})


def _wide(
    name: str,
    file: str,
    slot: str,
    metrics: list[Metric],
    of_each: Mapping[str, tuple[str, str]],
) -> View:
    """A view with some columns of each metric: by suffix the column of figures, and its meaning."""
    columns = {
        metric.metric + suffix: (metric, column, said)
        for metric in metrics
        for suffix, (column, said) in of_each.items()
    }
    assert len(columns) == len(metrics) * len(of_each), f"{name}: two columns have one name"
    selected = ",\n    ".join(
        f"max({column}) filter (where metric = {literal(metric.metric)}) as {quoted(alias)}"
        for alias, (metric, column, _) in columns.items()
    )
    own = {alias: said.format(title=metric.title) for alias, (metric, _, said) in columns.items()}
    names = ", ".join(literal(metric.metric) for metric in metrics)
    parts = {slot: selected, "table_metrics": names, "notes": _NOTES}
    return _view(name, file, parts, {**own, "notes": _NOTES_MEANING})


def _view(name: str, file: str, parts: Mapping[str, str], own: Mapping[str, str]) -> View:
    comment, *lines = (FOLDER / f"{file}.sql").read_text(encoding="utf-8").splitlines()
    described = [
        line.removeprefix("-- ").partition(": ") for line in lines if line.startswith("-- ")
    ]
    query = "\n".join(line for line in lines if not line.startswith("-- "))
    for part, text in parts.items():
        query = query.replace(f"{{{part}}}", text)
    said = {column: text for column, _, text in described}
    return View(name, comment.removeprefix("-- "), query.strip(), {**said, **own})
