"""The warehouse to a release: Parquet, CSV, the DuckDB file and what a reader needs with them.

Reads the published frames and the warehouse file, gives a complete folder. Its bytes are a
function of the frames, the catalogue, this program and the version: no clock, path, hostname or
thread count shows in them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
import pyarrow
import pyarrow.parquet

from pipeline.catalogue.schema import Catalogue
from pipeline.release.digest import (
    FORMAT,
    digest_of_csv,
    digest_of_database,
    digest_of_parquet,
    published_type,
    table_digest,
)
from pipeline.release.versions import MANIFEST, RELEASES, ReleaseError, enter
from pipeline.validate.frames import to_arrow
from pipeline.validate.tables import PUBLISHED, Table
from pipeline.warehouse.ddl import sql_type
from pipeline.warehouse.load import BUILDING_PREFIX, WAREHOUSE_FILE
from pipeline.warehouse.views import views

NAME = "ncmec-state-data"
TITLE = "NCMEC State Data"
LICENCE = "MIT"
SCHEMA_VERSION = "1.0.0"
"""SemVer of tables, columns and their meaning; apart from the calendar version of the data."""

SUMS = "SHA256SUMS"
_TEMPLATES = Path(__file__).parent / "templates"
_MEDIA_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".duckdb": "application/vnd.duckdb",
    ".json": "application/json",
    ".md": "text/markdown",
}


def data_digests(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The row digest of every published table: what decides whether the data changed."""
    return {
        table.name: table_digest(table, to_arrow(table, tables[table.name])) for table in PUBLISHED
    }


def make_release(
    tables: Mapping[str, pd.DataFrame],
    database: Path,
    catalogue: Catalogue,
    version: str,
    warehouse: Path,
) -> Path:
    """Build a release beside the others, check it, and give it its name.

    Args:
        tables: the published frames by name.
        database: the warehouse file of the same frames.
        catalogue: the publisher's catalogue, for the README.
        version: the calendar version.
        warehouse: the folder that holds ``releases/``.

    Raises:
        ReleaseError: the version exists, the folder cannot be written, or what was written does
            not read back as the frames.
    """
    folder = warehouse / RELEASES
    try:
        folder.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=BUILDING_PREFIX, dir=folder))
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        write_release(tables, database, catalogue, version, building)
        return enter(building, version, warehouse)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def write_release(
    tables: Mapping[str, pd.DataFrame],
    database: Path,
    catalogue: Catalogue,
    version: str,
    folder: Path,
) -> None:
    """Write every file of a release into an empty folder.

    Raises:
        ReleaseError: a file does not read back with the row digest of its frame.
    """
    data = folder / "data"
    data.mkdir()
    arrow = {table.name: to_arrow(table, tables[table.name]) for table in PUBLISHED}
    for table in PUBLISHED:
        write_parquet(table, arrow[table.name], version, data / f"{table.name}.parquet")
        write_csv(table, arrow[table.name], data / f"{table.name}.csv")
    shutil.copyfile(database, folder / WAREHOUSE_FILE)
    digests = {table.name: table_digest(table, arrow[table.name]) for table in PUBLISHED}
    _check_digests(folder, digests)
    _write_dictionary(folder / "data_dictionary.csv")
    _write_readme(catalogue, version, arrow, folder / "README.md")
    _write_manifest(folder, version, arrow, digests)
    _write_sums(folder)


def write_parquet(table: Table, data: pyarrow.Table, version: str, path: Path) -> None:
    """Write one table with an explicit schema: types, nullability, meanings, version, licence."""
    fields = [
        pyarrow.field(
            name,
            published_type(table.arrow_type(name)),
            nullable=column.nullable,
            metadata={
                "description": column.description,
                **({"unit": column.metadata["unit"]} if column.metadata["unit"] else {}),
            },
        )
        for name, column in table.columns.items()
    ]
    footer = {
        "title": f"{TITLE}: {table.name}",
        "description": table.description,
        "version": version,
        "schema_version": SCHEMA_VERSION,
        "license": LICENCE,
    }
    schema = pyarrow.schema(fields, metadata=footer)
    pyarrow.parquet.write_table(
        data.cast(schema),
        path,
        compression="zstd",
        compression_level=9,
        version="2.6",
        store_schema=True,
        write_page_index=True,
        sorting_columns=pyarrow.parquet.SortingColumn.from_ordering(
            schema, [(name, "ascending") for name in table.key]
        ),
    )


