"""The catalog judged as a whole, for a terminal: remarks, evidence, and what is left over.

Reads a catalog's folder and a raw folder, gives tables. Imports neither Dagster nor pandas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.authoring.evidence import Evidence, Use, gather, remarks
from pipeline.authoring.lint import Remark, lint
from pipeline.catalog.load import load_catalog
from pipeline.model import few
from pipeline.parse.patterns import compile_catalog

_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
_MOST_SHOWN = 8
"""Numerals of one sheet that are shown; `statedata explain` shows all."""


def check_catalog(catalog: Path, raw: Path, console: Console) -> bool:
    """Print how the catalog fares; whether it is free of errors and accounts for every sheet.

    Raises:
        pipeline.catalog.load.CatalogError: the catalog cannot be used.
        pipeline.sheets.collect.RawFolderError: the raw folder cannot be read.
    """
    wordings = compile_catalog(load_catalog(catalog))
    found = gather(raw, wordings)
    remarked = [*lint(wordings), *remarks(found, wordings)]
    console.print(_wordings(found))
    for line in _lines(found, remarked):
        console.print(line, soft_wrap=True)
    return not found.unaccounted and not any(remark.level == "error" for remark in remarked)


def _lines(found: Evidence, remarked: list[Remark]) -> Iterator[Text]:
    """Remarks by their level, what no wording accounts for, what is no text, and a summary."""
    for remark in sorted(remarked, key=lambda one: list(_STYLES).index(one.level)):
        text = f"{remark.level}: {remark.entry}: {remark.text}"
        yield Text(text, style=_STYLES[remark.level])
    for sheet, printed in found.unaccounted.items():
        shown = few([repr(one) for one in printed], most=_MOST_SHOWN)
        text = f"unaccounted: {sheet}: {shown}; see `statedata explain`"
        yield Text(text, style=_STYLES["error"])
    for file, problem in found.unread.items():
        yield Text(f"not read: {file}: {problem}", style=_STYLES["warning"])
    counts = Counter(remark.level for remark in remarked)
    yield Text(
        f"{len(found.uses)} wordings on {found.sheets} sheets: {counts['error']} errors, "
        f"{counts['warning']} warnings, {len(found.unaccounted)} sheets with unaccounted numerals",
        style="bold",
    )


def _wordings(found: Evidence) -> Table:
    table = Table(title="wordings and what the sheets print in them", title_justify="left")
    for heading in ("wording", "sheets", "years", "values", "bounds", "for example"):
        table.add_column(heading, justify="right" if heading == "sheets" else "left")
    for use in found.uses.values():
        low, high = use.bounds
        table.add_row(
            use.name,
            f"{len(use.sheets):,}",
            _years(use),
            _values(use),
            f"{low:,} to {high:,}",
            Text(use.example),
        )
    return table


def _years(use: Use) -> str:
    years = sorted(use.years)
    if len(years) > 2 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}-{years[-1]}"
    return ", ".join(str(year) for year in years)


def _values(use: Use) -> str:
    if not use.values:
        return ""
    low, high = min(use.values), max(use.values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
