"""Results as Markdown: tables, the machine, and their place in ``README.md``.

Reads tables, gives text; nothing in it names a host or a path.
"""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path

BEGIN, END = "<!-- results: written by make bench -->", "<!-- end of results -->"
PACKAGES = ("dagster", "distributed", "duckdb", "pandas", "pandera", "pdfplumber", "pyarrow")


@dataclass(frozen=True)
class Table:
    """A titled table; ``note`` is a sentence on what was measured."""

    title: str
    note: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def markdown(tables: Sequence[Table], *, day: date, runs: int, machine: str) -> str:
    """The results section."""
    intro = f"{day.isoformat()}, median of {runs} interleaved runs. {machine}\n"
    return "\n".join([intro, *map(_table, tables)])


def rewrite(readme: Path, section: str) -> None:
    """Put the section between the markers of the file.

    Raises:
        ValueError: the markers do not stand there once each, in this order.
    """
    text = readme.read_text(encoding="utf-8")
    before, found, rest = text.partition(BEGIN)
    _, found_end, after = rest.partition(END)
    if not (found and found_end) or BEGIN in rest or END in after:
        raise ValueError(f"{readme.name}: needs the lines {BEGIN!r} and {END!r} once each")
    readme.write_text(f"{before}{BEGIN}\n\n{section}\n{END}{after}", encoding="utf-8")


def describe_machine() -> str:
    """Processor, cores, memory, versions, and how busy it is, in one sentence each."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"{name} {_version(name)}" for name in PACKAGES]
    return (
        f"{_processor()}, {cores} cores, {_memory()}, {platform.system()}. "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {', '.join(versions)}.{_load()}"
    )


def _load() -> str:
    """How busy the machine was while this ran, as its kernel counts."""
    if not hasattr(os, "getloadavg"):
        return ""
    return f" At the end {os.getloadavg()[2]:.1f} processes on average had been running or waiting for 15 minutes."


def seconds(number: float) -> str:
    """A duration with three significant digits, in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if number >= size:
            return f"{_significant(number / size)} {unit}"
    return f"{_significant(number / 1e-6)} µs"


def spread(numbers: Sequence[float]) -> str:
    """The shortest and the longest of several durations."""
    return f"{seconds(min(numbers))} to {seconds(max(numbers))}"


def mebibytes(number: float) -> str:
    """A size in MiB."""
    return f"{number / 2**20:,.0f} MiB"


def ratio(number: float, base: float) -> str:
    """How many times ``base`` a number is."""
    return f"{_significant(number / base)} ×"  # noqa: RUF001  # the sign of multiplication is meant


def percent(part: float, whole: float) -> str:
    """A share with one decimal; 100 % only where nothing is missing."""
    if part != whole:
        return f"{min(100 * part / whole, 99.9):.1f} %"
    return "100 %"


def _significant(number: float) -> str:
    return (
        f"{number:,.0f}"
        if number >= 100
        else f"{number:.3g}"
        if number >= 0.01
        else f"{number:.4f}"
    )


def _table(table: Table) -> str:
    lines = [table.header, ["---"] + ["---:"] * (len(table.header) - 1), *table.rows]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"### {table.title}\n\n{table.note}\n\n{rows}\n"


def _processor() -> str:
    return _first(r"model name\s*: (.+)", Path("/proc/cpuinfo")) or platform.machine()


def _memory() -> str:
    kibibytes = _first(r"MemTotal:\s*(\d+)", Path("/proc/meminfo"))
    return f"{int(kibibytes) / 2**20:.0f} GiB" if kibibytes else "memory unknown"


def _first(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text(encoding="utf-8")) if path.is_file() else None
    return found[1].strip() if found else ""


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
