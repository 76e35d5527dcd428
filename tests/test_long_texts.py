"""Long texts leave nothing of the process's memory in the DuckDB file, and read back whole."""

from __future__ import annotations

from hashlib import sha256

import duckdb
import pyarrow
import pytest

from pipeline.catalog.load import default_catalog
from pipeline.stages import Stages
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.schema import SHEETS
from pipeline.warehouse.load import BLOCK_SIZE, STORAGE_VERSION, write_database
from pipeline.warehouse.long_texts import blocks_of_long_texts, clear_behind_long_texts
from tests.tables import frame_of, replaced

ROOM = BLOCK_SIZE - 16
"""Bytes of texts and their lengths in a block: what its checksum and its last word leave."""


def work(rows):
    """Something for DuckDB to do, which leaves its traces in memory."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"create table t as select 'Z' || repeat('QWERTY', {rows // 9}) as s from range({rows})"
        )
        connection.execute("select count(distinct s) from t").fetchall()


def write_texts(texts, path):
    """Write a file with a table of texts, and clear it."""
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("set force_compression = 'uncompressed'")
        connection.execute(
            f"attach '{path}' as w (storage_version '{STORAGE_VERSION}', block_size {BLOCK_SIZE})"
        )
        connection.execute("use w")
        connection.register(
            "given", pyarrow.table({"text": pyarrow.array(texts, pyarrow.string())})
        )
        connection.execute("create table texts (text varchar)")
        connection.execute("insert into texts from given")
        connection.execute("checkpoint")
        runs = blocks_of_long_texts(connection, ["texts"])
        connection.execute("use memory")
        connection.execute("detach w")
    clear_behind_long_texts(path, runs, BLOCK_SIZE)


def test_what_the_process_did_before_does_not_show_in_the_warehouse(built_warehouse, tmp_path):
    tables = Stages.of(built_warehouse).validated()
    # The long texts together have to fit into one block: then none of them goes on in another.
    sheets = frame_of(tables, "sheets")
    sheets["text"] = [sheets["text"][0], *(text[:100] for text in sheets["text"][1:])]
    tables = replaced(tables, tmp_path, {SHEETS: sheets})
    found = set()
    for rows in (5, 1000, 2500, 4000):
        work(rows)
        path = tmp_path / str(rows) / WAREHOUSE_FILE
        path.parent.mkdir()
        write_database(tables, default_catalog(), path)
        found.add(sha256(path.read_bytes()).hexdigest())
    assert len(found) == 1


@pytest.mark.parametrize("left", [*range(-2, 14), ROOM // 2])
def test_texts_read_back_wherever_one_ends_in_its_block(left, tmp_path):
    texts = ["x" * (ROOM - 4 - left), "y" * 5000, "short", None, "ä" * ROOM, "z" * 4096]
    found = set()
    for rows in (5, 700):
        work(rows)
        path = tmp_path / f"{rows}.duckdb"
        write_texts(texts, path)
        with duckdb.connect(str(path), read_only=True) as connection:
            assert connection.execute("from texts").fetchall() == [(text,) for text in texts]
        found.add(path.read_bytes())
    assert len(found) == 1
