"""Intervals and rates in words: what belongs to an interval is said, what does not is not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipeline.catalog.load import default_catalog
from pipeline.site import words

QUALIFIERS = {
    each.qualifier: {
        "lower_included": each.lower_included,
        "upper_included": each.upper_included,
    }
    for each in default_catalog().qualifiers
}


def figure(lower, upper, unit="report", **more):
    ends = [end if end is None else Decimal(end) for end in (lower, upper)]
    return {"lower": ends[0], "upper": ends[1], "unit": unit, **more}


@pytest.mark.parametrize(
    ("qualifier", "lower", "upper", "said"),
    [
        ("exact", "8597.0000", "8597", "exactly 8,597"),
        ("more_than", "9000", None, "more than 9,000; no upper limit given"),
        ("at_least", "9000", None, "9,000 or more; no upper limit given"),
        ("fewer_than", "0", "10", "0 or more and less than 10"),
        ("fewer_than", None, "10", "less than 10; no lower limit given"),
        ("at_most", "0", "10", "0 or more and at most 10"),
        ("rounded", "36150000", "36300000", "36,150,000 or more and less than 36,300,000"),
        ("approximately", None, None, "no limits given"),
    ],
)
def test_an_interval_says_which_ends_belong_to_it(qualifier, lower, upper, said):
    assert words.interval(figure(lower, upper), QUALIFIERS[qualifier]) == said


def test_a_share_is_in_percent():
    said = words.interval(figure("18.5", "20", "percent"), QUALIFIERS["rounded"])
    assert said == "18.5% or more and less than 20%"


def test_a_rate_is_a_bound_where_its_count_is_one():
    name = "per_100000_residents"
    bound = Decimal("76.3551")
    row = figure("1", None, **{name: bound, f"{name}_lower": bound, f"{name}_upper": None})
    said = words.rate(row, name, QUALIFIERS["more_than"])
    assert said == "more than 76.4 per 100,000 residents; no upper limit given"
    exact = {**row, f"{name}_upper": bound}
    assert words.rate(exact, name, QUALIFIERS["exact"]) == "76.4 per 100,000 residents"
    assert words.rate({**row, name: None}, name, QUALIFIERS["exact"]) is None


def test_a_corrected_figure_shows_what_is_printed_too():
    row = {"observation_id": "x", "status": "corrected", "value": Decimal(199), "printed": "198"}
    assert words.shown(row) == "199 (corrected; printed: 198)"


@pytest.mark.parametrize("reason", ["absent_from_sheet", "quarantined", "pending"])
def test_an_absent_figure_is_shown_by_its_reason_and_without_a_digit(reason):
    said = words.shown({"observation_id": None, "coverage": reason})
    assert said
    assert not any(char.isdigit() for char in said)
