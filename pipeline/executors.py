"""Where buckets of sheets are worked on: in this process, in a pool of processes, or on Dask.

A pool that loses a process, and a cluster that loses a worker, do the lost tasks again. What a
task does is not known here.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from pipeline.model import UserError
from pipeline.progress import nobody

POOL_FROM = 2000
"""Sheets from which on a pool is worth its start, about a second."""

_TRIES = 3
_CONNECT_SECONDS = 30

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Workers:
    """Who works: an executor, else a Dask scheduler's cluster, else processes of this machine.

    ``processes`` are as many as there are cores unless given; 1 is this process itself. ``told`` is
    told, here, how many sheets of how many are done.
    """

    scheduler: str = ""
    processes: int | None = None
    executor: Executor | None = None
    told: Callable[[int, int], object] = nobody


class WorkersError(UserError):
    """The workers cannot be used, or are lost again and again; the message says what to do."""


def run_tasks(
    function: Callable[[Task], Result], tasks: Mapping[Task, int], workers: Workers
) -> dict[Task, Result]:
    """Call the function with every task; what it returns of each.

    Args:
        function: of a module that every worker can import.
        tasks: small, as they travel between processes, each with how many sheets it concerns; done
            again where a worker is lost.
        workers: who does them.

    Raises:
        WorkersError: the cluster cannot be reached, or workers were lost again and again.
    """
    results: dict[Task, Result] = {}
    sheets, done = sum(tasks.values()), 0

    def keep(task: Task, result: Result) -> None:
        nonlocal done
        results[task] = result
        done += tasks[task]
        workers.told(done, sheets)

    if tasks:
        workers.told(0, sheets)
    for _ in range(_TRIES):
        with _executor(sheets, workers) as executor:
            if executor is None:
                for task in tasks:
                    keep(task, function(task))
                return results
            try:
                _collect(function, [task for task in tasks if task not in results], executor, keep)
                return results
            except (BrokenProcessPool, CancelledError):  # Dask cancels what it lost track of
                continue
    raise WorkersError(
        f"workers ended {_TRIES} times before they had done their sheets: they were killed, or "
        "memory ran out; free some and build again"
    )


def _collect(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    executor: Executor,
    keep: Callable[[Task, Result], None],
) -> None:
    """Keep each result as it comes; those that came before an error stay."""
    futures = {executor.submit(function, task): task for task in tasks}
    try:
        for future in as_completed(futures):
            keep(futures[future], future.result())
    finally:
        for future in futures:
            future.cancel()


@contextmanager
def _executor(sheets: int, workers: Workers) -> Iterator[Executor | None]:
    """The executor that suits the work, None for this process; closed unless it was given."""
    if workers.executor is not None:
        yield workers.executor
        return
    if workers.scheduler and sheets:
        with _cluster(workers.scheduler) as executor:
            yield executor
        return
    processes = workers.processes or os.cpu_count() or 1
    if sheets < POOL_FROM or processes < 2:
        yield None
        return
    # Started anew rather than forked: a fork copies the locks of threads that it does not copy.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield pool


@contextmanager
def _cluster(scheduler: str) -> Iterator[Executor]:
    name = f"STATEDATA_SCHEDULER={scheduler}"
    try:
        # An extra: most installations have no cluster.
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise WorkersError(
            "STATEDATA_SCHEDULER is set, and distributed is not installed; install the extra "
            "`dask`, or unset it"
        ) from error
    try:
        client = Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkersError(
            f"{name}: no scheduler answers: {error}; start it or unset the variable"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except TimeoutError as error:
            raise WorkersError(f"{name}: the scheduler has no worker; start some") from error
        try:
            yield client.get_executor(pure=False)
        except KilledWorker as error:
            raise WorkersError(
                f"{name}: workers died again and again over the same sheets: they were killed, or "
                "memory ran out; give them more and build again"
            ) from error
