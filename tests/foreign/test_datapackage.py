"""`datapackage.json` by frictionless, which reads the data, and by the standard's JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.foreign


def resource(package: Any, name: str) -> Any:
    return next(entry for entry in package["resources"] if entry["name"] == name)


def field(package: Any, table: str, name: str) -> Any:
    return next(f for f in resource(package, table)["schema"]["fields"] if f["name"] == name)


@pytest.fixture
def frictionless(run, release):
    """The kinds of errors that frictionless finds."""

    def validate() -> set[str]:
        done = run(
            "frictionless", "frictionless", "validate", "--json", "datapackage.json", folder=release
        )
        report = json.loads(done.stdout)
        errors = [*report["errors"], *(e for task in report["tasks"] for e in task["errors"])]
        assert (done.returncode == 0) == report["valid"] == (not errors), done.stderr
        return {error["type"] for error in errors}

    return validate


@pytest.fixture
def schema(schema_takes):
    """Whether the JSON Schema of Data Package 2.0 takes the file."""
    return lambda: schema_takes("datapackage.json", "dplib/profiles/2.0/datapackage.json")


def test_frictionless_takes_the_release(frictionless):
    assert frictionless() == set()


def test_the_json_schema_takes_the_release(schema):
    assert schema()


def shorter_enum(package):
    field(package, "coverage", "coverage")["constraints"]["enum"].remove("published")


FAULTS = {
    "hash-count": lambda p: resource(p, "observations-parquet").update(hash="sha256:" + "0" * 64),
    "byte-count": lambda p: resource(p, "database").update(bytes=1),
    "type-error": lambda p: field(p, "metrics", "title").update(type="integer", constraints={}),
    "constraint-error": shorter_enum,
    "primary-key": lambda p: resource(p, "observations")["schema"].update(primaryKey=["year"]),
    "foreign-key": lambda p: resource(p, "observations")["schema"]["foreignKeys"][0].update(
        reference={"resource": "metrics", "fields": ["title"]}
    ),
    "incorrect-label": lambda p: field(p, "metrics", "title").update(name="heading"),
    "resource-error": lambda p: resource(p, "metrics").pop("path"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_frictionless_finds_a_fault_of_each_kind(frictionless, corrupt, kind):
    corrupt("datapackage.json", FAULTS[kind])
    assert kind in frictionless()


def test_frictionless_finds_another_cell(frictionless, release):
    path = release / "data" / "metrics.csv"
    path.write_bytes(path.read_bytes().replace(b"percent", b"per-mil"))
    assert frictionless() == {"hash-count"}


@pytest.mark.parametrize(
    "fault",
    [
        lambda p: resource(p, "observations-parquet").update(
            type="file"
        ),  # version 2 has no such type
        lambda p: p.pop("resources"),
        lambda p: p.update(version=2026),
        lambda p: resource(p, "metrics")["schema"].update(foreignKeys=[]),
        lambda p: field(p, "metrics", "title").update(type="text"),
        lambda p: p.update(licenses=[]),
    ],
)
def test_the_json_schema_refuses_what_version_2_forbids(schema, corrupt, fault):
    corrupt("datapackage.json", fault)
    assert not schema()
