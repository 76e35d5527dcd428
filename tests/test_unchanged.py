"""A build that has nothing to do: it says so at once, and notices whatever has changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import unchanged as module
from pipeline.alerts.runs import Run, read, record
from pipeline.build import build
from pipeline.outcome import FailedCheck, Outcome
from pipeline.storage.names import LAST_BUILD, LAST_RUN, STAGES
from pipeline.unchanged import Subject, forget, inputs_of, remember, unchanged
from tests.building import RAW, VERSION, contents, invoke, run_python
from tests.sheets_factory import change


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Outcome]:
    """A raw folder and the warehouse built from it; tests copy both."""
    folder = tmp_path_factory.mktemp("unchanged")
    raw = shutil.copytree(RAW, folder / "raw")
    return raw, folder / "warehouse", build(raw, folder / "warehouse", version=VERSION)


@pytest.fixture
def subject(built, tmp_path, monkeypatch) -> Subject:
    """A copy of both, remembered as a build would."""
    raw = shutil.copytree(built[0], tmp_path / "raw")
    warehouse = shutil.copytree(built[1], tmp_path / "warehouse", symlinks=True)
    package = shutil.copytree(
        module.PACKAGE, tmp_path / "pipeline", ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(module, "PACKAGE", package)
    found = Subject(raw, warehouse, "", False, "")
    release = warehouse / "releases" / VERSION
    outcome = replace(built[2], release=release)
    remember(found, inputs_of(found), outcome)
    assert unchanged(found) == replace(outcome, is_new=False)
    return found


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b" ")


def keep_times(path: Path) -> None:
    """Change one byte, and put size and time of change back as they were."""
    status, content = path.stat(), path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


INPUTS: dict[str, Callable[[Subject], object]] = {
    "a sheet": lambda s: append(s.raw / "2023/kentucky.txt"),
    "a sheet, its time put back": lambda s: keep_times(s.raw / "2023/kentucky.txt"),
    "a new sheet": lambda s: shutil.copy(s.raw / "2023/missouri.txt", s.raw / "2023/other.txt"),
    "a sheet that is gone": lambda s: (s.raw / "2023/kentucky.txt").unlink(),
    "a sheet of another name": lambda s: (s.raw / "2023/kentucky.txt").rename(s.raw / "2023/k.txt"),
    "the manifest": lambda s: append(s.raw / "manifest.csv"),
    "what was accepted": lambda s: (s.raw / "acceptances.csv").write_text("sheet\n"),
    "the manifest, gone": lambda s: (s.raw / "manifest.csv").unlink(),
    "the raw folder, gone": lambda s: shutil.rmtree(s.raw),
    "a module": lambda s: append(module.PACKAGE / "parse/sheet.py"),
    "a query": lambda s: append(next(iter(sorted(module.PACKAGE.rglob("*.sql"))))),
    "the catalog": lambda s: append(
        next(iter(sorted((module.PACKAGE / "catalog").rglob("*.yml"))))
    ),
    "reference figures": lambda s: append(next(iter(sorted(module.PACKAGE.rglob("*.csv"))))),
    "a module more": lambda s: (module.PACKAGE / "parse/more.py").write_text(""),
}

OUTPUTS: dict[str, Callable[[Subject], object]] = {
    "the warehouse": lambda s: keep_times(s.warehouse / "ncmec_state_data.duckdb"),
    "the warehouse, gone": lambda s: (s.warehouse / "ncmec_state_data.duckdb").unlink(),
    "a file more in the release": lambda s: (s.warehouse / "releases" / VERSION / "x").write_text(""),
    "a hidden file in the release": lambda s: (s.warehouse / "releases" / VERSION / ".x").write_text(""),
    "the release, gone": lambda s: shutil.rmtree(s.warehouse / "releases" / VERSION),
    "the index": lambda s: append(s.warehouse / "releases/index.json"),
    "the link": lambda s: (s.warehouse / "releases/latest").unlink(),
    "a withdrawal": lambda s: (s.warehouse / "releases/withdrawals.json").write_text("{}"),
    "another release": lambda s: shutil.copytree(s.warehouse / "releases" / VERSION, s.warehouse / "releases/2026.11.2"),
    "a validated table": lambda s: keep_times(next((s.warehouse / "stages/validated").rglob("checks.parquet"))),
    "the record, gone": lambda s: (s.warehouse / STAGES / LAST_BUILD).unlink(),
    "the record, shortened": lambda s: (s.warehouse / STAGES / LAST_BUILD).write_bytes(b"{"),
    "the record, one bit": lambda s: keep_times(s.warehouse / STAGES / LAST_BUILD),
    "a build that began": forget,
}  # fmt: skip


@pytest.mark.parametrize("what", [*INPUTS, *OUTPUTS])
def test_a_change_of_anything_is_noticed(subject, what):
    {**INPUTS, **OUTPUTS}[what](subject)
    assert unchanged(subject) is None


def test_every_file_of_the_release_counts(subject):
    release = subject.warehouse / "releases" / VERSION
    for path in sorted(path for path in release.rglob("*") if path.is_file()):
        content = path.read_bytes()
        append(path)
        assert unchanged(subject) is None, path
        path.write_bytes(content)


@pytest.mark.parametrize(
    "options", [{"version": VERSION}, {"accept_revisions": True}, {"home": "/nowhere"}]
)
def test_other_options_are_another_build(subject, options):
    assert unchanged(replace(subject, **options)) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("STATEDATA_SCHEDULER", "tcp://x:1"), ("PANDERA_VALIDATION_ENABLED", "False")],
)
def test_other_settings_are_another_build(subject, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert unchanged(subject) is None


def test_another_catalog_is_another_build(subject, monkeypatch, tmp_path):
    folder = shutil.copytree(module.PACKAGE / "catalog", tmp_path / "catalog")
    monkeypatch.setenv("STATEDATA_CATALOG", str(folder))
    outcome = Outcome({}, 0, 0, {}, {}, [], [], [], [], [], VERSION, True, subject.warehouse / "releases" / VERSION)  # fmt: skip
    remember(subject, inputs_of(subject), outcome)
    assert unchanged(subject) is not None
    append(sorted(folder.rglob("*.yml"))[0])
    assert unchanged(subject) is None


def test_another_library_is_another_build(subject, monkeypatch, tmp_path):
    (tmp_path / "site/pandas-99.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert unchanged(subject) is None


def test_a_file_whose_time_is_recent_is_compared_by_its_content(subject, monkeypatch):
    # As on a file system whose times are too coarse for two changes in a row to differ.
    marks = module._marks
    monkeypatch.setattr(module, "_marks", lambda files: ("same", marks(files)[1]))
    forget(subject)
    outcome = Outcome({}, 0, 0, {}, {}, [], [], [], [], [], VERSION, True, subject.warehouse / "releases" / VERSION)  # fmt: skip
    remember(subject, inputs_of(subject), outcome)
    assert unchanged(subject) is not None
    append(subject.raw / "2023/kentucky.txt")
    assert unchanged(subject) is None


def test_a_raw_file_that_changed_during_the_build_is_noticed(subject, built):
    inputs = inputs_of(subject)
    append(subject.raw / "2023/kentucky.txt")
    outcome = replace(built[2], release=subject.warehouse / "releases" / VERSION)
    remember(subject, inputs, outcome)
    assert unchanged(subject) is None


@pytest.mark.parametrize("fault", ["interrupted", "damaged"])
def test_what_could_be_better_next_time_is_not_remembered(subject, built, fault):
    outcome = replace(built[2], release=subject.warehouse / "releases" / VERSION)
    if fault == "interrupted":
        outcome = replace(outcome, interrupted=["2023/a.pdf"])
    else:
        keep_times(outcome.release / "README.md")
    forget(subject)
    remember(subject, inputs_of(subject), outcome)
    assert unchanged(subject) is None


def test_what_was_left_out_is_said_again(subject, built):
    row = FailedCheck("parts_sum_to_totals", "2023/kentucky.txt", None, None, "198, stated 199")
    for kind in ("quarantine", "withheld", "pending"):
        left_out = {kind: [row]}
        outcome = replace(built[2], release=subject.warehouse / "releases" / VERSION, **left_out)
        remember(subject, inputs_of(subject), outcome)
        again = unchanged(subject)
        assert again is not None
        assert (getattr(again, kind), again.is_complete) == ([row], False)


def test_dagsters_home_must_have_recorded_this_very_state(subject, built, tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / "history").mkdir(parents=True)
    (home / "dagster.yaml").write_text("")
    (home / "history/runs.db").write_text("")
    recorded = replace(subject, home=str(home))
    assert unchanged(recorded) is None, "a direct build was recorded by nobody"
    outcome = replace(built[2], release=subject.warehouse / "releases" / VERSION)
    remember(recorded, inputs_of(recorded), outcome)
    assert unchanged(recorded) is not None
    assert unchanged(subject) is not None, "a recorded build is a build"
    now = module.time.time_ns()
    monkeypatch.setattr(module.time, "time_ns", lambda: now + 25 * 3600 * 10**9)
    assert unchanged(recorded) is None, "Dagster's freshness is to be renewed"
    monkeypatch.undo()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}")
    assert unchanged(recorded) is None


# The command


LOADED = (
    "import sys\nfrom typer.testing import CliRunner\nfrom pipeline.cli.app import app\n"
    "result = CliRunner().invoke(app, sys.argv[1:])\n"
    "print(result.stdout)\n"
    "print(result.exit_code, *sorted({n.partition('.')[0] for n in sys.modules} "
    "& {'dagster', 'pandas', 'pandera', 'duckdb'}))"
)


def test_a_second_build_says_the_same_without_a_library(raw, warehouse):
    sheet = raw / "2023/kentucky.txt"
    sheet.write_text(
        change(sheet.read_text(encoding="utf-8"), "\t21\n", "\t20\n"), encoding="utf-8"
    )
    folders = ("--raw", raw, "--warehouse", warehouse)
    assert invoke("build", *folders).returncode == 1
    before = read(warehouse / STAGES)
    (warehouse / STAGES / LAST_BUILD).unlink()
    full = invoke("build", *folders)
    files = contents(warehouse)
    found = run_python("-c", LOADED, "build", *folders)
    assert found.stdout == f"{full.stdout}\n1\n", found.stderr
    changed = {name for name, content in contents(warehouse).items() if files.get(name) != content}
    assert changed <= {f"{STAGES}/{LAST_RUN}", f"{STAGES}/{LAST_BUILD}"}
    after = read(warehouse / STAGES)
    assert before is not None
    assert after is not None
    assert after.last.ended > before.last.ended


@pytest.mark.slow
def test_after_a_failed_run_a_build_is_run(raw, warehouse, monkeypatch):
    folders = ("--raw", raw, "--warehouse", warehouse)
    assert invoke("build", *folders).returncode == 0
    later = datetime.now(UTC) + timedelta(seconds=1)
    record(Run("Dagster", later, later, "no room"), warehouse / STAGES)
    called = []
    monkeypatch.setattr(
        "pipeline.build.validate_sheets", lambda *_, **__: called.append(1) or 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        invoke("build", *folders)
    assert called
    assert not (warehouse / STAGES / LAST_BUILD).exists(), "a build that failed is followed"
