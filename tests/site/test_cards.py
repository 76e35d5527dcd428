"""Cards: one picture for each figure of states and one for the site, where the address is known."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from pipeline.site import charts
from pipeline.site.cards import carded
from tests.site.reading import dataset, made

URL = "https://data.example.org/ncmec/"
REPORTS = "cybertipline_reports_to_law_enforcement"


@pytest.fixture(scope="module")
def shared(two_years):
    return made(two_years, url=URL)


def picture_of(page):
    (found,) = re.findall(rb'<meta property="og:image" content="([^"]+)">', page)
    return found.decode().removeprefix(URL)


@pytest.mark.slow
def test_every_page_names_a_card_that_is_there(shared):
    pages = {name: content for name, content in shared.items() if name.endswith(".html")}
    named = {name: picture_of(content) for name, content in pages.items()}
    cards = {name for name in shared if name.startswith("card/")}
    assert set(named.values()) == cards
    assert named[f"metric/{REPORTS}.html"] == f"card/{REPORTS}.png"
    assert named["metric/cvip_children_identified.html"] == "card/home.png"  # of the nation alone
    assert named["state/US-OH.html"] == "card/home.png"


def test_a_card_has_the_size_that_is_shown_whole_and_is_no_blank(shared):
    for name in ("card/home.png", f"card/{REPORTS}.png"):
        picture = Image.open(io.BytesIO(shared[name]))
        assert picture.size == (1200, 630)
        assert len(picture.convert("L").getcolors()) > 2
    assert shared["card/home.png"] != shared[f"card/{REPORTS}.png"]


@pytest.mark.slow
def test_the_same_release_gives_the_same_cards(shared, two_years):
    again = made(two_years, url=URL)
    assert {name: again[name] for name in shared} == shared


@pytest.mark.slow
def test_a_folder_has_no_cards_and_pages_without_charts_name_none(two_years, monkeypatch):
    assert not [name for name in made(two_years) if name.startswith("card/")]
    monkeypatch.setattr(charts, "find_spec", lambda name: None)
    site = made(two_years, url=URL)
    assert not [name for name in site if name.startswith("card/")]
    assert b"og:image" not in site["index.html"]


def test_the_card_is_of_the_newest_year(two_years):
    data = dataset(two_years)
    rows = carded(data, data.by_metric[REPORTS])
    assert {row["year"] for row in rows} == {2024}
    assert carded(data, [row for row in rows if row["jurisdiction"] == "US-OH"]) == []
