"""What a reader downloads: every file shows a figure as printed, with what must not be misread."""

from __future__ import annotations

import csv
import json
import re
import shutil
from decimal import Decimal

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pytest
import yaml

from pipeline.release import metadata, pages
from pipeline.release.api import figure_citation, plain, write_api
from pipeline.release.content import LARGEST_IN_ONE_FILE, NO_CONTACT
from pipeline.release.dictionary import dictionary
from pipeline.release.metadata import NO_DOI, write_metadata
from pipeline.release.pages import read_me_first, write_pages
from pipeline.release.workbook import CUT, LONGEST_CELL, fitting, write_workbook
from pipeline.storage.names import WAREHOUSE_FILE, WORKBOOK
from pipeline.tables.figures import FIGURES
from pipeline.tables.schema import PUBLISHED
from tests.building import ask
from tests.describing import content_of
from tests.readers import BOUND, CEILING, NONE, SHEETS

OHIO = {
    "cybertipline_reports_to_law_enforcement": BOUND,
    "trafficking_engagements": CEILING,
    "faon_connections": NONE,
}
"""Figures of 2023 whose wording says more than their number."""


@pytest.fixture(scope="module")
def release(two_years):
    return two_years / "releases/latest"


@pytest.fixture(scope="module")
def content(release):
    return content_of(release.resolve())


