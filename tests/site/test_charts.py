"""Charts: as printed, open where the wording is, and nothing that the table beside does not have."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from pipeline.site.charts import NARROW, WIDE, dots
from tests.site.reading import dataset, made, parsed, text_of, with_class, words_of

REPORTS = "cybertipline_reports_to_law_enforcement"
SVG = "{http://www.w3.org/2000/svg}"


def row(name, printed, value, lower, upper):
    ends = [end if end is None else Decimal(end) for end in (value, lower, upper)]
    return {
        "name": name, "jurisdiction": f"US-{name[:2].upper()}", "printed": printed,
        "value": ends[0], "lower": ends[1], "upper": ends[2], "observation_id": name,
    }  # fmt: skip


ROWS = [
    row("Ohio", "more than 9,000", 9000, 9000, None),
    row("Iowa", "fewer than 10", 10, 0, 10),
    row("Maine", "no", 0, 0, 0),
    row("Utah", "8,597", 8597, 8597, 8597),
]


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  # our own


def shapes(svg: str, layer: int) -> list:
    """What a layer draws, each with the x and y that it stands at."""
    root = drawn(svg)
    (group,) = (each for each in root.iter() if f"layer_{layer}_marks" in each.get("class", ""))
    return [tuple(map(float, re.findall(r"[\d.]+", each.get("transform"))[:2])) for each in group]


def labels(svg: str) -> list[str]:
    return [each.text for each in drawn(svg).iter(f"{SVG}text")]


def test_every_label_is_as_printed_in_the_order_given_and_there_is_no_other():
    chart = dots(ROWS, "name", "jurisdiction")
    assert sorted(labels(chart.wide)[4:]) == sorted(each["printed"] for each in ROWS)
    assert labels(chart.wide)[:4] == ["Ohio", "Iowa", "Maine", "Utah"]
    assert labels(chart.narrow)[:4] == ["OH", "IO", "MA", "UT"]


def test_dots_are_filled_only_where_the_number_is_printed_in_full():
    chart = dots(ROWS, "name", "jurisdiction")
    lines, arrows, filled, unfilled, _ = (shapes(chart.wide, layer) for layer in range(5))
    assert [len(each) for each in (lines, arrows, filled, unfilled)] == [2, 1, 2, 2]
    heights = [height for _, height in (*unfilled, *filled)]
    assert heights == sorted(heights)  # Ohio and Iowa are open, Maine and Utah are not
    assert arrows[0][0] > unfilled[0][0]  # an arrow leads upwards from the bound
    assert filled[0][0] == 0  # "no" stands at zero
    assert (chart.full, chart.open) == (2, 2)


def test_a_dot_stands_by_its_number_from_zero_on():
    chart = dots(
        [row("Ohio", "50", 50, 50, 50), row("Utah", "100", 100, 100, 100)], "name", "jurisdiction"
    )
    (half, _), (whole, _) = shapes(chart.wide, 2)
    assert whole == pytest.approx(2 * half)


def test_widths_fit_a_page_and_a_phone():
    chart = dots(ROWS, "name", "jurisdiction")
    assert drawn(chart.wide).get("width") == str(WIDE)
    assert drawn(chart.narrow).get("width") == str(NARROW)
    assert re.findall(r'font-size="(\d+)px"', chart.narrow)
    assert all(int(size) >= 11 for size in re.findall(r'font-size="(\d+)px"', chart.narrow))


def test_colors_are_those_of_the_page():
    chart = dots(ROWS, "name", "jurisdiction")
    colors = set(re.findall(r'(?:fill|stroke)="([^"]+)"', chart.wide))
    assert colors == {"none", "currentColor", "var(--paper)"}


def test_hostile_wording_is_text_in_a_chart():
    hostile = row("Iowa", "</text><script>x</script>\u202e5", 5, 5, 5)
    chart = dots([ROWS[0], hostile], "name", "jurisdiction")
    assert "<script" not in chart.wide
    assert "</text><script>x</script>⟨U+202E⟩5" in labels(chart.wide)


def test_one_figure_is_no_chart():
    absent = {**ROWS[0], "observation_id": None}
    assert dots([ROWS[1], absent], "name", "jurisdiction") is None
    assert dots([], "name", "jurisdiction") is None


def test_all_numbers_may_be_zero():
    none = [row("Ohio", "no", 0, 0, 0), row("Utah", "no", 0, 0, 0)]
    assert [place for place, _ in shapes(dots(none, "name", "jurisdiction").wide, 2)] == [0, 0]


def test_no_chart_runs_across_a_break_of_a_series(two_years):
    site = made(two_years)
    broken = parsed(site["metric/cybertipline_reports_received.html"])
    assert with_class(broken, "chart") == []
    whole = parsed(site["metric/cvip_children_identified.html"])
    assert labels_of(with_class(whole, "at-wide")[0]) == ["2023", "2024", "27,130", "30,001"]


def test_a_place_has_a_small_chart_of_each_figure_cut_at_breaks_of_its_series(two_years):
    data = dataset(two_years)
    root = parsed(made(two_years)["state/US-OH.html"])
    (panels,) = with_class(root, "panels")
    shown = {
        words_of(next(each.iter("figcaption"))): labels_of(each)
        for each in with_class(panels, "chart")
    }
    expected = {}
    for metric in {row["metric"] for row in data.by_place["US-OH"]}:
        rows = [data.by_key.get((year, "US-OH", metric)) for year in (2023, 2024)]
        if all(row and row["printed"] for row in rows) and 2024 not in data.breaks.get(metric, ()):
            expected[rows[0]["title"]] = ["2023", "2024", *sorted(row["printed"] for row in rows)]
    assert {title: [*each[:2], *sorted(each[2:])] for title, each in shown.items()} == expected
    assert len(expected) > 5
    assert len(expected) < len({row["metric"] for row in data.by_place["US-OH"]})


def labels_of(element) -> list[str]:
    return [text_of(each) for each in element.iter(f"{SVG}text")]


def test_a_chart_has_just_the_numbers_of_its_table_and_is_hidden_from_who_hears_the_page(two_years):
    root = parsed(made(two_years)[f"metric/{REPORTS}.html"])
    data = dataset(two_years)
    charts = with_class(root, "chart")
    assert len(charts) == 2
    for year, chart in zip(data.years, charts, strict=True):
        rows = [
            each for each in data.by_metric[REPORTS] if each["year"] == year and each["printed"]
        ]
        for name in ("at-wide", "at-narrow"):
            (picture,) = with_class(chart, name)
            assert picture.get("aria-hidden") == "true"
            printed = labels_of(picture)[len(rows) :]
            assert sorted(printed) == sorted(each["printed"] for each in rows)
        assert words_of(next(chart.iter("figcaption"))).startswith(
            "CyberTipline reports made available"
        )
