"""When a build happens by itself: a schedule, and a sensor on the raw folder.

Reads the raw folder and what was built last, requests runs of the job. Both say so when there is
nothing to do. A file counts once two looks at it in a row agree, so that a half-copied one waits.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from pipeline.alerts.runs import Runs, Schedule, read, schedule
from pipeline.build import BuildSteps
from pipeline.catalog.load import CatalogError, default_catalog
from pipeline.defs.idle import idle
from pipeline.defs.partitions import range_tags, sync_partitions
from pipeline.sheets.collect import RawFolderError, partition_of
from pipeline.sheets.listing import SheetFile, hash_files
from pipeline.sheets.manifest import Origin, read_manifest
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import ACCEPTANCES

SENSOR_SECONDS = 10
_TO_THE_SECOND = "%Y-%m-%dT%H:%M:%S"
_WINDOWS = 12
"""Builds that are looked ahead: a schedule may name days of the week, and months differ."""
_RUN_KEY = "dagster/run_key"

_SEEN: dict[Path, dict[str, SheetFile]] = {}
"""What the last look at a raw folder found, so that a look reads changed files alone."""

_NOTHING_BUILT: dict[str, Any] = {
    "built": {},
    "requested": {},
    "seen": {},
    "requests": 0,
    "run_key": "",
}
"""The sensor's cursor at first. ``built`` is what the last run that succeeded was requested for:
what a failed run left half done is built again with the next change."""

_UNCHANGED = "no sheet has changed since the last build"
_WHY_IDLE: dict[dg.DagsterRunStatus, str] = {
    dg.DagsterRunStatus.FAILURE: (
        f"{_UNCHANGED}, which failed: see its run, then change a sheet or launch it again"
    ),
    dg.DagsterRunStatus.CANCELED: (f"{_UNCHANGED}, which was cancelled; launch it again"),
}


_WHEN = dg.AutomationCondition
AFTER_A_RELEASE = (
    (
        _WHEN.missing().newly_true()
        | _WHEN.any_deps_match(_WHEN.data_version_changed() | _WHEN.will_be_requested())
        | (_WHEN.execution_failed() & _WHEN.cron_tick_passed("*/20 * * * *"))
    ).since(_WHEN.newly_requested() | _WHEN.newly_updated())
    & ~_WHEN.any_deps_missing()
    & ~_WHEN.any_deps_in_progress()
    & ~_WHEN.in_progress()
).with_label("after a new release, and every twenty minutes after a failure")
"""When pages are to be made and published: the release is new, or was not published yet."""


def seconds(usual: int) -> int:
    """Seconds between two looks of a sensor: ``STATEDATA_LOOK_SECONDS``, or what is usual for it."""
    return int(os.environ.get("STATEDATA_LOOK_SECONDS") or usual)


def fingerprints(raw: Path) -> dict[str, str]:
    """A hash for each partition over its files' names, contents and origins in the manifest.

    Raises:
        RawFolderError: the folder is missing or cannot be listed.
    """
    digests: dict[str, hashlib._Hash] = {}
    manifest: dict[str, Origin] = {}
    problem = ""
    try:
        manifest = read_manifest(raw)
    except RawFolderError as error:
        # A build is to fail of it, so that it is told: nobody reads why we skip.
        problem = str(error)
    _SEEN[raw] = {sheet.file: sheet for sheet in hash_files(raw, manifest, _SEEN.get(raw, {}))}
    for sheet in _SEEN[raw].values():
        digest = digests.setdefault(partition_of(sheet.file), hashlib.sha256())
        digest.update(json.dumps([sheet.row, problem]).encode())
    return {partition: digest.hexdigest() for partition, digest in sorted(digests.items())}


def schedule_of(job: dg.UnresolvedAssetJobDefinition, steps: BuildSteps) -> dg.ScheduleDefinition:
    """Build everything at the times of ``STATEDATA_CRON``, weekly by default."""
    raw = steps.raw

    @dg.schedule(
        name="build_schedule",
        job=job,
        cron_schedule=schedule(os.environ),
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Builds everything, unless nothing has changed since the last build.",
    )
    def build_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        try:
            found = sorted(fingerprints(raw))
        except RawFolderError as error:
            return dg.SkipReason(str(error))
        if not found:
            return dg.SkipReason(f"{raw} holds no sheets")
        unchanged = idle(steps, context.instance, datetime.now(UTC))
        if unchanged is not None:
            return dg.SkipReason(unchanged)
        keys = sync_partitions(context.instance, found)
        return dg.RunRequest(tags=range_tags(keys, keys))

    return build_schedule


def publishing_sensor_of(published: Sequence[dg.AssetsDefinition]) -> dg.SensorDefinition:
    """Publish what :data:`AFTER_A_RELEASE` asks for."""
    return dg.AutomationConditionSensorDefinition(
        "publish_new_release",
        target=dg.AssetSelection.assets(*published),
        minimum_interval_seconds=seconds(30),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Publishes a new release, and tries again what could not be published.",
    )


def schedule_at(now: datetime) -> Schedule:
    """The schedule by Dagster's own reckoning: its next time, and when data is stale by it.

    Data may be as old as the longest time between two of the next builds, and then a day more, or
    as long again where that is less.
    """
    cron = schedule(os.environ)
    shown = now.strftime(_TO_THE_SECOND)
    times = dg.TimeWindowPartitionsDefinition(
        start=shown, fmt=_TO_THE_SECOND, cron_schedule=cron, timezone="UTC"
    )
    windows = [times.time_window_for_partition_key(shown)]
    for _ in range(_WINDOWS):
        last = windows[-1].end.strftime(_TO_THE_SECOND)
        windows.append(times.time_window_for_partition_key(last))
    longest = max(window.end - window.start for window in windows)
    return Schedule(cron, windows[0].start, longest + min(longest, timedelta(days=1)), now)


def sensor_of(job: dg.UnresolvedAssetJobDefinition, steps: BuildSteps) -> dg.SensorDefinition:
    """Build what new, changed or removed files ask for."""
    raw = steps.raw

    @dg.sensor(
        name="raw_folder_sensor",
        job=job,
        minimum_interval_seconds=seconds(SENSOR_SECONDS),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sees new, changed and removed sheets and builds their years.",
    )
    def raw_folder_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        try:
            decisions = {"catalog": default_catalog().digest, "accepted": _accepted(raw)}
            now = {**fingerprints(raw), **decisions}
        except (RawFolderError, CatalogError) as error:
            return dg.SkipReason(str(error))
        cursor = {**_NOTHING_BUILT, **json.loads(context.cursor or "{}")}
        run = _run_of(context.instance, cursor["run_key"])
        if run and run.dagster_run.status == dg.DagsterRunStatus.SUCCESS:
            cursor["built"] = cursor["requested"]
        if now == cursor["requested"]:
            context.update_cursor(json.dumps(cursor))
            return dg.SkipReason(_why_idle(run, read(steps.stages.folder)))
        if now != cursor["seen"]:
            context.update_cursor(json.dumps({**cursor, "seen": now}))
            return dg.SkipReason("sheets have changed; waiting until they stay as they are")
        found = [partition for partition in now if partition not in decisions]
        if not found:
            return dg.SkipReason(f"{raw} holds no sheets")
        changed = _changed(cursor["built"], now, found)
        keys = sync_partitions(context.instance, found)
        # Numbered: Dagster drops a request whose key it knows, and sheets may go back to what
        # they were.
        number = cursor["requests"] + 1
        run_key = f"{number}-{hashlib.sha256(json.dumps(now).encode()).hexdigest()}"
        requested = {"requested": now, "requests": number, "run_key": run_key}
        context.update_cursor(json.dumps({**cursor, **requested}))
        return dg.RunRequest(run_key=run_key, tags=range_tags(keys, changed))

    return raw_folder_sensor


def _accepted(raw: Path) -> str:
    """A hash of the file of revisions that were let in, whatever it holds: a build reads it."""
    try:
        return sha256_of(raw / ACCEPTANCES)
    except OSError as error:
        return str(error.errno)


def _run_of(instance: dg.DagsterInstance, run_key: str) -> dg.RunRecord | None:
    """The last run with that key; None if there is none (any more)."""
    if not run_key:
        return None
    records = instance.get_run_records(dg.RunsFilter(tags={_RUN_KEY: run_key}), limit=1)
    return records[0] if records else None


def _why_idle(run: dg.RunRecord | None, builds: Runs | None) -> str:
    """Why nothing is requested; how the sensor's run ended matters until any build has succeeded."""
    ended = run.end_time if run else None
    renewed = builds.last_success if builds else None
    if run is None or (ended and renewed and renewed.timestamp() > ended):
        return _UNCHANGED
    return _WHY_IDLE.get(run.dagster_run.status, _UNCHANGED)


def _changed(built: dict[str, str], now: dict[str, str], found: list[str]) -> list[str]:
    """The partitions to build: those that differ, or all where the catalog does."""
    if built.get("catalog") != now["catalog"]:
        return found
    differing = [partition for partition in found if built.get(partition) != now[partition]]
    # Sheets were only removed, or let in: the comparison of sheets runs behind any one partition.
    return differing or found[-1:]
