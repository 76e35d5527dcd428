"""The release's folder by `datasets`, which finds the tables through the README's front matter."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from pipeline.tables.schema import PUBLISHED

pytestmark = pytest.mark.foreign

DEFAULT = "default"
LOAD = f"""
import json, sys
import datasets
datasets.disable_progress_bars()
folder = sys.argv[1]
loaded = {{}}
for name in [None, *datasets.get_dataset_config_names(folder)]:
    found = datasets.load_dataset(folder, name, split="train")
    types = {{field.name: str(field.type) for field in found.features.arrow_schema}}
    rows = found.to_list() if name is None else found.num_rows
    loaded[name or "{DEFAULT}"] = [types, rows]
json.dump(loaded, sys.stdout, default=str)
"""

Loaded = dict[str, Any] | None


@pytest.fixture
def load(run, release, tmp_path, monkeypatch) -> Callable[[], Loaded]:
    """Types of columns and number of rows by table, and the rows of the one loaded by default.

    None if the library loads one of them not at all.
    """
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))

    def load_release() -> Loaded:
        done = run("datasets", "python", "-c", LOAD, release, folder=release)
        return json.loads(done.stdout) if done.returncode == 0 else None

    return load_release


def expected(release: Path) -> dict[str, Any]:
    """The same, of every table that has rows, as its Parquet file has them."""
    tables = {
        table.name: pyarrow.parquet.read_table(release / "data" / f"{table.name}.parquet")
        for table in PUBLISHED
    }
    found = {
        name: [{field.name: str(field.type) for field in table.schema}, table.num_rows]
        for name, table in tables.items()
        if table.num_rows
    }
    return {DEFAULT: [found["figures"][0], tables["figures"].to_pylist()], **found}


def test_every_table_with_rows_loads_with_its_types_and_rows_and_figures_by_default(load, release):
    assert load() == expected(release)


FAULTS = {
    "a name of no file": ("data/checks.parquet", "data/check.parquet"),
    "another table by that name": ("data_files: data/checks.parquet", "data_files: data/coverage.parquet"),
    "another table by default": (
        "  default: true\n  data_files: data/figures.parquet\n- config_name: observations\n",
        "  data_files: data/figures.parquet\n- config_name: observations\n  default: true\n",
    ),
    "a table without rows": ("- config_name: checks\n", "- config_name: corrections\n  data_files: data/corrections.parquet\n- config_name: checks\n"),
    "a table left out": ("- config_name: checks\n  data_files: data/checks.parquet\n", ""),
    "no list of tables": ("configs:", "tables:"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_front_matter_is_found(load, release, fault):
    said, instead = FAULTS[fault]
    path = release / "README.md"
    text = path.read_text(encoding="utf-8")
    assert said in text
    path.write_text(text.replace(said, instead, 1), encoding="utf-8")
    assert load() != expected(release)


def test_another_type_or_row_in_a_file_is_found(load, release):
    right = expected(release)
    path = release / "data/figures.parquet"
    table = pyarrow.parquet.read_table(path)
    year = table.schema.get_field_index("year")
    pyarrow.parquet.write_table(table.set_column(year, "year", table["year"].cast("string")), path)
    assert load() != right
    pyarrow.parquet.write_table(table.slice(1), path)
    assert load() != right
