"""DOCX to text; runs in the extraction's own process.

Reads an office document's bytes, gives what a reader of its pages sees as text: a line a
paragraph, a line a table's row with tabs between its cells; notes, headers and footers follow at
the end, notes behind their marks. Text that is tracked as inserted is read, since every view that
Word opens with shows it, and told; text tracked as deleted is left out, and told. So is whatever
is hidden, struck through, or part of a picture.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.sheets.extracted import Extraction
from pipeline.sheets.formats import NotTextError, format_of
from pipeline.sheets.web import extract_html
from pipeline.sheets.word_archive import Archive, Attributes, opened
from pipeline.sheets.word_context import Notes
from pipeline.sheets.word_reader import PartReader
from pipeline.sheets.word_styles import is_on, read_styles
from pipeline.sheets.writing import TextWriter

_PAGE_EDGE = re.compile(r"(?:header|footer)\d*\.xml")
_COMMENTS = re.compile(r"comments\d*\.xml")
_NUMBER_OF_LIST = re.compile(r"%[1-9]")


def extract_docx(content: bytes) -> Extraction:
    """The text of an office document.

    Raises:
        NotTextError: another ZIP archive, damaged, encrypted, or beyond a limit.
    """
    with opened(content) as archive:
        return _Document(archive).read().extracted()


class _Document:
    """Reads the parts of one document in the order in which they are written down."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._folder = archive.main.rpartition("/")[0]
        self._targets = archive.targets(archive.main)
        self._writer, self._notes = TextWriter(), Notes()
        self._styles = read_styles(archive, f"{self._folder}/styles.xml")
        self._related = cache(self._read_related)
        self._page = (255, 255, 255)

    def read(self) -> TextWriter:
        main = self._part(self._archive.main)
        for kind in ("footnotes", "endnotes"):
            self._part(f"{self._folder}/{kind}.xml")
        shown = _settings(self._archive, f"{self._folder}/settings.xml")
        if main.own_first_page:
            shown.add("first")
        used = {
            self._targets.get(reference): kinds & shown
            for reference, kinds in main.references.items()
        }
        texts = set[tuple[str, ...]]()
        for name in sorted(self._archive.names):
            folder, _, base = name.rpartition("/")
            if folder == self._folder and _PAGE_EDGE.fullmatch(base):
                words = self._words_in(name)
                if used.get(name) and words not in texts:
                    self._part(name)
                    texts.add(words)
                elif not used.get(name):
                    self._part(name, "in a header or footer that no page has")
            elif folder == self._folder and _COMMENTS.fullmatch(base):
                self._part(name, "a comment")
        self._lists(f"{self._folder}/numbering.xml")
        return self._writer

    def _part(self, name: str, reason: str = "") -> PartReader:
        targets = self._archive.targets(name)
        reader = PartReader(
            self._writer,
            self._styles,
            self._notes,
            lambda reference: self._related(targets.get(reference, "")),
            reason=reason,
            page=self._page,
        )
        self._archive.read(name, reader.start, reader.end, reader.words)
        self._page = reader.page
        self._writer.block()
        return reader

    def _read_related(self, name: str) -> str:
        """The words of a chart, a drawing or an inserted file."""
        if name not in self._archive.names:
            return ""
        if name.endswith(".xml"):
            return " ".join(self._words_in(name))
        content = self._archive.content(name)
        try:
            format_ = format_of(content)
            if format_ == "html":
                return extract_html(content).text
        except NotTextError:
            return f"a file: {name}"
        return content.decode("utf-8", "replace") if format_ == "text" else f"a file: {name}"

    def _words_in(self, name: str) -> tuple[str, ...]:
        """All words in a part, whatever they are of."""
        words: list[str] = []
        self._archive.read(name, lambda *_: None, words=words.append)
        return tuple(" ".join(words).split())

    def _lists(self, name: str) -> None:
        """Tell which lists write digits of their own before their numbers."""

        def start(tag: str, attributes: Attributes) -> None:
            said = _NUMBER_OF_LIST.sub(" ", attributes.get("val", "")) if tag == "lvlText" else ""
            if any(map(str.isdigit, said)):
                self._writer.skip(said, "written by the numbering of a list")
                self._writer.part_skipped()

        self._archive.read(name, start)


def _settings(archive: Archive, name: str) -> set[str]:
    """The kinds of headers that pages have, as far as the settings say."""
    kinds = {"default"}

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "evenAndOddHeaders" and is_on(attributes.get("val", "1")):
            kinds.add("even")

    archive.read(name, start)
    return kinds
