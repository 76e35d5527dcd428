"""A slip in the catalog is told in one line, with file, line and entry, wherever it is met."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from pipeline.build import BuildSteps
from pipeline.catalog.load import CatalogError, load_catalog
from pipeline.definitions import build_defs
from tests.building import RAW, invoke, statedata
from tests.catalogs import copy_catalog, edit
from tests.sheets_factory import render, write_sheet

UNIT = "metric cybertipline_reports_received / unit: Field required"


def line_of(folder, name, text):
    """The line, from 1, of the first line of a file that holds a text."""
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture
def folder(tmp_path):
    return copy_catalog(tmp_path / "catalog")


@pytest.fixture
def broken(folder):
    path = folder / "metrics.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("    unit: report\n", "", 1), encoding="utf-8"
    )
    return folder


@pytest.fixture
def places(raw, built_release, tmp_path):
    sheet = write_sheet(tmp_path / "sheet.txt", render("US-OH"))
    return {"raw": raw, "tmp": tmp_path, "sheet": sheet, "release": built_release}


@pytest.mark.parametrize(
    "command",
    [
        ["build", "--raw", "{raw}", "--warehouse", "{tmp}/warehouse"],
        ["explain", "{sheet}"],
        ["add", "--raw", "{raw}", "{sheet}"],
        ["watchlist", "--raw", "{raw}"],
        ["catalog", "check", "--raw", "{raw}"],
        ["verify", "{release}"],
        ["verify", "{release}", "--raw", "{raw}"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("by", ["option", "environment"])
def test_every_command_tells_of_it_in_one_line(command, by, broken, places, monkeypatch):
    given = [argument.format(**places) for argument in command]
    if by == "option":
        given += ["--catalog", str(broken)]
    else:
        monkeypatch.setenv("STATEDATA_CATALOG", str(broken))
    found = invoke(*given)
    assert found.returncode == 2
    assert found.stdout == ""
    line = line_of(broken, "metrics.yml", "- metric: cybertipline_reports_received")
    (said,) = [text for text in found.stderr.splitlines() if not text.startswith("{")]
    assert said.removeprefix("nothing released: ") == f"metrics.yml: {UNIT} (line {line})"


def test_the_option_ends_with_the_command(broken):
    assert invoke("explain", RAW / "2023/kentucky.txt", "--catalog", broken).returncode == 2
    assert invoke("explain", RAW / "2023/kentucky.txt").returncode == 0


def test_no_traceback_reaches_the_shell(broken):
    found = statedata(
        "explain", RAW / "2023/kentucky.txt", settings={"STATEDATA_CATALOG": str(broken)}
    )
    assert found.returncode == 2
    assert found.stderr.count("\n") == 1


def test_it_is_an_object_for_machines(broken):
    found = invoke("explain", RAW / "2023/kentucky.txt", "--catalog", broken, "--json")
    assert json.loads(found.stdout) == {"error": found.stderr.rstrip("\n")}


def test_a_folder_that_is_none_is_named(tmp_path):
    found = invoke("explain", RAW / "2023/kentucky.txt", "--catalog", tmp_path / "absent")
    assert (found.returncode, found.stderr) == (
        2,
        f"{tmp_path}/absent: no such folder; name that of a catalog\n",
    )


def test_the_sensor_says_it(broken, raw, warehouse, monkeypatch):
    monkeypatch.setenv("STATEDATA_CATALOG", str(broken))
    with dg.DagsterInstance.ephemeral() as instance:
        sensor = build_defs(steps=BuildSteps(raw, warehouse)).resolve_sensor_def(
            "raw_folder_sensor"
        )
        said = sensor(dg.build_sensor_context(instance=instance))
    assert isinstance(said, dg.SkipReason)
    assert UNIT in str(said.skip_message)


@pytest.mark.parametrize(
    ("name", "change", "words", "at"),
    [
        ("metrics.yml", ("    unit: report\n", "    unit: report\n    unit: file\n"), "the key unit stands twice", "unit: file"),
        ("metrics.yml", ("    unit: report\n", "    unit: 2023-13-45\n"), "not YAML: month must be in 1..12", None),
        ("metrics.yml", ("    unit: report\n", "    unit: [report\n"), "not YAML: line", None),
        ("metrics.yml", ("    unit: report\n", "    unit: 5\n"), "unit: Input should be a valid string", "unit: 5"),
        ("metrics.yml", ("bounds: [1000000, 500000000]", "bounds: [low, 5]"), "bounds / 0: Input should be a valid integer", "bounds: [low, 5]"),
        ("ignored.yml", ("- \"<in|during|throughout|for|calendar year> {year}", "- \"in {n}"), "rule reporting_year / patterns / 0", "in {n}"),
        ("ignored.yml", ("- rule: idiom", "- rule: page_number"), "the catalog: rule page_number stands twice", None),
        ("jurisdictions.csv", ("Ohio,state", "Ohio,county"), "jurisdiction US-OH / kind", "Ohio,county"),
        ("jurisdictions.csv", ("US-OH,", "US-KY,"), "jurisdiction US-KY stands twice", "Ohio"),
        ("jurisdictions.csv", (",Ohio,", ",Kentucky,"), "printed name kentucky stands twice", "US-OH"),
    ],
)  # fmt: skip
def test_file_line_and_entry_are_told(folder, name, change, words, at):
    old, new = change
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogError) as refused:
        load_catalog(folder)
    message = str(refused.value)
    assert words in message
    assert name in message
    assert "\n" not in message
    if at is not None:
        assert f"line {line_of(folder, name, at)}" in message


def test_of_an_entry_that_stands_twice_the_later_line_is_told(folder):
    edit(folder, "ignored.yml", "- rule: idiom", "- rule: page_number")
    lines = (folder / "ignored.yml").read_text(encoding="utf-8").splitlines()
    later = [number for number, line in enumerate(lines, 1) if line == "- rule: page_number"][-1]
    with pytest.raises(CatalogError, match=rf"stands twice \(ignored\.yml line {later}\)$"):
        load_catalog(folder)


def test_a_reference_to_nothing_is_told_with_its_line(folder):
    edit(folder, "metrics.yml", "  - smaller: team_hope_supported of state", "  - smaller: team_hop of state")  # fmt: skip
    line = line_of(folder, "metrics.yml", "smaller: team_hop of state")
    with pytest.raises(
        CatalogError, match=rf"no metric team_hop of state \(metrics\.yml line {line}\)"
    ):
        load_catalog(folder)
