"""Printed numbers to figures: what a wording says of the true number.

Reads the words of one figure ("more than 105 million"), gives value, qualifier and interval. The
whole of what is printed has to be understood; there is no figure in half of it. The grammar of
numbers stands here; which words qualify a number stands in the catalog.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from pipeline.catalog.schema import Catalog, Kind
from pipeline.catalog.wording import Qualifier
from pipeline.model import Figure
from pipeline.sheets.normalize import canonical_words
from pipeline.sheets.number_words import NUMBER_WORD, spelled

_SCALES = {"thousand": 3, "million": 6, "billion": 9, "k": 3, "m": 6, "b": 9}

WHOLE_NUMBER = r"(?:0|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4}|[1-9][0-9]{0,11})"
_DECIMAL = rf"{WHOLE_NUMBER}\.[0-9]{{1,4}}"
_PERCENT = r" ?(?:%|percent\b|per cent\b)"
_SCALE = r" ?(?:thousand|million|billion|[kmb])\b"
_WORDS = rf"{NUMBER_WORD}(?:(?: and)? {NUMBER_WORD}){{0,11}}"
_AGAIN = rf"(?: \((?P<again>{WHOLE_NUMBER})\))?"
"""A number in words or with a scale may be repeated in digits: "five (5)"."""
_NUMBER = re.compile(
    rf"(?:(?P<scaled>{_DECIMAL}|{WHOLE_NUMBER})(?P<scale>{_SCALE})|(?P<decimal>{_DECIMAL})"
    rf"|(?P<digits>{WHOLE_NUMBER})|(?P<words>{_WORDS})){_AGAIN}"
)
_ONE_IN = re.compile(r"(?:1|one) (?:in|of|out of)(?: every)? ")
_JOINED_THOUSANDS = re.compile(r"[0-9]{1,2} ?- ?[0-9]{3}")
"""A dash between a short number and three digits may stand for a comma: "8-597" is no range."""

_KNOWN = 1 << 16
"""Figures that are kept once they are read: sheets print the same ones over and over."""

LONGEST_FIGURE = 120
"""No figure with its qualifier is longer than this many characters."""


class NumberGrammar:
    """Reads figures of canonical text, with one catalog's qualifiers."""

    def __init__(self, catalog: Catalog) -> None:
        self._before: dict[str, Qualifier] = {}
        self._behind: dict[str, Qualifier] = {}
        self._ranges: list[tuple[re.Pattern[str], Qualifier]] = []
        for qualifier in catalog.qualifiers:
            self._before |= {f"{canonical_words(words)} ": qualifier for words in qualifier.words}
            for sign in map(canonical_words, qualifier.signs):
                self._before |= {sign: qualifier, f"{sign} ": qualifier}
            self._behind |= {canonical_words(words): qualifier for words in qualifier.suffixes}
            for form in qualifier.ranges:
                opening, joint = canonical_words(form).removesuffix("{high}").split("{low}")
                whole = rf"{re.escape(opening)}(?P<low>.+?){re.escape(joint)}(?P<high>.+)"
                self._ranges.append((re.compile(whole), qualifier))
        by_interval = {qualifier.interval: qualifier for qualifier in catalog.qualifiers}
        self._exact, self._rounded = by_interval["point"], by_interval["shortened"]
        self._prefix = re.compile(_any_of(self._before))
        suffix = _any_of(self._behind)
        self._rest = re.compile(
            rf"(?P<one>{suffix})?(?P<percent>{_PERCENT})?(?P<two>(?<!^){suffix})?"
        )
        self._known = lru_cache(maxsize=_KNOWN)(self._read)

    def read(self, printed: str, kind: Kind | None = None) -> Figure | None:
        """The figure that the whole of ``printed`` stands for.

        None if any of it is not understood or contradicts itself: "barely 5", "50 to 40", "36.2
        to 37 million", "more than 40 to 50", "five (6)", "1 in 1", "12.000", "8-597". So is a
        range over two lines, where the second number may be a row, a list's mark or a page's.

        Args:
            printed: canonical text with its line breaks, for example ``more than 105 million``.
            kind: what it has to be, a count, a share or a ratio; None for any of them.
        """
        return self._known(printed, kind)

    def _read(self, printed: str, kind: Kind | None) -> Figure | None:
        flat = printed.replace("\n", " ")
        if len(flat) > LONGEST_FIGURE:
            return None
        prefix = self._prefix.match(flat)
        start = prefix.end() if prefix else 0
        one_in = _ONE_IN.match(flat, start)
        number = _NUMBER.match(flat, one_in.end() if one_in else start)
        rest = self._rest.fullmatch(flat, number.end()) if number else None
        if number is None or rest is None:
            return self._range(printed) if kind in ("count", None) else None
        printed_kind: Kind = "one_in" if one_in else "share" if rest["percent"] else "count"
        known = _value_and_unit(number)
        suffix = rest["one"] or rest["two"]
        # One qualifier at most: "more than 18,000 or fewer" says nothing that could be read.
        doubled = (prefix and suffix) or (rest["one"] and rest["two"])
        fractional = number["decimal"] and printed_kind != "share"
        if known is None or doubled or fractional or kind not in (printed_kind, None):
            return None
        value, unit = known
        if one_in and (value < 2 or rest["percent"]):
            return None
        is_shortened = number["scale"] is not None and not number["again"]
        qualifier = self._rounded if is_shortened or printed_kind != "count" else self._exact
        if prefix:
            qualifier = self._before[prefix[0]]
        elif suffix:
            qualifier = self._behind[suffix]
        # "More than 1 in 6" bounds the share from below, so its n from above: no qualifier says that.
        if one_in and qualifier.interval not in ("shortened", "around"):
            return None
        lower, upper = _interval(qualifier, value, unit)
        if lower is not None and lower < 0:
            lower = Decimal(0)
        if printed_kind == "share" and (upper is None or upper > 100):
            upper = Decimal(100)
        return Figure(value, qualifier.qualifier, lower, upper)

    def _range(self, printed: str) -> Figure | None:
        """One figure for both ends; its value is the lower, the first number that is printed."""
        if _JOINED_THOUSANDS.fullmatch(printed):
            return None
        for form, qualifier in self._ranges:
            match = form.fullmatch(printed)
            ends = [_NUMBER.fullmatch(match[end]) for end in ("low", "high")] if match else []
            low, high = ends or (None, None)
            if low is None or high is None or low["decimal"] or high["decimal"]:
                continue
            forms = [(end["scale"] is None, end["words"] is None) for end in (low, high)]
            values = [_value_and_unit(end) for end in (low, high)]
            if forms[0] == forms[1] and values[0] and values[1] and values[0][0] < values[1][0]:
                lower, upper = values[0][0], values[1][0]
                return Figure(lower, qualifier.qualifier, lower, upper)
        return None


