"""`docs/cookbook.ipynb` by nbclient: a kernel runs it, and what it shows is what the document says."""

from __future__ import annotations

import inspect
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import html5lib
import pytest

from pipeline.release.publish import publish
from pipeline.site.server import open_server
from tests.cookbook import ADDRESS, NOTEBOOK, DatedHTTP

pytestmark = pytest.mark.foreign

RUN = """
import sys
import nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=60, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
nbformat.write(book, sys.argv[1])
"""
# Tables in full, and what DuckDB's extension for HTTP would do, which comes from the network.
PREPARE = f"""
import pandas as pd, polars as pl, fsspec
from typing import Any
from fsspec.implementations.http import HTTPFileSystem
SOURCE = "/"
{inspect.getsource(DatedHTTP)}
database.register_filesystem(DatedHTTP(skip_instance_cache=True))
pd.set_option("display.max_colwidth", None, "display.precision", 12, "display.max_rows", 100)
pl.Config(tbl_rows=100, fmt_str_lengths=10_000, tbl_hide_column_data_types=True)
"""

Table = list[list[str]]


@pytest.fixture(scope="module")
def published(four_sheets, tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """The address of the newest release of the four sheets behind a web server, and its folder."""
    outcome, warehouse = four_sheets
    target = tmp_path_factory.mktemp("published") / "public"
    publish(outcome.release, str(target), listing=warehouse / "releases")
    with open_server(target, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/latest/", outcome.release
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def execute(run, published, tmp_path_factory) -> Callable[[Callable[[str], str]], list[Any]]:
    """The notebook's own cells as a kernel leaves them, after an edit of its text; [] if one fails."""
    address, release = published

    def execute_notebook(edit: Callable[[str], str]) -> list[Any]:
        folder = tmp_path_factory.mktemp("notebook")
        book = json.loads(edit(NOTEBOOK.read_text(encoding="utf-8")).replace(ADDRESS, address))
        opening = next(n for n, cell in enumerate(book["cells"]) if cell["cell_type"] == "code")
        prepare = {**book["cells"][opening], "id": "prepare", "source": PREPARE}
        book["cells"].insert(opening + 1, prepare)
        path = folder / "cookbook.ipynb"
        path.write_text(json.dumps(book), encoding="utf-8")
        done = run("nbclient", "python", "-c", RUN, path, release, folder=folder)
        if done.returncode:
            return [done.stderr.strip().splitlines()[-1]]
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [cell for cell in cells if cell["id"] != "prepare"]

    return execute_notebook


def plain(cell: str) -> str:
    """A cell of any table as one text: numbers as they are computed with, no value as none."""
    cell = cell.strip().removeprefix('"').removesuffix('"').replace("\\|", "|")
    if cell in ("None", "null", "NaN", "nan", "NaT", "<NA>"):
        return ""
    return f"{float(cell):.9g}" if re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", cell) else cell


def shown(cell: Any) -> Table:
    """The table that a cell shows, without the numbers of its rows."""
    (data,) = [output["data"] for output in cell["outputs"] if "data" in output]
    page = html5lib.parse("".join(data["text/html"]), namespaceHTMLElements=False)
    index = (
        "dataframe" in page.find(".//table").get("class")
        and page.find(".//tbody/tr/th") is not None
    )
    rows = [
        ["".join(each.itertext()) for each in row if each.tag in ("th", "td")]
        for row in page.iter("tr")
    ]
    return [[plain(each) for each in row[index:]] for row in rows]


def answers(cells: list[Any]) -> list[tuple[Table, int, list[Table]]]:
    """By question: the table printed in the document, how many rows it leaves out, the tables shown."""
    found: list[tuple[Table, int, list[Table]]] = []
    tables: list[Table] = []
    for cell in cells:
        if cell["cell_type"] == "code":
            tables += [shown(cell)] if any("data" in output for output in cell["outputs"]) else []
            continue
        text = "".join(cell["source"])
        lines = re.findall(r"(?m)^\| (.*) \|$", text)
        if lines or "The release has no such row." in text:
            printed = [
                [plain(each) for each in re.split(r" \| ", line)]
                for line in lines
                if set(line) - set("-| ")
            ]
            more = re.search(r"(?m)^(\d+) more rows?\.$", text)
            found.append((printed, int(more[1]) if more else 0, tables))
            tables = []
    return found


def differences(cells: list[Any]) -> list[object]:
    """What a cell shows otherwise than the document prints."""
    found: list[object] = []
    for printed, more, tables in answers(cells):
        assert len(tables) == 3, printed
        for table in tables:
            head, *rows = table
            expected = printed or [head]
            if [head, *rows[: len(expected) - 1]] != expected or len(rows) != len(
                expected
            ) - 1 + more:
                found.append((expected, more, table))
    return found


@pytest.fixture(scope="module")
def cells(execute) -> list[Any]:
    return execute(lambda text: text)


def test_the_notebook_runs_and_shows_the_documents_answers_in_every_engine(cells):
    assert len(cells) > 15
    assert len(answers(cells)) == 15
    assert differences(cells) == []


def test_an_answer_that_is_typed_is_found(cells):
    for said, instead in (("| 8,597 |", "| 8,598 |"), ("| 189.9405 |", "| 189.9406 |")):
        typed = json.loads(json.dumps(cells).replace(said, instead))
        assert typed != cells, said
        assert differences(typed) != [], said


FAULTS = {
    "another question in SQL": (
        "where year = 2023 and metric = 'cyber",
        "where year = 2022 and metric = 'cyber",
    ),
    "another number in pandas": ('"best": [1 + (low', '"best": [2 + (low'),
    "another number in polars": ("best=pl.Series([1 +", "best=pl.Series([2 +"),
}


def test_a_block_that_finds_something_else_is_found(execute):
    def edit(text: str) -> str:
        for said, instead in FAULTS.values():
            assert json.dumps(said)[1:-1] in text
            text = text.replace(json.dumps(said)[1:-1], json.dumps(instead)[1:-1], 1)
        return text

    assert len(differences(execute(edit))) == len(FAULTS)


def test_a_cell_that_fails_is_found(execute):
    (said,) = execute(lambda text: text.replace("data/figures.parquet", "data/figure.parquet"))
    assert "data/figure.parquet" in said
