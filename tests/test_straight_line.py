"""One figure, the 8,597 of Kentucky's sheet of 2023, at every stop from the file to the reader."""

from __future__ import annotations

import csv
from decimal import Decimal

import duckdb
import pyarrow.parquet
import pytest

from pipeline.catalog.load import default_catalog
from pipeline.model import Figure, Numeral, Span
from pipeline.parse.patterns import compile_catalog
from pipeline.parse.sheet import parse_sheet
from pipeline.sheets.collect import collect
from pipeline.sheets.extract import extract
from pipeline.sheets.manifest import read_manifest
from pipeline.sheets.normalize import normalize
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.frames import records
from pipeline.validate.cross_checks import decide
from pipeline.validate.pending import Review
from pipeline.validate.schemas import check_sheets
from tests.building import RAW, ask
from tests.tables import corpus, corroboration_of, validated

FILE = "2023/kentucky.txt"
METRIC = "cybertipline_reports_to_law_enforcement"
OBSERVATION = f"2023/US-KY/{METRIC}"
STATEMENT = f"{FILE}#state/{METRIC}"
SHA256 = "d12a4f26d562d725098b3e270d5be63e8c6f537183967b22c14d2d7074f56fd6"
QUOTE = "In 2023, 8,597 CyberTipline reports were made available to law enforcement in Kentucky."
PRINTED = Span(987, 992)
SENTENCE = Span(978, 1065)


@pytest.fixture(scope="module")
def wordings():
    return compile_catalog(default_catalog())


@pytest.fixture(scope="module")
def raw_sheet():
    return {sheet.file: sheet for sheet in collect(RAW)}[FILE]


@pytest.fixture(scope="module")
def text(raw_sheet):
    return extract(raw_sheet.content)


@pytest.fixture(scope="module")
def sheet(text, wordings):
    return parse_sheet(FILE, text, wordings)


@pytest.fixture(scope="module")
def all_four(wordings, tmp_path_factory):
    """The tables of all four sheets, as the stages hand them on."""
    return corpus(tmp_path_factory.mktemp("corpus"), collect(RAW), read_manifest(RAW), wordings)


def the(data, column, value):
    (row,) = [row for row in records(data) if getattr(row, column) == value]
    return row


def test_stop_1_collect_takes_the_file_with_its_hash(raw_sheet):
    assert (raw_sheet.sha256, raw_sheet.size, raw_sheet.problem) == (SHA256, 4136, None)
    assert b"8,597" in raw_sheet.content


def test_stop_2_extract_gives_its_characters(text):
    assert (text.encoding, text.pages, len(text.text)) == ("utf-8", 1, 4136)
    assert PRINTED.of(text.text) == "8,597"


def test_stop_3_normalise_keeps_the_way_back(text):
    canonical = normalize(text.text)
    place = canonical.flat.index("8,597")
    assert canonical.raw_span(place, place + 5) == PRINTED
    assert "**" in text.text
    assert "**" not in canonical.flat


def test_stop_4_the_parser_states_it_once(sheet):
    (statement,) = [s for s in sheet.statements if s.printed == "8,597"]
    value = Decimal(8597)
    assert (statement.metric, statement.of) == (METRIC, "state")
    assert statement.figure == Figure(value, "exact", value, value)
    assert (statement.printed_span, statement.quote_span) == (PRINTED, SENTENCE)
    assert (statement.quote, statement.page) == (QUOTE, 1)


def test_stop_5_the_ledger_says_what_captured_it(sheet):
    (numeral,) = [n for n in sheet.numerals if n.span == PRINTED]
    pattern = next(s.pattern for s in sheet.statements if s.metric == METRIC)
    assert numeral == Numeral("8,597", PRINTED, 1, "digits", "captured", pattern)


def test_stop_6_the_sheet_passes_its_own_checks(sheet, text, wordings):
    findings = check_sheets([(sheet, text.text)], wordings.catalog, wordings.numbers)[0]
    about = [finding for finding in findings if finding.metric == METRIC]
    assert [(finding.check, finding.passed) for finding in about] == [
        ("parts_do_not_exceed_wholes", True)
    ]
    assert all(finding.passed for finding in findings)


def test_stop_7_its_sheet_is_accepted_among_the_others(all_four):
    catalog = default_catalog()
    elsewhere = corroboration_of(catalog)
    with all_four.connection() as connection:
        assert decide(connection, catalog, elsewhere, Review()).status[FILE] == "accepted"


def test_stop_8_it_becomes_one_observation(all_four):
    catalog = default_catalog()
    found = validated(all_four, corroboration_of(catalog), catalog)
    row = the(found["observations"], "observation_id", OBSERVATION)
    assert (row.value, row.qualifier, row.lower, row.upper) == (8597, "exact", 8597, 8597)
    assert (row.status, row.sheet_id, row.statements) == ("published", "2023/US-KY", 1)
    assert the(found["statements"], "statement_id", STATEMENT).quote == QUOTE
    assert the(found["sheets"], "file", FILE).status == "accepted"
    assert len(found["quarantine"]) == 0


def test_stop_9_the_warehouse_holds_it_and_its_source(built_warehouse):
    query = f"select value, status from observations where observation_id = '{OBSERVATION}'"
    assert ask(built_warehouse, query) == [(Decimal("8597.0000"), "published")]
    query = (
        "select statement_id, file, sha256, printed, quote, char_start, char_end "
        f"from published_statements where observation_id = '{OBSERVATION}'"
    )
    assert ask(built_warehouse, query) == [(STATEMENT, FILE, SHA256, "8,597", QUOTE, 978, 1065)]


def test_stop_9_anyone_can_read_the_span_again_in_sql(built_warehouse):
    query = (
        "select substr(text, printed_start + 1, printed_end - printed_start) "
        "from statements inner join sheets using (file) "
        f"where statement_id = '{STATEMENT}'"
    )
    assert ask(built_warehouse, query) == [("8,597",)]


def test_stop_9_readers_find_it_in_one_row_with_all_that_belongs_to_it(built_warehouse):
    query = (
        "select name, fips, printed, value, coverage, quote, file, per_100000_residents "
        f"from figures where observation_id = '{OBSERVATION}'"
    )
    quote = " ".join(QUOTE.split())
    rate = Decimal("189.9405")  # 8,597 * 100,000 / 4,526,154
    assert ask(built_warehouse, query) == [
        ("Kentucky", "21", "8,597", 8597, "published", quote, FILE, rate)
    ]


def test_stop_10_parquet_has_it_as_a_number(built_release):
    table = pyarrow.parquet.read_table(built_release / "data" / "observations.parquet")
    (row,) = [row for row in table.to_pylist() if row["observation_id"] == OBSERVATION]
    assert row == {
        "observation_id": OBSERVATION, "year": 2023, "jurisdiction": "US-KY", "metric": METRIC,
        "value": 8597.0, "qualifier": "exact", "lower": 8597.0, "upper": 8597.0,
        "status": "published", "sheet_id": "2023/US-KY", "statements": 1,
    }  # fmt: skip


def test_stop_10_csv_has_it_as_plain_text(built_release):
    with (built_release / "data" / "observations.csv").open(encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["observation_id"] == OBSERVATION]
    assert (row["value"], row["lower"], row["sheet_id"]) == ("8597", "8597", "2023/US-KY")


def test_stop_10_the_released_duckdb_file_has_it_exactly(built_release):
    with duckdb.connect(str(built_release / WAREHOUSE_FILE), read_only=True) as connection:
        found = connection.execute(
            f"select {METRIC} from state_profiles where year = 2023 and name = 'Kentucky'"
        ).fetchall()
    assert found == [("8,597",)]
