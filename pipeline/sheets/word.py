"""DOCX to text; runs in the extraction's own process.

Reads an office document's bytes, gives its text: a line a paragraph, a line a table's row with
tabs between its cells; headers, footers and notes follow at the end. Inserted text counts,
deleted text does not. The parts are read as a stream with the standard library, since a DOCX is
a few XML elements in a ZIP archive, and any declaration of entities is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from pipeline.sheets.extracted import Extracted
from pipeline.sheets.formats import NotTextError

MAX_UNPACKED = 8 << 20
"""Most bytes a part may have unpacked."""

MAX_PARTS = 2000

_DOCUMENT = "word/document.xml"
_ASIDE = re.compile(r"word/(?:header|footer|footnotes|endnotes)\d*\.xml")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_UNPRINTED = {_FALLBACK, "pPr", "rPr", "sectPr", "moveFrom", "del"}
"""Properties, deleted text, and second versions for old programs."""

_APART = "\u2060"
"""Stands between a figure and the raised digits of its footnote, which are two numbers."""

_IN_NUMERAL = frozenset("0123456789.,")
_COUNTED = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b")
_KINDS = {"xl/": "a spreadsheet", "ppt/": "a presentation", "content.xml": "an OpenDocument file"}


def extract_docx(content: bytes) -> Extracted:
    """The text of an office document.

    Raises:
        NotTextError: another ZIP archive, damaged, encrypted, or larger than its limits.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if _DOCUMENT not in names:
                raise NotTextError(
                    f"is {_kind(names)}, not a text document; extract the sheet first"
                )
            if len(names) > MAX_PARTS:
                raise NotTextError(f"has {len(names):,} parts, more than {MAX_PARTS:,}")
            aside = sorted(name for name in names if _ASIDE.fullmatch(name))
            texts = [_text(_part(archive, name)) for name in (_DOCUMENT, *aside)]
    except (zipfile.BadZipFile, zlib.error, EOFError, ElementTree.ParseError, RuntimeError,
            NotImplementedError) as error:  # fmt: skip
        if isinstance(error, RuntimeError) and "encrypted" in str(error):
            raise NotTextError("is an encrypted archive; save it without its password") from error
        raise NotTextError("is a damaged or truncated office document; fetch it again") from error
    return Extracted("\n\n".join(text for text in texts if text))


def _kind(names: list[str]) -> str:
    for prefix, kind in _KINDS.items():
        if any(name.startswith(prefix) for name in names):
            return kind
    return "a ZIP archive"


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        unpacked = part.read(MAX_UNPACKED + 1)
    if len(unpacked) > MAX_UNPACKED:
        raise NotTextError(
            f"unpacks to more than {MAX_UNPACKED:,} bytes in {name}; no sheet is that long"
        )
    # An office document is in UTF-8 or UTF-16.
    if any("<!DOCTYPE".encode(code) in unpacked for code in ("utf-8", "utf-16-le", "utf-16-be")):
        raise NotTextError(
            f"declares entities in {name}, as no office program does; do not open it"
        )
    return unpacked


def _text(part: bytes) -> str:
    reader = _Reader()
    for event, element in ElementTree.iterparse(io.BytesIO(part), events=("start", "end")):  # noqa: S314  (no declarations: refused above)
        reader.take(event, element)
    return reader.text()


class _Reader:
    """Collects text, paragraphs and cells in the order of the document."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._cells: list[int] = []
        self._unprinted = 0
        self._fields: list[str] = []
        self._raised = False
        self._was_raised = False

    def take(self, event: str, element: ElementTree.Element) -> None:
        """One start or end of an element."""
        name = element.tag.removeprefix(_WORD).removeprefix(_STRICT)
        if name == "vertAlign":  # a property of the run around it
            self._raised = _attribute(element, "val") in ("superscript", "subscript")
        if name in _UNPRINTED:
            self._unprinted += 1 if event == "start" else -1
        elif self._unprinted:
            return
        elif event == "start":
            self._start(name, element)
        else:
            self._end(name, element)
            element.clear()

    def _start(self, name: str, element: ElementTree.Element) -> None:
        if name == "tr":
            self._cells.append(0)
        elif name == "tc" and self._cells:
            self._pieces.append("\t" if self._cells[-1] else "")
            self._cells[-1] += 1
        elif name == "fldSimple":
            self._fields.append(_attribute(element, "instr"))
        elif name == "r":
            self._raised = False

    def _end(self, name: str, element: ElementTree.Element) -> None:
        match name:
            case "t" if not any(map(_COUNTED.match, self._fields)):
                self._words(element.text or "")
            case "tab":
                self._pieces.append("\t")
            case "br" | "cr":
                self._pieces.append("\n")
            case "noBreakHyphen":
                self._pieces.append("\u2011")
            case "p":
                self._pieces.append(" " if self._cells else "\n\n")
            case "tr":
                self._cells.pop()
                self._pieces.append("\n")
            case "tbl":
                self._pieces.append("\n")
            case "instrText" if self._fields:
                self._fields[-1] += element.text or ""
            case "fldChar":
                self._field(_attribute(element, "fldCharType"))
            case "fldSimple":
                self._fields.pop()

    def _words(self, words: str) -> None:
        before = self._pieces[-1][-1:] if self._pieces else ""
        parted = self._raised != self._was_raised
        if parted and before and words and {before, words[0]} <= _IN_NUMERAL:
            self._pieces.append(_APART)
        self._pieces.append(words)
        self._was_raised = self._raised

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append("")
        elif kind == "end" and self._fields:
            self._fields.pop()

    def text(self) -> str:
        """What was collected, one blank line between paragraphs."""
        return "\n".join(_lines("".join(self._pieces))).strip()


def _lines(text: str) -> Iterator[str]:
    blank = True
    for line in text.split("\n"):
        words = re.sub(r" *\t *", "\t", line).strip(" ")
        if words.strip():
            yield words
        elif not blank:
            yield ""
        blank = not words.strip()


def _attribute(element: ElementTree.Element, name: str) -> str:
    return element.get(_WORD + name) or element.get(_STRICT + name) or ""
