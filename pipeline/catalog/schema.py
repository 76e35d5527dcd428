"""The catalog as checked, frozen models; the second stop of the straight line.

Says what an entry may be and what entries may say of each other; ``catalog.load`` reads them
from their files. Nothing about any sheet is known here, and nothing about the publisher's wording is
known anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from pipeline.catalog.templates import slots_of
from pipeline.catalog.wording import (
    Aside,
    Entry,
    Of,
    Qualifier,
    Rule,
    Sentence,
    Table,
    YearRange,
    template,
)
from pipeline.catalog.years import Years, nearest
from pipeline.model import NATION

Kind = Literal["count", "share", "one_in"]
Presence = Literal["required", "optional", "one_of"]


def _bounds_in_order(bounds: tuple[int, int]) -> tuple[int, int]:
    if bounds[1] < bounds[0]:
        raise ValueError(f"the bounds {bounds[0]} to {bounds[1]} run backwards")
    return bounds


class Series(Entry):
    """A metric as printed for the nation or for a state; ``bounds`` in the metric's unit.

    Sheets of ``printed_years`` must print it if its presence is required; in other years it may
    be missing, and where it is printed, a warning says so. None stands for all years.
    """

    of: Of
    presence: Presence
    printed_years: YearRange | None = None
    bounds: Annotated[tuple[int, int], AfterValidator(_bounds_in_order)]


class Metric(Entry):
    """What is measured: definition, unit, kind, period, and the series printed of it."""

    metric: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    definition: str
    program: str
    unit: str
    kind: Kind
    period: Literal["calendar_year", "cumulative", "stock"]
    series: Annotated[tuple[Series, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_series_each(self) -> Self:
        if len({series.of for series in self.series}) != len(self.series):
            raise ValueError("two series of the same jurisdictions")
        return self


class OneOf(Entry):
    """Sets of metrics of which a sheet of ``years`` prints at least one whole."""

    group: str
    years: YearRange | None = None
    sets: Annotated[tuple[tuple[str, ...], ...], Field(min_length=2)]


def _metric_of(text: Any) -> Any:
    if isinstance(text, str):
        metric, separator, of = text.partition(" of ")
        if not separator or of not in ("US", "state"):
            raise ValueError(f"{text!r} is not written 'metric of US' or 'metric of state'")
        return (metric, of)
    return text


MetricOf = Annotated[tuple[str, Of], BeforeValidator(_metric_of)]


Text = Annotated[str, Field(min_length=1, pattern=r"^\S[^\n\r]*$")]
"""One line of text."""

WebAddress = Annotated[str, Field(pattern=r"^https?://\S+$")]


class Sum(Entry):
    """``parts`` add up to ``whole``; of several for one whole, the one nearest in ``years`` holds."""

    whole: MetricOf
    years: YearRange | None = None
    parts: Annotated[tuple[MetricOf, ...], Field(min_length=2)]

    @property
    def members(self) -> tuple[MetricOf, ...]:
        """Every metric that it names."""
        return (self.whole, *self.parts)


class AtMost(Entry):
    """``smaller`` is not above ``larger``, for the reason in ``why``."""

    smaller: MetricOf
    larger: MetricOf
    why: str

    @property
    def members(self) -> tuple[MetricOf, ...]:
        """Every metric that it names."""
        return (self.smaller, self.larger)


_CODE = "[A-Z]{2}-[A-Z0-9]{1,3}"
"""ISO 3166-2, of any country; the nation is NATION."""


class Jurisdiction(Entry):
    """A state, district or territory, or the nation; ``names`` as printed, the plain name first."""

    jurisdiction: Annotated[str, Field(pattern=rf"^(?:{NATION}|{_CODE})$")]
    fips: str
    name: str
    kind: Literal["nation", "state", "district", "territory"]
    names: tuple[str, ...]


class Correction(Entry):
    """A printed figure that a maintainer replaced, bound to one file content and wording."""

    sheet: Annotated[str, Field(pattern=rf"^(?:19|20)\d\d/{_CODE}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    metric: MetricOf
    printed: str
    corrected: Decimal
    reason: str
    link: str


class Note(Entry):
    """What keeps a metric's figures of some years from being compared with others."""

    metric: str
    from_year: int
    to_year: int | None
    kind: Literal["series_break", "use", "other_counts", "wording", "definition", "coverage"]
    note: str
    source: str


