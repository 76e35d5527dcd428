"""A built release as content again, to write its metadata anew."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.catalog.load import load_catalog
from pipeline.release.content import ReleaseContent
from pipeline.release.metadata import write_metadata
from pipeline.release.released import released_tables
from pipeline.release.versions import read_release
from pipeline.storage.names import WAREHOUSE_FILE


def content_of(path: Path) -> ReleaseContent:
    """What a first release was made of."""
    release = read_release(path)
    return ReleaseContent(
        release.version, released_tables(path), release.digests, path / WAREHOUSE_FILE,
        load_catalog(), None,
    )  # fmt: skip


def described(release: Path, folder: Path) -> Path:
    """A copy of a release with its metadata written anew."""
    shutil.copytree(release, folder)
    write_metadata(content_of(release), folder)
    return folder
