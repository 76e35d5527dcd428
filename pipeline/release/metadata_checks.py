"""Whether the files that describe a release agree with each other and with what they describe.

These checks need no program that writes such files: they hold for a release of any schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.release.content import LICENCE
from pipeline.release.rederive import release_before, sha256s
from pipeline.release.released import released_tables
from pipeline.release.sums import listed_sums
from pipeline.release.versions import Release
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import (
    CITATION,
    CROISSANT,
    DATAPACKAGE,
    DATASET,
    LOCKED_PACKAGES,
    MANIFEST,
    PROVENANCE,
    SBOM,
)

_SHA256 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_LICENCE_KEYS = {
    MANIFEST: "license",
    DATAPACKAGE: "licenses",
    CROISSANT: "license",
    DATASET: "license",
    CITATION: "license",
}
"""The files that say version and licence, with the key of the latter."""
_OF_CITATION = re.compile(r'(?m)^(version|license): "?([^"\n]+)"?$')
_NAMING_DIGESTS = (MANIFEST, DATAPACKAGE, CROISSANT, DATASET, SBOM)


def same_everywhere(release: Release) -> Iterator[str]:
    """Where version or licence are not said alike in a metadata file."""
    for name, licence in _LICENCE_KEYS.items():
        path = release.path / name
        if not path.is_file():
            yield f"{name} is missing"
            continue
        text = path.read_text(encoding="utf-8")
        said = dict(_OF_CITATION.findall(text)) if name == CITATION else json.loads(text)
        version, terms = said.get("version"), said.get(licence)
        if release.version not in str(version):
            yield f"{name} says version {version!r}, expected {release.version!r}"
        if LICENCE not in str(terms):
            yield f"{name} says license {terms!r}, expected {LICENCE!r}"


def digests_are_of_something(release: Release) -> Iterator[str]:
    """Where a sha256 is of nothing that the release holds or names as a source.

    The sources are the sheets, the release before, and program, catalog and lock, which the
    provenance must name, and in releases of before a list of software.
    """
    statement = json.loads((release.path / PROVENANCE).read_text(encoding="utf-8"))
    files = listed_sums(release.path)
    for name, sha256 in sha256s(statement["subject"]).items():
        if files.get(name) != sha256:
            yield f"{PROVENANCE} names {name} with another sha256"
    sheets = released_tables(release.path).read("sheets", ["file", "sha256", "text_sha256"])
    expected = {f"raw/{row['file']}": row["sha256"] for row in sheets.to_pylist() if row["sha256"]}
    sources = sha256s(statement["predicate"]["buildDefinition"]["resolvedDependencies"])
    named = {name: sha256 for name, sha256 in sources.items() if name.startswith("raw/")}
    for name in sorted({*expected, *named}):
        if expected.get(name) != named.get(name):
            yield f"{PROVENANCE} and the table sheets name {name} with different sha256"
    if sources.get(LOCKED_PACKAGES) != files.get(LOCKED_PACKAGES):
        yield f"{PROVENANCE} names another {LOCKED_PACKAGES} than the release holds"
    before = release_before(release)
    if before is not None:
        name = next((name for name in sources if name.endswith(MANIFEST)), "")
        if sources.get(name) != sha256_of(before.path / MANIFEST):
            yield f"{PROVENANCE} names another {before.version} than lies beside it"
    known = {*files.values(), *release.digests.values(), *sources.values(), None}
    known |= {text for row in sheets.to_pylist() for text in (row["sha256"], row["text_sha256"])}
    known |= set(_SHA256.findall(_text(release.path / LOCKED_PACKAGES)))
    for name in _NAMING_DIGESTS:
        strange = sorted(set(_SHA256.findall(_text(release.path / name))) - known)
        if strange:
            yield f"{name} names the sha256 {strange[0]}, which is of nothing here"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
