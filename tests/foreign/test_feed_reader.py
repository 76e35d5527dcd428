"""`feed.xml` by feedparser: what a program that follows feeds makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.foreign

ADDRESS = "https://example.org/releases/"
PARSE = f"""
import json, sys
import feedparser
with open("feed.xml", "rb") as file:
    found = feedparser.parse(file.read(), response_headers={{
        "content-location": "{ADDRESS}feed.xml", "content-type": "application/atom+xml; charset=utf-8"}})
json.dump({{
    "faulty": bool(found.bozo),
    "version": found.version,
    "link": found.feed.get("link"),
    "author": found.feed.get("author"),
    "updated": found.feed.get("updated_parsed"),
    "entries": [
        [entry.get("title"), entry.get("link"), entry.get("updated_parsed"), entry.get("summary")]
        for entry in found.entries
    ],
    "ids": sorted({{entry.get("id", "") for entry in found.entries}}),
}}, sys.stdout)
"""


@pytest.fixture(scope="module")
def releases(second_release) -> Path:
    return second_release / "releases"


@pytest.fixture
def parse(run, releases, tmp_path) -> Callable[[Callable[[str], str]], dict[str, Any]]:
    """What the reader finds in the feed, after an edit of its text."""

    def parse_feed(edit: Callable[[str], str]) -> dict[str, Any]:
        text = edit((releases / "feed.xml").read_text(encoding="utf-8"))
        (tmp_path / "feed.xml").write_text(text, encoding="utf-8")
        done = run("feedparser", "python", "-c", PARSE, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return parse_feed


def told(release: Path) -> list[str]:
    """What the release's changelog says of it, line by line."""
    section = (release / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    lines = section.partition("\n")[2].strip().splitlines()
    return [line.removeprefix("- ") for line in lines if line and not line.startswith("Since ")]


def dated(year: int, month: int) -> list[int]:
    """The first moment of a month, as far as the calendar and the clock go."""
    return [year, month, 1, 0, 0, 0]


def expected(releases: Path) -> dict[str, Any]:
    """What the reader must find: an entry a release, newest first, in the changelogs' words."""
    months = {"2026.12.1": (2026, 12), "2026.11.1": (2026, 11)}
    return {
        "faulty": False,
        "version": "atom10",
        "link": f"{ADDRESS}index.html",
        "author": "NCMEC State Data contributors",
        "updated": dated(2026, 12),
        "entries": [
            [f"NCMEC State Data {version}", f"{ADDRESS}{version}/index.html", dated(*month), "\n".join(told(releases / version))]
            for version, month in months.items()
        ],
    }  # fmt: skip


def without_clock(found: dict[str, Any]) -> dict[str, Any]:
    """The same with dates of six parts and without the ids."""
    entries = [
        [title, link, (date or [])[:6], text] for title, link, date, text in found["entries"]
    ]
    found = {key: value for key, value in found.items() if key != "ids"}
    return {**found, "updated": (found["updated"] or [])[:6], "entries": entries}


def test_a_reader_of_feeds_finds_every_release_with_what_it_changed(parse, releases):
    found = parse(lambda text: text)
    assert without_clock(found) == expected(releases)
    assert len(found["ids"]) == 2
    assert "8,001 → more than 8,000" in found["entries"][0][3]
    assert "Added: Missouri 2024" in found["entries"][0][3]


FAULTS = {
    "an open element": ("</feed>", ""),
    "an unknown language": ("http://www.w3.org/2005/Atom", "http://example.org/Atom"),
    "a date in words": ("<updated>2026-12-01T00:00:00Z", "<updated>early in December"),
    "a link to another release": ('href="2026.12.1/', 'href="2026.11.1/'),
    "a number in the place of the wording": ("more than 8,000", "8000"),
    "an entry lost": ("entry>", "event>"),
    "no author": ("author>", "editor>"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_feed_is_found(parse, releases, fault):
    said, instead = FAULTS[fault]
    assert said in (releases / "feed.xml").read_text(encoding="utf-8")
    assert without_clock(parse(lambda text: text.replace(said, instead))) != expected(releases)
