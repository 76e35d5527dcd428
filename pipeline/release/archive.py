"""A release as one file, to hand on or to put away: ``ncmec-state-data-<version>.tar.gz``, the same bytes each time.

Reads a release that verifies, gives the archive. Names are sorted, modes and owners fixed, and
every time in it is the first day of the version's month, so nothing of the machine that packed
it shows. The tar within is a function of the release alone; how gzip packs it depends on zlib.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tarfile
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

from pipeline.release.content import publisher
from pipeline.release.history import write_index
from pipeline.release.sums import demand_intact, sums_of_intact, wrong_files
from pipeline.release.verify import verify
from pipeline.release.versions import (
    Release,
    ReleaseError,
    latest_release,
    read_release,
    readable,
    releases,
    sweep,
    version_key,
)
from pipeline.storage.atomic import replacing, swap_in
from pipeline.storage.lock import locked
from pipeline.storage.names import (
    ARCHIVE,
    BUILDING_PREFIX,
    CHANGELOG,
    MANIFEST,
    RELEASES,
    SIGNATURE,
    SUMS,
)

_LEVEL = 9
_TELLING = (MANIFEST, CHANGELOG, SUMS, SIGNATURE)
"""What stays beside the archive of a release: its manifest with all digests, its history, its sums."""


def archive(release: Path, folder: Path) -> Path:
    """Pack a release into a folder outside it, which is made if missing; gives the archive's path.

    Raises:
        ReleaseError: the release does not verify, the folder lies within it, or it cannot be
            written.
    """
    names = sorted(verified_files(release))
    if folder.resolve().is_relative_to(release.resolve()):
        raise ReleaseError(f"{folder}: lies within the release; name a folder outside {release}")
    packed = read_release(release)
    target = folder / f"{_stem(packed)}.tar.gz"
    try:
        with replacing(target) as unfinished:
            _pack(packed, names, unfinished)
    except OSError as error:
        raise ReleaseError(
            f"{target}: the archive cannot be written: {error.strerror}; make room or name "
            "another folder"
        ) from error
    return target


def pack_old(warehouse: Path, keep: int, *, patience: float = 600) -> list[Path]:
    """Pack all but the newest releases, in place; what tells of them stays beside each archive.

    The latest that stands stays as it is, too. ``patience`` is how many seconds to wait while
    another process writes the warehouse.

    Raises:
        ReleaseError: the chain is broken, a release is damaged, or the folder cannot be written.
        pipeline.storage.lock.LockedError: another process writes the warehouse for too long.
    """
    if not (warehouse / RELEASES).is_dir():
        return []  # before the lock, which would make the folder
    with locked(warehouse, "statedata archive", patience=patience):
        sweep(warehouse)
        found, latest = releases(warehouse), latest_release(warehouse)
        stay = {latest.version if latest else "", *(one.version for one in found[-keep:])}
        old = [one for one in found if not one.is_archived and one.version not in stay]
        return [_pack_away(one, warehouse / RELEASES) for one in old]


def unpack(warehouse: Path, version: str, *, patience: float = 600) -> Path:
    """Bring a packed release back as it was; gives its folder.

    Raises:
        ReleaseError: there is no such archive, or it does not hold what the release's sums say.
        pipeline.storage.lock.LockedError: another process writes the warehouse for too long.
    """
    folder = warehouse / RELEASES
    packed, target = folder / ARCHIVE / version, folder / version
    version_key(version)  # no path: what lies there is removed
    if not packed.is_dir():
        raise ReleaseError(
            f"{version}: no archived release in {warehouse}; see `statedata releases`"
        )
    with locked(warehouse, "statedata archive", patience=patience):
        building = Path(tempfile.mkdtemp(prefix=BUILDING_PREFIX, dir=folder))
        try:
            (path,) = packed.glob("*.tar.gz")
            with tarfile.open(path, "r:gz") as tar:
                tar.extractall(building, filter="data")
            (inside,) = building.iterdir()
            wrong = list(wrong_files(inside))
            if wrong or (inside / SUMS).read_bytes() != (packed / SUMS).read_bytes():
                raise ReleaseError(
                    f"{path}: does not hold what {SUMS} says; restore it from a copy"
                )
            if not target.exists():  # else it was packed and not yet removed
                readable(inside)
                swap_in(inside, target)
            shutil.rmtree(packed)
            write_index(warehouse)
        except (OSError, ValueError, EOFError, zlib.error, tarfile.TarError) as error:
            raise ReleaseError(f"{packed}: cannot be unpacked: {error}") from error
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return target


def _pack_away(release: Release, folder: Path) -> Path:
    """Pack one release into the folder of archives, read it back, then remove its own folder."""
    demand_intact(release)
    target = folder / ARCHIVE / release.version
    building = Path(tempfile.mkdtemp(prefix=BUILDING_PREFIX, dir=folder))
    packed = building / f"{_stem(release)}.tar.gz"
    try:
        (folder / ARCHIVE).mkdir(exist_ok=True)
        sums = sums_of_intact(release.path)
        _pack(release, sorted(sums), packed)
        with tarfile.open(packed, "r:gz") as tar:
            for member in tar:
                content = tar.extractfile(member)
                assert content is not None, "only files are packed"
                name = member.name.removeprefix(f"{_stem(release)}/")
                if hashlib.file_digest(content, "sha256").hexdigest() != sums.pop(name):  # type: ignore[arg-type]  # a file object
                    raise ReleaseError(
                        f"{packed.name}: {name} reads back otherwise; check the disk"
                    )
        assert not sums, f"not packed: {sorted(sums)}"
        for name in _TELLING:
            if (release.path / name).is_file():
                shutil.copyfile(release.path / name, building / name)
        if target.exists():
            shutil.rmtree(target)  # of a run that was ended before it removed the folder
        readable(building)
        swap_in(building, target)
        gone = release.path.rename(folder / f"{BUILDING_PREFIX}{release.version}")
        shutil.rmtree(gone)
    except OSError as error:
        raise ReleaseError(f"{target}: cannot be written: {error.strerror}; make room") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target / packed.name


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
    return sums_of_intact(release)


def _pack(release: Release, names: list[str], path: Path) -> None:
    year, month, _ = version_key(release.version)
    seconds = int(datetime(year, month, 1, tzinfo=UTC).timestamp())
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=_LEVEL, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in names:
            member = tarfile.TarInfo(f"{_stem(release)}/{name}")
            member.size = (release.path / name).stat().st_size
            member.mode, member.mtime = 0o644, seconds
            with (release.path / name).open("rb") as file:
                tar.addfile(member, file)


def _stem(release: Release) -> str:
    return f"{publisher().name}-{release.version}"
