"""A build on a real Dask cluster on loopback, with a worker that dies in the middle."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from pipeline import executors
from pipeline.build import build
from pipeline.outcome import BuildError
from pipeline.stages import Stages
from tests.building import VERSION, contents
from tests.sheets_factory import NAMES, render, write_sheet

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler and two workers, each a process of its own."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=":0"
    ) as started:
        yield started


def pids(cluster: LocalCluster) -> list[int]:
    with Client(cluster) as client:
        return list(client.run(os.getpid).values())


def kill_once_parsing(pid: int, warehouse: Path, killed: threading.Event) -> None:
    """Kill a process as soon as a first part has been parsed."""
    folder = Stages.of(warehouse).partition("*")
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if any(folder.parent.glob("*/parse-*.json")):
            os.kill(pid, signal.SIGKILL)
            killed.set()
            return
        time.sleep(0.002)


def test_a_cluster_that_loses_a_worker_gives_the_bytes_of_one_process(cluster, tmp_path):
    raw = tmp_path / "raw"
    for year in range(2010, 2026):
        for state in sorted(NAMES)[:3]:
            write_sheet(raw / f"{year}/{state.lower()}.txt", render(state, year))
    alone = build(raw, tmp_path / "alone", version=VERSION)
    before, killed = pids(cluster), threading.Event()
    killer = threading.Thread(
        target=kill_once_parsing, args=(before[0], tmp_path / "clustered", killed)
    )
    killer.start()
    address = cluster.scheduler_address
    clustered = build(raw, tmp_path / "clustered", version=VERSION, scheduler=address)
    killer.join()
    assert killed.is_set()
    made = Stages.of(tmp_path / "clustered").partition("*").parent.glob("*/parse-*.json")
    assert len(list(made)) == 16
    assert contents(clustered.release) == contents(alone.release)


def test_a_worker_of_another_version_is_refused(cluster, raw, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.parts.program_key", lambda *_: "0" * 64)
    with pytest.raises(BuildError, match="a worker runs another version of this program"):
        build(raw, tmp_path / "warehouse", scheduler=cluster.scheduler_address)


def test_a_scheduler_without_workers_is_said_to_have_none(raw, tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "_CONNECT_SECONDS", 10)
    with (
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as empty,
        pytest.raises(BuildError, match="the scheduler has no worker; start some"),
    ):
        build(raw, tmp_path / "warehouse", scheduler=empty.scheduler_address)
