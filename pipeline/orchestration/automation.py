"""When a build happens by itself: a schedule, and a sensor on the raw folder.

Reads the raw folder and what was built last, requests runs of the job. Both say so when there is
nothing to do. A file counts once two looks at it in a row agree, so that a half-copied one waits.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import dagster as dg

from pipeline.catalogue.load import default_catalogue
from pipeline.orchestration.partitions import range_tags, sync_partitions
from pipeline.sheets.collect import RawFolderError, list_files, partition_of

SENSOR_SECONDS = 10
_SEPARATOR = "\0"


def fingerprints(raw: Path) -> dict[str, str]:
    """A hash for each partition over the names and contents of its files.

    Raises:
        RawFolderError: the folder is missing or cannot be listed.
    """
    digests: dict[str, hashlib._Hash] = {}
    for file, path in list_files(raw):
        digest = digests.setdefault(partition_of(file), hashlib.sha256())
        digest.update(f"{file}{_SEPARATOR}{_content_digest(path)}{_SEPARATOR}".encode())
    return {partition: digest.hexdigest() for partition, digest in sorted(digests.items())}


def _content_digest(path: Path) -> str:
    try:
        if not path.is_file():
            return "no regular file"
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return str(error.strerror)  # collect says what is wrong with it


def schedule_of(job: dg.UnresolvedAssetJobDefinition, raw: Path) -> dg.ScheduleDefinition:
    """Build everything at the times of ``STATEDATA_CRON``, weekly by default."""

    @dg.schedule(
        name="build_schedule",
        job=job,
        cron_schedule=os.environ.get("STATEDATA_CRON", "0 6 * * 1"),
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Builds everything; a build whose data did not change makes no release.",
    )
    def build_schedule(context: dg.ScheduleEvaluationContext):  # type: ignore[no-untyped-def]
        try:
            found = sorted(fingerprints(raw))
        except RawFolderError as error:
            return dg.SkipReason(str(error))
        if not found:
            return dg.SkipReason(f"{raw} holds no sheets")
        keys = sync_partitions(context.instance, found)
        return dg.RunRequest(tags=range_tags(keys, keys))

    return build_schedule


def sensor_of(job: dg.UnresolvedAssetJobDefinition, raw: Path) -> dg.SensorDefinition:
    """Build what new, changed or removed files ask for."""

    @dg.sensor(
        name="raw_folder_sensor",
        job=job,
        minimum_interval_seconds=SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sees new, changed and removed sheets and builds their years.",
    )
    def raw_folder_sensor(context: dg.SensorEvaluationContext):  # type: ignore[no-untyped-def]
        try:
            now = {**fingerprints(raw), "catalogue": default_catalogue().digest}
        except RawFolderError as error:
            return dg.SkipReason(str(error))
        cursor = json.loads(context.cursor) if context.cursor else {"built": {}, "seen": {}}
        if now == cursor["built"]:
            return dg.SkipReason("no sheet has changed since the last build")
        if now != cursor["seen"]:
            context.update_cursor(json.dumps({**cursor, "seen": now}))
            return dg.SkipReason("sheets have changed; waiting until they stay as they are")
        found = [partition for partition in now if partition != "catalogue"]
        if not found:
            return dg.SkipReason(f"{raw} holds no sheets")
        changed = _changed(cursor["built"], now, found)
        keys = sync_partitions(context.instance, found)
        context.update_cursor(json.dumps({"built": now, "seen": now}))
        digest = hashlib.sha256(json.dumps(now).encode()).hexdigest()
        return dg.RunRequest(run_key=digest, tags=range_tags(keys, changed))

    return raw_folder_sensor


def _changed(built: dict[str, str], now: dict[str, str], found: list[str]) -> list[str]:
    """The partitions to build: those that differ, or all where the catalogue does."""
    if built.get("catalogue") != now["catalogue"]:
        return found
    differing = [partition for partition in found if built.get(partition) != now[partition]]
    # Sheets were only removed: the comparison of sheets runs behind any one partition.
    return differing or found[-1:]
