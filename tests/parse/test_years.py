"""Wordings, metrics and table rows that come and go with the years, in fictional catalogs."""

from __future__ import annotations

import pytest

from pipeline.catalog.load import CatalogError
from pipeline.catalog.years import distance, nearest, years_in_words
from tests.catalogs import add_metric, add_sentence, append, compiled, copy_catalog, edit
from tests.parse.reading import errors, failures, figures, read, value
from tests.sheets_factory import change, render


@pytest.fixture
def folder(tmp_path):
    return copy_catalog(tmp_path / "catalog")


@pytest.mark.parametrize(
    ("years", "year", "expected"),
    [
        ((2023, None), 2023, 0), ((2023, None), 2040, 0), ((2023, None), 2020, 3),
        ((2023, 2024), 2024, 0), ((2023, 2024), 2027, 3), ((2023, 2023), None, 0), (None, 2023, 0),
    ],
)  # fmt: skip
def test_the_distance_of_a_year_from_a_range(years, year, expected):
    assert distance(years, year) == expected


def test_the_nearest_ranges_are_all_that_hold_the_year_or_else_the_closest():
    ranges = [(2020, 2021), (2023, 2024), (2024, None)]
    assert nearest(ranges, 2024, lambda one: one) == [(2023, 2024), (2024, None)]
    assert nearest(ranges, 2019, lambda one: one) == [(2020, 2021)]
    assert nearest(ranges, 2022, lambda one: one) == [(2020, 2021), (2023, 2024)]
    assert nearest([], 2022, lambda one: one) == []


def test_ranges_in_words():
    assert [years_in_words(y) for y in ((2023, None), (2023, 2023), (2023, 2024), None)] == [
        "2023 and later",
        "2023",
        "2023-2024",
        "all years",
    ]


# A metric that comes and goes


POSTERS = """\
- metric: posters_printed
  title: Posters printed
  definition: Posters that were printed in the year.
  program: Missing children
  unit: poster
  kind: count
  period: calendar_year
  series:
    - of: US
      presence: required
      printed_years: [2024, 2025]
      bounds: [0, 1000000]
"""
POSTERS_SENTENCE = """\
- sentence: posters
  years: [2024, null]
  text: "In {year}, NCMEC printed {posters_printed} poster[s] of missing children."
"""
PRINTED = " In {year}, NCMEC printed 77 posters of missing children."


@pytest.fixture
def posters(folder):
    """A catalog with a metric that is printed in 2024 and 2025."""
    add_metric(folder, POSTERS)
    add_sentence(folder, POSTERS_SENTENCE)
    return compiled(folder)


def sheet_of(year, *, with_posters):
    return render(year=year) + (PRINTED.format(year=year) if with_posters else "")


@pytest.mark.parametrize(
    ("year", "is_required"), [(2023, False), (2024, True), (2025, True), (2026, False)]
)
def test_a_metric_is_required_in_its_years_alone(posters, year, is_required):
    without = errors(sheet_of(year, with_posters=False), "sheet.txt", posters)
    assert without == (["required_metrics_are_printed"] if is_required else [])


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_a_metric_is_read_in_any_year_and_outside_of_its_own_with_a_warning(posters, year):
    text = sheet_of(year, with_posters=True)
    assert errors(text, "sheet.txt", posters) == []
    assert value(text, "posters_printed", "US", posters) == "77"
    warned = [
        m for m in failures(text, "sheet.txt", posters) if "posters_printed of US is printed" in m
    ]
    assert len(warned) == (0 if 2024 <= year <= 2025 else 1)
    if warned:
        assert (
            "the catalog expects it in 2024-2025 only; read the sheet and widen `printed_years`"
            in warned[0]
        )


def test_a_group_is_required_in_its_years_alone(folder):
    text = render().split("In 2023, at the request of law enforcement, Team Adam")[0]
    text += render().split("long-term missing children cases.")[1]
    assert errors(text) == ["required_metrics_are_printed"]
    edit(folder, "metrics.yml", "  - group: team_adam\n", "  - group: team_adam\n    years: [2024, null]\n")  # fmt: skip
    assert errors(text, words=compiled(folder)) == []
    later = text.replace("2023", "2024")
    assert errors(later, "sheet.txt", compiled(folder)) == ["required_metrics_are_printed"]


