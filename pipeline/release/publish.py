"""A verified release to where readers fetch it, and what leads there: a place to link to.

The target gets ``<version>/...``, never changed, for every release that the index lists; then
``index.json``, ``feed.xml``, the site's pages, and ``latest/``, a copy of the newest release, last:
who follows them finds complete releases only. What is there with the right bytes stays, so an
interrupted publication is taken up again; other bytes are never overwritten; all that is written
is read back. One publisher at a time.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.release.archive import verified_files
from pipeline.release.released import released_tables, sheet_sums
from pipeline.release.sign import sign, signature_of
from pipeline.release.store import PublishError, Store, open_store
from pipeline.release.sums import sums_of, sums_text
from pipeline.release.versions import archived, is_version, read_release
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import (
    ARCHIVE,
    FEED,
    INDEX,
    LATEST,
    LATEST_JSON,
    PAGE,
    SIGNATURE,
    SITE_SIGNATURE,
    SITE_SUMS,
    SUMS,
)

RAW = "raw"
"""The folder of a target in which raw sheets lie by their sha256."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publication did, by names below the target; ``notes`` are for the publisher."""

    version: str
    target: str
    written: tuple[str, ...]
    present: tuple[str, ...]
    notes: tuple[str, ...]


def publish(
    release: Path,
    target: str,
    *,
    listing: Path | None = None,
    site: Path | None = None,
    key: Path | None = None,
    raw: Path | None = None,
    options: Mapping[str, Any] | None = None,
    attempts: int = 4,
    pause: Callable[[float], None] = time.sleep,
    progress: Callable[[str], None] | None = None,
) -> Publication:
    """Copy a release to a target, then what leads to it: index, feed, pages, ``latest/``.

    Args:
        release: its folder.
        target: a folder or an fsspec URL; releases lie below it by version.
        listing: the folder of all releases, with the index. Those that the index lists and the
            target lacks are copied too. Without an index the release alone is copied.
        site: the folder of the pages, which become the root of the target beside the index; pages
            of an earlier publication that are gone are removed.
        key: an SSH key to sign with what is copied; unsigned without.
        raw: the raw folder, if its sheets are to lie beside the release by their sha256; they are
            the publisher's own.
        options: for the target's file system; else it reads its own environment.
        attempts: calls to the target before a failure counts.
        pause: waits for that many seconds between them.
        progress: told the name of each file when it is there.

    Raises:
        ReleaseError: a release or the site does not verify, or cannot be signed.
        PublishError: the target cannot be reached or written, holds other bytes under a name of
            the release, or the index lists a release that is neither there nor in ``listing``.
    """
    if key is not None:
        sign(release, key)
    version = read_release(release).version
    files = {version: verified_files(release)}
    store = open_store(target, options or {}, attempts, pause)
    copy = _Copy(store, progress or (lambda _: None))
    index = _bytes(listing, INDEX)
    folders = {version: release}
    if index is not None and listing is not None:
        _check_index(store, index, version)
        for other in _absent(store, index, version):
            folders[other] = listing / other
            files[other] = _verified(listing / other, key)
    sheets = {} if raw is None else _sheets(release, raw)
    pages = {} if site is None else _verified_pages(site)
    missing = {each: _missing(store, each, files[each]) for each in folders}
    for each, folder in folders.items():
        for name in missing[each]:
            copy.file(f"{each}/{name}", folder / name, files[each][name])
    for name, (path, sha256) in sheets.items():
        if not store.exists(name):
            copy.file(name, path, sha256)
    notes = []
    if index is None or listing is None:
        notes.append(f"there is no {INDEX} yet, so neither pages nor latest/ were published")
    else:
        copy.file_that_may_change(INDEX, index)
        feed = _bytes(listing, FEED)
        if feed is not None:
            copy.file_that_may_change(FEED, feed)
        if site is not None:
            _send_pages(copy, site, pages, key)
        _send_latest(copy, listing, index, files)
    present = [f"{each}/{name}" for each in folders for name in files[each].keys() - missing[each]]
    written = tuple(copy.written)
    return Publication(version, store.shown, written, tuple(sorted(present)), tuple(notes))


