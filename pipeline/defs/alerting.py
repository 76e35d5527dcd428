"""What is told of a run, by whoever ran it: the command line, or Dagster's sensors here.

Reads a run's events and the tables of its validation, records the run and reports what stands.
All of it may fail without harm to a build: that is logged, and the next report makes up for it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from pipeline.alerts.events import (
    OF_VALIDATION,
    Event,
    Failure,
    Kind,
    Places,
    of_age,
    of_failure,
)
from pipeline.alerts.outbox import LOGGER, log_problem, report
from pipeline.alerts.runs import STALE_AFTER, Run, read, record
from pipeline.alerts.send import channels
from pipeline.cli.status import validation_events
from pipeline.defs.checks import NO_UNACCEPTED_REVISION, SOME_SHEET_IS_ACCEPTED
from pipeline.defs.watching import WATCHING
from pipeline.stages import Stages
from pipeline.storage.lock import LockedError, locked
from pipeline.tables.schema import QUARANTINE

_SENSOR_SECONDS = 30
_AGE_SECONDS = 600
_PATIENCE_SECONDS = 10
_TOLD = {
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
}


class RunFailedError(Exception):
    """A run released nothing; ``failure`` says why."""

    def __init__(self, failure: Failure | str) -> None:
        self.failure = Failure(failure) if isinstance(failure, str) else failure
        super().__init__(self.failure.message)


@contextmanager
def reporting(places: Places, *, at_terminal: bool = False) -> Iterator[None]:
    """Report the build that runs inside, however it ends; an exception passes through.

    Args:
        places: its folders.
        at_terminal: whether somebody reads along, who needs no log lines besides.
    """
    if at_terminal:
        LOGGER.addHandler(logging.NullHandler())
    began = datetime.now(UTC)
    try:
        yield
    except Exception as error:
        failure = error.failure if isinstance(error, RunFailedError) else Failure(str(error))
        report_run("statedata build", began, datetime.now(UTC), failure, places)
        raise
    report_run("statedata build", began, datetime.now(UTC), None, places)


def report_run(
    by: str, began: datetime, ended: datetime, failure: Failure | None, places: Places
) -> None:
    """Record a run and tell of what it left behind; what goes wrong with that is logged.

    Args:
        by: who ran it.
        began: when, in UTC.
        ended: until when, in UTC.
        failure: why it released nothing; None if it succeeded.
        places: its folders.
    """
    try:
        record(Run(by, began, ended, failure.message if failure else None), _folder(places))
    except OSError as error:
        log_problem("log", f"the run cannot be recorded: {error.strerror}")
    events: list[Event] = []
    settled: set[Kind] = {"failed_run"}
    if failure is None:
        settled.add("stale_data")
    else:
        events.append(of_failure(failure, NO_UNACCEPTED_REVISION.name, places))
    try:
        if failure is None or failure.validated:
            found = _validation(places)
            if found is not None:
                events += found
                settled |= OF_VALIDATION
        _report(events, settled, places)
    except Exception as error:  # noqa: BLE001  # telling of a build must never fail it
        log_problem("log", f"the run cannot be reported: {type(error).__name__}")


def report_age(places: Places) -> str:
    """Tell of stale data, and again try what a channel could not be told; gives it in words."""
    runs, now = read(_folder(places)), datetime.now(UTC)
    if runs is None:
        return "nothing has been built yet"
    stale = runs.is_stale(now)
    failing = runs.last.failure is not None
    events = [of_age(runs.renewed, failing, STALE_AFTER.days, places)] if stale else []
    _report(events, {"stale_data"}, places)
    return events[0].message if events else f"built at {runs.renewed:%Y-%m-%d %H:%M} UTC"


def failure_of(run_events: Iterable[dg.DagsterEvent], stages: Stages) -> Failure:
    """Why a failed run failed, by its events.

    Args:
        run_events: those of checks, steps and the run itself.
        stages: the frames that the run left.
    """
    found = list(run_events)
    checks = [event.asset_check_evaluation_data for event in found if _is_check(event)]
    validated = any(SOME_SHEET_IS_ACCEPTED.name == check.check_name for check in checks)
    failed = {check.check_name: check for check in checks if not check.passed}
    if "corrections_apply" in failed:
        message = str(failed["corrections_apply"].description)
        return Failure(message, "corrections_apply", validated)
    if SOME_SHEET_IS_ACCEPTED.name in failed:
        reasons = (
            stages.validated([QUARANTINE.name])
            .read(QUARANTINE.name, ["message"])["message"]
            .to_pylist()
        )
        message = "\n".join(["no sheet was accepted:", *reasons])
        return Failure(message, SOME_SHEET_IS_ACCEPTED.name, validated)
    if NO_UNACCEPTED_REVISION.name in failed:
        evaluation = failed[NO_UNACCEPTED_REVISION.name]
        message = (
            f"{evaluation.description}; `latest` stays. Build with --accept-revisions if this is "
            f"right:\n{evaluation.metadata['changes'].value}"
        )
        return Failure(message, NO_UNACCEPTED_REVISION.name, validated)
    return Failure(_step_failure(found) or "the run failed without a reason", None, validated)


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
        failure = failure_of(
            [*_events(context), context.failure_event], Stages.of(places.warehouse)
        )
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


def _validation(places: Places) -> list[Event] | None:
    """The events of the last validation; None while another build is writing a new one."""
    try:
        with locked(places.warehouse, "alerts", patience=_PATIENCE_SECONDS):
            return list(validation_events(places))
    except LockedError:
        return None


def _report(events: list[Event], settled: set[Kind], places: Places) -> None:
    found, problems = channels(os.environ)
    for problem in problems:
        log_problem("settings", problem)
    report(events, settled, _folder(places), found, datetime.now(UTC))


def _folder(places: Places) -> Path:
    """Where it is kept what ran and what was told."""
    return Stages.of(places.warehouse).folder


def _report_run_of(
    context: dg.RunStatusSensorContext, failure: Failure | None, places: Places
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


def _is_check(event: dg.DagsterEvent) -> bool:
    return event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION


def _is_release(event: dg.DagsterEvent) -> bool:
    materialized = event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION
    return materialized and event.asset_key == dg.AssetKey("release")


def _step_failure(run_events: list[dg.DagsterEvent]) -> str | None:
    """What the first step that failed says, else the run itself."""
    for event in run_events:
        if event.event_type == dg.DagsterEventType.STEP_FAILURE:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None and _is_dagsters(error.cls_name):
                error = error.cause
            if error is not None:
                # An error without a text is at least called by its name.
                return error.message.partition(": ")[2].strip() or error.message.strip()
    for event in run_events:
        if event.event_type == dg.DagsterEventType.RUN_FAILURE and event.message:
            return event.message
    return None


def _is_dagsters(error_class: str | None) -> bool:
    """Whether an error only wraps ours; the causes of ours are told by its message already."""
    return (error_class or "").startswith("Dagster")
