"""Templates: the catalog's small language for a publisher's wording.

A template is a sentence as printed, with slots in place of what changes:

    In {year}, we reviewed {cvip_submissions_reviewed} submission[s] from {state} law enforcement.

``{slot}`` is a value, ``[x]`` or ``[x|y]`` may be missing, ``<x|y>`` is a choice; they may nest. All
else is printed words. Templates stand in for regular expressions so that every wording is
bounded, anchored and readable. What a slot matches is not known here; ``parse.patterns`` compiles
the parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ANCHOR_LENGTH = 10
"""Fewest plain characters in a row a sentence must hold, so that a fast text search finds it."""

_TOKEN = re.compile(
    r"\{(?P<slot>(?:US:|state:)?[a-z][a-z0-9_]*)\}|(?P<mark>[\[\]<>|])|(?P<words>[^\[\]<>{}|]+)"
    r"|(?P<stray>.)",
    re.DOTALL,
)
_REPEATABLE = frozenset({"i", "n", "earlier", "any_year"})
"""Slots whose value is not read, or that stand in several options of a choice."""
_IN_WORDS = frozenset({"state", "year"})
"""Slots of a sentence that are no figures."""
_CLOSING = {"[": "]", "<": ">"}


class TemplateError(ValueError):
    """A template that does not follow the language; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Words:
    """Printed words."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value: ``state``, ``year``, a metric, ``US:`` or ``state:`` and a metric, …."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several stretches of parts; an empty one makes the part optional."""

    options: tuple[tuple[Part, ...], ...]


Part = Words | Slot | Choice


def read_template(text: str) -> tuple[Part, ...]:
    """Split a template into its parts.

    Raises:
        TemplateError: empty, unbalanced brackets, or a stray bracket or bar.
    """
    tokens = list(_TOKEN.finditer(text))
    parts, end = _sequence(text, tokens, 0, "")
    assert end == len(tokens), "the outermost sequence ends with the text"
    if not parts:
        raise TemplateError("an empty template matches everything")
    return parts


def _sequence(
    text: str, tokens: list[re.Match[str]], place: int, until: str
) -> tuple[tuple[Part, ...], int]:
    """The parts up to one of the marks ``until``, and where that mark stands."""
    parts: list[Part] = []
    while place < len(tokens):
        token = tokens[place]
        if token["slot"]:
            parts.append(Slot(token["slot"]))
        elif token["words"]:
            parts.append(Words(token["words"]))
        elif token["mark"] and token["mark"] in until:
            return tuple(parts), place
        elif token["mark"] in _CLOSING:
            choice, place = _choice(text, tokens, place)
            parts.append(choice)
        else:
            raise TemplateError(f"stray {token[0]!r} at character {token.start()} in {text!r}")
        place += 1
    if until:
        raise TemplateError(f"no {until[0]!r} closes what is opened in {text!r}")
    return tuple(parts), place


def _choice(text: str, tokens: list[re.Match[str]], place: int) -> tuple[Choice, int]:
    """An optional stretch or a choice, and where its closing mark stands."""
    closing = _CLOSING[tokens[place]["mark"]]
    options: list[tuple[Part, ...]] = []
    while not options or tokens[place]["mark"] == "|":
        option, place = _sequence(text, tokens, place + 1, f"{closing}|")
        options.append(option)
    if closing == "]":
        options.append(())
    return Choice(tuple(options)), place


def walk(parts: tuple[Part, ...]) -> Iterator[Words | Slot]:
    """Every stretch of words and every slot, those of all choices too."""
    for part in parts:
        if isinstance(part, Choice):
            for option in part.options:
                yield from walk(option)
        else:
            yield part


def slots_of(text: str) -> list[str]:
    """The names of a template's slots in their order."""
    return [part.name for part in walk(read_template(text)) if isinstance(part, Slot)]


def check_slots(text: str, known: Callable[[str], bool]) -> None:
    """Demand that every slot is known and none whose value is read stands twice.

    Raises:
        TemplateError: an unknown slot, or one that stands twice.
    """
    names = slots_of(text)
    for name in names:
        if not known(name):
            raise TemplateError(f"unknown slot {{{name}}} in {text!r}")
        if names.count(name) > 1 and name not in _REPEATABLE:
            raise TemplateError(f"{text!r} holds {{{name}}} twice; shorten the wording")


def check_anchored(text: str) -> None:
    """Demand the plain characters that a fast search starts from.

    Raises:
        TemplateError: no stretch of words outside brackets, and without a comma, is
            ``ANCHOR_LENGTH`` long; or the text begins or ends with a space.
    """
    if text != text.strip():
        raise TemplateError(f"{text!r} begins or ends with a space; take it away")
    words = (part.text for part in read_template(text) if isinstance(part, Words))
    stretches = (stretch for text in words for stretch in text.replace("-", "").split(","))
    if max(map(len, stretches), default=0) < ANCHOR_LENGTH:
        raise TemplateError(
            f"{text!r} has no {ANCHOR_LENGTH} plain characters in a row; add words around the slots"
        )


def check_slots_apart(text: str) -> None:
    """Demand words between any two slots, without which nobody could tell where one ends.

    Raises:
        TemplateError: two slots stand side by side, or two figures with no letter between them,
            as in "8 597".
    """
    parts = [part for part in read_template(text) if not isinstance(part, Choice)]
    words, last = "", None
    for part in parts:
        if isinstance(part, Words):
            words += part.text
            continue
        if last is not None:
            are_figures = _IN_WORDS.isdisjoint((last.name, part.name))
            if not words or (are_figures and not re.search("[A-Za-z]", words)):
                raise TemplateError(
                    f"{text!r} holds {{{last.name}}} and {{{part.name}}} side by side"
                )
        words, last = "", part
