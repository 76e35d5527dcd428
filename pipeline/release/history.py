"""The history that a release carries, and the index of all releases.

A release holds ``changes.jsonl``, every changed row, ``changes.csv``, every changed figure, and
``CHANGELOG.md``, the same in words. Beside all releases lie ``index.json``, ``latest.json`` and
``feed.xml``. Withdrawals are the one thing here that is decided rather than derived; they stand
in ``withdrawals.json``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.release.changes import OPS, Change, Changes, changed_rows, typed
from pipeline.release.content import (
    ReleaseContent,
    publisher,
)
from pipeline.release.digest import cell
from pipeline.release.feed import feed
from pipeline.release.released import released_tables
from pipeline.release.versions import (
    ReleaseError,
    index_entries,
    latest_release,
    named_versions,
    point_latest,
    releases,
    withdrawals,
)
from pipeline.storage.atomic import write_text
from pipeline.storage.formats import csv_text
from pipeline.storage.lock import locked
from pipeline.storage.names import (
    ALL_CHANGES,
    CHANGELOG,
    CHANGES,
    FEED,
    INDEX,
    LATEST_JSON,
    RELEASES,
    WITHDRAWALS,
)

_FIGURE_COLUMNS = (
    "change", "year", "jurisdiction", "place", "metric", "title", "old", "new", "reason",
    "observation_id",
)  # fmt: skip


def write_history(content: ReleaseContent, folder: Path) -> None:
    """Write the changes since the release before, row by row, by figure, and in words."""
    previous = content.previous
    with (folder / ALL_CHANGES).open("w", encoding="utf-8", newline="") as file:
        if previous is not None:
            for change in changed_rows(released_tables(previous.path), content.tables):
                file.write(_json(row_as_json(change)) + "\n")
    changed = content.changes.figures.rows if previous is not None else ()
    lines = [[each.op, *(getattr(each, name) for name in _FIGURE_COLUMNS[1:])] for each in changed]
    (folder / CHANGES).write_text(csv_text([_FIGURE_COLUMNS, *lines]), encoding="utf-8")
    before = ""
    if previous is not None and (previous.path / CHANGELOG).exists():
        before = (previous.path / CHANGELOG).read_text(encoding="utf-8").partition("\n\n")[2]
    entry = [
        f"## {content.version}: {content.changes.change_class}",
        "",
        f"Since {previous.version}:" if previous is not None else "The first release.",
        "",
        *(f"- {line}" for line in words(content.changes)),
    ]
    text = "# Changelog\n\n" + "\n".join(entry) + "\n" + (f"\n{before}" if before else "")
    (folder / CHANGELOG).write_text(text, encoding="utf-8")


def words(changes: Changes) -> list[str]:
    """The changes, a sentence each: figures, then columns, counts of rows last."""
    lines = changes.figures.lines()
    for table in changes.schemas:
        sides = [f"gone {', '.join(table.gone)}"] if table.gone else []
        sides += [f"new {', '.join(table.new)}"] if table.new else []
        lines.append(f"Columns of {table.table}: {'; '.join(sides) or 'in another order'}.")
    if not changes.first:
        counts = ", ".join(f"{count:,} {op}" for op, count in changes.counts().items())
        lines.append(
            f"Rows of all tables that can be compared: {counts}; each is in {ALL_CHANGES}, each "
            f"figure in {CHANGES}."
        )
    return lines


def row_as_json(change: Change) -> dict[str, Any]:
    """A changed row as a line of ``changes.jsonl``: numbers are plain texts."""
    sides = {
        name: None if side is None else {column: cell(value) for column, value in side.items()}
        for name, side in (("old", change.old), ("new", change.new))
    }
    key = [cell(part) for part in change.key]
    return {"table": change.table, "op": change.op, "key": key, **sides}


def read_changes(release: Path) -> Iterator[Change]:
    """Every changed row that a release lists, one after the other."""
    tables = released_tables(release).tables
    for line in _listed_rows(release):
        table, op = tables[line["table"]], line["op"]
        if op not in OPS:
            raise ValueError(f"{ALL_CHANGES}: no such change as {op!r}")
        sides = [
            None
            if side is None
            else {name: typed(table, name, text) for name, text in side.items()}
            for side in (line["old"], line["new"])
        ]
        parts = zip(table.key, line["key"], strict=True)
        key = tuple(typed(table, name, part) for name, part in parts)
        yield Change(table.name, op, key, sides[0], sides[1])


def _listed_rows(release: Path) -> Iterator[dict[str, Any]]:
    path = release / ALL_CHANGES
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            yield from (json.loads(line) for line in file)
        return
    csv.field_size_limit(1 << 30)  # before schema 2.0.0; an added sheet's row holds its whole text
    with (release / CHANGES).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            sides = {side: json.loads(row[side]) if row[side] else None for side in ("old", "new")}
            yield {**row, "key": json.loads(row["key"]), **sides}


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
    index = {"name": publisher().name, "latest": latest, "releases": entries}
    write_text(folder / INDEX, json.dumps(index, indent=2) + "\n")
    write_text(
        folder / LATEST_JSON, json.dumps({"name": publisher().name, "version": latest}) + "\n"
    )
    texts = {release.version: changelog_entry(release.path) for release in found}
    write_text(folder / FEED, feed(index, texts))
    point_latest(warehouse, latest)


def changelog_entry(release: Path) -> list[str]:
    """The sentences of a release's own entry in its changelog."""
    path = release / CHANGELOG
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    entry = text.partition("\n## ")[2].partition("\n## ")[0]
    lines = [line.removeprefix("- ") for line in entry.splitlines()[1:]]
    return [line for line in lines if line and not line.endswith(":")]


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


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
