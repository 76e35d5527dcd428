"""What holds at a place of an office document's part: looks, fields, rows, cells, sections; part of ``word``."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from pipeline.sheets.colors import WHITE, Color, hexadecimal
from pipeline.sheets.word_archive import Attributes
from pipeline.sheets.word_styles import (
    Properties,
    Styles,
    is_on,
    is_set_over_itself,
    number,
    reason,
    run_background,
    take_property,
)

SILENT = frozenset(
    ["pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "tcPrChange", "trPrChange"]
)
REASONS = {
    "del": "deleted in a tracked change",
    "moveFrom": "moved away in a tracked change",
    "txbxContent": "in a text box",
    "m:oMath": "a formula",
    "rt": "set above other words",
}
DOUBTS = {"ins": "inserted in a tracked change", "moveTo": "moved here in a tracked change"}
PROPERTIES = frozenset(["rPr", "pPr", "trPr", "tcPr", "tblPr", "sdtPr", "sectPr"])
_PAGES = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES|SECTION)\b", re.IGNORECASE)
_DATES = re.compile(r"\s*(?:DATE|TIME)\b", re.IGNORECASE)
FURNITURE = "the number of a page"


@dataclass(slots=True)
class OpenTag:
    """One open element, and what holds for all within it."""

    tag: str = ""
    reason: str = ""
    doubt: str = ""
    silent: bool = False
    fill: Color = WHITE
    unsure: bool = False
    is_behind: bool = False


@dataclass(slots=True)
class Run:
    """A run's own properties, and with those of its styles as soon as it has words."""

    properties: Properties = field(default_factory=dict)
    look: Properties | None = None
    is_mark: bool = False


@dataclass(slots=True)
class Field:
    """A field: first its code, then its result."""

    around: str
    is_dirty: bool = False
    code: str = ""
    reason: str = "in the code of a field"

    def begin_result(self) -> None:
        """The code has ended."""
        own = FURNITURE if _PAGES.match(self.code) else ""
        own = own or ("a date that changes with the day" if _DATES.match(self.code) else "")
        self.reason = self.around or own


@dataclass(slots=True)
class Versions:
    """The words of the version that is read, and of one that repeats it for other programs."""

    first: list[str] = field(default_factory=list)
    second: list[str] = field(default_factory=list)
    chosen: bool = False
    repeats: bool = False

    def add(self, words: str) -> None:
        """Add words to the version that is being read."""
        (self.second if self.repeats else self.first).append(words)


@dataclass(slots=True)
class Notes:
    """Marks of foot- and endnotes in the order of the text, and why a note is not seen.

    A note, of kind ``footnote`` or ``endnote``, that has a mark of its own has an empty one here:
    its text begins with it.
    """

    marks: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def refer(self, kind: str, note: str, *, custom: bool, unseen: str) -> str:
        """The mark of a note that the text refers to."""
        mark = ""
        if not custom:
            self.counts[kind] += 1
            mark = str(self.counts[kind])
        self.marks.setdefault((kind, note), (mark, unseen))
        return mark


