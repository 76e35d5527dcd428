"""The nouns that travel between functions; the first stop of the straight line.

Reads nothing, imports nothing of the project. Frames travel between stages, these frozen
dataclasses between functions, and tuples where a sheet makes dozens of them. Offsets count characters (code points) of a sheet's decoded
text, start included, end excluded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

NATION = "US"
"""Jurisdiction code of figures about the whole nation; states carry their ISO 3166-2 code."""

Level = Literal["error", "warning"]
Disposition = Literal["captured", "explained", "unaccounted"]


class UserError(Exception):
    """What whoever gave a command can mend: the message says where, what was found, what to do."""


class Span(NamedTuple):
    """A stretch of characters, ``start`` included and ``end`` excluded."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of ``text`` in this span."""
        return text[self.start : self.end]

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies wholly in this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as printed and the interval its wording stands for.

    ``lower`` and ``upper`` bound the true number, None where the wording sets no bound; the
    catalog's qualifier says whether each bound is itself included.
    """

    value: Decimal
    qualifier: str
    lower: Decimal | None
    upper: Decimal | None


def number_text(value: Decimal | int) -> str:
    """A number as messages and pages write it: commas between thousands, no trailing zeros."""
    return f"{Decimal(value).normalize():,f}"


def few(words: Sequence[str], separator: str = ", ", most: int = 5) -> str:
    """The first of some names or remarks as messages list them, and how many more there are."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return separator.join(words[:most]) + more


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in PDF points (1/72 inch) from the page's lower left corner."""

    left: Decimal
    bottom: Decimal
    right: Decimal
    top: Decimal


class Statement(NamedTuple):
    """One figure that one sheet prints: what it measures, for whom, and where it stands.

    ``printed`` is the raw text of the number with its qualifier, ``quote`` the raw text of the
    sentence (or table row) around it; each re-reads from its span. ``pattern`` names the
    catalog's wording that matched, ``years`` the reporting years that wording is evidenced for.
    ``box`` is where ``printed`` stands on its page, the line with its digits if it is broken over
    two; None where the sheet has no layout. ``note`` is what the sheet says of the figure in a
    footnote or an aside, None where it says nothing.
    """

    metric: str
    of: Literal["US", "state"]
    figure: Figure
    printed: str
    printed_span: Span
    quote: str
    quote_span: Span
    page: int
    pattern: str
    years: tuple[int, int | None]
    box: Box | None = None
    note: str | None = None


class Numeral(NamedTuple):
    """One numeral of a sheet, in digits or as a word, and what became of it.

    ``rule`` is the pattern that captured it or the rule that explains it; None if unaccounted.
    """

    printed: str
    span: Span
    page: int
    form: Literal["digits", "word"]
    disposition: Disposition
    rule: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check on one subject; ``check`` is a name of the checklist.

    A failed finding says what was expected, what was found and what to do.
    """

    check: str
    passed: bool
    message: str
    expected: str | None = None
    found: str | None = None
    metric: str | None = None
