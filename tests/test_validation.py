"""What must hold within a sheet, between sheets and between years; each rule met and broken."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.load import default_catalog
from pipeline.catalog.schema import Correction
from pipeline.model import Figure, Finding, Span, Statement
from pipeline.parse.corrections import apply_corrections
from pipeline.parse.patterns import compile_catalog
from pipeline.parse.sheet import ParsedSheet
from pipeline.sheets.collect import RawSheet
from pipeline.sheets.listing import SheetFile
from pipeline.sheets.manifest import Origin
from pipeline.sheets.rows import raw_frame
from pipeline.tables.frames import frame, records
from pipeline.tables.schema import (
    CORROBORATION,
)
from pipeline.validate.file_checks import check_files
from pipeline.validate.schemas import check_sheets
from tests import tables
from tests.sheets_factory import KENTUCKY_2023, NATION_2023, render
from tests.tables import corpus, texts_frame

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


def checked(sheet: ParsedSheet, text: str) -> tuple[Finding, ...]:
    """Every finding on one sheet."""
    return check_sheets([(sheet, text)], CATALOG, WORDINGS.numbers)[0]


def results(check: str, figures: dict[tuple[str, str], Figure]) -> list[tuple[bool, str]]:
    sheet, text = sheet_of(figures)
    findings = checked(sheet, text)
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
    again = [f for f in checked(sheet, text) if f.check == "spans_reread"]
    assert [finding.passed for finding in again] == [True]
    (finding,) = [f for f in checked(sheet, "x" + text) if f.check == "spans_reread"]
    assert not finding.passed
    assert "does not re-read to its quote" in finding.message


def test_a_figure_that_its_wording_does_not_say_fails():
    sheet, text = sheet_of({("faon_connections", "state"): exact(31)})
    (statement,) = sheet.statements
    other = replace(sheet, statements=(statement._replace(figure=exact(32)),))
    (finding,) = [f for f in checked(other, text) if f.check == "spans_reread"]
    assert "the wording of the figure reads as another figure" in finding.message


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
    said = f"{before} to {after}" if passes else f"{before} in 2023, {after} in 2024; check"
    assert said in rows[0].message
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


@pytest.mark.parametrize(
    "stale", [correction(render(), printed="8,596"), correction(render(), sha256="0" * 64)]
)
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
        origin = Origin(recorded, "NCMEC", "2026-11-21")
        raw = raw_frame([SheetFile.of(file, origin)])
        rows = records(check_files(raw, texts_frame([file])))
        assert [r.passed for r in rows if r.check_name == "manifest_agrees"] == [passes]
