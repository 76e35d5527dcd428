"""Whose sheet it is, and of which year: from the text alone."""

from __future__ import annotations

import pytest

from tests.parse.reading import errors, failures, read
from tests.sheets_factory import NAMES, change, render


def identity(text, file="2023/sheet.txt"):
    sheet, _ = read(text, file)
    return sheet.jurisdiction, sheet.year


@pytest.mark.parametrize("jurisdiction", NAMES)
def test_every_jurisdiction_is_recognised_by_its_own_name_alone(jurisdiction):
    assert identity(render(jurisdiction)) == (jurisdiction, 2023)
    assert errors(render(jurisdiction)) == []


def test_there_are_fifty_states_the_district_and_five_territories():
    assert len(NAMES) == 56
    assert len(set(NAMES.values())) == 56


@pytest.mark.parametrize(
    ("name", "jurisdiction"),
    [
        ("West Virginia", "US-WV"),
        ("Virginia", "US-VA"),
        ("Arkansas", "US-AR"),
        ("Kansas", "US-KS"),
        ("U.S. Virgin Islands", "US-VI"),
        ("the U.S. Virgin Islands", "US-VI"),
        ("US Virgin Islands", "US-VI"),
        ("Virgin Islands", "US-VI"),
        ("Washington", "US-WA"),
        ("Washington, D.C.", "US-DC"),
        ("Washington, DC", "US-DC"),
        ("Washington DC", "US-DC"),
        ("D.C.", "US-DC"),
        ("the District of Columbia", "US-DC"),
        ("District of Columbia", "US-DC"),
        ("Hawai\u2018i", "US-HI"),
        ("the Commonwealth of Puerto Rico", "US-PR"),
        ("NEW YORK", "US-NY"),
        ("North\nCarolina", "US-NC"),
    ],
)
def test_a_name_within_another_or_printed_otherwise_is_the_right_one(name, jurisdiction):
    text = render(name=name)
    assert identity(text) == (jurisdiction, 2023)
    assert errors(text) == []


@pytest.mark.parametrize("name", ["Virginie", "Kentuckyy", "East Virginia", "Ontario", "United States", "Washington D", "Kansas City"])  # fmt: skip
def test_an_unknown_name_is_refused(name):
    assert identity(render(name=name))[0] is None
    assert "one_state_is_named" in errors(render(name=name))


def test_the_refusal_says_what_to_do():
    message = (
        "2023/sheet.txt: the title names 'ontario', expected one of the catalog's jurisdictions; "
        "check the sheet, or add the name to also_printed_as in jurisdictions.csv"
    )
    assert message in failures(render(name="Ontario"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Children Kentucky Data", "Children Ohio Data"),
        ("below are Kentucky specific", "below are Ohio specific"),
        ("from Kentucky law", "from Ohio law"),
        ("children from Kentucky as", "children from West Virginia as"),
        ("services in Kentucky.", "services in Ohio."),
    ],
)
def test_a_sheet_that_names_two_states_is_refused(old, new):
    text = change(render(), old, new)
    assert identity(text)[0] is None
    assert errors(text) == ["one_state_is_named"]


def test_a_sheet_without_title_is_known_by_its_sentences():
    text = change(
        render(), "The National Center for Missing and Exploited Children Kentucky Data", ""
    )
    assert identity(text) == ("US-KY", 2023)
    assert errors(text) == []


def test_another_states_name_in_a_title_of_the_other_wording_counts_too():
    title = "The National Center for Missing and Exploited Children Kentucky Data"
    same = change(
        render(), title, "The National Center for Missing & Exploited Children 2023 Kentucky Data"
    )
    assert errors(same) == []
    assert "one_state_is_named" in errors(change(same, "2023 Kentucky Data", "2023 Ohio Data"))
    assert "one_year_is_named" in errors(change(same, "2023 Kentucky Data", "2022 Kentucky Data"))


@pytest.mark.parametrize("year", [1999, 2022, 2024, 2031])
def test_the_year_comes_from_the_text(year):
    assert identity(render(year=year), "undated.txt") == ("US-KY", year)
    assert errors(render(year=year), f"{year}/sheet.txt") == []


def test_a_folder_of_another_year_is_refused_and_decides_nothing():
    assert identity(render(year=2024), "2023/sheet.txt") == ("US-KY", 2024)
    assert errors(render(year=2024), "2023/sheet.txt") == ["folder_and_year_agree"]
    message = "2023/sheet.txt: lies in folder 2023, its text reports on 2024; move it to 2024/"
    assert message in failures(render(year=2024), "2023/sheet.txt")


def test_a_sheet_without_a_year_is_refused():
    text = render().replace("In 2023", "Last year")
    assert identity(text)[1] is None
    assert "one_year_is_named" in errors(text)


def test_a_sheet_of_two_years_is_refused():
    text = change(render(), "In 2023, NCMEC handled", "In 2022, NCMEC handled")
    assert identity(text)[1] is None
    assert "one_year_is_named" in errors(text)


@pytest.mark.parametrize("year", ["2O23", "202", "20233", "1823", "23"])
def test_a_year_that_is_none_is_not_passed_over(year):
    assert errors(change(render(), "In 2023, NCMEC handled", f"In {year}, NCMEC handled")) != []


def test_a_year_before_the_evidenced_ones_is_taken_with_a_warning():
    assert errors(render(year=2022), "a.txt") == []
    assert any("widen `years`" in message for message in failures(render(year=2022), "a.txt"))
    assert failures(render(year=2024), "a.txt") == []
