"""Builds that die on purpose, for the tests of crash safety.

Run as a program it imports the pipeline once and forks a build a request: one JSON object a line
on standard input, one answer a line on standard output. A build counts its steps on disk (renames,
links, syncs below its warehouse) and can be killed right before any of them, after some seconds,
or by a power cut, which also takes back what was not yet synced.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

PROJECT = Path(__file__).parent.parent


class Driver:
    """The forking process, seen from a test."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), "COLUMNS": "400"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.dying"],
            env=environment,
            cwd=PROJECT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Driver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def build(self, raw: Path, warehouse: Path, **how: Any) -> dict[str, Any]:
        """Run one build.

        Args:
            raw: the raw folder.
            warehouse: the warehouse folder.
            how: ``version`` of a new release; ``die_at`` a step, counted from one; ``die_after`` seconds; ``lose`` what a power
                cut at that step takes (``renames`` or ``contents``); ``file_limit`` in bytes.

        Returns:
            ``exit`` (negative: the signal), ``text`` printed, ``steps`` done, ``seconds``.
        """
        assert self._process.stdin
        assert self._process.stdout
        request = {"raw": str(raw), "warehouse": str(warehouse), **how}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


class Disk:
    """What a build does on disk below one folder, and what of it a power cut would take back."""

    def __init__(self, folder: Path, log: int) -> None:
        self._folder, self._log = folder.resolve(), log
        self._steps = 0
        self._die_at, self._lose = 0, ""
        self._undo: list[tuple[Path, Callable[[], None]]] = []
        self._kept: set[int] = {path.stat().st_ino for path in self._folder.rglob("*")}
        self._kept.add(self._folder.stat().st_ino)
        self._backups = 0
        self._real = {name: getattr(os, name) for name in ("rename", "replace", "symlink", "fsync")}

    def watch(self, die_at: int, lose: str) -> None:
        """Count from here on, and die before that step."""
        self._die_at, self._lose = die_at, lose
        for name in ("rename", "replace", "symlink"):
            setattr(os, name, self._naming(name))
        os.fsync = self._syncing

    def _naming(self, name: str) -> Callable[..., None]:
        def act(source: Any, target: Any, *more: Any, **options: Any) -> None:
            place = Path(os.path.abspath(target))  # noqa: PTH100  # a link is not to be followed
            if place.is_relative_to(self._folder):
                self._step(f"{name} {place.name}")
                if self._lose == "renames":
                    self._remember(name, source, place)
            self._real[name](source, target, *more, **options)

        return act

    def _syncing(self, handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        if path.is_relative_to(self._folder):
            self._step(f"fsync {path.name}")
            self._kept.add(os.fstat(handle).st_ino)
            self._undo = [(folder, undo) for folder, undo in self._undo if folder != path]
        self._real["fsync"](handle)

    def _step(self, what: str) -> None:
        self._steps += 1
        if self._steps == self._die_at:
            if self._lose:
                self._cut_power()
            os.kill(os.getpid(), signal.SIGKILL)
        os.write(self._log, f"{what}\n".encode())

    def _remember(self, name: str, source: Any, place: Path) -> None:
        backup = None
        if place.is_symlink() or place.is_file():
            self._backups += 1
            backup = self._folder.parent / f"{self._folder.name}-lost-{self._backups}"
            backup.unlink(missing_ok=True)
            os.link(place, backup, follow_symlinks=False)

        def undo() -> None:
            if name == "symlink":
                place.unlink()
            else:
                self._real["rename"](place, source)
            if backup:
                self._real["rename"](backup, place)

        self._undo.append((place.parent, undo))

    def _cut_power(self) -> None:
        """Take back names whose folder was not synced, then all content that was not."""
        for _, undo in reversed(self._undo):
            undo()
        for path in sorted(self._folder.rglob("*"), reverse=True):
            if path.is_symlink() or path.name == ".lock":
                continue
            new = path.stat().st_ino not in self._kept
            if path.is_file() and (new or path.parent.stat().st_ino not in self._kept):
                if new:
                    os.truncate(path, 0)
                else:
                    path.unlink()  # its content is on the disk, its name in the folder is not


def main() -> None:
    """Answer requests until standard input ends."""
    # Imported here: tests that only use Driver do not need it.
    import gc

    from pipeline import build  # noqa: F401  # what cli imports only when it builds
    from pipeline.alerts import reporting  # noqa: F401  # the same
    from pipeline.catalog.load import default_catalog
    from pipeline.cli import app as cli
    from pipeline.parse.patterns import compile_catalog
    from pipeline.release import verify  # noqa: F401

    # What every fork would otherwise load for itself; it leaves no thread and no open file.
    compile_catalog(default_catalog())
    gc.freeze()  # a fork that looks through all this for garbage would copy it

    with tempfile.TemporaryDirectory() as folder:
        output, log = Path(folder, "output"), Path(folder, "steps")
        for line in sys.stdin:
            request = json.loads(line)
            for file in (output, log):
                file.write_text("")
            started = time.monotonic()
            child = os.fork()
            if child == 0:
                _build(request, output, log, cli.main)
            if "die_after" in request:
                _kill_after(child, request["die_after"])
            _, status = os.waitpid(child, 0)
            answer = {
                "exit": os.waitstatus_to_exitcode(status),
                "text": output.read_text(),
                "steps": log.read_text().splitlines(),
                "seconds": time.monotonic() - started,
            }
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    gc.unfreeze()


def _build(request: dict[str, Any], output: Path, log: Path, run: Callable[[], None]) -> None:
    warehouse = Path(request["warehouse"])
    warehouse.mkdir(parents=True, exist_ok=True)
    handle = os.open(output, os.O_WRONLY)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    steps = os.open(log, os.O_WRONLY)
    Disk(warehouse, steps).watch(request.get("die_at", 0), request.get("lose", ""))
    if "file_limit" in request:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_limit"],) * 2)
    sys.argv = ["statedata", "build", "--raw", request["raw"], "--warehouse", str(warehouse)]
    if "version" in request:
        sys.argv += ["--release-version", request["version"]]
    code = 70
    try:
        run()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def once_fatal(folder: str) -> int:
    """End the process that does this first; the next one does it.

    It stands in a module that a new process imports at once.
    """
    try:
        Path(folder, "mark").touch(exist_ok=False)
    except FileExistsError:
        return 1
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def _kill_after(child: int, seconds: float) -> None:
    """Kill the build then, or see it end before; either way it is still to be waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
