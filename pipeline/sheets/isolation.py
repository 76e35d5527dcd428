"""A process of its own for documents: started when the first one comes, and used again.

It is ended when it takes too long, and started anew when it is gone; whoever asks is never taken
down with it. What interrupts an extraction says nothing of the document: it is tried again at once
in a fresh process, and never held against the file. A fork of this process starts one of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from pipeline.sheets.extracted import Extraction, SkippedText
from pipeline.sheets.formats import ExtractionInterruptedError, NotTextError
from pipeline.sheets.worker import ANSWER, OUT_OF_MEMORY, REQUEST, SIGNAL

SECONDS = 20
"""Most seconds of processor time for a document; a sheet takes a fraction of one."""

WALL_SECONDS = 300.0
"""Longest time until an answer, whatever else the machine does meanwhile."""

MEMORY = 512 << 20
"""Most bytes of address space the process may have."""

_TRIES = 2
_LONGEST_ANSWER = 64 << 20
_ROOT = Path(__file__).parents[2]


class _GoneError(Exception):
    """The process ended before it answered."""


class Extractor:
    """One process that extracts documents, one at a time, each in a fork with these limits."""

    def __init__(
        self, seconds: int = SECONDS, memory: int = MEMORY, wall_seconds: float = WALL_SECONDS
    ) -> None:
        self._seconds, self._memory, self._wall_seconds = seconds, memory, wall_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        os.register_at_fork(after_in_child=self._forked)
        atexit.register(self.close)

    @property
    def pid(self) -> int | None:
        """The id of the process, None if none runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def extract(self, format_: str, content: bytes) -> Extraction:
        """Extract one document.

        Raises:
            ExtractionInterruptedError: it was cut short, twice; that says nothing of the document.
            NotTextError: the document holds no text.
        """
        with self._lock:
            for _ in range(_TRIES):
                try:
                    said, layout = self._asked(format_, content)
                    break
                except _GoneError as gone:
                    self._end()
                    reason = gone
            else:
                raise ExtractionInterruptedError(
                    f"could not be extracted: {reason}, {_TRIES} times; the next build tries again"
                ) from reason
        if "problem" in said:
            raise NotTextError(said["problem"])
        skipped = tuple(SkippedText(*entry) for entry in said["skipped"])
        return Extraction(said["text"], said["encoding"], layout or None, skipped)

    def close(self) -> None:
        """End the process; the next document starts another."""
        with self._lock:
            self._end()

    def _asked(self, format_: str, content: bytes) -> tuple[dict[str, Any], bytes]:
        process, channel = self._started(), self._channel
        assert channel is not None, "a process has one"
        deadline = time.monotonic() + self._wall_seconds
        try:
            channel.settimeout(self._wall_seconds)
            channel.sendall(REQUEST.pack(format_.encode("ascii"), len(content)) + content)
            length, layout_length = ANSWER.unpack(_received(channel, ANSWER.size, deadline))
            if length + layout_length > _LONGEST_ANSWER:
                raise _GoneError(f"the answer has {length + layout_length:,} bytes")
            body = _received(channel, length + layout_length, deadline)
        except TimeoutError as error:
            raise _GoneError(
                f"there was no answer within {self._wall_seconds:g} seconds"
            ) from error
        except ConnectionError as error:
            raise _GoneError(self._ending(process)) from error
        return json.loads(body[:length]), body[length:]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            # The package is found wherever this process found it, never in the working folder (-P).
            path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
            self._channel, other_end = socket.socketpair()
            with other_end:
                self._process = subprocess.Popen(  # noqa: S603  (this Python, no words of others)
                    [sys.executable, "-P", "-m", "pipeline.sheets.worker", str(self._memory), str(self._seconds)],
                    stdin=other_end.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONPATH": path}, start_new_session=True,
                )  # fmt: skip
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if self._channel is not None:
            self._channel.close()
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the process and the fork of a document
            process.wait()

    def _forked(self) -> None:
        """In a fork: leave the other's process alone, and do not keep its input open."""
        process, self._process = self._process, None
        self._lock = threading.Lock()
        if self._channel is not None:
            self._channel.close()
        if process is not None:
            process.returncode = 0  # not ours to wait for

    def _ending(self, process: subprocess.Popen[bytes]) -> str:
        """Why the process closed its end."""
        try:
            code = process.wait(1)
        except subprocess.TimeoutExpired:
            return "the extraction closed its connection"
        if code == OUT_OF_MEMORY:
            return f"it needed more than {self._memory >> 20} MiB of memory"
        number = -code if code < 0 else code - SIGNAL
        if number == signal.SIGXCPU:
            return f"it took more than {self._seconds} seconds of processor time"
        return f"the extraction ended {f'by signal {number}' if number > 0 else f'with {code}'}"


def _received(channel: socket.socket, expected: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < expected:
        channel.settimeout(max(deadline - time.monotonic(), 0.001))
        chunk = channel.recv(expected - len(received))
        if not chunk:
            raise ConnectionError
        received += chunk
    return bytes(received)
