"""Bytes of a text to the text: part of the fourth stop.

Reads the content of one text file, gives its text with encoding and pages, or says why it is not
text. The text is exactly ``content.decode(encoding)``, so that anyone can read a span again.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from pipeline.model import Box, Span
from pipeline.sheets.extracted import SkippedText
from pipeline.sheets.formats import Format, NotTextError
from pipeline.sheets.layout import Layout

MAX_CHARACTERS = 1 << 18
"""Longest text that is parsed; a sheet has about 4,200 characters."""

MAX_TEXT_BYTES = 1 << 20
"""Largest text file that is decoded: the longest text in the widest encoding."""

DECODER = "decode"
"""What the extractor of text files is called: Python decodes them, and nothing else is done."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY_ENCODINGS = ["cp1252", "mac_roman"]
_LINE = re.compile(r"[^\n\f]+")
# U+202D and U+202E make a reader see digits in another order than the one they are stored in.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\x84\x86-\x9f\u202d\u202e\ud800-\udfff]")

_C1 = dict.fromkeys(range(127, 160), " ")
"""Characters of legacy encodings, which are no sign of binary data."""


@dataclass(frozen=True, slots=True)
class SheetText:
    """The text of a sheet, to whose characters all spans refer, and where its pages start.

    A form feed ends a page; a text without one is a single page. The text of a text file is
    ``content.decode(encoding)``; that of a document is what ``extractor`` made of it. PDFs have a
    ``layout``, and no encoding, as office documents.
    """

    text: str
    encoding: str | None
    page_starts: tuple[int, ...]
    format: Format = "text"
    extractor: str = DECODER
    layout: Layout | None = None
    skipped: tuple[SkippedText, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages the text has."""
        return len(self.page_starts)

    def page(self, offset: int) -> int:
        """The page, counted from 1, on which the character at ``offset`` stands."""
        if self.layout is not None:
            return self.layout.page(offset)
        return bisect_right(self.page_starts, offset)

    def box(self, span: Span) -> Box | None:
        """Where ``span`` stands on its page, the line with its digits if it is broken over two.

        None without a layout.
        """
        if self.layout is None:
            return None
        lines = [Span(*line.span()) for line in _LINE.finditer(self.text, *span)]
        with_digits = (line for line in lines if any(map(str.isdigit, line.of(self.text))))
        return self.layout.box(next(with_digits, lines[0]))

    def counts_pages(self, span: Span) -> bool:
        """Whether ``span`` is part of the page furniture that numbers the pages."""
        return self.layout is not None and self.layout.counts_pages(span)


def decode(content: bytes) -> SheetText:
    """Decode a text file.

    Raises:
        NotTextError: empty, binary, in no known encoding, or longer than the caps.
    """
    if len(content) > MAX_TEXT_BYTES:
        raise NotTextError(
            f"has {len(content):,} bytes, more than the {MAX_TEXT_BYTES:,} a text may have"
        )
    encoding = encoding_of(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        what = f"is not {encoding} at byte {error.start}: {error.reason}"
        if not content.startswith(tuple(mark for mark, _ in _BYTE_ORDER_MARKS)):
            what = f"is binary data, not text; read as text it {what}"
        raise NotTextError(what) from error
    return SheetText(checked_text(text), encoding, page_starts(text))


def checked_text(text: str) -> str:
    """The text as it is, if a sheet can be in it.

    Raises:
        NotTextError: empty, longer than ``MAX_CHARACTERS``, or with control characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise NotTextError(
            f"has {len(text):,} characters, more than the {MAX_CHARACTERS:,} a sheet may have"
        )
    if not text.strip():
        raise NotTextError("is empty")
    control = _CONTROL.search(text)
    if control:
        raise NotTextError(
            f"is not text: control character U+{ord(control[0]):04X} at character {control.start()}"
        )
    return text


def page_starts(text: str) -> tuple[int, ...]:
    """Offsets at which pages start: the beginning, and behind every form feed that text follows."""
    pages = text.rstrip("\f\r\n \t").split("\f")
    return tuple(accumulate((len(page) + 1 for page in pages[:-1]), initial=0))


def encoding_of(content: bytes) -> str:
    """The encoding that the bytes speak for.

    Raises:
        NotTextError: no encoding that is known.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    nulls = content.count(0)
    if nulls > len(content) // 4:  # English text in UTF-16 has a zero byte a character
        return "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _legacy_encoding(content)
    return "utf-8"


def _legacy_encoding(content: bytes) -> str:
    # Imported here: most sheets are UTF-8, and the tables of encodings cost start-up time.
    from charset_normalizer import from_bytes

    candidates = from_bytes(content, cp_isolation=_LEGACY_ENCODINGS)
    if not candidates:
        if _CONTROL.search(content.decode("latin-1").translate(_C1)):
            raise NotTextError("is binary data, not text; save it as PDF, DOCX, HTML or text")
        raise NotTextError("is in no encoding that is known here; save it as UTF-8")
    # English prose holds typographic quotation marks and dashes rather than accented letters.
    return min(candidates, key=lambda candidate: _accented_letters(str(candidate))).encoding


def _accented_letters(text: str) -> int:
    return sum(char.isalpha() and not char.isascii() for char in text)
