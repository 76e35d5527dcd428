"""What must hold within a sheet: each check of the checklist, over all sheets of a batch at once.

Reads figures with a row a sheet, says which sheets break what, and puts that in words. The
relations are the catalog's; a check here knows no metric by name. Intervals are compared as
intervals: a check fails only where no true numbers could satisfy it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from pipeline.catalog.schema import AtMost, Catalog, Sum
from pipeline.checks import failed, passed
from pipeline.model import Finding
from pipeline.validate.statement_frames import SCALE, Columns, Rows, Subject, years_of

if TYPE_CHECKING:
    import pandas as pd

Broken = npt.NDArray[np.bool_]
"""A row a sheet, a column for each thing that a check looks at."""


class SheetCheck(ABC):
    """A check of the checklist by its ``name``."""

    name: ClassVar[str]

    @abstractmethod
    def broken(self, rows: Rows) -> Broken:
        """Where the sheets break it."""

    @abstractmethod
    def findings(self, subject: Subject, broken: Sequence[bool]) -> Iterator[Finding]:
        """The result for one sheet in words; ``broken`` is its row."""

    def holds(self, frame: pd.DataFrame) -> pd.Series[bool]:
        """Whether each sheet keeps it: what pandera asks."""
        import pandas as pd  # not waited for where a single sheet is checked

        return pd.Series(~self.broken(frame.to_numpy()).any(axis=1), index=frame.index)


class ValuesWithinBounds(SheetCheck):
    """Values, and of a range its other end too, lie within the bounds of their metrics."""

    name = "values_are_within_bounds"

    def __init__(self, catalog: Catalog) -> None:
        found, columns = catalog.series(), Columns(catalog)
        self._keys = columns.keys
        self._parts = [columns.of(part, self._keys) for part in ("value", "end")]
        self._bounds = [series.bounds for _, series in found]
        self._is_whole = [metric.kind != "share" for metric, _ in found]
        self._low, self._high = np.array(self._bounds, dtype=float).T * SCALE
        if self._high.max() >= 2**53:
            raise ValueError("a bound in metrics.yml is too large to be compared exactly")

    def broken(self, rows: Rows) -> Broken:
        """The values of all series, then the other ends of all series."""
        outside: Broken = np.hstack([self._outside(rows[:, places]) for places in self._parts])
        return outside

    def _outside(self, numbers: npt.NDArray[np.float64]) -> Broken:
        in_parts = np.array(self._is_whole) & (numbers % SCALE > 0)
        outside: Broken = (numbers < self._low) | (numbers > self._high) | in_parts
        return outside

    def findings(self, subject: Subject, broken: Sequence[bool]) -> Iterator[Finding]:
        """A failure for each number that is out of bounds."""
        keys = [*self._keys, *self._keys]
        for place in np.flatnonzero(broken):
            (metric, of), is_end = keys[place], place >= len(self._keys)
            figure = subject.figures[metric, of]
            number = figure.upper if is_end else figure.value
            low, high = self._bounds[place % len(self._keys)]
            whole = "whole " if self._is_whole[place % len(self._keys)] else ""
            expected = f"a {whole}number from {low:,} to {high:,}"
            message = (
                f"{subject.name} {metric} of {of}: {number:,}, expected {expected}; check the "
                "sheet, or widen the bounds in metrics.yml"
            )
            yield failed(self.name, message, expected=expected, found=str(number), metric=metric)
        if not any(broken):
            count = len(subject.sheet.statements)
            yield passed(self.name, f"{subject.name}: {count} values within bounds")


class PartsSumToTotals(SheetCheck):
    """The parts of each sum that the catalog knows of a sheet's year add up to its whole."""

    name = "parts_sum_to_totals"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._columns = catalog, Columns(catalog)
        self._sums = [relation for relation in catalog.relations if isinstance(relation, Sum)]

    def broken(self, rows: Rows) -> Broken:
        """A column for each sum; a sum with a hole is broken, for a hole is no zero.

        What is printed as not available is any number from zero on.
        """
        years = years_of(rows)
        of_year = {year: self._of_year(year) for year in set(years)}
        broken = [self._is_broken(rows, relation) for relation in self._sums]
        applies = np.array([of_year[year] for year in years], dtype=bool)
        found: Broken = np.array(broken, dtype=bool).reshape(len(self._sums), len(rows)).T
        found &= applies.reshape(len(rows), len(self._sums))
        return found

    def _of_year(self, year: int | None) -> list[bool]:
        """Which sums hold in a year; 0 or None where the sheet does not say which it is of."""
        holding = self._catalog.sums(year or None)
        return [any(relation is one for one in holding) for relation in self._sums]

    def _is_broken(self, rows: Rows, relation: Sum) -> npt.NDArray[np.bool_]:
        keys = [relation.whole, *relation.parts]
        lower, upper, absent = (
            rows[:, self._columns.of(part, keys)] for part in ("lower", "upper", "absent")
        )
        has_figure = ~np.isnan(lower)
        is_open = ~has_figure & ~np.isnan(absent)
        lower, upper = np.where(is_open, 0, lower), np.where(is_open, np.inf, upper)
        printed = has_figure | is_open
        meet = (lower[:, 1:].sum(axis=1) <= upper[:, 0]) & (lower[:, 0] <= upper[:, 1:].sum(axis=1))
        found: npt.NDArray[np.bool_] = has_figure.any(axis=1) & ~(printed.all(axis=1) & meet)
        return found

    def findings(self, subject: Subject, broken: Sequence[bool]) -> Iterator[Finding]:
        """A result for each sum of which the sheet prints anything."""
        applies = self._of_year(subject.sheet.year)
        for relation, is_broken, holds in zip(self._sums, broken, applies, strict=True):
            keys = [relation.whole, *relation.parts]
            if not holds or not any(key in subject.figures for key in keys):
                continue  # the sheet prints nothing of it; whether it must is another check
            metric = relation.whole[0]
            printed = subject.figures.keys() | subject.wordings.keys()
            absent = [f"{name} of {of}" for name, of in keys if (name, of) not in printed]
            if absent:
                found = f"{', '.join(absent)} not found"
                message = (
                    f"{subject.name} {metric}: {found}, so the parts cannot be added up; see the "
                    "table"
                )
                expected = "total and all parts"
                yield failed(self.name, message, expected=expected, found=found, metric=metric)
                continue
            values = [
                subject.figures[key].value if key in subject.figures else None for key in keys
            ]
            total, *parts = ("not available" if one is None else f"{one:,}" for one in values)
            shown, added = " + ".join(parts), sum(filter(None, values[1:]), Decimal(0))
            if not is_broken:
                sign = "and" if None in values else "="
                message = f"{subject.name} {metric}: {shown} {sign} {total}"
                yield passed(self.name, message, metric=metric)
                continue
            message = (
                f"{subject.name} {metric}: rows {shown} = {added:,}, stated {total}; "
                "compare the table with the sheet"
            )
            expected = f"{values[0]}"
            yield failed(self.name, message, expected=expected, found=f"{added}", metric=metric)