class Population(Entry):
    """Residents of a place on July 1 of a year, by one vintage of estimates."""

    vintage: int
    year: int
    jurisdiction: str
    population: int
    population_under_18: int | None


class Corroboration(Entry):
    """A figure that the publisher printed elsewhere, with its source and page."""

    year: int
    jurisdiction: str
    metric: str
    value: Decimal
    source: str
    page: int


class Source(Entry):
    """Something that the dataset is made of: its title, owner, site, and on what terms."""

    title: Text
    owner: Text
    site: WebAddress
    terms: Text


class Publisher(Entry):
    """Whose sheets they are, and what the dataset that is compiled from them is called.

    ``publisher`` in full and ``short``; ``sheets`` is what the sheets are called in a sentence.
    ``name`` is the dataset's for machines, ``title`` for people, ``creator`` compiles it.
    ``references`` are the sources of population.csv and the like; ``help``, in HTML, says where
    readers of the pages find help.
    """

    publisher: Text
    short: Text
    sheets: Text
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    creator: Text
    description: Text
    keywords: Annotated[tuple[Text, ...], Field(min_length=1)]
    website: WebAddress
    references: tuple[Source, ...] = ()
    help: Text | None = None

    @property
    def compiled(self) -> str:
        """What the dataset is and is not, as part of a sentence."""
        return f"compiled from {self.short}'s {self.sheets}; not {self.short}'s own dataset"


class MetricsFile(Entry):
    """The content of metrics.yml."""

    metrics: tuple[Metric, ...]
    one_of: tuple[OneOf, ...]
    relations: tuple[Sum | AtMost, ...]


class SentencesFile(Entry):
    """The content of sentences.yml."""

    sentences: tuple[Sentence, ...]
    tables: tuple[Table, ...]
    titles: tuple[Annotated[str, template("name", "year", anchored=True)], ...]
    states: tuple[Annotated[str, template("state", "year", anchored=True)], ...]
    headings: tuple[Annotated[str, template(anchored=True)], ...] = ()
    issued: tuple[Annotated[str, template("date")], ...] = ()


class Catalog(MetricsFile, SentencesFile):
    """All that is known of the publisher. ``digest`` is the sha256 over the files it came from."""

    publisher: Publisher
    asides: tuple[Aside, ...]
    qualifiers: tuple[Qualifier, ...]
    rules: tuple[Rule, ...]
    corrections: tuple[Correction, ...]
    notes: tuple[Note, ...]
    jurisdictions: tuple[Jurisdiction, ...]
    population: tuple[Population, ...]
    corroboration: tuple[Corroboration, ...]
    digest: str

    def metric(self, metric: str) -> Metric:
        """The metric of that id."""
        return next(entry for entry in self.metrics if entry.metric == metric)

    def table(self, table: str) -> Table:
        """The table of that id."""
        return next(entry for entry in self.tables if entry.table == table)

    def measured(self, slot: str) -> tuple[Metric, Series] | None:
        """The metric and the series that a sentence's slot names; None if it names none.

        ``US:metric`` and ``state:metric`` say whose figure it is; the bare metric does where it
        has one series.
        """
        of, _, name = slot.rpartition(":")
        series = [
            (metric, one)
            for metric, one in self.series()
            if metric.metric == name and of in ("", one.of)
        ]
        return series[0] if len(series) == 1 else None

    def series(self) -> list[tuple[Metric, Series]]:
        """Every metric with each of its series, in the catalog's order."""
        return [(metric, series) for metric in self.metrics for series in metric.series]

    def printed(self) -> Iterator[tuple[MetricOf, Years]]:
        """Every metric that a sentence or a table's row prints, with the years of that wording."""
        for sentence in self.sentences:
            for slot in slots_of(sentence.text):
                if (measured := self.measured(slot)) is not None:
                    yield (measured[0].metric, measured[1].of), sentence.years
        for table in self.tables:
            yield from (((row.metric, table.of), table.years) for row in table.rows)

    def sums(self, year: int | None) -> list[Sum]:
        """The sums that must hold in a sheet of that year."""
        sums = [relation for relation in self.relations if isinstance(relation, Sum)]
        wholes = dict.fromkeys(relation.whole for relation in sums)
        return [
            relation
            for whole in wholes
            for relation in nearest(
                [one for one in sums if one.whole == whole], year, lambda one: one.years
            )
        ]
