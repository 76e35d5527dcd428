"""Typesets a sheet's text as PDF, HTML and DOCX, as a publisher's tools would.

Gives bytes. Every tool sets the same blocks: headings, paragraphs, and the table.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable

from tests.sheets_factory import TABLE_LABELS

Block = str | list[tuple[str, str]]


def blocks(text: str) -> list[Block]:
    """The sheet's paragraphs, and its table as label and number."""
    plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text.replace("**", ""))
    plain = re.sub(r"(?m)^#+ *", "", plain).replace(
        "address running\n\nbehavior", "address running behavior"
    )
    found: list[Block] = []
    for part in re.split(r"\n\s*\n", plain.strip()):
        lines = part.splitlines()
        if all("\t" in line for line in lines):
            rows = [tuple(cell.strip() for cell in line.split("\t")) for line in lines]
            if found and isinstance(found[-1], list):
                found[-1] += rows
            else:
                found.append(rows)
        else:
            found.append(" ".join(lines))
    assert sum(isinstance(block, list) for block in found) == 1, TABLE_LABELS
    return found


# PDF by ReportLab


def reportlab_pdf(text: str, *, columns: int = 1, justified: bool = False, footer: bool = False,
                  header: bool = False) -> bytes:  # fmt: skip
    """A PDF in one or two columns; with page numbers and a running header if told."""
    from reportlab.lib.enums import TA_JUSTIFY, TA_LEFT
    from reportlab.lib.pagesizes import letter
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table

    target = io.BytesIO()
    width = (letter[0] - 100 - 20 * (columns - 1)) / columns
    style = ParagraphStyle("body", fontName="Times-Roman", fontSize=10.5, leading=13, spaceAfter=9,
                           alignment=TA_JUSTIFY if justified else TA_LEFT)  # fmt: skip

    def furnish(canvas, document):
        canvas.setFont("Times-Roman", 8)
        if header:
            canvas.drawString(50, letter[1] - 35, "State Fact Sheets of the National Center")
        if footer:
            canvas.drawCentredString(letter[0] / 2, 30, f"Page {document.page} of 2")

    document = BaseDocTemplate(target, pagesize=letter, invariant=1)
    frames = [Frame(50 + i * (width + 20), 50, width, letter[1] - 110) for i in range(columns)]
    document.addPageTemplates([PageTemplate(frames=frames, onPage=furnish)])
    flow = []
    for block in blocks(text):
        if isinstance(block, str):
            flow.append(Paragraph(html.escape(block), style))
        else:
            rows = [[Paragraph(html.escape(label), style), number] for label, number in block]
            flow.append(Table(rows, colWidths=[width - 60, 50]))
    document.build(flow)
    return target.getvalue()


# PDF by Typst


def typst_pdf(
    text: str, *, columns: int = 1, justified: bool = False, footer: bool = False
) -> bytes:
    """A PDF in one or two columns, hyphenated where it is justified."""
    import typst

    numbering = '"1 / 1"' if footer else "none"
    lines = [
        f'#set page(paper: "us-letter", columns: {columns}, numbering: {numbering})',
        f"#set par(justify: {str(justified).lower()})",
        f'#set text(size: 11pt, lang: "en", hyphenate: {str(justified).lower()})',
    ]
    for block in blocks(text):
        if isinstance(block, str):
            lines.append(f"#par[#{_typst(block)}]")
        else:
            cells = ", ".join(f"[#{_typst(cell)}]" for row in block for cell in row)
            lines.append(f"#table(columns: (1fr, auto), {cells})")
    return typst.compile("\n\n".join(lines).encode())


def _typst(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# HTML and DOCX


def html_blocks(found: list[Block]) -> str:
    """Paragraphs and the table as HTML, with inline tags and entities."""
    parts = []
    for block in found:
        if isinstance(block, str):
            words = html.escape(block).replace("law enforcement", "law&nbsp;<b>enforce</b>ment")
            parts.append(f"<p>{words}</p>")
        else:
            rows = "".join(
                f"<tr><td><p>{html.escape(label)}</p></td>\n  <td>{number}</td></tr>"
                for label, number in block
            )
            parts.append(f"<table>{rows}</table>")
    return "\n".join(parts)


def html_page(text: str) -> bytes:
    """A web page with a script, a style and a comment that hold other numbers."""
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>Sheet</title>'
        "<style>p { margin: 12px }</style></head><body><!-- 4,711 -->"
        f"<script>var a = '<p>12 cases</p>';</script>{html_blocks(blocks(text))}</body></html>"
    ).encode()


def word_document(text: str) -> bytes:
    """An office document."""
    import docx

    document = docx.Document()
    for block in blocks(text):
        if isinstance(block, str):
            paragraph = document.add_paragraph()
            for run in re.split(r"(?<= )", block):
                paragraph.add_run(run)
        else:
            table = document.add_table(rows=0, cols=2)
            for row in block:
                for cell, words in zip(table.add_row().cells, row, strict=True):
                    cell.text = words
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def zipped(parts: dict[str, bytes]) -> bytes:
    """A ZIP archive of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


LAYOUTS: dict[str, Callable[[str], bytes]] = {
    "reportlab single column": reportlab_pdf,
    "reportlab justified, header and footer": lambda text: reportlab_pdf(
        text, justified=True, footer=True, header=True
    ),
    "reportlab two columns": lambda text: reportlab_pdf(text, columns=2, footer=True),
    "typst single column": typst_pdf,
    "typst justified, hyphenated, footer": lambda text: typst_pdf(
        text, justified=True, footer=True
    ),
    "typst two columns": lambda text: typst_pdf(text, columns=2, justified=True, footer=True),
}
"""The typesetters that run in the tests."""
