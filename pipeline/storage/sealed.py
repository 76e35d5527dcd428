"""Files that show by themselves whether they are whole: everything that is kept between builds.

A sealed file begins with a sha256 over its place and its content, so that one wrong byte, a lost
end or a file in another's place is noticed. What is kept can always be made again: nothing
here waits for the disk.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from pipeline.storage.atomic import replacing

_SEAL = 64


def write_whole(path: Path, content: bytes) -> None:
    """Write a file as a whole; two workers that write the same path at once do not mix."""
    name = f".{path.name}.{uuid4().hex}"
    with replacing(path, durable=False, name=name) as unfinished:
        unfinished.write_bytes(content)


def write_sealed(path: Path, value: Any) -> None:
    """Write a value as JSON under its seal."""
    content = json.dumps(value).encode()
    write_whole(path, _seal(path, content) + content)


def read_sealed(path: Path) -> Any:
    """The value in a sealed file; None if it is missing, or not what was written there."""
    try:
        found = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    seal, content = found[:_SEAL], found[_SEAL:]
    return json.loads(content) if seal == _seal(path, content) else None


def _seal(path: Path, content: bytes) -> bytes:
    place = f"{path.parent.name}/{path.name}\0".encode()
    return hashlib.sha256(place + content).hexdigest().encode()
