"""The releases folder: which versions there are, and how they follow each other.

Reads ``releases/``. A release is a folder named by its calendar version
(``2026.11.2``: the second of November 2026), complete and never changed once it has its name.
Releases follow each other as their manifests say, each naming the one before: a version is a
name and decides nothing, as the clock that gave it may have been wrong. ``latest`` is a symbolic
link to the end of that chain.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.model import UserError
from pipeline.storage.names import (
    ARCHIVE,
    BUILDING_PREFIX,
    INDEX,
    MANIFEST,
    RELEASES,
    WITHDRAWALS,
)

_VERSION = re.compile(r"(\d{4})\.([1-9]\d?)\.([1-9]\d*)")


class ReleaseError(UserError):
    """A release cannot be made or read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release on disk, with its manifest."""

    version: str
    path: Path
    manifest: dict[str, Any]

    @property
    def is_archived(self) -> bool:
        """Whether it is packed, so that its tables cannot be read."""
        return self.path.parent.name == ARCHIVE

    @property
    def previous(self) -> str | None:
        """The version that this one follows; None for the first."""
        found: str | None = self.manifest["previous"]
        return found

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


def is_version(name: str) -> bool:
    """Whether a name is a calendar version."""
    try:
        version_key(name)
    except ReleaseError:
        return False
    return True


def releases(warehouse: Path) -> list[Release]:
    """Every release below the warehouse's folder, each behind the one that it follows.

    Raises:
        ReleaseError: one is missing that another follows or that the index lists, unless it was
            withdrawn, or they follow each other in a circle.
    """
    folder, withdrawn = warehouse / RELEASES, withdrawals(warehouse)
    found, indexed = _on_disk(folder), index_entries(folder)
    for version in found:
        before = found[version].previous
        if before is not None and before not in {*found, *withdrawn}:
            raise _missing(before, f"{version} follows it", folder)
    for version in indexed:
        if version not in {*found, *withdrawn}:
            raise _missing(version, f"{INDEX} lists it", folder)
    following: dict[str | None, list[str]] = defaultdict(list)
    for version in sorted(found, key=version_key):
        following[_followed_by(version, found, indexed)].append(version)
    ordered, waiting = [], following[None][::-1]
    while waiting:
        version = waiting.pop()
        ordered.append(found[version])
        waiting += following[version][::-1]
    if len(ordered) < len(found):
        circle = ", ".join(sorted(set(found) - {release.version for release in ordered}))
        raise ReleaseError(
            f"{folder}: {circle} follow each other in a circle; restore each {MANIFEST} from a copy"
        )
    return ordered


def latest_release(warehouse: Path) -> Release | None:
    """The end of the chain of releases that stand; None before the first, or if none stands.

    Raises:
        ReleaseError: the chain is broken, or has two ends.
    """
    withdrawn, indexed = withdrawals(warehouse), index_entries(warehouse / RELEASES)
    found = {release.version: release for release in releases(warehouse)}
    followed: set[str | None] = set()
    for version in reversed(found):  # each before the one that it follows
        if version not in withdrawn or version in followed:
            followed.add(_followed_by(version, found, indexed))
    ends = [version for version in found if version not in {*withdrawn, *followed}]
    if len(ends) > 1:
        raise ReleaseError(
            f"{warehouse / RELEASES}: {' and '.join(ends)} are followed by none, so that none of them "
            "is the latest; take all but one back with `statedata withdraw`"
        )
    if ends and found[ends[0]].is_archived:
        raise ReleaseError(archived(ends[0]))
    return found[ends[0]] if ends else None


def named_versions(warehouse: Path) -> set[str]:
    """Every version that is there, that another follows, or that the index lists."""
    folder = warehouse / RELEASES
    found = _on_disk(folder)
    before = {release.previous for release in found.values() if release.previous is not None}
    return {*found, *before, *index_entries(folder)}


def withdrawals(warehouse: Path) -> dict[str, str]:
    """The withdrawn versions with their reasons."""
    path = warehouse / RELEASES / WITHDRAWALS
    if not path.exists():
        return {}
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _on_disk(folder: Path) -> dict[str, Release]:
    if not folder.is_dir():
        return {}
    below = [
        entry for place in (folder / ARCHIVE, folder) if place.is_dir() for entry in place.iterdir()
    ]
    return {path.name: read_release(path) for path in below if _VERSION.fullmatch(path.name)}


def archived(version: str) -> str:
    """What to say of a release that is packed and wanted."""
    return f"{version} is archived; `statedata archive --unpack {version}` brings it back"


def index_entries(folder: Path) -> dict[str, dict[str, Any]]:
    """The index's entry of each version; none if it cannot be read, as it is written anew."""
    try:
        listed = json.loads((folder / INDEX).read_text(encoding="utf-8"))["releases"]
        return {entry["version"]: entry for entry in listed}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _followed_by(
    version: str, found: Mapping[str, Release], indexed: Mapping[str, dict[str, Any]]
) -> str | None:
    """The nearest release on disk before this one: the index knows what a missing one followed."""
    before = found[version].previous
    passed: set[str] = set()
    while before is not None and before not in {*found, *passed}:
        passed.add(before)
        before = indexed.get(before, {}).get("previous")
    return None if before in passed else before


def _missing(version: str, because: str, folder: Path) -> ReleaseError:
    return ReleaseError(
        f"{folder}: {version} is missing, and {because}; restore it from a copy or from where it "
        f"was published, or take it back with `statedata withdraw {version}`"
    )


def read_release(path: Path) -> Release:
    """One release.

    Raises:
        ReleaseError: the folder holds no manifest.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        release = Release(manifest["version"], path, manifest)
        for version in (release.version, release.previous):
            if version is not None:
                version_key(version)
        return release
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"{path}: no release, {MANIFEST} cannot be read: {error}") from error


def next_version(existing: Iterable[str], today: date) -> str:
    """The first version of today's month that no release has."""
    taken = [version_key(version) for version in existing]
    numbers = [n for year, month, n in taken if (year, month) == (today.year, today.month)]
    return f"{today.year}.{today.month}.{max(numbers, default=0) + 1}"


def readable(folder: Path) -> None:
    """Make what lies in a finished folder readable for a web server, whatever the umask is."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def sweep(warehouse: Path) -> None:
    """Remove what an interrupted build left half made."""
    for folder in (warehouse, warehouse / RELEASES):
        if folder.is_dir():
            for entry in folder.iterdir():
                if entry.is_dir() and entry.name.startswith(BUILDING_PREFIX):
                    shutil.rmtree(entry, ignore_errors=True)
