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
    (b"BZh91AY&SY", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"ID3\x03\x00", "a sound recording"),
    (b"ID3\x04\x00", "a sound recording"),
)
_LATER = (
    (4, b"ftyp", "a film or a HEIC picture"),
    (8, b"WEBP", "a WebP picture"),
    (8, b"DUCK", "a DuckDB database"),
    (257, b"ustar", "a tar archive"),
)
"""Formats whose mark stands some bytes behind the beginning, which is binary."""

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
    head = content[:_HEAD]
    kinds = [kind for magic, kind in _OTHERS if head.startswith(magic)]
    if b"\x00" in head:
        kinds += [kind for place, mark, kind in _LATER if head.startswith(mark, place)]
    if kinds:
        raise NotTextError(f"is {kinds[0]}, not text; save it as PDF, DOCX, HTML or text")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "docx"
    start = head[:_PDF_HEAD].find(b"%PDF-")
    if start == 0 or (start > 0 and not head[:start].decode("latin-1").isprintable()):
        return "pdf"
    return "html" if _is_html(content, head) else "text"


def _is_html(content: bytes, head: bytes) -> bool:
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    begin = head.decode(encoding, errors="replace")
    is_fragment = _FRAGMENT.match(begin) and _FRAGMENT_END.search(content[-200:])
    return bool(_HTML.match(begin) or is_fragment)
