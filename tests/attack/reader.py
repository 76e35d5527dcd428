"""A small reader of printed figures that shares no code with the parser.

Reads the raw characters of one figure and those around it as a person would, gives value,
qualifier and interval, or None where a person could not be sure what number is printed.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

PREFIXES = {
    "more_than": ("more than", "over", "greater than", "upwards of", "in excess of", "above", "exceeding", "just over", "well over", "slightly over", "slightly more than"),
    "at_least": ("at least", "no fewer than", "no less than", "not less than", "a minimum of"),
    "fewer_than": ("fewer than", "less than", "under", "below"),
    "at_most": ("at most", "no more than", "not more than", "up to", "as many as", "a maximum of"),
    "nearly": ("nearly", "almost", "close to", "just under", "just below", "slightly fewer than", "slightly less than"),
    "approximately": ("approximately", "approx.", "about", "around", "roughly", "an estimated", "some"),
}  # fmt: skip
"""The words that stand before a figure, by the qualifier they mean."""

_SUFFIXES = {
    "+": "at_least",
    " or more": "at_least",
    " or fewer": "at_most",
    " or less": "at_most",
    " or so": "approximately",
    " (est.)": "approximately",
    " (estimated)": "approximately",
}
_SIGNS = {"<": "fewer_than", ">": "more_than", "\u2264": "at_most", "\u2265": "at_least", "~": "approximately", "\u2248": "approximately"}  # fmt: skip
_BEFORE = {f"{words} ": name for name, all_ in PREFIXES.items() for words in all_}
_BEFORE |= {f"{sign}{gap}": name for sign, name in _SIGNS.items() for gap in ("", " ")}
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBER_WORDS = {"no": 0, "none": 0, **{word: value for value, word in enumerate(_ONES)}}
NUMBER_WORDS |= {tens: 20 + 10 * index for index, tens in enumerate(_TENS)}
_COMPOUNDS = {
    f"{tens}{joint}{one}": NUMBER_WORDS[tens] + NUMBER_WORDS[one]
    for tens in _TENS
    for one in _ONES[1:10]
    for joint in ("", " ")
}
COUNTING = frozenset(["hundred", "thousand", "million", "billion", "trillion", "dozen", "dozens", "hundreds", "thousands", "millions", "half", "twice", "none", "percent", "per", "plus", "or", "to", "times", "point"])  # fmt: skip
_POWERS = {"thousand": 3, "million": 6, "billion": 9, "k": 3, "m": 6, "b": 9}

_WHOLE = r"(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)"
_SPELLED = "|".join(
    sorted(
        {**NUMBER_WORDS, **_COMPOUNDS, "hundred": 0, "thousand": 0, "million": 0, "billion": 0},
        key=len,
        reverse=True,
    )
)
_WORDS = rf"(?:{_SPELLED})(?:(?: and)? (?:{_SPELLED}))*"
_NUMBER = re.compile(
    rf"(?:(?P<whole>{_WHOLE})(?P<decimals>\.\d+)?(?: ?(?P<scale>thousand|million|billion|[kmb]))?"
    rf"|(?P<words>{_WORDS}))",
    re.ASCII,
)
_ANY_SUFFIX = "|".join(map(re.escape, _SUFFIXES))
_FIGURE = re.compile(
    rf"(?P<prefix>{'|'.join(sorted(_BEFORE, key=len, reverse=True))})?"
    rf"(?P<one_in>(?:1|one) (?:in|of|out of) (?:every )?)?"
    rf"{_NUMBER.pattern}(?: \((?P<again>{_WHOLE})\))?"
    rf"(?P<plus>{_ANY_SUFFIX})?(?P<percent> ?%| ?percent| ?per cent)?(?P<end>{_ANY_SUFFIX})?",
    re.ASCII,
)
_LOW, _HIGH = (rf"(?P<{end}>[^-()\s](?:[^-()\n]*[^-()\s])?)" for end in ("low", "high"))
_RANGES = (
    re.compile(rf"between[ \n]{_LOW} and {_HIGH}"),
    re.compile(rf"(?:from[ \n])?{_LOW} to {_HIGH}"),
    re.compile(rf"{_LOW}(?: - |-){_HIGH}"),
)

# What a person does not see, or sees as something else.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_MARKS = re.compile(
    rf"(?<=\d)[*_`]+(?=,\d{{3}})|(?<=\d,)[*_`]+(?=\d{{3}})|(?<![\d.,])[*_`{_INVISIBLE}]+|[*_`{_INVISIBLE}]+(?![\d.,*_`{_INVISIBLE}])"
)
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\([^()\s]{1,500}\)")
_PLAIN = {ord(char): "-" for char in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\ufffe"}
_PLAIN |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_PLAIN |= {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", ord("|"): " "}


_BREAK = re.compile(r"\s*?[\n\r\v\f\x85\u2028\u2029]")


@dataclass(frozen=True)
class Reading:
    """What a person reads: the number, its qualifier, and the bounds these words mean."""

    value: Decimal
    qualifier: str
    lower: Decimal | None
    upper: Decimal | None


_HIDDEN = re.compile(
    r"~~(?=\S)[^~]{1,2000}~~|<(del|s|strike)\b[^<>]*>.*?</\1>|<!--.*?-->"
    r"|<(\w+)\b[^<>]*(?:\bhidden\b|display:\s*none|color=white)[^<>]*>.*?</\2>",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(
    r"(?<!\d)</?(?:b|strong|i|em|u|span|font|mark|small|ins|wbr)\b[^<>]*>|</?(?:b|strong|i|em|u|span|font|mark|small|ins|wbr)\b[^<>]*>(?!\d)",
    re.IGNORECASE,
)
_THIN = re.compile("(?<=\\d)[\u00a0\u2009\u202f](?=\\d{3}(?!\\d))")


def hidden(raw: str) -> list[tuple[int, int]]:
    """Where text is struck out or a comment, which nobody sees."""
    return [match.span() for match in _HIDDEN.finditer(raw)]


def looks(raw: str) -> str:
    """Raw text as it looks: no markup but within numbers, plain hyphens and digits."""
    plain = _TAG.sub("", _HIDDEN.sub("", raw))
    plain = html.unescape(_LINK.sub(r"\1", plain)).translate(_PLAIN)
    plain = re.sub(r"\\([-\\`*_{}\[\]()#+.!&<>|~])", r"\1", plain)
    plain = re.sub(r"(?<=[A-Za-z])-(?=(?:to|and)\b)|(?<=\b(?:to))-(?=[a-z])", " ", plain)
    plain = re.sub(r"(?<=[A-Za-z])[*_`]*-\s{0,3}[*_`]*(?=[A-Za-z])", "", plain)
    # A line's mark of a heading, list or quotation; before a digit it may be a sign of the number.
    plain = re.sub(
        r"(?:^|(?<=[\n\r\v\f\x85\u2028\u2029]))[ \t]*(?:#{1,6}|>(?!\s*\d)|[-\u2022])(?=[ \t])",
        "",
        plain,
    )
    return " ".join(_THIN.sub(",", _MARKS.sub("", plain)).replace("_", " _ ").split(" "))


def seen(raw: str) -> str:
    """Raw text as it looks, in small letters."""
    return looks(raw).lower()


def spaced(text: str) -> str:
    """White space as single spaces."""
    return " ".join(text.split())


@lru_cache(maxsize=2000)
def read_figure(raw: str) -> Reading | None:
    """The figure that these raw characters print, and nothing besides."""
    text = seen(raw)
    match = _FIGURE.fullmatch(spaced(text))
    if match is None:
        return _read_range(text)
    qualifiers = sum(bool(match[name]) for name in ("prefix", "plus", "end"))
    value, unit = _value(match)
    if qualifiers > 1 or value < 0:
        return None
    again = match["again"] and Decimal(match["again"].replace(",", ""))
    if again is not None and match["scale"]:
        if not value - unit / 2 <= again < value + unit:
            return None
        value, unit = again, Decimal(1)
    elif again not in (None, value if match["words"] else None):
        return None
    name = _BEFORE.get(match["prefix"] or "") or _SUFFIXES.get(match["plus"] or match["end"] or "")
    if match["one_in"] and not (_is_ratio(match, value) and name in (None, "approximately")):
        return None
    shortened = (match["scale"] and again is None) or match["percent"] or match["one_in"]
    name = name or ("rounded" if shortened else "exact")
    lower, upper = _bounds(name, value, unit)
    if lower is not None:
        lower = max(lower, Decimal(0))
    if match["percent"]:
        upper = Decimal(100) if upper is None else min(upper, Decimal(100))
    return Reading(value, name, lower, upper)


def _value(match: re.Match[str]) -> tuple[Decimal, Decimal]:
    """The number, and what one in its last digit counts."""
    if match["words"]:
        return Decimal(_counted(match["words"])), Decimal(1)
    power = _POWERS.get(match["scale"] or "", 0)
    value = Decimal(match["whole"].replace(",", "") + (match["decimals"] or "")).scaleb(power)
    return value, Decimal(1).scaleb(power - max(0, len(match["decimals"] or "") - 1))


def _counted(words: str) -> int:
    """The value of a spelled number, -1 if this is not how it is spelled."""
    if words in NUMBER_WORDS:
        return NUMBER_WORDS[words]
    total = group = 0
    for counting in re.findall(_SPELLED, words):
        if counting == "hundred":
            group *= 100
        elif counting in _POWERS:
            total, group = total + group * 10 ** _POWERS[counting], 0
        else:
            group += {**NUMBER_WORDS, **_COMPOUNDS}[counting]
    value = total + group
    plain = re.sub(r" (?:and )?", "", words)
    return value if value and plain == _spelling(value) else -1


def _spelling(value: int) -> str:
    """How a number is spelled, without its spaces."""
    for size, name in (
        (10**9, "billion"),
        (10**6, "million"),
        (1000, "thousand"),
        (100, "hundred"),
    ):
        if value >= size:
            rest = _spelling(value % size) if value % size else ""
            return f"{_spelling(value // size)}{name}{rest}"
    return (
        _ONES[value]
        if value < 20
        else _TENS[value // 10 - 2] + ("" if value % 10 == 0 else _ONES[value % 10])
    )


def _is_ratio(match: re.Match[str], value: Decimal) -> bool:
    """Whether "1 in ..." goes on with a bare number of at least two."""
    signs = ("decimals", "scale", "again", "plus", "percent", "end")
    return value >= 2 and not any(match[name] for name in signs)


def _read_range(text: str) -> Reading | None:
    """Two numbers of one form on one line, the lower first."""
    lined = re.sub(r"\s+", lambda gap: "\n" if _BREAK.match(gap[0]) else " ", text).strip()
    for form in _RANGES:
        match = form.fullmatch(lined)
        low, high = (_NUMBER.fullmatch(match[end]) if match else None for end in ("low", "high"))
        if low and high and all(bool(low[n]) == bool(high[n]) for n in ("scale", "words")):
            lower, upper = _value(low)[0], _value(high)[0]
            return Reading(lower, "between", lower, upper) if lower < upper else None
    return None


def _bounds(name: str, value: Decimal, unit: Decimal) -> tuple[Decimal | None, Decimal | None]:
    # "nearly 30,000" is good to the last digit other than zero: 10,000.
    zeros = re.search(r"\.?0*$", f"{value:f}")
    written = f"{value:f}"[: zeros.start() if zeros else None]
    places = written[::-1].find(".") if "." in written else len(written) - len(f"{int(value)}")
    coarse = max(unit, Decimal(1).scaleb(-places)) if value else unit
    bounds: dict[str, tuple[Decimal | None, Decimal | None]] = {
        "exact": (value, value),
        "rounded": (value - unit / 2, value + unit),
        "more_than": (value, None),
        "at_least": (value, None),
        "fewer_than": (Decimal(0), value),
        "at_most": (Decimal(0), value),
        "nearly": (value - coarse, value),
        "approximately": (value - coarse, value + coarse),
    }
    return bounds[name]


def neighbours(text: str, start: int, end: int) -> tuple[str, str] | None:
    """The words beside a figure as a person sees them; None if it touches other characters.

    A word on a later line begins with a line feed.
    """
    return _beside(text[max(0, start - 300) : start], text[end : end + 300])


def touching(before: str, after: str) -> bool:
    """Whether a figure between these sticks to other characters than marks of a sentence."""
    return bool(
        before
        and not (before[-1].isspace() or before[-1] == "(" or re.search(r"[a-z)\s]:$", before))
    ) or bool(after and not re.match(r"\s|[.;:!)](?:\s|$)|,\s", after))


@lru_cache(maxsize=2000)
def _beside(before: str, after: str) -> tuple[str, str] | None:
    target = re.match(r"([*_`]*)\]\([^()\s]{1,500}\)", after)
    opening = re.search(r"\[([*_`]*)$", before)
    if target and opening:  # the figure is the text of a link
        before, after = before[: opening.start()] + opening[1], target[1] + after[target.end() :]
    before, after = seen(before), seen(after)
    if touching(before, after):
        return None
    left, right = before.split(), after.split(None, 1)
    ends_line = _BREAK.match(after) is not None
    behind = word(right[0]) if right else ""
    return word(left[-1]) if left else "", f"\n{behind}" if ends_line else behind


def word(token: str) -> str:
    """A word without its punctuation, in the singular."""
    plain = re.sub(r"[^\w%/()+.-]|_|\.$", "", token)
    plain = plain.replace("children", "child").replace("survivors/families", "survivor/family")
    return plain.removesuffix("s")


def counts(token: str) -> bool:
    """Whether a word is, or may be part of, a number."""
    letters = re.sub("[^a-z]", "", token)
    plural = {letters, f"{letters}s"}
    return any(char.isnumeric() or char in "%+" for char in token) or bool(
        plural & (NUMBER_WORDS.keys() | COUNTING)
    )
