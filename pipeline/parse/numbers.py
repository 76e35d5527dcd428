"""Printed numbers to figures: what a wording says of the true number.

Reads the words of one figure ("more than 105 million"), gives value, qualifier and interval.
The grammar of numbers stands here; which words qualify a number stands in the catalog.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from pipeline.catalog.schema import Catalog, Kind, Qualifier
from pipeline.model import Figure
from pipeline.sheets.normalize import canonical_words

_UNITS = [
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
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "k": 3, "m": 6, "b": 9}

NUMBER_WORDS: dict[str, int] = {word: value for value, word in enumerate(_UNITS)}
NUMBER_WORDS |= {word: 20 + 10 * index for index, word in enumerate(_TENS)}
NUMBER_WORDS |= {
    f"{tens}{joint}{unit}": 20 + 10 * index + value
    for index, tens in enumerate(_TENS)
    for value, unit in enumerate(_UNITS[1:10], start=1)
    for joint in ("", " ")
}
NUMBER_WORDS |= {"no": 0, "none": 0}
"""Number words in canonical form (hyphens within words are gone) and their values."""

OTHER_NUMBER_WORDS = ("hundred", "thousand", "million", "billion", "trillion", "dozen", "dozens",
                      "hundreds", "thousands", "millions", "half", "twice")  # fmt: skip
"""Words that count but are no number by themselves; seen alone they stay unaccounted for."""

WHOLE_NUMBER = r"(?:0|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4}|[1-9][0-9]{0,11})"
_WORDS = (
    rf"(?:(?:{'|'.join(_TENS)})(?: ?(?:{'|'.join(_UNITS[1:10])})\b)?"
    rf"|{'|'.join(sorted((*_UNITS, 'no', 'none'), key=len, reverse=True))})\b"
)
_DIGITS = rf"{WHOLE_NUMBER}(?:\.[0-9]{{1,4}})?"
_PERCENT = r" ?(?:%|percent\b|per cent\b)"
_SCALE = r" ?(?:thousand|million|billion|[kmb])\b"
_NUMBER = rf"(?:{_DIGITS}(?:{_SCALE})?|{_WORDS})"
_AGAIN = rf"(?: \({WHOLE_NUMBER}\))?"
"""A number in words may be repeated in digits: "five (5)"."""
_ENDS_COUNT = rf"(?!{_PERCENT}| ?(?:hundred|thousand|million|billion|trillion|dozen)s?\b| or so\b)"
"""What may not follow a count: words and signs that would make it another number."""
_ONE_IN = r"(?:1|one) (?:in|of|out of)(?: every)? "

_PRINTED = re.compile(
    rf"(?:(?P<digits>{_DIGITS})(?P<scale>{_SCALE})?"
    rf"|(?P<words>{_WORDS})(?: \((?P<again>{WHOLE_NUMBER})\))?)(?P<rest>.*)",
    re.DOTALL,
)

_KNOWN = 1 << 16
"""Figures that are kept once they are read: sheets print the same ones over and over."""

MAX_FIGURE_WIDTH = 80
"""No figure with its qualifier is longer than this many characters."""


class NumberGrammar:
    """Recognises figures in canonical text and reads them, with one catalog's qualifiers.

    ``expressions`` holds the regular expression of each kind of figure. What it matches is not
    yet a figure: :meth:`read` refuses what contradicts itself.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._by_words: dict[str, Qualifier] = {}
        self._by_suffix: dict[str, Qualifier] = {}
        self._ranges: list[tuple[re.Pattern[str], Qualifier]] = []
        openings: dict[str, Qualifier] = {}
        joints: dict[str, Qualifier] = {}
        for qualifier in catalog.qualifiers:
            self._by_words |= {canonical_words(words): qualifier for words in qualifier.words}
            self._by_suffix |= {canonical_words(words): qualifier for words in qualifier.suffixes}
            for form in qualifier.ranges:
                opening, joint = canonical_words(form).removesuffix("{high}").split("{low}")
                openings |= {opening.rstrip(): qualifier} if opening else {}
                joints[joint] = qualifier
                low, high = rf"(?P<low>{_NUMBER})", rf"(?P<high>{_NUMBER})"
                opens = re.escape(opening.rstrip()) + (r"[ \n]" if opening else "")
                whole = rf"{opens}{low}{re.escape(joint)}{high}"
                self._ranges.append((re.compile(whole), qualifier))
        self._exact = qualifier_with(catalog, "point")
        self._rounded = qualifier_with(catalog, "shortened")
        prefix = _any_of(self._by_words)
        suffix = _any_of(self._by_suffix)
        around = {w: q for w, q in self._by_words.items() if q.interval == "around"}
        number = rf"(?:{_DIGITS}(?:{_SCALE})?|{_WORDS}{_AGAIN})"
        opening = _any_of({**self._by_words, **openings})
        # The second number of a range is tried first: of "40 to 50" none is taken for the whole.
        second = rf"(?:{_any_of(joints)}{_NUMBER})?"
        percent = rf"(?:{suffix}{_PERCENT}|{_PERCENT}(?:{suffix})?)"
        # One qualifier at most: "more than 18,000 or fewer" says nothing that could be read.
        count = rf"(?:{opening} {number}{second}|{number}(?:{suffix})?{second})"
        self.expressions: dict[Kind, str] = {
            "count": rf"{count}{_ENDS_COUNT}",
            "share": rf"(?:{prefix} {number}{_PERCENT}|{number}{percent})",
            "one_in": rf"(?:{_any_of(around)} )?{_ONE_IN}(?:{WHOLE_NUMBER}|{_WORDS})",
        }
        self._prefix = re.compile(rf"(?P<words>{prefix}) ")
        self._suffix = re.compile(suffix)
        self._behind = re.compile(rf"(?:{suffix})?(?:{_PERCENT}(?:{suffix})?)?")
        self._one_in = re.compile(_ONE_IN)
        self._known = lru_cache(maxsize=_KNOWN)(self._read)

    def read(self, printed: str) -> Figure | None:
        """The figure that a match of one of ``expressions`` stands for.

        None if it contradicts itself or is half a figure: "50 to 40", "36.2 to 37 million",
        "more than 40 to 50", "between 40", "five (6)", "1 in 1". So is a range over two lines,
        where the second number may be a row, a list's mark or a page's number.

        Args:
            printed: canonical text with its line breaks, for example ``more than 105 million``.
        """
        return self._known(printed)

    def _read(self, printed: str) -> Figure | None:
        flat = printed.replace("\n", " ")
        prefix = self._prefix.match(flat)
        start = prefix.end() if prefix else 0
        one_in = self._one_in.match(flat, start)
        number = _PRINTED.fullmatch(flat, one_in.end() if one_in else start)
        if number is None or not self._behind.fullmatch(number["rest"]):
            return self._range(printed)
        if number["again"] and number["again"] != str(NUMBER_WORDS[number["words"]]):
            return None
        value, unit = _value_and_unit(number)
        if one_in and value < 2:
            return None
        is_share = re.search(_PERCENT, number["rest"]) is not None
        qualifier = self._qualifier(prefix, number, is_shortened=is_share or one_in is not None)
        lower, upper = _interval(qualifier, value, unit)
        if lower is not None and lower < 0:
            lower = Decimal(0)
        if is_share and (upper is None or upper > 100):
            upper = Decimal(100)
        return Figure(value, qualifier.qualifier, lower, upper)

    def _range(self, printed: str) -> Figure | None:
        """One figure for both ends; its value is the lower, the first number that is printed."""
        for form, qualifier in self._ranges:
            match = form.fullmatch(printed)
            if match:
                ends = [_PRINTED.fullmatch(match[end]) for end in ("low", "high")]
                forms = [(end["scale"] is None, end["words"] is None) for end in ends if end]
                lower, upper = (_value_and_unit(end)[0] for end in ends if end)
                if forms[0] == forms[1] and lower < upper:
                    return Figure(lower, qualifier.qualifier, lower, upper)
        return None

    def _qualifier(
        self, prefix: re.Match[str] | None, number: re.Match[str], *, is_shortened: bool
    ) -> Qualifier:
        if prefix:
            return self._by_words[prefix["words"]]
        suffix = self._suffix.search(number["rest"]) if number["rest"] else None
        if suffix:
            return self._by_suffix[suffix[0]]
        return self._rounded if number["scale"] or is_shortened else self._exact


