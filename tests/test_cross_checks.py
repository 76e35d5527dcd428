"""What must hold between sheets: one text a state and year, one figure of the nation a year."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import cache
from itertools import permutations
from typing import Any

import duckdb
import pandas as pd
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from pipeline.catalog.load import default_catalog
from pipeline.model import Figure
from pipeline.sheets.acceptances import Acceptance
from pipeline.tables.columns import Table
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import arrow_schema, frame
from pipeline.tables.schema import (
    CHECKS,
    CORROBORATION,
    OBSERVATIONS,
    PARSED_SHEETS,
    RAW_SHEETS,
    STATEMENTS,
)
from pipeline.validate.cross_checks import decide
from pipeline.validate.national import contradict, ends_of, standing
from pipeline.validate.observation_checks import check_observations
from pipeline.validate.pending import Review
from pipeline.validate.vintages import Version, choose, taken
from tests import tables

CATALOG = default_catalog()
ENDS = ends_of(CATALOG)


def exact(value: int | str) -> Figure:
    number = Decimal(value)
    return Figure(number, "exact", number, number)


def rounded(value: str, lower: str, upper: str) -> Figure:
    return Figure(Decimal(value), "rounded", Decimal(lower), Decimal(upper))


def more_than(value: int) -> Figure:
    return Figure(Decimal(value), "more_than", Decimal(value), None)


def nearly(value: int) -> Figure:
    return Figure(Decimal(value), "nearly", Decimal(value) * 9 / 10, Decimal(value))


MILLIONS_36_2 = rounded("36200000", "36150000", "36300000")
MILLIONS_36_3 = rounded("36300000", "36250000", "36400000")


def sha(file: str) -> str:
    """Stands for the sha256 of a file."""
    return hashlib.sha256(file.encode()).hexdigest()


# Between sheets


def arrow(table: Table, rows: list[tuple[Any, ...]]) -> pyarrow.Table:
    """Rows as the stages hand them on, in the order of the key; no schema is asked: they are ours."""
    columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
    schema = arrow_schema(table)
    arrays = [
        pyarrow.array(values, type=field.type)
        for values, field in zip(columns, schema, strict=True)
    ]
    return pyarrow.table(arrays, schema=schema).sort_by([(name, "ascending") for name in table.key])


@cache
def printed_elsewhere(cases: int | None) -> pd.DataFrame:
    """The corroboration of 2023's missing cases."""
    row = (2023, "US", "missing_child_cases", Decimal(cases or 0), "a report", 4)
    return frame(CORROBORATION, [] if cases is None else [row])


def national(decisions) -> dict[tuple[int, str], Figure | None]:
    """The figures that stand by year and metric; None where one is withheld."""
    return {key: vote.figure for key, vote in decisions.votes.items()}


def decided(
    sheets: dict[str, tuple[str, str]],
    national: dict[str, Figure] | None = None,
    failing: tuple[str, ...] = (),
    retrieved: dict[str, str | None] | None = None,
    *,
    corroborated: int | None = None,
    reviewed: Review | None = None,
    more: dict[str, dict[str, Figure]] | None = None,
):
    """Decisions on sheets of 2023: file to state and text, file to its national missing cases.

    ``more`` holds other national figures by metric, ``corroborated`` the cases printed elsewhere.
    """
    printed = {"missing_child_cases": national or {}, **(more or {})}
    raw = arrow(
        RAW_SHEETS,
        [(file, 1, sha(file), None, None, None, (retrieved or {}).get(file)) for file in sheets],
    )
    parsed = arrow(
        PARSED_SHEETS,
        [
            (file, f"2023/{state}", 2023, state, text, None, None, 1, 1, 0)
            for file, (state, text) in sheets.items()
        ],
    )
    statements = arrow(
        STATEMENTS,
        [
            (f"{file}#US/{metric}", file, f"2023/{sheets[file][0]}", 2023, "US",
             metric, figure.value, figure.qualifier, figure.lower, figure.upper,
             f"{figure.value:,}", 0, 1, "quote", 1, 0, 1, None, None, None, None, "pattern", None, None)
            for metric, figures in printed.items()
            for file, figure in figures.items()
        ],
    )  # fmt: skip
    checks = arrow(
        CHECKS,
        [
            (f"spans_reread/{file}/1", "spans_reread", "error", False, file, None, None, None,
             "a", "b", "broken")
            for file in failing
        ],
    )  # fmt: skip
    with duckdb.connect() as connection:
        for table, data in (
            (RAW_SHEETS, raw),
            (PARSED_SHEETS, parsed),
            (STATEMENTS, statements),
            (CHECKS, checks),
        ):
            connection.register(table.name, data)
        return decide(connection, CATALOG, printed_elsewhere(corroborated), reviewed or Review())


