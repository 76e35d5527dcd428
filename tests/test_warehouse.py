"""The DuckDB file: reproducible, described, constrained, swapped whole, open to older readers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from pipeline.build import build
from pipeline.catalog.load import default_catalog
from pipeline.release.released import released_tables
from pipeline.stages import Stages
from pipeline.storage.lock import LockedError, holder, locked
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import frame
from pipeline.tables.schema import (
    CHECKS,
    NUMERALS,
    OBSERVATIONS,
    PUBLISHED,
    QUALIFIERS,
    STATEMENTS,
)
from pipeline.tables.sql import create_table, literal, quoted
from pipeline.validate.figures import write_figures
from pipeline.warehouse.load import WarehouseError, load_warehouse, write_database
from pipeline.warehouse.views import views
from tests.building import RAW, VERSION, ask, contents, load, run_python, statedata
from tests.sheets_factory import KENTUCKY_2023, change, render, write_sheet
from tests.tables import frame_of, replaced, table_files

CATALOG = default_catalog()


@pytest.fixture(scope="session")
def tables(built_warehouse):
    """The tables of the four sheets' warehouse."""
    return Stages.of(built_warehouse).validated()


# Reproducible


def without_stages(folder: Path) -> dict[str, bytes]:
    found = contents(folder)
    return {name: found[name] for name in found if not name.startswith("stages/")}


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONHASHSEED": "0", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
        pytest.param(
            {"PYTHONHASHSEED": "1", "TZ": "America/St_Johns", "LANG": "en_US.UTF-8"},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_another_process_folder_hash_seed_and_time_zone_give_the_same_bytes(
    built_warehouse, tmp_path, settings
):
    folder = tmp_path / "elsewhere" / "warehouse"
    arguments = ("--raw", RAW, "--warehouse", folder, "--release-version", VERSION)
    found = statedata("build", *arguments, settings=settings)
    assert found.returncode == 0, found.stderr
    assert without_stages(folder) == without_stages(built_warehouse)


@pytest.mark.slow
def test_the_order_in_which_files_were_written_does_not_show(built_warehouse, tmp_path):
    for path in sorted(RAW.glob("2023/*.txt"), reverse=True):
        write_sheet(tmp_path / "raw/2023" / path.name, path.read_text(encoding="utf-8"))
    shutil.copy(RAW / "manifest.csv", tmp_path / "raw")
    build(tmp_path / "raw", tmp_path / "warehouse", version=VERSION)
    assert without_stages(tmp_path / "warehouse") == without_stages(built_warehouse)


def test_the_files_that_rows_come_from_do_not_show(built_release, tmp_path):
    # DuckDB counts values for its statistics in the first rows of each piece that it is given, and
    # keeps these counts once there are more rows than it holds in one group.
    tables = released_tables(built_release)
    many = tables.read(CHECKS.name).take([0] * 130_000)
    for column, texts in (("check_id", "{:06}"), ("message", "message {}")):
        place = many.schema.get_field_index(column)
        values = [texts.format(number) for number in range(130_000)]
        many = many.set_column(place, many.schema.field(place), [values])
    written = set()
    for size in (130_000, 30_000):
        folder = tmp_path / str(size)
        folder.mkdir()
        pyarrow.parquet.write_table(many, folder / "checks.parquet", row_group_size=size)
        files = {**tables.files, CHECKS.name: (folder / "checks.parquet",)}
        write_database(TableFiles(files), CATALOG, folder / WAREHOUSE_FILE)
        written.add((folder / WAREHOUSE_FILE).read_bytes())
    assert len(written) == 1


def test_another_figure_gives_other_bytes(built_warehouse, raw, warehouse):
    path = raw / "2023/missouri.txt"
    path.write_text(change(path.read_text(encoding="utf-8"), "10,065", "10,066"), encoding="utf-8")
    load(raw, warehouse)
    ours, theirs = (
        (folder / WAREHOUSE_FILE).read_bytes() for folder in (warehouse, built_warehouse)
    )
    assert ours != theirs


def test_one_part_that_is_built_again_leaves_the_bytes_as_they_were(built_warehouse, tmp_path):
    folder = shutil.copytree(built_warehouse, tmp_path / "warehouse", symlinks=True)
    outcome = build(RAW, folder, version="2026.12.1")
    assert not outcome.is_new
    assert without_stages(folder) == without_stages(built_warehouse)


def test_no_path_or_name_of_the_machine_shows(built_warehouse):
    content = (built_warehouse / WAREHOUSE_FILE).read_bytes()
    for word in (str(built_warehouse), str(RAW), str(Path.home()), os.uname().nodename):
        assert word == "/" or word.encode() not in content, word


# Described


def test_every_published_table_is_there_and_no_other(built_warehouse):
    query = "select table_name from duckdb_tables() order by 1"
    found = [name for (name,) in ask(built_warehouse, query)]
    assert found == sorted(table.name for table in PUBLISHED)


def test_every_view_of_the_catalog_is_there_and_no_other(built_warehouse):
    query = "select view_name from duckdb_views() where not internal order by 1"
    found = [name for (name,) in ask(built_warehouse, query)]
    assert found == sorted(view.name for view in views(CATALOG))
    assert {
        "state_profiles", "state_profiles_numeric", "missing_child_cases_breakdown", "national_figures",
        "rates", "rankings", "sheet_coverage", "annotated_observations",
        "published_statements", "quarantine",
    } <= set(found)  # fmt: skip


@pytest.mark.parametrize("kind", ["duckdb_tables()", "duckdb_views()"])
def test_every_table_and_view_has_a_comment(built_warehouse, kind):
    rows = ask(built_warehouse, f"select comment from {kind} where not internal")
    assert rows
    assert all(comment and comment.endswith(".") for (comment,) in rows), rows


def test_every_column_has_its_type_nullability_and_comment(built_warehouse):
    query = (
        "select table_name, column_name, is_nullable, comment from duckdb_columns() "
        "where table_name in (select table_name from duckdb_tables())"
    )
    found = {(table, column): rest for table, column, *rest in ask(built_warehouse, query)}
    assert set(found) == {(table.name, name) for table in PUBLISHED for name in table.columns}
    for table in PUBLISHED:
        for name, column in table.columns.items():
            is_nullable, comment = found[table.name, name]
            assert is_nullable == column.nullable, (table.name, name)
            assert comment.startswith(column.description)
            unit = column.unit
            assert comment.endswith(f"Unit: {unit}." if unit else column.description)


def constraints(folder: Path, kind: str) -> dict[str, set[tuple[str, ...]]]:
    found: dict[str, set[tuple[str, ...]]] = {}
    query = (
        "select table_name, constraint_column_names from duckdb_constraints() "
        f"where constraint_type = '{kind}'"
    )
    for table, columns in ask(folder, query):
        found.setdefault(table, set()).add(tuple(columns))
    return found


def test_every_short_table_has_its_primary_key(built_warehouse):
    keys = constraints(built_warehouse, "PRIMARY KEY")
    short = {table.name: {table.key} for table in PUBLISHED if not table.grows_with_figures}
    assert keys == short
    assert {table.name for table in PUBLISHED} - set(short) == {"statements", "numerals", "checks"}


@pytest.mark.parametrize("table", [STATEMENTS, NUMERALS, CHECKS], ids=lambda table: table.name)
@pytest.mark.parametrize("order", [[0, 0, 1], [1, 0, 2]], ids=["twice", "out of order"])
def test_a_long_table_with_a_key_twice_or_out_of_order_leaves_the_old_file(
    tables, tmp_path, table, order
):
    folder = tmp_path / "warehouse"
    before = load_warehouse(tables, CATALOG, folder).read_bytes()
    broken = replaced(tables, tmp_path / "one", {table: frame_of(tables, table.name).iloc[order]})
    with pytest.raises(duckdb.ConstraintException, match=f"{table.name}: keys do not ascend"):
        load_warehouse(broken, CATALOG, folder)
    (part,) = table_files(tmp_path / "two", {table: frame_of(tables, table.name)}).files[table.name]
    twice = TableFiles({**tables.files, table.name: (part, part)})
    with pytest.raises(duckdb.ConstraintException, match=f"{table.name}: keys do not ascend"):
        load_warehouse(twice, CATALOG, folder)
    assert (folder / WAREHOUSE_FILE).read_bytes() == before


def test_every_reference_of_a_short_table_is_a_foreign_key(built_warehouse):
    expected = {
        table.name: {(name,) for name, column in table.columns.items() if column.refers_to}
        for table in PUBLISHED
        if not table.grows_with_figures
    }
    keys = constraints(built_warehouse, "FOREIGN KEY")
    assert {name: keys.get(name, set()) for name in expected} == expected
    assert keys["observations"] == {("jurisdiction",), ("metric",), ("qualifier",)}


def test_enumerations_list_the_values_of_the_schema(built_warehouse):
    query = "select table_name, column_name, data_type from duckdb_columns() where data_type like 'ENUM%'"
    found = {(table, column): type_ for table, column, type_ in ask(built_warehouse, query)}
    enums = {
        (table.name, name): column.enum
        for table in PUBLISHED
        for name, column in table.columns.items()
        if column.enum
    }
    assert {key: type_ for key, type_ in found.items() if key in enums} == {
        key: f"ENUM({', '.join(literal(value) for value in values)})"
        for key, values in enums.items()
    }


# Constrained


@pytest.fixture
def writable(built_warehouse, tmp_path):
    copy = shutil.copy(built_warehouse / WAREHOUSE_FILE, tmp_path / WAREHOUSE_FILE)
    with duckdb.connect(str(copy)) as connection:
        yield connection


QUALIFIER = "insert into qualifiers values ('test', {meaning}, true, true)"
OBSERVATION = (
    "insert into observations values ({id}, {year}, {place}, 'faon_connections', 1, 'exact', 1, 1, "
    "{status}, null, {statements})"
)
GOOD = {"id": "'x'", "year": 2023, "place": "'US-OH'", "status": "'published'", "statements": 1}


def test_a_good_row_is_let_in(writable):
    writable.execute(OBSERVATION.format(**GOOD))
    writable.execute(QUALIFIER.format(meaning="'a test'"))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"id": "'2023/US-KY/faon_connections'"}, "uplicate key"),
        ({"id": "null"}, "NOT NULL"),
        ({"id": "''"}, "CHECK"),
        ({"year": -1}, "CHECK"),
        ({"year": "null"}, "NOT NULL"),
        ({"place": "'US-XX'"}, "foreign key"),
        ({"status": "'guessed'"}, "Could not convert string 'guessed'"),
        ({"statements": 0}, "CHECK"),
    ],
)
def test_a_bad_row_is_refused(writable, bad, words):
    with pytest.raises(duckdb.Error, match=words):
        writable.execute(OBSERVATION.format(**{**GOOD, **bad}))


