"""The picture that a link to a page shows where it is shared: the page's chart, or the site's name.

Reads rows of ``figures``, gives PNG of 1200 by 630 pixels by the specification of the page's own
chart. Only a site that knows its address has cards: nobody can load one from a folder.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.release.content import publisher
from pipeline.site.charts import VL_VERSION, WIDE, can_draw, specification
from pipeline.site.dataset import Dataset, Row
from pipeline.site.text import visible

HOME = "card/home.png"
_WIDTH, _HEIGHT, _SCALE = 600, 315, 2
_MOST_LABELED = 6
"""Lines that have room for their names and numbers."""
_LINE = 46
"""Characters of the title that stand on a line."""
_COLORS = {'"currentColor"': '"#1d2530"', '"var(--paper)"': '"#ffffff"'}


def cards(data: Dataset) -> Iterator[tuple[str, bytes]]:
    """Every card by its name: the site's, and one of each figure that states have."""
    if not can_draw():
        return
    source = publisher()
    yield HOME, _card(source.title, f"Compiled from {source.sheets} of {source.short}, every figure as printed", [])  # fmt: skip
    for metric, rows in data.by_metric.items():
        shown = carded(data, rows)
        if shown:
            year = shown[0]["year"]
            said = f"{year}, as printed. Read the notes before you compare; an open dot is no exact number."
            yield f"card/{metric}.png", _card(shown[0]["title"], said, shown)


def carded(data: Dataset, rows: Sequence[Row]) -> list[Row]:
    """The rows of a metric that its card shows: the states' newest figures, if there are several."""
    found = [row for row in rows if row["scope"] == "state" and row["observation_id"] is not None]
    newest = [row for row in found if row["year"] == data.years[0]]
    return newest if len(newest) > 1 else []


def _card(title: str, subtitle: str, rows: Sequence[Row]) -> bytes:
    import vl_convert  # an extra, and slow to load

    spec: dict[str, Any] = (
        specification(rows, "name", WIDE)
        if rows
        else {"data": {"values": [{}]}, "mark": {"type": "point", "opacity": 0}}
    )
    if len(rows) > _MOST_LABELED:  # dots alone: their names and numbers are on the page
        spec["layer"].pop()
        for layer in spec["layer"]:
            layer["encoding"]["y"]["axis"] = {"title": None, "labels": False, "ticks": False}
    spec |= {
        "width": _WIDTH,
        "height": _HEIGHT,
        "padding": 24,
        "background": "#ffffff",
        "autosize": {"type": "fit", "contains": "padding"},
        "title": {
            "text": textwrap.wrap(visible(title), _LINE),
            "subtitle": textwrap.wrap(subtitle, 2 * _LINE - 8),
            "anchor": "start",
            "fontSize": 22,
            "subtitleFontSize": 12,
            "subtitlePadding": 8,
            "offset": 18,
        },
    }
    spec.setdefault("config", {})["font"] = "Liberation Sans, sans-serif"
    text = json.dumps(spec)
    for named, color in _COLORS.items():
        text = text.replace(named, color)
    return bytes(vl_convert.vegalite_to_png(text, vl_version=VL_VERSION, scale=_SCALE))
