"""Small records that are written on a full disk too: what failed, and who was told of it.

Beside each lies a spare file of the same disk, made while there was room. Where a disk has none
left, the record is written into the spare's own blocks, which then takes the record's name. The
next record that finds room makes a new spare.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from pipeline.storage.atomic import swap_in, write_bytes

SPARE_BYTES = 65_536
"""As much as a hundred alerts."""
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def keep_spare(path: Path) -> None:
    """Set space aside for a record, where there is some and none was set aside."""
    spare = _spare(path)
    if not spare.exists():
        with suppress(OSError):  # whoever writes the record is told
            write_bytes(spare, b" " * SPARE_BYTES)


def write_record(path: Path, text: str) -> None:
    """Write a record, as a whole, into the spare file if nothing else is left.

    Raises:
        OSError: the folder cannot be written, or is full and has no spare file.
    """
    content = text.encode()
    try:
        write_bytes(path, content)
    except OSError as error:
        if error.errno not in _NO_ROOM or not _fill(_spare(path), content):
            raise
        swap_in(_spare(path), path)
    keep_spare(path)


def _fill(spare: Path, content: bytes) -> bool:
    """Put a content in the place of what a spare file holds, if there is one that is large enough."""
    if not spare.is_file() or spare.stat().st_size < len(content):
        return False
    with spare.open("r+b") as file:  # its blocks stay its own: what is written needs no others
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        file.truncate()
    return True


def _spare(path: Path) -> Path:
    return path.with_name(f"{path.name}.spare")
