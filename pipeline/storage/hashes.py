"""The sha256 of a file: the one way in which files are hashed.

Neither large libraries nor anything of the pipeline is imported here: an idle build hashes, too.
"""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
