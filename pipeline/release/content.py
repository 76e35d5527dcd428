"""What a release says, handed from writer to writer: the one description that all its files repeat.

Gives the constants, one :class:`ReleaseContent` from which every file is written, and the data
files of its folder. How a standard writes them down is the business of the module that writes
that standard.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from pipeline.catalog.load import default_catalog
from pipeline.catalog.schema import Catalog, Publisher, Source
from pipeline.release.changes import Changes, compare
from pipeline.release.released import released_tables
from pipeline.release.versions import Release
from pipeline.storage.formats import json_text
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import DATA, WAREHOUSE_FILE, WORKBOOK
from pipeline.tables.columns import Table
from pipeline.tables.files import TableFiles
from pipeline.tables.schema import PUBLISHED

PROGRAM = "ncmec-state-data"
"""What this program calls itself in signatures and provenance, whoever's sheets it reads."""
LICENCE = "MIT"
LICENCE_URL = "https://spdx.org/licenses/MIT.html"
LANGUAGE = "en"
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
_FORMS = {".parquet": "Parquet", ".csv": "CSV", ".duckdb": "DuckDB", ".xlsx": "Excel"}
_WHOLE = {
    "DuckDB": "all tables and views as DuckDB",
    "Excel": "figures and dictionary as a workbook for Excel and LibreOffice",
}


def publisher() -> Publisher:
    """Whose sheets they are, and what the dataset of them is called: from the catalog in use."""
    return default_catalog().publisher


def sources() -> tuple[Source, ...]:
    """What the dataset is made of: the sheets first, then what they are held against."""
    sheets = Source(
        title=publisher().sheets[0].upper() + publisher().sheets[1:],
        owner=publisher().publisher,
        site=publisher().website,
        terms="The sheets, their wording and the names in them are the publisher's.",
    )
    return (sheets, *publisher().references)


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

    ``digests`` go by table name; ``database`` is the warehouse file of the same rows; ``previous``
    is the release before, None for the first.
    """

    version: str
    tables: TableFiles
    digests: dict[str, str]
    database: Path
    catalog: Catalog
    previous: Release | None

    @cached_property
    def changes(self) -> Changes:
        """What changed since the release before."""
        before = released_tables(self.previous.path) if self.previous else None
        return compare(before, self.tables)

    @cached_property
    def years(self) -> list[int]:
        """The reporting years that have observations."""
        return list[Any](self.tables.counts("observations", "year"))

    @property
    def temporal_coverage(self) -> str | None:
        """The reporting years as an ISO 8601 year or interval; None if there are none."""
        if not self.years:
            return None
        first, last = self.years[0], self.years[-1]
        return str(first) if first == last else f"{first}/{last}"

    @cached_property
    def observed(self) -> list[dict[str, Any]]:
        """The rows of ``jurisdictions`` that have observations."""
        observed = self.tables.counts("observations", "jurisdiction")
        rows = self.tables.read("jurisdictions").to_pylist()
        return [row for row in rows if row["jurisdiction"] in observed]

    @property
    def month(self) -> str:
        """The month of the release, ``2026-11``, as its version says: the finest date there is."""
        year, month, _ = self.version.split(".")
        return f"{year}-{int(month):02d}"

    @property
    def identifier(self) -> str:
        """A URN for the release: the same wherever the same version has the same rows."""
        said = json.dumps([publisher().name, self.version, sorted(self.digests.items())])
        return uuid.uuid5(uuid.NAMESPACE_OID, said).urn

    @property
    def citation(self) -> str:
        """The release as a line of a bibliography."""
        return (
            f"{publisher().creator} ({self.month[:4]}). {publisher().title} "
            f"(version {self.version}) [Data set]. {self.identifier}"
        )


@dataclass(frozen=True, slots=True)
class DataFile:
    """One data file of a release; ``table`` is None for the database and for the workbook."""

    path: str
    table: Table | None
    bytes: int
    sha256: str

    @property
    def form(self) -> str:
        """The name of the format."""
        return _FORMS[Path(self.path).suffix]

    @property
    def media_type(self) -> str:
        """The registered media type."""
        return MEDIA_TYPES[Path(self.path).suffix]

    @property
    def title(self) -> str:
        """What the file is, in words."""
        return f"{self.table.name} as {self.form}" if self.table else _WHOLE[self.form]

    @property
    def size(self) -> str:
        """The size for people."""
        size = float(self.bytes)
        for unit in ("bytes", "kB", "MB"):
            if size < 1000:
                return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
            size /= 1000
        return f"{size:.1f} GB"


def data_files(folder: Path) -> list[DataFile]:
    """The data files in a release's folder, a table's two forms together, the database behind them.

    A large release has no workbook, one of an earlier program none of the tables that came later.
    """
    suffixes = (".parquet", ".csv")
    tables = [(f"{DATA}/{table.name}{suffix}", table) for table in PUBLISHED for suffix in suffixes]
    return [
        DataFile(path, table, (folder / path).stat().st_size, sha256_of_written(folder / path))
        for path, table in [*tables, (WAREHOUSE_FILE, None), (WORKBOOK, None)]
        if (folder / path).exists()
    ]


def sha256_of_written(path: Path) -> str:
    """The sha256 of a file of the release that is being built, where a file is written once.

    Several descriptions name it; the bytes are read for the first.
    """
    status = path.stat()
    return _sha256_of_written(path, status.st_size, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=256)
def _sha256_of_written(path: Path, *_: int) -> str:
    return sha256_of(path)


def files_of(folder: Path) -> dict[str, Path]:
    """Every file below a folder by its name there, in the order of the paths."""
    below = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in below}


def write_json(data: Mapping[str, Any], path: Path) -> None:
    """Write JSON for people and machines, in the order given."""
    path.write_text(json_text(data, sort_keys=False), encoding="utf-8")
