"""Measures everything in one run and writes the results into ``README.md`` of this folder.

Run as ``python -m benchmarks``, or by ``make bench``. Corpora lie below ``benchmarks/.corpus`` and
are made once; the runs' own files are removed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks import building, clustering, extracting, parsing, querying, report, starting
from benchmarks.measure import BenchmarkError
from benchmarks.settings import Settings

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
SIZES = (4, 1_000, 10_000)
QUICK_SIZES = (20,)

TOPICS: dict[str, Callable[[Settings], list[report.Table]]] = {
    "parsing": parsing.tables,
    "building": building.tables,
    "starting": starting.tables,
    "extracting": extracting.tables,
    "clustering": clustering.tables,
    "querying": querying.tables,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure as the command line asks, print the tables, and write them where all were asked."""
    given = _parser().parse_args(arguments)
    topics = given.only or list(TOPICS)
    with ExitStack() as stack:
        charts = None if given.only else FOLDER
        settings = Settings(tuple(sorted(given.sizes)), given.runs, given.folder, charts=charts)
        if given.quick:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            settings = Settings(QUICK_SIZES, 1, folder, workers=(2,), charts=folder)
        try:
            tables = [table for topic in topics for table in _measured(topic, settings)]
        except BenchmarkError as error:
            sys.exit(f"benchmarks: {error}")
    section = report.markdown(
        tables, day=given.date, runs=settings.runs, machine=report.describe_machine()
    )
    print(section)
    if not (given.quick or given.only):
        report.rewrite(README, section)


def _measured(topic: str, settings: Settings) -> list[report.Table]:
    print(f"benchmarks: {topic}", file=sys.stderr, flush=True)
    return TOPICS[topic](settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=SIZES, help="sheets, e.g. 4 1000 10000 100000")
    add("--runs", type=int, default=5, help="runs of every measurement; the median counts")
    add("--only", nargs="+", choices=list(TOPICS), help="these topics, printed and not written")
    add(
        "--quick", action="store_true", help="everything once on a handful, printed and not written"
    )
    add("--folder", type=Path, default=FOLDER / ".corpus", help="where corpora are kept")
    add("--date", type=date.fromisoformat, default=datetime.now(UTC).date(), help="date to write")
    return parser


if __name__ == "__main__":
    main()
