"""The four real sheets of 2023: every figure typed by hand, every numeral accounted for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.model import Figure
from pipeline.sheets.decode import decode
from tests.parse.reading import figures, read
from tests.sheets_factory import (
    KENTUCKY_2023,
    NATION_2023,
    bold,
    composed,
    markdown_headings,
    markdown_link,
    render,
)

RAW = Path(__file__).parents[2] / "raw" / "2023"

# metric, of, printed, value, qualifier, lower, upper
NATION = [
    ("cybertipline_reports_received", "US", "36.2 million", "36200000", "rounded", "36150000", "36300000"),
    ("cybertipline_files_received", "US", "more than 105 million", "105000000", "more_than", "105000000", None),
    ("cvip_children_identified", "US", "27,130", "27130", "exact", "27130", "27130"),
    ("missing_child_cases", "US", "28,886", "28886", "exact", "28886", "28886"),
    ("missing_child_cases_runaway_social_services", "US", "22,442", "22442", "exact", "22442", "22442"),
    ("runaways_likely_trafficked_share", "US", "19%", "19", "rounded", "18.5", "20"),
    ("trafficking_reports_received", "US", "more than 18,400", "18400", "more_than", "18400", None),
    ("team_hope_supported", "US", "5,759", "5759", "exact", "5759", "5759"),
    ("connect_registered_users", "US", "more than 18,000", "18000", "more_than", "18000", None),
]  # fmt: skip
NATIONAL_TEAM_ADAM = [
    ("team_adam_incidents", "US", "57", "57", "exact", "57", "57"),
    ("team_adam_long_term_cases", "US", "146", "146", "exact", "146", "146"),
]
# All figures of states are exact: metric, printed, value.
STATES = {
    "kentucky": [
        ("cybertipline_reports_to_law_enforcement", "8,597", "8597"),
        ("cvip_submissions_reviewed", "49", "49"),
        ("missing_child_cases", "199", "199"),
        ("missing_child_cases_social_services", "133", "133"),
        ("missing_child_cases_other", "45", "45"),
        ("missing_child_cases_orr", "21", "21"),
        ("trafficking_engagements", "6", "6"),
        ("team_hope_supported", "45", "45"),
        ("faon_connections", "31", "31"),
        ("connect_new_users", "114", "114"),
    ],
    "minnesota": [
        ("cybertipline_reports_to_law_enforcement", "8,611", "8611"),
        ("cvip_submissions_reviewed", "128", "128"),
        ("missing_child_cases", "201", "201"),
        ("missing_child_cases_social_services", "135", "135"),
        ("missing_child_cases_other", "57", "57"),
        ("missing_child_cases_orr", "9", "9"),
        ("trafficking_engagements", "22", "22"),
        ("team_hope_supported", "66", "66"),
        ("faon_connections", "55", "55"),
        ("connect_new_users", "91", "91"),
    ],
    "mississippi": [
        ("cybertipline_reports_to_law_enforcement", "4,546", "4546"),
        ("cvip_submissions_reviewed", "29", "29"),
        ("missing_child_cases", "103", "103"),
        ("missing_child_cases_social_services", "72", "72"),
        ("missing_child_cases_other", "18", "18"),
        ("missing_child_cases_orr", "13", "13"),
        ("trafficking_engagements", "13", "13"),
        ("team_hope_supported", "20", "20"),
        ("faon_connections", "12", "12"),
        ("connect_new_users", "161", "161"),
    ],
    "missouri": [
        ("cybertipline_reports_to_law_enforcement", "10,065", "10065"),
        ("cvip_submissions_reviewed", "127", "127"),
        ("missing_child_cases", "871", "871"),
        ("missing_child_cases_social_services", "650", "650"),
        ("missing_child_cases_other", "206", "206"),
        ("missing_child_cases_orr", "15", "15"),
        ("trafficking_engagements", "38", "38"),
        ("team_hope_supported", "184", "184"),
        ("faon_connections", "70", "70"),
        ("team_adam_cases_assisted", "2", "2"),
        ("connect_new_users", "163", "163"),
    ],
}
IDENTITY = {"kentucky": "US-KY", "minnesota": "US-MN", "mississippi": "US-MS", "missouri": "US-MO"}
NUMERALS = {"kentucky": 35, "minnesota": 35, "mississippi": 35, "missouri": 34}


def expected_of(state):
    """Every figure of a sheet: metric, of, printed, and what it stands for."""
    rows = [(m, "state", printed, v, "exact", v, v) for m, printed, v in STATES[state]]
    rows += NATION if state == "missouri" else NATION + NATIONAL_TEAM_ADAM
    return {
        (metric, of, printed): Figure(
            Decimal(value), qualifier, Decimal(lower), None if upper is None else Decimal(upper)
        )
        for metric, of, printed, value, qualifier, lower, upper in rows
    }


def sheet_of(state):
    return read((RAW / f"{state}.txt").read_bytes(), f"2023/{state}.txt")


@pytest.mark.parametrize("state", STATES)
def test_a_sheet_says_what_was_typed_by_hand(state):
    sheet, _ = sheet_of(state)
    assert {(s.metric, s.of, s.printed): s.figure for s in sheet.statements} == expected_of(state)
    assert len(sheet.statements) == len(expected_of(state))


def test_the_four_sheets_hold_83_figures():
    assert [len(sheet_of(state)[0].statements) for state in STATES] == [21, 21, 21, 20]


@pytest.mark.parametrize("state", STATES)
def test_a_sheet_passes_every_check(state):
    sheet, findings = sheet_of(state)
    assert sheet.sheet_id == f"2023/{IDENTITY[state]}"
    assert [finding.message for finding in findings if not finding.passed] == []


@pytest.mark.parametrize("state", STATES)
def test_every_numeral_of_a_sheet_is_accounted_for(state):
    sheet, _ = sheet_of(state)
    rules = [n.rule for n in sheet.numerals if n.disposition == "explained"]
    assert len(sheet.numerals) == NUMERALS[state]
    assert sorted(set(rules)) == ["list_marker", "reporting_year"]
    assert (rules.count("list_marker"), rules.count("reporting_year")) == (3, 11)
    captured = [n for n in sheet.numerals if n.disposition == "captured"]
    assert len(captured) == len(sheet.statements) == NUMERALS[state] - 14


@pytest.mark.parametrize("state", STATES)
def test_every_span_reads_again_to_its_quote(state):
    text = decode((RAW / f"{state}.txt").read_bytes()).text
    sheet, _ = sheet_of(state)
    for statement in sheet.statements:
        assert statement.printed_span.of(text) == statement.printed
        assert statement.quote_span.of(text) == statement.quote
        assert statement.quote_span.contains(statement.printed_span)
        assert statement.page == 1
    for numeral in sheet.numerals:
        assert numeral.span.of(text) == numeral.printed


def test_a_quote_is_the_sentence_or_the_row():
    sheet, _ = sheet_of("kentucky")
    quotes = {(s.metric, s.of): s.quote for s in sheet.statements}
    assert quotes["missing_child_cases", "state"] == (
        "In 2023, NCMEC handled 199 cases of missing children from Kentucky as follows:"
    )
    assert quotes["missing_child_cases_other", "state"] == "Other Missing Children Cases\t45"
    assert quotes["cvip_children_identified", "US"] == (
        "NCMEC has supported law enforcement's identification of 27,130 children."
    )


def test_another_figure_in_a_real_sheet_is_another_figure():
    text = (RAW / "kentucky.txt").read_text(encoding="utf-8").replace("8,597", "8,598")
    sheet, _ = read(text)
    found = figures(sheet)["cybertipline_reports_to_law_enforcement", "state"]
    assert found.value == Decimal(8598)
    assert {s.figure for s in sheet.statements} != set(expected_of("kentucky").values())


MINNESOTAS = composed(
    bold("In 2023, NCMEC handled 201 cases of missing children from Minnesota as follows:"),
    markdown_headings,
    markdown_link,
)
LAYOUTS = {
    "kentucky": lambda text: text,
    "minnesota": MINNESOTAS,
    "mississippi": bold("Mississippi Data"),
    "missouri": bold("Missouri Data"),
}


@pytest.mark.parametrize("state", STATES)
def test_the_factory_writes_the_real_sheet_byte_for_byte(state):
    local = {metric: printed for metric, printed, _ in STATES[state]}
    written = LAYOUTS[state](render(IDENTITY[state], 2023, local=local))
    assert written.encode() == (RAW / f"{state}.txt").read_bytes()


def test_the_factorys_own_figures_are_kentuckys():
    assert {metric: printed for metric, printed, _ in STATES["kentucky"]} == KENTUCKY_2023
    assert {row[0]: row[2] for row in NATION + NATIONAL_TEAM_ADAM} == NATION_2023