def test_an_empty_text_is_refused(writable):
    with pytest.raises(duckdb.ConstraintException, match="CHECK"):
        writable.execute(QUALIFIER.format(meaning="''"))


def test_names_and_texts_are_quoted():
    assert quoted('a"b') == '"a""b"'
    assert literal("NCMEC's") == "'NCMEC''s'"
    statements = create_table(QUALIFIERS, {})
    assert statements[0].startswith('create table "qualifiers" (\n  "qualifier" varchar not null')
    assert 'primary key ("qualifier")' in statements[0]
    assert statements[1].startswith('comment on table "qualifiers" is \'')


def test_the_quarantine_is_empty_or_gives_reasons(built_warehouse, raw, warehouse):
    assert ask(built_warehouse, "select * from quarantine") == []
    write_sheet(
        raw / "2023/ohio.txt",
        render("US-OH", local={**KENTUCKY_2023, "missing_child_cases_orr": "22"}),
    )
    load(raw, warehouse)
    query = "select file, sheet_id, check_name, expected, found from quarantine"
    assert ask(warehouse, query) == [
        ("2023/ohio.txt", "2023/US-OH", "parts_sum_to_totals", "199", "200")
    ]


def test_no_message_has_a_number_with_trailing_zeros(built_warehouse):
    query = r"select message from checks where regexp_matches(concat_ws(' ', message, expected, found), '\d\.\d*0\b')"
    assert ask(built_warehouse, query) == []


