"""What a release says of the ones before it: changes, changelog, index, withdrawal, citation."""

from __future__ import annotations

import csv
import json
import re
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pipeline.build import build
from pipeline.release.changes import changed_rows, compare
from pipeline.release.cite import cite
from pipeline.release.history import read_changes, withdraw, write_index
from pipeline.release.released import released_tables
from pipeline.release.verify import verify
from pipeline.release.versions import ReleaseError, latest_release, read_release, withdrawals
from pipeline.storage.lock import LockedError, locked
from pipeline.storage.names import CHANGES, RELEASES
from pipeline.tables.schema import OBSERVATIONS, STATEMENTS
from tests.building import RAW, invoke
from tests.sheets_factory import change, render, write_sheet
from tests.tables import frame_of, replaced

REPORTS = "CyberTipline reports made available to law enforcement"
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


def test_changes_for_readers_are_a_row_a_figure_as_printed_with_the_reason(two_releases):
    path = release(two_releases, "2026.11.1") / CHANGES
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    (revised,) = [row for row in rows if row["change"] == "revised"]
    assert revised == {
        "change": "revised", "year": "2023", "jurisdiction": "US-MO", "place": "Missouri",
        "metric": MISSOURI.rpartition("/")[2], "title": REPORTS, "old": "10,065", "new": "10,066",
        "reason": "the sheet 2023/missouri.txt has other bytes",
        "observation_id": MISSOURI,
    }  # fmt: skip
    added = [row for row in rows if row["change"] == "added"]
    assert len(rows) == 11
    why = "the sheet 2023/vermont.txt is new"
    assert {(row["place"], row["old"], row["reason"]) for row in added} == {("Vermont", "", why)}
    assert all(row["new"] for row in added)


def test_every_changed_row_is_a_line(two_releases):
    changes = list(read_changes(release(two_releases, "2026.11.1")))
    added = [found.key for found in changes if (found.table, found.op) == ("sheets", "added")]
    assert added == [("2023/vermont.txt",)]
    new = [f.key[0] for f in changes if (f.table, f.op) == ("observations", "added")]
    assert len(new) == 10
    assert all(key.startswith("2023/US-VT/") for key in new)
    manifest = read_release(release(two_releases, "2026.11.1")).manifest
    assert dict(Counter(change.op for change in changes)) == {
        op: count for op, count in manifest["changes"].items() if count
    }


def test_the_change_class_says_the_worst(two_releases):
    manifest = read_release(release(two_releases, "2026.11.1")).manifest
    assert (manifest["previous"], manifest["change_class"]) == ("2026.10.1", "revision")
    first = read_release(release(two_releases, "2026.10.1")).manifest
    assert (first["previous"], first["change_class"]) == (None, "initial")


def test_the_changelog_tells_in_words_what_came_and_what_was_revised(two_releases):
    lines = (release(two_releases, "2026.11.1") / "CHANGELOG.md").read_text().splitlines()
    assert lines[:8] == [
        "# Changelog", "", "## 2026.11.1: revision", "", "Since 2026.10.1:", "",
        "- Added: Vermont 2023 (21 figures).",
        f"- Revised: Missouri 2023, {REPORTS}: 10,065 → 10,066 (the sheet 2023/missouri.txt has other bytes).",
    ]  # fmt: skip
    assert lines[8].startswith("- Rows of all tables that can be compared: ")
    first = lines.index("## 2026.10.1: initial")
    assert lines[first + 2] == "The first release."
    assert "- Added: Missouri 2023 (20 figures)." in lines[first:]
    assert "- Added: United States 2023 (11 figures)." in lines[first:]


def test_what_is_written_as_changes_is_read_back(two_releases):
    old, new = (released_tables(release(two_releases, v)) for v in ("2026.10.1", "2026.11.1"))
    written = list(read_changes(release(two_releases, "2026.11.1")))
    assert written == list(changed_rows(old, new))


