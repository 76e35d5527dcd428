"""``statedata build`` from end to end: cold, again unchanged, again with one changed sheet.

Each round of a size builds into an empty warehouse, builds again, changes one accepted sheet to
other figures and builds a third time, and verifies the release of that; parsing alone is measured in
the same rounds. Whole processes count, start-up included; parsing alone is ``parsing.ours`` on all
cores. What the steps of a build take is measured apart, at the size for single stages.
"""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks import chart, measure, report
from benchmarks.corpus import manifest_row, sheet
from benchmarks.measure import Run, child, statedata
from benchmarks.settings import SEED, Settings
from pipeline.build import build
from pipeline.progress import Progress
from pipeline.storage.names import LATEST, RAW_MANIFEST, RELEASES

ONCE_FROM = 10_000
"""Sheets from which on a size is built once only: minutes long, its times vary little."""

BUILDS = ("parse alone", "cold", "unchanged", "one changed")
STEPS = (*BUILDS, "verify")


def tables(settings: Settings) -> list[report.Table]:
    """Time and memory by size, and what they are to parsing alone and to a cold build."""
    found = {size: _rounds(settings, size) for size in settings.sizes}
    picture = ""
    if settings.charts:
        chart.write(settings.charts, _points(found))
        picture = f"\n\n{chart.PICTURE}"
    return [_end_to_end(found, picture), _again(found), _steps(settings)]


def _points(found: Mapping[int, Mapping[str, list[Run]]]) -> list[dict[str, object]]:
    """What the chart shows: a point a size and step."""
    return [
        {"sheets": size, "step": step, "seconds": measure.median(runs), "mebibytes": measure.peak(runs) / 2**20}
        for size, steps in found.items()
        for step, runs in steps.items()
        if step in BUILDS
    ]  # fmt: skip


def _end_to_end(found: Mapping[int, Mapping[str, list[Run]]], picture: str) -> report.Table:
    rows = []
    for size, steps in found.items():
        cold, parse = measure.median(steps["cold"]), measure.median(steps["parse alone"])
        rows.append(
            (
                f"{size:,}",
                report.seconds(cold),
                report.spread([run.seconds for run in steps["cold"]]),
                report.seconds(cold / size),
                report.seconds(parse),
                report.ratio(cold, parse),
                report.mebibytes(measure.peak(steps["cold"])),
                report.mebibytes(measure.peak(steps["parse alone"])),
            )
        )
    header = ("sheets", "cold build", "spread", "a sheet", "parse alone", "build to parse", "peak of build", "peak of parse")  # fmt: skip
    note = f"From raw files to the release; all cores. Sizes from {ONCE_FROM:,} on are built once.{picture}"
    return report.Table("Build, end to end", note, header, rows)


def _again(found: Mapping[int, Mapping[str, list[Run]]]) -> report.Table:
    rows = []
    for size, steps in found.items():
        cold, unchanged, changed, verified = (measure.median(steps[step]) for step in STEPS[1:])
        rows.append(
            (
                f"{size:,}",
                report.seconds(cold),
                report.seconds(unchanged),
                report.ratio(unchanged, cold),
                report.seconds(changed),
                report.ratio(changed, cold),
                report.mebibytes(measure.peak(steps["one changed"])),
                report.seconds(verified),
                report.mebibytes(measure.peak(steps["verify"])),
            )
        )
    header = ("sheets", "cold", "unchanged", "to cold", "one sheet changed", "to cold", "peak", "verify", "peak of verify")  # fmt: skip
    note = "The same warehouse built again, and its last release verified. The changed sheet has other figures, which a new release revises."
    return report.Table("Build again", note, header, rows)


def _rounds(settings: Settings, size: int) -> dict[str, list[Run]]:
    raw = settings.corpus(size) / "raw"
    runs: dict[str, list[Run]] = {step: [] for step in STEPS}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    for _ in range(settings.runs if size < ONCE_FROM else 1):
        with measure.scratch(settings.scratch) as place:
            parts, warehouse = place / "parts", place / "warehouse"
            parts.mkdir()
            build = statedata("build", "--raw", raw, "--warehouse", warehouse, "--accept-revisions")
            runs["parse alone"].append(measure.run(child("parsing:ours", raw, parts, cores)))
            runs["cold"].append(measure.run(build))
            runs["unchanged"].append(measure.run(build))
            with one_changed(raw, size):
                runs["one changed"].append(measure.run(build))
            verify = statedata("verify", (warehouse / RELEASES / LATEST).readlink().name)
            runs["verify"].append(measure.run([*verify, "--warehouse", str(warehouse)]))
    return runs


def _steps(settings: Settings) -> report.Table:
    """What each step takes, cold and with one changed sheet, once."""
    size = settings.middle
    raw = settings.corpus(size) / "raw"
    with measure.scratch(settings.scratch) as place:
        build = child("building:by_step", raw, place / "warehouse")
        cold = measure.run(build).details["steps"]
        with one_changed(raw, size):
            changed = measure.run(build).details["steps"]
    rows = [(step, report.seconds(cold[step]), report.seconds(changed[step])) for step in cold]
    note = f"{size:,} sheets, in one process that has imported what it needs; once."
    return report.Table("Build by step", note, ("step", "cold", "one sheet changed"), rows)


def by_step(raw: str, warehouse: str) -> dict[str, dict[str, float]]:
    """Build, and give the seconds of each step."""
    began, seconds = time.perf_counter(), {}

    def done(step: str, _: str) -> None:
        nonlocal began
        now = time.perf_counter()
        seconds[step], began = now - began, now

    build(Path(raw), Path(warehouse), accept_revisions=True, progress=Progress(done=done))
    return {"steps": seconds}


@contextmanager
def one_changed(raw: Path, size: int) -> Iterator[str]:
    """While this lasts, the last sheet of a corpus has other figures; gives its file."""
    changed, manifest = sheet(size - 1, SEED, revision=1), raw / RAW_MANIFEST
    path = raw / changed.file
    original, recorded = path.read_bytes(), manifest.read_text(encoding="utf-8")
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(manifest_row(changed))
    lines = recorded.splitlines(keepends=True)
    assert lines[-1].startswith(f"{changed.file},"), "the manifest lists the last sheet last"
    try:
        path.write_bytes(changed.content)
        manifest.write_text("".join([*lines[:-1], row.getvalue()]), encoding="utf-8")
        yield changed.file
    finally:
        path.write_bytes(original)
        manifest.write_text(recorded, encoding="utf-8")
