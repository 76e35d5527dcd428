"""The releases folder: which versions there are, and how a new one gets in.

Reads and writes ``releases/``. A release is a folder named by its calendar version
(``2026.11.2``: the second of November 2026), complete and never changed once it has its name;
``latest`` is a symbolic link, replaced in one step.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.storage.atomic import sync

RELEASES = "releases"
LATEST = "latest"
MANIFEST = "manifest.json"
_VERSION = re.compile(r"(\d{4})\.([1-9]\d?)\.([1-9]\d*)")


class ReleaseError(Exception):
    """A release cannot be made or read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release on disk, with its manifest."""

    version: str
    path: Path
    manifest: dict[str, Any]

    @property
    def digests(self) -> dict[str, str]:
        """The row digest of each table."""
        return {name: table["digest"] for name, table in self.manifest["tables"].items()}


def version_key(version: str) -> tuple[int, int, int]:
    """Year, month and number of a version, for sorting.

    Raises:
        ReleaseError: not a calendar version.
    """
    match = _VERSION.fullmatch(version)
    if match is None or not 1 <= int(match[2]) <= 12:
        raise ReleaseError(f"{version!r} is no version, expected YEAR.MONTH.NUMBER like 2026.11.1")
    return int(match[1]), int(match[2]), int(match[3])


def releases(warehouse: Path) -> list[Release]:
    """Every release below the warehouse's folder, oldest first."""
    folder = warehouse / RELEASES
    if not folder.is_dir():
        return []
    names = [entry.name for entry in folder.iterdir() if _VERSION.fullmatch(entry.name)]
    return [read_release(folder / name) for name in sorted(names, key=version_key)]


def read_release(path: Path) -> Release:
    """One release.

    Raises:
        ReleaseError: the folder holds no manifest.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        return Release(manifest["version"], path, manifest)
    except (OSError, ValueError, KeyError) as error:
        raise ReleaseError(f"{path}: no release, {MANIFEST} cannot be read: {error}") from error


def latest_release(warehouse: Path) -> Release | None:
    """The release that ``latest`` points to; None before the first."""
    path = warehouse / RELEASES / LATEST
    return read_release(path.parent / path.resolve().name) if path.exists() else None


def next_version(existing: list[str], today: date) -> str:
    """The version after the existing ones, of today's month or, if the clock fell back, theirs."""
    keys = [version_key(version) for version in existing]
    month = max([(today.year, today.month), *((year, month) for year, month, _ in keys)])
    number = max((n for year, m, n in keys if (year, m) == month), default=0) + 1
    return f"{month[0]}.{month[1]}.{number}"


def enter(built: Path, version: str, warehouse: Path) -> Path:
    """Give a finished release its name; it is complete before it has one.

    Raises:
        ReleaseError: the version exists.
    """
    target = warehouse / RELEASES / version
    if target.exists():
        raise ReleaseError(f"{target}: this version exists and is never replaced; name another")
    for path in sorted(built.rglob("*")):
        if path.is_file():
            path.chmod(0o644)
        sync(path)
    built.chmod(0o755)
    sync(built)
    built.rename(target)
    sync(target.parent)
    return target


def point_latest(warehouse: Path, version: str | None) -> None:
    """Let ``latest`` point to a version, in one step; to none if every release is withdrawn."""
    folder = warehouse / RELEASES
    if version is None:
        (folder / LATEST).unlink(missing_ok=True)
        return
    unfinished = folder / f".{LATEST}"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(version, target_is_directory=True)
    unfinished.replace(folder / LATEST)
    sync(folder)


def sweep(warehouse: Path, prefix: str) -> None:
    """Remove what an interrupted build left half made."""
    for folder in (warehouse, warehouse / RELEASES):
        if folder.is_dir():
            for entry in folder.iterdir():
                if entry.is_dir() and entry.name.startswith(prefix):
                    shutil.rmtree(entry, ignore_errors=True)
