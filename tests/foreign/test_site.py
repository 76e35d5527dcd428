"""The pages in Chromium, over file:// and http://: axe, width, console, requests, keyboard."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from pipeline.release.api import plain
from pipeline.site.folder import write_site
from pipeline.site.server import open_server
from tests.building import ask
from tests.site.reading import dataset, made

pytestmark = pytest.mark.foreign

LOOK = Path(__file__).parent / "browsing.py"
METRIC, STATE = "metric/cybertipline_reports_to_law_enforcement.html", "state/US-OH.html"
PAGES = [
    "index.html", "state/US.html", "state/US-WY.html", "metric/cvip_children_identified.html",
    "sheet/2023/US-MO.html", "dictionary.html", "changes.html", "method.html", "downloads.html",
    "cookbook.html", "query.html", "404.html",
]  # fmt: skip


HOSTILE = "<img src=x onerror=alert(document)>"
QUERIES = [
    "select name, printed, lower, upper, small_count from figures where metric = 'trafficking_engagements' order by year, name",
    "select year, count(*), count(printed), sum(value) from figures where scope = 'state' group by year order by year",
    "select name, value / 2 from figures where unit = 'case' and year = 2023 and value % 2 = 1 order by name, value",
]


@pytest.fixture(scope="module")
def folder(two_years, tmp_path_factory):
    place = tmp_path_factory.mktemp("site") / "site"
    release = dataset(two_years).release
    write_site(made(two_years).items(), place, {release.version: release.path})
    return place


@pytest.fixture
def look(run, tmp_path):
    def at(address, pages):
        chromium = shutil.which("chromium")
        assert chromium, "chromium is not installed: run `make validators` on Debian as root"
        done = run("browser", "python", LOOK, chromium, address, json.dumps([*QUERIES, f"select '{HOSTILE}' || char(8238)", "select no"]), METRIC, STATE, *pages, folder=tmp_path)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return at


def judged(found, warehouse):
    assert {name: found[name] for name in ("violations", "too_wide", "console", "elsewhere")} == {
        "violations": [],
        "too_wide": [],
        "console": [],
        "elsewhere": [],
    }
    assert found["keyboard"]["skip"] == "Skip to content"
    assert found["keyboard"]["results"][0] == "Ohio"
    assert found["keyboard"]["direction"] == "ascending"
    assert found["keyboard"]["order"] == ["Kentucky", "Ohio", "Iowa", "Missouri"]
    *asked, (_, hostile), (slip, none) = found["answers"]
    assert hostile[1] == [f"{HOSTILE}⟨U+202E⟩"]
    assert (slip, none) == ("SQLite says: no such column: no", [])
    for query, (status, (_, *rows)) in zip(QUERIES, asked, strict=True):
        expected = [[as_shown(value) for value in row] for row in ask(warehouse, query)]
        assert rows == expected
        assert status == ("1 row" if len(rows) == 1 else f"{len(rows)} rows")
        assert len(rows) > 1


def as_shown(value):
    return "" if value is None else str(int(value) if isinstance(value, bool) else plain(value))


def test_pages_are_sound_in_a_folder(folder, look, two_years):
    quarantined = next((folder / "sheet/file").glob("*.html")).relative_to(folder).as_posix()
    judged(look(f"{folder.as_uri()}/", [*PAGES, quarantined]), two_years)


def test_pages_are_sound_on_a_server(folder, look, two_years):
    with open_server(folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        judged(look(f"http://127.0.0.1:{server.server_address[1]}/", PAGES[:2]), two_years)
        server.shutdown()


def test_a_page_that_is_wrong_would_be_found(folder, look, tmp_path):
    spoiled = shutil.copytree(folder, tmp_path / "spoiled", symlinks=True)
    page = spoiled / "changes.html"
    wrong = '<img src="https://example.org/x.png"><div style="width:200rem">x</div>'
    page.write_text(
        page.read_text(encoding="utf-8").replace("</main>", f"{wrong}</main>"), encoding="utf-8"
    )
    found = look(f"{spoiled.as_uri()}/", ["changes.html"])
    assert "light changes.html: image-alt" in found["violations"]
    assert found["too_wide"] == [f"{width} changes.html" for width in (320, 390, 1280)]
    assert found["console"]  # the page's policy refuses the picture
