"""The warehouse to a release: Parquet, CSV, the DuckDB file and what a reader needs with them.

Reads the published tables and the warehouse file, gives a complete folder. Its bytes are a
function of the rows, the catalog, this program and the version: no clock, path, hostname or
thread count shows in them. Writers run in one order: data, then what describes it, then the
manifest, and the checksums over all of them last.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from pipeline.catalog.schema import Catalog
from pipeline.release.api import write_api
from pipeline.release.changes import compare
from pipeline.release.content import (
    MEDIA_TYPES,
    PROGRAM,
    ReleaseContent,
    files_of,
    heading,
    sha256_of_written,
)
from pipeline.release.description import write_json
from pipeline.release.dictionary import dictionary, write_dictionary
from pipeline.release.digest import (
    FORMAT,
    digest_of_csv,
    digest_of_parquet,
    digests_of_database,
    table_digest,
)
from pipeline.release.formats import write_csv, write_parquet
from pipeline.release.history import write_history
from pipeline.release.metadata import write_metadata
from pipeline.release.pages import read_me_first, write_llms, write_readme
from pipeline.release.provenance import copy_lock, program_digest, write_provenance
from pipeline.release.quality import write_quality
from pipeline.release.released import released_tables
from pipeline.release.versions import Release, ReleaseError, enter
from pipeline.release.workbook import write_workbook
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


def release_content(
    tables: TableFiles,
    digests: dict[str, str],
    *,
    database: Path,
    catalog: Catalog,
    version: str,
    previous: Release | None,
) -> ReleaseContent:
    """The content of a release.

    Args:
        tables: the published tables.
        digests: their row digests, as :func:`table_digests` gives them.
        database: the warehouse file of the same rows.
        catalog: the publisher's catalog.
        version: the calendar version.
        previous: the release before, None for the first.
    """
    changes = compare(released_tables(previous.path) if previous else None, tables)
    return ReleaseContent(version, tables, digests, database, catalog, previous, changes)


def make_release(content: ReleaseContent, warehouse: Path) -> Path:
    """Build a release beside the others, check it, and give it its name.

    Args:
        content: what it says.
        warehouse: the folder that holds ``releases/``.

    Raises:
        ReleaseError: the version exists, the folder cannot be written, or what was written does
            not read back as the tables.
    """
    folder = warehouse / RELEASES
    try:
        folder.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=BUILDING_PREFIX, dir=folder))
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        write_release(content, building)
        _check_digests(content, building)
        return enter(building, content.version, warehouse)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def write_release(content: ReleaseContent, folder: Path) -> None:
    """Write every file of a release into an empty folder; whether it reads back is asked apart."""
    _write_data(content, folder)
    described = dictionary(content.catalog, content.database)
    write_dictionary(described, folder / DICTIONARY)
    has_workbook = write_workbook(content, read_me_first(content), described, folder)
    write_api(content, folder)
    write_readme(content, folder, has_workbook=has_workbook)
    write_llms(content, folder)
    write_quality(content, folder)
    write_history(content, folder)
    write_metadata(content, folder)
    copy_lock(folder)
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
    in_database = digests_of_database(folder / WAREHOUSE_FILE)
    for table in PUBLISHED:
        expected = content.digests[table.name]
        found = {
            "Parquet": digest_of_parquet(table, folder / DATA / f"{table.name}.parquet"),
            "CSV": digest_of_csv(table, folder / DATA / f"{table.name}.csv"),
            "DuckDB": in_database[table.name],
        }
        for form, digest in found.items():
            if digest != expected:
                raise ReleaseError(
                    f"{table.name} as {form}: row digest {digest}, expected {expected}; nothing "
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
            path.relative_to(folder).as_posix(): {
                "bytes": path.stat().st_size,
                "sha256": sha256_of_written(path),
                "media_type": MEDIA_TYPES[path.suffix],
            }
            for path in files_of(folder)
        },
    }
    write_json(manifest, folder / MANIFEST)


def _write_sums(folder: Path) -> None:
    lines = [
        f"{sha256_of_written(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in files_of(folder)
    ]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def _cannot_write(folder: Path, error: OSError) -> ReleaseError:
    return ReleaseError(
        f"{folder}: the release cannot be written: {error.strerror}; `latest` is unchanged, make "
        "room or make the folder writable and build again"
    )
