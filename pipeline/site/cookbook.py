"""The cookbook: questions to a release in several languages, with the answers of the release at hand.

Reads ``cookbook.md`` beside this module, which the tests run block by block, and a release's
database. What stands there as an answer is of the sheets in ``raw/``, and is left out here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb
from markdown_it import MarkdownIt
from markupsafe import Markup

from pipeline.release.api import plain
from pipeline.storage.names import WAREHOUSE_FILE

SOURCE = Path(__file__).parent / "cookbook.md"
ENGINES = {"sql": "SQL (DuckDB)", "pandas": "pandas", "polars": "polars", "r": "R"}
"""The engines that it asks, as a page names them."""
SHOWN_ROWS = 8
BLOCK = re.compile(r"```(sql|python|r)\n(.*?)```\n", re.DOTALL)
ANSWER = re.compile(r"\n<!-- answer -->\n.*?<!-- end -->\n", re.DOTALL)
_LINK = re.compile(r"\[([^]]+)\]\([^):]+\)")
_OF = re.compile(r"<!-- dataset: (\S+) -->")


@dataclass(frozen=True)
class Section:
    """A heading with its blocks by engine: the first one sets up, each other is a question."""

    title: str
    text: str
    blocks: dict[str, str]


@dataclass(frozen=True)
class Recipe:
    """A section as a page shows it; ``rows`` are of the release, None where there is no answer."""

    title: str
    words: Markup
    blocks: dict[str, str]
    columns: list[str]
    rows: list[list[str]] | None


def sections(document: str) -> list[Section]:
    """The sections of the document, without their answers."""
    found = []
    for part in re.split(r"(?m)^(?=## )", ANSWER.sub("", document))[1:]:
        blocks: dict[str, str] = {}
        for language, code in BLOCK.findall(part):
            engine = (
                code.partition("\n")[0].removeprefix("# ") if language == "python" else language
            )
            assert engine in ENGINES, f"a block is of none of {[*ENGINES]}: {code[:60]!r}"
            assert engine not in blocks, f"{engine} stands twice below {part[:60]!r}"
            blocks[engine] = code
        found.append(Section(part.partition("\n")[0].removeprefix("## "), part, blocks))
    return found


def recipes(release: Path, dataset: str) -> list[Recipe]:
    """Every section with the release's own answer; none if the cookbook is of another dataset."""
    document = SOURCE.read_text(encoding="utf-8")
    of = _OF.match(document)
    if of is None or of[1] != dataset:
        return []
    with duckdb.connect(str(release / WAREHOUSE_FILE), read_only=True) as connection:
        connection.execute("set threads = 1")
        connection.execute("set file_search_path = ?", [str(release)])
        return [_recipe(section, connection) for section in sections(document)]


def _recipe(section: Section, connection: duckdb.DuckDBPyConnection) -> Recipe:
    prose = BLOCK.sub("", section.text.partition("\n")[2])
    words = Markup(MarkdownIt().render(_LINK.sub(r"\1", prose)))  # noqa: S704  # our own document
    query = section.blocks.get("sql")
    if query is None or "http://" in query:
        return Recipe(section.title, words, section.blocks, [], None)
    try:
        found = connection.execute(query)
        columns = [column[0] for column in found.description or ()]
        rows = [["" if v is None else str(plain(v)) for v in row] for row in found.fetchall()]
    except duckdb.IOException:  # a file of a place that this release does not have
        columns, rows = [], []
    return Recipe(section.title, words, section.blocks, columns, rows)
