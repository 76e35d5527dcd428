"""A service in trouble: what happens to it in a year, within minutes, on loopback.

Web server and daemon run as in production, on PostgreSQL, with a target to publish to, a webhook,
a heartbeat and metrics. One trouble after another is made and ended. After each, everything is to
be as it was: all runs ended, no alert stands, ``status`` ends with 0, the target has the release.
``make operate-test`` makes each once, by two services side by side, with a daemon that looks more
often; with ``TROUBLES_MINUTES=60`` there is one, which looks as it does in production, and they go
on in any order. What happened is written to stderr, a line each.
"""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from moto.server import ThreadedMotoServer

from pipeline.alerts.outbox import standing
from pipeline.alerts.runs import Run, record
from pipeline.storage.lock import locked
from pipeline.storage.names import LOCK_FILE, STAGES
from tests.sheets_factory import KENTUCKY_2023, NAMES, change, render, write_sheet
from tests.test_operating import (  # noqa: F401  # fixtures
    DEPLOY,
    _reset_signals,
    answers,
    free_port,
    postgres,
    project,
    settings,
)
from tests.test_operating import wait_until as wait_for
from tests.web import serving

MINUTES = float(os.environ.get("TROUBLES_MINUTES", "0"))
BUCKET = "releases"
_HASTE = {
    "STATEDATA_LOOK_SECONDS": "2",
    "DAGSTER_EVENT_LOG_CONSUMER_DAEMON_INTERVAL_SECONDS": "1",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_RETRY_MODE": "standard",
}
_QUICK_QUEUE = """
run_coordinator:
  module: dagster._core.run_coordinator
  class: QueuedRunCoordinator
  config:
    dequeue_interval_seconds: 1
"""
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def wait_until(condition: Callable[[], Any], what: str) -> float:
    """Wait for a condition, for minutes where the machine is busy; gives how long it took."""
    return wait_for(condition, what, 600)


