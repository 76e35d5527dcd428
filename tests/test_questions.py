"""Twenty questions of readers, a line of SQL each: what it finds is what the sheets print."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.building import PROJECT, ask
from tests.readers import NATION, QUARANTINED, SECOND_SHEETS, of_states, read, title
from tests.sheets_factory import NAMES

LINES = re.findall(
    r"(?m)^\| (.*\?) \| `(.*)` \|$", (PROJECT / "docs/questions.md").read_text("utf-8")
)
LONGEST = 100

REPORTS = "cybertipline_reports_to_law_enforcement"
CASES = "missing_child_cases"
NATIONS = "United States"
FIPS = {"US-IA": "19", "US-KY": "21", "US-MO": "29", "US-OH": "39"}

WITHHELD = (2024, "Iowa", None)
"""The row of the quarantined sheet, where a view has a row a year and state."""

Row = tuple[Any, ...]

METRICS = {metric for local in SECOND_SHEETS.values() for metric in local}
LEFT_OUT = {"team_adam_incidents", "team_adam_long_term_cases"}
"""What a sheet prints for the nation, unless it prints what Team Adam did in its state."""


def printed() -> list[tuple[int, str, str, str]]:
    """Year, place, metric and wording of every figure that accepted sheets print."""
    states = [
        (year, NAMES[place], metric, words)
        for (year, place), local in SECOND_SHEETS.items()
        for metric, words in local.items()
    ]
    nation = [
        (year, NATIONS, metric, words)
        for year, local in NATION.items()
        for metric, words in local.items()
    ]
    return states + nation


def titled(rows: list[tuple[int, str, str, str]]) -> list[Row]:
    return [(year, name, title(metric), words) for year, name, metric, words in rows]


def places(year: int, metric: str) -> list[tuple[str, str, int, int]]:
    """Name, wording, best and worst place of the states with a count above 20, by brute force."""
    ends = [
        (name, words, low, math.inf if high is None else high)
        for _, _, name, words in of_states(metric, year)
        for low, high, _ in [read(words)]
        if low > 20
    ]
    return [
        (name, words, 1 + sum(other > high for _, _, other, _ in rest), 1 + sum(other > low for _, _, _, other in rest))
        for name, words, low, high in ends
        for rest in [[one for one in ends if one[0] != name]]
    ]  # fmt: skip


def ranked(metrics: set[str]) -> list[tuple[int, str, str, str, int | None, int | None]]:
    """Year, metric, name, wording and places of every figure of a state; none for a small count."""
    found = []
    for metric in metrics:
        for year, _, name, words in of_states(metric):
            best_worst = {one: ends for one, _, *ends in places(year, metric)}.get(name, [None] * 2)
            found.append((year, metric, name, words, *best_worst))
    return found  # type: ignore[return-value]


def per_100000_under_18(release: Path) -> list[Row]:
    """The rate by hand, with the estimates of 2023; 2024 has none of that vintage yet."""
    query = "select year, jurisdiction, population_under_18 from population where vintage = (select max(population_vintage) from rates where rates.year = population.year)"
    people = {(year, place): under_18 for year, place, under_18 in ask(release, query)}
    assert people[2023, "US-KY"] == 1_016_895
    return [
        (year, name, (Decimal(read(words)[0]) * 100_000 / people[year, place]).quantize(Decimal("0.0001"), "ROUND_HALF_UP"))
        for year, place, name, words in of_states(CASES)
    ]  # fmt: skip


def absent() -> list[Row]:
    """Year, name, title and reason of what sheets of a year print of a place, and another does not."""
    found = [
        (year, NAMES[place], title(metric), "absent_from_sheet")
        for (year, place), local in SECOND_SHEETS.items()
        for metric in METRICS - {*local}
    ]
    year, place = QUARANTINED
    return [*found, *((year, NAMES[place], title(metric), "quarantined") for metric in METRICS)]


def sums() -> list[Row]:
    by_year = groupby(of_states(CASES), lambda row: row[0])
    return [(year, sum(read(words)[0] for *_, words in rows)) for year, rows in by_year]


EXPECTED: list[Callable[[Path], list[Row]]] = [
    lambda _: [(title(metric), SECOND_SHEETS[2023, "US-MO"][metric]) for metric in METRICS],
    lambda _: [(name, words) for _, _, name, words in of_states(REPORTS, 2023)],
    lambda _: [(year, words) for year, place, _, words in of_states(REPORTS) if place == "US-KY"],
    lambda _: [(year, *row) for year, _, *row in ranked({REPORTS})],
    lambda _: [(year, title(metric), *row) for year, metric, *row, _, worst in ranked(METRICS) if worst == 1],
    per_100000_under_18,
    lambda _: sums(),
    lambda _: [
        WITHHELD,
        *((year, NAMES[place], read(local[f"{CASES}_orr"])[0] / read(local[CASES])[0]) for (year, place), local in SECOND_SHEETS.items()),
    ],
    lambda _: [(year, title(metric), words, *read(words)[:2]) for year, name, metric, words in printed() if name == NATIONS],
    lambda _: [(year, NATION[year]["cybertipline_reports_received"]) for year in NATION],
    lambda _: [(*row, *read(row[-1])[:2]) for row in titled(printed()) if not read(row[-1])[2]],
    lambda _: [
        (*WITHHELD[:2], title("trafficking_engagements"), None),
        *titled([row for row in printed() if row[2].startswith("trafficking_")]),
    ],
    lambda _: titled([row for row in printed() if row[1] != NATIONS and read(row[3])[0] <= 20]),
    lambda _: titled([row for row in printed() if read(row[3]) == (0, 0, True)]),
    lambda _: absent(),
    lambda _: [(title(metric),) for metric in LEFT_OUT],
    lambda _: [("2024/US-IA.txt", "parts_sum_to_totals", "200", "199")],
    lambda _: [(name,) for code, name in NAMES.items() if (2023, code) not in SECOND_SHEETS],
    lambda _: [("2023/US-MO.txt", "In 2023, NCMEC handled 871 cases of missing children from Missouri as follows:")],
    lambda _: [("19", *WITHHELD[::2]), *((FIPS[place], year, read(words)[0]) for year, place, _, words in of_states(CASES))],
]  # fmt: skip
"""The answers in the order of the questions, read from the sheets without the parser."""


def plain(cell: Any) -> Any:
    return round(float(cell), 9) if isinstance(cell, int | float | Decimal) else cell


def agree(found: list[Row], expected: list[Row]) -> bool:
    """Whether the rows are the same in any order; a row found may go on with words of a note."""
    width = len(expected[0])
    heads = sorted(str([plain(cell) for cell in row[:width]]) for row in found)
    return heads == sorted(str([plain(cell) for cell in row]) for row in expected)


@pytest.fixture(scope="module")
def release(second_release) -> Path:
    return (second_release / "releases/latest").resolve()


def test_there_are_twenty_questions_of_a_line_each():
    assert len(LINES) == len(EXPECTED) == len({question for question, _ in LINES}) == 20
    assert [sql for _, sql in LINES if len(sql) > LONGEST or sql.count(";") != 1] == []


@pytest.mark.parametrize("number", range(20), ids=lambda number: LINES[number][0])
def test_a_line_finds_what_the_sheets_print(release, number):
    expected = EXPECTED[number](release)
    assert expected
    found = ask(release, LINES[number][1])
    assert agree(found, expected), (found, expected)


def test_the_answers_of_the_release_before_would_be_found(release, two_years):
    """It lacks a sheet and a revision; only what is asked of 2023 alone, or of the nation, is the same."""
    before = (two_years / "releases/latest").resolve()
    same = {
        question
        for (question, sql), expected in zip(LINES, EXPECTED, strict=True)
        if agree(ask(before, sql), expected(release))
    }
    assert same == {
        "What does Missouri's sheet of 2023 say of the state?",
        "How many reports were made available to each state's law enforcement?",
        "Between which numbers does a national figure lie?",
        "Can the years of a national series be compared?",
        "Where is a figure really zero?",
        "What does a sheet leave out that others print?",
        "Which sheet was left out, and why?",
        "Which places have no sheet?",
        "Which sentence is behind a figure?",
    }


@pytest.mark.parametrize("number", range(20), ids=lambda number: LINES[number][0])
def test_a_row_lost_or_doubled_or_another_cell_would_be_found(release, number):
    found, expected = ask(release, LINES[number][1]), EXPECTED[number](release)
    other = [(*row[: len(expected[0]) - 1], "other") for row in found[:1]] + found[1:]
    assert not agree(found[1:], expected)
    assert not agree([*found, found[0]], expected)
    assert not agree(other, expected)
