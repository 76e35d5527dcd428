"""Dagster's sensors that tell of runs and of data that grows old.

What is told, and how, is found in :mod:`pipeline.alerts.reporting`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import dagster as dg

from pipeline.alerts.events import Places
from pipeline.alerts.reporting import report_age, report_run
from pipeline.defs.watching import WATCHING
from pipeline.outcome import BuildError

_SENSOR_SECONDS = 30
_AGE_SECONDS = 600
_TOLD = {
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
}


def sensors_of(places: Places) -> list[dg.SensorDefinition]:
    """The sensors that report runs of this code location, and data that grows old."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="report_success",
        minimum_interval_seconds=_SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Records a successful build and tells of quarantined sheets.",
    )
    def report_success(context: dg.RunStatusSensorContext):  # type: ignore[no-untyped-def]
        if not any(_is_release(event) for event in _events(context)):
            return dg.SkipReason("the run made no release")
        _report_run_of(context, None, places)
        return None

    @dg.run_failure_sensor(
        name="report_failure",
        minimum_interval_seconds=_SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Records a failed build and tells why it failed.",
    )
    def report_failure(context: dg.RunFailureSensorContext):  # type: ignore[no-untyped-def]
        if context.dagster_run.job_name == WATCHING:
            return dg.SkipReason("the run looked at the watchlist and built nothing")
        failure = failure_of([*_events(context), context.failure_event])
        _report_run_of(context, failure, places)
        return None

    @dg.sensor(
        name="report_stale_data",
        minimum_interval_seconds=_AGE_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells of data that no build has renewed, and of what could not be told.",
    )
    def report_stale_data() -> dg.SkipReason:
        return dg.SkipReason(report_age(places))

    return [report_success, report_failure, report_stale_data]


def failure_of(run_events: Iterable[dg.DagsterEvent]) -> BuildError:
    """Why a failed run failed: what its first failed step raised, else what Dagster says."""
    found = list(run_events)
    for event in found:
        if event.event_type == dg.DagsterEventType.STEP_FAILURE:
            raised = event.step_failure_data.user_failure_data
            if raised is not None and raised.description:
                said = {name: value.value for name, value in raised.metadata.items()}
                check, validated = str(said.get("check", "")), bool(said.get("validated"))
                return BuildError(str(raised.description), check or None, validated=validated)
    for event in found:
        if event.event_type == dg.DagsterEventType.RUN_FAILURE and event.message:
            return BuildError(event.message)
    return BuildError("the run failed without a reason")


def _report_run_of(
    context: dg.RunStatusSensorContext, failure: BuildError | None, places: Places
) -> None:
    run = context.dagster_run
    found = context.instance.get_run_record_by_id(run.run_id)
    now = datetime.now(UTC).timestamp()
    ended = (found and found.end_time) or now
    began = (found and found.start_time) or ended
    report_run(
        f"Dagster run {run.run_id[:8]}",
        datetime.fromtimestamp(began, UTC),
        datetime.fromtimestamp(ended, UTC),
        failure,
        places,
    )


def _events(context: dg.RunStatusSensorContext) -> Iterator[dg.DagsterEvent]:
    for entry in context.instance.all_logs(context.dagster_run.run_id, of_type=_TOLD):
        if entry.dagster_event is not None:
            yield entry.dagster_event


def _is_release(event: dg.DagsterEvent) -> bool:
    materialized = event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION
    return materialized and event.asset_key == dg.AssetKey("release")