def _value_and_unit(number: re.Match[str]) -> tuple[Decimal, Decimal] | None:
    """The value, and what one in its last printed digit counts ("36.2 million": 100,000).

    None for words that are no number, and where the repetition in digits is another number. A
    number with a scale that is repeated in full is the full one: "36.2 million (36,210,368)".
    """
    again = Decimal(number["again"].replace(",", "")) if number["again"] else None
    if number["words"]:
        counted = spelled(number["words"])
        if counted is None or again not in (None, counted):
            return None
        return Decimal(counted), Decimal(1)
    printed = number["digits"] or number["scaled"] or number["decimal"]
    digits = Decimal(printed.replace(",", ""))
    if number["scale"] is None:
        return None if again is not None else (digits, last_digit(digits))
    power = _SCALES[number["scale"].strip()]
    value, unit = _plain(digits.scaleb(power)), last_digit(digits, power)
    if again is None:
        return value, unit
    lower, upper = _shortened(value, unit)
    return (again, Decimal(1)) if lower <= again < upper else None


def last_digit(digits: Decimal, power: int = 0) -> Decimal:
    """What one in the last digit of a number counts, times ten to a power."""
    exponent = digits.as_tuple().exponent
    assert isinstance(exponent, int)
    return _plain(Decimal(1).scaleb(power + exponent))


def _shortened(value: Decimal, unit: Decimal) -> tuple[Decimal, Decimal]:
    """Half a unit down for rounding, a whole unit up for truncation."""
    return _plain(value - unit / 2), _plain(value + unit)


def _interval(
    qualifier: Qualifier, value: Decimal, unit: Decimal
) -> tuple[Decimal | None, Decimal | None]:
    match qualifier.interval:
        case "point":
            return value, value
        case "shortened":
            return _shortened(value, unit)
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
    return max(unit, last_digit(value.normalize()))


def _plain(number: Decimal) -> Decimal:
    """The same number without exponent notation."""
    return (
        number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
    )


def _any_of(words: dict[str, Qualifier]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"
