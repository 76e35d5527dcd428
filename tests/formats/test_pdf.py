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
from pipeline.sheets.furniture import furniture
from pipeline.sheets.lines import Line
from tests.formats.handwritten import handwritten
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
        ("1", 1, "explained", "page_number"),
        ("2", 1, "explained", "page_number"),
        ("2", 2, "explained", "page_number"),
        ("2", 2, "explained", "page_number"),
    ]
    # A numeral that numbers no page is not explained by standing in a header.
    assert [n for n in found if n[0] == "2023"] == [
        ("2023", 1, "unaccounted", None),
        ("2023", 2, "unaccounted", None),
    ]


def test_bare_numbers_that_count_the_pages_are_explained_by_their_place():
    content = drawn(*(strings((300, 30, f"{page}"), *body(page)) for page in (1, 2, 3)))
    assert numerals(content) == [(str(n), n, "explained", "page_count") for n in (1, 2, 3)]


def test_bare_numbers_that_do_not_count_the_pages_stay_unaccounted():
    content = drawn(
        *(strings((300, 30, f"{number}"), *body(page)) for page, number in enumerate((11, 25, 26)))
    )
    assert {n[2] for n in numerals(content)} == {"unaccounted"}


def test_a_repeated_numeral_may_have_more_digits_than_python_reads_as_a_number():
    digits = "7" * 5000
    line = Line(digits, tuple((at, 760, at + 5, 768) for at in range(len(digits))))
    assert set(furniture([[line], [line]])) == {(0, 0), (1, 0)}


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
    assert (statement.metric, statement.printed, statement.page) == (
        "cvip_submissions_reviewed",
        "49",
        1,
    )


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


def runs(*pieces: str, x: float = 72, y: float = 700) -> bytes:
    """A line of runs: each is operators, then its words in brackets; all begin in black type."""
    drawing = "".join(f"/F1 12 Tf 0 g 0 Ts {piece} Tj\n" for piece in pieces)
    return handwritten(f"BT {x} {y} Td {drawing} ET")


RED, BOLD, SMALL, HIGH = "1 0 0 rg", "/F2 12 Tf", "/F1 7 Tf", "/F1 7 Tf 5 Ts"
NUMERALS = {
    "a raised mark": ([f"(had 199) Tj {HIGH} (1)", "( cases)"], "had 199\u00b9 cases"),
    "a raised mark of the same size": (["(had 199) Tj 4 Ts (1)", "( cases)"], "had 199\u00b9 cases"),
    "two raised marks": ([f"(had 8,597) Tj {HIGH} (1,2)", "( cases)"], "had 8,597\u00b9,\u00b2 cases"),
    "two raised marks in runs of their own": ([f"(had 8,597) Tj {HIGH} (1) Tj (,) Tj (23)", "( cases)"], "had 8,597\u00b9,\u00b2\u00b3 cases"),
    "a raised mark behind a word": ([f"(had 9 cases) Tj {HIGH} (1)", "( and 4)"], "had 9 cases\u00b9 and 4"),
    "a raised mark behind a space": ([f"(had 199 ) Tj {HIGH} (1)", "( cases)"], "had 199 \u00b9 cases"),
    "a raised mark between digits": ([f"(had 19) Tj {HIGH} (1)", "(9 cases)"], "had 19\u00b99 cases"),
    "a raised mark before its note": ([f"{HIGH} (1)", "( had 9 cases)"], "\u00b9 had 9 cases"),
    "a raised letter": (["(had 9 on the 1) Tj /F1 7 Tf 5 Ts (st)", "( of 2)"], "had 9 on the 1st of 2"),
    "a lowered mark": (["(had 199) Tj /F1 7 Tf -2 Ts (1)", "( cases)"], "had 199\u20601 cases"),
    "a small mark": ([f"(had 199) Tj {SMALL} (1)", "( cases)"], "had 199\u20601 cases"),
    "a small mark behind a comma": ([f"(had 199) Tj {SMALL} (,100)", "( cases)"], "had 199,\u2060100 cases"),
    "a red mark": ([f"(had 8,597) Tj {RED} (1)", "( cases)"], "had 8,597\u20601 cases"),
    "a mark in bold": ([f"(had 8,597) Tj {BOLD} (1)", "( cases)"], "had 8,597\u20601 cases"),
    "a red part behind a point": ([f"(had 36.) Tj {RED} (2)", "( million)"], "had 36.\u20602 million"),
    "a red part with its point": ([f"(had 36) Tj {RED} (.2)", "( million)"], "had 36.\u20602 million"),
    "a red part behind the separator": ([f"(had 8,) Tj {RED} (597)", "( cases)"], "had 8,597 cases"),
    "a bold part before the separator": ([f"(had ) Tj {BOLD} (8) Tj /F1 12 Tf (,597 cases)"], "had 8,597 cases"),
    "a bold number": ([f"(had ) Tj {BOLD} (8,597)", "(. In)"], "had 8,597. In"),
    "a number in two runs": (["(had 8,5)", "(97 cases)"], "had 8,597 cases"),
    "a number in color": ([f"(had ) Tj {RED} (8,597)", "( cases)"], "had 8,597 cases"),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMERALS)
def test_digits_join_where_they_look_alike_or_a_separator_parts_them(name):
    pieces, expected = NUMERALS[name]
    sheet = extract(runs(*pieces))
    assert " ".join(sheet.text.split()) == expected
    assert len(sheet.layout) == len(sheet.text)
    assert sheet.skipped == ()


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
