"""The documents say what the program does: commands, queries, links and columns."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from typer.main import get_command

from pipeline.cli.app import app
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.schema import PUBLISHED

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
