"""Bytes to text: the fourth stop.

Reads the content of one file, gives its text with encoding and pages, or says why it is not
text. The text is exactly ``content.decode(encoding)``, so that anyone can read a span again.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

MAX_CHARACTERS = 1 << 18
"""Longest text that is parsed; a sheet has about 4,200 characters."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY_ENCODINGS = ["cp1252", "mac_roman"]
_FORMATS = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
)
# U+202D and U+202E make a reader see digits in another order than the one they are stored in.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\x84\x86-\x9f\u202d\u202e\ud800-\udfff]")


class NotTextError(ValueError):
    """Content that is no sheet's text; the message continues the file's name."""


@dataclass(frozen=True, slots=True)
class SheetText:
    """The text of a sheet, ``content.decode(encoding)``, and where its pages start.

    A form feed ends a page; a text without one is a single page.
    """

    text: str
    encoding: str
    page_starts: tuple[int, ...]

    @property
    def pages(self) -> int:
        """How many pages the text has."""
        return len(self.page_starts)

    def page(self, offset: int) -> int:
        """The page, counted from 1, of the character at ``offset``."""
        return bisect_right(self.page_starts, offset)


def decode(content: bytes) -> SheetText:
    """Decode a sheet.

    Raises:
        NotTextError: empty, binary, in no known encoding, or longer than ``MAX_CHARACTERS``.
    """
    for magic, kind in _FORMATS:
        if content.startswith(magic):
            raise NotTextError(f"is {kind}, not text; extract its text first")
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotTextError(f"is not {encoding} at byte {error.start}: {error.reason}") from error
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
    return SheetText(text, encoding, page_starts(text))


def page_starts(text: str) -> tuple[int, ...]:
    """Offsets at which pages start: the beginning, and behind every form feed that text follows."""
    pages = text.rstrip("\f\r\n \t").split("\f")
    return tuple(accumulate((len(page) + 1 for page in pages[:-1]), initial=0))


def _encoding(content: bytes) -> str:
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
        raise NotTextError("is in no encoding that is known here; save it as UTF-8")
    # English prose holds typographic quotation marks and dashes rather than accented letters.
    return min(candidates, key=lambda candidate: _accented_letters(str(candidate))).encoding


def _accented_letters(text: str) -> int:
    return sum(char.isalpha() and not char.isascii() for char in text)
