"""The site's folder: only what has changed is written, what is gone is removed.

Writes the pages beside a list of them with their sums. Only files on that list are ever removed,
and a folder with other content and no such list is refused.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.release.sums import sums_of, sums_text
from pipeline.release.versions import ReleaseError, is_version
from pipeline.storage.atomic import replacing, write_bytes, write_text
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import SITE_KEY, SITE_SUMS


@dataclass(frozen=True, slots=True)
class SiteResult:
    """How many files of the site were written, were there already, and were removed."""

    folder: Path
    written: int
    kept: int
    removed: int


def write_site(
    files: Iterable[tuple[str, bytes]], folder: Path, links: Mapping[str, Path]
) -> SiteResult:
    """Write a site, and links beside the pages to what they lead to, by name.

    Raises:
        ReleaseError: the folder holds something else.
        OSError: it cannot be written.
    """
    before, new = _listed(folder), dict(files)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in new.items()}
    changed = [name for name, content in new.items() if not _holds(folder / name, content)]
    gone = sorted(before.keys() - sums.keys())
    if changed or gone:  # listed first: an interrupted run must find its own files again
        _write_list(folder, {**before, **sums})
    for name in changed:
        write_bytes(folder / name, new[name], durable=False)
    for name in gone:
        (folder / name).unlink(missing_ok=True)
        _remove_empty(folder, (folder / name).parent)
    for name in _strange_links(folder, links):
        (folder / name).unlink()
    for name, target in links.items():
        _link(folder / name, target)
    if changed or gone or before != sums:
        _write_list(folder, sums)
    return SiteResult(folder, len(changed), len(sums) - len(changed), len(gone))


def is_whole(folder: Path, links: Mapping[str, Path], key: str) -> SiteResult | None:
    """What writing would have found if every file is there that was written under a key; else None."""
    try:
        if (folder / SITE_KEY).read_text(encoding="utf-8").strip() != key:
            return None
        sums = _listed(folder)
        is_there = all(sha256_of(folder / name) == digest for name, digest in sums.items())
        is_linked = all(_leads(folder / name, target) for name, target in links.items())
    except (OSError, ReleaseError):
        return None
    whole = is_there and is_linked and not _strange_links(folder, links)
    return SiteResult(folder, 0, len(sums), 0) if whole else None


def _write_list(folder: Path, sums: Mapping[str, str]) -> None:
    write_text(folder / SITE_SUMS, sums_text(sums))


def _listed(folder: Path) -> dict[str, str]:
    """The files that an earlier run wrote, with their sums; none in a folder that is new or empty."""
    if not folder.exists() or not any(folder.iterdir()):
        return {}
    try:
        sums = sums_of((folder / SITE_SUMS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(
            f"{folder}: holds files and no {SITE_SUMS} of theirs; name an empty folder"
        ) from error
    outside = [name for name in sums if Path(name).is_absolute() or ".." in Path(name).parts]
    if outside:
        raise ReleaseError(
            f"{folder / SITE_SUMS}: lists {outside[0]!r}, no file of a site; name another folder"
        )
    return sums


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _remove_empty(folder: Path, below: Path) -> None:
    while below != folder and below.is_dir() and not any(below.iterdir()):
        below.rmdir()
        below = below.parent


def _strange_links(folder: Path, links: Mapping[str, Path]) -> list[str]:
    """Links to releases that the pages no longer lead to."""
    return [
        entry.name
        for entry in folder.iterdir()
        if entry.is_symlink() and entry.name not in links and is_version(entry.name)
    ]


def _link(link: Path, target: Path) -> None:
    """Let a release stand below its version, as it does where it is published."""
    if not _leads(link, target):
        with replacing(link) as unfinished:
            unfinished.symlink_to(_relative(link, target), target_is_directory=target.is_dir())


def _leads(link: Path, target: Path) -> bool:
    return link.is_symlink() and str(link.readlink()) == _relative(link, target)


def _relative(link: Path, target: Path) -> str:
    return os.path.relpath(target.resolve(), link.parent.resolve())
