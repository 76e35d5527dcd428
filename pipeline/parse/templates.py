"""Templates ready to search: where in a text a wording stands.

Reads one template of the catalog, gives a regular expression with an anchor. A template is found
by a plain search for its first stretch of words that is long enough (the anchor); only around each
hit, as wide as the template can be, is the regular expression tried. Work is therefore bounded by the text's
length, however hostile the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.catalog.templates import ANCHOR_LENGTH, Choice, Part, Slot, Words, read_template
from pipeline.sheets.normalize import canonical_words

MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december"
]  # fmt: skip
_MONTH = "|".join(f"{month}|{month[:3]}\\.?" for month in MONTHS) + r"|sept\.?"
_ANY_YEAR = r"(?:19|20)[0-9]{2}"
DATE = (
    rf"(?:(?:(?P<first>[0-9]{{1,2}})(?:st|nd|rd|th)? )?(?P<month>{_MONTH})(?: (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?)? (?P<of_year>{_ANY_YEAR})"
    rf"|(?P<iso>{_ANY_YEAR}-[01][0-9]-[0-3][0-9]))"
)
_ROUGH_NUMBER = (
    r"(?:[a-z]+ ){0,3}[<>~]?[0-9][0-9.,]*[0-9]?\+?(?: ?(?:thousand|million|billion|%|percent))?"
)
"""A number of an aside: wide enough for any figure, and read afterwards."""

ENDS = r"""(?= ?[.!?]["')\]]*[ \n]|\n)"""
"""Where a sentence ends: its mark, or the end of its paragraph. Prose ends in a line break."""

_OPENS = "(?:(?<![a-z0-9])|(?![a-z0-9]))"
"""No template begins within a word."""

SLOTS: dict[str, tuple[str, int]] = {
    "state": (r"(?P<state>.{2,60}?)", 60),
    "name": (r"(?:the )?(?P<name>[a-z][a-z .,'&]{0,58}?[a-z.])", 64),
    "year": (rf"(?P<year>{_ANY_YEAR})", 4),
    "earlier": (_ANY_YEAR, 4),
    "any_year": (_ANY_YEAR, 4),
    "date": (DATE, 28),
    "n": (_ROUGH_NUMBER, 60),
    "i": (r"[0-9]{1,4}", 4),
    "url": (r"[^\s()<>]{1,300}", 300),
}
"""The regular expression and the greatest width of each slot that is no metric."""


@dataclass(frozen=True, slots=True)
class Template:
    """A wording ready to search; named groups carry the slots' values.

    ``anchor`` is a stretch of its words, at most ``before`` characters behind its start and
    ``after`` before its end; ``reach`` is as long as any match. ``slots`` names the groups.
    """

    text: str
    anchor: str
    before: int
    after: int
    regex: re.Pattern[str]
    reach: int
    slots: frozenset[str]

    def find(self, flat: str, within: str | None = None) -> Iterator[re.Match[str]]:
        """Every place where the template's words stand, in their order.

        The anchor is sought in ``flat``, the expression put to ``within``, a text of the same
        length, where one is given.
        """
        done = 0
        at = flat.find(self.anchor)
        while at >= 0:
            end = at + len(self.anchor)
            match = self.regex.search(within or flat, max(done, at - self.before), end + self.after)
            # A match beside the anchor may have been cut off at the window's end.
            if match and match.start() <= at and end <= match.end():
                done = max(match.end(), at + 1)
                yield match
            at = flat.find(self.anchor, max(at + 1, done))


def compile_template(
    text: str,
    slots: Mapping[str, tuple[str, int]] = SLOTS,
    *,
    way: tuple[Part, ...] | None = None,
    behind: str = "(?![a-z0-9])",
    commas: bool = False,
) -> Template:
    """Compile one template, which must hold some words.

    Args:
        text: the template.
        slots: the expression and the greatest width of each slot.
        way: the parts of one of its ways; all of its parts unless given.
        behind: what must follow.
        commas: whether commas between words have to stand as written.
    """
    parts = way or read_template(text)
    anchor, place, offset, length = "", 0, 0, 0
    for index, part in enumerate(parts):
        if isinstance(part, Words):
            words = canonical_words(part.text)
            longest = words if commas else max(words.split(","), key=len)
            if len(longest) > len(anchor) and len(anchor) < ANCHOR_LENGTH:
                anchor, place, length = longest, index, len(words)
                offset = words.index(longest)
    assert anchor, f"{text!r} holds words outside brackets"
    before = offset + sum(_width(part, slots) for part in parts[:place])
    after = length - offset - len(anchor) + sum(_width(part, slots) for part in parts[place + 1 :])
    regex = re.compile(f"{_OPENS}{regex_of(parts, slots, commas=commas)}{behind}", re.DOTALL)
    # Some characters more behind the template let the last assertion see its neighbors.
    before, after = before + 1, after + 12
    reach = before + len(anchor) + after
    return Template(text, anchor, before, after, regex, reach, frozenset(regex.groupindex))


def regex_of(parts: tuple[Part, ...], slots: Mapping[str, tuple[str, int]], *, commas: bool) -> str:
    """The regular expression of a template's parts."""
    written = []
    for part in parts:
        match part:
            case Words(text):
                escaped = re.escape(canonical_words(text)).replace(r"\ ", " ")
                escaped = escaped if commas else escaped.replace(",", ",?")
                written.append(escaped.replace(" ", r"[ \n]"))
            case Slot(name):
                written.append(slots[name][0])
            case Choice(options):
                inner = (regex_of(option, slots, commas=commas) for option in options)
                written.append(f"(?:{'|'.join(inner)})")
    return "".join(written)


def _width(part: Part, slots: Mapping[str, tuple[str, int]]) -> int:
    match part:
        case Words(text):
            return len(canonical_words(text))
        case Slot(name):
            return slots[name][1]
        case Choice(options):
            return max(sum(_width(inner, slots) for inner in option) for option in options)
