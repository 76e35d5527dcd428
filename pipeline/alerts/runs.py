"""When builds ought to run, and when they did.

``last_run.json`` beside the stages holds the last run, however it ended, and the last one that
succeeded. Whoever runs a build, command line or Dagster, records it there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.storage.atomic import write_text
from pipeline.storage.formats import json_text
from pipeline.storage.names import LAST_RUN

STALE_AFTER = timedelta(days=8)
"""Data that no build has renewed for longer than the weekly schedule is stale."""

_WEEKLY = "0 6 * * 1"


def schedule(environment: Mapping[str, str]) -> str:
    """The times of the schedule as a cron expression, in UTC; weekly unless it says otherwise."""
    return environment.get("STATEDATA_CRON") or _WEEKLY


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a build: who ran it, from when to when (UTC), and why it failed if it did."""

    by: str
    began: datetime
    ended: datetime
    failure: str | None


@dataclass(frozen=True, slots=True)
class Runs:
    """The last run, when the first of them began, and when the last successful one ended."""

    last: Run
    first_began: datetime
    last_success: datetime | None

    @property
    def renewed(self) -> datetime:
        """When data was last renewed; before any success, when that was first tried."""
        return self.last_success or self.first_began

    def is_stale(self, now: datetime) -> bool:
        """Whether no build has renewed the data for too long."""
        return now - self.renewed > STALE_AFTER


def record(run: Run, folder: Path) -> None:
    """Record a run as the last one, unless one that ended later is recorded.

    Raises:
        OSError: the folder cannot be written.
    """
    before = read(folder)
    if before is not None and before.last.ended > run.ended:
        return
    succeeded = run.ended if run.failure is None else before and before.last_success
    kept = {
        "first_began": (before.first_began if before else run.began).isoformat(),
        "last_success": succeeded.isoformat() if succeeded else None,
        "last": {
            "by": run.by,
            "began": run.began.isoformat(),
            "ended": run.ended.isoformat(),
            "failure": run.failure,
        },
    }
    write_text(folder / LAST_RUN, json_text(kept))


def read(folder: Path) -> Runs | None:
    """What is recorded of runs; None before the first, and if the record is damaged."""
    try:
        kept = json.loads((folder / LAST_RUN).read_text(encoding="utf-8"))
        last, success = kept["last"], kept["last_success"]
        return Runs(
            Run(last["by"], _time(last["began"]), _time(last["ended"]), last["failure"]),
            _time(kept["first_began"]),
            _time(success) if success else None,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # the next run writes it anew


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
