"""Foreign text as it may stand in a page: what has no shape of its own is named instead.

A sheet's text is shown as it is, but a character that turns the direction of its neighbors, that
nobody sees, or that HTML does not allow would mislead or break the page.
"""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

_UNSEEN = {"Cc", "Cf", "Co", "Cn", "Cs"}
"""Control, format, private, unassigned, half a surrogate pair."""
_KEPT = {"\n", "\t"}


def visible(text: str) -> str:
    """The text with line ends as LF, and ``⟨U+202E⟩`` in the place of a character without a shape."""
    if text.isprintable():
        return text  # nearly all are: looking at each character is for the others
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        char
        if char in _KEPT or unicodedata.category(char) not in _UNSEEN
        else f"⟨U+{ord(char):04X}⟩"
        for char in text
    )


def breakable(name: str) -> Markup:
    """A long name of a file, table or check, that may be broken between its parts."""
    return Markup(re.sub("([_/])", r"\1<wbr>", str(escape(visible(name)))))  # noqa: S704
