"""A release: complete, immutable, the same in every format, and made only when the data changed."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.build import build
from pipeline.catalog.load import load_catalog
from pipeline.outcome import BuildError
from pipeline.release import export
from pipeline.release.changes import Columns, apply_changes, compare, compare_table, rows_of
from pipeline.release.content import ReleaseContent
from pipeline.release.digest import (
    cell,
    digest_of_csv,
    digest_of_parquet,
    digests_of_database,
    row_digest,
    table_digest,
)
from pipeline.release.export import write_csv, write_parquet
from pipeline.release.history import read_changes
from pipeline.release.released import released_tables
from pipeline.release.verify import verify
from pipeline.release.versions import (
    ReleaseError,
    latest_release,
    next_version,
    releases,
    version_key,
)
from pipeline.storage.formats import csv_line
from pipeline.storage.names import SUMS, WAREHOUSE_FILE
from pipeline.tables.columns import DECIMAL
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import arrow_schema, frame, to_pandas
from pipeline.tables.schema import CHECKS, OBSERVATIONS, PUBLISHED, QUALIFIERS, STATEMENTS
from tests.building import RAW, VERSION, ask, contents
from tests.forging import resum
from tests.sheets_factory import KENTUCKY_2023, change, cr, crlf, render, write_sheet
from tests.tables import frame_of, table_files

NAMES = [table.name for table in PUBLISHED]


# What a release folder holds


def test_the_checksums_cover_every_other_file_and_hold(built_release):
    lines = (built_release / SUMS).read_text(encoding="utf-8").splitlines()
    listed = dict(reversed(line.split("  ", 1)) for line in lines)
    found = contents(built_release)
    assert set(listed) == set(found) - {SUMS}
    assert listed == {name: hashlib.sha256(found[name]).hexdigest() for name in listed}


def test_every_table_is_there_as_parquet_and_csv_beside_the_database(built_release):
    files = set(contents(built_release))
    assert {f"data/{name}.{form}" for name in NAMES for form in ("parquet", "csv")} <= files
    assert {WAREHOUSE_FILE, "README.md", "manifest.json", "data_dictionary.csv", SUMS} <= files


def test_the_manifest_counts_rows_and_names_version_and_licence(built_release):
    manifest = json.loads((built_release / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["version"], manifest["license"], manifest["previous"]) == (
        VERSION,
        "MIT",
        None,
    )
    rows = {name: table["rows"] for name, table in manifest["tables"].items()}
    counts = {name: ask(built_release, f"select count(*) from {name}")[0][0] for name in NAMES}
    assert rows == counts
    assert (rows["observations"], rows["statements"], rows["sheets"]) == (52, 83, 4)


def test_the_database_is_the_warehouse_of_the_build(built_release, built_warehouse):
    ours, theirs = (
        (folder / WAREHOUSE_FILE).read_bytes() for folder in (built_release, built_warehouse)
    )
    assert ours == theirs


def test_files_are_readable_by_everyone(built_release):
    modes = {path.stat().st_mode & 0o777 for path in built_release.rglob("*") if path.is_file()}
    assert modes == {0o644}


def test_every_claim_of_the_release_holds(built_release):
    assert [r for r in verify(built_release, None) if r.holds is False] == []


# The same rows in three formats

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
)


def without_a_row(write):
    """A writer whose files of the checks lack their last row, as of a disk that lost a block."""

    def short(table, tables, *rest):
        write(table, tables, *rest)
        path = rest[-1]
        if table is CHECKS and path.suffix == ".csv":
            path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
        elif table is CHECKS:
            rows = pyarrow.parquet.read_table(path)
            pyarrow.parquet.write_table(rows.slice(0, rows.num_rows - 1), path)

    return short


@pytest.mark.parametrize("form", ["Parquet", "CSV", "DuckDB", None])
def test_what_does_not_read_back_is_not_released(form, built_release, tmp_path, monkeypatch):
    tables, database = released_tables(built_release), tmp_path / WAREHOUSE_FILE
    shutil.copyfile(built_release / WAREHOUSE_FILE, database)
    if form == "DuckDB":
        with duckdb.connect(str(database)) as connection:
            connection.execute("delete from checks where check_name = 'spans_reread'")
    elif form is not None:
        writer = {"Parquet": "write_parquet", "CSV": "write_csv"}[form]
        monkeypatch.setattr(export, writer, without_a_row(getattr(export, writer)))
    digests = export.table_digests(tables)
    content = ReleaseContent(VERSION, tables, digests, database, load_catalog(), None)
    if form is None:
        assert export.make_release(content, tmp_path).name == VERSION
    else:
        with pytest.raises(
            ReleaseError, match=f"^checks as {form}: row digest .*nothing was released"
        ):
            export.make_release(content, tmp_path)
        assert list((tmp_path / "releases").iterdir()) == []


@pytest.mark.parametrize("table", PUBLISHED, ids=NAMES)
def test_the_row_digest_is_the_same_in_all_formats(built_release, table):
    stated = json.loads((built_release / "manifest.json").read_text(encoding="utf-8"))
    data = built_release / "data"
    assert {
        digest_of_parquet(table, data / f"{table.name}.parquet"),
        digest_of_csv(table, data / f"{table.name}.csv"),
        digests_of_database(built_release / WAREHOUSE_FILE)[table.name],
    } == {stated["tables"][table.name]["digest"]}


def test_a_digest_is_what_its_description_says():
    lines = ["statedata-row-digest-2", '["a","b"]', "3:1.52:\u00e9", "1:1~", "4:true1:\n"]
    text = "".join(f"{line}\n" for line in lines)
    rows = [(Decimal("1.5000"), "\u00e9"), (1, None), (True, "\n")]
    assert row_digest(["a", "b"], rows) == hashlib.sha256(text.encode()).hexdigest()


def test_every_difference_matters_to_a_digest():
    digests = {
        row_digest(["a"], [(None,)]), row_digest(["a"], [("",)]), row_digest(["a"], [("1",), ("1",)]),
        row_digest(["a"], [("1",)]), row_digest(["b"], [("1",)]), row_digest(["a"], [(True,)]),
        row_digest(["a"], []), row_digest(["a"], [("1.0",)]), row_digest(["a"], [("1",), ("2",)]),
        row_digest(["a"], [("2",), ("1",)]), row_digest(["a"], [("1\n1:1",)]), row_digest(["a"], [("~",)]),
        row_digest(["a", "b"], [("1", "23")]), row_digest(["a", "b"], [("12", "3")]),
    }  # fmt: skip
    assert len(digests) == 14


@settings(max_examples=30)  # files are written and read
@given(
    st.lists(
        st.tuples(TEXTS, TEXTS | st.none(), st.decimals(0, 10**10, places=4), st.integers(1, 9)),
        max_size=5,
    )
)
def test_the_digest_of_files_is_that_of_their_rows(tmp_path_factory, found):
    rows = [
        (f"{place}", 2023, jurisdiction or "x", metric, value, "exact", None, value, "published", sheet, count)
        for place, (metric, sheet, value, count) in enumerate(found)
        for jurisdiction in [sheet]
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("digest")
    tables = table_files(folder, {OBSERVATIONS: frame(OBSERVATIONS, rows)})
    assert table_digest(OBSERVATIONS, tables) == row_digest(list(OBSERVATIONS.columns), rows)


@pytest.mark.parametrize("value", [1.5, float("nan"), date(2026, 11, 1), b"x", [1]])
def test_a_digest_refuses_what_reads_differently_elsewhere(value):
    with pytest.raises(TypeError, match="has no place in a row digest"):
        row_digest(["a"], [(value,)])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("0.0000"), "0"),
        (Decimal("8597.0000"), "8597"),
        (Decimal("18.5000"), "18.5"),
        (Decimal("36200000"), "36200000"),
        (7, "7"),
        (True, True),
        (None, None),
        ("e\u0301", "e\u0301"),
    ],
)
def test_a_cell_is_written_plainly(value, written):
    assert cell(value) == written


# Readers


def parquet_of(release: Path, name: str) -> Path:
    return release / "data" / f"{name}.parquet"


@pytest.mark.parametrize("table", PUBLISHED, ids=NAMES)
def test_four_readers_read_the_same_rows_of_a_parquet_file(built_release, table):
    path = parquet_of(built_release, table.name)
    arrow = pyarrow.parquet.read_table(path)
    expected = arrow.to_pylist()
    assert pl.read_parquet(path).to_dicts() == expected
    with duckdb.connect() as connection:
        names = ", ".join(f'"{name}"' for name in table.columns)
        rows = connection.execute(f"select {names} from '{path}'").fetchall()
    assert [dict(zip(table.columns, row, strict=True)) for row in rows] == expected
    frame = pd.read_parquet(path, dtype_backend="pyarrow")
    assert list(frame.columns) == list(table.columns)
    nulls = {name: arrow.column(name).null_count for name in table.columns}
    assert frame.isna().sum().to_dict() == nulls


@pytest.mark.parametrize("table", PUBLISHED, ids=NAMES)
def test_a_parquet_file_has_the_types_and_nullability_of_its_schema(built_release, table):
    schema = pyarrow.parquet.read_schema(parquet_of(built_release, table.name))
    expected = [
        (field.name, pyarrow.float64() if field.type == DECIMAL else field.type, field.nullable)
        for field in arrow_schema(table)
    ]
    assert [(field.name, field.type, field.nullable) for field in schema] == expected


def test_pandas_reads_plain_numbers_and_nulls(built_release):
    frame = pd.read_parquet(parquet_of(built_release, "observations"))
    types = {name: str(frame[name].dtype) for name in ("year", "value", "upper", "statements")}
    assert types == {"year": "int64", "value": "float64", "upper": "float64", "statements": "int64"}
    frame = frame.set_index("observation_id")
    assert frame.loc["2023/US-KY/missing_child_cases", "value"] + 1 == 200.0
    assert pd.isna(frame.loc["2023/US/cybertipline_files_received", "upper"])
    assert pd.isna(frame.loc["2023/US/cybertipline_files_received", "sheet_id"])


def test_polars_reads_types_and_nulls(built_release):
    data = pl.read_parquet(parquet_of(built_release, "observations"))
    assert data.schema["year"] == pl.Int64
    assert data.schema["value"] == pl.Float64
    assert data.filter(pl.col("upper").is_null()).height == 3  # three figures say "more than"


def test_duckdb_reads_the_released_csv(built_release):
    path = built_release / "data" / "observations.csv"
    with duckdb.connect() as connection:
        query = f"select count(*), sum(value), count(sheet_id) from read_csv('{path}')"
        rows, total, states = connection.execute(query).fetchone()
    assert (rows, states) == (52, 41)
    assert total == float(ask(built_release, "select sum(value) from observations")[0][0])


def test_the_footer_names_version_and_licence(built_release):
    metadata = pyarrow.parquet.read_schema(parquet_of(built_release, "observations")).metadata
    assert metadata[b"version"] == VERSION.encode()
    assert metadata[b"license"] == b"MIT"


# CSV


@pytest.mark.parametrize("flavour", [crlf, cr], ids=["crlf", "cr"])
def test_a_sheet_with_other_line_ends_comes_back_from_csv_as_it_was(tmp_path, flavour):
    text = flavour(render("US-OH"))
    write_sheet(tmp_path / "raw/2023/ohio.txt", text)
    release = build(tmp_path / "raw", tmp_path / "warehouse").release
    with (release / "data/sheets.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["text"] == text
    assert ask(release, "select text, status from sheets") == [(text, "accepted")]
    table = next(table for table in PUBLISHED if table.name == "sheets")
    stated = latest_release(tmp_path / "warehouse").digests["sheets"]
    assert digest_of_csv(table, release / "data/sheets.csv") == stated
    with (release / "data/statements.csv").open(encoding="utf-8", newline="") as file:
        for statement in csv.DictReader(file):
            start, end = int(statement["char_start"]), int(statement["char_end"])
            assert text[start:end] == statement["quote"]


@given(st.lists(st.none() | TEXTS, min_size=2, max_size=6))
def test_any_text_survives_a_csv_line(texts):
    (read,) = csv.reader(io.StringIO(csv_line(texts), newline=""))
    assert [text or None for text in read] == texts


def test_a_csv_line_quotes_what_it_must_and_nothing_else():
    row = ["a", None, True, 18, 'say "no"', "a,b", "a\rb", "a\nb"]
    assert csv_line(row) == 'a,,true,18,"say ""no""","a,b","a\rb","a\nb"\n'