def test_every_view_can_be_read(built_warehouse):
    for view in views(CATALOG):
        ask(built_warehouse, f"select * from {quoted(view.name)}")


# Swapped in whole


def test_a_reader_of_the_old_file_neither_blocks_nor_breaks_the_swap(
    built_warehouse, tables, tmp_path
):
    folder = tmp_path / "warehouse"
    target = load_warehouse(tables, CATALOG, folder)
    reader = (
        "import duckdb, sys; connection = duckdb.connect(sys.argv[1], read_only=True); "
        "ask = lambda: connection.execute('select count(*) from observations').fetchone()[0]; "
        "print(ask(), flush=True); sys.stdin.readline(); print(ask(), flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", reader, str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "52\n"
        observations = frame_of(tables, "observations")
        without = observations[observations["jurisdiction"] != "US-MO"]
        fewer = replaced(tables, tmp_path / "fewer", {OBSERVATIONS: without})
        fewer = write_figures(fewer, tmp_path / "fewer")
        load_warehouse(fewer, CATALOG, folder)
        assert ask(folder, "select count(*) from observations") == [(41,)]
        after, _ = process.communicate("\n", timeout=300)
    assert (after, process.returncode) == ("52\n", 0)
    assert [path.name for path in folder.iterdir()] == [WAREHOUSE_FILE]


def test_rows_that_break_a_key_leave_the_old_file(tables, tmp_path):
    folder = tmp_path / "warehouse"
    before = load_warehouse(tables, CATALOG, folder).read_bytes()
    broken = replaced(tables, tmp_path / "broken", {QUALIFIERS: frame(QUALIFIERS, [])})
    with pytest.raises(duckdb.ConstraintException, match="foreign key"):
        load_warehouse(broken, CATALOG, folder)
    assert (folder / WAREHOUSE_FILE).read_bytes() == before
    assert [path.name for path in folder.iterdir()] == [WAREHOUSE_FILE]


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [(STATEMENTS, "metric", "metrics"), (NUMERALS, "file", "sheets"), (CHECKS, "file", "sheets")],
)
def test_a_long_table_that_refers_to_nothing_leaves_the_old_file(
    tables, tmp_path, table, column, target
):
    folder = tmp_path / "warehouse"
    before = load_warehouse(tables, CATALOG, folder).read_bytes()
    rows = frame_of(tables, table.name)
    rows.loc[len(rows) - 1, column] = "nowhere"  # behind all others, so that keys ascend
    broken = replaced(tables, tmp_path / "broken", {table: rows})
    said = f"{table.name}.{column} violates its foreign key: 'nowhere' is not in {target}"
    with pytest.raises(duckdb.ConstraintException, match=re.escape(said)):
        load_warehouse(broken, CATALOG, folder)
    assert (folder / WAREHOUSE_FILE).read_bytes() == before