def test_a_sheet_that_goes_is_told_with_the_reason(two_releases):
    old, new = (released_tables(release(two_releases, v)) for v in ("2026.11.1", "2026.10.1"))
    lines = compare(old, new).figures.lines()
    assert "Removed: Vermont 2023 (21 figures): the sheet is no longer in the raw folder." in lines


def test_a_sheet_that_is_read_in_another_way_is_told_as_such(two_releases, tmp_path):
    tables = released_tables(release(two_releases, "2026.10.1"))
    read_otherwise = {}
    for table in (OBSERVATIONS, STATEMENTS):
        rows = frame_of(tables, table.name)
        of_state = (rows["jurisdiction"] == "US-MO") & (rows["metric"] == "missing_child_cases")
        place = rows.index[of_state][0]
        rows.loc[place, "qualifier"] = "more_than"
        read_otherwise[table] = rows
    found = compare(tables, replaced(tables, tmp_path, read_otherwise)).figures.lines()
    (line,) = found
    assert re.fullmatch(
        r"Revised: Missouri 2023, missing child cases: ([\d,]+) \(read as \1, exact\) → "
        r"\1 \(read as \1, more_than\) \(the same sheet is read in another way\)\.",
        line,
    )


def test_the_feed_names_sheets_and_revisions_and_is_the_same_each_time(two_releases):
    path = two_releases / RELEASES / "feed.xml"
    before = path.read_bytes()
    write_index(two_releases)
    assert path.read_bytes() == before
    atom = {"a": "http://www.w3.org/2005/Atom"}
    root = ET.fromstring(before)  # noqa: S314  # we wrote it
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    entries = root.findall("a:entry", atom)
    titles = [entry.findtext("a:title", namespaces=atom) for entry in entries]
    assert titles == ["NCMEC State Data 2026.11.1", "NCMEC State Data 2026.10.1"]
    text = entries[0].findtext("a:content", namespaces=atom) or ""
    assert "Added: Vermont 2023 (21 figures)." in text
    assert "10,065 → 10,066" in text
    for each in (root, *entries):
        for name in ("id", "title", "updated"):
            assert len(each.findall(f"a:{name}", atom)) == 1
    assert len({entry.findtext("a:id", namespaces=atom) for entry in entries}) == 2


def test_index_and_latest_agree(two_releases):
    index = json.loads((two_releases / RELEASES / "index.json").read_text())
    assert index["latest"] == "2026.11.1"
    assert [(r["version"], r["status"]) for r in index["releases"]] == [
        ("2026.10.1", "superseded"),
        ("2026.11.1", "current"),
    ]
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


@pytest.mark.slow
def test_a_release_without_its_predecessor_beside_it_still_verifies(two_releases, tmp_path):
    alone = shutil.copytree(release(two_releases, "2026.11.1"), tmp_path / "2026.11.1")
    assert [r.check for r in verify(alone, None) if r.holds is False] == []


def test_a_citation_is_as_printed_and_leads_to_sheet_sentence_and_hash(two_releases):
    text = cite(read_release(release(two_releases, "2026.10.1")), MISSOURI)
    assert f"{REPORTS}, Missouri, 2023: 10,065." in text
    assert "not NCMEC's own dataset" in text
    assert "2023/missouri.txt, page 1, characters" in text
    assert "In 2023, 10,065 CyberTipline reports were made available" in text
    assert "47c42eb6c5d7b2b13eddd6a51b70916dc98650ea75d8bd98d92070bb042df160" in text


def test_a_figure_with_a_bound_is_cited_with_its_words(two_releases):
    found = read_release(release(two_releases, "2026.10.1"))
    text = cite(found, "2023/US/cybertipline_files_received")
    assert ": more than 105 million." in text.splitlines()[0]
    assert "105,000,000" not in text


