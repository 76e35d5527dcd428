"""Which elements a style sheet's rule is for; part of ``web``.

Selectors are matched going down the document: an element knows which beginnings of selectors the
elements around and before it have matched, so that no depth of nesting costs more than another.
What is not known here (``:nth-child``, ``:not``, …) is told as a possible match, never as none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

_IDENT = r"(?:[-\w]|[^\x00-\x7f]|\\[0-9a-fA-F]{1,6}[ \t\n]?|\\[^\n])+"
_PART = re.compile(
    rf"(?P<any>\*)|\#(?P<id>{_IDENT})|\.(?P<class>{_IDENT})|(?P<tag>{_IDENT})"
    rf"|\[\s*(?P<name>{_IDENT})\s*(?:(?P<test>[~^$*|]?=)\s*(?P<value>\"[^\"]*\"|'[^']*'|{_IDENT})\s*(?P<case>[iIsS])?\s*)?\]"
    rf"|(?P<colons>::?)(?P<pseudo>{_IDENT})(?P<open>\()?"
    r"|(?P<combinator>\s*[>+~]\s*|\s+)"
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n]?|(.))", re.DOTALL)
_NOT_AT_REST = frozenset(["hover", "active", "focus", "focus-within", "focus-visible", "visited"])
"""States that a page is not in until its reader does something."""

_PSEUDO_ELEMENTS = frozenset(["before", "after", "first-line", "first-letter"])


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


@dataclass(slots=True)
class Context:
    """What has matched on the way to the children of an element."""

    above: frozenset[Prefix] = _NONE
    parent: frozenset[Prefix] = _NONE
    siblings: frozenset[Prefix] = _NONE
    sibling: frozenset[Prefix] = _NONE

    def reached(self, combinator: str) -> frozenset[Prefix]:
        """Where the element before the combinator has matched."""
        match combinator:
            case ">":
                return self.parent
            case "+":
                return self.sibling
            case "~":
                return self.siblings
        return self.above


@dataclass(slots=True)
class SelectorIndex:
    """All selectors of a document, by what an element must have to match one of their parts."""

    selectors: list[Selector] = field(default_factory=list)
    tests: int = 0
    _by_key: dict[str, list[Prefix]] = field(default_factory=dict)

    def add(self, selector: Selector) -> int:
        """Take a selector in; gives its number."""
        self.selectors.append(selector)
        number = len(self.selectors) - 1
        for place, compound in enumerate(selector.compounds):
            self._by_key.setdefault(_key(compound), []).append((number, place))
        return number

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
            if place and (number, place) not in context.reached(compound.combinator):
                continue
            if compound.fits(tag, attributes, classes):
                if place + 1 == len(compounds):
                    found.append(number)
                else:
                    matched.add((number, place + 1))
        own = frozenset(matched)
        context.sibling = own
        if not own <= context.siblings:
            context.siblings |= own
        above = context.above if own <= context.above else context.above | own
        return found, Context(above, own)


def read_selectors(prelude: str) -> list[Selector]:
    """The selectors of a rule; one that cannot be read is one that may match anything."""
    return [_selector(part) for part in _split(prelude)]


def without_escapes(words: str) -> str:
    """CSS words with their escapes resolved."""
    if "\\" not in words:
        return words
    return _ESCAPE.sub(lambda escape: _character(escape[1]) if escape[1] else escape[2], words)


def _character(code: str) -> str:
    number = int(code, 16)
    is_one = 0 < number < 0xD800 or 0xDFFF < number < 0x110000
    return chr(number) if is_one else "\ufffd"


def _selector(source: str) -> Selector:
    source = source.strip()
    compounds, pseudo, at = [Compound()], "", 0
    while at < len(source):
        part = _PART.match(source, at)
        if part is None:
            return ANYTHING
        at = _closing(source, part.end()) if part["open"] else part.end()
        name = (part["pseudo"] or "").lower()
        if part["combinator"]:
            compounds.append(Compound(part["combinator"].strip() or " "))
        elif part["colons"] == "::" or name in _PSEUDO_ELEMENTS:
            pseudo = name
        else:
            compounds[-1] = _narrowed(compounds[-1], part, name)
    return Selector(tuple(compounds), pseudo)


def _narrowed(compound: Compound, part: re.Match[str], pseudo: str) -> Compound:
    """The compound with one more part of its selector."""
    if part["tag"]:
        return replace(compound, tag=without_escapes(part["tag"]).lower())
    if part["id"]:
        return replace(compound, id=without_escapes(part["id"]))
    if part["class"]:
        return replace(compound, classes=compound.classes | {without_escapes(part["class"])})
    if part["name"]:
        value = without_escapes((part["value"] or "").strip("\"'"))
        test = without_escapes(part["name"]).lower(), part["test"] or "", value
        return replace(compound, attributes=(*compound.attributes, test))
    if pseudo == "root" or pseudo in _NOT_AT_REST:
        return replace(compound, tag=compound.tag or "html", never=pseudo != "root")
    return replace(compound, certain=compound.certain and not pseudo)


def _split(prelude: str) -> Iterable[str]:
    """The parts between commas that stand in no brackets."""
    depth = begin = 0
    for place, character in enumerate(prelude):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 0:
            yield prelude[begin:place]
            begin = place + 1
    yield prelude[begin:]


def _closing(source: str, at: int) -> int:
    depth = 1
    while at < len(source) and depth:
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        at += 1
    return at


def _key(compound: Compound) -> str:
    if compound.id is not None:
        return "#" + compound.id
    if compound.classes:
        return "." + min(compound.classes)
    return compound.tag or "*"


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "": lambda value, expected: True,  # noqa: ARG005
    "=": lambda value, expected: value == expected,
    "~=": lambda value, expected: expected in value.split(),
    "|=": lambda value, expected: value == expected or value.startswith(f"{expected}-"),
    "^=": lambda value, expected: bool(expected) and value.startswith(expected),
    "$=": lambda value, expected: bool(expected) and value.endswith(expected),
    "*=": lambda value, expected: bool(expected) and expected in value,
}


def _holds(value: str | None, test: str, expected: str) -> bool:
    return value is not None and _TESTS[test](value.lower(), expected.lower())
