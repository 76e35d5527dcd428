"""What must hold within a sheet, between sheets and between years; each rule met and broken."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from pipeline.catalog.load import default_catalog
from pipeline.catalog.schema import Correction
from pipeline.model import Figure, Span, Statement
from pipeline.parse.corrections import apply_corrections
from pipeline.parse.patterns import compile_catalog
from pipeline.parse.sheet import ParsedSheet
from pipeline.sheets.collect import RawSheet
from pipeline.sheets.manifest import Origin
from pipeline.sheets.rows import decode_sheets, raw_frame
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import frame, records, to_arrow
from pipeline.tables.schema import (
    CHECKS,
    CORROBORATION,
    OBSERVATIONS,
    PARSED_SHEETS,
    RAW_SHEETS,
    STATEMENTS,
)
from pipeline.validate.cross_checks import agree, corroborate, decide, majority
from pipeline.validate.file_checks import check_files
from pipeline.validate.sheet_checks import check_sheet
from tests import tables
from tests.sheets_factory import KENTUCKY_2023, NATION_2023, render
from tests.tables import corpus

CATALOG = default_catalog()
WORDINGS = compile_catalog(CATALOG)


def exact(value: int | str) -> Figure:
    number = Decimal(value)
    return Figure(number, "exact", number, number)


def rounded(value: str, lower: str, upper: str) -> Figure:
    return Figure(Decimal(value), "rounded", Decimal(lower), Decimal(upper))


def more_than(value: int) -> Figure:
    return Figure(Decimal(value), "more_than", Decimal(value), None)


MILLIONS_36_2 = rounded("36200000", "36150000", "36300000")
MILLIONS_36_3 = rounded("36300000", "36250000", "36400000")


# Within one sheet


def sheet_of(figures: dict[tuple[str, str], Figure]) -> tuple[ParsedSheet, str]:
    """A parsed sheet that prints these figures and nothing else, and its text."""
    statements, text = [], ""
    for (metric, of), figure in figures.items():
        printed = f"{figure.value:f}"
        span = Span(len(text), len(text) + len(printed))
        text += printed + "\n"
        statements.append(
            Statement(metric, of, figure, printed, span, printed, span, 1, "test", (2023, None))
        )
    return ParsedSheet("2023/ky.txt", 2023, "US-KY", tuple(statements), (), ()), text


def results(check: str, figures: dict[tuple[str, str], Figure]) -> list[tuple[bool, str]]:
    sheet, text = sheet_of(figures)
    findings = check_sheet(sheet, text, CATALOG, WORDINGS.numbers)
    return [(finding.passed, finding.message) for finding in findings if finding.check == check]


def table(total: Figure, *rows: Figure) -> dict[tuple[str, str], Figure]:
    names = ["", "_social_services", "_other", "_orr"]
    return {
        (f"missing_child_cases{name}", "state"): figure
        for name, figure in zip(names, (total, *rows), strict=False)
    }


def test_rows_that_add_up_pass():
    found = results("parts_sum_to_totals", table(exact(199), exact(133), exact(45), exact(21)))
    assert found == [(True, "2023/US-KY (2023/ky.txt) missing_child_cases: 133 + 45 + 21 = 199")]


def test_rows_that_do_not_add_up_fail_with_both_sums():
    ((passed, message),) = results(
        "parts_sum_to_totals", table(exact(199), exact(133), exact(45), exact(20))
    )
    assert not passed
    assert "rows 133 + 45 + 20 = 198, stated 199; compare the table with the sheet" in message


def test_a_sum_with_a_hole_fails_even_where_nothing_would_fill_it():
    ((passed, message),) = results("parts_sum_to_totals", table(exact(178), exact(133), exact(45)))
    assert not passed
    assert "missing_child_cases_orr of state not found" in message


def test_rows_without_their_total_fail():
    rows = table(exact(199), exact(133), exact(45), exact(21))
    del rows["missing_child_cases", "state"]
    assert [passed for passed, _ in results("parts_sum_to_totals", rows)] == [False]


def test_a_sheet_that_prints_nothing_of_a_sum_is_not_asked_for_it():
    assert results("parts_sum_to_totals", {("faon_connections", "state"): exact(1)}) == []


def test_rows_of_zero_add_up_to_zero():
    zeros = table(exact(0), exact(0), exact(0), exact(0))
    assert [passed for passed, _ in results("parts_sum_to_totals", zeros)] == [True]


@pytest.mark.parametrize(
    ("total", "passes"),
    [
        (more_than(190), True),
        (more_than(199), True),  # the end of the interval; whether it is open, the sum cannot say
        (more_than(250), False),
        (rounded("200", "195", "210"), True),
        (rounded("300", "295", "310"), False),
    ],
)
def test_a_total_in_words_holds_where_its_interval_meets_the_sum(total, passes):
    rows = table(total, exact(133), exact(45), exact(21))
    assert [passed for passed, _ in results("parts_sum_to_totals", rows)] == [passes]


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3), st.integers(1, 100))
def test_only_the_sum_of_the_rows_is_accepted_as_total(rows, off):
    parts = [exact(row) for row in rows]
    right, wrong = table(exact(sum(rows)), *parts), table(exact(sum(rows) + off), *parts)
    assert [passed for passed, _ in results("parts_sum_to_totals", right)] == [True]
    assert [passed for passed, _ in results("parts_sum_to_totals", wrong)] == [False]


@pytest.mark.parametrize(
    ("state", "nation", "passes"),
    [
        (exact(45), exact(5759), True),
        (exact(5759), exact(5759), True),
        (exact(5760), exact(5759), False),
        (exact(6000), more_than(5000), True),
        (more_than(5700), exact(5759), True),
        (more_than(6000), exact(5759), False),
        (exact(36_250_000), MILLIONS_36_2, True),
        (exact(36_300_001), MILLIONS_36_2, False),
    ],
)
def test_a_part_is_not_larger_than_its_whole(state, nation, passes):
    figures = {("team_hope_supported", "state"): state, ("team_hope_supported", "US"): nation}
    assert [passed for passed, _ in results("parts_do_not_exceed_wholes", figures)] == [passes]


def test_a_part_without_its_whole_is_not_compared():
    figures = {("team_hope_supported", "state"): exact(10**9)}
    assert results("parts_do_not_exceed_wholes", figures) == []


@pytest.mark.parametrize(
    ("metric", "of", "figure", "passes"),
    [
        ("runaways_likely_trafficked_share", "US", exact(0), True),
        ("runaways_likely_trafficked_share", "US", exact("19.5"), True),
        ("runaways_likely_trafficked_share", "US", exact(100), True),
        ("runaways_likely_trafficked_share", "US", exact("100.1"), False),
        ("faon_connections", "state", exact(0), True),
        ("faon_connections", "state", exact("1.5"), False),
        ("faon_connections", "state", exact(100_000), True),
        ("faon_connections", "state", exact(100_001), False),
        ("cybertipline_reports_received", "US", exact(999_999), False),
        ("cybertipline_reports_received", "US", exact(1_000_000), True),
    ],
)
def test_a_value_is_within_its_metrics_bounds(metric, of, figure, passes):
    found = results("values_are_within_bounds", {(metric, of): figure})
    assert [passed for passed, _ in found] == [passes]


def test_spans_that_reread_pass_and_moved_ones_fail():
    sheet, text = sheet_of({("faon_connections", "state"): exact(31)})
    again = [f for f in check_sheet(sheet, text, CATALOG, WORDINGS.numbers) if f.check == "spans_reread"]  # fmt: skip
    assert [finding.passed for finding in again] == [True]
    (finding,) = [f for f in check_sheet(sheet, "x" + text, CATALOG, WORDINGS.numbers) if f.check == "spans_reread"]  # fmt: skip
    assert not finding.passed
    assert "does not re-read to its quote" in finding.message


def test_a_figure_that_its_wording_does_not_say_fails():
    sheet, text = sheet_of({("faon_connections", "state"): exact(31)})
    (statement,) = sheet.statements
    other = replace(sheet, statements=(replace(statement, figure=exact(32)),))
    (finding,) = [f for f in check_sheet(other, text, CATALOG, WORDINGS.numbers) if f.check == "spans_reread"]  # fmt: skip
    assert "the wording of the figure reads as another figure" in finding.message


# Whether two wordings state one figure


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (exact(27130), exact(27130), True),
        (exact(27130), exact(27131), False),
        (exact(36_210_368), MILLIONS_36_2, True),
        (exact(36_300_001), MILLIONS_36_2, False),
        (MILLIONS_36_2, MILLIONS_36_3, False),
        (exact(18_444), more_than(18_400), True),
        (exact(18_300), more_than(18_400), False),
        (more_than(18_000), more_than(18_400), False),
        (MILLIONS_36_2, more_than(36_000_000), True),
    ],
)
def test_wordings_agree_where_one_is_the_more_precise(one, other, same):
    assert agree(one, other) is same
    assert agree(other, one) is same


@pytest.mark.parametrize(
    ("figures", "agreed"),
    [
        ([exact(1)], exact(1)),
        ([exact(1), exact(1)], exact(1)),
        ([exact(1), exact(2)], None),
        ([exact(1), exact(1), exact(2)], exact(1)),
        ([exact(1), exact(1), exact(2), exact(2)], None),
        ([exact(1), exact(1), exact(1), exact(2)], exact(1)),
        ([exact(1), exact(2), exact(3)], None),
        ([exact(36_210_368), MILLIONS_36_2, MILLIONS_36_2], exact(36_210_368)),
        ([MILLIONS_36_2, MILLIONS_36_2, MILLIONS_36_3], MILLIONS_36_2),
        ([MILLIONS_36_2, MILLIONS_36_3], None),
    ],
)
def test_the_majority_is_more_than_half_and_most_precise(figures, agreed):
    assert majority(figures) == agreed
    assert majority(figures[::-1]) == agreed


@given(st.lists(st.integers(0, 3), min_size=1, max_size=9))
def test_a_majority_has_more_than_half_of_exact_figures(numbers):
    agreed = majority([exact(number) for number in numbers])
    most = max(numbers, key=numbers.count)
    expected = exact(most) if 2 * numbers.count(most) > len(numbers) else None
    assert agreed == expected


# Between sheets


def decided(
    sheets: dict[str, tuple[str, str]],
    national: dict[str, Figure] | None = None,
    failing: tuple[str, ...] = (),
    retrieved: dict[str, str] | None = None,
):
    """Decisions on sheets of 2023: file to state and text, file to its national missing cases."""
    raw = frame(
        RAW_SHEETS,
        [(file, 1, "0", None, None, None, (retrieved or {}).get(file)) for file in sheets],
    )
    parsed = frame(
        PARSED_SHEETS,
        [
            (file, f"2023/{state}", 2023, state, text, 1, 1, 0)
            for file, (state, text) in sheets.items()
        ],
    )
    statements = frame(
        STATEMENTS,
        [
            (f"{file}#US/missing_child_cases", file, f"2023/{sheets[file][0]}", 2023, "US",
             "missing_child_cases", figure.value, figure.qualifier, figure.lower, figure.upper,
             f"{figure.value:,}", 0, 1, "quote", 1, 0, 1, None, None, None, None, "pattern", None)
            for file, figure in (national or {}).items()
        ],
    )  # fmt: skip
    checks = frame(
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
            connection.register(table.name, to_arrow(table, data))
        return decide(connection)


FOUR = {f"{state}.txt": (state, state) for state in ("US-KY", "US-MN", "US-MO", "US-MS")}
AGREED = dict.fromkeys(FOUR, exact(28886))


def test_sheets_that_agree_are_all_accepted():
    decisions = decided(FOUR, AGREED)
    assert set(decisions.status.values()) == {"accepted"}
    assert decisions.national == {(2023, "missing_child_cases"): exact(28886)}
    assert decisions.withheld == set()


def test_the_odd_sheet_out_is_quarantined_by_name():
    decisions = decided(FOUR, {**AGREED, "US-MO.txt": exact(28887)})
    assert [file for file, status in decisions.status.items() if status == "quarantined"] == ["US-MO.txt"]  # fmt: skip
    ((finding, file, year),) = [found for found in decisions.findings if not found[0].passed]
    assert (finding.check, file, year) == ("national_figures_agree", "US-MO.txt", 2023)
    assert (finding.expected, finding.found) == ("28,886", "28,887")
    assert finding.message.startswith("US-MO.txt missing_child_cases of US: printed '28,887'")


def test_a_more_precise_wording_is_not_odd_and_becomes_the_figure():
    votes = {**dict.fromkeys(FOUR, MILLIONS_36_2), "US-MO.txt": exact(36_210_368)}
    decisions = decided(FOUR, votes)
    assert set(decisions.status.values()) == {"accepted"}
    assert decisions.national == {(2023, "missing_child_cases"): exact(36_210_368)}


def test_two_against_two_withholds_the_figure_and_keeps_the_sheets():
    split = {**AGREED, "US-MO.txt": exact(28887), "US-MS.txt": exact(28887)}
    decisions = decided(FOUR, split)
    assert set(decisions.status.values()) == {"accepted"}
    assert decisions.withheld == {(2023, "missing_child_cases")}
    assert decisions.national == {}


def test_a_sheet_that_fails_by_itself_does_not_vote():
    votes = {"US-KY.txt": exact(1), "US-MN.txt": exact(2), "US-MO.txt": exact(2)}
    decisions = decided(FOUR, votes, failing=("US-MN.txt", "US-MO.txt"))
    assert decisions.national == {(2023, "missing_child_cases"): exact(1)}
    assert decisions.status["US-KY.txt"] == "accepted"
    assert decisions.status["US-MN.txt"] == "quarantined"


def test_a_duplicate_does_not_vote_twice():
    sheets = {"a.txt": ("US-KY", "same"), "b.txt": ("US-KY", "same"), "c.txt": ("US-MN", "other")}
    decisions = decided(sheets, {"a.txt": exact(1), "b.txt": exact(1), "c.txt": exact(2)})
    assert decisions.status == {"a.txt": "accepted", "b.txt": "duplicate", "c.txt": "accepted"}
    assert decisions.withheld == {(2023, "missing_child_cases")}


def test_two_different_texts_of_a_state_are_both_quarantined():
    decisions = decided({"a.txt": ("US-KY", "one"), "b.txt": ("US-KY", "two")})
    assert decisions.status == {"a.txt": "quarantined", "b.txt": "quarantined"}
    messages = [finding.message for finding, _, _ in decisions.findings if not finding.passed]
    assert messages == [
        "2023/US-KY (a.txt): b.txt has other figures for the same state and year; keep the right one in the raw folder",
        "2023/US-KY (b.txt): a.txt has other figures for the same state and year; keep the right one in the raw folder",
    ]


def test_a_bad_text_of_a_state_leaves_the_good_one_alone():
    sheets = {"a.txt": ("US-KY", "one"), "b.txt": ("US-KY", "two")}
    decisions = decided(sheets, failing=("a.txt",))
    assert decisions.status == {"a.txt": "quarantined", "b.txt": "accepted"}


def test_the_text_that_was_taken_last_supersedes_the_older():
    sheets = {"a.txt": ("US-KY", "one"), "b.txt": ("US-KY", "two")}
    decisions = decided(sheets, retrieved={"a.txt": "2026-01-02", "b.txt": "2026-01-01"})
    assert decisions.status == {"a.txt": "accepted", "b.txt": "superseded"}


@pytest.mark.parametrize("retrieved", [{"a.txt": "2026-01-02"}, {"a.txt": "2026-01-02", "b.txt": "2026-01-02"}])  # fmt: skip
def test_texts_that_no_date_tells_apart_are_both_quarantined(retrieved):
    sheets = {"a.txt": ("US-KY", "one"), "b.txt": ("US-KY", "two")}
    decisions = decided(sheets, retrieved=retrieved)
    assert decisions.status == {"a.txt": "quarantined", "b.txt": "quarantined"}


# The rules between sheets, by DuckDB and by a plain reading of them

SHEETS = st.lists(
    st.tuples(
        st.sampled_from(["US-KY", "US-MN", "US-MO"]),
        st.sampled_from(["one", "two"]),
        st.sampled_from([exact(36_210_368), exact(36_210_369), MILLIONS_36_2, MILLIONS_36_3, None]),
        st.sampled_from(["2026-01-01", "2026-01-02", None]),
        st.booleans(),
    ),
    max_size=7,
)


def plainly(sheets: list[tuple]) -> tuple[dict[str, str], Figure | None, bool]:
    """Status of every sheet, the national figure, and whether it is withheld, one sheet at a time."""
    status = {f"{place}.txt": "quarantined" for place in range(len(sheets))}
    votes: dict[str, Figure] = {}
    for state in sorted({sheet[0] for sheet in sheets}):
        good = {
            f"{place}.txt": sheet
            for place, sheet in enumerate(sheets)
            if sheet[0] == state and not sheet[4]
        }
        dates = [sheet[3] for sheet in good.values()]
        by_text: dict[str, set] = {}
        last: dict[str, str | None] = {}
        for sheet in good.values():
            by_text.setdefault(sheet[1], set()).add(sheet[3])
            last[sheet[1]] = sheet[3]
        if len(by_text) == 2 and None not in dates and len(set(last.values())) == 2:
            for file, sheet in good.items():
                status[file] = "accepted" if sheet[3] == max(dates) else "superseded"
            good = {file: sheet for file, sheet in good.items() if sheet[3] == max(dates)}
        if len({sheet[1] for sheet in good.values()}) == 1:
            for place, file in enumerate(good):
                status[file] = "duplicate" if place else "accepted"
    for place, sheet in enumerate(sheets):
        if status[f"{place}.txt"] == "accepted" and sheet[2] is not None:
            votes[f"{place}.txt"] = sheet[2]
    agreed = majority(list(votes.values())) if votes else None
    if agreed is not None:
        for file, figure in votes.items():
            if not agree(figure, agreed):
                status[file] = "quarantined"
    return status, agreed, bool(votes) and agreed is None


@given(SHEETS)
def test_rules_between_sheets_hold_in_duckdb_as_they_do_one_sheet_at_a_time(sheets):
    files = {f"{place}.txt": sheet for place, sheet in enumerate(sheets)}
    decisions = decided(
        {file: (sheet[0], sheet[1]) for file, sheet in files.items()},
        {file: sheet[2] for file, sheet in files.items() if sheet[2] is not None},
        tuple(file for file, sheet in files.items() if sheet[4]),
        {file: sheet[3] for file, sheet in files.items()},
    )
    status, agreed, withheld = plainly(sheets)
    assert decisions.status == status
    assert decisions.national.get((2023, "missing_child_cases")) == agreed
    assert ((2023, "missing_child_cases") in decisions.withheld) == withheld


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


def corroborated(figure: Figure, value: int, year: int = 2023) -> list[bool]:
    elsewhere = frame(
        CORROBORATION, [(year, "US", "missing_child_cases", Decimal(value), "a report", 4)]
    )
    national = {(2023, "missing_child_cases"): figure}
    return [finding.passed for finding, _ in corroborate(national, elsewhere)]


def test_an_exact_figure_elsewhere_fits_or_is_a_warning():
    assert corroborated(MILLIONS_36_2, 36_210_368) == [True]
    assert corroborated(MILLIONS_36_2, 36_310_368) == [False]
    assert corroborated(exact(27_130), 27_131) == [False]
    assert corroborated(MILLIONS_36_2, 36_210_368, year=2022) == []


def test_a_warning_names_document_and_page():
    elsewhere = frame(
        CORROBORATION, [(2023, "US", "missing_child_cases", Decimal(9), "a report", 4)]
    )
    ((finding, year),) = corroborate({(2023, "missing_child_cases"): exact(8)}, elsewhere)
    assert year == 2023
    assert "the sheets print 8 (exact), a report, page 4 prints 9" in finding.message


# Whole sheets


def validated(sheets: dict[str, str], catalog=CATALOG, manifest=None):
    """What is published of texts by file name, a frame an attribute."""
    files = []
    for file, text in sorted(sheets.items()):
        content = text.encode()
        digest = hashlib.sha256(content).hexdigest()
        files.append(RawSheet(file, Path(file), len(content), digest, content, None))
    with TemporaryDirectory() as folder:
        wordings = replace(WORDINGS, catalog=catalog)
        found = corpus(Path(folder), files, manifest or {}, wordings)
        return SimpleNamespace(**tables.validated(found, frame(CORROBORATION, []), catalog))


def coverage(found, place: str, metric: str, year: int = 2023) -> list[str]:
    return [
        row.coverage
        for row in records(found.coverage)
        if (row.year, row.jurisdiction, row.metric) == (year, place, metric)
    ]


def test_coverage_tells_published_from_absent_missing_and_quarantined():
    broken = render("US-OH", local={**KENTUCKY_2023, "missing_child_cases_orr": "22"})
    found = validated({"2023/ky.txt": render(), "2023/oh.txt": broken})
    assert coverage(found, "US-KY", "faon_connections") == ["published"]
    assert coverage(found, "US-KY", "team_adam_cases_assisted") == ["absent_from_sheet"]
    assert coverage(found, "US-OH", "faon_connections") == ["quarantined"]
    assert coverage(found, "US-FL", "faon_connections") == ["sheet_missing"]
    assert coverage(found, "US", "missing_child_cases") == ["published"]
    assert coverage(found, "US", "faon_connections") == []
    assert coverage(found, "US-KY", "cvip_children_identified") == []


def test_a_withheld_national_figure_is_covered_as_quarantined():
    other = render("US-OH", nation={**NATION_2023, "missing_child_cases": "28,887"})
    found = validated({"2023/ky.txt": render(), "2023/oh.txt": other})
    assert coverage(found, "US", "missing_child_cases") == ["quarantined"]
    assert coverage(found, "US", "team_hope_supported") == ["published"]


def test_a_year_of_quarantined_sheets_alone_is_covered_as_quarantined():
    broken = render("US-OH", 2024, local={**KENTUCKY_2023, "missing_child_cases_orr": "22"})
    found = validated({"2023/ky.txt": render(), "2024/oh.txt": broken})
    assert coverage(found, "US", "missing_child_cases", 2024) == ["quarantined"]
    assert coverage(found, "US-OH", "missing_child_cases", 2024) == ["quarantined"]
    assert coverage(found, "US-KY", "missing_child_cases", 2024) == ["sheet_missing"]


@pytest.mark.parametrize(
    ("before", "after", "passes"),
    [
        ("100", "300", True),
        ("100", "301", False),
        ("300", "100", True),
        ("301", "100", False),
        ("33", "99", True),
        ("1", "99", True),  # small counts move that much by themselves
        ("0", "100", False),
    ],
)
def test_a_jump_from_one_year_to_the_next_is_a_warning(before, after, passes):
    found = validated(
        {
            f"{year}/ky.txt": render(
                "US-KY", year, local={**KENTUCKY_2023, "faon_connections": value}
            )
            for year, value in ((2023, before), (2024, after))
        }
    )
    rows = [
        row
        for row in records(found.checks)
        if row.check_name == "no_jump_between_years" and row.metric == "faon_connections"
    ]
    assert [(row.passed, row.level, row.year) for row in rows] == [(passes, "warning", 2024)]
    assert len(found.quarantine) == 0


def test_years_that_do_not_follow_each_other_are_not_compared():
    found = validated({"2023/ky.txt": render(), "2025/ky.txt": render("US-KY", 2025)})
    assert "no_jump_between_years" not in set(found.checks["check_name"])


def test_an_odd_sheet_in_another_year_does_not_count():
    nation = {**NATION_2023, "missing_child_cases": "28,887"}
    found = validated(
        {"2023/ky.txt": render(), "2024/ky.txt": render("US-KY", 2024, nation=nation)}
    )
    assert len(found.quarantine) == 0
    assert coverage(found, "US", "missing_child_cases", 2024) == ["published"]


# Corrections


def correction(text: str, printed: str = "8,597", sha256: str | None = None) -> Correction:
    return Correction.model_validate(
        {
            "sheet": "2023/US-KY",
            "sha256": sha256 or hashlib.sha256(text.encode()).hexdigest(),
            "metric": "cybertipline_reports_to_law_enforcement of state",
            "printed": printed,
            "corrected": Decimal(8795),
            "reason": "digits were swapped",
            "link": "https://example.org/erratum",
        }
    )


def corrected(entry: Correction):
    catalog = CATALOG.model_copy(update={"corrections": (entry,)})
    return validated({"2023/ky.txt": render()}, catalog)


def test_a_correction_is_published_as_such_and_the_printed_figure_is_kept():
    found = corrected(correction(render()))
    metric = "cybertipline_reports_to_law_enforcement"
    (row,) = [row for row in records(found.observations) if row.metric == metric]
    assert (row.value, row.qualifier, row.status) == (Decimal(8795), "exact", "corrected")
    (row,) = [row for row in records(found.statements) if row.metric == metric]
    assert (row.printed, row.value, row.corrected) == ("8,597", Decimal(8597), Decimal(8795))


@pytest.mark.parametrize("stale", [correction(render(), printed="8,596"), correction(render(), sha256="0" * 64)])  # fmt: skip
def test_a_correction_that_finds_nothing_to_correct_is_stale(stale):
    found = corrected(stale)
    (row,) = [row for row in records(found.checks) if row.check_name == "corrections_apply"]
    assert not row.passed
    assert "prints '8,59" in row.message
    assert "remove or update the entry in corrections.yml" in row.message


def test_a_correction_of_another_sheet_changes_nothing():
    sheet, _ = sheet_of({("faon_connections", "state"): exact(31)})
    entry = correction(render())
    catalog = CATALOG.model_copy(update={"corrections": (entry,)})
    assert apply_corrections(sheet, entry.sha256, catalog) == sheet


def test_the_manifest_agrees_or_a_warning_says_so():
    content = render().encode()
    file = RawSheet("2023/ky.txt", Path("ky"), len(content), "a" * 64, content, None)
    for recorded, passes in (("a" * 64, True), ("b" * 64, False)):
        raw = raw_frame([file], {"2023/ky.txt": Origin(recorded, "NCMEC", "2026-11-21")})
        rows = records(check_files(raw, decode_sheets([file])))
        assert [r.passed for r in rows if r.check_name == "manifest_agrees"] == [passes]
