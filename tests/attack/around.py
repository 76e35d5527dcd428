"""What stands around a figure: whether its sentence, or its row, is still the one it stood in.

Reads a text with the places of its figures as a person would; shares no code with the parser.
Words that a publisher may add without changing what a figure means (an earlier year's figure in
brackets, "preliminary") are known here by a list of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from tests.attack.reader import hidden, looks, word

REACH = 900
"""Characters before and behind a figure that its sentence may take."""

_MASK = "figurefigure"
_BREAK = r"[\n\r\v\f\x85\u2028\u2029]"
_N = r"[<>~]?\d[\d,.]*\d?(?: (?:thousand|million|percent)|%)?"
_OF = r"(?:from|since|over|compared with|compared to)"
_BEFORE = r"(?:(?:the|a|one) (?:year earlier|year before|previous year|prior year)|the year before)"
_EARLIER = (
    rf"(?:slightly |sharply )?(?:up|down) from {_N} (?:in|during|for) (?P<y1>\d{{4}})",
    rf"(?:slightly |sharply )?(?:up|down) from {_N} {_BEFORE}",
    rf"(?:up|down) {_N} {_OF} (?:(?P<y2>\d{{4}})|{_BEFORE})",
    rf"an? (?:increase|decrease|rise|decline|drop) of {_N}(?: {_OF} (?:(?P<y3>\d{{4}})|{_BEFORE}))?",
    rf"(?:compared with|compared to|versus|against|from) {_N} (?:in|during|for) (?P<y4>\d{{4}})",
    rf"(?:compared with|compared to|versus|against|from) {_N} (?:in )?{_BEFORE}",
    rf"(?P<y5>\d{{4}}): {_N}",
    rf"{_N} in (?P<y6>\d{{4}})",
)
_DATE = r"[a-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
_NOTED = rf"(?:preliminary|provisional|unaudited|subject to (?:change|revision))(?: (?:data|figures?|numbers?|counts?))?|as of {_DATE}"
_BRACKETED = "|".join([*_EARLIER, f"(?P<noted>{_NOTED})"])
_BETWEEN_COMMAS = _BRACKETED.replace("<y", "<z").replace("<noted>", "<noted2>")
_SET_OFF = re.compile(
    rf" ?\((?:{_BRACKETED})\)(?=[\s.,;:!?])"
    rf"|(?:,| -) (?:{_BETWEEN_COMMAS})(?:(?:,| -)(?=\s)|(?= ?(?:[.!?][\"')*]*(?:\s|$)|[\n\r]|$)))",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(
    rf"\b(?:a total of|exactly|only|a combined) (?={_MASK}|$)|(?<=\d{{4}}) alone(?=[ ,])",
    re.IGNORECASE,
)
_MARK = r"[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]{1,3}|<sup>\d{1,2}</sup>|\[\^?\d{1,2}\]|\*{1,3}(?!\*)(?=[ \w.,])|[\u2020\u2021\u00a7]{1,2}"
_NOTE = re.compile(rf"(?:^|\n) *(?P<mark>{_MARK}):? *(?P<text>[^\n]+)")
_RAISED = str.maketrans(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "0123456789"
)
_SAME = {"were": "wa", "during": "in", "familie": "family", "survivors/familie": "survivor/family"}
_ABSENT = re.compile(r"(?<![\w/])(?:n/a|not available|not applicable)(?![\w/])", re.IGNORECASE)
_ABBREVIATED = re.compile(
    r"(?:^|\s)(?:[a-z]|approx|avg|ca|est|incl|excl|no|vs|e\.g|i\.e)\.$", re.IGNORECASE
)
_LOW = re.compile(
    r"(?:[,;]|(?:^|\s)(?:a|an|and|at|by|for|from|in|of|on|or|per|than|the|to|with))$", re.IGNORECASE
)


@dataclass(frozen=True)
class Around:
    """The words of a figure's sentence before and behind it, and the words beside the sentence."""

    before: tuple[str, ...]
    behind: tuple[str, ...]
    preceding: str
    following: str


@dataclass(frozen=True)
class Place:
    """A figure's surroundings as they look, without remarks: the text before and behind it."""

    before: str
    behind: str


def mask(text: str, low: int, high: int, figures: list[tuple[int, int]]) -> str:
    """A stretch of the text in which each figure is one and the same word."""
    masked, at = "", low
    for first, last in sorted(figures):
        if at <= first and last <= high:
            masked += f"{text[at:first]}{_MASK}"
            at = last
    return masked + text[at:high]


