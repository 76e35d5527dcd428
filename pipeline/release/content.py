"""What a release is made of, handed from writer to writer.

Reads nothing, gives the constants that every file of a release repeats, and one
:class:`ReleaseContent` from which all of them are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from pipeline.catalog.load import default_catalog
from pipeline.catalog.schema import Catalog, Publisher
from pipeline.release.changes import Changes
from pipeline.release.versions import Release
from pipeline.storage.hashes import sha256_of
from pipeline.tables.files import TableFiles

PROGRAM = "ncmec-state-data"
"""What this program calls itself in signatures and provenance, whoever's sheets it reads."""
LICENCE = "MIT"
LICENCE_URL = "https://spdx.org/licenses/MIT.html"
CONTACT: str | None = None
"""An address for errors, as a URL or ``mailto:``; None until whoever publishes a copy sets it."""
DOI: str | None = None
"""The DOI of the dataset, ``10.…``; None until whoever publishes a copy has one."""
NO_CONTACT = "No address for errors is set: the publisher of this copy sets it."
LARGEST_IN_ONE_FILE = 100_000
"""With more figures than that there is no workbook, and the JSON of all of them is by year."""
SCHEMA_VERSION = "2.1.0"
"""SemVer of tables, columns and their meaning; apart from the calendar version of the data."""

MEDIA_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".duckdb": "application/vnd.duckdb",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".jsonld": "application/ld+json",
    ".md": "text/markdown",
    ".html": "text/html",
    ".cff": "application/yaml",
    ".lock": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".txt": "text/plain",
    "": "text/plain",
}


def publisher() -> Publisher:
    """Whose sheets they are, and what the dataset of them is called: from the catalog in use."""
    return default_catalog().publisher


def heading(version: str) -> dict[str, str]:
    """What the manifest and every file of the API begin with: which dataset and release it is."""
    return {
        "name": publisher().name,
        "title": publisher().title,
        "version": version,
        "schema_version": SCHEMA_VERSION,
        "license": LICENCE,
    }


@dataclass(frozen=True, eq=False)
class ReleaseContent:
    """Everything a release says: its version, its tables with their row digests, its sources.

    ``digests`` go by table name; ``database`` is the warehouse file of the same
    rows; ``changes`` are those since ``previous``, the release before.
    """

    version: str
    tables: TableFiles
    digests: dict[str, str]
    database: Path
    catalog: Catalog
    previous: Release | None
    changes: Changes

    @cached_property
    def years(self) -> list[int]:
        """The reporting years that have observations."""
        return sorted(set(self.tables.read("observations", ["year"])["year"].to_pylist()))

    @property
    def month(self) -> str:
        """The month of the release, ``2026-11``, as its version says: the finest date there is."""
        year, month, _ = self.version.split(".")
        return f"{year}-{int(month):02d}"


def sha256_of_written(path: Path) -> str:
    """The sha256 of a file of the release that is being built, where a file is written once.

    Several descriptions name it; the bytes are read for the first.
    """
    status = path.stat()
    return _sha256_of_written(path, status.st_size, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=256)
def _sha256_of_written(path: Path, *_: int) -> str:
    return sha256_of(path)


def files_of(folder: Path) -> list[Path]:
    """Every file below a folder, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
