"""Start-up: what a command on four sheets costs beside bare imports, and beside peers.

The floor is a Python that imports dagster, pandas and duckdb and ends. All are whole processes.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from benchmarks import measure, peers, report
from benchmarks.measure import PROJECT, Contestant, statedata
from benchmarks.settings import Settings
from pipeline.storage.names import LATEST, RELEASES

FLOOR = "bare imports of dagster, pandas and duckdb"
RAW = PROJECT / "raw"


def tables(settings: Settings) -> list[report.Table]:
    """Seconds of each command and the ratio to the floor."""
    with measure.scratch(settings.scratch) as place:
        built, made = place / "warehouse", place / "made"
        measure.run(_build(built))
        if _in_environment_of_make():
            measure.run(_make(made))
        found = measure.compete(_contestants(built, made), settings.runs, settings.scratch)
    base = measure.median_cpu(found[FLOOR])
    rows = [
        (
            name,
            report.seconds(measure.median(runs)),
            report.spread([run.seconds for run in runs]),
            report.seconds(measure.median_cpu(runs)),
            report.ratio(measure.median_cpu(runs), base),
            report.mebibytes(measure.peak(runs)),
        )
        for name, runs in found.items()
    ]
    header = ("command", "time", "spread", "CPU time", "CPU to the floor", "peak memory")
    return [report.Table("Start-up, four sheets", _note(), header, rows)]


def _contestants(built: Path, made: Path) -> list[Contestant]:
    def always(command: list[str], _: Path) -> list[str]:
        return command

    bare = [sys.executable, "-c", "import dagster, pandas, duckdb"]
    sheet = next(iter(sorted(RAW.glob("*/*.txt"))))
    version = (built / RELEASES / LATEST).readlink().name
    found = [
        Contestant(FLOOR, partial(always, bare)),
        Contestant("statedata build, first", lambda place: _build(place / "warehouse")),
        Contestant("statedata build, unchanged", partial(always, _build(built))),
        Contestant("statedata explain", partial(always, statedata("explain", sheet))),
        Contestant("statedata --help", partial(always, statedata("--help"))),
        *(
            Contestant(
                f"statedata {words[0]}", partial(always, statedata(*words, "--warehouse", built))
            )
            for words in (
                ["releases"],
                ["status", "--raw", RAW],
                ["diff", version, version],
                ["verify", version],
            )
        ),
        *peers.contestants(built / RELEASES / version),
    ]
    if _in_environment_of_make():
        found.append(Contestant("make, after set-up", _make))
        found.append(Contestant("make, unchanged", partial(always, _make(made))))
    return found


def _make(place: Path) -> list[str]:
    """Build by ``make`` into a warehouse of its own."""
    return ["make", "--silent", f"ARGS=--raw '{RAW}' --warehouse '{place / 'warehouse'}'"]


def _in_environment_of_make() -> bool:
    return Path(sys.prefix) == PROJECT / ".venv"


def _note() -> str:
    note = f"Whole processes, bytecode compiled. {peers.note()}".rstrip()
    if not _in_environment_of_make():
        note += " `make` itself was not measured: this run was not started by `make bench`."
    return note


def _build(warehouse: Path) -> list[str]:
    return statedata("build", "--raw", RAW, "--warehouse", warehouse)
