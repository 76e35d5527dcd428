"""Files of decisions beside the sheets, read strictly: the manifest, and what was accepted.

Bytes in, numbered rows out. Such a file is written by this program and by hand, and decides what
is published: what can be read in two ways is refused, with its line and what to do.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.sheets.collect import RawFolderError

SHA256 = re.compile(r"[0-9a-f]{64}")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def read_strict(path: Path) -> bytes | None:
    """The bytes of such a file; None where there is none.

    Raises:
        RawFolderError: it cannot be read, or is no regular file.
    """
    if not os.path.lexists(path):
        return None
    if not path.is_file():
        raise RawFolderError(f"{path}: is not a regular file; put the file there, or remove it")
    try:
        return path.read_bytes()
    except OSError as error:
        raise RawFolderError(f"{path}: {error.strerror}; make it readable") from error


def strict_rows(
    content: bytes, path: Path, columns: Sequence[str], required: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows by column, each with the number of its line; ``path`` is for the message.

    The content is CSV in UTF-8; a byte order mark, any line ends and empty lines are no matter.
    There may be each of the ``columns``, and must be those that are ``required``.

    Raises:
        RawFolderError: a line is not what it has to be.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise refused_line(path, line, "is not UTF-8; save the file as UTF-8") from error
    lines = _lines(text, path)
    number, named = next(lines, (1, []))
    if not named:
        raise refused_line(path, 1, f"is missing; begin the file with {','.join(columns)}")
    if problem := _problem_of_columns(named, columns, required):
        raise refused_line(path, number, problem)
    for number, cells in lines:
        if len(cells) != len(named):
            problem = f"has {len(cells)} cells, expected {len(named)}; write one for each of {','.join(named)}"
            raise refused_line(path, number, problem)
        yield number, dict(zip(named, cells, strict=True))


def refused_line(path: Path, line: int, problem: str) -> RawFolderError:
    """The error that says which line of a file cannot be read, and why."""
    return RawFolderError(f"{path}, line {line}: {problem}")


def _lines(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is not empty, with its number, from one."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 1
    try:
        for cells in lines:
            if any(map(_CONTROL.search, cells)):
                problem = "holds a control character or a line break within a cell; remove it"
                raise refused_line(path, number, problem)
            if cells:
                yield number, cells
            number = lines.line_num + 1
    except csv.Error as error:
        raise refused_line(path, number, f"is no CSV: {error}; mend its quotes") from error


def _problem_of_columns(
    named: list[str], columns: Sequence[str], required: Sequence[str]
) -> str | None:
    expected = f"expected {','.join(columns)}"
    for name in required:
        if name not in named:
            return f"names no column {name!r}, {expected}; add it"
    for name in named:
        if name not in columns:
            return f"names the column {name[:40]!r}, {expected}; remove it"
        if named.count(name) > 1:
            return f"names the column {name!r} twice, {expected}; remove one"
    return None
