"""The feed by the rules of Atom (RFC 4287), and the front matter as a host of data sets reads it."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from pipeline.release.history import feed

ATOM = "{http://www.w3.org/2005/Atom}"


def times(element: ET.Element) -> list[datetime]:
    """The dates of change of a feed or an entry, each with its zone, as RFC 3339 has them."""
    found = [each.text or "" for each in element.findall(f"{ATOM}updated")]
    right = [
        text
        for text in found
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", text)
    ]
    return [datetime.fromisoformat(text) for text in right]


def faults(text: str) -> list[str]:
    """What breaks the rules of Atom that a reader of feeds relies on; empty if nothing does."""
    root = ET.fromstring(text)  # noqa: S314  # made here
    entries = root.findall(f"{ATOM}entry")
    with_author = root.find(f"{ATOM}author/{ATOM}name") is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    newest = max(times(root), default=None)
    broken = {
        "the root is no Atom feed": root.tag != f"{ATOM}feed",
        "feed has no link to itself": root.find(f"{ATOM}link[@rel='self']") is None,
        "two entries have one id": len(set(ids)) != len(ids),
        "an entry is newer than the feed": newest is not None
        and any(time > newest for entry in entries for time in times(entry)),
        "an entry has no author": not with_author
        and any(entry.find(f"{ATOM}author/{ATOM}name") is None for entry in entries),
    }
    found = [fault for fault, is_there in broken.items() if is_there]
    found += element_faults(root, "feed")
    for entry in entries:
        found += element_faults(entry, "entry") + content_faults(entry)
    return found


def element_faults(element: ET.Element, what: str) -> list[str]:
    """What is wrong with what a feed and an entry both have."""
    found = []
    for name in ("id", "title", "updated"):
        count = len(element.findall(f"{ATOM}{name}"))
        found += [f"{what} has {count} {name}"] * (count != 1)
    links = element.findall(f"{ATOM}link")
    kinds = [(link.get("rel", "alternate"), link.get("type")) for link in links]
    broken = {
        "no date of RFC 3339": len(times(element)) != 1,
        "an id that is no IRI": not re.match(
            r"[a-z][a-z0-9+.-]*:\S+$", element.findtext(f"{ATOM}id") or ""
        ),
        "two links of one kind": len(set(kinds)) != len(kinds),
        "a link to nowhere": not all(link.get("href") for link in links),
    }
    return found + [f"{what} has {fault}" for fault, is_there in broken.items() if is_there]


def content_faults(entry: ET.Element) -> list[str]:
    """What is wrong with the text of an entry, which has one or leads to one."""
    contents = entry.findall(f"{ATOM}content")
    leads = entry.find(f"{ATOM}link[@rel='alternate']") is not None
    broken = {
        "entry has two contents": len(contents) > 1,
        "entry has neither content nor alternate link": not contents and not leads,
        "entry has elements in a text": any(
            each.get("type", "text") == "text" and len(each) for each in contents
        ),
    }
    return [fault for fault, is_there in broken.items() if is_there]


@pytest.fixture(scope="module")
def published(second_release) -> str:
    return (second_release / "releases/feed.xml").read_text(encoding="utf-8")


def test_the_feed_follows_the_rules_of_atom(published):
    assert faults(published) == []
    assert published.count("<entry>") == 2


def test_a_feed_of_nothing_and_one_with_a_withdrawal_follow_them_too():
    release = {"version": "2026.11.1", "status": "withdrawn", "reason": "A <forgery> & worse.", "change_class": "first"}  # fmt: skip
    assert faults(feed({"releases": []}, {})) == []
    made = feed({"releases": [release]}, {})
    assert faults(made) == []
    assert "A &lt;forgery&gt; &amp; worse." in made


@pytest.mark.parametrize(
    ("said", "instead", "fault"),
    [
        ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#", "the root is no Atom feed"),
        ("2026-12-01T00:00:00Z", "1 December 2026", "feed has no date of RFC 3339"),
        ("2026-12-01T00:00:00Z", "2026-11-30T00:00:00Z", "an entry is newer than the feed"),
        ('rel="self"', 'rel="related"', "feed has no link to itself"),
        ('href="index.html"', 'href=""', "feed has a link to nowhere"),
        ("urn:uuid:", "", "feed has an id that is no IRI"),
        ("<subtitle>", "<title>twice</title><subtitle>", "feed has 2 title"),
    ],
)
def test_a_fault_of_the_feed_would_be_found(published, said, instead, fault):
    assert said in published
    assert fault in faults(published.replace(said, instead, 1))


def test_a_feed_without_an_author_or_an_entry_without_a_text_would_be_found(published):
    nobody = re.sub(r"<author>.*?</author>", "", published, flags=re.DOTALL)
    assert faults(nobody) == ["an entry has no author"]
    silent = re.sub(r"<content .*?</content>", "", published, count=1, flags=re.DOTALL)
    silent = re.sub(r'<link [^>]*href="2026[^>]*/>', "", silent, count=1)
    assert faults(silent) == ["entry has neither content nor alternate link"]


def test_two_entries_with_one_id_would_be_found(published):
    first, second = re.findall(r"<entry>.*?<id>(.*?)</id>", published, re.DOTALL)
    assert "two entries have one id" in faults(published.replace(first, second))


# The front matter of the release's README


def card_faults(text: str, folder: Path) -> list[str]:
    """What a host of data sets would refuse in a README's front matter, or show wrongly."""
    parts = text.split("---\n")
    card: Any = yaml.safe_load(parts[1]) if len(parts) > 2 and parts[0] == "" else None
    if not isinstance(card, dict):
        return ["no front matter"]
    found = []
    configs = card.get("configs") or []
    names = [config.get("config_name") for config in configs]
    if not names or len(set(names)) != len(names):
        found.append("configs are missing or have one name twice")
    if any(not re.fullmatch(r"[a-z][a-z0-9_]*", str(name)) for name in names):
        found.append("a name of a config cannot be the name of a folder")
    if [config.get("default") for config in configs].count(True) != 1:
        found.append("not one config is the default")
    if any(not (folder / str(config.get("data_files"))).is_file() for config in configs):
        found.append("a config names no file")
    if not re.fullmatch(r"[a-z0-9.-]+", str(card.get("license"))):
        found.append("the license is no identifier")
    languages = card.get("language")
    if not isinstance(languages, list) or any(
        not re.fullmatch(r"[a-z]{2,3}", str(each)) for each in languages
    ):
        found.append("the languages are no codes")
    tags = card.get("tags")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        found.append("the tags are no texts")
    if not isinstance(card.get("pretty_name"), str):
        found.append("there is no name")
    return found


@pytest.fixture
def readme(built_release) -> str:
    return (built_release / "README.md").read_text(encoding="utf-8")


def test_the_front_matter_is_one_that_a_host_takes(readme, built_release):
    assert card_faults(readme, built_release) == []


@pytest.mark.parametrize(
    ("said", "instead", "fault"),
    [
        ("---\n", "", "no front matter"),
        ("config_name: figures", "config_name: observations", "configs are missing or have one name twice"),
        ("config_name: figures", "config_name: all/figures", "a name of a config cannot be the name of a folder"),
        ("  default: true\n", "", "not one config is the default"),
        ("data/figures.parquet", "data/figure.parquet", "a config names no file"),
        ("license: mit", "license: MIT License", "the license is no identifier"),
        ("- en", "- English", "the languages are no codes"),
        ("pretty_name:", "name:", "there is no name"),
    ],
)  # fmt: skip
def test_a_fault_of_the_front_matter_would_be_found(readme, built_release, said, instead, fault):
    assert said in readme
    assert fault in card_faults(readme.replace(said, instead, 1), built_release)
