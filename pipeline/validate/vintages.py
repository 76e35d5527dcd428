"""Several files of one state and year: which of their texts counts.

Reads the files' figures and when each was taken, gives each file's part in it. What files are
called, and in what order they come, decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Version:
    """A file of a state and year: a hash of its figures, and when it was taken, as recorded."""

    file: str
    figures: str
    retrieved: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of the files of one state and year.

    Of ``current``, which have the same figures, the first counts; ``superseded`` have older ones.
    Of ``pending``, which have the same figures too, the first waits to be let in. Where nothing
    tells which is the newest, ``unsettled`` says why, and of the ``undated`` files none counts.
    """

    current: tuple[Version, ...] = ()
    superseded: tuple[Version, ...] = ()
    pending: tuple[Version, ...] = ()
    unsettled: str | None = None
    undated: tuple[Version, ...] = ()


def choose(versions: Sequence[Version]) -> Choice:
    """The newest of several versions: the one last taken after all others were.

    A version that was taken more than once is as new as its newest file.
    """
    by_figures: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        by_figures[version.figures].append(version)
    if len(by_figures) == 1:
        return Choice(tuple(sorted(versions, key=_oldest_first)))
    spans = {figures: _last_taken(files) for figures, files in by_figures.items()}
    if None in spans.values():
        return _unsettled("raw/manifest.csv does not say of each when it was taken", versions)
    dated = {figures: span for figures, span in spans.items() if span is not None}
    newest = max(dated, key=lambda figures: dated[figures][0])
    start = dated[newest][0]
    if any(span[1] >= start for figures, span in dated.items() if figures != newest):
        return _unsettled("raw/manifest.csv does not say which was taken last", versions)
    return Choice(
        tuple(sorted(by_figures[newest], key=_oldest_first)),
        tuple(version for version in versions if version.figures != newest),
    )


def taken(retrieved: str | None) -> tuple[datetime, datetime] | None:
    """First and last moment, in UTC, at which a file may have been taken.

    A date stands for the whole day, so that it is neither before nor after a time of that day.
    None where no ISO 8601 date, or date and time, is recorded.
    """
    if retrieved is None:
        return None
    try:
        day = date.fromisoformat(retrieved)
    except ValueError:
        try:
            moment = datetime.fromisoformat(retrieved)
            utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return utc, utc
    start = datetime.combine(day, time.min, UTC)
    return start, start + timedelta(days=1, microseconds=-1)


def _unsettled(why: str, versions: Sequence[Version]) -> Choice:
    return Choice(unsettled=why, undated=tuple(versions))


def _last_taken(files: list[Version]) -> tuple[datetime, datetime] | None:
    spans = [span for version in files if (span := taken(version.retrieved))]
    if not spans:
        return None
    return max(start for start, _ in spans), max(end for _, end in spans)


def _oldest_first(version: Version) -> tuple[bool, datetime, str]:
    """A file that was there first stays the one that counts; one without a date comes last."""
    span = taken(version.retrieved)
    return span is None, span[0] if span else datetime.max.replace(tzinfo=UTC), version.file