FOUR = {f"{state}.txt": (state, state) for state in ("US-KY", "US-MN", "US-MO", "US-MS")}
AGREED = dict.fromkeys(FOUR, exact(28886))


def test_sheets_that_agree_are_all_accepted():
    decisions = decided(FOUR, AGREED)
    assert set(decisions.status.values()) == {"accepted"}
    assert national(decisions) == {(2023, "missing_child_cases"): exact(28886)}


def test_the_odd_sheet_out_is_quarantined_by_name():
    decisions = decided(FOUR, {**AGREED, "US-MO.txt": exact(28887)})
    assert [file for file, status in decisions.status.items() if status == "quarantined"] == [
        "US-MO.txt"
    ]
    ((finding, file, year),) = [found for found in decisions.findings if not found[0].passed]
    assert (finding.check, file, year) == ("national_figures_agree", "US-MO.txt", 2023)
    assert (finding.expected, finding.found) == ("28,886", "28,887")
    assert finding.message.startswith("US-MO.txt missing_child_cases of US: printed '28,887'")


def test_one_precise_wording_does_not_win_over_three_rounded_ones_and_is_reported():
    votes = {**dict.fromkeys(FOUR, MILLIONS_36_2), "US-MO.txt": exact(36_210_368)}
    decisions = decided(FOUR, votes)
    assert set(decisions.status.values()) == {"accepted"}
    assert national(decisions) == {(2023, "missing_child_cases"): MILLIONS_36_2}
    ((finding, file, year),) = [found for found in decisions.findings if not found[0].passed]
    assert (finding.check, file, year) == ("national_wordings_agree", "US-MO.txt", 2023)
    assert (finding.expected, finding.found) == ("36,200,000", "36,210,368")
    assert "3 of 4 sheets print '36,200,000', and that is published" in finding.message


def test_a_sheet_that_was_outvoted_does_not_decide_other_figures():
    sheets = {f"{state}.txt": (state, state) for state in ("US-KY", "US-MN", "US-MO")}
    cases = dict(zip(sheets, (exact(1), exact(1), exact(2)), strict=True))
    hope = {"US-KY.txt": exact(7), "US-MO.txt": exact(8)}
    decisions = decided(sheets, cases, more={"team_hope_supported": hope})
    assert decisions.status["US-MO.txt"] == "quarantined"
    assert national(decisions)[2023, "team_hope_supported"] == exact(7)
    assert None not in national(decisions).values()


def test_a_copy_of_an_outvoted_sheet_goes_with_it():
    sheets = {**FOUR, "copy.txt": ("US-MO", "US-MO")}
    votes = {**AGREED, "US-MO.txt": exact(28887), "copy.txt": exact(28887)}
    decisions = decided(sheets, votes)
    assert [file for file, status in decisions.status.items() if status == "quarantined"] == [
        "US-MO.txt",
        "copy.txt",
    ]
    messages = [finding.message for finding, _, _ in decisions.findings if not finding.passed]
    assert any(
        message.startswith("copy.txt: has the figures of US-MO.txt ") for message in messages
    )


