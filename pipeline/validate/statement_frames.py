"""The statements of sheets as numbers, a row a sheet: what the checks of a sheet are asked of.

Reads parsed sheets with their texts, gives floats. A sheet without a single statement has a row
too. What must hold of a row stands in ``sheet_checks``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import inf, nan

import numpy as np
import numpy.typing as npt

from pipeline.catalog.schema import Catalog
from pipeline.catalog.wording import Of
from pipeline.model import Figure, Statement
from pipeline.parse.numbers import NumberGrammar
from pipeline.parse.sheet import ParsedSheet
from pipeline.sheets.normalize import normalize

Key = tuple[str, Of]
"""A metric, and whether it is the nation's or the state's."""

Rows = npt.NDArray[np.float64]
"""A row a sheet, and the columns that :class:`Columns` names."""

SCALE = 10_000
"""Figures stand in it in ten-thousandths, in which every printed one is a whole number.
Floats hold these exactly up to 9e11, which every bound of the catalog is below."""

_PARTS = ("value", "end", "lower", "upper", "wordings", "absent")
"""Of each figure; an end that the wording leaves open is infinite, ``end`` is that of a range.
``wordings`` counts the different ones, ``absent`` is 1 where it is printed as not available."""

_OF_SHEETS = ("year", "misread")
"""The reporting year, and 1 where a statement's spans do not read as they should."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A sheet with what its checks need to be put in words.

    ``figures`` have corrections in place, ``wordings`` hold each different one as printed, None for
    what is printed as not available; ``misread`` is the first statement that its text does
    not bear out, with the reason.
    """

    sheet: ParsedSheet
    figures: dict[tuple[str, str], Figure]
    wordings: dict[tuple[str, str], dict[Figure | None, str]]
    misread: tuple[Statement, str, str] | None

    @classmethod
    def of(cls, sheet: ParsedSheet, text: str, numbers: NumberGrammar) -> Subject:
        """A parsed sheet and the text to which its spans refer."""
        return cls(sheet, sheet.figures(), _wordings(sheet), _first_misread(sheet, text, numbers))

    @property
    def name(self) -> str:
        """How messages call the sheet."""
        return self.sheet.name


class Columns:
    """Where things stand in a row: names and places of its columns."""

    def __init__(self, catalog: Catalog) -> None:
        self.keys: list[Key] = [(metric.metric, series.of) for metric, series in catalog.series()]
        self.names = [
            *_OF_SHEETS,
            *(f"{part}: {metric} of {of}" for part in _PARTS for metric, of in self.keys),
        ]
        self._places = {key: place for place, key in enumerate(self.keys)}

    def of(self, part: str, keys: Iterable[Key]) -> list[int]:
        """The places of one part of some figures."""
        first = len(_OF_SHEETS) + _PARTS.index(part) * len(self.keys)
        return [first + self._places[key] for key in keys]

    def of_sheets(self, name: str) -> list[int]:
        """The place of what is one a sheet."""
        return [_OF_SHEETS.index(name)]


def statement_rows(subjects: Sequence[Subject], catalog: Catalog) -> Rows:
    """A row a sheet with the figures of all series of the catalog; nan where none is printed."""
    columns = Columns(catalog)
    places: dict[tuple[str, str], int] = dict(
        zip(columns.keys, columns.of(_PARTS[0], columns.keys), strict=True)
    )
    ranges = {entry.qualifier for entry in catalog.qualifiers if entry.interval == "range"}
    rows = np.full((len(subjects), len(columns.names)), nan)
    for row, subject in zip(rows, subjects, strict=True):
        row[0] = nan if subject.sheet.year is None else subject.sheet.year
        row[1] = nan if subject.misread is None else 1
        for (metric, of), figure in subject.figures.items():
            row[places[metric, of] :: len(columns.keys)][:4] = (
                _scaled(figure.value, nan),
                _scaled(figure.upper, nan) if figure.qualifier in ranges else nan,
                _scaled(figure.lower, -inf),
                _scaled(figure.upper, inf),
            )
        for (metric, of), printed in subject.wordings.items():
            place = places[metric, of]
            row[place + _PARTS.index("wordings") * len(columns.keys)] = len(printed)
            if None in printed:
                row[place + _PARTS.index("absent") * len(columns.keys)] = 1
    return rows


def years_of(rows: Rows) -> list[int]:
    """The reporting year of each sheet, 0 where its text does not settle it."""
    years = rows[:, _OF_SHEETS.index("year")]
    return [int(year) for year in np.nan_to_num(years)]


def _wordings(sheet: ParsedSheet) -> dict[tuple[str, str], dict[Figure | None, str]]:
    found: dict[tuple[str, str], dict[Figure | None, str]] = defaultdict(dict)
    for statement in sheet.statements:
        printed = found[statement.metric, statement.of]
        printed.setdefault(statement.figure, statement.printed)
    for key, text in sheet.absent.items():
        found[key][None] = text
    return dict(found)


def _scaled(number: Decimal | None, missing: float) -> float:
    return missing if number is None else float(number * SCALE)


def _first_misread(
    sheet: ParsedSheet, text: str, numbers: NumberGrammar
) -> tuple[Statement, str, str] | None:
    """A statement that its text does not bear out, why, and what stands there."""
    for statement in sheet.statements:
        problem = _span_problem(statement, text, numbers)
        if problem:
            return statement, problem, statement.printed_span.of(text) or "nothing"
    return None


def _span_problem(statement: Statement, text: str, numbers: NumberGrammar) -> str | None:
    if statement.quote_span.of(text) != statement.quote:
        return "the span of the sentence does not re-read to its quote"
    if statement.printed_span.of(text) != statement.printed:
        return "the span of the figure does not re-read to its wording"
    if not statement.quote_span.contains(statement.printed_span):
        return "the figure does not stand in its quote"
    # A link around the number alone begins within what is printed and ends behind it.
    if numbers.read(_canonical(statement.printed.replace("[", ""))) != statement.figure:
        return "the wording of the figure reads as another figure"
    return None


@lru_cache(maxsize=1 << 16)
def _canonical(printed: str) -> str:
    """The canonical form of a printed figure; sheets print the same ones over and over."""
    return normalize(printed, is_piece=True).text
