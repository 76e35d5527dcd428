"""One connection to a machine that may be asked, plain or encrypted, under a deadline.

Reads the parts of an address, gives a connection for ``http.client``'s requests that looks at the
machine's address before anything is sent to it.
"""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass

from urllib3.util import Url

from pipeline.intake.address import PORTS, connect, host_of
from pipeline.intake.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to wait for a connection and for each read of it, and who may be asked."""

    connect: float
    read: float
    allow_private: bool


class Lines:
    """Makes connections; what they share is made when it is first needed."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None

    def to(self, address: Url, limits: Limits, deadline: Deadline) -> http.client.HTTPConnection:
        """A connection to an address's host; it connects with the first request."""
        host, port = host_of(address), address.port or PORTS[str(address.scheme)]
        if address.scheme == "http":
            return _Plain(host, port, limits, deadline)
        if self._context is None:
            self._context = _trusted()
        return _Encrypted(host, port, limits, deadline, context=self._context)


class _Plain(http.client.HTTPConnection):
    def __init__(self, host: str, port: int, limits: Limits, deadline: Deadline) -> None:
        super().__init__(host, port)
        self._limits, self._deadline = limits, deadline

    def connect(self) -> None:
        """Connect; ``http.client`` calls this."""
        seconds = min(self._limits.connect, self._deadline.left) or 0.001  # 0 would not block
        allow_private = self._limits.allow_private
        self.sock = connect(self.host, self.port, allow_private=allow_private, seconds=seconds)
        self.sock.settimeout(self._limits.read)
        self._deadline.watch(self.sock)


class _Encrypted(_Plain):
    default_port = PORTS["https"]

    def __init__(
        self, host: str, port: int, limits: Limits, deadline: Deadline, *, context: ssl.SSLContext
    ) -> None:
        super().__init__(host, port, limits, deadline)
        self._context = context

    def connect(self) -> None:
        """Connect and encrypt; the certificate is the named host's, whichever address answers."""
        super().connect()
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


def _trusted() -> ssl.SSLContext:
    """Whom we trust: the machine's authorities, and those that come with requests."""
    from requests.utils import DEFAULT_CA_BUNDLE_PATH  # only here: files need none of it

    context = ssl.create_default_context()
    context.load_verify_locations(cafile=DEFAULT_CA_BUNDLE_PATH)
    return context
