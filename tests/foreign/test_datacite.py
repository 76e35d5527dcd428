"""`datacite.json` by DataCite's own JSON Schema, version 4.5."""

from __future__ import annotations

import pytest

from tests.foreign.conftest import HOME

pytestmark = pytest.mark.foreign


@pytest.fixture
def schema(run, release):
    """Whether the schema takes the file."""

    def validate() -> bool:
        (profile,) = HOME.glob("jsonschema/lib/python*/site-packages/datacite/schemas/datacite-v4.5.json")  # fmt: skip
        done = run("jsonschema", "check-jsonschema", "--schemafile", profile, "datacite.json", folder=release)  # fmt: skip
        return done.returncode == 0

    return validate


def test_datacites_schema_takes_the_release(schema):
    assert schema()


FAULTS = {
    "no creator": lambda d: d.update(creators=[]),
    "no title": lambda d: d.pop("titles"),
    "no publisher": lambda d: d.pop("publisher"),
    "a year as a number": lambda d: d.update(publicationYear=2026),
    "no such type": lambda d: d["types"].update(resourceTypeGeneral="Pile"),
    "no such kind of date": lambda d: d["dates"][0].update(dateType="Someday"),
    "no such relation": lambda d: d["relatedIdentifiers"][0].update(relationType="IsLike"),
    "no such kind of description": lambda d: d["descriptions"][0].update(descriptionType="Note"),
    "another schema": lambda d: d.update(schemaVersion="http://datacite.org/schema/kernel-3"),
    "an unknown word": lambda d: d.update(heading="x"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_datacites_schema_refuses_a_fault(schema, corrupt, fault):
    corrupt("datacite.json", FAULTS[fault])
    assert not schema()
