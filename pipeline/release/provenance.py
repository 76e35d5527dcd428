"""What a release was made from: ``provenance.json``, ``sbom.cdx.json`` and ``requirements.lock``.

Reads the release's content, this package's own files and the lock beside it, gives an in-toto
statement with a SLSA predicate and a CycloneDX list of software. Both are functions of those
inputs: no clock, host, path or user, and nothing of the environment that runs them. What cannot
be found is said to be missing.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.release.content import (
    LICENCE,
    PROGRAM,
    SCHEMA_VERSION,
    ReleaseContent,
    files_of,
    sha256_of,
    sha256_of_written,
)
from pipeline.storage.names import MANIFEST, RELEASES

PROVENANCE = "provenance.json"
SBOM = "sbom.cdx.json"
LOCK_FILE = "requirements.lock"

PACKAGE = Path(__file__).parents[1]
LOCK = PACKAGE.parent / LOCK_FILE

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = f"urn:{PROGRAM}:build:v1"
"""Stands for: the raw sheets, read by this code with this catalog, under the given version."""
BUILDER = f"urn:{PROGRAM}:statedata"

_LOCKED = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;]+)\s*(?:;\s*(?P<marker>.*?))?\s*")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_ALL_HASHES = "Any of these hashes: the lock accepts every distribution file of the version."


class LockError(ValueError):
    """The lock file holds a line that pins nothing; the message shows it."""


def write_provenance(content: ReleaseContent, folder: Path, *, lock: Path = LOCK) -> None:
    """Write ``provenance.json``; its subjects are the files that the folder holds by then.

    Args:
        content: what the release says.
        folder: the release that is being built.
        lock: the lock file of the environment.
    """
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [
            _resource(path.relative_to(folder).as_posix(), sha256_of_written(path))
            for path in files_of(folder)
            if path.name != PROVENANCE
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"version": content.version},
                "internalParameters": {
                    "schema_version": SCHEMA_VERSION,
                    "missing": _missing(content, lock),
                },
                "resolvedDependencies": _dependencies(content, lock),
            },
            "runDetails": {"builder": {"id": BUILDER}},
        },
    }
    _write_json(statement, folder / PROVENANCE)


def write_sbom(folder: Path, *, lock: Path = LOCK) -> None:
    """Write ``sbom.cdx.json`` and copy the lock, both from the lock file.

    Args:
        folder: the release that is being built.
        lock: the lock file of the environment.

    Raises:
        LockError: the lock file holds a line that pins nothing.
    """
    found = lock.is_file()
    components = locked_components(lock.read_text(encoding="utf-8")) if found else []
    described: dict[str, Any] = {
        "type": "application",
        "bom-ref": PROGRAM,
        "name": PROGRAM,
        "description": "The program that made this release.",
        "hashes": [{"alg": "SHA-256", "content": code_digest()}],
        "licenses": [{"license": {"id": LICENCE}}],
    }
    if not found:
        described["properties"] = [{"name": f"{PROGRAM}:missing", "value": _no_lock()}]
    sbom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": described},
        "components": components,
        "dependencies": [
            {"ref": PROGRAM, "dependsOn": [component["bom-ref"] for component in components]}
        ],
        "compositions": [
            {"aggregate": "complete" if found else "unknown", "assemblies": [PROGRAM]}
        ],
    }
    _write_json(sbom, folder / SBOM)
    if found:
        shutil.copyfile(lock, folder / LOCK_FILE)


def locked_components(text: str) -> list[dict[str, Any]]:
    """The packages that a lock file pins, as CycloneDX components in the order of their names.

    Raises:
        LockError: a line pins nothing.
    """
    components = []
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        requirement = line.partition(" --hash=")[0].strip()
        if not requirement or requirement.startswith("#"):
            continue
        pinned = _LOCKED.fullmatch(requirement)
        if pinned is None:
            raise LockError(
                f"{LOCK_FILE}: {requirement[:80]!r} pins no version; make the lock anew with "
                "`make lock`"
            )
        components.append(_component(pinned, sorted(_HASH.findall(line))))
    return sorted(components, key=lambda component: str(component["bom-ref"]))


def code_digest(package: Path = PACKAGE) -> str:
    """One sha256 for the program: of the lines ``sha256  name`` of its files, sorted by name.

    Catalog, reference data, queries and templates are among them; bytecode is not.
    """
    lines = [
        f"{sha256_of(path)}  {path.relative_to(package).as_posix()}\n"
        for path in files_of(package)
        if not any(part == "__pycache__" or part[0] == "." for part in _parts(path, package))
    ]
    return hashlib.sha256("".join(sorted(lines, key=lambda line: line[66:])).encode()).hexdigest()


def _dependencies(content: ReleaseContent, lock: Path) -> list[dict[str, Any]]:
    sheets = content.tables.read("sheets", ["file", "sha256"]).to_pylist()
    found = [_resource(f"raw/{row['file']}", row["sha256"]) for row in sheets if row["sha256"]]
    found.append(_resource(f"{PACKAGE.name}/catalog", content.catalog.digest))
    found.append(_resource(PACKAGE.name, code_digest()))
    if lock.is_file():
        found.append(_resource(LOCK_FILE, sha256_of(lock)))
    if content.previous is not None:
        name = f"{RELEASES}/{content.previous.version}/{MANIFEST}"
        found.append(_resource(name, sha256_of(content.previous.path / MANIFEST)))
    return found


def _missing(content: ReleaseContent, lock: Path) -> list[str]:
    sheets = content.tables.read("sheets", ["file", "sha256"]).to_pylist()
    missing = [f"raw/{row['file']}: could not be read" for row in sheets if not row["sha256"]]
    return missing if lock.is_file() else [*missing, _no_lock()]


def _no_lock() -> str:
    return (
        f"{LOCK_FILE}: not beside the package, which is installed elsewhere; the versions of the "
        "software that made this release are not recorded"
    )


def _resource(name: str, sha256: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": sha256}}


def _component(pinned: re.Match[str], hashes: list[str]) -> dict[str, Any]:
    name = re.sub(r"[-_.]+", "-", pinned["name"]).lower()
    purl = f"pkg:pypi/{name}@{quote(pinned['version'], safe='')}"
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": pinned["version"],
        "purl": purl,
    }
    if hashes:
        component["hashes"] = [{"alg": "SHA-256", "content": content} for content in hashes]
        component["properties"] = [{"name": f"{PROGRAM}:hashes", "value": _ALL_HASHES}]
    if pinned["marker"]:
        marker = {"name": f"{PROGRAM}:only-where", "value": pinned["marker"]}
        component["properties"] = [*component.get("properties", []), marker]
    return component


def _parts(path: Path, folder: Path) -> tuple[str, ...]:
    return path.relative_to(folder).parts


def _write_json(value: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
