"""What is worth telling an operator: one event for each thing that needs a hand.

Events are made of the checks and sheets of a build and of why it failed, in words, with the next
command to type. Nothing is sent here, and no clock, file or network is touched.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pipeline.checks import CHECKLIST
from pipeline.outcome import NEWER_TEXTS_ARE_LET_IN, NO_UNACCEPTED_REVISION, BuildError
from pipeline.storage.formats import json_line

Kind = Literal[
    "failed_run", "quarantined_sheet", "pending_sheet", "blocked_revision", "withheld_figure",
    "stale_data", "blocked_queue", "failed_publication",
]  # fmt: skip
OF_VALIDATION: frozenset[Kind] = frozenset(
    {"quarantined_sheet", "pending_sheet", "withheld_figure", "blocked_revision", "failed_run"}
)
"""What a run that validated all sheets settles anew: events of these kinds stand or have ended."""

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_SHOWN = 5
"""Results of one check that an event lists; all of them are in the table checks."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that an operator is told once: subject, check, expected, found, what to type.

    ``resolved`` says that it stands no longer, and is told to whoever was told that it does.

    ``state`` names what the event is about in its present state, for a sheet its sha256: the same
    event of the same state has the same ``id``.
    """

    kind: Kind
    subject: str
    check: str | None
    expected: str | None
    found: str | None
    message: str
    command: str
    state: str
    resolved: bool = False

    @property
    def id(self) -> str:
        """The same for the same event, and different for any other."""
        parts = [self.kind, self.subject, self.check, self.state, self.message]
        return hashlib.sha256(json_line(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of a build, as the operator would name them in a command."""

    raw: Path
    warehouse: Path

    def build(self, *options: str) -> str:
        """The command that builds from these folders."""
        return shlex.join(["statedata", "build", *self._options(), *options])

    def accept(self, sheet_id: str) -> str:
        """The command that lets a sheet in which waits."""
        return shlex.join(["statedata", "accept", *self._options(), sheet_id])

    def _options(self) -> list[str]:
        raw = [] if self.raw == Path("raw") else ["--raw", str(self.raw)]
        here = self.warehouse == Path("warehouse")
        return [*raw, *([] if here else ["--warehouse", str(self.warehouse)])]

    def explain(self, file: str) -> str:
        """The command that explains a sheet; quoted, for a file may have any name."""
        return shlex.join(["statedata", "explain", str(self.raw / file)])


def of_failure(failure: BuildError, places: Places) -> Event:
    """The event of a run that released nothing."""
    message = _in_a_line(failure)
    if failure.check == NO_UNACCEPTED_REVISION:
        return Event(
            "blocked_revision", "releases/latest", failure.check,
            "every published figure stays as it is", message, message,
            places.build("--accept-revisions"), "",
        )  # fmt: skip
    expected = "a build that ends with a release"
    if failure.check in CHECKLIST:
        expected = CHECKLIST[failure.check].meaning
    return Event(
        "failed_run", "build", failure.check, expected, message, message, places.build(), ""
    )


def of_validation(checks: Iterable[Any], sheets: Iterable[Any], places: Places) -> Iterator[Event]:
    """An event for each quarantined sheet and failed check, for each that waits, each withheld figure.

    Reads rows of CHECKS and SHEETS.
    """
    by_file = {row.file: row for row in sheets}
    failures: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in checks:
        if row.check_name == NEWER_TEXTS_ARE_LET_IN and not row.passed:
            yield Event(
                "pending_sheet", row.file, row.check_name, row.expected, row.found, row.message,
                places.accept(row.sheet_id), by_file[row.file].sha256,
            )  # fmt: skip
        if row.passed or row.level != "error":
            continue
        if row.file is not None:
            failures[row.file, row.check_name].append(row)
        elif not CHECKLIST[row.check_name].blocking:
            yield _withheld(row, list(by_file), places)
    for (file, check), rows in sorted(failures.items()):
        yield Event(
            "quarantined_sheet", file, check, _joined(row.expected for row in rows),
            _joined(row.found for row in rows), _joined(row.message for row in rows) or check,
            places.explain(file), by_file[file].sha256 or "unreadable",
        )  # fmt: skip


def of_publication(failure: BuildError, target: str) -> Event:
    """The event of a release that could not be copied to where readers fetch it."""
    message = _in_a_line(failure)
    shown = _CREDENTIALS.sub("...", target)
    return Event(
        "failed_publication", shown, None, "the latest release at the target", message, message,
        shlex.join(["statedata", "publish", "latest", shown]), "",
    )  # fmt: skip


def of_queue(problem: str) -> Event:
    """The event of runs that do not start."""
    return Event(
        "blocked_queue", "runs", None, "queued runs start within minutes", problem,
        f"no build starts: {problem}", "statedata status", "",
    )  # fmt: skip


def of_age(built: datetime, failing: bool, limit: timedelta, places: Places) -> Event:
    """The event of data that no build has renewed for longer than ``limit``.

    ``built`` is when the last build succeeded, or was first tried if none ever did; ``failing``
    says that builds since then have failed.
    """
    since = f"{built:%Y-%m-%d %H:%M} UTC"
    reason = "later builds have failed" if failing else "no build has ended since then"
    within = f"within {limit / timedelta(days=1):.3g} days"
    message = f"data is stale: last successful build {since}, expected {within}"
    return Event(
        "stale_data", "releases/latest", None, f"a successful build {within}",
        f"last successful build {since}; {reason}", message, places.build(), since,
    )  # fmt: skip


def _withheld(row: Any, files: list[str], places: Places) -> Event:
    """The event of a national figure without a majority; its message names the sheets."""
    printing = [file for file in files if f"{file} prints " in (row.found or "")]
    command = places.explain(printing[0]) if printing else places.build()
    return Event(
        "withheld_figure", f"{row.year} {row.metric}", row.check_name, row.expected, row.found,
        row.message, command, "",
    )  # fmt: skip


def _in_a_line(failure: BuildError) -> str:
    return _CREDENTIALS.sub("...", " ".join(str(failure).split()))


def _joined(texts: Iterable[str | None]) -> str | None:
    found = [text for text in texts if text]
    if len(found) > _SHOWN:
        found = [*found[:_SHOWN], f"and {len(found) - _SHOWN} more"]
    return "; ".join(found) or None
