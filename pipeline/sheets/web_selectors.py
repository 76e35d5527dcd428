"""Which elements a style sheet's rule is for; part of ``web``.

Selectors are matched going down the document: an element knows which beginnings of selectors the
elements around and before it have matched, so that no depth of nesting costs more than another.
What is not known here (``:nth-child``, ``:not``, …) is told as a possible match, never as none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tinycss2.ast import Node

_NOT_AT_REST = frozenset(["hover", "active", "focus", "focus-within", "focus-visible", "visited"])
"""States that a page is not in until its reader does something."""

_PSEUDO_ELEMENTS = frozenset(["before", "after", "marker", "first-line", "first-letter"])


@dataclass(frozen=True, slots=True)
class Compound:
    """What one element must be: ``div.note#x[lang=en]``, and how it stands to the one before."""

    combinator: str = " "
    tag: str | None = None
    id: str | None = None
    classes: frozenset[str] = frozenset()
    attributes: tuple[tuple[str, str, str], ...] = ()
    certain: bool = True
    never: bool = False

    def fits(self, tag: str, attributes: Mapping[str, str], classes: frozenset[str]) -> bool:
        """Whether an element is such a one."""
        return (
            not self.never
            and (self.tag is None or self.tag == tag)
            and (self.id is None or self.id == attributes.get("id"))
            and self.classes <= classes
            and all(_holds(attributes.get(name), *test) for name, *test in self.attributes)
        )


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector: its compounds from left to right, its specificity, its pseudo-element."""

    compounds: tuple[Compound, ...]
    pseudo: str = ""

    @property
    def certain(self) -> bool:
        """Whether a match is a match, and not only a possible one."""
        return all(compound.certain for compound in self.compounds)

    @property
    def specificity(self) -> tuple[int, int, int]:
        """How much the rule weighs."""
        return (
            sum(compound.id is not None for compound in self.compounds),
            sum(len(c.classes) + len(c.attributes) + (not c.certain) for c in self.compounds),
            sum(compound.tag is not None for compound in self.compounds),
        )


ANYTHING = Selector((Compound(certain=False),))
"""Stands for a selector that cannot be read."""

Prefix = tuple[int, int]
"""A selector's number, and how many of its compounds have matched."""

_NONE: frozenset[Prefix] = frozenset()


Context = dict[str, frozenset[Prefix]]
"""By combinator, what has matched where it leads from: above an element, just above it, before it, just before it."""


@dataclass(slots=True)
class SelectorIndex:
    """All selectors of a document, by what an element must have to match one of their parts."""

    selectors: list[Selector] = field(default_factory=list)
    tests: int = 0
    _by_key: dict[str, list[Prefix]] = field(default_factory=dict)

    def add(self, selector: Selector) -> None:
        """Take a selector in; its number is its place among all."""
        for place, compound in enumerate(selector.compounds):
            self._by_key.setdefault(_key(compound), []).append((len(self.selectors), place))
        self.selectors.append(selector)

    def match(
        self, tag: str, attributes: Mapping[str, str], classes: frozenset[str], context: Context
    ) -> tuple[list[int], Context]:
        """The selectors that an element matches, and the context of its children.

        ``context`` is that of the element itself; it moves on to the element's next sibling.
        """
        if not self.selectors:
            return [], context
        found: list[int] = []
        matched: set[Prefix] = set()
        keys = ["*", tag, *("." + name for name in classes)]
        if "id" in attributes:
            keys.append("#" + attributes["id"])
        for number, place in (prefix for key in keys for prefix in self._by_key.get(key, ())):
            self.tests += 1
            compounds = self.selectors[number].compounds
            compound = compounds[place]
            if place and (number, place) not in context.get(compound.combinator, _NONE):
                continue
            if compound.fits(tag, attributes, classes):
                if place + 1 == len(compounds):
                    found.append(number)
                else:
                    matched.add((number, place + 1))
        own = frozenset(matched)
        context["+"] = own
        above, before = (context.get(combinator, _NONE) for combinator in " ~")
        context["~"] = before if own <= before else before | own
        return found, {" ": above if own <= above else above | own, ">": own}


def read_selectors(prelude: Sequence[Node]) -> list[Selector]:
    """The selectors of a rule; one that cannot be read is one that may match anything."""
    return [_selector(tokens) for tokens in _split(prelude)]


def _split(prelude: Sequence[Node]) -> list[list[Node]]:
    """The parts between commas; those in brackets stand within one token."""
    parts: list[list[Node]] = [[]]
    for part in prelude:
        if part == ",":
            parts.append([])
        else:
            parts[-1].append(part)
    return parts


def _selector(tokens: Iterable[Node]) -> Selector:
    compounds: list[Compound] = []
    combinator = sign = pseudo = ""
    for token in tokens:
        if token.type == "whitespace":
            combinator = combinator or " "
            continue
        if token in (">", "+", "~"):
            combinator = token.value
            continue
        if combinator or not compounds:
            compounds.append(Compound(combinator or " "))
            combinator = ""
        if token in (".", ":"):
            sign += token.value
        elif sign in (":", "::") and token.type in ("ident", "function"):
            name = token.lower_value if token.type == "ident" else token.lower_name
            if sign == "::" or name in _PSEUDO_ELEMENTS:
                pseudo = name
            else:
                compounds[-1] = _in_state(compounds[-1], name)
            sign = ""
        else:
            narrowed = _narrowed(compounds[-1], sign, token)
            if narrowed is None:
                return ANYTHING
            compounds[-1], sign = narrowed, ""
    return Selector(tuple(compounds), pseudo) if compounds and not sign else ANYTHING


def _in_state(compound: Compound, state: str) -> Compound:
    """The compound with one more pseudo-class."""
    if state == "root" or state in _NOT_AT_REST:
        return replace(compound, tag=compound.tag or "html", never=state != "root")
    return replace(compound, certain=False)


def _narrowed(compound: Compound, sign: str, token: Node) -> Compound | None:
    """The compound with one more part of its selector; None if that is none."""
    match sign, token.type:
        case "", "ident":
            return replace(compound, tag=token.lower_value)
        case "", "hash":
            return replace(compound, id=token.value)
        case ".", "ident":
            return replace(compound, classes=compound.classes | {token.value})
        case "", "[] block":
            parts = [part for part in token.content if part.type != "whitespace"]
            name, test, value = ([getattr(part, "value", "") for part in parts] + ["", "", ""])[:3]
            if name and test in _TESTS:
                condition = (str(name).lower(), str(test), str(value))
                return replace(compound, attributes=(*compound.attributes, condition))
    return compound if (sign, token) == ("", "*") else None


def _key(compound: Compound) -> str:
    if compound.id is not None:
        return "#" + compound.id
    if compound.classes:
        return "." + min(compound.classes)
    return compound.tag or "*"


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "": lambda *_: True,
    "=": lambda value, expected: value == expected,
    "~=": lambda value, expected: expected in value.split(),
    "|=": lambda value, expected: value == expected or value.startswith(f"{expected}-"),
    "^=": lambda value, expected: bool(expected) and value.startswith(expected),
    "$=": lambda value, expected: bool(expected) and value.endswith(expected),
    "*=": lambda value, expected: bool(expected) and expected in value,
}


def _holds(value: str | None, test: str, expected: str) -> bool:
    return value is not None and _TESTS[test](value.lower(), expected.lower())
