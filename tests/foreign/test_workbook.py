"""The workbook as LibreOffice reads it: every cell of `figures`; skipped where it is not installed."""

from __future__ import annotations

import csv
import dataclasses
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.release.workbook import write_workbook
from pipeline.storage.names import WORKBOOK
from pipeline.tables.figures import FIGURES
from tests.building import ask
from tests.describing import content_of
from tests.tables import frame_of, replaced

pytestmark = [
    pytest.mark.foreign,
    pytest.mark.skipif(
        shutil.which("soffice") is None,
        reason="soffice is not here: apt-get install libreoffice-calc-nogui",
    ),
]

# Comma, double quote, UTF-8, from line 1, no column formats, language of none, quote only where
# needed, numbers as they are and not as shown, no formulas, spaces kept, the second sheet.
TO_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,2"


@pytest.fixture(scope="module")
def release(two_years) -> Path:
    return (two_years / "releases/latest").resolve()


def opened(workbook: Path, folder: Path) -> list[list[str]]:
    """The sheet `figures` as LibreOffice writes it to CSV."""
    done = subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", TO_CSV, "--outdir", folder, workbook],
        capture_output=True, text=True, timeout=170, check=False,
    )  # fmt: skip
    path = folder / f"{workbook.stem}-{FIGURES.name}.csv"
    assert path.is_file(), done.stdout + done.stderr
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def shown(value: object) -> str:
    """A value of the table as a spreadsheet's CSV has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return value
    text = f"{value:f}" if not isinstance(value, int) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def expected(release: Path) -> list[list[str]]:
    order = ", ".join(FIGURES.key)
    rows = ask(release, f"select {', '.join(FIGURES.columns)} from figures order by {order}")
    return [list(FIGURES.columns), *([shown(value) for value in row] for row in rows)]


def test_libreoffice_shows_figures_cell_by_cell(release, tmp_path):
    assert opened(release / WORKBOOK, tmp_path) == expected(release)


def test_a_code_that_became_a_number_would_be_found(release, tmp_path):
    content = content_of(release)
    figures = frame_of(content.tables, FIGURES.name)
    figures["fips"] = figures["fips"].str.lstrip("0")
    tables = replaced(content.tables, tmp_path, {FIGURES: figures})
    write_workbook(dataclasses.replace(content, tables=tables), [], [], tmp_path)
    found = opened(tmp_path / WORKBOOK, tmp_path)
    place = list(FIGURES.columns).index("fips")
    other = [(a[place], b[place]) for a, b in zip(found, expected(release), strict=True) if a != b]
    assert set(other) == {("", "00")}
