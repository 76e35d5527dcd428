"""Numbers in words: which words count, and what a spelled number is worth.

Beneath ``sheets.normalize``, which keeps these words apart from others, ``parse.numbers``, which
reads figures with them, and ``parse.ledger``, which accounts for every one of them. Reads
canonical text, in which hyphens beside number words are spaces.
"""

from __future__ import annotations

import re
from functools import lru_cache

_UNITS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_BELOW_HUNDRED: dict[str, int] = {word: value for value, word in enumerate(_UNITS)}
_BELOW_HUNDRED |= {word: 20 + 10 * index for index, word in enumerate(_TENS)}
_POWERS = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_NOTHING = ("no", "none")
_AMOUNTS = [
    "dozen", "dozens", "hundreds", "thousands", "millions", "trillion", "trillions", "half",
    "halves", "twice"
]  # fmt: skip

COUNTING_WORDS = frozenset([*_BELOW_HUNDRED, "hundred", *_POWERS, *_NOTHING, *_AMOUNTS])
"""Words that count; those that are no number by themselves stay unaccounted for."""

EVERYDAY_WORDS = ("no", "one")
"""Those that count nothing most often."""

_SPELLING = sorted((*_BELOW_HUNDRED, "hundred", *_POWERS, *_NOTHING), key=len, reverse=True)
NUMBER_WORD = rf"(?:{'|'.join(_SPELLING)})\b"
"""Any one word of a spelled number; :func:`spelled` says whether several make one."""


class _Letters(dict[int, str]):
    """Keeps small letters and makes a space of everything else."""

    def __missing__(self, char: int) -> str:
        return " "


_SMALL = "abcdefghijklmnopqrstuvwxyz"
_LETTERS = _Letters({ord(char): char for char in _SMALL})


def spelled(words: str) -> int | None:
    """The value of a spelled number, for example ``eight thousand five hundred ninety seven``.

    None if the words are no number in the order in which English counts: "five two",
    "thousand five", "twenty and one", "hundred".
    """
    tokens = words.split()
    if words in _NOTHING:
        return 0
    total, smallest = 0, 10**12
    group: list[str] = []
    for word in [*tokens, ""]:
        if word and word not in _POWERS:
            if word != "and" or group or not total:  # "one thousand and five"
                group.append(word)
            continue
        value = _below_thousand(group)
        power = _POWERS.get(word, 1)
        if value is None or power >= smallest or (value == 0 and len(tokens) > 1):
            return total if not word and not group and total else None
        total, smallest, group = total + value * power, power, []
    return total


def _below_thousand(words: list[str]) -> int | None:
    """The value of at most three places: "five hundred and ninety seven"."""
    if "hundred" in words:
        place = words.index("hundred")
        hundreds = _below_thousand(words[:place])
        if hundreds is None or not 1 <= hundreds <= 9:
            return None
        rest = words[place + 1 :]
        behind = rest[1:] if rest[:1] == ["and"] else rest
        below = _below_thousand(behind) if behind else 0
        if below is None or rest == ["and"] or (behind and below == 0):
            return None
        return 100 * hundreds + below
    match [_BELOW_HUNDRED.get(word, -1) for word in words]:
        case [value] if value >= 0:
            return value
        case [tens, unit] if tens >= 20 and 1 <= unit <= 9:
            return tens + unit
    return None


def number_words(flat: str) -> list[tuple[int, int]]:
    """Where number words stand, neighbors as one; text without any costs one look."""
    spans: list[tuple[int, int]] = []
    there = COUNTING_WORDS.intersection(flat.translate(_LETTERS).split())
    for match in _any_of(there).finditer(flat) if there else ():
        start, end = match.span()
        if start and flat[start - 1] in _SMALL:
            continue
        together = spans and flat[spans[-1][1] : start] in (" ", " and ")
        if together and match[0] not in _NOTHING and flat[slice(*spans[-1])] not in _NOTHING:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


@lru_cache(maxsize=256)
def _any_of(words: frozenset[str]) -> re.Pattern[str]:
    """Any of the words that ends there; whether it begins there, too, is asked of each match.

    An expression that begins with letters is sought by them, one with a look behind it is not.
    """
    longest = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(longest)})(?![a-z])")


def hyphen_between(hyphen: str, before: str, behind: str) -> str:
    """What a hyphen between letters stands for: nothing, a space between number words, or itself.

    It comes as written, a soft one or with the white space behind it too; ``before`` ends with the
    word before it, ``behind`` begins with the word behind it, in small letters.
    """
    last, first = _LAST.search(before), _FIRST.match(behind)
    found = {last[0] if last else "", first[0] if first else ""}
    # A soft hyphen may be a number's own, as in "twenty-one", or break a word: "seven-teen".
    is_soft = "\u00ad" in hyphen
    if not (found <= COUNTING_WORDS if is_soft else found & COUNTING_WORDS):
        return ""
    # "Twenty- cases" are what is left of "twenty-one cases", "one-family" homes no families.
    if hyphen[-1].isspace() and not found <= COUNTING_WORDS:
        return "- "
    return " " if is_soft or found <= _BESIDE_COUNTING else "-"


_BESIDE_COUNTING = COUNTING_WORDS | {"and", "in", "of", "out", "to"}
_LAST = re.compile(r"[a-z]+$")
_FIRST = re.compile(r"[a-z]+")
