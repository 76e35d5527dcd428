"""A target of publication: a folder, ``s3://bucket/prefix`` or any fsspec URL, by names below it.

A call that fails for a passing reason is made again. A file is there as a whole or not at all, and
in a folder everyone may read it, whatever the umask. What is published is not known here.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import fsspec.core  # type: ignore[import-untyped]

from pipeline.release.versions import ReleaseError

_FIRST_PAUSE_SECONDS = 0.5
_WHOLE_OR_NOTHING = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory"}
"""Stores that show a file only when it is complete; elsewhere it gets its name at the end."""
_LOCAL = {"file", "local"}
_PART = re.compile(r"(?:.*/)?\.[^/]+\.part")

Answer = TypeVar("Answer")


class PublishError(ReleaseError):
    """A release cannot be published; the message says why and what to do."""


def open_store(
    target: str, options: Mapping[str, Any], attempts: int, pause: Callable[[float], None]
) -> Store:
    """Open a target.

    Raises:
        PublishError: no file system of fsspec serves such an address.
    """
    shown = re.sub(r"//[^/@]*@", "//", target).rstrip("/")  # without a password
    try:
        files, root = fsspec.core.url_to_fs(target, **{"use_listings_cache": False, **options})
    except (ImportError, ValueError) as error:
        raise PublishError(
            f"{shown}: cannot be opened: {error}; for s3:// install ncmec-state-data[s3]"
        ) from error
    root = root.rstrip("/")
    is_new = files.protocol in ("file", ("file", "local")) and not Path(root).exists()
    return Store(files, root, shown, attempts, pause, is_new)


@dataclass(frozen=True, slots=True)
class Store:
    """A target by names below it; ``is_new`` tells of a folder that was not there before."""

    files: Any
    root: str
    shown: str
    attempts: int
    pause: Callable[[float], None]
    is_new: bool

    def names(self, folder: str) -> list[str]:
        """Every complete file below a folder; none where there is no such folder."""
        start = f"{self.root}/{folder}/"
        listed: list[str] = self._if_there(folder, lambda: self.files.find(start.rstrip("/")), [])
        found = [name.removeprefix(start) for name in listed]
        return sorted(name for name in found if not _PART.fullmatch(name))

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return self._if_there(name, lambda: bool(self.files.info(f"{self.root}/{name}")), False)

    def read(self, name: str) -> bytes | None:
        """A small file's bytes; None where there is no such file."""
        return self._if_there(name, lambda: bytes(self.files.cat_file(f"{self.root}/{name}")), None)

    def sha256(self, name: str) -> str:
        """The sha256 of a file's bytes, as the target gives them out."""

        def fetch() -> str:
            with self.files.open(f"{self.root}/{name}", "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()

        return self._repeat(name, fetch)

    def write(self, name: str, source: Path | bytes) -> None:
        """Write a file as a whole or not at all."""
        place = f"{self.root}/{name}"
        folder, _, base = place.rpartition("/")
        unfinished = place if self._protocols & _WHOLE_OR_NOTHING else f"{folder}/.{base}.part"

        def put() -> None:
            if unfinished != place:
                self.files.makedirs(folder, exist_ok=True)
            if isinstance(source, Path):
                self.files.put_file(str(source), unfinished)
            else:
                self.files.pipe_file(unfinished, source)
            if unfinished != place:
                self.files.mv(unfinished, place)

        self._repeat(name, put)
        self.show_everyone(name)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        self._if_there(name, lambda: self.files.rm_file(f"{self.root}/{name}"), None)

    def show_everyone(self, name: str) -> None:
        """Let everyone read a file and its folders, where the target is a folder on this machine."""
        if not self._protocols & _LOCAL:
            return
        path, root = Path(f"{self.root}/{name}"), Path(self.root)
        folders = [path.parent, *path.parent.parents]
        ours = folders[: folders.index(root) + self.is_new]  # one that was there is the operator's

        def show() -> None:
            for each, mode in [(path, 0o644), *((folder, 0o755) for folder in ours)]:
                if stat.S_IMODE(each.stat().st_mode) != mode:
                    each.chmod(mode)

        self._repeat(name, show)

    @property
    def _protocols(self) -> set[str]:
        protocol = self.files.protocol
        return {protocol} if isinstance(protocol, str) else set(protocol)

    def _if_there(self, name: str, call: Callable[[], Answer], otherwise: Answer) -> Answer:
        def attempt() -> Answer:
            try:
                return call()
            except FileNotFoundError:
                return otherwise

        return self._repeat(name, attempt)

    def _repeat(self, name: str, call: Callable[[], Answer]) -> Answer:
        for attempt in range(self.attempts):
            try:
                return call()
            except (PermissionError, FileNotFoundError) as error:
                raise PublishError(
                    f"{self.shown}/{name}: {type(error).__name__}: {error}; see that the folder or "
                    "bucket exists and that you may write to it"
                ) from error
            except Exception as error:  # stores raise what their clients raise
                if attempt + 1 == self.attempts:
                    raise PublishError(
                        f"{self.shown}/{name}: failed {self.attempts} times, last with "
                        f"{type(error).__name__}: {error}; publish again to go on from here"
                    ) from error
                self.pause(_FIRST_PAUSE_SECONDS * 2**attempt)
        raise AssertionError("no attempt was allowed")
