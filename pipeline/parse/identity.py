"""Whose sheet it is, of which year, and when it was issued: from the text, never the file's name.

Reads prose, gives the jurisdiction and the year with the findings on them; the file's folder is
compared with the year, but never decides it. A date of issue counts only as a whole sentence, or
as an aside of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pipeline.checks import failed, passed
from pipeline.model import Finding, Span
from pipeline.parse.prose import Cut, Prose, opens_sentence
from pipeline.parse.statements import SentenceMatch
from pipeline.parse.templates import DATE, MONTHS
from pipeline.sheets.collect import folder_year


@dataclass(frozen=True, slots=True)
class Identity:
    """What a sheet says it is; None where its text does not settle it."""

    jurisdiction: str | None
    year: int | None
    findings: tuple[Finding, ...]
    title_spans: tuple[Span, ...]


def identify(prose: Prose, matches: list[SentenceMatch], file: str) -> Identity:
    """Settle a sheet's state and year.

    What its sentences name counts, those that are not whole too; ``file`` is its name below the
    raw folder, for the messages and its folder's year.
    """
    canonical, wordings = prose.canonical, prose.wordings
    titles = [
        match
        for title in wordings.titles
        for match in title.find(canonical.flat)
        if not _ENDS_WITHIN_LINE.match(canonical.text, match.end())
    ]
    printed = [match["name"] for match in titles]
    printed += [m["state"] for title in wordings.states for m in title.find(canonical.flat)]
    places = [wordings.jurisdiction(name) for name in printed]
    unknown = {name for name, place in zip(printed, places, strict=True) if place is None}
    named = [place.jurisdiction for place in places if place]
    named += [match.state for match in matches if match.state]
    state, state_finding = _one_state(named, sorted(unknown), file)
    years = {int(match["year"]) for match in titles if match["year"]}
    years |= {match.year for match in matches if match.year and match.problem is None}
    year, year_finding = _one_year(years, file)
    spans = tuple(Span(*match.span()) for match in titles)
    return Identity(state, year, (state_finding, year_finding, *_folder_agrees(year, file)), spans)


_ENDS_WITHIN_LINE = re.compile(" [a-z0-9]")


def _one_state(named: list[str], unknown: list[str], file: str) -> tuple[str | None, Finding]:
    check, expected = "one_state_is_named", "one of the catalog's jurisdictions"
    codes = sorted(set(named))
    if unknown:
        found = ", ".join(map(repr, unknown))
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


def date_of_issue(prose: Prose, cuts: Iterable[Cut]) -> tuple[str | None, list[Span]]:
    """The latest date of issue that a sheet names, and the canonical stretches that print any.

    ISO 8601 by day or by month, None without one. ``cuts`` are the asides of captured sentences.
    """
    dates, spans = [], []
    for template in prose.wordings.issued:
        for match in template.find(prose.flat, prose.text):
            printed = _iso(match)
            if printed and opens_sentence(prose, match.start()):
                dates.append(printed)
                spans.append(prose.canonical_span(*match.span()))
    if not dates:
        matches = (_DATE.search(cut.note.lower()) for cut in cuts if cut.note)
        dates = [printed for match in matches if match and (printed := _iso(match))]
    return max(dates, default=None), spans


_DATE = re.compile(DATE)


def _iso(match: re.Match[str]) -> str | None:
    """The date of a match in ISO 8601; None if the calendar has no such day."""
    if match["iso"]:
        try:
            return date.fromisoformat(match["iso"]).isoformat()
        except ValueError:
            return None
    year = int(match["of_year"])
    month = next(n for n, name in enumerate(MONTHS, 1) if match["month"][:3] == name[:3])
    if not (match["first"] or match["day"]):
        return f"{year}-{month:02}"
    if match["first"] and match["day"]:
        return None
    try:
        return date(year, month, int(match["first"] or match["day"])).isoformat()
    except ValueError:
        return None
