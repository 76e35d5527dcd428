"""The command line as a stranger and as a script meet it: usage, help, JSON, quiet, numbers."""

from __future__ import annotations

import json
import re
import shutil
from importlib.metadata import version

import pytest
from typer.main import get_command

from pipeline.cli.app import app
from tests.building import PROJECT, RAW, VERSION, invoke, run_python, statedata
from tests.readers import REVISION
from tests.sheets_factory import KENTUCKY_2023, render, write_sheet

DOCUMENT = (PROJECT / "docs/command-line.md").read_text(encoding="utf-8")
BROKEN = {**KENTUCKY_2023, "missing_child_cases_orr": "22"}


def every_command() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [(name, other) for other in inner] if inner else [(name,)]
    return found


def documented(command: str) -> set[str]:
    section = DOCUMENT.partition(f"<!-- object {command} -->")[2].partition("<!--")[0]
    cells = re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


# usage


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_an_unknown_option_is_a_usage_error_of_every_command(command):
    found = invoke(*command, "--no-such-option")
    assert (found.returncode, found.stdout) == (64, "")
    assert "No such option: --no-such-option" in found.stderr


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["bild"], "No such command 'bild'. Did you mean 'build'?"),
        (["catalog", "chek"], "No such command 'chek'. Did you mean 'check'?"),
        (["explain"], "Missing argument"),
        (["explain", "a", "b"], "Got unexpected extra argument"),
        (["add"], "Missing argument"),
        (["add", "x", "--origin", "two\nlines"], "expected one line of text"),
        (["withdraw", VERSION], "Missing option '--reason'"),
        (["cite", "x", "--format", "latex"], "'latex' is not one of"),
        (["build", "--raw"], "requires an argument"),
        (["build", "--release-version", "tomorrow"], "'tomorrow' is no version"),
        (["status", "--json=yes"], "does not take a value"),
    ],
    ids=" ".join,
)
def test_a_command_line_that_cannot_be_understood_ends_with_64(command, words):
    found = invoke(*command)
    assert (found.returncode, found.stdout) == (64, "")
    assert words in found.stderr
    assert re.fullmatch(r"((?:root|statedata)[ a-z]*): .+ see `\1 -h`\n", found.stderr), "one line"


def test_no_command_at_all_shows_the_help_and_ends_with_64():
    assert invoke().returncode == 64
    assert invoke("catalog").returncode == 64


def test_what_is_understood_and_cannot_be_done_ends_with_2(tmp_path):
    assert invoke("explain", tmp_path / "absent.txt").returncode == 2
    assert invoke("verify", "1", "--warehouse", tmp_path).returncode == 2


def test_the_exit_code_reaches_the_shell():
    assert statedata("status", "--no-such-option").returncode == 64


# help


@pytest.mark.parametrize("command", [(), *every_command()], ids=" ".join)
def test_every_command_has_help_under_both_names_and_flags_without_a_type(command):
    short, long = invoke(*command, "-h"), invoke(*command, "--help")
    assert short.returncode == long.returncode == 0
    assert short.stdout == long.stdout
    assert "<bool>" not in short.stdout
    assert "--help" in short.stdout


def test_the_version_is_that_of_the_distribution():
    found = invoke("--version")
    assert (found.returncode, found.stdout) == (0, f"statedata {version('ncmec-state-data')}\n")


def test_the_shell_completes_commands_and_options():
    settings = {
        "_STATEDATA_COMPLETE": "complete_bash",
        "COMP_WORDS": "statedata sta",
        "COMP_CWORD": "1",
    }
    code = "import sys; sys.argv[0] = 'statedata'; from pipeline.cli.app import main; main()"
    assert run_python("-c", code, settings=settings).stdout.split() == ["status"]
    settings = {**settings, "COMP_WORDS": "statedata status --j", "COMP_CWORD": "2"}
    assert run_python("-c", code, settings=settings).stdout.split() == ["--json"]


# JSON


def object_of(*arguments, code=0):
    found = invoke(*arguments, "--json")
    assert (found.returncode, found.stderr) == (code, "")
    return json.loads(found.stdout)


