"""The schema of a batch's statements: pandera's verdicts are those of a plain reading of each sheet."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from pipeline.catalog.load import default_catalog
from pipeline.catalog.schema import AtMost, Sum
from pipeline.checks import CHECKLIST
from pipeline.model import Figure, Span, Statement
from pipeline.parse.patterns import compile_catalog
from pipeline.parse.sheet import ParsedSheet
from pipeline.validate.schemas import check_sheets, statements_schema
from pipeline.validate.sheet_checks import SpansReread
from tests.building import run_python
from tests.parse.reading import read
from tests.sheets_factory import KENTUCKY_2023, render

CATALOG = default_catalog()
NUMBERS = compile_catalog(CATALOG).numbers
SERIES = {(metric.metric, series.of): (metric, series) for metric, series in CATALOG.series()}
ASKED = ["required_metrics_are_printed", "metrics_are_printed_once", "spans_reread", "values_are_within_bounds", "parts_sum_to_totals", "parts_do_not_exceed_wholes"]  # fmt: skip

RELATED = sorted(
    {key for r in CATALOG.relations if isinstance(r, Sum) for key in (r.whole, *r.parts)}
    | {key for r in CATALOG.relations if isinstance(r, AtMost) for key in (r.smaller, r.larger)}
)
"""Every series that a sum or a pair of the catalog names."""


def sheet_of(
    figures: dict[tuple[str, str], Figure], file: str = "ky.txt"
) -> tuple[ParsedSheet, str]:
    """A sheet that prints these figures, as text that they do not re-read to."""
    span = Span(0, 1)
    statements = tuple(
        Statement(metric, of, figure, "1", span, "1", span, 1, "test", (2023, None))
        for (metric, of), figure in figures.items()
    )
    return ParsedSheet(file, 2023, "US-KY", statements, (), ()), "1"


def test_each_check_bears_its_name_in_the_checklist():
    names = [check.name for check in statements_schema(CATALOG).checks]
    assert names == ASKED
    assert set(names) <= set(CHECKLIST)


def test_of_no_sheets_nothing_is_found():
    assert check_sheets([], CATALOG, NUMBERS) == []


def test_only_the_broken_sheet_of_a_batch_fails():
    texts = [render(), render(local={**KENTUCKY_2023, "missing_child_cases_orr": "22"}), render()]
    sheets = [(read(text, f"{place}.txt")[0], text) for place, text in enumerate(texts)]
    found = check_sheets(sheets, CATALOG, NUMBERS)
    failing = [[finding.check for finding in findings if not finding.passed] for findings in found]
    assert failing == [[], ["parts_sum_to_totals"], []]
    (message,) = [finding.message for finding in found[1] if not finding.passed]
    assert message.startswith("2023/US-KY (1.txt) missing_child_cases: rows 133 + 45 + 22 = 200")


def test_sheets_that_name_no_year_stand_in_a_batch_with_others():
    texts = ["hello", render(), "one more text", "In 2023, NCMEC had 6 engagements."]
    sheets = [(read(text, f"{place}.txt")[0], text) for place, text in enumerate(texts)]
    found = check_sheets(sheets, CATALOG, NUMBERS)
    failing = [[finding.check for finding in findings if not finding.passed] for findings in found]
    assert failing[:3] == [["is_a_state_fact_sheet"], [], ["is_a_state_fact_sheet"]]


def test_a_sheet_without_a_single_statement_lacks_every_required_metric():
    (findings,) = check_sheets([sheet_of({})], CATALOG, NUMBERS)
    missing = {f.expected for f in findings if f.check == "required_metrics_are_printed"}
    required = {
        f"{metric} of {of}"
        for (metric, of), (_, series) in SERIES.items()
        if series.presence == "required"
    }
    one_of = {" or ".join("+".join(one) for one in group.sets) for group in CATALOG.one_of}
    assert missing == required | one_of


def test_a_required_metric_that_is_printed_as_not_available_is_printed():
    key = ("faon_connections", "state")
    for absent, expected in (({key: "N/A"}, False), ({}, True)):
        sheet = ParsedSheet("ky.txt", 2023, "US-KY", (), (), (), absent=absent)
        (findings,) = check_sheets([(sheet, "")], CATALOG, NUMBERS)
        missing = {f.metric for f in findings if f.check == "required_metrics_are_printed"}
        assert ("faon_connections" in missing) is expected


def test_a_figure_beside_not_available_is_a_conflict():
    key = ("faon_connections", "state")
    one = Figure(Decimal(1), "exact", Decimal(1), Decimal(1))
    printed = sheet_of({key: one})[0].statements
    sheet = ParsedSheet("ky.txt", 2023, "US-KY", printed, (), (), absent={key: "N/A"})
    (findings,) = check_sheets([(sheet, "1")], CATALOG, NUMBERS)
    (found,) = [f for f in findings if f.check == "metrics_are_printed_once"]
    assert found.found == "'1' and 'N/A'"


def test_a_metric_with_many_figures_names_the_first():
    span = Span(0, 1)
    statements = tuple(
        Statement("faon_connections", "state", Figure(n, "exact", n, n), f"{n}", span, "1", span, 1, "test", (2023, None))
        for n in map(Decimal, range(900))
    )  # fmt: skip
    sheet = ParsedSheet("ky.txt", 2023, "US-KY", statements, (), ())
    (findings,) = check_sheets([(sheet, "1")], CATALOG, NUMBERS)
    (found,) = [f for f in findings if f.check == "metrics_are_printed_once"]
    assert found.found == "'0' and '1' and '2' and '3' and '4' and 895 more"


# Against a plain reading with exact decimals

BOUNDS = st.sampled_from(
    [None, *map(Decimal, ("0", "0.1", "0.2", "0.3", "1", "2.5", "40", "1000000"))]
)


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    """A figure with any interval around its value, open ends among them."""
    value = draw(BOUNDS.filter(lambda bound: bound is not None))
    lower, upper = draw(BOUNDS), draw(BOUNDS)
    return Figure(
        value,
        draw(st.sampled_from(["exact", "rounded", "between"])),
        None if lower is None else min(lower, value),
        None if upper is None else max(upper, value),
    )


def plainly(printed: dict[tuple[str, str], Figure]) -> dict[str, set[str]]:
    """For each check the metrics of which it fails, a figure at a time."""
    failing: dict[str, set[str]] = {name: set() for name in ASKED}
    for (name, of), figure in printed.items():
        metric, series = SERIES[name, of]
        low, high = series.bounds
        numbers = [figure.value]
        if figure.qualifier == "between" and figure.upper is not None:
            numbers.append(figure.upper)
        for number in numbers:
            in_parts = metric.kind != "share" and number % 1 != 0
            if not low <= number <= high or in_parts:
                failing["values_are_within_bounds"].add(name)
    for sum_ in CATALOG.sums(2023):
        keys = [sum_.whole, *sum_.parts]
        if not any(key in printed for key in keys):
            continue
        if not all(key in printed for key in keys) or not may_add_up(printed, sum_):
            failing["parts_sum_to_totals"].add(sum_.whole[0])
    for pair in CATALOG.relations:
        if isinstance(pair, AtMost) and {pair.smaller, pair.larger} <= printed.keys():
            lower, upper = printed[pair.smaller].lower, printed[pair.larger].upper
            if lower is not None and upper is not None and lower > upper:
                failing["parts_do_not_exceed_wholes"].add(pair.smaller[0])
    return failing


def may_add_up(printed: dict[tuple[str, str], Figure], sum_: Sum) -> bool:
    total = printed[sum_.whole]
    lowers = [printed[part].lower for part in sum_.parts]
    uppers = [printed[part].upper for part in sum_.parts]
    too_large = None not in lowers and total.upper is not None and sum(lowers) > total.upper
    too_small = None not in uppers and total.lower is not None and sum(uppers) < total.lower
    return not too_large and not too_small


@settings(max_examples=60)
@given(st.lists(st.dictionaries(st.sampled_from(RELATED), figures()), min_size=1, max_size=4))
def test_a_batch_is_judged_as_each_sheet_is_by_a_plain_reading(batch):
    sheets = [sheet_of(printed, f"{place}.txt") for place, printed in enumerate(batch)]
    found = check_sheets(sheets, CATALOG, NUMBERS)
    assert found == check_sheets(sheets, CATALOG, NUMBERS, by_pandera=False)
    for printed, findings in zip(batch, found, strict=True):
        failing: dict[str, set[str]] = {name: set() for name in ASKED}
        for finding in findings:
            if not finding.passed and finding.check in ASKED[3:]:
                failing[finding.check].add(finding.metric)
        assert failing == plainly(printed)


@pytest.mark.parametrize("parts", [("0.1", "0.2", "0.3"), ("33.3", "33.3", "33.4")])
def test_sums_of_decimals_are_exact(parts):
    (sum_,) = CATALOG.sums(2023)
    numbers = [sum(map(Decimal, parts)), *map(Decimal, parts)]
    for off, passes in (("0", True), ("0.0001", False)):
        printed = dict(
            zip((sum_.whole, *sum_.parts), [numbers[0] + Decimal(off), *numbers[1:]], strict=True)
        )
        sheet = sheet_of({key: Figure(n, "exact", n, n) for key, n in printed.items()})
        (findings,) = check_sheets([sheet], CATALOG, NUMBERS)
        assert [f.passed for f in findings if f.check == "parts_sum_to_totals"] == [passes]


# What pandera is told elsewhere does not matter

SWITCHED_OFF = """
from pipeline.catalog.load import default_catalog
from pipeline.tables.frames import frame
from pipeline.tables.schema import COVERAGE
from pandera.config import get_config_context
from pandera.errors import SchemaErrors
from tests.parse.reading import errors
from tests.sheets_factory import KENTUCKY_2023, render
assert not get_config_context().validation_enabled
print(errors(render(local={**KENTUCKY_2023, "missing_child_cases_orr": "22"})))
try:
    frame(COVERAGE, [(2023, "US", "x", "no such coverage")])
except SchemaErrors:
    print("refused")
"""


def test_no_setting_of_the_environment_switches_the_checks_off():
    settings = {"PANDERA_VALIDATION_ENABLED": "False", "PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY"}
    found = run_python("-c", SWITCHED_OFF, settings=settings)
    assert found.stdout.splitlines() == ["['parts_sum_to_totals']", "refused"], found.stderr


def test_a_check_that_cannot_be_made_is_a_fault_and_no_finding(monkeypatch):
    def fail(_: SpansReread, frame: pd.DataFrame) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(SpansReread, "holds", fail)
    with pytest.raises(SchemaErrors, match="ZeroDivisionError"):
        check_sheets([sheet_of({})], CATALOG, NUMBERS)
