"""What has been written outlasts a power cut.

Reads nothing and decides nothing: whoever swaps a file or a folder in calls it, for the content
before the rename and for the folder of the new name after it.
"""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Have a file's content, or a folder's entries, written to the disk itself."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_text(path: Path, text: str) -> None:
    """Write a small file as a whole or not at all."""
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(text, encoding="utf-8", newline="")
    sync(unfinished)
    unfinished.replace(path)
    sync(path.parent)