class PartsNotAboveWholes(SheetCheck):
    """No figure can only be above one that it is part of."""

    name = "parts_do_not_exceed_wholes"

    def __init__(self, catalog: Catalog) -> None:
        self._pairs = [relation for relation in catalog.relations if isinstance(relation, AtMost)]
        columns = Columns(catalog)
        self._smaller = columns.of("lower", [pair.smaller for pair in self._pairs])
        self._larger = columns.of("upper", [pair.larger for pair in self._pairs])

    def broken(self, rows: Rows) -> Broken:
        """A column for each pair; one that is not printed breaks nothing."""
        above: Broken = rows[:, self._smaller] > rows[:, self._larger]
        return above

    def findings(self, subject: Subject, broken: Sequence[bool]) -> Iterator[Finding]:
        """A result for each pair of which the sheet prints both."""
        for relation, is_broken in zip(self._pairs, broken, strict=True):
            smaller = subject.figures.get(relation.smaller)
            larger = subject.figures.get(relation.larger)
            if smaller is None or larger is None:
                continue
            metric = relation.smaller[0]
            pair = " and ".join(map(" of ".join, (relation.smaller, relation.larger)))
            if not is_broken:
                message = f"{subject.name} {pair}: {smaller.value:,} and {larger.value:,}"
                yield passed(self.name, message, metric=metric)
                continue
            message = (
                f"{subject.name} {pair}: {smaller.value:,} is above {larger.value:,}. "
                f"{relation.why} Compare both sentences with the sheet."
            )
            yield failed(
                self.name,
                message,
                expected=f"at most {larger.value}",
                found=f"{smaller.value}",
                metric=metric,
            )


class SpansReread(SheetCheck):
    """Reading the spans of every statement again yields its quote, its wording and its figure."""

    name = "spans_reread"

    def __init__(self, catalog: Catalog) -> None:
        self._misread = Columns(catalog).of_sheets("misread")

    def broken(self, rows: Rows) -> Broken:
        """One column; texts were read again when the rows were made of them."""
        misread: Broken = ~np.isnan(rows[:, self._misread])
        return misread

    def findings(self, subject: Subject, broken: Sequence[bool]) -> Iterator[Finding]:
        """The first statement that is not borne out, or that all are."""
        if not any(broken) or subject.misread is None:
            count = len(subject.sheet.statements)
            message = f"{subject.name}: {count} spans re-read to their quotes"
            yield passed(self.name, message)
            return
        statement, problem, found = subject.misread
        metric = statement.metric
        message = f"{subject.name} {metric}: {problem}; report this fault of the parser"
        yield failed(self.name, message, expected=statement.printed, found=found, metric=metric)
