"""The documents say what the program does: commands, queries, links and columns."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from typer.main import get_command

from pipeline.cli.app import app
from pipeline.release.content import SCHEMA_VERSION
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.schema import PUBLISHED
from tests.cookbook import SOURCE, sections

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def commands() -> set[str]:
    return set(get_command(app).commands)  # type: ignore[attr-defined]


def test_the_readme_lists_every_command_and_no_other():
    documented = set(re.findall(r"^\| `statedata ([a-z-]+)", README, re.MULTILINE))
    assert documented == commands()


def test_every_command_says_what_it_does():
    for name in commands():
        help_text = get_command(app).commands[name].help  # type: ignore[attr-defined]
        assert help_text, f"statedata {name} has no help"
        assert help_text[0].isupper(), name


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", README, re.DOTALL))
def test_the_readmes_queries_have_answers(query, built_warehouse):
    with duckdb.connect(str(built_warehouse / WAREHOUSE_FILE), read_only=True) as connection:
        statements = [part for part in query.split(";") if part.strip()]
        assert statements
        for statement in statements:
            assert connection.execute(statement).fetchall(), statement


def test_the_readme_names_figures_before_any_other_table():
    named = re.findall(r"`(\w+)`", README.partition("## Use the data")[2])
    tables = [name for name in named if name in {table.name for table in PUBLISHED}]
    assert tables[0] == PUBLISHED[0].name == "figures"


def test_the_readme_says_which_schema_changed_what(built_release, built_warehouse):
    (version,) = re.findall(r"\*\*Schema ([\d.]+)\*\* changed", README)
    assert version.partition(".")[0] == SCHEMA_VERSION.partition(".")[0]
    said = README.partition("**Schema")[2].partition("## Work on it")[0]
    with duckdb.connect(str(built_warehouse / WAREHOUSE_FILE), read_only=True) as connection:
        query = "select table_name, column_name from duckdb_columns() where not internal"
        columns = connection.execute(query).fetchall()
    tables = {table for table, _ in columns}
    old, new = set(), set()
    for before, now in re.findall(r"`(\w+\.\w+)` is\s+`(\w+\.\w+)`", said):
        old.add(tuple(before.split(".")))
        new.add(tuple(now.split(".")))
    assert len(new) == 2
    assert new <= set(columns)
    assert not old & set(columns)
    assert {"figures", "rankings", "state_profiles", "state_profiles_numeric"} <= tables
    for file in re.findall(r"`([\w.]+\.(?:csv|jsonl|json))`", said):
        assert (built_release / file).is_file(), file


def test_a_sheet_has_about_as_many_figures_as_the_readme_says(built_warehouse):
    assert "prose with about twenty figures" in " ".join(README.split())
    with duckdb.connect(str(built_warehouse / WAREHOUSE_FILE), read_only=True) as connection:
        counts = connection.execute("select figures from sheets").fetchall()
    assert {18 <= count <= 22 for (count,) in counts} == {True}


def test_the_cookbook_answers_as_many_questions_as_the_readme_says():
    assert "answers fifteen questions" in README
    assert len(sections(SOURCE.read_text(encoding="utf-8"))) - 1 == 15


@pytest.mark.parametrize("page", [*sorted(PROJECT.glob("docs/**/*.md")), PROJECT / "README.md"])
def test_links_and_paths_in_documents_exist(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
    for path in re.findall(r"`((?:pipeline|docs|raw|tests|deploy)/[\w./-]+)`", text):
        assert (PROJECT / path).exists(), f"{page.name} names {path}"


def test_every_decision_is_listed():
    listed = (PROJECT / "docs/decisions/README.md").read_text(encoding="utf-8")
    for page in PROJECT.glob("docs/decisions/0*.md"):
        assert f"({page.name})" in listed


def test_every_column_is_described_in_a_sentence():
    for table in PUBLISHED:
        assert table.description.endswith("."), table.name
        for name, column in table.columns.items():
            assert column.description.endswith((".", "]")), f"{table.name}.{name}"
