"""A release written again from its own tables, to hold every file of it against what it must be.

The tables in Parquet are what a release says: those of the sheets, as the others and the figures
follow from them and the catalog. Every other file is a rendering of them. Written
again by the program that made the release, each file has the same bytes. By another program, or
where the release before is not at hand, some files cannot be written again: they are named.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from pipeline.catalog.load import default_catalog
from pipeline.release.content import ReleaseContent
from pipeline.release.export import table_digests, write_release
from pipeline.release.provenance import LOCK, PACKAGE, program_digest
from pipeline.release.released import released_tables, tables_of
from pipeline.release.sums import sums_of_intact
from pipeline.release.versions import Release, read_release
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import (
    ALL_CHANGES,
    CHANGELOG,
    CHANGES,
    LOCKED_PACKAGES,
    MANIFEST,
    PROVENANCE,
    SIGNATURE,
    SUMS,
    WAREHOUSE_FILE,
)
from pipeline.tables.files import TableFiles
from pipeline.tables.schema import PUBLISHED
from pipeline.validate.figures import write_figures
from pipeline.validate.reference import write_reference
from pipeline.warehouse.load import write_database

_CATALOG = f"{PACKAGE.name}/catalog"
_PINNED = re.compile(r"(?m)^([\w.-]+)==([^\s;\\]+)")
_OF_THE_RELEASE_BEFORE = (ALL_CHANGES, CHANGES, CHANGELOG)
_THIS_SCHEMA = [(table.name, [*table.columns]) for table in PUBLISHED]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A release's files held against those that its tables give.

    ``other`` names the files that are not what the tables give, ``not_derived`` those of which
    this cannot be said, both in order; ``why`` says why not, and is empty where all could be.
    ``by_this_program`` is false where another program or schema made the release.
    """

    files: int
    other: tuple[str, ...]
    not_derived: tuple[str, ...]
    why: str
    by_this_program: bool = True


def compare_with_tables(release: Release) -> Comparison:
    """Write a release again from its tables and compare every file.

    Raises:
        ReleaseError: the tables cannot be written again, as they are no tables of a release.
    """
    ours = sums_of_intact(release.path)
    ours.pop(SIGNATURE, None)
    tables = tables_of(release.path).values()
    if [(table.name, [*table.columns]) for table in tables] != _THIS_SCHEMA:
        stated = release.manifest["schema_version"]
        why = f"its tables have the schema {stated}"
        return Comparison(len(ours), (), tuple(ours), why, by_this_program=False)
    before = release_before(release)
    again = _written_again(_Source(release, before, _key(release, ours, before)))
    differing = sorted(
        name for name in {*ours, *again.sums} if ours.get(name) != again.sums.get(name)
    )
    if not differing:
        return Comparison(len(ours), (), (), "")
    why = why_other_bytes(release)
    if why:
        return Comparison(len(ours), (), tuple(differing), why, by_this_program=False)
    if release.manifest["previous"] is None or before is not None:
        return Comparison(len(ours), tuple(differing), (), "")
    left = [name for name in differing if _tells_of_before_alone(name, release.path, ours, again)]
    other = tuple(name for name in differing if name not in left)
    why = f"the release before, {release.manifest['previous']}, is not beside it"
    return Comparison(len(ours), other, tuple(left), why)


def release_before(release: Release) -> Release | None:
    """The release that this one follows, if it lies beside it."""
    version = release.manifest["previous"]
    folder = release.path.resolve().parent / str(version)
    return read_release(folder) if version is not None and folder.is_dir() else None


