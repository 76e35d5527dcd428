"""What must hold between sheets, and which sheets are therefore not accepted.

Reads the identities, statements and sheet-level checks of all years, gives for every file whether
it is accepted, and the findings that decide so. A sheet that fails by itself takes no part here:
it neither competes for its state and year nor votes on national figures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from pipeline.checklist import failed, passed
from pipeline.model import NATION, Figure, Finding
from pipeline.parse.sheet import sheet_name
from pipeline.validate.frames import records


@dataclass
class Decisions:
    """For every file its status, as in SHEETS, and why.

    ``national`` holds the agreed figure of each year and metric; ``findings`` pairs each finding
    with the file it is about, None where it is about a year.
    """

    status: dict[str, str]
    national: dict[tuple[int, str], Figure] = field(default_factory=dict)
    withheld: set[tuple[int, str]] = field(default_factory=set)
    findings: list[tuple[Finding, str | None, int | None]] = field(default_factory=list)

    def accepted(self) -> set[str]:
        """The files whose figures count."""
        return {file for file, status in self.status.items() if status == "accepted"}

    def quarantine(self, file: str, finding: Finding, year: int | None) -> None:
        """Take the file out, for the reason in the finding."""
        self.status[file] = "quarantined"
        self.findings.append((finding, file, year))


def decide(
    raw: pd.DataFrame, sheets: pd.DataFrame, statements: pd.DataFrame, checks: pd.DataFrame
) -> Decisions:
    """Settle which files count and which national figures hold.

    Args:
        raw: frame RAW_SHEETS.
        sheets: frame PARSED_SHEETS.
        statements: frame STATEMENTS.
        checks: frame CHECKS of the single sheets.
    """
    failing = set(checks[~checks["passed"] & (checks["level"] == "error")]["file"])
    decisions = Decisions(
        {file: "quarantined" if file in failing else "accepted" for file in sheets["file"]}
    )
    _settle_duplicates(raw, sheets, decisions)
    _settle_national_figures(statements, decisions)
    return decisions


def agree(one: Figure, other: Figure) -> bool:
    """Whether two wordings state one figure: the same, or one more precise than the other.

    "36,210,368" and "36.2 million" agree; "36.2 million" and "36.3 million" do not, though their
    intervals overlap, and neither do "more than 18,000" and "more than 18,400".
    """
    if one == other:
        return True
    return one.qualifier != other.qualifier and (one.within(other) or other.within(one))


def _settle_duplicates(raw: pd.DataFrame, sheets: pd.DataFrame, decisions: Decisions) -> None:
    check = "state_and_year_come_once"
    competing: dict[str, list[Any]] = defaultdict(list)
    for row in records(sheets):
        if decisions.status[row.file] == "accepted":
            competing[row.sheet_id].append(row)
    retrieved = {row.file: row.retrieved for row in records(raw)}
    for sheet_id, found in competing.items():
        rows = _newest_vintage(sheet_id, found, retrieved, decisions)
        files = [row.file for row in rows]
        if len({row.canonical_sha256 for row in rows}) > 1:
            for row in rows:
                others = ", ".join(file for file in files if file != row.file)
                message = (
                    f"{sheet_name(row.file, sheet_id)}: {others} has another text for the same "
                    "state and year; keep the right one in the raw folder"
                )
                finding = failed(check, message, expected="one text", found=f"{len(rows)} files")
                decisions.quarantine(row.file, finding, row.year)
            continue
        for row in rows[1:]:
            decisions.status[row.file] = "duplicate"
            message = f"{sheet_name(row.file, sheet_id)}: same text as {files[0]}, taken once"
            decisions.findings.append((passed(check, message), row.file, row.year))
        message = f"{sheet_name(files[0], sheet_id)}: the only text of its state and year"
        decisions.findings.append((passed(check, message), files[0], rows[0].year))


def _newest_vintage(
    sheet_id: str, rows: list[Any], retrieved: dict[str, str | None], decisions: Decisions
) -> list[Any]:
    """Of several texts of a sheet, those taken last, if the manifest says when each was taken."""
    dates = [retrieved[row.file] for row in rows]
    texts = {row.canonical_sha256: retrieved[row.file] for row in rows}
    if len(texts) == 1 or None in dates or len(set(texts.values())) < len(texts):
        return rows
    newest = max(date for date in dates if date is not None)
    current = [row for row in rows if retrieved[row.file] == newest]
    for row in rows:
        if row not in current:
            decisions.status[row.file] = "superseded"
            message = (
                f"{sheet_name(row.file, sheet_id)}: taken {retrieved[row.file]}, superseded by "
                f"{current[0].file}, taken {newest}"
            )
            finding = passed("state_and_year_come_once", message)
            decisions.findings.append((finding, row.file, row.year))
    return current


def _settle_national_figures(statements: pd.DataFrame, decisions: Decisions) -> None:
    accepted = statements["file"].isin(decisions.accepted())
    national = statements[accepted & (statements["jurisdiction"] == NATION)]
    votes: dict[tuple[int, str], dict[str, Figure]] = defaultdict(dict)
    printed: dict[tuple[str, str], str] = {}
    for row in records(national):
        votes[row.year, row.metric][row.file] = figure_of(row)
        printed[row.file, row.metric] = row.printed
    odd: list[tuple[str, Finding, int]] = []
    for (year, metric), by_file in votes.items():
        figure = majority(list(by_file.values()))
        if figure is None:
            decisions.withheld.add((year, metric))
            decisions.findings.append((_withheld(year, metric, by_file, printed), None, year))
            continue
        decisions.national[year, metric] = figure
        standard = next(printed[file, metric] for file in by_file if by_file[file] == figure)
        dissenting = [file for file in by_file if not agree(by_file[file], figure)]
        majority_message = f"{year} {metric}: {len(by_file) - len(dissenting)} of {len(by_file)} sheets print {standard!r}"
        finding = passed("national_figures_have_a_majority", majority_message, metric=metric)
        decisions.findings.append((finding, None, year))
        if not dissenting:
            agreed = f"{year} {metric}: {len(by_file)} sheets agree on {standard!r}"
            finding = passed("national_figures_agree", agreed, metric=metric)
            decisions.findings.append((finding, None, year))
        for file in dissenting:
            found = printed[file, metric]
            message = (
                f"{file} {metric} of US: printed {found!r}, but {majority_message}; "
                "compare this sheet with the others of the year"
            )
            finding = failed(
                "national_figures_agree", message, expected=standard, found=found, metric=metric
            )
            odd.append((file, finding, year))
    for file, finding, year in odd:
        decisions.quarantine(file, finding, year)


def majority(figures: list[Figure]) -> Figure | None:
    """The figure on which more than half agree, in its most precise wording; None without one."""
    counted = Counter(figures)
    support = {
        figure: sum(count for other, count in counted.items() if agree(figure, other))
        for figure in counted
    }
    best = min(support, key=lambda figure: (-support[figure], _width(figure), figure.value))
    return best if 2 * support[best] > len(figures) else None


def figure_of(row: Any) -> Figure:
    """The figure of a row of STATEMENTS, as corrected if it is."""
    if row.corrected is not None:
        return Figure(row.corrected, "exact", row.corrected, row.corrected)
    return Figure(
        row.value,
        row.qualifier,
        row.lower,
        row.upper,
    )


def corroborate(
    national: dict[tuple[int, str], Figure], corroboration: pd.DataFrame
) -> Iterator[tuple[Finding, int]]:
    """Hold the agreed national figures against those the publisher printed elsewhere."""
    check = "corroborated_elsewhere"
    for row in records(corroboration):
        figure = national.get((row.year, row.metric))
        if figure is None or row.jurisdiction != NATION:
            continue
        exact = Figure(row.value, "exact", row.value, row.value)
        place = f"{row.source}, page {row.page}"
        if exact.within(figure):
            message = f"{row.year} {row.metric}: {row.value:,} in {place} fits the sheets"
            yield passed(check, message, metric=row.metric), row.year
        else:
            message = (
                f"{row.year} {row.metric}: the sheets print {figure.value:,} ({figure.qualifier}), "
                f"{place} prints {row.value:,}; the sheets' figure stays, check both"
            )
            yield (
                failed(
                    check,
                    message,
                    expected=str(row.value),
                    found=str(figure.value),
                    metric=row.metric,
                ),
                row.year,
            )


def _withheld(
    year: int, metric: str, by_file: dict[str, Figure], printed: dict[tuple[str, str], str]
) -> Finding:
    found = "; ".join(f"{file} prints {printed[file, metric]!r}" for file in sorted(by_file)[:6])
    message = (
        f"{year} {metric}: sheets differ and none has a majority ({found}); the national figure is "
        "withheld until the sheets are settled"
    )
    return failed(
        "national_figures_have_a_majority",
        message,
        expected="one figure",
        found=found,
        metric=metric,
    )


def _width(figure: Figure) -> Decimal:
    if figure.lower is None or figure.upper is None:
        return Decimal("Infinity")
    return figure.upper - figure.lower
