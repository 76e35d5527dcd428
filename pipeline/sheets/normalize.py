"""Text to canonical text, with a way back to every raw character: the fifth stop.

Reads decoded text, gives a :class:`Canonical`: lower case, plain quotation marks and digits, one
space between words, no emphasis, headings, links, entities, or hyphens within words. What tools
do to a sheet's text on its way is undone here, so that patterns need to know none of it.

Characters are replaced by an explicit table, never by Unicode normalisation at large, which
would turn ``199¹`` into 1991. Markup removed from within a numeral leaves an asterisk there:
``199**1**`` and ``199[1](notes)`` are a number and its footnote, never 1991. Only where nothing
but a thousands separator parts what looks different do digits join: ``**8**,597``.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache

from pipeline.model import Span
from pipeline.sheets.number_words import COUNTING_WORDS

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_BREAKS = "\r\v\f\u0085\u2028\u2029"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\ufffe"
_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u02bc\u00b4\u2032"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"
_BULLETS = "\u2022\u25cf\u25aa\u2023\u00b7"
_DROPPED = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_APART = "*"
"""Stands where markup was removed from within what would else read as one numeral."""

_NUMERAL_JOINT = re.compile(r"[0-9][.,]?\|[.,]?[0-9]")
_THOUSANDS_JOINT = re.compile(r"[0-9](?:\|,|,\|)[0-9]{3}")
_LOOK = r"</?(?:b|strong|i|em|u|span|font|mark|small|ins|wbr)(?: [^<>]{0,200})?/?>"
"""Tags that change how words look, or where a line may break, and nothing else."""
_LOOK_CHANGES = re.compile(rf"(?:\*+|{_LOOK})+")

_THIN_SPACES = "\u00a0\u2009\u202f"
_THIN_THOUSANDS = re.compile(rf"(?<=[0-9])[{_THIN_SPACES}](?=[0-9]{{3}}(?![0-9]))")
"""Spaces that do not break a line group thousands: 8 597 with one of them is 8,597."""
_THREE_DIGITS = re.compile(r"[0-9]{3}(?![0-9])")

_RAISED = str.maketrans(
    "0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
)

_LIGATURES = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}

_DROPPED_AND_LIGATURES: dict[int, str] = {
    ord(char): letters for char, letters in _LIGATURES.items()
}
_DROPPED_AND_LIGATURES |= {ord(char): "" for char in _DROPPED}
_LETTERS = f"a-z{''.join(_LIGATURES)}"
"""What a hyphen may stand between, at the end of a line too, and join."""

# Changes begin with one of these characters; the search for them skips all others at once. Each
# change swallows the white space behind it, so that one space remains of what surrounds it.
_TRIGGER = re.compile(rf"[\t\n*_`#><~\[\]&\\:\u2022{_DROPPED}{''.join(_LIGATURES)}-]")
_CHANGE = re.compile(
    rf"(?:(?P<mark>{_LOOK}|\*+|(?<![a-z0-9])_+|_+(?![a-z0-9_])|`+"
    r"|\[(?=[^\[\]\n]{1,200}\]\()|\]\([^()\s]{1,500}\))"
    r"|(?P<struck>~~(?=\S)[^~]{1,2000}~~|<(?P<tag>del|s|strike)\b[^<>]{0,200}>.{0,2000}?</(?P=tag)>)"
    r"|(?P<comment><!--.{0,4000}?-->)"
    r"|<sup>(?P<raised>[0-9]{1,2})</sup>"
    r"|(?P<broken>(?<=[a-z]/)\n\s{0,3}(?=[a-z]))"
    rf"|(?P<hyphen>(?<=[{_LETTERS}])(?:\\?-\s{{0,3}}|\u00ad(?:[ \t]{{0,2}}\n\s{{0,2}})?)(?=[{_LETTERS}]))"
    rf"|(?P<dropped>[{_DROPPED}]+)"
    r"|(?P<entity>&(?:\#[0-9]{1,6}|\#x[0-9a-f]{1,5}|[a-z]{2,8});)"
    rf"|(?P<ligature>[{''.join(_LIGATURES)}])"
    r"|\\(?P<escaped>[-\\`*_{}\[\]()#+.!&<>|~])"
    r"|(?=[\t\n]))(?P<space>\s*)",
    re.DOTALL,
)
# ">" and "-" before a digit may be signs of the number ("> 18,000"), wrapped to a line's start.
_LINE_MARK = re.compile(
    r"(?:(?P<mark>\#{1,6}|>(?!\s*[0-9])|-(?![ \t]*[0-9])|\u2022)(?=[ \t])|(?=:?--)[ \t:-]+(?=\n|$))(?P<space>\s*)"
)


def _table() -> dict[int, str]:
    table = {ord(char): " " for char in _SPACES}
    table |= {ord(char): "\n" for char in _BREAKS}
    table |= {ord(char): "-" for char in _HYPHENS}
    table |= {ord(char): "'" for char in _SINGLE_QUOTES}
    table |= {ord(char): '"' for char in _DOUBLE_QUOTES}
    table |= {ord(char): "\u2022" for char in _BULLETS}
    table[ord("|")] = "\t"  # the cells of a Markdown table
    table |= {ord(char): char.lower() for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    fullwidth = [chr(code) for code in range(0xFF01, 0xFF5F)]
    table |= {ord(char): unicodedata.normalize("NFKC", char).lower() for char in fullwidth}
    return table


_TABLE = _table()


@dataclass(frozen=True, slots=True)
class Canonical:
    """Canonical text and the way back from it.

    ``text`` holds single spaces, and a line feed where the raw white space held a line break;
    ``flat`` is the same with spaces alone, for matching. Offsets of both are the same. ``marked``
    holds the offsets of lines that begin with a heading's or an item's mark, ``struck`` the raw
    stretches that are struck through, and so no text.
    """

    raw: str
    text: str
    flat: str
    marked: dict[int, str]
    struck: list[Span]
    _starts: list[int] = field(repr=False)
    _segments: list[tuple[int, int, bool]] = field(repr=False)

    def raw_span(self, start: int, end: int) -> Span:
        """The raw characters that stand behind ``text[start:end]``, which must not be empty."""
        index = bisect_right(self._starts, start) - 1
        raw_start, raw_end, verbatim = self._segments[index]
        if verbatim:
            raw_start += start - self._starts[index]
            if raw_start + end - start <= raw_end:  # most figures lie within one segment
                return Span(raw_start, raw_start + end - start)
        return Span(raw_start, self._raw_end(end - 1))

    def raw_start(self, offset: int) -> int:
        """Where the raw characters begin that stand behind ``text[offset]``."""
        index = bisect_right(self._starts, offset) - 1
        raw_start, _, verbatim = self._segments[index]
        return raw_start + offset - self._starts[index] if verbatim else raw_start

    def removed(self) -> list[Span]:
        """The raw stretches that do not stand in the canonical text as themselves."""
        kept = [(start, end) for start, end, verbatim in self._segments if verbatim]
        ends = [0, *(end for _, end in kept)]
        starts = [*(start for start, _ in kept), len(self.raw)]
        return [Span(end, start) for end, start in zip(ends, starts, strict=True) if end < start]

    def _raw_end(self, offset: int) -> int:
        """Where the raw characters end that stand behind ``text[offset]``."""
        index = bisect_right(self._starts, offset) - 1
        raw_start, raw_end, verbatim = self._segments[index]
        return raw_start + offset - self._starts[index] + 1 if verbatim else raw_end


def normalize(raw: str, *, is_piece: bool = False) -> Canonical:
    """Bring a sheet's text into canonical form; same raw text, same result.

    Args:
        raw: the text.
        is_piece: whether it is cut out of a text, so that marks may have their other half outside.
    """
    # In a run of spaces every other one becomes a tab, so that runs are found as changes.
    lowered = _THIN_THOUSANDS.sub(",", raw).translate(_TABLE).replace("  ", " \t")
    emphasis = _emphasis(lowered) if "*" in lowered and not is_piece else frozenset()
    writer = _Writer(raw)
    done = 0
    for trigger in _TRIGGER.finditer(lowered):
        if trigger.start() < done:
            continue
        writer.verbatim(lowered[done : trigger.start()], done)
        done = trigger.start()
        change = _LINE_MARK.match(lowered, done) if writer.at_line_start else None
        if change and change["mark"]:
            writer.marks_line(change["mark"])
        change = change or _CHANGE.match(lowered, done)
        if change and (lowered[done] != "*" or is_piece or done in emphasis):
            piece = _replacement(change, writer, lowered)
            writer.replaced(piece, change.start(), change.start("space"))
            if change.groupdict().get("struck"):
                writer.struck.append(Span(change.start(), change.start("space")))
            writer.space(change["space"], change.start("space"), change.end())
            done = change.end()
    writer.verbatim(lowered[done:], done)
    text = "".join(writer.pieces)
    flat = text.replace("\n", " ")
    return Canonical(raw, text, flat, writer.marked, writer.struck, writer.starts, writer.segments)


def _emphasis(lowered: str) -> frozenset[int]:
    """Where runs of asterisks open and close emphasis; the others are printed, as notes' marks.

    A run opens before a word and closes behind one; an opening one counts only if a run of its
    length closes it.
    """
    marks: set[int] = set()
    opened: list[re.Match[str]] = []
    for run in _ASTERISKS.finditer(lowered):
        before, behind = lowered[run.start() - 1 : run.start()], lowered[run.end() : run.end() + 1]
        if before == "\\":
            continue
        is_apart = not before or not before.isalnum()
        closes = not (before.isspace() or not before)
        # A page may end within words in bold; a note's mark is a single one.
        while opened and len(opened[-1][0]) == 1 and _PARAGRAPH.search(lowered, opened[-1].end(), run.start()):  # fmt: skip
            opened.pop()
        if closes and opened and len(opened[-1][0]) == len(run[0]):
            marks |= {opened.pop().start(), run.start()}
        elif behind.isalnum() or (behind and not behind.isspace() and is_apart):
            opened.append(run)
    return frozenset(marks)


_ASTERISKS = re.compile(r"\*+")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


class _Writer:
    """Collects canonical text piece by piece, each with the raw stretch it stands for."""

    def __init__(self, raw: str) -> None:
        self._raw = raw
        self.marked: dict[int, str] = {}
        self.struck: list[Span] = []
        self.pieces: list[str] = []
        self.starts: list[int] = []
        self.segments: list[tuple[int, int, bool]] = []
        self._length = 0

    @property
    def at_line_start(self) -> bool:
        return not self.pieces or self.pieces[-1].endswith("\n")

    def verbatim(self, piece: str, raw_start: int) -> None:
        self._add(piece, raw_start, raw_start + len(piece), verbatim=True)

    def replaced(self, piece: str, raw_start: int, raw_end: int) -> None:
        if piece.isspace():
            self.space(piece, raw_start, raw_end)
        else:
            self._add(piece, raw_start, raw_end, verbatim=False)

    def space(self, piece: str, raw_start: int, raw_end: int) -> None:
        """One space or line break for a run of them, together with what stands before it."""
        is_break = "\n" in piece
        if not piece or (self.pieces and self.pieces[-1].endswith("\n")):
            return
        if self.pieces and self.pieces[-1].endswith(" "):
            if not is_break:
                return
            self._drop_last_space()
        self._add("\n" if is_break else " ", raw_start, raw_end, verbatim=False)

    def _drop_last_space(self) -> None:
        piece, start = self.pieces.pop(), self.starts.pop()
        raw_start, raw_end, verbatim = self.segments.pop()
        self._length = start
        if verbatim:
            self._add(piece[:-1], raw_start, raw_end - 1, verbatim=True)

    def _add(self, piece: str, raw_start: int, raw_end: int, *, verbatim: bool) -> None:
        if not piece:
            return
        start = self.segments[-1][1] if self.segments else 0
        if start < raw_start and _NUMERAL_JOINT.search(f"{self.tail()[-2:]}|{piece[:2]}"):
            looks = _LOOK_CHANGES.fullmatch(self._raw[start:raw_start].lower())
            if not (looks and _THOUSANDS_JOINT.search(f"{self.tail()[-2:]}|{piece[:4]}")):
                self._append(_APART, start, raw_start, verbatim=False)
        self._append(piece, raw_start, raw_end, verbatim=verbatim)

    def tail(self) -> str:
        """The last characters; no piece is empty, and a word that counts has at most nine."""
        return "".join(self.pieces[-12:])[-12:]

    def marks_line(self, mark: str) -> None:
        """Note that the line that begins here had a mark."""
        self.marked[self._length] = mark

    def _append(self, piece: str, raw_start: int, raw_end: int, *, verbatim: bool) -> None:
        self.pieces.append(piece)
        self.starts.append(self._length)
        self.segments.append((raw_start, raw_end, verbatim))
        self._length += len(piece)


@cache
def canonical_words(words: str) -> str:
    """The canonical form of a few words of the catalog, spaces at their ends kept."""
    return normalize(words).flat


def _replacement(change: re.Match[str], writer: _Writer, lowered: str) -> str:
    """What stands for a change in the canonical text, the white space behind it apart."""
    groups = change.groupdict()
    if groups.get("entity"):
        printed = html.unescape(groups["entity"])
        tail = writer.tail()
        groups_digits = printed in _THIN_SPACES and tail[-1:].isdigit() and not change["space"]
        if groups_digits and _THREE_DIGITS.match(lowered, change.end()):
            return ","
        return printed.translate(_TABLE).translate(_DROPPED_AND_LIGATURES)
    if groups.get("ligature"):
        return _LIGATURES[groups["ligature"]]
    if groups.get("raised"):
        return groups["raised"].translate(_RAISED)
    if groups.get("hyphen"):
        before, behind = _LAST_WORD.search(writer.tail()), _FIRST_WORD.match(lowered, change.end())
        words = {before[0] if before else "", behind[0] if behind else ""}
        # A soft hyphen may be a number's own, as in "twenty-one", or break a word: "seven-teen".
        is_soft = "\u00ad" in groups["hyphen"]
        counts = words <= COUNTING_WORDS if is_soft else not words.isdisjoint(COUNTING_WORDS)
        return " " if counts else ""
    return groups.get("escaped") or ""


_LAST_WORD = re.compile(r"[a-z]+$")
_FIRST_WORD = re.compile(r"[a-z]+")
