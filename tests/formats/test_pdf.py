"""What a PDF's page does to a text, undone: furniture, footnotes, columns of numbers, rotation."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from reportlab.pdfgen.canvas import Canvas

from pipeline.model import Span
from pipeline.parse.sheet import parse_sheet
from pipeline.sheets.extract import extract
from tests.formats.typesetting import typst_pdf
from tests.parse.reading import wordings
from tests.sheets_factory import render


def drawn(*pages: Callable[[Canvas], None]) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(612, 792), invariant=1)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def strings(*places: tuple[float, float, str]) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        for x, y, words in places:
            canvas.drawString(x, y, words)

    return draw


def numerals(content: bytes) -> list[tuple[str, int, str, str | None]]:
    sheet = parse_sheet("sheet.pdf", extract(content), wordings())
    return [(n.printed, n.page, n.disposition, n.rule) for n in sheet.numerals]


def body(page: int) -> list[tuple[float, float, str]]:
    words = ["some", "more", "and", "yet", "other", "plain"][page:] + ["last"] * page
    return [(72, 700 - 14 * line, f"{word} prose that runs on") for line, word in enumerate(words)]


def test_furniture_stands_at_the_end_and_its_page_numbers_are_explained():
    content = drawn(
        strings((300, 30, "Page 1 of 2"), (72, 760, "Fact sheet 2023"), *body(0)),
        strings((300, 30, "Page 2 of 2"), (72, 760, "Fact sheet 2023"), *body(1)),
    )
    text = extract(content)
    assert text.text.startswith("some prose")
    assert text.text.partition("last prose that runs on")[2].split("\n") == [
        "", "", "Page 1 of 2", "", "Fact sheet 2023", "", "Page 2 of 2", "", "Fact sheet 2023", "",
    ]  # fmt: skip
    assert text.pages == 2
    found = numerals(content)
    assert [n for n in found if n[0] in "12"] == [
        ("1", 1, "explained", "page_number"), ("2", 1, "explained", "page_number"),
        ("2", 2, "explained", "page_number"), ("2", 2, "explained", "page_number"),
    ]  # fmt: skip
    # A numeral that numbers no page is not explained by standing in a header.
    assert [n for n in found if n[0] == "2023"] == [("2023", 1, "unaccounted", None), ("2023", 2, "unaccounted", None)]  # fmt: skip


def test_bare_numbers_that_count_the_pages_are_explained_by_their_place():
    content = drawn(*(strings((300, 30, f"{page}"), *body(page)) for page in (1, 2, 3)))
    assert numerals(content) == [(str(n), n, "explained", "page_count") for n in (1, 2, 3)]


def test_bare_numbers_that_do_not_count_the_pages_stay_unaccounted():
    content = drawn(
        *(strings((300, 30, f"{number}"), *body(page)) for page, number in enumerate((11, 25, 26)))
    )
    assert {n[2] for n in numerals(content)} == {"unaccounted"}


def test_a_line_that_differs_in_a_figure_is_no_furniture():
    content = drawn(
        strings((72, 760, "Cases in the north 12"), *body(0)),
        strings((72, 760, "Cases in the north 31"), *body(1)),
    )
    assert extract(content).text.startswith("Cases in the north 12\n")


def test_a_sentence_runs_on_over_the_page_and_its_furniture():
    content = drawn(
        strings((300, 30, "1 / 2"), (72, 700, "In 2023, NCMEC reviewed 49 submissions of child")),
        strings(
            (300, 30, "2 / 2"),
            (72, 700, "sexual exploitation material from Kentucky law enforcement."),
        ),
    )
    (statement,) = parse_sheet("sheet.pdf", extract(content), wordings()).statements
    assert (statement.metric, statement.printed, statement.page) == ("cvip_submissions_reviewed", "49", 1)  # fmt: skip


def test_a_column_of_numbers_drawn_after_its_labels_goes_to_them():
    labels = [(72, 700 - 20 * row, words) for row, words in enumerate(["North", "South", "West"])]
    amounts = [(300, 700 - 20 * row, words) for row, words in enumerate(["12", "1,045", "7"])]
    lines = extract(drawn(strings(*labels, *amounts))).text.split("\n")
    assert [line for line in lines if line] == ["North\t12", "South\t1,045", "West\t7"]
    lines = extract(drawn(strings(*amounts, *labels))).text.split("\n")
    assert [line for line in lines if line] == ["North\t12", "South\t1,045", "West\t7"]


def test_a_column_of_which_one_number_has_no_label_is_left_as_it_is():
    labels = [(72, 700, "North"), (72, 660, "West")]
    amounts = [(300, 700, "12"), (300, 680, "1,045"), (300, 660, "7")]
    lines = [line for line in extract(drawn(strings(*labels, *amounts))).text.split("\n") if line]
    assert lines == ["North", "West", "12", "1,045", "7"]


def raised(canvas: Canvas) -> None:
    words = canvas.beginText(72, 700)
    words.setFont("Helvetica", 12)
    words.textOut("NCMEC handled 199")
    words.setFont("Helvetica", 7)
    words.setRise(4)
    words.textOut("1")
    words.setFont("Helvetica", 12)
    words.setRise(0)
    words.textOut(" cases")
    canvas.drawText(words)


def test_the_raised_digit_of_a_footnote_is_no_part_of_the_figure():
    text = extract(drawn(raised)).text
    assert "1991" not in text
    assert "199\u20601" in text


def test_a_figure_in_one_size_is_not_parted():
    assert "8,597" in extract(drawn(strings((72, 700, "NCMEC handled 8,597 cases")))).text


def turned(rotation: int) -> Callable[[Canvas], None]:
    """A page that is stored on its side or head and shown upright."""

    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(rotation)
        canvas.translate(*{0: (0, 0), 90: (792, 0), 180: (612, 792), 270: (0, 612)}[rotation])
        canvas.rotate(rotation)
        strings((72, 500, "NCMEC handled 199 cases"), (72, 480, "North"), (300, 480, "5"))(canvas)

    return draw


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_boxes_of_a_page_stored_on_its_side_are_those_of_the_page_as_shown(rotation):
    upright, found = extract(drawn(turned(0))), extract(drawn(turned(rotation)))
    assert (
        found.text.split()
        == upright.text.split()
        == ["NCMEC", "handled", "199", "cases", "North", "5"]
    )
    span = Span(found.text.index("199"), found.text.index(" cases"))
    assert upright.box(span) == found.box(span)
    assert Decimal(500) < found.box(span).top < Decimal(510)


def test_a_hyphen_at_a_lines_end_does_not_part_a_word():
    text = extract(typst_pdf(render(), columns=2, justified=True)).text
    assert "\ufffe" not in text
    assert "sexual ex-\nploitation" in text
