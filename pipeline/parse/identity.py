"""Whose sheet it is: state and year from the text, never from the file's name.

Reads canonical text, gives the jurisdiction and the year with the findings on them. The file's
folder is compared with the year, but never decides it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.checks import failed, passed
from pipeline.model import Finding, Span
from pipeline.parse.patterns import Wordings
from pipeline.parse.statements import SentenceMatch
from pipeline.sheets.collect import folder_year
from pipeline.sheets.normalize import Canonical


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """One place that names a jurisdiction: its code, None if unknown, and the name as printed."""

    jurisdiction: str | None
    printed: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What a sheet says it is; None where its text does not settle it."""

    jurisdiction: str | None
    year: int | None
    findings: tuple[Finding, ...]
    title_spans: tuple[Span, ...]


def identify(
    canonical: Canonical, matches: list[SentenceMatch], wordings: Wordings, file: str
) -> Identity:
    """Settle a sheet's state and year.

    Args:
        canonical: the sheet's text.
        matches: the sentences that it holds; what they name counts, those that are not whole too.
        wordings: the compiled catalog.
        file: the file's name below the raw folder, for the messages and its folder's year.
    """
    titles = [
        match
        for title in wordings.titles
        for match in title.find(canonical.flat)
        if not _ENDS_WITHIN_LINE.match(canonical.text, match.end())
    ]
    named = [_named(match["name"], wordings) for match in titles]
    named += [
        _named(match["state"], wordings)
        for template in wordings.states
        for match in template.find(canonical.flat)
    ]
    named += [NamedPlace(match.state, match.state) for match in matches if match.state]
    state, state_finding = _one_state(named, file)
    years = {int(match["year"]) for match in titles if match["year"]}
    years |= {match.year for match in matches if match.year and match.problem is None}
    year, year_finding = _one_year(years, file)
    spans = tuple(Span(*match.span()) for match in titles)
    return Identity(state, year, (state_finding, year_finding, *_folder_agrees(year, file)), spans)


_ENDS_WITHIN_LINE = re.compile(" [a-z0-9]")


def _named(name: str, wordings: Wordings) -> NamedPlace:
    known = wordings.jurisdiction(name)
    return NamedPlace(known.jurisdiction if known else None, name)


def _one_state(named: list[NamedPlace], file: str) -> tuple[str | None, Finding]:
    check, expected = "one_state_is_named", "one of the catalog's jurisdictions"
    unknown = sorted({place.printed for place in named if place.jurisdiction is None})
    codes = sorted({place.jurisdiction for place in named if place.jurisdiction})
    if unknown:
        found = ", ".join(repr(name) for name in unknown)
        message = (
            f"{file}: the title names {found}, expected {expected}; check the sheet, "
            "or add the name to also_printed_as in jurisdictions.csv"
        )
        return None, failed(check, message, expected=expected, found=found)
    if not codes:
        message = (
            f"{file}: names no state, expected {expected} in its title; "
            "check that it is a state fact sheet, or add its title to sentences.yml"
        )
        return None, failed(check, message, expected=expected, found="none")
    if len(codes) > 1:
        found = ", ".join(codes)
        message = f"{file}: names {found}, expected one state; compare title and sentences"
        return None, failed(check, message, expected="one state", found=found)
    return codes[0], passed(check, f"{file}: {len(named)} places name {codes[0]}")


def _one_year(years: set[int], file: str) -> tuple[int | None, Finding]:
    check = "one_year_is_named"
    if len(years) == 1:
        (year,) = years
        return year, passed(check, f"{file}: reports on {year}")
    found = ", ".join(str(year) for year in sorted(years)) or "none"
    message = f"{file}: names {found}, expected one reporting year; compare its sentences"
    return None, failed(check, message, expected="one reporting year", found=found)


def _folder_agrees(year: int | None, file: str) -> tuple[Finding, ...]:
    claimed = folder_year(file)
    if claimed is None or year is None:
        return ()
    check = "folder_and_year_agree"
    if claimed == year:
        return (passed(check, f"{file}: folder and text say {year}"),)
    message = f"{file}: lies in folder {claimed}, its text reports on {year}; move it to {year}/"
    return (failed(check, message, expected=str(year), found=str(claimed)),)
