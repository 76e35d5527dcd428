"""Where buckets of sheets are worked on: in this process, in a pool of processes, or on Dask.

A pool that loses a process, and a cluster that loses a worker, do the lost tasks again. What a
task does is not known here.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

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


class WorkersError(Exception):
    """The workers cannot be used, or are lost again and again; the message says what to do."""


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    sheets: int,
    workers: Workers,
    ended: Callable[[Task], object] = nobody,
) -> list[Result]:
    """Call the function with every task and return the results in the order of the tasks.

    Args:
        function: of a module that every worker can import.
        tasks: small, as they travel between processes; done again where a worker is lost.
        sheets: how many sheets all tasks concern.
        workers: who does them.
        ended: told each task when it is done.

    Raises:
        WorkersError: the cluster cannot be reached, or workers were lost again and again.
    """
    results: dict[int, Result] = {}
    for _ in range(_TRIES):
        with _executor(sheets if tasks else 0, workers) as executor:
            if executor is None:
                return [_done_here(function, task, ended) for task in tasks]
            try:
                _collect(function, tasks, executor, results, ended)
                return [results[place] for place in range(len(tasks))]
            except (BrokenProcessPool, CancelledError):  # Dask cancels what it lost track of
                continue
    raise WorkersError(
        f"workers ended {_TRIES} times before they had done their sheets: they were killed, or "
        "memory ran out; free some and build again"
    )


def _done_here(
    function: Callable[[Task], Result], task: Task, ended: Callable[[Task], object]
) -> Result:
    result = function(task)
    ended(task)
    return result


def _collect(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    executor: Executor,
    results: dict[int, Result],
    ended: Callable[[Task], object],
) -> None:
    """Add the results that are still missing; those that came before an error stay."""
    missing = [place for place in range(len(tasks)) if place not in results]
    futures = {executor.submit(function, tasks[place]): place for place in missing}
    try:
        for future in as_completed(futures):
            results[futures[future]] = future.result()
            ended(tasks[futures[future]])
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
