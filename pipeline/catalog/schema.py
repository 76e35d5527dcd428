"""The catalog as checked, frozen models; the second stop of the straight line.

Says what an entry may be and what entries may say of each other; ``catalog.load`` reads them
from their files. Nothing about any sheet is known here, and nothing about NCMEC's wording is
known anywhere else.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from pipeline.catalog.templates import (
    check_anchored,
    check_slots,
    check_slots_apart,
    slots_of,
)
from pipeline.catalog.years import Years, nearest

Of = Literal["US", "state"]
Kind = Literal["count", "share", "one_in"]
Presence = Literal["required", "optional", "one_of"]

PLAIN_SLOTS = frozenset({"state", "name", "year", "earlier", "any_year", "date", "n", "i", "url"})
"""Slots that are no metric; which of them a template may hold depends on what it is for."""


def _template(*slots: str, anchored: bool = False) -> AfterValidator:
    """Check a template at load; ``anchored`` demands words for a fast search."""

    def check(text: str) -> str:
        check_slots(text, frozenset(slots).__contains__)
        if anchored:
            check_anchored(text)
        return text

    return AfterValidator(check)


def _sentence(text: str) -> str:
    """Check a sentence: slots that are not plain are metrics, at least one of them."""
    allowed = {"state", "year"}
    check_slots(text, lambda name: name in allowed or name not in PLAIN_SLOTS)
    check_anchored(text)
    check_slots_apart(text)
    if allowed.issuperset(slots_of(text)):
        raise ValueError(f"{text!r} holds no metric, such as {{missing_child_cases}}")
    return text


def _years_in_order(years: Years) -> Years:
    if years[1] is not None and years[1] < years[0]:
        raise ValueError(f"the year range {years[0]}-{years[1]} runs backwards")
    return years


YearRange = Annotated[Years, AfterValidator(_years_in_order)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _bounds_in_order(bounds: tuple[int, int]) -> tuple[int, int]:
    if bounds[1] < bounds[0]:
        raise ValueError(f"the bounds {bounds[0]} to {bounds[1]} run backwards")
    return bounds


class Series(_Entry):
    """A metric as printed for the nation or for a state; ``bounds`` in the metric's unit.

    Sheets of ``printed_years`` must print it if its presence is required; in other years it may
    be missing, and where it is printed, a warning says so. None stands for all years.
    """

    of: Of
    presence: Presence
    printed_years: YearRange | None = None
    bounds: Annotated[tuple[int, int], AfterValidator(_bounds_in_order)]


class Metric(_Entry):
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


class Row(_Entry):
    """One row of a table: its printed label and the metric its number measures."""

    metric: str
    label: str


class Table(_Entry):
    """A table behind a sentence, with the closed set of its rows, and labels of its total."""

    table: str
    of: Of
    years: YearRange
    totals: tuple[str, ...] = ()
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]


class Sentence(_Entry):
    """One whole sentence with figures, as printed, and the years it is evidenced for."""

    sentence: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    years: YearRange
    text: Annotated[str, AfterValidator(_sentence)]
    tables: tuple[str, ...] = ()


class Aside(_Entry):
    """Words that may stand in a sentence besides its own, and why they change no figure.

    ``set_off`` ones stand between brackets, commas or dashes, ``before_figure`` and
    ``behind_year`` right there. With ``note`` they travel with the figures of the sentence.
    """

    aside: str
    reason: str
    note: bool = False
    set_off: tuple[Annotated[str, _template("n", "earlier", "date")], ...] = ()
    before_figure: tuple[str, ...] = ()
    behind_year: tuple[str, ...] = ()


class OneOf(_Entry):
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


class Sum(_Entry):
    """``parts`` add up to ``whole``; of several for one whole, the one nearest in ``years`` holds."""

    whole: MetricOf
    years: YearRange | None = None
    parts: Annotated[tuple[MetricOf, ...], Field(min_length=2)]


class AtMost(_Entry):
    """``smaller`` is not above ``larger``, for the reason in ``why``."""

    smaller: MetricOf
    larger: MetricOf
    why: str


def _two_numbers(form: str) -> str:
    before, low, rest = form.partition("{low}")
    between, high, behind = rest.partition("{high}")
    if not low or not high or not between or behind or "{" in before + between:
        raise ValueError(f"{form!r} must hold {{low}}, words behind it, and {{high}} at its end")
    return form


class Qualifier(_Entry):
    """How the words around a number bound the true number.

    ``words`` stand before the number, ``signs`` right before it, ``suffixes`` behind it,
    ``ranges`` around two of them.
    """

    qualifier: str
    meaning: str
    interval: Literal["point", "shortened", "above", "below", "just_below", "around", "range"]
    lower_included: bool
    upper_included: bool
    words: tuple[str, ...]
    signs: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    ranges: tuple[Annotated[str, AfterValidator(_two_numbers)], ...] = ()

    @model_validator(mode="after")
    def _ranges_are_ranges(self) -> Self:
        if (self.interval == "range") != bool(self.ranges):
            raise ValueError("interval range and the wordings in ranges belong together")
        if self.interval == "range" and (self.words or self.signs or self.suffixes):
            raise ValueError("a range has no words or suffixes of its own")
        return self


class Rule(_Entry):
    """Wordings whose numerals are no figures, and why.

    A numeral at the end of a pattern must end its clause, too: "in {year}" explains nothing in
    "in 2023 additional cases". A rule that ``counts_up`` explains numerals only where they count
    up from 1, at least to 2; one of a ``line`` only where the pattern is the whole line.
    """

    rule: str
    reason: str
    counts_up: bool = False
    line: bool = False
    patterns: tuple[Annotated[str, _template("year", "any_year", "i", "url")], ...]

    @model_validator(mode="after")
    def _counts_one_number(self) -> Self:
        for text in self.patterns if self.counts_up else ():
            if text.count("{i}") != 1:
                raise ValueError(f"counts_up needs {{i}} once in {text!r}")
        return self


class Jurisdiction(_Entry):
    """A state, district or territory, or the nation; ``names`` as printed, the plain name first."""

    jurisdiction: str
    fips: str
    name: str
    kind: Literal["nation", "state", "district", "territory"]
    names: tuple[str, ...]


class Correction(_Entry):
    """A printed figure that a maintainer replaced, bound to one file content and wording."""

    sheet: Annotated[str, Field(pattern=r"^(?:19|20)\d\d/US-[A-Z]{2}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    metric: MetricOf
    printed: str
    corrected: Decimal
    reason: str
    link: str


class Note(_Entry):
    """What keeps a metric's figures of some years from being compared with others."""

    metric: str
    from_year: int
    to_year: int | None
    kind: Literal["series_break", "use", "other_counts", "wording", "definition", "coverage"]
    note: str
    source: str


