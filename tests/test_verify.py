"""The checker is checked: each claim of a release spoiled once, and exactly its check fails."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.compute
import pyarrow.parquet
import pytest

from pipeline.release.changes import compare, released_tables
from pipeline.release.history import CHANGES, write_changes
from pipeline.release.verify import verify
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.schema import OBSERVATIONS
from tests.building import VERSION
from tests.tables import frame_of, replaced
from tests.test_release import resum


def failing(release: Path) -> set[str]:
    return {result.check for result in verify(release, None) if result.holds is False}


def edit_json(name: str, key: str, value: object) -> Callable[[Path], None]:
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
    write_changes(compare(less, tables), release / CHANGES)


SPOILS = {
    "row digest in the manifest": (
        edit_text("manifest.json", '"digest": "', '"digest": "0'),
        "row_digests_agree_in_all_formats",
    ),
    "a figure in the CSV": (
        edit_text("data/observations.csv", ",8597,", ",8598,"),
        "row_digests_agree_in_all_formats",
    ),
    "a figure in the database": (
        edit_database("update checks set message = 'all is well' where check_id like '%#spans%'"),
        "row_digests_agree_in_all_formats",
    ),
    "a description in Parquet": (drop_a_description, "parquet_schemas_are_as_described"),
    "a licence in a footer": (
        claim_another_licence_in_a_footer,
        "parquet_schemas_are_as_described",
    ),
    "a version in the data package": (
        edit_json("datapackage.json", "version", "2020.1.1"),
        "metadata_says_the_same_everywhere",
    ),
    "a licence in Croissant": (
        edit_json("croissant.json", "license", "CC0-1.0"),
        "metadata_says_the_same_everywhere",
    ),
    "a version in JSON-LD": (
        edit_json("dataset.jsonld", "version", "2020.1.1"),
        "metadata_says_the_same_everywhere",
    ),
    "a version in the citation": (
        edit_text("CITATION.cff", f'version: "{VERSION}"', 'version: "2020.1.1"'),
        "metadata_says_the_same_everywhere",
    ),
    "a local path": (
        edit_text("README.md", "# NCMEC", "built in /home/someone/data\n# NCMEC"),
        "no_local_path_shows",
    ),
    "a change that never was": (
        list_a_change_that_never_was,
        "changes_lead_from_the_release_before",
    ),
    "the rows of coverage": (
        edit_database("delete from coverage where coverage = 'published' and metric like 'faon%'"),
        "row_digests_agree_in_all_formats",
    ),
}


@pytest.mark.parametrize("what", SPOILS)
def test_what_is_spoiled_is_found_though_sums_and_manifest_are_forged(
    what, built_release, tmp_path
):
    spoil, check = SPOILS[what]
    release = shutil.copytree(built_release, tmp_path / VERSION)
    assert failing(release) == set()
    spoil(release)
    resum(release)
    assert check in failing(release)


def test_a_quote_that_is_not_in_its_sheet_is_found(built_release, tmp_path):
    release = shutil.copytree(built_release, tmp_path / VERSION)
    path = release / "data" / "statements.parquet"
    data = pyarrow.parquet.read_table(path)
    place = data.schema.get_field_index("char_start")
    moved = pyarrow.compute.add(data.column("char_start"), 1)
    pyarrow.parquet.write_table(data.set_column(place, data.schema.field(place), moved), path)
    resum(release)
    assert {"spans_reread_to_their_quotes", "row_digests_agree_in_all_formats"} <= failing(release)


def test_an_observation_without_a_source_is_found(built_release, tmp_path):
    release = shutil.copytree(built_release, tmp_path / VERSION)
    edit_database("delete from statements where metric = 'faon_connections'")(release)
    resum(release)
    assert "observations_join_to_their_sources" in failing(release)
