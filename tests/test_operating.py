"""The operator's guide does what it says: its commands run, its tables are complete.

A block of commands in ``docs/operating.md`` has a mark in front: ``run`` (executed here, in the
order of the page, in a copy of the project), ``run: exit 1`` (the same, ending so), ``edit`` (a
patch to the catalog), or ``host`` (needs root or systemd: only parsed).
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config
from typer.main import get_command

from pipeline.checks import CHECKLIST
from pipeline.cli.app import app
from pipeline.outcome import NO_UNACCEPTED_REVISION, SOME_SHEET_IS_ACCEPTED
from tests.building import PROJECT
from tests.sheets_factory import KENTUCKY_2023, change, render, write_sheet

GUIDE = (PROJECT / "docs/operating.md").read_text(encoding="utf-8")
DEPLOY = PROJECT / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
MARK = re.compile(r"(run|run: exit [12]|edit|host)")
_BLOCK = re.compile(r"^(?:<!-- (.*?) -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: its mark, language, text and line in the guide."""

    mark: str
    language: str
    text: str
    line: int


def blocks() -> list[Block]:
    return [
        Block(found[1] or "", found[2], found[3], GUIDE.count("\n", 0, found.start()) + 2)
        for found in _BLOCK.finditer(GUIDE)
    ]


def first_cells(heading: str) -> list[str]:
    """The code in the first cell of each row of the table below a heading."""
    section = GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


# The guide is complete


def test_every_block_has_a_mark():
    assert {block.line: block.mark for block in blocks() if not MARK.fullmatch(block.mark)} == {}
    assert {block.language for block in blocks()} == {"sh", "diff"}
    assert GUIDE.count("```") == 2 * len(blocks())


def test_the_guide_lists_every_check_and_no_other():
    found = first_cells("Checks")
    assert sorted(found) == sorted([*CHECKLIST, SOME_SHEET_IS_ACCEPTED, NO_UNACCEPTED_REVISION])


def test_the_guide_lists_every_setting_and_no_other():
    code = "".join(
        path.read_text(encoding="utf-8") for path in (PROJECT / "pipeline").rglob("*.py")
    )
    settings = set(re.findall(r"\bSTATEDATA_[A-Z_]+[A-Z]\b", code))
    of_deployment = {"DAGSTER_HOME", "STATEDATA_POSTGRES_URL"}
    assert set(first_cells("Environment")) == settings | of_deployment


def test_the_guide_names_only_commands_that_exist():
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"`statedata ([a-z]+)", GUIDE))
    for block in blocks():
        named |= set(re.findall(r"^statedata ([a-z]+)", block.text, re.MULTILINE))
    assert named - known == set()
    assert named >= {"build", "explain", "status", "verify", "withdraw", "publish", "diff"}


@pytest.mark.parametrize("block", [b for b in blocks() if b.language == "sh"], ids=lambda b: b.line)
def test_a_block_is_valid_shell_and_names_files_that_exist(block):
    found = subprocess.run(
        ["bash", "-n"], input=block.text, capture_output=True, text=True, check=False
    )
    assert found.stderr == ""
    for path in re.findall(r"(?<![\w/])deploy/[\w./-]+", block.text):
        assert (PROJECT / path).is_file(), path


# The guide's commands run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what an installation has, with sheets to work on in ``inbox/``."""
    copy = tmp_path / "project"
    unwanted = shutil.ignore_patterns("__pycache__")
    for folder in ("pipeline", "raw"):
        shutil.copytree(PROJECT / folder, copy / folder, symlinks=True, ignore=unwanted)
    for file in ("LICENSE", "README.md", "pyproject.toml", "requirements.lock", "workspace.yaml"):
        shutil.copy2(PROJECT / file, copy / file)
    inbox = copy / "inbox"
    ohio = render("US-OH")
    write_sheet(inbox / "ohio.txt", ohio)
    write_sheet(inbox / "ohio-2024.txt", render("US-OH", 2024))
    write_sheet(inbox / "ohio-reissued.txt", change(ohio, "8,597", "8,579"))
    rows = {**KENTUCKY_2023, "missing_child_cases_other": "54"}
    write_sheet(inbox / "utah.txt", render("US-UT", local=rows))
    printed = "connected 31 survivors/families to mental health services"
    linked = "linked 31 survivors and families with mental health services"
    write_sheet(inbox / "iowa.txt", change(render("US-IA"), printed, linked))
    return copy


