"""Two years of sheets with everything that a reader could misread, for the tests of what readers touch.

A bound ("more than 9,000"), a ceiling ("fewer than 10"), a "no", figures that a sheet does not
print, a series that breaks between the years, small counts, and a sheet that is quarantined.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from pipeline.catalog.load import default_catalog
from tests.sheets_factory import KENTUCKY_2023, NAMES, NATION_2023, render, write_sheet

BOUND, CEILING, NONE = "more than 9,000", "fewer than 10", "no"

MISSOURI = {
    **KENTUCKY_2023,
    "team_adam_cases_assisted": "25",
    "cybertipline_reports_to_law_enforcement": "10,065",
    "missing_child_cases": "871",
    "missing_child_cases_social_services": "650",
    "missing_child_cases_other": "206",
    "missing_child_cases_orr": "15",
}
OHIO = {
    **KENTUCKY_2023,
    "cybertipline_reports_to_law_enforcement": BOUND,
    "trafficking_engagements": CEILING,
    "faon_connections": NONE,
    "team_hope_supported": "20",
    "connect_new_users": "21",
}
IOWA = {**KENTUCKY_2023, "cybertipline_reports_to_law_enforcement": "9,500"}
NATION_2024 = {
    **NATION_2023,
    "cybertipline_reports_received": "20.5 million",
    "cvip_children_identified": "30,001",
    "team_hope_supported": "6,001",
}
NATION = {2023: NATION_2023, 2024: NATION_2024}
SHEETS = {
    (2023, "US-KY"): KENTUCKY_2023,
    (2023, "US-MO"): MISSOURI,
    (2023, "US-OH"): OHIO,
    (2023, "US-IA"): IOWA,
    (2024, "US-KY"): {**KENTUCKY_2023, "cybertipline_reports_to_law_enforcement": "8,001"},
    (2024, "US-OH"): {**OHIO, "cybertipline_reports_to_law_enforcement": "9,001"},
}
"""What each accepted sheet prints of its state."""

QUARANTINED = (2024, "US-IA")
"""A sheet whose rows do not add up to the total that it states."""


def write_two_years(raw: Path) -> Path:
    """Write the sheets below a raw folder; gives the folder."""
    spoiled = {**IOWA, "missing_child_cases": "200"}
    for (year, place), local in {**SHEETS, QUARANTINED: spoiled}.items():
        nation = NATION_2023 if year == 2023 else NATION_2024
        text = render(place, year, local=local, nation=nation)
        write_sheet(raw / f"{year}/{place}.txt", text)
    return raw


ADDED, REVISED = (2024, "US-MO"), (2024, "US-KY")
"""What a second release of the two years adds, and whose figure it revises."""
REVISION = "more than 8,000"


SECOND_SHEETS = {
    **SHEETS,
    ADDED: MISSOURI,
    REVISED: {**SHEETS[REVISED], "cybertipline_reports_to_law_enforcement": REVISION},
}
"""What each accepted sheet of the second release prints of its state."""


def add_and_revise(raw: Path) -> None:
    """Add a sheet, and let another one print a bound in the place of a number."""
    for year, place in (ADDED, REVISED):
        text = render(place, year, local=SECOND_SHEETS[year, place], nation=NATION_2024)
        write_sheet(raw / f"{year}/{place}.txt", text)


# What the sheets say, read without the parser


def read(printed: str) -> tuple[float, float | None, bool]:
    """Lower and upper end of a wording of these sheets, and whether it is a number in full."""
    if printed == "no":
        return 0, 0, True
    words = printed.removesuffix("%").replace(",", "").split()
    factor = 10**6 if words[-1] == "million" else 1
    (number,) = [word for word in words if word[0].isdigit()]
    value = float(Fraction(number) * factor)
    if words[0] == "more":
        return value, None, False
    if words[0] == "fewer":
        return 0, value, False
    if factor > 1 or printed.endswith("%"):
        # Rounded or cut: half a unit below, a whole one above.
        unit = Fraction(factor, 10 ** len(number.partition(".")[2]))
        return value - float(unit) / 2, value + float(unit), False
    return value, value, True


def of_states(metric: str, year: int | None = None) -> list[tuple[int, str, str, str]]:
    """Year, code, name and wording of a metric in every accepted sheet, in order."""
    return sorted(
        (
            (y, place, NAMES[place], local[metric])
            for (y, place), local in SECOND_SHEETS.items()
            if metric in local and year in (None, y)
        ),
        key=lambda row: (row[0], row[2]),
    )


def title(metric: str) -> str:
    return default_catalog().metric(metric).title
