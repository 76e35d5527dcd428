"""The style sheets that stand in an HTML document itself; part of ``web``.

Gives the declarations that hold for an element on a screen of ``SCREEN_WIDTH``, as far as they
decide what is seen. Rules under conditions that cannot be judged here are kept apart as possible
ones. Style sheets in other files are never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.sheets.formats import NotTextError
from pipeline.sheets.web_selectors import (
    ANYTHING,
    Context,
    Selector,
    SelectorIndex,
    read_selectors,
    without_escapes,
)

SCREEN_WIDTH = 1280
"""Width in pixels of the window that a page is read in."""

MAX_TESTS = 500_000
"""Most comparisons of a selector with an element; a page takes thousands."""

MAX_RULES = 20_000
_DEEPEST = 8
"""Blocks within blocks whose selectors are still read."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SPACES = re.compile(r"\s+")
_PICTURE = re.compile(r"url\([^)]*\)")
_LONGEST_VALUE = 1000
_PIECE = re.compile(
    r"\"(?:[^\"\\\n]|\\.)*(?:\"|\Z)|'(?:[^'\\\n]|\\.)*(?:'|\Z)|[{};]|\\.|\((?:[^()\"']{0,2000})\)|[^\"'{};\\(]+|.",
    re.DOTALL,
)
_RELEVANT = re.compile(
    r"display|visibility|opacity|content(?:-visibility)?|font(?:-size|-family|-variant-position)?|color|background(?:-color|-image|-clip)?"
    r"|-webkit-(?:text-fill-color|text-security|background-clip)|text-(?:indent|decoration(?:-line)?)|position|left|right|top|bottom"
    r"|inset(?:-\w+)*|margin(?:-\w+)*|clip(?:-path)?|(?:max-)?(?:width|height|inline-size|block-size)|overflow(?:-[xy])?|transform"
    r"|translate|scale|zoom|vertical-align|unicode-bidi|direction|filter|white-space|all|float|mask(?:-image)?"
)
_VARIABLE = re.compile(r"(--[-\w]+)\s*:\s*([^;{}]*)")
_REFERENCE = re.compile(r"var\(\s*(--[-\w]+)\s*(?:,([^()]*))?\)")
_WIDTH = re.compile(
    r"\(\s*(min|max)-(?:device-)?width\s*:\s*(\d{1,6}(?:\.\d{1,6})?)(px|em|rem)\s*\)"
)

Declarations = dict[str, tuple[str, bool]]
"""The value of each property, in lower case, and whether it is important."""

Weight = tuple[tuple[int, int, int], int]
"""A rule's specificity and its place among all."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector's declarations; ``certain`` if nothing unknown decides whether they hold."""

    selector: Selector
    declarations: Declarations
    certain: bool


@dataclass(slots=True)
class StyleSheet:
    """What a document's own style sheets say.

    Attributes:
        classes: the names of classes that any selector speaks of.
    """

    rules: list[Rule] = field(default_factory=list)
    index: SelectorIndex = field(default_factory=SelectorIndex)
    classes: set[str] = field(default_factory=set)
    variables: dict[str, set[str]] = field(default_factory=dict)

    def styles(
        self, tag: str, attributes: Mapping[str, str], context: Context
    ) -> tuple[list[tuple[Weight, Rule]], Context]:
        """The rules for an element with their weights, and the context of its children.

        Raises:
            NotTextError: so many rules for so many elements that no page has them.
        """
        classes = frozenset(attributes.get("class", "").split())
        found, below = self.index.match(tag, attributes, classes, context)
        if self.index.tests > MAX_TESTS:
            raise NotTextError("has a style sheet too large to apply; save it as PDF or text")
        return [((self.rules[n].selector.specificity, n), self.rules[n]) for n in found], below  # fmt: skip

    def inline(self, style: str) -> Declarations:
        """The declarations of a ``style`` attribute."""
        return self.declarations(_plain(style))

    def add(self, rule: Rule) -> None:
        """Take a rule in."""
        if len(self.rules) >= MAX_RULES:
            raise NotTextError(f"has more than {MAX_RULES:,} rules of style; save it as PDF or text")  # fmt: skip
        self.index.add(rule.selector)
        self.rules.append(rule)
        self.classes |= {name for part in rule.selector.compounds for name in part.classes}

    def declarations(self, source: str) -> Declarations:
        """What is declared, as far as it decides what is seen."""
        found: Declarations = {}
        for declaration in _statements(source):
            name, colon, value = declaration.partition(":")
            name = without_escapes(name).strip().lower()
            if not colon or not _RELEVANT.fullmatch(name):
                continue
            if name != "content":
                value = without_escapes(value).lower()
            value, important, _ = _PICTURE.sub("url()", value).strip().partition("!")
            if important or not found.get(name, ("", False))[1]:
                found.pop(name, None)  # so that shorthands and their parts stand in order
                found[name] = self._resolved(value.strip()), bool(important)
        return found

    def _resolved(self, value: str) -> str:
        """The value with its variables put in, where each has but one meaning."""
        for _ in range(4):
            if "var(" not in value:
                break
            value = _REFERENCE.sub(self._variable, value)
        return value if len(value) <= _LONGEST_VALUE else "unknown"

    def _variable(self, reference: re.Match[str]) -> str:
        values = self.variables.get(reference[1], {reference[2] or ""})
        return next(iter(values))[:500] if len(values) == 1 else "unknown"


