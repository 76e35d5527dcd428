"""The history that a release carries, and the index of all releases.

A release holds ``changes.jsonl``, every changed row, ``changes.csv``, every changed figure, and
``CHANGELOG.md``, the same in words. Beside all releases lie ``index.json``, ``latest.json`` and
``feed.xml``, an Atom feed that says in words what each changed. Withdrawals are the one thing here
that is decided rather than derived; they stand in ``withdrawals.json``.
"""

from __future__ import annotations

import csv
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from pipeline.release.changes import OPS, Change, Changes, changed_rows, typed
from pipeline.release.content import ReleaseContent, publisher
from pipeline.release.digest import cell
from pipeline.release.released import released_tables
from pipeline.release.versions import (
    ReleaseError,
    index_entries,
    latest_release,
    named_versions,
    releases,
    version_key,
    withdrawals,
)
from pipeline.storage.atomic import replacing, write_text
from pipeline.storage.formats import csv_text
from pipeline.storage.lock import locked
from pipeline.storage.names import (
    ALL_CHANGES,
    CHANGELOG,
    CHANGES,
    FEED,
    INDEX,
    LATEST,
    LATEST_JSON,
    PAGE,
    RELEASES,
    WITHDRAWALS,
)

_ATOM = "http://www.w3.org/2005/Atom"
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
                line = row_as_json(change)
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
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
    if latest is None:
        (folder / LATEST).unlink(missing_ok=True)
    else:
        with replacing(folder / LATEST) as unfinished:
            unfinished.symlink_to(latest, target_is_directory=True)


def feed(index: Mapping[str, Any], texts: Mapping[str, Sequence[str]]) -> str:
    """The feed of an index, newest release first, with the sentences that say what each changed."""
    entries = index["releases"][::-1]
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _add(root, "title", publisher().title)
    _add(root, "subtitle", f"C{publisher().compiled[1:]}.")
    _add(root, "id", uuid.uuid5(uuid.NAMESPACE_OID, publisher().name).urn)
    dates = [_date(entry["version"]) for entry in entries] or ["1970-01-01T00:00:00Z"]
    _add(root, "updated", max(dates))
    _add(_add(root, "author"), "name", publisher().creator)
    _add(root, "link", rel="self", type="application/atom+xml", href=FEED)
    _add(root, "link", rel="alternate", type="text/html", href=PAGE)
    for entry, date in zip(entries, dates, strict=False):
        _add_entry(root, entry, date, texts.get(entry["version"], ()))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="utf-8"?>\n', "\n")
    )


def _add_entry(root: ET.Element, entry: Mapping[str, Any], date: str, texts: Sequence[str]) -> None:
    version, status = entry["version"], entry["status"]
    made = _add(root, "entry")
    mark = " (withdrawn)" if status == "withdrawn" else ""
    _add(made, "title", f"{publisher().title} {version}{mark}")
    _add(made, "id", uuid.uuid5(uuid.NAMESPACE_OID, f"{publisher().name}/{version}").urn)
    _add(made, "updated", date)
    if not mark:
        _add(made, "link", rel="alternate", type="text/html", href=f"{version}/index.html")
    said = [f"Withdrawn: {entry['reason']}", *texts] if mark else list(texts)
    _add(made, "content", "\n".join(said) or entry["change_class"], type="text")


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, name, attributes)
    made.text = text
    return made


def _date(version: str) -> str:
    """The first of a version's month, the finest date there is; its releases a second apart."""
    year, month, number = version_key(version)
    date = datetime(year, month, 1, tzinfo=UTC) + timedelta(seconds=number - 1)
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")


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
