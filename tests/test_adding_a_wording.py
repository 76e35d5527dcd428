"""The guide for authors: every example is pasted into a copy of the catalog and read by it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.checks import is_error
from pipeline.parse.patterns import Wordings
from pipeline.sheets.collect import collect
from pipeline.sheets.normalize import canonical_words
from pipeline.steps import parse_batch
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import records
from pipeline.tables.schema import CHECKS
from pipeline.validate.figures import write_figures
from pipeline.validate.observations import validate
from pipeline.validate.pending import Review
from pipeline.validate.reference import write_reference
from pipeline.warehouse.load import load_warehouse
from tests.building import PROJECT, ask, invoke
from tests.catalogs import append, compiled, copy_catalog, edit
from tests.parse.reading import errors, failures, read, value, wordings
from tests.sheets_factory import change, render, write_sheet
from tests.tables import corpus, frame_of, texts_frame

GUIDE = (PROJECT / "docs/adding-a-wording.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"```(?:yaml|text) (?P<mark>[a-z]+)(?: (?P<of>\w+))?\n(?P<text>.*?)\n```", re.DOTALL
)
NEW_SENTENCE, NEW_METRIC, NEW_ROWS, BESIDES, NO_FIGURE, CORRECTION = (
    "A new sentence for a known metric",
    "A new metric",
    "Another set of rows",
    "Words besides",
    "A numeral that is no figure",
    "A figure that is printed wrongly",
)


@dataclass(frozen=True)
class Example:
    """One block of the guide: what it is, of which metric, and its text."""

    mark: str
    of: str | None
    text: str


def examples(heading: str, mark: str) -> list[Example]:
    """The marked blocks below a heading."""
    section = GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = [Example(m["mark"], m["of"], m["text"]) for m in EXAMPLE.finditer(section)]
    return [example for example in found if example.mark == mark]


def the(heading: str, mark: str) -> Example:
    (example,) = examples(heading, mark)
    return example


def test_every_block_of_yaml_is_an_example_that_is_tested():
    marks = [match["mark"] for match in EXAMPLE.finditer(GUIDE)]
    assert GUIDE.count("```yaml") == sum(mark not in ("sheet", "rows") for mark in marks) == 8
    assert set(marks) == {"sheet", "rows", "sentence", "metric", "table", "relation", "aside", "rule", "correction"}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    return copy_catalog(tmp_path / "catalog")


def paste(folder, heading):
    """Put the metrics, sentences and tables of a section where it says that they go."""
    for mark, name, key in (("metric", "metrics.yml", "metrics"), ("sentence", "sentences.yml", "sentences"), ("table", "sentences.yml", "tables"), ("relation", "metrics.yml", "relations")):  # fmt: skip
        for example in examples(heading, mark):
            edit(folder, name, f"\n{key}:\n", f"\n{key}:\n{example.text}\n")


def refused_without(text: str, words: Wordings) -> None:
    """The shipped catalog quarantines the sheet, the edited one accepts it."""
    assert errors(text, "sheet.txt") != []
    assert errors(text, "sheet.txt", words) == []


def test_a_new_sentence_takes_one_entry(folder):
    printed = re.search(r"In 2025, NCMEC reviewed [^*]*law enforcement\.", render(year=2025))
    sentence = the(NEW_SENTENCE, "sheet").text
    text = change(render(year=2025), printed[0], sentence)
    paste(folder, NEW_SENTENCE)
    words = compiled(folder)
    refused_without(text, words)
    assert value(text, the(NEW_SENTENCE, "sentence").of, words=words) == "49"
    assert errors(render(), words=words) == []
    assert errors(change(text, "from Kentucky law enforcement.", "from Kentucky law enforcement and others."), "sheet.txt", words) != []  # fmt: skip


def sheet_with_posters(jurisdiction="US-KY", year=2025):
    sentence = the(NEW_METRIC, "sheet").text
    return f"{render(jurisdiction, year)} {sentence.replace('2025', str(year))}"


def test_a_new_metric_takes_an_entry_and_its_sentence(folder):
    paste(folder, NEW_METRIC)
    words = compiled(folder)
    refused_without(sheet_with_posters(), words)
    assert failures(sheet_with_posters(), "sheet.txt", words) == []
    (statement,) = [
        s
        for s in read(sheet_with_posters(), "sheet.txt", words)[0].statements
        if s.metric == "posters_distributed"
    ]
    assert statement.printed == "more than 3,200"
    assert statement.quote == the(NEW_METRIC, "sheet").text


def test_a_new_metric_reaches_the_warehouse_without_a_line_of_code(folder, tmp_path):
    paste(folder, NEW_METRIC)
    catalog, words = load_catalog(folder), compiled(folder)
    write_sheet(tmp_path / "raw/2025/kentucky.txt", sheet_with_posters())
    write_sheet(tmp_path / "raw/2025/ohio.txt", render("US-OH", 2025))
    sheets = corpus(tmp_path / "corpus", collect(tmp_path / "raw"), {}, words)
    reference = write_reference(catalog, tmp_path / "reference")
    corroboration = frame_of(reference, "corroboration")
    found = validate(
        sheets, corroboration, catalog, tmp_path / "validated", of_folder=(), reviewed=Review()
    )
    tables = write_figures(TableFiles({**found.files, **reference.files}), tmp_path / "validated")
    load_warehouse(tables, catalog, tmp_path)
    assert found.rows("quarantine") == 0
    assert ask(
        tmp_path,
        "select value, qualifier, upper, sheet_id from observations where metric = 'posters_distributed'",
    ) == [(3200, "more_than", None, "2025/US-KY")]
    assert ask(tmp_path, "select quote from statements where metric = 'posters_distributed'") == [
        (the(NEW_METRIC, "sheet").text,)
    ]
    assert ask(
        tmp_path, "select jurisdiction, posters_distributed from state_profiles order by 1"
    ) == [("US-KY", "more than 3,200"), ("US-OH", None)]
    assert ask(
        tmp_path,
        "select jurisdiction, coverage from coverage where metric = 'posters_distributed' and coverage <> 'sheet_missing' order by 1",
    ) == [("US-KY", "published"), ("US-OH", "absent_from_sheet")]


POSTERS = (
    "    unit: poster\n    kind: count\n    period: calendar_year\n    series:\n      - of: state\n"
)


@pytest.mark.parametrize(
    ("year", "is_required"), [(2024, False), (2025, True), (2026, True), (2027, False)]
)
def test_a_metric_of_some_years_is_required_in_those(folder, year, is_required):
    paste(folder, NEW_METRIC)
    years = re.search(r"`(printed_years: .*?)` under `(presence: required)`", GUIDE)
    edit(folder, "metrics.yml", f"{POSTERS}        presence: optional\n", f"{POSTERS}        {years[2]}\n        {years[1]}\n")  # fmt: skip
    words = compiled(folder)
    without = errors(render(year=year), "sheet.txt", words)
    assert without == (["required_metrics_are_printed"] if is_required else [])
    assert errors(sheet_with_posters(year=year), "sheet.txt", words) == []


def test_another_set_of_rows_takes_a_table_its_metrics_and_its_sum(folder):
    table = re.search(r"Children Missing From Social.*?\t21", render(), re.DOTALL)[0]
    text = change(render(year=2025), table, the(NEW_ROWS, "rows").text)
    edit(folder, "sentences.yml", "    of: state\n    years: [2023, null]\n", "    of: state\n    years: [2023, 2024]\n")  # fmt: skip
    both = re.search(r"`(tables: \[[^`]*\])`", GUIDE.replace("\n", " "))[1]
    edit(folder, "sentences.yml", "tables: [missing_child_cases_breakdown]", both)
    edit(folder, "metrics.yml", "  - whole: missing_child_cases of state\n", "  - whole: missing_child_cases of state\n    years: [2023, 2024]\n")  # fmt: skip
    path = folder / "metrics.yml"
    before, gone = path.read_text(encoding="utf-8").split("\n  - metric: missing_child_cases_orr\n")
    gone = gone.replace(
        "presence: required\n", "presence: required\n        printed_years: [2023, 2024]\n", 1
    )
    path.write_text(f"{before}\n  - metric: missing_child_cases_orr\n{gone}", encoding="utf-8")
    row = the(NEW_METRIC, "metric").text.replace(
        "posters_distributed", "missing_child_cases_family"
    )
    row = change(
        change(row, "unit: poster", "unit: case"),
        "presence: optional",
        "presence: required\n        printed_years: [2025, null]",
    )
    edit(folder, "metrics.yml", "\nmetrics:\n", f"\nmetrics:\n{row}\n")
    paste(folder, NEW_ROWS)
    words = compiled(folder)
    refused_without(text, words)
    assert value(text, "missing_child_cases_family", words=words) == "21"
    assert errors(
        text.replace("Family Abductions\t21", "Family Abductions\t22"), "sheet.txt", words
    ) == ["parts_sum_to_totals"]
    assert errors(render(), words=words) == []
    assert invoke("catalog", "check", "--catalog", folder, "--raw", PROJECT / "raw").returncode == 0


def test_words_besides_take_an_aside(folder):
    sentence = the(BESIDES, "sheet").text
    printed = sentence.replace(" (counted by quarter)", "")
    text = change(render(year=2025), printed, sentence)
    append(folder, "asides.yml", the(BESIDES, "aside").text)
    words = compiled(folder)
    refused_without(text, words)
    notes = {s.metric: s.note for s in read(text, "sheet.txt", words)[0].statements if s.note}
    assert notes == {"trafficking_engagements": "counted by quarter"}
    assert errors(text.replace("by quarter", "by week"), "sheet.txt", words) != []


def test_a_numeral_that_is_no_figure_takes_a_rule(folder):
    text = f"{render(year=2025)} {the(NO_FIGURE, 'sheet').text}"
    append(folder, "ignored.yml", the(NO_FIGURE, "rule").text)
    words = compiled(folder)
    refused_without(text, words)
    assert errors(text.replace("operated its hotline", "worked"), "sheet.txt", words) != []
    assert (
        errors(text.replace("since 1984.", "since 1984 families came."), "sheet.txt", words) != []
    )


def test_a_wrong_figure_takes_a_correction(folder, tmp_path):
    path = write_sheet(
        tmp_path / "raw/2025/kentucky.txt", change(render(year=2025), ":\t21", ":\t12")
    )
    (sheet,) = collect(tmp_path / "raw")
    assert path.read_bytes() == sheet.content
    entry = the(CORRECTION, "correction").text.replace("SHA256_OF_THE_FILE", sheet.sha256)
    (folder / "corrections.yml").write_text(entry, encoding="utf-8")
    texts = texts_frame([sheet])
    for words, is_refused in ((wordings(), True), (compiled(folder), False)):
        parsed = parse_batch(texts, words)
        found = {
            row.check_name
            for row in records(parsed[CHECKS])
            if not row.passed and row.level == "error"
        }
        assert found == ({"parts_sum_to_totals"} if is_refused else set())


NUMBERS = re.findall(
    r"^\| (.+?) \| ([\d.]+) \| (\w+) \| ([\d.]+) to (.+?) \|$", GUIDE, re.MULTILINE
)


@pytest.mark.parametrize(("printed", "number", "qualifier", "lower", "upper"), NUMBERS)
def test_numbers_are_read_as_the_table_says(printed, number, qualifier, lower, upper):
    figure = wordings().numbers.read(canonical_words(printed))
    bounds = ["no bound" if b is None else f"{b:f}" for b in (figure.lower, figure.upper)]
    assert [f"{figure.value:f}", figure.qualifier, *bounds] == [number, qualifier, lower, upper]


def test_the_table_of_numbers_is_found():
    assert len(NUMBERS) == 11


@pytest.mark.parametrize("space", ["\u2009", "\u202f", "\u00a0"])
def test_spaces_that_do_not_break_part_thousands(space):
    text = change(render(), "27,130", f"27{space}130")
    assert errors(text) == []
    assert value(text, "cvip_children_identified", "US") == "27130"


@pytest.mark.parametrize(
    "printed",
    re.findall(r"`([^`]+)`", GUIDE.split("In place of a figure ")[1].split(" are\nprinted")[0]),
)
def test_what_the_guide_calls_absent_is_not_missing(printed):
    text = change(render(), "NCMEC had 6 engagements", f"NCMEC had {printed} engagements")
    assert errors(text) == []
    assert read(text)[0].absent == {("trafficking_engagements", "state"): printed}


LAST = GUIDE.split("quarantines the sheet until somebody looks:")[1]


@pytest.mark.parametrize("printed", re.findall(r"`([^`]+)`", LAST))
def test_what_the_guide_calls_half_understood_is_not_read(printed):
    text = change(render(), "activated on 57 incidents", f"activated on {printed} incidents")
    _, findings = read(text)
    assert any(is_error(finding) for finding in findings)
