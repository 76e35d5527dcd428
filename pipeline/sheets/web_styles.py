"""The style sheets that stand in an HTML document itself; part of ``web``.

Gives the declarations that hold for an element on a screen of ``SCREEN_WIDTH``, as far as they
decide what is seen. Rules under conditions that cannot be judged here are kept apart as possible
ones. Style sheets in other files are never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import tinycss2
from tinycss2.ast import Node

from pipeline.sheets.formats import NotTextError
from pipeline.sheets.web_selectors import ANYTHING, Context, Selector, SelectorIndex, read_selectors

SCREEN_WIDTH = 1280
"""Width in pixels of the window that a page is read in."""

MAX_TESTS = 500_000
"""Most comparisons of a selector with an element; a page takes thousands."""

MAX_RULES = 20_000
_DEEPEST = 8
"""Rules within rules that are still read; what those within them hide is not known."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SPACES = re.compile(r"\s+")
_PICTURE = re.compile(r"url\([^)]*\)")
_LONGEST_VALUE = 1000
_RELEVANT = re.compile(
    r"display|visibility|opacity|content-visibility|font(?:-size|-family|-variant-position)?|color|background(?:-color|-image|-clip)?"
    r"|-webkit-(?:text-fill-color|text-security|background-clip)|text-(?:indent|decoration(?:-line)?)|position|left|right|top|bottom"
    r"|inset(?:-\w+)*|margin(?:-\w+)*|clip(?:-path)?|(?:max-)?(?:width|height|inline-size|block-size)|overflow(?:-[xy])?|transform"
    r"|translate|rotate|scale|zoom|order|grid-(?:column|row|area)|padding(?:-\w+)*|letter-spacing|word-spacing|line-height|box-shadow|mix-blend-mode"
    r"|animation(?:-name)?|offset-path|font-size-adjust|contain|content|-webkit-line-clamp|text-overflow|z-index|border(?:-(?:top|bottom|left|right))?|flex-(?:direction|flow)|vertical-align|unicode-bidi|direction|filter|white-space|all|float|mask(?:-image)?"
)
_VARIABLE = re.compile(r"(--[-\w]+)\s*:\s*([^;{}]*)")
_REGISTERED = re.compile(r"@property (--[-\w]+) ?\{[^{}]*?initial-value\s*:\s*([^;{}]*)")
_REFERENCE = re.compile(r"var\(\s*(--[-\w]+)\s*(?:,([^()]*))?\)")
_AND = re.compile(r"\s+and\s+")
_WIDTH = re.compile(
    r"\(\s*(min|max)-(?:device-)?width\s*:\s*(\d{1,6}(?:\.\d{1,6})?)(px|em|rem)\s*\)"
)

_SPACE = tinycss2.parse_component_value_list(" ")
_ANYTHING = tinycss2.parse_component_value_list("?")
"""No selector: it may match anything."""

_UNKNOWN = "unknown"
"""Stands for a value that cannot be told."""


class Styles(dict[str, str]):
    """The value of each property that holds for an element; empty for all others."""

    def __missing__(self, name: str) -> str:
        return ""


Declarations = dict[str, tuple[str, bool]]
"""The value of each property, in lower case, and whether it is important."""

UNLAYERED = 1 << 30
"""The layer of what is in none: it goes before all others."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector's declarations; ``certain`` if nothing unknown decides whether they hold.

    ``pseudo`` is the part of an element that they are for, ``content`` what is written there. Of
    rules in one layer the specificity of their selectors decides, and then their place among all.
    """

    pseudo: str
    declarations: Declarations
    content: tuple[Node, ...]
    certain: bool
    layer: int
    weight: tuple[tuple[int, int, int], int]


@dataclass(slots=True)
class StyleSheet:
    """What a document's own style sheets say; ``classes`` are those that any selector names."""

    rules: list[Rule] = field(default_factory=list)
    index: SelectorIndex = field(default_factory=SelectorIndex)
    classes: set[str] = field(default_factory=set)
    variables: dict[str, set[str]] = field(default_factory=dict)
    layers: dict[str, int] = field(default_factory=dict)
    _inline: dict[str, Declarations] = field(default_factory=dict)

    def styles(
        self, tag: str, attributes: Mapping[str, str], context: Context
    ) -> tuple[list[Rule], Context]:
        """The rules for an element, and the context of its children.

        Raises:
            NotTextError: so many rules for so many elements that no page has them.
        """
        classes = frozenset(attributes.get("class", "").split())
        found, below = self.index.match(tag, attributes, classes, context)
        if self.index.tests > MAX_TESTS:
            raise NotTextError("has a style sheet too large to apply; save it as PDF or text")
        return [self.rules[number] for number in found], below

    def inline(self, style: str) -> Declarations:
        """The declarations of a ``style`` attribute."""
        if style not in self._inline:
            self._inline[style] = self.declarations(_contents(style))
        return self._inline[style]

    def add(
        self,
        selector: Selector,
        declarations: Declarations,
        content: tuple[Node, ...] = (),
        *,
        certain: bool,
        layer: int = UNLAYERED,
    ) -> None:
        """Take a rule in."""
        if len(self.rules) >= MAX_RULES:
            raise NotTextError(
                f"has more than {MAX_RULES:,} rules of style; save it as PDF or text"
            )
        weight = selector.specificity, len(self.rules)
        self.rules.append(Rule(selector.pseudo, declarations, content, certain, layer, weight))
        self.index.add(selector)
        self.classes |= {name for part in selector.compounds for name in part.classes}

    def declarations(self, contents: Iterable[Node]) -> Declarations:
        """What is declared, as far as it decides what is seen."""
        found: Declarations = {}
        for each in contents:
            if each.type != "declaration" or not _RELEVANT.fullmatch(each.lower_name):
                continue
            name, important = each.lower_name, each.important
            if important or not found.get(name, ("", False))[1]:
                found.pop(name, None)  # so that shorthands and their parts stand in order
                found[name] = self._resolved(_worded(each.value)), important
        return found

    def _resolved(self, value: str) -> str:
        """The value with its variables put in, where each has but one meaning."""
        for _ in range(4):
            if "var(" not in value:
                break
            value = _REFERENCE.sub(self._variable, value)
        return value if len(value) <= _LONGEST_VALUE else _UNKNOWN

    def _variable(self, reference: re.Match[str]) -> str:
        values = self.variables.get(reference[1], {reference[2] or ""})
        return next(iter(values))[:500] if len(values) == 1 else _UNKNOWN