def test_a_citation_for_a_bibliography(two_releases):
    found = read_release(release(two_releases, "2026.10.1"))
    bibtex = cite(found, MISSOURI, "bibtex")
    assert bibtex.startswith("@misc{ncmec-state-data-2026.10.1-2023-US-MO-")
    assert bibtex.count("{") == bibtex.count("}")
    assert "10,065" in bibtex
    assert "not NCMEC's own dataset" in bibtex
    (entry,) = json.loads(cite(found, MISSOURI, "csl-json"))
    assert (entry["type"], entry["version"], entry["issued"]) == (
        "dataset",
        "2026.10.1",
        {"date-parts": [[2026, 10]]},
    )
    assert "10,065" in entry["title"]
    assert "not NCMEC's own dataset" in entry["note"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("2023/US-OH/missing_child_cases", "the raw folder has no sheet of Ohio 2023"),
        (
            "2023/US-MO/team_adam_incidents",
            "team_adam_incidents is printed of the nation: .*2023/US/team_adam_incidents",
        ),
        (
            "2023/US-KY/team_adam_cases_assisted",
            "the accepted sheet of Kentucky 2023 does not print it",
        ),
        ("2023/US-MO/missing_child_case", "did you mean 2023/US-MO/missing_child_cases"),
        ("2023/missouri/missing_child_cases", "did you mean 2023/US-MO/missing_child_cases"),
        ("US-MO/2023/missing_child_cases", "did you mean 2023/US-MO/missing_child_cases"),
        (
            "2023/US-MO/team_adam_incident",
            "is printed of the nation: .*2023/US/team_adam_incidents",
        ),
        ("2032/US-MO/missing_child_cases", "did you mean 2023/US-MO/missing_child_cases"),
        ("x", "ids look like 2023/US-MO/missing_child_cases"),
    ],
)
def test_a_figure_that_is_not_there_gets_its_reason_or_a_suggestion(two_releases, asked, answer):
    with pytest.raises(ReleaseError, match=f"^{asked}: .*{answer}"):
        cite(read_release(release(two_releases, "2026.10.1")), asked)


def test_a_national_citation_names_every_sheet_that_prints_it(two_releases):
    text = cite(read_release(release(two_releases, "2026.10.1")), "2023/US/missing_child_cases")
    assert text.count("prints '28,886'") == 4


def test_diff_is_for_people_and_machines(two_releases):
    people = invoke("diff", "2026.10.1", "2026.11.1", "--warehouse", two_releases)
    assert people.returncode == 1
    assert "2026.10.1 to 2026.11.1: revision" in people.stdout
    told = people.stdout.splitlines()
    assert told[1] == "Added: Vermont 2023 (21 figures)."
    assert told[2].startswith(f"Revised: Missouri 2023, {REPORTS}: 10,065 → 10,066")
    assert "rows of" in told[4]
    machines = invoke("diff", "2026.10.1", "2026.11.1", "--json", "--warehouse", two_releases)
    found = json.loads(machines.stdout)
    assert found["change_class"] == "revision"
    assert [change["old"] for change in found["figures"] if change["op"] == "revised"] == ["10,065"]
    same = invoke("diff", "2026.11.1", "2026.11.1", "--warehouse", two_releases)
    assert same.returncode == 0
    nowhere = invoke("diff", "2026.10.1", "2020.1.1", "--warehouse", two_releases)
    assert nowhere.returncode == 2
    assert "2020.1.1: no such release; there are 2026.10.1, 2026.11.1" in nowhere.stderr


@pytest.mark.slow
def test_verify_rebuilds_a_release_byte_for_byte(two_releases):
    raw = two_releases.parent / "raw"
    found = invoke("verify", "2026.11.1", "--raw", raw, "--warehouse", two_releases)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "byte for byte" in found.stdout
    # The four real sheets are not what the second release was made of.
    other = invoke("verify", "2026.11.1", "--raw", RAW, "--warehouse", two_releases)
    assert other.returncode == 1
    assert "rebuild_gives_the_same" in other.stdout
