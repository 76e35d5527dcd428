"""The site's folder: only what changes is written, what is gone goes, what is foreign stays."""

from __future__ import annotations

import pytest

from pipeline.release.versions import ReleaseError
from pipeline.site.folder import write_site
from pipeline.storage.names import SITE_SUMS
from tests.building import contents, invoke


@pytest.fixture
def release(tmp_path):
    folder = tmp_path / "releases/2026.11.1"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("x", encoding="utf-8")
    return folder


def test_only_changed_pages_are_written_again_and_gone_ones_are_removed(tmp_path, release):
    folder = tmp_path / "site"
    first = {"index.html": b"a", "state/x.html": b"b", "sheet/2023/x.html": b"c"}
    assert write_site(first.items(), folder, release).written == 3
    before = (folder / "index.html").stat().st_ino
    done = write_site({"index.html": b"a", "state/x.html": b"B"}.items(), folder, release)
    assert (done.written, done.kept, done.removed) == (1, 1, 1)
    assert (folder / "index.html").stat().st_ino == before
    assert not (folder / "sheet").exists()
    assert (folder / "state/x.html").read_bytes() == b"B"


def test_the_release_stands_below_its_version(tmp_path, release):
    folder = tmp_path / "site"
    write_site([("index.html", b"a")], folder, release)
    assert (folder / "2026.11.1/README.md").read_text(encoding="utf-8") == "x"
    newer = release.rename(release.with_name("2026.11.2"))
    write_site([("index.html", b"a")], folder, newer)
    assert not (folder / "2026.11.1").is_symlink()
    assert (folder / "2026.11.2/README.md").exists()
    assert (newer / "README.md").exists()


def test_a_folder_with_something_else_is_refused_and_left_as_it_is(tmp_path, release):
    with pytest.raises(ReleaseError, match="name an empty folder"):
        write_site([("index.html", b"a")], release, release)
    assert contents(release) == {"README.md": b"x"}


@pytest.mark.parametrize("name", ["../precious", "/precious", "a/../../precious"])
def test_a_list_that_names_files_elsewhere_is_refused(tmp_path, release, name):
    folder = tmp_path / "site"
    write_site([("index.html", b"a")], folder, release)
    (tmp_path / "precious").write_bytes(b"x")
    (folder / SITE_SUMS).write_text(f"0  {name}\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="no file of a site"):
        write_site([("index.html", b"b")], folder, release)
    assert (tmp_path / "precious").exists()


def test_an_interrupted_run_is_taken_up_again(tmp_path, release):
    folder = tmp_path / "site"
    (folder / "taken").mkdir(parents=True)  # a folder where a page should be: its writing fails
    (folder / SITE_SUMS).write_text("", encoding="utf-8")
    (folder / "taken/x").write_bytes(b"")
    pages = [("a.html", b"a"), ("taken", b"b")]
    with pytest.raises(OSError, match="taken"):
        write_site(pages, folder, release)
    assert (folder / "a.html").exists()
    (folder / "taken/x").unlink()
    (folder / "taken").rmdir()
    done = write_site(pages, folder, release)
    assert (done.written, done.kept) == (1, 1)


def test_the_command_makes_the_site_and_says_where(built_warehouse, tmp_path):
    out = tmp_path / "site"
    done = invoke("site", "--warehouse", built_warehouse, "--out", out)
    assert done.returncode == 0
    assert f"open {out / 'index.html'}" in done.stdout
    before = contents(out)
    again = invoke("site", "2026.11.1", "--warehouse", built_warehouse, "--out", out)
    assert " 0 files written" in again.stdout
    assert contents(out) == before


def test_the_command_refuses_what_is_no_release(built_warehouse, tmp_path):
    refused = invoke("site", "2031.1.1", "--warehouse", built_warehouse, "--out", tmp_path / "site")
    assert refused.returncode == 2
    assert "no such release" in refused.stderr
    assert not (tmp_path / "site").exists()
