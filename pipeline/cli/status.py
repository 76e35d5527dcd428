"""How the dataset stands, for the operator: last run, last release, what is left out, what is next.

Reads the warehouse folder, its locks, and the schedule that Dagster's daemon has recorded there;
gives a ``Status`` and its lines for a terminal. Nothing is written.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.alerts.events import Event, Kind, Places
from pipeline.alerts.outbox import standing
from pipeline.alerts.reporting import validation_events
from pipeline.alerts.runs import STALE_AFTER, Runs, Schedule, read, read_schedule
from pipeline.release.versions import Release, latest_release
from pipeline.stages import Stages
from pipeline.storage.lock import abandoned, holder


@dataclass(frozen=True, slots=True)
class Status:
    """How the dataset stands at ``now``, in UTC.

    ``entered`` is when the latest release was made, ``left_out`` what the last validation
    quarantined, withheld or let wait, ``held_by`` who writes the warehouse now, ``schedule`` what the
    daemon runs by, None if none has run here, ``blocked`` why no build starts, ``unpublished`` why
    readers do not have the latest release.
    """

    now: datetime
    runs: Runs | None
    release: Release | None
    entered: datetime | None
    left_out: list[Event]
    held_by: dict[str, Any] | None
    schedule: Schedule | None
    blocked: str | None
    unpublished: str | None

    @property
    def is_well(self) -> bool:
        """Whether there is a release, the last run succeeded, and none is missed or blocked."""
        if self.release is None or self.runs is None or self.runs.last.failure is not None:
            return False
        is_missed = self.schedule is not None and self.schedule.is_missed(self.now)
        is_stale = self.runs.is_stale(self.now, self.limit)
        return not (self.blocked or self.unpublished or is_missed or is_stale)

    @property
    def limit(self) -> timedelta:
        """After how long data is stale."""
        return self.schedule.stale_after if self.schedule else STALE_AFTER


def status(warehouse: Path, raw: Path, now: datetime) -> Status:
    """How the dataset in a warehouse folder stands; ``raw`` is for the commands to type.

    Raises:
        pipeline.release.versions.ReleaseError: the latest release cannot be read.
        pipeline.stages.StageError: the tables of the last validation are damaged.
    """
    release = latest_release(warehouse)
    entered = datetime.fromtimestamp(release.path.stat().st_mtime, UTC) if release else None
    left_out = list(validation_events(Places(raw, warehouse)))
    stages = Stages.of(warehouse)
    said = {event.kind: event.found for event in standing(stages.folder)}
    return Status(
        now, read(stages.folder), release, entered, left_out, holder(warehouse),
        read_schedule(stages.folder), _lost_runs(stages) or said.get("blocked_queue"),
        said.get("failed_publication"),
    )  # fmt: skip


def _lost_runs(stages: Stages) -> str | None:
    """Dagster's runs whose process is gone: until the daemon takes them up, they block others."""
    lost = sorted(folder.name[:8] for folder in stages.running.glob("*") if abandoned(folder))
    if not lost:
        return None
    return f"the process of run {', '.join(lost)} is gone; the daemon retries it, is it running?"


def lines(found: Status) -> list[tuple[str, str]]:
    """The status as labelled lines for people."""
    return [
        ("last run", _last_run(found)),
        ("last release", _last_release(found)),
        ("data", _freshness(found)),
        *_listed("quarantined", found, "quarantined_sheet"),
        *_listed("pending", found, "pending_sheet"),
        *_listed("withheld", found, "withheld_figure"),
        ("writing now", _holder(found)),
        ("queue", f"blocked: {found.blocked}" if found.blocked else "nothing is blocked"),
        *([("published", f"not: {found.unpublished}")] if found.unpublished else []),
        ("next scheduled", _next(found)),
    ]


def as_object(found: Status) -> dict[str, Any]:
    """The status for machines; times are in UTC."""
    runs, release, plan = found.runs, found.release, found.schedule
    said = ("kind", "subject", "check", "expected", "found", "command")
    return {
        "is_well": found.is_well,
        "now": found.now,
        "last_run": runs and asdict(runs.last),
        "last_success": runs and runs.last_success,
        "is_stale": runs and runs.is_stale(found.now, found.limit),
        "release": release
        and {"version": release.version, "path": release.path, "made": found.entered},
        "left_out": [{name: getattr(event, name) for name in said} for event in found.left_out],
        "writing_now": found.held_by,
        "blocked": found.blocked,
        "unpublished": found.unpublished,
        "schedule": plan and plan.cron,
        "next_tick": plan and plan.next_tick,
        "daemon_seen": plan and plan.seen,
    }


def _last_run(found: Status) -> str:
    if found.runs is None:
        return "none recorded; `statedata build` makes one"
    run = found.runs.last
    seconds = (run.ended - run.began).total_seconds()
    text = f"{_time(run.ended)}, {_age(found.now - run.ended)} ago, {run.by}, {seconds:.0f} s: "
    if run.failure is None:
        return text + "succeeded"
    return text + "failed: " + run.failure.partition("\n")[0]  # what follows is a list


def _last_release(found: Status) -> str:
    if found.release is None or found.entered is None:
        return "none"
    age = _age(found.now - found.entered)
    return f"{found.release.version}, made {_time(found.entered)}, {age} ago"


def _freshness(found: Status) -> str:
    if found.runs is None:
        return "no build recorded"
    if found.runs.is_stale(found.now, found.limit):
        return f"stale: not confirmed for {_age(found.now - found.runs.renewed)}"
    if found.runs.last_success is None:
        return "no build has succeeded yet"
    return f"confirmed {_age(found.now - found.runs.renewed)} ago, stale after {_age(found.limit)}"


def _listed(label: str, found: Status, kind: Kind) -> list[tuple[str, str]]:
    of_kind = [event for event in found.left_out if event.kind == kind]
    texts = [f"{event.subject}: {event.check}; next: {event.command}" for event in of_kind]
    first, *others = texts or ["none"]
    return [(label, first), *(("", text) for text in others)]


def _holder(found: Status) -> str:
    if found.held_by is None:
        return "nobody"
    return f"process {found.held_by.get('pid', '?')} for {found.held_by.get('for', '?')}"


def _next(found: Status) -> str:
    plan = found.schedule
    if plan is None:
        return "never: no daemon has run here"
    seen = f"the daemon was there {_age(found.now - plan.seen)} ago"
    if plan.is_missed(found.now):
        return f"missed: {_time(plan.next_tick)} ({plan.cron}); {seen}, start it"
    return f"{_time(plan.next_tick)} ({plan.cron}); {seen}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _age(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds())) // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"