# Two sentences for the same words


OLD = "  - sentence: trafficking_reports\n    years: [2023, null]\n"
LATER = """\
- sentence: trafficking_reports_later
  years: [2025, null]
  text: "In {year}, NCMEC received {trafficking_reports_received} <report|reports> relating to child sex trafficking."
"""


@pytest.mark.parametrize(
    ("year", "name"), [(2022, ""), (2023, ""), (2024, ""), (2025, "_later"), (2026, "_later")]
)
def test_of_two_sentences_that_match_the_one_of_the_sheets_year_is_named(folder, year, name):
    edit(folder, "sentences.yml", OLD, OLD.replace("null", "2024"))
    add_sentence(folder, LATER)
    sheet, _ = read(render(year=year), "sheet.txt", compiled(folder))
    (pattern,) = {s.pattern for s in sheet.statements if s.metric == "trafficking_reports_received"}
    assert pattern == f"trafficking_reports{name}"
    assert errors(render(year=year), "sheet.txt", compiled(folder)) == []


BUNDLED = """\
- metric: bundled_reports_received
  title: Reports received, bundled
  definition: Reports, where those of one incident count once.
  program: CyberTipline
  unit: report
  kind: count
  period: calendar_year
  series:
    - of: US
      presence: required
      printed_years: [2024, null]
      bounds: [1000000, 500000000]
"""
BUNDLED_SENTENCE = """\
- sentence: bundled
  years: [2024, null]
  text: "In {year}, the CyberTipline received {bundled_reports_received} report[s] related to child sexual exploitation, containing {cybertipline_files_received} piece[s] of reported content."
"""
FIRST_SERIES = "presence: required\n        bounds: [1000000, 500000000]"


def test_the_same_words_measure_another_metric_from_some_year_on(folder):
    edit(folder, "metrics.yml", FIRST_SERIES, FIRST_SERIES.replace("bounds", "printed_years: [2023, 2023]\n        bounds"))  # fmt: skip
    add_metric(folder, BUNDLED)
    add_sentence(folder, BUNDLED_SENTENCE)
    words = compiled(folder)
    for year, metric in ((2022, "cybertipline"), (2023, "cybertipline"), (2024, "bundled"), (2025, "bundled")):  # fmt: skip
        text = render(year=year)
        assert errors(text, "sheet.txt", words) == []
        named = {
            m
            for m, _ in figures(read(text, "sheet.txt", words)[0])
            if m.endswith("reports_received")
        }
        assert named - {"trafficking_reports_received"} == {f"{metric}_reports_received"}


def test_equally_near_sentences_of_two_metrics_are_reported_as_a_numeral_captured_twice(folder):
    add_metric(folder, BUNDLED.replace("2024", "2023"))
    add_sentence(folder, BUNDLED_SENTENCE.replace("2024", "2023"))
    words = compiled(folder)
    assert errors(render(), words=words) == ["numerals_are_accounted_for"]
    assert any(
        "make the sentences exclude each other" in m for m in failures(render(), words=words)
    )


# A table with another set of rows


OTHER_ROWS = """
  - table: missing_child_cases_breakdown_2025
    of: state
    years: [2025, null]
    rows:
      - metric: missing_child_cases_social_services
        label: "Children Missing From Care"
      - metric: missing_child_cases_family
        label: "Family Abductions"
      - metric: missing_child_cases_other
        label: "Other Missing Children Cases"
"""
NAMED = "    tables: [missing_child_cases_breakdown]\n"
FAMILY = """\
- metric: missing_child_cases_family
  title: Family abductions
  definition: The state's cases of children abducted by a family member.
  program: Missing children
  unit: case
  kind: count
  period: calendar_year
  series:
    - of: state
      presence: required
      printed_years: [2025, null]
      bounds: [0, 1000000]
"""
OLD_SUM = "  - whole: missing_child_cases of state\n"
NEW_SUM = """\
  - whole: missing_child_cases of state
    years: [2025, null]
    parts:
      - missing_child_cases_social_services of state
      - missing_child_cases_family of state
      - missing_child_cases_other of state
"""


