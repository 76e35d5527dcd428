"""A release's own tables: read by the schema that the release itself states.

A release of an older schema has other tables and columns than this program. Whoever verifies,
compares or cites a release therefore reads it through its ``datapackage.json``, never through the
tables of this program.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from pipeline.release.digest import digest_of_csv, digest_of_parquet, digests_of_database
from pipeline.release.versions import ReleaseError
from pipeline.storage.names import DATA, DATAPACKAGE, WAREHOUSE_FILE
from pipeline.tables.columns import Column, Table, flag, text, value, whole
from pipeline.tables.files import TableFiles
from pipeline.tables.schema import BY_NAME, OBSERVATIONS, SHEETS

_COLUMNS: dict[str, Callable[..., Column]] = {
    "string": text,
    "integer": whole,
    "boolean": flag,
    "number": value,
}


def released_tables(release: Path) -> TableFiles:
    """The tables of a release as its Parquet files.

    Raises:
        ReleaseError: the release does not describe its tables.
    """
    tables = tables_of(release)
    paths = {name: release / DATA / f"{name}.parquet" for name in tables}
    return TableFiles({name: (path,) for name, path in paths.items()}, tables)


def tables_of(release: Path) -> dict[str, Table]:
    """The tables that a release describes, by name, in its order.

    Raises:
        ReleaseError: the release does not describe its tables.
    """
    path = release / DATAPACKAGE
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        described = [each for each in package["resources"] if each.get("type") == "table"]
        return {each["name"]: _table(each) for each in described}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseError(
            f"{path}: does not describe the release's tables ({type(error).__name__}: {error}); "
            "fetch or restore the release"
        ) from error


def sheet_sums(tables: TableFiles) -> dict[str, str | None]:
    """The sha256 of each raw sheet by its file, None of one that could not be read."""
    found = tables.read(SHEETS.name, ["file", "sha256"])
    return dict(zip(*(column.to_pylist() for column in found.columns), strict=True))


def digests_by_form(release: Path, tables: Collection[Table]) -> Iterator[tuple[str, str, str]]:
    """The row digest of each table in each form: the table's name, the form, and the digest."""
    in_database = digests_of_database(release / WAREHOUSE_FILE, tables)
    for each in tables:
        yield each.name, "Parquet", digest_of_parquet(each, release / DATA / f"{each.name}.parquet")
        yield each.name, "CSV", digest_of_csv(each, release / DATA / f"{each.name}.csv")
        yield each.name, "DuckDB", in_database[each.name]


def _table(resource: dict[str, Any]) -> Table:
    schema = resource["schema"]
    columns = {field["name"]: _column(field) for field in schema["fields"]}
    key = tuple(schema["primaryKey"])
    known = BY_NAME.get(resource["name"], OBSERVATIONS)
    return Table(resource["name"], resource["description"], key, columns, known.batch)


def _column(field: dict[str, Any]) -> Column:
    constraints = field["constraints"]
    enum = tuple(constraints["enum"]) if "enum" in constraints else None
    more = {} if field["type"] == "number" else {"enum": enum}
    return _COLUMNS[field["type"]](
        field["description"], nullable=not constraints["required"], **more
    )
