"""Batches: what is parsed again, what is not, and that neither that nor where it runs shows."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.batches import executors
from pipeline.batches.executors import ClusterError, Workers, work_through
from pipeline.batches.plan import batches
from pipeline.batches.run import parse_of, take_stock, texts_of
from pipeline.batches.seen import Seen
from pipeline.batches.stages import StageError, Stages
from pipeline.batches.work import PARSE, TEXTS
from pipeline.defs.build import BuildError, build
from pipeline.sheets.collect import RawFolderError, partitions
from pipeline.tables.schema import STATEMENTS
from tests.building import VERSION, contents, invoke
from tests.dying import once_fatal
from tests.sheets_factory import KENTUCKY_2023, NAMES, render, write_sheet

STATES = sorted(NAMES)[:12]


def write_sheets(raw: Path, years=(2023, 2024), states=STATES) -> None:
    for year in years:
        for state in states:
            write_sheet(raw / f"{year}/{state.lower()}.txt", render(state, year))


def worked(raw: Path, warehouse: Path) -> tuple[int, int]:
    """How many sheets a run over all years decodes and parses."""
    stages, years = Stages.of(warehouse), partitions(raw)
    take_stock(raw, stages, years)
    texts = texts_of(raw, stages, years, Workers())
    parsed = parse_of(stages, years, Workers())
    return texts.made, parsed.made


def rewrite(path: Path, text: str) -> None:
    """Write other content, and let the file look as if it had not changed of late."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))


# Which sheets go together

FILES = st.lists(st.text("abc/.0123456789", min_size=1, max_size=8), unique=True).map(sorted)


@given(FILES)
def test_every_file_is_in_one_batch_in_order(files):
    found = [file for place in batches(files) for file in files[place]]
    assert found == files


def test_a_batch_is_bounded_and_a_new_file_changes_no_more_than_two():
    files = sorted(f"{year}/{number:05}.txt" for year in range(4) for number in range(5000))
    before = [tuple(files[place]) for place in batches(files)]
    assert 20 < len(before) < 80
    assert max(map(len, before)) <= 2048
    more = sorted([*files, "2/02500a.txt"])
    after = [tuple(more[place]) for place in batches(more)]
    assert 1 <= len(set(after) - set(before)) <= 2


# What is done again


def test_only_what_has_changed_is_parsed_again(tmp_path):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    write_sheets(raw)
    assert worked(raw, warehouse) == (24, 24)
    assert worked(raw, warehouse) == (0, 0)
    changed = raw / "2024" / f"{STATES[3].lower()}.txt"
    rewrite(changed, render(STATES[3], 2024, local={**KENTUCKY_2023, "faon_connections": "32"}))
    assert worked(raw, warehouse) == (1, 1)
    parts = Stages.of(warehouse).parts(PARSE, "2024")
    printed = [row for part in parts for row in part.read(STATEMENTS)["printed"]]
    assert printed.count("32") == 1
    changed.unlink()
    assert worked(raw, warehouse) == (0, 0)
    write_sheet(raw / "2024/another.txt", render("US-WY", 2024))
    assert worked(raw, warehouse) == (1, 1)


def test_another_catalog_parses_all_and_decodes_none(tmp_path, monkeypatch):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    write_sheets(raw, years=(2023,))
    assert worked(raw, warehouse) == (12, 12)
    from pipeline.batches import run, work
    from pipeline.catalog.load import default_catalog

    other = default_catalog().model_copy(update={"digest": "0" * 64})
    for module in (run, work):
        monkeypatch.setattr(module, "default_catalog", lambda: other)
    assert worked(raw, warehouse) == (0, 12)


def test_with_and_without_what_is_kept_the_bytes_are_the_same(tmp_path):
    raw = tmp_path / "raw"
    write_sheets(raw)
    build(raw, tmp_path / "kept", version="2026.10.1")
    write_sheet(raw / "2024/wyoming.txt", render("US-WY", 2024))
    (raw / "2023" / f"{STATES[0].lower()}.txt").unlink()
    kept = build(raw, tmp_path / "kept", version=VERSION, accept_revisions=True)
    fresh = build(raw, tmp_path / "fresh", version=VERSION)
    same = ("data", "ncmec_state_data.duckdb")
    ours, theirs = ({k: v for k, v in contents(o.release).items() if k.startswith(same)} for o in (kept, fresh))  # fmt: skip
    assert ours == theirs


def test_sheets_outside_folders_of_years_give_the_same_rows(tmp_path):
    tidy, untidy = tmp_path / "tidy", tmp_path / "untidy"
    for number, state in enumerate(STATES):
        write_sheet(tidy / "a" / f"{number:02}.txt", render(state))
        write_sheet(
            untidy / "a" / ("" if number % 2 else "2023") / f"{number:02}.txt", render(state)
        )
    found = [build(raw, tmp_path / f"{raw.name}-w", version=VERSION) for raw in (tidy, untidy)]
    assert [outcome.sheets for outcome in found] == [{"accepted": 12}] * 2
    ours, theirs = (contents(o.release)["data/observations.csv"] for o in found)
    assert ours == theirs


# Torn and missing parts