def test_two_against_two_withholds_the_figure_and_keeps_the_sheets():
    split = {**AGREED, "US-MO.txt": exact(28887), "US-MS.txt": exact(28887)}
    decisions = decided(FOUR, split)
    assert set(decisions.status.values()) == {"accepted"}
    assert national(decisions) == {(2023, "missing_child_cases"): None}


def test_a_sheet_that_fails_by_itself_does_not_vote():
    votes = {"US-KY.txt": exact(1), "US-MN.txt": exact(2), "US-MO.txt": exact(2)}
    decisions = decided(FOUR, votes, failing=("US-MN.txt", "US-MO.txt"))
    assert national(decisions) == {(2023, "missing_child_cases"): exact(1)}
    assert decisions.status["US-KY.txt"] == "accepted"
    assert decisions.status["US-MN.txt"] == "quarantined"


def test_a_duplicate_does_not_vote_twice():
    sheets = {"a.txt": ("US-KY", "same"), "b.txt": ("US-KY", "same"), "c.txt": ("US-MN", "other")}
    decisions = decided(sheets, {"a.txt": exact(1), "b.txt": exact(1), "c.txt": exact(2)})
    assert decisions.status == {"a.txt": "accepted", "b.txt": "duplicate", "c.txt": "accepted"}
    assert national(decisions) == {(2023, "missing_child_cases"): None}


def test_two_different_texts_of_a_state_are_both_quarantined():
    decisions = decided({"a.txt": ("US-KY", "one"), "b.txt": ("US-KY", "two")})
    assert decisions.status == {"a.txt": "quarantined", "b.txt": "quarantined"}
    messages = [finding.message for finding, _, _ in decisions.findings if not finding.passed]
    assert messages == [
        "2023/US-KY (a.txt): b.txt has other figures for the same state and year, and raw/manifest.csv does not say of each when it was taken; keep the right one in the raw folder, or record there when each was taken",
        "2023/US-KY (b.txt): a.txt has other figures for the same state and year, and raw/manifest.csv does not say of each when it was taken; keep the right one in the raw folder, or record there when each was taken",
    ]


def test_a_bad_text_of_a_state_leaves_the_good_one_alone():
    sheets = {"a.txt": ("US-KY", "one"), "b.txt": ("US-KY", "two")}
    decisions = decided(sheets, failing=("a.txt",))
    assert decisions.status == {"a.txt": "quarantined", "b.txt": "accepted"}


def test_the_text_that_was_taken_last_supersedes_the_older():
    sheets = {"a.txt": ("US-KY", "one"), "b.txt": ("US-KY", "two")}
    decisions = decided(sheets, retrieved={"a.txt": "2026-01-02", "b.txt": "2026-01-01"})
    assert decisions.status == {"a.txt": "accepted", "b.txt": "superseded"}


@pytest.mark.parametrize(
    "retrieved", [{"a.txt": "2026-01-02"}, {"a.txt": "2026-01-02", "b.txt": "2026-01-02"}]
)
def test_texts_that_no_date_tells_apart_are_both_quarantined(retrieved):
    sheets = {"a.txt": ("US-KY", "one"), "b.txt": ("US-KY", "two")}
    decisions = decided(sheets, retrieved=retrieved)
    assert decisions.status == {"a.txt": "quarantined", "b.txt": "quarantined"}