class Monitor:
    """Whoever is told: a webhook, and an address that listens for the heartbeat."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.beats = 0
        monitor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                monitor.told.append(json.loads(body))
                self.answer()

            def do_GET(self) -> None:
                monitor.beats += 1
                self.answer()

            def answer(self) -> None:
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Keep the tests' output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"


class Service:
    """Web server and daemon on a copy of the project, and those whom they talk to."""

    def __init__(
        self, home: Path, monitor: Monitor, stack: ExitStack, database: str, target: str
    ) -> None:
        self.raw, self.warehouse = home / "raw", home / "warehouse"
        self.project, self.monitor, self.stack = home, monitor, stack
        self.bucket_port, self.port = free_port(), free_port()
        self.bucket: ThreadedMotoServer | None = None
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = stack.enter_context((home.parent / "service.log").open("wb"))
        (home / "dagster").mkdir()
        dagster_yaml = (DEPLOY / "dagster.yaml").read_text(encoding="utf-8")
        haste: dict[str, str] = {}
        if not MINUTES:  # one round is for what happens; the hour waits as a service does
            dagster_yaml = dagster_yaml.replace(
                "poll_interval_seconds: 30", "poll_interval_seconds: 5"
            )
            dagster_yaml += _QUICK_QUEUE
            haste = _HASTE
        (home / "dagster/dagster.yaml").write_text(dagster_yaml, encoding="utf-8")
        self.metrics = home / "metrics/statedata.prom"
        self.environment = settings(
            home, DAGSTER_HOME=str(home / "dagster"), STATEDATA_POSTGRES_URL=database,
            STATEDATA_CRON="*/10 * * * *", STATEDATA_TARGET=target or str(home / "published"),
            STATEDATA_WEBHOOK_URL=monitor.url, STATEDATA_HEARTBEAT_URL=monitor.url,
            STATEDATA_METRICS_FILE=str(self.metrics), AWS_ACCESS_KEY_ID="key",
            AWS_SECRET_ACCESS_KEY="secret",  # noqa: S106
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{self.bucket_port}", AWS_DEFAULT_REGION="us-east-1",
            **haste,
        )  # fmt: skip
        stack.callback(self.stop)
        stack.callback(self.network_down)

    # What it is made of

    def start(self, *names: str) -> None:
        commands = {
            "web": ["dagster-webserver", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(self.port)],
            "daemon": ["dagster-daemon", "run", "-w", "workspace.yaml"],
        }  # fmt: skip
        for name in names:
            program, *options = commands[name]
            self.processes[name] = subprocess.Popen(
                [str(Path(sys.executable).parent / program), *options],
                cwd=self.project,
                env=self.environment,
                stdout=self.log,
                stderr=self.log,
                start_new_session=True,
                preexec_fn=_reset_signals,  # noqa: PLW1509
            )

    def end(self, name: str, number: signal.Signals) -> None:
        """End a service and all its children, as systemd does: a hint to it, then the rest."""
        process = self.processes.pop(name)
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in [*self.processes]:
            self.end(name, signal.SIGTERM)

    def network_up(self) -> None:
        if not self.environment["STATEDATA_TARGET"].startswith("s3:"):
            return
        import boto3

        self.bucket = ThreadedMotoServer("127.0.0.1", self.bucket_port, verbose=False)
        self.bucket.start()
        names = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
        url = self.environment["AWS_ENDPOINT_URL"]
        client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **names)
        client.create_bucket(Bucket=BUCKET)

    def network_down(self) -> None:
        if self.bucket is not None:
            self.bucket.stop()
            self.bucket = None

    # How it stands

    @cached_property
    def instance(self) -> dg.DagsterInstance:
        """What the service has on record, for as long as it lives."""
        home = self.environment["DAGSTER_HOME"]
        return self.stack.enter_context(dg.DagsterInstance.from_config(home, "dagster.yaml"))

    def runs(self, *statuses: dg.DagsterRunStatus) -> list[dg.DagsterRun]:
        return list(self.instance.get_runs(dg.RunsFilter(statuses=list(statuses) or None)))

    def stands(self, kind: str) -> bool:
        return any(event.kind == kind for event in standing(self.warehouse / STAGES))

    def latest(self) -> str:
        path = self.warehouse / "releases/latest"
        return path.readlink().name if path.is_symlink() else ""

    def published(self) -> str:
        """The version at the target, if it is there."""
        event = self.instance.get_latest_materialization_event(dg.AssetKey("publication"))
        made = event.asset_materialization if event else None
        return str(made.metadata["version"].value) if made else ""

    def statedata(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pipeline", *arguments],
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def told(self, kind: str, *, resolved: bool, since: int) -> bool:
        news = self.monitor.told[since:]
        return any(one["kind"] == kind and one["resolved"] is resolved for one in news)

    def is_well(self) -> bool:
        """Whether nothing is left of any trouble."""
        quiet = not standing(self.warehouse / STAGES) and not self.runs(*UNFINISHED)
        return quiet and bool(self.latest()) and self.published() == self.latest()


# The troubles: each is made until it is told of, is put right, and ends with what it was to show

Trouble = Callable[["Service"], Iterator[str]]
"""Gives a line when it has been told of, one when it is put right, and one when that was told."""


def a_kill_and_a_restart_in_mid_run(service: Service) -> Iterator[str]:
    """The daemon, its code server and the run's process die as with a machine that goes down.

    What is tried again is stopped by SIGTERM to the daemon, and by SIGKILL to what is left of it, as
    by systemd.
    """
    told = len(service.monitor.told)
    with _stuck_run(service) as run:
        service.end("daemon", signal.SIGKILL)
        blocked = service.statedata("status")
        assert blocked.returncode == 1, "status does not see the lost run"
        assert run[:8] in blocked.stdout, blocked.stdout
        service.start("daemon")
        took = wait_until(lambda: _status(service, run) == "FAILURE", "the lost run fails")
        again = _started(service)  # the retry, or what the schedule has queued meanwhile
        yield "killed"
        began = time.monotonic()
        service.end("daemon", signal.SIGTERM)
        stopped = time.monotonic() - began
        service.start("daemon")
        wait_until(lambda: _status(service, again) in ("FAILURE", "CANCELED"), "the run ends")
    ended = _status(service, again)
    yield "started again"
    if ended == "FAILURE":
        wait_until(lambda: _retried(service, run) and _retried(service, again), "retries succeed")
    assert not any(one["kind"] == "failed_run" for one in service.monitor.told[told:]), "an alert"
    yield f"failed {took:.0f} s after the start; retried, stopped in {stopped:.0f} s, {ended}; no alert"


def a_wrong_sheet(service: Service) -> Iterator[str]:
    rows = {**KENTUCKY_2023, "missing_child_cases_other": "54"}
    text = render("US-UT", local=rows)
    return _written(service, "2023/utah.txt", text, "quarantined_sheet")


def a_revision(service: Service) -> Iterator[str]:
    """A published sheet is overwritten with another figure, and put back."""
    text = (service.raw / "2023/kentucky.txt").read_text(encoding="utf-8")
    text = change(text, "8,597", "8,579")
    return _written(service, "2023/kentucky.txt", text, "blocked_revision")


def a_damaged_manifest(service: Service) -> Iterator[str]:
    """Somebody's editor has cut a line of the manifest."""
    text = (service.raw / "manifest.csv").read_text(encoding="utf-8") + "2023/ohio.txt,x\n"
    return _written(service, "manifest.csv", text, "failed_run")