def test_build_as_an_object(raw, warehouse, tmp_path):
    write_sheet(raw / "2023/ohio.txt", render("US-OH", local=BROKEN))
    found = invoke("build", "--raw", raw, "--warehouse", warehouse, "--json")
    assert found.returncode == 1
    assert found.stderr.count("quarantined: ") == 1
    said = json.loads(found.stdout)
    assert set(said) == documented("build")
    assert said["sheets"] == {"accepted": 4, "quarantined": 1}
    assert said["quarantine"][0]["file"] == "2023/ohio.txt"
    assert not said["complete"]
    found = invoke("build", "--raw", tmp_path / "absent", "--warehouse", warehouse, "--json")
    assert found.returncode == 2
    assert json.loads(found.stdout)["error"].startswith(f"{tmp_path}/absent: no such folder")


def test_status_as_an_object(built_warehouse, tmp_path):
    found = object_of("status", "--warehouse", tmp_path / "none", code=1)
    assert set(found) == documented("status")
    assert found["is_well"] is False
    assert found["release"] is None
    found = json.loads(invoke("status", "--warehouse", built_warehouse, "--json").stdout)
    assert set(found) == documented("status")
    assert found["release"]["version"] == VERSION
    assert found["left_out"] == []


def test_releases_as_an_object(built_warehouse, tmp_path):
    assert object_of("releases", "--warehouse", tmp_path) == {"latest": None, "releases": []}
    found = object_of("releases", "--warehouse", built_warehouse)
    assert set(found) == documented("releases")
    assert found["latest"] == VERSION
    (one,) = found["releases"]
    assert (one["version"], one["previous"], one["observations"]) == (VERSION, None, 52)


@pytest.mark.slow
def test_diff_as_an_object(second_release):
    found = object_of("diff", VERSION, "2026.12.1", "--warehouse", second_release, code=1)
    assert set(found) == documented("diff")
    (revised,) = [change for change in found["figures"] if change["op"] == "revised"]
    assert (revised["old"], revised["new"]) == ("8,001", REVISION)
    assert revised["cause"] == "overwritten_sheet"


def test_verify_as_an_object(built_release, tmp_path):
    found = object_of("verify", built_release)
    assert set(found) == documented("verify")
    assert {check["status"] for check in found["checks"]} <= {"holds", "not made"}
    changed = shutil.copytree(built_release, tmp_path / VERSION)
    (changed / "README.md").write_text("changed", encoding="utf-8")
    found = object_of("verify", changed, code=1)
    assert "fails" in {check["status"] for check in found["checks"]}


def test_cite_as_an_object(built_warehouse):
    figure = ["cite", "2023/US-KY/missing_child_cases", "--warehouse", built_warehouse]
    found = object_of(*figure)
    assert set(found) == documented("cite")
    assert (found["observation"], found["release"], found["format"]) == (figure[1], VERSION, "text")
    assert found["citation"] == invoke(*figure).stdout.rstrip("\n")


def test_withdraw_as_an_object(second_release, tmp_path):
    warehouse = shutil.copytree(second_release, tmp_path / "warehouse", symlinks=True)
    found = object_of("withdraw", "2026.12.1", "--reason", "a test", "--warehouse", warehouse)
    assert set(found) == documented("withdraw")
    assert found == {"version": "2026.12.1", "reason": "a test", "latest": VERSION}


def test_explain_as_an_object(tmp_path):
    found = object_of("explain", RAW / "2023/kentucky.txt")
    assert set(found) == documented("explain")
    assert (found["year"], found["jurisdiction"], found["figures"]) == (2023, "US-KY", 21)
    (one,) = [n for n in found["numerals"] if n["printed"] == "36.2 million"]
    assert (one["value"], one["lower"], one["upper"]) == (36_200_000, 36_150_000, 36_300_000)
    bad = write_sheet(tmp_path / "sheet.txt", render(local=BROKEN))
    found = object_of("explain", bad, code=1)
    assert not found["passes"]
    assert [one["check"] for one in found["failures"]] == ["parts_sum_to_totals"]