def test_a_warehouse_that_cannot_be_written_says_what_to_do(tables, tmp_path):
    blocked = write_sheet(tmp_path / "blocked", "a file")
    with pytest.raises(
        WarehouseError, match="blocked: the warehouse cannot be written: File exists"
    ):
        load_warehouse(tables, CATALOG, blocked)


def test_a_path_with_quotes_and_spaces_is_no_hindrance(tables, tmp_path):
    folder = tmp_path / 'o\'brien "and" sons'
    folder.mkdir()
    write_database(tables, CATALOG, folder / WAREHOUSE_FILE)
    assert ask(folder, "select count(*) from observations") == [(52,)]


# One writer at a time


def test_the_lock_is_free_again_after_use(tmp_path):
    with locked(tmp_path, "a test", patience=0), locked(tmp_path, "the same process", patience=0):
        assert holder(tmp_path)["for"] == "a test"
    assert holder(tmp_path) is None


HOLD = (
    "import sys; from pathlib import Path; from pipeline.storage.lock import locked\n"
    "with locked(Path(sys.argv[1]), 'another build', patience=0):\n"
    "    print('held', flush=True); sys.stdin.readline()\n"
)


@pytest.fixture
def held(tmp_path):
    """A warehouse folder that another process holds."""
    folder = tmp_path / "held"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        env={**os.environ, "PYTHONPATH": str(RAW.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield folder, process
        process.kill()


def test_a_folder_that_another_process_holds_is_refused_by_its_number(held):
    folder, process = held
    told: list[str] = []
    with (
        pytest.raises(LockedError, match=f"is held by process {process.pid} for another build"),
        locked(folder, "a test", patience=0.2, waiting=told.append),
    ):
        pytest.fail("the lock was taken twice")
    assert len(told) == 1


def test_a_holder_that_is_killed_holds_nothing(held):
    folder, process = held
    process.kill()
    process.wait()
    with locked(folder, "a test", patience=60):
        assert holder(folder)["for"] == "a test"


# Other versions of DuckDB


@pytest.fixture(scope="session")
def old_duckdbs(tmp_path_factory):
    """Gives the Python of an environment that has a version of DuckDB, and makes it if need be."""
    set_folder = os.environ.get("STATEDATA_OLD_DUCKDB")
    folder = Path(set_folder) if set_folder else tmp_path_factory.mktemp("old_duckdb")

    def python(version: str) -> Path:
        environment = folder / version
        if not (environment / "bin/python").exists():
            run_python("-m", "venv", environment).check_returncode()
            subprocess.run(
                [environment / "bin/python", "-m", "pip", "--disable-pip-version-check", "install",
                 "-q", "--only-binary", ":all:", f"duckdb=={version}"],
                check=True,
            )  # fmt: skip
        return environment / "bin/python"

    return python


FOREIGN = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print(duckdb.__version__)
print(connection.execute("select value from observations where observation_id = '2023/US-KY/missing_child_cases'").fetchone()[0])
print(connection.execute("select comment from duckdb_tables() where table_name = 'observations'").fetchone()[0])
for (name,) in connection.execute("select view_name from duckdb_views() where not internal").fetchall():
    print(name, len(connection.execute(f'select * from "{name}"').fetchall()))
"""


@pytest.mark.foreign
@pytest.mark.parametrize("version", ["1.2.2", "1.4.4", "1.5.0"])
def test_an_older_duckdb_opens_the_warehouse_and_its_views(old_duckdbs, built_warehouse, version):
    found = subprocess.run(
        [old_duckdbs(version), "-c", FOREIGN, built_warehouse / WAREHOUSE_FILE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    lines = found.stdout.splitlines()
    assert lines[:3] == [
        version,
        "199.0000",
        "One figure of a year, jurisdiction and metric, from the accepted sheets.",
    ]
    rows = dict(line.rsplit(" ", 1) for line in lines[3:])
    assert set(rows) == {view.name for view in views(CATALOG)}
    assert (rows["state_profiles"], rows["national_figures"], rows["quarantine"]) == (
        "4",
        "11",
        "0",
    )
