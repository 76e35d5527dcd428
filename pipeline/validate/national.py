"""A national figure that many sheets print: which wording of it stands.

Reads how many sheets print each wording of one figure, gives the one that is published. Every
sheet prints the nation's figures, so a sheet that prints them otherwise is outvoted or reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.catalog.schema import Catalog
from pipeline.model import Figure, number_text

Key = tuple[int, str]
"""Year and metric."""

Ends = Mapping[str, tuple[bool, bool]]
"""For each qualifier whether the true number can be the lower and the upper bound itself."""


def ends_of(catalog: Catalog) -> Ends:
    """Which ends of an interval belong to it, by qualifier."""
    return {q.qualifier: (q.lower_included, q.upper_included) for q in catalog.qualifiers}


@dataclass(frozen=True, slots=True)
class _Interval:
    """The numbers that a wording allows; an end is a bound and whether it belongs to it."""

    lower: tuple[Decimal, bool] | None
    upper: tuple[Decimal, bool] | None

    @classmethod
    def of(cls, figure: Figure, ends: Ends) -> _Interval:
        lower, upper = ends[figure.qualifier]
        return cls(
            None if figure.lower is None else (figure.lower, lower),
            None if figure.upper is None else (figure.upper, upper),
        )

    def within(self, other: _Interval) -> bool:
        """Whether every number of this one is one of the other's."""
        above = other.lower is None or (
            self.lower is not None
            and (self.lower[0], not self.lower[1]) >= (other.lower[0], not other.lower[1])
        )
        below = other.upper is None or (self.upper is not None and self.upper <= other.upper)
        return above and below

    def meets(self, other: _Interval) -> bool:
        """Whether a number is in both."""
        return self._starts_before_end_of(other) and other._starts_before_end_of(self)

    def _starts_before_end_of(self, other: _Interval) -> bool:
        if self.lower is None or other.upper is None:
            return True
        (lower, has_lower), (upper, has_upper) = self.lower, other.upper
        return lower < upper or (lower == upper and has_lower and has_upper)

    @property
    def width(self) -> Decimal:
        if self.lower is None or self.upper is None:
            return Decimal("Infinity")
        return self.upper[0] - self.lower[0]


def implies(one: Figure, other: Figure, ends: Ends) -> bool:
    """Whether the second wording is true wherever the first is: it is the same or a wider one."""
    return _Interval.of(one, ends).within(_Interval.of(other, ends))


def contradict(one: Figure, other: Figure, ends: Ends) -> bool:
    """Whether two wordings cannot be of one number.

    No number is "more than 18,000" and 17,990. Nor are "36.2 million" and "36.3 million" wordings
    of one number, although their intervals overlap where the first is cut off and the second
    rounded up: one publisher shortens a number in one way.
    """
    intervals = _Interval.of(one, ends), _Interval.of(other, ends)
    if not intervals[0].meets(intervals[1]):
        return True
    nested = intervals[0].within(intervals[1]) or intervals[1].within(intervals[0])
    return one.qualifier == other.qualifier and not nested


def standing(
    counts: Mapping[Figure, int], ends: Ends, corroborated: Decimal | None = None
) -> Figure | None:
    """The wording that is published, None if the figure is withheld.

    The wording that most sheets print stands, unless half of all sheets or more contradict it. Of
    wordings that equally many print, the widest stands, as it is true of the others; a narrower
    one only if it holds the number that the publisher printed elsewhere.

    Args:
        counts: how many sheets print each wording.
        ends: which ends of an interval belong to it.
        corroborated: the exact number as printed elsewhere, if it was.
    """
    most = max(counts.values())
    leading = [figure for figure in counts if counts[figure] == most]
    possible = [one for one in leading if all(implies(other, one, ends) for other in leading)]
    if corroborated is not None:
        exact = Figure(corroborated, "exact", corroborated, corroborated)
        possible += [
            one
            for one in leading
            if implies(exact, one, ends) and not any(contradict(one, o, ends) for o in leading)
        ]
    if not possible:
        return None

    def breadth(one: Figure) -> tuple[Decimal, int, Decimal, str]:
        narrower = sum(implies(other, one, ends) for other in leading)
        return _Interval.of(one, ends).width, narrower, one.value, one.qualifier

    chosen = min(possible, key=breadth)
    against = sum(count for other, count in counts.items() if contradict(other, chosen, ends))
    return chosen if 2 * against < sum(counts.values()) else None


@dataclass(frozen=True, slots=True)
class Vote:
    """The wordings that sheets print of one national figure, and the one that stands, if any.

    ``wordings`` are rows of STATEMENTS, of each wording the first, with the number of ``sheets``.
    """

    year: int
    metric: str
    wordings: list[Any]
    counts: Counter[Figure]
    figure: Figure | None

    @classmethod
    def of(cls, wordings: list[Any], ends: Ends, corroborated: Decimal | None) -> Vote:
        """Count the wordings of one figure."""
        counts: Counter[Figure] = Counter()
        for row in wordings:
            counts[figure_of(row)] += row.sheets
        year, metric = wordings[0].year, wordings[0].metric
        return cls(year, metric, wordings, counts, standing(counts, ends, corroborated))

    @property
    def as_printed(self) -> str | None:
        """The wording that stands, as printed; None where none is printed without a correction."""
        fitting = (row for row in self.wordings if figure_of(row) == self.figure)
        return next((row.printed for row in fitting if row.corrected is None), None)

    @property
    def printed(self) -> str:
        """The wording that stands; a corrected value where no sheet prints it."""
        assert self.figure is not None, self
        return self.as_printed or number_text(self.figure.value)

    @property
    def in_words(self) -> str:
        """How many sheets print the wording that stands."""
        assert self.figure is not None, self
        support = f"{self.counts[self.figure]} of {self.counts.total()}"
        return f"{self.year} {self.metric}: {support} sheets print {self.printed!r}"


def figure_of(row: Any) -> Figure:
    """The figure of a row of STATEMENTS, as corrected if it is."""
    if row.corrected is not None:
        return Figure(row.corrected, "exact", row.corrected, row.corrected)
    return Figure(row.value, row.qualifier, row.lower, row.upper)
