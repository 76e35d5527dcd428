"""`croissant.json` by mlcroissant: its words, and every record set loaded from the Parquet files."""

from __future__ import annotations

import json

import pyarrow.parquet
import pytest

from pipeline.tables.schema import PUBLISHED

pytestmark = pytest.mark.foreign

LOAD = """
import json, sys
import mlcroissant
dataset = mlcroissant.Dataset("croissant.json")
plain = lambda value: value.decode() if isinstance(value, bytes) else value
json.dump({
    records.uuid: [
        {name.partition("/")[2]: plain(value) for name, value in row.items()}
        for row in dataset.records(records.uuid)
    ]
    for records in dataset.metadata.record_sets
}, sys.stdout)
"""


@pytest.fixture
def validate(run, release):
    return lambda: run(
        "mlcroissant", "mlcroissant", "validate", "--jsonld", "croissant.json", folder=release
    )


@pytest.fixture
def load(run, release):
    return lambda: run("mlcroissant", "python", "-c", LOAD, folder=release)


def test_mlcroissant_takes_the_release_without_a_warning(validate):
    done = validate()
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr.upper(), done.stderr


def test_every_record_set_loads_with_the_rows_of_its_table(load, release):
    done = load()
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    for table in PUBLISHED:
        path = release / "data" / f"{table.name}.parquet"
        assert loaded.pop(table.name) == pyarrow.parquet.read_table(path).to_pylist()
    assert loaded == {}


def observations(croissant):
    return next(records for records in croissant["recordSet"] if records["@id"] == "observations")


# A missing `name`, and a field without a `source`, pass the tool in silence: both are checked in
# tests/test_metadata.py.
WORDS = {
    "no hash": lambda c: c["distribution"][0].pop("sha256"),
    "no such file": lambda c: observations(c)["field"][0]["source"].update(
        fileObject={"@id": "other"}
    ),
    "no such type": lambda c: observations(c)["field"][0].update(dataType="sc:Nothing"),
    "no such reference": lambda c: observations(c)["field"][2]["references"].update(
        field={"@id": "other/x"}
    ),
    "no version": lambda c: c.update(version="2026-11-01"),
}


@pytest.mark.parametrize("fault", WORDS)
def test_mlcroissant_refuses_faulty_words(validate, corrupt, fault):
    corrupt("croissant.json", WORDS[fault])
    done = validate()
    assert done.returncode != 0 or "WARNING" in done.stderr.upper()


DATA = {
    "another hash": lambda c: next(
        f for f in c["distribution"] if f["@id"] == "data/observations.parquet"
    ).update(sha256="0" * 64),
    "no such file": lambda c: next(
        f for f in c["distribution"] if f["@id"] == "data/observations.parquet"
    ).update(contentUrl="data/other.parquet"),
    "no such column": lambda c: observations(c)["field"][0]["source"]["extract"].update(
        column="other"
    ),
    "another type": lambda c: observations(c)["field"][0].update(dataType="sc:Integer"),
}


@pytest.mark.parametrize("fault", DATA)
def test_loading_finds_faults_that_words_do_not_show(validate, load, corrupt, fault):
    corrupt("croissant.json", DATA[fault])
    assert validate().returncode == 0  # the tool judges words alone: this is why we load as well
    assert load().returncode != 0
