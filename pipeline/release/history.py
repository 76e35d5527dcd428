"""The history that a release carries, and the index of all releases.

Reads the changes since the release before, gives ``changes.csv`` and ``CHANGELOG.md`` in the new
release; reads all releases, gives ``index.json`` and ``latest.json`` beside them. Withdrawals are
the one thing here that is decided rather than derived; they stand in ``withdrawals.json``.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from pipeline.release.changes import Change, Changes, Op, decimal_or_text
from pipeline.release.content import NAME
from pipeline.release.digest import cell
from pipeline.release.formats import csv_line
from pipeline.release.versions import (
    Release,
    ReleaseError,
    index_entries,
    latest_release,
    named_versions,
    point_latest,
    releases,
    withdrawals,
)
from pipeline.storage.atomic import write_text
from pipeline.storage.lock import locked
from pipeline.storage.names import CHANGELOG, CHANGES, INDEX, LATEST_JSON, RELEASES, WITHDRAWALS
from pipeline.tables.schema import PUBLISHED

_COLUMNS = ("table", "op", "key", "old", "new", "reason")
_OPS: dict[str, Op] = {"added": "added", "removed": "removed", "changed": "changed"}
_LISTED = 50
"""Changed figures that a changelog entry lists; all of them are in changes.csv."""


def write_changes(changes: Changes, path: Path) -> None:
    """Write every change as one line; key, old and new are JSON, numbers in them plain strings."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_line(_COLUMNS))
        for change in changes.rows:
            key = _json([cell(part) for part in change.key])
            sides = [_json_or_none(change.old), _json_or_none(change.new)]
            file.write(csv_line([change.table, change.op, key, *sides, change.reason]))


def read_changes(path: Path) -> list[Change]:
    """The changes that ``changes.csv`` lists."""
    tables = {table.name: table for table in PUBLISHED}
    csv.field_size_limit(1 << 30)  # an added sheet's row holds its whole text
    with path.open(encoding="utf-8", newline="") as file:
        found = []
        for row in csv.DictReader(file):
            table = tables[row["table"]]
            key = tuple(
                decimal_or_text(table, name, part)
                for name, part in zip(table.key, json.loads(row["key"]), strict=True)
            )
            sides = [
                {
                    name: decimal_or_text(table, name, value)
                    for name, value in json.loads(text).items()
                }
                if text
                else None
                for text in (row["old"], row["new"])
            ]
            reason = row["reason"] or None
            found.append(Change(table.name, _OPS[row["op"]], key, sides[0], sides[1], reason))
    return found


def write_changelog(version: str, changes: Changes, previous: Release | None, path: Path) -> None:
    """Write this release's entry above those of the releases before."""
    entry = [f"## {version}: {changes.change_class}", ""]
    if changes.first:
        entry.append("The first release.")
    else:
        counts = changes.counts()
        assert previous is not None
        entry.append(
            f"Since {previous.version}: {counts['added']:,} rows added, {counts['removed']:,} "
            f"removed, {counts['changed']:,} changed; every row is in `{CHANGES}`."
        )
        entry += [f"- Columns of `{name}` changed." for name in changes.schemas]
        entry += describe(changes.revisions)
    before = ""
    if previous is not None and (previous.path / CHANGELOG).exists():
        before = (previous.path / CHANGELOG).read_text(encoding="utf-8").partition("\n\n")[2]
    text = "# Changelog\n\n" + "\n".join(entry) + "\n" + (f"\n{before}" if before else "")
    path.write_text(text, encoding="utf-8")


def describe(changes: list[Change]) -> list[str]:
    """A line for each change of a figure, for people."""
    lines = []
    for change in changes[:_LISTED]:
        key = "/".join(str(part) for part in change.key)
        what: str = change.op
        if change.op == "changed":
            what = ", ".join(
                f"{name} {_shown((change.old or {})[name])} to {_shown(value)}"
                for name, value in (change.new or {}).items()
            )
        lines.append(f"- `{key}`: {what}" + (f" ({change.reason})" if change.reason else ""))
    if len(changes) > _LISTED:
        lines.append(f"- and {len(changes) - _LISTED} more")
    return lines


def write_index(warehouse: Path) -> None:
    """Write ``index.json``, ``latest.json`` and the ``latest`` link from the releases there are."""
    folder = warehouse / RELEASES
    withdrawn = withdrawals(warehouse)
    found, newest = releases(warehouse), latest_release(warehouse)
    latest = newest.version if newest else None
    gone = index_entries(folder).items()  # of those that were withdrawn and removed
    entries = [
        {**entry, "status": "withdrawn", "reason": withdrawn[version]}
        for version, entry in gone
        if version in withdrawn and version not in {release.version for release in found}
    ]
    entries += [
        {
            "version": release.version,
            "previous": release.previous,
            "schema_version": release.manifest["schema_version"],
            "change_class": release.manifest["change_class"],
            "changes": release.manifest["changes"],
            "status": _status(release.version, latest, withdrawn),
            "reason": withdrawn.get(release.version),
            "digests": release.digests,
        }
        for release in found
    ]
    index = {"name": NAME, "latest": latest, "releases": entries}
    write_text(folder / INDEX, json.dumps(index, indent=2) + "\n")
    write_text(folder / LATEST_JSON, json.dumps({"name": NAME, "version": latest}) + "\n")
    point_latest(warehouse, latest)


def withdraw(warehouse: Path, version: str, reason: str, *, patience: float = 600) -> None:
    """Mark a release as withdrawn; its folder stays, `latest` moves to the end of those that stand.

    One that is missing can be withdrawn too: then the others stand without it.

    Raises:
        ReleaseError: there is no such release, or it is withdrawn already.
        pipeline.storage.lock.LockedError: another process writes the warehouse for too long.
    """
    if not (warehouse / RELEASES).is_dir():
        raise _no_such(version, warehouse)  # before the lock, which would make the folder
    with locked(warehouse, "statedata withdraw", patience=patience):
        known = withdrawals(warehouse)
        if version not in named_versions(warehouse):
            raise _no_such(version, warehouse)
        if version in known:
            raise ReleaseError(f"{version}: withdrawn already: {known[version]}")
        known[version] = reason
        text = json.dumps(dict(sorted(known.items())), indent=2) + "\n"
        write_text(warehouse / RELEASES / WITHDRAWALS, text)
        write_index(warehouse)


def _no_such(version: str, warehouse: Path) -> ReleaseError:
    return ReleaseError(f"{version}: no such release in {warehouse}; see `statedata releases`")


def _status(version: str, latest: str | None, withdrawn: dict[str, str]) -> str:
    if version in withdrawn:
        return "withdrawn"
    return "current" if version == latest else "superseded"


def _shown(value: Any) -> str:
    return "none" if value is None else str(cell(value))


def _json_or_none(side: dict[str, Any] | None) -> str | None:
    return None if side is None else _json({name: cell(value) for name, value in side.items()})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
