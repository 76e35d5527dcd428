"""The verdict on a damaged sheet: refused, right, another sheet's figure, or silently wrong.

Reads what the pipeline says of a mutant, and what the small reader sees in the mutant's text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from pipeline.checks import is_error
from pipeline.model import Figure, Statement
from pipeline.parse.sheet import ParsedSheet
from tests.attack.mutants import Base
from tests.attack.reader import Reading, counts, neighbours, read_figure, seen, word
from tests.parse.reading import read

Key = tuple[str, str]


@dataclass(frozen=True)
class Expected:
    """What the undamaged sheet says: whose it is, and each figure with the words beside it."""

    base: Base
    sheet_id: str | None
    figures: dict[Key, Figure]
    beside: dict[Key, tuple[str, str]]
    printed: dict[Key, str]
    led_in_by: dict[Key, str]
    rows: frozenset[Key]


@dataclass
class Verdict:
    """What came of a mutant.

    ``outcome`` is `reported`, `harmless` (the figures are right), `another figure` (the mutant
    prints another one, well formed, at the place of the old one), `omitted` (a sentence that a
    sheet may lack prints no figure any more) or `silent`, for the reasons in ``why``.
    """

    outcome: str
    why: list[str] = field(default_factory=list)
    changed: list[Key] = field(default_factory=list)
    checks: set[str] = field(default_factory=set)
    outvoted: bool = False


def undamaged(name: str, text: str) -> Expected:
    """A sheet to damage; it has to be accepted, or its mutants would prove nothing."""
    sheet, findings = read(text, "undated.txt")
    assert not any(is_error(finding) for finding in findings), name
    spans = [(s.printed_span.start, s.printed_span.end) for s in sheet.statements]
    beside = {}
    for statement in sheet.statements:
        found = neighbours(text, statement.printed_span.start, statement.printed_span.end)
        assert found is not None, f"{name}: {statement.printed!r} does not stand alone"
        assert _reads_as(statement), f"{name}: {statement.printed!r} reads otherwise"
        beside[_key(statement)] = found
    rows = frozenset(_key(s) for s in sheet.statements if s.quote_span.end == s.printed_span.end)
    figures = {_key(statement): statement.figure for statement in sheet.statements}
    printed = {_key(s): " ".join(map(word, seen(s.printed).split())) for s in sheet.statements}
    led_in_by = {
        _key(s): " ".join([word(w) for w in seen(text[: s.printed_span.start]).split()][-4:])
        for s in sheet.statements
    }
    return Expected(
        Base.of(name, text, spans), sheet.sheet_id, figures, beside, printed, led_in_by, rows
    )


def judge(expected: Expected, mutant: str) -> Verdict:
    """What the pipeline made of a mutant."""
    sheet, findings = read(mutant, "undated.txt")
    failing = {finding.check for finding in findings if is_error(finding)}
    if failing:
        return Verdict("reported", checks=failing)
    lost = expected.figures.keys() - _figures(sheet).keys()
    omitted = {key for key in lost if _is_omitted(expected, key, mutant)}
    why = [*_identity(expected, sheet), *(f"{key} is lost" for key in lost - omitted)]
    why += [f"{key} appears" for key in _figures(sheet).keys() - expected.figures.keys()]
    for statement in sheet.statements:
        why += _misread(expected, statement, mutant)
    changed = [
        key for key, figure in _figures(sheet).items() if figure != expected.figures.get(key)
    ]
    if why:
        return Verdict("silent", why, changed)
    if omitted:
        return Verdict("omitted", changed=changed)
    if not changed:
        return Verdict("harmless")
    # The other sheets of the year print what the undamaged sheet prints, so that stands.
    outvoted = any(of == "US" for _, of in changed)
    return Verdict("another figure", changed=changed, outvoted=outvoted)


def _identity(expected: Expected, sheet: ParsedSheet) -> list[str]:
    if sheet.sheet_id == expected.sheet_id:
        return []
    return [f"taken for a sheet of {sheet.sheet_id}, it is one of {expected.sheet_id}"]


def _is_omitted(expected: Expected, key: Key, mutant: str) -> bool:
    """Whether the mutant no longer prints the figure beside either of the words it stood between,
    nor the words that led in to it."""
    printed = expected.printed[key]
    left, right = expected.beside[key]
    text = " ".join(map(word, seen(mutant).split()))
    remains = (f" {left} {printed} ", f" {printed} {right} ", f" {expected.led_in_by[key]} ")
    return not any(words in text for words in remains)


def _misread(expected: Expected, statement: Statement, mutant: str) -> list[str]:  # noqa: PLR0911
    """Why a statement does not say what a person reads at its place."""
    key = _key(statement)
    start, end = statement.printed_span.start, statement.printed_span.end
    where = f"{key} {statement.figure} at {mutant[max(0, start - 30) : end + 30]!r}"
    if mutant[start:end] != statement.printed:
        return [f"{where}: prints {mutant[start:end]!r}, said to be {statement.printed!r}"]
    quote = statement.quote_span
    if (
        not quote.start <= start < end <= quote.end
        or mutant[quote.start : quote.end] != statement.quote
    ):
        return [f"{where}: does not stand in {statement.quote!r}"]
    if not _reads_as(statement):
        return [f"{where}: {statement.printed!r} reads as {read_figure(statement.printed)}"]
    beside = neighbours(mutant, start, end)
    if beside is None:
        return [f"{where}: touches other characters"]
    left, right = expected.beside.get(key, ("", ""))
    if beside[0] != left and not (key in expected.rows and not counts(beside[0])):
        return [f"{where}: stands behind {beside[0]!r}, not {left!r}"]
    if key in expected.rows and beside[1].startswith("\n"):
        return []
    same = _letters(beside[1]) == _letters(right)
    if not same and (counts(beside[1]) or key not in expected.rows):
        return [f"{where}: stands before {beside[1]!r}, not {right!r}"]
    return []


def _letters(word: str) -> str:
    """A word without signs, foreign letters and the next sentence that stick to it."""
    return re.sub("[^a-z0-9%]", "", re.split(r"[.;:!?](?!\d)", word)[0]).removesuffix("s")


def _reads_as(statement: Statement) -> bool:
    figure = statement.figure
    reading = Reading(figure.value, figure.qualifier, figure.lower, figure.upper)
    return read_figure(statement.printed) == reading


def _figures(sheet: ParsedSheet) -> dict[Key, Figure]:
    return {_key(statement): statement.figure for statement in sheet.statements}


def _key(statement: Statement) -> Key:
    return statement.metric, statement.of


@dataclass
class Tally:
    """Counts of verdicts by kind of damage, and the silent mutants themselves."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    silent: list[tuple[str, str, list[str]]] = field(default_factory=list)
    only_sums: int = 0
    outvoted: int = 0
    other_figures: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, base: str, verdict: Verdict) -> None:
        """Count one verdict."""
        self.outcomes.setdefault(kind, Counter())[verdict.outcome] += 1
        if verdict.outcome == "silent":
            self.silent.append((kind, base, verdict.why))
        relations = {
            "parts_sum_to_totals",
            "parts_do_not_exceed_wholes",
            "values_are_within_bounds",
        }
        if verdict.checks and verdict.checks <= relations:
            self.only_sums += 1
        self.outvoted += verdict.outvoted
        if verdict.outcome == "another figure":
            nation = any(of == "US" for _, of in verdict.changed)
            self.other_figures["of the nation" if nation else "of the state"] += 1

    def merge(self, other: Tally) -> None:
        """Add another tally's counts to this one."""
        for kind, counter in other.outcomes.items():
            self.outcomes.setdefault(kind, Counter()).update(counter)
        self.silent += other.silent
        self.only_sums += other.only_sums
        self.outvoted += other.outvoted
        self.other_figures.update(other.other_figures)
