"""Templates: the catalog's small language for a publisher's wording.

Reads the text of one pattern, gives its parts, or says what is wrong with it. Templates stand
in for regular expressions so that every wording is bounded, anchored and readable:

    NCMEC reviewed {n} submission[s] of <material|content> from {state} law enforcement

``{slot}`` is a value, ``[x]`` may be missing, ``<x|y>`` is a choice, all else is printed words.
What a slot matches is not known here; ``parse.patterns`` compiles the parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ANCHOR_LENGTH = 10
"""Fewest plain characters in a row a pattern must hold, so that a fast text search finds it."""

_TOKEN = re.compile(
    r"\{(?P<slot>[a-z]+)\}|\[(?P<optional>[^\[\]]+)\]|<(?P<choice>[^<>{}\[\]]+)>"
    r"|(?P<literal>[^\[\]<>{}]+)|(?P<stray>.)",
    re.DOTALL,
)


class TemplateError(ValueError):
    """A template that does not follow the language; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Words:
    """Printed words."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value: ``n``, ``state``, ``name``, ``year``, ``i`` or ``url``."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several stretches of words or slots; an empty one makes the part optional."""

    options: tuple[tuple[Words | Slot, ...], ...]


Part = Words | Slot | Choice


def read_template(text: str, *, slots: frozenset[str]) -> tuple[Part, ...]:
    """Split a template into its parts.

    Raises:
        TemplateError: unbalanced brackets, or a slot that is not one of ``slots``.
    """
    parts: list[Part] = []
    for token in _TOKEN.finditer(text):
        if token["slot"]:
            if token["slot"] not in slots:
                allowed = ", ".join(f"{{{slot}}}" for slot in sorted(slots))
                raise TemplateError(
                    f"unknown slot {{{token['slot']}}} in {text!r}; known: {allowed}"
                )
            parts.append(Slot(token["slot"]))
        elif token["optional"]:
            inner = read_template(token["optional"], slots=slots)
            parts.append(Choice((_plain(inner, text), ())))
        elif token["choice"]:
            words = token["choice"].split("|")
            parts.append(Choice(tuple((Words(option),) if option else () for option in words)))
        elif token["literal"]:
            parts.append(Words(token["literal"]))
        else:
            raise TemplateError(
                f"stray {token['stray']!r} at character {token.start()} in {text!r}"
            )
    if not parts:
        raise TemplateError("an empty template matches everything")
    return tuple(parts)


def check_anchored(text: str, parts: tuple[Part, ...]) -> None:
    """Demand the plain characters that a fast search starts from.

    Raises:
        TemplateError: no stretch of words outside brackets is ``ANCHOR_LENGTH`` long.
    """
    longest = max(
        (len(part.text.replace("-", "")) for part in parts if isinstance(part, Words)), default=0
    )
    if longest < ANCHOR_LENGTH:
        raise TemplateError(
            f"{text!r} has no {ANCHOR_LENGTH} plain characters in a row; add words around the slots"
        )


def check_slots_once(text: str, parts: tuple[Part, ...]) -> None:
    """Demand that each slot whose value is read stands once, within brackets or without.

    Raises:
        TemplateError: ``{n}``, ``{state}``, ``{name}`` or ``{year}`` stands twice.
    """
    stretches = [part.options if isinstance(part, Choice) else ((part,),) for part in parts]
    slots = [p.name for options in stretches for option in options for p in option if isinstance(p, Slot)]  # fmt: skip
    for name in ("n", "state", "name", "year"):
        if slots.count(name) > 1:
            raise TemplateError(f"{text!r} holds {{{name}}} twice; shorten the wording")


def check_figure_in_words(text: str, parts: tuple[Part, ...]) -> None:
    """Demand exactly one ``{n}`` outside brackets, with words before it.

    Words before the figure keep an unknown qualifier ("barely 36.2 million") from being read
    as part of nothing and so being dropped.

    Raises:
        TemplateError: none or several ``{n}``, one that opens the template, or a space at an end,
            behind which no word could follow.
    """
    if text != text.strip():
        raise TemplateError(f"{text!r} begins or ends with a space; take it away")
    figures = [index for index, part in enumerate(parts) if part == Slot("n")]
    if len(figures) != 1:
        raise TemplateError(f"{text!r} must hold exactly one {{n}} outside brackets")
    if figures[0] == 0 or not isinstance(parts[figures[0] - 1], Words):
        raise TemplateError(f"{text!r} must have words right before {{n}}")


def _plain(parts: tuple[Part, ...], text: str) -> tuple[Words | Slot, ...]:
    plain = tuple(part for part in parts if not isinstance(part, Choice))
    if len(plain) != len(parts):
        raise TemplateError(f"a choice within brackets in {text!r}; spell the alternatives out")
    return plain