@given(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
def test_any_text_has_the_same_digest_in_csv(tmp_path_factory, texts):
    data = pyarrow.table(
        {
            "qualifier": texts,
            "meaning": texts[::-1],
            "lower_included": [True] * len(texts),
            "upper_included": [False] * len(texts),
        },
        schema=arrow_schema(QUALIFIERS),
    )
    path = tmp_path_factory.getbasetemp() / "qualifiers.csv"
    files = table_files(path.parent, {QUALIFIERS: to_pandas(data)})
    write_csv(QUALIFIERS, files, path)
    assert digest_of_csv(QUALIFIERS, path) == table_digest(QUALIFIERS, files)


def test_row_groups_follow_each_other_so_that_a_filter_skips_most(built_release, tmp_path):
    tables = released_tables(built_release)
    small = dataclasses.replace(STATEMENTS, batch=10)
    path = tmp_path / "statements.parquet"
    write_parquet(small, tables, VERSION, path)
    written = pyarrow.parquet.ParquetFile(path).metadata
    groups = [written.row_group(number) for number in range(written.num_row_groups)]
    assert [group.num_rows for group in groups] == [10] * 8 + [3]
    ranges = [(g.column(0).statistics.min, g.column(0).statistics.max) for g in groups]
    assert all(before[1] < after[0] for before, after in pairwise(ranges))
    assert digest_of_parquet(STATEMENTS, path) == table_digest(STATEMENTS, tables)


def test_the_bytes_of_a_table_do_not_depend_on_the_files_that_its_rows_come_from(tmp_path):
    # More text than a dictionary of Parquet holds: what stands where it is given up shows.
    names = [f"{number:06}" for number in range(12_000)]
    data = pyarrow.table(
        [names, [name * 50 for name in names], [True] * 12_000, [False] * 12_000],
        schema=arrow_schema(QUALIFIERS),
    )
    written = set()
    for step in (12_000, 5_000, 777):
        paths = tuple(tmp_path / f"{step}-{start}.parquet" for start in range(0, 12_000, step))
        for path, start in zip(paths, range(0, 12_000, step), strict=True):
            pyarrow.parquet.write_table(data.slice(start, step), path)
        release = tmp_path / f"{step}.parquet"
        write_parquet(QUALIFIERS, TableFiles({QUALIFIERS.name: paths}), VERSION, release)
        written.add(release.read_bytes())
    assert len(written) == 1


# Versions


@pytest.mark.parametrize(
    ("existing", "today", "version"),
    [
        ([], date(2026, 11, 21), "2026.11.1"),
        (["2026.11.1"], date(2026, 11, 30), "2026.11.2"),
        (["2026.11.9", "2026.11.10"], date(2026, 11, 30), "2026.11.11"),
        (["2026.11.2"], date(2026, 12, 1), "2026.12.1"),
        (["2026.11.2"], date(2027, 1, 1), "2027.1.1"),
        (["2026.11.2"], date(2026, 10, 31), "2026.10.1"),  # the clock is right now, or was then
        (["2099.1.1", "2026.11.2"], date(2026, 11, 30), "2026.11.3"),
    ],
)
def test_the_next_version_is_the_months_next(existing, today, version):
    assert next_version(existing, today) == version


VERSIONS = st.builds(
    "{}.{}.{}".format, st.integers(2000, 2100), st.integers(1, 12), st.integers(1, 99)
)


@given(st.lists(VERSIONS, max_size=5), st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_the_next_version_is_new_and_of_todays_month(existing, today):
    new = next_version(existing, today)
    assert new not in existing
    assert version_key(new)[:2] == (today.year, today.month)


@pytest.mark.parametrize("version", ["", "latest", "2026.11", "2026.13.1", "2026.0.1", "2026.09.1", "v2026.11.1", "../2026.11.1", "2026.11.1/"])  # fmt: skip
def test_what_is_no_version_is_refused(version):
    with pytest.raises(ReleaseError, match=r"is no version, expected YEAR\.MONTH\.NUMBER"):
        version_key(version)


# When a release is made


@pytest.fixture
def released(built_warehouse, tmp_path) -> Path:
    """A copy of the four sheets' warehouse, with its one release."""
    return shutil.copytree(built_warehouse, tmp_path / "warehouse", symlinks=True)


def latest(warehouse: Path) -> str:
    return (warehouse / "releases/latest").resolve().name


def test_unchanged_data_makes_no_new_release(released):
    before = contents(released / "releases")
    outcome = build(RAW, released)
    assert (outcome.is_new, outcome.version) == (False, VERSION)
    assert contents(released / "releases") == before


@pytest.mark.slow
def test_added_data_makes_the_next_release_and_latest_moves(released, raw):
    before = contents(released / "releases" / VERSION)
    write_sheet(raw / "2023/ohio.txt", render("US-OH"))
    outcome = build(raw, released)
    new = next_version([VERSION], datetime.now(UTC).date())
    assert (outcome.is_new, outcome.version, latest(released)) == (True, new, new)
    assert [release.version for release in releases(released)] == [VERSION, new]
    assert contents(released / "releases" / VERSION) == before
    index = json.loads((released / "releases/index.json").read_text(encoding="utf-8"))
    assert index["latest"] == new
    assert [(r["version"], r["status"], r["change_class"]) for r in index["releases"]] == [
        (VERSION, "superseded", "initial"),
        (new, "current", "additive"),
    ]
    assert (
        json.loads((released / "releases/latest.json").read_text(encoding="utf-8"))["version"]
        == new
    )
    assert [r for r in verify(outcome.release, None) if r.holds is False] == []


def revised(raw: Path) -> Path:
    path = raw / "2023/missouri.txt"
    path.write_text(change(path.read_text(encoding="utf-8"), "10,065", "10,066"), encoding="utf-8")
    return raw


@pytest.fixture(scope="module")
def revision(built_warehouse, tmp_path_factory) -> Path:
    """The release of a revised figure, beside the one before. Tests only read it."""
    folder = tmp_path_factory.mktemp("revision")
    warehouse = shutil.copytree(built_warehouse, folder / "warehouse", symlinks=True)
    raw = revised(shutil.copytree(RAW, folder / "raw"))
    return build(raw, warehouse, accept_revisions=True).release


def test_a_changed_figure_is_not_released_until_that_is_accepted(released, raw):
    with pytest.raises(BuildError) as refused:
        build(revised(raw), released)
    message = str(refused.value)
    assert "1 published figures are removed or changed; `latest` stays" in message
    assert (
        "Revised: Missouri 2023, CyberTipline reports made available to law enforcement: 10,065 → 10,066"
        in message
    )
    assert latest(released) == VERSION
    query = "select value from observations where observation_id = '2023/US-MO/cybertipline_reports_to_law_enforcement'"
    assert ask(released, query) == [(10065,)]
    outcome = build(raw, released, accept_revisions=True)
    assert latest(released) == outcome.version != VERSION
    assert ask(released, query) == [(10066,)]
    text = (outcome.release / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {outcome.version}: revision" in text
    assert "10,065 → 10,066" in text
    assert f"## {VERSION}: initial" in text


@pytest.mark.slow
def test_a_removed_sheet_is_not_released_until_that_is_accepted(released, raw):
    (raw / "2023/missouri.txt").unlink()
    with pytest.raises(BuildError, match="11 published figures are removed or changed"):
        build(raw, released)
    assert latest(released) == VERSION
    outcome = build(raw, released, accept_revisions=True)
    assert outcome.sheets == {"accepted": 3}
    assert ask(released, "select * from observations where jurisdiction = 'US-MO'") == []


def test_a_sheet_that_turns_bad_does_not_take_its_figures_away_unasked(released, raw):
    path = raw / "2023/kentucky.txt"
    path.write_text(
        render(local={**KENTUCKY_2023, "missing_child_cases_orr": "22"}), encoding="utf-8"
    )
    with pytest.raises(BuildError, match="10 published figures are removed or changed"):
        build(raw, released)
    assert latest(released) == VERSION


@pytest.mark.slow
def test_the_changes_lead_from_one_release_to_the_next(revision):
    old, new = released_tables(revision.with_name(VERSION)), released_tables(revision)
    listed = list(read_changes(revision))
    for table in PUBLISHED:
        changes = [change for change in listed if change.table == table.name]
        applied = apply_changes(table, rows_of(old, table.name), changes)
        assert list(applied) == list(rows_of(new, table.name))
    (revision,) = [found for found in listed if found.table == OBSERVATIONS.name]
    assert (revision.key, revision.op) == (
        ("2023/US-MO/cybertipline_reports_to_law_enforcement",),
        "changed",
    )
    assert revision.old == {name: Decimal(10065) for name in ("value", "lower", "upper")}


def test_releases_that_are_equal_have_no_changes(built_release):
    tables = released_tables(built_release)
    changes = compare(tables, tables)
    assert (changes.figures.rows, changes.schemas) == ((), ())
    assert set(changes.counts().values()) == {0}
    assert changes.change_class == "reserialised"
    for gone, new, expected in (
        ((), ("more",), "additive"),
        (("less",), (), "breaking"),
        (("old",), ("new",), "breaking"),
        ((), (), "breaking"),  # the same columns in another order
    ):
        columns = Columns("figures", gone, new)
        assert replace(changes, schemas=(columns,)).change_class == expected


def test_tables_are_compared_alike_in_ranges_and_whole(built_release, tmp_path, monkeypatch):
    rows = frame_of(released_tables(built_release), OBSERVATIONS.name)
    edited = rows.copy()
    edited.loc[[0, 20, 51], "value"] = Decimal(7)
    old = edited.drop(index=[1, 25, 50])
    new = rows.drop(index=[2, 17, 30, 49])
    before = table_files(tmp_path / "old", {OBSERVATIONS: old})
    whole = table_files(tmp_path / "new", {OBSERVATIONS: new})
    cuts = [new.iloc[at : at + 9] for at in range(0, len(new), 9)]
    parts = [
        table_files(tmp_path / str(number), {OBSERVATIONS: cut}).files[OBSERVATIONS.name][0]
        for number, cut in enumerate(cuts)
    ]
    monkeypatch.setattr("pipeline.release.changes._BATCHES_COMPARED", 2)
    found = list(compare_table(OBSERVATIONS, before, TableFiles({OBSERVATIONS.name: tuple(parts)})))
    assert found == list(compare_table(OBSERVATIONS, before, whole))
    assert Counter(change.op for change in found) == {"added": 3, "removed": 4, "changed": 3}


def test_changes_that_do_not_fit_are_refused(built_release, revision):
    listed = [c for c in read_changes(revision) if c.table == OBSERVATIONS.name]
    with pytest.raises(ValueError, match="cannot be changed, compare releases"):
        list(apply_changes(OBSERVATIONS, [], listed))
    rows = list(rows_of(released_tables(built_release), OBSERVATIONS.name))
    twice = [*listed, *listed]
    with pytest.raises(ValueError, match="cannot be changed, compare releases"):
        list(apply_changes(OBSERVATIONS, rows, twice))


@pytest.mark.slow
def test_an_existing_version_is_never_replaced(released, raw):
    before = contents(released / "releases" / VERSION)
    write_sheet(raw / "2023/ohio.txt", render("US-OH"))
    with pytest.raises(BuildError, match="this version exists and is never replaced; name another"):
        build(raw, released, version=VERSION)
    assert contents(released / "releases" / VERSION) == before
    assert latest(released) == VERSION


@pytest.mark.slow
def test_the_same_version_in_two_folders_has_the_same_bytes(built_release, tmp_path):
    outcome = build(RAW, tmp_path / "a long way from there", version=VERSION)
    assert contents(outcome.release) == contents(built_release)


@pytest.mark.slow
def test_another_version_differs_only_in_what_says_so(built_release, tmp_path):
    outcome = build(RAW, tmp_path / "warehouse", version="2027.1.1")
    ours, theirs = contents(outcome.release), contents(built_release)
    assert set(ours) == set(theirs)
    same = {name for name in ours if ours[name] == theirs[name]}
    assert WAREHOUSE_FILE in same
    assert {f"data/{name}.csv" for name in NAMES} <= same
    assert "manifest.json" not in same


def test_nothing_half_made_stays(released, raw):
    (released / "releases/.building-left").mkdir()
    (released / ".building-left").mkdir()
    write_sheet(raw / "2023/ohio.txt", render("US-OH"))
    build(raw, released)
    assert list(released.rglob(".building*")) == []
    assert [path.name for path in (released / "releases").glob(".*")] == []


# What is not as it says is found


def spoil_csv(release: Path) -> None:
    path = release / "data/observations.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("8597", "8598"), encoding="utf-8")


def spoil_unlisted(release: Path) -> None:
    (release / "more.txt").write_text("more", encoding="utf-8")


def spoil_missing(release: Path) -> None:
    (release / "README.md").unlink()


def spoil_sums(release: Path) -> None:
    path = release / SUMS
    path.write_text(path.read_text(encoding="utf-8") + "no sum\n", encoding="utf-8")


@pytest.mark.parametrize("spoil", [spoil_csv, spoil_unlisted, spoil_missing, spoil_sums])
def test_a_release_with_other_files_than_its_sums_say_fails(built_release, tmp_path, spoil):
    release = shutil.copytree(built_release, tmp_path / VERSION)
    assert all(result.holds is not False for result in verify(release, None))
    spoil(release)
    found = [result.check for result in verify(release, None) if result.holds is False]
    assert found == ["files_match_their_sums"]


def test_a_forged_figure_with_forged_sums_is_found_by_its_digest(built_release, tmp_path):
    release = shutil.copytree(built_release, tmp_path / VERSION)
    spoil_csv(release)
    resum(release)
    found = {result.check: result for result in verify(release, None) if result.holds is False}
    assert "observations as CSV" in found["row_digests_agree_in_all_formats"].detail


def test_a_release_in_a_folder_of_another_version_is_found(built_release, tmp_path):
    release = shutil.copytree(built_release, tmp_path / "2026.12.1")
    found = {result.check for result in verify(release, None) if result.holds is False}
    assert "manifest_matches_the_files" in found
