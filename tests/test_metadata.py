"""The files that describe a release say the same, of the same files, and nothing else."""

from __future__ import annotations

import dataclasses
import html.parser
import json
import re
import shutil

import pyarrow.parquet
import pytest
import yaml

from pipeline.release.content import LICENCE, LICENCE_URL, data_files, publisher
from pipeline.release.metadata import write_metadata
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import WAREHOUSE_FILE, WORKBOOK
from pipeline.tables.frames import frame
from pipeline.tables.schema import (
    CHECKS,
    COVERAGE,
    NUMERALS,
    OBSERVATIONS,
    PUBLISHED,
    SHEETS,
    STATEMENTS,
)
from tests.building import PROJECT, VERSION, contents
from tests.describing import content_of, described
from tests.tables import replaced

DESCRIBING = {
    "CITATION.cff", "DATASHEET.md", "LICENSE", "NOTICE.md", "croissant.json", "datapackage.json",
    "datacite.json", "dataset.jsonld", "index.html",
}  # fmt: skip
DATA = {f"data/{table.name}.{form}" for table in PUBLISHED for form in ("parquet", "csv")}


@pytest.fixture(scope="module")
def release(built_release, tmp_path_factory):
    return described(built_release, tmp_path_factory.mktemp("metadata") / "release")


@pytest.fixture
def read(release):
    return lambda name: json.loads((release / name).read_text(encoding="utf-8"))


