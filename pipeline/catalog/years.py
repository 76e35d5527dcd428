"""Which entries of the catalog hold for a reporting year.

Reads entries with a range of years and a sheet's year, gives those that are nearest to it.
Ranges only prefer: a year that no range holds gets the entries of the nearest one, and whoever
uses them says so with a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Years = tuple[int, int | None]
"""First and last reporting year, None where the range is open."""

Entry = TypeVar("Entry")


def distance(years: Years | None, year: int | None) -> int:
    """How many years lie between ``year`` and the range; 0 within it, or where either is unknown."""
    if years is None or year is None:
        return 0
    first, last = years
    if year < first:
        return first - year
    return 0 if last is None or year <= last else year - last


def nearest(
    entries: Iterable[Entry], year: int | None, years_of: Callable[[Entry], Years | None]
) -> list[Entry]:
    """The entries whose ranges lie nearest to ``year``, in their order."""
    found = list(entries)
    least = min((distance(years_of(entry), year) for entry in found), default=0)
    return [entry for entry in found if distance(years_of(entry), year) == least]


def share_a_year(one: Years, other: Years) -> bool:
    """Whether some year lies in both ranges."""
    starts_in_time = other[1] is None or one[0] <= other[1]
    ends_in_time = one[1] is None or other[0] <= one[1]
    return starts_in_time and ends_in_time


def years_in_words(years: Years | None) -> str:
    """A range for a message: ``2023``, ``2023-2024``, ``2023 and later``, or ``all years``."""
    if years is None:
        return "all years"
    first, last = years
    if last is None:
        return f"{first} and later"
    return str(first) if first == last else f"{first}-{last}"