def qualifier_with(catalog: Catalog, interval: str) -> Qualifier:
    """The one qualifier with that rule for its interval."""
    return next(entry for entry in catalog.qualifiers if entry.interval == interval)


def _value_and_unit(number: re.Match[str]) -> tuple[Decimal, Decimal]:
    """The value, and what one in its last printed digit counts ("36.2 million": 100,000)."""
    if number["words"]:
        return Decimal(NUMBER_WORDS[number["words"]]), Decimal(1)
    digits = Decimal(number["digits"].replace(",", ""))
    power = _SCALES[number["scale"].strip()] if number["scale"] else 0
    exponent = digits.as_tuple().exponent
    assert isinstance(exponent, int)
    return _plain(digits.scaleb(power)), _plain(Decimal(1).scaleb(power + exponent))


def _interval(
    qualifier: Qualifier, value: Decimal, unit: Decimal
) -> tuple[Decimal | None, Decimal | None]:
    match qualifier.interval:
        case "point":
            return value, value
        case "shortened":
            return _plain(value - unit / 2), _plain(value + unit)
        case "above":
            return value, None
        case "below":
            return Decimal(0), value
        case "just_below":
            return value - _coarse_unit(value, unit), value
        case "around":
            return value - _coarse_unit(value, unit), value + _coarse_unit(value, unit)
        case "range":
            raise AssertionError("a range has two numbers, NumberGrammar._range reads them")


def _coarse_unit(value: Decimal, unit: Decimal) -> Decimal:
    """What one in the last digit other than zero counts: "nearly 30,000" is good to 10,000."""
    if value == 0:
        return unit
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(unit, _plain(Decimal(1).scaleb(exponent)))


def _plain(number: Decimal) -> Decimal:
    """The same number without exponent notation."""
    return (
        number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
    )


def _any_of(words: dict[str, Qualifier]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"
