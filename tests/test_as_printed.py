"""Every channel shows a wording in the cell or object of its figure; without it, each is found out.

Two whole releases are written: one as it is, one whose tables hold the bare numbers where the
wordings were. Each channel is asked for one figure, "more than 9,000", where a reader meets it.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import html5lib
import openpyxl
import pandas as pd
import polars as pl
import pytest

from pipeline.catalog.load import load_catalog
from pipeline.release.cite import cite
from pipeline.release.content import ReleaseContent
from pipeline.release.export import table_digests, write_release
from pipeline.release.released import released_tables
from pipeline.release.versions import read_release
from pipeline.site.dataset import read_dataset
from pipeline.site.pages import Settings, site
from pipeline.storage.names import WAREHOUSE_FILE, WORKBOOK
from pipeline.tables.figures import FIGURES
from pipeline.tables.schema import STATEMENTS
from pipeline.warehouse.load import write_database
from tests.building import VERSION, ask
from tests.readers import BOUND
from tests.site.reading import parsed, with_class, with_id, words_of
from tests.tables import frame_of, replaced

YEAR, PLACE, METRIC = 2023, "US-OH", "cybertipline_reports_to_law_enforcement"
TITLE = "CyberTipline reports made available to law enforcement"
FIGURE = f"{YEAR}/{PLACE}/{METRIC}"


def bare(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with the number alone where the wording was."""
    digits = frame["value"].map(lambda value: f"{value:f}".partition(".")[0], na_action="ignore")
    return frame.assign(printed=digits.astype("string[pyarrow]"))


@pytest.fixture(scope="module")
def written(two_years, tmp_path_factory) -> Callable[[Path, bool], Path]:
    """Writes a release of the two years, with the wordings or without; Ohio is its first state."""
    made = released_tables((two_years / "releases/latest").resolve())

    def write(folder: Path, worded: bool) -> Path:
        figures, statements = (frame_of(made, table.name) for table in (FIGURES, STATEMENTS))
        shown = figures["jurisdiction"].isin([PLACE, "US"])
        figures = figures[shown & ((figures["scope"] == "nation") | (figures["metric"] == METRIC))]
        if not worded:
            figures, statements = bare(figures), bare(statements)
        files = tmp_path_factory.mktemp("tables")
        tables = replaced(made, files, {FIGURES: figures, STATEMENTS: statements})
        catalog = load_catalog()
        write_database(tables, catalog, files / WAREHOUSE_FILE)
        database, digests = files / WAREHOUSE_FILE, table_digests(tables)
        content = ReleaseContent(VERSION, tables, digests, database, catalog, None)
        folder.mkdir()
        write_release(content, folder)
        return folder

    return write


@pytest.fixture(scope="module")
def worded(written, tmp_path_factory) -> Path:
    return written(tmp_path_factory.mktemp("worded") / VERSION, True)


@pytest.fixture(scope="module")
def wordless(written, tmp_path_factory) -> Path:
    return written(tmp_path_factory.mktemp("wordless") / VERSION, False)


def of_rows(rows: list[dict]) -> list[str]:
    """What stands under `printed` in the row of the figure."""
    return [
        row["printed"]
        for row in rows
        if (str(row["year"]), row["jurisdiction"], row["metric"]) == (str(YEAR), PLACE, METRIC)
    ]


def of_view(name: str) -> Callable[[Path], list[str]]:
    """The cell of a view with a row a figure."""
    condition = f"year = {YEAR} and metric = '{METRIC}' and jurisdiction = '{PLACE}'"
    return lambda release: [
        row[0] for row in ask(release, f"select printed from {name} where {condition}")
    ]


def in_profile(release: Path) -> list[str]:
    query = f"select {METRIC} from state_profiles where (year, jurisdiction) = ({YEAR}, '{PLACE}')"
    return [row[0] for row in ask(release, query)]


def in_csv(release: Path) -> list[str]:
    with (release / "data/figures.csv").open(encoding="utf-8", newline="") as file:
        return of_rows([*csv.DictReader(file)])


