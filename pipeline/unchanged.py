"""Whether everything is as the last build left it, so that a build need not run again.

What a build is a function of is kept with what it returned: raw files, catalog, this program, the
versions of libraries, settings and options; and the outputs, so that a changed one is noticed. A
file counts as the same by its mark (size, times of last change of content and of metadata, inode);
one whose times are so recent that a second change could hide in them, by its sha256 as well. A
release's files have been compared with its sums before they are remembered.

Neither Dagster nor pandas is imported here, nor pandera: that is what it is for.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.outcome import FailedCheck, Outcome
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import (
    ACCEPTANCES,
    ARCHIVE,
    LAST_BUILD,
    MANIFEST,
    RAW_MANIFEST,
    RELEASES,
    STAGES,
    WAREHOUSE_FILE,
)
from pipeline.storage.sealed import read_sealed, write_sealed

PACKAGE = Path(__file__).parent

_TOO_RECENT = 2_000_000_000
"""Nanoseconds; file systems that keep times to the second, or to two, are still in use."""
_RENEWED_NS = 24 * 3600 * 1_000_000_000
"""A recorded run counts for a day: then another one renews Dagster's freshness."""
_SETTINGS = ("STATEDATA_", "PANDERA_")
_VALIDATED = "validated"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Files at one moment: a hash of their names and marks, and the sha256 of recent ones."""

    marks: str
    sums: dict[str, str]

    @classmethod
    def take(cls, files: Mapping[str, Path]) -> Snapshot:
        """The files as they are; their marks are taken before their contents."""
        marks, recent = _marks(files)
        return cls(marks, {name: sha256_of(files[name]) for name in recent})

    def renewed(self, files: Mapping[str, Path]) -> Snapshot | None:
        """The same with fewer sums, as files have grown older; None if anything has changed."""
        marks, recent = _marks(files)
        if marks != self.marks or any(
            sha256_of(files[name]) != sha for name, sha in self.sums.items()
        ):
            return None
        return Snapshot(marks, {name: self.sums[name] for name in recent if name in self.sums})


@dataclass(frozen=True, slots=True)
class Subject:
    """What a build is asked for: its folders, its options, and Dagster's home, if it has one."""

    raw: Path
    warehouse: Path
    version: str
    accept_revisions: bool
    home: str

    def key(self) -> str:
        """A name for all that is no file of the raw folder: program, libraries, settings, options.

        Raises:
            OSError: the program, the catalog or the manifest cannot be read.
        """
        catalog = os.environ.get("STATEDATA_CATALOG")
        beside = [self.raw / name for name in (RAW_MANIFEST, ACCEPTANCES)]
        parts = [
            str(self.raw.absolute()), str(self.raw), str(self.warehouse), self.version,
            self.accept_revisions, _contents(PACKAGE), _contents(Path(catalog)) if catalog else "",
            [sha256_of(path) if path.is_file() else "" for path in beside], _libraries(), sys.version,
            platform.platform(), list(sys.flags),
            sorted(item for item in os.environ.items() if item[0].startswith(_SETTINGS)),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def inputs(self) -> dict[str, Path]:
        """Every file of the raw folder that is not hidden."""
        return {f"raw/{name}": path for name, path in _walk(self.raw, "")}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a build begins with; taken before it reads anything."""

    key: str
    raw: Snapshot


def inputs_of(subject: Subject) -> Inputs | None:
    """What a build is about to read; None if it cannot be read."""
    try:
        return Inputs(subject.key(), Snapshot.take(subject.inputs()))
    except OSError:
        return None


def forget(subject: Subject) -> None:
    """Let no later build follow the last one: another begins."""
    _record(subject).unlink(missing_ok=True)


def remember(subject: Subject, inputs: Inputs | None, outcome: Outcome) -> None:
    """Keep what a build returned for the next one, unless that could do better.

    Args:
        subject: what was asked for.
        inputs: what the build began with.
        outcome: what it made; the warehouse is still held.
    """
    if inputs is None or outcome.interrupted:
        return
    # A build has loaded what this imports.
    from pipeline.release.sums import wrong_files

    # A release that is made stays made, though nothing can be kept of it.
    with suppress(OSError):
        outputs = Snapshot.take(_outputs(subject.warehouse, outcome.release))
        if not any(wrong_files(outcome.release)):
            home = (subject.home, _home(subject), time.time_ns())
            _write(subject, inputs, outputs, outcome, home)


def unchanged(subject: Subject) -> Outcome | None:
    """What the last build returned, if another one would return the same; else None."""
    try:
        kept = read_sealed(_record(subject))
        if kept is None:
            return None
        outcome = _outcome(kept["outcome"])
        home, instance, at = kept["home"]
        age = time.time_ns() - at
        if subject.home and not (
            home == subject.home and instance == _home(subject) and 0 <= age < _RENEWED_NS
        ):
            return None
        raw = Snapshot(*kept["raw"]).renewed(subject.inputs())
        outputs = Snapshot(*kept["outputs"]).renewed(_outputs(subject.warehouse, outcome.release))
        if raw is None or outputs is None or subject.key() != kept["key"]:
            return None
        if [raw.sums, outputs.sums] != [kept["raw"][1], kept["outputs"][1]]:
            _write(subject, Inputs(kept["key"], raw), outputs, outcome, (home, instance, at))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # a build says what is wrong with it
    return outcome


def _write(
    subject: Subject, inputs: Inputs, outputs: Snapshot, outcome: Outcome, home: tuple[Any, ...]
) -> None:
    kept = {
        "key": inputs.key,
        "raw": [inputs.raw.marks, inputs.raw.sums],
        "outputs": [outputs.marks, outputs.sums],
        "outcome": {**asdict(outcome), "is_new": False, "release": str(outcome.release)},
        "home": home,
    }
    write_sealed(_record(subject), kept)


def _outcome(kept: dict[str, Any]) -> Outcome:
    checks = {
        name: [FailedCheck(**row) for row in kept[name]]
        for name in ("quarantine", "withheld", "pending", "warnings")
    }
    return Outcome(**{**kept, **checks, "release": Path(kept["release"])})


def _record(subject: Subject) -> Path:
    return subject.warehouse / STAGES / LAST_BUILD


def _outputs(warehouse: Path, release: Path) -> dict[str, Path]:
    """The files that a build leaves: warehouse, validated tables, latest release, what leads to it."""
    found = {WAREHOUSE_FILE: warehouse / WAREHOUSE_FILE}
    validated, releases = warehouse / STAGES / _VALIDATED, warehouse / RELEASES
    found.update((f"{_VALIDATED}/{name}", path) for name, path in _walk(validated, ""))
    found.update((f"release/{name}", path) for name, path in _walk(release, "", hidden=True))
    for manifest in (releases / ARCHIVE).glob(f"*/{MANIFEST}"):
        found[manifest.relative_to(warehouse).as_posix()] = manifest
    for entry in os.scandir(releases):
        if entry.is_dir(follow_symlinks=False):
            manifest = releases / entry.name / MANIFEST
            if manifest.is_file():
                found[f"{RELEASES}/{entry.name}/{MANIFEST}"] = manifest
        elif not entry.name.startswith("."):
            found[f"{RELEASES}/{entry.name}"] = releases / entry.name
    return found


def _home(subject: Subject) -> list[Any]:
    """Which instance lies in Dagster's home: its settings, and its SQLite file, if it has one."""
    if not subject.home:
        return []
    settings, runs = Path(subject.home) / "dagster.yaml", Path(subject.home) / "history/runs.db"
    return [
        sha256_of(settings) if settings.is_file() else "",
        runs.stat().st_ino if runs.is_file() else 0,
    ]


def _marks(files: Mapping[str, Path]) -> tuple[str, list[str]]:
    """A hash of all names and marks, and the regular files among them that changed just now."""
    digest, recent, now = hashlib.sha256(), [], time.time_ns()
    for name, path in sorted(files.items()):
        found = [path.lstat()]
        target = ""
        if stat.S_ISLNK(found[0].st_mode):
            target = str(path.readlink())
            found += [path.stat()] if path.exists() else []
        mark = [
            (one.st_mode, one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino)
            for one in found
        ]
        digest.update(json.dumps([name, target, mark]).encode())
        changed = max(max(one.st_mtime_ns, one.st_ctime_ns) for one in found)
        if changed > now - _TOO_RECENT and stat.S_ISREG(found[-1].st_mode):
            recent.append(name)
    return digest.hexdigest(), recent


def _walk(folder: Path, below: str, *, hidden: bool = False) -> Iterator[tuple[str, Path]]:
    """Name and path of every file and link below a folder; hidden ones only if they are wanted."""
    for entry in os.scandir(folder):
        if hidden or not entry.name.startswith("."):
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(folder / entry.name, f"{below}{entry.name}/", hidden=hidden)
            else:
                yield f"{below}{entry.name}", folder / entry.name


def _contents(folder: Path) -> list[tuple[str, str]]:
    """Every file of a folder with its sha256, but for compiled Python."""
    return sorted(
        (name, sha256_of(path)) for name, path in _walk(folder, "") if path.suffix != ".pyc"
    )


def _libraries() -> list[str]:
    """What is installed, with versions, by the names under which installers leave it."""
    return sorted(
        entry.name
        for folder in sys.path
        if folder and Path(folder).is_dir()
        for entry in os.scandir(folder)
        if entry.name.endswith((".dist-info", ".egg-info"))
    )
