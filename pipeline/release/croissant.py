"""A release as a Croissant dataset, version 1.1: ``croissant.json``.

Gives the object: the data files, and one record set a table that is read from its Parquet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow

from pipeline.release.content import (
    LANGUAGE,
    LICENCE_URL,
    DataFile,
    ReleaseContent,
    publisher,
)
from pipeline.storage.names import DATA, PAGE
from pipeline.tables.columns import DECIMAL, Table
from pipeline.tables.schema import KEYS, PUBLISHED
from pipeline.tables.sql import meaning, references

_CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
# The context of the standard, inline as it asks.
_OWN_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field",
    "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset",
    "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated",
    "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
_CONTEXT = {
    "@language": LANGUAGE,
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _OWN_TERMS},
}
_TYPES = {
    pyarrow.string(): "sc:Text",
    pyarrow.int64(): "sc:Integer",
    pyarrow.bool_(): "sc:Boolean",
    DECIMAL: "sc:Float",
}
_REFERRING = {table.name for table in PUBLISHED if references(table)}
"""The tables that refer to others: readers join at load, and cannot follow a second step."""
# The standard's readers know Parquet by this name alone, not by the registered media type.
_FORMATS = {"Parquet": "application/x-parquet"}


def croissant(content: ReleaseContent, files: Iterable[DataFile]) -> dict[str, Any]:
    """The release with its data files and the record sets of its tables."""
    years = content.temporal_coverage
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": _CONFORMS_TO,
        "name": publisher().name,
        "alternateName": publisher().title,
        "identifier": content.identifier,
        "description": publisher().description,
        "version": content.version,
        "datePublished": content.month,
        "license": LICENCE_URL,
        "url": PAGE,
        "creator": {"@type": "sc:Organization", "name": publisher().creator},
        "publisher": {"@type": "sc:Organization", "name": publisher().creator},
        "citeAs": _bibtex(content),
        "keywords": list(publisher().keywords),
        "inLanguage": LANGUAGE,
        "isLiveDataset": False,
        **({"temporalCoverage": years} if years else {}),
        "distribution": [_file(file) for file in files],
        "recordSet": [_record_set(table) for table in PUBLISHED],
    }


def _bibtex(content: ReleaseContent) -> str:
    year, month = content.month.split("-")
    source = publisher()
    return (
        f"@misc{{{source.name}, author = {{{{{source.creator}}}}}, title = {{{{{source.title}}}}}, "
        f"year = {{{year}}}, month = {{{int(month)}}}, version = {{{content.version}}}, "
        f"note = {{{content.identifier}}}}}"
    )


def _file(file: DataFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "description": file.title,
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": _FORMATS.get(file.form, file.media_type),
        "sha256": file.sha256,
    }


def _record_set(table: Table) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description,
        "key": [{"@id": f"{table.name}/{name}"} for name in table.key],
        "field": [_field(table, name) for name in table.columns],
    }


def _field(table: Table, name: str) -> dict[str, Any]:
    column = table.columns[name]
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{name}",
        "name": name,
        "description": meaning(column),
        "dataType": _TYPES[table.arrow_type(name)],
        "source": {
            "fileObject": {"@id": f"{DATA}/{table.name}.parquet"},
            "extract": {"column": name},
        },
    }
    target = column.refers_to
    if target and target not in _REFERRING:
        field["references"] = {"field": {"@id": f"{target}/{KEYS[target]}"}}
    return field
