"""Which alerts are open, who was told of them, and the telling.

``alerts.json`` beside the stages holds every event that stands, with the channels that were told
of it. An event that stands is told once. Whoever was told of it is told that it has ended, unless
another event says how the same thing stands now; then it is forgotten, and told again should it
come back. What a channel could not be told waits for the next time. A full disk keeps none of it
from being remembered.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from pipeline.alerts.events import Event, Kind
from pipeline.alerts.runs import LOG
from pipeline.storage.formats import json_line, json_text
from pipeline.storage.lock import LockedError, locked
from pipeline.storage.names import ALERTS
from pipeline.storage.spare import keep_spare, write_record

if TYPE_CHECKING:
    from pipeline.alerts.send import Channel

LOGGER = logging.getLogger("statedata.alerts")
MOST_AT_ONCE = 50
"""Messages a channel sends at once; the last one says how many events it stands for."""
PATIENCE_SECONDS = 40.0
"""What telling may take in all: a Dagster sensor is ended after sixty seconds."""

_GRAVE: frozenset[Kind] = frozenset({"failed_run", "stale_data", "blocked_queue"})


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An event, and the names of the channels to which it stands: they were told so.

    One that is ``event.resolved`` is kept for the channels that do not know it yet.
    """

    event: Event
    told: frozenset[str] = frozenset()

    def is_news_to(self, channel: str) -> bool:
        """Whether a channel has to be told how it is."""
        return (channel in self.told) == self.event.resolved


def report(
    events: Iterable[Event],
    settled: Collection[Kind],
    folder: Path,
    channels: Sequence[Channel],
    at: datetime,
) -> None:
    """Tell of every event that was not told of before. Failing to tell is logged, never raised.

    ``settled`` are kinds of which ``events`` holds all that stand: others of these have ended.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, "alerts", patience=PATIENCE_SECONDS / 2))
        except (OSError, LockedError) as error:
            # That others may tell the same matters less than that it is told.
            log_problem(LOG, f"no lock, others may tell the same: {type(error).__name__}")
        # Before there is anything to tell: what a full disk is told of must be remembered on it.
        keep_spare(folder / ALERTS)
        known = {one.event.id: one for one in _read(folder)}
        open_alerts = _as_it_stands(known, {event.id: event for event in events}, settled)
        try:
            _log(open_alerts, at)
            for channel in channels:
                _tell(channel, open_alerts, at)
        finally:
            kept = {
                name: one for name, one in open_alerts.items() if one.told or not one.event.resolved
            }
            if kept != known:
                _write(kept.values(), folder)


def standing(folder: Path) -> list[Event]:
    """The events that stand, as they were last reported."""
    return [one.event for one in _read(folder) if not one.event.resolved]


def _as_it_stands(
    known: dict[str, OpenAlert], now: dict[str, Event], settled: Collection[Kind]
) -> dict[str, OpenAlert]:
    """Every alert as it is from now on: new, still standing, or ended."""
    about = {(event.kind, event.subject, event.check) for event in now.values()}
    found = {
        name: replace(known.get(name, OpenAlert(event)), event=event) for name, event in now.items()
    }
    for name, one in known.items():
        if name in now:
            continue
        if one.event.kind not in settled:
            found[name] = one
        elif (one.event.kind, one.event.subject, one.event.check) not in about:
            found[name] = replace(one, event=replace(one.event, resolved=True))
    return found


def log_problem(channel: str, problem: str) -> None:
    """Say that a channel does not work; no secret may be in ``problem``."""
    LOGGER.error(json_line({"kind": "channel_failed", "channel": channel, "problem": problem}))


def _log(open_alerts: dict[str, OpenAlert], at: datetime) -> None:
    for one in [*open_alerts.values()]:
        if one.is_news_to(LOG):
            from pipeline.alerts.send import payload  # as below, for the network's libraries

            is_grave = one.event.kind in _GRAVE and not one.event.resolved
            level = logging.ERROR if is_grave else logging.WARNING
            LOGGER.log(level, "%s", json_line(payload(one.event, at)))
            _note(open_alerts, one, LOG)


def _tell(channel: Channel, open_alerts: dict[str, OpenAlert], at: datetime) -> None:
    """Send what the channel was not told; at its first failure the rest waits for the next time."""
    # Whoever only reads what stands does not wait for the libraries of the network.
    from pipeline.alerts.send import ChannelError

    give_up = monotonic() + PATIENCE_SECONDS / 2
    untold = [one for one in open_alerts.values() if one.is_news_to(channel.name)]
    single = untold if len(untold) <= MOST_AT_ONCE else untold[: MOST_AT_ONCE - 1]
    rest = untold[len(single) :]
    try:
        for one in single:
            if monotonic() > give_up:
                raise ChannelError("too slow; the rest waits for the next time")
            channel.send(one.event, at)
            _note(open_alerts, one, channel.name)
        if rest:
            channel.send(_summary(rest), at)
            for one in rest:
                _note(open_alerts, one, channel.name)
    except ChannelError as error:
        log_problem(channel.name, str(error))


def _note(open_alerts: dict[str, OpenAlert], one: OpenAlert, channel: str) -> None:
    current = open_alerts[one.event.id]
    told = current.told - {channel} if one.event.resolved else current.told | {channel}
    open_alerts[one.event.id] = replace(current, told=told)


def _summary(rest: list[OpenAlert]) -> Event:
    message = f"{len(rest):,} more events like the {MOST_AT_ONCE - 1} before; all are in the log"
    first = rest[0].event
    state = ",".join(one.event.id for one in rest)
    return Event(
        first.kind, f"{len(rest):,} more", None, None, None, message, "statedata status", state
    )


def _read(folder: Path) -> list[OpenAlert]:
    try:
        kept = json.loads((folder / ALERTS).read_text(encoding="utf-8"))
        return [
            OpenAlert(Event(**one["event"]), frozenset(one["told"])) for one in kept["standing"]
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        log_problem(LOG, f"{ALERTS} cannot be read, events are told again: {type(error).__name__}")
        return []


def _write(open_alerts: Iterable[OpenAlert], folder: Path) -> None:
    kept = [{"told": sorted(one.told), "event": asdict(one.event)} for one in open_alerts]
    try:
        write_record(folder / ALERTS, json_text({"standing": kept}))
    except OSError as error:
        log_problem(LOG, f"{ALERTS} cannot be written, events are told again: {error.strerror}")
