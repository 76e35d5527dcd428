"""HTML to text; runs in the extraction's own process.

Reads a document's bytes, gives what a reader of the page sees as text: a line a block, a line a
table's row with tabs between its cells. Whatever is not seen, or is no text of the page (drawings,
form fields, descriptions of pictures), is left out and told. Scripts, styles, comments and what
describes the document are left out without a word.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

from pipeline.sheets.decode import encoding_of
from pipeline.sheets.extracted import Extracted
from pipeline.sheets.formats import NotTextError
from pipeline.sheets.web_elements import OpenElement, OpenElements
from pipeline.sheets.web_styles import StyleSheet, read_styles
from pipeline.sheets.web_tokens import End, Raw, Start, Swallowed, Text, Tokens
from pipeline.sheets.writing import TextWriter

_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.I)
_STYLED = re.compile(r"<style|--", re.IGNORECASE)
_UNSAID = frozenset(["script", "style", "title"])
"""Elements that are no content of the page wherever they stand."""

_RAW_REASONS = {
    "noscript": "shown without scripts only",
    "iframe": "not shown in a frame",
    "noembed": "for old browsers",
    "noframes": "for old browsers",
    "textarea": "in a form field",
}
_NO_TEXT = re.compile(r"[\[{(]")
_TOLD = {
    "alt": "the description of a picture",
    "title": "a note that shows on pointing at it",
    "aria-label": "for screen readers",
    "aria-description": "for screen readers",
    "placeholder": "in a form field",
    "summary": "for screen readers",
    "label": "in a form field",
}
"""Attributes with words, and what these are."""

_SILENT_INPUTS = frozenset(["checkbox", "radio", "file", "color", "range"])


def extract_html(content: bytes) -> Extracted:
    """The text of an HTML document.

    Raises:
        NotTextError: in no encoding that is known, or beyond a limit.
    """
    encoding = _encoding(content)
    try:
        source = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotTextError(f"is not {encoding} at byte {error.start}: {error.reason}") from error
    return _Reader(source).read().extracted(encoding)


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


def _style_sheet(source: str) -> StyleSheet:
    """The style sheets of the document, wherever they stand in it."""
    sheets: list[str] = []
    inline: list[str] = []
    if not _STYLED.search(source):
        return read_styles("")
    for token in Tokens(source):
        if isinstance(token, Raw) and token.tag == "style":
            sheets.append(token.words)
        elif isinstance(token, Start) and "--" in token.attributes.get("style", ""):
            inline.append(token.attributes["style"])
    return read_styles("\n".join(sheets), "\n".join(inline))


class _Reader:
    """Writes what is seen and what is not, in the order of the document."""

    def __init__(self, source: str) -> None:
        self._writer = TextWriter()
        self._tokens = Tokens(source)
        self._elements = OpenElements(_style_sheet(source), self._writer)

    def read(self) -> TextWriter:
        for token in self._tokens:
            match token:
                case Text(words):
                    self._text(words)
                case Start(tag, attributes, closes_itself):
                    self._start(tag, attributes, closes_itself=closes_itself)
                case End(tag):
                    self._elements.end(tag)
                case Raw(tag, words, closed):
                    self._raw(tag, words, closed=closed)
                case Swallowed(source):
                    self._writer.skip(source, "in a tag or comment without end")
            self._tokens.foreign = self._elements.foreign
        self._elements.end_all()
        return self._writer

    def _text(self, words: str) -> None:
        element = self._elements.current
        reason = element.reason
        if reason:
            self._writer.skip(words, reason)
            return
        if element.question:
            self._writer.skip(words, element.question)
        lines = words.split("\n") if element.look.keeps_lines else [words]
        for number, line in enumerate(lines):
            if number:
                self._writer.line_break()
            self._writer.words(line, element.look_key, element.look.raised)

    def _start(self, tag: str, attributes: Mapping[str, str], *, closes_itself: bool) -> None:
        element = self._elements.start(tag, attributes)
        self._attributes(tag, attributes, element)
        if closes_itself and element is self._elements.current:
            self._elements.end(tag)

    def _attributes(self, tag: str, attributes: Mapping[str, str], element: OpenElement) -> None:
        if not attributes:
            return
        self._writer.part_skipped()
        if tag == "input":
            self._input(attributes, element)
            self._writer.part_skipped()
        for name, words in attributes.items():
            if name in _TOLD and tag not in ("link", "style", "meta"):
                self._writer.skip(words, _TOLD[name])
            elif name == "srcdoc":
                self._writer.skip(_words_of(words), "in a frame")
            elif name.startswith("data-") and " " in words.strip() and not _NO_TEXT.match(words):
                self._writer.skip(words, "data of the page")
            else:
                continue
            self._writer.part_skipped()

    def _input(self, attributes: Mapping[str, str], element: OpenElement) -> None:
        kind = attributes.get("type", "text").strip().lower()
        if kind not in _SILENT_INPUTS:
            reason = "hidden" if kind == "hidden" else "in a form field"
            self._writer.skip(attributes.get("value", ""), element.reason or reason)

    def _raw(self, tag: str, words: str, *, closed: bool) -> None:
        if not closed:
            self._writer.skip(words, f"in a {tag} without end")
        elif tag in ("xmp", "plaintext"):
            self._text(words)
        elif tag not in _UNSAID:
            reason = self._elements.current.reason
            said = words if tag == "textarea" else _words_of(words)
            self._writer.skip(said, reason or _RAW_REASONS[tag])


def _words_of(source: str) -> str:
    """The text of HTML that is not read as such."""
    return " ".join(token.words for token in Tokens(source) if isinstance(token, Text))
