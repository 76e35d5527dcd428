"""One sheet, shown to whoever extends the catalog: each numeral and what became of it.

Reads one file, gives text for a terminal: the sheet with its numerals marked, a line for each of
them, and for what is unaccounted the entries that the catalog would need; or the same as an object
for machines. Imports neither Dagster nor pandas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from pipeline.catalog.load import default_catalog
from pipeline.checks import CHECKLIST, is_error
from pipeline.model import Figure, Finding, Numeral, Statement, UserError, number_text
from pipeline.parse.patterns import Wordings, compile_catalog
from pipeline.parse.sheet import ParsedSheet, parse_sheet
from pipeline.sheets.collect import read_sheet
from pipeline.sheets.extract import extract
from pipeline.sheets.formats import NotTextError
from pipeline.sheets.normalize import normalize
from pipeline.validate.sheet_kind import kind_of

if TYPE_CHECKING:
    from pipeline.authoring.proposals import Proposal

_STYLES = {"captured": "green", "explained": "blue", "unaccounted": "bold red reverse"}
_MARKS = {"captured": "+", "explained": "=", "unaccounted": "?"}


class ExplainError(UserError):
    """The file cannot be explained; the message says why."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sheet as a build reads it: its text, what it states, and every check of it."""

    text: str
    sheet: ParsedSheet
    findings: tuple[Finding, ...]
    wordings: Wordings

    @property
    def failures(self) -> list[Finding]:
        """The checks that it does not pass, warnings among them."""
        return [finding for finding in self.findings if not finding.passed]

    @property
    def passes(self) -> bool:
        """Whether the sheet, by itself, would be accepted."""
        return not any(is_error(finding) for finding in self.findings)

    @property
    def unaccounted(self) -> int:
        """How many numerals nothing explains."""
        return sum(numeral.disposition == "unaccounted" for numeral in self.sheet.numerals)


def explain(path: Path) -> Explanation:
    """Parse and check one file.

    Raises:
        ExplainError: the file cannot be read, or holds no text.
        pipeline.catalog.load.CatalogError: the catalog cannot be used.
    """
    raw = read_sheet(path.name, path, path.parent)
    if raw.content is None:
        raise ExplainError(f"{path}: {raw.problem}")
    wordings = compile_catalog(default_catalog())
    try:
        text = extract(raw.content)
    except NotTextError as error:
        raise ExplainError(f"{path}: {error}") from error
    sheet = parse_sheet(path.name, text, wordings)
    checked = _checked(sheet, text.text, wordings)
    return Explanation(text.text, sheet, (*sheet.findings, *checked), wordings)


def show(found: Explanation, console: Console) -> None:
    """Print what became of every numeral of a sheet."""
    console.print(
        Group(_marked(found.text, found.sheet), Text(), _ledger(found.sheet), Text()),
        soft_wrap=False,
    )
    proposals = _proposals(found.sheet, found.text, found.wordings)
    for line in (*proposals, *_failures(found.failures)):
        console.print(line, soft_wrap=True)  # an entry is pasted, so its lines stay whole
    console.print(_verdict(found), soft_wrap=True)


def as_object(found: Explanation) -> dict[str, Any]:
    """What became of every numeral of a sheet, for machines."""
    sheet = found.sheet
    return {
        "sheet": sheet.name,
        "year": sheet.year,
        "jurisdiction": sheet.jurisdiction,
        "passes": found.passes,
        "figures": len(sheet.statements),
        "unaccounted": found.unaccounted,
        "numerals": [_numeral_object(numeral, sheet) for numeral in sheet.numerals],
        "failures": [
            {"check": one.check, "level": CHECKLIST[one.check].level, "message": one.message}
            for one in found.failures
        ],
    }


def _numeral_object(numeral: Numeral, sheet: ParsedSheet) -> dict[str, Any]:
    statement = _statement_of(numeral, sheet)
    figure = statement.figure if statement else None
    return {
        "char_start": numeral.span.start,
        "char_end": numeral.span.end,
        "printed": statement.printed if statement else numeral.printed,
        "disposition": numeral.disposition,
        "rule": numeral.rule,
        "metric": statement.metric if statement else None,
        "of": statement.of if statement else None,
        "value": figure.value if figure else None,
        "qualifier": figure.qualifier if figure else None,
        "lower": figure.lower if figure else None,
        "upper": figure.upper if figure else None,
    }


def _checked(sheet: ParsedSheet, text: str, wordings: Wordings) -> tuple[Finding, ...]:
    """What must hold of a sheet, of which nothing can be asked before it is known whose it is."""
    if sheet.year is None or sheet.jurisdiction is None:
        return (kind_of(sheet),)
    from pipeline.validate.schemas import check_sheets  # numpy is waited for by a sheet only

    return check_sheets([(sheet, text)], wordings.catalog, wordings.numbers, by_pandera=False)[0]


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
            number_text(statement.figure.value) if statement else "",
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
    return "no bound" if bound is None else number_text(bound)


def _proposals(sheet: ParsedSheet, text: str, wordings: Wordings) -> list[Text]:
    """For each unaccounted figure its sentence and the entries that would account for it."""
    if not any(numeral.disposition == "unaccounted" for numeral in sheet.numerals):
        return []
    if sheet.year is None or sheet.jurisdiction is None:
        return [Text("No proposals before the sheet names one state and one year.", style="bold")]
    from pipeline.authoring.proposals import propose  # a sheet that is all known needs none

    shown = []
    for proposal in propose(sheet, normalize(text), wordings):
        line = Text("unaccounted: ", style="bold")
        line.append(proposal.printed, style=_STYLES["unaccounted"])
        shown += [line.append(f" in {proposal.quote}", style="not bold"), *_entries(proposal)]
    return shown


def _entries(proposal: Proposal) -> Iterator[Text]:
    from pipeline.authoring.proposals import as_yaml

    if proposal.sentence:
        known = f", for what {proposal.nearest} prints" if proposal.nearest else ""
        yield Text(f"  under `sentences` in sentences.yml{known}:")
        yield Text(as_yaml(proposal.sentence, indent=2), style="cyan")
    for metric in proposal.metrics:
        yield Text("  a metric of its own; complete it, under `metrics` in metrics.yml:")
        yield Text(as_yaml(metric, indent=2), style="cyan")
    if proposal.row:
        yield Text(f"  and under `rows` of table {proposal.table}, and among the parts of its sum:")
        yield Text(as_yaml(proposal.row, indent=6), style="cyan")
    if proposal.rule:
        either = "or no" if proposal.sentence else "no"
        yield Text(f"  {either} figure? At the end of ignored.yml:")
        yield Text(as_yaml(proposal.rule), style="cyan")
    if not proposal.metrics and not proposal.sentence and not proposal.rule:
        yield Text("  It is no well-formed number; compare the text with the sheet.")


def _failures(failures: list[Finding]) -> list[Text]:
    return [
        Text(
            f"{CHECKLIST[finding.check].level}: {finding.check}: {finding.message}", style="yellow"
        )
        for finding in failures
    ]


def _verdict(found: Explanation) -> Text:
    sheet, errors = found.sheet, sum(is_error(finding) for finding in found.failures)
    verdict = f"would be quarantined for {errors} failed checks" if errors else "passes by itself"
    return Text(
        f"{sheet.name}: {len(sheet.statements)} figures, {found.unaccounted} numerals unaccounted; "
        f"{verdict}",
        style="bold",
    )
