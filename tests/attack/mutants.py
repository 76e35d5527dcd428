"""Damage to sheets: what scanners, converters, editors and careless hands do to a text.

Reads a sheet's text, its figures' places and a random generator, gives a damaged text. Damage
falls mostly on figures and on the words and marks beside them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.attack.reader import COUNTING, NUMBER_WORDS, PREFIXES

DIGITS = "0123456789"
SEPARATORS = ",.,.'\u2009\u202f\u00a0\u066c\uff0c\u00b7 :/-"
MARKUP = "*_`#>|[]()\\~<{}"
WHITE = " \n\t\r\f\v\u0085\u2028\u2029\u00a0\u3000\u2003"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u034f\u180e\u202e\u202d\u202c\u2066\u200e\u200f\ufe0f\u0338\u20e3"
LIKE_DIGITS = "\u0663\u0665\u06f7\u0967\uff15\uff11\U0001d7dd\u00b2\u00b9\u2075\u2081\u2460\u2462\u2167\u00bd\u2153\u3007\u4e94\u3220\U0001f105\U000102e5OolISBZ"
LIKE_LETTERS = "\u0430\u0435\u043e\u0441\u0456\u01c0\u03bf\u03bd\uff49\u017f\u0131"
SIGNS = "+-\u2212\u2013~<>\u2264\u2265\u2248\u00b1%\u2030\uff05$#/&;:!?*\u2020=^kmbKMB"
ALPHABETS = (DIGITS, DIGITS, SEPARATORS, MARKUP, WHITE, INVISIBLE, LIKE_DIGITS, LIKE_LETTERS, SIGNS)

VOCABULARY = (
    *NUMBER_WORDS,
    *sorted(COUNTING),
    *(words for all_ in PREFIXES.values() for words in all_),
    *("or more", "or fewer", "or less", "and a half", "(3)", "(1)", "(12)", "1 in 6", "in 2023", "not", "a", "an"),
    *("one", "no", "barely", "only", "%", "percent", "+", "twenty-one", "per cent", "1,204", "57", "fewer", "each"),
    *("between", "from", "and", "to 60", "to 1,204", "- 60", "-60", "\u201360", "and 60", "out of 6", "(5)", "(6)", "(57)", "M"),
    *("&#53;", "&nbsp;", "&frac12;", "&sup1;", "&#8203;", "[7](#note-3)", "**1**", "<sup>2</sup>", "[^1]"),
)  # fmt: skip

_TARGETS = re.compile(
    r"\d[\d.,]*|%|\*\*|\b(?:more than|million|thousand|billion|no|one|or|fewer|twenty|nearly|about|over)\b"
)


@dataclass(frozen=True)
class Base:
    """A sheet to damage: its text, and where its figures are printed."""

    name: str
    text: str
    figures: tuple[tuple[int, int], ...]
    targets: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, name: str, text: str, figures: Sequence[tuple[int, int]]) -> Base:
        """A base whose damage falls mostly on figures, number words, qualifiers and emphasis."""
        return cls(name, text, tuple(figures), tuple(m.span() for m in _TARGETS.finditer(text)))


def _place(chosen: random.Random, base: Base, text: str) -> int:
    """A place to damage: in or beside a figure, beside its words, or anywhere."""
    weight = chosen.random()
    if weight < 0.75 and len(text) == len(base.text):
        start, end = chosen.choice(base.figures if weight < 0.5 else base.targets)
        return min(max(0, chosen.randint(start - 2, end + 2)), len(text) - 2)
    return chosen.randrange(len(text) - 1)


def deleted(chosen: random.Random, base: Base, text: str) -> str:
    """A few characters less."""
    at = _place(chosen, base, text)
    return text[:at] + text[at + chosen.choice((1, 1, 1, 2, 3)) :]


def inserted(chosen: random.Random, base: Base, text: str) -> str:
    """A character or two more."""
    at = _place(chosen, base, text)
    new = "".join(chosen.choices(chosen.choice(ALPHABETS), k=chosen.choice((1, 1, 1, 2))))
    return text[:at] + new + text[at:]


def replaced(chosen: random.Random, base: Base, text: str) -> str:
    """One character instead of another."""
    at = _place(chosen, base, text)
    return text[:at] + chosen.choice(chosen.choice(ALPHABETS)) + text[at + 1 :]


def transposed(chosen: random.Random, base: Base, text: str) -> str:
    """Two neighbouring characters swapped, or two close to one another."""
    at = _place(chosen, base, text)
    far = min(len(text) - 1, at + chosen.choice((1, 1, 2, 3, 4)))
    return text[:at] + text[far] + text[at + 1 : far] + text[at] + text[far + 1 :]


def encoded(chosen: random.Random, base: Base, text: str) -> str:
    """A character written as an entity, a full-width form or with a backslash."""
    at = _place(chosen, base, text)
    char = text[at]
    written = [
        f"&#{ord(char)};",
        f"&#x{ord(char):x};",
        f"\\{char}",
        f"**{char}**",
        f"&#{ord(char)}",
    ]
    written += [chr(ord(char) + 0xFEE0)] if "!" <= char <= "~" else ["&nbsp;"]
    return text[:at] + chosen.choice(written) + text[at + 1 :]


def words_moved(chosen: random.Random, base: Base, text: str) -> str:
    """Words dropped, doubled, swapped or put elsewhere; mostly beside a figure."""
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    near = _place(chosen, base, text)
    index = next((i for i, (_, end) in enumerate(spans) if end >= near), len(spans) - 1)
    index = min(max(0, index + chosen.choice((-2, -1, 0, 0, 0, 1, 2))), len(spans) - 1)
    other = index + chosen.choice((-3, -2, -1, 1, 2, 3))
    if not 0 <= other < len(spans) or chosen.random() < 0.3:
        other = chosen.randrange(len(spans))
    a, b = spans[index]
    if chosen.random() < 0.4:
        return text[:a] + chosen.choice(("", f"{text[a:b]} {text[a:b]}")) + text[b:]
    (a, b), (c, d) = sorted((spans[index], spans[other]))
    kinds = (
        text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:],
        f"{text[:a]}{text[b:c]}{text[a:b]} {text[c:]}",
        text[:a] + text[c:d] + text[b:],
    )
    return chosen.choice(kinds)


def words_added(chosen: random.Random, base: Base, text: str) -> str:
    """A number word, qualifier, scale or note put before, behind or in the place of a word."""
    word = chosen.choice(VOCABULARY)
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    near = _place(chosen, base, text)
    a, b = next((span for span in spans if span[1] >= near), spans[-1])
    return chosen.choice(
        (f"{text[:a]}{word} {text[a:]}", f"{text[:b]} {word}{text[b:]}", text[:a] + word + text[b:])
    )


def _stretches(text: str, pattern: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(pattern, text)]


def _rearranged(chosen: random.Random, text: str, spans: list[tuple[int, int]]) -> str:
    if len(spans) < 2:
        return text
    (a, b), (c, d) = sorted(chosen.sample(spans, 2))
    kinds = (
        text[:a] + text[b:],
        text[:b] + text[a:b] + text[b:],
        text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:],
        text[:d] + text[a:b] + text[d:],
    )
    return chosen.choice(kinds)


def lines_moved(chosen: random.Random, base: Base, text: str) -> str:
    """Lines dropped, doubled or swapped."""
    return _rearranged(chosen, text, _stretches(text, r"[^\n]+\n"))


def lines_joined(chosen: random.Random, base: Base, text: str) -> str:
    """A line break gone, or one more."""
    breaks = _stretches(text, r"\n+")
    if not breaks or chosen.random() < 0.3:
        at = _place(chosen, base, text)
        return (
            text[:at]
            + chosen.choice(("\n", "\n\n", "\f", "\r\n", "\n> ", "\n- ", "\n# "))
            + text[at:]
        )
    a, b = chosen.choice(breaks)
    return text[:a] + chosen.choice(("", " ", "\t")) + text[b:]


def sentences_moved(chosen: random.Random, base: Base, text: str) -> str:
    """Sentences dropped, doubled or swapped."""
    return _rearranged(chosen, text, _stretches(text, r"[A-Z(*][^.\n]{15,}?\. ?"))


def figures_moved(chosen: random.Random, base: Base, text: str) -> str:
    """A figure put in the place of another, beside it, or nowhere."""
    if len(text) != len(base.text):
        return inserted(chosen, base, text)
    (a, b), (c, d) = sorted(chosen.sample(base.figures, 2))
    joint = chosen.choice((" ", "", ", ", "\n", " (", " or ", "\u200b"))
    kinds = (
        text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:],
        text[:a] + text[c:d] + text[b:],
        text[:c] + text[a:b] + text[d:],
        text[:b] + joint + text[c:d] + text[b:],
        text[:c] + text[a:b] + joint + text[c:],
        text[:a] + text[b:],
        text[:a] + chosen.choice(VOCABULARY) + text[b:],
    )
    return chosen.choice(kinds)


def names_changed(chosen: random.Random, base: Base, text: str) -> str:
    """One mention of the state or of the year changed into another."""
    names = "Kentucky|Minnesota|Mississippi|Missouri|West Virginia|Kansas|U.S. Virgin Islands|District of Columbia|Guam"
    spans = _stretches(text, rf"{names}|\b20\d\d\b")
    if not spans:
        return inserted(chosen, base, text)
    a, b = chosen.choice(spans)
    others = (
        ["2022", "2024", "20 23", "2,023", "3202"]
        if text[a].isdigit()
        else ["Virginia", "Arkansas", "Georgia", "Virgin Islands", "Kent", ""]
    )
    return text[:a] + chosen.choice(others) + text[b:]
