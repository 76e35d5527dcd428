"""The command line: what it prints, where, and with what code it ends."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.building import RAW, VERSION, invoke, run_python, statedata
from tests.sheets_factory import KENTUCKY_2023, change, render, write_sheet

BROKEN = {**KENTUCKY_2023, "missing_child_cases_orr": "22"}


def table(text: str) -> dict[str, str]:
    """The rows of a two-column table as printed."""
    rows = [line.strip("│ ").split("│") for line in text.splitlines() if line.startswith("│")]
    return {label.strip(): content.strip() for label, content in rows}


@pytest.fixture
def released(built_warehouse, tmp_path):
    return shutil.copytree(built_warehouse, tmp_path / "warehouse", symlinks=True)


# build


def test_a_build_of_good_sheets_ends_with_0_and_a_short_table(tmp_path):
    warehouse = tmp_path / "warehouse"
    found = statedata("build", "--raw", RAW, "--warehouse", warehouse, "--release-version", VERSION)
    assert (found.returncode, found.stderr) == (0, "")
    assert table(found.stdout) == {
        "sheets": "4 accepted",
        "figures": "83 statements, 52 observations",
        "numerals": "139, 0 unaccounted",
        "checks": "153 of 153 passed",
        "pending": "0 sheets",
        "quarantined": "0 sheets, 0 figures withheld",
        "release": f"{VERSION} (new)",
        "path": str(warehouse / "releases" / VERSION),
    }


def test_a_build_of_the_same_sheets_says_that_nothing_is_new(released):
    found = invoke("build", "--raw", RAW, "--warehouse", released)
    assert found.returncode == 0
    assert table(found.stdout)["release"] == f"{VERSION} (data unchanged, no new release)"


def test_folders_come_from_the_environment_too(released, tmp_path, monkeypatch):
    monkeypatch.setenv("STATEDATA_RAW", str(RAW))
    monkeypatch.setenv("STATEDATA_WAREHOUSE", str(released))
    found = invoke("build")
    assert found.returncode == 0, found.stderr
    assert table(found.stdout)["path"] == str(released / "releases" / VERSION)
    monkeypatch.setenv("STATEDATA_RAW", str(tmp_path / "absent"))
    assert "absent: no such folder" in invoke("build").stderr


@pytest.mark.slow
def test_a_build_with_a_quarantined_sheet_ends_with_1_and_names_it(raw, warehouse):
    write_sheet(raw / "2023/ohio.txt", render("US-OH", local=BROKEN))
    found = invoke("build", "--raw", raw, "--warehouse", warehouse)
    assert found.returncode == 1
    assert "\nquarantined: 2023/US-OH (2023/ohio.txt) missing_child_cases: rows" in found.stderr
    rows = table(found.stdout)
    assert rows["sheets"] == "4 accepted, 1 quarantined"
    assert rows["quarantined"] == "1 sheets, 0 figures withheld"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--raw", "{empty}"), "holds no sheets"),
        (("--warehouse", "{file}/warehouse"), "cannot be written: Not a directory"),
    ],
)
def test_a_build_that_releases_nothing_ends_with_2_and_one_line(tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    places = {"empty": tmp_path / "empty", "file": write_sheet(tmp_path / "file")}
    given = [argument.format(**places) for argument in arguments]
    if "--warehouse" not in given:
        given += ["--warehouse", str(tmp_path / "warehouse")]
    found = invoke("build", *given)
    assert (found.returncode, found.stdout) == (2, "")
    assert "nothing released: " in found.stderr
    assert words in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_missing_folder_ends_with_2(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = invoke("build", "--raw", "absent", "--warehouse", tmp_path / "w")
    assert (found.returncode, found.stdout) == (2, "")
    assert "nothing released: absent: no such folder; put the sheets there" in found.stderr


@pytest.mark.slow
def test_a_revision_ends_with_2_until_it_is_accepted(released, raw):
    path = raw / "2023/missouri.txt"
    path.write_text(change(path.read_text(encoding="utf-8"), "10,065", "10,066"), encoding="utf-8")
    refused = invoke("build", "--raw", raw, "--warehouse", released)
    assert refused.returncode == 2
    assert "10,065 → 10,066" in refused.stderr
    assert "--accept-revisions" in refused.stderr
    found = invoke("build", "--raw", raw, "--warehouse", released, "--accept-revisions")
    assert found.returncode == 0
    assert "2023/missouri.txt: sha256" in found.stderr  # the manifest records the old file


FAULT = (
    "import sys, pipeline.cli.explain as stage\n"
    "def faulty(*_): raise AssertionError('a fault of ours')\n"
    "stage.explain = faulty\n"
    "from pipeline.cli.app import main\n"
    "main()"
)


def test_a_fault_of_the_program_is_not_taken_for_a_quarantine():
    found = run_python("-c", FAULT, "explain", RAW / "2023/kentucky.txt")
    assert found.returncode == 70
    assert "AssertionError: a fault of ours" in found.stderr


# explain


def test_explain_marks_every_numeral_of_a_good_sheet():
    found = invoke("explain", RAW / "2023/kentucky.txt")
    assert (found.returncode, found.stderr) == (0, "")
    assert "+8,597+" in found.stdout
    assert "=2023=" in found.stdout
    assert "2023/US-KY (kentucky.txt): 35 numerals" in found.stdout
    assert "rounded: 36,150,000 to 36,300,000" in found.stdout
    assert "more_than: 105,000,000 to no bound" in found.stdout
    assert found.stdout.rstrip().endswith(
        "2023/US-KY (kentucky.txt): 21 figures, 0 numerals unaccounted; passes by itself"
    )


def test_explain_shows_what_a_bad_sheet_lacks(tmp_path):
    text = render(local=BROKEN) + "\n\nIn 2023, NCMEC mailed 77 posters in Kentucky."
    found = invoke("explain", write_sheet(tmp_path / "sheet.txt", text))
    assert found.returncode == 1
    assert "?77?" in found.stdout
    assert "unaccounted: " in found.stdout
    assert "error: parts_sum_to_totals: " in found.stdout
    assert (
        "21 figures, 1 numerals unaccounted; would be quarantined for 2 failed checks"
        in found.stdout
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"In 2023\x00\x01", "control character U+0000 at character 7"),
        (b"%PDF-1.7", "is a damaged or truncated PDF"),
        (b"", "is empty"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_explain_refuses_what_holds_no_text_in_one_line(tmp_path, content, words):
    path = tmp_path / "sheet.txt"
    if content is not None:
        path.write_bytes(content)
    found = invoke("explain", path)
    assert (found.returncode, found.stdout) == (2, "")
    assert f"{path}: " in found.stderr
    assert words in found.stderr
    assert found.stderr.count("\n") == 1


def test_brackets_and_escapes_in_a_sheet_are_shown_as_text(tmp_path):
    text = render() + "\n\n[bold red]NCMEC[/bold red] [link=x] mailed 77 posters."
    found = invoke("explain", write_sheet(tmp_path / "sheet.txt", text))
    assert "[bold red]NCMEC[/bold red] [link=x]" in found.stdout
    assert "\x1b" not in found.stdout


def test_brackets_and_colons_in_a_name_are_shown_as_they_are(tmp_path):
    sheet = write_sheet(tmp_path / "sheet [draft] :warning:.txt", render())
    lines = invoke("explain", sheet).stdout.splitlines()
    (title, *_) = [line for line in lines if "numerals" in line]
    assert "(sheet [draft] :warning:.txt): " in title
    folder = tmp_path / "[red]"
    assert f"{folder}: no releases yet" in invoke("releases", "--warehouse", folder).stderr


# releases, diff, verify, cite, withdraw


def test_releases_lists_versions_and_the_latest(built_warehouse):
    found = invoke("releases", "--warehouse", built_warehouse)
    assert found.returncode == 0
    (line,) = [line for line in found.stdout.splitlines() if VERSION in line]
    assert [cell.strip() for cell in line.strip("│ ").split("│")][:2] == [VERSION, "52"]
    assert "latest" in line


def test_releases_of_an_empty_warehouse_says_how_to_make_one(tmp_path):
    found = invoke("releases", "--warehouse", tmp_path)
    assert found.returncode == 0
    assert "no releases yet; `statedata build` makes one" in found.stderr


@pytest.mark.slow
def test_verify_with_the_raw_sheets_rebuilds_the_release(built_release):
    found = invoke("verify", built_release, "--raw", RAW)
    assert found.returncode == 0, found.stdout + found.stderr
    (line,) = [line for line in found.stdout.splitlines() if "rebuild_gives_the_same" in line]
    assert "byte for byte" in line


def test_verify_of_a_changed_release_ends_with_1(built_release, tmp_path):
    release = shutil.copytree(built_release, tmp_path / VERSION)
    (release / "README.md").write_text("changed", encoding="utf-8")
    found = invoke("verify", release)
    assert found.returncode == 1
    assert "README.md has other bytes than SHA256SUMS says" in found.stdout


def test_verify_of_no_release_ends_with_2(tmp_path):
    found = invoke("verify", "2026.11.1", "--warehouse", tmp_path)
    assert found.returncode == 2
    assert "no such release" in found.stderr


def test_diff_of_a_release_with_itself_ends_with_0(built_warehouse):
    found = invoke("diff", VERSION, VERSION, "--json", "--warehouse", built_warehouse)
    assert found.returncode == 0
    assert json.loads(found.stdout)["counts"] == {"added": 0, "removed": 0, "changed": 0}


def test_cite_leads_from_a_figure_to_its_sentence(built_warehouse):
    observation = "2023/US-KY/cybertipline_reports_to_law_enforcement"
    found = invoke("cite", observation, "--warehouse", built_warehouse)
    assert found.returncode == 0
    assert ", Kentucky, 2023: 8,597. Unit: report." in found.stdout
    assert (
        "fact sheet 2023/kentucky.txt, page 1, characters 978-1065, prints '8,597'" in found.stdout
    )


def test_cite_of_no_observation_ends_with_2(built_warehouse):
    found = invoke("cite", "2023/US-XX/none", "--warehouse", built_warehouse)
    assert found.returncode == 2
    assert "2023/US-XX/none: no such figure; ids look like 2023/US-MO/" in found.stderr


def test_a_withdrawn_release_is_latest_no_more(released):
    found = invoke("withdraw", VERSION, "--reason", "a test", "--warehouse", released)
    assert found.returncode == 0
    assert not (released / "releases/latest").exists()
    assert (released / "releases" / VERSION / "manifest.json").exists()
    again = invoke("withdraw", VERSION, "--reason", "a test", "--warehouse", released)
    assert again.returncode == 2
    assert "withdrawn already: a test" in again.stderr


@pytest.mark.parametrize("command", [["build"], ["add", "x"], ["status"], ["explain", "x"]])
def test_a_system_without_file_locks_is_told_so_in_one_line(command):
    without = (
        "import sys\nsys.modules['fcntl'] = None\n"
        "from pipeline.cli.app import main\nsys.argv[0] = 'statedata'\nmain()"
    )
    found = run_python("-c", without, *command)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("statedata needs the file locks of Linux or macOS")
    assert len(found.stderr.splitlines()) == 1
