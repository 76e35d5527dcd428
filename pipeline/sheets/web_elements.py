"""Which elements are open at a place of an HTML document, and how they look; part of ``web``.

Follows what browsers make of broken markup as far as it decides what is seen: end tags that are
missing or cross each other, paragraphs that end at the next block, bold or struck text that goes
on behind a block's end until its own end tag. Every step costs the same at any depth.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass

from pipeline.sheets.formats import NotTextError
from pipeline.sheets.web_cascade import cascade, generated, kind_of, own_styles
from pipeline.sheets.web_selectors import Context
from pipeline.sheets.web_styles import StyleSheet
from pipeline.sheets.web_tags import (
    BREAKS_OUT,
    CLOSED_BY,
    ENDED_WITHIN,
    ENDS_P,
    FOREIGN,
    FORMATTING,
    HEADINGS,
    IGNORED,
    KEEP_HTML,
    MARKERS,
    OBJECTS,
    P_SCOPE,
    PLAIN,
    SCOPE,
    SEEN_OBJECTS,
    SPECIAL,
    VOID,
)
from pipeline.sheets.web_visibility import Visibility, seen
from pipeline.sheets.writing import TextWriter

MAX_REOPENED = 200_000
"""Most elements that may be opened again since end tags cross each other."""


@dataclass(slots=True)
class OpenElement:
    """One open element: how it looks, and how it would if every doubtful rule held."""

    tag: str
    attributes: Mapping[str, str]
    kind: str
    look: Visibility
    doubtful: Visibility
    look_key: Hashable
    object: str
    foreign: bool
    context: Context
    before: str
    after: str

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


class OpenElements:
    """The stack of open elements; writes the breaks between blocks, rows and cells."""

    def __init__(self, sheet: StyleSheet, writer: TextWriter) -> None:
        self._sheet, self._writer = sheet, writer
        self._places: dict[str, list[int]] = {}
        self._specials: list[int] = []
        self._keys: dict[Hashable, int] = {}
        self._looks: dict[Hashable, tuple[Visibility, Visibility]] = {}
        self._reopened = 0
        plain = Visibility()
        self._stack = [OpenElement("", {}, "", plain, plain, 0, "", False, Context(), "", "")]

    @property
    def current(self) -> OpenElement:
        """The innermost open element."""
        return self._stack[-1]

    @property
    def foreign(self) -> bool:
        """Whether the next tag is one of SVG or MathML."""
        return self.current.foreign

    def start(self, tag: str, attributes: Mapping[str, str]) -> OpenElement:
        """Open an element; gives it, even if it has no content and is closed at once."""
        if self.current.foreign:
            if tag not in BREAKS_OUT and not (tag == "font" and {"color", "face", "size"} & attributes.keys()):  # fmt: skip
                return self._push(tag, attributes)
            self._leave_foreign()
        if tag in IGNORED and tag in self._places:
            return self.current
        self._end_implied(tag)
        if tag in VOID:
            return self._void(tag, attributes)
        return self._push(tag, attributes)

    def end(self, tag: str) -> None:
        """Close an element, and those that were opened within it."""
        if tag == "br":
            self._writer.line_break()
            return
        if tag in IGNORED:
            return
        place = self._last(HEADINGS if tag in HEADINGS else (tag,))
        if self.current.foreign:
            if place >= 0:
                self._pop_to(place)
            return
        if tag in FORMATTING:
            if place > self._last(MARKERS):
                self._pop_to(place, keep_all=True)
        elif tag in SPECIAL:
            if place > self._last(ENDED_WITHIN.get(tag, SCOPE)):
                self._pop_to(place)
            elif tag == "p" and not self.current.reason:
                self._writer.block()
        elif place > (self._specials[-1] if self._specials else -1):
            self._pop_to(place)

    def end_all(self) -> None:
        """Close what is still open at the end of the document."""
        while len(self._stack) > 1:
            self._leave(self._pop())

    def _end_implied(self, tag: str) -> None:
        """Close what the start of an element ends."""
        if tag in ENDS_P:
            place = self._last(("p",))
            if place >= 0 and place > self._last(P_SCOPE):
                self._pop_to(place)
            if tag in HEADINGS and self.current.tag in HEADINGS:
                self._pop_to(len(self._stack) - 1)
        if tag in CLOSED_BY:
            tags, boundary = CLOSED_BY[tag]
            limit = self._last(boundary) if self._last(tags) >= 0 else -1
            places = [place for name in tags for place in [self._last((name,))] if place > limit]
            if places:
                self._pop_to(min(places), keep_all=tag in FORMATTING)

    def _last(self, tags: Collection[str]) -> int:
        """The place of the innermost open element of these tags, -1 if none is open."""
        places = self._places
        return max([places[tag][-1] for tag in tags if places.get(tag)], default=-1)

    def _leave_foreign(self) -> None:
        place = len(self._stack) - 1
        while place > 0 and self._stack[place].foreign:
            place -= 1
        self._pop_to(place + 1)

    def _void(self, tag: str, attributes: Mapping[str, str]) -> OpenElement:
        element = self._element(tag, attributes)
        if not element.reason:
            if tag == "br":
                self._writer.line_break()
            elif tag == "hr":
                self._writer.block()
            elif tag in SEEN_OBJECTS and attributes.get("type", "").lower() != "hidden":
                self._writer.object()
        return element

    def _push(self, tag: str, attributes: Mapping[str, str], *, again: bool = False) -> OpenElement:
        element = self._element(tag, attributes)
        place = len(self._stack)
        self._stack.append(element)
        self._places.setdefault(tag, []).append(place)
        if tag in SPECIAL and not element.foreign:
            self._specials.append(place)
        if not again:
            self._enter(element)
        return element

    def _pop(self) -> OpenElement:
        element = self._stack.pop()
        place = len(self._stack)
        self._places[element.tag].pop()
        if self._specials and self._specials[-1] == place:
            self._specials.pop()
        return element

    def _pop_to(self, place: int, *, keep_all: bool = False) -> None:
        """Close the element at a place; what goes on behind its end is opened again.

        That is bold, struck or colored text, and with ``keep_all`` whatever was opened within.
        """
        inner: list[OpenElement] = []
        while len(self._stack) > place + 1:
            inner.append(self._pop())
        closed = self._pop()
        kept: list[OpenElement] = []
        alike: dict[Hashable, int] = {}
        ended = closed.tag in MARKERS
        for element in reversed(inner):
            ended = ended or element.tag in MARKERS
            if not ended and (keep_all or element.tag in FORMATTING):
                key = (element.tag, *sorted(element.attributes.items()))
                alike[key] = alike.get(key, 0) + 1
                if keep_all or alike[key] <= 3:  # as browsers do
                    kept.append(element)
        if not keep_all:
            for element in inner:
                self._leave(element)
        self._leave(closed)
        self._reopened += len(kept)
        if self._reopened > MAX_REOPENED:
            raise NotTextError("has tags that cross each other without end; save it as PDF or text")
        for element in kept:
            self._push(element.tag, element.attributes, again=True)

    def _enter(self, element: OpenElement) -> None:
        """Write what the beginning of an element parts."""
        if element.before:
            self._writer.skip(element.before, "written by the style sheet")
        if element.before or (element.tag in SEEN_OBJECTS and not element.look.reason):
            self._writer.object()
        if element.look.gone or element.object:
            if element.kind or element.object:
                self._writer.part_skipped()
            return
        match element.kind:
            case "table":
                self._writer.open_table()
            case "row":
                self._writer.row()
            case "cell":
                self._writer.cell()
            case "block":
                self._writer.block()

    def _leave(self, element: OpenElement) -> None:
        """Write what the end of an element parts."""
        if element.after:
            self._writer.skip(element.after, "written by the style sheet")
            self._writer.object()
        if element.look.gone or element.object:
            if element.kind or element.object:
                self._writer.part_skipped()
            return
        match element.kind:
            case "table":
                self._writer.close_table()
            case "row":
                self._writer.row()
            case "block":
                self._writer.block()

    def _element(self, tag: str, attributes: Mapping[str, str]) -> OpenElement:
        """How an element looks within the current one."""
        around = self.current
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
        foreign = (around.foreign and tag not in KEEP_HTML) or tag in FOREIGN
        before, after = (generated(place, attributes, rules) for place in ("before", "after"))
        return OpenElement(
            tag, attributes, kind, look, doubtful, key, around.object or OBJECTS.get(tag, ""),
            foreign, context, before, after,
        )  # fmt: skip

    def _seen(
        self, around: Visibility, tag: str, styles: Mapping[str, str], *, block: bool
    ) -> Visibility:
        if not styles:
            return around
        key = (id(around), tag if tag in ("sup", "sub") else "", tuple(styles.items()), block)
        if key not in self._looks:
            self._looks[key] = (seen(around, tag, styles, block=block), around)
        return self._looks[key][0]
