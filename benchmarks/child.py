"""Runs one function of this package in a process of its own and prints what it took as JSON.

Run as ``python -m benchmarks.child MODULE:FUNCTION ARGUMENT…``. The clocks run during the call
alone, after the imports; a function that gives ``seconds`` by itself has excluded more.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time


def main() -> None:
    """Call the function with its arguments, all of them strings."""
    module, _, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(f"benchmarks.{module}"), name)
    started, begun = time.perf_counter(), _cpu()
    found = function(*sys.argv[2:])
    seconds, cpu = time.perf_counter() - started, _cpu() - begun
    print(json.dumps({"seconds": seconds, "cpu": cpu, **(found or {})}))


def _cpu() -> float:
    """CPU seconds of this process and of the children that it has waited for."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
