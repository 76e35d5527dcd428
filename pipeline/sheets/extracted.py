"""What an extraction gives: the noun between a document's format and the process it runs in.

Reads nothing; travels from the extraction's process to the one that asked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a document.

    ``encoding`` is what an HTML document was decoded with, ``layout`` the packed boxes of a PDF's
    characters, each None where there is none.
    """

    text: str
    encoding: str | None = None
    layout: bytes | None = None