@pytest.mark.parametrize(
    ("versions", "statuses"),
    [
        # the newest is older than one that came before the other: no order of names settles it
        ([("one", "2026-01-02"), ("two", "2026-01-01"), ("three", "2026-01-03")],
         ["superseded", "superseded", "accepted"]),
        ([("one", "2026-01-01"), ("two", "2026-01-02"), ("one", "2026-01-03")],
         ["accepted", "superseded", "duplicate"]),
        ([("one", "2026-01-01"), ("two", "2026-01-02"), ("one", None)],
         ["superseded", "accepted", "superseded"]),
        ([("one", "2026-01-02"), ("two", "2026-01-02"), ("three", "2026-01-01")],
         ["quarantined"] * 3),
        ([("one", "2026-01-02"), ("two", None), ("three", "2026-01-01")], ["quarantined"] * 3),
        ([("one", "2026-01-02"), ("two", "2026-01-02T10:00:00Z")], ["quarantined"] * 2),
        ([("one", "2026-01-02"), ("two", "2026-01-03T00:00:00Z")], ["superseded", "accepted"]),
        ([("one", "2026-01-02T12:00:00Z"), ("two", "2026-01-02T14:00:00+03:00")],
         ["accepted", "superseded"]),
        ([("one", "9/1/2024"), ("two", "10/1/2024")], ["quarantined"] * 2),
        ([("one", None), ("one", "2026-01-02"), ("one", "2026-01-01")],
         ["duplicate", "duplicate", "accepted"]),
    ],
)  # fmt: skip
def test_what_becomes_of_texts_does_not_depend_on_the_names_of_their_files(versions, statuses):
    for names in permutations(f"{letter}.txt" for letter in "abc"[: len(versions)]):
        files = dict(zip(names, versions, strict=True))
        decisions = decided(
            {file: ("US-KY", figures) for file, (figures, _) in files.items()},
            retrieved={file: date for file, (_, date) in files.items()},
        )
        assert [decisions.status[file] for file in names] == statuses


KENTUCKY = "2023/US-KY"
TAKEN = {"a.txt": "2026-01-01", "b.txt": "2026-01-02", "c.txt": "2026-01-03"}


def let_in(file: str, replaces: str) -> Acceptance:
    return Acceptance(KENTUCKY, sha(file), sha(replaces), "2026-01-04", "")


@pytest.mark.parametrize(
    ("printed", "published", "accepted", "failing", "retrieved", "statuses"),
    [
        # the newest revises what is published and waits; one between them is passed over
        ((1, 2), "a.txt", [], (), TAKEN, ["accepted", "pending"]),
        ((1, 2, 3), "a.txt", [], (), TAKEN, ["accepted", "superseded", "pending"]),
        ((1, 2, 3), "b.txt", [], (), TAKEN, ["superseded", "accepted", "pending"]),
        ((1, 2, 3), "c.txt", [], (), TAKEN, ["superseded", "superseded", "accepted"]),
        ((1, 2, 2), "a.txt", [], (), TAKEN, ["accepted", "pending", "duplicate"]),
        ((1, 1, 2), "b.txt", [], (), TAKEN, ["duplicate", "accepted", "pending"]),
        # before the first release, and where the published bytes are gone, the newest counts
        ((1, 2), None, [], (), TAKEN, ["superseded", "accepted"]),
        ((1, 2), "gone.txt", [], (), TAKEN, ["superseded", "accepted"]),
        # let in: at once, in two steps, of three the one between
        ((1, 2), "a.txt", [let_in("b.txt", "a.txt")], (), TAKEN, ["superseded", "accepted"]),
        ((1, 2, 3), "a.txt", [let_in("c.txt", "b.txt"), let_in("b.txt", "a.txt")], (), TAKEN,
         ["superseded", "superseded", "accepted"]),
        ((1, 2, 3), "a.txt", [let_in("b.txt", "a.txt")], (), TAKEN, ["superseded", "accepted", "pending"]),
        ((1, 2), "gone.txt", [let_in("b.txt", "gone.txt")], (), TAKEN, ["superseded", "accepted"]),
        # a decision in the place of something else, or of a file that is gone, lets nothing in
        ((1, 2), "a.txt", [let_in("b.txt", "c.txt")], (), TAKEN, ["accepted", "pending"]),
        ((1, 2), "a.txt", [let_in("c.txt", "a.txt")], (), TAKEN, ["accepted", "pending"]),
        # what fails by itself neither waits nor is let in
        ((1, 2), "a.txt", [], ("b.txt",), TAKEN, ["accepted", "quarantined"]),
        ((1, 2), "a.txt", [let_in("b.txt", "a.txt")], ("b.txt",), TAKEN, ["accepted", "quarantined"]),
        ((1, 2, 3), "a.txt", [], ("c.txt",), TAKEN, ["accepted", "pending", "quarantined"]),
        # which is the newer nobody knows: what is published stays, unless somebody decided
        ((1, 2), "a.txt", [], (), {}, ["accepted", "quarantined"]),
        ((1, 2), "a.txt", [let_in("b.txt", "a.txt")], (), {}, ["superseded", "accepted"]),
        ((1, 2), "b.txt", [let_in("b.txt", "a.txt")], (), {}, ["superseded", "accepted"]),
        ((1, 2, 3), "a.txt", [], (), {**TAKEN, "c.txt": "2026-01-02"}, ["accepted", "quarantined", "quarantined"]),
    ],
)  # fmt: skip
def test_a_newer_text_that_revises_what_is_published_waits_until_it_is_let_in(  # noqa: PLR0917  # the columns of the table above
    printed, published, accepted, failing, retrieved, statuses
):
    names = ("a.txt", "b.txt", "c.txt")
    files = dict(zip(names, printed, strict=False))
    decisions = decided(
        {file: ("US-KY", str(number)) for file, number in files.items()},
        {file: exact(number) for file, number in files.items()},
        failing,
        retrieved,
        reviewed=Review({KENTUCKY: sha(published)} if published else {}, accepted),
    )
    assert list(decisions.status.values()) == statuses
    counts = [
        number for number, status in zip(printed, statuses, strict=True) if status == "accepted"
    ]
    assert [national(decisions)[2023, "missing_child_cases"].value] == counts, (
        "what waits has no vote"
    )


