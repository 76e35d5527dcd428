"""One part of an office document as text: paragraphs, rows, notes and what is left out; part of ``word``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from pipeline.sheets.colors import WHITE, Color, hexadecimal
from pipeline.sheets.word_archive import Attributes
from pipeline.sheets.word_context import (
    DOUBTS,
    FURNITURE,
    PROPERTIES,
    REASONS,
    SILENT,
    Context,
    Field,
    Notes,
    OpenTag,
    Run,
    Versions,
)
from pipeline.sheets.word_styles import Styles, is_on, raised, seen_look, take_fill
from pipeline.sheets.writing import Raised, TextWriter

_TEXT = frozenset(["t", "delText", "m:t", "x:t", "instrText"])
_OBJECTS = frozenset(["drawing", "pict", "object", "m:oMath", "altChunk"])
_SHAPES = frozenset(["x:shape", "x:rect", "x:line", "x:oval", "x:roundrect"])
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_SAID = {"noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}
_KNOWN = frozenset(
    ["wps", "wpg", "wpc", "wpi", "wp14", "w14", "w15", "w16", "w16se", "w16cid", "w16cex", "w16du", "a14", "a16", "v", "o", "w10", "cx", "cx1", "cx2", "am3d", "aink"]
)  # fmt: skip
"""Extensions that every program of today reads."""


class PartReader(Context):
    """Reads the tags and words of one part.

    ``notes`` are referred to by the text and told by their own parts, ``related`` gives the words
    of a part by the id of a reference to it, ``reason`` is why nothing of this part is seen, and
    ``page`` the color of the page.
    """

    def __init__(
        self,
        writer: TextWriter,
        styles: Styles,
        notes: Notes,
        related: Callable[[str], str],
        *,
        reason: str,
        page: Color,
    ) -> None:
        super().__init__(styles, reason, page)
        self._writer, self._notes, self._related = writer, notes, related
        self._alternates: list[Versions] = []
        self._note = ""
        self._text: list[str] = []

    def words(self, words: str) -> None:
        """Characters of the part."""
        if self._stack[-1].tag in _TEXT:
            self._text.append(words)

    def start(self, tag: str, attributes: Attributes) -> None:
        """One tag begins."""
        around = self._stack[-1]
        element = replace(around, tag=tag)
        self._stack.append(element)
        if tag in ("mc:AlternateContent", "mc:Choice", "mc:Fallback"):
            self._alternate(tag, attributes, element)
        if element.silent:
            return
        if around.tag in PROPERTIES:
            self._property(around.tag, tag, attributes, element)
        elif tag.startswith("x:"):
            self._drawing(tag, attributes)
        else:
            self._begin(tag, attributes, element)

    def _begin(self, tag: str, attributes: Attributes, element: OpenTag) -> None:
        if tag in _OBJECTS and not element.reason:
            self._writer.object()
        element.silent = tag in SILENT
        element.reason = element.reason or REASONS.get(tag, "")
        element.doubt = element.doubt or DOUBTS.get(tag, "")
        match tag:
            case "p":
                self._paragraphs.append({})
                self._part(self._writer.block)
            case "r":
                self._runs.append(Run())
            case "tbl":
                self._table(element, self._styles.table)
                self._part(self._writer.open_table)
            case "tr":
                self._rows.append(element)
                self._part(self._writer.row)
            case "tc":
                self._cells.append(element)
                self._part(self._writer.cell)
            case "sdt":
                self._controls.append(set())
            case "sdtContent" if self._controls:
                self._control(element, self._controls[-1])
            case "body":
                element.fill = self._stack[0].fill
            case "footnote" | "endnote":
                self._begin_note(tag, attributes, element)
            case _ if self._stack[-2].tag == "r":
                self._inline(tag, attributes)
            case _:
                self._insert(tag, attributes, element)

    def _insert(self, tag: str, attributes: Attributes, element: OpenTag) -> None:
        """What stands between paragraphs or runs."""
        match tag:
            case "bdo" if attributes.get("val") == "rtl":
                element.reason = element.reason or "in reversed order"
            case "background":
                self._stack[0].fill = hexadecimal(attributes.get("color", "")) or WHITE
            case "fldSimple":
                self._fields.append(Field(self._field_reason(), code=attributes.get("instr", "")))
                self._fields[-1].begin_result()
            case "altChunk":
                self._writer.skip(self._related(attributes.get("id", "")), "an inserted file")
            case "listEntry":
                self._writer.skip(attributes.get("val", ""), "in a form field")

    def _inline(self, tag: str, attributes: Attributes) -> None:
        """What stands in a run beside its text."""
        match tag:
            case "fldChar":
                self._field(attributes.get("fldCharType", ""), attributes)
            case "tab" | "ptab":
                self._part(self._writer.tab)
            case "br" | "cr":
                self._part(self._writer.line_break)
            case "noBreakHyphen" | "softHyphen":
                self._say(_SAID[tag])
            case "sym":
                self._symbol(attributes)
            case "footnoteReference" | "endnoteReference":
                custom = is_on(attributes.get("customMarkFollows", "0"))
                self._runs[-1].is_mark = custom
                kind, unseen = tag.removesuffix("Reference"), self._reason()
                self._say(
                    self._notes.refer(kind, attributes.get("id", ""), custom=custom, unseen=unseen),
                    "super",
                )
            case "footnoteRef" | "endnoteRef":
                self._say(self._note, "super")

    def end(self, tag: str) -> None:
        """One tag ends."""
        element = self._stack.pop()
        if tag in _TEXT:
            self._end_text(tag, "".join(self._text), element)
            self._text.clear()
        elif tag == "mc:AlternateContent":
            self._end_alternate(element)
        if element.silent or self._stack[-1].tag in PROPERTIES:
            return
        match tag:
            case "p":
                self._paragraphs.pop()
                self._part(self._writer.block)
            case "r":
                self._runs.pop()
            case "tbl":
                self._part(self._writer.close_table)
            case "tr":
                self._rows.pop()
                self._part(self._writer.row)
            case "tc":
                self._cells.pop()
            case "sdt":
                self._controls.pop()
            case "fldSimple" if self._fields:
                self._fields.pop()

    def _end_text(self, tag: str, words: str, element: OpenTag) -> None:
        if self._alternates and tag != "instrText":
            self._alternates[-1].add(words)
        if element.silent:
            return
        if tag == "instrText":
            if self._fields:
                self._fields[-1].code += words
        elif tag == "x:t":
            self._writer.skip(words, element.reason or "part of a drawing")
        elif tag == "delText" and not element.reason:
            self._writer.skip(words, REASONS["del"])
        else:
            self._say(words)

    def _say(self, words: str, up: Raised = "") -> None:
        """Write words of the current run, or leave them out."""
        why = self._reason()
        if why == FURNITURE:
            self._writer.object()
        elif why:
            self._writer.skip(words, why)
        else:
            run = self._runs[-1]
            look = self._look()
            for doubt in self._doubts(look):
                self._writer.skip(words, doubt)
            up = up or ("super" if run.is_mark else raised(look))
            self._writer.words(words, (seen_look(look), self._stack[-1].doubt), up)

    def _part(self, write: Callable[[], None]) -> None:
        """Write a break, or part what is left out."""
        if self._stack[-1].reason:
            self._writer.part_skipped()
        else:
            write()

    def _field(self, kind: str, attributes: Attributes) -> None:
        if kind == "begin":
            is_dirty = is_on(attributes.get("dirty", "0"))
            self._fields.append(Field(self._field_reason(), is_dirty))
        elif kind == "separate" and self._fields:
            self._fields[-1].begin_result()
        elif kind == "end" and self._fields:
            self._tell_drawn(self._fields.pop().code)

    def _tell_drawn(self, code: str) -> None:
        """Tell the code of a field that draws what it says: an equation, a symbol."""
        kind, _, said = code.strip().partition(" ")
        if kind.upper() in ("EQ", "SYMBOL", "QUOTE"):
            self._writer.object()
            self._writer.skip(said, self._stack[-1].reason or "a formula")

    def _drawing(self, tag: str, attributes: Attributes) -> None:
        told = {"x:docPr": ("descr", "title"), "x:shape": ("alt",), "x:textpath": ("string",)}
        for name in told.get(tag, ()):
            why = "part of a drawing" if name == "string" else "the description of a picture"
            self._writer.skip(attributes.get(name, ""), self._stack[-1].reason or why)
            self._writer.part_skipped()
        is_over = tag == "x:wrapNone" and not any(one.is_behind for one in self._stack)
        if is_over or (tag in _SHAPES and "position:absolute" in attributes.get("style", "")):
            self._writer.skip("a picture", self._stack[-1].reason or "laid over the text")
        self._stack[-1].is_behind = attributes.get("behindDoc", "0") in ("1", "true")
        if tag in ("x:chart", "x:relIds"):
            words = self._related(attributes.get("id") or attributes.get("dm", ""))
            self._writer.skip(words, "part of a chart" if tag == "x:chart" else "part of a drawing")
        if any(element.tag == "x:textFill" for element in self._stack[-4:-1]):
            take_fill(self._runs[-1].properties, tag, attributes)

    def _alternate(self, tag: str, attributes: Attributes, element: OpenTag) -> None:
        """Of several versions of the same the first is read that today's programs know."""
        if tag == "mc:AlternateContent":
            self._alternates.append(Versions())
        elif self._alternates:
            versions = self._alternates[-1]
            known = set(attributes.get("Requires", "").split()) <= _KNOWN
            versions.repeats = versions.chosen
            if versions.chosen:
                element.silent = True
            elif tag == "mc:Choice" and not known:
                element.reason = element.reason or "for other programs only"
            else:
                versions.chosen = True

    def _end_alternate(self, element: OpenTag) -> None:
        versions = self._alternates.pop()
        first, second = "".join(versions.first), "".join(versions.second)
        if second not in ("", first) and not element.silent:
            self._writer.skip(second, "for old programs only")
        if self._alternates:
            self._alternates[-1].add(first)

    def _begin_note(self, kind: str, attributes: Attributes, element: OpenTag) -> None:
        if attributes.get("type", "normal") != "normal":
            element.silent = True  # the line above the notes
            return
        unknown = ("", "a note that nothing refers to")
        self._note, unseen = self._notes.marks.get((kind, attributes.get("id", "")), unknown)
        element.reason = element.reason or unseen

    def _symbol(self, attributes: Attributes) -> None:
        """A character of a font of symbols, by its number."""
        font = attributes.get("font", "").lower()
        digits = attributes.get("char", "")[-4:]
        code = int(digits, 16) if _HEXADECIMAL.fullmatch(digits) else 0
        code -= 0xF000 if code >= 0xF000 else 0
        if font.startswith("wingdings"):
            first = 0x69 if font.endswith("2") else 0x80
            circled = first <= code < first + 22 and not font.endswith("3")
            said = str((code - first) % 11) if circled else ""
        else:
            said = chr(code) if 0x20 <= code < 0xD800 else ""
        if not self._reason():
            self._writer.object()
        self._writer.skip(said, self._reason() or "a symbol")
