"""Another publisher is a folder: an invented agency's sheets become a release without any code."""

from __future__ import annotations

import json
import shutil

import pytest

from pipeline.catalog.load import CatalogError, load_catalog
from tests.building import PROJECT, ask, invoke
from tests.catalogs import edit

FOLDER = PROJECT / "tests/another_publisher"
CATALOG = FOLDER / "catalog"
OURS = ("ncmec state data", "missing & exploited", "missing and exploited", "cybertipline received")
"""Words of the shipped publisher, which a reader of another one's release must not meet."""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("another") / "warehouse"
    found = invoke("build", "--catalog", CATALOG, "--raw", FOLDER / "raw", "--warehouse", folder)
    assert found.returncode == 0, found.stderr
    return folder


def test_its_figures_are_published_as_printed(warehouse):
    found = ask(
        warehouse,
        "select jurisdiction, metric, value, qualifier, printed from figures "
        "where coverage = 'published' order by all",
    )
    assert found == [
        ("US", "weirs_inspected", 4100, "well_over", "well over 4,100"),
        ("US-XA", "wardens_trained", 7, "exact", "7"),
        ("US-XA", "weirs_inspected", 312, "exact", "312"),
        ("US-XA", "weirs_repaired", 18, "exact", "18"),
        ("US-XB", "weirs_inspected", 97, "exact", "97"),
        ("US-XB", "weirs_repaired", 1, "exact", "one"),
    ]


def test_its_release_speaks_of_it_and_of_no_other(warehouse):
    release = warehouse / "releases/latest"
    for name in ("README.md", "CITATION.cff", "datapackage.json", "index.html", "NOTICE.md"):
        assert "Inland Waters" in (release / name).read_text(encoding="utf-8"), name
    texts = [
        path
        for path in release.rglob("*")
        if path.suffix in (".md", ".html", ".json", ".cff", ".txt", ".jsonld", ".csv")
    ]
    assert len(texts) > 10
    for path in texts:
        words = path.read_text(encoding="utf-8").lower()
        assert not [one for one in OURS if one in words], path.name


@pytest.mark.slow
def test_its_release_is_verified_by_a_rebuild_with_the_same_folder(warehouse):
    release = warehouse / "releases/latest"
    found = invoke("verify", release, "--catalog", CATALOG, "--raw", FOLDER / "raw", "--json")
    assert found.returncode == 0, found.stdout
    checks = {one["check"]: one["status"] for one in json.loads(found.stdout)["checks"]}
    assert checks["rebuild_gives_the_same"] == "holds"
    other = invoke("verify", release, "--raw", FOLDER / "raw")
    assert other.returncode != 0, "the shipped catalog does not give this release"


def test_its_sheets_are_explained_added_and_cited(warehouse, tmp_path, monkeypatch):
    monkeypatch.setenv("STATEDATA_CATALOG", str(CATALOG))
    sheet = FOLDER / "raw/2024/avalon.txt"
    assert invoke("explain", sheet).returncode == 0
    assert invoke("catalog", "check", "--raw", FOLDER / "raw").returncode == 0
    (tmp_path / "raw").mkdir()
    added = invoke("add", "--raw", tmp_path / "raw", sheet)
    assert added.returncode == 0, added.stdout
    assert (tmp_path / "raw/2024/avalon.txt").read_bytes() == sheet.read_bytes()
    cited = invoke("cite", "2024/US-XA/wardens_trained", "--warehouse", warehouse)
    assert "Bureau of Inland Waters" in cited.stdout
    assert "compiled from the Bureau's yearly letters" in cited.stdout


@pytest.mark.slow
def test_a_sentence_that_it_does_not_hold_quarantines_its_sheet(tmp_path):
    raw = shutil.copytree(FOLDER / "raw", tmp_path / "raw")
    sheet = raw / "2024/borealis.txt"
    sheet.write_text(
        sheet.read_text(encoding="utf-8") + "\nThe Bureau raised 12 weirs in Borealis.\n",
        encoding="utf-8",
    )
    found = invoke("build", "--catalog", CATALOG, "--raw", raw, "--warehouse", tmp_path / "w")
    assert found.returncode == 1
    assert "12" in found.stderr
    assert "US-XB" in found.stderr


def test_the_shipped_catalog_reads_none_of_its_sheets():
    found = invoke("explain", FOLDER / "raw/2024/avalon.txt")
    assert found.returncode == 1
    assert "0 figures" in found.stdout


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("short: the Bureau\n", "", "publisher.yml: short: Field required (line 1)"),
        ("name: inland-waters", "name: Inland Waters", "publisher.yml: name: String should match"),
        ("website: https://", "website: ", "publisher.yml: website: String should match"),
        (
            "keywords: [weirs, wardens]",
            "keywords: []",
            "publisher.yml: keywords: Tuple should have",
        ),
    ],
)
def test_a_slip_in_its_own_page_is_told(tmp_path, old, new, words):
    folder = shutil.copytree(CATALOG, tmp_path / "catalog")
    edit(folder, "publisher.yml", old, new)
    with pytest.raises(CatalogError) as refused:
        load_catalog(folder)
    assert words in str(refused.value)