@dataclass(frozen=True)
class _Copy:
    """What is written to a target; all of it is read back."""

    store: Store
    tell: Callable[[str], None]
    written: list[str] = field(default_factory=list)

    def file(self, name: str, source: Path | bytes, sha256: str) -> None:
        """Write a file."""
        self.store.write(name, source)
        _demand(self.store, name, sha256)
        self.written.append(name)
        self.tell(name)

    def file_that_may_change(self, name: str, source: Path | bytes) -> None:
        """Write a file unless the target has it with these bytes."""
        if isinstance(source, Path):
            sha256 = sha256_of(source)
        else:
            sha256 = hashlib.sha256(source).hexdigest()
        if not self.store.exists(name) or self.store.sha256(name) != sha256:
            self.file(name, source, sha256)


def _send_pages(copy: _Copy, site: Path, pages: Mapping[str, str], key: Path | None) -> None:
    """Write the pages that are not there, then remove those that are gone; releases stay."""
    before = _sums_of(copy.store.read(SITE_SUMS) or b"", f"{copy.store.shown}/{SITE_SUMS}")
    # Listed first: a publication that is interrupted must find its own pages again.
    copy.file_that_may_change(SITE_SUMS, sums_text({**before, **pages}).encode())
    for name in sorted(pages, key=lambda name: (name == PAGE, name)):
        copy.file_that_may_change(name, site / name)
    for name in sorted(before.keys() - pages.keys()):
        if _may_be_page(name):
            copy.store.remove(name)
    copy.file_that_may_change(SITE_SUMS, site / SITE_SUMS)
    if key is not None:
        signature = signature_of(site / SITE_SUMS, key)
        copy.file_that_may_change(SITE_SIGNATURE, signature.encode())
    else:
        copy.store.remove(SITE_SIGNATURE)  # of other pages


def _verified_pages(site: Path) -> dict[str, str]:
    """The sums of a site's files, which are as listed."""
    try:
        sums = _sums_of((site / SITE_SUMS).read_bytes(), f"{site / SITE_SUMS}")
        wrong = [
            name for name in sums if not _may_be_page(name) or sha256_of(site / name) != sums[name]
        ]
    except OSError as error:
        raise PublishError(
            f"{site}: its pages cannot be read: {error}; make the site again"
        ) from error
    if wrong:
        raise PublishError(
            f"{site / wrong[0]}: is not as {SITE_SUMS} lists it; make the site again"
        )
    return sums


def _sums_of(data: bytes, shown: str) -> dict[str, str]:
    try:
        return sums_of(data.decode())
    except ValueError as error:
        raise PublishError(f"{shown}: no list of pages: {error}; remove it") from error


def _may_be_page(name: str) -> bool:
    """Whether a name is none of a release, nor of what stands beside releases."""
    first, *_ = parts = name.split("/")
    others = {LATEST, RAW, INDEX, FEED, LATEST_JSON, SITE_SUMS, ""}
    return first not in others and ".." not in parts and not is_version(first)


def _send_latest(
    copy: _Copy, listing: Path, index: bytes, files: Mapping[str, Mapping[str, str]]
) -> None:
    """Write the copy of the newest release, and remove what is left of the one before."""
    latest = json.loads(index)["latest"]
    data = _bytes(listing, LATEST_JSON)
    if data is not None:
        copy.file_that_may_change(LATEST_JSON, data)
    names: Mapping[str, str] = {}
    if latest is not None:
        names = files.get(latest) or _verified(listing / latest)
    for name in copy.store.names(LATEST):
        if name not in names:
            copy.store.remove(f"{LATEST}/{name}")
    for name in sorted(names, key=_sums_last):
        copy.file_that_may_change(f"{LATEST}/{name}", listing / latest / name)


