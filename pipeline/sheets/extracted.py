"""What an extraction gives: the noun between a document's format and the process it runs in.

Reads nothing; travels from the extraction's process to the one that asked.
"""

from __future__ import annotations

from dataclasses import dataclass

GENERATED = "written by the style sheet"

_SHOWN = frozenset(
    [GENERATED, "part of a drawing", "part of a chart", "part of a picture", "a formula", "a symbol", "in a form field", "in an annotation", "set above other words", "an inserted file", "laid over the text", "inserted in a tracked change", "moved here in a tracked change"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SkippedText:
    """Content of a document that its text leaves out, since a reader does not see it as text.

    ``text`` is its words, at most 200 characters; ``why`` a few words that follow "is"
    ("struck through", "hidden", "white", "outside the page", "part of a drawing"); ``at`` the
    offset in the extracted text where it stood. The parser reports what holds a number, and of
    what ``is_shown`` any words that stand within a captured sentence.
    """

    text: str
    why: str
    at: int

    @property
    def is_shown(self) -> bool:
        """Whether a reader sees these words, or may, otherwise than as text: they may change a figure."""
        return self.why in _SHOWN or self.why.startswith("perhaps ")


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a document.

    ``encoding`` is what an HTML document was decoded with, ``layout`` the packed boxes of a PDF's
    characters, each None where there is none. ``skipped`` is in the order of the text. Raised
    digits stand in the text as superscript characters (``8,597\u00b9``); where digits of another
    look touch, a word joiner (U+2060) parts them.
    """

    text: str
    encoding: str | None = None
    layout: bytes | None = None
    skipped: tuple[SkippedText, ...] = ()
