"""A newer text of a published sheet waits, the rest is released, and a decision lets it in."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.acceptance import accept, demand_revisions, demand_sheets, revisions
from pipeline.build import BuildSteps, build
from pipeline.outcome import BuildError
from pipeline.rebuild import rebuilding
from pipeline.release.figure_changes import FigureChange, FigureChanges
from pipeline.release.versions import read_release
from pipeline.sheets.acceptances import read_acceptances
from pipeline.sheets.manifest import Origin, read_manifest, write_manifest
from pipeline.tables.files import TableFiles
from tests.building import ask, contents, invoke
from tests.sheets_factory import change, render, write_sheet
from tests.test_command_line import documented

KENTUCKY, OHIO = render("US-KY"), render("US-OH")
REISSUED = change(OHIO, "8,597", "8,598")
FIRST = "2026.10.1"
FIGURE = "select value from observations where observation_id = '2023/US-OH/cybertipline_reports_to_law_enforcement'"
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sheets, released: a folder of raw and warehouse, which tests copy."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "raw").mkdir()
    add(folder, {"kentucky": KENTUCKY, "ohio": OHIO, "vermont": render("US-VT")})
    build(folder / "raw", folder / "warehouse", version=FIRST)
    return folder


@pytest.fixture(scope="module")
def waiting(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a reissued sheet that waits. Tests only read it."""
    folder = shutil.copytree(published, tmp_path_factory.mktemp("waiting") / "at", symlinks=True)
    add(folder, {"ohio.2": REISSUED})
    build(folder / "raw", folder / "warehouse", version="2026.11.1")
    return folder


@pytest.fixture
def at(published: Path, tmp_path: Path) -> Path:
    """A copy of both folders."""
    return shutil.copytree(published, tmp_path / "at", symlinks=True)


def add(folder: Path, sheets: dict[str, str]) -> None:
    """Leave sheets where ``statedata add`` does, each taken a day after the one before."""
    raw = folder / "raw"
    origins = read_manifest(raw)
    for name, text in sheets.items():
        content = write_sheet(raw / f"2023/{name}.txt", text).read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        day = f"2026-01-{len(origins) + 1:02}"
        origins[f"2023/{name}.txt"] = Origin(sha256, "NCMEC", day, len(content))
    write_manifest(raw, origins)


def folders(folder: Path) -> tuple[str, ...]:
    return "--raw", str(folder / "raw"), "--warehouse", str(folder / "warehouse")


def settled(at: Path, **more: bool) -> TableFiles:
    """The tables that a build would release, without the release."""
    steps = BuildSteps(at / "raw", at / "warehouse")
    listing = steps.list(["2023"])
    texts = steps.extract(listing)
    return steps.validate(listing, texts, steps.parse(texts), **more)


def refused(at: Path) -> str:
    """Why a build of what is settled releases nothing."""
    tables = settled(at)
    demand_sheets(tables)
    with pytest.raises(BuildError) as found:
        demand_revisions(revisions(tables, at / "warehouse"), accepted=False)
    return str(found.value)


def asked(tables: TableFiles, query: str) -> list[tuple[Any, ...]]:
    with tables.connection() as connection:
        return connection.execute(query).fetchall()


STATUSES = "select file, status from sheets where status <> 'accepted' order by file"


def test_a_revision_holds_back_itself_and_nothing_else(at):
    inbox = [
        write_sheet(at / "inbox/ohio.txt", REISSUED),
        write_sheet(at / "inbox/utah.txt", render("US-UT")),
    ]
    assert invoke("add", "--raw", at / "raw", *inbox).returncode == 0
    found = invoke("build", *folders(at), "--json")
    said = json.loads(found.stdout)
    assert (found.returncode, said["complete"], said["is_new"]) == (1, False, True)
    assert [(row["check_name"], row["file"]) for row in said["pending"]] == [
        ("newer_texts_are_let_in", "2023/ohio.2.txt")
    ]
    assert (
        "pending: 2023/US-OH (2023/ohio.2.txt): waits, as 2023/ohio.txt is published"
        in found.stderr
    )
    assert ask(at / "warehouse", FIGURE) == [(8597,)]
    assert ask(
        at / "warehouse", "select count(*) from observations where jurisdiction = 'US-UT'"
    ) == [(10,)]
    assert ask(
        at / "warehouse", "select file, status, reason from sheets where status <> 'accepted'"
    ) == [
        ("2023/ohio.2.txt", "pending", "waits for review: it would change figures of 2023/ohio.txt")
    ]
    again = invoke("build", *folders(at))
    assert again.returncode == 1, "nothing has changed, it still waits"
    assert "pending     │ 1 sheets" in again.stdout
    status = json.loads(invoke("status", *folders(at), "--json").stdout)
    (waiting,) = status["left_out"]
    assert (waiting["kind"], waiting["subject"]) == ("pending_sheet", "2023/ohio.2.txt")
    assert waiting["command"].endswith(" 2023/US-OH")
    assert waiting["command"].startswith("statedata accept --raw ")