def read_styles(css: str, inline: str = "") -> StyleSheet:
    """A document's style sheets, one after another; its ``style`` attributes may set variables."""
    sheet = StyleSheet()
    css = _plain(css).replace("<!--", " ").replace("-->", " ")
    for variable in _VARIABLE.finditer(f"{css}\n{inline}"):
        sheet.variables.setdefault(variable[1], set()).add(variable[2].strip().lower())
    around: list[tuple[list[Selector], bool | None, str]] = []
    prelude: list[str] = []
    body: list[str] = []
    for piece in _PIECE.finditer(css):
        match piece[0]:
            case "{":
                _flush(sheet, around, body)
                around.append(_entered("".join(prelude).strip(), around))
                prelude = []
            case "}":
                body += prelude
                _flush(sheet, around, body)
                prelude = []
                if around:
                    around.pop()
            case ";":
                if around and around[-1][0]:
                    body += [*prelude, ";"]
                prelude = []
            case _:
                prelude.append(piece[0])
    body += prelude
    _flush(sheet, around, body)
    return sheet


def _plain(css: str) -> str:
    """Without comments, and with single spaces: patterns stay linear."""
    return _SPACES.sub(" ", _COMMENT.sub(" ", css))


def _entered(
    prelude: str, around: list[tuple[list[Selector], bool | None, str]]
) -> tuple[list[Selector], bool | None, str]:
    """What holds within a block: its selectors, whether they apply (None: unknown), their source."""
    selectors, applies, source = around[-1] if around else ([], True, "")
    if prelude.startswith("@"):
        return selectors, _both(applies, _condition(prelude.lower())), source
    if not source:
        return read_selectors(prelude), applies, prelude
    if "," in source or "," in prelude or len(around) > _DEEPEST:
        return [ANYTHING], applies, "*"  # nested rules multiply their lists
    prelude = prelude.replace("&", source) if "&" in prelude else f"{source} {prelude}"
    return read_selectors(prelude), applies, prelude


def _flush(
    sheet: StyleSheet, around: list[tuple[list[Selector], bool | None, str]], body: list[str]
) -> None:
    """Take in what was declared for the innermost block."""
    source = "".join(body)
    body.clear()
    if not around or not source.strip():
        return
    selectors, applies, _ = around[-1]
    declarations = sheet.declarations(source)
    if applies is not False and declarations:
        for selector in selectors:
            sheet.add(Rule(selector, declarations, applies is True and selector.certain))


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


def _condition(prelude: str) -> bool | None:
    """Whether the rules under an at-rule apply on the screen; None if that is unknown."""
    name, _, query = prelude.partition(" ")
    if name.startswith("@media"):
        queries = [_media(part.strip()) for part in prelude[len("@media") :].split(",")]
        return True if True in queries else None if None in queries else False
    if name in ("@layer", "@scope") and not query.startswith("("):
        return True
    return None if name in ("@supports", "@container", "@scope", "@starting-style") else False


def _media(query: str) -> bool | None:
    result: bool | None = True
    for part in re.split(r"\s+and\s+", query):
        width = _WIDTH.fullmatch(part)
        if width:
            limit = float(width[2]) * (1 if width[3] == "px" else 16)
            holds = limit <= SCREEN_WIDTH if width[1] == "min" else limit >= SCREEN_WIDTH
        elif part in ("screen", "all", "", "only screen"):
            holds = True
        elif part in ("print", "speech", "only print", "not screen", "not all", "not all screen"):
            holds = False
        else:
            result = _both(result, None)
            continue
        result = _both(result, holds)
    return result


def _statements(source: str) -> Iterator[str]:
    """The declarations between semicolons that stand in no string or bracket."""
    current: list[str] = []
    for piece in _PIECE.finditer(source):
        if piece[0] == ";":
            yield "".join(current)
            current = []
        else:
            current.append(piece[0])
    yield "".join(current)
