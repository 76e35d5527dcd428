"""HTML source to tags and text, as browsers cut it; part of ``web``.

The rules are those of the HTML standard's tokenizer, in linear time: the standard library's
parser differs from it, and from one Python to the next, in what is a comment, a script, or text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

from pipeline.sheets.formats import NotTextError

MAX_TAGS = 100_000
"""Most tags and comments of a page; a sheet has hundreds."""

RAW = frozenset(["iframe", "noembed", "noframes", "noscript", "script", "style", "xmp"])
"""Elements whose content holds no tags."""

_RAW_WITH_REFERENCES = frozenset(["textarea", "title"])
_MARKUP = re.compile(r"<(?=[a-zA-Z/!?])")
_NAME = re.compile(r"[a-zA-Z][^ \t\n\f/>]*")
_BEFORE_ATTRIBUTE = re.compile(r"[ \t\n\f/]*")
_ATTRIBUTE = re.compile(r"[^ \t\n\f/>][^ \t\n\f/>=]*")
_EQUALS = re.compile(r"[ \t\n\f]*=[ \t\n\f]*")
_UNQUOTED = re.compile(r"[^ \t\n\f>]*")
_COMMENT_END = re.compile(r"--!?>")
_SCRIPT = re.compile(r"<!--|-->|<(/?)script(?=[ \t\n\f/>])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """Characters, their references resolved."""

    words: str


@dataclass(frozen=True, slots=True)
class Start:
    """A start tag; of attributes given twice the first counts."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    closes_itself: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """An end tag."""

    tag: str


@dataclass(frozen=True, slots=True)
class Raw:
    """The content of an element that holds no tags; its end tag follows if it is ``closed``."""

    tag: str
    words: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Swallowed:
    """The rest of the document, which stands in a tag or comment without end."""

    source: str


Token = Text | Start | End | Raw | Swallowed


class Tokens:
    """The tokens of a document, one after another; raises NotTextError if there are too many.

    Attributes:
        foreign: set while SVG or MathML is read, whose rules are those of XML.
    """

    def __init__(self, source: str) -> None:
        self._source = source.replace("\r\n", "\n").replace("\r", "\n")
        self._tags = 0
        self._is_xml = self._source.lstrip("\ufeff \n\t").startswith("<?xml")
        self.foreign = False

    def __iter__(self) -> Iterator[Token]:
        source, at = self._source, 0
        while at < len(source):
            markup = _MARKUP.search(source, at)
            start = markup.start() if markup else len(source)
            if start > at:
                yield Text(unescape(source[at:start]))
            at = start
            if at < len(source):
                foreign = self.foreign
                token, at = self._markup(at)
                if token is not None:
                    yield token
                if isinstance(token, Start) and not foreign:
                    raw, at = self._raw(token, at)
                    if raw is not None:
                        yield raw

    def _markup(self, at: int) -> tuple[Token | None, int]:
        """The token that begins with the "<" at this place, and where it ends."""
        source = self._source
        closing = source.startswith("</", at)
        self._tags += 1
        if self._tags > MAX_TAGS:
            raise NotTextError(f"has more than {MAX_TAGS:,} tags; save it as PDF or text")
        name = _NAME.match(source, at + 1 + closing)
        if name:
            return self._tag(name, at, closing=closing)
        if source.startswith("<!--", at):
            return self._comment(at)
        if source.startswith("<![CDATA[", at) and (self.foreign or self._is_xml):
            end = source.find("]]>", at)
            words = source[at + 9 : end if end >= 0 else len(source)]
            return Text(words), end + 3 if end >= 0 else len(source)
        if closing and at + 2 == len(source):
            return Text("</"), at + 2
        end = source.find(">", at)
        return (None, end + 1) if end >= 0 else (Swallowed(source[at:]), len(source))

    def _comment(self, at: int) -> tuple[Token | None, int]:
        for empty in ("<!-->", "<!--->"):
            if self._source.startswith(empty, at):
                return None, at + len(empty)
        end = _COMMENT_END.search(self._source, at + 4)
        return (None, end.end()) if end else (Swallowed(self._source[at + 4 :]), len(self._source))

    def _tag(self, name: re.Match[str], start: int, *, closing: bool) -> tuple[Token, int]:
        source, at = self._source, name.end()
        tag, attributes = name[0].lower(), dict[str, str]()
        while True:
            before = _BEFORE_ATTRIBUTE.match(source, at)
            at = before.end() if before else at
            attribute = _ATTRIBUTE.match(source, at)
            if attribute is None:
                break
            at, value = attribute.end(), ""
            equals = _EQUALS.match(source, at)
            if equals:
                at = equals.end()
                quote = source[at : at + 1]
                if quote in ('"', "'"):
                    end = source.find(quote, at + 1)
                    if end < 0:
                        return Swallowed(source[start:]), len(source)
                    value, at = source[at + 1 : end], end + 1
                else:
                    unquoted = _UNQUOTED.match(source, at)
                    value, at = (unquoted[0], unquoted.end()) if unquoted else ("", at)
            attributes.setdefault(attribute[0].lower(), unescape(value))
        if at == len(source):
            return Swallowed(source[start:]), at
        if closing:
            return End(tag), at + 1
        closes_itself = source[at - 1] == "/" and (
            self.foreign or self._is_xml or tag in ("svg", "math")
        )
        return Start(tag, attributes, closes_itself), at + 1

    def _raw(self, start: Start, at: int) -> tuple[Raw | None, int]:
        """What stands in the element that has begun, if it holds no tags."""
        source, tag = self._source, start.tag
        if start.closes_itself:
            return None, at
        if tag == "plaintext":
            return Raw(tag, source[at:], closed=True), len(source)
        if tag not in RAW and tag not in _RAW_WITH_REFERENCES:
            return None, at
        if tag == "script":
            end = self._script_end(at)
        else:
            found = re.compile(rf"</{tag}(?=[ \t\n\f/>])", re.IGNORECASE).search(source, at)
            end = found.start() if found else None
        words = source[at:end]
        if tag in _RAW_WITH_REFERENCES:
            words = unescape(words)
        return Raw(tag, words, closed=end is not None), len(source) if end is None else end

    def _script_end(self, at: int) -> int | None:
        """Where the script ends: a script that is written within its comment does not end it."""
        in_comment = within = False
        for mark in _SCRIPT.finditer(self._source, at):
            if mark[0] == "<!--":
                in_comment = True
            elif mark[0] == "-->":
                in_comment = within = False
            elif not mark[1]:
                within = in_comment
            elif within:
                within = False
            else:
                return mark.start()
        return None