@pytest.fixture
def other_rows(folder):
    """A catalog in which the table has other rows from 2025 on."""
    edit(folder, "sentences.yml", "    of: state\n    years: [2023, null]\n", "    of: state\n    years: [2023, 2024]\n")  # fmt: skip
    edit(folder, "sentences.yml", "\ntables:", f"\ntables:{OTHER_ROWS.rstrip()}")
    edit(
        folder, "sentences.yml", NAMED, NAMED.replace("]", ", missing_child_cases_breakdown_2025]")
    )
    edit(folder, "metrics.yml", OLD_SUM, f"{NEW_SUM}{OLD_SUM}    years: [2023, 2024]\n")
    path = folder / "metrics.yml"
    before, orr = path.read_text(encoding="utf-8").split("\n  - metric: missing_child_cases_orr\n")
    orr = orr.replace(
        "presence: required\n", "presence: required\n        printed_years: [2023, 2024]\n", 1
    )
    path.write_text(f"{before}\n  - metric: missing_child_cases_orr\n{orr}", encoding="utf-8")
    add_metric(folder, FAMILY)
    return compiled(folder)


def with_other_rows(year):
    text = change(
        render(year=year),
        "Children Missing From Social Services Facility",
        "Children Missing From Care",
    )
    return change(
        text,
        "Children Reported Missing by Office of Refugee Resettlement (HHS-ORR) :",
        "Family Abductions",
    )


@pytest.mark.parametrize("year", [2021, 2022, 2023, 2024])
def test_a_sheet_of_the_earlier_years_has_the_earlier_rows_and_no_others(other_rows, year):
    assert errors(render(year=year), "sheet.txt", other_rows) == []
    assert value(render(year=year), "missing_child_cases_orr", words=other_rows) == "21"
    assert "table_rows_are_known" in errors(with_other_rows(year), "sheet.txt", other_rows)


@pytest.mark.parametrize("year", [2025, 2026])
def test_a_sheet_of_the_later_years_has_the_later_rows_and_no_others(other_rows, year):
    assert errors(with_other_rows(year), "sheet.txt", other_rows) == []
    assert value(with_other_rows(year), "missing_child_cases_family", words=other_rows) == "21"
    assert "table_rows_are_known" in errors(render(year=year), "sheet.txt", other_rows)


def test_each_set_of_rows_has_its_own_sum(other_rows):
    assert errors(with_other_rows(2025).replace("\t21", "\t22"), "sheet.txt", other_rows) == [
        "parts_sum_to_totals"
    ]
    assert errors(render().replace("\t21", "\t22"), "sheet.txt", other_rows) == [
        "parts_sum_to_totals"
    ]


def test_rows_of_both_years_in_one_table_are_refused(other_rows):
    both = render().replace("Other Missing", "Family Abductions\t0\nOther Missing")
    assert "table_rows_are_known" in errors(both, words=other_rows)


def test_a_year_without_rows_of_its_own_gets_a_warning(other_rows):
    warned = failures(render(year=2022), "sheet.txt", other_rows)
    assert any("printed in words that the catalog knows from other years only" in m for m in warned)


def test_two_tables_of_one_sentence_and_shared_years_do_not_load(folder):
    edit(folder, "sentences.yml", "\ntables:", f"\ntables:{OTHER_ROWS.rstrip()}")
    edit(
        folder, "sentences.yml", NAMED, NAMED.replace("]", ", missing_child_cases_breakdown_2025]")
    )
    add_metric(folder, FAMILY)
    with pytest.raises(CatalogError) as refused:
        compiled(folder)
    assert str(refused.value) == (
        "the catalog: tables missing_child_cases_breakdown and missing_child_cases_breakdown_2025: "
        "of the same sentence in the same years; give each the years of its own rows"
    )


def test_a_rule_added_at_the_end_explains_a_numeral(folder):
    text = render() + " See section 12."
    assert errors(text) == ["numerals_are_accounted_for"]
    append(
        folder,
        "ignored.yml",
        '- rule: section\n  reason: A reference.\n  patterns: ["section {i}"]',
    )
    assert errors(text, words=compiled(folder)) == []
