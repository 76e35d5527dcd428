"""The chart of time and memory over sheets, as SVG for a light and for a dark page.

Reads what `building` measured, writes `build-light.svg` and `build-dark.svg` beside the README, which
shows the one that suits the reader's page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

INKS = {"light": "#1f2328", "dark": "#e6edf3"}
COLORS = {
    "light": ["#0b5394", "#b45309", "#15803d", "#6b21a8"],
    "dark": ["#79c0ff", "#ffb86b", "#7ee787", "#d2a8ff"],
}
"""Of the steps, in order; shapes tell them apart as well."""

PICTURE = """<picture>
  <source media="(prefers-color-scheme: dark)" srcset="build-dark.svg">
  <img src="build-light.svg" alt="Time and peak memory of parsing alone, of a cold build, an unchanged one and a changed one over sheets; the numbers stand in the tables around it.">
</picture>"""

Points = Sequence[Mapping[str, Any]]


def write(folder: Path, points: Points) -> None:
    """Write both charts.

    Args:
        folder: where they go.
        points: each with ``sheets``, ``step``, ``seconds`` and ``mebibytes``.
    """
    import vl_convert  # an extra, and slow to load

    for page in INKS:
        svg = vl_convert.vegalite_to_svg(spec(points, page), vl_version="6.4")
        (folder / f"build-{page}.svg").write_text(f"{svg}\n", encoding="utf-8")


def spec(points: Points, page: str) -> dict[str, Any]:
    """Two panels, seconds and peak memory over sheets, all on logarithmic scales."""
    steps = list(dict.fromkeys(point["step"] for point in points))
    sheets = {"field": "sheets", "type": "quantitative", "title": "sheets", "scale": {"type": "log"}, "axis": {"values": sorted({point["sheets"] for point in points}), "format": ","}}  # fmt: skip
    step = {"field": "step", "type": "nominal", "title": None, "sort": steps}

    def panel(field: str, title: str) -> dict[str, Any]:
        return {
            "width": 300, "height": 220, "title": title,
            "mark": {"type": "line", "point": {"size": 60, "filled": True}, "strokeWidth": 2},
            "encoding": {
                "x": sheets,
                "y": {"field": field, "type": "quantitative", "title": None, "scale": {"type": "log"}, "axis": {"format": ",~g", "tickCount": 5}},
                "color": {**step, "scale": {"domain": steps, "range": COLORS[page]}},
                "shape": {**step, "scale": {"domain": steps}},
            },
        }  # fmt: skip

    ink = INKS[page]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": None,
        "data": {"values": list(points)},
        "hconcat": [panel("seconds", "seconds"), panel("mebibytes", "peak memory, MiB")],
        "config": {
            "font": "system-ui, sans-serif",
            "title": {"color": ink, "fontSize": 14},
            "axis": {"labelColor": ink, "titleColor": ink, "domainColor": ink, "tickColor": ink, "gridColor": ink, "gridOpacity": 0.12, "labelFontSize": 12, "titleFontSize": 12},
            "legend": {"labelColor": ink, "labelFontSize": 12, "orient": "bottom"},
            "view": {"stroke": None},
        },
    }  # fmt: skip
