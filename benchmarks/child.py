"""Runs one function of this package in a process of its own and prints what it took as JSON.

Run as ``python -m benchmarks.child MODULE:FUNCTION ARGUMENT…``. The clock runs during the call
alone, after the imports; a function that gives ``seconds`` by itself has excluded more.
"""

from __future__ import annotations

import importlib
import json
import sys
import time


def main() -> None:
    """Call the function with its arguments, all of them strings."""
    module, _, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(f"benchmarks.{module}"), name)
    started = time.perf_counter()
    found = function(*sys.argv[2:])
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, **(found or {})}))


if __name__ == "__main__":
    main()
