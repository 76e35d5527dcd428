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
from pipeline.release.versions import ReleaseError, read_release
from pipeline.storage.names import INDEX, LATEST_JSON, SIGNATURE

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
    tell = progress or (lambda _: None)
    store = _open(target, options or {}, attempts, pause)
    listing = {INDEX: _bytes(index), LATEST_JSON: _bytes(latest)}
    _check_index(store, listing[INDEX], version)
    missing = _missing(store, version, files)
    for name in missing:
        place = f"{version}/{name}"
        store.write(place, release / name)
        _demand(store, place, files[name])
        tell(place)
    moved, notes = _write_listing(store, listing, tell)
    written = (*(f"{version}/{name}" for name in missing), *moved)
    present = tuple(f"{version}/{name}" for name in files if name not in missing)
    return Published(version, store.shown, written, present, tuple(notes))


def _missing(store: _Store, version: str, files: Mapping[str, str]) -> list[str]:
    """The files that the target lacks, the list of sums last: with it, a release is complete."""
    there = store.names(version)
    strange = sorted(name for name in there if name not in files)
    if strange:
        raise PublishError(
            f"{store.shown}/{version} holds {', '.join(strange[:5])}, which the release does not "
            "have; remove it, or name another target"
        )
    for name in sorted(there):
        _demand(store, f"{version}/{name}", files[name])
    missing = [name for name in files if name not in there]
    return sorted(missing, key=lambda name: (name == SUMS, name == SIGNATURE, name))


def _demand(store: _Store, place: str, sha256: str) -> None:
    found = store.sha256(place)
    if found != sha256:
        raise PublishError(
            f"{store.shown}/{place} has the sha256 {found}, expected {sha256}; a published file is "
            "never overwritten: remove it if it is damaged, or name another target"
        )


def _check_index(store: _Store, data: bytes | None, version: str) -> None:
    """Demand that the index knows the release, and whatever the index at the target lists."""
    if data is None:
        return
    ours = _digests_by_version(data, INDEX)
    if version not in ours:
        raise PublishError(
            f"{INDEX} does not list {version}; publish with the index of the warehouse that made it"
        )
    there = store.read(INDEX)
    theirs = {} if there is None else _digests_by_version(there, f"{store.shown}/{INDEX}")
    other = [name for name, digests in theirs.items() if ours.get(name) != digests]
    if other:
        raise PublishError(
            f"{store.shown}/{INDEX} lists {', '.join(other)}, which this warehouse does not have or "
            "has with other data; publish from the warehouse that made them, or name another target"
        )


def _write_listing(
    store: _Store, listing: Mapping[str, bytes | None], tell: Callable[[str], None]
) -> tuple[list[str], list[str]]:
    """Write index and latest; gives those that changed, and notes on what readers will miss."""
    written, notes = [], []
    for name, data in listing.items():
        if data is None:
            notes.append(f"there is no {name} yet, so none was published")
            continue
        absent = [
            version for version in _versions(name, data) if not store.exists(f"{version}/{SUMS}")
        ]
        if absent:
            notes.append(f"{name} names {', '.join(absent)}, which the target lacks; publish it")
            if name == LATEST_JSON:
                continue  # who follows it would find nothing
        if store.read(name) != data:
            store.write(name, data)
            _demand(store, name, hashlib.sha256(data).hexdigest())
            written.append(name)
            tell(name)
    return written, notes


def _versions(name: str, data: bytes) -> list[str]:
    if name == INDEX:
        return list(_digests_by_version(data, name))
    latest = json.loads(data)["version"]
    return [] if latest is None else [latest]


def _digests_by_version(data: bytes, shown: str) -> dict[str, Any]:
    try:
        return {entry["version"]: entry["digests"] for entry in json.loads(data)["releases"]}
    except (ValueError, KeyError, TypeError) as error:
        raise PublishError(f"{shown}: no index of releases; remove it or name another") from error


def _bytes(path: Path | None) -> bytes | None:
    return path.read_bytes() if path is not None and path.is_file() else None


def _open(
    target: str, options: Mapping[str, Any], attempts: int, pause: Callable[[float], None]
) -> _Store:
    shown = re.sub(r"//[^/@]*@", "//", target).rstrip("/")  # without a password
    try:
        files, root = fsspec.core.url_to_fs(target, **{"use_listings_cache": False, **options})
    except (ImportError, ValueError) as error:
        raise PublishError(
            f"{shown}: cannot be opened: {error}; for s3:// install ncmec-state-data[s3]"
        ) from error
    return _Store(files, root.rstrip("/"), shown, attempts, pause)


@dataclass(frozen=True, slots=True)
class _Store:
    """A target by names below it; a call that fails for a passing reason is made again."""

    files: Any
    root: str
    shown: str
    attempts: int
    pause: Callable[[float], None]

    def names(self, folder: str) -> list[str]:
        """Every complete file below a folder; none where there is no such folder."""
        start = f"{self.root}/{folder}/"

        def find() -> list[str]:
            try:
                return list(self.files.find(start.rstrip("/")))
            except FileNotFoundError:
                return []

        found = [name.removeprefix(start) for name in self._repeat(folder, find)]
        return sorted(name for name in found if not _PART.fullmatch(name))

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""

        def look() -> bool:
            try:
                self.files.info(f"{self.root}/{name}")
            except FileNotFoundError:
                return False
            return True

        return self._repeat(name, look)

    def read(self, name: str) -> bytes | None:
        """A small file's bytes; None where there is no such file."""

        def fetch() -> bytes | None:
            try:
                return bytes(self.files.cat_file(f"{self.root}/{name}"))
            except FileNotFoundError:
                return None

        return self._repeat(name, fetch)

    def sha256(self, name: str) -> str:
        """The sha256 of a file's bytes, as the target gives them out."""

        def fetch() -> str:
            with self.files.open(f"{self.root}/{name}", "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()

        return self._repeat(name, fetch)

    def write(self, name: str, source: Path | bytes) -> None:
        """Write a file as a whole or not at all."""
        place = f"{self.root}/{name}"
        folder, _, base = place.rpartition("/")
        protocol = self.files.protocol
        names = {protocol} if isinstance(protocol, str) else set(protocol)
        unfinished = place if names & _WHOLE_OR_NOTHING else f"{folder}/.{base}.part"

        def put() -> None:
            if unfinished != place:
                self.files.makedirs(folder, exist_ok=True)
            if isinstance(source, Path):
                self.files.put_file(str(source), unfinished)
            else:
                self.files.pipe_file(unfinished, source)
            if unfinished != place:
                self.files.mv(unfinished, place)

        self._repeat(name, put)

    def _repeat(self, name: str, call: Callable[[], Answer]) -> Answer:
        for attempt in range(self.attempts):
            try:
                return call()
            except (PermissionError, FileNotFoundError) as error:
                raise PublishError(
                    f"{self.shown}/{name}: {type(error).__name__}: {error}; see that the folder or "
                    "bucket exists and that you may write to it"
                ) from error
            except Exception as error:  # stores raise what their clients raise
                if attempt + 1 == self.attempts:
                    raise PublishError(
                        f"{self.shown}/{name}: failed {self.attempts} times, last with "
                        f"{type(error).__name__}: {error}; publish again to go on from here"
                    ) from error
                self.pause(_FIRST_PAUSE_SECONDS * 2**attempt)
        raise AssertionError("no attempt was allowed")
