"""Numbers, intervals and reasons in words, the same on every page.

Reads one row of ``figures``, gives short phrases. The figure itself is never worded anew: where a
value is shown, it is shown as printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pipeline.model import number_text

Row = Mapping[str, Any]

REASONS = {
    "absent_from_sheet": "not printed",
    "quarantined": "withheld",
    "sheet_missing": "no sheet",
    "pending": "waits for review",
}
PERIODS = {
    "calendar_year": "the calendar year",
    "cumulative": "all years up to then",
    "stock": "a day of the year that the sheets do not name",
}
STATUSES = {
    "accepted": "The figures are published.",
    "quarantined": "A check failed: the figures are withheld until that is settled.",
    "duplicate": "Another file of the same text is the one that counts.",
    "superseded": "A newer file of the same place and year is the one that counts.",
    "pending": "It would change published figures and waits for review; the version before it counts.",
}
"""What the status of a sheet means for its figures."""
RATES = {
    "per_100000_residents": "per 100,000 residents",
    "per_100000_under_18": "per 100,000 residents under 18",
}
_DIGITS = Decimal("0.1")
"""Rates are shown with one decimal; the files have four."""


def shown(row: Row) -> str:
    """The figure as printed, what a correction puts in its place, or why there is none."""
    if row["observation_id"] is None:
        return REASONS[row["coverage"]]
    if row["status"] == "corrected":
        return f"{number_text(row['value'])} (corrected; printed: {row['printed']})"
    return str(row["printed"])


def interval(row: Row, qualifier: Row) -> str:
    """What the wording says of the true number; the qualifier tells which ends belong to it."""
    sign = "%" if row["unit"] == "percent" else ""
    ends = [
        end if end is None else f"{number_text(end)}{sign}" for end in (row["lower"], row["upper"])
    ]
    if row["lower"] is not None and row["lower"] == row["upper"]:
        return f"exactly {ends[0]}"
    return _between(ends[0], ends[1], qualifier)


def rate(row: Row, column: str, qualifier: Row) -> str | None:
    """A rate with what the wording leaves open; None where the figure has none."""
    if row[column] is None:
        return None
    low, high = (row[f"{column}_{end}"] for end in ("lower", "upper"))
    ends = [end if end is None else _one_decimal(end) for end in (low, high)]
    if low is not None and low == high:
        return f"{ends[0]} {RATES[column]}"
    return _between(ends[0], ends[1], qualifier, f" {RATES[column]}")


def place(ranking: Row) -> str | None:
    """Where a state can stand by its rate, as far as wordings tell; None where there is no rate."""
    best, worst = (ranking[f"{end}_place_by_residents"] for end in ("best", "worst"))
    ranked = ranking["ranked_by_residents"]
    if best is None or ranked < 2:
        return None
    said = f"{best}" if best == worst else f"between {best} and {worst}"
    return f"{said} of the {ranked} places with a rate here; 1 is the highest rate"


def _one_decimal(value: Decimal) -> str:
    return f"{value.quantize(_DIGITS, ROUND_HALF_UP):,f}"


def _between(low: str | None, high: str | None, qualifier: Row, per: str = "") -> str:
    at_least = f"{low} or more" if qualifier["lower_included"] else f"more than {low}"
    at_most = f"at most {high}" if qualifier["upper_included"] else f"less than {high}"
    if low is None and high is None:
        return "no limits given"
    if high is None:
        return f"{at_least}{per}; no upper limit given"
    if low is None:
        return f"{at_most}{per}; no lower limit given"
    return f"{at_least} and {at_most}{per}"
