"""Places of characters, packed and unpacked, and the box around a span."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Box, Span
from pipeline.sheets.decode import SheetText
from pipeline.sheets.layout import NO_BOX, Layout

CORNER = st.integers(-(2**31) + 1, 2**31 - 1)
PLACES = st.tuples(st.integers(1, 50), st.tuples(CORNER, CORNER, CORNER, CORNER), st.booleans())


@given(st.lists(PLACES, max_size=50))
def test_a_layout_survives_its_packing(places):
    layout = Layout.of(places)
    assert Layout(layout.packed) == layout
    assert len(layout) == len(places)
    assert [layout.page(n) for n in range(len(places))] == [page for page, _, _ in places]


@given(st.lists(PLACES, min_size=1, max_size=20), st.data())
def test_a_box_holds_every_printed_character_of_its_span(places, data):
    start = data.draw(st.integers(0, len(places) - 1))
    end = data.draw(st.integers(start + 1, len(places)))
    box = Layout.of(places).box(Span(start, end))
    printed = [corners for _, corners, _ in places[start:end] if corners != NO_BOX]
    if not printed:
        assert box is None
    else:
        expected = [min(c[0] for c in printed), min(c[1] for c in printed), max(c[2] for c in printed), max(c[3] for c in printed)]  # fmt: skip
        assert box == Box(*(Decimal(edge) / 100 for edge in expected))


def test_the_box_of_words_broken_over_two_lines_is_that_of_the_digits():
    text = "more\nthan 5"
    places = [
        (1, (100 * n, 900 if n < 4 else 700, 100 * n + 90, 1000 if n < 4 else 800), False)
        for n in range(11)
    ]
    sheet = SheetText(text, None, (0,), "pdf", "test", Layout.of(places))
    assert sheet.box(Span(0, 11)) == Box(Decimal(5), Decimal(7), Decimal("10.9"), Decimal(8))
    assert sheet.box(Span(0, 4)) == Box(Decimal(0), Decimal(9), Decimal("3.9"), Decimal(10))


def test_a_text_without_layout_has_no_boxes_and_counts_no_pages():
    sheet = SheetText("In 2023", "utf-8", (0,))
    assert (sheet.box(Span(3, 7)), sheet.counts_pages(Span(3, 7)), sheet.page(3)) == (
        None,
        False,
        1,
    )
