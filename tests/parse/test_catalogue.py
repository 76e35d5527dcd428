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
    assert edited(folder, "ignored.yml", "page {i} of", "page {i} of").digest == before
    assert edited(folder, "ignored.yml", "page {i} of", "Page {i} of").digest != before


def refusal(folder, name, old, new):
    """The message by which the edited catalog is refused: one line."""
    with pytest.raises(CatalogError) as refused:
        edited(folder, name, old, new)
    message = str(refused.value)
    assert message.startswith((f"{name}: ", "the catalog: "))
    assert "\n" not in message
    return message


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
        ("bounds: [1000000, 500000000]", "bounds: [5, 1]", f"{METRIC} / series / 0 / bounds: the bounds 5 to 1 run backwards"),
        ("bounds: [0, 100]\n", "bounds: [0, 101]\n", "metric runaways_likely_trafficked_share of US: a share has bounds within 0 and 100"),
        ("metric: cybertipline_reports_received", "metric: Reports!", "metric Reports! / metric: String should match pattern"),
        ("title: CyberTipline reports received\n", "title: no\n", f"{METRIC} / title: Input should be a valid string"),
        ("metric: cybertipline_files_received", "metric: cybertipline_reports_received", "metric cybertipline_reports_received stands twice"),
        ("      - of: state\n        presence: required\n", "      - of: US\n        presence: required\n", "two series of the same jurisdictions"),
        ("presence: required", "presence: required\n        printed_years: [2024, 2023]", "the year range 2024-2023 runs backwards"),
        ("  - smaller: team_hope_supported of state", "  - smaller: team_hope of state", "relations: no metric team_hope of state"),
        ("  - smaller: team_hope_supported of state", "  - smaller: team_hope_supported", "is not written 'metric of US' or 'metric of state'"),
        ("      - [team_adam_cases_assisted]", "      - [team_adam_cases]", "one_of: no metric team_adam_cases"),
        ("      - [team_adam_cases_assisted]", "      - [team_adam_incidents]", "metric team_adam_cases_assisted: presence one_of and the groups disagree"),
        ("metrics:\n", "metric:\n", "metrics: Field required"),
        ("metrics:\n", "metrics: [\n", "not YAML"),
        ("    unit: report\n", "    unit: [report\n", "(metric: cybertipline_reports_received): while parsing a flow sequence did not find expected ',' or ']'"),
    ],
)  # fmt: skip
def test_a_bad_entry_of_the_metrics_fails_with_file_entry_and_reason(folder, old, new, reason):
    if "two series" in reason:  # both of one metric that is printed of both
        path = folder / "metrics.yml"
        before, metric = path.read_text(encoding="utf-8").split("  - metric: missing_child_cases\n")
        path.write_text(
            f"{before}  - metric: missing_child_cases\n{metric.replace(old, new, 1)}",
            encoding="utf-8",
        )
        old = new = "metrics:\n"
    assert reason in refusal(folder, "metrics.yml", old, new)


