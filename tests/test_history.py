"""What a release says of the ones before it: changes, changelog, index, withdrawal, citation."""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.defs.build import build
from pipeline.release.changes import compare
from pipeline.release.cite import cite
from pipeline.release.history import read_changes, withdraw
from pipeline.release.released import released_tables
from pipeline.release.verify import verify
from pipeline.release.versions import ReleaseError, latest_release, read_release, withdrawals
from pipeline.storage.lock import LockedError, locked
from pipeline.storage.names import CHANGES, RELEASES
from tests.building import RAW, invoke
from tests.sheets_factory import change, render, write_sheet

MISSOURI = "2023/US-MO/cybertipline_reports_to_law_enforcement"


@pytest.fixture(scope="module")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four sheets, then one added and one changed: the warehouse folder. Tests only read it."""
    folder = tmp_path_factory.mktemp("history")
    raw = shutil.copytree(RAW, folder / "raw")
    build(raw, folder / "warehouse", version="2026.10.1")
    write_sheet(raw / "2023" / "vermont.txt", render("US-VT"))
    missouri = raw / "2023" / "missouri.txt"
    missouri.write_text(change(missouri.read_text(), "10,065", "10,066"))
    build(raw, folder / "warehouse", version="2026.11.1", accept_revisions=True)
    return folder / "warehouse"


def release(warehouse: Path, version: str) -> Path:
    return warehouse / RELEASES / version


def test_changes_name_exactly_the_added_sheet_and_the_changed_figure(two_releases):
    changes = read_changes(release(two_releases, "2026.11.1") / CHANGES)
    revisions = [found for found in changes if found.is_revision]
    assert [found.key for found in revisions] == [(MISSOURI,)]
    assert {key: str(value.normalize()) for key, value in revisions[0].old.items()} == {
        "value": "10065", "lower": "10065", "upper": "10065",
    }  # fmt: skip
    assert revisions[0].reason == "the sheet 2023/missouri.txt is new or has other bytes"
    added = [found.key for found in changes if (found.table, found.op) == ("sheets", "added")]
    assert added == [("2023/vermont.txt",)]
    new = [f.key[0] for f in changes if (f.table, f.op) == ("observations", "added")]
    assert len(new) == 10
    assert all(key.startswith("2023/US-VT/") for key in new)


def test_the_change_class_says_the_worst(two_releases):
    manifest = read_release(release(two_releases, "2026.11.1")).manifest
    assert (manifest["previous"], manifest["change_class"]) == ("2026.10.1", "revision")
    first = read_release(release(two_releases, "2026.10.1")).manifest
    assert (first["previous"], first["change_class"]) == (None, "initial")


def test_the_changelog_keeps_every_entry(two_releases):
    text = (release(two_releases, "2026.11.1") / "CHANGELOG.md").read_text()
    assert text.index("## 2026.11.1: revision") < text.index("## 2026.10.1: initial")
    assert text.count(f"`{MISSOURI}`: value 10065 to 10066") == 1


def test_what_is_written_as_changes_is_read_back(two_releases):
    old, new = (released_tables(release(two_releases, v)) for v in ("2026.10.1", "2026.11.1"))
    written = read_changes(release(two_releases, "2026.11.1") / CHANGES)
    assert written == list(compare(old, new).rows)


def test_index_and_latest_agree(two_releases):
    index = json.loads((two_releases / RELEASES / "index.json").read_text())
    assert index["latest"] == "2026.11.1"
    assert [(r["version"], r["status"]) for r in index["releases"]] == [
        ("2026.10.1", "superseded"), ("2026.11.1", "current"),
    ]  # fmt: skip
    latest = json.loads((two_releases / RELEASES / "latest.json").read_text())
    assert latest["version"] == "2026.11.1"


def test_a_withdrawn_release_stays_and_latest_moves_back(two_releases, tmp_path):
    warehouse = shutil.copytree(two_releases, tmp_path / "w", symlinks=True)
    withdraw(warehouse, "2026.11.1", "Missouri's figure was misread")
    found = latest_release(warehouse)
    assert found is not None
    assert found.version == "2026.10.1"
    index = json.loads((warehouse / RELEASES / "index.json").read_text())
    entry = index["releases"][1]
    assert (entry["status"], entry["reason"]) == ("withdrawn", "Missouri's figure was misread")
    assert release(warehouse, "2026.11.1").is_dir()
    with pytest.raises(ReleaseError, match="withdrawn already"):
        withdraw(warehouse, "2026.11.1", "again")
    with pytest.raises(ReleaseError, match="no such release"):
        withdraw(warehouse, "2020.1.1", "never was")


def test_a_withdrawal_waits_for_whoever_writes_the_warehouse(two_releases, tmp_path):
    warehouse = shutil.copytree(two_releases, tmp_path / "w", symlinks=True)
    with ThreadPoolExecutor(1) as other:
        with locked(warehouse, "a build", patience=0):
            early = other.submit(withdraw, warehouse, "2026.11.1", "misread", patience=0)
            with pytest.raises(LockedError, match="for a build"):
                early.result()
            assert withdrawals(warehouse) == {}
            late = other.submit(withdraw, warehouse, "2026.11.1", "misread")
            time.sleep(0.1)
            assert not late.done()
        late.result(timeout=300)
    assert withdrawals(warehouse) == {"2026.11.1": "misread"}


def test_withdrawing_from_a_mistyped_folder_makes_none(tmp_path):
    with pytest.raises(ReleaseError, match="no such release"):
        withdraw(tmp_path / "w", "2026.11.1", "misread")
    assert not (tmp_path / "w").exists()


def test_a_release_without_its_predecessor_beside_it_still_verifies(two_releases, tmp_path):
    alone = shutil.copytree(release(two_releases, "2026.11.1"), tmp_path / "2026.11.1")
    assert [r.check for r in verify(alone, None) if r.holds is False] == []


def test_a_citation_leads_to_sheet_sentence_and_hash(two_releases):
    text = cite(read_release(release(two_releases, "2026.10.1")), MISSOURI)
    assert "10,065 (exact, published; unit: report)" in text
    assert "2023/missouri.txt, page 1, characters" in text
    assert "In 2023, 10,065 CyberTipline reports were made available" in text
    assert "47c42eb6c5d7b2b13eddd6a51b70916dc98650ea75d8bd98d92070bb042df160" in text


def test_a_citation_of_nothing_is_refused(two_releases):
    with pytest.raises(ReleaseError, match="2023/US-XX/none: no such observation"):
        cite(read_release(release(two_releases, "2026.10.1")), "2023/US-XX/none")


def test_a_national_citation_names_every_sheet_that_prints_it(two_releases):
    text = cite(read_release(release(two_releases, "2026.10.1")), "2023/US/missing_child_cases")
    assert text.count("prints '28,886'") == 4


def test_diff_is_for_people_and_machines(two_releases):
    people = invoke("diff", "2026.10.1", "2026.11.1", "--warehouse", two_releases)
    assert people.returncode == 1
    assert "2026.10.1 to 2026.11.1: revision" in people.stdout
    assert f"{MISSOURI}`: value 10065 to 10066" in people.stdout
    machines = invoke("diff", "2026.10.1", "2026.11.1", "--json", "--warehouse", two_releases)
    found = json.loads(machines.stdout)
    assert found["change_class"] == "revision"
    same = invoke("diff", "2026.11.1", "2026.11.1", "--warehouse", two_releases)
    assert same.returncode == 0
    nowhere = invoke("diff", "2026.10.1", "2020.1.1", "--warehouse", two_releases)
    assert nowhere.returncode == 2
    assert "2020.1.1" in nowhere.stderr


def test_verify_rebuilds_a_release_byte_for_byte(two_releases):
    raw = two_releases.parent / "raw"
    found = invoke("verify", "2026.11.1", "--raw", raw, "--warehouse", two_releases)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "byte for byte" in found.stdout
    # The four real sheets are not what the second release was made of.
    other = invoke("verify", "2026.11.1", "--raw", RAW, "--warehouse", two_releases)
    assert other.returncode == 1
    assert "rebuild_gives_the_same" in other.stdout
