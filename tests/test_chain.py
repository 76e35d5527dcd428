"""Releases follow each other by what their manifests say, whatever a clock once said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.build import build
from pipeline.outcome import BuildError
from pipeline.release.history import withdraw, write_index
from pipeline.release.versions import ReleaseError, latest_release, releases
from pipeline.storage.names import INDEX, LATEST, MANIFEST, RELEASES
from tests.building import RAW, VERSION, invoke
from tests.sheets_factory import render, write_sheet


@pytest.fixture
def released(built_warehouse, tmp_path) -> Path:
    """A copy of the four sheets' warehouse, with its one release."""
    return shutil.copytree(built_warehouse, tmp_path / "warehouse", symlinks=True)


def chained(folder: Path, *links: tuple[str, str | None]) -> Path:
    """A warehouse of releases that are manifests alone, each with the one that it follows."""
    for version, previous in links:
        path = folder / RELEASES / version
        path.mkdir(parents=True)
        manifest = {
            "version": version,
            "previous": previous,
            "schema_version": "2.0.0",
            "change_class": "additive",
            "changes": {},
            "tables": {},
        }
        (path / MANIFEST).write_text(json.dumps(manifest))
    return folder


def latest(warehouse: Path) -> str | None:
    found = latest_release(warehouse)
    return found.version if found else None


A, B, C = "2026.9.1", "2026.10.1", "2026.11.1"


@pytest.mark.slow
def test_a_clock_that_was_wrong_once_numbers_no_later_release(released, raw):
    write_sheet(raw / "2023/ohio.txt", render("US-OH"))
    build(raw, released, version="2099.1.1")
    write_sheet(raw / "2023/utah.txt", render("US-UT"))
    outcome = build(raw, released)
    assert not outcome.version.startswith("2099")
    assert [release.version for release in releases(released)] == [
        VERSION,
        "2099.1.1",
        outcome.version,
    ]
    assert latest(released) == outcome.version == (released / RELEASES / LATEST).resolve().name
    assert json.loads((outcome.release / MANIFEST).read_text())["previous"] == "2099.1.1"
    assert build(raw, released).is_new is False


def test_the_end_of_the_chain_is_the_latest_whatever_it_is_called(tmp_path):
    warehouse = chained(tmp_path, (B, A), ("2099.1.1", B), (A, None), (C, "2099.1.1"))
    assert [release.version for release in releases(warehouse)] == [A, B, "2099.1.1", C]
    assert latest(warehouse) == C


def test_two_ends_are_named_and_one_can_be_withdrawn(tmp_path):
    warehouse = chained(tmp_path, (A, None), (B, A), (C, A))
    with pytest.raises(ReleaseError, match=rf"{B} and {C} are followed by none.*withdraw") as two:
        latest_release(warehouse)
    assert "\n" not in str(two.value)
    withdraw(warehouse, B, "a copy of another machine's")
    assert latest(warehouse) == C
    assert [release.version for release in releases(warehouse)] == [A, B, C]


def test_a_withdrawn_end_is_passed_over_and_the_next_follows_what_stood(tmp_path):
    warehouse = chained(tmp_path, (A, None), (B, A))
    withdraw(warehouse, B, "misread")
    assert latest(warehouse) == A
    chained(warehouse, (C, A))
    assert latest(warehouse) == C


@pytest.mark.parametrize("gone", [A, B])
def test_a_missing_link_is_named_and_withdrawing_it_mends_the_chain(tmp_path, gone):
    warehouse = chained(tmp_path, (A, None), (B, A), (C, B))
    write_index(warehouse)
    shutil.rmtree(warehouse / RELEASES / gone)
    with pytest.raises(ReleaseError, match=rf"{gone} is missing, and .* follows it; restore it"):
        latest_release(warehouse)
    withdraw(warehouse, gone, "removed to make room")
    assert latest(warehouse) == C
    entries = json.loads((warehouse / RELEASES / INDEX).read_text())["releases"]
    assert {entry["version"]: entry["status"] for entry in entries} == {
        **dict.fromkeys([A, B], "superseded"),
        gone: "withdrawn",
        C: "current",
    }


def test_an_end_that_was_removed_is_missed(tmp_path):
    warehouse = chained(tmp_path, (A, None), (B, A))
    write_index(warehouse)
    shutil.rmtree(warehouse / RELEASES / B)
    with pytest.raises(ReleaseError, match=rf"{B} is missing, and index\.json lists it"):
        latest_release(warehouse)


def test_a_circle_is_named(tmp_path):
    warehouse = chained(tmp_path, (A, B), (B, A))
    with pytest.raises(ReleaseError, match=rf"{B}, {A} follow each other in a circle"):
        releases(warehouse)


def test_a_broken_chain_ends_a_build_and_is_told_by_the_list(released):
    chained(released, (A, B))
    with pytest.raises(BuildError, match=rf"{B} is missing, and {A} follows it"):
        build(RAW, released)
    found = invoke("releases", "--warehouse", released)
    assert found.returncode == 2
    assert f"{B} is missing" in found.stderr


def damage(release: Path) -> str:
    path = release / "README.md"
    path.write_text(path.read_text() + "more")
    return "README.md has other bytes"


def remove(release: Path) -> str:
    (release / "data/figures.csv").unlink()
    return "data/figures.csv is missing"


def add(release: Path) -> str:
    (release / "more.txt").write_text("more")
    return "more.txt is not listed"


@pytest.mark.parametrize("spoil", [damage, remove, add])
def test_a_released_file_that_has_lost_its_sum_is_told_by_the_next_build(released, raw, spoil):
    said = spoil(released / RELEASES / VERSION)
    for sheets in (RAW, raw):
        with pytest.raises(BuildError, match=f"{VERSION}: the release is damaged: {said}"):
            build(sheets, released)
        write_sheet(raw / "2023/ohio.txt", render("US-OH"))


@pytest.mark.slow
def test_the_next_build_after_a_damaged_release_is_withdrawn_makes_a_new_one(released):
    damage(released / RELEASES / VERSION)
    withdraw(released, VERSION, "damaged")
    assert build(RAW, released).is_new
