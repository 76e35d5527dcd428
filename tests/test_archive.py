"""Old releases are packed and brought back; the chain, the list and the checks know of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.release.archive import pack_old, unpack
from pipeline.release.history import withdraw, write_index
from pipeline.release.versions import ReleaseError, latest_release, releases
from pipeline.storage.names import ARCHIVE, FEED, INDEX, RELEASES
from tests.building import VERSION, contents, invoke

NEWER = "2026.12.1"


@pytest.fixture
def two(second_release: Path, tmp_path: Path) -> Path:
    """A warehouse folder of two releases, without the rest."""
    copy = tmp_path / "warehouse"
    shutil.copytree(second_release / RELEASES, copy / RELEASES, symlinks=True)
    return copy


def test_what_is_packed_stays_in_the_list_and_comes_back_byte_for_byte(two):
    before, index = contents(two / RELEASES / VERSION), (two / RELEASES / INDEX).read_bytes()
    found = invoke("archive", "--warehouse", two, "--keep", "1")
    assert found.returncode == 0, found.stderr
    assert (
        f"packed: {two}/releases/archive/{VERSION}/ncmec-state-data-{VERSION}.tar.gz"
        in found.stdout
    )
    assert not (two / RELEASES / VERSION).exists()
    kept = {path.name for path in (two / RELEASES / ARCHIVE / VERSION).iterdir()}
    assert kept == {"manifest.json", "CHANGELOG.md", "SHA256SUMS", f"ncmec-state-data-{VERSION}.tar.gz"}  # fmt: skip
    listed = json.loads(invoke("releases", "--warehouse", two, "--json").stdout)
    assert listed["latest"] == NEWER
    assert [(one["version"], one["archived"]) for one in listed["releases"]] == [
        (VERSION, True),
        (NEWER, False),
    ]
    assert f"│ {VERSION} " in invoke("releases", "--warehouse", two).stdout
    assert [one.version for one in releases(two)] == [VERSION, NEWER]
    assert [one.digests != {} for one in releases(two)] == [True, True]
    feed = (two / RELEASES / FEED).read_bytes()
    write_index(two)
    assert (two / RELEASES / INDEX).read_bytes() == index, "where it is published it is still whole"
    assert (two / RELEASES / FEED).read_bytes() == feed
    assert "nothing to pack" in invoke("archive", "--warehouse", two, "--keep", "1").stdout
    back = invoke("archive", "--warehouse", two, "--unpack", VERSION)
    assert back.returncode == 0, back.stderr
    assert contents(two / RELEASES / VERSION) == before
    assert not (two / RELEASES / ARCHIVE / VERSION).exists()
    assert all(
        path.stat().st_mode & 0o444 == 0o444 for path in (two / RELEASES / VERSION).rglob("*")
    )


def test_an_archive_has_the_same_bytes_each_time(two, tmp_path):
    other = shutil.copytree(two, tmp_path / "other", symlinks=True)
    (first,), (second,) = pack_old(two, 1), pack_old(other, 1)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    "command",
    [["diff", VERSION, NEWER], ["verify", VERSION], ["cite", "x", "--release", VERSION],
     ["site", VERSION], ["publish", VERSION, "target"]],
    ids=lambda words: words[0],
)  # fmt: skip
def test_a_command_on_a_packed_release_says_how_to_unpack_it(two, command):
    pack_old(two, 1)
    found = invoke(*command, "--warehouse", two)
    assert found.returncode == 2
    assert found.stderr.replace("\n", " ").startswith(
        f"{VERSION} is archived; `statedata archive --unpack {VERSION}` brings it back"
    )


@pytest.mark.slow
def test_where_the_release_before_is_packed_verify_says_what_was_not_checked(two, raw):
    pack_old(two, 1)
    found = invoke("verify", NEWER, "--warehouse", two, "--raw", raw, "--json")
    assert found.returncode == 3
    said = {one["check"]: one for one in json.loads(found.stdout)["checks"]}
    assert {name for name, one in said.items() if one["status"] == "not comparable"} == {
        "changes_lead_from_the_release_before",
        "rebuild_gives_the_same",
    }
    assert {one["status"] for one in said.values()} == {"holds", "not comparable"}
    history = said["changes_lead_from_the_release_before"]["detail"]
    assert history.startswith("history was not checked: 2026.11.1 is archived")


@pytest.mark.slow
def test_a_target_that_lacks_a_packed_release_is_told(two, tmp_path):
    pack_old(two, 1)
    found = invoke("publish", NEWER, tmp_path / "target", "--warehouse", two)
    assert found.returncode == 2
    assert f"the target lacks {VERSION}, and {VERSION} is archived" in found.stderr.replace(
        "\n", " "
    )


def test_the_latest_that_stands_is_never_packed(two):
    withdraw(two, NEWER, "a forgery")
    assert pack_old(two, 1) == []
    assert latest_release(two).version == VERSION  # type: ignore[union-attr]  # it stands


def test_what_is_to_be_the_latest_and_is_packed_is_asked_for(two):
    pack_old(two, 1)
    with pytest.raises(ReleaseError, match=f"{VERSION} is archived; `statedata archive --unpack"):
        withdraw(two, NEWER, "a forgery")
    unpack(two, VERSION)
    assert json.loads((two / RELEASES / INDEX).read_text(encoding="utf-8"))["latest"] == VERSION


def test_a_damaged_archive_or_release_changes_nothing(two):
    page = two / RELEASES / VERSION / "README.md"
    content = page.read_bytes()
    page.write_bytes(content + b" ")
    with pytest.raises(ReleaseError, match="the release is damaged"):
        pack_old(two, 1)
    assert page.exists()
    page.write_bytes(content)
    (packed,) = pack_old(two, 1)
    whole = packed.read_bytes()
    for spoiled in (whole[:-1000], whole[:5000] + b"x" + whole[5001:]):
        packed.write_bytes(spoiled)
        with pytest.raises(ReleaseError):
            unpack(two, VERSION)
        assert packed.exists()
        assert not (two / RELEASES / VERSION).exists()
    assert not list((two / RELEASES).glob(".building-*"))
    packed.write_bytes(whole)
    assert unpack(two, VERSION).is_dir()


def test_a_run_that_was_ended_before_the_folder_was_gone_is_finished(two):
    folder = two / RELEASES / VERSION
    copy = shutil.copytree(folder, two / "copy")
    pack_old(two, 1)
    shutil.move(copy, folder)
    assert [one.is_archived for one in releases(two)] == [False, False]
    assert len(pack_old(two, 1)) == 1
    assert not folder.exists()


@pytest.mark.parametrize("version", ["2020.1.1", "../.."])
def test_what_is_no_archive_is_refused(two, version):
    found = invoke("archive", "--warehouse", two, "--unpack", version)
    assert found.returncode == 2
    assert version in found.stderr
    assert invoke("archive", "--warehouse", two, "--keep", "0").returncode == 64
