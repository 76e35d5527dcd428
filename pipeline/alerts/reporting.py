"""What is told of a run, by whoever ran it: the command line, or Dagster's sensors.

Records the run and reports what stands by the tables of its validation. All of it may fail without
harm to a build: that is logged, and the next report makes up for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pyarrow.compute

from pipeline.alerts.events import (
    OF_VALIDATION,
    Event,
    Kind,
    Places,
    of_age,
    of_failure,
    of_publication,
    of_queue,
    of_validation,
)
from pipeline.alerts.outbox import log_problem, report
from pipeline.alerts.pulse import show_pulse
from pipeline.alerts.runs import CHANNELS, LOG, Run, read, record, stale_after
from pipeline.outcome import BuildError
from pipeline.stages import Stages
from pipeline.storage.lock import LockedError, locked
from pipeline.tables.schema import CHECKS, SHEETS

if TYPE_CHECKING:
    from pipeline.alerts.send import Channel

_PATIENCE_SECONDS = 10


@contextmanager
def reporting(places: Places) -> Iterator[None]:
    """Report the build that runs inside, however it ends; an exception passes through."""
    began = datetime.now(UTC)
    try:
        yield
    except Exception as error:
        failure = error if isinstance(error, BuildError) else BuildError(str(error))
        report_run("statedata build", began, datetime.now(UTC), failure, places)
        raise
    report_run("statedata build", began, datetime.now(UTC), None, places)


def report_run(
    by: str, began: datetime, ended: datetime, failure: BuildError | None, places: Places
) -> None:
    """Record a run and tell of what it left behind; what goes wrong with that is logged.

    ``failure`` is why it released nothing; None if it succeeded.
    """
    try:
        record(Run(by, began, ended, str(failure) if failure else None), _folder(places))
    except OSError as error:
        log_problem(LOG, f"the run cannot be recorded: {error.strerror}")
    events: list[Event] = []
    settled: set[Kind] = {"failed_run"}
    if failure is None:
        settled.add("stale_data")
    else:
        events.append(of_failure(failure, places))
    try:
        if failure is None or failure.validated:
            found = _validation(places)
            if found is not None:
                events += found
                settled |= OF_VALIDATION
        _report(events, settled, places)
        show_pulse(places.warehouse, os.environ, alive=failure is None)
    except Exception as error:  # noqa: BLE001  # telling of a build must never fail it
        log_problem(LOG, f"the run cannot be reported: {type(error).__name__}")


def report_unchanged(by: str, began: datetime, warehouse: Path) -> None:
    """Record that a build would change nothing, and tell what is still untold."""
    # The tables of the last validation are as they were: what they say is told already.
    places, ended = Places(Path(), warehouse), datetime.now(UTC)
    try:
        record(Run(by, began, ended, None), _folder(places))
        _report([], {"failed_run", "stale_data"}, places)
        show_pulse(warehouse, os.environ, alive=True)
    except Exception as error:  # noqa: BLE001  # as above
        log_problem(LOG, f"the run cannot be reported: {type(error).__name__}")


def report_publication(failure: BuildError | None, target: str, places: Places) -> None:
    """Tell that the latest release could not be published, or that it is."""
    events = [of_publication(failure, target)] if failure else []
    _report(events, {"failed_publication"}, places)


def report_standing(blocked: str | None, places: Places) -> str:
    """Tell of stale data and a queue that is blocked, and try again what was untold; in words."""
    runs, now = read(_folder(places)), datetime.now(UTC)
    events = [of_queue(blocked)] if blocked else []
    limit = stale_after(_folder(places))
    if runs is not None and runs.is_stale(now, limit):
        events.append(of_age(runs.renewed, runs.last.failure is not None, limit, places))
    _report(events, {"stale_data", "blocked_queue"}, places)
    if events:
        return "; ".join(event.message for event in events)
    if runs is None:
        return "nothing has been built yet"
    return f"built at {runs.renewed:%Y-%m-%d %H:%M} UTC"


def validation_events(places: Places) -> Iterator[Event]:
    """What the last validation of a warehouse left out; nothing before the first.

    Raises:
        pipeline.stages.StageError: its tables are damaged.
    """
    try:
        tables = Stages.of(places.warehouse).validated([CHECKS.name, SHEETS.name])
    except FileNotFoundError:
        return
    # Failures are few and texts are long: neither the other checks nor the texts become rows.
    failing = [
        SimpleNamespace(**row)
        for batch in tables.batches(CHECKS.name)
        for row in batch.filter(pyarrow.compute.invert(batch["passed"])).to_pylist()
    ]
    hashes = tables.read(SHEETS.name, ["file", "sha256"]).to_pylist()
    yield from of_validation(failing, [SimpleNamespace(**row) for row in hashes], places)


def _validation(places: Places) -> list[Event] | None:
    """The events of the last validation; None while another build is writing a new one."""
    try:
        with locked(places.warehouse, "alerts", patience=_PATIENCE_SECONDS):
            return list(validation_events(places))
    except LockedError:
        return None


def _report(events: list[Event], settled: set[Kind], places: Places) -> None:
    found: list[Channel] = []
    if any(os.environ.get(name) for name in CHANNELS):
        # Only where somebody is to be told is there a wait for the libraries of the network.
        from pipeline.alerts.send import channels

        found, problems = channels(os.environ)
        for problem in problems:
            log_problem("settings", problem)
    report(events, settled, _folder(places), found, datetime.now(UTC))


def _folder(places: Places) -> Path:
    """Where it is kept what ran and what was told."""
    return Stages.of(places.warehouse).folder
