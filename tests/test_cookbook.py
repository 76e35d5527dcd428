"""The cookbook: every block of every engine on a release with other numbers than the document's."""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import requests

from pipeline.release.publish import publish
from pipeline.release.versions import latest_release
from pipeline.site.cookbook import ENGINES
from pipeline.site.make import make_site
from pipeline.site.server import open_server
from tests.cookbook import (
    NOTEBOOK,
    PYTHON,
    SOURCE,
    notebook,
    python_rows,
    sections,
    sql_rows,
    with_answers,
)
from tests.readers import NATION, QUARANTINED, REVISION, SECOND_SHEETS, of_states, read, title
from tests.sheets_factory import NAMES, NATION_2023

DOCUMENT = SOURCE.read_text(encoding="utf-8")
BEGIN, *QUESTIONS = sections(DOCUMENT)
TITLES = {section.title: section for section in QUESTIONS}

REPORTS = "cybertipline_reports_to_law_enforcement"
CASES = "missing_child_cases"
PARTS = [CASES, f"{CASES}_social_services", f"{CASES}_other", f"{CASES}_orr"]
REGIONS = {"US-IA": "Midwest", "US-KY": "South", "US-MO": "Midwest", "US-OH": "Midwest"}


@pytest.fixture(scope="module")
def release(second_release) -> Path:
    return (second_release / "releases/latest").resolve()