def sha256s(resources: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The sha256 of each subject or source of a provenance by its name."""
    return {each["name"]: each["digest"]["sha256"] for each in resources}


def made_by(release: Release) -> dict[str, str]:
    """What a release says it was made by: the digests of the program and of its lock."""
    statement = json.loads((release.path / PROVENANCE).read_text(encoding="utf-8"))
    sources = sha256s(statement["predicate"]["buildDefinition"]["resolvedDependencies"])
    program = (PACKAGE.name, _CATALOG, LOCKED_PACKAGES)
    return {name: sources[name] for name in program if name in sources}


def why_other_bytes(release: Release) -> str:
    """Why this program may write other bytes than the one that made a release; empty if not."""
    ours = {PACKAGE.name: program_digest(), _CATALOG: default_catalog().digest}
    if LOCK.is_file():
        ours[LOCKED_PACKAGES] = sha256_of(LOCK)
    if made_by(release) != ours:
        return "another program made it"
    other = _other_libraries() if LOCK.is_file() else []
    return f"other versions than its lock's are installed: {', '.join(other)}" if other else ""


def _other_libraries() -> list[str]:
    found = []
    for name, locked in _PINNED.findall(LOCK.read_text(encoding="utf-8")):
        try:
            installed = installed_version(name)
        except PackageNotFoundError:
            continue  # of another system, or an extra that writes no file
        if installed != locked:
            found.append(f"{name} {installed}")
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    """What a release is written again from; equal wherever it lies."""

    release: Release = field(compare=False)
    before: Release | None = field(compare=False)
    key: str


def _key(release: Release, sums: Mapping[str, str], before: Release | None) -> str:
    """What the bytes of a release follow from, besides this program."""
    tables = {name: sums[name] for name in sums if name.endswith(".parquet")}
    followed = sha256_of(before.path / MANIFEST) if before else None
    return json.dumps([release.version, tables, followed, default_catalog().digest])


@dataclass(frozen=True, slots=True)
class _Rendering:
    """A release written again: the sha256 of each file, and the texts that are looked into."""

    sums: dict[str, str]
    texts: dict[str, str]


# Whoever publishes a release, packs it and verifies the copy has it written once.
@lru_cache(maxsize=8)
def _written_again(source: _Source) -> _Rendering:
    release = source.release
    with tempfile.TemporaryDirectory(prefix="statedata-verify-") as folder:
        tables, catalog = released_tables(release.path), default_catalog()
        made = Path(folder) / "tables"
        made.mkdir()
        reference = write_reference(catalog, made)
        tables = write_figures(TableFiles({**tables.files, **reference.files}), made)
        database = Path(folder) / WAREHOUSE_FILE
        write_database(tables, catalog, database)
        again = Path(folder) / release.version
        again.mkdir()
        digests = table_digests(tables)
        version, before = release.version, source.before
        content = ReleaseContent(version, tables, digests, database, catalog, before)
        write_release(content, again)
        texts = {name: (again / name).read_text(encoding="utf-8") for name in _WITHOUT}
        return _Rendering(sums_of_intact(again), texts)


def _tells_of_before_alone(
    name: str, folder: Path, sums: Mapping[str, str], again: _Rendering
) -> bool:
    """Whether two files differ at most in what only the release before can tell."""
    if name not in sums or name in _OF_THE_RELEASE_BEFORE:
        return name in sums
    if name == SUMS:
        return list(sums) == list(again.sums)
    if name not in _WITHOUT:
        return False
    ours, theirs = (folder / name).read_text(encoding="utf-8"), again.texts[name]
    without = _WITHOUT[name]
    return without(json.loads(ours)) == without(json.loads(theirs))


def _manifest_without(data: dict[str, Any]) -> dict[str, Any]:
    left_out = ("previous", "change_class", "changes")
    files = {name: each for name, each in data["files"].items() if not _tells_of_before(name)}
    return {**{key: data[key] for key in data if key not in left_out}, "files": files}


def _provenance_without(data: dict[str, Any]) -> dict[str, Any]:
    definition = data["predicate"]["buildDefinition"]
    sources = definition["resolvedDependencies"]
    definition["resolvedDependencies"] = [
        source for source in sources if not source["name"].endswith(MANIFEST)
    ]
    data["subject"] = [each for each in data["subject"] if not _tells_of_before(each["name"])]
    return data


def _tells_of_before(name: str) -> bool:
    return name in (*_OF_THE_RELEASE_BEFORE, PROVENANCE)


_WITHOUT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    MANIFEST: _manifest_without,
    PROVENANCE: _provenance_without,
}
