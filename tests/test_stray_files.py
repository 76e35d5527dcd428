"""Files that are no sheets, or hardly any: the others are released, and the reason is short."""

from __future__ import annotations

import shutil

import pytest

from pipeline.build import build
from pipeline.tables.files import TableFiles
from pipeline.tables.frames import frame, records
from pipeline.tables.schema import CHECKS, NUMERALS, STATEMENTS
from pipeline.validate.check_rows import LISTED
from tests.building import RAW, ask, invoke
from tests.tables import table_files

FOREIGN = "is no state fact sheet: no title with a state"
ONE_SENTENCE = "In 2023, NCMEC received more than 18,400 reports relating to child sex trafficking."
HEADER = "In 2023, NCMEC handled 199 cases of missing children from Kentucky as follows:\n\n"

STRAY = {
    "2001/word.txt": "hello",
    "2002/numeral.txt": "7",
    "2003/line.txt": "Minutes of the meeting of 3 May, 12 present\n",
    "2004/sentence.txt": ONE_SENTENCE,
    "2005/numerals.txt": " ".join(str(number) for number in range(1000, 13_000)),
    "2006/headers.txt": HEADER * 800,
    "2007/empty.txt": "",
    "2008/blank.txt": " \n\n ",
    "stray.md": "# Notes\n\nNothing here.\n",
}
"""Each in a folder of its own, so that no other sheet's rows stand in a batch beside its few."""


@pytest.fixture(scope="module")
def strayed(tmp_path_factory):
    """The four sheets among stray files: what the command said, and the warehouse."""
    folder = tmp_path_factory.mktemp("strayed")
    shutil.copytree(RAW, folder / "raw")
    for file, text in STRAY.items():
        (folder / "raw" / file).parent.mkdir(exist_ok=True)
        (folder / "raw" / file).write_text(text, encoding="utf-8")
    return build(folder / "raw", folder / "warehouse"), folder / "warehouse"


def reason(folder, file: str) -> str:
    ((text,),) = ask(folder, f"select reason from sheets where file = '{file}'")
    return text


def test_stray_files_are_quarantined_and_the_four_sheets_released(strayed, built_warehouse):
    outcome, folder = strayed
    assert outcome.sheets == {"accepted": 4, "quarantined": len(STRAY)}
    assert {row.file for row in outcome.quarantine} == set(STRAY)
    published = "select * exclude (statements) from observations order by observation_id"
    assert ask(folder, published) == ask(built_warehouse, published)


@pytest.mark.parametrize(
    "file", ["2001/word.txt", "2003/line.txt", "2005/numerals.txt", "stray.md"]
)
def test_a_foreign_text_is_called_one_before_anything_else(strayed, file):
    outcome, folder = strayed
    assert reason(folder, file).startswith(f"{file}: {FOREIGN}")
    assert [row.check_name for row in outcome.quarantine if row.file == file] == [
        "is_a_state_fact_sheet"
    ]


@pytest.mark.parametrize("file", ["2004/sentence.txt", "2006/headers.txt"])
def test_a_text_with_a_known_sentence_is_not_called_foreign(strayed, file):
    assert FOREIGN not in reason(strayed[1], file)


def test_reasons_are_short_however_much_is_wrong(strayed):
    outcome, folder = strayed
    for file in STRAY:
        assert len(reason(folder, file)) < 4_000
    assert all(len(row.message) < 1_000 for row in outcome.quarantine)
    (most,) = ask(
        folder,
        "select max(failures) from (select count(*) as failures from quarantine group by file, check_name)",
    )
    assert most <= (LISTED + 1,)


def test_failures_are_listed_up_to_a_number_and_the_last_says_how_many_more(strayed):
    _, folder = strayed
    listed = ask(
        folder,
        "select message, found from checks where file = '2005/numerals.txt' and not passed "
        "and check_name = 'numerals_are_accounted_for' order by length(check_id), check_id",
    )
    assert len(listed) == LISTED + 1
    assert listed[-1] == (
        "2005/numerals.txt: 11,950 more failures of numerals_are_accounted_for, of which the "
        "first 50 are listed; mend those and build again",
        "11,950 more",
    )
    counted = "select count(*) from numerals where file = '2005/numerals.txt'"
    assert ask(folder, counted) == [(12_000,)]  # the ledger itself has them all


@pytest.mark.slow
def test_the_command_ends_with_1_beside_a_text_of_one_line(tmp_path):
    raw = shutil.copytree(RAW, tmp_path / "raw")
    (raw / "2019").mkdir()
    (raw / "2019/x.txt").write_text("1 thing", encoding="utf-8")
    found = invoke("build", "--raw", raw, "--warehouse", tmp_path / "warehouse")
    assert found.returncode == 1, found.stderr
    assert "2019/x.txt: is no state fact sheet" in found.stderr
    assert "4 accepted, 1 quarantined" in found.stdout


@pytest.mark.parametrize("table", [STATEMENTS, NUMERALS, CHECKS], ids=lambda table: table.name)
def test_tables_of_no_rows_are_read_as_tables_of_some(tmp_path, table):
    empty: TableFiles = table_files(tmp_path, {table: frame(table, [])})
    with empty.connection() as connection:
        assert connection.execute(f"select count(*) from {table.name}").fetchone() == (0,)
    assert records(frame(table, [])) == []
