"""A release in the words of catalogs and search engines, and the order of all metadata files.

``write_metadata`` is the entry; ``datapackage.json`` and ``croissant.json``, which describe
columns, have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from pipeline.checks import CHECKLIST
from pipeline.release.content import (
    CONTACT,
    DOI,
    LANGUAGE,
    LICENCE,
    LICENCE_URL,
    MEDIA_TYPES,
    NO_CONTACT,
    DataFile,
    ReleaseContent,
    data_files,
    publisher,
    sources,
    write_json,
)
from pipeline.release.croissant import croissant
from pipeline.release.datapackage import datapackage
from pipeline.release.pages import write_index, write_pages
from pipeline.storage.names import (
    CITATION,
    CROISSANT,
    DATACITE,
    DATAPACKAGE,
    DATASET,
    NOTICE,
    QUALITY,
)
from pipeline.tables.files import rows
from pipeline.tables.schema import CHECKS
from pipeline.validate.check_summary import CheckSummary

NO_DOI = "No DOI is set: the publisher of this copy sets it."
_DATACITE_SCHEMA = "http://datacite.org/schema/kernel-4"


def write_metadata(content: ReleaseContent, folder: Path) -> None:
    """Write every file that describes the release; its data files are there already.

    The page comes last: it holds ``dataset.jsonld`` and links to what stands in the folder.
    """
    files = data_files(folder)
    write_pages(content, folder)
    described = {
        QUALITY: quality(content),
        DATAPACKAGE: datapackage(content, files),
        CROISSANT: croissant(content, files),
        DATACITE: datacite(content),
        DATASET: dataset(content, files),
    }
    for name, said in described.items():
        write_json(said, folder / name)
    _write_citation(content, folder)
    write_index(content, folder, files, described[DATASET])


def datacite(content: ReleaseContent) -> dict[str, Any]:
    """``datacite.json``, metadata schema 4.5. Without a DOI of its own it says so, and invents none."""
    address = f"Errors: {CONTACT}" if CONTACT else NO_CONTACT
    remarks = address if DOI else f"{NO_DOI} {address}"
    named = "; ".join(f"{source.owner}: {source.title}" for source in sources())
    return {
        **({"doi": DOI} if DOI else {}),
        "types": {"resourceType": "Dataset", "resourceTypeGeneral": "Dataset"},
        "creators": [{"name": publisher().creator, "nameType": "Organizational"}],
        "titles": [{"title": publisher().title, "lang": LANGUAGE}],
        "publisher": {"name": publisher().creator},
        "publicationYear": content.month[:4],
        "subjects": [{"subject": word, "lang": LANGUAGE} for word in publisher().keywords],
        "dates": [
            {"date": content.month, "dateType": "Issued"},
            *(
                {"date": str(year), "dateType": "Other", "dateInformation": "Reporting year"}
                for year in content.years
            ),
        ],
        "language": LANGUAGE,
        "alternateIdentifiers": [
            {"alternateIdentifier": content.identifier, "alternateIdentifierType": "URN"}
        ],
        "relatedIdentifiers": [
            {
                "relatedIdentifier": source.site,
                "relatedIdentifierType": "URL",
                "relationType": "IsDerivedFrom",
            }
            for source in sources()
        ],
        "formats": [MEDIA_TYPES[suffix] for suffix in (".parquet", ".csv", ".duckdb")],
        "version": content.version,
        "rightsList": [
            {
                "rights": f"{LICENCE} License",
                "rightsUri": LICENCE_URL,
                "rightsIdentifier": LICENCE,
                "rightsIdentifierScheme": "SPDX",
                "schemeUri": "https://spdx.org/licenses/",
            }
        ],
        "descriptions": [
            {"description": text, "descriptionType": kind, "lang": LANGUAGE}
            for kind, text in (
                ("Abstract", publisher().description),
                ("Methods", f"Compiled from: {named}. Not their own dataset."),
                ("Other", remarks),
            )
        ],
        "geoLocations": [{"geoLocationPlace": row["name"]} for row in content.observed],
        "schemaVersion": _DATACITE_SCHEMA,
    }


def dataset(content: ReleaseContent, files: Iterable[DataFile]) -> dict[str, Any]:
    """``dataset.jsonld``, a schema.org Dataset."""
    said = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": content.identifier,
        "identifier": content.identifier,
        "name": publisher().title,
        "alternateName": publisher().name,
        "description": publisher().description,
        "version": content.version,
        "datePublished": content.month,
        "license": LICENCE_URL,
        "usageInfo": NOTICE,
        "isAccessibleForFree": True,
        "inLanguage": LANGUAGE,
        "creator": _organization(publisher().creator),
        "publisher": _organization(publisher().creator),
        "creditText": content.citation,
        "keywords": list(publisher().keywords),
        "temporalCoverage": content.temporal_coverage,
        "spatialCoverage": [
            {"@type": "Place", "name": row["name"], "identifier": row["jurisdiction"]}
            for row in content.observed
        ],
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "name": row["title"],
                "propertyID": row["metric"],
                "description": row["definition"],
                "unitText": row["unit"],
            }
            for row in content.tables.read("metrics").to_pylist()
        ],
        "isBasedOn": [
            {
                "@type": "CreativeWork",
                "name": source.title,
                "publisher": {**_organization(source.owner), "url": source.site},
                "usageInfo": source.terms,
            }
            for source in sources()
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.title,
                "contentUrl": file.path,
                "encodingFormat": file.media_type,
                "contentSize": f"{file.bytes} B",
                "sha256": file.sha256,
            }
            for file in files
        ],
    }
    return {name: value for name, value in said.items() if value not in (None, [])}


def quality(content: ReleaseContent) -> dict[str, Any]:
    """``quality.json``: what was checked, what failed in words, what is missing.

    Every number in it can be counted again in the tables; it is there for who wants the answer
    without loading them.
    """
    tables = content.tables
    counted = CheckSummary.of_table(tables).counts
    with tables.connection([CHECKS.name]) as connection:
        failures = rows(
            connection,
            "select check_name, level, file, sheet_id, message from checks where not passed "
            "order by check_id",
        )
    return {
        "version": content.version,
        "sheets": tables.counts("sheets", "status"),
        "numerals": tables.counts("numerals", "disposition"),
        "coverage": tables.counts("coverage", "coverage"),
        "observations": tables.counts("observations", "status"),
        "checks": [
            {
                "check_name": check.name,
                "level": check.level,
                "meaning": check.meaning,
                "passed": counted.get(check.name, (0, 0))[0],
                "failed": counted.get(check.name, (0, 0))[1],
            }
            for check in CHECKLIST.values()
        ],
        "failures": [row._asdict() for row in failures],
    }


def _write_citation(content: ReleaseContent, folder: Path) -> None:
    """Write ``CITATION.cff``; its date, a month, stands in the citation, which needs no day."""
    year, month = content.month.split("-")
    said: dict[str, Any] = {
        "title": publisher().title,
        "version": _QuotedText(content.version),
        "license": LICENCE,
        "abstract": publisher().description,
        "authors": [{"name": publisher().creator}],
        "keywords": list(publisher().keywords),
        "identifiers": [
            {
                "type": "other",
                "value": content.identifier,
                "description": "The release: its version and the digests of its rows.",
            }
        ],
    }
    cited = {name: said[name] for name in ("title", "version", "license", "authors", "identifiers")}
    file = {
        "cff-version": "1.2.0",
        "message": "Please cite this release, and the publisher of the sheets beside it.",
        "type": "dataset",
        **said,
        "preferred-citation": {"type": "data", **cited, "year": int(year), "month": int(month)},
        "references": [
            {
                "type": "generic",
                "title": source.title,
                "authors": [{"name": source.owner}],
                "url": source.site,
            }
            for source in sources()
        ],
    }
    text = yaml.dump(file, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    (folder / CITATION).write_text(text, encoding="utf-8")


class _QuotedText(str):
    """A text that readers must not take for a number."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes each value where it is used: no anchors, which not all readers of CFF follow."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # the base has it
        return True


_Dumper.add_representer(
    _QuotedText,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'),
)


def _organization(name: str) -> dict[str, str]:
    return {"@type": "Organization", "name": name}