def in_workbook(release: Path) -> list[str]:
    heads, *rows = openpyxl.load_workbook(release / WORKBOOK)["figures"].iter_rows(values_only=True)
    return of_rows([dict(zip(heads, row, strict=True)) for row in rows])


def in_json(name: str) -> Callable[[Path], list[str]]:
    return lambda release: of_rows(
        json.loads((release / "api" / name).read_text(encoding="utf-8"))["figures"]
    )


def in_citation_of_json(release: Path) -> list[str]:
    figures = json.loads((release / f"api/state/{PLACE}.json").read_text(encoding="utf-8"))[
        "figures"
    ]
    cited = [one["citation"] for one in figures if one["observation_id"] == FIGURE]
    return [words for text in cited for words in re.findall(r'Ohio, 2023: "([^"]+)"', text)]


def in_readme(release: Path) -> list[str]:
    text = (release / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"(?m)^\| {YEAR} \| Ohio \| {TITLE} \| (.*) \|$", text)


def in_page(release: Path) -> list[str]:
    page = html5lib.parse(
        (release / "index.html").read_text(encoding="utf-8"), namespaceHTMLElements=False
    )
    rows = [["".join(cell.itertext()) for cell in row.findall("td")] for row in page.iter("tr")]
    return [row[3] for row in rows if row[:3] == [str(YEAR), "Ohio", TITLE]]


def in_pages(release: Path) -> list[str]:
    """The figure on the page of its state, and on that of its metric."""
    pages = dict(site(read_dataset(read_release(release)), Settings()))
    places = {f"state/{PLACE}.html": f"{YEAR}-{METRIC}", f"metric/{METRIC}.html": f"{YEAR}-{PLACE}"}
    found = [with_id(parsed(pages[page]), anchor) for page, anchor in places.items()]
    shown = {words_of(each) for element in found for each in with_class(element, "printed")}
    return sorted(shown)


def in_citation(form: str, pattern: str) -> Callable[[Path], list[str]]:
    return lambda release: re.findall(pattern, cite(read_release(release), FIGURE, form))  # type: ignore[arg-type]


CHANNELS: dict[str, Callable[[Path], list[str]]] = {
    "database": of_view("figures"),
    "rankings": of_view("rankings"),
    "rates": of_view("rates"),
    "sheet_coverage": of_view("sheet_coverage"),
    "annotated_observations": of_view("annotated_observations"),
    "state_profiles": in_profile,
    "CSV": in_csv,
    "Parquet": lambda release: of_rows(
        pl.read_parquet(release / "data/figures.parquet").to_dicts()
    ),
    "workbook": in_workbook,
    "JSON of all": in_json("figures.json"),
    "JSON of the state": in_json(f"state/{PLACE}.json"),
    "JSON of the metric": in_json(f"metric/{METRIC}.json"),
    "citation in JSON": in_citation_of_json,
    "README": in_readme,
    "page": in_page,
    "pages of the site": in_pages,
    "cite, text": in_citation("text", r"Ohio, 2023: (.+?)\. Unit"),
    "cite, BibTeX": in_citation("bibtex", r"Ohio, 2023: (.+?)\}\}"),
    "cite, CSL-JSON": in_citation("csl-json", r'"title": ".*Ohio, 2023: (.+?)"'),
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_shows_the_wording_at_its_figure(worded, channel):
    assert CHANNELS[channel](worded) == [BOUND]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_without_the_wording_would_be_found(wordless, channel):
    assert CHANNELS[channel](wordless) == ["9000"]


def test_every_view_with_a_row_a_figure_shows_the_wording(worded):
    """A view that has a value and a metric has the wording too; its numbers alone would mislead."""
    with duckdb.connect(str(worded / WAREHOUSE_FILE), read_only=True) as connection:
        found = connection.execute(
            "select table_name, list(column_name) from duckdb_columns() where not internal and "
            "table_name in (select view_name from duckdb_views() where not internal) group by 1"
        ).fetchall()
    with_values = {name for name, columns in found if {"value", "metric"} <= set(columns)}
    assert len(with_values) >= 5
    assert {
        name for name, columns in found if name in with_values and "printed" not in columns
    } == set()
