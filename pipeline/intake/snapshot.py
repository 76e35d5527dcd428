"""A sheet's place in ``raw/``: given once, kept for ever, never overwritten.

Each sheet gets a name of its own and an entry in the manifest. The file comes first: if its entry
is missing after a crash, the sheet is there without an origin, and giving it again mends that.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

from pipeline.intake.identify import SUFFIXES, Sheet
from pipeline.sheets.collect import RawFolderError, list_files, read_sheet
from pipeline.sheets.manifest import Origin, read_manifest, write_manifest
from pipeline.storage.atomic import sync
from pipeline.storage.lock import locked
from pipeline.storage.names import RAW_MANIFEST

Stored = Literal["added", "new vintage", "already there"]

_INCOMING = ".incoming"
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Location:
    """Where a sheet lies below ``raw/``, since when, and what there is to say of that."""

    status: Stored
    file: str
    note: str


def demand_folder(raw: Path) -> None:
    """Demand that there is a raw folder: a mistyped name must not become a second one.

    Raises:
        RawFolderError: there is none.
    """
    if not raw.is_dir():
        raise RawFolderError(f"{raw}: no such folder; make it, or name another with --raw")


@contextmanager
def open_folder(raw: Path) -> Iterator[RawFolder]:
    """The raw folder, locked for writing; its manifest is written when it is let go.

    Raises:
        RawFolderError: the folder is missing, or it or its manifest cannot be read.
        pipeline.storage.lock.LockedError: another process is adding sheets for too long.
        OSError: the folder cannot be written.
    """
    demand_folder(raw)
    with locked(raw, "adding sheets", patience=_PATIENCE_SECONDS):
        folder = RawFolder(raw, read_manifest(raw), _by_size(raw))
        recorded = dict(folder.origins)
        try:
            yield folder
        finally:
            if folder.origins != recorded:
                write_manifest(raw, folder.origins)
            (raw / _INCOMING).unlink(missing_ok=True)


@dataclass
class RawFolder:
    """A raw folder while it is locked: what its manifest records, and its files by size in bytes."""

    raw: Path
    origins: dict[str, Origin]
    files: dict[int, list[tuple[str, Path]]]

    def put(self, sheet: Sheet, origin: str, retrieved: str) -> Location:
        """Give a sheet its place, if its bytes have none yet, and record origin and time.

        Raises:
            RawFolderError: the year's folder is none.
            OSError: it cannot be written.
        """
        record = Origin(sheet.sha256, origin, retrieved, len(sheet.content))
        file = self._same_bytes(sheet)
        if file is not None:
            return self._known(file, sheet, record)
        others = self._vintages(sheet.place)
        file = self._write(sheet)
        self.files.setdefault(len(sheet.content), []).append((file, self.raw / file))
        self.origins[file] = record
        if not others:
            return Location("added", file, "")
        return Location("new vintage", file, self._beside(others, retrieved))

    def _beside(self, others: list[str], retrieved: str) -> str:
        if any(self._retrieved(other) == retrieved for other in others):
            # Which of them is the newer is for the operator to say, not for the order of names.
            end = "taken at the same time; if the texts differ, remove the wrong one"
        else:
            end = "of texts that differ the newest counts"
        return f"beside {', '.join(others)}: {end}"

    def _same_bytes(self, sheet: Sheet) -> str | None:
        same = [
            file
            for file, path in self.files.get(len(sheet.content), [])
            if read_sheet(file, path, self.raw).sha256 == sheet.sha256
        ]
        # Of several copies the one that lies where this sheet belongs.
        return min(same, key=lambda file: (not file.startswith(sheet.place), file), default=None)

    def _known(self, file: str, sheet: Sheet, record: Origin) -> Location:
        notes = []
        recorded = self.origins.get(file)
        if recorded is None or recorded.sha256 != sheet.sha256:
            self.origins[file] = record
            was = "was missing" if recorded is None else "recorded other bytes"
            notes.append(f"its line in {RAW_MANIFEST} {was} and is mended")
        notes += [
            f"{other} was taken later and counts"
            for other in self._vintages(sheet.place)
            if self._retrieved(other) > self._retrieved(file)
        ]
        return Location("already there", file, "; ".join(notes))

    def _retrieved(self, file: str) -> str:
        return self.origins[file].retrieved if file in self.origins else ""

    def _vintages(self, place: str) -> list[str]:
        """The files that lie where sheets of this state and year are put."""
        suffixes = "|".join(re.escape(suffix) for kept in SUFFIXES.values() for suffix in kept)
        name = re.compile(rf"{re.escape(place)}(\.\d+)?({suffixes})")
        return sorted(f for files in self.files.values() for f, _ in files if name.fullmatch(f))

    def _write(self, sheet: Sheet) -> str:
        folder = (self.raw / sheet.place).parent
        if folder.is_symlink():
            raise RawFolderError(f"{folder}: is a symbolic link; make it a folder")
        if not folder.is_dir():
            folder.mkdir()
            sync(self.raw)
        unfinished = self.raw / _INCOMING
        unfinished.unlink(missing_ok=True)
        unfinished.write_bytes(sheet.content)
        sync(unfinished)
        for number in count(1):
            vintage = "" if number == 1 else f".{number}"
            file = f"{sheet.place}{vintage}{sheet.suffix}"
            try:
                # Unlike a rename it fails where the name is taken, even this very moment.
                os.link(unfinished, self.raw / file)
            except FileExistsError:
                continue
            sync(folder)
            return file
        raise AssertionError("counting does not end")


def _by_size(raw: Path) -> dict[int, list[tuple[str, Path]]]:
    found: dict[int, list[tuple[str, Path]]] = defaultdict(list)
    for file, path in list_files(raw):
        with suppress(OSError):  # a link that leads nowhere holds no bytes
            found[path.stat().st_size].append((file, path))
    return dict(found)
