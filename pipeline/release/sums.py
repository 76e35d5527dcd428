"""The sums of a release: whether its folder still holds the files that ``SHA256SUMS`` lists.

Every file but the list itself and its signature is in it, once, and nothing else is in the
folder. What the files say is the business of :mod:`pipeline.release.verify`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.model import few
from pipeline.release.versions import Release, ReleaseError
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import SIGNATURE, SUMS

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


def listed_sums(folder: Path) -> dict[str, str]:
    """The sha256 of every file by name, as the list says.

    Raises:
        ValueError: a line that is no sum, or a file that is listed twice.
        OSError: there is no list, or it cannot be read.
    """
    try:
        return sums_of((folder / SUMS).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{SUMS}: {error}") from error


def sums_of_intact(folder: Path) -> dict[str, str]:
    """The sha256 of every file of a release whose files are as listed, the list and its signature too."""
    beside = [name for name in (SIGNATURE, SUMS) if (folder / name).is_file()]
    return listed_sums(folder) | {name: sha256_of(folder / name) for name in beside}


def sums_of(text: str) -> dict[str, str]:
    """The sha256 of every file by name, as the text of a list says.

    Raises:
        ValueError: a line that is no sum, or a file that is listed twice.
    """
    sums: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"it has the line {line[:80]!r}, which is no sum")
        if match[2] in sums:
            raise ValueError(f"it lists {match[2]} twice")
        sums[match[2]] = match[1]
    return sums


def sums_text(sums: Mapping[str, str]) -> str:
    """The text of a list, as ``sha256sum -c`` reads it."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))


def wrong_files(folder: Path) -> Iterator[str]:
    """What does not agree with the list, a line a file; nothing if all does."""
    try:
        sums = listed_sums(folder)
    except (OSError, ValueError) as error:
        yield f"{error}"
        return
    below = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    present = {name for name, path in below.items() if path.is_file() or path.is_symlink()}
    yield from (f"{name} is not listed" for name in sorted(present - {*sums, SUMS, SIGNATURE}))
    yield from (f"{name} is missing" for name in sorted(set(sums) - present))
    for name in sorted(present):
        if below[name].is_symlink():
            yield f"{name} is a link, and no file of its own"
        elif name in sums and sha256_of(below[name]) != sums[name]:
            yield f"{name} has other bytes than {SUMS} says"


def demand_intact(release: Release) -> None:
    """Demand that a release which the next one is to follow still holds the files it was made of.

    Raises:
        ReleaseError: a file was changed, removed or added.
    """
    wrong = list(wrong_files(release.path))
    if wrong:
        raise ReleaseError(
            f"{release.path}: the release is damaged: {few(wrong, '; ')}; restore it from a copy, "
            f"or take it back with `statedata withdraw {release.version}`"
        )