@pytest.mark.parametrize(
    ("old", "new", "waits"),
    [
        ({"faon_connections": 1}, {"faon_connections": 1, "team_hope_supported": 2}, False),
        ({"faon_connections": 1, "team_hope_supported": 2}, {"faon_connections": 1}, True),
        ({"faon_connections": 1}, {"faon_connections": 2}, True),
        ({"faon_connections": 1}, {"team_hope_supported": 1}, True),
    ],
)
def test_a_newer_text_that_only_adds_figures_does_not_wait(old, new, waits):
    metrics = old.keys() | new.keys()
    decisions = decided(
        {"a.txt": ("US-KY", "old"), "b.txt": ("US-KY", "new")},
        retrieved=TAKEN,
        more={
            metric: {
                file: exact(found[metric])
                for file, found in (("a.txt", old), ("b.txt", new))
                if metric in found
            }
            for metric in metrics
        },
        reviewed=Review({KENTUCKY: sha("a.txt")}),
    )
    assert decisions.status["b.txt"] == ("pending" if waits else "accepted")


def test_what_waits_is_told_with_its_figures_and_what_to_do():
    decisions = decided(
        {"a.txt": ("US-KY", "old"), "b.txt": ("US-KY", "new")},
        {"a.txt": exact(5), "b.txt": exact(6)},
        retrieved=TAKEN,
        more={"team_hope_supported": {"a.txt": exact(7)}},
        reviewed=Review({KENTUCKY: sha("a.txt")}),
    )
    (found,) = [f for f, file, _ in decisions.findings if file == "b.txt" and not f.passed]
    assert found.message == (
        "2023/US-KY (b.txt): waits, as a.txt is published with other figures: missing_child_cases "
        "of US 5 → 6, team_hope_supported of US 7 → not printed; compare both, then `statedata "
        "accept 2023/US-KY`, or remove the file"
    )


def test_the_reason_says_what_the_manifest_lacks():
    two = [Version("a", "one", "2026-01-02"), Version("b", "two", "2026-01-02")]
    assert choose(two).unsettled == "raw/manifest.csv does not say which was taken last"
    undated = [two[0], Version("b", "two", None)]
    assert choose(undated).unsettled == "raw/manifest.csv does not say of each when it was taken"
    assert choose(two[:1]).unsettled is None