def a_full_disk(service: Service) -> Iterator[str]:
    """The disk that holds the warehouse is full; a new sheet comes; room is made, then built."""
    told = len(service.monitor.told)
    ballast = service.warehouse / ".ballast"
    free = shutil.disk_usage(service.warehouse).free
    if free > 1 << 30:
        yield from ["", "", "not tried: the warehouse is on a large disk"]
        return
    _new_sheet(service)
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
    try:
        took = wait_until(
            lambda: service.told("failed_run", resolved=False, since=told), "the alert"
        )
        before = service.latest()
        shown = service.statedata("verify", str(service.warehouse / "releases" / before))
        assert shown.returncode == 0, shown.stdout + shown.stderr
        yield "full"
    finally:
        ballast.unlink()
    built = service.statedata("build")  # as the alert says; else the schedule does
    assert built.returncode == 0, built.stdout + built.stderr
    yield "room"
    back = wait_until(lambda: service.told("failed_run", resolved=True, since=told), "resolved")
    yield f"failed_run after {took:.0f} s, the old release whole, resolved {back:.0f} s after there was room"


def a_target_that_is_down(service: Service) -> Iterator[str]:
    """The network of the target is down when a release is made, and comes back."""
    told = len(service.monitor.told)
    service.network_down()
    _new_sheet(service)
    took = wait_until(
        lambda: service.told("failed_publication", resolved=False, since=told), "the alert"
    )
    yield "down"
    service.network_up()
    _new_sheet(service)  # the next release takes it up; without one, the next third of an hour
    yield "up"
    back = wait_until(
        lambda: service.told("failed_publication", resolved=True, since=told), "resolved"
    )
    yield f"failed_publication after {took:.0f} s, resolved {back:.0f} s after it was back and a sheet came"


def a_clock_that_was_ahead(service: Service) -> Iterator[str]:
    """A run was recorded while the clock was a day ahead; the clock is right again."""
    ahead = datetime.now(UTC) + timedelta(days=1)
    record(
        Run("a clock ahead", ahead - timedelta(seconds=5), ahead, None), service.warehouse / STAGES
    )
    yield "ahead"
    beats = service.monitor.beats
    _new_sheet(service)
    began = time.monotonic()
    yield "right"
    wait_until(lambda: service.monitor.beats > beats, "the heartbeat")
    took = time.monotonic() - began
    shown = json.loads(service.statedata("status", "--json").stdout)
    assert datetime.fromisoformat(shown["last_success"]) <= datetime.now(UTC), "the future stays"
    yield f"the next build counts after {took:.0f} s"


def a_slip_of_whoever_types(service: Service) -> Iterator[str]:
    told = len(service.monitor.told)
    found = service.statedata("build", "--raw", "/typo")
    yield "typed"
    assert found.returncode == 2, found.stderr
    assert found.stderr == (
        "nothing released: /typo: no such folder; put the sheets there or name another with --raw\n"
    )
    yield "read"
    assert len(service.monitor.told) == told
    assert not service.stands("failed_run")
    yield "one line on the terminal, no alert"


PUBLISHING: list[list[Trouble]] = [
    [a_slip_of_whoever_types],
    [a_target_that_is_down, a_clock_that_was_ahead],
    [a_full_disk],
]
BUILDING: list[list[Trouble]] = [
    [a_wrong_sheet, a_revision, a_damaged_manifest],
    [a_kill_and_a_restart_in_mid_run],
]
"""The order of the first round. What stands in one line comes upon the one before it, is put right
together, and is told to have ended."""
NEEDS_NO_TARGET = {a_full_disk, a_wrong_sheet}
"""In a single round these do not wait for the release before them to be at the target."""


def _written(service: Service, name: str, text: str, kind: str) -> Iterator[str]:
    """A file of the raw folder holds for a while what is told of."""
    told, path = len(service.monitor.told), service.raw / name
    good = path.read_bytes() if path.exists() else None
    path.write_text(text, encoding="utf-8")
    took = wait_until(lambda: service.told(kind, resolved=False, since=told), f"the alert {kind}")
    shown = service.statedata("status")
    assert shown.returncode == (0 if kind == "quarantined_sheet" else 1), shown.stdout
    yield "written"
    if good is None:
        path.unlink()
    else:
        path.write_bytes(good)
    began = time.monotonic()
    yield "put right"
    wait_until(lambda: service.told(kind, resolved=True, since=told), f"{kind} resolved")
    back = time.monotonic() - began
    yield f"{kind} after {took:.0f} s, resolved {back:.0f} s after it was put right"


def _new_sheet(service: Service) -> None:
    """One more good sheet, of a jurisdiction that has none yet."""
    there = {path.stem for path in (service.raw / "2023").iterdir()}
    name = next(name for name in sorted(NAMES.values()) if name.lower() not in there | {"utah"})
    (code,) = [code for code in NAMES if NAMES[code] == name]
    write_sheet(service.raw / "2023" / f"{name.lower()}.txt", render(code))


