"""Builds that start by themselves: what the schedule and the sensor ask for, and when not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipeline.alerts.runs import Run, record
from pipeline.build import BuildSteps
from pipeline.catalog.load import load_catalog
from pipeline.definitions import JOB, build_defs
from pipeline.defs import automation
from pipeline.defs.lost import blocked_queue, fail_lost_runs, running
from pipeline.defs.partitions import YEARS, range_tags, sync_partitions
from pipeline.defs.retention import delete_old_runs
from pipeline.release.versions import latest_release, releases
from pipeline.sheets.collect import RawFolderError
from pipeline.storage.lock import holder
from pipeline.storage.names import STAGES
from tests.building import ask
from tests.sheets_factory import render, write_sheet

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
WAITS = "sheets have changed; waiting until they stay as they are"
IDLE = "no sheet has changed since the last build"
LONG_AGO = datetime(2023, 1, 1, tzinfo=UTC)


class Service:
    """The code location on one raw folder, with its instance and the sensor's cursor."""

    def __init__(self, raw: Path, warehouse: Path, instance: dg.DagsterInstance) -> None:
        self.raw, self.warehouse, self.instance = raw, warehouse, instance
        self.defs = build_defs(steps=BuildSteps(raw, warehouse))
        self.cursor: str | None = None

    def look(self) -> dg.RunRequest | str:
        """One tick of the sensor: what it requests, or why it does not."""
        with dg.build_sensor_context(self.instance, cursor=self.cursor) as context:
            result = self.defs.resolve_sensor_def("raw_folder_sensor")(context)
            self.cursor = context.cursor
        return _request_or_reason(result)

    def look_twice(self) -> dg.RunRequest:
        assert self.look() == WAITS
        request = self.look()
        assert isinstance(request, dg.RunRequest), request
        return request

    def tick(self) -> dg.RunRequest | str:
        """One tick of the schedule."""
        schedule = self.defs.resolve_schedule_def("build_schedule")
        return _request_or_reason(schedule(dg.build_schedule_context(self.instance)))

    def run(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        """Execute a request as the daemon would, in this process."""
        return self.defs.resolve_job_def(JOB).execute_in_process(
            instance=self.instance,
            raise_on_error=False,
            tags={**request.tags, "dagster/run_key": request.run_key or ""},
        )

    def years(self) -> list[str]:
        return list(self.instance.get_dynamic_partitions(str(YEARS.name)))

    def parts(self) -> dict[str, int]:
        """When each stage part of each year was written."""
        folder = self.warehouse / "stages" / "partitions"
        return {
            path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
            for path in folder.rglob("*.parquet")
        }


def _request_or_reason(result: Any) -> dg.RunRequest | str:
    if isinstance(result, dg.SkipReason):
        return str(result.skip_message)
    assert isinstance(result, dg.RunRequest), result
    return result


def add_year(raw: Path, year: int) -> Path:
    return write_sheet(raw / str(year) / "kentucky.txt", render(year=year))


@pytest.fixture
def service(raw: Path, warehouse: Path) -> Iterator[Service]:
    with dg.instance_for_test() as instance:
        yield Service(raw, warehouse, instance)


@pytest.fixture
def settled(service: Service) -> Service:
    """A service that has requested, and is taken to have built, the four sheets."""
    service.look_twice()
    assert service.cursor is not None
    cursor = json.loads(service.cursor)
    service.cursor = json.dumps({**cursor, "built": cursor["requested"]})
    return service


# The code location


def test_schedule_and_sensor_run_without_being_switched_on():
    defs = build_defs()
    assert defs.resolve_schedule_def("build_schedule").default_status.value == "RUNNING"
    assert defs.resolve_sensor_def("raw_folder_sensor").default_status.value == "RUNNING"


def test_the_schedule_is_weekly_unless_the_operator_says_otherwise(monkeypatch):
    assert build_defs().resolve_schedule_def("build_schedule").cron_schedule == "0 6 * * 1"
    monkeypatch.setenv("STATEDATA_CRON", "*/5 * * * *")
    assert build_defs().resolve_schedule_def("build_schedule").cron_schedule == "*/5 * * * *"


def test_a_release_that_misses_the_weekly_build_is_stale():
    spec = build_defs().resolve_asset_graph().get(dg.AssetKey("release"))
    policy = spec.freshness_policy
    assert isinstance(policy, dg.FreshnessPolicy)
    window = policy.fail_window.to_timedelta()  # type: ignore[attr-defined]
    assert 7 < window.days <= 9, "a week's build must not be late before it starts"


def test_the_code_location_loads():
    dg.Definitions.validate_loadable(build_defs())


# The schedule


def test_the_schedule_builds_every_year(service):
    add_year(service.raw, 2022)
    add_year(service.raw, 2024)
    request = service.tick()
    assert set(service.years()) == {"2022", "2023", "2024"}
    assert (request.tags[START], request.tags[END]) == (service.years()[0], service.years()[-1])


def test_the_schedule_asks_again_although_nothing_changed(service):
    assert service.tick().tags == service.tick().tags


def test_the_schedule_says_that_the_raw_folder_is_missing(service, tmp_path):
    lost = Service(tmp_path / "nowhere", service.warehouse, service.instance)
    assert "nowhere: no such folder" in lost.tick()


def test_the_schedule_says_that_there_are_no_sheets(service, tmp_path):
    (tmp_path / "empty").mkdir()
    empty = Service(tmp_path / "empty", service.warehouse, service.instance)
    assert empty.tick().endswith("holds no sheets")


# The sensor: when


def test_the_first_look_waits_and_the_second_requests(service):
    assert service.look() == WAITS
    assert service.look().tags == {START: "2023", END: "2023"}


def test_a_look_without_changes_requests_nothing_and_says_so(settled):
    assert settled.look() == IDLE
    assert settled.look() == IDLE


def test_a_new_file_is_seen(settled):
    add_year(settled.raw, 2023).rename(settled.raw / "2023" / "kentucky_2.txt")
    assert settled.look_twice().tags == {START: "2023", END: "2023"}


def test_a_changed_file_is_seen_though_size_and_time_are_the_same(settled):
    file = settled.raw / "2023" / "kentucky.txt"
    before = file.stat()
    file.write_bytes(file.read_bytes().replace(b"8,597", b"8,598"))
    assert file.stat().st_size == before.st_size
    settled.look_twice()


def test_a_removed_file_is_seen(settled):
    (settled.raw / "2023" / "kentucky.txt").unlink()
    settled.look_twice()


def test_a_renamed_file_is_seen(settled):
    file = settled.raw / "2023" / "kentucky.txt"
    file.rename(file.with_name("ky.txt"))
    settled.look_twice()


def test_the_origin_in_the_manifest_is_part_of_what_is_built(settled):
    # `add` writes the sheet first: a build in between would keep its origin out for a week.
    manifest = settled.raw / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("2023/kentucky.txt", "2023/other.txt"))
    settled.look_twice()


