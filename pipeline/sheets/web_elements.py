"""How the elements of an HTML page look, and what their beginnings and ends part; part of ``web``.

What browsers know of each tag stands here, and which declarations hold for an element: its tag's,
its attributes', its style sheets'.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.sheets.extracted import GENERATED
from pipeline.sheets.web_doubts import lies_over
from pipeline.sheets.web_selectors import Context
from pipeline.sheets.web_styles import Declarations, Rule, Styles, StyleSheet
from pipeline.sheets.web_visibility import Visibility, seen
from pipeline.sheets.writing import TextWriter

_BLOCKS = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup html legend li listing "
    "main menu nav ol optgroup option p plaintext pre search section summary ul xmp"
)
_KINDS = {
    **dict.fromkeys(_BLOCKS.split(), "block"),
    **dict.fromkeys(["tr", "tbody", "thead", "tfoot"], "row"),
    **dict.fromkeys(["td", "th"], "cell"),
    "table": "table",
}
"""What a tag parts: a block, table, row or cell."""

_OBJECTS = {
    "svg": "part of a drawing",
    "math": "a formula",
    "select": "in a form field",
    "datalist": "in a form field",
    "object": "shown without its object only",
    "applet": "shown without its object only",
    "canvas": "shown without its picture only",
    "video": "shown without its film only",
    "audio": "shown without its sound only",
    "meter": "shown without its picture only",
    "progress": "shown without its picture only",
    "map": "part of a picture",
    "template": "hidden",
    "rp": "hidden",
    "rt": "set above other words",
}
"""Elements whose content is no text of the page."""

_SEEN_OBJECTS = frozenset(["audio", "canvas", "embed", "iframe", "img", "image", "input", "map", "math", "meter", "object", "progress", "select", "svg", "textarea", "video", "rt"])  # fmt: skip
_HIDING_CLASSES = frozenset(
    ["sr-only", "sr-only-focusable", "visually-hidden", "visuallyhidden", "visually-hidden-focusable", "screen-reader-text", "screen-reader-only", "screenreader-only", "show-for-sr", "usa-sr-only", "a11y-hidden", "assistive-text", "element-invisible", "element-hidden", "offscreen", "d-none", "hidden", "hide", "is-hidden", "invisible", "is-invisible", "uk-hidden", "displaynone"]
)  # fmt: skip
_PLAIN = frozenset(["span", "font", "wbr", "time", "data", "bdi", "label", "output", "nobr"])
"""Tags that change no look unless their attributes do."""

_LOOKS = {
    "s strike del": {"text-decoration": "line-through"},
    "sup": {"vertical-align": "super", "font-size": "smaller"},
    "sub": {"vertical-align": "sub", "font-size": "smaller"},
    "small": {"font-size": "smaller"},
    "big": {"font-size": "larger"},
    "pre listing xmp plaintext": {"white-space": "pre"},
    "mark": {"background-color": "yellow"},
    "bdo": {"unicode-bidi": "bidi-override"},
    "table": {"white-space": "normal", "text-indent": "0"},
}
_BY_TAG = {tag: Styles(look) for tags, look in _LOOKS.items() for tag in tags.split()}
_DISPLAYS = {"table-row": "row", "table-cell": "cell", "table": "table", "block": "block", "flex": "block",
             "grid": "block", "list-item": "block", "flow-root": "block", "table-caption": "block",
             "inline": "", "inline-block": "", "inline-flex": "", "contents": ""}  # fmt: skip

_FONT_SIZES = {"1": "x-small", "2": "small", "3": "medium", "4": "large", "5": "x-large", "6": "xx-large", "7": "xxx-large"}  # fmt: skip
_PARTS_OF = {
    "background": ("background-color", "background-image", "background-clip"),
    "font": ("font-size", "font-family", "font-variant-position"),
    "text-decoration": ("text-decoration-line",),
    "overflow": ("overflow-x", "overflow-y"),
    "inset": ("left", "right", "top", "bottom"),
    "margin": ("margin-left", "margin-right", "margin-top", "margin-bottom"),
}
"""What a shorthand sets anew."""

_BEGIN = {
    "table": TextWriter.open_table,
    "row": TextWriter.row,
    "cell": TextWriter.cell,
    "block": TextWriter.block,
}
_END = {"table": TextWriter.close_table, "row": TextWriter.row, "block": TextWriter.block}
"""What is written where an element of a kind begins and ends."""


@dataclass(slots=True)
class OpenElement:
    """One open element: how it looks, and how it would if every doubtful rule held."""

    tag: str
    kind: str
    look: Visibility
    doubtful: Visibility
    look_key: Hashable
    object: str
    context: Context
    before: str
    after: str
    lies_over: bool = False

    @property
    def reason(self) -> str:
        """Why its text is not read; empty if it is."""
        return self.look.reason or self.object

    @property
    def question(self) -> str:
        """Why its text may not be seen though it is read; empty if there is no doubt."""
        if self.doubtful.reason and not self.look.reason:
            return f"perhaps {self.doubtful.reason}"
        return self.look.question


class PageWriter:
    """Writes the breaks between blocks, rows and cells as elements begin and end."""

    def __init__(self, sheet: StyleSheet, writer: TextWriter) -> None:
        self._sheet, self._writer = sheet, writer
        self._keys: dict[Hashable, int] = {}
        self._looks: dict[Hashable, tuple[Visibility, Visibility]] = {}
        plain = Visibility()
        self.outermost = OpenElement("", "", plain, plain, 0, "", {}, "", "")

    def enter(self, tag: str, attributes: Mapping[str, str], around: OpenElement) -> OpenElement:
        """Write what the beginning of an element parts; gives the element."""
        element = self._element(tag, attributes, around)
        if element.before:
            self._writer.skip(element.before, GENERATED)
        is_object = tag in _SEEN_OBJECTS and attributes.get("type", "").lower() != "hidden"
        if element.lies_over:
            self._writer.skip("a box", "laid over the text")
        if element.before or (is_object and not element.look.reason):
            self._writer.object()
        if self._is_unseen(element):
            return element
        if element.kind:
            _BEGIN[element.kind](self._writer)
        if not element.reason:
            if tag == "br":
                self._writer.line_break()
            elif tag == "hr":
                self._writer.block()
        return element

    def leave(self, element: OpenElement) -> None:
        """Write what the end of an element parts."""
        if element.after:
            self._writer.skip(element.after, GENERATED)
            self._writer.object()
        if not self._is_unseen(element) and element.kind in _END:
            _END[element.kind](self._writer)

    def _is_unseen(self, element: OpenElement) -> bool:
        """Whether an element parts nothing but what is left out."""
        unseen = bool(element.look.gone or element.object)
        if unseen and (element.kind or element.object):
            self._writer.part_skipped()
        return unseen

    def _element(self, tag: str, attributes: Mapping[str, str], around: OpenElement) -> OpenElement:
        """How an element looks within another."""
        rules, context = self._sheet.styles(tag, attributes, around.context)
        own = _own_styles(tag, attributes, self._sheet)
        certain = [rule for rule in rules if rule.certain and not rule.pseudo]
        possible = [rule for rule in rules if rule.pseudo in ("", "first-letter", "first-line")]
        styles = _cascade(*own, certain)
        kind = _kind_of(tag, styles)
        look = doubtful = self._seen(around.look, tag, styles, block=bool(kind))
        if around.doubtful is not around.look or len(certain) < len(possible):
            other = _cascade(*own, possible)
            doubtful = self._seen(around.doubtful, tag, other, block=bool(kind))
        key = around.look_key
        href = attributes.get("href") if tag == "a" else None
        if styles or href is not None or "class" in attributes or tag not in _PLAIN:
            looks = (key, tag, href is None, attributes.get("class"), tuple(styles.items()))
            key = self._keys.setdefault(looks, len(self._keys) + 1)
        before, after = (_generated(place, attributes, rules) for place in ("before", "after"))
        before = " ".join(filter(None, (_generated("marker", attributes, rules), before)))
        object_ = around.object or _OBJECTS.get(tag, "")
        placed = ([r for r in rules if r.pseudo == place] for place in ("before", "after"))
        drawn = [styles, *(_cascade(Styles(), {}, some) for some in placed)]
        over = any(map(lies_over, drawn)) and not look.reason
        return OpenElement(tag, kind, look, doubtful, key, object_, context, before, after, over)

    def _seen(self, around: Visibility, tag: str, styles: Styles, *, block: bool) -> Visibility:
        if not styles:
            return around
        key = (id(around), tag if tag in ("sup", "sub") else "", tuple(styles.items()), block)
        if key not in self._looks:
            self._looks[key] = (seen(around, tag, styles, block=block), around)
        return self._looks[key][0]


def _own_styles(
    tag: str, attributes: Mapping[str, str], sheet: StyleSheet
) -> tuple[Styles, Declarations]:
    """What an element's tag and attributes say by themselves, and what its ``style`` does."""
    by_tag = _BY_TAG.get(tag, Styles())
    if not attributes and tag != "dialog":
        return by_tag, {}
    styles = Styles(by_tag)
    classes = set(attributes.get("class", "").split())
    is_closed = tag == "dialog" and "open" not in attributes
    if "hidden" in attributes or "popover" in attributes or is_closed or classes & _HIDING_CLASSES - sheet.classes:  # fmt: skip
        styles["display"] = "none"
    if attributes.get("dir", "").lower() in ("rtl", "ltr"):
        styles["direction"] = attributes["dir"].lower()
    colors = {"bgcolor": "background-color", "color": "color", "face": "font-family"}
    if tag == "font" and "size" in attributes:
        size = attributes["size"].strip()
        styles["font-size"] = _FONT_SIZES.get(size, "smaller" if size.startswith("-") else "larger")
    for name, style in (colors | {"text": "color"} if tag == "body" else colors).items():
        if name in attributes:
            styles[style] = attributes[name].strip().lower()
    return styles, sheet.inline(attributes["style"]) if "style" in attributes else {}