def settings(project: Path, **more: str) -> dict[str, str]:
    """The environment of an operator's shell, with ``statedata`` on the path."""
    shims = project.parent / "bin"
    shims.mkdir(exist_ok=True)
    shim = shims / "statedata"
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pipeline "$@"\n')
    shim.chmod(0o755)
    # As deployed, every process loads what the first of them has compiled.
    kept = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "PATH": f"{shims}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(project),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_EVENT_BATCH_SIZE": "50",
        "STATEDATA_RAW": str(project / "raw"),
        "STATEDATA_WAREHOUSE": str(project / "warehouse"),
        **more,
    }


def carry_out(block: Block, project: Path, environment: dict[str, str]) -> str:
    """Run or apply one block; gives what it printed.

    Raises:
        AssertionError: naming its line, if it ends otherwise than it says.
    """
    command = ["git", "apply", "--recount", "-"] if block.mark == "edit" else ["sh", "-eu"]
    found = subprocess.run(
        command, input=block.text, cwd=project, env=environment, timeout=300,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    expected = int(block.mark.partition("exit ")[2] or 0)
    said = found.stdout + found.stderr
    assert found.returncode == expected, (
        f"docs/operating.md:{block.line}: {found.returncode}\n{said}"
    )
    return said


@pytest.mark.slow
def test_the_commands_of_the_guide_do_what_it_says(project):
    environment = settings(project)
    said = [
        carry_out(block, project, environment)
        for block in blocks()
        if block.mark.startswith(("run", "edit"))
    ]
    text = "\n".join(said)
    for words in (
        "byte for byte",
        "signed by releases@example.org",
        "data unchanged, no new release",
        "unaccounted: ",
        "quarantined: 2023/US-UT (2023/utah.txt) missing_child_cases: rows",
        "8,597 → 8,579",
        "is withdrawn: Ohio's sheet was a forgery.",
    ):
        assert words in text, words
    assert not list((project / "warehouse/releases").glob(".*")), "leftovers"


def test_a_command_that_ends_otherwise_would_be_found(project):
    with pytest.raises(AssertionError, match=r"operating\.md:7: 1"):
        carry_out(Block("run", "sh", "false\n", 7), project, settings(project))
    with pytest.raises(AssertionError, match=r"operating\.md:8: 0"):
        carry_out(Block("run: exit 1", "sh", "true\n", 8), project, settings(project))


# What is deployed


def unit(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_runs_what_is_installed_as_a_user_without_rights(path):
    service = unit(path)["Service"]
    assert service["User"] == service["Group"] == "statedata"
    assert service["EnvironmentFile"] == "/etc/statedata/environment"
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")
    program, *options = shlex.split(service["ExecStart"])
    assert program.startswith("/opt/statedata/.venv/bin/dagster-")
    assert (Path(sys.executable).parent / Path(program).name).exists()
    assert options[options.index("-w") + 1] == "workspace.yaml"
    assert f"deploy/systemd/{path.name}" in GUIDE


def test_the_web_server_listens_on_loopback_where_the_proxy_looks_for_it():
    options = shlex.split(unit(DEPLOY / "systemd/statedata-web.service")["Service"]["ExecStart"])
    assert options[options.index("-h") + 1] == "127.0.0.1"
    proxy = (DEPLOY / "nginx/statedata.conf").read_text(encoding="utf-8")
    port = options[options.index("-p") + 1]
    assert re.findall(r"proxy_pass\s+(\S+);", proxy) == [f"http://127.0.0.1:{port}"]
    assert "auth_basic_user_file" in proxy


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_accepts_a_unit(path, tmp_path):
    text = path.read_text(encoding="utf-8").replace(
        "/opt/statedata/.venv/bin/dagster-", "/bin/true #"
    )
    (tmp_path / path.name).write_text(text, encoding="utf-8")
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / path.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in found.stderr.splitlines() if path.name in line] == []


def test_the_pages_on_a_port_that_is_taken_say_so_and_name_another():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        # What is installed is not this test's subject: its marks count as new.
        found = subprocess.run(
            ["make", "-o", ".venv/.project-installed", "dev", f"PORT={port}", f"BIN={Path(sys.executable).parent}"],
            cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert found.returncode == 2
    assert f"dev: port {port} of 127.0.0.1 is taken or not allowed; name another" in found.stderr
    assert "web server" not in found.stdout


def test_the_settings_file_holds_only_known_settings_and_no_secret():
    lines = (DEPLOY / "systemd/environment").read_text(encoding="utf-8").splitlines()
    names = {found[1] for line in lines if (found := re.match(r"#?([A-Z_]+)=", line))}
    of_dagster = {"DAGSTER_DISABLE_TELEMETRY", "DAGSTER_EVENT_BATCH_SIZE"}
    assert names - of_dagster <= set(first_cells("Environment"))


@pytest.mark.parametrize("name", ["dagster.yaml", "dagster-dev.yaml"])
def test_dagster_accepts_its_settings(name, tmp_path, monkeypatch):
    monkeypatch.setenv("STATEDATA_POSTGRES_URL", "postgresql+psycopg2:///statedata")
    config, _ = dagster_instance_config(str(DEPLOY), config_filename=name)
    assert config["concurrency"] == {
        "runs": {"max_concurrent_runs": 1},
        "pools": {"default_limit": 1, "granularity": "op"},
    }
    assert config["run_monitoring"]["free_slots_after_run_end_seconds"] == 5
    assert config["telemetry"] == {"enabled": False}


def test_the_pinned_storage_belongs_to_the_pinned_dagster():
    def pinned(file: str, package: str) -> list[int]:
        text = (PROJECT / file).read_text(encoding="utf-8")
        found = re.search(rf"^{package}==([\d.]+) ", text, re.MULTILINE)
        assert found, f"{file} does not pin {package}"
        return [int(part) for part in found[1].split(".")]

    _, minor, patch = pinned("requirements.lock", "dagster")
    # Dagster's libraries are released with it, their minor version sixteen ahead.
    assert pinned("deploy/requirements-postgres.lock", "dagster-postgres") == [0, minor + 16, patch]
    assert pinned("deploy/requirements-postgres.lock", "psycopg2-binary") >= [2, 9]


# The service, on PostgreSQL


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 180) -> float:
    """Wait for a condition; gives how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds} s"
        time.sleep(0.3)
    return time.monotonic() - began


def answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
        return bool(answer.status == 200)
    return False


def materialize_all(url: str) -> Callable[[], str]:
    """Press Dagster's button for all assets of all years; gives how that stands."""

    def ask(query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)["data"]

    assets = [node["assetKey"] for node in ask("{assetNodes{assetKey{path}}}")["assetNodes"]]
    assert ["site"] in [asset["path"] for asset in assets]
    launch = (
        "mutation($all: LaunchBackfillParams!){launchPartitionBackfill(backfillParams: $all)"
        "{...on LaunchBackfillSuccess{backfillId}}}"
    )
    chosen = {"assetSelection": assets, "partitionNames": ["2023"]}
    launched = ask(launch, all=chosen)["launchPartitionBackfill"]["backfillId"]
    status = "query($id: String!){partitionBackfillOrError(backfillId: $id){...on PartitionBackfill{status}}}"
    return lambda: str(ask(status, id=launched)["partitionBackfillOrError"]["status"])


def _reset_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def running(
    command: list[str], end: signal.Signals = signal.SIGTERM, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, ended by its id; nothing of its group may be left."""
    process = subprocess.Popen(
        command,
        start_new_session=True,
        preexec_fn=_reset_signals,  # noqa: PLW1509
        **options,
    )
    try:
        yield process
    finally:
        process.send_signal(end)
        try:
            process.wait(60)
            gone = False
            with suppress(AssertionError):
                wait_until(lambda: not alive(process.pid), "the group ends", 60)
                gone = True
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert gone, f"{command[0]} left processes behind"


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def postgres(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A new PostgreSQL server with a role and a database; gives its address, by socket as in the guide."""
    if "foreign" not in request.config.option.markexpr:
        pytest.skip("run by make operate-test")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert programs, "PostgreSQL is missing; make operate-test installs it"
    home = Path(f"/tmp/statedata-postgres-{os.getpid()}")  # noqa: S108  # its user cannot enter pytest's folder
    home.mkdir(mode=0o700)
    as_user: dict[str, Any] = {"cwd": "/"}
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(home, "postgres", "postgres")
        as_user |= {"user": "postgres", "group": "postgres", "extra_groups": []}
    log = (tmp_path / "postgres.log").open("wb")
    quiet: dict[str, Any] = {"stdout": log, "stderr": log, **as_user}
    try:
        subprocess.run(
            [programs[-1] / "initdb", "-D", home / "data", "-A", "trust", "-U", "admin", "-N"],
            check=True,
            **quiet,
        )
        server = [str(programs[-1] / "postgres"), "-D", str(home / "data"), "-k", str(home), "-c", "listen_addresses=", "-c", "fsync=off"]  # fmt: skip
        # SIGINT is the server's fast shutdown: it does not wait for connections.
        with running(server, signal.SIGINT, **quiet):
            asked = ["-h", str(home), "-U", "admin"]
            wait_until(lambda: not subprocess.run([programs[-1] / "pg_isready", *asked], check=False, **quiet).returncode, "PostgreSQL")  # fmt: skip
            for statement in (
                "create role statedata login",
                "create database statedata owner statedata",
            ):
                subprocess.run(
                    [programs[-1] / "psql", *asked, "-d", "postgres", "-qc", statement],
                    check=True,
                    **quiet,
                )
            yield f"postgresql+psycopg2://statedata@/statedata?host={home}"
    finally:
        log.close()
        shutil.rmtree(home)


@pytest.mark.foreign
def test_the_service_runs_on_postgresql(project, postgres, capsys):
    home, latest = project / "dagster", project / "warehouse/releases/latest"
    home.mkdir()
    shutil.copy2(DEPLOY / "dagster.yaml", home)
    environment = settings(project, DAGSTER_HOME=str(home), STATEDATA_POSTGRES_URL=postgres)
    seconds: dict[str, float] = {}

    began = time.monotonic()
    first = carry_out(Block("run", "sh", "statedata build\n", 0), project, environment)
    seconds["statedata build, new database"] = time.monotonic() - began
    assert "4 accepted" in first
    began = time.monotonic()
    carry_out(Block("run", "sh", "statedata build\n", 0), project, environment)
    seconds["statedata build, again"] = time.monotonic() - began
    assert not list(home.rglob("*.db")), "history is in SQLite"

    port, logs = free_port(), (project.parent / "services.log").open("wb")
    programs = Path(sys.executable).parent
    options: dict[str, Any] = {"cwd": project, "env": environment, "stdout": logs, "stderr": logs}
    web = [str(programs / "dagster-webserver"), "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]  # fmt: skip
    daemon = [str(programs / "dagster-daemon"), "run", "-w", "workspace.yaml"]
    with running(web, **options), running(daemon, **options):
        seconds["web server answers"] = wait_until(
            lambda: answers(f"http://127.0.0.1:{port}/server_info"), "web server"
        )
        button = materialize_all(f"http://127.0.0.1:{port}/graphql")
        before = latest.readlink()
        shutil.copy2(project / "inbox/ohio.txt", project / "raw/2023/ohio.txt")
        seconds["dropped sheet to release"] = wait_until(
            lambda: latest.readlink() != before, "a new release"
        )
        kept = latest.resolve()
        # Without a target, too, the first button of the pages ends green.
        seconds["Materialize all"] = wait_until(lambda: button() != "REQUESTED", "the button")
        assert button() == "COMPLETED_SUCCESS"
        began = time.monotonic()
    seconds["both services end"] = time.monotonic() - began
    logs.close()
    found = carry_out(
        Block("run", "sh", "statedata cite 2023/US-OH/missing_child_cases\n", 0),
        project,
        environment,
    )
    assert "Ohio, 2023: 199" in found
    assert kept.name in found
    with capsys.disabled():
        print(*(f"\n{what}: {took:.1f} s" for what, took in seconds.items()))  # noqa: T201


def test_the_postgres_address_is_the_one_that_the_settings_expect():
    config = yaml.safe_load((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"))
    assert config["storage"] == {"postgres": {"postgres_url": {"env": "STATEDATA_POSTGRES_URL"}}}
    lines = (DEPLOY / "systemd/environment").read_text(encoding="utf-8").splitlines()
    assert "STATEDATA_POSTGRES_URL=postgresql+psycopg2:///statedata?host=/run/postgresql" in lines
