"""When builds ought to run, and when they did.

``last_run.json`` beside the stages holds the last run, however it ended, and the last one that
succeeded. Whoever runs a build, command line or Dagster, records it there. ``schedule.json`` holds
the schedule that Dagster's daemon runs by, which alone knows its settings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.storage.atomic import write_text
from pipeline.storage.formats import json_text
from pipeline.storage.names import LAST_RUN, SCHEDULE
from pipeline.storage.spare import write_record

STALE_AFTER = timedelta(days=8)
"""Data that no build has renewed for longer is stale, where no daemon says by its schedule."""
PULSE = ("STATEDATA_HEARTBEAT_URL", "STATEDATA_METRICS_FILE")
"""Settings that ask for signs of life."""
LOG = "log"
"""The channel that everything is told to besides; its problems are of the warehouse folder."""
CHANNELS = ("STATEDATA_WEBHOOK_URL", "STATEDATA_SMTP_URL")
"""Settings that name somebody to tell."""
_MISSED_AFTER = timedelta(minutes=15)

_WEEKLY = "0 6 * * 1"


def schedule(environment: Mapping[str, str]) -> str:
    """The times of the schedule as a cron expression, in UTC; weekly unless it says otherwise."""
    return environment.get("STATEDATA_CRON") or _WEEKLY


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the daemon builds, as it said at ``seen``; times in UTC.

    Data that no build has renewed for longer than ``stale_after`` is stale.
    """

    cron: str
    next_tick: datetime
    stale_after: timedelta
    seen: datetime

    def is_missed(self, now: datetime) -> bool:
        """Whether a time of the schedule has passed without the daemon noticing."""
        return now - self.next_tick > _MISSED_AFTER


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

    def is_stale(self, now: datetime, limit: timedelta) -> bool:
        """Whether no build has renewed the data for longer than the limit."""
        return now - self.renewed > limit


def record(run: Run, folder: Path) -> None:
    """Record a run as the last one, unless one that ended later is recorded.

    Raises:
        OSError: the folder cannot be written.
    """
    before = read(folder)
    # One from the future was recorded by a clock that was wrong.
    if before is not None and run.ended < before.last.ended <= datetime.now(UTC):
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
    write_record(folder / LAST_RUN, json_text(kept))


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


def record_schedule(schedule: Schedule, folder: Path) -> None:
    """Record what the daemon runs by.

    Raises:
        OSError: the folder cannot be written.
    """
    kept = {
        "cron": schedule.cron,
        "next_tick": schedule.next_tick.isoformat(),
        "stale_after_seconds": schedule.stale_after.total_seconds(),
        "seen": schedule.seen.isoformat(),
    }
    write_text(folder / SCHEDULE, json_text(kept))


def read_schedule(folder: Path) -> Schedule | None:
    """What a daemon runs by; None if none has run here, or the record is damaged."""
    try:
        kept = json.loads((folder / SCHEDULE).read_text(encoding="utf-8"))
        stale_after = timedelta(seconds=kept["stale_after_seconds"])
        return Schedule(kept["cron"], _time(kept["next_tick"]), stale_after, _time(kept["seen"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # the daemon writes it anew


def stale_after(folder: Path) -> timedelta:
    """After how long data is stale by the daemon's schedule, or by the usual one."""
    found = read_schedule(folder)
    return found.stale_after if found else STALE_AFTER


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
