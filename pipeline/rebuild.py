"""A release built anew from raw sheets, beside the one that is verified.

Reads a release and a raw folder, gives the folder of the same version built in a temporary
warehouse, on the same release before.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.build import build
from pipeline.outcome import BuildError
from pipeline.release.history import write_index
from pipeline.release.verify import Rebuild
from pipeline.release.versions import Release, ReleaseError, read_release
from pipeline.storage.atomic import write_text
from pipeline.storage.names import RELEASES, WITHDRAWALS


@contextmanager
def rebuilding(raw: Path) -> Iterator[Rebuild]:
    """A function that rebuilds a release from ``raw``; its folders are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="statedata-verify-") as folder:

        def rebuild(release: Release) -> Path:
            warehouse = Path(folder)
            _with_predecessor(release, warehouse)
            try:
                outcome = build(raw, warehouse, version=release.version, accept_revisions=True)
            except BuildError as error:
                raise ReleaseError(f"cannot be rebuilt: {error}") from error
            if not outcome.is_new:
                raise ReleaseError(f"{raw} gives the data of {outcome.version}, not a new release")
            return outcome.release

        yield rebuild


def _with_predecessor(release: Release, warehouse: Path) -> None:
    version = release.manifest["previous"]
    if version is None:
        return
    before = release.path.resolve().parent / version
    if not before.is_dir():
        raise ReleaseError(
            f"{release.version} was built on {version}, which is not beside it; fetch that release "
            "too, or verify without --raw"
        )
    shutil.copytree(before, warehouse / RELEASES / version)
    earlier = read_release(before).previous
    if earlier is not None:  # is not needed, so that it may be missing
        withdrawn = json.dumps({earlier: "not needed to build again"})
        write_text(warehouse / RELEASES / WITHDRAWALS, withdrawn)
    write_index(warehouse)
