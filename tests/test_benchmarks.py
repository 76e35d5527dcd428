"""The corpus says what its truth says, and the benchmarks' tables are what their README shows."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow.parquet
import pytest

from benchmarks import chart, peers, report
from benchmarks.building import one_changed
from benchmarks.corpus import (
    FAULTS,
    FIRST_YEAR,
    YEARS,
    CorpusError,
    manifest_row,
    sheet,
    truth_of,
    write_corpus,
)
from benchmarks.figures import nation
from benchmarks.flavours import MIX, described_mix
from benchmarks.measure import BenchmarkError, child, run
from benchmarks.parsing import parse_all
from benchmarks.truth import demand_truth
from pipeline.catalog.load import default_catalog
from pipeline.parse.patterns import compile_catalog
from pipeline.sheets.collect import collect
from pipeline.sheets.manifest import read_manifest
from pipeline.tables.frames import records
from pipeline.tables.schema import PUBLISHED
from tests import tables
from tests.building import PROJECT, contents, run_python
from tests.sheets_factory import NAMES, change

A_VINTAGE = YEARS * len(NAMES)


def validated(raw: Path) -> dict[str, pd.DataFrame]:
    """What is published of a raw folder, as frames by table."""
    catalog = default_catalog()
    with TemporaryDirectory() as folder:
        wordings = compile_catalog(catalog)
        found = tables.corpus(Path(folder), collect(raw), read_manifest(raw), wordings)
        return tables.validated(found, tables.corroboration_of(catalog), catalog)


def statuses(found: dict[str, pd.DataFrame]) -> dict[str, str]:
    return {row.file: row.status for row in records(found["sheets"])}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A corpus of 120 sheets. Tests only read it."""
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder, 120)
    return folder


def test_a_corpus_parses_to_exactly_its_truth(corpus, tmp_path):
    demand_truth(corpus / "truth.parquet", parse_all(corpus / "raw", tmp_path, 1))


def test_a_figure_that_differs_from_the_truth_fails_the_benchmark(corpus, tmp_path):
    write_corpus(tmp_path / "other", 120)
    file = next((tmp_path / "other" / "raw").rglob("kentucky.txt"))
    file.write_bytes(sheet(list(NAMES).index("US-KY"), revision=1).content)
    (tmp_path / "parts").mkdir()
    with pytest.raises(BenchmarkError, match="figures of the corpus are missing or wrong"):
        demand_truth(
            corpus / "truth.parquet", parse_all(tmp_path / "other/raw", tmp_path / "parts", 1)
        )


def test_every_sheet_of_a_corpus_is_accepted_and_every_numeral_accounted_for(corpus):
    found = validated(corpus / "raw")
    assert Counter(statuses(found).values()) == {"accepted": 120}
    assert "unaccounted" not in set(found["numerals"]["disposition"])


def test_beyond_the_years_a_corpus_has_vintages_that_supersede_older_ones(tmp_path):
    numbers = [0, A_VINTAGE, 2 * A_VINTAGE, 1, A_VINTAGE + 1]
    made = [sheet(number) for number in numbers]
    assert [one.file for one in made[:3]] == [f"2023/alaska{n}.txt" for n in ("", ".2", ".3")]
    (tmp_path / "2023").mkdir()
    for one in made:
        (tmp_path / one.file).write_bytes(one.content)
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        rows = [("file", "sha256", "bytes", "origin", "retrieved"), *map(manifest_row, made)]
        csv.writer(file).writerows(rows)
    assert statuses(validated(tmp_path)) == {
        "2023/alaska.txt": "superseded",
        "2023/alaska.2.txt": "superseded",
        "2023/alaska.3.txt": "accepted",
        "2023/alabama.txt": "superseded",
        "2023/alabama.2.txt": "accepted",
    }


