"""The parts of an office document: opened with limits, read as a stream; part of ``word``.

A DOCX is a few XML elements in a ZIP archive. Nothing is unpacked beyond a limit, no declaration
of entities is accepted, and a part's tree is never built.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from xml.parsers import expat

from pipeline.sheets.formats import NotTextError

MAX_UNPACKED = 8 << 20
"""Most bytes a part may have unpacked."""

MAX_PARTS = 2000

Attributes = Mapping[str, str]
"""A tag's attributes by name, without their namespaces."""

_MAIN = "word/document.xml"
_KINDS = {"xl/": "a spreadsheet", "ppt/": "a presentation", "content.xml": "an OpenDocument file"}
_NAMESPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc:",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m:",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m:",
    "http://schemas.openxmlformats.org/package/2006/relationships": "",
}
_ANOTHER = "x:"
"""Before the names of drawings, charts and extensions, whatever their namespace."""


class Archive:
    """The parts of one document.

    Raises:
        NotTextError: no text document, or beyond a limit.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.names = frozenset(archive.namelist())
        self.main = self._main()
        if self.main not in self.names:
            kinds = [
                kind
                for prefix, kind in _KINDS.items()
                if any(name.startswith(prefix) for name in self.names)
            ]
            kind = kinds[0] if kinds else "a ZIP archive"
            raise NotTextError(f"is {kind}, not a text document; extract the sheet first")
        if (count := len(archive.namelist())) > MAX_PARTS:
            raise NotTextError(f"has {count:,} parts, more than {MAX_PARTS:,}")

    def read(
        self,
        name: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], object] = lambda _: None,
        words: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Read a part as a stream of tags and text; one that is not there holds nothing."""
        if name not in self.names:
            return

        def refuse(*_: object) -> None:
            raise NotTextError(
                f"declares entities in {name}, as no office program does; do not open it"
            )

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = refuse
        parser.StartElementHandler = lambda tag, attributes: start(
            _short(tag), {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        )
        parser.EndElementHandler = lambda tag: end(_short(tag))
        parser.CharacterDataHandler = words
        parser.Parse(self.content(name), True)

    def content(self, name: str) -> bytes:
        """The bytes of a part."""
        with self._archive.open(name) as part:
            unpacked = part.read(MAX_UNPACKED + 1)
        if len(unpacked) > MAX_UNPACKED:
            raise NotTextError(
                f"unpacks to more than {MAX_UNPACKED:,} bytes in {name}; no sheet is that long"
            )
        return unpacked

    def targets(self, name: str) -> dict[str, str]:
        """The parts that a part refers to, by the references' ids."""
        folder = posixpath.join("/", posixpath.dirname(name))
        return {
            relation.get("Id", ""): _path(posixpath.join(folder, relation.get("Target", "")))
            for relation in self._relations(name)
            if relation.get("TargetMode") != "External"
        }

    def _main(self) -> str:
        """The part that the archive says is its document."""
        found = [
            _path(relation.get("Target", ""))
            for relation in self._relations("")
            if relation.get("Type", "").endswith("/officeDocument")
        ]
        return found[0] if found and found[0].startswith("word/") else _MAIN

    def _relations(self, name: str) -> list[Attributes]:
        folder, base = posixpath.split(name)
        found: list[Attributes] = []

        def start(tag: str, attributes: Attributes) -> None:
            if tag == "Relationship":
                found.append(attributes)

        self.read(f"{folder}/_rels/{base}.rels".lstrip("/"), start)
        return found


@contextmanager
def opened(content: bytes) -> Iterator[Archive]:
    """The document in these bytes.

    Raises:
        NotTextError: damaged, encrypted, no text document, or beyond a limit.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield Archive(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, expat.ExpatError, RuntimeError,
            NotImplementedError) as error:  # fmt: skip
        if isinstance(error, RuntimeError) and "encrypted" in str(error):
            raise NotTextError("is an encrypted archive; save it without its password") from error
        raise NotTextError("is a damaged or truncated office document; fetch it again") from error


def _path(target: str) -> str:
    return posixpath.normpath(target).lstrip("/")


def _short(tag: str) -> str:
    namespace, _, name = tag.rpartition(" ")
    return _NAMESPACES.get(namespace, _ANOTHER if namespace else "") + name
