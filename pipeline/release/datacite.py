"""A release in the words of DataCite, metadata schema 4.5: ``datacite.json``.

Reads the release's content. Without a DOI of its own it says so, and invents none.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.release.content import (
    CONTACT,
    DOI,
    LICENCE,
    LICENCE_URL,
    MEDIA_TYPES,
    NO_CONTACT,
    ReleaseContent,
    publisher,
)
from pipeline.release.description import (
    LANGUAGE,
    identifier,
    observed_jurisdictions,
    sources,
    write_json,
)
from pipeline.storage.names import DATACITE

_SCHEMA = "http://datacite.org/schema/kernel-4"
NO_DOI = "No DOI is set: the publisher of this copy sets it."


def write_datacite(content: ReleaseContent, folder: Path) -> None:
    """Write ``datacite.json``."""
    remarks = [
        *(() if DOI else (NO_DOI,)),
        f"Errors: {CONTACT}" if CONTACT else NO_CONTACT,
    ]
    named = "; ".join(f"{source.owner}: {source.title}" for source in sources())
    write_json(
        {
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
                {"alternateIdentifier": identifier(content), "alternateIdentifierType": "URN"}
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
                {
                    "description": publisher().description,
                    "descriptionType": "Abstract",
                    "lang": LANGUAGE,
                },
                {
                    "description": f"Compiled from: {named}. Not their own dataset.",
                    "descriptionType": "Methods",
                    "lang": LANGUAGE,
                },
                {
                    "description": " ".join(remarks),
                    "descriptionType": "Other",
                    "lang": LANGUAGE,
                },
            ],
            "geoLocations": [
                {"geoLocationPlace": row["name"]} for row in observed_jurisdictions(content)
            ],
            "schemaVersion": _SCHEMA,
        },
        folder / DATACITE,
    )
