"""One sheet in five formats and many layouts says the same, and shows where each figure stands."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from pipeline.parse.sheet import ParsedSheet, parse_sheet
from pipeline.sheets.extract import extract
from tests.building import RAW
from tests.formats.typesetting import LAYOUTS, html_page, reportlab_pdf, word_document
from tests.parse.reading import wordings
from tests.sheets_factory import markdown_headings, markdown_link, render

FIXTURES = Path(__file__).parent / "fixtures"
FIGURES = {"kentucky": 21, "minnesota": 21, "mississippi": 21, "missouri": 20}
FORMATS = {
    "pdf": reportlab_pdf,
    "html": html_page,
    "docx": word_document,
    "text": lambda text: markdown_link(markdown_headings(text)).encode(),
}


def parsed(content: bytes) -> ParsedSheet:
    return parse_sheet("2023/sheet", extract(content), wordings())


def said(sheet: ParsedSheet) -> list[tuple[object, ...]]:
    return sorted(
        (s.metric, s.of, s.figure.value, s.figure.qualifier, " ".join(s.printed.split()), s.pattern)
        for s in sheet.statements
    )


def text_of(state: str) -> str:
    return (RAW / f"2023/{state}.txt").read_text(encoding="utf-8")


def failures(sheet: ParsedSheet) -> list[str]:
    return [finding.message for finding in sheet.findings if not finding.passed]


def assert_boxes_hold_their_figures(content: bytes, sheet: ParsedSheet) -> None:
    """What stands in each box by pdfium's own search is the figure, or its line with the digits."""
    with pypdfium2.PdfDocument(content) as document:
        for statement in sheet.statements:
            box = statement.box
            assert box is not None, statement.metric
            edges = (float(box.left), float(box.bottom), float(box.right), float(box.top))
            page = document[statement.page - 1].get_textpage()
            lines = [" ".join(line.split()) for line in statement.printed.splitlines()]
            (expected,) = [line for line in lines if any(map(str.isdigit, line))]
            found = page.get_text_bounded(*edges)
            assert " ".join(found.split()) == expected, (statement.metric, edges)


@pytest.mark.parametrize("state", FIGURES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_real_sheet_typeset_anew_says_the_same_and_its_boxes_hold_the_figures(layout, state):
    content = LAYOUTS[layout](text_of(state))
    sheet = parsed(content)
    assert len(sheet.statements) == FIGURES[state]
    assert said(sheet) == said(parsed(text_of(state).encode()))
    assert failures(sheet) == []
    assert_boxes_hold_their_figures(content, sheet)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.pdf")), ids=lambda path: path.stem)
def test_a_real_sheet_typeset_by_a_browser_says_the_same(path):
    state = path.stem.partition("-")[2]
    sheet = parsed(path.read_bytes())
    assert len(sheet.statements) == FIGURES[state]
    assert said(sheet) == said(parsed(text_of(state).encode()))
    assert failures(sheet) == []
    assert_boxes_hold_their_figures(path.read_bytes(), sheet)


def test_there_are_fixtures_of_all_four_sheets_by_two_engines():
    names = {path.stem for path in FIXTURES.glob("*.pdf")}
    assert names == {
        f"{engine}-{state}" for engine in ("chromium", "weasyprint") for state in FIGURES
    }


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("jurisdiction", ["US-KY", "US-NH", "US-DC"])
def test_a_sheet_says_the_same_in_every_format(jurisdiction, format_):
    text = render(jurisdiction)
    content = FORMATS[format_](text)
    assert extract(content).format == format_
    sheet = parsed(content)
    assert said(sheet) == said(parsed(text.encode()))
    assert (sheet.jurisdiction, failures(sheet)) == (jurisdiction, [])


def test_only_a_pdf_has_boxes():
    with_boxes = {
        format_: all(statement.box for statement in parsed(make(render())).statements)
        for format_, make in FORMATS.items()
    }
    assert with_boxes == {"pdf": True, "html": False, "docx": False, "text": False}


def test_the_same_document_gives_the_same_bytes_of_text_and_layout():
    content = reportlab_pdf(render(), footer=True)
    first, second = extract(content), extract(content)
    assert (first.text, first.layout.packed) == (second.text, second.layout.packed)
    assert len(first.layout) == len(first.text)
