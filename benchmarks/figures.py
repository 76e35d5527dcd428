"""Random figures of a nation and its states, each with the truth of what its words say.

Reads a seed, gives what sheets print and what a reader must make of it. The truth is worked out
from the numbers that were drawn, not by the parser: the two share no code.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from tests.sheets_factory import NAMES

SMALL_WORDS = {0: "no", 1: "one", 2: "two", 3: "three", 7: "seven", 12: "twelve", 21: "twenty-one"}

Printed = Mapping[str, "Fact"]
"""Facts by metric."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A printed figure and its truth; None where the words set no bound."""

    printed: str
    value: Decimal
    qualifier: str
    lower: Decimal | None
    upper: Decimal | None


def chance(*key: object) -> random.Random:
    """A source of chance that depends on the key alone: the same in every process."""
    return random.Random("/".join(map(str, key)))  # noqa: S311  # no secret hangs on it


@cache
def nation(seed: int, year: int) -> Printed:
    """The national figures of a year, the same in all its sheets."""
    chosen = chance(seed, "nation", year)
    cases = chosen.randint(25_000, 32_000)
    runaways = int(cases * chosen.uniform(0.6, 0.85))
    return {
        "cybertipline_reports_received": _millions(chosen.randint(200, 450)),
        "cybertipline_files_received": _more_than(chosen.randint(60, 150) * 10**6, chosen),
        "cvip_children_identified": _exact(chosen.randint(20_000, 60_000), chosen),
        "missing_child_cases": _exact(cases, chosen),
        "missing_child_cases_runaway_social_services": _exact(runaways, chosen),
        "runaways_likely_trafficked_share": _percent(chosen.randint(8, 35), chosen),
        "trafficking_reports_received": _vague(chosen.randint(150, 300) * 100, chosen),
        "team_hope_supported": _exact(chosen.randint(4_000, 8_000), chosen),
        "team_adam_incidents": _exact(chosen.randint(40, 90), chosen),
        "team_adam_long_term_cases": _exact(chosen.randint(100, 200), chosen),
        "connect_registered_users": _vague(chosen.randint(150, 600) * 100, chosen),
    }


def state(seed: int, year: int, jurisdiction: str, edition: object) -> Printed:
    """The figures of one state's sheet; every edition of it has other ones.

    The parts of the missing children add up, and no figure exceeds the nation's. One sheet in
    five has a Team Adam sentence of its own, as Missouri's has.
    """
    chosen = chance(seed, "state", year, jurisdiction, edition)
    share = _weight(seed, jurisdiction) / sum(_weight(seed, name) for name in NAMES)
    whole = nation(seed, year)

    def part(metric: str, of_it: float) -> int:
        return int(float(whole[metric].value) * share * of_it * chosen.uniform(0.6, 1.4))

    facility = part("missing_child_cases_runaway_social_services", 1.0)
    refugees, other = part("missing_child_cases", 0.03), part("missing_child_cases", 0.2)
    facts = {
        "cybertipline_reports_to_law_enforcement": _exact(
            part("cybertipline_reports_received", 0.02), chosen
        ),
        "cvip_submissions_reviewed": _exact(part("cvip_children_identified", 0.1), chosen),
        "missing_child_cases": _exact(facility + other + refugees, chosen),
        "missing_child_cases_social_services": _exact(facility, chosen),
        "missing_child_cases_other": _exact(other, chosen),
        "missing_child_cases_orr": _exact(refugees, chosen),
        "trafficking_engagements": _few(part("trafficking_reports_received", 0.05), chosen),
        "team_hope_supported": _few(part("team_hope_supported", 1.0), chosen),
        "faon_connections": _few(part("team_hope_supported", 0.5), chosen),
        "connect_new_users": _exact(part("connect_registered_users", 0.4), chosen),
    }
    if chosen.random() < 0.2:
        facts["team_adam_cases_assisted"] = _few(chosen.choice([0, 1, 2, 3, 7]), chosen)
    return facts


@cache
def _weight(seed: int, jurisdiction: str) -> float:
    """How large a state is beside others; the largest is some hundred times the smallest."""
    return float(2 ** chance(seed, "weight", jurisdiction).uniform(0, 7))


def _exact(number: int, chosen: random.Random) -> Fact:
    printed = f"{number:,}" if chosen.random() < 0.9 else str(number)
    return Fact(printed, Decimal(number), "exact", Decimal(number), Decimal(number))


def _few(number: int, chosen: random.Random) -> Fact:
    """A count that is often small: now and then a word, or only an upper bound."""
    if number in SMALL_WORDS and chosen.random() < 0.5:
        exact = _exact(number, chosen)
        return Fact(SMALL_WORDS[number], exact.value, "exact", exact.lower, exact.upper)
    if number < 5 and chosen.random() < 0.5:
        return Fact("fewer than 5", Decimal(5), "fewer_than", Decimal(0), Decimal(5))
    return _exact(number, chosen)


def _millions(tenths: int) -> Fact:
    """A number cut to tenths of millions: half a tenth less to a whole one more is meant."""
    value = tenths * 100_000
    return Fact(
        f"{tenths // 10}.{tenths % 10} million",
        Decimal(value),
        "rounded",
        Decimal(value - 50_000),
        Decimal(value + 100_000),
    )


def _more_than(number: int, chosen: random.Random) -> Fact:
    words = chosen.choice(["more than", "over"])
    shown = f"{number // 10**6} million" if number >= 10**6 else f"{number:,}"
    return Fact(f"{words} {shown}", Decimal(number), "more_than", Decimal(number), None)


def _vague(hundreds: int, chosen: random.Random) -> Fact:
    """A number of whole hundreds, in one of the wordings for such."""
    if chosen.random() < 0.7:
        return _more_than(hundreds, chosen)
    if chosen.random() < 0.5:
        return Fact(f"{hundreds:,}+", Decimal(hundreds), "at_least", Decimal(hundreds), None)
    unit = next(unit for unit in (10_000, 1_000, 100) if hundreds % unit == 0)
    low, high = Decimal(hundreds - unit), Decimal(hundreds + unit)
    return Fact(f"approximately {hundreds:,}", Decimal(hundreds), "approximately", low, high)


def _percent(number: int, chosen: random.Random) -> Fact:
    printed = f"{number}%" if chosen.random() < 0.8 else f"{number} percent"
    half = Decimal("0.5")
    return Fact(printed, Decimal(number), "rounded", number - half, Decimal(number + 1))
