"""A verified release to where readers fetch it: a folder, ``s3://bucket/prefix``, any fsspec URL.

Reads a release and the index beside it, gives ``target/<version>/...`` and then
``target/index.json`` and ``target/latest.json``: who follows them finds complete releases only.
What is there with the right bytes stays, so an interrupted publication is taken up again; other
bytes are never overwritten; all that is written is read back. One publisher at a time.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import fsspec.core  # type: ignore[import-untyped]

from pipeline.release.archive import verified_files
from pipeline.release.export import SUMS
from pipeline.release.history import INDEX, LATEST_JSON
from pipeline.release.verify import SIGNATURE
from pipeline.release.versions import ReleaseError, read_release

ATTEMPTS = 4
"""How often one call to the target is made before its failure counts."""

_FIRST_PAUSE_SECONDS = 0.5
_WHOLE_OR_NOTHING = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory"}
"""Stores that show a file only when it is complete; elsewhere it gets its name at the end."""
_PART = re.compile(r"(?:.*/)?\.[^/]+\.part")

Answer = TypeVar("Answer")


class PublishError(ReleaseError):
    """A release cannot be published; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did, by names below the target; ``notes`` are for the publisher."""

    version: str
    target: str
    written: tuple[str, ...]
    present: tuple[str, ...]
    notes: tuple[str, ...]


def publish(
    release: Path,
    target: str,
    *,
    index: Path | None = None,
    latest: Path | None = None,
    options: Mapping[str, Any] | None = None,
    attempts: int = ATTEMPTS,
    pause: Callable[[float], None] = time.sleep,
    progress: Callable[[str], None] | None = None,
) -> Published:
    """Copy a release to a target, its index last.

    Args:
        release: the release's folder.
        target: a folder or an fsspec URL; releases lie below it by version.
        index: the warehouse's ``index.json``; left out where there is none.
        latest: the warehouse's ``latest.json``; left out where there is none.
        options: for the target's file system; else it reads its own environment.
        attempts: calls to the target before a failure counts.
        pause: waits for that many seconds between them.
        progress: told the name of each file when it is there.

    Raises:
        ReleaseError: the release does not verify.
        PublishError: the target cannot be reached or written, holds other bytes under a name of
            the release, or lists releases that the index does not know.
    """
    files = verified_files(release)
    version = read_release(release).version
    store = _open(target, options or {}, attempts, pause)
    new_index, new_latest = _read(index), _read(latest)
    notes = [f"there is no {n} to publish" for n, d in _LAST(new_index, new_latest) if d is None]
    if new_index is not None:
        notes += _accepted_index(store, new_index, version)
    missing = _missing(store, version, files)
    for name in sorted(missing, key=lambda name: (name in (SIGNATURE, SUMS), name == SUMS, name)):
        store.write(f"{version}/{name}", release / name)
        store.demand(f"{version}/{name}", files[name])
        if progress:
            progress(f"{version}/{name}")
    written = [f"{version}/{name}" for name in missing]
    for name, data in _LAST(new_index, new_latest):
        if data is None or store.read(name) == data:
            continue
        if name == LATEST_JSON and (note := _leads_nowhere(store, data)):
            notes.append(note)
            continue
        store.write(name, data)
        store.demand(name, hashlib.sha256(data).hexdigest())
        written.append(name)
        if progress:
            progress(name)
    present = tuple(f"{version}/{name}" for name in files if name not in missing)
    return Published(version, store.shown, tuple(written), present, tuple(notes))
