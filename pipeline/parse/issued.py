"""When a sheet was issued, where it says so.

Reads prose, gives the date with the stretches that print it. A date counts only as a whole
sentence, or as an aside of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from pipeline.model import Span
from pipeline.parse.prose import Cut, Prose, opens_sentence
from pipeline.parse.templates import DATE, MONTHS

_DATE = re.compile(DATE)


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