SENTENCE = "sentence trafficking_reports"
RECEIVED = "received {trafficking_reports_received} report[s] relating to child"
HANDLED = "NCMEC handled {state:missing_child_cases} case[s]"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        # Slots
        (RECEIVED, RECEIVED.replace("reports_received", "reports"), f"{SENTENCE}: slot {{trafficking_reports}}: no metric of metrics.yml has that name"),
        (RECEIVED, RECEIVED.replace("{", "{state:"), f"{SENTENCE}: slot {{state:trafficking_reports_received}}: write {{US:trafficking_reports_received}}"),
        (HANDLED, HANDLED.replace("state:", ""), "sentence missing_children_of_the_state: slot {missing_child_cases}: write {US:missing_child_cases} or {state:missing_child_cases}"),
        (RECEIVED, "received {n} report[s] relating to child", f"{SENTENCE} / text: unknown slot {{n}} in"),
        (RECEIVED, f"{RECEIVED} below {{i}} years", f"{SENTENCE} / text: unknown slot {{i}} in"),
        (RECEIVED, "received reports relating to child", "holds no metric, such as {missing_child_cases}"),
        (RECEIVED, "received {trafficking_reports_received}[ ]{year} relating to child", "holds {year} twice"),
        (RECEIVED, "received {trafficking_reports_received}[ ]{state} relating to child", "holds {trafficking_reports_received} and {state} side by side"),
        (HANDLED, "in {state} NCMEC handled {state:missing_child_cases} case[s]", "holds {state} twice"),
        (RECEIVED, RECEIVED.replace("}", ""), "stray '{'"),
        (RECEIVED, RECEIVED.replace("[s]", "[s"), "no ']' closes what is opened in"),
        ('"<In|During> {year}, NCMEC ' + RECEIVED + ' sex trafficking."', '"had {trafficking_reports_received} <a|b>."', f"{SENTENCE} / text: 'had {{trafficking_reports_received}} <a|b>.' has no 10 plain characters in a row"),
        ('relating to child sex trafficking."', 'relating to child sex trafficking. "', "begins or ends with a space"),
        # Entries
        ("    years: [2023, null]\n", "", "sentence cybertipline_received / years: Field required"),
        ("years: [2023, null]", "years: [2023, 2022]", "the year range 2023-2022 runs backwards"),
        ("  - sentence: team_adam\n", "  - sentence: team_hope\n", "the catalog: sentence team_hope stands twice"),
        ("  - sentence: team_adam\n", "  - sentence: Team Adam\n", "sentence Team Adam / sentence: String should match pattern"),
        ("  - sentence: team_hope\n", "  - sentence: team_hope\n    of: US\n", "sentence team_hope / of: Extra inputs are not permitted"),
        ("sentences:\n", "sentence:\n", "sentences: Field required"),
        ("    years: [2023, null]\n", "    years: [2023, null\n", "sentences.yml: not YAML: line 15, column 9 (sentence: cybertipline_received): while parsing a flow sequence did not find expected ',' or ']'"),
        ("identification of {cvip_children_identified}", "identification of {cvip_submissions_reviewed}", "metric cvip_children_identified of US: no sentence and no table row prints it"),
        # Tables
        ("    tables: [missing_child_cases_breakdown]\n", "", "table missing_child_cases_breakdown: no sentence names it, so it is never read"),
        ("    tables: [missing_child_cases_breakdown]\n", "    tables: [missing_child_cases_breakdown, other]\n", "a sentence names table other, which is not among the tables"),
        ("      - metric: missing_child_cases_orr\n", "      - metric: missing_child_case\n", "table missing_child_cases_breakdown: no metric missing_child_case of state"),
        ('label: "Other Missing Children Cases"', 'label: "Children missing from social services facility"', "table missing_child_cases_breakdown: row label children missing from social services facility stands twice"),
        ('label: "Other Missing Children Cases"', 'label: "total cases"', "table missing_child_cases_breakdown: row label total cases stands twice"),
        ("      - metric: missing_child_cases_orr\n", "      - metric: missing_child_cases_other\n", "table missing_child_cases_breakdown: row of missing_child_cases_other stands twice"),
        # Who and when
        ("{name} Data", "{nome} Data", "titles / 0: unknown slot {nome}"),
        ('"Listed below are {state} specific statistics"', '"In {state}"', "states / 1: 'In {state}' has no 10 plain characters in a row"),
        ("\"NCMEC's Work to Combat Child Sexual Exploitation\"", '"NCMEC\'s Work in {state}"', "headings / 0: unknown slot {state}"),
        ("<as of|current as of> {date}", "<as of|current as of> {day}", "issued / 1: unknown slot {day}"),
    ],
)  # fmt: skip
def test_a_bad_sentence_or_table_fails_with_file_entry_and_reason(folder, old, new, reason):
    assert reason in refusal(folder, "sentences.yml", old, new)


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("asides.yml", "reason: A word that leaves the figure as it is.", "because: x", "asides.yml: aside emphasis / reason: Field required"),
        ("asides.yml", "- aside: emphasis", "- aside: preliminary", "the catalog: aside preliminary stands twice"),
        ("asides.yml", '"{earlier}: {n}"', '"{year}: {n}"', "asides.yml: aside earlier_figure / set_off / 8: unknown slot {year}"),
        ("asides.yml", "|from> {n} <in|during|for> {earlier}", "|from {n} <in|during|for> {earlier}", "asides.yml: aside earlier_figure / set_off / 5: no '>' closes what is opened in"),
        ("asides.yml", "  note: true", "  note: perhaps", "asides.yml: aside preliminary / note: Input should be a valid boolean"),
        ("asides.yml", 'behind_year: ["alone"]', 'behind_the_year: ["alone"]', "asides.yml: aside emphasis / behind_the_year: Extra inputs are not permitted"),
        ("qualifiers.yml", "interval: point", "interval: dot", "qualifiers.yml: qualifier exact / interval: Input should be"),
        ("qualifiers.yml", "meaning: The number is printed in full.", "sense: x", "qualifiers.yml: qualifier exact / meaning: Field required"),
        ("qualifiers.yml", "qualifier: rounded", "qualifier: exact", "the catalog: qualifier exact stands twice"),
        ("qualifiers.yml", "words: [nearly, ", "words: [no, ", "qualifiers.yml: qualifier nearly / words / 0: Input should be a valid string"),
        ("qualifiers.yml", "words: [nearly, ", "words: [about, ", "the catalog: qualifying wording about stands twice"),
        ("qualifiers.yml", 'signs: [">"]', 'signs: ["<"]', "the catalog: qualifying wording < stands twice"),
        ("qualifiers.yml", "interval: point", "interval: above", "the catalog: qualifiers.yml: expected one qualifier of interval point"),
        ("qualifiers.yml", "interval: range", "interval: around", "qualifiers.yml: qualifier between: interval range and the wordings in ranges belong together"),
        ("qualifiers.yml", '"{low} to {high}"', '"{high} to {low}"', "qualifiers.yml: qualifier between / ranges / 2: '{high} to {low}' must hold {low}, words behind it, and {high} at its end"),
        ("qualifiers.yml", '"{low} to {high}"', '"{low} to"', "qualifiers.yml: qualifier between / ranges / 2: '{low} to' must hold {low}, words behind it, and {high} at its end"),
        ("ignored.yml", "- rule: idiom", "- rule: page_number", "the catalog: rule page_number stands twice"),
        ("ignored.yml", "reason: The year that the sheet reports on.", "because: x", "ignored.yml: rule reporting_year / reason: Field required"),
        ("ignored.yml", "calendar year> {year}", "calendar year> {n}", "ignored.yml: rule reporting_year / patterns / 0: unknown slot {n}"),
        ("ignored.yml", " ({i})", " ({i)", "ignored.yml: rule list_marker / patterns / 0: stray '{'"),
        ("ignored.yml", '"page {i} of {i}"', '"page {i}[ of {i}"', "ignored.yml: rule page_number / patterns / 0: no ']' closes what is opened in"),
        ("ignored.yml", "  counts_up: true\n", "  counts_up: perhaps\n", "ignored.yml: rule list_marker / counts_up: Input should be a valid boolean"),
        ("ignored.yml", ' ({i})"', ' ({i}/{i})"', "ignored.yml: rule list_marker: counts_up needs {i} once in "),
        ("ignored.yml", "- rule: reporting_year", "rule: x\n- rule: reporting_year", "ignored.yml: not YAML"),
        ("corrections.yml", "[]", "[{sheet: Kentucky}]", "corrections.yml: sheet Kentucky / sheet: String should match pattern"),
        ("notes.yml", "- metric: cybertipline_reports_received", "- metric: cybertipline_reports", "the catalog: notes.yml: no metric cybertipline_reports"),
        ("jurisdictions.csv", "US,00,United States,nation,\n", "", "jurisdictions.csv: expected one row US"),
        ("jurisdictions.csv", "Ohio,state", "Ohio,county", "jurisdictions.csv: jurisdiction US-OH / kind: Input should be"),
        ("jurisdictions.csv", "US-OH,", "Ohio,", "jurisdictions.csv: jurisdiction Ohio / jurisdiction: String should match"),
        ("jurisdictions.csv", "US-OH,", "US-KY,", "the catalog: jurisdiction US-KY stands twice"),
        ("jurisdictions.csv", ",Ohio,", ",Kentucky,", "the catalog: printed name kentucky stands twice"),
        ("jurisdictions.csv", "Hawai'i", "Iowa", "the catalog: printed name iowa stands twice"),
    ],
)  # fmt: skip
def test_a_bad_entry_elsewhere_fails_with_file_entry_and_reason(folder, name, old, new, reason):
    assert refusal(folder, name, old, new).startswith(reason)


