"""Whether a release is what it says: every claim of its files, checked again.

Sums and digests are computed anew, figures are traced back to the text of their sheets, every file
is written again from the tables, and the changes are applied to the release before. With raw
sheets the release is built again. A check says what it knows and no more: what cannot be compared
is named. How to build is passed in, since building stands to the right of here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow
import pyarrow.parquet

from pipeline.model import few
from pipeline.release.changes import Change, apply_changes, comparable, rows_of
from pipeline.release.content import LICENCE, files_of
from pipeline.release.digest import published_type, row_digest
from pipeline.release.history import read_changes
from pipeline.release.metadata_checks import digests_are_of_something, same_everywhere
from pipeline.release.rederive import compare_with_tables, made_by, release_before, why_other_bytes
from pipeline.release.released import digests_by_form, released_tables, sheet_sums, tables_of
from pipeline.release.sums import listed_sums, sums_of_intact, wrong_files
from pipeline.release.tracing import observations_follow, spans_reread, tables_join
from pipeline.release.versions import Release, ReleaseError, archived, read_release
from pipeline.storage.names import ARCHIVE, DATA, MANIFEST, SIGNATURE, SUMS, WAREHOUSE_FILE
from pipeline.tables.files import attached

# A path of the machine that built it, or a user's folder, has no place in a release.
_LOCAL_PATH = re.compile(
    rb"(?:/home/|/root/|/Users/|/tmp/|[A-Z]:\\{1,2}Users\\{1,2})[\w.-]+"  # JSON doubles a backslash
)
_LONGEST_PATH = 256
"""Bytes of a path that are looked for across two blocks of a file."""
_WITH_TEXTS = re.compile(r"\.(duckdb|jsonl)$|sheets\.(csv|parquet)$")
_NO_MORE: tuple[str, Iterable[Change]] = ("", ())
_UNREADABLE = (
    OSError, ValueError, KeyError, TypeError, AttributeError, duckdb.Error, pyarrow.ArrowException,
)  # fmt: skip

Rebuild = Callable[[Release], Path]
Check = Callable[[Release], Iterator[str] | str]
"""Gives its problems, or a text that says what holds."""

Status = Literal["holds", "fails", "not comparable", "not made"]


@dataclass(frozen=True, slots=True)
class Result:
    """One check of a release; the detail says what was found, or why nothing is known."""

    check: str
    status: Status
    detail: str

    @property
    def holds(self) -> bool | None:
        """Whether the check holds; None where that is not known."""
        return {"holds": True, "fails": False}.get(self.status)


class UnknownError(Exception):
    """A check cannot be made, or cannot tell; the message says why."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(message)
        self.status = status


def verify(path: Path, rebuild: Rebuild | None) -> list[Result]:
    """Check the release in a folder; without a function that builds it anew all but that is checked.

    Raises:
        ReleaseError: the folder holds no release.
    """
    release = read_release(path)
    results = []
    for name, check in _CHECKS.items():
        results.append(_result(name, check, release))
        if name == "files_match_their_sums" and results[-1].status == "fails":
            return results  # what the files say is not to be trusted any further
    name = "rebuild_gives_the_same"
    if rebuild is None:
        return [*results, Result(name, "not made", "no raw sheets were given")]
    return [*results, _result(name, lambda release: _rebuilt(release, rebuild(release)), release)]


def _result(name: str, check: Check, release: Release) -> Result:
    try:
        found = check(release)
        problems = [] if isinstance(found, str) else list(found)
    except UnknownError as error:
        return Result(name, error.status, str(error))
    except ReleaseError as error:
        return Result(name, "fails", str(error))
    except _UNREADABLE as error:
        return Result(name, "fails", f"{type(error).__name__}: {error}")
    if problems:
        return Result(name, "fails", few(problems, "; "))
    return Result(name, "holds", found if isinstance(found, str) else "holds")


def _manifest(release: Release) -> Iterator[str]:
    if release.path.name[:4].isdigit() and release.path.name != release.version:
        yield f"folder {release.path.name} holds version {release.version}"
    stated = release.manifest["tables"]
    held = released_tables(release.path)
    if set(stated) != set(held.tables):
        yield f"tables {sorted(stated)}, described are {sorted(held.tables)}"
    for name, table in held.tables.items():
        rows = held.rows(name)
        if name in stated and stated[name]["rows"] != rows:
            yield f"{name} has {rows} rows, stated {stated[name]['rows']}"
        if name in stated and stated[name]["columns"] != list(table.columns):
            yield f"{name} has other columns than stated"
    listed, files = listed_sums(release.path), release.manifest["files"]
    for name in sorted({*listed, *files} - {MANIFEST, SUMS, SIGNATURE}):
        if name not in listed:
            yield f"{name} is in the manifest and not in the folder"
        elif name not in files:
            yield f"{name} is in the folder and not in the manifest"
        elif ((release.path / name).stat().st_size, listed[name]) != (
            files[name]["bytes"],
            files[name]["sha256"],
        ):
            yield f"{name} has other bytes than the manifest says"


def _digests(release: Release) -> Iterator[str]:
    tables = tables_of(release.path)
    with attached(release.path / WAREHOUSE_FILE) as connection:
        query = (
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where database_name = 'held'"
        )
        held = {row[0] for row in connection.execute(query).fetchall()}
    expected_tables = {f"main.{name}" for name in tables}
    if held != expected_tables:
        yield f"DuckDB holds {', '.join(sorted(held ^ expected_tables))} beyond or short of the tables"
    for name, form, digest in digests_by_form(release.path, tables.values()):
        if digest != release.digests[name]:
            yield f"{name} as {form} has another row digest than the manifest"


