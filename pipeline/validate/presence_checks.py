"""What a sheet must print, and that it prints it once: two checks of ``schemas``.

Read the rows of figures as the checks of ``sheet_checks`` do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.catalog.schema import Catalog
from pipeline.catalog.years import Years, distance
from pipeline.checks import failed, passed
from pipeline.model import Finding, few
from pipeline.validate.sheet_checks import Broken, SheetCheck
from pipeline.validate.statement_frames import Columns, Rows, Subject, years_of


class RequiredPrinted(SheetCheck):
    """Each required metric of the year is printed, as a figure or as not available.

    Of metrics that the catalog calls one of, at least one set is printed whole.
    """

    name = "required_metrics_are_printed"

    def __init__(self, catalog: Catalog) -> None:
        columns = Columns(catalog)
        self._printed = [columns.of(part, columns.keys) for part in ("value", "absent")]
        series = [(entry.presence, entry.printed_years) for _, entry in catalog.series()]
        self._required = [
            place for place, (presence, _) in enumerate(series) if presence == "required"
        ]
        self._groups = [
            [[self._places(columns, metric) for metric in members] for members in group.sets]
            for group in catalog.one_of
        ]
        self._years: list[Years | None] = [series[place][1] for place in self._required]
        self._years += [group.years for group in catalog.one_of]
        self._names = [" of ".join(columns.keys[place]) for place in self._required]
        self._names += [
            " or ".join("+".join(members) for members in group.sets) for group in catalog.one_of
        ]

    @staticmethod
    def _places(columns: Columns, metric: str) -> list[int]:
        return [place for place, (name, _) in enumerate(columns.keys) if name == metric]

    def broken(self, rows: Rows) -> Broken:
        """A column for each required series, then one for each group."""
        value, absent = (rows[:, places] for places in self._printed)
        printed = ~np.isnan(value) | ~np.isnan(absent)
        missing = [~printed[:, place] for place in self._required]
        missing += [~self._some_set(printed, group) for group in self._groups]
        years = years_of(rows)
        asked = {
            year: [distance(range_, year or None) == 0 for range_ in self._years]
            for year in set(years)
        }
        found: Broken = np.array(missing, dtype=bool).reshape(len(self._years), len(rows)).T
        found &= np.array([asked[y] for y in years], dtype=bool).reshape(found.shape)
        return found

    @staticmethod
    def _some_set(printed: Broken, group: list[list[list[int]]]) -> npt.NDArray[np.bool_]:
        whole = [
            np.all([printed[:, places].any(axis=1) for places in members], axis=0)
            for members in group
        ]
        some: npt.NDArray[np.bool_] = np.any(whole, axis=0)
        return some

    def findings(self, subject: Subject, broken: Sequence[bool]) -> Iterator[Finding]:
        """A failure for each metric or group that is missing."""
        for place in np.flatnonzero(broken):
            missing = self._names[place]
            metric = missing.partition(" of ")[0] if place < len(self._required) else None
            message = (
                f"{subject.name}: {missing} is not found; compare the sheet's paragraph with the "
                "wording in the catalog, `statedata explain` shows both"
            )
            yield failed(self.name, message, expected=missing, found="no match", metric=metric)
        if not any(broken):
            yield passed(self.name, f"{subject.name}: every required metric is printed")


class PrintedOnce(SheetCheck):
    """A metric that is printed more than once has the same figure each time."""

    name = "metrics_are_printed_once"

    def __init__(self, catalog: Catalog) -> None:
        columns = Columns(catalog)
        self._keys = columns.keys
        self._wordings = columns.of("wordings", columns.keys)

    def broken(self, rows: Rows) -> Broken:
        """A column for each series."""
        several: Broken = rows[:, self._wordings] > 1
        return several

    def findings(self, subject: Subject, broken: Sequence[bool]) -> Iterator[Finding]:
        """A failure for each series of which the sheet prints different figures."""
        for place in np.flatnonzero(broken):
            metric, of = key = self._keys[place]
            printed = few([repr(wording) for wording in subject.wordings[key].values()], " and ")
            message = (
                f"{subject.name}: {metric} of {of} is printed as {printed}; settle which one holds"
            )
            yield failed(self.name, message, expected="one figure", found=printed, metric=metric)
        if not any(broken):
            count = len(subject.wordings)
            yield passed(self.name, f"{subject.name}: {count} metrics, one figure each")