class MetricsFile(_Entry):
    """The content of metrics.yml."""

    metrics: tuple[Metric, ...]
    one_of: tuple[OneOf, ...]
    relations: tuple[Sum | AtMost, ...]


class SentencesFile(_Entry):
    """The content of sentences.yml."""

    sentences: tuple[Sentence, ...]
    tables: tuple[Table, ...]
    titles: tuple[Annotated[str, _template("name", "year", anchored=True)], ...]
    states: tuple[Annotated[str, _template("state", "year", anchored=True)], ...]
    headings: tuple[Annotated[str, _template(anchored=True)], ...] = ()
    issued: tuple[Annotated[str, _template("date")], ...] = ()


class Catalog(_Entry):
    """All that is known of the publisher. ``digest`` is the sha256 over the files it came from."""

    metrics: tuple[Metric, ...]
    one_of: tuple[OneOf, ...]
    relations: tuple[Sum | AtMost, ...]
    sentences: tuple[Sentence, ...]
    tables: tuple[Table, ...]
    titles: tuple[str, ...]
    states: tuple[str, ...]
    headings: tuple[str, ...]
    issued: tuple[str, ...]
    asides: tuple[Aside, ...]
    qualifiers: tuple[Qualifier, ...]
    rules: tuple[Rule, ...]
    corrections: tuple[Correction, ...]
    notes: tuple[Note, ...]
    jurisdictions: tuple[Jurisdiction, ...]
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
            for metric in self.metrics
            for one in metric.series
            if metric.metric == name and of in ("", one.of)
        ]
        return series[0] if len(series) == 1 else None

    def series(self) -> list[tuple[Metric, Series]]:
        """Every metric with each of its series, in the catalog's order."""
        return [(metric, series) for metric in self.metrics for series in metric.series]

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
