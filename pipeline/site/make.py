"""One release to its site, unless the folder has it already: what the command and the asset call.

Reads a release and the index beside it, gives a folder of pages. Pages that are whole and were made
of the same release by the same program are left alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.release.content import publisher
from pipeline.release.provenance import program_digest
from pipeline.release.versions import Release, index_entries, withdrawals
from pipeline.site.dataset import read_dataset
from pipeline.site.folder import SiteResult, is_whole, write_site
from pipeline.site.pages import Settings, site
from pipeline.storage.atomic import write_text
from pipeline.storage.hashes import sha256_of
from pipeline.storage.names import FEED, INDEX, RELEASES, SITE_KEY, SUMS

_LIBRARIES = ("duckdb", "jinja2", "markdown-it-py", "pillow", "pypdfium2", "vl-convert-python")
"""Whose versions show in the pages; the last one may be missing."""


def make_site(
    release: Release, warehouse: Path, folder: Path, url: str | None = None, raw: Path | None = None
) -> SiteResult:
    """Write the pages of a release, and links to the releases that they lead to.

    Args:
        release: of the warehouse, or from elsewhere.
        warehouse: whose index lists the releases.
        folder: where the pages go; made if missing.
        url: the address that they will have; without one there are no absolute addresses.
        raw: the folder of the sheets, if their PDFs shall be shown as pictures.

    Raises:
        ReleaseError: the release cannot be read, or the folder holds something else.
        OSError: the folder cannot be written.
    """
    settings = _settings(release, warehouse, url, raw)
    links = _links(release, warehouse, settings)
    key = _key(release, settings)
    if (kept := is_whole(folder, links, key)) is not None:
        return kept
    (folder / SITE_KEY).unlink(missing_ok=True)  # while pages are written they are nobody's
    written = write_site(site(read_dataset(release), settings), folder, links)
    write_text(folder / SITE_KEY, f"{key}\n")
    return written


def _settings(release: Release, warehouse: Path, url: str | None, raw: Path | None) -> Settings:
    listed = index_entries(warehouse / RELEASES)
    return Settings(
        url=None if url is None else f"{url.rstrip('/')}/",
        withdrawn=withdrawals(warehouse).get(release.version),
        releases=tuple(listed.values())[::-1] if release.version in listed else (),
        raw=raw,
        has_feed=(warehouse / RELEASES / FEED).is_file(),
    )


def _links(release: Release, warehouse: Path, settings: Settings) -> dict[str, Path]:
    """What pages lead to beside themselves, by the name that it has where it is published."""
    folder = warehouse / RELEASES
    names = [entry["version"] for entry in settings.releases if entry["status"] != "withdrawn"]
    beside = [*names, INDEX, FEED] if settings.releases else []
    found = {name: folder / name for name in beside if (folder / name).exists()}
    return {**found, release.version: release.path}


def _key(release: Release, settings: Settings) -> str:
    """A name for all that the pages are made of."""
    parts = [
        sha256_of(release.path / SUMS), str(release.path.absolute()), asdict(settings), _sheets(settings.raw), program_digest(),
        repr(publisher()), [_version(name) for name in _LIBRARIES],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def _sheets(raw: Path | None) -> list[tuple[str, int, int]]:
    """Which sheets there are to be drawn, by name, size and time of change."""
    found = [] if raw is None else sorted(path for path in raw.rglob("*") if path.is_file())
    return [(f"{path}", path.stat().st_size, path.stat().st_mtime_ns) for path in found]


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
