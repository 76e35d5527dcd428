"""Sheets to batches: which of them are worked on together, and what names their result.

Reads the files of one partition, gives batches and keys. A batch ends where a file's name says
so, not after a fixed number: a sheet that comes or goes changes its own batch and no other.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

_TYPICAL = 512
"""Sheets of a batch on average: enough that what a batch costs by itself is spread thin."""

_MOST = 4 * _TYPICAL
"""Sheets of a batch at most: bounds what a worker holds at a time, about 60 MB."""

_PACKAGE = Path(__file__).parents[1]
_CODE = (
    "model.py",
    "checks.py",
    "tables",
    "catalog",
    "sheets",
    "parse",
    "validate",
    "steps.py",
    "batches",
)
"""What of this package a sheet's parse depends on; the catalog's data has a digest of its own."""

_LIBRARIES = ("charset-normalizer", "pandas", "pandera", "pyarrow", "pypdfium2")


def batches(files: Sequence[str]) -> Iterator[slice]:
    """Where the batches of a sorted list of files begin and end."""
    start = 0
    for place, file in enumerate(files[1:], start=1):
        if zlib.crc32(file.encode()) % _TYPICAL == 0 or place - start == _MOST:
            yield slice(start, place)
            start = place
    if files:
        yield slice(start, len(files))


def key_of(values: Iterable[Any]) -> str:
    """A name for a result by everything it is a function of: text, numbers, nothing else."""
    return hashlib.sha256(json.dumps(list(values)).encode()).hexdigest()


@cache
def code_key() -> str:
    """A name for the program that parses: its source, and the libraries that do some of the work.

    Bytecode, tests and the stages behind the single sheets are not part of it.
    """
    digest = hashlib.sha256()
    for name in _CODE:
        place = _PACKAGE / name
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(_PACKAGE).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    for library in _LIBRARIES:
        digest.update(f"{library}=={version(library)}\0".encode())
    return digest.hexdigest()
