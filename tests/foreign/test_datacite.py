"""`datacite.json` by DataCite's own JSON Schema, version 4.5."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.foreign


@pytest.fixture
def schema(schema_takes):
    """Whether the schema takes the file."""
    return lambda: schema_takes("datacite.json", "datacite/schemas/datacite-v4.5.json")


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