@pytest.mark.slow
def test_what_is_let_in_is_published_and_every_release_can_be_built_again(waiting, tmp_path):
    at = shutil.copytree(waiting, tmp_path / "at", symlinks=True)
    found = invoke("accept", *folders(at), "2023/US-OH", "--reason", "Reissued, by mail.", "--json")
    assert (found.returncode, found.stderr) == (0, "")
    said = json.loads(found.stdout)
    assert set(said) == documented("accept")
    assert [one["sheet"] for one in said["accepted"]] == ["2023/US-OH"]
    assert said["next"].startswith("statedata build")
    let_in = build(at / "raw", at / "warehouse", version="2026.11.2")
    assert let_in.is_complete
    assert ask(at / "warehouse", STATUSES) == [("2023/ohio.txt", "superseded")]
    assert ask(at / "warehouse", FIGURE) == [(8598,)]
    columns = "sheet_id, left(sha256, 4), left(replaces, 4), reason"
    (one,) = read_acceptances(at / "raw")
    assert ask(at / "warehouse", f"select {columns} from acceptances") == [
        ("2023/US-OH", one.sha256[:4], one.replaces[:4], "Reissued, by mail.")
    ]
    log = (let_in.release / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "8,597 → 8,598 (the sheet 2023/ohio.2.txt counts in the place of 2023/ohio.txt)" in log
    # The raw folder has got more files and decisions since each but the last of them.
    add(at, {"utah": render("US-UT")})
    for version in ("2026.11.1", "2026.11.2"):
        rebuilt(at, version)


def rebuilt(at: Path, version: str) -> None:
    """Build a release again from the raw folder as it is now, and compare every byte."""
    release = read_release(at / "warehouse/releases" / version)
    with rebuilding(at / "raw") as rebuild:
        assert contents(rebuild(release)) == contents(release.path)


@pytest.mark.slow
def test_accepting_all_that_waits_is_the_same_and_is_written_down(waiting, tmp_path):
    at, other = (
        shutil.copytree(waiting, tmp_path / name, symlinks=True) for name in ("at", "other")
    )
    (ours,) = accept(at / "raw", at / "warehouse", ["2023/ohio.2.txt"], TODAY)
    assert read_acceptances(at / "raw") == [ours]
    tables = settled(other, accept_pending=True)
    (theirs,) = read_acceptances(other / "raw")
    assert replace(theirs, accepted=ours.accepted) == ours
    assert (
        asked(tables, STATUSES) == asked(settled(at), STATUSES) == [("2023/ohio.txt", "superseded")]
    )
    assert revisions(tables, other / "warehouse").rows == ()


def test_of_two_that_wait_one_can_be_let_in(at):
    add(at, {"ohio.2": REISSUED, "kentucky.2": change(KENTUCKY, "8,597", "8,596")})
    assert asked(settled(at), STATUSES) == [
        ("2023/kentucky.2.txt", "pending"),
        ("2023/ohio.2.txt", "pending"),
    ]
    accept(at / "raw", at / "warehouse", ["2023/US-KY"], TODAY)
    tables = settled(at)
    assert asked(tables, STATUSES) == [
        ("2023/kentucky.txt", "superseded"),
        ("2023/ohio.2.txt", "pending"),
    ]
    assert revisions(tables, at / "warehouse").rows == ()


def test_a_third_text_overrules_one_that_was_let_in_and_not_published(waiting, tmp_path):
    at = shutil.copytree(waiting, tmp_path / "at", symlinks=True)
    accept(at / "raw", at / "warehouse", ["2023/US-OH"], TODAY)
    add(at, {"ohio.3": change(OHIO, "8,597", "8,599")})
    between = settled(at)
    assert asked(between, STATUSES) == [
        ("2023/ohio.3.txt", "pending"),
        ("2023/ohio.txt", "superseded"),
    ]
    assert asked(between, FIGURE) == [(8598,)]
    accept(at / "raw", at / "warehouse", ["2023/US-OH"], TODAY)
    assert [one.sha256[:4] for one in read_acceptances(at / "raw")] == [
        hashlib.sha256((at / "raw/2023/ohio.3.txt").read_bytes()).hexdigest()[:4]
    ]
    after = settled(at)
    assert asked(after, FIGURE) == [(8599,)]
    assert revisions(after, at / "warehouse").rows == ()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("2023/US-OX", "is no sheet of the last build; after `statedata add`, build first; did you mean 2023/US-OH"),
        ("2023/ohio.txt", "does not wait, it is accepted; pending: 2023/US-OH"),
        ("2023/US-KY", "does not wait, it is accepted; pending: 2023/US-OH"),
        ("nothing", "is no sheet of the last build; after `statedata add`, build first; pending: 2023/US-OH"),
    ],
)  # fmt: skip
def test_what_does_not_wait_is_not_let_in(waiting, name, answer):
    found = invoke("accept", *folders(waiting), "2023/US-OH", name)
    assert found.returncode == 2
    assert found.stderr.replace("\n", " ").startswith(f"{name}: {answer}")
    assert read_acceptances(waiting / "raw") == []


