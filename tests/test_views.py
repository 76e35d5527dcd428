"""The views for people: no qualifier, interval or note is lost, and places are as open as figures."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import default_catalog
from pipeline.tables.schema import PUBLISHED
from pipeline.warehouse.views import View, views
from tests.building import ask, load
from tests.readers import BOUND, CEILING, NONE, QUARANTINED, SHEETS
from tests.sheets_factory import KENTUCKY_2023, NATION_2023, render, write_sheet

VIEWS = {view.name: view for view in views(default_catalog())}
OF_FIGURES = [name for name in VIEWS if name not in ("published_statements", "quarantine")]


# As printed, everywhere


OF_STATES = [name for name in OF_FIGURES if name != "national_figures"]


@pytest.mark.parametrize("name", OF_STATES)
def test_bound_and_ceiling_stand_as_printed_in_every_view_of_state_figures(name, two_years):
    cells = {
        cell for row in ask(two_years, f"select * from {name} where year = 2023") for cell in row
    }
    if name == "missing_child_cases_breakdown":
        assert "15" in cells
    else:
        assert {BOUND, NONE} <= cells
        assert CEILING in cells


@pytest.mark.parametrize("name", OF_FIGURES)
def test_no_view_drops_qualifier_interval_or_note(name, two_years):
    columns = {column for (column,) in ask(two_years, f"select column_name from duckdb_columns() where table_name = '{name}'")}  # fmt: skip
    assert "notes" in columns
    if name == "state_profiles":  # as printed: the wording holds the qualifier
        return
    for said in ("qualifier", "lower", "upper", "printed"):
        assert [c for c in columns if c == said or c.endswith(f"_{said}")], said


def test_the_profile_of_a_state_is_as_printed(two_years):
    query = (
        "select cybertipline_reports_to_law_enforcement, trafficking_engagements, faon_connections, "
        "team_adam_cases_assisted, fips from state_profiles where year = 2023 and jurisdiction = 'US-OH'"
    )
    assert ask(two_years, query) == [(BOUND, CEILING, NONE, None, "39")]


def test_the_numeric_profile_holds_number_and_interval(two_years):
    metric = "cybertipline_reports_to_law_enforcement"
    columns = ", ".join(
        metric + suffix for suffix in ("", "_qualifier", "_lower", "_upper", "_printed")
    )
    query = (
        f"select {columns} from state_profiles_numeric where (year, jurisdiction) = (2023, 'US-OH')"
    )
    assert ask(two_years, query) == [(9000, "more_than", 9000, None, BOUND)]


def test_a_profile_has_a_row_a_year_and_place_with_a_sheet(two_years):
    found = ask(two_years, "select year, jurisdiction from state_profiles")
    assert sorted(found) == sorted([*SHEETS, QUARANTINED])


def test_the_notes_of_a_profile_name_the_metric(two_years):
    query = "select notes from state_profiles where (year, jurisdiction) = (2023, 'US-OH')"
    ((notes,),) = ask(two_years, query)
    catalog = default_catalog()
    small = catalog.metric("trafficking_engagements").title
    assert f"{small}: A small count, 20 or fewer: " in notes
    absent = catalog.metric("team_adam_cases_assisted").title
    assert f"{absent}: The sheet does not print this figure" in notes


def test_the_breakdown_adds_up(built_warehouse):
    metrics = "missing_child_cases", "missing_child_cases_social_services", "missing_child_cases_other", "missing_child_cases_orr"  # fmt: skip
    rows = ask(
        built_warehouse,
        f"select jurisdiction, name, {', '.join(metrics)} from missing_child_cases_breakdown",
    )
    assert rows == [
        ("US-KY", "Kentucky", 199, 133, 45, 21),
        ("US-MN", "Minnesota", 201, 135, 57, 9),
        ("US-MO", "Missouri", 871, 650, 206, 15),
        ("US-MS", "Mississippi", 103, 72, 18, 13),
    ]
    assert all(sum(parts) == total for _, _, total, *parts in rows)


def test_national_figures_say_how_many_sheets_print_them(built_warehouse):
    query = (
        "select metric, value, qualifier, lower, upper, printed, statements from national_figures"
    )
    found = {metric: tuple(rest) for metric, *rest in ask(built_warehouse, query)}
    assert len(found) == 11
    assert found["cybertipline_files_received"] == (105_000_000, "more_than", 105_000_000, None, "more than 105 million", 4)  # fmt: skip
    assert found["runaways_likely_trafficked_share"] == (19, "rounded", Decimal("18.5"), 20, "19%", 4)  # fmt: skip
    assert found["team_adam_incidents"] == (57, "exact", 57, 57, "57", 3)


def test_a_national_figure_on_which_sheets_differ_is_told_as_withheld(tmp_path):
    for place, said in (("US-KY", "57"), ("US-OH", "58")):
        text = render(place, nation={**NATION_2023, "team_adam_incidents": said})
        write_sheet(tmp_path / f"raw/2023/{place}.txt", text)
    load(tmp_path / "raw", tmp_path / "warehouse")
    query = "select coverage, value, printed, notes from national_figures where metric = 'team_adam_incidents'"
    ((coverage, value, printed, notes),) = ask(tmp_path / "warehouse", query)
    assert (coverage, value, printed) == ("quarantined", None, None)
    assert notes.startswith("Withheld: ")


def test_annotated_observations_do_not_fan_out(two_years):
    query = "select count(*), count(distinct observation_id) from annotated_observations"
    ((rows, ids),) = ask(two_years, query)
    assert rows == ids == ask(two_years, "select count(*) from observations")[0][0]
    query = "select sum(value), any_value(notes) from annotated_observations where year = 2024 and metric = 'cybertipline_reports_received'"
    ((total, notes),) = ask(two_years, query)
    assert total == 20_500_000
    assert "truncation" in notes
    assert "bundled" in notes


# What a sheet leaves out


def test_what_a_sheet_does_not_print_is_the_metrics_of_its_year_less_its_statements(two_years):
    query = "select year, jurisdiction, scope, metric from sheet_coverage where not prints"
    found = set(ask(two_years, query))
    expected = set()
    for (year, place), local in SHEETS.items():
        of_year = {m for (y, _), other in SHEETS.items() if y == year for m in other}
        expected |= {(year, place, "state", metric) for metric in of_year - set(local)}
        if "team_adam_cases_assisted" in local:  # in place of the national sentence
            expected |= {
                (year, place, "nation", metric)
                for metric in ("team_adam_incidents", "team_adam_long_term_cases")
            }
    assert found == expected


def test_missouris_sheet_leaves_out_two_figures_and_says_that_this_is_no_zero(built_warehouse):
    query = "select metric, notes from sheet_coverage where sheet_id = '2023/US-MO' and not prints order by 1"
    rows = ask(built_warehouse, query)
    assert [metric for metric, _ in rows] == ["team_adam_incidents", "team_adam_long_term_cases"]
    assert all("does not mean zero" in notes for _, notes in rows)
    assert ask(built_warehouse, "select count(*) from sheet_coverage where prints") == [(83,)]


# Rates


def test_rates_are_those_computed_by_hand(built_warehouse):
    query = (
        "select jurisdiction, value, population_vintage, population, population_under_18, "
        "per_100000_residents, per_100000_under_18 from rates where metric = 'missing_child_cases'"
    )
    found = {row[0]: row[1:] for row in ask(built_warehouse, query)}
    assert set(found) == {"US-KY", "US-MN", "US-MO", "US-MS"}
    value, vintage, residents, under_18, rate, young_rate = found["US-KY"]
    assert (value, vintage, residents, under_18) == (199, 2023, 4_526_154, 1_016_895)
    assert rate == Decimal("4.3967")  # 199 * 100,000 / 4,526,154 = 4.396668783
    assert young_rate == Decimal("19.5694")  # 199 * 100,000 / 1,016,895 = 19.569375403


def test_shares_have_no_rate(built_warehouse):
    assert ask(built_warehouse, "select * from rates where metric like '%share'") == []


# Places


def test_rankings_say_among_how_many(built_warehouse):
    query = (
        "select jurisdiction, value, best_place, worst_place, ranked, best_place_by_residents, "
        "worst_place_by_residents from rankings where metric = 'missing_child_cases'"
    )
    # By rate Kentucky (4.397), Minnesota (3.503) and Mississippi (3.504) change places.
    assert ask(built_warehouse, query) == [
        ("US-MO", 871, 1, 1, 4, 1, 1),
        ("US-MN", 201, 2, 2, 4, 4, 4),
        ("US-KY", 199, 3, 3, 4, 2, 2),
        ("US-MS", 103, 4, 4, 4, 3, 3),
    ]


def test_a_bound_leaves_its_own_place_and_those_of_others_open(two_years):
    query = (
        "select jurisdiction, best_place, worst_place from rankings where year = 2023 "
        "and metric = 'cybertipline_reports_to_law_enforcement' order by jurisdiction"
    )
    # Iowa 9,500, Kentucky 8,597, Missouri 10,065, Ohio more than 9,000.
    assert ask(two_years, query) == [("US-IA", 2, 3), ("US-KY", 4, 4), ("US-MO", 1, 2), ("US-OH", 1, 3)]  # fmt: skip


def test_a_small_count_has_no_place_and_takes_none(two_years):
    query = (
        "select jurisdiction, best_place, worst_place, best_place_by_residents, worst_place_by_under_18, ranked, "
        "printed from rankings where year = 2023 and metric = 'faon_connections' order by jurisdiction"
    )
    (ohio,) = [row for row in ask(two_years, query) if row[0] == "US-OH"]
    assert ohio == ("US-OH", None, None, None, None, None, NONE)
    assert {row[5] for row in ask(two_years, query)} == {3, None}


def test_equal_values_share_a_place_and_territories_have_none_by_rate(tmp_path):
    for place in ("US-KY", "US-OH", "US-IA"):
        local = {**KENTUCKY_2023, "faon_connections": "29" if place == "US-IA" else "31"}
        write_sheet(tmp_path / f"raw/2023/{place}.txt", render(place, local=local))
    write_sheet(tmp_path / "raw/2023/US-AS.txt", render("US-AS"))
    load(tmp_path / "raw", tmp_path / "warehouse")
    query = (
        "select jurisdiction, best_place, worst_place, ranked, best_place_by_residents, ranked_by_residents "
        "from rankings where metric = 'faon_connections' order by jurisdiction"
    )
    # American Samoa is in no table of the Census Bureau that is used: ranked by number only.
    assert ask(tmp_path / "warehouse", query) == [
        ("US-AS", 1, 1, 4, None, 3),
        ("US-IA", 4, 4, 4, 1, 3),
        ("US-KY", 1, 1, 4, 2, 3),
        ("US-OH", 1, 1, 4, 3, 3),
    ]


INTERVALS = st.lists(
    st.tuples(st.integers(21, 26), st.none() | st.integers(0, 5), st.sampled_from([1, 2, None])),
    min_size=1,
    max_size=4,
)
UNBOUNDED = 10**9


def placed(intervals: list[tuple[int, int | None, int | None]]) -> list[tuple]:
    """Places of states with these intervals (lower, width) and residents, by the view."""
    with duckdb.connect() as connection:
        columns = (
            "year int, metric varchar, title varchar, jurisdiction varchar, name varchar, printed varchar, value int, "
            "qualifier varchar, lower int, upper int, per_100000_residents int, per_100000_residents_lower int, "
            "per_100000_residents_upper int, per_100000_under_18 int, per_100000_under_18_lower int, "
            "per_100000_under_18_upper int, population_vintage int, small_count boolean, notes varchar"
        )
        connection.execute(f"create table rates ({columns})")
        for place, (low, width, factor) in enumerate(intervals):
            high = None if width is None else low + width
            rates = [None if n is None or factor is None else n * factor for n in (low, low, high)]
            row = [2023, "m", "m", f"US-{place}", "x", "x", low, "exact", low, high, *rates, *rates, 2023, False, None]  # fmt: skip
            connection.execute(f"insert into rates values ({', '.join('?' * len(row))})", row)
        asked = "best_place, worst_place, best_place_by_residents, worst_place_by_residents, best_place_by_under_18, worst_place_by_under_18"
        return connection.execute(
            f"select {asked} from ({VIEWS['rankings'].query}) order by jurisdiction"
        ).fetchall()


def by_brute_force(intervals: list[tuple[int, int | None, int | None]]) -> list[tuple]:
    """The same by trying every end of every interval against every other."""

    def places(numbers: list[tuple[int, int]]) -> list[tuple[int, int]]:
        found: list[list[int]] = [[] for _ in numbers]
        for ends in product(*numbers):
            for place, mine in enumerate(ends):
                found[place].append(1 + sum(other > mine for other in ends))
        return [(min(each), max(each)) for each in found]

    by_number = places(
        [(low, UNBOUNDED if width is None else low + width) for low, width, _ in intervals]
    )
    rated = [place for place, (*_, factor) in enumerate(intervals) if factor]
    numbers = [
        (low * factor, UNBOUNDED if width is None else (low + width) * factor)
        for low, width, factor in intervals
        if factor
    ]
    by_rate = dict(zip(rated, places(numbers), strict=True)) if rated else {}
    none = (None, None)
    return [
        (*one, *by_rate.get(place, none), *by_rate.get(place, none))
        for place, one in enumerate(by_number)
    ]


@settings(max_examples=60)
@given(INTERVALS)
def test_places_are_those_of_every_end_of_every_interval(intervals):
    assert placed(intervals) == by_brute_force(intervals)


# Described


def test_every_column_of_every_view_has_a_comment(built_warehouse):
    rows = ask(
        built_warehouse,
        "select table_name, column_name, comment from duckdb_columns() where not internal and "
        "table_name in (select view_name from duckdb_views() where not internal)",
    )
    assert {row[0] for row in rows} == set(VIEWS)
    assert [row for row in rows if not row[2] or not row[2].endswith((".", "]"))] == []


def test_a_column_that_nobody_describes_is_found():
    view = View("v", "A test.", "select year, 1 as nowhere from figures", {"own": "Its own."})
    assert view.meaning("year") == PUBLISHED[0].columns["year"].description
    assert view.meaning("own") == "Its own."
    with pytest.raises(StopIteration):
        view.meaning("nowhere")


def test_a_view_describes_no_column_that_it_does_not_have(built_warehouse):
    for view in VIEWS.values():
        found = ask(
            built_warehouse,
            f"select column_name from duckdb_columns() where table_name = '{view.name}'",
        )
        assert set(view.own) <= {column for (column,) in found}, view.name


def test_nobody_reads_trailing_zeros(two_years):
    rows = ask(two_years, "select * exclude (notes) from state_profiles")
    assert rows
    assert not [cell for row in rows for cell in row if ".0" in str(cell)]