class Page(html.parser.HTMLParser):
    """What a test asks of a page: its links, its ids, its elements."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.elements = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if "href" in attributes:
            self.links.append(attributes["href"])
        if "id" in attributes:
            self.ids.append(attributes["id"])


def test_every_describing_file_is_written_and_no_other_changed(built_release, release):
    before, after = contents(built_release), contents(release)
    assert set(after) >= DESCRIBING
    assert {name for name in after if after[name] != before.get(name)} <= DESCRIBING


def test_writing_twice_gives_the_same_bytes(built_release, release, tmp_path):
    again = described(built_release, tmp_path / "elsewhere")
    assert contents(again) == contents(release)


def test_version_licence_and_identifier_are_the_same_everywhere(release, read):
    ours = (VERSION, content_of(release).identifier)
    package, croissant, dataset = map(
        read, ("datapackage.json", "croissant.json", "dataset.jsonld")
    )
    citation = yaml.safe_load((release / "CITATION.cff").read_text(encoding="utf-8"))
    assert (package["version"], package["id"]) == ours
    assert (croissant["version"], croissant["identifier"]) == ours
    assert (dataset["version"], dataset["identifier"]) == ours
    assert (citation["version"], citation["identifiers"][0]["value"]) == ours
    assert croissant["license"] == dataset["license"] == LICENCE_URL
    assert package["licenses"][0]["path"] == LICENCE_URL
    assert citation["license"] == package["licenses"][0]["name"] == LICENCE
    for name in ("index.html", "DATASHEET.md"):
        assert ours[1] in (release / name).read_text(encoding="utf-8"), name


def test_the_identifier_changes_with_version_and_rows_only(release):
    content = content_of(release)
    digests = {**content.digests, "metrics": "0" * 64}
    found = {
        content.identifier,
        dataclasses.replace(content, version="2026.12.1").identifier,
        dataclasses.replace(content, digests=digests).identifier,
    }
    assert len(found) == 3
    assert dataclasses.replace(content, database=release).identifier == content.identifier


def test_the_month_is_the_only_date_we_give(read, release):
    citation = yaml.safe_load((release / "CITATION.cff").read_text(encoding="utf-8"))
    assert "date-released" not in citation
    preferred = citation["preferred-citation"]
    assert (preferred["year"], preferred["month"]) == (2026, 11)
    dates = {read("croissant.json")["datePublished"], read("dataset.jsonld")["datePublished"]}
    assert dates | {read("datapackage.json")["issued"]} == {"2026-11"}


def test_every_data_file_is_described_with_its_hash_in_all_three(release, read):
    expected = {name: sha256_of(release / name) for name in {*DATA, WAREHOUSE_FILE, WORKBOOK}}
    package = {
        r["path"]: r["hash"].removeprefix("sha256:") for r in read("datapackage.json")["resources"]
    }
    croissant = {f["contentUrl"]: f["sha256"] for f in read("croissant.json")["distribution"]}
    dataset = {f["contentUrl"]: f["sha256"] for f in read("dataset.jsonld")["distribution"]}
    assert croissant == dataset == expected
    # The workbook repeats two tables; in a package every resource is taken for a table.
    assert package == {name: sum_ for name, sum_ in expected.items() if name != WORKBOOK}


def test_the_package_describes_each_column_as_its_table_does(read):
    schemas = {
        r["name"]: r["schema"] for r in read("datapackage.json")["resources"] if "schema" in r
    }
    assert set(schemas) == {table.name for table in PUBLISHED}
    for table in PUBLISHED:
        fields = {field["name"]: field for field in schemas[table.name]["fields"]}
        assert list(fields) == list(table.columns)
        assert schemas[table.name]["primaryKey"] == list(table.key)
        for name, column in table.columns.items():
            field = fields[name]
            assert field["description"] == column.description
            assert field.get("unit") == column.unit
            assert field["constraints"]["required"] is not column.nullable
            enum = column.enum
            # Readers do not enforce `categories`; without `enum` a wrong value would pass.
            assert field["constraints"].get("enum") == (list(enum) if enum else None)


def test_croissant_reads_each_field_from_a_column_that_is_there(release, read):
    # Its validator does not mind a dataset without a name or a field without a source.
    croissant = read("croissant.json")
    assert croissant["name"]
    assert {records["@id"] for records in croissant["recordSet"]} == {t.name for t in PUBLISHED}
    for records in croissant["recordSet"]:
        columns = []
        for field in records["field"]:
            assert field["source"]["fileObject"]["@id"] == f"data/{records['@id']}.parquet"
            columns.append(field["source"]["extract"]["column"])
            assert field["@id"] == f"{records['@id']}/{columns[-1]}"
        path = release / "data" / f"{records['@id']}.parquet"
        assert columns == pyarrow.parquet.read_schema(path).names


def test_the_variables_measured_are_the_metrics(read, release):
    metrics = content_of(release).tables.read("metrics").to_pylist()
    measured = read("dataset.jsonld")["variableMeasured"]
    assert [(m["propertyID"], m["unitText"]) for m in measured] == [
        (metric["metric"], metric["unit"]) for metric in metrics
    ]


def test_the_dataset_covers_the_years_and_places_observed(read):
    dataset = read("dataset.jsonld")
    assert dataset["temporalCoverage"] == "2023"
    codes = {place["identifier"] for place in dataset["spatialCoverage"]}
    assert codes == {"US", "US-KY", "US-MN", "US-MO", "US-MS"}


def test_the_licence_is_the_projects_to_the_byte(release):
    assert (release / "LICENSE").read_bytes() == (PROJECT / "LICENSE").read_bytes()


def test_the_notice_keeps_the_publishers_terms_apart(release):
    notice = " ".join((release / "NOTICE.md").read_text(encoding="utf-8").split())
    assert "not affiliated with" in notice
    assert "National Center for Missing & Exploited Children" in notice
    assert "U.S. Census Bureau" in notice
    assert "public domain" in notice
    assert f"licensed under {LICENCE}" in notice


def test_the_page_holds_the_dataset_and_no_program(release):
    text = (release / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
    assert [attributes for attributes, _ in scripts] == [' type="application/ld+json"']
    dataset = json.loads((release / "dataset.jsonld").read_text(encoding="utf-8"))
    assert json.loads(scripts[0][1]) == dataset


def test_the_page_links_every_file_and_only_files_that_are_there(release):
    page = Page((release / "index.html").read_text(encoding="utf-8"))
    local = {link for link in page.links if not link.startswith(("https://", "#"))}
    assert local == set(contents(release)) - {"index.html"}
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_the_page_loads_nothing_and_can_be_read_aloud(release):
    page = Page((release / "index.html").read_text(encoding="utf-8"))
    tags = [tag for tag, _ in page.elements]
    assert not {"img", "iframe", "form", "object", "embed", "video", "audio"} & set(tags)
    assert not [attributes for _, attributes in page.elements if "src" in attributes]
    stylesheets = [a for tag, a in page.elements if tag == "link" and "stylesheet" in a["rel"]]
    assert stylesheets == []
    assert dict(page.elements)["html"] == {"lang": "en"}
    assert [tag for tag in tags if re.fullmatch(r"h\d|main|title|caption", tag)] == [
        "title", "h1", "main", "h2", "caption", "h2", "h2", "h2", "caption", "h2", "h2", "h2",
    ]  # fmt: skip
    assert all(a.get("scope") in ("col", "row") for tag, a in page.elements if tag == "th")


def test_a_text_cannot_end_the_data_block_of_the_page(release, tmp_path, monkeypatch):
    hostile = "</script><script>alert(1)</script>"
    ours = publisher().model_copy(update={"description": hostile})
    monkeypatch.setattr("pipeline.release.metadata.publisher", lambda: ours)
    folder = shutil.copytree(release, tmp_path / "hostile")
    write_metadata(content_of(release), folder)
    text = (folder / "index.html").read_text(encoding="utf-8")
    blocks = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)
    assert len(blocks) == 1
    assert json.loads(blocks[0])["description"] == hostile


def test_a_release_without_any_sheet_is_described_too(release, tmp_path):
    content = content_of(release)
    filled = (SHEETS, STATEMENTS, NUMERALS, OBSERVATIONS, COVERAGE, CHECKS)
    none = {table: frame(table, []) for table in filled}
    tables = replaced(content.tables, tmp_path / "none", none)
    folder = shutil.copytree(release, tmp_path / "empty")
    write_metadata(dataclasses.replace(content, tables=tables), folder)
    dataset = json.loads((folder / "dataset.jsonld").read_text(encoding="utf-8"))
    assert not {"temporalCoverage", "spatialCoverage"} & set(dataset)
    assert "none yet" in (folder / "index.html").read_text(encoding="utf-8")


def test_sizes_are_given_in_a_readers_units(release):
    file = data_files(release)[0]
    sizes = [dataclasses.replace(file, bytes=n).size for n in (1, 999, 1000, 1_250_000, 3 * 10**9)]
    assert sizes == ["1 bytes", "999 bytes", "1.0 kB", "1.2 MB", "3.0 GB"]


def test_the_locks_of_the_validators_name_no_host_and_pin_every_hash():
    locks = sorted((PROJECT / "requirements-validators").glob("*.lock"))
    assert {path.stem for path in locks} == {
        path.stem for path in (PROJECT / "requirements-validators").glob("*.in")
    }
    for path in locks:
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path.name
        assert "--index" not in text, path.name
        pins = re.findall(r"(?m)^[a-z].*?(?=^[a-z]|\Z)", text, re.DOTALL)
        assert pins, path.name
        assert all("--hash=sha256:" in pin for pin in pins), path.name