def figures_of(path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["figures"]


def sheet_rows(path, name: str) -> list[dict]:
    heads, *rows = openpyxl.load_workbook(path)[name].iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


# As printed in every file


def as_csv(release) -> list[dict]:
    with (release / "data/figures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CHANNELS = {
    "csv": as_csv,
    "parquet": lambda release: pl.read_parquet(release / "data/figures.parquet").to_dicts(),
    "workbook": lambda release: sheet_rows(release / WORKBOOK, "figures"),
    "all figures": lambda release: figures_of(release / "api/figures.json"),
    "state": lambda release: figures_of(release / "api/state/US-OH.json"),
    "metric": lambda release: [
        one for metric in OHIO for one in figures_of(release / f"api/metric/{metric}.json")
    ],
}


def wordings(rows: list[dict]) -> dict[str, str]:
    """What a channel shows of Ohio's figures of 2023."""
    return {
        row["metric"]: row["printed"]
        for row in rows
        if (str(row["year"]), row["jurisdiction"]) == ("2023", "US-OH") and row["metric"] in OHIO
    }


@pytest.mark.parametrize("channel", CHANNELS)
def test_wordings_stand_as_printed_in_one_cell_or_object_of_every_file(release, channel):
    assert wordings(CHANNELS[channel](release)) == OHIO


# The JSON


def test_every_object_is_its_row_of_figures_with_a_citation(release):
    columns = list(FIGURES.columns)
    rows = ask(
        release, f"select {', '.join(columns)} from figures order by year, jurisdiction, metric"
    )
    objects = figures_of(release / "api/figures.json")
    assert [{**one, "citation": None} for one in objects] == [
        {**{name: plain(value) for name, value in zip(columns, row, strict=True)}, "citation": None}
        for row in rows
    ]
    assert all(one["citation"] for one in objects)


@pytest.mark.parametrize(("folder", "key"), [("state", "jurisdiction"), ("metric", "metric")])
def test_the_files_by_place_and_by_metric_are_the_whole(release, folder, key):
    whole = figures_of(release / "api/figures.json")
    files = sorted((release / "api" / folder).glob("*.json"))
    assert {path.stem for path in files} == {one[key] for one in whole}
    for path in files:
        assert figures_of(path) == [one for one in whole if one[key] == path.stem]


def test_numbers_are_plain_in_json(release):
    text = (release / "api/state/US-OH.json").read_text(encoding="utf-8")
    assert '"value": 9000, "printed": "more than 9,000"' in text
    assert not re.search(r": \d+\.0[,}]", text)
    assert plain(Decimal("18.5000")) == 18.5
    assert plain(Decimal("19.0000")) == 19


def test_a_large_release_has_its_json_by_year_and_says_so(content, tmp_path):
    rows = content.tables.rows(FIGURES.name)
    write_api(content, tmp_path, largest=rows - 1)
    said = json.loads((tmp_path / "api/figures.json").read_text(encoding="utf-8"))
    assert "figures" not in said
    assert said["note"] == f"There are more than {rows - 1:,} figures, so there is one file a year."
    by_year = [one for name in said["by_year"] for one in figures_of(tmp_path / "api" / name)]
    write_api(content, tmp_path / "whole", largest=rows)
    assert by_year == figures_of(tmp_path / "whole/api/figures.json")
    assert not (tmp_path / "whole/api/year").exists()
    assert LARGEST_IN_ONE_FILE == 100_000


def test_a_citation_says_what_is_printed_where_and_whose_compilation_it_is(release):
    (one,) = [
        o
        for o in figures_of(release / "api/state/US-OH.json")
        if (o["year"], o["metric"]) == (2023, "cybertipline_reports_to_law_enforcement")
    ]
    for words in (
        "Ohio, 2023",
        f'"{BOUND}"',
        "fact sheet 2023/US-OH.txt",
        "not NCMEC's own dataset",
    ):
        assert words in one["citation"]


def test_a_citation_of_an_absent_figure_says_that_there_is_none(release):
    (one,) = [
        o
        for o in figures_of(release / "api/state/US-KY.json")
        if o["metric"] == "team_adam_cases_assisted"
    ]
    assert "no figure published (absent_from_sheet)" in one["citation"]


def test_a_citation_of_a_corrected_figure_names_both(release):
    (one, *_) = figures_of(release / "api/state/US-OH.json")
    row = {**one, "status": "corrected", "value": Decimal("1022.0000"), "printed": "1,202"}
    assert '"1,202", corrected to 1,022.' in figure_citation(row, "2026.11.1")


# The workbook


def test_the_workbook_is_figures_cell_by_cell(release):
    rows = CHANNELS["workbook"](release)
    objects = figures_of(release / "api/figures.json")
    assert rows == [{name: one[name] for name in FIGURES.columns} for one in objects]


def test_codes_wordings_and_ids_are_text_and_numbers_are_numbers(release):
    rows = CHANNELS["workbook"](release)
    (iowa,) = {row["fips"] for row in rows if row["name"] == "Iowa"}
    assert iowa == "19"
    assert {row["fips"] for row in rows if row["scope"] == "nation"} == {"00"}
    assert all(isinstance(row["printed"], str | None) for row in rows)
    assert all(isinstance(row["value"], int | float | None) for row in rows)
    assert {type(row["small_count"]) for row in rows} == {bool, type(None)}


def test_the_workbook_begins_with_what_to_know_and_ends_with_the_dictionary(release, content):
    book = openpyxl.load_workbook(release / WORKBOOK)
    assert book.sheetnames == ["Read me first", "figures", "dictionary"]
    lines = [row[0] for row in book["Read me first"].iter_rows(values_only=True)]
    assert lines == [line or None for line in read_me_first(content)]
    assert any("Iowa, Kentucky, Missouri, Ohio" in line for line in lines if line)
    assert any("never zero" in line for line in lines if line)
    described = sheet_rows(release / WORKBOOK, "dictionary")
    assert [tuple(row.values()) for row in described] == [
        tuple(row) for row in dictionary(content.catalog, release / WAREHOUSE_FILE)
    ]


def test_the_workbook_has_the_same_bytes_again_and_no_clock(content, release, tmp_path):
    again = dictionary(content.catalog, content.database)
    assert write_workbook(content, read_me_first(content), again, tmp_path)
    assert (tmp_path / WORKBOOK).read_bytes() == (release / WORKBOOK).read_bytes()
    properties = openpyxl.load_workbook(release / WORKBOOK).properties
    assert properties.created.isoformat() == "2026-11-01T00:00:00"
    assert properties.modified == properties.created


def test_a_large_release_has_no_workbook_and_says_so(content, tmp_path):
    assert not write_workbook(
        content, [], [], tmp_path, largest=content.tables.rows(FIGURES.name) - 1
    )
    assert not (tmp_path / WORKBOOK).exists()
    write_pages(content, tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "more than 100,000 figures, so there is no workbook" in text
    assert WORKBOOK not in text


def test_a_text_that_no_cell_holds_says_that_it_is_cut():
    assert fitting("x" * LONGEST_CELL) == "x" * LONGEST_CELL
    cut = fitting("\U0001f600" * LONGEST_CELL)
    assert cut.endswith(CUT)
    assert LONGEST_CELL - 1 <= len(cut.encode("utf-16-le")) // 2 <= LONGEST_CELL


# The guides


def test_the_readme_begins_with_places_years_and_the_first_figures(release):
    text = (release / "README.md").read_text(encoding="utf-8")
    _, _, body = text.split("---\n", 2)
    before_loading = body.partition("## Load it")[0]
    assert "| 2023 | Iowa, Kentucky, Missouri, Ohio |" in before_loading
    assert "| 2024 | Kentucky, Ohio |" in before_loading  # Iowa's sheet is quarantined
    assert (
        "| 2023 | United States | Pieces of content in CyberTipline reports | more than 105 million |"
        in before_loading
    )
    published, absent = ask(
        release, "select count(observation_id), count(*) - count(observation_id) from figures"
    )[0]
    assert (
        f"{published} figures are published and {absent} are absent or withheld" in before_loading
    )


def test_the_front_matter_names_every_table_that_has_rows_and_no_other(release):
    _, front, _ = (release / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    said = yaml.safe_load(front)
    filled = [
        table.name for table in PUBLISHED if ask(release, f"select 1 from {table.name} limit 1")
    ]
    assert [config["config_name"] for config in said["configs"]] == filled
    assert said["configs"][0] == {
        "config_name": "figures",
        "default": True,
        "data_files": "data/figures.parquet",
    }
    assert all((release / config["data_files"]).exists() for config in said["configs"])
    assert "corrections" not in filled


def test_the_landing_page_links_places_and_metrics_by_name(release):
    page = (release / "index.html").read_text(encoding="utf-8")
    assert '<a href="api/state/US-OH.json">Ohio</a>' in page
    assert '<a href="api/metric/missing_child_cases.json">Missing child cases</a>' in page


def snippets(release, language: str) -> list[str]:
    text = (release / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize(
    "words", ["pd.read_parquet", "pl.read_parquet", "pd.read_csv", "pl.read_csv"]
)
def test_the_readmes_python_keeps_codes_and_wordings(release, monkeypatch, words):
    monkeypatch.chdir(release)
    (snippet,) = [one for one in snippets(release, "python") if words in one]
    names: dict = {}
    exec(snippet, names)  # noqa: S102  # the release's own words
    figures = names["figures"]
    rows = figures.to_dicts() if isinstance(figures, pl.DataFrame) else figures.to_dict("records")
    assert len(rows) == len(ask(release, "select 1 from figures"))
    assert "00" in {row["fips"] for row in rows}
    assert {BOUND, CEILING, NONE, "8,597"} <= {
        row["printed"] for row in rows if isinstance(row["printed"], str)
    }


def test_without_those_words_a_reader_loses_the_code(release):
    assert "00" not in set(pd.read_csv(release / "data/figures.csv")["fips"])


def test_the_readmes_sql_keeps_codes_and_wordings(release, monkeypatch):
    monkeypatch.chdir(release)
    attached, read = snippets(release, "sql")
    with duckdb.connect() as connection:
        for statement in filter(str.strip, attached.split(";")):
            found = connection.execute(statement).fetchall()
        assert found
        rows = connection.execute(
            f"select fips, printed from ({read.strip().rstrip(';')})"
        ).fetchall()
    assert {("00", "36.2 million"), ("39", BOUND)} <= set(rows)


def test_csv_files_have_no_byte_order_mark(release):
    assert (release / "data/figures.csv").read_bytes().startswith(b"year,jurisdiction,name,fips,")


def test_the_queries_for_machines_have_answers(built_release):
    text = (built_release / "llms.txt").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    queries = [query for query in block.split(";") if query.strip()]
    assert len(queries) == 5
    assert all(ask(built_release, query) for query in queries)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (built_release / target).exists(), target


def test_the_dictionary_describes_every_column_of_every_table_and_view(release):
    with (release / "data_dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(row["table"], row["column"]) for row in rows}
    assert found == set(
        ask(release, "select table_name, column_name from duckdb_columns() where not internal")
    )
    assert all(row["meaning"] and row["type"] for row in rows)
    assert rows[0]["table"] == "figures"
    assert {row["kind"] for row in rows} == {"table", "view"}


# What is not known is not invented


def test_without_a_doi_and_an_address_the_documents_say_who_sets_them(release):
    said = json.loads((release / "datacite.json").read_text(encoding="utf-8"))
    assert "doi" not in said
    assert said["descriptions"][-1]["description"] == f"{NO_DOI} {NO_CONTACT}"
    for name in ("README.md", "DATASHEET.md", "index.html", "llms.txt"):
        assert NO_CONTACT in (release / name).read_text(encoding="utf-8"), name


def test_a_doi_and_an_address_stand_in_every_document_once_set(
    content, release, tmp_path, monkeypatch
):
    address, doi = "https://example.org/errors", "10.1234/example"
    for module in (metadata, pages):
        monkeypatch.setattr(module, "CONTACT", address)
        monkeypatch.setattr(module, "DOI", doi)
    folder = shutil.copytree(release.resolve(), tmp_path / "release")
    write_metadata(content, folder)
    said = json.loads((folder / "datacite.json").read_text(encoding="utf-8"))
    assert said["doi"] == doi
    assert address in said["descriptions"][-1]["description"]
    for name in ("README.md", "DATASHEET.md", "index.html", "llms.txt"):
        text = (folder / name).read_text(encoding="utf-8")
        assert address in text, name
        assert NO_CONTACT not in text, name
    assert any(address in line for line in read_me_first(content))


def test_places_with_a_sheet_are_those_of_the_fixture(release):
    assert {
        (year, place)
        for year, place in ask(
            release,
            "select distinct year, jurisdiction from figures where scope = 'state' and observation_id is not null",
        )
    } == set(SHEETS)
