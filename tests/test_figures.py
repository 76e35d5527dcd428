"""The table `figures`: every figure a reader could ask for, once, with all that belongs to it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from pipeline.catalog.load import default_catalog
from pipeline.stages import Stages
from pipeline.tables.figures import FIGURES
from pipeline.tables.schema import (
    CORRECTIONS,
    COVERAGE,
    OBSERVATIONS,
    POPULATION,
    PUBLISHED,
    STATEMENTS,
)
from pipeline.validate.figures import write_figures
from tests.building import RAW, ask
from tests.readers import BOUND, CEILING, NONE, QUARANTINED, SHEETS
from tests.tables import frame_of, replaced

STATE_METRICS = {metric for local in SHEETS.values() for metric in local}


def figure(warehouse, year: int, place: str, metric: str, columns: str) -> tuple:
    """The columns of one figure; exactly one row has its key."""
    query = f"select {columns} from figures where (year, jurisdiction, metric) = ({year}, '{place}', '{metric}')"
    (row,) = ask(warehouse, query)
    return row


# One row a figure


def test_figures_come_first_in_every_list():
    assert PUBLISHED[0] is FIGURES


def test_there_is_one_row_for_each_place_with_a_sheet_and_each_metric_sheets_of_the_year_print(
    two_years,
):
    found = {tuple(row) for row in ask(two_years, "select year, jurisdiction, metric from figures where scope = 'state'")}  # fmt: skip
    places = [*SHEETS, QUARANTINED]
    printed = {
        year: {m for (y, _), local in SHEETS.items() if y == year for m in local}
        for year in (2023, 2024)
    }
    assert found == {(year, place, metric) for year, place in places for metric in printed[year]}
    rows, keys = ask(
        two_years, "select count(*), count(distinct (year, jurisdiction, metric)) from figures"
    )[0]
    assert rows == keys == len(found) + 22


def test_a_metric_that_no_sheet_of_a_year_prints_has_no_row_in_it(two_years):
    query = "select distinct year from figures where metric = 'team_adam_cases_assisted'"
    assert ask(two_years, query) == [(2023,)]
    assert ask(two_years, "select * from figures where metric like '%one_in'") == []


def test_the_four_sheets_have_fifty_five_figures_of_which_three_are_absent(built_warehouse):
    query = "select coverage, count(*) from figures group by 1 order by 1"
    assert ask(built_warehouse, query) == [("published", 52), ("absent_from_sheet", 3)]


# As printed


@pytest.mark.parametrize(
    ("metric", "shown"),
    [
        ("cybertipline_reports_to_law_enforcement", (BOUND, "more_than", 9000, 9000, None, False)),
        ("trafficking_engagements", (CEILING, "fewer_than", 10, 0, 10, True)),
        ("faon_connections", (NONE, "exact", 0, 0, 0, True)),
        ("team_hope_supported", ("20", "exact", 20, 20, 20, True)),
        ("connect_new_users", ("21", "exact", 21, 21, 21, False)),
    ],
)
def test_a_figure_keeps_its_wording_and_interval(two_years, metric, shown):
    columns = "printed, qualifier, value, lower, upper, small_count"
    assert figure(two_years, 2023, "US-OH", metric, columns) == shown


def test_printed_is_what_stands_at_its_place_in_the_sheet(two_years):
    query = (
        "select printed, substr(text, printed_start + 1, printed_end - printed_start), quote, text "
        "from figures inner join sheets using (file)"
    )
    rows = ask(two_years, query)
    assert len(rows) == len(ask(two_years, "select 1 from observations"))
    for printed, there, quote, text in rows:
        assert printed == " ".join(there.split())
        assert printed in quote
        assert quote in " ".join(text.split())


def test_a_wording_that_is_broken_over_lines_is_told_on_one(built_warehouse, tmp_path):
    tables = Stages.of(built_warehouse).validated()
    statements = frame_of(tables, STATEMENTS.name)
    broken = statements.assign(printed=statements["printed"].str.replace(" ", " \n ", regex=False))
    written = write_figures(replaced(tables, tmp_path, {STATEMENTS: broken}), tmp_path)
    printed = set(written.read("figures", ["printed"])["printed"].to_pylist())
    assert {"36.2 million", "more than 105 million"} <= printed


def test_the_nations_quote_is_of_the_first_sheet_that_words_it_as_published(
    built_warehouse, tmp_path
):
    tables = Stages.of(built_warehouse).validated()
    statements = frame_of(tables, STATEMENTS.name)
    first = (statements["file"] == "2023/kentucky.txt") & (
        statements["metric"] == "cybertipline_reports_received"
    )
    assert first.sum() == 1
    statements.loc[first, ["printed", "upper"]] = ["36 million", Decimal("37000000")]
    written = write_figures(replaced(tables, tmp_path, {STATEMENTS: statements}), tmp_path)
    told = written.read("figures").to_pylist()
    (row,) = [row for row in told if row["metric"] == "cybertipline_reports_received"]
    assert (row["printed"], row["file"]) == ("36.2 million", "2023/minnesota.txt")
    assert {row["file"] for row in told if row["scope"] == "nation"} == {
        "2023/kentucky.txt",
        "2023/minnesota.txt",
    }


def test_a_sum_over_states_is_that_of_the_raw_sheets(built_warehouse):
    cases, reports = 0, 0
    for path in RAW.glob("2023/*.txt"):
        words = " ".join(re.sub(r"[*#]", "", path.read_text(encoding="utf-8")).split())
        cases += int(re.search(r"NCMEC handled ([\d,]+) cases", words)[1].replace(",", ""))
        reports += int(re.search(r"In 2023, ([\d,]+) CyberTipline", words)[1].replace(",", ""))
    query = (
        "select sum(value) from figures where scope = 'state' and metric in "
        "('missing_child_cases', 'cybertipline_reports_to_law_enforcement') group by metric order by metric"
    )
    assert ask(built_warehouse, query) == [(reports,), (cases,)]


# Absent


def test_an_absent_figure_says_so_in_words_and_holds_no_number(two_years):
    columns = "coverage, value, printed, lower, upper, status, small_count, observation_id, statements, file"
    assert figure(two_years, 2023, "US-KY", "team_adam_cases_assisted", columns) == (
        "absent_from_sheet",
        *[None] * 9,
    )
    (notes,) = figure(two_years, 2023, "US-KY", "team_adam_cases_assisted", "notes")
    assert notes.startswith("The sheet does not print this figure, which does not mean zero.")


def test_a_quarantined_sheets_figures_are_told_as_withheld(two_years):
    year, place = QUARANTINED
    rows = ask(
        two_years,
        f"select distinct coverage, value, printed, notes from figures where (year, jurisdiction) = ({year}, '{place}')",
    )
    assert {row[:3] for row in rows} == {("quarantined", None, None)}
    assert all(notes.startswith("Withheld: the sheet failed a check") for *_, notes in rows)


def test_a_corrected_figure_says_what_was_printed_and_why(built_warehouse, tmp_path):
    tables = Stages.of(built_warehouse).validated()
    place = ("2023/US-MO", "missing_child_cases")
    statements, observations = (
        frame_of(tables, STATEMENTS.name),
        frame_of(tables, OBSERVATIONS.name),
    )
    here = (
        (statements["sheet_id"] == place[0])
        & (statements["metric"] == place[1])
        & (statements["jurisdiction"] == "US-MO")
    )
    statements.loc[here, "corrected"] = Decimal(872)
    there = observations["observation_id"] == "2023/US-MO/missing_child_cases"
    observations.loc[there, ["value", "lower", "upper", "status"]] = [Decimal(872)] * 3 + [
        "corrected"
    ]
    sha256 = dict(tables.read("sheets", ["sheet_id", "sha256"]).to_pandas().values)[place[0]]
    correction = {"sheet_id": place[0], "sha256": sha256, "metric": place[1], "of": "state", "printed": "871",
        "corrected": Decimal(872), "reason": "The publisher says so.", "link": "https://example.org"}  # fmt: skip
    corrections = frame_of(tables, CORRECTIONS.name)
    corrections.loc[0] = correction
    changed = {STATEMENTS: statements, OBSERVATIONS: observations, CORRECTIONS: corrections}
    written = write_figures(replaced(tables, tmp_path, changed), tmp_path)
    (row,) = [
        r
        for r in written.read("figures").to_pylist()
        if r["observation_id"] == "2023/US-MO/missing_child_cases"
    ]
    assert (row["value"], row["printed"], row["status"]) == (872, "871", "corrected")
    assert row["notes"].startswith(
        "Corrected by a maintainer: the sheet prints 871. Reason: The publisher says so (https://example.org)."
    )


# Notes


def test_every_note_of_a_metric_and_year_stands_on_its_figures_and_no_other(two_years):
    notes = default_catalog().notes
    texts = {note.note for note in notes}
    for year, metric, told in ask(
        two_years, "select year, metric, coalesce(notes, '') from figures"
    ):
        expected = {
            note.note
            for note in notes
            if note.metric == metric and note.from_year <= year <= (note.to_year or year)
        }
        assert {text for text in texts if text in told} == expected, (year, metric)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("cybertipline_reports_received", "may be bundled"),
        ("cybertipline_reports_to_law_enforcement", "may be bundled"),
        ("trafficking_reports_received", "federal law obliges"),
    ],
)
def test_a_series_break_stands_first_from_the_year_it_begins_in_and_not_before(
    two_years, metric, words
):
    query = f"select year, notes from figures where metric = '{metric}' order by 1"
    for year, notes in ask(two_years, query):
        if notes is not None and notes.startswith("Withheld"):
            continue
        assert (words in (notes or "")) == (year >= 2024)
        assert year < 2024 or words in notes.partition(". ")[0]


@pytest.mark.parametrize("metric", ["team_adam_incidents", "team_adam_long_term_cases"])
def test_figures_that_some_sheets_leave_out_say_so_where_they_are_printed_too(two_years, metric):
    (notes,) = figure(two_years, 2023, "US", metric, "notes")
    assert "does not mean zero" in notes


def test_reports_to_law_enforcement_warn_of_other_counts_and_of_what_they_do_not_measure(two_years):
    metric = "cybertipline_reports_to_law_enforcement"
    (notes,) = figure(two_years, 2023, "US-KY", metric, "notes")
    assert "NCMEC publishes other counts by state" in notes
    assert "does not measure how common the crimes are" in notes


def test_every_note_names_its_source():
    assert all(note.source and note.note.endswith(".") for note in default_catalog().notes)


# Rates


def by_hand(number: int, people: int) -> Decimal:
    return (Decimal(number) * 100_000 / people).quantize(Decimal("0.0001"), "ROUND_HALF_UP")


RATES = "per_100000_residents, per_100000_residents_lower, per_100000_residents_upper, per_100000_under_18, per_100000_under_18_lower, per_100000_under_18_upper"


def test_rates_and_their_bounds_are_those_computed_by_hand(two_years):
    population = "select population, population_under_18 from population where (vintage, year, jurisdiction) = (2023, 2023, 'US-OH')"
    ((residents, under_18),) = ask(two_years, population)
    row = figure(
        two_years,
        2023,
        "US-OH",
        "cybertipline_reports_to_law_enforcement",
        f"{RATES}, population_vintage",
    )
    expected = [by_hand(9000, people) for people in (residents, under_18)]
    assert row == (expected[0], expected[0], None, expected[1], expected[1], None, 2023)


@pytest.mark.parametrize(
    "metric", ["trafficking_engagements", "faon_connections", "team_hope_supported"]
)
def test_a_small_count_has_no_rate(two_years, metric):
    assert figure(two_years, 2023, "US-OH", metric, RATES) == (None,) * 6
    (notes,) = figure(two_years, 2023, "US-OH", metric, "notes")
    assert "small count" in notes


def test_a_count_just_above_small_has_a_rate(two_years):
    assert None not in figure(two_years, 2023, "US-OH", "connect_new_users", RATES)


def test_the_nation_and_shares_have_no_rate(two_years):
    assert ask(
        two_years,
        f"select distinct {RATES}, population_vintage from figures where scope = 'nation'",
    ) == [(None,) * 7]


def test_one_vintage_stands_for_all_places_of_a_year(two_years, tmp_path):
    tables = Stages.of(two_years).validated()
    population = frame_of(tables, POPULATION.name)
    assert population.loc[population["year"] == 2023, "vintage"].nunique() > 1
    told = write_figures(tables, tmp_path).read("figures").to_pylist()
    assert {
        row["population_vintage"] for row in told if (row["year"], row["scope"]) == (2023, "state")
    } == {2023}


def test_what_is_covered_and_asked_for_is_read_from_coverage(two_years, tmp_path):
    tables = Stages.of(two_years).validated()
    coverage = frame_of(tables, COVERAGE.name)
    without = coverage[coverage["jurisdiction"] != "US-OH"].reset_index(drop=True)
    told = write_figures(replaced(tables, tmp_path, {COVERAGE: without}), tmp_path)
    assert "US-OH" not in told.read("figures", ["jurisdiction"])["jurisdiction"].to_pylist()
