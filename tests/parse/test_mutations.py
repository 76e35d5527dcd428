"""A damaged sheet is refused, or says what it prints: no damage changes a figure silently.

A mutant is a sheet with edits. For each figure we know where its number stands in the mutant.
Where no edit touches the number or the characters beside it, an accepted sheet must hold the
original figure. Where one does, an accepted sheet must hold what the mutant prints there, read
by the small reader below, which shares no code with the parser. Damage may therefore turn one
well-formed number into another (``57`` into ``571``): nobody could tell from the text alone.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from decimal import Decimal

import pytest

from pipeline.checklist import is_error
from tests.parse.reading import figures, read
from tests.sheets_factory import KENTUCKY_2023, NATION_2023, change, render, table

MUTANTS = 1200
"""Mutants of each sheet; a failure prints the edits."""

_SEPARATE = {"\ue000": "US", "\ue001": "state"}
_FULL = re.compile(
    r"(more than |over |at least |under |about )?"
    r"([1-9]\d{0,2}(?:,\d{3})+|\d+)(\.\d+)?( million| thousand|[kmb])?(\+)?(%| percent)?"
)
_WHOLE = r"(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)"
_RANGE = re.compile(
    rf"(?<![\d.,+*_`-])({_WHOLE})(?: ?[-\u2013] ?| to )({_WHOLE})(?![\d+*_`-]|[.,]\d)"
)
"""Two numbers that a reader takes for a range; its value is the lower one."""
_SCALES = {None: 0, "k": 3, " thousand": 3, "m": 6, " million": 6, "b": 9}


@dataclass(frozen=True)
class Edit:
    """The characters from ``start`` to ``end`` give way to ``new``."""

    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Place:
    """Where a sheet prints a figure."""

    metric: str
    of: str
    start: int
    end: int


def sheet_with_places(local: dict[str, str]) -> tuple[str, list[Place]]:
    """A sheet and the place of each of its figures, found by rendering with marks around them."""
    marked = render(
        local={metric: f"\ue001{metric}={n}\ue002" for metric, n in local.items()},
        nation={metric: f"\ue000{metric}={n}\ue002" for metric, n in NATION_2023.items()},
    )
    text, places = "", []
    for piece in re.split("(?=[\ue000\ue001])", marked):
        if piece[0] in _SEPARATE:
            of, (metric, rest) = _SEPARATE[piece[0]], piece[1:].split("=", 1)
            number, after = rest.split("\ue002")
            places.append(Place(metric, of, len(text), len(text) + len(number)))
            text += number + after
        else:
            text += piece
    return text, places


def apply(text: str, edits: list[Edit]) -> str:
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def stretch(text: str, edits: list[Edit], place: Place) -> str | None:
    """What the mutant prints at a place, up to the next spaces; None if no edit touches it."""
    touching = [e for e in edits if e.start <= place.end + 1 and e.end >= place.start - 1]
    if not touching:
        return None
    start = min(place.start, *(edit.start for edit in touching), place.start)
    end = max(place.end, *(edit.end for edit in touching), place.end)
    mutant = apply(text, edits)
    before = [edit for edit in edits if edit.end <= start and edit not in touching]
    within = before + touching
    shifted_start = start + sum(len(e.new) - (e.end - e.start) for e in before)
    shifted_end = end + sum(len(e.new) - (e.end - e.start) for e in within)
    while shifted_start > 0 and not mutant[shifted_start - 1].isspace():
        shifted_start -= 1
    while shifted_end < len(mutant) and not mutant[shifted_end].isspace():
        shifted_end += 1
    return mutant[shifted_start:shifted_end]


def numbers_in(printed: str) -> set[Decimal]:
    """The values of the well-formed numbers that stand in a stretch, between spaces or marks."""
    marks = "[*_`\u00ad\u200b]+"  # a reader does not see them, but within a number they are damage
    plain = re.sub(rf"(?<![\d.,]){marks}|{marks}(?![\d.,])", "", printed)
    plain = re.sub("(?<=[A-Za-z])[-\u2013](?=[A-Za-z])", "", plain)
    plain = " ".join(plain.split()).lower()
    found = {Decimal(0)} if re.search(r"\b(?:no|zero)\b", plain) else set()
    for match in _FULL.finditer(plain):
        behind, ahead = plain[: match.start()], plain[match.end() :]
        if re.search(r"[\d.,+*_`-]$", behind) or re.match(r"[\d+*_`-]|[.,]\d", ahead):
            continue
        digits = Decimal(match[2].replace(",", "") + (match[3] or ""))
        found.add(digits.scaleb(_SCALES[match[4]]))
    for match in _RANGE.finditer(plain):
        low, high = (Decimal(end.replace(",", "")) for end in match.groups())
        found |= {low} if low < high else set()
    return found


def characters(chosen: random.Random, text: str, places: list[Place]) -> list[Edit]:
    """One edit of a character; half of them in or beside a number."""
    if chosen.random() < 0.5:
        place = chosen.choice(places)
        at = chosen.randint(place.start - 2, place.end + 1)
    else:
        at = chosen.randrange(len(text) - 1)
    alphabet = "0123456789,.-% \n\t*_`()[]¹²½٣abkmn+/&;#|\u00ad\u200b\u00a0\u2013"
    new = chosen.choice(alphabet)
    kinds = {
        "delete": Edit(at, at + 1, ""),
        "insert": Edit(at, at, new),
        "replace": Edit(at, at + 1, new),
        "swap": Edit(at, at + 2, text[at : at + 2][::-1]),
        "double": Edit(at, at, text[at]),
    }
    return [kinds[chosen.choice(list(kinds))]]


def words(chosen: random.Random, text: str, places: list[Place]) -> list[Edit]:
    """A word deleted, doubled, put elsewhere, or two words swapped; often beside a number."""
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    one, other = chosen.sample(spans, 2)
    if chosen.random() < 0.6:
        place = chosen.choice(places)
        near = [s for s in spans if s[1] >= place.start - 12 and s[0] <= place.end + 12]
        one = chosen.choice(near)
        other = chosen.choice([s for s in (near if chosen.random() < 0.5 else spans) if s != one])
    (a, b), (c, d) = sorted((one, other))
    kinds = {
        "delete": [Edit(a, b, "")],
        "delete with space": [Edit(a, min(b + 1, len(text)), "")],
        "double": [Edit(b, b, " " + text[a:b])],
        "replace": [Edit(a, b, text[c:d])],
        "insert": [Edit(c, c, text[a:b] + " ")],
        "swap": [Edit(a, b, text[c:d]), Edit(c, d, text[a:b])],
    }
    return kinds[chosen.choice(list(kinds))]


def lines(chosen: random.Random, text: str, places: list[Place]) -> list[Edit]:
    """A line dropped, doubled, or two lines swapped."""
    spans = [match.span() for match in re.finditer(r"[^\n]+\n", text)]
    (a, b), (c, d) = sorted(chosen.sample(spans, 2))
    kinds = {
        "drop": [Edit(a, b, "")],
        "double": [Edit(b, b, text[a:b])],
        "swap": [Edit(a, b, text[c:d]), Edit(c, d, text[a:b])],
    }
    return kinds[chosen.choice(list(kinds))]


def silent_changes(text: str, edits: list[Edit], places: list[Place]) -> list[str]:
    """What an accepted mutant says that it does not print; nothing if it is refused."""
    sheet, findings = read(apply(text, edits))
    if any(is_error(finding) for finding in findings):
        return []
    original, _ = read(text)
    expected, found = figures(original), figures(sheet)
    problems = []
    for place in places:
        key = (place.metric, place.of)
        printed = stretch(text, edits, place)
        if printed is None and found.get(key) != expected[key]:
            problems.append(f"{key}: untouched, {found.get(key)}")
        elif printed is not None and key in found and found[key].value not in numbers_in(printed):
            problems.append(f"{key}: {printed!r} is taken for {found[key].value}")
    return problems


KENTUCKY, PLACES = sheet_with_places(KENTUCKY_2023)
MISSOURIS_KIND = {**KENTUCKY_2023, "team_adam_cases_assisted": "2"}


@pytest.mark.parametrize("damage", [characters, words])
@pytest.mark.parametrize("layout", ["rows", "one line", "Team Adam in the state"])
def test_no_damage_changes_a_figure_silently(damage, layout):
    text, places = KENTUCKY, PLACES
    if layout == "one line":
        one_line = table(" ", end=" ")(KENTUCKY)
        assert len(one_line) == len(KENTUCKY), "places stay where they are"
        text = one_line
    if layout == "Team Adam in the state":
        text, places = sheet_with_places(MISSOURIS_KIND)
        places = [place for place in places if place.metric not in ("team_adam_incidents", "team_adam_long_term_cases")]  # fmt: skip
    chosen = random.Random(f"{damage.__name__} {layout}")  # noqa: S311
    for _ in range(MUTANTS):
        edits = damage(chosen, text, places)
        assert silent_changes(text, edits, places) == [], edits


def test_no_line_dropped_doubled_or_swapped_changes_a_figure_silently():
    chosen = random.Random("lines")  # noqa: S311
    for _ in range(MUTANTS // 5):
        edits = lines(chosen, KENTUCKY, PLACES)
        # A doubled or moved line takes its numbers along, so only the values are compared.
        sheet, findings = read(apply(KENTUCKY, edits))
        if not any(is_error(finding) for finding in findings):
            original, _ = read(KENTUCKY)
            assert figures(sheet) == figures(original), edits


def test_the_undamaged_sheet_is_accepted_so_the_test_can_fail():
    assert silent_changes(KENTUCKY, [], PLACES) == []
    sheet, findings = read(KENTUCKY)
    assert not any(is_error(finding) for finding in findings)
    assert len(sheet.statements) == len(PLACES) == 21


def test_a_range_is_a_well_formed_number_in_a_mutant():
    # "146" damaged to "1-6" prints a range, as "57" damaged to "571" prints another number.
    assert numbers_in("on 1-6 cases") == numbers_in("on **1-6** cases") == {Decimal(1)}
    assert numbers_in("on 6-1 cases") == numbers_in("on 1-4-6 cases") == set()


def test_a_silent_change_would_be_seen():
    at = KENTUCKY.index("57 incidents")
    place = next(place for place in PLACES if place.metric == "team_adam_incidents")
    assert place.start == at
    assert stretch(KENTUCKY, [Edit(at + 2, at + 2, "1")], place) == "571"
    assert stretch(KENTUCKY, [Edit(at + 3, at + 3, "3 ")], place) == "57 3 incidents"
    assert numbers_in("571") == {Decimal(571)}
    assert numbers_in("5,71") == set()
    assert numbers_in("more than 105 million") == {Decimal(105_000_000)}
    assert read(change(KENTUCKY, "57 incidents", "571 incidents"))[0].figures() != read(KENTUCKY)[0].figures()  # fmt: skip
