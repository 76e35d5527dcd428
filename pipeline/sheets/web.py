"""HTML to text; runs in the extraction's own process.

Reads a document's bytes, gives its text: a line a block, a line a table's row with tabs between
its cells. The standard library's parser reports tags one after another and builds no tree, so
that nesting costs nothing.
"""

from __future__ import annotations

import codecs
import re
from html.parser import HTMLParser

from pipeline.sheets.decode import encoding_of
from pipeline.sheets.extracted import Extracted
from pipeline.sheets.formats import NotTextError

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "title",
        "ul",
    ]
)
_SILENT = frozenset(["script", "style", "template", "noscript", "svg", "math", "head"])
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.I)
_APART = "\u2060"
"""Stands where a tag parts two digits: ``199<sup>1</sup>`` is a number and its footnote."""

_IN_NUMERAL = frozenset("0123456789.,")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_AROUND_BREAK = re.compile(r" *\n *")
_AROUND_CELL = re.compile(r" *\t *")


def extract_html(content: bytes) -> Extracted:
    """The text of an HTML document.

    Raises:
        NotTextError: in no encoding that is known, or without text.
    """
    encoding = _encoding(content)
    try:
        source = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotTextError(f"is not {encoding} at byte {error.start}: {error.reason}") from error
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return Extracted(reader.text(), encoding)


def _encoding(content: bytes) -> str:
    marked = encoding_of(content)
    if marked in ("utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"):
        return marked
    declared = _META.search(content[:4096])
    if declared is None:
        return marked
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name
    except LookupError:
        return marked
    if name.startswith(("utf-16", "utf-32")):
        return marked  # these could not have been read to find the declaration
    return "cp1252" if name in ("iso8859-1", "ascii") else name


class _Reader(HTMLParser):
    """Collects text, breaks and cells in the order of the document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._silent: list[str] = []
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _SILENT and tag != "head":
            self._silent.append(tag)
        elif tag == "tr":
            self._row()
        elif tag in ("td", "th"):
            self._pieces.append("\t" if self._cells else "")
            self._cells += 1
        elif tag == "br":
            self._pieces.append("\n")
        elif tag in _BLOCKS:
            self._block()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass
        elif tag == "tr":
            self._row()
        elif tag in _BLOCKS:
            self._block()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        before = self._pieces[-1][-1:] if self._pieces else ""
        if before in _IN_NUMERAL and data[:1] in _IN_NUMERAL and before and data:
            self._pieces.append(_APART)
        self._pieces.append(_SPACES.sub(" ", data))

    def _row(self) -> None:
        # Rows may lack their end, and white space may stand between them.
        while self._pieces and not self._pieces[-1].strip(" "):
            self._pieces.pop()
        if self._pieces and not self._pieces[-1].endswith("\n"):
            self._pieces.append("\n")
        self._cells = 0

    def _block(self) -> None:
        # A block within a cell does not end the row.
        self._pieces.append(" " if self._cells else "\n\n")

    def text(self) -> str:
        text = _AROUND_CELL.sub("\t", "".join(self._pieces))
        text = _AROUND_BREAK.sub("\n", text)
        text = re.sub(r"\n{3,}", "\n\n", re.sub(r" {2,}", " ", text))
        return text.strip()
