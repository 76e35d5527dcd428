"""The verdict on a damaged sheet: refused, right, another sheet's figure, or silently wrong.

Reads what the pipeline says of a mutant, and what the small reader sees in the mutant's text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.checks import is_error
from pipeline.model import Figure, Finding, Statement
from pipeline.parse.sheet import ParsedSheet
from pipeline.sheets.decode import SheetText, page_starts
from tests.attack.around import (
    Around,
    around,
    mask,
    notes_of,
    place_of,
    strange_in_row,
    strange_in_sentence,
    struck_numbers,
    words_of,
    wrong_totals,
)
from tests.attack.mutants import Base
from tests.attack.reader import (
    Reading,
    hidden,
    looks,
    neighbours,
    read_figure,
    seen,
    spaced,
    touching,
    word,
)
from tests.parse.reading import read, read_all

Key = tuple[str, str]


@dataclass(frozen=True)
class Expected:
    """What the undamaged sheet says: whose it is, and each figure with its sentence's words."""

    base: Base
    sheet_id: str | None
    year: int
    figures: dict[Key, Figure]
    around: dict[Key, Around]
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
    assert sheet.year is not None
    spans = _spans(sheet)
    beside, arounds = {}, {}
    for statement in sheet.statements:
        start, end = statement.printed_span.start, statement.printed_span.end
        found = neighbours(text, start, end)
        assert found is not None, f"{name}: {statement.printed!r} does not stand alone"
        assert _reads_as(statement), f"{name}: {statement.printed!r} reads otherwise"
        beside[_key(statement)] = found
        quote = statement.quote_span
        masked = [span for span in spans if span != (start, end)]
        sides = (mask(text, quote.start, start, masked), mask(text, end, quote.end, masked))
        arounds[_key(statement)] = around(place_of(text, start, end, spans, sheet.year), *sides)
    rows = frozenset(_key(s) for s in sheet.statements if s.quote_span.end == s.printed_span.end)
    figures = {_key(statement): statement.figure for statement in sheet.statements}
    printed = {_key(s): " ".join(map(word, seen(s.printed).split())) for s in sheet.statements}
    # Fewer words than three ("In 2023,") lead in to other sentences as well.
    led_in_by = {
        key: " ".join(found.before[-4:]) for key, found in arounds.items() if len(found.before) > 2
    }
    return Expected(
        Base.of(name, text, spans),
        sheet.sheet_id,
        sheet.year,
        figures,
        arounds,
        beside,
        printed,
        led_in_by,
        rows,
    )


def judge(expected: Expected, mutant: str) -> Verdict:
    """What the pipeline made of a mutant."""
    return judge_all([(expected, mutant)])[0]


def judge_all(mutants: Sequence[tuple[Expected, str]]) -> list[Verdict]:
    """What the pipeline made of many mutants, whose figures are checked together."""
    texts = [SheetText(text, "utf-8", page_starts(text)) for _, text in mutants]
    made = read_all(texts, "undated.txt")
    return [
        _verdict(expected, mutant, sheet, findings)
        for (expected, mutant), (sheet, findings) in zip(mutants, made, strict=True)
    ]


def _verdict(
    expected: Expected, mutant: str, sheet: ParsedSheet, findings: tuple[Finding, ...]
) -> Verdict:
    failing = {finding.check for finding in findings if is_error(finding)}
    if failing:
        return Verdict("reported", checks=failing)
    lost = expected.figures.keys() - _figures(sheet).keys()
    absent = {key for key in lost & sheet.absent.keys() if _says_absent(sheet.absent[key])}
    omitted = absent | {key for key in lost if _is_omitted(expected, key, mutant)}
    why = [*_identity(expected, sheet), *(f"{key} is lost" for key in lost - omitted)]
    why += [f"{key} appears" for key in _figures(sheet).keys() - expected.figures.keys()]
    spans = _spans(sheet)
    for statement in sheet.statements:
        why += _misread(expected, statement, sheet, mutant, spans)
    total = _figures(sheet).get(_TOTAL)
    why += [f"prints {row!r}" for row in wrong_totals(mutant, total.value if total else None)]
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


_TOTAL: Key = ("missing_child_cases", "state")


def _says_absent(printed: str) -> bool:
    return spaced(seen(printed)) in {"n/a", "not available", "not applicable", "not reported"}


def _spans(sheet: ParsedSheet) -> list[tuple[int, int]]:
    return [(s.printed_span.start, s.printed_span.end) for s in sheet.statements]


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
    remains = [f" {left} {printed} ", f" {printed} {right} "]
    if key in expected.led_in_by and f" {expected.led_in_by[key]} " in " ".join(
        words_of(looks(mutant))
    ):
        return False
    return not any(words in text for words in remains)


def _misread(  # noqa: PLR0911
    expected: Expected,
    statement: Statement,
    sheet: ParsedSheet,
    mutant: str,
    spans: list[tuple[int, int]],
) -> list[str]:
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
    if any(first <= start and end <= last for first, last in hidden(mutant)):
        return [f"{where}: is hidden"]
    if struck := struck_numbers(mutant, quote.start, quote.end):
        return [f"{where}: stands beside the struck out {struck}"]
    if not _reads_as(statement):
        return [f"{where}: {statement.printed!r} reads as {read_figure(statement.printed)}"]
    place = place_of(mutant, start, end, spans, expected.year)
    if touching(place.before, place.behind):
        return [f"{where}: touches other characters"]
    if key not in expected.around:
        return []
    if key in expected.rows:
        total = _figures(sheet).get(_TOTAL)
        strange = strange_in_row(
            expected.around[key], place, statement.figure.value, total.value if total else None
        )
    else:
        strange = strange_in_sentence(expected.around[key], place)
    if strange:
        return [f"{where}: stands {strange}"]
    # A note may belong to another figure of the same sentence alone.
    told = spaced(seen(" ".join(s.note or "" for s in sheet.statements if s.quote_span == quote)))
    notes = notes_of(mutant, quote.start, quote.end, expected.year)
    return [f"{where}: leaves out the note {n!r}" for n in notes if spaced(seen(n)) not in told]


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
