"""Starts one command, waits for it, and writes seconds, CPU time, peak memory and exit code to a file.

Run as ``python -I -S watch.py FILE COMMAND…``, by ``measure``. It is a process of its own and
imports little, because Linux counts the memory of the process that starts another as a peak of
the started one (``ru_maxrss`` outlives ``exec``).
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time

SAMPLE_SECONDS = 0.25


def main(file: str, *command: str) -> None:
    """Run the command to its end."""
    started = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    watch = _Watch(process)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - started
    unit = 1 if sys.platform == "darwin" else 1024
    found = {
        "seconds": seconds,
        "cpu": usage.ru_utime + usage.ru_stime,  # of its children too, as far as it waited for them
        "peak": max(watch.end(), usage.ru_maxrss * unit),
        "code": os.waitstatus_to_exitcode(status),
    }
    with open(file, "w", encoding="utf-8") as output:
        json.dump(found, output)


class _Watch(threading.Thread):
    """Samples the memory of a process tree until told to end."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process, self._largest, self._ended = process, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while os.path.isdir("/proc/self") and not self._ended.wait(SAMPLE_SECONDS):
            self._largest = max(self._largest, sum(map(_pss, _tree(self._process))))

    def end(self) -> int:
        """The largest sum of a sample, in bytes."""
        self._ended.set()
        self.join()
        return self._largest


def _tree(root: int) -> set[int]:
    """A process and everything that it and its children started."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _read(f"/proc/{name}/stat").rpartition(")")[2].split()
            if fields:
                parents[int(name)] = int(fields[1])
    family = {root}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _pss(process: int) -> int:
    found = re.search(r"^Pss: +(\d+) kB", _read(f"/proc/{process}/smaps_rollup"), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _read(path: str) -> str:
    """A file below ``/proc``, empty where its process has just ended."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


if __name__ == "__main__":
    main(*sys.argv[1:])