@contextmanager
def _stuck_run(service: Service) -> Iterator[str]:
    """A run that has begun and cannot go on, as somebody else holds the warehouse."""
    with locked(service.warehouse, "a trouble", patience=60):
        _new_sheet(service)
        yield _started(service)


def _started(service: Service) -> str:
    """A run that has begun and holds its lock; gives its id."""
    wait_until(lambda: service.runs(dg.DagsterRunStatus.STARTED), "a run that has started")
    (run,) = service.runs(dg.DagsterRunStatus.STARTED)
    lock = service.warehouse / STAGES / "running" / run.run_id / LOCK_FILE
    wait_until(lock.exists, "its lock")
    time.sleep(1)
    return run.run_id


def _in_turn(first: list[list[Trouble]], goes_on: Callable[[], bool]) -> Iterator[list[Trouble]]:
    """Every trouble once, in the order above; then in any other for as long as it goes on."""
    yield from first
    chance = random.Random(MINUTES)  # noqa: S311
    while goes_on():
        for troubles in chance.sample(first, len(first)):
            if goes_on():
                yield troubles


def _status(service: Service, run_id: str) -> str:
    run = service.instance.get_run_by_id(run_id)
    assert run is not None
    return run.status.value


def _retried(service: Service, run_id: str) -> bool:
    """Whether a retry of the run, or a retry of that, has succeeded."""
    done = service.runs(dg.DagsterRunStatus.SUCCESS)
    return any(run_id in (run.parent_run_id, run.root_run_id) for run in done)


@pytest.fixture
def service(request, project, postgres) -> Iterator[Service]:  # noqa: F811
    monitor = Monitor()
    with ExitStack() as stack:
        stack.enter_context(serving(monitor.server))
        made = Service(project, monitor, stack, postgres, request.cls.target)
        made.warehouse.mkdir()
        size = f"size={64 + 8 * MINUTES:.0f}m"
        command = ["mount", "-t", "tmpfs", "-o", size, "statedata", str(made.warehouse)]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            stack.callback(subprocess.run, ["umount", "-l", str(made.warehouse)], check=False)
        stack.callback(made.stop)
        yield made


def survive(
    service: Service,
    first: list[list[Trouble]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Start a service, make its troubles, and find it as well as before."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    monkeypatch.setenv("STATEDATA_POSTGRES_URL", service.environment["STATEDATA_POSTGRES_URL"])
    began = time.monotonic()

    def say(line: str) -> None:
        with capsys.disabled():
            sys.stderr.write(f"{time.monotonic() - began:6.0f} s  {line}\n")

    service.network_up()
    service.start("web", "daemon")
    wait_until(lambda: answers(f"http://127.0.0.1:{service.port}/server_info"), "web server")
    wait_until(lambda: service.monitor.beats, "the first build is told of")
    say(f"a first start: release {service.latest()}")
    for troubles in _in_turn(first, lambda: time.monotonic() - began < 60 * MINUTES):
        if MINUTES or not NEEDS_NO_TARGET & {*troubles}:
            wait_until(service.is_well, f"all is well before {troubles[0].__name__}")
        begun = [trouble(service) for trouble in troubles]
        for one in [*begun, *begun]:  # all of them are made, then all of them are put right
            next(one)
        for trouble, one in zip(troubles, begun, strict=True):
            say(f"{trouble.__name__.replace('_', ' ')}: {next(one)}")
            one.close()
        wait_until(lambda: not standing(service.warehouse / STAGES), "no alert stands")
    wait_until(service.is_well, "all is well at the end")
    assert service.statedata("status").returncode == 0
    assert "statedata_last_run_success 1\n" in service.metrics.read_text(encoding="utf-8")
    kinds = [("resolved " if one["resolved"] else "") + one["kind"] for one in service.monitor.told]
    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    runs = [run.status.value for run in service.runs()]
    say(
        f"alerts: {counts}; heartbeats: {service.monitor.beats}; runs: { {one: runs.count(one) for one in sorted(set(runs))} }; releases: {service.latest()} is the latest"
    )


# Each in a class of its own, which `--dist loadscope` gives a worker of its own.


@pytest.mark.foreign
class TestPublishing:
    target = f"s3://{BUCKET}/data"

    def test_the_service_survives_its_troubles(self, service, capsys, monkeypatch):
        survive(service, PUBLISHING + (BUILDING if MINUTES else []), capsys, monkeypatch)


@pytest.mark.foreign
@pytest.mark.skipif(MINUTES > 0, reason="the hour of the other has these, too")
class TestBuilding:
    target = ""

    def test_the_service_survives_its_troubles(self, service, capsys, monkeypatch):
        survive(service, BUILDING, capsys, monkeypatch)
