"""Figures as dots from zero on: what is printed in full as a filled dot, what is left open as an open one.

Reads a :class:`Dataset`, gives SVG by Vega-Lite, which vl-convert renders without a browser. A
chart stands beside its table and holds no number that the table does not: labels are as printed, and
there is no axis. Dots are never joined, so that no line can run across a break of a series.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from itertools import groupby
from operator import itemgetter
from typing import Any

from markupsafe import Markup

from pipeline.site.dataset import Dataset, Row
from pipeline.site.text import visible

WIDE, NARROW = 720, 288
"""Widths in CSS pixels: for a page, and for a phone of 320."""
VL_VERSION = "6.4"
_STEP = 26
_FONT = 13
_LETTER = 8
_COUNTRY = re.compile("^[A-Z]{2}-")
"""Width of a letter of that size, generously."""
_ARROW = 0.1
"""Length of an arrow, as a part of the largest number."""
_ROOM = {WIDE: 1.35, NARROW: 2.1}
"""Width of the scale in largest numbers: labels stand to the right of their dots."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart at two widths, with how many of its figures are printed in full."""

    wide: Markup
    narrow: Markup
    full: int
    open: int


NO_CHARTS = "charts are left out, their tables are there: install vl-convert (`make site` does), or ncmec-state-data[site]"
"""What to tell whoever makes pages where none can be drawn."""


def can_draw() -> bool:
    """Whether vl-convert is installed: a page without its charts lacks no number."""
    return find_spec("vl_convert") is not None


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


def dots(rows: Sequence[Row], label: str, short: str) -> Chart | None:
    """A chart of published figures, a line each; None of fewer than two, or if none can be drawn.

    The rows are of one metric, all of the nation or all of states. ``label`` and ``short`` are the
    columns with the name of a line, and with the one where there is little room.
    """
    published = [row for row in rows if row["observation_id"] is not None]
    if len(published) < 2 or not can_draw():
        return None
    full = sum(row["lower"] is not None and row["lower"] == row["upper"] for row in published)
    return Chart(
        _svg(specification(published, label, WIDE)),
        _svg(specification(published, short, NARROW)),
        full,
        len(published) - full,
    )


def panel(rows: Sequence[Row]) -> Markup | None:
    """A small chart of one place's figures by year; None of fewer than two, or if none can be drawn."""
    published = [row for row in rows if row["observation_id"] is not None]
    return (
        _svg(specification(published, "year", NARROW))
        if len(published) > 1 and can_draw()
        else None
    )


def specification(rows: Sequence[Row], label: str, width: int) -> dict[str, Any]:
    """The chart of published figures as Vega-Lite has it, in the colors of the page."""
    largest = max(max(_ends(row)) for row in rows) or 1.0
    x = {
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, largest * _ROOM[width]], "nice": False, "zero": True},
    }
    y = {"field": "name", "type": "nominal", "sort": [_name(row, label) for row in rows], "axis": {"title": None, "ticks": False, "domain": True, "labelLimit": width // 2, "minExtent": _extent(rows, label)}}  # fmt: skip
    stroke = {"stroke": "currentColor", "strokeWidth": 2}

    def layer(mark: dict[str, Any], kinds: Sequence[str], **fields: str) -> dict[str, Any]:
        chosen = {"filter": {"field": "kind", "oneOf": list(kinds)}}
        channels = {
            name: {"field": field, **(x if name == "x" else {})} for name, field in fields.items()
        }
        return {"transform": [chosen], "mark": mark, "encoding": {"y": y, **channels}}

    arrow = {"type": "point", "shape": "triangle-right", "size": 60, "filled": True, "color": "currentColor", "opacity": 1}  # fmt: skip
    dot = {"type": "point", "size": 70, "opacity": 1, **stroke}
    text = {"type": "text", "align": "left", "dx": 9, "fontSize": _FONT, "color": "currentColor"}
    every = ("full", "above", "between")
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": None,
        "width": width,
        "height": _STEP * len(rows),
        "padding": 0,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": [_values(row, label, largest) for row in rows]},
        "layer": [
            layer({"type": "rule", **stroke}, ("above", "between"), x="from", x2="to"),
            layer(arrow, ("above",), x="to"),
            layer({**dot, "fill": "currentColor"}, ("full",), x="at"),
            layer({**dot, "fill": "var(--paper)"}, ("above", "between"), x="at"),
            layer(text, every, x="to", text="printed"),
        ],
        "config": {
            "aria": False,
            "font": "system-ui, sans-serif",
            "view": {"stroke": None},
            "axis": {"labelFontSize": _FONT, "labelColor": "currentColor", "domainColor": "currentColor", "labelPadding": 8},
        },
    }  # fmt: skip


def _values(row: Row, label: str, largest: float) -> dict[str, Any]:
    """Where one figure's dot, line and label stand."""
    low, high = row["lower"], row["upper"]
    at = float(row["value"])
    if low is not None and low == high:
        kind, begin, end = "full", at, at
    elif high is None:
        begin = float(row["value"] if low is None else low)
        kind, end = "above", begin + largest * _ARROW
    else:
        kind, begin, end = "between", float(Decimal(0) if low is None else low), float(high)
    return {
        "name": _name(row, label),
        "kind": kind,
        "at": at,
        "from": begin,
        "to": end,
        "printed": visible(row["printed"]),
    }


def _extent(rows: Sequence[Row], label: str) -> int:
    """Room for the longest name: the reader's font is not the one that the renderer measures."""
    return _LETTER * max(len(_name(row, label)) for row in rows) + 10


def _name(row: Row, label: str) -> str:
    return _COUNTRY.sub("", str(row[label]))


def _ends(row: Row) -> list[float]:
    return [float(end) for end in (row["value"], row["lower"], row["upper"]) if end is not None]


def _svg(spec: dict[str, Any]) -> Markup:
    import vl_convert  # an extra, and slow to load

    # The specification as text: a dictionary would lose the order of its keys on the way.
    return Markup(vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=VL_VERSION))  # noqa: S704