@pytest.mark.parametrize("text", ["", "9/1/2024", "yesterday", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_date_is_none(text):
    assert taken(text) is None


# Which wording of a national figure stands


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (exact(27130), exact(27130), False),
        (exact(27130), exact(27131), True),
        (exact(36_210_368), MILLIONS_36_2, False),
        (exact(36_300_000), MILLIONS_36_2, True),  # the upper end does not belong to it
        (MILLIONS_36_2, MILLIONS_36_3, True),
        (exact(18_444), more_than(18_400), False),
        (exact(18_400), more_than(18_400), True),
        (more_than(18_000), more_than(18_400), False),
        (nearly(20_000), more_than(19_000), False),
        (nearly(20_000), more_than(20_000), True),
    ],
)
def test_wordings_contradict_where_no_number_is_both(one, other, expected):
    assert contradict(one, other, ENDS) is expected
    assert contradict(other, one, ENDS) is expected


@pytest.mark.parametrize(
    ("figures", "elsewhere", "stands"),
    [
        ([exact(1)], None, exact(1)),
        ([exact(1), exact(2)], None, None),
        ([exact(1), exact(2)], 1, None),  # what is printed elsewhere settles no contradiction
        ([exact(1), exact(1), exact(2)], None, exact(1)),
        ([exact(1), exact(1), exact(2), exact(3)], None, None),
        ([exact(1), exact(1), exact(2), exact(2)], None, None),
        ([more_than(18_000)] * 3 + [exact(81_000)], 81_000, more_than(18_000)),
        ([more_than(18_000), exact(81_000)], None, more_than(18_000)),
        ([more_than(18_000), exact(81_000)], 18_444, more_than(18_000)),
        ([more_than(18_000), exact(81_000)], 81_000, exact(81_000)),
        ([more_than(18_000), more_than(18_400)], None, more_than(18_000)),
        ([more_than(18_000), more_than(18_400)], 18_444, more_than(18_400)),
        ([nearly(20_000), more_than(19_000)], None, None),  # neither is true of the other
        ([MILLIONS_36_2] * 2 + [exact(36_210_368)], 36_210_368, MILLIONS_36_2),
        ([MILLIONS_36_2] * 2 + [MILLIONS_36_3], None, MILLIONS_36_2),
        ([exact(18_444)] * 2 + [exact(18_555)] * 2 + [more_than(18_000)], None, None),
        (
            [exact(18_444)] * 2 + [exact(18_555)] * 2 + [more_than(18_000)] * 2,
            None,
            more_than(18_000),
        ),
    ],
)
def test_the_wording_of_most_sheets_stands_and_on_a_tie_the_widest(figures, elsewhere, stands):
    corroborated = None if elsewhere is None else Decimal(elsewhere)
    for order in (figures, figures[::-1]):
        counts = {figure: order.count(figure) for figure in order}
        assert standing(counts, ENDS, corroborated) == stands


# The rules between sheets, by DuckDB and by a plain reading of them

WORDINGS = {
    "5": exact(5),
    "7": exact(7),
    "more than 4": more_than(4),
    "more than 6": more_than(6),
    "about 5": rounded("5", "4.5", "6"),
    "about 6": rounded("6", "5.5", "7"),
    "nearly 7": Figure(Decimal(7), "nearly", Decimal(3), Decimal(7)),
}
EIGHTHS = [Decimal(number) / 8 for number in range(400)]


def numbers_of(wording: str) -> set[Decimal]:
    """Every eighth below fifty that the wording allows."""
    figure = WORDINGS[wording]
    has_lower, has_upper = ENDS[figure.qualifier]
    upper = figure.upper if figure.upper is not None else Decimal(100)
    return {
        number
        for number in EIGHTHS
        if figure.lower < number < upper
        or (number == figure.lower and has_lower)
        or (number == upper and has_upper)
    }


NUMBERS = {wording: numbers_of(wording) for wording in WORDINGS}


