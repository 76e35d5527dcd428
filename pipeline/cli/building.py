"""The command ``build``: which way it goes, and the closing table.

Without ``DAGSTER_HOME`` the steps are called directly; where it is set they are materialised as
Dagster's assets, so that the run is recorded there. The bytes are the same.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from pipeline.alerts.runs import CHANNELS, LOG, PULSE, Run, read, record
from pipeline.cli.showing import say_done, showing
from pipeline.cli.terminal import print_labeled
from pipeline.outcome import BuildError, Outcome
from pipeline.progress import Progress
from pipeline.release.versions import version_key
from pipeline.storage.names import STAGES
from pipeline.unchanged import Subject, forget, inputs_of, remember, unchanged


def run_build(subject: Subject, *, errors: Console, shown: Console) -> Outcome:
    """Build, tell of it, and record it; or say again what the last build said, if nothing changed.

    On ``errors`` it says what alerts cannot tell, on ``shown`` how the build goes.

    Raises:
        pipeline.outcome.BuildError: nothing was released.
        pipeline.release.versions.ReleaseError: the version that is asked for is none.
    """
    raw, warehouse = subject.raw, subject.warehouse
    if subject.version:
        version_key(subject.version)
    # A slip of whoever types is theirs alone: no failed run, no alert.
    if not raw.is_dir():
        raise BuildError(f"{raw}: no such folder; put the sheets there or name another with --raw")
    began, last = datetime.now(UTC), read(warehouse / STAGES)
    with _problems_in_words(errors):
        if last is not None and last.last.failure is None:
            outcome = unchanged(subject)
            if outcome is not None:
                say_done(shown, "build", "nothing has changed since the last build")
                _renew(warehouse, began)
                return outcome
        with showing(shown) as progress:
            return _build(subject, progress)


def _build(subject: Subject, progress: Progress) -> Outcome:
    from pipeline.alerts.events import Places
    from pipeline.alerts.reporting import reporting
    from pipeline.build import BuildSteps, holding, run_steps

    run: Callable[..., Outcome] = run_steps
    if subject.home:
        # Dagster is imported only where a run is to be recorded.
        from pipeline.defs.recorded import record_build

        run = record_build
    scheduler = os.environ.get("STATEDATA_SCHEDULER", "")
    steps = BuildSteps(subject.raw, subject.warehouse, scheduler, progress)
    # Held around the whole: what is remembered is what this build has left.
    with reporting(Places(subject.raw, subject.warehouse)), holding(steps) as partitions:
        forget(subject)
        inputs = inputs_of(subject)
        version, accept_revisions = subject.version, subject.accept_revisions
        outcome = run(steps, partitions, version=version, accept_revisions=accept_revisions)
        remember(subject, inputs, outcome)
    return outcome


@contextmanager
def _problems_in_words(errors: Console) -> Iterator[None]:
    """Say what alerts cannot tell anyone; what they tell, the build says here by itself."""
    problems: list[dict[str, str]] = []

    class Words(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told = json.loads(record.getMessage())
            if "problem" in told:
                problems.append(told)

    logger, words = logging.getLogger("statedata.alerts"), Words()
    logger.addHandler(words)
    logger.propagate = False
    failed = False
    try:
        yield
    except BuildError:
        failed = True
        raise
    finally:
        logger.propagate = True
        logger.removeHandler(words)
        for told in problems:
            # Why nothing can be recorded is what a failed build itself says in one line.
            if not (failed and told["channel"] == LOG):
                errors.print(Text(f"alerts: {told['channel']}: {told['problem']}", style="yellow"))


def _renew(warehouse: Path, began: datetime) -> None:
    """Record that a build has found everything as it was, and tell what is still untold."""
    folder = warehouse / STAGES
    if any(os.environ.get(name) for name in (*CHANNELS, *PULSE)):
        # Only where somebody is told: it waits for the libraries of the network and of tables.
        from pipeline.alerts.reporting import report_unchanged

        report_unchanged("statedata build", began, warehouse)
    else:
        with suppress(OSError):  # as with every record of a run, that it fails harms nothing
            record(Run("statedata build", began, datetime.now(UTC), None), folder)


def show_left_out(outcome: Outcome, errors: Console) -> None:
    """Print what was left out, and why."""
    for label, rows, style in (
        ("warning", outcome.warnings, "yellow"),
        ("pending", outcome.pending, "yellow"),
        ("withheld", outcome.withheld, "red"),
        ("quarantined", outcome.quarantine, "red"),
    ):
        for row in rows:
            errors.print(Text(f"{label}: {row.message}", style=style))


def show(outcome: Outcome, output: Console) -> None:
    """Print the closing table."""
    sheets = ", ".join(f"{count:,} {status}" for status, count in sorted(outcome.sheets.items()))
    unaccounted = outcome.numerals.get("unaccounted", 0)
    numerals = sum(outcome.numerals.values())
    quarantined = len({row.file for row in outcome.quarantine})
    made = "new" if outcome.is_new else "data unchanged, no new release"
    lines = [
        ("sheets", sheets),
        ("figures", f"{outcome.statements:,} statements, {outcome.observations:,} observations"),
        ("numerals", f"{numerals:,}, {unaccounted:,} unaccounted"),
        ("checks", f"{outcome.checks['passed']:,} of {outcome.checks['all']:,} passed"),
        ("pending", f"{len(outcome.pending):,} sheets"),
        ("quarantined", f"{quarantined:,} sheets, {len(outcome.withheld):,} figures withheld"),
        ("release", f"{outcome.version} ({made})"),
        ("path", str(outcome.release)),
    ]
    print_labeled(lines, output)
