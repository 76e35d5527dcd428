"""The schema.org Dataset: found in the page by extruct, and judged by pyshacl with our shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.foreign

SHAPE = Path(__file__).parent / "dataset.shacl.ttl"
EXTRACT = """
import json, sys, extruct
page = open("index.html", encoding="utf-8").read()
json.dump(extruct.extract(page, syntaxes=["json-ld"], errors="strict")["json-ld"], sys.stdout)
"""


@pytest.fixture
def extract(run, release):
    return lambda: run("extruct", "python", "-c", EXTRACT, folder=release)


@pytest.fixture
def judge(run, release):
    def validate():
        path = release / "dataset.jsonld"
        dataset = json.loads(path.read_text(encoding="utf-8"))
        # The published context is a remote document; for these terms this says the same.
        dataset["@context"] = {"@vocab": "https://schema.org/"}
        path.write_text(json.dumps(dataset), encoding="utf-8")
        return run(
            "pyshacl", "pyshacl", "-s", SHAPE, "-df", "json-ld", "dataset.jsonld", folder=release
        )

    return validate


def test_extruct_finds_the_dataset_in_the_page(extract, release):
    found = extract()
    assert found.returncode == 0, found.stderr
    dataset = json.loads((release / "dataset.jsonld").read_text(encoding="utf-8"))
    assert json.loads(found.stdout) == [dataset]


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ('<script type="application/ld+json">', "<script>"),
        ('"@type": "Dataset",', '"@type": "Dataset"'),
    ],
)
def test_extruct_does_not_find_it_in_a_broken_page(extract, release, said, instead):
    page = release / "index.html"
    text = page.read_text(encoding="utf-8")
    assert said in text
    page.write_text(text.replace(said, instead), encoding="utf-8")
    found = extract()
    assert found.returncode != 0 or json.loads(found.stdout) == []


def test_the_shape_takes_the_dataset(judge):
    done = judge()
    assert done.returncode == 0, done.stdout


FAULTS = {
    "license": lambda d: d.pop("license"),
    "identifier": lambda d: d.update(identifier=""),
    "version": lambda d: d.update(version="latest"),
    "date": lambda d: d.update(datePublished="last month"),
    "creator": lambda d: d["creator"].pop("name"),
    "place": lambda d: d["spatialCoverage"][0].update(identifier="USA"),
    "variable": lambda d: d["variableMeasured"][0].pop("unitText"),
    "download": lambda d: d["distribution"][0].pop("sha256"),
    "second name": lambda d: d.update(name=["one", "two"]),
    # Without a target a shape holds of nothing, so the tool would call this conformant.
    "type": lambda d: d.update({"@type": "Thing"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_shape_refuses_a_fault(judge, corrupt, fault):
    corrupt("dataset.jsonld", FAULTS[fault])
    assert judge().returncode == 1