def _schemas(release: Release) -> Iterator[str]:
    for table in tables_of(release.path).values():
        schema = pyarrow.parquet.read_schema(release.path / DATA / f"{table.name}.parquet")
        footer = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
        said = {
            "version": release.version,
            "license": LICENCE,
            "schema_version": release.manifest["schema_version"],
        }
        for key, value in said.items():
            if footer.get(key) != value:
                yield f"{table.name}.parquet says {key} {footer.get(key)!r}, expected {value!r}"
        if schema.names != list(table.columns):
            yield f"{table.name}.parquet has the columns {', '.join(schema.names)}"
            continue
        for name, column in table.columns.items():
            field = schema.field(name)
            if field.type != published_type(table.arrow_type(name)):
                yield f"{table.name}.{name} is {field.type}"
            if field.nullable != column.nullable:
                yield f"{table.name}.{name} is {'' if field.nullable else 'not '}nullable"
            if (field.metadata or {}).get(b"description", b"").decode() != column.description:
                yield f"{table.name}.{name} is not described as in the schema"


def _local_paths(release: Release) -> Iterator[str]:
    for name, path in files_of(release.path).items():
        if _WITH_TEXTS.search(path.name):
            continue  # holds the publisher's own text
        with path.open("rb") as file:  # a line at a time: a table may be larger than memory
            found = next(filter(None, map(_LOCAL_PATH.search, file)), None)
        if found:
            yield f"{name} holds the local path {found[0].decode()!r}"


def _history(release: Release) -> Iterator[str]:
    version = release.manifest["previous"]
    by_table = groupby(read_changes(release.path), key=lambda change: change.table)
    changed, changes = next(by_table, _NO_MORE)
    if version is None:
        if changed:
            yield "the first release lists changes"
        return
    before = release_before(release)
    if before is None:
        if (release.path.resolve().parent / ARCHIVE / version).is_dir():
            raise UnknownError("not comparable", f"history was not checked: {archived(version)}")
        raise UnknownError("not made", f"the release before, {version}, is not beside it")
    old, new = released_tables(before.path), released_tables(release.path)
    for name in comparable(old, new):
        table = new.tables[name]
        after = apply_changes(table, rows_of(old, name), changes if changed == name else ())
        if row_digest(list(table.columns), after) != release.digests[name]:
            yield f"{name}: the changes applied to {version} do not give {release.version}"
        if changed == name:
            changed, changes = next(by_table, _NO_MORE)
    if changed:
        yield f"the changes of {changed} are of no table that can be compared, or out of order"


def _files(release: Release) -> Iterator[str] | str:
    """Every file as the tables give it: all of them, or the names of those that are not known."""
    found = compare_with_tables(release)
    if found.other:
        return iter([f"{few(found.other)}: not what the tables give"])
    derived = found.files - len(found.not_derived)
    if not found.not_derived:
        return f"{derived} files, byte for byte"
    detail = f"{derived} of {found.files} files, byte for byte; not known of "
    detail += f"{', '.join(found.not_derived)}, as {found.why}"
    if found.by_this_program:
        return detail
    raise UnknownError("not comparable", detail)


def _rebuilt(release: Release, folder: Path) -> Iterator[str] | str:
    again = read_release(folder)
    held, read = (sheet_sums(released_tables(each.path)).items() for each in (release, again))
    if held != read:
        names = sorted({file for file, _ in held ^ read})
        return iter([f"the raw sheets are others than its own: {few(names)}"])
    other = sorted(
        name
        for name in {*release.digests, *again.digests}
        if release.digests.get(name) != again.digests.get(name)
    )
    if made_by(release) != made_by(again):
        rows = f"row digests of {', '.join(other)} differ" if other else "all row digests agree"
        raise UnknownError(
            "not comparable", f"{rows}; bytes are not compared, as {why_other_bytes(release)}"
        )
    if other:
        return iter([f"other row digests: {', '.join(other)}"])
    ours, theirs = sums_of_intact(release.path), sums_of_intact(again.path)
    ours.pop(SIGNATURE, None)
    differing = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    if differing and (why := why_other_bytes(release)):
        raise UnknownError("not comparable", f"all row digests agree; other bytes, as {why}")
    if differing:
        return iter([f"all row digests agree, other bytes: {few(differing)}"])
    return f"{len(ours)} files, byte for byte"


_CHECKS: dict[str, Check] = {
    "files_match_their_sums": lambda release: wrong_files(release.path),
    "manifest_matches_the_files": _manifest,
    "row_digests_agree_in_all_formats": _digests,
    "parquet_schemas_are_as_described": _schemas,
    "metadata_says_the_same_everywhere": same_everywhere,
    "digests_are_of_something_there": digests_are_of_something,
    "observations_follow_from_their_statements": observations_follow,
    "observations_join_to_their_sources": tables_join,
    "spans_reread_to_their_quotes": spans_reread,
    "no_local_path_shows": _local_paths,
    "changes_lead_from_the_release_before": _history,
    "files_are_what_the_tables_give": _files,
}
"""The checks by name, the cheap ones first."""
