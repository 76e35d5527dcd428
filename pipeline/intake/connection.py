"""urllib3's connections, with two things that it does not have: a judged address and a deadline.

The address of a host is judged before the connection that is then used is made to it, so that a
name which resolves differently the next time leads nowhere else. A timeout of single reads is not
enough either: a server that sends a byte now and then outlives it, in headers too.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Url

from pipeline.intake.address import PORTS, connect, host_of
from pipeline.sheets.collect import MAX_BYTES


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server is treated; times are in seconds, sizes in bytes.

    ``total`` is for one address with all its redirects and tries, ``pause`` between two requests
    to a host, ``backoff`` before the second try and twice as long before each further one. A
    server that asks for more than ``longest_wait`` is left alone.
    """

    connect: float = 5
    read: float = 15
    total: float = 60
    tries: int = 3
    pause: float = 0.5
    backoff: float = 1
    longest_wait: float = 30
    redirects: int = 5
    max_bytes: int = MAX_BYTES
    allow_private: bool = False


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


class _TcpConnection(HTTPConnection):
    deadline: Deadline
    settings: Settings

    def _new_conn(self) -> socket.socket:
        """Connect; urllib3 calls this."""
        seconds = min(self.settings.connect, self.deadline.left) or 0.001  # 0 would not block
        allow_private = self.settings.allow_private
        connection = connect(self.host, self.port, allow_private=allow_private, seconds=seconds)
        connection.settimeout(self.settings.read)  # for the handshake, too, if it is encrypted
        self.deadline.watch(connection)
        return connection


class _TlsConnection(_TcpConnection, HTTPSConnection):
    """The certificate is the named host's, whichever of its addresses answers."""


def connection_to(
    address: Url, deadline: Deadline, trusted: Callable[[], ssl.SSLContext], settings: Settings
) -> HTTPConnection:
    """A connection to an address's host; it connects with the first request.

    ``trusted`` says whom it trusts if it is encrypted.
    """
    host, port = host_of(address), address.port or PORTS[str(address.scheme)]
    connection: _TcpConnection
    if address.scheme == "http":
        connection = _TcpConnection(host, port, timeout=settings.read)
    else:
        connection = _TlsConnection(host, port, timeout=settings.read, ssl_context=trusted())
    connection.deadline, connection.settings = deadline, settings
    return connection


def trusted() -> ssl.SSLContext:
    """Whom we trust: the machine's authorities, and those that come with requests."""
    from requests.utils import DEFAULT_CA_BUNDLE_PATH  # only here: files need none of it

    context = ssl.create_default_context()
    context.load_verify_locations(cafile=DEFAULT_CA_BUNDLE_PATH)
    return context
