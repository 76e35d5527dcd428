"""Characters that stand for plain ones, by an explicit table: part of the fifth stop.

Never by Unicode normalisation at large, which would turn ``199¹`` into 1991. Which changes take
more than a character is known by ``sheets.normalize``.
"""

from __future__ import annotations

import re
import unicodedata

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_BREAKS = "\r\v\f\u0085\u2028\u2029"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\ufffe"
_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u02bc\u00b4\u2032"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"
_BULLETS = "\u2022\u25cf\u25aa\u2023\u00b7"
DROPPED = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u00ae\u2120\u2122"
"""What is not seen, and the marks of a trademark, which say nothing."""

THIN_SPACES = "\u00a0\u2007\u2009\u202f"
_THIN_THOUSANDS = re.compile(rf"[{THIN_SPACES}](?<=[0-9][{THIN_SPACES}])(?=[0-9]{{3}}(?![0-9]))")
"""Spaces that do not break a line group thousands: 8 597 with one of them is 8,597."""

RAISED = str.maketrans("0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")

LIGATURES = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}

DROPPED_AND_LIGATURES: dict[int, str] = {ord(char): letters for char, letters in LIGATURES.items()}
DROPPED_AND_LIGATURES |= {ord(char): "" for char in DROPPED}


def _table() -> dict[int, str]:
    table = {ord(char): " " for char in _SPACES}
    table |= {ord(char): "\n" for char in _BREAKS}
    table |= {ord(char): "-" for char in _HYPHENS}
    table |= {ord(char): "'" for char in _SINGLE_QUOTES}
    table |= {ord(char): '"' for char in _DOUBLE_QUOTES}
    table |= {ord(char): "\u2022" for char in _BULLETS}
    table[ord("|")] = "\t"  # the cells of a Markdown table
    table |= {ord(char): char.lower() for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    for code in range(0xFF01, 0xFF5F):  # full-width forms read as their plain ones do
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        table[code] = table.get(ord(plain), plain)
    return table


PLAIN = _table()
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def replaced_one_by_one(raw: str) -> str:
    """The text with each character replaced by its plain form; offsets stay.

    A text without any but ASCII characters is translated many times faster than others.
    """
    if not raw.isascii():
        raw = _THIN_THOUSANDS.sub(",", raw)
        raw = _NOT_ASCII.sub(lambda found: found[0].translate(PLAIN), raw)
    return raw.translate(PLAIN)