def test_nothing_can_be_let_in_before_a_build(tmp_path):
    found = invoke("accept", *folders(tmp_path), "2023/US-OH")
    assert (found.returncode, found.stdout) == (2, "")
    assert "nothing was built there yet; `statedata build` first" in found.stderr


def test_a_line_that_says_two_things_stops_the_build(waiting, tmp_path):
    at = shutil.copytree(waiting, tmp_path / "at", symlinks=True)
    (at / "raw/acceptances.csv").write_text(
        "sheet,sha256,replaces,accepted,reason\n2023/US-OH,,,,\n"
    )
    with pytest.raises(BuildError, match=r"acceptances\.csv, line 2: has the sha256 ''"):
        build(at / "raw", at / "warehouse")


def test_a_decision_whose_file_is_gone_is_a_warning(waiting, tmp_path):
    at = shutil.copytree(waiting, tmp_path / "at", symlinks=True)
    accept(at / "raw", at / "warehouse", ["2023/US-OH"], TODAY)
    (at / "raw/2023/ohio.2.txt").unlink()
    tables = settled(at)
    ((level, message),) = asked(
        tables,
        "select level, message from checks where not passed and check_name = 'acceptances_apply'",
    )
    assert (level, asked(tables, FIGURE)) == ("warning", [(8597,)])
    assert "no file of this sheet has the sha256" in message
    assert message.endswith("put it back, or remove the line")


# What stops a build all the same


def overwritten(at: Path) -> None:
    write_sheet(at / "raw/2023/ohio.txt", REISSUED)


def spoiled(at: Path) -> None:
    write_sheet(at / "raw/2023/ohio.txt", change(OHIO, "\t21\n", "\t20\n"))


def removed(at: Path) -> None:
    (at / "raw/2023/ohio.txt").unlink()


def outvoted(at: Path) -> None:
    """What was let in prints a national figure that all others contradict."""
    add(at, {"ohio.2": change(OHIO, "27,130", "27,131")})
    settled(at)
    accept(at / "raw", at / "warehouse", ["2023/US-OH"], TODAY)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (overwritten, "a file was overwritten: put the published bytes back under its name"),
        (spoiled, "a sheet is quarantined: `statedata explain` it"),
        (removed, "a sheet is gone: put its file back"),
        (outvoted, "a sheet is quarantined: `statedata explain` it"),
    ],
)
def test_any_other_revision_stops_the_build_and_says_which_it_is(
    at, spoil: Callable[[Path], None], said
):
    spoil(at)
    first, *_, last = refused(at).splitlines()
    assert "removed or changed; `latest` stays. Build with --accept-revisions" in first
    assert last.startswith(f"- {said}")


@pytest.mark.slow
def test_a_national_figure_that_is_tipped_by_what_was_let_in_stops_the_build(at):
    tipped = {
        f"{name}.2": change(text, "27,130", "27,131")
        for name, text in (("kentucky", KENTUCKY), ("ohio", OHIO))
    }
    add(at, tipped)
    assert revisions(settled(at), at / "warehouse").rows == ()
    accept(at / "raw", at / "warehouse", ["2023/US-OH", "2023/US-KY"], TODAY)
    text = refused(at)
    assert "Revised: United States 2023, children identified: 27,130 → 27,131" in text
    assert "Removed: Vermont 2023 (21 figures): the sheet is quarantined" in text
    assert "Ohio" not in text, "the states' own figures are let in"
    assert (
        "- sheets of the year tip a national figure: compare them; one that was let in goes with its line in raw/acceptances.csv (1 of the figures)"
        in text
    )
    (at / "raw/acceptances.csv").unlink()
    assert asked(settled(at), STATUSES) == [
        ("2023/kentucky.2.txt", "pending"),
        ("2023/ohio.2.txt", "pending"),
    ]


def test_a_correction_and_another_reading_are_told_as_such():
    row = ("revised", "2023/US-OH/x", 2023, "US-OH", "Ohio", "x", "X", "1", "2", "why")
    for cause, said in (
        ("correction", "a correction came or went"),
        ("reading", "the program or the catalog reads"),
    ):
        changes = FigureChanges((FigureChange(*row, cause),), {})  # type: ignore[arg-type]  # literals
        with pytest.raises(BuildError, match=said):
            demand_revisions(changes, accepted=False)
        demand_revisions(changes, accepted=True)