@pytest.mark.slow
def test_a_corpus_is_the_same_in_every_process_and_the_beginning_of_a_larger_one(corpus, tmp_path):
    for hash_seed in ("1", "2"):
        done = run_python(
            "-m",
            "benchmarks.corpus",
            tmp_path / hash_seed,
            "--sheets",
            "60",
            settings={"PYTHONHASHSEED": hash_seed},
        )
        assert done.returncode == 0, done.stderr
    one, other, larger = (contents(folder) for folder in (tmp_path / "1", tmp_path / "2", corpus))
    assert one == other
    sheets = {name: content for name, content in one.items() if name.endswith(".txt")}
    assert len(sheets) == 60
    assert sheets.items() <= larger.items()


def test_another_seed_gives_other_sheets():
    same = [number for number in range(50) if sheet(number).content == sheet(number, 1).content]
    assert same == []


def test_bad_sheets_are_quarantined_and_no_others(tmp_path):
    write_corpus(tmp_path, 112, bad=0.2)
    with (tmp_path / "faults.csv").open(newline="") as lines:
        faults = {row["file"]: row["fault"] for row in csv.DictReader(lines)}
    assert set(faults.values()) == set(FAULTS)
    found = statuses(validated(tmp_path / "raw"))
    assert {file for file, status in found.items() if status == "quarantined"} == set(faults)
    assert {file for file, status in found.items() if status == "accepted"} == set(found) - set(
        faults
    )
    truth = pyarrow.parquet.read_table(tmp_path / "truth.parquet")
    assert set(truth["file"].to_pylist()) == set(found) - set(faults)


def test_a_corpus_is_not_written_over_anything(tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(CorpusError, match="is not empty"):
        write_corpus(tmp_path, 1)
    assert contents(tmp_path) == {"kept.txt": b"kept"}


def test_all_sheets_of_a_year_print_the_same_national_figures():
    for number in range(0, 2 * len(NAMES), 5):
        one = sheet(number)
        assert one.national == nation(0, FIRST_YEAR + number // len(NAMES))


def test_truth_holds_no_figure_that_a_sheet_does_not_print():
    own = next(one for one in map(sheet, range(50)) if "team_adam_cases_assisted" in one.local)
    table = truth_of([own])
    assert table.num_rows == 20
    assert "team_adam_incidents" not in table["metric"].to_pylist()


def test_one_sheet_is_changed_only_as_long_as_it_is_measured(tmp_path):
    write_corpus(tmp_path, 3)
    raw, before = tmp_path / "raw", contents(tmp_path)
    with one_changed(raw, 3) as file:
        assert file == "2023/arkansas.txt"
        assert set(statuses(validated(raw)).values()) == {"accepted"}
        differing = {name for name, data in contents(tmp_path).items() if before[name] != data}
        assert differing == {f"raw/{file}", "raw/manifest.csv"}
    assert contents(tmp_path) == before


@pytest.mark.parametrize("layer", MIX)
def test_the_shares_of_a_property_add_up(layer):
    assert sum(percent for percent, _ in MIX[layer].values()) == 100


def test_the_readme_documents_the_mix():
    assert described_mix() in (PROJECT / "benchmarks/README.md").read_text(encoding="utf-8")


# Measuring and reporting


def test_a_failing_measurement_says_what_failed():
    with pytest.raises(BenchmarkError, match=r"parsing:floor.*exit code 1.*no such folder"):
        run(child("parsing:floor", "missing", "", "1"))


def test_a_measurement_sees_time_memory_and_what_was_printed(corpus):
    found = run(child("parsing:floor", corpus / "raw", "", "1"), cores=1)
    assert found.details["numbers"] > 120 * 20
    assert found.seconds == found.details["seconds"]
    assert found.peak > 2**20


def test_results_take_the_place_of_older_ones(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"Before\n{report.BEGIN}\nold\n{report.END}\nbehind\n", encoding="utf-8")
    table = report.Table(
        "Parsing", "Four sheets.", ("what", "time"), [("ours", "1 s"), ("x", "2 s")]
    )
    section = report.markdown([table], day=date(2026, 11, 21), runs=3, machine="A machine.")
    for _ in range(2):
        report.rewrite(readme, section)
    assert readme.read_text(encoding="utf-8") == (
        f"Before\n{report.BEGIN}\n\n"
        "2026-11-21, median of 3 interleaved runs. A machine.\n\n"
        "### Parsing\n\nFour sheets.\n\n"
        "| what | time |\n| --- | ---: |\n| ours | 1 s |\n| x | 2 s |\n\n"
        f"{report.END}\nbehind\n"
    )


def test_a_file_without_the_markers_is_left_as_it_is(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(change(f"a {report.BEGIN} b {report.END}", report.END, ""), encoding="utf-8")
    before = readme.read_bytes()
    with pytest.raises(ValueError, match="needs the lines"):
        report.rewrite(readme, "new")
    assert readme.read_bytes() == before


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.0000123, "12.3 µs"), (0.0456, "45.6 ms"), (1.234, "1.23 s"), (1234.5, "1,234 s")],
)
def test_durations_have_three_digits_in_the_unit_that_suits_them(number, shown):
    assert report.seconds(number) == shown


