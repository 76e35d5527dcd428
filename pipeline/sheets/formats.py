"""What a file is, by its first bytes: text, a document that is extracted, or something else.

Reads content, gives a format. Names and extensions play no part. A Markdown or text sheet that
mentions a tag stays text: only a file that begins as an HTML document does is one.
"""

from __future__ import annotations

import re
from typing import Literal

Format = Literal["text", "pdf", "html", "docx"]

_OTHERS = (
    (b"\xd0\xcf\x11\xe0", "an old office document, or an encrypted one"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
)
_HEAD = 4096
"""Bytes in which a document must begin; comments may stand before its first tag."""

_PDF_HEAD = 1024
"""Bytes before ``%PDF-`` that readers of PDF forgive."""

_HTML = re.compile(
    r"\ufeff?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*){0,3}"
    r"(?:<!doctype\s+html\b|<(?:html|head|body)\b)",
    re.IGNORECASE | re.DOTALL,
)
_FRAGMENT = re.compile(r"\ufeff?\s*<(?:div|table|p|h[1-6]|main|article|section)\b", re.IGNORECASE)
_FRAGMENT_END = re.compile(
    rb"</(?:div|table|p|h[1-6]|main|article|section)\s*>\s*\Z", re.IGNORECASE
)


class NotTextError(ValueError):
    """Content that is no sheet's text; the message continues the file's name."""


class ExtractionInterruptedError(NotTextError):
    """An extraction that was cut short, by a limit or from outside: it says nothing of the file.

    Whoever keeps results must not keep this one; the next build tries again.
    """


def format_of(content: bytes) -> Format:
    """The format of a file; a ZIP archive counts as ``docx`` until it is opened.

    Raises:
        NotTextError: a format that is known and not read.
    """
    for magic, kind in _OTHERS:
        if content.startswith(magic):
            raise NotTextError(f"is {kind}, not text; save it as PDF, DOCX, HTML or text")
    head = content[:_HEAD]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "docx"
    start = head[:_PDF_HEAD].find(b"%PDF-")
    if start == 0 or (start > 0 and not head[:start].decode("latin-1").isprintable()):
        return "pdf"
    return "html" if _is_html(content, head) else "text"


def _is_html(content: bytes, head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        begin = head.decode("utf-16", errors="replace")
    else:
        begin = head.decode("utf-8-sig", errors="replace")
    if _HTML.match(begin):
        return True
    return bool(_FRAGMENT.match(begin) and _FRAGMENT_END.search(content[-200:]))
