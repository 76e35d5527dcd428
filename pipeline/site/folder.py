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

from pipeline.release.versions import ReleaseError, version_key
from pipeline.storage.atomic import replacing, write_bytes, write_text
from pipeline.storage.names import SITE_SUMS


@dataclass(frozen=True, slots=True)
class Written:
    """How many files of the site were written, were there already, and were removed."""

    folder: Path
    written: int
    kept: int
    removed: int


def write_site(files: Iterable[tuple[str, bytes]], folder: Path, release: Path) -> Written:
    """Write a site, and a link to its release beside the pages.

    Args:
        files: bytes by name.
        folder: where it goes; made if missing.
        release: the release's folder; its files are linked by its version.

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
    _link(folder, release)
    if changed or gone or before != sums:
        _write_list(folder, sums)
    return Written(folder, len(changed), len(sums) - len(changed), len(gone))


def _write_list(folder: Path, sums: Mapping[str, str]) -> None:
    lines = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    write_text(folder / SITE_SUMS, lines)


def _listed(folder: Path) -> dict[str, str]:
    """The files that an earlier run wrote, with their sums; none in a folder that is new or empty."""
    if not folder.exists() or not any(folder.iterdir()):
        return {}
    try:
        lines = (folder / SITE_SUMS).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ReleaseError(
            f"{folder}: holds files and no {SITE_SUMS}; name an empty folder"
        ) from error
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    outside = [name for name in sums if not name or Path(name).is_absolute() or ".." in Path(name).parts]  # fmt: skip
    if outside:
        raise ReleaseError(f"{folder / SITE_SUMS}: lists {outside[0]!r}, no file of a site; name another folder")  # fmt: skip
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


def _link(folder: Path, release: Path) -> None:
    """Let the release stand below its version, as it does where it is published."""
    for entry in folder.iterdir():
        if entry.is_symlink() and entry.name != release.name and _is_version(entry.name):
            entry.unlink()
    link, target = folder / release.name, os.path.relpath(release.resolve(), folder.resolve())
    if link.is_symlink() and str(link.readlink()) == target:
        return
    with replacing(link) as unfinished:
        unfinished.symlink_to(target, target_is_directory=True)


def _is_version(name: str) -> bool:
    try:
        version_key(name)
    except ReleaseError:
        return False
    return True
