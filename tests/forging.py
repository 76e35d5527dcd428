"""Releases as a forger leaves them: changed in meaning, with every sum and digest made to fit."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet

from pipeline.catalog.load import default_catalog
from pipeline.release.content import ReleaseContent
from pipeline.release.digest import digest_of_csv
from pipeline.release.export import table_digests, write_release
from pipeline.release.released import tables_of
from pipeline.storage.names import DATAPACKAGE, SUMS, WAREHOUSE_FILE
from pipeline.tables.files import TableFiles
from pipeline.warehouse.load import write_database
from tests.building import contents


def edit_json(path: Path, edit: Callable[[Any], None]) -> None:
    """Change a JSON file, which stays formatted as it was."""
    data = json.loads(path.read_text(encoding="utf-8"))
    edit(data)
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def resum(release: Path) -> None:
    """Forge sums, manifest and provenance, as someone would who wants to hide a change."""

    def subjects(data: Any) -> None:
        for subject in data["subject"]:
            if (release / subject["name"]).is_file():
                subject["digest"]["sha256"] = sha256(release / subject["name"])

    def files(data: Any) -> None:
        for name, entry in data["files"].items():
            path = release / name
            if path.is_file():
                entry |= {"bytes": path.stat().st_size, "sha256": sha256(path)}

    edit_json(release / "provenance.json", subjects)
    edit_json(release / "manifest.json", files)
    resum_list(release)


def resum_list(release: Path) -> None:
    """Forge the list of sums alone."""
    lines = [f"{sha256(release / name)}  {name}\n" for name in contents(release) if name != SUMS]
    (release / SUMS).write_text("".join(lines), encoding="utf-8")


def released_again(tables: TableFiles, folder: Path, version: str, previous: Any = None) -> Path:
    """A release of any tables, whatever they say, with all files as this program writes them."""
    folder.mkdir(parents=True)
    database = folder / WAREHOUSE_FILE
    write_database(tables, default_catalog(), database)
    digests = table_digests(tables)
    content = ReleaseContent(version, tables, digests, database, default_catalog(), previous)
    release = folder / version
    release.mkdir()
    write_release(content, release)
    return release


def corrupt(path: Path) -> None:
    """Change what a file says, in the smallest way that its format knows."""
    change = {".parquet": _in_parquet, ".duckdb": _in_database}.get(path.suffix, _in_text)
    change(path)


def _in_text(path: Path) -> None:
    content = path.read_bytes()
    numbers = list(re.finditer(rb"(?<=\D)[0-9](?=\D)", content)) or [
        *re.finditer(rb"[a-z]", content)
    ]
    if not numbers:  # of the first release, which has no changes
        path.write_bytes(content + b"1\n")
        return
    place = numbers[len(numbers) // 2].start()
    other = b"7" if content[place : place + 1] != b"7" else b"3"
    path.write_bytes(content[:place] + other + content[place + 1 :])


def _in_parquet(path: Path) -> None:
    data = pyarrow.parquet.read_table(path)
    if data.num_rows:
        pyarrow.parquet.write_table(data.slice(0, data.num_rows - 1), path)
    else:
        pyarrow.parquet.write_table(data.rename_columns(["other", *data.column_names[1:]]), path)


def _in_database(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create or replace view national_figures as select 1 as year, 'all is well' as title"
        )


def as_of_an_older_schema(release: Path) -> None:
    """Give a release the schema that was published before: other names, another schema version."""
    column, older, stated = "check_name", "check", "1.0.0"
    table = "checks"
    for path in (release / "data").glob("*.parquet"):
        data = pyarrow.parquet.read_table(path)
        footer = {**data.schema.metadata, b"schema_version": stated.encode()}
        names = [
            older if (path.stem, name) == (table, column) else name for name in data.column_names
        ]
        pyarrow.parquet.write_table(
            data.rename_columns(names).replace_schema_metadata(footer), path
        )
    path = release / "data" / f"{table}.csv"
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    path.write_text(f"{head.replace(column, older)}\n{rest}", encoding="utf-8")
    with duckdb.connect(str(release / WAREHOUSE_FILE)) as connection:
        connection.execute("drop view quarantine")
        connection.execute(
            f'create or replace table {table} as select * rename ({column} as "{older}") from {table}'
        )

    def described(data: Any) -> None:
        data["schema_version"] = stated
        for resource in data["resources"]:
            for field in resource.get("schema", {}).get("fields", []):
                field["name"] = older if field["name"] == column else field["name"]
            resource["bytes"] = (release / resource["path"]).stat().st_size
            resource["hash"] = f"sha256:{sha256(release / resource['path'])}"

    def manifest(data: Any) -> None:
        stated_table = data["tables"][table]
        names = [older if name == column else name for name in stated_table["columns"]]
        digest = digest_of_csv(tables_of(release)[table], release / "data" / f"{table}.csv")
        stated_table |= {"columns": names, "digest": digest}
        data["schema_version"] = stated

    edit_json(release / DATAPACKAGE, described)
    edit_json(release / "manifest.json", manifest)
    for name in ("croissant.json", "dataset.jsonld", "index.html"):
        text = (release / name).read_text(encoding="utf-8")
        for path in [*(release / "data").iterdir(), release / WAREHOUSE_FILE]:
            known = json.loads((release / "manifest.json").read_text())["files"]
            before = known[path.relative_to(release).as_posix()]["sha256"]
            text = text.replace(before, sha256(path))
        (release / name).write_text(text, encoding="utf-8")
    resum(release)