def write_csv(table: Table, data: pyarrow.Table, path: Path) -> None:
    """Write one table as CSV: UTF-8, LF, exact numbers, null as nothing between the commas."""
    columns = [data.column(name).to_pylist() for name in table.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_csv_line(table.columns))
        file.writelines(_csv_line(row) for row in zip(*columns, strict=True))


def sha256_of(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _csv_line(row: Iterable[Any]) -> str:
    # Not the standard library's writer: it leaves a lone carriage return within a text unquoted.
    return ",".join(_csv_cell(value) for value in row) + "\n"


def _csv_cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value.normalize():f}" if value else "0"
    text = str(value)
    if any(char in text for char in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _check_digests(folder: Path, digests: Mapping[str, str]) -> None:
    for table in PUBLISHED:
        found = {
            "Parquet": digest_of_parquet(table, folder / "data" / f"{table.name}.parquet"),
            "CSV": digest_of_csv(table, folder / "data" / f"{table.name}.csv"),
            "DuckDB": digest_of_database(table, folder / WAREHOUSE_FILE),
        }
        for form, digest in found.items():
            if digest != digests[table.name]:
                raise ReleaseError(
                    f"{table.name} as {form}: row digest {digest}, expected "
                    f"{digests[table.name]}; nothing was released, report this fault"
                )


def _write_dictionary(path: Path) -> None:
    heads = ("table", "column", "type", "nullable", "key", "unit", "values", "refers_to", "meaning")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_csv_line(heads))
        for table in PUBLISHED:
            file.writelines(_csv_line(row) for row in _described_columns(table))


def _described_columns(table: Table) -> Iterator[tuple[Any, ...]]:
    for name, column in table.columns.items():
        enum, refers_to = column.metadata["enum"], column.metadata["refers_to"]
        yield (
            table.name,
            name,
            "enum" if enum else sql_type(table, name),
            column.nullable,
            name in table.key,
            column.metadata["unit"],
            ";".join(enum) if enum else None,
            refers_to,
            column.description,
        )


def _write_readme(
    catalogue: Catalogue, version: str, arrow: Mapping[str, pyarrow.Table], path: Path
) -> None:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  # Markdown of our own making, no page of a browser
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    years = sorted(set(arrow["observations"].column("year").to_pylist()))
    accepted = arrow["sheets"].column("status").to_pylist().count("accepted")
    text = environment.get_template("README.md.j2").render(
        title=TITLE,
        name=NAME,
        version=version,
        schema_version=SCHEMA_VERSION,
        licence=LICENCE,
        years=years,
        accepted=accepted,
        tables=[(table, arrow[table.name].num_rows) for table in PUBLISHED],
        views=list(views(catalogue)),
        qualifiers=catalogue.qualifiers,
        database=WAREHOUSE_FILE,
        digest_format=FORMAT,
    )
    path.write_text(text, encoding="utf-8")


def _write_manifest(
    folder: Path, version: str, arrow: Mapping[str, pyarrow.Table], digests: Mapping[str, str]
) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "name": NAME,
        "title": TITLE,
        "version": version,
        "schema_version": SCHEMA_VERSION,
        "license": LICENCE,
        "digest_format": FORMAT,
        "tables": {
            table.name: {
                "rows": arrow[table.name].num_rows,
                "columns": list(table.columns),
                "digest": digests[table.name],
            }
            for table in PUBLISHED
        },
        "files": {
            path.relative_to(folder).as_posix(): {
                "bytes": path.stat().st_size,
                "sha256": sha256_of(path),
                "media_type": _MEDIA_TYPES[path.suffix],
            }
            for path in files
        },
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _write_sums(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def _cannot_write(folder: Path, error: OSError) -> ReleaseError:
    return ReleaseError(
        f"{folder}: the release cannot be written: {error.strerror}; `latest` is unchanged, make "
        "room or make the folder writable and build again"
    )
