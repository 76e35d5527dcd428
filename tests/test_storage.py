"""Whole files or none, and the same bytes for the same values."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.storage.atomic import replacing, swap_in, write_bytes, write_text
from pipeline.storage.formats import csv_line, csv_text, json_line, json_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


# Whole or not at all


def test_a_file_is_written_with_its_folders_and_nothing_else(tmp_path):
    write_text(tmp_path / "a/b/file.txt", "é\r\n")
    assert (tmp_path / "a/b/file.txt").read_bytes() == b"\xc3\xa9\r\n"
    assert names(tmp_path) == ["a", "b", "file.txt"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    write_text(tmp_path / "file.txt", "old")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "file.txt") as unfinished:
        fail(unfinished)
    assert (tmp_path / "file.txt").read_text() == "old"
    assert names(tmp_path) == ["file.txt"]


def test_a_reader_never_sees_half_a_file(tmp_path):
    write_text(tmp_path / "file.txt", "old")
    with replacing(tmp_path / "file.txt") as unfinished:
        unfinished.write_text("half")
        assert (tmp_path / "file.txt").read_text() == "old"
        unfinished.write_text("new")
    assert (tmp_path / "file.txt").read_text() == "new"


def test_a_folder_is_swapped_in_whole(tmp_path):
    with replacing(tmp_path / "made") as unfinished:
        (unfinished / "below").mkdir(parents=True)
        (unfinished / "below/file").write_text("x")
        (unfinished / "link").symlink_to("below")
        assert not (tmp_path / "made").exists()
    assert (tmp_path / "made/link/file").read_text() == "x"
    assert names(tmp_path) == ["below", "file", "link", "made"]


def test_a_folder_with_content_is_not_replaced(tmp_path):
    write_text(tmp_path / "made/file", "old")
    with pytest.raises(OSError, match="not empty"), replacing(tmp_path / "made") as unfinished:
        unfinished.mkdir()
    assert names(tmp_path) == ["file", "made"]


def test_a_link_is_replaced_and_not_followed(tmp_path):
    write_text(tmp_path / "one/file", "1")
    (tmp_path / "latest").symlink_to("one")
    with replacing(tmp_path / "latest") as unfinished:
        unfinished.symlink_to("two")
    assert (tmp_path / "latest").readlink() == Path("two")


@pytest.mark.parametrize("left", ["a file", "a folder", "a link"])
def test_what_a_killed_writer_left_is_taken_over(tmp_path, left):
    unfinished = tmp_path / ".file.txt"
    if left == "a file":
        unfinished.write_text("half")
    elif left == "a folder":
        write_text(unfinished / "below/file", "half")
    else:
        write_text(tmp_path / "elsewhere", "mine")
        unfinished.symlink_to("elsewhere")
    write_text(tmp_path / "file.txt", "new")
    assert (tmp_path / "file.txt").read_text() == "new"
    assert not unfinished.exists()
    assert not (tmp_path / "file.txt").is_symlink()
    if left == "a link":
        assert (tmp_path / "elsewhere").read_text() == "mine", "what it led to is not written"


def test_content_is_on_the_disk_before_the_name_and_the_name_before_the_end(tmp_path, monkeypatch):
    steps: list[str] = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(handle: int) -> None:
        steps.append(f"sync {Path(f'/proc/self/fd/{handle}').readlink().name}")
        real_sync(handle)

    def replace(source: Path, target: Path) -> None:
        steps.append(f"replace {Path(target).name}")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    write_bytes(tmp_path / "file", b"x")
    assert steps == ["sync .file", "replace file", f"sync {tmp_path.name}"]
    steps.clear()
    write_bytes(tmp_path / "file", b"x", durable=False)
    assert steps == ["replace file"]
    steps.clear()
    (tmp_path / "made").mkdir()
    write_bytes(tmp_path / "made/below", b"x", durable=False)
    steps.clear()
    swap_in(tmp_path / "made", tmp_path / "named")
    assert steps == ["sync below", "sync made", "replace named", f"sync {tmp_path.name}"]


# The same values, the same bytes

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=6,
)


def test_json_is_sorted_and_ends_its_line():
    assert json_text({"b": 1, "a": ["é"]}) == '{\n  "a": [\n    "é"\n  ],\n  "b": 1\n}\n'
    assert json_text({"b": 1, "a": 2}, sort_keys=False) == '{\n  "b": 1,\n  "a": 2\n}\n'
    assert json_line({"b": 1, "a": ["é"]}) == '{"a":["é"],"b":1}'


@given(VALUES)
def test_any_value_can_be_written_and_read_again(value):
    for text in (json_text(value), json_line(value)):
        assert json.loads(text.encode()) == value
    assert "\n" not in json_line(value)


def test_a_name_in_no_encoding_can_be_written():
    assert json.loads(json_text({"file": "caf\udce9"}).encode()) == {"file": "caf\udce9"}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_refused(value):
    for write in (json_text, json_line):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write([value])


def test_csv_writes_null_as_nothing_and_quotes_what_would_be_read_otherwise():
    row = [None, "", 1, True, 'a"b', "a,b", "a\rb", "a\nb", " a "]
    assert csv_line(row) == ',,1,true,"a""b","a,b","a\rb","a\nb", a \n'
    assert csv_text([["a"], ["b"]]) == "a\nb\n"
