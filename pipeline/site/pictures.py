"""Which charts a page shows: of which rows, in what order, cut where a series breaks.

Reads a :class:`Dataset`, gives charts. How one is drawn is the business of ``site.charts``.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from markupsafe import Markup

from pipeline.site.charts import Chart, dots, panel
from pipeline.site.dataset import Dataset, Row


def charts_of_states(data: Dataset, metric: str) -> dict[int, Chart | None]:
    """A chart of the states of each year, in the order of the table."""
    of_states = [row for row in data.by_metric[metric] if row["scope"] == "state"]
    return {
        year: dots([row for row in of_states if row["year"] == year], "name", "jurisdiction")
        for year in data.years
    }


def trends_of_nation(data: Dataset, metric: str) -> list[Chart]:
    """Charts of the nation over the years, one for each stretch without a break of the series."""
    of_nation = [row for row in data.by_metric[metric] if row["scope"] == "nation"]
    charts = [dots(stretch, "year", "year") for stretch in _stretches(data, of_nation)]
    return [chart for chart in charts if chart]


def panels_of_place(data: Dataset, place: str) -> list[tuple[Row, Markup]]:
    """Small charts of a place's figures over the years, each with one of its rows, by metric."""
    found = []
    for _, rows in groupby(data.by_place.get(place, ()), key=itemgetter("program", "metric")):
        for stretch in _stretches(data, list(rows)):
            chart = panel(stretch)
            if chart:
                found.append((stretch[0], chart))
    return found


def _stretches(data: Dataset, rows: list[Row]) -> list[list[Row]]:
    """The figures of one place and metric in the order of their years, cut at each break of the series."""
    found: list[list[Row]] = [[]]
    for row in rows:
        before = found[-1][-1]["year"] if found[-1] else row["year"]
        if any(before < year <= row["year"] for year in data.breaks.get(row["metric"], ())):
            found.append([])
        found[-1].append(row)
    return found
