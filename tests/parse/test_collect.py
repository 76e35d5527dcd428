"""Which files lie in the raw folder; nothing in it is passed over silently."""

from __future__ import annotations

import hashlib
import os

import pytest

from pipeline.sheets.collect import (
    MAX_BYTES,
    RawFolderError,
    collect,
    folder_year,
    list_files,
    partitions,
)
from tests.sheets_factory import write_sheet


def collected(raw):
    return {sheet.file: sheet for sheet in collect(raw)}


def test_a_file_comes_with_its_bytes_and_hash(tmp_path):
    write_sheet(tmp_path / "2023" / "ky.txt", "In 2023")
    (sheet,) = collect(tmp_path)
    assert (sheet.file, sheet.size, sheet.content, sheet.problem) == (
        "2023/ky.txt",
        7,
        b"In 2023",
        None,
    )
    assert sheet.sha256 == hashlib.sha256(b"In 2023").hexdigest()


def test_files_come_in_the_order_of_their_names(tmp_path):
    for name in ("2024/a.txt", "2023/b.txt", "2023/B.txt", "2023/sub/a.txt", "z.txt"):
        write_sheet(tmp_path / name)
    assert list(collected(tmp_path)) == ["2023/B.txt", "2023/b.txt", "2023/sub/a.txt", "2024/a.txt", "z.txt"]  # fmt: skip


def test_hidden_files_and_the_manifest_are_no_sheets(tmp_path):
    for name in (".hidden", "2023/.DS_Store", ".git/config", "manifest.csv", "2023/manifest.csv"):
        write_sheet(tmp_path / name)
    assert [file for file, _ in list_files(tmp_path)] == ["2023/manifest.csv"]


def test_a_missing_folder_is_an_error_and_an_empty_one_is_empty(tmp_path):
    assert list(collect(tmp_path)) == []
    with pytest.raises(RawFolderError, match="no such folder; put the sheets there"):
        list(collect(tmp_path / "absent"))
    with pytest.raises(RawFolderError, match="no such folder"):
        list_files(write_sheet(tmp_path / "file.txt"))


def test_a_link_that_stays_in_the_folder_is_read(tmp_path):
    target = write_sheet(tmp_path / "raw" / "2023" / "ky.txt", "In 2023")
    (tmp_path / "raw" / "2023" / "link.txt").symlink_to(target)
    assert collected(tmp_path / "raw")["2023/link.txt"].content == b"In 2023"


def test_a_link_that_leaves_the_folder_is_refused_unread(tmp_path):
    outside = write_sheet(tmp_path / "secret.txt", "private")
    raw = tmp_path / "raw"
    write_sheet(raw / "2023" / "ky.txt")
    (raw / "2023" / "link.txt").symlink_to(outside)
    sheet = collected(raw)["2023/link.txt"]
    assert (sheet.content, sheet.sha256) == (None, None)
    assert sheet.problem == "is a symbolic link that leaves the folder"


def test_a_dangling_link_is_reported(tmp_path):
    (tmp_path / "gone.txt").symlink_to(tmp_path / "absent.txt")
    assert collected(tmp_path)["gone.txt"].problem == "cannot be read: No such file or directory"


def test_a_link_to_itself_is_reported(tmp_path):
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    problem = collected(tmp_path)["loop.txt"].problem
    assert problem == "cannot be read: Too many levels of symbolic links"


def test_a_linked_folder_is_reported_and_not_entered(tmp_path):
    raw = tmp_path / "raw"
    write_sheet(raw / "2023" / "ky.txt")
    (raw / "2024").symlink_to(raw / "2023", target_is_directory=True)
    sheets = collected(raw)
    assert list(sheets) == ["2023/ky.txt", "2024"]
    assert sheets["2024"].problem == "is not a regular file"


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    assert collected(tmp_path)["pipe.txt"].problem == "is not a regular file"


def test_a_file_up_to_the_cap_is_read_and_one_above_it_is_not(tmp_path):
    (tmp_path / "fits.txt").write_bytes(b"a" * MAX_BYTES)
    (tmp_path / "large.txt").write_bytes(b"a" * (MAX_BYTES + 1))
    sheets = collected(tmp_path)
    assert sheets["fits.txt"].problem is None
    assert sheets["large.txt"].content is None
    assert (
        sheets["large.txt"].problem
        == "has 16,777,217 bytes, more than the 16,777,216 a sheet may have"
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("new york.txt", "new york.txt"),
        ("two\nlines.txt", "two\\nlines.txt"),
        ("<script>alert(1)<script>.txt", "<script>alert(1)<script>.txt"),
        ("back\\slash.txt", "back\\\\slash.txt"),
        ("escape\x1b[31m.txt", "escape\\x1b[31m.txt"),
        ("right\u202eto left.txt", "right\\u202eto left.txt"),
        ("Hawai\u02bbi.txt", "Hawai\u02bbi.txt"),
    ],
)
def test_a_strange_name_is_taken_and_shown_harmlessly(tmp_path, name, shown):
    write_sheet(tmp_path / name, "In 2023")
    assert collected(tmp_path)[shown].content == b"In 2023"


def test_a_name_in_no_encoding_is_taken_and_shown_escaped(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"In 2023")
    assert collected(tmp_path)["caf\\udce9.txt"].content == b"In 2023"


@pytest.mark.parametrize(
    ("file", "year"),
    [
        ("2023/ky.txt", 2023),
        ("1998/sub/ky.txt", 1998),
        ("2022/2023/ky.txt", 2023),
        ("2023.txt", None),
        ("ky/2023.txt", None),
        ("20234/ky.txt", None),
        ("1234/ky.txt", None),
    ],
)
def test_only_a_folder_claims_a_year(file, year):
    assert folder_year(file) == year


def test_a_partition_holds_the_files_of_its_year(tmp_path):
    for name in ("2024/a.txt", "2023/b.txt", "c.txt"):
        write_sheet(tmp_path / name)
    assert partitions(tmp_path) == ["2023", "2024", "undated"]
