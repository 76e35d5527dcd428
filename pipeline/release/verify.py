"""Whether a release is what it says: every claim of its files, checked again.

Reads a release folder, gives one result a named check. Sums and digests are computed anew, spans
are read again, the metadata files are held against each other, and the changes are applied to the
release before. The last check rebuilds the release from raw sheets; how to build is passed in,
since building stands to the right of here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet

from pipeline.release.changes import apply_changes, released_tables
from pipeline.release.content import LICENCE, SCHEMA_VERSION, files_of, sha256_of
from pipeline.release.digest import (
    digest_of_csv,
    digest_of_parquet,
    digests_of_database,
    published_type,
    row_digest,
)
from pipeline.release.export import SUMS
from pipeline.release.history import CHANGES, read_changes
from pipeline.release.versions import MANIFEST, Release, ReleaseError, read_release
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.schema import PUBLISHED

SIGNATURE = f"{SUMS}.sig"
_SUM_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
# A path of the machine that built it, or a user's folder, has no place in a release.
_LOCAL_PATH = re.compile(rb"(?:/home/|/root/|/Users/|/tmp/|[A-Z]:\\\\Users)[\w.-]+")

Rebuild = Callable[[Release], Path]


@dataclass(frozen=True, slots=True)
class Result:
    """One check of a release: ``holds`` is None where it could not be made."""

    check: str
    holds: bool | None
    detail: str


def verify(path: Path, rebuild: Rebuild | None) -> list[Result]:
    """Check a release.

    Args:
        path: the release's folder.
        rebuild: builds the release anew and gives the new folder; None leaves that check out.

    Raises:
        ReleaseError: the folder holds no release.
    """
    release = read_release(path)
    results = []
    for name, check in _CHECKS.items():
        results.append(_result(name, check, release))
        if name == "files_match_their_sums" and results[-1].holds is False:
            return results  # what the files say is not to be trusted any further
    if rebuild is None:
        results.append(Result("rebuild_gives_the_same", None, "not asked for"))
    else:
        results.append(_rebuilt(release, rebuild))
    return results


def _result(name: str, check: Callable[[Release], Iterator[str]], release: Release) -> Result:
    try:
        problems = list(check(release))
    except (OSError, ValueError, KeyError, duckdb.Error, pyarrow.ArrowException) as error:
        return Result(name, False, f"{type(error).__name__}: {error}")
    return Result(name, not problems, "; ".join(problems[:5]) if problems else "holds")


def _sums(release: Release) -> Iterator[str]:
    listed: dict[str, str] = {}
    for line in (release.path / SUMS).read_text(encoding="utf-8").splitlines():
        match = _SUM_LINE.fullmatch(line)
        if match is None:
            yield f"{SUMS} has the line {line[:80]!r}, which is no sum"
        else:
            listed[match[2]] = match[1]
    present = {path.relative_to(release.path).as_posix() for path in files_of(release.path)}
    yield from (f"{name} is not listed" for name in sorted(present - {*listed, SUMS, SIGNATURE}))
    yield from (f"{name} is missing" for name in sorted(set(listed) - present))
    for name in sorted(present & set(listed)):
        if sha256_of(release.path / name) != listed[name]:
            yield f"{name} has other bytes than {SUMS} says"


def _manifest(release: Release) -> Iterator[str]:
    if release.path.name[:4].isdigit() and release.path.name != release.version:
        yield f"folder {release.path.name} holds version {release.version}"
    names = {table.name for table in PUBLISHED}
    if set(release.manifest["tables"]) != names:
        yield f"tables {sorted(release.manifest['tables'])}, expected {sorted(names)}"
    for name, entry in release.manifest["files"].items():
        path = release.path / name
        if not path.is_file():
            yield f"{name} is in the manifest and not in the folder"
        elif (path.stat().st_size, sha256_of(path)) != (entry["bytes"], entry["sha256"]):
            yield f"{name} has other bytes than the manifest says"


def _digests(release: Release) -> Iterator[str]:
    in_database = digests_of_database(release.path / WAREHOUSE_FILE)
    for table in PUBLISHED:
        expected = release.digests[table.name]
        found = {
            "Parquet": digest_of_parquet(table, release.path / "data" / f"{table.name}.parquet"),
            "CSV": digest_of_csv(table, release.path / "data" / f"{table.name}.csv"),
            "DuckDB": in_database[table.name],
        }
        yield from (
            f"{table.name} as {form} has another row digest than the manifest"
            for form, digest in found.items()
            if digest != expected
        )


def _schemas(release: Release) -> Iterator[str]:
    for table in PUBLISHED:
        schema = pyarrow.parquet.read_schema(release.path / "data" / f"{table.name}.parquet")
        footer = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
        said = {"version": release.version, "license": LICENCE, "schema_version": SCHEMA_VERSION}
        for key, value in said.items():
            if footer.get(key) != value:
                yield f"{table.name}.parquet says {key} {footer.get(key)!r}, expected {value!r}"
        for name, column in table.columns.items():
            field = schema.field(name)
            if field.type != published_type(table.arrow_type(name)):
                yield f"{table.name}.{name} is {field.type}"
            if field.nullable != column.nullable:
                yield f"{table.name}.{name} is {'' if field.nullable else 'not '}nullable"
            if (field.metadata or {}).get(b"description", b"").decode() != column.description:
                yield f"{table.name}.{name} is not described as in the schema"


def _same_everywhere(release: Release) -> Iterator[str]:
    """Version and licence are said alike in every metadata file that there is."""
    for name, read in _SAID.items():
        path = release.path / name
        if not path.is_file():
            yield f"{name} is missing"
            continue
        said = read(path.read_text(encoding="utf-8"))
        for key, expected in (("version", release.version), ("license", LICENCE)):
            if expected not in str(said.get(key)):
                yield f"{name} says {key} {said.get(key)!r}, expected {expected!r}"


def _joins(release: Release) -> Iterator[str]:
    queries = {
        "observations without a statement whose sheet has a sha256": (
            "select observation_id from observations anti join "
            "(select observation_id from published_statements where sha256 is not null) "
            "using (observation_id)"
        ),
        "metrics observed and not described": (
            "select distinct metric from observations anti join metrics using (metric)"
        ),
        "jurisdictions that are no ISO 3166-2 code": (
            "select jurisdiction from jurisdictions "
            "where not regexp_full_match(jurisdiction, 'US(-[A-Z]{2})?')"
        ),
        "rows of coverage that disagree with observations": (
            "select metric from coverage left join observations using (year, jurisdiction, metric) "
            "where (coverage = 'published') <> (observation_id is not null)"
        ),
    }
    with duckdb.connect(str(release.path / WAREHOUSE_FILE), read_only=True) as connection:
        for problem, query in queries.items():
            rows = connection.execute(query).fetchall()
            if rows:
                yield f"{len(rows)} {problem}, first {rows[0][0]}"


def _spans(release: Release) -> Iterator[str]:
    tables = released_tables(release.path)
    reread = {
        "quote": "substr(text, char_start + 1, char_end - char_start)",
        "printed": "substr(text, printed_start + 1, printed_end - printed_start)",
    }
    with tables.connection(["sheets", "statements"]) as connection:
        for column, found in reread.items():
            wrong = connection.execute(
                f"select statement_id from statements inner join sheets using (file) "
                f"where {found} is distinct from {column} order by statement_id"
            ).fetchall()
            yield from (f"{row[0]}: its span does not re-read to its {column}" for row in wrong)


def _local_paths(release: Release) -> Iterator[str]:
    sheets = (WAREHOUSE_FILE, "sheets.csv", "sheets.parquet")  # hold the publisher's own text
    for path in files_of(release.path):
        found = None if path.name in sheets else _LOCAL_PATH.search(path.read_bytes())
        if found:
            yield f"{path.relative_to(release.path)} holds the local path {found[0].decode()!r}"


def _history(release: Release) -> Iterator[str]:
    version = release.manifest["previous"]
    changes = read_changes(release.path / CHANGES)
    if version is None:
        if changes:
            yield "the first release lists changes"
        return
    before = release.path.resolve().parent / version
    if not before.is_dir():
        return  # a copy without its predecessor; the manifest still names it
    old = released_tables(before)
    for table in PUBLISHED:
        if table.name not in old.files or old.names(table.name) != list(table.columns):
            continue
        rows = apply_changes(table, old.read(table.name), changes)
        rebuilt = row_digest(rows.column_names, zip(*rows.to_pydict().values(), strict=True))
        if rebuilt != release.digests[table.name]:
            yield f"{table.name}: the changes applied to {version} do not give {release.version}"


def _rebuilt(release: Release, rebuild: Rebuild) -> Result:
    check = "rebuild_gives_the_same"
    try:
        again = read_release(rebuild(release))
    except ReleaseError as error:
        return Result(check, False, str(error))
    other = [name for name, digest in release.digests.items() if again.digests[name] != digest]
    if other:
        return Result(check, False, f"other row digests: {', '.join(other)}")
    ours = {p.relative_to(release.path): sha256_of(p) for p in files_of(release.path)}
    theirs = {p.relative_to(again.path): sha256_of(p) for p in files_of(again.path)}
    ours.pop(Path(SIGNATURE), None)
    differing = sorted(str(p) for p in {*ours, *theirs} if ours.get(p) != theirs.get(p))
    if not differing:
        return Result(check, True, f"{len(ours)} files, byte for byte")
    if _made_by(release) != _made_by(again):
        return Result(check, True, "same row digests; other bytes, as code or lock are others")
    return Result(check, False, f"same row digests, other bytes: {', '.join(differing[:5])}")


def _made_by(release: Release) -> dict[str, Any]:
    """What a release says it was made by: the digests of the program and of its lock."""
    statement = json.loads((release.path / "provenance.json").read_text(encoding="utf-8"))
    sources = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    program = ("pipeline", "requirements.lock")
    return {source["name"]: source["digest"] for source in sources if source["name"] in program}


def _of_json(version: str, licence: str) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        data = json.loads(text)
        return {"version": data.get(version), "license": data.get(licence)}

    return read


def _of_citation(text: str) -> dict[str, Any]:
    return dict(re.findall(r'(?m)^(version|license): "?([^"\n]+)"?$', text))


_SAID: dict[str, Callable[[str], dict[str, Any]]] = {
    MANIFEST: _of_json("version", "license"),
    "datapackage.json": _of_json("version", "licenses"),
    "croissant.json": _of_json("version", "license"),
    "dataset.jsonld": _of_json("version", "license"),
    "CITATION.cff": _of_citation,
}
_CHECKS: dict[str, Callable[[Release], Iterator[str]]] = {
    "files_match_their_sums": _sums,
    "manifest_matches_the_files": _manifest,
    "row_digests_agree_in_all_formats": _digests,
    "parquet_schemas_are_as_described": _schemas,
    "metadata_says_the_same_everywhere": _same_everywhere,
    "observations_join_to_their_sources": _joins,
    "spans_reread_to_their_quotes": _spans,
    "no_local_path_shows": _local_paths,
    "changes_lead_from_the_release_before": _history,
}
"""The checks by name. Catalog-free: a release is held against itself, not against our data."""
