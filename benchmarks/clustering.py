"""Dask with some numbers of workers against the process pool, on the parse job.

Both run the same batches through ``concurrent.futures``. Workers are started and have parsed a
batch's imports before the clock starts, as those of an existing cluster have; Dask's are
processes with one thread each, on loopback.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks import measure, report, truth
from benchmarks.measure import Contestant, Run, child
from benchmarks.parsing import parse_all
from benchmarks.settings import Settings


def tables(settings: Settings) -> list[report.Table]:
    """Sheets a second by number of workers, and Dask's time to the pool's."""
    corpus = settings.corpus(settings.middle)
    contestants = [
        Contestant(
            f"{kind} {workers}",
            partial(_command, kind, corpus / "raw", workers),
            judge=partial(_judge, corpus / "truth.parquet"),
        )
        for workers in settings.workers
        for kind in ("pool", "dask")
    ]
    found = measure.compete(contestants, settings.runs, settings.scratch)
    rows = []
    for workers in settings.workers:
        pool, dask = (measure.median(found[f"{kind} {workers}"]) for kind in ("pool", "dask"))
        rows.append(
            (
                str(workers),
                f"{settings.middle / pool:,.0f}",
                f"{settings.middle / dask:,.0f}",
                report.ratio(dask, pool),
                report.mebibytes(measure.peak(found[f"pool {workers}"])),
                report.mebibytes(measure.peak(found[f"dask {workers}"])),
            )
        )
    header = ("workers", "pool, sheets a second", "Dask, sheets a second", "time, Dask to pool", "peak of pool", "peak of Dask")  # fmt: skip
    note = f"{settings.middle:,} sheets; workers already started; every result compared with the truth."
    return [report.Table("Dask and the process pool", note, header, rows)]


def pool(raw: str, out: str, workers: str) -> dict[str, Any]:
    """Parse through a process pool."""
    with ProcessPoolExecutor(int(workers), get_context("spawn")) as executor:
        return _timed(Path(raw), Path(out), int(workers), executor)


def dask(raw: str, out: str, workers: str) -> dict[str, Any]:
    """Parse through a Dask cluster."""
    # Imported here: the pool's processes shall not pay for it.
    import dask.config
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"temporary-directory": out}),
        LocalCluster(
            n_workers=int(workers),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
        ) as cluster,
        Client(cluster) as client,
        client.get_executor() as executor,
    ):
        return _timed(Path(raw), Path(out), int(workers), executor)


def _timed(raw: Path, out: Path, workers: int, executor: Executor) -> dict[str, Any]:
    list(executor.map(_warm, range(4 * workers)))
    started = time.perf_counter()
    statements = parse_all(raw, out, workers, executor)
    return {"seconds": time.perf_counter() - started, "statements": statements}


def _warm(_: int) -> None:
    """Load what parsing needs; long enough that every worker gets its share of these."""
    import benchmarks.parsing  # noqa: F401  # to have it loaded is all

    time.sleep(0.2)


def _command(kind: str, raw: Path, workers: int, place: Path) -> list[str]:
    return child(f"clustering:{kind}", raw, place, workers)


def _judge(known: Path, place: Path, run: Run) -> dict[str, Any]:
    truth.demand_truth(known, run.details["statements"])
    return {}