def clash(one: str, other: str) -> bool:
    a, b = NUMBERS[one], NUMBERS[other]
    same_kind = WORDINGS[one].qualifier == WORDINGS[other].qualifier
    return not a & b or (same_kind and not a <= b and not b <= a)


def plainly_standing(printed: list[str], elsewhere: int | None) -> str | None:
    """The wording that stands, by the rules as they are told."""
    most = max(printed.count(wording) for wording in printed)
    first = {wording for wording in printed if printed.count(wording) == most}
    choice = {one for one in first if all(NUMBERS[other] <= NUMBERS[one] for other in first)}
    if elsewhere is not None:
        choice |= {
            one
            for one in first
            if elsewhere in NUMBERS[one] and not any(clash(one, other) for other in first)
        }
    if not choice:
        return None
    chosen = min(choice, key=lambda wording: len(NUMBERS[wording]))
    against = [wording for wording in printed if clash(wording, chosen)]
    return chosen if len(against) < len(printed) / 2 else None


DATES = ["2026-01-01", "2026-01-02", "2026-01-02T10:00:00Z", "2026-01-02T12:00:00Z", None]


def later(one: str, other: str) -> bool:
    """Whether one was taken after the other for certain."""
    if one[:10] != other[:10]:
        return one[:10] > other[:10]
    return len(one) > 10 and len(other) > 10 and one > other


def plainly_versions(good: dict[str, tuple[str, str | None]]) -> dict[str, str]:
    """What becomes of files of one state: file to its text and date."""
    texts = {text for text, _ in good.values()}
    newest = [
        text
        for text in texts
        if all(any(t == other and d for t, d in good.values()) for other in texts)
        and any(
            t == text and d and all(not e or later(d, e) for u, e in good.values() if u != text)
            for t, d in good.values()
        )
    ]
    if len(texts) > 1 and not newest:
        return dict.fromkeys(good, "quarantined")
    (current,) = newest if len(texts) > 1 else texts
    order = {date: place for place, date in enumerate(DATES)}
    files = sorted((order[date], file) for file, (text, date) in good.items() if text == current)
    status = dict.fromkeys(good, "superseded") | {file: "duplicate" for _, file in files}
    return status | {files[0][1]: "accepted"}


def plainly(sheets: list[tuple], elsewhere: int | None) -> tuple[dict[str, str], str | None, bool]:
    """Status of every sheet, the national figure, and whether it is withheld, one sheet at a time."""
    files = {f"{place}.txt": sheet for place, sheet in enumerate(sheets)}
    status = dict.fromkeys(files, "quarantined")
    for state in {sheet[0] for sheet in sheets}:
        good = {f: (s[1], s[3]) for f, s in files.items() if s[0] == state and not s[4]}
        status |= plainly_versions(good) if good else {}
    votes = {f: s[2] for f, s in files.items() if status[f] == "accepted" and s[2] is not None}
    stands = plainly_standing(list(votes.values()), elsewhere) if votes else None
    for file, wording in votes.items():
        if stands is not None and clash(wording, stands):
            same = {
                f for f, s in files.items() if s[:2] == files[file][:2] and status[f] == "duplicate"
            }
            status |= dict.fromkeys({file, *same}, "quarantined")
    return status, stands, bool(votes) and stands is None


SHEETS = st.lists(
    st.tuples(
        st.sampled_from(["US-KY", "US-MN", "US-MO", "US-MS", "US-OH"]),
        st.sampled_from(["one", "two", "three"]),
        st.sampled_from([*WORDINGS, None]),
        st.sampled_from(DATES),
        st.booleans(),
    ),
    max_size=8,
)


