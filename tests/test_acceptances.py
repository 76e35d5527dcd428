"""The file of revisions that were let in: read in one way, or refused with its line and what to do."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sheets.acceptances import (
    Acceptance,
    parse_acceptances,
    read_acceptances,
    versions_let_in,
    write_acceptances,
)
from pipeline.sheets.collect import RawFolderError, list_files

HEAD = "sheet,sha256,replaces,accepted,reason\n"
A, B, C = ("ab" * 32, "cd" * 32, "ef" * 32)
ROW = f"2023/US-OH,{B},{A},2026-11-21,reissued\n"
PATH = Path("raw/acceptances.csv")


def test_what_is_written_is_read_and_is_no_sheet(tmp_path):
    assert read_acceptances(tmp_path) == [], "none is none"
    two = [
        Acceptance("2023/US-OH", B, A, "2026-11-21", 'said "so", by mail'),
        Acceptance("2023/US-OH", C, B, "2026-11-22", ""),
    ]
    write_acceptances(tmp_path, two)
    assert read_acceptances(tmp_path) == two
    assert list_files(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: is missing; begin the file with sheet,sha256,replaces,accepted,reason"),
        ("sheet,sha256\n", "line 1: names no column 'replaces'"),
        (HEAD + "2023/US-OH,x\n", "line 2: has 2 cells, expected 5"),
        (HEAD + ROW.replace("2023/US-OH", "ohio"), "line 2: names the sheet 'ohio', expected a year"),
        (HEAD + ROW.replace(A, A.upper()), "line 2: has the replaces 'ABAB"),
        (HEAD + ROW.replace(B, B[1:]), "line 2: has the sha256 'dcd"),
        (HEAD + ROW.replace("2026-11-21", "21 Nov"), "line 2: has the date '21 Nov', expected one like"),
        (HEAD + ROW.replace("2026-11-21", "20261121"), "line 2: has the date '20261121'"),
        (HEAD + ROW + "\n" + ROW.replace(B, C), "line 4: replaces abababababab of 2023/US-OH a second time"),
        (HEAD + ROW.replace(B, A), "line 2: leads from abababababab of 2023/US-OH back to"),
        (HEAD + ROW + f"2023/US-OH,{C},{B},2026-11-21,\n2023/US-OH,{A},{C},2026-11-21,\n",
         "line 4: leads from abababababab of 2023/US-OH back to efefefefefef"),
        (HEAD + ROW.replace("reissued", '"two\nlines"'), "line 2: holds a control character"),
    ],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_is_refused(text, problem):
    with pytest.raises(RawFolderError) as found:
        parse_acceptances(text.encode(), PATH)
    assert str(found.value).startswith(f"{PATH}, {problem}")


def test_the_same_bytes_of_two_sheets_are_two_matters():
    found = parse_acceptances((HEAD + ROW + ROW.replace("US-OH", "US-UT")).encode(), PATH)
    assert [one.sheet for one in found] == ["2023/US-OH", "2023/US-UT"]
    assert versions_let_in("2023/US-OH", A, found) == [A, B]
    assert versions_let_in("2023/US-OH", C, found) == [C]
    assert versions_let_in("2023/US-IA", A, found) == [A]


@given(st.text(alphabet=st.sampled_from(string.printable + "é\u2028\x00"), max_size=40))
def test_any_reason_comes_back_or_is_refused(reason):
    text = HEAD.encode() + ROW.replace("reissued", '"' + reason.replace('"', '""') + '"').encode()
    if reason.isprintable():
        assert [one.reason for one in parse_acceptances(text, PATH)] == [reason]
    else:
        with pytest.raises(RawFolderError, match="control character or a line break"):
            parse_acceptances(text, PATH)
