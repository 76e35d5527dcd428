"""One sheet with marks of its own in its text, set in each format as that format has them.

Gives bytes. ``<sup>`` raises, ``<s>`` strikes through, ``<b>`` is bold, ``<hide>`` is what no reader
sees. The text is otherwise as ``sheets_factory`` renders it, and its table one of rows and cells.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable

from tests.formats.typesetting import Block, blocks, zipped

_MARKED = re.compile(r"<(sup|s|b|hide)>(.*?)</\1>")
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PROPERTIES = {
    "sup": "<w:vertAlign w:val='superscript'/>",
    "s": "<w:strike/>",
    "b": "<w:b/>",
    "hide": "<w:vanish/>",
}
_TAGS = {
    "sup": "<sup>{}</sup>",
    "s": "<del>{}</del>",
    "b": "<b>{}</b>",
    "hide": "<span hidden>{}</span>",
}
_REPORTLAB = {
    "sup": "<super>{}</super>",
    "s": "<strike>{}</strike>",
    "b": "<b>{}</b>",
    "hide": "<font color=white>{}</font>",
}
_MARKDOWN = {"sup": "<sup>{}</sup>", "s": "~~{}~~", "b": "**{}**"}


def _set(words: str, forms: dict[str, str]) -> str:
    """Words with each mark in its form, and all else escaped."""
    pieces, done = [], 0
    for mark in _MARKED.finditer(words):
        pieces += (
            html.escape(words[done : mark.start()]),
            forms[mark[1]].format(html.escape(mark[2])),
        )
        done = mark.end()
    return "".join([*pieces, html.escape(words[done:])])


def _set_blocks(text: str, paragraph: Callable[[str], str], table: Callable[[Block], str]) -> str:
    return "".join(
        paragraph(block) if isinstance(block, str) else table(block) for block in blocks(text)
    )


def marked_text(text: str) -> bytes:
    """Markdown, which has no way to hide."""
    return _MARKED.sub(lambda mark: _MARKDOWN[mark[1]].format(mark[2]), text).encode()


def marked_html(text: str) -> bytes:
    """A web page."""

    def table(rows: Block) -> str:
        cells = ("".join(f"<td>{_set(cell, _TAGS)}</td>" for cell in row) for row in rows)
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

    body = _set_blocks(text, lambda block: f"<p>{_set(block, _TAGS)}</p>", table)
    return f"<!DOCTYPE html><meta charset=utf-8><body>{body}".encode()


def marked_word(text: str) -> bytes:
    """An office document of one part."""

    def run(words: str, properties: str = "") -> str:
        return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{html.escape(words)}</w:t></w:r>"

    def paragraph(words: str) -> str:
        pieces, done = [], 0
        for mark in _MARKED.finditer(words):
            pieces += run(words[done : mark.start()]), run(mark[2], _PROPERTIES[mark[1]])
            done = mark.end()
        return f"<w:p>{''.join(pieces)}{run(words[done:])}</w:p>"

    def table(rows: Block) -> str:
        cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
        return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"

    body = _set_blocks(text, paragraph, table)
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return zipped({"word/document.xml": document.encode()})


def marked_pdf(text: str) -> bytes:
    """A PDF by ReportLab."""
    from reportlab.lib.pagesizes import letter
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    style = ParagraphStyle("body", fontName="Times-Roman", fontSize=10.5, leading=13, spaceAfter=9)
    flow = []
    for block in blocks(text):
        if isinstance(block, str):
            flow.append(Paragraph(_set(block, _REPORTLAB), style))
        else:
            rows = [[Paragraph(_set(cell, _REPORTLAB), style) for cell in row] for row in block]
            widths = [380 if any(map(str.isalpha, cell)) else 60 for cell in block[0]]
            flow.append(Table(rows, colWidths=widths))
    target = io.BytesIO()
    SimpleDocTemplate(target, pagesize=letter, invariant=1).build(flow)
    return target.getvalue()


MARKED: dict[str, Callable[[str], bytes]] = {
    "text": marked_text,
    "html": marked_html,
    "docx": marked_word,
    "pdf": marked_pdf,
}
"""A sheet's marked text as bytes of each format."""
