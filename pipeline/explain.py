"""One sheet, shown to whoever extends the catalogue: each numeral and what became of it.

Reads one file, gives text for a terminal: the sheet with its numerals marked, a line for each of
them, and for what is unaccounted the sentence and what the catalogue would need. Imports neither
Dagster nor pandas.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.catalogue.load import default_catalogue
from pipeline.checklist import CHECKLIST, is_error
from pipeline.model import Figure, Finding, Numeral, Statement
from pipeline.parse.patterns import compile_catalogue
from pipeline.parse.sheet import ParsedSheet, parse_sheet
from pipeline.sheets.collect import read_sheet
from pipeline.sheets.extract import extract
from pipeline.validate.sheet_checks import check_sheet

_STYLES = {"captured": "green", "explained": "blue", "unaccounted": "bold red reverse"}
_MARKS = {"captured": "+", "explained": "=", "unaccounted": "?"}


class ExplainError(Exception):
    """The file cannot be explained; the message says why."""


def explain(path: Path, console: Console) -> bool:
    """Print what became of every numeral of a sheet; whether the sheet would be accepted.

    Raises:
        ExplainError: the file cannot be read.
        pipeline.sheets.formats.NotTextError: the file holds no text.
    """
    raw = read_sheet(path.name, path, path.parent)
    if raw.content is None:
        raise ExplainError(f"{path}: {raw.problem}")
    text = extract(raw.content)
    wordings = compile_catalogue(default_catalogue())
    sheet = parse_sheet(path.name, text, wordings)
    findings = [
        *sheet.findings,
        *check_sheet(sheet, text.text, wordings.catalogue, wordings.numbers),
    ]
    failures = [finding for finding in findings if not finding.passed]
    console.print(
        Group(
            _marked(text.text, sheet),
            Text(),
            _ledger(sheet),
            Text(),
            *_open_numerals(sheet, text.text),
            *_failures(failures),
            _verdict(sheet, failures),
        ),
        soft_wrap=False,
    )
    return not any(is_error(finding) for finding in findings)


def _marked(text: str, sheet: ParsedSheet) -> Text:
    marked = Text()
    place = 0
    for numeral in sheet.numerals:
        if numeral.span.start < place:
            continue
        marked.append(text[place : numeral.span.start])
        mark = _MARKS[numeral.disposition]
        marked.append(f"{mark}{numeral.printed}{mark}", style=_STYLES[numeral.disposition])
        place = numeral.span.end
    marked.append(text[place:])
    return marked


def _ledger(sheet: ParsedSheet) -> Table:
    table = Table(title=f"{sheet.name}: {len(sheet.numerals)} numerals", title_justify="left")
    for heading in ("characters", "printed", "became", "metric or rule", "value", "interval"):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    for numeral in sheet.numerals:
        statement = _statement_of(numeral, sheet)
        table.add_row(
            f"{numeral.span.start}-{numeral.span.end}",
            Text(" ".join((statement.printed if statement else numeral.printed).split())),
            Text(numeral.disposition, style=_STYLES[numeral.disposition]),
            f"{statement.metric} of {statement.of}" if statement else numeral.rule or "",
            f"{statement.figure.value:,}" if statement else "",
            _interval(statement.figure) if statement else "",
        )
    return table


def _statement_of(numeral: Numeral, sheet: ParsedSheet) -> Statement | None:
    if numeral.disposition != "captured":
        return None
    return next(s for s in sheet.statements if s.printed_span.contains(numeral.span))


def _interval(figure: Figure) -> str:
    return f"{figure.qualifier}: {_bound(figure.lower)} to {_bound(figure.upper)}"


def _bound(bound: Decimal | None) -> str:
    return "no bound" if bound is None else f"{bound:,}"


def _open_numerals(sheet: ParsedSheet, text: str) -> list[RenderableType]:
    shown: list[RenderableType] = []
    for numeral in sheet.numerals:
        if numeral.disposition == "unaccounted":
            before = text[max(0, numeral.span.start - 90) : numeral.span.start]
            after = text[numeral.span.end : numeral.span.end + 90]
            line = Text("unaccounted: ", style="bold")
            line.append(" ".join(before.split()) + " ")
            line.append(numeral.printed, style=_STYLES["unaccounted"])
            line.append(" " + " ".join(after.split()))
            shown.append(line)
            need = (
                "  If it is a figure, give a metric in pipeline/catalogue/metrics.yml a pattern with "
                "these words and {n} in its place; if it is none, give a rule in "
                "pipeline/catalogue/ignored.yml its words."
            )
            shown.append(Text(need))
    return shown


def _failures(failures: list[Finding]) -> list[RenderableType]:
    return [
        Text(
            f"{CHECKLIST[finding.check].level}: {finding.check}: {finding.message}", style="yellow"
        )
        for finding in failures
    ]


def _verdict(sheet: ParsedSheet, failures: list[Finding]) -> Text:
    errors = sum(is_error(finding) for finding in failures)
    unaccounted = sum(numeral.disposition == "unaccounted" for numeral in sheet.numerals)
    verdict = f"would be quarantined for {errors} failed checks" if errors else "passes by itself"
    return Text(
        f"{sheet.name}: {len(sheet.statements)} figures, {unaccounted} numerals unaccounted; {verdict}",
        style="bold",
    )
