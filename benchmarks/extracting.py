"""PDF intake against pdfplumber: time a page, and how many figures come out right.

Sheets of the corpus are set in three layouts with reportlab: one column; justified, with page
furniture; and two columns. Both extractors' texts go through the same parser, so that the
figures judge the text and not the reader of it.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks import measure, report
from benchmarks.corpus import Sheet, sheet
from benchmarks.measure import Contestant, child
from benchmarks.settings import SEED, Settings
from pipeline.catalog.load import default_catalog
from pipeline.parse.patterns import compile_catalog
from pipeline.parse.sheet import parse_sheet
from pipeline.sheets.decode import SheetText, page_starts
from tests.sheets_factory import render, without_markup

EXTRACTORS = ("pdfplumber", "ours")
LAYOUTS = ("one column", "justified, with page furniture", "two columns")
MARGIN = 60


def tables(settings: Settings) -> list[report.Table]:
    """Milliseconds a page and figures right of both, by layout."""
    sheets = min(settings.middle, 100)
    rows = []
    for layout in LAYOUTS:
        with measure.scratch(settings.scratch) as place:
            pages = write_pdfs(place, layout, sheets)
            contestants = [Contestant(name, _command(name, place, sheets)) for name in EXTRACTORS]
            found = measure.compete(contestants, settings.runs, settings.scratch)
        theirs, ours = (measure.median(found[name]) for name in EXTRACTORS)
        right = [found[name][0].details for name in EXTRACTORS]
        rows.append(
            (
                layout,
                report.seconds(theirs / pages),
                report.seconds(ours / pages),
                report.ratio(theirs, ours),
                *(report.percent(one["right"], one["figures"]) for one in right),
            )
        )
    header = ("layout", "pdfplumber, a page", "ours, a page", "time, pdfplumber to ours", "figures right, pdfplumber", "figures right, ours")  # fmt: skip
    note = f"{sheets:,} sheets a layout; PDF bytes to text, parsing not counted."
    return [report.Table("PDF intake", note, header, rows)]


def write_pdfs(folder: Path, layout: str, sheets: int) -> int:
    """Set the first sheets of the corpus as PDF files; gives the number of their pages."""
    pages = 0
    for number in range(sheets):
        content, count = set_in_pdf(plain_text(sheet(number, SEED)), layout)
        (folder / f"{number:06}.pdf").write_bytes(content)
        pages += count
    return pages


def plain_text(one: Sheet) -> str:
    """The sheet's text without its flavour."""
    year, jurisdiction = one.sheet_id.split("/")
    return without_markup(
        render(
            jurisdiction,
            int(year),
            local={metric: fact.printed for metric, fact in one.local.items()},
            nation={metric: fact.printed for metric, fact in one.national.items()},
        )
    )


def set_in_pdf(text: str, layout: str) -> tuple[bytes, int]:
    """A text as PDF in one of LAYOUTS, and how many pages it takes."""
    # Imported here: the children that extract shall not pay for it.
    from reportlab.lib.enums import TA_JUSTIFY, TA_LEFT
    from reportlab.lib.pagesizes import LETTER
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

    furnished, columns = layout == LAYOUTS[1], 2 if layout == LAYOUTS[2] else 1
    style = ParagraphStyle(
        "body",
        fontSize=10,
        leading=13,
        spaceAfter=8,
        alignment=TA_JUSTIFY if furnished else TA_LEFT,
    )
    width, height = (LETTER[0] - 2 * MARGIN) / columns, LETTER[1] - 2 * MARGIN
    frames = [Frame(MARGIN + at * width, MARGIN, width, height) for at in range(columns)]

    def furnish(canvas: Any, document: Any) -> None:
        if furnished:
            canvas.drawCentredString(LETTER[0] / 2, MARGIN / 2, f"Page {document.page} of 2")

    output = io.BytesIO()
    document = BaseDocTemplate(output, pagesize=LETTER, invariant=1)
    document.addPageTemplates(PageTemplate(frames=frames, onPage=furnish))
    document.build(
        [
            _rows(block, width) if "\t" in block else Paragraph(_escaped(block), style)
            for block in text.split("\n\n")
            if block.strip()
        ]
    )
    return output.getvalue(), document.page


def extract_all(extractor: str, folder: str, sheets: str) -> dict[str, Any]:
    """Extract the texts of a folder by an extractor; gives seconds, and figures that are right."""
    extract = {"pdfplumber": _pdfplumber, "ours": _ours}[extractor]()
    contents = [(Path(folder) / f"{number:06}.pdf").read_bytes() for number in range(int(sheets))]
    started = time.perf_counter()
    texts = [extract(content) for content in contents]
    seconds = time.perf_counter() - started
    return {"seconds": seconds, **_judged(texts)}


def _pdfplumber() -> Callable[[bytes], str]:
    import pdfplumber

    def extract(content: bytes) -> str:
        with pdfplumber.open(io.BytesIO(content)) as document:
            return "\f".join(page.extract_text() for page in document.pages)

    return extract


def _ours() -> Callable[[bytes], str]:
    """The one place that knows how the pipeline is asked for the text of a PDF."""
    from pipeline.sheets.extract import extract

    return lambda content: extract(content).text


def _judged(texts: list[str]) -> dict[str, int]:
    """How many figures the sheets print, and how many a parser finds in the texts."""
    wordings = compile_catalog(default_catalog())
    right = figures = 0
    for number, text in enumerate(texts):
        parsed = parse_sheet("sheet.txt", SheetText(text, "utf-8", page_starts(text)), wordings)
        found: dict[tuple[str, str], Decimal] = {
            (s.metric, s.of): s.figure.value for s in parsed.statements
        }
        for metric, of, fact in sheet(number, SEED).facts():
            figures += 1
            right += found.get((metric, of)) == fact.value
    return {"figures": figures, "right": right}


def _rows(block: str, width: float) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, Table

    style = ParagraphStyle("cell", fontSize=10, leading=13)
    cells = [[Paragraph(_escaped(c), style) for c in row.split("\t")] for row in block.split("\n")]
    return Table(cells, colWidths=[width * 0.7, width * 0.2])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _command(name: str, folder: Path, sheets: int) -> Callable[[Path], list[str]]:
    return lambda _: child("extracting:extract_all", name, folder, sheets)
