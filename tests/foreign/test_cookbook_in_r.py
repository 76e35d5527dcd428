"""The cookbook's R, by base R alone, gives what its SQL gives; skipped where R is not installed."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.site.server import open_server
from tests.building import ask
from tests.cookbook import ADDRESS, SOURCE, Rows, sections, sql_rows

pytestmark = [
    pytest.mark.foreign,
    pytest.mark.skipif(
        shutil.which("Rscript") is None, reason="Rscript is not here: apt-get install r-base-core"
    ),
]

BEGIN, *QUESTIONS = sections(SOURCE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def release(second_release) -> Path:
    return (second_release / "releases/latest").resolve()


@pytest.fixture(scope="module")
def address(release) -> Iterator[str]:
    with open_server(release, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def answers(release, address, tmp_path_factory) -> dict[str, list[list[str]]]:
    """Head and rows by question, as R writes them to CSV."""
    folder = tmp_path_factory.mktemp("r")
    program = [BEGIN.blocks["r"]]
    for number, section in enumerate(QUESTIONS):
        program.append(section.blocks["r"].replace(ADDRESS, address))
        program.append(
            f'write.csv(answer, "{folder / str(number)}.csv", row.names = FALSE, na = "")\n'
        )
    (folder / "cookbook.R").write_text("".join(program), encoding="utf-8")
    done = subprocess.run(
        ["Rscript", folder / "cookbook.R"],
        cwd=release,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = {}
    for number, section in enumerate(QUESTIONS):
        with (folder / f"{number}.csv").open(encoding="utf-8", newline="") as file:
            found[section.title] = list(csv.reader(file))
    return found


def same(cell: str, value: object) -> bool:
    """Whether R's cell holds the value that SQL found."""
    if value is None or isinstance(value, str):
        return cell == (value or "")
    return cell != "" and float(cell) == pytest.approx(float(value), rel=1e-12)  # type: ignore[arg-type]


def differences(found: list[list[str]], columns: list[str], rows: Rows) -> list[object]:
    """What R gives otherwise than SQL, head and number of rows included."""
    head, *lines = found
    if head != columns or len(lines) != len(rows):
        return [(head, len(lines)), (columns, len(rows))]
    pairs = zip(lines, rows, strict=True)
    return [(line, row) for line, row in pairs if not all(map(same, line, row))]


@pytest.mark.parametrize("section", QUESTIONS, ids=lambda section: section.title)
def test_base_r_gives_what_sql_gives(answers, release, section):
    columns, rows = sql_rows(release, section.blocks["sql"], "")
    assert rows
    assert differences(answers[section.title], columns, rows) == []


def read_in_r(release: Path, code: str, folder: Path) -> list[tuple[str, str]]:
    """FIPS code and wording of every figure, as a line of R reads them."""
    written = folder / "figures.csv"
    program = f'{code}\nwrite.csv(figures[c("fips", "printed")], "{written}", row.names = FALSE, na = "")\n'
    (folder / "read.R").write_text(program, encoding="utf-8")
    done = subprocess.run(
        ["Rscript", folder / "read.R"],
        cwd=release,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with written.open(encoding="utf-8", newline="") as file:
        return [(row["fips"], row["printed"]) for row in csv.DictReader(file)]


def test_the_readmes_line_of_r_keeps_codes_and_wordings(release, tmp_path):
    readme = (release / "README.md").read_text(encoding="utf-8")
    (code,) = [one for one in re.findall(r"```r\n(.*?)```", readme, re.DOTALL) if "read.csv" in one]
    found = read_in_r(release, code, tmp_path)
    asked = "select fips, coalesce(printed, '') from figures order by all"
    assert sorted(found) == ask(release, asked)
    without = re.sub(r", colClasses = c\(.*?\)", "", code)
    assert without != code
    assert sorted(read_in_r(release, without, tmp_path)) != ask(release, asked)


def test_another_answer_would_be_found():
    columns, rows = ["printed", "upper"], [("more than 9,000", None), ("49", 49)]
    right = [columns, ["more than 9,000", ""], ["49", "49"]]
    assert differences(right, columns, rows) == []
    for wrong in (
        [columns, ["9000", ""], ["49", "49"]],
        [columns, ["more than 9,000", "9000"], ["49", "49"]],
        [columns, ["more than 9,000", ""], ["49", "50"]],
        [columns, ["more than 9,000", ""]],
        [["printed", "at_most"], *right[1:]],
    ):
        assert differences(wrong, columns, rows) != []