def test_add_as_an_object(raw, tmp_path):
    sheet = write_sheet(tmp_path / "sheet.txt", render("US-OH"))
    stray = write_sheet(tmp_path / "stray.txt", "hello")
    found = object_of("add", "--raw", raw, sheet, stray, code=1)
    assert set(found) == documented("add")
    assert found["given"] == 2
    assert [one["file"] for one in found["results"]] == ["2023/ohio.txt", None]
    found = invoke("add", "--raw", tmp_path / "absent", sheet, "--json")
    assert found.returncode == 2
    assert json.loads(found.stdout)["error"] == found.stderr.rstrip("\n")


@pytest.mark.parametrize(
    "command",
    [
        ["explain", "absent.txt"], ["verify", "1"], ["diff", "1", "2"], ["cite", "x"], ["site"],
        ["withdraw", "2026.1.1", "--reason", "a test"], ["accept", "2023/US-OH"],
    ],
)  # fmt: skip
def test_a_refusal_is_an_object_too(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = invoke(*command, "--json")
    assert found.returncode == 2
    assert json.loads(found.stdout) == {"error": found.stderr.rstrip("\n")}


def test_a_sheet_of_any_letters_is_plain_ascii_in_json(tmp_path):
    sheet = write_sheet(
        tmp_path / "sheet.txt", render() + "\n\nNCMEC mailed 77 \u201cposters\u201d."
    )
    found = invoke("explain", sheet, "--json")
    assert found.stdout.isascii()
    assert not json.loads(found.stdout)["passes"]


# quiet


def test_quiet_leaves_the_exit_code(tmp_path, built_release):
    cite = ["cite", "2023/US-KY/missing_child_cases", "--release", built_release]
    for command in (["explain", RAW / "2023/kentucky.txt"], ["verify", built_release], cite):
        found = invoke(*command, "-q")
        assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    found = invoke("status", "--warehouse", tmp_path, "-q")
    assert (found.returncode, found.stdout, found.stderr) == (1, "", "")


def test_quiet_keeps_errors(tmp_path):
    found = invoke("explain", tmp_path / "absent.txt", "-q")
    assert (found.returncode, found.stdout) == (2, "")
    assert "absent.txt: cannot be read" in found.stderr


# words


def test_numbers_have_no_trailing_zeros(tmp_path):
    text = render().replace("36.2 million", "36.20 million")
    assert "36.20 million" in text
    found = invoke("explain", write_sheet(tmp_path / "sheet.txt", text))
    assert "36,200,000" in found.stdout
    assert ".00" not in found.stdout
    numerals = object_of("explain", tmp_path / "sheet.txt")["numerals"]
    assert all(isinstance(one["value"], int | None) for one in numerals)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(99), "is a program, not text"),
        (b"MZ\x90\x00" + bytes(99), "is a program, not text"),
        (b"SQLite format 3\x00" + bytes(99), "is an SQLite database, not text"),
        (bytes(8) + b"DUCK" + bytes(99), "is a DuckDB database, not text"),
        (b"PAR1" + bytes(99), "is a Parquet file, not text"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "is a WebP picture, not text"),
        (b"\x00\x00\x00\x18ftypheic", "is a film or a HEIC picture, not text"),
        (bytes(100) + b"\x00\xd8\x00\xd8", "is binary data, not text"),
        (bytes((7 * i * i + i) % 251 + 1 for i in range(600)), "is binary data, not text"),
    ],
)
def test_a_binary_is_called_what_it_is(tmp_path, content, words):
    path = tmp_path / "sheet.txt"
    path.write_bytes(content)
    found = invoke("explain", path)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith(f"{path}: {words}")
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ["DUCK", "PAR", "MZ", "BZh", "1234ftyp", "ID3"])
def test_a_text_that_begins_like_a_binary_stays_a_text(tmp_path, text):
    sheet = write_sheet(tmp_path / "sheet.txt", f"{text}\n\n{render()}")
    assert invoke("explain", sheet, "-q").returncode < 2


def test_diff_of_unknown_releases_names_those_there_are(built_warehouse):
    found = invoke("diff", "1", "2", "--warehouse", built_warehouse)
    assert found.returncode == 2
    assert found.stderr == f"1: no such release; there are {VERSION}\n"
