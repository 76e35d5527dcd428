"""An end to whatever a connection waits for.

Reads a number of seconds, shuts the watched connection when they are over. A timeout of single
reads is not enough: a server that sends a byte now and then outlives it, in headers too.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType


class Deadline:
    """Runs while it is entered; what it watches when it is over gives no more."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_over = False
        self._ends = time.monotonic() + seconds
        self._watched: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()
        if self._watched is not None:
            self._watched.close()

    @property
    def left(self) -> float:
        """Seconds until it is over, never negative."""
        return max(0.0, self._ends - time.monotonic())

    def watch(self, connection: socket.socket) -> None:
        """Watch this connection, in the place of the one before."""
        with self._lock:
            if self._watched is not None:
                self._watched.close()
            # Of its own: the connection's socket is taken apart when encryption begins.
            self._watched = connection.dup()
        if self.is_over:
            self._shut()

    def _end(self) -> None:
        self.is_over = True
        self._shut()

    def _shut(self) -> None:
        with self._lock, suppress(OSError):  # the other side may have shut it already
            if self._watched is not None:
                self._watched.shutdown(socket.SHUT_RDWR)