def _cascade(by_tag: Styles, inline: Declarations, rules: Sequence[Rule]) -> Styles:
    """The value of each property that holds."""
    if not inline and not rules:
        return by_tag
    # Of important ones the first layer goes before the others; a style of its own before all.
    declared: list[tuple[tuple[object, ...], str, str]] = [
        ((important, False, -rule.layer if important else rule.layer, *rule.weight), name, value)
        for rule in rules
        for name, (value, important) in rule.declarations.items()
    ]
    declared += [((important, True), name, value) for name, (value, important) in inline.items()]
    declared.sort(key=lambda declaration: declaration[0])
    styles = Styles(by_tag)
    for _, name, value in declared:
        for part in list(styles) if name == "all" else _PARTS_OF.get(name, ()):
            styles.pop(part, None)
        if name == "visibility" or value != "revert":
            styles[name] = value
    return styles


def _kind_of(tag: str, styles: Styles) -> str:
    """What an element parts: a block, table, row or cell; empty within a line."""
    kind = _DISPLAYS.get(styles["display"], _KINDS.get(tag, ""))
    return kind or ("block" if styles["position"] in ("absolute", "fixed") else "")


def _generated(place: str, attributes: Mapping[str, str], rules: Sequence[Rule]) -> str:
    """Words that the style sheet puts before or after an element's own."""
    words: list[str] = []
    for token in (t for rule in rules if rule.pseudo == place for t in rule.content):
        if token.type == "string":
            words.append(token.value)
        elif token.type == "function" and token.lower_name == "attr":
            names = [part.lower_value for part in token.arguments if part.type == "ident"]
            words += [attributes.get(name, "") for name in names[:1]]
        elif token.type == "function" and token.lower_name in ("counter", "counters"):
            words.append(f"{token.lower_name}()")
    return " ".join(filter(None, words))
