"""Bytes from a web address, politely, and never more or longer than a sheet takes.

They come with where they came from in the end and with what lets the server say the next time that
nothing has changed. One request at a time; nothing of the environment's proxies is used, for behind
one nobody could tell which machine is asked. Redirects are followed here, since every address on
the way has to be one that may be asked; an answer that breaks off counts as a try like one that
does not come, so tries are counted here, too.
"""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from http.client import HTTPException
from importlib import metadata

from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError, InvalidHeader, ProtocolError
from urllib3.exceptions import TimeoutError as SilenceError
from urllib3.util import Retry, Url

from pipeline.intake.address import LONGEST, AddressError, host_of, parsed
from pipeline.intake.connection import Deadline, Settings, connection_to, trusted

_TRY_AGAIN = (429, 502, 503, 504)
_CHUNK = 1 << 14
_GZIP = 31
"""zlib's number for gzip with its header and checksum."""


class FetchError(Exception):
    """An address gives no bytes; the message continues the address."""


class _AgainError(Exception):
    """This time it gave none; ``wait`` is for how many seconds it asks to be left alone."""

    def __init__(self, message: str, wait: float = 0) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Validator:
    """What a server said of the content at ``url``, to ask it whether that has changed."""

    url: str
    etag: str | None
    modified: str | None

    @property
    def conditions(self) -> dict[str, str]:
        """The headers of a conditional request."""
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        sound = {name: value for name, value in found.items() if value and value.isascii()}
        return {name: value for name, value in sound.items() if value.isprintable()}


@dataclass(frozen=True, slots=True)
class Download:
    """What an address gave: its bytes, None if they are unchanged, and their origin in words."""

    content: bytes | None
    origin: str
    validator: Validator

    @property
    def name(self) -> str:
        """The name that the address gives the file, if any; for its suffix."""
        return self.validator.url.partition("?")[0].rpartition("/")[2]


