"""Old runs of Dagster are deleted with their events and logs: a service that runs for years stays small.

Dagster itself keeps runs for ever; what it keeps of looks of schedule and sensors is bounded by
``retention`` in ``dagster.yaml``. No release and no record of a build is touched.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

_DAYS = 90
_AT_ONCE = 200
"""Runs that one look deletes: a sensor is ended after a minute."""
_ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]


def delete_old_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete ended runs that were made before a time, oldest first; gives how many."""
    filters = dg.RunsFilter(statuses=_ENDED, created_before=before)
    runs = instance.get_runs(filters, limit=_AT_ONCE, ascending=True)
    for run in runs:
        instance.compute_log_manager.delete_logs(prefix=[run.run_id])
        instance.delete_run(run.run_id)
        _remove_file_of_events(instance, run.run_id)
    return len(runs)


def _remove_file_of_events(instance: dg.DagsterInstance, run_id: str) -> None:
    """Remove what Dagster only empties: with SQLite each run has a file of half a megabyte."""
    path_of = getattr(instance.event_log_storage, "path_for_shard", None)
    if path_of is not None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path_of(run_id)}{suffix}").unlink(missing_ok=True)


@dg.sensor(
    name="old_runs",
    minimum_interval_seconds=3600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Deletes runs, their events and logs after STATEDATA_KEEP_RUNS_DAYS days.",
)
def old_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Look hourly for runs that are too old."""
    days = float(os.environ.get("STATEDATA_KEEP_RUNS_DAYS") or _DAYS)
    count = delete_old_runs(context.instance, datetime.now(UTC) - timedelta(days=days))
    return dg.SkipReason(f"{count} runs older than {days:g} days deleted")
