"""The query page's table: the rows of the release, and a library that is what its license names."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import sqlite3

from pipeline.release.api import plain
from pipeline.site.pages import ASSETS
from pipeline.site.query import database_script
from pipeline.tables.figures import FIGURES
from tests.building import ask
from tests.site.reading import dataset


def opened(script: str) -> bytes:
    packed = re.fullmatch(r'window\.statedataFigures = "([A-Za-z0-9+/=]+)";\n', script)
    return gzip.decompress(base64.b64decode(packed[1]))


def test_the_table_has_every_row_and_column_of_figures(two_years):
    connection = sqlite3.connect(":memory:")
    connection.deserialize(opened(database_script(dataset(two_years))))
    columns = ", ".join(FIGURES.columns)
    query = f"select {columns} from figures order by year, jurisdiction, metric"
    expected = [tuple(plain(value) for value in row) for row in ask(two_years, query)]
    assert len(expected) > 80
    assert connection.execute(query).fetchall() == expected
    assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_no_version_of_sqlite_shows_in_the_table(two_years):
    assert opened(database_script(dataset(two_years)))[92:100] == bytes(8)


def test_the_library_is_the_one_that_its_license_names():
    said = (ASSETS / "sql-wasm-inline.LICENSE.txt").read_text(encoding="utf-8")
    library = (ASSETS / "sql-wasm-inline.js").read_bytes()
    assert f"SHA-256: {hashlib.sha256(library).hexdigest()}" in said
    assert "sql.js 1.16.0" in said
    assert "Permission is hereby granted" in said
