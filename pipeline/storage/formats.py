"""JSON and CSV as they are written everywhere: the same values always give the same bytes.

Nothing is read or written here: :mod:`pipeline.storage.atomic` writes the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def json_text(value: Any, *, sort_keys: bool = True) -> str:
    """A value as indented JSON with a line end, for a file that people may open.

    Keys are sorted unless their order tells a reader something, as in a published document.

    Raises:
        ValueError: a number that JSON does not have (infinite, or none).
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=sort_keys, allow_nan=False)
    return _encodable(text) + "\n"


def json_line(value: Any) -> str:
    """A value as the shortest JSON, on one line without a line end; keys sorted.

    What is hashed, compared or stored in a cell is written so.

    Raises:
        ValueError: a number that JSON does not have (infinite, or none).
    """
    return _encodable(
        json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
    )


def _encodable(text: str) -> str:
    """Half a surrogate pair, as the name of a file can hold, becomes JSON's escape for it."""
    return text.encode("utf-8", "backslashreplace").decode()


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as CSV; LF ends each line."""
    return "".join(csv_line(row) for row in rows)


def csv_line(row: Iterable[Any]) -> str:
    """One line of a CSV file: LF at its end, null as nothing, booleans in lower case."""
    # Not the standard library's writer: it leaves a lone carriage return within a text unquoted.
    return ",".join(_cell(value) for value in row) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if any(char in text for char in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