def place_of(text: str, start: int, end: int, figures: list[tuple[int, int]], year: int) -> Place:
    """The surroundings of the figure at a place; other figures of the text are one word each."""
    before = mask(text, max(0, start - REACH), start, figures)
    behind = mask(text, end, end + REACH, figures)
    target = re.match(r"([*_`]*)\]\([^()\s]{1,500}\)", behind)
    opening = re.search(r"\[([*_`]*)$", before)
    if target and opening:  # the figure is the text of a link
        before, behind = before[: opening.start()] + opening[1], target[1] + behind[target.end() :]
    marks = tuple(notes_in(text))
    return Place(_without_remarks(before, marks, year)[0], _without_remarks(behind, marks, year)[0])


def notes_in(text: str) -> dict[str, str]:
    """The notes of a text by their marks."""
    found: dict[str, str] = {}
    for note in _NOTE.finditer(text):
        mark = note["mark"]
        if mark[0] != "*" or note[0].lstrip()[len(mark)] == " ":
            found.setdefault(mark, note["text"])
    return found


def notes_of(text: str, start: int, end: int, year: int) -> list[str]:
    """What the notes and remarks in a sentence say, which has to travel with its figures."""
    notes = notes_in(text)
    marks, remarks = _without_remarks(text[start:end], tuple(notes), year)[1:]
    return [*remarks, *(notes[mark] for mark in marks)]


def _without_remarks(
    text: str, notes: tuple[str, ...], year: int
) -> tuple[str, list[str], list[str]]:
    """Text as it looks without what may stand besides; the marks and the remarks that it held."""
    marks, remarks = [], []
    for mark in notes:
        plain = re.escape(re.sub("</?sup>", "", mark).translate(_RAISED))
        pattern = (
            rf"(?:(?<=[A-Za-z0-9%.,;:)\"'])|^) ?(?:{re.escape(mark)}|<sup>{plain}</sup>)(?![\w*])"
        )
        text, times = re.subn(pattern, "", text)
        marks += [mark] if times else []

    def dropped(match: re.Match[str]) -> str:
        years = [int(v) for k, v in match.groupdict().items() if v and k[0] in "yz"]
        if any(earlier >= year for earlier in years):
            return match[0]
        if noted := match["noted"] or match["noted2"]:
            remarks.append(noted)
        return ""

    # A letter before it keeps what the stretch begins with from looking like the start of a line.
    plain = _ABSENT.sub(_MASK, looks(f"x{text}")[1:])
    return _EMPHASIS.sub("", _SET_OFF.sub(dropped, plain)), marks, remarks


def words_of(text: str) -> tuple[str, ...]:
    """The words as they are compared: in the singular, without marks."""
    return tuple(filter(None, map(_compared, text.split())))


_DOUBLED = re.compile(r"\.\*+\.|^[^(]*\.\**\)$")


@lru_cache(maxsize=1 << 14)
def _compared(token: str) -> str:
    """A word as it is compared, empty for marks alone and for what may be missing of a name."""
    token = _DOUBLED.sub(
        lambda found: found[0].rstrip(".*)"), token
    )  # a full stop doubled behind emphasis
    found = word(token.lower().lstrip("([\"'").rstrip(".,;:!?"))
    return (
        _SAME.get(found, found)
        if any(map(str.isalnum, found)) and found not in ("the", "u.")
        else ""
    )


def around(place: Place, lead: str, tail: str) -> Around:
    """What an undamaged figure stands in: the raw words before and behind it in its sentence."""
    before, behind = words_of(looks(lead)), words_of(looks(tail))
    earlier = words_of(place.before)
    later = words_of(place.behind)
    rest = earlier[: len(earlier) - len(before)]
    return Around(
        earlier[len(rest) :],
        later[: len(behind)],
        rest[-1] if rest else "",
        (*later[len(behind) :], "")[0],
    )


def strange_in_sentence(expected: Around, place: Place) -> str | None:
    """What of a sentence is not as it was, or stands besides; None if nothing."""
    before, rest = _last(place.before, len(expected.before))
    if before != expected.before:
        return f"behind {' '.join(before[-6:])!r}"
    if not _begins(rest, expected.preceding):
        return f"its sentence begins behind {rest[-40:]!r}"
    behind, mark, rest = _first(place.behind, len(expected.behind))
    if behind != expected.behind:
        return f"before {' '.join(behind[:6])!r}"
    if not _ends(mark, rest, expected.following):
        return f"its sentence ends before {rest[:40]!r}"
    return None


