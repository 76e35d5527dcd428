"""What may stand in a sentence besides its own words, compiled once a process.

Reads the asides of the catalog, gives :class:`Asides`; where they stand in a text is asked in
``parse.prose``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.catalog.schema import Catalog
from pipeline.catalog.templates import Choice, Part, Slot, Words, read_template
from pipeline.parse.templates import SLOTS, regex_of
from pipeline.sheets.normalize import canonical_words


@dataclass(frozen=True, slots=True)
class CompiledAside:
    """Words that may stand besides a sentence's own, in one of their wordings."""

    name: str
    note: bool
    regex: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Asides:
    """All asides: ``openings`` finds where one that is set off may begin, ``set_off`` match there.

    ``beside`` ones stand right before a figure or behind a year; ``words`` are what they search.
    """

    openings: re.Pattern[str]
    set_off: tuple[CompiledAside, ...]
    beside: tuple[tuple[str, CompiledAside], ...]

    def that_is(self, words: str) -> CompiledAside | None:
        """The aside that these words are from first to last, as a footnote may print it."""
        for aside in self.set_off:
            match = aside.regex.match(f"({words}) ")
            if match and match.end() == len(words) + 2:
                return aside
        return None


_IN_WORDS = r"(?:zero|no|one|two|three|four|five|six|seven|eight|nine|ten)\b"


def compile_asides(catalog: Catalog) -> Asides:
    """All asides of a catalog."""
    set_off, beside, first = [], [], {"[0-9<>~]"}
    qualifiers = (
        re.escape(canonical_words(w)) for entry in catalog.qualifiers for w in entry.words
    )
    number = rf"(?=(?:(?:{'|'.join(qualifiers)}) )?(?:[<>~]?[0-9]|{_IN_WORDS}))"
    for aside in catalog.asides:
        for text in aside.set_off:
            parts = read_template(text)
            inner = _unnamed(regex_of(parts, SLOTS, commas=False))
            first |= _first_words(parts)
            regex = re.compile(
                rf" ?\({inner}\)(?=[ \n.,;:!?])"
                rf"|(?:,| -) {inner}(?:(?:,| -)(?= )|(?= ?[.!?][\"')\]]*[ \n]|\n))"
            )
            set_off.append(CompiledAside(aside.aside, aside.note, regex))
        for before, wordings, behind in (
            # A year behind "in" or "during" is no figure.
            (r"(?<![a-z0-9])(?<!in )(?<!during )", aside.before_figure, f" {number}"),
            (r"(?<=[a-z] )", aside.before_year, r" (?=(?:19|20)[0-9]{2}[ ,])"),
            (r"(?<=[0-9]{4}) ", aside.behind_year, r"(?=[ ,])"),
        ):
            for words in map(canonical_words, wordings):
                regex = re.compile(f"{before}{re.escape(words)}{behind}")
                beside.append((words, CompiledAside(aside.aside, aside.note, regex)))
    openings = re.compile(rf"(?:\(|, |- )(?=(?:{'|'.join(sorted(first))}))")
    return Asides(openings, tuple(set_off), tuple(beside))


def _first_words(parts: tuple[Part, ...]) -> set[str]:
    """What a template may begin with: words, or a digit where a slot comes first."""
    match parts[0]:
        case Words(text):
            return {f"{re.escape(canonical_words(text).split(' ')[0])}(?![a-z])"}
        case Slot("date"):
            return {"[a-z]"}
        case Slot(_):
            return {"[0-9]"}
        case Choice(options):
            return {word for option in options for word in _first_words(option or parts[1:])}


def _unnamed(regex: str) -> str:
    """The same expression without named groups, which may stand once only."""
    return re.sub(r"\(\?P<[a-z_]+>", "(?:", regex)
