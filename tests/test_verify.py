"""The checker is checked: each claim of a release spoiled once, and exactly its check fails."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute
import pyarrow.parquet
import pytest

from pipeline.release.changes import changed_rows
from pipeline.release.history import row_as_json
from pipeline.release.rederive import compare_with_tables
from pipeline.release.released import released_tables
from pipeline.release.verify import verify
from pipeline.release.versions import ReleaseError, read_release
from pipeline.storage.names import ALL_CHANGES, WAREHOUSE_FILE
from pipeline.tables.figures import FIGURES
from pipeline.tables.schema import OBSERVATIONS, SHEETS
from tests.building import RAW, VERSION, contents, invoke
from tests.forging import as_of_an_older_schema, corrupt, released_again, resum, resum_list
from tests.forging import edit_json as edit
from tests.tables import frame_of, replaced


def failing(release: Path) -> set[str]:
    return {result.check for result in verify(release, None) if result.holds is False}


def edit_value(name: str, key: str, value: object) -> Callable[[Path], None]:
    def spoil(release: Path) -> None:
        path = release / name
        data = json.loads(path.read_text(encoding="utf-8"))
        assert data[key] != value
        path.write_text(json.dumps({**data, key: value}), encoding="utf-8")

    return spoil


def edit_text(name: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(release: Path) -> None:
        path = release / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def edit_database(statement: str) -> Callable[[Path], None]:
    def spoil(release: Path) -> None:
        with duckdb.connect(str(release / WAREHOUSE_FILE)) as connection:
            connection.execute(statement)

    return spoil


def drop_a_description(release: Path) -> None:
    path = release / "data" / "observations.parquet"
    data = pyarrow.parquet.read_table(path)
    fields = [field.remove_metadata() if field.name == "value" else field for field in data.schema]
    schema = pyarrow.schema(fields, metadata=data.schema.metadata)
    pyarrow.parquet.write_table(data.cast(schema), path)


def claim_another_licence_in_a_footer(release: Path) -> None:
    path = release / "data" / "metrics.parquet"
    data = pyarrow.parquet.read_table(path)
    footer = {**data.schema.metadata, b"license": b"CC0-1.0"}
    pyarrow.parquet.write_table(data.replace_schema_metadata(footer), path)


def list_a_change_that_never_was(release: Path) -> None:
    tables = released_tables(release)
    fewer = frame_of(tables, OBSERVATIONS.name).iloc[1:]
    less = replaced(tables, release.parent / "less", {OBSERVATIONS: fewer})
    lines = [json.dumps(row_as_json(change)) + "\n" for change in changed_rows(less, tables)]
    (release / ALL_CHANGES).write_text("".join(lines))


SPOILS = {
    "the manifest": (
        "row_digests_agree_in_all_formats",
        {"as Parquet": edit_text("manifest.json", '"digest": "', '"digest": "0')},
    ),
    "figures": (
        "row_digests_agree_in_all_formats",
        {
            "observations as CSV": edit_text("data/observations.csv", ",8597,", ",8598,"),
            "checks as DuckDB": edit_database(
                "update checks set message = 'all is well' where check_id like '%#spans%'"
            ),
            "coverage as DuckDB": edit_database(
                "delete from coverage where coverage = 'published' and metric like 'faon%'"
            ),
        },
    ),
    "the schemas of Parquet": (
        "parquet_schemas_are_as_described",
        {
            "observations.value is not described": drop_a_description,
            "metrics.parquet says license": claim_another_licence_in_a_footer,
        },
    ),
    "what the metadata say": (
        "metadata_says_the_same_everywhere",
        {
            "datapackage.json": edit_value("datapackage.json", "version", "2020.1.1"),
            "croissant.json": edit_value("croissant.json", "license", "CC0-1.0"),
            "dataset.jsonld": edit_value("dataset.jsonld", "version", "2020.1.1"),
            "CITATION.cff": edit_text(
                "CITATION.cff", f'version: "{VERSION}"', 'version: "2020.1.1"'
            ),
        },
    ),
    "a local path": (
        "no_local_path_shows",
        {
            "README.md": edit_text("README.md", "# NCMEC", "built in /home/someone/data\n# NCMEC"),
            "dataset.jsonld": edit_value(
                "dataset.jsonld", "description", "built in C:\\Users\\someone"
            ),
            # Where one block of the file ends and the next begins.
            "llms.txt": edit_text("llms.txt", "#", f"{'.' * ((1 << 20) - 9)} /tmp/someone #"),
        },
    ),
    "a change that never was": (
        "changes_lead_from_the_release_before",
        {"the first release lists changes": list_a_change_that_never_was},
    ),
}
"""Claims of a release by the check that must fail: how each is spoiled, by what is then said of it."""


def assert_found(release: Path, check: str, spoils: dict[str, Callable[[Path], None]]) -> None:
    """Spoil each claim, forge sums and manifest, and demand that the check names every one."""
    for spoil in spoils.values():
        spoil(release)
    resum(release)
    details = {each.check: each.detail for each in verify(release, None) if each.holds is False}
    assert [said for said in spoils if said not in details[check]] == [], details


@pytest.mark.parametrize("what", SPOILS)
def test_what_is_spoiled_is_found_though_sums_and_manifest_are_forged(
    what, built_release, tmp_path
):
    assert_found(shutil.copytree(built_release, tmp_path / VERSION), *SPOILS[what])


def test_a_forger_who_changes_nothing_is_not_found(built_release, tmp_path):
    assert failing(built_release) == set()
    release = shutil.copytree(built_release, tmp_path / VERSION)
    resum(release)
    assert contents(release) == contents(built_release)


def test_every_file_is_written_again_and_compared(built_release, tmp_path):
    release = shutil.copytree(built_release, tmp_path / VERSION)
    names = set(contents(release))
    assert compare_with_tables(read_release(release)).other == ()
    rendered = {name for name in names if not name.endswith((".parquet", ".duckdb"))}
    read_before = {"manifest.json", "datapackage.json", "provenance.json", "SHA256SUMS"}
    for name in rendered - read_before:
        corrupt(release / name)
    for name in ("manifest.json", "datapackage.json", "provenance.json"):
        with (release / name).open("a") as file:
            file.write("\n")
    with duckdb.connect(str(release / WAREHOUSE_FILE)) as connection:
        connection.execute("create view more as select 1 as one")
    resum_list(release)
    found = compare_with_tables(read_release(release))
    assert set(found.other) == rendered | {WAREHOUSE_FILE}
    assert (found.files, found.not_derived) == (len(names), ())


@pytest.mark.slow
def test_no_file_can_be_changed_in_meaning_though_all_sums_are_forged(built_release, tmp_path):
    for name in contents(built_release):
        release = shutil.copytree(built_release, tmp_path / VERSION)
        corrupt(release / name)
        if name in ("manifest.json", "provenance.json"):
            resum_list(release)  # the forger of the others would mend what is spoiled in them
        elif name != "SHA256SUMS":
            resum(release)
        try:
            assert failing(release) != set(), name
        except ReleaseError:
            assert name == "manifest.json"
        shutil.rmtree(release)


def add_a_listed_file(release: Path) -> None:
    (release / "notes.txt").write_text("Read these instead.")
    entry = {"bytes": 0, "sha256": "", "media_type": "text/plain"}
    edit(release / "manifest.json", lambda data: data["files"].update({"notes.txt": entry}))


def zero_a_digest(release: Path) -> None:
    path = release / "dataset.jsonld"
    edit(path, lambda data: data["distribution"][0].update(sha256="0" * 64))


def claim_another_program(release: Path) -> None:
    def claim(data: Any) -> None:
        for each in data["predicate"]["buildDefinition"]["resolvedDependencies"]:
            if each["name"] == "pipeline":
                each["digest"]["sha256"] = "1" * 64

    edit(release / "provenance.json", claim)


FORGED = {
    "a view and the README": (
        "files_are_what_the_tables_give",
        {
            WAREHOUSE_FILE: edit_database("create or replace view rates as select 1 as year"),
            "README.md": edit_text("README.md", "a measure of", "no measure of"),
        },
    ),
    "a comment and a file more": (
        "files_are_what_the_tables_give",
        {
            WAREHOUSE_FILE: edit_database("comment on table observations is 'Read as exact.'"),
            "notes.txt": add_a_listed_file,
        },
    ),
    "tables beyond the published ones": (
        "row_digests_agree_in_all_formats",
        {
            "main.more": edit_database("create table more (one integer)"),
            "hidden.more": edit_database(
                "create schema hidden; create table hidden.more (one integer)"
            ),
        },
    ),
    "a digest set to zero": (
        "digests_are_of_something_there",
        {"dataset.jsonld": zero_a_digest},
    ),
    "the program that made it": (
        "digests_are_of_something_there",
        {"names the sha256": claim_another_program},
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_is_rendered_is_found_when_it_is_forged(what, built_release, tmp_path):
    assert_found(shutil.copytree(built_release, tmp_path / VERSION), *FORGED[what])


@pytest.mark.parametrize(
    ("contradictions", "said"),
    [
        (
            {"value": Decimal(9000), "qualifier": "more_than", "lower": Decimal(1), "upper": None},
            "{0} has another value, qualifier, lower or upper than its statements, and 3 more",
        ),
        (
            {"status": "corrected", "sheet_id": None, "statements": 3},
            "{0} has another status than its statements; {1} has another sheet than its statements; "
            "{2} counts other statements than there are",
        ),
    ],
)
def test_an_observation_that_contradicts_its_statements_is_found(
    built_release, tmp_path, contradictions, said
):
    tables = released_tables(built_release)
    forged = frame_of(tables, OBSERVATIONS.name)
    exact = (forged["jurisdiction"] == "US-KY") & (forged["qualifier"] == "exact")
    places = forged.index[exact & (forged["value"] > 1)][: len(contradictions)]
    for place, (column, value) in zip(places, contradictions.items(), strict=True):
        forged.loc[place, column] = value
    release = released_again(
        replaced(tables, tmp_path / "forged", {OBSERVATIONS: forged}), tmp_path / "made", VERSION
    )
    failing = {each.check: each.detail for each in verify(release, None) if each.status == "fails"}
    # What is made of observations, figures among it, is no longer what the tables give either.
    found = failing.pop("observations_follow_from_their_statements")
    assert found == said.format(*forged.loc[places, "observation_id"])
    assert set(failing) <= {"files_are_what_the_tables_give"}


@pytest.mark.slow
def test_an_observation_that_is_left_out_is_found(built_release, tmp_path):
    tables = released_tables(built_release)
    observations = frame_of(tables, OBSERVATIONS.name)
    figures = frame_of(tables, FIGURES.name)
    left_out = observations["observation_id"].iloc[0]
    kept = figures[figures["observation_id"].ne(left_out).fillna(value=True)]
    fewer = {OBSERVATIONS: observations.iloc[1:], FIGURES: kept.reset_index(drop=True)}
    changed = replaced(tables, tmp_path / "forged", fewer)
    release = released_again(changed, tmp_path / "made", VERSION)
    assert "observations_follow_from_their_statements" in failing(release)


def test_a_sheet_with_another_text_is_found(built_release, tmp_path):
    tables = released_tables(built_release)
    sheets = frame_of(tables, SHEETS.name)
    sheets.loc[0, "text"] = sheets.loc[0, "text"] + " And more."
    changed = replaced(tables, tmp_path / "forged", {SHEETS: sheets})
    release = released_again(changed, tmp_path / "made", VERSION)
    assert failing(release) == {"spans_reread_to_their_quotes"}


# What cannot be known is said


@pytest.fixture(scope="module")
def by_another_program(built_release, tmp_path_factory) -> Path:
    """The same release as another version of the program would have made it."""
    with pytest.MonkeyPatch.context() as patched:
        for module in ("provenance", "export"):
            patched.setattr(f"pipeline.release.{module}.program_digest", lambda: "1" * 64)
        folder = tmp_path_factory.mktemp("other") / "made"
        return released_again(released_tables(built_release), folder, VERSION)


@pytest.mark.slow
def test_a_release_of_another_program_is_compared_as_far_as_it_goes(by_another_program, tmp_path):
    release = shutil.copytree(by_another_program, tmp_path / VERSION)
    found = {each.check: each for each in verify(release, None)}
    assert [each for each in found.values() if each.status == "fails"] == []
    (detail,) = [each.detail for each in found.values() if each.status == "not comparable"]
    assert detail == found["files_are_what_the_tables_give"].detail
    assert "not known of SHA256SUMS, manifest.json, provenance.json" in detail
    assert "another program made it" in detail
    zero_a_digest(release)
    resum(release)
    assert failing(release) == {"digests_are_of_something_there"}


@pytest.mark.slow
def test_a_rebuild_by_another_program_is_not_comparable_and_says_whether_rows_agree(
    built_release, by_another_program, tmp_path
):
    release = by_another_program
    found = verify(release, lambda _: built_release)[-1]
    assert (found.check, found.status) == ("rebuild_gives_the_same", "not comparable")
    assert found.detail.startswith("all row digests agree; ")
    tables = released_tables(built_release)
    forged = frame_of(tables, OBSERVATIONS.name)
    forged.loc[0, "value"] = Decimal(7)
    changed = replaced(tables, tmp_path / "forged", {OBSERVATIONS: forged})
    again = released_again(changed, tmp_path / "made", VERSION)
    found = verify(release, lambda _: again)[-1]
    assert (found.status, found.detail.partition(";")[0]) == (
        "not comparable",
        "row digests of observations differ",
    )
    found = verify(built_release, lambda _: again)[-1]
    assert (found.status, found.detail) == ("fails", "other row digests: observations")


@pytest.mark.slow
def test_what_cannot_be_compared_ends_with_3(built_release, by_another_program, tmp_path):
    release = shutil.copytree(by_another_program, tmp_path / VERSION)
    assert invoke("verify", release).returncode == 3
    assert invoke("verify", release, "--raw", RAW).returncode == 3
    assert invoke("verify", built_release).returncode == 0
    with (release / "README.md").open("a") as file:
        file.write("more")
    assert invoke("verify", release).returncode == 1


def test_a_release_of_an_older_schema_is_verified_by_its_own(built_release, tmp_path):
    release = shutil.copytree(built_release, tmp_path / VERSION)
    as_of_an_older_schema(release)
    found = {each.check: each for each in verify(release, None)}
    assert [each for each in found.values() if each.status == "fails"] == []
    files = found["files_are_what_the_tables_give"]
    assert files.status == "not comparable"
    assert "its tables have the schema 1.0.0" in files.detail
    edit_text("data/checks.csv", "spans_reread", "spans_are_fine")(release)
    resum(release)
    assert failing(release) == {
        "row_digests_agree_in_all_formats",
        "digests_are_of_something_there",
    }


@pytest.mark.slow
def test_a_quote_that_is_not_in_its_sheet_is_found(built_release, tmp_path):
    release = shutil.copytree(built_release, tmp_path / VERSION)
    path = release / "data" / "statements.parquet"
    data = pyarrow.parquet.read_table(path)
    place = data.schema.get_field_index("char_start")
    moved = pyarrow.compute.add(data.column("char_start"), 1)
    pyarrow.parquet.write_table(data.set_column(place, data.schema.field(place), moved), path)
    resum(release)
    assert {"spans_reread_to_their_quotes", "row_digests_agree_in_all_formats"} <= failing(release)


def test_a_database_without_the_source_of_an_observation_is_found(built_release, tmp_path):
    release = shutil.copytree(built_release, tmp_path / VERSION)
    edit_database("delete from statements where metric = 'faon_connections'")(release)
    resum(release)
    assert "row_digests_agree_in_all_formats" in failing(release)
