"""One measurement, one process: seconds and peak memory, medians of interleaved runs.

Gives a :class:`Run` for a command, as ``watch.py`` sees it. Wall clock is taken around the process, or by the process
itself where it prints seconds of its own (``child.py``), so that imports count only where they
are the subject.

Peak memory is of the whole process tree: four times a second the proportional set sizes (``Pss``,
which counts a page shared by n processes as 1/n in each) of all its processes are summed; the
result is the largest sum, or the largest resident set of a single process (``ru_maxrss``) where
that is larger, as it is for processes shorter than a sample. Without ``/proc`` only the latter
is known.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent.parent


class BenchmarkError(Exception):
    """A measurement failed or gave a wrong result; the message says which and how."""


@dataclass(frozen=True)
class Run:
    """What a process took: seconds by the clock, peak bytes of its tree, CPU seconds, printed JSON."""

    seconds: float
    peak: int
    cpu: float
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Contestant:
    """A command that is measured; ``command`` is given a fresh scratch folder for each run.

    ``cores`` limits it to so many; ``judge`` looks at what it left in the folder, outside the
    measurement, and gives details to add or raises.
    """

    name: str
    command: Callable[[Path], Sequence[str]]
    cores: int | None = None
    judge: Callable[[Path, Run], Mapping[str, Any]] | None = None


def child(function: str, *arguments: object) -> list[str]:
    """The command that calls ``module:function`` of this package and times the call alone."""
    return [sys.executable, "-m", "benchmarks.child", function, *map(str, arguments)]


def statedata(*arguments: object) -> list[str]:
    """The command line of this project, as a command."""
    return [sys.executable, "-m", "pipeline", *map(str, arguments)]


def compete(
    contestants: Sequence[Contestant], times: int, folder: Path
) -> dict[str, tuple[Run, ...]]:
    """Run all contestants in turn, ``times`` over; every other round in reverse order.

    Interleaved, a slow minute of the machine falls on all of them.
    """
    runs: dict[str, list[Run]] = {contestant.name: [] for contestant in contestants}
    for turn in range(times):
        for contestant in contestants if turn % 2 == 0 else reversed(contestants):
            with scratch(folder) as place:
                done = run(contestant.command(place), cores=contestant.cores)
                found = contestant.judge(place, done) if contestant.judge else {}
                runs[contestant.name].append(replace(done, details={**done.details, **found}))
    return {name: tuple(found) for name, found in runs.items()}


def median(runs: Sequence[Run]) -> float:
    """The median of the runs' seconds."""
    return statistics.median(one.seconds for one in runs)


def median_cpu(runs: Sequence[Run]) -> float:
    """The median of the runs' CPU seconds, which other programs on the machine move less."""
    return statistics.median(one.cpu for one in runs)


def peak(runs: Sequence[Run]) -> int:
    """The highest peak of the runs, in bytes."""
    return max(one.peak for one in runs)


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A folder that lives as long as one run."""
    folder.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place)


def run(command: Sequence[str], *, cores: int | None = None, codes: Sequence[int] = (0,)) -> Run:
    """Run a command to its end and measure it.

    Args:
        command: program and arguments; runs in the project's folder.
        cores: on how many cores it may run; all if None.
        codes: exit codes that are no failure.

    Raises:
        BenchmarkError: another exit code, with the last line that it printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("found", "output", "errors")]
        with files[1].open("wb") as output, files[2].open("wb") as errors:
            _watched(files[0], command, cores, output, errors)
        found, printed, said = (
            path.read_text(encoding="utf-8", errors="replace") for path in files
        )
    watched = json.loads(found)
    if watched["code"] not in codes:
        shown, reason = (
            " ".join(command[1:5]),
            (said.strip() or printed.strip()).rpartition("\n")[2],
        )
        raise BenchmarkError(f"{shown}: exit code {watched['code']}: {reason}")
    details = _details(printed)
    timed = {**watched, **details}
    return Run(float(timed["seconds"]), watched["peak"], float(timed["cpu"]), details)


def _watched(
    file: Path, command: Sequence[str], cores: int | None, output: Any, errors: Any
) -> None:
    """Run the command under ``watch.py``; both inherit which cores this thread may use."""
    environment = {name: value for name, value in os.environ.items() if not _is_ours(name)}
    environment |= {"PYTHONPATH": str(PROJECT), "DAGSTER_DISABLE_TELEMETRY": "1"}
    watch = [sys.executable, "-I", "-S", str(Path(__file__).with_name("watch.py")), str(file)]
    all_cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if cores is not None and all_cores is not None:
        os.sched_setaffinity(0, sorted(all_cores)[:cores])
    try:
        subprocess.run(
            [*watch, *command],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=errors,
            check=True,
        )
    finally:
        if all_cores is not None:
            os.sched_setaffinity(0, all_cores)


def _is_ours(name: str) -> bool:
    return name.startswith("STATEDATA_") or name in ("DAGSTER_HOME", "PYTHONDONTWRITEBYTECODE")


def _details(printed: str) -> Mapping[str, Any]:
    last = printed.rstrip().rpartition("\n")[2]
    if not last.startswith("{"):
        return {}
    found: dict[str, Any] = json.loads(last)
    return found
