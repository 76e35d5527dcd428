"""Runs whose process is gone: found by the lock that it held, failed, and so retried.

A run of Dagster whose process was killed together with the server that had started it stays
``STARTED``, and runs behind it wait. Dagster asks its own launcher for the process, and that one
cannot tell; a lock of the operating system can, whatever number the process had and in whichever
container it ran. Runs of another machine or another instance have no lock here and are left alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from pipeline.defs.automation import seconds
from pipeline.stages import Stages
from pipeline.storage.lock import LockedError, abandoned, locked

GONE = "the process of this run is gone: it was killed, or its machine went down"
WAITS_LONG = timedelta(minutes=15)
"""A queued run that waits longer than this is told of: a build takes seconds to minutes."""

_IN_PROGRESS = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@contextmanager
def running(warehouse: Path, run_id: str) -> Iterator[None]:
    """Hold a run's lock; a disk that takes none is no reason not to run."""
    folder = Stages.of(warehouse).running / run_id
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, f"Dagster's run {run_id}", patience=0))
        except (OSError, LockedError) as error:
            dg.get_dagster_logger().warning(f"{folder}: no lock: {error}")
        yield
    shutil.rmtree(folder, ignore_errors=True)


def fail_lost_runs(instance: dg.DagsterInstance, warehouse: Path) -> list[str]:
    """Fail the instance's runs whose process is gone; gives their ids."""
    lost = []
    for folder in [*Stages.of(warehouse).running.glob("*")]:
        run = instance.get_run_by_id(folder.name)
        if run is None or not abandoned(folder):
            continue
        if run.status == dg.DagsterRunStatus.STARTED:
            instance.report_run_failed(run, GONE)
            lost.append(run.run_id)
        if run.status != dg.DagsterRunStatus.CANCELING:  # that, Dagster's own monitor ends
            shutil.rmtree(folder, ignore_errors=True)
    return lost


def lost_runs_sensor_of(warehouse: Path) -> dg.SensorDefinition:
    """Look for lost runs at the start of the daemon, and every half minute from then on."""

    @dg.sensor(
        name="lost_runs",
        minimum_interval_seconds=seconds(30),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Fails runs whose process is gone, so that they are retried and block nothing.",
    )
    def lost_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        lost = fail_lost_runs(context.instance, warehouse)
        return dg.SkipReason(
            f"{GONE}: {', '.join(lost)}" if lost else "no run has lost its process"
        )

    return lost_runs


def blocked_queue(instance: dg.DagsterInstance, now: datetime) -> str | None:
    """Why runs do not start, if the first of the queue has waited for too long; else None."""
    queued = instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]), ascending=True, limit=1
    )
    if not queued:
        return None
    since = queued[0].create_timestamp
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    if now - since < WAITS_LONG:
        return None
    ahead = instance.get_run_records(dg.RunsFilter(statuses=_IN_PROGRESS), ascending=True, limit=1)
    behind = "and no other run is in progress"
    if ahead:
        run = ahead[0].dagster_run
        behind = f"behind run {run.run_id[:8]}, which is {run.status.value}"
    return f"a run waits since {since:%Y-%m-%d %H:%M} UTC, {behind}"
