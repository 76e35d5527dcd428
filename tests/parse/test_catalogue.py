"""The catalog loads whole, or fails with file, entry and reason."""

from __future__ import annotations

import pytest

from pipeline.catalog.load import FILES, CatalogError, load_catalog
from tests.catalogs import copy_catalog
from tests.sheets_factory import change


@pytest.fixture
def folder(tmp_path):
    return copy_catalog(tmp_path)


def edited(folder, name, old, new):
    """The catalog with its first ``old`` replaced."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_catalog(folder)


def test_the_shipped_catalog_loads(folder):
    catalog = load_catalog(folder)
    assert len(catalog.metrics) == 21
    assert len(catalog.series()) == 23
    assert len(catalog.jurisdictions) == 57
    assert catalog == load_catalog()


def test_the_digest_follows_the_content(folder):
    before = load_catalog(folder).digest
    assert edited(folder, "ignored.yml", "in {year}", "in {year}").digest == before
    assert edited(folder, "ignored.yml", '"for {year}"', '"to {year}"').digest != before


METRIC = "metric cybertipline_reports_received"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("    unit: report\n", "", f"{METRIC} / unit: Field required"),
        ("    unit: report\n", "    unit: report\n    colour: red\n", f"{METRIC} / colour: Extra inputs are not permitted"),
        ("kind: count", "kind: number", f"{METRIC} / kind: Input should be 'count', 'share' or 'one_in'"),
        ("period: calendar_year", "period: forever", f"{METRIC} / period: Input should be"),
        ("presence: required", "presence: maybe", f"{METRIC} / series / 0 / presence: Input should be"),
        ("  - of: US", "  - of: world", f"{METRIC} / series / 0 / of: Input should be 'US' or 'state'"),
        ("bounds: [1000000, 500000000]", "bounds: [1000000]", f"{METRIC} / series / 0 / bounds"),
        ("bounds: [1000000, 500000000]", "bounds: [low, 5]", f"{METRIC} / series / 0 / bounds / 0"),
        ("years: [2023, null]", "years: [2023, 2022]", "the year range 2023-2022 runs backwards"),
        ("metric: cybertipline_reports_received", "metric: Reports!", "metric Reports! / metric: String should match pattern"),
        ("CyberTipline received {n} report[s]", "CyberTipline received {m} report[s]", "unknown slot {m}"),
        ("CyberTipline received {n} report[s]", "CyberTipline received reports", "must hold exactly one {n}"),
        ("the CyberTipline received {n} report[s] related", "{n} report[s] related", "must have words right before {n}"),
        ("NCMEC received {n} report[s] relating to child sex trafficking", "received {n} <a|b>", "has no 10 plain characters in a row"),
        ("had {n} registered user[s]", "had {n registered user[s]", "stray '{'"),
        ("title: CyberTipline reports received\n", "title: no\n", f"{METRIC} / title: Input should be a valid string"),
        ("metric: cybertipline_files_received", "metric: cybertipline_reports_received", "metric cybertipline_reports_received stands twice"),
        ("      - metric: missing_child_cases_orr\n", "      - metric: missing_child_case\n", "table missing_child_cases_breakdown: no metric missing_child_case of state"),
        ("  - smaller: team_hope_supported of state", "  - smaller: team_hope of state", "relations: no metric team_hope of state"),
        ("  - smaller: team_hope_supported of state", "  - smaller: team_hope_supported", "is not written 'metric of US' or 'metric of state'"),
        ("      - [team_adam_cases_assisted]", "      - [team_adam_cases]", "one_of: no metric team_adam_cases"),
        ("      - [team_adam_cases_assisted]", "      - [team_adam_incidents]", "metric team_adam_cases_assisted: presence one_of and the groups disagree"),
        ("{name} Data", "{nome} Data", "identity / titles / 0"),
        ("metrics:\n", "metric:\n", "metrics: Field required"),
        ("metrics:\n", "metrics: [\n", "not YAML"),
        ("    unit: report\n", "    unit: [report\n", "metrics.yml: not YAML: line 19, column 9 (metric: cybertipline_reports_received): while parsing a flow sequence expected ',' or ']', but got ':'"),
        ("bounds: [1000000, 500000000]", "bounds: [5, 1]", f"{METRIC} / series / 0 / bounds: the bounds 5 to 1 run backwards"),
        ("bounds: [0, 100]\n", "bounds: [0, 101]\n", "metric runaways_likely_trafficked_share of US: a share has bounds within 0 and 100"),
        ("NCMEC handled {n} case[s] of missing children from {state}", "from {state} NCMEC handled {n} case[s] of missing children from {state}", "holds {state} twice"),
        ('label: "Other Missing Children Cases"', 'label: "Children missing from social services facility"', "table missing_child_cases_breakdown: row label children missing from social services facility stands twice"),
        ("      - metric: missing_child_cases_orr\n        label", "      - metric: missing_child_cases_other\n        label", "table missing_child_cases_breakdown: row of missing_child_cases_other stands twice"),
        ("related to child sexual exploitation\"\n", "related to child sexual exploitation \"\n", "begins or ends with a space"),
        ("presence: required", "presence: required\n        printed_years: [2024, 2023]", "the year range 2024-2023 runs backwards"),
    ],
)  # fmt: skip
def test_a_bad_entry_of_the_metrics_fails_with_file_entry_and_reason(folder, old, new, reason):
    with pytest.raises(CatalogError) as refused:
        edited(folder, "metrics.yml", old, new)
    message = str(refused.value)
    assert message.startswith(("metrics.yml: ", "the catalog: "))
    assert reason in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("qualifiers.yml", "interval: point", "interval: dot", "qualifiers.yml: qualifier exact / interval: Input should be"),
        ("qualifiers.yml", "meaning: The number is printed in full.", "sense: x", "qualifiers.yml: qualifier exact / meaning: Field required"),
        ("qualifiers.yml", "qualifier: rounded", "qualifier: exact", "the catalog: qualifier exact stands twice"),
        ("qualifiers.yml", "words: [nearly, ", "words: [no, ", "qualifiers.yml: qualifier nearly / words / 0: Input should be a valid string"),
        ("qualifiers.yml", "words: [nearly, ", "words: [about, ", "the catalog: qualifying wording about stands twice"),
        ("qualifiers.yml", "interval: point", "interval: above", "the catalog: qualifiers.yml: expected one qualifier of interval point"),
        ("qualifiers.yml", "interval: range", "interval: around", "qualifiers.yml: qualifier between: interval range and the wordings in ranges belong together"),
        ("qualifiers.yml", '"{low} to {high}"', '"{high} to {low}"', "qualifiers.yml: qualifier between / ranges / 2: '{high} to {low}' must hold {low}, words behind it, and {high} at its end"),
        ("qualifiers.yml", '"{low} to {high}"', '"{low} to"', "qualifiers.yml: qualifier between / ranges / 2: '{low} to' must hold {low}, words behind it, and {high} at its end"),
        ("ignored.yml", "- rule: idiom", "- rule: page_number", "the catalog: rule page_number stands twice"),
        ("ignored.yml", "reason: The year that the sheet reports on.", "because: x", "ignored.yml: rule reporting_year / reason: Field required"),
        ("ignored.yml", "in {year}", "in {n}", "ignored.yml: rule reporting_year / patterns / 0"),
        ("ignored.yml", " ({i})", " ({i)", "ignored.yml: rule list_marker / patterns / 0"),
        ("ignored.yml", "  counts_up: true\n", "  counts_up: perhaps\n", "ignored.yml: rule list_marker / counts_up: Input should be a valid boolean"),
        ("ignored.yml", '" ({i})"', '" ({i}/{i})"', "ignored.yml: rule list_marker: counts_up needs {i} once in ' ({i}/{i})'"),
        ("ignored.yml", "- rule: reporting_year", "rule: x\n- rule: reporting_year", "ignored.yml: not YAML"),
        ("jurisdictions.csv", "US,00,United States,nation,\n", "", "jurisdictions.csv: expected one row US"),
        ("jurisdictions.csv", "Ohio,state", "Ohio,county", "jurisdictions.csv: jurisdiction US-OH / kind: Input should be"),
        ("jurisdictions.csv", "US-OH,", "US-KY,", "the catalog: jurisdiction US-KY stands twice"),
        ("jurisdictions.csv", ",Ohio,", ",Kentucky,", "the catalog: printed name kentucky stands twice"),
        ("jurisdictions.csv", "Hawai'i", "Iowa", "the catalog: printed name iowa stands twice"),
    ],
)  # fmt: skip
def test_a_bad_entry_elsewhere_fails_with_file_entry_and_reason(folder, name, old, new, reason):
    with pytest.raises(CatalogError) as refused:
        edited(folder, name, old, new)
    assert str(refused.value).startswith(reason)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(CatalogError, match="No such file or directory; restore the catalog"):
        load_catalog(folder)


@pytest.mark.parametrize("name", ["qualifiers.yml", "ignored.yml"])
@pytest.mark.parametrize(("content", "kind"), [("", "NoneType"), ("a: 1", "dict"), ("x", "str")])
def test_a_file_that_is_no_list_of_entries_is_named(folder, name, content, kind):
    (folder / name).write_text(content)
    with pytest.raises(CatalogError) as refused:
        load_catalog(folder)
    assert str(refused.value) == f"{name}: expected a list of entries, found {kind}"


@pytest.mark.parametrize("content", ["", "a: 1", "- 1", "x", "metrics: 5", "metrics: {a: 1}", "metrics: [1]", "metrics:\n"])  # fmt: skip
def test_a_metrics_file_of_another_shape_is_an_error_and_no_traceback(folder, content):
    (folder / "metrics.yml").write_text(content)
    with pytest.raises(CatalogError, match=r"^metrics\.yml: "):
        load_catalog(folder)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "jurisdiction,fips,kind\nUS,00,nation\n"])
def test_jurisdictions_of_another_shape_are_an_error_and_no_traceback(folder, content):
    (folder / "jurisdictions.csv").write_text(content)
    with pytest.raises(CatalogError, match=r"^jurisdictions\.csv: "):
        load_catalog(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_utf_8_is_an_error_and_no_traceback(folder, name):
    (folder / name).write_bytes(b"\xff\xfe\x00bad: \xe9")
    with pytest.raises(CatalogError, match=name):
        load_catalog(folder)


def test_change_refuses_an_edit_that_changes_nothing():
    with pytest.raises(AssertionError, match="'x' stands 0 times"):
        change("abc", "x", "y")