@given(SHEETS, st.sampled_from([None, 5, 6, 7]))
def test_rules_between_sheets_hold_in_duckdb_as_they_do_one_sheet_at_a_time(sheets, elsewhere):
    sheets = [(*sheet[:4], sheet[4] and place % 3 == 0) for place, sheet in enumerate(sheets)]
    files = {f"{place}.txt": sheet for place, sheet in enumerate(sheets)}
    decisions = decided(
        {file: (sheet[0], sheet[1]) for file, sheet in files.items()},
        {file: WORDINGS[sheet[2]] for file, sheet in files.items() if sheet[2] is not None},
        tuple(file for file, sheet in files.items() if sheet[4]),
        {file: sheet[3] for file, sheet in files.items()},
        corroborated=elsewhere,
    )
    status, stands, withheld = plainly(sheets, elsewhere)
    assert decisions.status == status
    expected = {} if stands is None and not withheld else {"missing_child_cases": stands}
    assert national(decisions) == {
        (2023, metric): wording and WORDINGS[wording] for metric, wording in expected.items()
    }


@given(
    st.lists(st.sampled_from(list(WORDINGS)), min_size=1, max_size=9),
    st.sampled_from([None, 5, 6, 7]),
)
def test_the_standing_wording_is_that_of_a_plain_reading(printed, elsewhere):
    counts = {WORDINGS[wording]: printed.count(wording) for wording in printed}
    corroborated = None if elsewhere is None else Decimal(elsewhere)
    expected = plainly_standing(printed, elsewhere)
    found = standing(counts, ENDS, corroborated)
    assert found == (None if expected is None else WORDINGS[expected])
    if found is not None:
        assert counts[found] == max(counts.values())  # a minority never wins


def test_a_key_that_stands_twice_across_batches_is_no_more_loaded_than_pandera_lets_it_pass(
    tmp_path,
):
    rows = [("2023/US/a", 2023, "US", "missing_child_cases", Decimal(1), "exact", Decimal(1), Decimal(1), "published", None, 1)]  # fmt: skip
    one = frame(OBSERVATIONS, rows)
    with pytest.raises(SchemaErrors, match="not unique"):
        frame(OBSERVATIONS, rows * 2)
    parts = [tables.table_files(tmp_path / name, {OBSERVATIONS: one}) for name in "ab"]
    twice = TableFiles({"observations": tuple(p.files["observations"][0] for p in parts)})
    with twice.connection() as connection, duckdb.connect() as loaded:
        loaded.execute(f"create table t as {twice.query('observations')} limit 0")
        assert connection.execute("select count(*) from observations").fetchone() == (2,)
        loaded.execute("create unique index k on t (observation_id)")
        with pytest.raises(duckdb.ConstraintException, match="2023/US/a"):
            loaded.execute(f"insert into t {twice.query('observations')}")


# Held against figures printed elsewhere


def held_against(figure: Figure, value: int, year: int = 2023):
    """What is found on a national figure of 2023 beside another document's."""
    numbers = (figure.value, figure.qualifier, figure.lower, figure.upper)
    row = ("2023/US/missing_child_cases", 2023, "US", "missing_child_cases", *numbers, "published", None, 1)  # fmt: skip
    elsewhere = (year, "US", "missing_child_cases", Decimal(value), "a report", 4)
    return list(check_observations(frame(OBSERVATIONS, [row]), frame(CORROBORATION, [elsewhere])))


def corroborated(figure: Figure, value: int, year: int = 2023) -> list[bool]:
    return [finding.passed for finding, _, _ in held_against(figure, value, year)]


def test_an_exact_figure_elsewhere_fits_or_is_a_warning():
    assert corroborated(MILLIONS_36_2, 36_210_368) == [True]
    assert corroborated(MILLIONS_36_2, 36_310_368) == [False]
    assert corroborated(exact(27_130), 27_131) == [False]
    assert corroborated(more_than(18_400), 18_400) == [True]
    assert corroborated(more_than(18_400), 18_399) == [False]
    assert corroborated(MILLIONS_36_2, 36_210_368, year=2022) == []


def test_a_warning_names_document_and_page():
    ((finding, _, year),) = held_against(exact(8), 9)
    assert year == 2023
    assert "the sheets print 8 (exact), a report, page 4 prints 9; the" in finding.message
    assert (finding.expected, finding.found) == ("9", "8")
