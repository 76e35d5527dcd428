"""The warehouse to a release: Parquet, CSV, the DuckDB file and what a reader needs with them.

Reads the published tables and the warehouse file, gives a complete folder. Its bytes are a
function of the rows, the catalog, this program and the version: no clock, path, hostname or
thread count shows in them. Writers run in one order: data, then what describes it, then the
manifest, and the checksums over all of them last.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.release.api import write_api
from pipeline.release.content import (
    MEDIA_TYPES,
    PROGRAM,
    ReleaseContent,
    files_of,
    heading,
    sha256_of_written,
    write_json,
)
from pipeline.release.dictionary import dictionary, write_dictionary
from pipeline.release.digest import FORMAT, table_digest
from pipeline.release.formats import write_csv, write_parquet
from pipeline.release.history import write_history
from pipeline.release.metadata import write_metadata
from pipeline.release.pages import read_me_first
from pipeline.release.provenance import program_digest, write_provenance
from pipeline.release.released import digests_by_form
from pipeline.release.sums import sums_text
from pipeline.release.versions import ReleaseError, readable, unused
from pipeline.release.workbook import write_workbook
from pipeline.storage.atomic import replacing
from pipeline.storage.names import (
    BUILDING_PREFIX,
    DATA,
    DICTIONARY,
    MANIFEST,
    RELEASES,
    SUMS,
    WAREHOUSE_FILE,
)
from pipeline.tables.files import TableFiles
from pipeline.tables.schema import PUBLISHED


def table_digests(tables: TableFiles) -> dict[str, str]:
    """The row digest of every published table: what decides whether the data changed."""
    return {table.name: table_digest(table, tables) for table in PUBLISHED}


def make_release(content: ReleaseContent, warehouse: Path) -> Path:
    """Build a release beside the others, check it, and give it its name.

    Args:
        content: what it says.
        warehouse: the folder that holds ``releases/``.

    Raises:
        ReleaseError: the version exists, the folder cannot be written, or what was written does
            not read back as the tables.
    """
    try:
        target = unused(content.version, warehouse)
        with replacing(target, name=f"{BUILDING_PREFIX}{content.version}") as building:
            building.mkdir()
            write_release(content, building)
            _check_digests(content, building)
            readable(building)
    except OSError as error:
        raise ReleaseError(
            f"{warehouse / RELEASES}: the release cannot be written: {error.strerror}; `latest` is "
            "unchanged, make room or make the folder writable and build again"
        ) from error
    return target


def write_release(content: ReleaseContent, folder: Path) -> None:
    """Write every file of a release into an empty folder; whether it reads back is asked apart."""
    _write_data(content, folder)
    described = dictionary(content.catalog, content.database)
    write_dictionary(described, folder / DICTIONARY)
    write_workbook(content, read_me_first(content), described, folder)
    write_api(content, folder)
    write_history(content, folder)
    write_metadata(content, folder)
    write_provenance(content, folder)
    _write_manifest(content, folder)
    _write_sums(folder)


def _write_data(content: ReleaseContent, folder: Path) -> None:
    data = folder / DATA
    data.mkdir()
    for table in PUBLISHED:
        write_parquet(table, content.tables, content.version, data / f"{table.name}.parquet")
        write_csv(table, content.tables, data / f"{table.name}.csv")
    shutil.copyfile(content.database, folder / WAREHOUSE_FILE)


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


def _write_sums(folder: Path) -> None:
    sums = {name: sha256_of_written(path) for name, path in files_of(folder).items()}
    (folder / SUMS).write_text(sums_text(sums), encoding="utf-8")
