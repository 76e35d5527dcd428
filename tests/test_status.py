"""What the operator is shown: last run, last release and its age, what is left out, what is next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.alerts.events import Places
from pipeline.alerts.reporting import reporting
from pipeline.alerts.runs import STALE_AFTER, Run, record
from pipeline.build import build
from pipeline.cli.status import lines, next_tick, status
from pipeline.storage.lock import locked
from pipeline.storage.names import STAGES
from tests.building import invoke
from tests.sheets_factory import change

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
"""A Saturday."""


def shown(warehouse: Path, now: datetime = NOW, **environment: str) -> dict[str, str]:
    return dict(lines(status(warehouse, Path("raw"), now, environment)))


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
        "next scheduled": "2026-11-23 06:00 UTC (0 6 * * 1), where Dagster's daemon runs",
    }
    assert not status(warehouse, Path("raw"), NOW, {}).is_well
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
    assert status(warehouse, raw, now, {}).is_well


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
    assert not status(warehouse, Path("raw"), NOW, {}).is_well


def test_stale_data_is_called_so_though_the_last_run_succeeded(warehouse):
    record(ran(NOW - STALE_AFTER - timedelta(days=2)), warehouse / STAGES)
    assert shown(warehouse)["data"] == "stale: not confirmed for 10 d"


def test_whoever_holds_the_lock_is_named(warehouse):
    with locked(warehouse, "statedata build", patience=0):
        assert shown(warehouse)["writing now"].endswith(" for statedata build")
    assert shown(warehouse)["writing now"] == "nobody"


def test_the_schedule_is_the_operators(warehouse):
    found = shown(warehouse, STATEDATA_CRON="30 7 * * *")
    assert found["next scheduled"].startswith("2026-11-21 07:30 UTC (30 7 * * *)")


def test_a_schedule_that_is_none_is_named(warehouse):
    found = shown(warehouse, STATEDATA_CRON="every day")
    assert found["next scheduled"] == "never: STATEDATA_CRON='every day' is no cron expression"


@pytest.mark.parametrize(
    ("cron", "expected"),
    [("0 6 * * 1", datetime(2026, 11, 23, 6, tzinfo=UTC)), ("0 6 30 2 *", None)],
)
def test_the_next_tick_is_the_schedules(cron, expected):
    assert next_tick(cron, NOW) == expected


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
    assert status(warehouse, raw, datetime.now(UTC), {}).release is not None
