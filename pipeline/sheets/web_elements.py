"""How the elements of an HTML page look, and what their beginnings and ends part; part of ``web``."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from pipeline.sheets.extracted import GENERATED
from pipeline.sheets.web_cascade import cascade, generated, kind_of, own_styles
from pipeline.sheets.web_doubts import lies_over
from pipeline.sheets.web_selectors import Context
from pipeline.sheets.web_styles import StyleSheet
from pipeline.sheets.web_tags import OBJECTS, PLAIN, SEEN_OBJECTS
from pipeline.sheets.web_visibility import Visibility, seen
from pipeline.sheets.writing import TextWriter


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
        self.outermost = OpenElement("", "", plain, plain, 0, "", Context(), "", "")

    def enter(self, tag: str, attributes: Mapping[str, str], around: OpenElement) -> OpenElement:
        """Write what the beginning of an element parts; gives the element."""
        element = self._element(tag, attributes, around)
        if element.before:
            self._writer.skip(element.before, GENERATED)
        is_object = tag in SEEN_OBJECTS and attributes.get("type", "").lower() != "hidden"
        if element.lies_over:
            self._writer.skip("a box", "laid over the text")
        if element.before or (is_object and not element.look.reason):
            self._writer.object()
        if self._is_unseen(element):
            return element
        match element.kind:
            case "table":
                self._writer.open_table()
            case "row":
                self._writer.row()
            case "cell":
                self._writer.cell()
            case "block":
                self._writer.block()
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
        if self._is_unseen(element):
            return
        match element.kind:
            case "table":
                self._writer.close_table()
            case "row":
                self._writer.row()
            case "block":
                self._writer.block()

    def _is_unseen(self, element: OpenElement) -> bool:
        """Whether an element parts nothing but what is left out."""
        unseen = bool(element.look.gone or element.object)
        if unseen and (element.kind or element.object):
            self._writer.part_skipped()
        return unseen

    def _element(self, tag: str, attributes: Mapping[str, str], around: OpenElement) -> OpenElement:
        """How an element looks within another."""
        rules, context = self._sheet.styles(tag, attributes, around.context)
        own = own_styles(tag, attributes, self._sheet)
        certain = [r for r in rules if r[1].certain and not r[1].selector.pseudo]
        possible = [r for r in rules if r[1].selector.pseudo in ("", "first-letter", "first-line")]
        styles = cascade(own, certain)
        kind = kind_of(tag, styles)
        look = doubtful = self._seen(around.look, tag, styles, block=bool(kind))
        if around.doubtful is not around.look or len(certain) < len(possible):
            other = cascade(own, possible)
            doubtful = self._seen(around.doubtful, tag, other, block=bool(kind))
        key = around.look_key
        href = attributes.get("href") if tag == "a" else None
        if styles or href is not None or "class" in attributes or tag not in PLAIN:
            looks = (key, tag, href is None, attributes.get("class"), tuple(styles.items()))
            key = self._keys.setdefault(looks, len(self._keys) + 1)
        before, after = (generated(place, attributes, rules) for place in ("before", "after"))
        before = " ".join(filter(None, (generated("marker", attributes, rules), before)))
        object_ = around.object or OBJECTS.get(tag, "")
        drawn = [styles, *(cascade(({}, {}), [r for r in rules if r[1].selector.pseudo == place]) for place in ("before", "after"))]  # fmt: skip
        over = any(map(lies_over, drawn)) and not look.reason
        return OpenElement(tag, kind, look, doubtful, key, object_, context, before, after, over)

    def _seen(
        self, around: Visibility, tag: str, styles: Mapping[str, str], *, block: bool
    ) -> Visibility:
        if not styles:
            return around
        key = (id(around), tag if tag in ("sup", "sub") else "", tuple(styles.items()), block)
        if key not in self._looks:
            self._looks[key] = (seen(around, tag, styles, block=block), around)
        return self._looks[key][0]
