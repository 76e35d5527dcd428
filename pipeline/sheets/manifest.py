"""What ``raw/manifest.csv`` records of each file: the one reader and the one writer of it.

One row a file with its sha256, where it came from and when. The manifest is read strictly, by the
build as by ``statedata add``: it decides which of two texts of a sheet is the newer and is
published as the sheets' origin, so that a row that can be read in two ways is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipeline.checks import failed, passed
from pipeline.model import Finding
from pipeline.sheets.collect import list_files
from pipeline.sheets.strict_csv import SHA256, read_strict, refused_line, strict_rows
from pipeline.storage.atomic import write_text
from pipeline.storage.formats import csv_text
from pipeline.storage.names import RAW_MANIFEST

REQUIRED = ("file", "sha256", "origin", "retrieved")
COLUMNS = ("file", "sha256", "bytes", "origin", "retrieved")
"""Every column there is; ``bytes`` may be missing, and cells of it and of ``retrieved`` be empty."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.A)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.A)
_BYTES = re.compile(r"\d{0,15}", re.A)
_LONGEST = 4096
"""Characters of a file's path."""
_NAMED = 20
"""Files that a finding names."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is recorded of a file: its hash, where it came from, when (ISO 8601, UTC), its size.

    ``retrieved`` is a day or a second, empty if nobody knows; as texts they sort by time.
    """

    sha256: str
    origin: str
    retrieved: str
    size: int | None = None


def read_manifest(raw: Path) -> dict[str, Origin]:
    """What is recorded by file name; empty where there is no manifest.

    Raises:
        RawFolderError: the manifest cannot be read, or a line of it in more than one way.
    """
    content = read_strict(raw / RAW_MANIFEST)
    return {} if content is None else parse_manifest(content, raw / RAW_MANIFEST)


def write_manifest(raw: Path, origins: Mapping[str, Origin]) -> None:
    """Replace the manifest of a raw folder.

    Raises:
        OSError: the folder cannot be written.
    """
    rows = [
        (file, found.sha256, found.size, found.origin, found.retrieved)
        for file, found in sorted(origins.items())
    ]
    write_text(raw / RAW_MANIFEST, csv_text([COLUMNS, *rows]))


def parse_manifest(content: bytes, path: Path) -> dict[str, Origin]:
    """What a manifest's bytes record, by file name; ``path`` is for the message.

    Raises:
        RawFolderError: a line is not what it has to be; the message says which and what to do.
    """
    origins: dict[str, Origin] = {}
    for number, row in strict_rows(content, path, COLUMNS, REQUIRED):
        if problem := _problem_of_row(row):
            raise refused_line(path, number, problem)
        if row["file"] in origins:
            problem = f"lists {row['file'][:80]} a second time; keep one of the lines"
            raise refused_line(path, number, problem)
        size = int(row["bytes"]) if row.get("bytes") else None
        origins[row["file"]] = Origin(row["sha256"], row["origin"], row["retrieved"], size)
    return origins


def check_manifest(raw: Path) -> list[Finding]:
    """Whether the manifest, where there is one, lists the files that lie in the folder, and no others.

    Raises:
        RawFolderError: the folder or its manifest cannot be read.
    """
    check = "manifest_is_complete"
    if not os.path.lexists(raw / RAW_MANIFEST):
        return []
    recorded, files = set(read_manifest(raw)), {file for file, _ in list_files(raw)}
    problems = (
        ("an entry", files - recorded, "no entry for {}; give the files to `statedata add`, or write their lines with their origin"),
        ("a file", recorded - files, "no file for the entries {}; restore the files, or remove their lines"),
    )  # fmt: skip
    findings = []
    for expected, names, problem in problems:
        if names:
            message = f"{RAW_MANIFEST}: {problem.format(_named(names))}"
            findings.append(failed(check, message, expected=expected, found=_named(names)))
    return findings or [passed(check, f"{RAW_MANIFEST}: {len(files):,} files, each with its entry")]


def _problem_of_row(row: dict[str, str]) -> str | None:
    file, sha256, retrieved = row["file"], row["sha256"], row["retrieved"]
    is_path = all(part not in ("", ".", "..") for part in file.split("/"))
    if not is_path or not file.isprintable() or len(file) > _LONGEST:
        return f"lists {file[:80]!r}, expected a path within the raw folder such as 2023/ohio.txt; mend it"
    if not SHA256.fullmatch(sha256):
        return f"has the sha256 {sha256[:80]!r}, expected 64 of 0-9 and a-f; write what `sha256sum` says of {file[:80]}"
    if not _BYTES.fullmatch(row.get("bytes", "")):
        return f"has the bytes {row['bytes'][:40]!r}, expected a whole number; mend it or leave it empty"
    if not _is_time(retrieved):
        return (
            f"has the date {retrieved[:40]!r}, expected one like 2026-11-21 or 2026-11-21T06:30:00Z; "
            "write it so, or leave it empty if nobody knows"
        )
    return None


def _is_time(text: str) -> bool:
    """Whether a text is empty, a day, or a second in UTC; those sort by time as they stand."""
    try:
        if _DAY.fullmatch(text):
            date.fromisoformat(text)
        elif _MOMENT.fullmatch(text):
            datetime.fromisoformat(text)
        else:
            return not text
    except ValueError:
        return False
    return True


def _named(files: set[str]) -> str:
    shown = ", ".join(sorted(files)[:_NAMED])
    return shown + (f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else "")