def test_a_manifest_that_cannot_be_read_fails_a_run_and_not_in_silence(settled):
    manifest = settled.raw / "manifest.csv"
    good = manifest.read_text()
    manifest.write_text(good + "2023/ohio.txt,x\n")
    assert isinstance(settled.tick(), dg.RunRequest)
    result = settled.run(settled.look_twice())
    (failure,) = [e for e in result.all_events if e.event_type_value == "STEP_FAILURE"]
    assert f"{manifest}, line 6: has 2 cells, expected 5" in str(failure.event_specific_data)
    manifest.write_text(good)
    settled.look_twice()


def test_a_hidden_file_is_not_a_sheet(settled):
    (settled.raw / "2023" / ".kentucky.txt.part").write_text("half")
    assert settled.look() == IDLE


def test_a_half_copied_file_is_not_taken(settled):
    text = render(year=2024)
    file = settled.raw / "2024" / "kentucky.txt"
    for length in (1000, 2000, 3000):
        write_sheet(file, text[:length])
        assert settled.look() == WAITS
    write_sheet(file, text)
    assert settled.look() == WAITS
    assert settled.look().tags == {START: "2024", END: "2024"}


def test_a_file_that_came_and_went_asks_for_nothing(settled):
    file = add_year(settled.raw, 2024)
    assert settled.look() == WAITS
    file.unlink()
    assert settled.look() == IDLE


def test_sheets_that_go_back_to_what_they_were_are_built_again(settled):
    # Dagster drops a request whose run key it has seen, so each must have one of its own.
    file = settled.raw / "2023" / "kentucky.txt"
    original = file.read_bytes()
    keys = []
    for content in (original + b"\n", original, original + b"\n", original):
        file.write_bytes(content)
        keys.append(settled.look_twice().run_key)
    assert len(set(keys)) == len(keys)


