"""A release built anew from raw sheets, beside the one that is verified.

Reads a release and a raw folder, gives the folder of the same version built in a temporary
warehouse, on the same release before, from the files that it was made of and with the decisions
that held then: a raw folder that has got more of either since then still gives it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.build import build
from pipeline.outcome import BuildError
from pipeline.release.history import write_index
from pipeline.release.rederive import release_before
from pipeline.release.released import released_tables, sheet_sums
from pipeline.release.verify import Rebuild, UnknownError
from pipeline.release.versions import Release, ReleaseError, archived
from pipeline.sheets.acceptances import write_acceptances
from pipeline.sheets.collect import RawFolderError, list_files
from pipeline.sheets.manifest import read_manifest, write_manifest
from pipeline.storage.atomic import write_text
from pipeline.storage.names import ARCHIVE, RAW_MANIFEST, RELEASES, WITHDRAWALS
from pipeline.validate.pending import released_acceptances


@contextmanager
def rebuilding(raw: Path) -> Iterator[Rebuild]:
    """A function that rebuilds a release from ``raw``; its folders are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="statedata-verify-") as folder:

        def rebuild(release: Release) -> Path:
            warehouse, inputs = Path(folder) / "warehouse", Path(folder) / "raw"
            _with_predecessor(release, warehouse)
            try:
                _lay_out(release, raw, inputs)
                outcome = build(inputs, warehouse, version=release.version, repeating=True)
            except (BuildError, RawFolderError, OSError) as error:
                raise ReleaseError(f"cannot be rebuilt: {error}") from error
            if not outcome.is_new:
                raise ReleaseError(f"{raw} gives the data of {outcome.version}, not a new release")
            return outcome.release

        yield rebuild


def _lay_out(release: Release, raw: Path, folder: Path) -> None:
    """Copy the files that a release was made of, with their lines of the manifest and its decisions."""
    tables = released_tables(release.path)
    wanted = sheet_sums(tables)
    present = {file: path.relative_to(raw) for file, path in list_files(raw)}
    for file, path in present.items():
        if file not in wanted:
            continue
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if wanted[file] is None and (raw / path).is_symlink():
            target.symlink_to(os.path.realpath(raw / path))  # as unreadable here as there
        elif wanted[file] is None and (raw / path).is_fifo():
            os.mkfifo(target)
        else:
            shutil.copyfile(raw / path, target)
    folder.mkdir(exist_ok=True)
    if (raw / RAW_MANIFEST).exists():
        later = present.keys() - wanted.keys()
        origins = {file: one for file, one in read_manifest(raw).items() if file not in later}
        write_manifest(folder, origins)
    write_acceptances(folder, released_acceptances(tables))


def _with_predecessor(release: Release, warehouse: Path) -> None:
    version = release.manifest["previous"]
    if version is None:
        return
    before = release_before(release)
    if before is None and (release.path.resolve().parent / ARCHIVE / version).is_dir():
        raise UnknownError(
            "not comparable", f"was built on a release that is packed: {archived(version)}"
        )
    if before is None:
        raise ReleaseError(
            f"{release.version} was built on {version}, which is not beside it; fetch that release "
            "too, or verify without --raw"
        )
    shutil.copytree(before.path, warehouse / RELEASES / version)
    if before.previous is not None:  # is not needed, so that it may be missing
        withdrawn = json.dumps({before.previous: "not needed to build again"})
        write_text(warehouse / RELEASES / WITHDRAWALS, withdrawn)
    write_index(warehouse)
