"""One writer at a time, and readers who never notice: processes against each other."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.release.verify import verify
from pipeline.release.versions import latest_release, releases
from pipeline.storage.lock import LockedError, holder, locked
from pipeline.storage.names import LOCK_FILE, WAREHOUSE_FILE
from tests.building import PROJECT, RAW, ask
from tests.dying import Driver
from tests.sheets_factory import render, write_sheet

HOLD = """
import os, sys
from pathlib import Path
from pipeline.storage.lock import locked

with locked(Path(sys.argv[1]), "a long build", patience=0):
    if sys.argv[2:] == ["with a child"]:
        if os.fork() == 0:
            sys.stdin.read()
            os._exit(0)
    print("held", flush=True)
    sys.stdin.read()
"""

POLL = """
import json, sys, time
from pathlib import Path
import duckdb

database, stop, query = sys.argv[1:]
seen, looks = [], 0
while not Path(stop).exists():
    with duckdb.connect(database, read_only=True) as connection:
        answer = list(connection.execute(query).fetchone())
    looks += 1
    if answer not in seen:
        seen.append(answer)
        print(json.dumps(answer), flush=True)
    time.sleep(0.25)  # the build is to be read beside, not starved
print(json.dumps([looks, seen]))
"""

STAY = """
import json, sys, time
from pathlib import Path
import duckdb

database, stop, query = sys.argv[1:]
seen, looks = [], 0
with duckdb.connect(database, read_only=True) as connection:
    while not Path(stop).exists():
        answer = list(connection.execute(query).fetchone())
        looks += 1
        if answer not in seen:
            seen.append(answer)
            print(json.dumps(answer), flush=True)
        time.sleep(0.25)
print(json.dumps([looks, seen]))
"""

FIGURES = """
    select count(*), sum(value)::varchar, (select count(*) from sheets),
        (select count(*) from statements), (select count(*) from state_profiles)
    from observations
"""


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start this Python with the project on its path."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(PROJECT), "COLUMNS": "400"},
        cwd=PROJECT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@contextmanager
def held(warehouse: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until it is killed; a child of it lives as long as the test."""
    process = start("-c", HOLD, warehouse, *more)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


# The lock


def test_the_holder_is_named_with_pid_and_purpose(warehouse):
    assert holder(warehouse) is None, "no folder, no holder"
    with held(warehouse) as process:
        assert holder(warehouse) == {"pid": process.pid, "for": "a long build"}
    assert holder(warehouse) is None


def test_without_patience_the_second_is_told_who_holds_it(warehouse):
    with held(warehouse) as process:
        expected = f"is held by process {process.pid} for a long build; try again when it has ended"
        with pytest.raises(LockedError, match=expected), locked(warehouse, "mine", patience=0):
            pytest.fail("two hold it")


def test_with_patience_the_second_waits_and_says_so_once(warehouse):
    said: list[str] = []
    with held(warehouse) as process:

        def hear(text: str) -> None:
            said.append(text)
            process.kill()

        with locked(warehouse, "mine", patience=60, waiting=hear):
            assert holder(warehouse) == {"pid": os.getpid(), "for": "mine"}
    place = warehouse.resolve()
    assert said == [f"{place} is held by process {process.pid} for a long build; waiting"]


def test_the_lock_dies_with_its_holder(warehouse):
    with held(warehouse) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (warehouse / LOCK_FILE).read_text(), "the dead holder's name is still in the file"
        assert holder(warehouse) is None
        with locked(warehouse, "mine", patience=0):
            assert holder(warehouse) == {"pid": os.getpid(), "for": "mine"}


def test_the_lock_dies_with_its_holder_though_a_child_lives_on(warehouse):
    # A worker that was forked during a build must not keep everyone else out for its lifetime.
    with held(warehouse, "with a child") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with locked(warehouse, "mine", patience=0):
            pass


def test_a_disk_without_locks_is_told_and_not_written(warehouse, monkeypatch):
    # A file that is merely there would be taken for a lock after its holder was killed.
    def flock(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match="not implemented"), locked(warehouse, "mine", patience=0):
        pytest.fail("nobody holds it")
    (warehouse / LOCK_FILE).touch()
    assert holder(warehouse) is None


def test_a_forked_child_is_another_process(warehouse):
    def child_is_refused() -> bool:
        child = os.fork()
        if child == 0:
            try:
                with locked(warehouse, "the child", patience=0):
                    os._exit(0)
            except LockedError:
                os._exit(1)
            finally:
                os._exit(2)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1

    with locked(warehouse, "mine", patience=0):
        assert child_is_refused()
        assert holder(warehouse) == {"pid": os.getpid(), "for": "mine"}, "still ours"
    assert not child_is_refused()


def test_the_lock_is_free_after_an_error(warehouse):
    with pytest.raises(ZeroDivisionError), locked(warehouse, "mine", patience=0):
        raise ZeroDivisionError
    assert holder(warehouse) is None
    assert (warehouse / LOCK_FILE).read_text() == ""


