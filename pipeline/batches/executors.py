"""Where batches are worked on: in this process, in a pool of processes, or on a Dask cluster.

Reads how much there is to do and the address of a scheduler, gives an executor of
``concurrent.futures``; callers cannot tell the three apart. A pool that loses a process, and a
cluster that loses a worker, do the lost batches again.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

POOL_FROM = 2000
"""Sheets from which on a pool is worth its start, about a second."""

_TRIES = 3
_WAITING = 64
"""Tasks that are handed out at a time: enough for all workers, few enough to be small."""

_CONNECT_SECONDS = 30

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Workers:
    """Who works on batches: an executor, else a Dask scheduler's cluster, else processes here.

    ``processes`` are as many as there are cores unless given; 1 is this process itself.
    """

    scheduler: str = ""
    processes: int | None = None
    executor: Executor | None = None


class ClusterError(Exception):
    """The Dask cluster cannot be used; the message says why and what to do."""


class InProcess(Executor):
    """Does what is submitted at once, in this process."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function, and keep what it gives or raises for who asks."""
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # raised again where the result is asked for
            future.set_exception(error)
        return future


def work_through(
    function: Callable[[Given], Any], tasks: Iterable[tuple[Given, int]], workers: Workers
) -> Iterator[Any]:
    """Call the function with every task; gives each result as soon as there is one.

    Tasks are taken a few at a time, so that they need not all be there at once.

    Args:
        function: of a module that every worker can import.
        tasks: small, as they travel between processes, each with how many sheets it concerns.
        workers: who does them.

    Raises:
        ClusterError: the cluster cannot be reached.
        BrokenProcessPool: processes of the pool died again and again.
    """
    coming = iter(tasks)
    left, sheets = [], 0
    for task, count in coming:
        left.append(task)
        sheets += count
        if sheets >= POOL_FROM:
            break
    more = (task for task, _ in coming)
    for attempt in range(_TRIES):
        with executor(sheets, workers) as chosen:
            try:
                yield from _in_turn(function, left, more, chosen)
                return
            except BrokenProcessPool:
                if attempt == _TRIES - 1:
                    raise


def _in_turn(
    function: Callable[[Given], Any], left: list[Given], more: Iterator[Given], chosen: Executor
) -> Iterator[Any]:
    """Work off what is left and what comes; what has no result yet stays in ``left``."""
    futures = {chosen.submit(function, task): task for task in left}
    try:
        while futures:
            for task in islice(more, max(0, _WAITING - len(futures))):
                left.append(task)
                futures[chosen.submit(function, task)] = task
            done = next(as_completed(futures))
            result = done.result()
            left.remove(futures.pop(done))
            yield result
    except BaseException:
        for future in futures:
            future.cancel()
        raise


@contextmanager
def executor(sheets: int, workers: Workers) -> Iterator[Executor]:
    """The executor that suits the work; closed afterwards unless it was given."""
    if workers.executor is not None:
        yield workers.executor
        return
    if workers.scheduler and sheets:
        with _cluster(workers.scheduler) as chosen:
            yield chosen
        return
    processes = workers.processes or os.cpu_count() or 1
    if sheets < POOL_FROM or processes < 2:
        yield InProcess()
        return
    # Started anew rather than forked: a fork copies the locks of threads that it does not copy.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield pool


@contextmanager
def _cluster(scheduler: str) -> Iterator[Executor]:
    try:
        # An extra: most installations have no cluster.
        from distributed import Client
    except ImportError as error:
        raise ClusterError(
            "STATEDATA_SCHEDULER is set, and distributed is not installed; install the extra "
            "`dask`, or unset it"
        ) from error
    try:
        client = Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"STATEDATA_SCHEDULER={scheduler}: no scheduler answers: {error}; start it or unset "
            "the variable"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except TimeoutError as error:
            raise ClusterError(
                f"STATEDATA_SCHEDULER={scheduler}: the scheduler has no worker; start some"
            ) from error
        yield client.get_executor(pure=False)