def test_a_spread_names_the_shortest_and_the_longest():
    assert report.spread([1.5, 0.25, 0.5]) == "250 ms to 1.5 s"


def test_a_chart_shows_every_size_and_step_on_both_pages(tmp_path):
    points = [
        {"sheets": sheets, "step": step, "seconds": seconds, "mebibytes": 100 * seconds}
        for sheets, step, seconds in ((4, "cold", 1.5), (1_000, "cold", 9), (4, "unchanged", 0.3))
    ]
    chart.write(tmp_path, points)
    for page, ink in chart.INKS.items():
        svg = (tmp_path / f"build-{page}.svg").read_text(encoding="utf-8")
        shown = re.findall(r'aria-label="sheets: ([\d,]+); (\w+)[^:]*: ([\d.]+); step: (\w+)"', svg)
        told = {("4", "1.5", "cold"), ("1,000", "9", "cold"), ("4", "0.3", "unchanged")}
        assert {
            (sheets, number, step) for sheets, field, number, step in shown if field == "seconds"
        } == told
        assert ink in svg


def test_the_peer_of_dbt_has_each_table_and_a_test_for_each_key_reference_and_list(tmp_path):
    peers.write_project(tmp_path, tmp_path / "release")
    described = json.loads((tmp_path / "models/schema.yml").read_text(encoding="utf-8"))["models"]
    assert [model["name"] for model in described] == [table.name for table in PUBLISHED]
    assert {path.stem for path in (tmp_path / "models").glob("*.sql")} == {
        table.name for table in PUBLISHED
    }
    (coverage,) = [model for model in described if model["name"] == "coverage"]
    assert coverage["data_tests"] == [
        {"unique": {"arguments": {"column_name": "(year || '/' || jurisdiction || '/' || metric)"}}}
    ]
    tests = {column["name"]: column["data_tests"] for column in coverage["columns"]}
    assert tests["year"] == ["not_null"]
    assert tests["metric"][1]["relationships"]["arguments"] == {
        "to": "ref('metrics')",
        "field": "metric",
    }
    assert "published" in tests["coverage"][1]["accepted_values"]["arguments"]["values"]


@pytest.mark.parametrize(("part", "shown"), [(100, "100 %"), (1, "1.0 %")])
def test_a_share_is_rounded(part, shown):
    assert report.percent(part, 100) == shown


def test_a_share_is_whole_only_where_nothing_is_missing():
    assert report.percent(999_999, 1_000_000) == "99.9 %"


@pytest.mark.slow
def test_every_benchmark_runs_on_a_handful_of_sheets():
    before = (PROJECT / "benchmarks/README.md").read_bytes()
    done = run_python("-m", "benchmarks", "--quick")
    assert done.returncode == 0, done.stderr
    titles = [line for line in done.stdout.splitlines() if line.startswith("### ")]
    assert titles == [
        "### Parsing",
        "### Build, end to end",
        "### Build again",
        "### Build by step",
        "### Start-up, four sheets",
        "### PDF intake",
        "### Dask and the process pool",
        "### Queries",
    ]
    assert (PROJECT / "benchmarks/README.md").read_bytes() == before
