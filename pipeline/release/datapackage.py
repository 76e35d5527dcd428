"""A release as a Data Package, version 2: ``datapackage.json``.

Gives the object: the data files with their hashes, each CSV file with the schema of its table.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow

from pipeline.release.content import (
    LICENCE,
    LICENCE_URL,
    SCHEMA_VERSION,
    DataFile,
    ReleaseContent,
    publisher,
    sources,
)
from pipeline.tables.columns import DECIMAL, Column, Table
from pipeline.tables.schema import KEYS
from pipeline.tables.sql import references

_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
# Version 2 knows no `type` but `table`, and readers take the format `parquet` for a table whose
# types they guess, and find fault with. Under the media type's name they check size and hash.
_FORMATS = {"Parquet": "vnd.apache.parquet"}
_TYPES = {
    pyarrow.string(): "string",
    pyarrow.int64(): "integer",
    pyarrow.bool_(): "boolean",
    DECIMAL: "number",
}


def datapackage(content: ReleaseContent, files: Iterable[DataFile]) -> dict[str, Any]:
    """The release with each CSV file and its schema, the other files with their hash."""
    return {
        "$schema": _PROFILE,
        "name": publisher().name,
        "id": content.identifier,
        "title": publisher().title,
        "description": publisher().description,
        "version": content.version,
        "schema_version": SCHEMA_VERSION,
        "issued": content.month,  # `created` would need a day and a time of day
        "licenses": [{"name": LICENCE, "path": LICENCE_URL, "title": f"{LICENCE} License"}],
        "contributors": [{"title": publisher().creator, "roles": ["creator"]}],
        "sources": [
            {"title": f"{source.owner}: {source.title}", "path": source.site}
            for source in sources()
        ],
        "keywords": list(publisher().keywords),
        # The workbook repeats two tables for people; a package of data lists each table once a
        # format, and tools that read it take every resource for a table.
        "resources": [_resource(file) for file in files if file.form != "Excel"],
    }


def _resource(file: DataFile) -> dict[str, Any]:
    name = file.table.name if file.table else "database"
    resource = {
        "name": name if file.form != "Parquet" else f"{name}-{file.form.lower()}",
        "path": file.path,
        "title": file.title,
        "format": _FORMATS.get(file.form, Path(file.path).suffix[1:]),
        "mediatype": file.media_type,
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
    }
    if file.table is None or file.form != "CSV":
        return resource
    return {
        **resource,
        "type": "table",
        "description": file.table.description,
        "encoding": "utf-8",
        "schema": _schema(file.table),
    }


def _schema(table: Table) -> dict[str, Any]:
    referring = [
        {"fields": [name], "reference": {"resource": target, "fields": [KEYS[target]]}}
        for name, target in references(table)
    ]
    return {
        # `fieldsMatch` is left out: the default is the exact match, and readers differ on its form.
        "fields": [_field(table, name, column) for name, column in table.columns.items()],
        "missingValues": [""],
        "primaryKey": list(table.key),
        **({"foreignKeys": referring} if referring else {}),
    }


def _field(table: Table, name: str, column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": name,
        "type": _TYPES[table.arrow_type(name)],
        "description": column.description,
    }
    if column.unit:
        field["unit"] = column.unit
    constraints: dict[str, Any] = {"required": not column.nullable}
    if column.enum:
        # Readers take `categories` for the type and do not enforce it, so both are said.
        field["categories"] = constraints["enum"] = list(column.enum)
    if column.at_least is not None:
        constraints["minimum"] = column.at_least
    if column.is_never_empty:
        constraints["minLength"] = 1
    return {**field, "constraints": constraints}
