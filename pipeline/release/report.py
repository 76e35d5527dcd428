"""Changes between releases, for people at a terminal and for machines.

Reads two releases and their changes, gives lines or JSON.
"""

from __future__ import annotations

import json
from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.release.changes import Changes
from pipeline.release.digest import cell
from pipeline.release.history import describe
from pipeline.release.versions import Release


def print_changes(old: Release, new: Release, changes: Changes, console: Console) -> None:
    """Print how many rows of each table changed, and every figure that was revised."""
    console.print(f"{old.version} to {new.version}: {changes.change_class}")
    counted = Counter((change.table, change.op) for change in changes.rows)
    table = Table("table", "added", "removed", "changed")
    for name in sorted({name for name, _ in counted}):
        counts = (f"{counted[name, op]:,}" for op in ("added", "removed", "changed"))
        table.add_row(name, *counts)
    if counted:
        console.print(table)
    for name in changes.schemas:
        console.print(f"columns of {name} differ")
    for line in describe(changes.revisions):
        console.print(escape(line))


def changes_as_json(old: Release, new: Release, changes: Changes) -> str:
    """The changes as one JSON object; numbers are plain strings, as in changes.csv."""
    return json.dumps(
        {
            "old": old.version,
            "new": new.version,
            "change_class": changes.change_class,
            "counts": changes.counts(),
            "schemas": list(changes.schemas),
            "changes": [
                {
                    "table": change.table,
                    "op": change.op,
                    "key": [cell(part) for part in change.key],
                    "old": _plain(change.old),
                    "new": _plain(change.new),
                    "reason": change.reason,
                }
                for change in changes.rows
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def _plain(side: dict[str, object] | None) -> dict[str, object] | None:
    return None if side is None else {name: cell(value) for name, value in side.items()}
