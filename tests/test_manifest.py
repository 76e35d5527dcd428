"""The manifest: read in one way by whoever reads it, or refused with its line and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.build import build
from pipeline.intake.snapshot import open_folder
from pipeline.outcome import BuildError
from pipeline.sheets.collect import RawFolderError
from pipeline.sheets.manifest import (
    Origin,
    check_manifest,
    parse_manifest,
    read_manifest,
    write_manifest,
)
from tests.building import invoke
from tests.sheets_factory import render, write_sheet

HEAD = b"file,sha256,bytes,origin,retrieved\n"
SHA = "ab" * 32
ROW = f"2023/ohio.txt,{SHA},5,NCMEC,2026-11-21\n".encode()
PATH = Path("raw/manifest.csv")


def refused(content: bytes) -> str:
    with pytest.raises(RawFolderError) as found:
        parse_manifest(content, PATH)
    return str(found.value)


# What is read


def test_it_records_hash_size_origin_and_time_by_file(tmp_path):
    assert read_manifest(tmp_path) == {}, "none is none"
    (tmp_path / "manifest.csv").write_bytes(HEAD + ROW)
    assert read_manifest(tmp_path) == {"2023/ohio.txt": Origin(SHA, "NCMEC", "2026-11-21", 5)}


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + HEAD + ROW,
        (HEAD + ROW).replace(b"\n", b"\r\n"),
        (HEAD + ROW).replace(b"\n", b"\r"),
        b"\n\n" + HEAD + b"\r\n" + ROW.rstrip(),
        HEAD + ROW.replace(b"NCMEC", b'"NCMEC"'),
    ],
    ids=["byte order mark", "CRLF", "CR", "empty lines, no end", "quotes"],
)
def test_however_a_spreadsheet_saves_it_it_is_the_same(content):
    assert parse_manifest(content, PATH) == parse_manifest(HEAD + ROW, PATH)


def test_columns_come_in_any_order_and_the_size_may_be_missing():
    content = f"retrieved,origin,file,sha256\n,,2023/ohio.txt,{SHA}\n".encode()
    assert parse_manifest(content, PATH) == {"2023/ohio.txt": Origin(SHA, "", "")}


@pytest.mark.parametrize("date", ["", "2026-11-21", "2024-02-29", "2026-11-21T06:30:05Z"])
def test_a_date_is_a_day_or_a_second_in_utc_or_unknown(date):
    content = HEAD + ROW.replace(b"2026-11-21", date.encode())
    assert parse_manifest(content, PATH)["2023/ohio.txt"].retrieved == date


# What is refused

LINES = {
    "short row": (HEAD + ROW + b"2023/b.txt,x\n", 3, "has 2 cells, expected 5; write one for each of file,sha256"),
    "long row": (HEAD + ROW.replace(b"NCMEC", b"NCMEC, by mail"), 2, "has 6 cells, expected 5"),
    "short row behind an empty line": (HEAD + b"\n" + ROW + b"x\n", 4, "has 1 cells"),
    "missing column": (b"file,origin,retrieved\n", 1, "names no column 'sha256', expected file,sha256,bytes"),
    "unknown column": (HEAD.replace(b"bytes", b"reviewed_by"), 1, "names the column 'reviewed_by', expected"),
    "column twice": (b"file,file,sha256,origin,retrieved\n", 1, "names the column 'file' twice"),
    "no header": (b"", 1, "is missing; begin the file with file,sha256,bytes,origin,retrieved"),
    "row for a header": (ROW, 1, "names no column 'file'"),
    "not UTF-8": (HEAD + ROW + b"2023/b.txt,\xff", 3, "is not UTF-8; save the file as UTF-8"),
    "UTF-16": ((HEAD + ROW).decode().encode("utf-16"), 1, "is not UTF-8"),
    "NUL": (HEAD + ROW.replace(b"NCMEC", b"NC\0MEC"), 2, "holds a control character"),
    "line break in a cell": (HEAD + ROW.replace(b"NCMEC", b'"NC\nMEC"'), 2, "holds a control character or a line break"),
    "open quote": (HEAD + ROW.replace(b"NCMEC", b'"NCMEC'), 2, "is no CSV"),
    "text behind a quote": (HEAD + ROW + ROW.replace(b"NCMEC", b'"NC"MEC'), 3, "is no CSV"),
    "endless cell": (HEAD + ROW.replace(b"NCMEC", b"x" * 200_000), 2, "is no CSV"),
    "endless name": (HEAD + ROW.replace(b"ohio", b"x" * 5_000), 2, "expected a path within the raw folder"),
    "endless column": (b"x" * 5_000 + b",file,sha256,origin,retrieved\n", 1, "names the column 'xxx"),
    "file twice": (HEAD + ROW + ROW, 3, "lists 2023/ohio.txt a second time; keep one of the lines"),
    "hash in upper case": (HEAD + ROW.replace(b"ab", b"AB"), 2, "expected 64 of 0-9 and a-f"),
    "short hash": (HEAD + ROW.replace(b"abab", b"ab", 1), 2, "expected 64 of 0-9 and a-f"),
    "no hash": (HEAD + ROW.replace(SHA.encode(), b""), 2, "has the sha256 '', expected 64"),
    "size in words": (HEAD + ROW.replace(b",5,", b",5 kB,"), 2, "has the bytes '5 kB', expected a whole number"),
    "size with other digits": (HEAD + ROW.replace(b",5,", ",\u0665,".encode()), 2, "has the bytes"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "line", "problem"), LINES.values(), ids=LINES)
def test_a_line_that_can_be_read_in_two_ways_is_refused_by_its_number(content, line, problem):
    said = refused(content)
    assert said.startswith(f"raw/manifest.csv, line {line}: ")
    assert problem in said
    assert len(said) < 500


@pytest.mark.parametrize(
    "file",
    ["", "/etc/passwd", "../2023/ohio.txt", "2023/../../ohio.txt", "./ohio.txt", "2023//ohio.txt", "2023/"],
)  # fmt: skip
def test_a_path_outside_the_folder_or_written_in_two_ways_is_refused(file):
    content = HEAD + ROW.replace(b"2023/ohio.txt", file.encode())
    expected = (
        f"line 2: lists {file!r}, expected a path within the raw folder such as 2023/ohio.txt"
    )
    assert expected in refused(content)


@pytest.mark.parametrize(
    "date",
    ["9/1/2024", "2024-9-1", "20240901", "2024-W36-7", "2024-02-30", "2024-13-01", "yesterday",
     "2026-11-21T06:30:05", "2026-11-21T06:30:05+01:00", "2026-11-21T06:30:05.5Z",
     "2026-11-21T24:61:00Z", "2026-11-21 06:30:05Z", "2026-11-21T06:30Z", "\u0662026-11-21", " "],
)  # fmt: skip
def test_a_date_that_does_not_sort_by_time_as_it_stands_is_refused(date):
    content = HEAD + ROW.replace(b"2026-11-21", date.encode())
    expected = (
        f"line 2: has the date {date!r}, expected one like 2026-11-21 or 2026-11-21T06:30:00Z"
    )
    assert expected in refused(content)


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling link"])
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path, kind):
    path = tmp_path / "manifest.csv"
    {
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "dangling link": lambda: path.symlink_to("x"),
    }[kind]()
    with pytest.raises(RawFolderError, match=r"manifest\.csv: is not a regular file; put the"):
        read_manifest(tmp_path)


# Whoever reads it


@pytest.mark.parametrize(
    "content",
    [HEAD + b"2023/ohio.txt,x\n", b"\0\xff", HEAD + ROW.replace(b"2026-11-21", b"9/1/2024")],
    ids=["two cells", "binary", "date"],
)
def test_build_and_add_refuse_it_in_one_line_with_nothing_made(raw, tmp_path, content):
    (raw / "manifest.csv").write_bytes(content)
    sheet = write_sheet(tmp_path / "new.txt", render("US-OH"))
    built = invoke("build", "--raw", raw, "--warehouse", tmp_path / "warehouse")
    added = invoke("add", "--raw", raw, sheet)
    assert (built.returncode, added.returncode) == (2, 2)
    assert built.stderr == f"nothing released: {added.stderr}"
    assert added.stderr.startswith(f"{raw}/manifest.csv, line ")
    assert len(added.stderr.splitlines()) == 1
    assert (raw / "manifest.csv").read_bytes() == content
    assert not (raw / "2023/ohio.txt").exists()
    assert not (tmp_path / "warehouse/releases").exists()


CELLS = st.sampled_from(
    ["2023/ohio.txt", "../x", SHA, SHA.upper(), "5", "", "NCMEC", "2026-11-21", "9/1/2024", '"', '"a",', "\0", "\n", "é", "\ufeff"]
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=6).map(",".join), max_size=3).map("\n".join)


@settings(max_examples=200)
@given(content=st.binary(max_size=60) | ROWS.map(lambda rows: HEAD + rows.encode()))
@example(content=b"")
@example(content=HEAD)
@example(content=HEAD + ROW)
@example(content=HEAD + b"\xef\xbb\xbf" + ROW)
@example(content=HEAD + b"2023/ohio.txt,x\n")
def test_whatever_bytes_it_holds_build_and_add_agree(tmp_path_factory, content):
    """Both go on with the same entries, or both stop with the same line."""
    raw = tmp_path_factory.mktemp("raw")
    (raw / "2023").mkdir()
    (raw / "2023/ohio.txt").write_bytes(b"no sheet")
    (raw / "manifest.csv").write_bytes(content)
    said = None
    try:
        with open_folder(raw) as folder:
            entries = folder.origins
    except RawFolderError as error:
        said = str(error)
    if said is None:
        assert read_manifest(raw) == entries, "what the build reads"
        return
    assert "\n" not in said
    with pytest.raises(BuildError) as found:
        build(raw, raw.parent / "warehouse")
    assert str(found.value) == said


FILES = st.lists(
    st.text(
        st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]), min_size=1, max_size=6
    ).filter(lambda part: part not in (".", "..") and part.isprintable() and "/" not in part),
    min_size=1,
    max_size=2,
).map("/".join)
ORIGINS = st.builds(
    Origin,
    st.just(SHA),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8),
    st.sampled_from(["", "2026-11-21", "2026-11-21T06:30:05Z"]),
    st.none() | st.integers(0, 10**9),
)


@given(st.dictionaries(FILES, ORIGINS, max_size=4))
def test_what_is_written_is_read_again_as_it_was(tmp_path_factory, origins):
    raw = tmp_path_factory.mktemp("raw")
    write_manifest(raw, origins)
    assert read_manifest(raw) == origins
    written = (raw / "manifest.csv").read_bytes()
    write_manifest(raw, dict(reversed(origins.items())))
    assert (raw / "manifest.csv").read_bytes() == written, "in the order of the names"


# What it lists, and what lies there


def test_a_folder_without_a_manifest_has_nothing_to_agree_with(tmp_path):
    write_sheet(tmp_path / "2023/ky.txt")
    assert check_manifest(tmp_path) == []


def test_lost_and_gone_files_are_named(raw):
    (finding,) = check_manifest(raw)
    assert (finding.passed, finding.message) == (True, "manifest.csv: 4 files, each with its entry")
    (raw / "2023/kentucky.txt").rename(raw / "2023/ky.txt")
    lost, gone = check_manifest(raw)
    assert lost.message == (
        "manifest.csv: no entry for 2023/ky.txt; give the files to `statedata add`, or write their "
        "lines with their origin"
    )
    assert gone.message == (
        "manifest.csv: no file for the entries 2023/kentucky.txt; restore the files, or remove their lines"
    )
    assert not lost.passed
    assert not gone.passed


def test_many_lost_files_are_named_up_to_twenty(raw):
    for number in range(25):
        write_sheet(raw / f"2023/{number:02}.txt")
    (finding,) = check_manifest(raw)
    assert finding.found is not None
    assert finding.found.startswith("2023/00.txt, 2023/01.txt, ")
    assert finding.found.endswith(", 2023/19.txt and 5 more")


def test_a_build_warns_of_them_and_releases(raw, warehouse):
    write_sheet(raw / "2023/ohio.txt", render("US-OH"))
    outcome = build(raw, warehouse)
    assert outcome.is_complete
    (warning,) = outcome.warnings
    assert warning.check_name == "manifest_is_complete"
    assert "no entry for 2023/ohio.txt;" in warning.message
