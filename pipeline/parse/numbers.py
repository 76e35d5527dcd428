"""Printed numbers to figures: what a wording says of the true number.

Reads the words of one figure ("more than 105 million"), gives value, qualifier and interval.
The grammar of numbers stands here; which words qualify a number stands in the catalogue.
"""

from __future__ import annotations

import re
from decimal import Decimal

from pipeline.catalogue.schema import Catalogue, Qualifier
from pipeline.model import Figure
from pipeline.sheets.normalise import canonical_words

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
NUMBER_WORDS["no"] = 0
"""Number words in canonical form (hyphens within words are gone) and their values."""

OTHER_NUMBER_WORDS = ("hundred", "thousand", "million", "billion", "trillion", "dozen", "dozens",
                      "hundreds", "thousands", "millions", "half", "twice", "none")  # fmt: skip
"""Words that count but are no number by themselves; seen alone they stay unaccounted for."""

WHOLE_NUMBER = r"(?:0|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4}|[1-9][0-9]{0,11})"
_WORDS = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_DIGITS = rf"{WHOLE_NUMBER}(?:\.[0-9]{{1,4}})?"
_PERCENT = r" ?(?:%|percent\b|per cent\b)"
_SCALE = r" ?(?:thousand|million|billion)\b|[kmb]\b"
_PRINTED = re.compile(
    rf"(?:(?P<digits>{_DIGITS})(?P<scale>{_SCALE})?|(?P<words>{_WORDS})\b)(?P<rest>.*)", re.DOTALL
)

MAX_FIGURE_WIDTH = 64
"""No figure with its qualifier is longer than this many characters."""


class NumberGrammar:
    """Recognises figures in canonical text and reads them, with one catalogue's qualifiers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._by_words: dict[str, Qualifier] = {}
        self._by_suffix: dict[str, Qualifier] = {}
        for qualifier in catalogue.qualifiers:
            self._by_words |= {canonical_words(words): qualifier for words in qualifier.words}
            self._by_suffix |= {canonical_words(words): qualifier for words in qualifier.suffixes}
        self._exact = _with_interval(catalogue, "point")
        self._rounded = _with_interval(catalogue, "shortened")
        prefix = _any_of(self._by_words)
        suffix = _any_of(self._by_suffix)
        number = rf"(?:{_DIGITS}(?:{_SCALE})?|(?:{_WORDS})\b)"
        # One qualifier at most: "more than 18,000 or fewer" says nothing that could be read.
        self.count = rf"(?:{prefix} {number}|{number}(?:{suffix})?)"
        percent = rf"(?:{suffix}{_PERCENT}|{_PERCENT}(?:{suffix})?)"
        self.share = rf"(?:{prefix} {number}{_PERCENT}|{number}{percent})"
        self._prefix = re.compile(rf"(?P<words>{prefix}) ")
        self._suffix = re.compile(suffix)

    def read(self, printed: str) -> Figure:
        """The figure that a match of ``count`` or ``share`` stands for.

        Args:
            printed: canonical text, for example ``more than 105 million``.
        """
        prefix = self._prefix.match(printed)
        number = _PRINTED.fullmatch(printed, prefix.end() if prefix else 0)
        assert number is not None, printed
        is_share = re.search(_PERCENT, number["rest"]) is not None
        value, unit = _value_and_unit(number)
        suffix = self._suffix.search(number["rest"]) if number["rest"] else None
        if prefix:
            qualifier = self._by_words[prefix["words"]]
        elif suffix:
            qualifier = self._by_suffix[suffix[0]]
        else:
            qualifier = self._rounded if number["scale"] or is_share else self._exact
        lower, upper = _interval(qualifier, value, unit)
        if lower is not None and lower < 0:
            lower = Decimal(0)
        if is_share and (upper is None or upper > 100):
            upper = Decimal(100)
        return Figure(value, qualifier.qualifier, lower, upper)


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


def _with_interval(catalogue: Catalogue, interval: str) -> Qualifier:
    return next(entry for entry in catalogue.qualifiers if entry.interval == interval)


def _any_of(words: dict[str, Qualifier]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"