def strange_in_row(
    expected: Around, place: Place, value: Decimal, total: Decimal | None
) -> str | None:
    """What of a row is not as it was, or stands besides; None if nothing."""
    if re.search(r"(?:^|\s)-\s*$", place.before):
        return "behind a dash, which may be a sign"
    label = expected.before
    before, _ = _last(place.before, len(label))
    line = re.split(_BREAK, place.behind)[0]
    if before != label:
        before = label
        behind, _, rest = _first(place.behind, len(label))
        line = re.split(_BREAK, rest)[0]
        if behind != label or words_of(re.split(_BREAK, place.before)[-1])[1:]:
            return f"beside {' '.join(behind[:6])!r}, which is not its label"
    rest = line.strip(" |*\t")
    share = re.match(r"\(?(\d+(?:\.\d+)?) ?%\)?", rest)
    if share:
        if not total or abs(100 * value / total - Decimal(share[1])) >= Decimal(1).scaleb(
            -len(share[1].partition(".")[2])
        ):
            return f"beside {share[0]}, another share"
        rest = rest[share.end() :].strip()
    following = words_of(rest)
    if following and following[0] not in (expected.following, "case"):
        return f"before {rest[:40]!r}"
    return None


def wrong_totals(text: str, total: Decimal | None) -> list[str]:
    """The rows of a total that print another one."""
    found = re.findall(
        rf"(?:^|{_BREAK})[ \t|*]*(total[a-z ]*)[ \t|:*.]+([\d,]+)[ \t|*]*(?=$|{_BREAK})",
        looks(text),
        re.IGNORECASE,
    )
    return [
        f"{label} {n}"
        for label, n in found
        if total is None or Decimal(n.replace(",", "") or 0) != total
    ]


def struck_numbers(text: str, start: int, end: int) -> list[str]:
    """Numbers in struck out text of a stretch; comments count for nothing."""
    found = [text[a:b] for a, b in hidden(text) if start <= a and b <= end]
    return [one for one in found if not one.startswith("<!--") and any(map(str.isdigit, one))]


def _last(text: str, count: int) -> tuple[tuple[str, ...], str]:
    """The last words of a text, and the text before them."""
    found: list[str] = []
    start = len(text)
    for token in reversed(list(_TOKEN.finditer(text)) if count else []):
        if len(found) == count:
            break
        if compared := _compared(token[0]):
            found.append(compared)
            start = token.start()
    return tuple(reversed(found)), text[:start]


def _first(text: str, count: int) -> tuple[tuple[str, ...], str, str]:
    """The first words of a text, the marks at their end, and the text behind them."""
    found: list[str] = []
    end, mark = 0, ""
    for token in _TOKEN.finditer(text) if count else ():
        if compared := _compared(token[0]):
            found.append(compared)
            end, mark = token.end(), token[0][len(token[0].rstrip(_MARKS)) :]
        if len(found) == count:
            break
    return tuple(found), mark, text[end:]


_TOKEN = re.compile(r"\S+")
_MARKS = ".,;:!?\"')]*\u2026\u201d\u2019"


def _begins(rest: str, preceding: str) -> bool:
    """Whether a sentence may begin behind this text."""
    stripped = rest.rstrip(" *\"'([\t\n\r\v\f\x85\u2028\u2029")
    if not stripped or _last(rest, 1)[0] == (preceding,):
        return True
    if re.search(r"[.!?][\"')\]*]*$", stripped) and re.search(r"\s[\"'(\[*]*$", rest):
        return not _ABBREVIATED.search(stripped)
    breaks = rest[len(stripped) :]
    lines = len(re.findall(rf"\r\n|{_BREAK}", breaks))
    last = re.split(_BREAK, stripped)[-1]
    if _LOW.search(last):
        return False
    return lines > 1 or (
        lines == 1 and (last[-1:].isdigit() or last.endswith(_MASK) or _is_heading(last))
    )


def _is_heading(line: str) -> bool:
    words = re.findall(r"[A-Za-z]\S*", line)
    low = {"a", "and", "by", "for", "in", "of", "or", "the", "to"}
    return (
        bool(words)
        and words[0] not in {"In", "On", "Of", "Per"}
        and all(w[0].isupper() or w in low for w in words)
    )


def _ends(mark: str, rest: str, following: str) -> bool:
    """Whether a sentence may end with this mark, or before this text."""
    line = re.match(rf"[ \t*]*({_BREAK}|$)", rest)
    behind = rest.lstrip(" *\t\n\r\v\f\x85\u2028\u2029\"'")[:1]
    if "..." in mark or "\u2026" in mark:
        return False
    if not rest.strip(" *.!?") or _first(rest, 1)[0] == (following,):
        return True
    if re.search("[.!?:]", mark) or re.match(r"\s?[.!?:]", rest):
        return bool(line) or not behind.islower()
    return bool(line) and not behind.islower()
