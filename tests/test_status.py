"""What the operator is shown: last run, last release and its age, what is left out, what is next."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.alerts.events import Places, of_publication, of_queue
from pipeline.alerts.outbox import report
from pipeline.alerts.reporting import reporting
from pipeline.alerts.runs import STALE_AFTER, Run, Schedule, record, record_schedule
from pipeline.build import build
from pipeline.cli.status import Status, as_object, lines, status
from pipeline.outcome import BuildError
from pipeline.storage.lock import locked
from pipeline.storage.names import LOCK_FILE, STAGES
from tests.building import invoke
from tests.sheets_factory import change

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
"""A Saturday."""


def shown(warehouse: Path, now: datetime = NOW) -> dict[str, str]:
    return dict(lines(status(warehouse, Path("raw"), now)))


@pytest.fixture
def two_years_copy(two_years: Path, tmp_path: Path) -> Path:
    """A warehouse with releases, to be spoiled."""
    return shutil.copytree(two_years, tmp_path / "warehouse", symlinks=True)


def ran(ended: datetime, failure: str | None = None) -> Run:
    return Run("statedata build", ended - timedelta(seconds=7), ended, failure)


def test_before_the_first_build_there_is_nothing_to_show(warehouse):
    assert shown(warehouse) == {
        "last run": "none recorded; `statedata build` makes one",
        "last release": "none",
        "data": "no build recorded",
        "quarantined": "none",
        "pending": "none",
        "withheld": "none",
        "writing now": "nobody",
        "queue": "nothing is blocked",
        "next scheduled": "never: no daemon has run here",
    }
    assert not status(warehouse, Path("raw"), NOW).is_well
    assert not warehouse.exists(), "looking wrote something"


def test_a_build_is_shown_with_its_release(raw, warehouse):
    with reporting(Places(raw, warehouse)):
        outcome = build(raw, warehouse)
    now = datetime.now(UTC) + timedelta(minutes=90)
    found = shown(warehouse, now)
    assert found["last run"].endswith("s: succeeded")
    assert "1 h ago, statedata build" in found["last run"]
    assert found["last release"].startswith(f"{outcome.version}, made ")
    assert found["last release"].endswith(", 1 h ago")
    assert found["data"] == "confirmed 1 h ago, stale after 8 d"
    assert found["quarantined"] == "none"
    assert status(warehouse, raw, now).is_well


def test_a_quarantined_sheet_is_shown_with_its_check_and_what_to_type(raw, warehouse):
    sheet = raw / "2023/kentucky.txt"
    text = sheet.read_text(encoding="utf-8")
    sheet.write_text(change(text, "\t21\n", "\t20\n"), encoding="utf-8")
    build(raw, warehouse)
    assert shown(warehouse)["quarantined"] == (
        "2023/kentucky.txt: parts_sum_to_totals; next: statedata explain raw/2023/kentucky.txt"
    )


def test_a_failed_run_is_shown_with_its_reason_and_is_not_well(warehouse):
    record(ran(NOW - timedelta(days=3)), warehouse / STAGES)
    record(ran(NOW - timedelta(minutes=5), "no room\n- here"), warehouse / STAGES)
    found = shown(warehouse)
    assert found["last run"] == (
        "2026-11-21 05:55 UTC, 5 min ago, statedata build, 7 s: failed: no room"
    )
    assert found["data"] == "confirmed 3 d ago, stale after 8 d"
    assert not status(warehouse, Path("raw"), NOW).is_well


def test_stale_data_is_called_so_though_the_last_run_succeeded(warehouse):
    record(ran(NOW - STALE_AFTER - timedelta(days=2)), warehouse / STAGES)
    assert shown(warehouse)["data"] == "stale: not confirmed for 10 d"


def test_whoever_holds_the_lock_is_named(warehouse):
    with locked(warehouse, "statedata build", patience=0):
        assert shown(warehouse)["writing now"].endswith(" for statedata build")
    assert shown(warehouse)["writing now"] == "nobody"


def plan(next_tick: datetime) -> Schedule:
    return Schedule("30 7 * * *", next_tick, timedelta(days=2), NOW - timedelta(minutes=1))


def well(warehouse: Path) -> Status:
    """The status of a warehouse that was built a minute ago."""
    record(ran(NOW - timedelta(minutes=1)), warehouse / STAGES)
    return status(warehouse, Path("raw"), NOW)


def test_the_schedule_and_the_stale_limit_are_the_daemons(two_years_copy):
    warehouse = two_years_copy
    record_schedule(plan(NOW + timedelta(minutes=90)), warehouse / STAGES)
    found = well(warehouse)
    assert dict(lines(found))["next scheduled"] == (
        "2026-11-21 07:30 UTC (30 7 * * *); the daemon was there 1 min ago"
    )
    assert dict(lines(found))["data"] == "confirmed 1 min ago, stale after 2 d"
    assert found.is_well


def test_a_build_that_the_daemon_has_missed_is_not_well(two_years_copy):
    record_schedule(plan(NOW - timedelta(hours=1)), two_years_copy / STAGES)
    found = well(two_years_copy)
    assert dict(lines(found))["next scheduled"] == (
        "missed: 2026-11-21 05:00 UTC (30 7 * * *); the daemon was there 1 min ago, start it"
    )
    assert not found.is_well


def test_a_run_whose_process_is_gone_blocks_the_queue_and_is_not_well(two_years_copy):
    folder = two_years_copy / STAGES / "running/1a2b3c4d-5e6f"
    assert well(two_years_copy).is_well
    with locked(folder, "Dagster's run", patience=0):
        assert well(two_years_copy).is_well, "its process lives"
        written = (folder / LOCK_FILE).read_bytes()
    (folder / LOCK_FILE).write_bytes(written)  # as a killed process leaves it
    found = well(two_years_copy)
    assert dict(lines(found))["queue"].startswith("blocked: the process of run 1a2b3c4d is gone; ")
    assert not found.is_well
    assert as_object(found)["blocked"] is not None


@pytest.mark.parametrize(
    ("event", "label"),
    [
        (of_queue("a run waits since noon"), "queue"),
        (of_publication(BuildError("no answer"), "s3://x"), "published"),
    ],
)
def test_what_stands_is_shown_and_is_not_well(two_years_copy, event, label):
    report([event], {event.kind}, two_years_copy / STAGES, [], NOW)
    found = well(two_years_copy)
    assert event.found in dict(lines(found))[label]
    assert not found.is_well


@pytest.mark.slow
def test_a_damaged_table_is_refused_not_shown(raw, warehouse):
    build(raw, warehouse)
    (table,) = (warehouse / "stages/validated").glob("*/checks.parquet")
    table.write_bytes(table.read_bytes()[:-1])
    shown = invoke("status", "--raw", raw, "--warehouse", warehouse)
    assert shown.returncode == 2
    assert "checks.parquet: is not what the last validation wrote; build again" in " ".join(
        shown.stderr.split()
    )
    build(raw, warehouse)
    assert status(warehouse, raw, datetime.now(UTC)).release is not None