@pytest.fixture(scope="module")
def served(second_release, tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """The address of both releases as they are published, behind a web server, and their folder."""
    target = tmp_path_factory.mktemp("published") / "public"
    releases = second_release / "releases"
    pages = make_site(
        latest_release(second_release), second_release, target.with_name("site")
    ).folder
    publish((releases / "latest").resolve(), str(target), listing=releases, site=pages)
    with open_server(target, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", target
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def answers(release, served) -> dict[tuple[str, str], tuple[list[str], list[tuple]]]:
    """Columns and rows by question and engine."""
    latest = f"{served[0]}latest/"
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(release)
        for engine in PYTHON:
            names: dict[str, Any] = {}
            exec(BEGIN.blocks[engine], names)  # noqa: S102  # the document's own blocks
            for section in QUESTIONS:
                code = section.blocks[engine]
                found[section.title, engine] = plain(python_rows(names, code, latest))
    for section in QUESTIONS:
        query = section.blocks["sql"]
        found[section.title, "sql"] = plain(sql_rows(release, query, latest))
    return found


def plain(answer: tuple[list[str], list[tuple]]) -> tuple[list[str], list[tuple]]:
    """An answer with nulls, numbers and texts alone, so that engines can be compared."""
    columns, rows = answer
    return columns, [tuple(map(plain_value, row)) for row in rows]


def plain_value(value: Any) -> Any:
    """A cell as text, as a number, or as None."""
    if isinstance(value, str):
        return value
    return None if pd.isna(value) else round(float(value), 9)


# What the raw sheets say, read without the parser


def residents(release: Path) -> dict[str, int]:
    query = f"select jurisdiction, population from '{release}/data/population.parquet' where vintage = 2023 and year = 2023"
    return dict(duckdb.sql(query).fetchall())


def expected_places(release: Path) -> list[tuple]:
    people = residents(release)
    rated = []
    for _, place, name, printed in of_states(REPORTS, 2023):
        low, high, _ = read(printed)
        ends = [None if n is None else round(n * 100_000 / people[place], 4) for n in (low, high)]
        rated.append((name, printed, *ends))
    found = []
    for name, printed, low, high in rated:
        others = [one for one in rated if one[0] != name]
        best = 1 + sum(one[2] > (math.inf if high is None else high) for one in others)
        worst = 1 + sum((math.inf if one[3] is None else one[3]) > low for one in others)
        found.append((name, printed, low, low, high, best, worst))
    return sorted(found, key=lambda row: (-row[2], row[0]))


def expected_sums() -> list[tuple]:
    found = []
    for year in (2023, 2024):
        ends = [read(printed) for *_, printed in of_states(REPORTS, year)]
        upper = None if any(end[1] is None for end in ends) else sum(end[1] for end in ends)
        found.append((year, len(ends), sum(end[0] for end in ends), upper))
    return found


def expected_regions() -> list[tuple]:
    return [
        (year, region, len(cases), sum(cases))
        for year in (2023, 2024)
        for region in ("Midwest", "South")
        for cases in [[read(printed)[0] for _, place, _, printed in of_states(CASES, year) if REGIONS[place] == region]]
    ]  # fmt: skip


def expected_open_national() -> list[tuple]:
    return [
        (year, title(metric), printed, *read(printed)[:2])
        for year, nation in NATION.items()
        for metric, printed in sorted(nation.items())
        if not read(printed)[2]
    ]


def expected_missing() -> list[tuple]:
    adam = "team_adam_cases_assisted"
    absent = [
        (year, NAMES[place], adam, "absent_from_sheet")
        for (year, place), local in SECOND_SHEETS.items()
        if adam not in local
    ]
    year, place = QUARANTINED
    metrics = {metric for local in SECOND_SHEETS.values() for metric in local}
    return sorted([*absent, *((year, NAMES[place], metric, "quarantined") for metric in metrics)])


def expected_program() -> list[tuple]:
    national = [
        (title(metric), NATION_2023[metric])
        for metric in ("cybertipline_files_received", "cybertipline_reports_received")
    ]
    rows = [(name, title(REPORTS), printed) for _, _, name, printed in of_states(REPORTS, 2023)]
    return sorted([*rows, *(("United States", *row) for row in national)])


def expected_changes() -> list[tuple]:
    added = [
        ("added", f"2024/US-MO/{metric}", None, printed)
        for metric, printed in SECOND_SHEETS[2024, "US-MO"].items()
    ]
    revised = ("revised", f"2024/US-KY/{REPORTS}", "8,001", REVISION)
    return sorted([*added, revised], key=lambda row: row[1])


def expected(release: Path) -> dict[str, Any]:
    """The answers by title, of the columns that the raw sheets can answer."""
    return {
        "Which states have the most reports for their population?": expected_places(release),
        "What share of a total is one of its parts?": [
            (year, name, local[PARTS[1]], local[CASES], round(100 * read(local[PARTS[1]])[0] / read(local[CASES])[0], 1))
            for year, place, name, _ in of_states(CASES) for local in [SECOND_SHEETS[year, place]]
        ],
        "Between which numbers does a national figure lie?": expected_open_national(),
        "How did a state's figure develop over the years?": [
            (2023, "8,597", "exact", 8597, 8597), (2024, REVISION, "more_than", 8000, None),
        ],
        "A row for each state, a column for each figure?": [
            (name, *(SECOND_SHEETS[2023, place][metric] for metric in PARTS)) for _, place, name, _ in of_states(CASES, 2023)
        ],
        "How is a table of the Census Bureau joined?": expected_regions(),
        "What do the states add up to?": expected_sums(),
        "How is a published release loaded over HTTP?": [
            (year, 11 + places * metrics, 11 + sum(len(local) for (y, _), local in SECOND_SHEETS.items() if y == year))
            for year, places in ((2023, 4), (2024, 4))
            for metrics in [len({metric for (y, _), local in SECOND_SHEETS.items() if y == year for metric in local})]
        ],
    }  # fmt: skip


OF_2023 = {
    "Which states have the most reports for their population?",
    "Between which numbers does a national figure lie?",
    "A row for each state, a column for each figure?",
}
"""Questions whose answers no sheet of 2024 changes."""


# The engines


def test_there_are_fifteen_questions_each_in_every_engine():
    assert len(QUESTIONS) == 15
    assert {section.title: set(section.blocks) for section in QUESTIONS} == {
        title: {*ENGINES} for title in TITLES
    }


@pytest.mark.parametrize("question", TITLES)
def test_the_engines_give_the_same_columns_and_rows(answers, question):
    columns, rows = answers[question, "sql"]
    assert rows, "the release has rows for every question"
    for engine in PYTHON:
        assert answers[question, engine] == (columns, rows), engine


@pytest.mark.parametrize("question", [
    "Which states have the most reports for their population?", "What share of a total is one of its parts?",
    "Between which numbers does a national figure lie?", "How did a state's figure develop over the years?",
    "A row for each state, a column for each figure?", "How is a table of the Census Bureau joined?",
    "What do the states add up to?", "How is a published release loaded over HTTP?",
])  # fmt: skip
def test_an_answer_is_what_the_raw_sheets_say(answers, release, question):
    found = expected(release)[question]
    assert found
    assert answers[question, "sql"][1] == [tuple(map(plain_value, row)) for row in found]


def test_answers_of_another_release_would_be_found(release, two_years):
    """The release before lacks a sheet and a revision: what the raw sheets say is not its answer."""
    before = (two_years / "releases/latest").resolve()
    same = [
        question
        for question, rows in expected(release).items()
        if plain(sql_rows(before, TITLES[question].blocks["sql"], ""))[1]
        == [tuple(map(plain_value, row)) for row in rows]
    ]
    assert set(same) <= OF_2023


def test_the_sentence_behind_a_figure_stands_in_the_raw_sheet(answers, second_release):
    ((quote, file, start, end),) = answers["Which sentence is behind a figure?", "sql"][1]
    text = (second_release.parent / "raw" / file).read_text(encoding="utf-8")
    assert text[int(start) : int(end)] == "871"
    assert quote in text
    assert "871" in quote


def test_what_is_missing_is_what_no_raw_sheet_prints_or_what_is_quarantined(answers):
    rows = answers["What is missing, and why?", "sql"][1]
    assert [row[:4] for row in rows] == expected_missing()
    assert all("does not mean zero" in row[4] for row in rows if row[3] == "absent_from_sheet")
    assert all(
        "quarantined" in row[4].lower() or "Withheld" in row[4]
        for row in rows
        if row[3] == "quarantined"
    )


def test_a_series_says_where_it_breaks(answers):
    (_, first, before), (_, second, after) = answers[
        "Can the years of a national series be compared?", "sql"
    ][1]
    assert (first, second) == ("36.2 million", "20.5 million")
    assert "bundled" in after
    assert "bundled" not in before


def test_what_changed_is_what_was_done_to_the_raw_sheets(answers):
    rows = answers["What changed since the release before?", "sql"][1]
    assert [row[:4] for row in rows] == expected_changes()
    assert all(row[4] for row in rows)


def test_a_citation_names_wording_and_sheet(answers):
    ((citation,),) = answers["How is a figure cited?", "sql"][1]
    assert f'{title(CASES)}, Missouri, 2023: "871". ' in citation
    assert "fact sheet 2023/US-MO.txt; " in citation


def test_a_program_has_its_figures_of_nation_and_states(answers):
    rows = answers["Which figures are of one program?", "sql"][1]
    assert [row[:3] for row in rows] == expected_program()


def test_the_check_that_failed_is_the_sum_that_does_not_hold(answers):
    (row,) = answers["Which checks failed?", "sql"][1]
    assert row[:3] == ("parts_sum_to_totals", "error", "2024/US-IA.txt")
    assert "133 + 45 + 21 = 199, stated 200" in row[3]


# The document


def test_the_documents_answers_are_those_of_the_sheets_in_raw(built_release):
    assert with_answers(DOCUMENT, built_release) == DOCUMENT, "run `make cookbook`"


def test_another_release_has_other_answers_and_a_typed_one_is_replaced(release, built_release):
    other = with_answers(DOCUMENT, release)
    assert "| more than 9,000 |" in other
    assert "| more than 9,000 |" not in DOCUMENT
    typed = DOCUMENT.replace("| Kentucky | 8,597 |", "| Kentucky | 8,598 |")
    assert typed != DOCUMENT
    assert with_answers(typed, built_release) == with_answers(other, built_release) == DOCUMENT


def test_no_number_of_a_sheet_is_typed_in_the_words_around_the_answers():
    for section in (BEGIN, *QUESTIONS):
        words = re.sub(r"```.*?```", "", section.text, flags=re.DOTALL)
        typed = re.findall(
            r"\d[\d,.]*\d|\d", words.replace('"more than 9,000"', "").replace('"01"', "")
        )
        assert typed == [], section.title


def test_the_notebook_is_the_document():
    assert NOTEBOOK.read_text(encoding="utf-8") == notebook(DOCUMENT), "run `make cookbook`"


@pytest.mark.slow
def test_the_notebook_runs_from_its_first_cell_to_its_last(release, served, monkeypatch):
    monkeypatch.chdir(release)
    book = json.loads(notebook(DOCUMENT))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    code = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    assert len(code) == 1 + 2 + 3 * len(QUESTIONS)
    names: dict[str, Any] = {}
    for cell in code:
        if "http://" in cell and "database.sql" in cell:
            continue  # DuckDB fetches its extension for HTTP from the network
        exec(cell.replace("http://127.0.0.1:8000/", served[0]), names)  # noqa: S102
    assert len(names["answer"]) == 1


# The published folder behind a web server


@pytest.mark.parametrize(
    "path",
    ["", "latest/", "latest/index.html", "index.json", "feed.xml", "2026.11.1/", "2026.12.1/"],
)
def test_what_leads_to_the_releases_is_answered(served, path):
    answer = requests.get(served[0] + path, timeout=30)
    assert (answer.status_code, bool(answer.content)) == (200, True)


def test_what_nobody_published_is_not_found(served):
    assert requests.get(f"{served[0]}2026.10.1/", timeout=30).status_code == 404


def test_pages_lead_nowhere_that_does_not_answer(served):
    for page in ("", "latest/"):
        text = requests.get(served[0] + page, timeout=30).text
        links = {link for link in re.findall(r'href="([^"#]+)', text) if ":" not in link}
        assert links
        for link in links:
            assert requests.get(f"{served[0]}{page}{link}", timeout=30).status_code == 200, link
        loaded = re.findall(r'(?:src="|@import |url\()([^")]+)', text)
        assert [each for each in loaded if "://" in each] == []
