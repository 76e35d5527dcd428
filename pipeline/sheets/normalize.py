"""Text to canonical text, with a way back to every raw character: the fifth stop.

Reads decoded text, gives a :class:`Canonical`: lower case, plain quotation marks and digits, one
space between words, no emphasis, headings, links, entities, or hyphens within words. What tools
do to a sheet's text on its way is undone here, so that patterns need to know none of it.

Markup removed from within a numeral leaves an asterisk there: ``199**1**`` and ``199[1](notes)``
are a number and its footnote, never 1991. Only where nothing but a thousands separator parts what
looks different do digits join: ``**8**,597``.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache

from pipeline.model import Span
from pipeline.sheets.characters import (
    DROPPED,
    DROPPED_AND_LIGATURES,
    LIGATURES,
    PLAIN,
    RAISED,
    THIN_SPACES,
    replaced_one_by_one,
)
from pipeline.sheets.number_words import hyphen_between

_APART = "*"
"""Stands where markup was removed from within what would else read as one numeral."""

_JOINING = "0123456789.,"
_NUMERAL_JOINT = re.compile(r"[0-9][.,]?\|[.,]?[0-9]")
_THOUSANDS_JOINT = re.compile(r"[0-9](?:\|,|,\|)[0-9]{3}")
_MAY_HIDE = r"[^<>]{0,200}(?:hidden|class|display|visib|opacity|size|through|position|clip|indent|trans|white|\#f|rgb|hsl)"
_LOOK = (
    rf"</?(?:b|strong|i|em|u|span|font|mark|small|ins|wbr)(?: (?!{_MAY_HIDE})[^<>]{{0,200}})?/?>"
)
"""Tags that change how words look, or where a line may break, and nothing else."""
_LOOK_CHANGES = re.compile(rf"(?:\*+|{_LOOK})+")

_THREE_DIGITS = re.compile(r"[0-9]{3}(?![0-9])")

_LETTERS = f"a-z{''.join(LIGATURES)}"
"""What a hyphen may stand between, at the end of a line too, and join."""

# Changes begin with one of these characters; the search for them skips all others at once. Each
# change swallows the white space behind it, so that one space remains of what surrounds it.
_TRIGGER = re.compile(rf"[\t\n*_`#><~\[\]&\\:\u2022{DROPPED}{''.join(LIGATURES)}-]")
_MAY_COUNT = re.compile(r"[0-9\x80-\U0010ffff]")
_SPACE = re.compile(r"\s*")
_CHANGE = re.compile(
    rf"(?:(?P<mark>{_LOOK}|\*+|(?<![a-z0-9])_+|_+(?![a-z0-9_])|`+"
    r"|\[(?=[^\[\]\n]{1,200}\]\()|\]\([^()\s]{1,500}\))"
    r"|(?P<struck>~~(?=\S)[^~]{1,2000}~~|<(?P<tag>del|s|strike)\b[^<>]{0,200}>.{0,2000}?</(?P=tag)>)"
    r"|(?P<comment><!--.{0,4000}?-->)"
    r"|<sup>(?P<raised>[0-9]{1,2})</sup>"
    r"|(?P<broken>(?<=[a-z]/)\n\s{0,3}(?=[a-z]))"
    rf"|(?P<hyphen>(?<=[{_LETTERS}])(?:\\?-\s{{0,3}}|\u00ad(?:[ \t]{{0,2}}\n\s{{0,2}})?)(?=[{_LETTERS}]))"
    rf"|(?P<dropped>[{DROPPED}]+)"
    r"|(?P<entity>&(?:\#[0-9]{1,6}|\#x[0-9a-f]{1,5}|[a-z]{2,8});)"
    rf"|(?P<ligature>[{''.join(LIGATURES)}])"
    r"|\\(?P<escaped>[-\\`*_{}\[\]()#+.!&<>|~])"
    r"|(?=[\t\n]))(?P<space>\s*)",
    re.DOTALL,
)
# ">" and "-" before a digit may be signs of the number ("> 18,000"), wrapped to a line's start.
_LINE_MARK = re.compile(
    r"(?:(?P<mark>\#{1,6}|>(?!\s*[0-9])|-(?![ \t]*[0-9])|\u2022)(?=[ \t])|(?=:?--)[ \t:-]+(?=\n|$))(?P<space>\s*)"
)


@dataclass(frozen=True, slots=True)
class Canonical:
    """Canonical text and the way back from it.

    ``text`` holds single spaces, and a line feed where the raw white space held a line break;
    ``flat`` is the same with spaces alone, for matching. Offsets of both are the same. ``marked``
    holds the offsets of lines that begin with a heading's or an item's mark, ``struck`` the raw
    stretches that are struck through, and so no text. ``markup_may_count`` tells whether removed
    markup holds digits, or characters that may be numbers.
    """

    raw: str
    text: str
    flat: str
    marked: dict[int, str]
    struck: list[Span]
    markup_may_count: bool
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
        spans, done = [], 0
        for start, end, verbatim in self._segments:
            if verbatim:
                if done < start:
                    spans.append(Span(done, start))
                done = end
        return [*spans, Span(done, len(self.raw))] if done < len(self.raw) else spans

    def _raw_end(self, offset: int) -> int:
        """Where the raw characters end that stand behind ``text[offset]``."""
        index = bisect_right(self._starts, offset) - 1
        raw_start, raw_end, verbatim = self._segments[index]
        return raw_start + offset - self._starts[index] + 1 if verbatim else raw_end


def normalize(raw: str, *, is_piece: bool = False) -> Canonical:
    """Bring a sheet's text into canonical form; same raw text, same result.

    The marks of a piece that is cut out of a text may have their other half outside.
    """
    # In a run of spaces every other one becomes a tab, so that runs are found as changes.
    lowered = replaced_one_by_one(raw).replace("  ", " \t")
    emphasis = _emphasis(lowered) if "*" in lowered and not is_piece else {}
    writer = _Writer(raw)
    done, markup_may_count = 0, False
    for trigger in _TRIGGER.finditer(lowered):
        start = trigger.start()
        if start < done:
            continue
        # Most changes are white space or emphasis alone.
        char = lowered[start]
        is_space = char in "\t\n" and lowered[start - 1] != "/"
        if is_space or (char == "*" and not is_piece):
            behind = start if is_space else emphasis.get(start)
            if behind is not None:
                writer.verbatim(lowered[done:start], done)
                rest = _SPACE.match(lowered, behind)
                assert rest is not None, "there may be none"
                done = rest.end()
                writer.space(rest[0], behind, done)
            continue
        change = (
            _LINE_MARK.match(lowered, start) if start == done and writer.at_line_start else None
        )
        if change and change["mark"]:
            writer.marks_line(change["mark"])
        change = change or _CHANGE.match(lowered, start)
        if change:
            writer.verbatim(lowered[done:start], done)
            done, end = change.end(), change.start("space")
            markup_may_count = markup_may_count or bool(_MAY_COUNT.search(lowered, start, end))
            if change.re is _CHANGE:  # not the mark of a line
                writer.replaced(_replacement(change, writer), start, end)
                if change["struck"]:
                    writer.struck.append(Span(start, end))
            writer.space(lowered[end:done], end, done)
    writer.verbatim(lowered[done:], done)
    text = "".join(writer.pieces)
    found = (text, text.replace("\n", " "), writer.marked, writer.struck, markup_may_count)
    return Canonical(raw, *found, writer.starts, writer.segments)


def _emphasis(lowered: str) -> dict[int, int]:
    """The runs of asterisks that open and close emphasis, the start of each with its end.

    The others are printed, as notes' marks. A run opens before a word and closes behind one; an
    opening one counts only if a run of its length closes it.
    """
    marks: dict[int, int] = {}
    opened: list[re.Match[str]] = []
    for run in _ASTERISKS.finditer(lowered):
        start, end = run.span()
        before, behind = lowered[start - 1 : start], lowered[end : end + 1]
        if before == "\\":
            continue
        is_apart = not before or not before.isalnum()
        closes = not (before.isspace() or not before)
        # A page may end within words in bold; a note's mark is a single one.
        while (
            opened
            and len(opened[-1][0]) == 1
            and _PARAGRAPH.search(lowered, opened[-1].end(), start)
        ):
            opened.pop()
        if closes and opened and len(opened[-1][0]) == end - start:
            opening = opened.pop()
            marks[opening.start()], marks[start] = opening.end(), end
        elif behind.isalnum() or (behind and not behind.isspace() and is_apart):
            opened.append(run)
    return marks


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
        if piece:
            self._add(piece, raw_start, raw_start + len(piece), verbatim=True)

    def replaced(self, piece: str, raw_start: int, raw_end: int) -> None:
        if piece.isspace():
            self.space(piece, raw_start, raw_end)
        elif piece:
            self._add(piece, raw_start, raw_end, verbatim=False)

    def space(self, piece: str, raw_start: int, raw_end: int) -> None:
        """One space or line break for a run of them, together with what stands before it."""
        last = self.pieces[-1][-1] if self.pieces else ""
        if not piece or last == "\n":
            return
        is_break = "\n" in piece
        if last == " ":
            if not is_break:
                return
            self._drop_last_space()
        self._add("\n" if is_break else " ", raw_start, raw_end, verbatim=False)

    def _drop_last_space(self) -> None:
        piece, start = self.pieces.pop(), self.starts.pop()
        raw_start, _, verbatim = self.segments.pop()
        self._length = start
        if verbatim:
            self.verbatim(piece[:-1], raw_start)

    def _add(self, piece: str, raw_start: int, raw_end: int, *, verbatim: bool) -> None:
        start = self.segments[-1][1] if self.segments else 0
        # White space and words never join.
        may_join = start < raw_start and piece[0] in _JOINING
        if may_join and _NUMERAL_JOINT.search(f"{self.tail()[-2:]}|{piece[:2]}"):
            looks = _LOOK_CHANGES.fullmatch(self._raw[start:raw_start].lower())
            if not (looks and _THOUSANDS_JOINT.search(f"{self.tail()[-2:]}|{piece[:4]}")):
                self._append(_APART, start, raw_start, verbatim=False)
        self._append(piece, raw_start, raw_end, verbatim=verbatim)

    def tail(self) -> str:
        """The last characters; no piece is empty, and a word that counts has at most nine."""
        last = self.pieces[-1] if self.pieces else ""
        return last[-12:] if len(last) >= 12 else "".join(self.pieces[-12:])[-12:]

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


def _replacement(change: re.Match[str], writer: _Writer) -> str:
    """What stands for a change in the canonical text, the white space behind it apart."""
    end = change.end()
    if change["hyphen"]:
        behind = html.unescape(change.string[end : end + _LONGEST_WRITTEN])
        if not behind.isascii():
            behind = behind.translate(DROPPED_AND_LIGATURES)
        return hyphen_between(change["hyphen"], writer.tail(), behind)
    if change["entity"]:
        printed = html.unescape(change["entity"])
        tail = writer.tail()
        groups_digits = printed in THIN_SPACES and tail[-1:].isdigit() and not change["space"]
        if groups_digits and _THREE_DIGITS.match(change.string, end):
            return ","
        return printed.translate(PLAIN).translate(DROPPED_AND_LIGATURES)
    if change["ligature"]:
        return LIGATURES[change["ligature"]]
    if change["raised"]:
        return change["raised"].translate(RAISED)
    return change["escaped"] or ""


_LONGEST_WRITTEN = 120
"""How far a word may reach whose letters are written as entities or with what is not seen."""