class Client:
    """Asks one address after another; remembers when each host was asked last."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asked: dict[str, float] = {}
        self._trusted = cache(trusted)  # read once, and only for an encrypted connection

    def fetch(self, text: str, known: Validator | None = None) -> Download:
        """The bytes at an address, after all its redirects.

        ``known`` is of what was fetched from there before, if that is still at hand.

        Raises:
            AddressError: it, or one that it redirects to, is not asked.
            FetchError: it gives no bytes that can be taken, after all tries.
        """
        address, settings = parsed(text), self._settings
        with Deadline(settings.total) as deadline:
            for number in range(settings.tries):
                try:
                    return self._follow(address, known, deadline)
                except _AgainError as problem:
                    wait = max(problem.wait, settings.backoff * 2**number)
                    if problem.wait > settings.longest_wait:
                        asked = f"asks to wait {problem.wait:,.0f} s; try again after that"
                        raise FetchError(f"{problem} and {asked}") from problem
                    if number + 1 == settings.tries or wait > deadline.left:
                        tried = "once" if not number else f"{number + 1} times"
                        raise FetchError(f"{problem}, tried {tried}") from problem
                    time.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _follow(self, start: Url, known: Validator | None, deadline: Deadline) -> Download:
        address, passed = start, [start]
        while True:
            conditions = known.conditions if known and known.url == str(address) else {}
            with self._response(address, conditions, deadline) as response:
                if response.status not in HTTPResponse.REDIRECT_STATUSES:
                    return self._download(start, address, response, deadline, bool(conditions))
                status, target = response.status, _header(response, "Location", LONGEST)
            if not target:
                raise FetchError(f"redirects (status {status}) to nowhere")
            try:
                address = parsed(target, address)
            except AddressError as error:
                raise AddressError(f"redirects to an address that {error}") from error
            if address in passed:
                raise FetchError(f"redirects in a circle, to {_without_query(address)} again")
            passed.append(address)
            if len(passed) > self._settings.redirects + 1:
                raise FetchError(f"redirects more than {self._settings.redirects} times")

    @contextmanager
    def _response(
        self, address: Url, conditions: dict[str, str], deadline: Deadline
    ) -> Iterator[HTTPResponse]:
        """The response to one request; what goes wrong while it is read is told in our words."""
        self._wait_for(host_of(address), deadline)
        connection = connection_to(address, deadline, self._trusted, self._settings)
        try:
            connection.request(
                "GET",
                address.request_uri,
                headers={**_headers(), **conditions},
                preload_content=False,
                decode_content=False,
            )
            yield connection.getresponse()
        except (OSError, HTTPException, HTTPError) as error:
            raise self._problem(error, deadline) from error
        finally:
            connection.close()

    def _wait_for(self, host: str, deadline: Deadline) -> None:
        before = self._asked.get(host)
        if before is not None:
            rest = before + self._settings.pause - time.monotonic()
            time.sleep(min(max(rest, 0), deadline.left))
        self._asked[host] = time.monotonic()

    def _problem(self, error: Exception, deadline: Deadline) -> FetchError | _AgainError:
        if deadline.is_over:
            return FetchError(f"took longer than {self._settings.total:,.0f} s")
        if isinstance(error, ssl.SSLCertVerificationError):
            return FetchError(f"has no valid certificate: {error.verify_message}")
        if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
            return FetchError(f"names a host that is not known: {error.strerror}")
        if isinstance(error, TimeoutError | SilenceError):
            return _AgainError("does not answer in time")
        if isinstance(error, ProtocolError):
            return _AgainError(f"breaks off: {error.args[0]}")
        why = error.strerror if isinstance(error, OSError) else None
        return _AgainError(f"gives no answer: {why or type(error).__name__}")

    def _download(
        self,
        start: Url,
        address: Url,
        response: HTTPResponse,
        deadline: Deadline,
        conditional: bool,
    ) -> Download:
        origin = str(start)
        if address != start:
            # What a redirect adds behind the ? may be a key for this download alone.
            origin = f"{_without_query(address)} (from {start})"
        etag, modified = _header(response, "ETag"), _header(response, "Last-Modified")
        validator = Validator(str(address), etag, modified)
        if response.status == HTTPStatus.NOT_MODIFIED and conditional:
            return Download(None, origin, validator)
        if response.status in _TRY_AGAIN:
            raise _AgainError(f"answers with status {response.status}", _asked_wait(response))
        if response.status != HTTPStatus.OK:
            raise FetchError(f"answers with status {response.status}")
        return Download(self._body(response, deadline), origin, validator)

    def _body(self, response: HTTPResponse, deadline: Deadline) -> bytes:
        cap = self._settings.max_bytes
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "x-gzip"):
            raise FetchError(f"is sent encoded as {encoding[:40]}, which was not asked for")
        # Not urllib3's: it takes data that break off for whole ones.
        unpack = zlib.decompressobj(_GZIP) if "gzip" in encoding else None
        content, received = bytearray(), 0
        for chunk in response.stream(_CHUNK, decode_content=False):
            received += len(chunk)
            content += chunk if unpack is None else _unpacked(unpack, chunk, cap + 1 - len(content))
            if len(content) > cap:
                raise FetchError(f"has more than the {cap:,} bytes a sheet may have")
        if deadline.is_over:
            raise FetchError(f"took longer than {self._settings.total:,.0f} s")
        if not received:  # http.client takes headers that break off for complete ones
            raise _AgainError("gives no bytes")
        if unpack is not None and not unpack.eof:
            raise _AgainError(f"broke off within its gzip data, after {received:,} bytes")
        return bytes(content)


def _headers() -> dict[str, str]:
    try:
        version = metadata.version("ncmec-state-data")
    except metadata.PackageNotFoundError:
        version = "from-source"
    return {
        "User-Agent": f"statedata/{version} (state fact sheets)",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def _header(response: HTTPResponse, name: str, longest: int = 200) -> str | None:
    """A header's value; None if it is missing, or nothing that could be sent or shown again."""
    value = response.headers.get(name)
    if value is None or len(value) > longest or not value.isprintable():
        return None
    return value


def _asked_wait(response: HTTPResponse) -> float:
    """Seconds for which a server asks to be left alone."""
    header = response.headers.get("Retry-After")
    if header is None:
        return 0
    try:
        return Retry().parse_retry_after(header)
    except (InvalidHeader, ValueError, OverflowError):
        return 0  # it asks for nothing that can be read


def _unpacked(unpack: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    try:
        found = unpack.decompress(chunk, most)
    except zlib.error as error:
        raise FetchError("is no gzip data, though it says so") from error
    if unpack.unused_data:
        raise FetchError("goes on behind the end of its gzip data")
    return found


def _without_query(address: Url) -> str:
    return str(address._replace(query=None))
