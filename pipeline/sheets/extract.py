"""Content of any format to text: the fourth stop, and the one way in.

Reads the bytes of one file, gives its :class:`SheetText`, or says why there is none. Text is
decoded here; documents are extracted in a process of their own, whose libraries this one never
loads.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from pipeline.sheets.decode import SheetText, checked_text, decode, page_starts
from pipeline.sheets.formats import Format, format_of
from pipeline.sheets.isolation import Extractor
from pipeline.sheets.layout import Layout

RULES = 4
"""Version of the rules by which ``pdf``, ``web`` and ``word`` make text; raise it when a text could change."""


@cache
def extractor() -> Extractor:
    """The process of this process; there is one."""
    return Extractor()


def extract(content: bytes, process: Extractor | None = None) -> SheetText:
    """The text of a sheet of any format; ``process`` extracts documents, this one's own unless given.

    Raises:
        NotTextError: no format that is read, damaged, empty, or beyond a limit.
    """
    format_ = format_of(content)
    if format_ == "text":
        return decode(content)
    found = (process or extractor()).extract(format_, content)
    text = checked_text(found.text)
    layout = Layout(found.layout) if found.layout else None
    return SheetText(
        text,
        found.encoding,
        page_starts(text),
        format_,
        extractor_of(format_),
        layout,
        found.skipped,
    )


def extractor_of(format_: Format) -> str:
    """Tool and version that extract a format."""
    tool = {"pdf": "pypdfium2", "html": "justhtml"}.get(format_)
    return f"{tool} {version(tool)}, rules {RULES}" if tool else f"{format_} rules {RULES}"
