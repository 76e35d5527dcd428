"""A release as one file to hand on: ``ncmec-state-data-<version>.tar.gz``, the same bytes each time.

Reads a release that verifies, gives the archive. Names are sorted, modes and owners fixed, and
every time in it is the first day of the version's month, so nothing of the machine that packed
it shows. The tar within is a function of the release alone; how gzip packs it depends on zlib.
"""

from __future__ import annotations

import gzip
import tarfile
from datetime import UTC, datetime
from pathlib import Path

from pipeline.release.content import (
    publisher,
    sha256_of,
)
from pipeline.release.sums import listed_sums
from pipeline.release.verify import verify
from pipeline.release.versions import ReleaseError, read_release, version_key
from pipeline.storage.names import SIGNATURE, SUMS

_LEVEL = 9


def archive(release: Path, folder: Path) -> Path:
    """Pack a release into a folder outside it; gives the archive's path.

    Args:
        release: the release's folder.
        folder: where the archive goes; made if missing.

    Raises:
        ReleaseError: the release does not verify, the folder lies within it, or it cannot be
            written.
    """
    names = sorted(verified_files(release))
    version = read_release(release).version
    if folder.resolve().is_relative_to(release.resolve()):
        raise ReleaseError(f"{folder}: lies within the release; name a folder outside {release}")
    stem = f"{publisher().name}-{version}"
    target = folder / f"{stem}.tar.gz"
    unfinished = target.with_name(f".{target.name}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _pack(release, names, stem, _seconds(version), unfinished)
        unfinished.replace(target)
    except OSError as error:
        raise ReleaseError(
            f"{target}: the archive cannot be written: {error.strerror}; make room or name "
            "another folder"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def verified_files(release: Path) -> dict[str, str]:
    """The sha256 of every file of a release by its name, once all that it claims holds.

    Every file that ``SHA256SUMS`` lists, that list itself, and its signature if there is one.

    Raises:
        ReleaseError: the folder holds no release, or a check of it fails.
    """
    failing = [result for result in verify(release, None) if result.holds is False]
    if failing:
        reasons = "; ".join(f"{result.check}: {result.detail}" for result in failing)
        raise ReleaseError(
            f"{release}: does not verify: {reasons}; nothing was handed on, restore the release "
            "or build it again"
        )
    beside = [name for name in (SIGNATURE, SUMS) if (release / name).is_file()]
    return listed_sums(release) | {name: sha256_of(release / name) for name in beside}


def _pack(release: Path, names: list[str], stem: str, seconds: int, path: Path) -> None:
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=_LEVEL, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in names:
            member = tarfile.TarInfo(f"{stem}/{name}")
            member.size = (release / name).stat().st_size
            member.mode, member.mtime = 0o644, seconds
            with (release / name).open("rb") as file:
                tar.addfile(member, file)


def _seconds(version: str) -> int:
    year, month, _ = version_key(version)
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp())
