"""A release in the words of catalogs and search engines, and the order of all metadata files.

Reads the release's content and the data files of its folder. ``write_metadata`` is the entry;
``datapackage.json`` and ``croissant.json``, which describe columns, have modules of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipeline.release.content import (
    LICENCE,
    LICENCE_URL,
    ReleaseContent,
    publisher,
)
from pipeline.release.croissant import write_croissant
from pipeline.release.datacite import write_datacite
from pipeline.release.datapackage import write_datapackage
from pipeline.release.description import (
    LANGUAGE,
    citation,
    data_files,
    identifier,
    observed_jurisdictions,
    sources,
    temporal_coverage,
    write_json,
)
from pipeline.release.pages import (
    write_datasheet,
    write_index,
    write_licence,
    write_notice,
)
from pipeline.storage.names import CITATION, DATASET, NOTICE


def write_metadata(content: ReleaseContent, folder: Path) -> None:
    """Write every file that describes the release; its data files are there already.

    The page comes last: it holds ``dataset.jsonld`` and links to what stands in the folder.
    """
    write_licence(content, folder)
    write_notice(content, folder)
    write_datasheet(content, folder)
    write_citation(content, folder)
    write_datapackage(content, folder)
    write_croissant(content, folder)
    write_datacite(content, folder)
    write_dataset(content, folder)
    write_index(content, folder)


def write_dataset(content: ReleaseContent, folder: Path) -> None:
    """Write ``dataset.jsonld``, a schema.org Dataset."""
    dataset = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": identifier(content),
        "identifier": identifier(content),
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
        "creditText": citation(content),
        "keywords": list(publisher().keywords),
        "temporalCoverage": temporal_coverage(content),
        "spatialCoverage": [
            {"@type": "Place", "name": row["name"], "identifier": row["jurisdiction"]}
            for row in observed_jurisdictions(content)
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
            for file in data_files(folder)
        ],
    }
    said = {name: value for name, value in dataset.items() if value not in (None, [])}
    write_json(said, folder / DATASET)


def write_citation(content: ReleaseContent, folder: Path) -> None:
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
                "value": identifier(content),
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
        "preferred-citation": {
            "type": "data",
            **cited,
            "year": int(year),
            "month": int(month),
        },
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
