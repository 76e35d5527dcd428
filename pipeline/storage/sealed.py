"""Files that show by themselves whether they are whole: everything that is kept between builds.

A sealed file begins with a sha256 over its place and its content, so that one wrong byte, a lost
end or a file in another's place is noticed. What is kept can always be made again: nothing
here waits for the disk.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import uuid4

from pipeline.storage.atomic import replacing

_SEAL = 64


def write_whole(path: Path, content: bytes) -> None:
    """Write a file as a whole; two workers that write the same path at once do not mix."""
    name = f".{path.name}.{uuid4().hex}"
    with replacing(path, durable=False, name=name) as unfinished:
        unfinished.write_bytes(content)


def write_sealed(path: Path, content: bytes) -> None:
    """Write content under its seal."""
    write_whole(path, _seal(path, content) + content)


def read_sealed(path: Path) -> bytes | None:
    """The content of a sealed file; None if it is missing, or not what was written there."""
    try:
        found = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    seal, content = found[:_SEAL], found[_SEAL:]
    return content if seal == _seal(path, content) else None


def _seal(path: Path, content: bytes) -> bytes:
    place = f"{path.parent.name}/{path.name}\0".encode()
    return hashlib.sha256(place + content).hexdigest().encode()
