"""HTML to text; runs in the extraction's own process.

Reads a document's bytes, gives what a reader of the page sees as text: a line a block, a line a
table's row with tabs between its cells. Whatever is not seen, or is no text of the page (drawings,
form fields, descriptions of pictures), is left out and told. Scripts, styles, comments and what
describes the document are left out without a word. The document's tree is what browsers make of
the source: ``justhtml`` follows the HTML standard.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator, Mapping

from justhtml import Comment, Element, JustHTML, Node, Text

from pipeline.sheets.decode import encoding_of
from pipeline.sheets.extracted import Extraction
from pipeline.sheets.formats import NotTextError
from pipeline.sheets.web_elements import OpenElement, PageWriter
from pipeline.sheets.web_styles import StyleSheet, read_styles
from pipeline.sheets.writing import TextWriter

MAX_TAGS = 100_000
"""Most tags and comments of a page; a sheet has hundreds."""

_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.I)
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_EMPTY_TAG = re.compile(r"<([a-zA-Z][^\s/>]*)((?:=\s*+(?:\"[^\"]*\"|'[^']*')|[^<>=])*+)(?<=/)>")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)

_END = "\ufdd0"
"""Stands behind the last character while the source is parsed: where it is found, or whether, tells
what the document's end cuts off. Unicode keeps it from being a character of any text."""

_UNSAID = frozenset(["script", "style", "title"])
"""Elements that are no content of the page wherever they stand."""

_RAW = {
    "noscript": "shown without scripts only",
    "iframe": "not shown in a frame",
    "noembed": "for old browsers",
    "noframes": "for old browsers",
    "textarea": "in a form field",
}
"""Elements whose content holds no tags, and why it is not read."""

_UNPARSED = _UNSAID | _RAW.keys()
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

_CUT_OFF = "in a tag or comment without end"
_SILENT_INPUTS = frozenset(["checkbox", "radio", "file", "color", "range"])


def extract_html(content: bytes) -> Extraction:
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


def _normalized(source: str) -> str:
    """The source as HTML: of XHTML, what a parser of HTML would read otherwise is written out."""
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    source = source.replace(_END, "\ufffd")
    if source.lstrip("\ufeff \n\t").startswith("<?xml"):
        source = _CDATA.sub(lambda found: html.escape(found[1]), source)
        source = _EMPTY_TAG.sub(r"<\1\2></\1>", source)
    return source


class _Reader:
    """Writes what is seen and what is not, in the order of the document's tree."""

    def __init__(self, source: str) -> None:
        self._source = _normalized(source)
        count = len(_MARKUP.findall(self._source))
        if count > MAX_TAGS:
            raise NotTextError(f"has more than {MAX_TAGS:,} tags; save it as PDF or text")
        self._root = _parsed(self._source)
        nodes = list(_descendants(self._root))
        self._is_cut_off = not any(_is_at_end(node) for node in nodes)
        self._writer = TextWriter()
        self._page = PageWriter(_style_sheet(nodes), self._writer)

    def read(self) -> TextWriter:
        waiting: list[tuple[Node | None, OpenElement]] = [(self._root, self._page.outermost)]
        while waiting:
            node, around = waiting.pop()
            if node is None:
                self._page.leave(around)
            elif isinstance(node, Text):
                self._text(str(node.data).removesuffix(_END), around)
            elif isinstance(node, Comment):
                if _is_at_end(node):
                    self._writer.skip(str(node.data).removesuffix(_END), _CUT_OFF)
            elif isinstance(node, Element) and _is_unparsed(node):
                self._unparsed(node, self._start(node, around))
            else:
                element = self._start(node, around) if isinstance(node, Element) else around
                if element is not around:
                    waiting.append((None, element))
                waiting += [(child, element) for child in reversed(_children(node))]
        if self._is_cut_off:
            self._writer.skip(_cut_off(self._source), _CUT_OFF)
        return self._writer

    def _text(self, words: str, element: OpenElement) -> None:
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

    def _start(self, node: Element, around: OpenElement) -> OpenElement:
        attributes = {name.lower(): value or "" for name, value in node.attrs.items()}
        element = self._page.enter(node.name, attributes, around)
        if attributes:
            self._tell_attributes(node.name, attributes, element)
        return element

    def _tell_attributes(
        self, tag: str, attributes: Mapping[str, str], element: OpenElement
    ) -> None:
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

    def _unparsed(self, node: Element, element: OpenElement) -> None:
        """Leave out what stands in an element that holds no tags."""
        tag, words = node.name, _text_of(node)
        if words.endswith(_END):
            self._writer.skip(words.removesuffix(_END), f"in a {tag} without end")
        elif tag in _RAW:
            said = words if tag == "textarea" else _words_of(words)
            self._writer.skip(said, element.reason or _RAW[tag])
        self._page.leave(element)


def _parsed(source: str) -> Node:
    return JustHTML(source + _END, sanitize=False).root


def _is_at_end(node: Node) -> bool:
    return isinstance(node, Text | Comment) and str(node.data).endswith(_END)


def _cut_off(source: str) -> str:
    """What stands in a tag that the end of the source cuts off."""
    starts = [found.start() for found in _MARKUP.finditer(source)]
    first, end = 0, len(starts)
    while end - first > 1:  # before the first nothing is cut off, before the others it may be
        middle = (first + end) // 2
        if any(_is_at_end(node) for node in _descendants(_parsed(source[: starts[middle]]))):
            first = middle
        else:
            end = middle
    return source[starts[first] :]


def _children(node: Node) -> list[Node]:
    """The nodes directly within a node; of a template what it is a template of."""
    content = getattr(node, "template_content", None)
    return (node if content is None else content).children or []


def _descendants(root: Node) -> Iterator[Node]:
    """A node and all nodes within it, in the order of the document."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(_children(node))


def _is_unparsed(node: Element) -> bool:
    is_html = node.namespace in (None, "html")
    return node.name in (_UNPARSED if is_html else ("script", "style"))


def _text_of(node: Node) -> str:
    return "".join(str(child.data) for child in _children(node) if isinstance(child, Text))


def _words_of(source: str) -> str:
    """The text of HTML that is not read as such."""
    nodes = _descendants(_parsed(source))
    return " ".join(str(node.data) for node in nodes if isinstance(node, Text)).removesuffix(_END)


def _style_sheet(nodes: list[Node]) -> StyleSheet:
    """The style sheets of the document, wherever they stand in it."""
    elements = [node for node in nodes if isinstance(node, Element)]
    sheets = [_text_of(node) for node in elements if node.name == "style"]
    inline = [node.attrs.get("style") or "" for node in elements]
    return read_styles("\n".join(sheets), "\n".join(words for words in inline if "--" in words))