@pytest.mark.parametrize("spoil", ["cut", "flip", "missing", "no description", "other description"])
def test_a_torn_part_is_made_again(tmp_path, spoil):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    write_sheets(raw, years=(2023,))
    worked(raw, warehouse)
    stages = Stages.of(warehouse)
    (part,) = stages.parts(PARSE)
    whole, path = contents(part.folder), part.path(STATEMENTS)
    content = path.read_bytes()
    match spoil:
        case "cut":
            path.write_bytes(content[:-1])
        case "flip":
            path.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])
        case "missing":
            path.unlink()
        case "no description":
            (part.folder / "part.json").unlink()
        case "other description":
            (part.folder / "part.json").write_text("[]")
    with pytest.raises(StageError, match="the stage parse has lost a part; build all years again"):
        stages.parts(PARSE)
    assert worked(raw, warehouse) == (0, 12)
    (again,) = stages.parts(PARSE)
    assert contents(again.folder) == whole


def test_what_nothing_refers_to_is_spare_and_can_be_removed(tmp_path):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    write_sheets(raw, years=(2023,))
    build(raw, warehouse, version=VERSION)
    write_sheet(raw / "2023/wyoming.txt", render("US-WY"))
    build(raw, warehouse, version="2026.11.2")
    stages = Stages.of(warehouse)
    assert len(stages.spare_parts()) == 2
    shown = invoke("cache", "--warehouse", warehouse)
    assert (shown.returncode, "spare" in shown.stdout) == (0, True)
    assert invoke("cache", "--prune", "--warehouse", warehouse).returncode == 0
    assert stages.spare_parts() == []
    assert worked(raw, warehouse) == (0, 0)
    assert invoke("cache", "--clear", "--warehouse", warehouse).returncode == 0
    assert list(stages.store.parts()) == []
    assert worked(raw, warehouse) == (13, 13)


# Files that have been seen


def seen_twice(path: Path, before_second=lambda: None) -> tuple[bool, str | None]:
    """Whether the second look read the file, and which sha256 it gives."""
    marks = path.parent / "seen.json"
    seen = Seen()
    seen.sheet("a.txt", path, path.parent)
    seen.write(marks)
    before_second()
    found = Seen.read(marks).sheet("a.txt", path, path.parent)
    return found.content is not None, found.sha256


def settled(path: Path) -> None:
    """Wait until the file's change is no longer recent."""
    while time.time_ns() - path.stat().st_ctime_ns < 2_100_000_000:
        time.sleep(0.05)


def test_a_file_is_read_again_only_if_it_may_have_changed(tmp_path):
    path = write_sheet(tmp_path / "raw/a.txt", "one")
    assert seen_twice(path)[0], "a change within the clock's grain could hide"
    settled(path)
    read, before = seen_twice(path)
    assert not read

    def change_in_place() -> None:
        status = path.stat()
        path.write_text("two")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    read, after = seen_twice(path, change_in_place)
    assert read
    assert after != before


@pytest.mark.parametrize("content", ["", "[]", '{"a.txt": 1}', '{"a.txt": [[1], "x"]}', "\0"])
def test_marks_that_cannot_be_read_only_cost_time(tmp_path, content):
    (tmp_path / "seen.json").write_text(content)
    assert Seen.read(tmp_path / "seen.json").known == {}


def test_a_file_that_changes_during_a_build_stops_it(tmp_path):
    raw, stages = tmp_path / "raw", Stages.of(tmp_path / "warehouse")
    write_sheets(raw, years=(2023,))
    take_stock(raw, stages, ["2023"])
    rewrite(raw / "2023" / f"{STATES[0].lower()}.txt", "another text")
    with pytest.raises(
        RawFolderError, match=r"2023/us-ak.txt: changed during the build; build again"
    ):
        texts_of(raw, stages, ["2023"], Workers())


# Where it runs


def test_a_pool_gives_the_bytes_of_one_process(tmp_path, monkeypatch):
    raw = tmp_path / "raw"
    write_sheets(raw, years=(2022, 2023, 2024))
    alone = build(raw, tmp_path / "alone", version=VERSION)
    monkeypatch.setattr(executors, "POOL_FROM", 0)
    pooled = build(raw, tmp_path / "pooled", version=VERSION)
    assert contents(pooled.release) == contents(alone.release)


def test_a_process_that_dies_loses_nothing(tmp_path):
    folders = []
    for name in "ab":
        (tmp_path / name).mkdir()
        folders.append(str(tmp_path / name))
    (tmp_path / "b/mark").touch()
    assert list(
        work_through(once_fatal, ((f, executors.POOL_FROM) for f in folders), Workers())
    ) == [1, 1]


def test_an_exception_of_a_worker_reaches_the_caller(tmp_path):
    with pytest.raises(FileNotFoundError):
        list(work_through(os.stat, [(str(tmp_path / "a"), 1), (str(tmp_path / "b"), 1)], Workers()))


def test_a_scheduler_that_does_not_answer_is_named(raw, tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "_CONNECT_SECONDS", 1)
    monkeypatch.setenv("STATEDATA_SCHEDULER", "tcp://127.0.0.1:9")
    with pytest.raises(
        BuildError, match=r"STATEDATA_SCHEDULER=tcp://127\.0\.0\.1:9: no scheduler answers"
    ):
        build(raw, tmp_path / "warehouse")
    with pytest.raises(ClusterError):
        list(work_through(len, [("a", 1)], Workers("tcp://127.0.0.1:9")))


def test_texts_and_statements_have_parts_of_their_own(tmp_path):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    write_sheets(raw, years=(2023,))
    worked(raw, warehouse)
    stages = Stages.of(warehouse)
    assert [part.rows["sheet_texts"] for part in stages.parts(TEXTS)] == [12]
    assert [part.rows["statements"] for part in stages.parts(PARSE)] == [12 * 21]
