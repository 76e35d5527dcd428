"""The bytes that DuckDB leaves undefined behind long texts, made zero.

Belongs to ``load``. Uncompressed texts from 4,096 bytes on lie in blocks of their own, one behind
the other, each as its length in four bytes and its UTF-8; a block ends with the number of the next
one. Where no text goes on into the next block, that number is not written, nor are up to eight
bytes before it: whatever the process had in this memory gets into the file. No compression of
texts leaves less of it. The blocks' layout is that of the storage version that ``load`` names; what is
written here is read back with the row digests of every release.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from pipeline.tables.sql import literal

_HEADERS = 3 * 4096
"""Bytes of the file before its first block."""
_CHECKSUM, _NEXT, _LENGTH = struct.Struct("<Q"), struct.Struct("<Q"), struct.Struct("<I")
_NO_ROOM = 2 * _LENGTH.size
"""With so few bytes left before the number of the next block, a text begins in the next."""
_FACTOR = 0xBF58476D1CE4E5B9
"""A block's checksum is the exclusive or of all its words, each times this."""


def blocks_of_long_texts(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[str]
) -> list[list[int]]:
    """The numbers of the blocks that hold long texts, for each run of texts in their order."""
    return [
        blocks
        for table in tables
        for (blocks,) in connection.execute(
            "select additional_block_ids from pragma_storage_info(" + literal(table) + ") "
            "where segment_type = 'VARCHAR' and len(additional_block_ids) > 0"
        ).fetchall()
    ]


def clear_behind_long_texts(path: Path, runs: Sequence[Sequence[int]], block_size: int) -> None:
    """Make zero what no text and no number of a next block covers.

    Args:
        path: a DuckDB file that nobody has open.
        runs: the blocks, as :func:`blocks_of_long_texts` gives them.
        block_size: bytes a block, its checksum among them.
    """
    with path.open("r+b") as file:
        for run in runs:
            left = 0  # bytes of a text that go on in the next block
            for number in run:
                file.seek(_HEADERS + number * block_size)
                block = bytearray(file.read(block_size))
                end, left = _covered(block, left)
                undefined = bytes(block[end:])
                if left == 0 and any(undefined):
                    block[end:] = bytes(len(undefined))
                    _correct_checksum(block, end, undefined)
                    file.seek(-block_size, 1)
                    file.write(block)


def _covered(block: bytearray, left: int) -> tuple[int, int]:
    """Where a block's texts end, and how many bytes of the last one the next block holds."""
    room, at = len(block) - _NEXT.size, _CHECKSUM.size
    while True:
        here = min(left, room - at)
        at, left = at + here, left - here
        if left or room - at <= _NO_ROOM:
            return at, left
        (left,) = _LENGTH.unpack_from(block, at)
        if left == 0:
            return at, 0
        at += _LENGTH.size


def _correct_checksum(block: bytearray, end: int, before: bytes) -> None:
    """Bring the checksum from the bytes before to those that stand there now."""
    start = end - end % 8
    old = bytes(block[start:end]) + before
    (checksum,) = _CHECKSUM.unpack_from(block)
    for (was,), (is_,) in zip(
        struct.iter_unpack("<Q", old), struct.iter_unpack("<Q", block[start:]), strict=True
    ):
        checksum ^= (was * _FACTOR ^ is_ * _FACTOR) & 0xFFFF_FFFF_FFFF_FFFF
    _CHECKSUM.pack_into(block, 0, checksum)
