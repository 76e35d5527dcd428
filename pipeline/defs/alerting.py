"""Dagster's sensors that tell of runs, and of what stands without one.

What is told, and how, is found in :mod:`pipeline.alerts.reporting`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import dagster as dg

from pipeline.alerts.events import Places
from pipeline.alerts.outbox import log_problem
from pipeline.alerts.reporting import report_publication, report_run, report_standing
from pipeline.alerts.runs import LOG, record_schedule
from pipeline.defs.automation import schedule_at, seconds
from pipeline.defs.lost import blocked_queue
from pipeline.defs.watching import WATCHING
from pipeline.outcome import BuildError
from pipeline.stages import Stages

_SENSOR_SECONDS = 30
_STANDING_SECONDS = 60
PUBLISHING = "publish"
"""The job that publishes."""
_FOR_READERS = {dg.AssetKey("site"), dg.AssetKey("publication")}
_WILL_RETRY = "dagster/will_retry"
_TOLD = {
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
}


def sensors_of(places: Places, target: str) -> list[dg.SensorDefinition]:
    """The sensors that report runs of this code location, and what stands without a run."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="report_success",
        minimum_interval_seconds=seconds(_SENSOR_SECONDS),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Records a successful build and tells of quarantined sheets.",
    )
    def report_success(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
        return _report(context, None)

    @dg.run_failure_sensor(
        name="report_failure",
        minimum_interval_seconds=seconds(_SENSOR_SECONDS),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Records a failed build and tells why it failed.",
    )
    def report_failure(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        if context.dagster_run.tags.get(_WILL_RETRY) == "true":
            return dg.SkipReason("the run is tried again")
        return _report(context, failure_of([*_events(context), context.failure_event]))

    def _report(
        context: dg.RunStatusSensorContext, failure: BuildError | None
    ) -> dg.SkipReason | None:
        """Tell how a build and a publication ended, whichever the run had."""
        if context.dagster_run.job_name == WATCHING:
            return dg.SkipReason("the run looked at the watchlist and built nothing")
        steps = list(_events(context))
        run, ends = context.dagster_run, {event.step_key for event in steps}
        chosen = run.asset_selection or frozenset()  # none of a job's own
        alone = bool(chosen) and chosen <= _FOR_READERS
        of_readers = alone or run.job_name == PUBLISHING or "site" in ends
        is_publication = "publication" in ends or (failure and of_readers)
        if is_publication:
            report_publication(failure, target, places)
            failure = None
        if failure or any(_is_release(event) for event in steps):
            _report_run_of(context, failure, places)
        elif not is_publication:
            return dg.SkipReason("the run made no release")
        return None

    @dg.sensor(
        name="report_standing",
        minimum_interval_seconds=seconds(_STANDING_SECONDS),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells of runs that do not start, of data that no build has renewed, and of "
        "what could not be told; records by which schedule the daemon runs.",
    )
    def report_what_stands(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        now = datetime.now(UTC)
        try:
            record_schedule(schedule_at(now), Stages.of(places.warehouse).folder)
        except OSError as error:
            log_problem(LOG, f"the schedule cannot be recorded: {error.strerror}")
        return dg.SkipReason(report_standing(blocked_queue(context.instance, now), places))

    return [report_success, report_failure, report_what_stands]


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
