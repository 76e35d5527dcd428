"""A process of its own for documents: started when the first one comes, and used again.

Reads the bytes of a document and its format, gives what the process extracted or says why it
could not. The process is ended when it takes too long, and started anew when it is gone; whoever
asks is never taken down with it. A fork of this process starts one of its own.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from pipeline.sheets.extracted import Extracted, Skipped
from pipeline.sheets.formats import NotTextError
from pipeline.sheets.worker import ANSWER, OUT_OF_MEMORY, REQUEST

SECONDS = 20.0
"""Longest time a document may take; a sheet takes milliseconds."""

MEMORY = 512 << 20
"""Most bytes of address space the process may have."""

_LONGEST_ANSWER = 64 << 20
_ROOT = Path(__file__).parents[2]


class _GoneError(Exception):
    """The process ended before it answered."""


class Extractor:
    """One process that extracts documents, one at a time.

    Args:
        seconds: longest time a document may take.
        memory: most bytes of address space the process may have.
    """

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds, self._memory = seconds, memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        os.register_at_fork(after_in_child=self._forked)
        atexit.register(self.close)

    @property
    def pid(self) -> int | None:
        """The id of the process, None if none runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def extract(self, format_: str, content: bytes) -> Extracted:
        """Extract one document.

        Raises:
            NotTextError: the document holds no text, or the process did not survive it.
        """
        with self._lock:
            reused = self.pid is not None
            try:
                said, layout = self._asked(format_, content)
            except _GoneError as gone:
                self._end()
                if not reused:
                    raise NotTextError(_died(gone)) from gone
                # It may have been ended by others before it came to this document.
                try:
                    said, layout = self._asked(format_, content)
                except _GoneError as again:
                    self._end()
                    raise NotTextError(_died(again)) from again
        if said.get("problem"):
            if said["problem"] == OUT_OF_MEMORY:
                self.close()
            raise NotTextError(said["problem"])
        skipped = tuple(Skipped(*entry) for entry in said["skipped"])
        return Extracted(said["text"], said["encoding"], layout or None, skipped)

    def close(self) -> None:
        """End the process; the next document starts another."""
        with self._lock:
            self._end()

    def _asked(self, format_: str, content: bytes) -> tuple[dict[str, Any], bytes]:
        process = self._started()
        deadline = time.monotonic() + self._seconds
        try:
            request = REQUEST.pack(format_.encode("ascii"), len(content)) + content
            head = self._exchange(process, request, ANSWER.size, deadline)
            length, layout_length = ANSWER.unpack(head)
            if length + layout_length > _LONGEST_ANSWER:
                raise _GoneError(f"answered with {length + layout_length:,} bytes")
            body = self._exchange(process, b"", length + layout_length, deadline)
        except TimeoutError as error:
            self._end()
            raise NotTextError(
                f"takes longer than {self._seconds:g} seconds to extract; "
                "it is no sheet, or made to do harm"
            ) from error
        return json.loads(body[:length]), body[length:]

    def _exchange(
        self, process: subprocess.Popen[bytes], request: bytes, expected: int, deadline: float
    ) -> bytes:
        """Write the request while reading ``expected`` bytes, until the deadline."""
        assert process.stdin is not None
        assert process.stdout is not None
        unwritten, received = memoryview(request), bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if unwritten:
                selector.register(process.stdin, selectors.EVENT_WRITE)
            while len(received) < expected:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                for key, _ in selector.select(left):
                    if key.fileobj is process.stdin:
                        try:
                            unwritten = unwritten[os.write(key.fd, unwritten[:65536]) :]
                        except BrokenPipeError as error:
                            raise _GoneError(_status(process)) from error
                        if not unwritten:
                            selector.unregister(process.stdin)
                    else:
                        chunk = os.read(key.fd, expected - len(received))
                        if not chunk:
                            raise _GoneError(_status(process))
                        received += chunk
        return bytes(received)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            # The package is found wherever this process found it.
            path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
            self._process = subprocess.Popen(  # noqa: S603  (this Python, no words of others)
                [sys.executable, "-m", "pipeline.sheets.worker", str(self._memory)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path}, bufsize=0,
            )  # fmt: skip
            assert self._process.stdin is not None
            os.set_blocking(self._process.stdin.fileno(), False)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    def _forked(self) -> None:
        """In a fork: leave the other's process alone, and do not keep its input open."""
        process, self._process = self._process, None
        self._lock = threading.Lock()
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()
            process.returncode = 0  # not ours to wait for


def _status(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(1)
    except subprocess.TimeoutExpired:
        return "closed its pipes"
    return f"ended by signal {-code}" if code < 0 else f"ended with {code}"


def _died(gone: _GoneError) -> str:
    return f"cannot be extracted: the extraction {gone}; it is damaged, or made to do harm"