def _absent(store: Store, index: bytes, version: str) -> list[str]:
    """The releases that stand by the index and that the target lacks, beside this one."""
    entries = json.loads(index)["releases"]
    standing = [entry["version"] for entry in entries if entry.get("status") != "withdrawn"]
    return [other for other in standing if other != version and not store.exists(f"{other}/{SUMS}")]


def _verified(folder: Path, key: Path | None = None) -> dict[str, str]:
    """The sums of a release beside the one that is published, signed with the key if it is not."""
    if not folder.is_dir() and (folder.parent / ARCHIVE / folder.name).is_dir():
        raise PublishError(f"the target lacks {folder.name}, and {archived(folder.name)}")
    if not folder.is_dir():
        raise PublishError(
            f"{INDEX} lists {folder.name}, which is neither at the target nor in {folder.parent}; "
            "restore it from a copy, or withdraw it"
        )
    if key is not None and not (folder / SIGNATURE).is_file():
        sign(folder, key)
    return verified_files(folder)


def _sheets(release: Path, raw: Path) -> dict[str, tuple[Path, str]]:
    """The raw sheets of a release by the names they get, with path and sha256."""
    found = {}
    for file, sha256 in sheet_sums(released_tables(release)).items():
        path = raw / file
        if sha256 is None:
            continue  # could not be read when the release was made
        if not path.is_file() or sha256_of(path) != sha256:
            raise PublishError(
                f"{path}: is not the sheet of the release, whose sha256 is {sha256}; publish from "
                "the raw folder that it was made of, or without the raw sheets"
            )
        found[f"{RAW}/{sha256}{path.suffix.lower()}"] = (path, sha256)
    return found


def _missing(store: Store, version: str, files: Mapping[str, str]) -> list[str]:
    """The files that the target lacks, the list of sums last: with it, a release is complete."""
    there = store.names(version)
    strange = sorted(name for name in there if name not in files)
    if strange:
        raise PublishError(
            f"{store.shown}/{version} holds {', '.join(strange[:5])}, which the release does not "
            "have; remove it, or name another target"
        )
    for name in sorted(there):
        _demand(store, f"{version}/{name}", files[name])
        store.show_everyone(f"{version}/{name}")  # an older version of this program did not
    missing = [name for name in files if name not in there]
    return sorted(missing, key=_sums_last)


def _sums_last(name: str) -> tuple[bool, bool, str]:
    return name == SUMS, name == SIGNATURE, name


def _demand(store: Store, place: str, sha256: str) -> None:
    found = store.sha256(place)
    if found != sha256:
        raise PublishError(
            f"{store.shown}/{place} has the sha256 {found}, expected {sha256}; a published file is "
            "never overwritten: remove it if it is damaged, or name another target"
        )


def _check_index(store: Store, data: bytes, version: str) -> None:
    """Demand that the index knows the release, and whatever the index at the target lists."""
    ours = _digests_by_version(data, INDEX)
    if version not in ours:
        raise PublishError(
            f"{INDEX} does not list {version}; publish with the index of the warehouse that made it"
        )
    there = store.read(INDEX)
    theirs = {} if there is None else _digests_by_version(there, f"{store.shown}/{INDEX}")
    other = [name for name, digests in theirs.items() if ours.get(name) != digests]
    if other:
        raise PublishError(
            f"{store.shown}/{INDEX} lists {', '.join(other)}, which this warehouse does not have or "
            "has with other data; publish from the warehouse that made them, or name another target"
        )


def _digests_by_version(data: bytes, shown: str) -> dict[str, Any]:
    try:
        return {entry["version"]: entry["digests"] for entry in json.loads(data)["releases"]}
    except (ValueError, KeyError, TypeError) as error:
        raise PublishError(f"{shown}: no index of releases; remove it or name another") from error


def _bytes(folder: Path | None, name: str) -> bytes | None:
    path = None if folder is None else folder / name
    return path.read_bytes() if path is not None and path.is_file() else None
