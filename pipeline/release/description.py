"""What every metadata file of a release says alike: identifier, citation, sources, files.

Reads the release's content and the data files of its folder, gives values. How a standard writes
them down is the business of the module that writes that standard.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.catalog.schema import Source
from pipeline.release.content import (
    MEDIA_TYPES,
    ReleaseContent,
    publisher,
    sha256_of_written,
)
from pipeline.storage.formats import json_text
from pipeline.storage.names import WAREHOUSE_FILE, WORKBOOK
from pipeline.tables.columns import Table
from pipeline.tables.schema import PUBLISHED

LANGUAGE = "en"


def sources() -> tuple[Source, ...]:
    """What the dataset is made of: the sheets first, then what they are held against."""
    sheets = Source(
        title=publisher().sheets[0].upper() + publisher().sheets[1:],
        owner=publisher().publisher,
        site=publisher().website,
        terms="The sheets, their wording and the names in them are the publisher's.",
    )
    return (sheets, *publisher().references)


_FORMS = {".parquet": "Parquet", ".csv": "CSV", ".duckdb": "DuckDB", ".xlsx": "Excel"}
_WHOLE = {
    "DuckDB": "all tables and views as DuckDB",
    "Excel": "figures and dictionary as a workbook for Excel and LibreOffice",
}


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
        if self.table:
            return f"{self.table.name} as {self.form}"
        return _WHOLE[self.form]

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
    tables = [
        (f"data/{table.name}{suffix}", table)
        for table in PUBLISHED
        for suffix in (".parquet", ".csv")
    ]
    return [
        DataFile(path, table, (folder / path).stat().st_size, sha256_of_written(folder / path))
        for path, table in [*tables, (WAREHOUSE_FILE, None), (WORKBOOK, None)]
        if (folder / path).exists()
    ]


def identifier(content: ReleaseContent) -> str:
    """A URN for the release: the same wherever the same version has the same rows."""
    said = json.dumps([publisher().name, content.version, sorted(content.digests.items())])
    return uuid.uuid5(uuid.NAMESPACE_OID, said).urn


def citation(content: ReleaseContent) -> str:
    """The release as a line of a bibliography."""
    return (
        f"{publisher().creator} ({content.month[:4]}). {publisher().title} (version {content.version}) [Data set]. "
        f"{identifier(content)}"
    )


def temporal_coverage(content: ReleaseContent) -> str | None:
    """The reporting years as an ISO 8601 year or interval; None if there are none."""
    years = content.years
    if not years:
        return None
    return str(years[0]) if years[0] == years[-1] else f"{years[0]}/{years[-1]}"


def observed_jurisdictions(content: ReleaseContent) -> list[dict[str, Any]]:
    """The rows of ``jurisdictions`` that have observations."""
    observed = set(
        content.tables.read("observations", ["jurisdiction"])["jurisdiction"].to_pylist()
    )
    rows = content.tables.read("jurisdictions").to_pylist()
    return [row for row in rows if row["jurisdiction"] in observed]


def key_of_table() -> dict[str, str]:
    """The key column of each table that another may refer to."""
    return {table.name: table.key[0] for table in PUBLISHED if len(table.key) == 1}


def write_json(data: Mapping[str, Any], path: Path) -> None:
    """Write JSON for people and machines, in the order given."""
    path.write_text(json_text(data, sort_keys=False), encoding="utf-8")
