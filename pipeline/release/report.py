"""Changes between releases, for people at a terminal and for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.release.changes import OPS, Changes
from pipeline.release.history import words
from pipeline.release.versions import Release


def print_changes(old: Release, new: Release, changes: Changes, console: Console) -> None:
    """Print what changed in words, and how many rows of each table last."""
    console.print(f"{old.version} to {new.version}: {changes.change_class}")
    for line in words(changes)[:-1]:  # the last counts the rows, as the table does
        console.print(Text(line))
    table = Table("rows of", *OPS)
    counted = {name: counts for name, counts in changes.rows.items() if any(counts.values())}
    for name, counts in counted.items():
        table.add_row(name, *(f"{counts[op]:,}" for op in OPS))
    if counted:
        console.print(table)


def as_object(old: Release, new: Release, changes: Changes) -> dict[str, Any]:
    """The changes for machines: figures as printed, columns, and counts of rows by table."""
    return {
        "old": old.version,
        "new": new.version,
        "change_class": changes.change_class,
        "figures": [asdict(change) for change in changes.figures.rows],
        "columns": [asdict(columns) for columns in changes.schemas],
        "counts": changes.counts(),
        "rows": changes.rows,
    }
