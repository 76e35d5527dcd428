"""Which web addresses are asked: http and https, without credentials, on public machines.

An address may be given, or named by a redirect. What is asked of a host's own addresses is
:func:`connect`: the one that was judged is the one that is connected to.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

LONGEST = 2048
"""Longest address, in characters; it is recorded as the origin of a sheet."""

PORTS = {"http": 80, "https": 443}
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class AddressError(Exception):
    """An address that is not asked; the message continues the address."""


def is_address(text: str) -> bool:
    """Whether a text is meant as a web address rather than as a file's name."""
    return _ADDRESS.match(text) is not None


def parsed(text: str, base: Url | None = None) -> Url:
    """The parts of an address, percent-encoded and without fragment.

    ``base`` is the address that redirects to it, to which it may be relative.

    Raises:
        AddressError: it is not asked.
    """
    if len(text) > LONGEST:
        raise AddressError(f"has {len(text):,} characters, more than {LONGEST:,}")
    try:
        url = parse_url(text if base is None else urljoin(str(base), text))
    except (LocationParseError, ValueError) as error:
        raise AddressError("is no web address") from error
    if url.scheme not in PORTS:
        raise AddressError(f"has the scheme {url.scheme or 'none'}; http and https are known")
    if not url.host or url.port == 0:
        raise AddressError("names no host")
    if url.auth is not None:
        raise AddressError("holds a user or a password, which would be recorded as the origin")
    if base is not None and base.scheme == "https" and url.scheme == "http":
        raise AddressError("is http, reached from https; ask for it yourself if it is right")
    return url._replace(fragment=None)


def host_of(url: Url) -> str:
    """The host's name or number, as a resolver takes it."""
    return (url.host or "").strip("[]")


def connect(host: str, port: int, *, allow_private: bool, seconds: float) -> socket.socket:
    """A connection to a host, tried for some seconds at each of its addresses that may be asked.

    Those that are not public may if ``allow_private``.

    Raises:
        AddressError: none of its addresses may be asked.
        OSError: it has none, or none answers.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise AddressError("names a host that cannot be looked up") from error
    numbers = list(dict.fromkeys(str(place[4][0]) for place in found))
    allowed = [number for number in numbers if allow_private or is_public(number)]
    if not allowed:
        raise AddressError(
            f"leads to {numbers[0]}, which is no public address; give --allow-private if it is right"
        )
    for number in allowed[:-1]:
        with suppress(OSError):  # the host's next address may answer
            return socket.create_connection((number, port), seconds)
    return socket.create_connection((allowed[-1], port), seconds)


def is_public(number: str) -> bool:
    """Whether an IP address is one of the internet's, and not of a machine or network of ours."""
    address: IPv4Address | IPv6Address = ip_address(number)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        # Site-local ones are ours, and 6to4 may lead to any IPv4 address.
        if address.is_reserved or address.is_site_local or address.sixtofour is not None:
            return False
    return address.is_global and not address.is_multicast
