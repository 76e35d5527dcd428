"""The publisher's words as checked, frozen models: sentences, tables, asides, qualifiers, rules.

Says what such an entry may be by itself; ``catalog.schema`` holds what is measured, and both as
one catalog.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pipeline.catalog.templates import check_anchored, check_slots, check_slots_apart, slots_of
from pipeline.catalog.years import Years

Of = Literal["US", "state"]
PLAIN_SLOTS = frozenset({"state", "name", "year", "earlier", "any_year", "date", "n", "i", "url"})
"""Slots that are no metric; which of them a template may hold depends on what it is for."""


def template(*slots: str, anchored: bool = False) -> AfterValidator:
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


class Entry(BaseModel):
    """An entry of the catalog: no field but its own, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(Entry):
    """One row of a table: its printed label and the metric its number measures."""

    metric: str
    label: str


class Table(Entry):
    """A table behind a sentence, with the closed set of its rows, and labels of its total."""

    table: str
    of: Of
    years: YearRange
    totals: tuple[str, ...] = ()
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]


class Sentence(Entry):
    """One whole sentence with figures, as printed, and the years it is evidenced for."""

    sentence: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    years: YearRange
    text: Annotated[str, AfterValidator(_sentence)]
    tables: tuple[str, ...] = ()


class Aside(Entry):
    """Words that may stand in a sentence besides its own, and why they change no figure.

    ``set_off`` ones stand between brackets, commas or dashes, ``before_figure``, ``before_year``
    and ``behind_year`` right there. With ``note`` they travel with the figures of the sentence.
    """

    aside: str
    reason: str
    note: bool = False
    set_off: tuple[Annotated[str, template("n", "earlier", "date")], ...] = ()
    before_figure: tuple[str, ...] = ()
    before_year: tuple[str, ...] = ()
    behind_year: tuple[str, ...] = ()


def _two_numbers(form: str) -> str:
    before, low, rest = form.partition("{low}")
    between, high, behind = rest.partition("{high}")
    if not low or not high or not between or behind or "{" in before + between:
        raise ValueError(f"{form!r} must hold {{low}}, words behind it, and {{high}} at its end")
    return form


class Qualifier(Entry):
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


class Rule(Entry):
    """Wordings whose numerals are no figures, and why.

    A numeral at the end of a pattern must end its clause, too: "in {year}" explains nothing in
    "in 2023 additional cases". A rule that ``counts_up`` explains numerals only where they count
    up from 1, at least to 2; one of a ``line`` only where the pattern is the whole line.
    """

    rule: str
    reason: str
    counts_up: bool = False
    line: bool = False
    patterns: tuple[Annotated[str, template("year", "any_year", "i", "url")], ...]

    @model_validator(mode="after")
    def _counts_one_number(self) -> Self:
        for text in self.patterns if self.counts_up else ():
            if text.count("{i}") != 1:
                raise ValueError(f"counts_up needs {{i}} once in {text!r}")
        return self
