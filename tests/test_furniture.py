"""What surrounds the code says the same as the code: hooks, hosted checks, forms, guides."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.building import PROJECT

PAGES = ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("name", PAGES)
def test_links_paths_and_targets_of_a_page_exist(name):
    text = read(name)
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (PROJECT / target).exists(), target
    for path in re.findall(r"`((?:pipeline|docs|raw|tests)/[\w./-]+)`", text):
        assert (PROJECT / path).exists(), path
    for target in re.findall(r"`make ([a-z]+)\b", text):
        assert target in targets(), target


def test_the_hosted_check_runs_what_everybody_runs():
    jobs = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert commands == [".ci/run"]
    assert "secrets" not in read(".github/workflows/ci.yml").replace("No secrets", "")
    (project,) = re.findall(r'requires-python = ">=([\d.]+)"', read("pyproject.toml"))
    assert project in jobs["run"]["strategy"]["matrix"]["python"]


def test_the_hook_is_make_check_and_nothing_else():
    (repository,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    (hook,) = repository["hooks"]
    assert (repository["repo"], hook["language"], hook["entry"]) == (
        "local",
        "system",
        "make check",
    )


@pytest.mark.parametrize("name", ["data-error.yml", "wording.yml"])
def test_a_form_asks_for_what_is_needed_to_settle_it(name):
    form = yaml.safe_load(read(f".github/ISSUE_TEMPLATE/{name}"))
    assert {"name", "description", "body"} <= set(form)
    ids = [field["id"] for field in form["body"]]
    assert len(set(ids)) == len(ids)
    assert all(field["type"] in ("input", "textarea") for field in form["body"])
    assert any(field.get("validations", {}).get("required") for field in form["body"])
    assert all(field["attributes"]["label"] for field in form["body"])


def test_the_editor_keeps_to_the_line_length_of_the_linter():
    (length,) = re.findall(r"line-length = (\d+)", read("pyproject.toml"))
    assert f"max_line_length = {length}" in read(".editorconfig")
