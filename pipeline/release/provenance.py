"""What a release was made from: ``provenance.json`` and ``requirements.lock``.

Reads the release's content, this package's own files and the lock beside it, gives an in-toto
statement with a SLSA predicate, and a copy of the lock. Both are functions of those inputs: no
clock, host, path or user, and nothing of the environment that runs them. What cannot be found is
said to be missing.
"""

from __future__ import annotations

import hashlib
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.release.content import (
    PROGRAM,
    SCHEMA_VERSION,
    ReleaseContent,
    files_of,
    sha256_of_written,
    write_json,
)
from pipeline.release.released import sheet_sums
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import LOCKED_PACKAGES, MANIFEST, PROVENANCE, RELEASES

PACKAGE = Path(__file__).parents[1]
LOCK = PACKAGE.parent / LOCKED_PACKAGES

_STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
_BUILD_TYPE = f"urn:{PROGRAM}:build:v1"
"""Stands for: the raw sheets, read by this code with this catalog, under the given version."""
_NO_LOCK = (
    f"{LOCKED_PACKAGES}: not beside the package, which is installed elsewhere; the versions of the "
    "software that made this release are not recorded"
)


def write_provenance(content: ReleaseContent, folder: Path, *, lock: Path = LOCK) -> None:
    """Write a copy of the lock, if there is one, then ``provenance.json``.

    Its subjects are the files that the folder holds by then.
    """
    sheets = sheet_sums(content.tables).items()
    missing = [f"raw/{file}: could not be read" for file, sha256 in sheets if not sha256]
    found = [_resource(f"raw/{file}", sha256) for file, sha256 in sheets if sha256]
    found.append(_resource(f"{PACKAGE.name}/catalog", content.catalog.digest))
    found.append(_resource(PACKAGE.name, program_digest()))
    if lock.is_file():
        shutil.copyfile(lock, folder / LOCKED_PACKAGES)
        found.append(_resource(LOCKED_PACKAGES, sha256_of(lock)))
    else:
        missing.append(_NO_LOCK)
    if content.previous is not None:
        name = f"{RELEASES}/{content.previous.version}/{MANIFEST}"
        found.append(_resource(name, sha256_of(content.previous.path / MANIFEST)))
    statement = {
        "_type": _STATEMENT_TYPE,
        "subject": [
            _resource(name, sha256_of_written(path))
            for name, path in files_of(folder).items()
            if name != PROVENANCE
        ],
        "predicateType": _PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": _BUILD_TYPE,
                "externalParameters": {"version": content.version},
                "internalParameters": {"schema_version": SCHEMA_VERSION, "missing": missing},
                "resolvedDependencies": found,
            },
            "runDetails": {"builder": {"id": f"urn:{PROGRAM}:statedata"}},
        },
    }
    write_json(statement, folder / PROVENANCE)


@cache
def program_digest() -> str:
    """The digest of this program as it was when this process first asked, which is what runs."""
    return code_digest(PACKAGE)


def code_digest(package: Path) -> str:
    """One sha256 for a program: of the lines ``sha256  name`` of its files, sorted by name.

    Catalog, reference data, queries and templates are among them; bytecode is not.
    """
    lines = [
        f"{sha256_of(path)}  {name}\n"
        for name, path in files_of(package).items()
        if not any(part == "__pycache__" or part[0] == "." for part in name.split("/"))
    ]
    return hashlib.sha256("".join(sorted(lines, key=lambda line: line[66:])).encode()).hexdigest()


def _resource(name: str, sha256: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": sha256}}