def test_a_slot_may_name_its_series_even_where_it_need_not(folder):
    catalog = edited(folder, "sentences.yml", RECEIVED, RECEIVED.replace("{", "{US:"))
    assert catalog.measured("US:trafficking_reports_received") == catalog.measured(
        "trafficking_reports_received"
    )
    assert catalog.measured("missing_child_cases") is None


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(CatalogError, match="No such file or directory; restore the catalog"):
        load_catalog(folder)


@pytest.mark.parametrize("name", ["asides.yml", "qualifiers.yml", "ignored.yml"])
@pytest.mark.parametrize(("content", "kind"), [("", "NoneType"), ("a: 1", "dict"), ("x", "str")])
def test_a_file_that_is_no_list_of_entries_is_named(folder, name, content, kind):
    (folder / name).write_text(content)
    with pytest.raises(CatalogError) as refused:
        load_catalog(folder)
    assert str(refused.value) == f"{name}: expected a list of entries, found {kind}"


@pytest.mark.parametrize(
    "content",
    ["", "a: 1", "- 1", "x", "metrics: 5", "metrics: {a: 1}", "metrics: [1]", "metrics:\n"],
)
@pytest.mark.parametrize("name", ["metrics.yml", "sentences.yml"])
def test_a_file_of_another_shape_is_an_error_and_no_traceback(folder, content, name):
    (folder / name).write_text(content.replace("metrics", name.removesuffix(".yml")))
    with pytest.raises(CatalogError) as refused:
        load_catalog(folder)
    assert str(refused.value).startswith(f"{name}: ")
    assert "\n" not in str(refused.value)


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
