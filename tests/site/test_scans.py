"""Pages of PDF sheets as pictures: every figure in a box where its characters are drawn."""

from __future__ import annotations

import io
import re

import pypdfium2
import pytest
from PIL import Image

from pipeline.build import build
from tests.building import VERSION
from tests.formats.typesetting import reportlab_pdf
from tests.sheets_factory import render, write_sheet
from tests.site.reading import dataset, made, parsed, with_class

SHEET = "sheet/2023/US-KY"


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """A warehouse of one sheet in PDF, with its raw folder beside it."""
    folder = tmp_path_factory.mktemp("printed")
    (folder / "raw/2023").mkdir(parents=True)
    (folder / "raw/2023/kentucky.pdf").write_bytes(reportlab_pdf(render("US-KY"), footer=True))
    write_sheet(folder / "raw/2023/iowa.txt", render("US-IA"))
    build(folder / "raw", folder / "warehouse", version=VERSION)
    return folder


@pytest.fixture(scope="module")
def pages(printed):
    return made(printed / "warehouse", raw=printed / "raw")


def test_every_figure_has_a_box_around_its_characters(printed, pages):
    document = pypdfium2.PdfDocument(printed / "raw/2023/kentucky.pdf")
    boxes = 0
    for number, scan in enumerate(with_class(parsed(pages[f"{SHEET}.html"]), "scan")):
        page, text = document[number], document[number].get_textpage()
        for box in scan.iter("a"):
            left, top, width, height = (
                float(each) for each in re.findall(r":([\d.]+)%", box.get("style"))
            )
            across, down = page.get_width() / 100, page.get_height() / 100
            edges = (left * across - 1, (100 - top - height) * down - 1, (left + width) * across + 1, (100 - top) * down + 1)  # fmt: skip
            there = " ".join(text.get_text_bounded(*edges).split())
            said, _, title = box.get("aria-label").partition(": ")
            assert there == said, title
            assert box.get("href").startswith("../../state/US")
            boxes += 1
    assert boxes == 21


def test_a_picture_is_of_its_page_and_small(pages):
    for scan in with_class(parsed(pages[f"{SHEET}.html"]), "scan"):
        picture = next(scan.iter("img"))
        content = pages[f"sheet/2023/{picture.get('src')}"]
        size = Image.open(io.BytesIO(content)).size
        assert size == (int(picture.get("width")), int(picture.get("height")))
        assert len(content) < 100_000
    assert f"{SHEET}-1.png" in pages


def test_the_same_sheet_gives_the_same_picture(printed, pages):
    again = made(printed / "warehouse", raw=printed / "raw")
    assert again == pages


def test_a_text_and_a_sheet_that_is_not_at_hand_have_no_picture(printed, pages, tmp_path):
    assert with_class(parsed(pages["sheet/2023/US-IA.html"]), "scan") == []
    (tmp_path / "2023").mkdir()
    (tmp_path / "2023/kentucky.pdf").write_bytes(reportlab_pdf(render("US-OH"), footer=True))
    for raw in (None, tmp_path):
        site = made(printed / "warehouse", raw=raw)
        assert [name for name in site if name.endswith(".png")] == []
        assert with_class(parsed(site[f"{SHEET}.html"]), "scan") == []
    assert dataset(printed / "warehouse").sheet_of["2023/kentucky.pdf"]["format"] == "pdf"