def test_a_build_passes_its_own_lock_under_any_name_of_the_folder(warehouse, tmp_path):
    warehouse.mkdir()
    (tmp_path / "link").symlink_to(warehouse)
    with locked(warehouse, "outer", patience=0):
        with locked(tmp_path / "link", "inner", patience=0):
            assert holder(warehouse) == {"pid": os.getpid(), "for": "outer"}
        assert holder(warehouse) == {"pid": os.getpid(), "for": "outer"}, "still the outer's"
    assert holder(warehouse) is None


def test_two_threads_of_a_process_do_not_share_the_lock(warehouse):
    refused: list[str] = []

    def second() -> None:
        try:
            with locked(warehouse, "second", patience=0):
                pass
        except LockedError as error:
            refused.append(str(error))

    with locked(warehouse, "first", patience=0):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert f"held by process {os.getpid()} for first" in refused[0]


def test_warehouses_do_not_lock_each_other(tmp_path):
    with held(tmp_path / "one"), locked(tmp_path / "other", "mine", patience=0):
        pass


def look(warehouse: Path) -> int:
    """Do what `holder` does to see whether the lock is free, and stay at it; gives the handle."""
    handle = os.open(warehouse / LOCK_FILE, os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return handle


def test_who_looks_at_the_lock_never_turns_a_writer_away(warehouse, monkeypatch):
    with locked(warehouse, "before", patience=0):
        pass
    handle = look(warehouse)
    monkeypatch.setattr(time, "sleep", lambda _: os.close(handle))  # the look ends meanwhile
    with locked(warehouse, "mine", patience=0):
        assert holder(warehouse) == {"pid": os.getpid(), "for": "mine"}


def test_two_who_look_do_not_take_each_other_for_a_holder(warehouse):
    with held(warehouse) as process:
        process.kill()
        process.wait()
    handle = look(warehouse)
    assert holder(warehouse) is None, "a dead holder's name, taken for a living one's"
    os.close(handle)


# Builds


@pytest.mark.slow
def test_two_builds_at_once_both_end_well(warehouse):
    builds = [start("-m", "pipeline", "build", "--warehouse", warehouse) for _ in range(2)]
    outputs = [process.communicate(timeout=300) for process in builds]
    assert [process.returncode for process in builds] == [0, 0], outputs
    made = [re.search(r"release +│ (\S+) \((.*?)\)", output).groups() for output, _ in outputs]  # type: ignore[union-attr]
    version = releases(warehouse)[0].version
    assert sorted(made) == [(version, "data unchanged, no new release"), (version, "new")]
    assert len(releases(warehouse)) == 1
    latest = latest_release(warehouse)
    assert latest is not None
    assert not [result for result in verify(latest.path, None) if result.holds is False]
    assert ask(warehouse, "select count(*) from observations") == [(52,)]


BUILD = """
import sys
from pathlib import Path
from pipeline.build import build
from pipeline.progress import Progress

say = Progress(waiting=lambda said: print(said, flush=True))
build(Path("raw"), Path(sys.argv[1]), progress=say)
"""


@pytest.mark.slow
def test_a_build_waits_for_a_holder(warehouse):
    with held(warehouse) as process:
        build = start("-c", BUILD, warehouse)
        assert build.stdout
        said = build.stdout.readline()
        assert said.endswith(f"is held by process {process.pid} for a long build; waiting\n"), said
        assert not (warehouse / "stages").exists(), "it writes nothing while another holds the lock"
        process.kill()
        _, errors = build.communicate(timeout=300)
    assert build.returncode == 0, errors
    assert len(releases(warehouse)) == 1


# Readers


def next_of(reader: subprocess.Popen[str]) -> object:
    """What a reader finds that it has not found before, as soon as it does."""
    assert reader.stdout
    line = reader.stdout.readline()
    assert line, reader.communicate()
    return json.loads(line)


@pytest.mark.slow
def test_readers_never_notice_a_build(tmp_path, warehouse):
    """They poll, or keep a connection open, while builds swap the warehouse under them."""
    raw, stop = tmp_path / "raw", tmp_path / "stop"
    names = ["kentucky", "minnesota"]

    def add(name: str) -> None:
        text = (RAW / "2023" / f"{name}.txt").read_text(encoding="utf-8")
        write_sheet(raw / "2023" / f"{name}.txt", text)

    with Driver() as driver:
        add(names[0])
        assert driver.build(raw, warehouse)["exit"] == 0
        complete = [list(ask(warehouse, FIGURES)[0])]
        database = warehouse / WAREHOUSE_FILE
        readers = [start("-c", code, database, stop, FIGURES) for code in (POLL, STAY)]
        try:
            for reader in readers:
                assert next_of(reader) == complete[0]
            for name in [names[1], "2024"]:
                if name == "2024":
                    write_sheet(raw / "2024" / "kentucky.txt", render(year=2024))
                else:
                    add(name)
                answer = driver.build(raw, warehouse)
                assert answer["exit"] == 0, answer
                complete.append(list(ask(warehouse, FIGURES)[0]))
                assert next_of(readers[0]) == complete[-1]
        finally:
            stop.touch()
            results = [reader.communicate(timeout=300) for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0], results
    (looks, seen), (_, stayed) = (json.loads(output.splitlines()[-1]) for output, _ in results)
    assert looks >= len(complete)
    assert seen == complete, "the complete figures of each build, in their order"
    assert stayed == complete[:1], "an open connection keeps what it opened"
    assert len(releases(warehouse)) == len(complete)