def test_a_tick_that_is_repeated_from_its_cursor_has_the_same_key(settled):
    # The daemon died between launching the run and keeping the cursor: one run, not two.
    add_year(settled.raw, 2024)
    settled.look()
    cursor = settled.cursor
    first = settled.look()
    settled.cursor = cursor
    assert settled.look().run_key == first.run_key


def test_the_sensor_says_that_the_raw_folder_is_missing(settled):
    settled.raw.rename(settled.raw.with_name("moved"))
    assert "raw: no such folder" in settled.look()


def test_the_sensor_says_that_there_are_no_sheets(settled):
    for file in (settled.raw / "2023").iterdir():
        file.unlink()
    assert settled.look() == WAITS
    assert settled.look().endswith("holds no sheets")


def test_an_unreadable_folder_is_told_not_raised(settled, monkeypatch):
    def refuse(_: Path) -> dict[str, str]:
        raise RawFolderError("raw/2023: Permission denied; make it readable")

    monkeypatch.setattr(automation, "fingerprints", refuse)
    assert settled.look() == "raw/2023: Permission denied; make it readable"


# The sensor: what


def test_only_changed_years_are_built(settled):
    add_year(settled.raw, 2022)
    assert settled.look_twice().tags == {START: "2022", END: "2022"}
    add_year(settled.raw, 2024)
    request = settled.look_twice()
    assert END in request.tags
    assert request.tags[END] == "2024"


def test_one_range_covers_all_changed_years():
    keys = ["2021", "2022", "2023", "2024"]
    assert range_tags(keys, ["2024", "2022"]) == {START: "2022", END: "2024"}
    assert range_tags(keys, ["2023"]) == {START: "2023", END: "2023"}


def test_a_range_follows_the_instances_order_not_the_calendars(service):
    # Years are kept in the order in which they came; the range must hold the wanted ones in it.
    sync_partitions(service.instance, ["2023"])
    keys = sync_partitions(service.instance, ["2021", "2022", "2023"])
    tags = range_tags(keys, ["2021", "2023"])
    start, end = keys.index(tags[START]), keys.index(tags[END])
    assert {"2021", "2023"} <= set(keys[start : end + 1])


def test_a_new_year_gets_its_partition_and_a_removed_one_loses_it(settled):
    file = add_year(settled.raw, 2024)
    settled.look_twice()
    assert settled.years() == ["2023", "2024"]
    file.unlink()
    assert settled.look_twice().tags == {START: "2023", END: "2023"}
    assert settled.years() == ["2023"]


def test_another_catalog_rebuilds_every_year(settled, monkeypatch):
    add_year(settled.raw, 2022)
    settled.look_twice()
    other = load_catalog().model_copy(update={"digest": "0" * 64})
    monkeypatch.setattr(automation, "default_catalog", lambda: other)
    tags = settled.look_twice().tags
    keys = settled.years()
    assert keys[keys.index(tags[START]) : keys.index(tags[END]) + 1] == keys
    assert len(keys) == 2


# The sensor's runs, executed


@pytest.mark.slow
def test_a_requested_run_builds_what_is_needed_and_makes_the_release(service):
    assert service.run(service.look_twice()).success
    assert [release.version for release in releases(service.warehouse)] == [
        latest_release(service.warehouse).version  # type: ignore[union-attr]
    ]
    before, older = service.parts(), ask(service.warehouse, "from observations order by all")
    assert service.look() == IDLE

    file = add_year(service.raw, 2024)
    request = service.look_twice()
    assert request.tags == {START: "2024", END: "2024"}
    assert service.run(request).success
    after = service.parts()
    assert {name for name in after if after[name] != before.get(name)} == {
        name for name in after if name.startswith("2024/")
    }
    years = ask(service.warehouse, "select distinct year from observations order by year")
    assert years == [(2023,), (2024,)]
    kept = ask(service.warehouse, "from observations where year = 2023 order by all")
    assert kept == older
    assert len(releases(service.warehouse)) == 2

    # The year goes again: a revision, so it is blocked, and parts and partition go all the same.
    file.unlink()
    request = service.look_twice()
    result = service.run(request)
    assert not result.success
    failed = [e.check_name for e in result.get_asset_check_evaluations() if not e.passed]
    assert failed == ["no_unaccepted_revision"]
    assert service.years() == ["2023"]
    assert {name.split("/")[0] for name in service.parts()} == {"2023"}
    assert len(releases(service.warehouse)) == 2
    assert service.look().startswith(f"{IDLE}, which failed")


