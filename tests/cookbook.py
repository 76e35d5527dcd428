"""The cookbook's blocks, run by engine; run as a program, its answers and its notebook renewed.

`pipeline/site/cookbook.md` is the one source of words and blocks. What stands between `<!-- answer -->` and
`<!-- end -->` below each question is what the question's SQL finds on a release of `raw/`, and
`docs/cookbook.ipynb` is the same document cell by cell: `python -m tests.cookbook`.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import fsspec
from fsspec.implementations.http import HTTPFileSystem

from pipeline.build import build
from pipeline.release.api import plain
from pipeline.site.cookbook import ANSWER, BLOCK, SHOWN_ROWS, SOURCE, sections
from pipeline.storage.names import WAREHOUSE_FILE
from tests.building import PROJECT, RAW, VERSION

NOTEBOOK = PROJECT / "docs/cookbook.ipynb"
ADDRESS = "http://127.0.0.1:8000/latest/"
"""Where the document has a published copy."""
PYTHON = ("pandas", "polars")


Rows = list[tuple[Any, ...]]


class DatedHTTP(HTTPFileSystem):  # type: ignore[misc]
    """Files over HTTP as DuckDB wants them of Python: with a date, which the server need not know."""

    def modified(self, path: str) -> Any:
        return fsspec.filesystem("file").modified(str(SOURCE))


def sql_rows(release: Path, query: str, address: str) -> tuple[list[str], Rows]:
    """Columns and rows that a SQL block finds in the folder of a release.

    DuckDB's own extension for HTTP is not in its wheel; fsspec fetches in its place.
    """
    with (
        contextlib.chdir(release),
        duckdb.connect(WAREHOUSE_FILE, read_only=True) as connection,
    ):
        if address.startswith("http"):
            connection.register_filesystem(DatedHTTP(skip_instance_cache=True))
        found = connection.execute(query.replace(ADDRESS, address))
        return [column[0] for column in found.description or ()], found.fetchall()


def python_rows(names: dict[str, Any], code: str, address: str) -> tuple[list[str], Rows]:
    """Columns and rows that a block of pandas or polars leaves in `answer`."""
    names.pop("answer", None)
    exec(code.replace(ADDRESS, address), names)  # noqa: S102  # the document's own blocks
    answer = names["answer"]
    if hasattr(answer, "rows"):
        return answer.columns, answer.rows()
    return [*answer.columns], [*answer.astype(object).itertuples(index=False, name=None)]


def with_answers(document: str, release: Path) -> str:
    """The document with every answer as its SQL finds it in a release."""
    written = ANSWER.sub("", document)
    for section in sections(document)[1:]:
        answer = _table(*sql_rows(release, section.blocks["sql"], ""))
        block = f"```r\n{section.blocks['r']}```\n"
        written = written.replace(block, f"{block}\n<!-- answer -->\n{answer}<!-- end -->\n")
    return written


def _table(columns: list[str], rows: Rows) -> str:
    if not rows:
        return "The release has no such row.\n"
    lines = [
        columns,
        ["---"] * len(columns),
        *([_cell(v) for v in row] for row in rows[:SHOWN_ROWS]),
    ]
    more = len(rows) - SHOWN_ROWS
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{table}\n{more} more row{'s' if more > 1 else ''}.\n" if more > 0 else table


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return str(plain(value))
    return str(value).replace("|", "\\|")


def notebook(document: str) -> str:
    """The document as a notebook of Python: SQL runs through DuckDB, R stands as text."""
    cells: list[dict[str, Any]] = [
        _code(
            "import duckdb\n\n# Start the notebook in the folder of a release, or go there with os.chdir.\n"
            f'database = duckdb.connect("{WAREHOUSE_FILE}", read_only=True)'
        )
    ]
    place = 0
    for block in BLOCK.finditer(document):
        language, code = block.groups()
        if language == "r":
            continue
        cells += _markdown(document[place : block.start()])
        cells.append(_code(code if language == "python" else f'database.sql("""\n{code}""").df()'))
        if language == "python" and "answer = " in code:
            cells[-1]["source"][-1] += "\nanswer" if not code.endswith("\n") else "answer"
        place = block.end()
    cells += _markdown(document[place:])
    first = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "markdown")
    cells.insert(0, cells.pop(first))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    made = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _code(code: str) -> dict[str, Any]:
    lines = code.splitlines(keepends=True)
    return {"cell_type": "code", "id": "", "execution_count": None, "metadata": {}, "outputs": [], "source": lines}  # fmt: skip


def _markdown(text: str) -> Iterator[dict[str, Any]]:
    text = text.replace("<!-- answer -->\n", "").replace("<!-- end -->\n", "").strip()
    if text:
        yield {"cell_type": "markdown", "id": "", "metadata": {}, "source": text.splitlines(keepends=True)}  # fmt: skip


def renew(release: Path) -> None:
    """Write answers and notebook anew."""
    document = with_answers(SOURCE.read_text(encoding="utf-8"), release)
    SOURCE.write_text(document, encoding="utf-8")
    NOTEBOOK.write_text(notebook(document), encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        made = build(RAW, Path(folder) / "warehouse", version=VERSION)
        renew(made.release)
