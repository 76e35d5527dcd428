"""Every wording of the catalog against every sheet: what is evidenced, and what is left over.

Reads a raw folder with compiled wordings, gives for each pattern, row and rule where it matches,
and for each sheet what no entry accounts for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from pipeline.authoring.lint import Remark
from pipeline.parse.patterns import Wordings
from pipeline.parse.sheet import ParsedSheet, parse_sheet
from pipeline.sheets.collect import collect
from pipeline.sheets.extract import extract
from pipeline.sheets.formats import NotTextError

WIDEST = 100_000
"""Bounds that reach this many times farther than any printed value would stop no misreading."""


@dataclass
class Use:
    """Where one slot of a sentence or row of a table is printed: sheets, years, and values."""

    name: str
    bounds: tuple[int, int]
    sheets: set[str] = field(default_factory=set)
    years: set[int] = field(default_factory=set)
    values: list[Decimal] = field(default_factory=list)
    example: str = ""


@dataclass
class Evidence:
    """What a folder of sheets shows of the catalog.

    ``uses`` are by pattern, metric and whom it is of; ``unread`` holds files with the reason.
    """

    sheets: int
    uses: dict[tuple[str, str, str], Use]
    rules: dict[str, int]
    qualifiers: set[str]
    unaccounted: dict[str, list[str]]
    unread: dict[str, str]


def gather(raw: Path, wordings: Wordings) -> Evidence:
    """Parse every sheet below ``raw``.

    Raises:
        pipeline.sheets.collect.RawFolderError: the folder is missing or cannot be listed.
    """
    rules = {compiled.rule.rule: 0 for compiled in wordings.rules}
    found = Evidence(0, dict(_unused(wordings)), rules, set(), {}, {})
    for file in collect(raw):
        if file.content is None:
            found.unread[file.file] = str(file.problem)
            continue
        try:
            text = extract(file.content)
        except NotTextError as error:
            found.unread[file.file] = str(error)
            continue
        _add(found, parse_sheet(file.file, text, wordings))
    return found


def _unused(wordings: Wordings) -> Iterator[tuple[tuple[str, str, str], Use]]:
    for sentence in wordings.sentences:
        metrics = [slot.metric for slot in sentence.figures]
        for slot in sentence.figures:
            of = f" of {slot.series.of}" if metrics.count(slot.metric) > 1 else ""
            use = Use(f"{sentence.name}: {slot.metric}{of}", slot.series.bounds)
            yield (sentence.name, slot.metric, slot.series.of), use
    for table in wordings.tables.values():
        for metric, series in table.series.items():
            name = f"{table.table.table}/{metric}"
            yield (name, metric, series.of), Use(name, series.bounds)


def _add(found: Evidence, sheet: ParsedSheet) -> None:
    found.sheets += 1
    for statement in sheet.statements:
        use = found.uses[statement.pattern, statement.metric, statement.of]
        use.sheets.add(sheet.file)
        use.years |= {sheet.year} if sheet.year else set()
        use.values.append(statement.figure.value)
        use.example = use.example or " ".join(statement.printed.split())
        found.qualifiers.add(statement.figure.qualifier)
    for numeral in sheet.numerals:
        if numeral.rule in found.rules and numeral.disposition == "explained":
            found.rules[numeral.rule] += 1
        elif numeral.disposition == "unaccounted":
            found.unaccounted.setdefault(sheet.name, []).append(numeral.printed)


def remarks(found: Evidence, wordings: Wordings) -> list[Remark]:
    """What the sheets show to be odd about the catalog."""
    listed: list[Remark] = []
    for use in found.uses.values():
        if not use.values:
            text = "matches no sheet: neither its words nor its bounds are evidenced here"
            listed.append(Remark("warning", use.name, text))
            continue
        low, high = min(use.values), max(use.values)
        if low < use.bounds[0] or high > use.bounds[1]:
            text = f"prints {low:,} to {high:,}, beyond its bounds {use.bounds[0]:,} to {use.bounds[1]:,}"
            listed.append(Remark("error", use.name, text))
        elif use.bounds[1] > WIDEST * max(high, Decimal(1)):
            text = (
                f"bounds up to {use.bounds[1]:,}, no sheet prints more than {high:,}; narrow them"
            )
            listed.append(Remark("warning", use.name, text))
    quiet = [rule for rule, count in found.rules.items() if not count]
    unused = [
        q.qualifier for q in wordings.catalog.qualifiers if q.qualifier not in found.qualifiers
    ]
    for what, names in (("ignored.yml", quiet), ("qualifiers.yml", unused)):
        if names:
            listed.append(Remark("note", what, f"not used by these sheets: {', '.join(names)}"))
    return listed