@pytest.mark.slow
def test_what_a_failed_run_left_undone_is_built_with_the_next_change(service, monkeypatch):
    assert service.run(service.look_twice()).success
    assert service.look() == IDLE

    def no_room(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    add_year(service.raw, 2022)
    request = service.look_twice()
    with monkeypatch.context() as full_disk:
        full_disk.setattr("pipeline.steps.text_row", no_room)
        assert not service.run(request).success
    assert service.look().startswith(f"{IDLE}, which failed")
    # Whoever builds next, by hand or by the schedule, records it; one from before settles nothing.
    for ended, said in ((LONG_AGO, f"{IDLE}, which failed"), (datetime.now(UTC), IDLE)):
        record(Run("test", ended, ended, None), service.warehouse / STAGES)
        assert service.look().partition(":")[0] == said

    # Without 2022 the run would read its raw files and no texts of them.
    add_year(service.raw, 2024)
    request = service.look_twice()
    keys = service.years()
    covered = keys[keys.index(request.tags[START]) : keys.index(request.tags[END]) + 1]
    assert {"2022", "2024"} <= set(covered)
    assert service.run(request).success
    years = ask(service.warehouse, "select distinct year from observations order by year")
    assert years == [(2022,), (2023,), (2024,)]


# A schedule that has nothing to do


@pytest.mark.slow
def test_a_tick_at_which_nothing_has_changed_says_so_and_leaves_no_run(service):
    request = service.tick()
    assert isinstance(request, dg.RunRequest)
    assert service.run(request).success
    record(Run("test", datetime.now(UTC), datetime.now(UTC), None), service.warehouse / STAGES)
    version = latest_release(service.warehouse).version  # type: ignore[union-attr]
    assert service.tick() == f"unchanged: nothing differs from the last build, and {version} stays"
    event = service.instance.get_latest_materialization_event(dg.AssetKey("release"))
    assert event is not None
    assert event.run_id == ""
    assert event.asset_materialization is not None
    shown = event.asset_materialization.metadata
    assert (shown["version"].value, shown["new"].value) == (version, False)
    assert shown["observations"].value == 52, "the page of the release keeps its numbers"
    sheet = service.raw / "2023/kentucky.txt"
    sheet.write_bytes(sheet.read_bytes() + b"\n")
    assert isinstance(service.tick(), dg.RunRequest)


@pytest.mark.slow
def test_a_run_over_some_years_settles_nothing(service):
    add_year(service.raw, 2022)
    assert service.run(service.look_twice()).success
    file = add_year(service.raw, 2024)
    file.write_text(render(year=2024), encoding="utf-8")
    assert service.run(service.look_twice()).success
    record(Run("test", datetime.now(UTC), datetime.now(UTC), None), service.warehouse / STAGES)
    assert isinstance(service.tick(), dg.RunRequest)


@pytest.mark.slow
def test_a_tick_after_a_failure_builds(service):
    assert service.run(service.tick()).success
    record(Run("test", datetime.now(UTC), datetime.now(UTC), "no room"), service.warehouse / STAGES)
    assert isinstance(service.tick(), dg.RunRequest)


# Runs whose process is gone


def started(service: Service, run_id: str) -> dg.DagsterRun:
    job = service.defs.resolve_job_def(JOB)
    return service.instance.create_run_for_job(
        job, run_id=run_id, status=dg.DagsterRunStatus.STARTED, tags={"years": "2023"}
    )


def statuses(service: Service) -> dict[str, str]:
    return {run.run_id: run.status.value for run in service.instance.get_runs()}


@pytest.mark.slow
def test_only_a_run_whose_process_was_ended_is_failed(service):
    lost, lives, elsewhere = (f"{n}{'0' * 7}-0000-4000-8000-{n * 12}" for n in "123")
    for run_id in (lost, lives, elsewhere):
        started(service, run_id)
    locks = service.warehouse / STAGES / "running"
    with running(service.warehouse, lives):
        shutil.copytree(locks / lives, locks / lost)  # what a killed process leaves: its lock file
        shutil.copytree(locks / lives, locks / "of-another-instance")
        assert fail_lost_runs(service.instance, service.warehouse) == [lost]
        assert statuses(service) == {lost: "FAILURE", lives: "STARTED", elsewhere: "STARTED"}
        assert fail_lost_runs(service.instance, service.warehouse) == []
    assert sorted(path.name for path in locks.iterdir()) == ["of-another-instance"]


@pytest.mark.slow
def test_a_run_of_dagster_holds_its_lock_while_it_runs_and_leaves_nothing(service, monkeypatch):
    held = []
    real = BuildSteps.load

    def load(steps, tables):
        held.extend(holder(folder) for folder in steps.stages.running.iterdir())
        return real(steps, tables)

    monkeypatch.setattr(BuildSteps, "load", load)
    result = service.run(service.tick())
    assert result.success
    assert [who and who["for"] for who in held] == [f"Dagster's run {result.run_id}"]
    assert list((service.warehouse / STAGES / "running").iterdir()) == []


def test_a_queue_is_blocked_when_its_first_run_has_waited_for_a_quarter_of_an_hour(service):
    now = datetime.now(UTC)
    assert blocked_queue(service.instance, now) is None
    run = started(service, "1" * 8 + "-0000-4000-8000-" + "1" * 12)

    class Queue:
        """An instance with that run in progress and one behind it, which only a daemon can queue."""

        def get_run_records(self, filters: dg.RunsFilter, **_: object) -> list[Any]:
            (record,) = service.instance.get_run_records()
            assert filters.statuses
            return [record]

    queue: Any = Queue()
    assert blocked_queue(queue, now + timedelta(minutes=14)) is None
    found = blocked_queue(queue, now + timedelta(minutes=16))
    assert (
        found
        == f"a run waits since {now:%Y-%m-%d %H:%M} UTC, behind run {run.run_id[:8]}, which is STARTED"
    )


# Old runs


@pytest.mark.slow
def test_old_runs_go_with_their_events_and_logs_and_others_stay(service):
    job = service.defs.resolve_job_def(JOB)
    done = dg.DagsterRunStatus.SUCCESS
    old, lives = (
        service.instance.create_run_for_job(job, status=status)
        for status in (done, dg.DagsterRunStatus.STARTED)
    )
    service.instance.report_engine_event("said", old)
    between = datetime.now(UTC)
    new = service.instance.create_run_for_job(job, status=done)
    service.instance.report_engine_event("said", new)
    assert delete_old_runs(service.instance, between) == 1
    assert {run.run_id for run in service.instance.get_runs()} == {lives.run_id, new.run_id}
    files = {path.stem for path in Path(service.instance.root_directory).rglob("*-*.db")}
    assert files == {lives.run_id, new.run_id}
    assert delete_old_runs(service.instance, between) == 0


# Publication


def test_a_new_release_is_published_by_itself_where_a_target_is_set(service, monkeypatch):
    def made(name: str, version: str) -> None:
        tags = {"dagster/data_version": version}
        service.instance.report_runless_asset_event(dg.AssetMaterialization(name, tags=tags))

    made("release", "2026.11.1")
    assert _by_themselves(service.defs) == []
    monkeypatch.setenv("STATEDATA_TARGET", "/srv/published")
    defs = build_defs(steps=BuildSteps(service.raw, service.warehouse))
    assert _by_themselves(defs) == ["publication", "site"]
    sensor = defs.resolve_sensor_def("publish_new_release")
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    first = dg.evaluate_automation_conditions(defs, service.instance)
    assert first.total_requested == 2
    for name in ("site", "publication"):
        made(name, "2026.11.1")
    made("release", "2026.11.1")  # a build whose data did not change
    second = dg.evaluate_automation_conditions(defs, service.instance, cursor=first.cursor)
    assert second.total_requested == 0
    made("release", "2026.11.2")
    third = dg.evaluate_automation_conditions(defs, service.instance, cursor=second.cursor)
    assert third.total_requested == 2


def _by_themselves(defs: dg.Definitions) -> list[str]:
    graph = defs.resolve_asset_graph()
    keys = [key for key in graph.get_all_asset_keys() if graph.get(key).automation_condition]
    return sorted(key.to_user_string() for key in keys)