class Context:
    """The open elements of one part and what they say of the words within them."""

    def __init__(self, styles: Styles, reason_of_all: str, page: Color) -> None:
        self.references: dict[str, set[str]] = {}
        """Headers and footers that the sections refer to: kinds by their references' ids."""
        self.own_first_page = False
        self._styles = styles
        self._stack = [OpenTag(reason=reason_of_all, fill=page)]
        self._paragraphs: list[Properties] = [{}]
        self._runs = [Run()]
        self._rows: list[OpenTag] = []
        self._cells: list[OpenTag] = []
        self._fields: list[Field] = []
        self._controls: list[set[str]] = []

    @property
    def page(self) -> Color:
        """The color of the page."""
        return self._stack[0].fill

    def _look(self) -> Properties:
        run = self._runs[-1]
        if run.look is None:
            run.look = self._styles.look(self._paragraphs[-1], run.properties)
        return run.look

    def _reason(self) -> str:
        """Why the current run is not seen."""
        element = self._stack[-1]
        background = run_background(self._look()) or element.fill
        why = reason(self._look(), None if element.unsure else background)
        return element.reason or self._field_reason() or why

    def _doubts(self, look: Properties) -> list[str]:
        element = self._stack[-1]
        doubts = [element.doubt] if element.doubt else []
        if is_on(look.get("webHidden", "0")):
            doubts.append("hidden where it is shown as a web page")
        if is_set_over_itself(look):
            doubts.append("perhaps set over other letters")
        if any(field.is_dirty for field in self._fields):
            doubts.append("calculated anew when it is opened")
        if element.unsure and reason(look, run_background(look) or element.fill):
            doubts.append("perhaps in the color of its background")
        return doubts

    def _property(self, of: str, tag: str, attributes: Attributes, element: OpenTag) -> None:
        """One property of a run, paragraph, row, cell, table, control or section."""
        element.silent = tag in SILENT or (of in ("pPr", "sdtPr") and tag == "rPr")
        parent = self._stack[-3].tag if len(self._stack) > 2 else ""
        match of:
            case "rPr" if parent == "r":
                take_property(self._runs[-1].properties, tag, attributes)
            case "pPr" if parent == "p":
                take_property(self._paragraphs[-1], tag, attributes)
            case "sdtPr" if self._controls:
                self._controls[-1].add(tag)
            case "tblPr" if tag == "tblStyle":
                self._stack[-3].unsure = True
                self._table(self._stack[-3], attributes.get("val", "").lower())
            case "trPr" if self._rows:
                self._row_property(tag, attributes, self._rows[-1])
            case "tcPr" if self._cells:
                self._cell_property(tag, attributes, self._cells[-1])
            case "sectPr":
                self._section(tag, attributes)

    def _table(self, table: OpenTag, style: str) -> None:
        """Take a table's style: which of its parts stands where is for Word to say."""
        if why := self._styles.hides_in_table(style, table.fill):
            table.doubt = table.doubt or f"perhaps {why}"

    def _row_property(self, tag: str, attributes: Attributes, row: OpenTag) -> None:
        if tag == "hidden" and is_on(attributes.get("val", "1")):
            row.reason = row.reason or "hidden"
        elif tag == "del":
            row.reason = row.reason or REASONS["del"]
        elif tag == "ins":
            row.doubt = DOUBTS["ins"]
        elif (
            tag == "trHeight"
            and attributes.get("hRule") == "exact"
            and number(attributes.get("val", "0")) < 60
        ):
            row.reason = row.reason or "too small to read"

    def _cell_property(self, tag: str, attributes: Attributes, cell: OpenTag) -> None:
        if tag in ("vMerge", "hMerge") and attributes.get("val", "continue") == "continue":
            cell.reason = cell.reason or "in a cell that is merged with another"
        elif tag == "cellDel":
            cell.reason = cell.reason or REASONS["del"]
        elif tag == "shd":
            shading: Properties = {}
            take_property(shading, tag, attributes)
            cell.fill = hexadecimal(shading["shd"]) or cell.fill

    def _section(self, tag: str, attributes: Attributes) -> None:
        if tag in ("headerReference", "footerReference"):
            kinds = self.references.setdefault(attributes.get("id", ""), set())
            kinds.add(attributes.get("type", "default"))
        elif tag == "titlePg":
            self.own_first_page |= is_on(attributes.get("val", "1"))

    def _control(self, element: OpenTag, properties: set[str]) -> None:
        if "showingPlcHdr" in properties:
            element.reason = element.reason or "a prompt of a form field"
        if "dataBinding" in properties:
            element.doubt = element.doubt or "perhaps replaced by the document's data"

    def _field_reason(self) -> str:
        return (self._fields[-1].around or self._fields[-1].reason) if self._fields else ""
