"""What must hold between sheets, and which sheets are therefore not accepted.

Reads the identities, statements and sheet-level checks of all years from DuckDB, gives for every
file whether it is accepted, and the findings that decide so. Statements are counted where they lie,
so that memory holds the sheets' identities and no more. A sheet that fails by itself takes no part here:
it neither competes for its state and year nor votes on national figures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import pyarrow

from pipeline.checks import failed, passed
from pipeline.model import NATION, Figure, Finding
from pipeline.parse.sheet import sheet_name
from pipeline.tables.files import rows
from pipeline.tables.frames import records


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


def decide(connection: duckdb.DuckDBPyConnection) -> Decisions:
    """Settle which files count and which national figures hold.

    Args:
        connection: holds RAW_SHEETS, PARSED_SHEETS, STATEMENTS and the CHECKS of the single sheets.
    """
    failing = {
        row.file
        for row in rows(
            connection, "select distinct file from checks where not passed and level = 'error'"
        )
    }
    sheets = rows(
        connection,
        "select file, sheet_id, year, figures_sha256, retrieved "
        "from parsed_sheets inner join raw_sheets using (file) order by file",
    )
    decisions = Decisions(
        {row.file: "quarantined" if row.file in failing else "accepted" for row in sheets}
    )
    _settle_duplicates(sheets, decisions)
    _settle_national_figures(connection, decisions)
    return decisions


@dataclass(frozen=True, slots=True)
class Wording:
    """One figure that sheets of a year print of the nation.

    ``printed`` is its wording in the first of the ``sheets`` sheets that print it; ``corrected``
    says whether a maintainer put it in the place of a printed one.
    """

    year: int
    metric: str
    figure: Figure
    printed: str
    sheets: int
    corrected: bool


def national_wordings(
    connection: duckdb.DuckDBPyConnection, decisions: Decisions
) -> dict[tuple[int, str], list[Wording]]:
    """What the accepted sheets print of the nation, by year and metric, the first wording first."""
    with _accepted(connection, decisions):
        found = rows(
            connection,
            "select year, metric, value, qualifier, lower, upper, corrected, "
            "arg_min(printed, statement_id) as printed, count(distinct file) as sheets "
            "from statements semi join accepted using (file) where jurisdiction = $1 "
            "group by year, metric, value, qualifier, lower, upper, corrected "
            "order by year, metric, min(statement_id)",
            [NATION],
        )
    wordings: dict[tuple[int, str], list[Wording]] = defaultdict(list)
    for row in found:
        wording = Wording(
            row.year, row.metric, figure_of(row), row.printed, row.sheets, row.corrected is not None
        )
        wordings[row.year, row.metric].append(wording)
    return wordings


def agree(one: Figure, other: Figure) -> bool:
    """Whether two wordings state one figure: the same, or one more precise than the other.

    "36,210,368" and "36.2 million" agree; "36.2 million" and "36.3 million" do not, though their
    intervals overlap, and neither do "more than 18,000" and "more than 18,400".
    """
    if one == other:
        return True
    return one.qualifier != other.qualifier and (one.within(other) or other.within(one))


def _settle_duplicates(sheets: list[Any], decisions: Decisions) -> None:
    check = "state_and_year_come_once"
    competing: dict[str, list[Any]] = defaultdict(list)
    for row in sheets:
        if decisions.status[row.file] == "accepted":
            competing[row.sheet_id].append(row)
    for sheet_id, found in competing.items():
        current = _newest_vintage(sheet_id, found, decisions)
        files = [row.file for row in current]
        if len({row.figures_sha256 for row in current}) > 1:
            for row in current:
                others = ", ".join(file for file in files if file != row.file)
                message = (
                    f"{sheet_name(row.file, sheet_id)}: {others} has other figures for the same "
                    "state and year; keep the right one in the raw folder"
                )
                finding = failed(
                    check, message, expected="one set of figures", found=f"{len(current)} files"
                )
                decisions.quarantine(row.file, finding, row.year)
            continue
        for row in current[1:]:
            decisions.status[row.file] = "duplicate"
            message = f"{sheet_name(row.file, sheet_id)}: same figures as {files[0]}, taken once"
            decisions.findings.append((passed(check, message), row.file, row.year))
        message = f"{sheet_name(files[0], sheet_id)}: the only figures of its state and year"
        decisions.findings.append((passed(check, message), files[0], current[0].year))


def _newest_vintage(sheet_id: str, found: list[Any], decisions: Decisions) -> list[Any]:
    """Of several versions of a sheet, those taken last, if the manifest says when each was taken."""
    dates = [row.retrieved for row in found]
    versions = {row.figures_sha256: row.retrieved for row in found}
    if len(versions) == 1 or None in dates or len(set(versions.values())) < len(versions):
        return found
    newest = max(date for date in dates if date is not None)
    current = [row for row in found if row.retrieved == newest]
    for row in found:
        if row.retrieved != newest:
            decisions.status[row.file] = "superseded"
            message = (
                f"{sheet_name(row.file, sheet_id)}: taken {row.retrieved}, superseded by "
                f"{current[0].file}, taken {newest}"
            )
            finding = passed("state_and_year_come_once", message)
            decisions.findings.append((finding, row.file, row.year))
    return current


def _settle_national_figures(connection: duckdb.DuckDBPyConnection, decisions: Decisions) -> None:
    odd: list[tuple[str, Finding, int]] = []
    for (year, metric), wordings in national_wordings(connection, decisions).items():
        counted: Counter[Figure] = Counter()
        for wording in wordings:
            counted[wording.figure] += wording.sheets
        figure = majority(counted)
        if figure is None:
            finding = _withheld(connection, decisions, year, metric)
            decisions.withheld.add((year, metric))
            decisions.findings.append((finding, None, year))
            continue
        decisions.national[year, metric] = figure
        standard = next(wording.printed for wording in wordings if wording.figure == figure)
        agreeing = sum(count for other, count in counted.items() if agree(other, figure))
        sheets = counted.total()
        majority_message = f"{year} {metric}: {agreeing} of {sheets} sheets print {standard!r}"
        finding = passed("national_figures_have_a_majority", majority_message, metric=metric)
        decisions.findings.append((finding, None, year))
        if agreeing == sheets:
            agreed = f"{year} {metric}: {sheets} sheets agree on {standard!r}"
            finding = passed("national_figures_agree", agreed, metric=metric)
            decisions.findings.append((finding, None, year))
            continue
        for row in _printing(connection, decisions, year, metric):
            if agree(figure_of(row), figure):
                continue
            message = (
                f"{row.file} {metric} of US: printed {row.printed!r}, but {majority_message}; "
                "compare this sheet with the others of the year"
            )
            finding = failed(
                "national_figures_agree", message, expected=standard, found=row.printed, metric=metric
            )  # fmt: skip
            odd.append((row.file, finding, year))
    for file, finding, year in odd:
        decisions.quarantine(file, finding, year)


def _printing(
    connection: duckdb.DuckDBPyConnection, decisions: Decisions, year: int, metric: str
) -> list[Any]:
    """What each accepted sheet of a year prints of one national metric, by file."""
    with _accepted(connection, decisions):
        return rows(
            connection,
            "select file, value, qualifier, lower, upper, corrected, printed "
            "from statements semi join accepted using (file) "
            "where jurisdiction = $1 and year = $2 and metric = $3 "
            "qualify row_number() over (partition by file order by statement_id) = 1 "
            "order by file",
            [NATION, year, metric],
        )


@contextmanager
def _accepted(connection: duckdb.DuckDBPyConnection, decisions: Decisions) -> Iterator[None]:
    """The accepted files as a table, as they stand now."""
    connection.register("accepted", pyarrow.table({"file": sorted(decisions.accepted())}))
    yield
    connection.unregister("accepted")


def majority(figures: Iterable[Figure]) -> Figure | None:
    """The figure on which more than half agree, in its most precise wording; None without one.

    Args:
        figures: one a sheet, or each figure with how many sheets print it, as a ``Counter``.
    """
    counted = Counter(figures)
    support = {
        figure: sum(count for other, count in counted.items() if agree(figure, other))
        for figure in counted
    }
    best = min(support, key=lambda figure: (-support[figure], _width(figure), figure.value))
    return best if 2 * support[best] > counted.total() else None


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
    connection: duckdb.DuckDBPyConnection, decisions: Decisions, year: int, metric: str
) -> Finding:
    printing = _printing(connection, decisions, year, metric)[:6]
    found = "; ".join(f"{row.file} prints {row.printed!r}" for row in printing)
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
