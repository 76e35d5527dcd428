"""The site's folder: only what changes is written, what is gone goes, what is foreign stays."""

from __future__ import annotations

import json

import pytest

from pipeline.release.versions import ReleaseError, read_release
from pipeline.site import charts, make
from pipeline.site.folder import write_site
from pipeline.site.make import make_site
from pipeline.storage.names import SITE_SUMS
from tests.building import VERSION, contents, invoke
from tests.test_command_line import documented

REPORTS = "cybertipline_reports_to_law_enforcement"


@pytest.fixture
def release(tmp_path):
    folder = tmp_path / "releases/2026.11.1"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("x", encoding="utf-8")
    return folder


def test_only_changed_pages_are_written_again_and_gone_ones_are_removed(tmp_path):
    folder = tmp_path / "site"
    first = {"index.html": b"a", "state/x.html": b"b", "sheet/2023/x.html": b"c"}
    assert write_site(first.items(), folder, {}).written == 3
    before = (folder / "index.html").stat().st_ino
    done = write_site({"index.html": b"a", "state/x.html": b"B"}.items(), folder, {})
    assert (done.written, done.kept, done.removed) == (1, 1, 1)
    assert (folder / "index.html").stat().st_ino == before
    assert not (folder / "sheet").exists()
    assert (folder / "state/x.html").read_bytes() == b"B"


def test_a_release_stands_below_its_version_whatever_its_folder_is_called(tmp_path, release):
    folder = tmp_path / "site"
    write_site([("index.html", b"a")], folder, {"2026.11.1": release})
    assert (folder / "2026.11.1/README.md").read_text(encoding="utf-8") == "x"
    copy = release.rename(release.with_name("a copy"))
    write_site([("index.html", b"a")], folder, {"2026.11.2": copy})
    assert not (folder / "2026.11.1").is_symlink()
    assert (folder / "2026.11.2/README.md").exists()
    assert (copy / "README.md").exists()


def test_a_folder_with_something_else_is_refused_and_left_as_it_is(tmp_path, release):
    with pytest.raises(ReleaseError, match="name an empty folder"):
        write_site([("index.html", b"a")], release, {})
    assert contents(release) == {"README.md": b"x"}


@pytest.mark.parametrize("name", ["../precious", "/precious", "a/../../precious"])
def test_a_list_that_names_files_elsewhere_is_refused(tmp_path, name):
    folder = tmp_path / "site"
    write_site([("index.html", b"a")], folder, {})
    (tmp_path / "precious").write_bytes(b"x")
    (folder / SITE_SUMS).write_text(f"{'0' * 64}  {name}\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="no file of a site"):
        write_site([("index.html", b"b")], folder, {})
    assert (tmp_path / "precious").exists()


def test_an_interrupted_run_is_taken_up_again(tmp_path):
    folder = tmp_path / "site"
    (folder / "taken").mkdir(parents=True)  # a folder where a page should be: its writing fails
    (folder / SITE_SUMS).write_text("", encoding="utf-8")
    (folder / "taken/x").write_bytes(b"")
    pages = [("a.html", b"a"), ("taken", b"b")]
    with pytest.raises(OSError, match="taken"):
        write_site(pages, folder, {})
    assert (folder / "a.html").exists()
    (folder / "taken/x").unlink()
    (folder / "taken").rmdir()
    done = write_site(pages, folder, {})
    assert (done.written, done.kept) == (1, 1)


def test_the_command_makes_the_site_and_says_where(built_warehouse, tmp_path):
    out = tmp_path / "site"
    done = invoke("site", "--warehouse", built_warehouse, "--out", out)
    assert done.returncode == 0
    assert f"open {out / 'index.html'}" in done.stdout
    before = contents(out)
    again = invoke("site", "2026.11.1", "--warehouse", built_warehouse, "--out", out, "--json")
    said = json.loads(again.stdout)
    assert set(said) == documented("site")
    assert (said["release"], said["written"], said["removed"]) == ("2026.11.1", 0, 0)
    assert contents(out) == before


@pytest.fixture
def made(built_warehouse, tmp_path):
    """Makes the site in a folder, and says what was written."""
    release = read_release((built_warehouse / "releases/latest").resolve())

    def make(**settings):
        done = make_site(release, built_warehouse, tmp_path / "site", **settings)
        return done.written, done.kept > 0

    return make


def test_an_unchanged_release_is_not_rendered_again(made, monkeypatch):
    assert made()[0] > 100
    monkeypatch.setattr(make, "site", None)  # would fail if it were called
    assert made() == (0, True)
    with pytest.raises(TypeError):
        made(url="https://data.example.org/")


def test_pages_that_were_changed_or_lost_are_written_again(made, tmp_path):
    made()
    page, link = tmp_path / "site/index.html", tmp_path / f"site/{VERSION}"
    whole = page.read_bytes()
    page.write_bytes(whole[:-1])
    link.unlink()
    assert made() == (1, True)
    assert page.read_bytes() == whole
    assert (link / "README.md").is_file()


def test_another_program_renders_again(made, monkeypatch):
    made()
    monkeypatch.setattr(make, "program_digest", lambda: "another")
    monkeypatch.setattr(make, "site", lambda *_: [("index.html", b"other")])
    assert made() == (1, False)


def test_without_the_library_of_charts_pages_are_made_and_the_command_says_so(
    built_warehouse, tmp_path, monkeypatch
):
    monkeypatch.setattr(charts, "find_spec", lambda name: None)
    done = invoke("site", "--warehouse", built_warehouse, "--out", tmp_path / "site")
    assert done.returncode == 0
    assert "charts are left out" in done.stderr
    page = (tmp_path / f"site/metric/{REPORTS}.html").read_text(encoding="utf-8")
    assert "<svg" not in page
    assert "8,597" in page


def test_the_command_refuses_what_is_no_release(built_warehouse, tmp_path):
    refused = invoke("site", "2031.1.1", "--warehouse", built_warehouse, "--out", tmp_path / "site")
    assert refused.returncode == 2
    assert "no such release" in refused.stderr
    assert not (tmp_path / "site").exists()
