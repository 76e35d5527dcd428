"""The warehouse to a release: Parquet, CSV, the DuckDB file and what a reader needs with them.

Reads the published tables and the warehouse file, gives a complete folder. Its bytes are a
function of the rows, the catalog, this program and the version: no clock, path, hostname or
thread count shows in them. Writers run in one order: data, then what describes it, then the
manifest, and the checksums over all of them last.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow
import pyarrow.parquet

from pipeline.release.api import write_api
from pipeline.release.content import (
    LICENCE,
    MEDIA_TYPES,
    PROGRAM,
    SCHEMA_VERSION,
    ReleaseContent,
    files_of,
    heading,
    publisher,
    sha256_of_written,
    write_json,
)
from pipeline.release.dictionary import DICTIONARY_COLUMNS, dictionary
from pipeline.release.digest import FORMAT, published_type, table_digest
from pipeline.release.history import write_history
from pipeline.release.metadata import write_metadata
from pipeline.release.pages import read_me_first
from pipeline.release.provenance import program_digest, write_provenance
from pipeline.release.released import digests_by_form
from pipeline.release.sums import sums_text
from pipeline.release.versions import ReleaseError, readable
from pipeline.release.workbook import write_workbook
from pipeline.storage.atomic import replacing
from pipeline.storage.formats import csv_text
from pipeline.storage.names import (
    ARCHIVE,
    BUILDING_PREFIX,
    DATA,
    DICTIONARY,
    MANIFEST,
    RELEASES,
    SUMS,
    WAREHOUSE_FILE,
)
from pipeline.tables.columns import DECIMAL, Table
from pipeline.tables.files import TableFiles, querying
from pipeline.tables.schema import PUBLISHED
from pipeline.tables.sql import literal, quoted


def table_digests(tables: TableFiles) -> dict[str, str]:
    """The row digest of every published table: what decides whether the data changed."""
    return {table.name: table_digest(table, tables) for table in PUBLISHED}


def make_release(content: ReleaseContent, warehouse: Path) -> Path:
    """Build a release beside the others of a warehouse, check it, and give it its name.

    Raises:
        ReleaseError: the version exists, the folder cannot be written, or what was written does
            not read back as the tables.
    """
    target = warehouse / RELEASES / content.version
    try:
        if target.exists() or (target.parent / ARCHIVE / content.version).exists():
            raise ReleaseError(f"{target}: this version exists and is never replaced; name another")
        with replacing(target, name=f"{BUILDING_PREFIX}{content.version}") as building:
            building.mkdir()
            write_release(content, building)
            _check_digests(content, building)
            readable(building)
    except OSError as error:
        raise ReleaseError(
            f"{target.parent}: the release cannot be written: {error.strerror}; `latest` is "
            "unchanged, make room or make the folder writable and build again"
        ) from error
    return target


def write_release(content: ReleaseContent, folder: Path) -> None:
    """Write every file of a release into an empty folder; whether it reads back is asked apart."""
    _write_data(content, folder)
    described = dictionary(content.catalog, content.database)
    (folder / DICTIONARY).write_text(csv_text([DICTIONARY_COLUMNS, *described]), encoding="utf-8")
    write_workbook(content, read_me_first(content), described, folder)
    write_api(content, folder)
    write_history(content, folder)
    write_metadata(content, folder)
    write_provenance(content, folder)
    _write_manifest(content, folder)
    sums = {name: sha256_of_written(path) for name, path in files_of(folder).items()}
    (folder / SUMS).write_text(sums_text(sums), encoding="utf-8")


def _write_data(content: ReleaseContent, folder: Path) -> None:
    data = folder / DATA
    data.mkdir()
    for table in PUBLISHED:
        write_parquet(table, content.tables, content.version, data / f"{table.name}.parquet")
        write_csv(table, content.tables, data / f"{table.name}.csv")
    shutil.copyfile(content.database, folder / WAREHOUSE_FILE)


def write_parquet(table: Table, tables: TableFiles, version: str, path: Path) -> None:
    """Write one table with an explicit schema: types, nullability, meanings, version, licence.

    A row group holds one batch, so that a filter on the key skips most of a long file.
    """
    fields = [
        pyarrow.field(
            name,
            published_type(table.arrow_type(name)),
            nullable=column.nullable,
            metadata={
                "description": column.description,
                **({"unit": column.unit} if column.unit else {}),
            },
        )
        for name, column in table.columns.items()
    ]
    footer = {
        "title": f"{publisher().title}: {table.name}",
        "description": table.description,
        "version": version,
        "schema_version": SCHEMA_VERSION,
        "license": LICENCE,
    }
    schema = pyarrow.schema(fields, metadata=footer)
    writer = pyarrow.parquet.ParquetWriter(
        path,
        schema,
        compression="zstd",
        version="2.6",
        store_schema=True,
        write_page_index=True,
        sorting_columns=pyarrow.parquet.SortingColumn.from_ordering(
            schema, [(name, "ascending") for name in table.key]
        ),
    )
    with writer:
        for rows in tables.groups(table.name, table.batch):
            writer.write_table(rows.cast(schema))


def write_csv(table: Table, tables: TableFiles, path: Path) -> None:
    """Write one table as CSV: UTF-8, LF, exact numbers, null as nothing between the commas."""
    columns = ", ".join(
        f"rtrim(rtrim(cast({quoted(name)} as varchar), '0'), '.') as {quoted(name)}"
        if table.arrow_type(name) == DECIMAL
        else quoted(name)
        for name in table.columns
    )
    with querying() as connection:
        connection.execute(
            f"copy (select {columns} from ({tables.query(table.name)})) "
            f"to {literal(str(path))} (format csv, header, delimiter ',')"
        )


def _check_digests(content: ReleaseContent, folder: Path) -> None:
    for name, form, digest in digests_by_form(folder, PUBLISHED):
        if digest != content.digests[name]:
            raise ReleaseError(
                f"{name} as {form}: row digest {digest}, expected {content.digests[name]}; nothing "
                "was released, report this fault"
            )


def _write_manifest(content: ReleaseContent, folder: Path) -> None:
    manifest = {
        **heading(content.version),
        "previous": content.previous.version if content.previous else None,
        "change_class": content.changes.change_class,
        "changes": content.changes.counts(),
        "digest_format": FORMAT,
        "program": {"name": PROGRAM, "sha256": program_digest()},
        "tables": {
            table.name: {
                "rows": content.tables.rows(table.name),
                "columns": list(table.columns),
                "digest": content.digests[table.name],
            }
            for table in PUBLISHED
        },
        "files": {
            name: {
                "bytes": path.stat().st_size,
                "sha256": sha256_of_written(path),
                "media_type": MEDIA_TYPES[path.suffix],
            }
            for name, path in files_of(folder).items()
        },
    }
    write_json(manifest, folder / MANIFEST)