def read_styles(css: str, inline: str = "") -> StyleSheet:
    """A document's style sheets, one after another; its ``style`` attributes may set variables."""
    sheet = StyleSheet()
    plain = _SPACES.sub(" ", _COMMENT.sub(" ", f"{css}\n{inline}"))
    for variable in (*_VARIABLE.finditer(plain), *_REGISTERED.finditer(plain)):
        sheet.variables.setdefault(variable[1], set()).add(variable[2].strip().lower())
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    for rule in rules:
        _take(sheet, rule, [], applies=True)
    return sheet


def _contents(source: str | Sequence[Node]) -> list[Node]:
    """The declarations and rules in a block or in a ``style`` attribute."""
    found: list[Node] = tinycss2.parse_blocks_contents(
        source, skip_comments=True, skip_whitespace=True
    )
    return found


def _worded(tokens: Sequence[Node]) -> str:
    """A value in lower case and without escapes, its pictures unnamed."""
    try:
        value = tinycss2.serialize(tokens).lower()
    except RecursionError:  # brackets within brackets
        return _UNKNOWN
    return _PICTURE.sub("url()", _SPACES.sub(" ", value)).strip()


def _take(
    sheet: StyleSheet,
    rule: Node,
    around: list[Node],
    *,
    applies: bool | None,
    layer: str = "",
    depth: int = 0,
) -> None:
    """Take in a rule and those within it.

    ``around`` are the selectors of the rule that it stands in; ``applies`` says whether the rules
    around it hold, None if that is unknown.
    """
    if rule.type not in ("at-rule", "qualified-rule"):
        return
    if rule.type == "at-rule" and rule.lower_at_keyword == "layer":
        names = [f"{layer}.{name.strip()}" for name in _worded(rule.prelude).split(",")]
        for name in names:
            # Within a layer its own rules go before those of its layers, which are not told apart.
            sheet.layers.setdefault(name, len(sheet.layers) if not layer else sheet.layers[layer])
        layer = names[0]
    if rule.content is None:
        return
    if depth > _DEEPEST:
        sheet.add(ANYTHING, {"display": ("none", False)}, certain=False)
        return
    if rule.type == "at-rule":
        applies, prelude = _all([applies, _condition(rule)]), around
    else:
        prelude = _nested(around, rule.prelude)
    # Only within a style rule can a declaration stand beside rules.
    parse = _contents if prelude else lambda content: tinycss2.parse_rule_list(content, True, True)
    contents = parse(rule.content)
    declarations = sheet.declarations(contents) if prelude else {}
    content = tuple(
        token
        for each in contents
        if each.type == "declaration" and each.lower_name == "content"
        for token in each.value
    )
    if applies is not False and (declarations or content):
        for selector in read_selectors(prelude):
            certain = applies is True and selector.certain
            place = sheet.layers[layer] if layer else UNLAYERED
            sheet.add(selector, declarations, content, certain=certain, layer=place)
    for each in contents:
        _take(sheet, each, prelude, applies=applies, layer=layer, depth=depth + 1)


def _nested(around: list[Node], prelude: list[Node]) -> list[Node]:
    """The selectors of a rule within another."""
    if not around:
        return prelude
    if "," in around or "," in prelude:
        return [*_ANYTHING]  # nested rules multiply their lists
    if "&" not in prelude:
        return [*around, *_SPACE, *prelude]
    return [each for part in prelude for each in (around if part == "&" else [part])]


def _all(held: Iterable[bool | None]) -> bool | None:
    """Whether all hold; None if that is unknown."""
    results = {*held}
    return False if False in results else None if None in results else True


def _condition(rule: Node) -> bool | None:
    """Whether the rules under an at-rule apply on the screen; None if that is unknown."""
    name, query = rule.lower_at_keyword, _worded(rule.prelude)
    if name == "media":
        queries = {_all(map(_feature, _AND.split(part.strip()))) for part in query.split(",")}
        return True if True in queries else None if None in queries else False
    if name in ("layer", "scope") and not query.startswith("("):
        return True
    return None if name in ("supports", "container", "scope", "starting-style") else False


def _feature(part: str) -> bool | None:
    """Whether the screen has what one part of a query asks for; None if that is unknown."""
    if width := _WIDTH.fullmatch(part):
        limit = float(width[2]) * (1 if width[3] == "px" else 16)
        return limit <= SCREEN_WIDTH if width[1] == "min" else limit >= SCREEN_WIDTH
    if part in ("screen", "all", "", "only screen"):
        return True
    unlike = ("print", "speech", "only print", "not screen", "not all", "not all screen")
    return False if part in unlike else None
