"""Asking web addresses: politely, within bounds, and only where one may."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.intake.address import AddressError, is_public
from pipeline.intake.connection import Settings
from pipeline.intake.fetch import Client, Download, FetchError, Validator
from tests.web import Answer, Site
from tests.web import site as serving_site

TEXT = b"The sheet, as it is."
QUICK = Settings(
    connect=60, read=60, total=120, pause=0, backoff=0.01, longest_wait=0.5, max_bytes=20_000,
    allow_private=True,
)  # fmt: skip
"""No waits, and limits in time that nothing but a test of them reaches on a busy machine."""


@pytest.fixture
def site() -> Iterator[Site]:
    with serving_site() as found:
        yield found


def fetch(url: str, known: Validator | None = None, settings: Settings = QUICK) -> Download:
    return Client(settings).fetch(url, known)


def refused(url: str, settings: Settings = QUICK) -> str:
    with pytest.raises((FetchError, AddressError)) as found:
        fetch(url, settings=settings)
    return str(found.value)


# What is given


def test_the_bytes_come_as_they_are_with_their_origin(site):
    url = site.put("/ohio.txt", Answer(body=TEXT, headers={"ETag": '"1"', "Last-Modified": "then"}))
    assert fetch(url) == Download(TEXT, url, Validator(url, '"1"', "then"))
    (headers,) = site.asked["/ohio.txt"]
    assert headers["User-Agent"].startswith("statedata/")
    assert headers["User-Agent"].endswith("(state fact sheets)")
    assert headers["Host"] == f"127.0.0.1:{site.port}"


def test_an_address_is_encoded_and_loses_its_fragment(site):
    site.put("/a%20%C3%A4.txt?x=1", Answer(body=TEXT))
    found = fetch(site.url("/a ä.txt?x=1#page=2"))
    assert (found.content, found.origin) == (TEXT, site.url("/a%20%C3%A4.txt?x=1"))
    assert found.name == "a%20%C3%A4.txt"


def test_gzip_that_was_not_asked_for_is_unpacked(site):
    packed = Answer(body=gzip.compress(TEXT), headers={"Content-Encoding": "gzip"})
    assert fetch(site.put("/", packed)).content == TEXT
    assert site.asked["/"][0]["Accept-Encoding"] == "identity"


def test_chunks_are_put_together(site):
    assert (
        fetch(site.put("/", chunked(b"7\r\nThe she\r\nd\r\net, as it is.\r\n0\r\n\r\n"))).content
        == TEXT
    )


def test_a_body_that_ends_with_its_connection_is_taken(site):
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + TEXT)

    assert fetch(site.put("/", answer)).content == TEXT


def chunked(body: bytes):  # type: ignore[no-untyped-def]
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)

    return answer


# Conditional requests


def test_what_is_known_is_asked_for_only_if_it_changed(site):
    url = site.put("/", Answer(304))
    known = Validator(url, '"1"', "Sat, 21 Nov 2026 06:00:00 GMT")
    assert fetch(url, known).content is None
    assert site.asked["/"][0]["If-None-Match"] == '"1"'
    assert site.asked["/"][0]["If-Modified-Since"] == "Sat, 21 Nov 2026 06:00:00 GMT"


def test_what_is_known_of_another_address_is_not_asked(site):
    # The mark is that of the page which the address led to before; now it leads elsewhere.
    site.put("/new", Answer(body=TEXT))
    url = site.redirect("/", "/new")
    assert fetch(url, Validator(site.url("/old"), '"1"', None)).content == TEXT
    assert "If-None-Match" not in site.asked["/"][0] | site.asked["/new"][0]


def test_a_server_that_says_unchanged_unasked_is_refused(site):
    assert refused(site.put("/", Answer(304))) == "answers with status 304"


def test_a_mark_that_cannot_be_sent_is_left_out(site):
    url = site.put("/", Answer(body=TEXT))
    assert fetch(url, Validator(url, '"1"\r\nX: y', "gestern früh")).content == TEXT
    assert not {"X", "If-None-Match", "If-Modified-Since"} & set(site.asked["/"][0])


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_told(site, status):
    site.put("/b/sheet.txt?key=secret", Answer(body=TEXT))
    url = site.redirect("/a", "b/sheet.txt?key=secret", status)
    found = fetch(url)
    assert found.content == TEXT
    assert found.origin == f"{site.url('/b/sheet.txt')} (from {url})", "without the key"


def test_five_redirects_are_followed_and_six_are_not(site):
    site.put("/0", Answer(body=TEXT))
    for number in range(1, 7):
        site.redirect(f"/{number}", f"/{number - 1}")
    assert fetch(site.url("/5")).content == TEXT
    assert refused(site.url("/6")) == "redirects more than 5 times"


def test_a_circle_is_told_as_one(site):
    site.redirect("/a", "/b")
    assert refused(site.redirect("/b", "/a")) == f"redirects in a circle, to {site.url('/b')} again"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("ftp://example.org/x", "has the scheme ftp; http and https are known"),
        ("file:///etc/passwd", "has the scheme file; http and https are known"),
        ("http://user:password@127.0.0.1/", "holds a user or a password"),
    ],
)
def test_each_address_on_the_way_is_checked(site, target, reason):
    said = refused(site.redirect("/", target))
    assert said.startswith(f"redirects to an address that {reason}")
    assert "password@" not in said


def test_a_redirect_to_nowhere_is_refused(site):
    assert refused(site.put("/", Answer(302))) == "redirects (status 302) to nowhere"


# Addresses that are not asked


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/x", "has the scheme ftp; http and https are known"),
        ("http://user:pw@example.org/", "holds a user or a password, which would be recorded as the origin"),
        ("http://user@example.org/", "holds a user or a password, which would be recorded as the origin"),
        ("http:///x", "names no host"),
        ("http://example.org:0/", "names no host"),
        ("http://example.org:99999/", "is no web address"),
        ("http://a..b/", "names a host that cannot be looked up"),
        ("http://example.org/" + "x" * 2048, "has 2,067 characters, more than 2,048"),
    ],
)  # fmt: skip
def test_an_address_that_is_not_asked_says_why(url, reason):
    assert refused(url) == reason


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"],  # noqa: S104
)
def test_this_machine_is_not_asked_under_any_name(site, host):
    url = site.put("/", Answer(body=TEXT)).replace("127.0.0.1", host)
    assert "which is no public address; give --allow-private" in refused(
        url, replace(QUICK, allow_private=False)
    )
    assert not site.asked


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("::ffff:8.8.8.8", True),
        ("10.0.0.1", False), ("172.16.0.1", False), ("192.168.1.1", False), ("100.64.0.1", False),
        ("169.254.169.254", False), ("127.8.8.8", False), ("0.0.0.0", False), ("224.0.0.1", False),  # noqa: S104
        ("240.0.0.1", False), ("255.255.255.255", False), ("192.0.2.1", False),
        ("::", False), ("::1", False), ("fe80::1", False), ("fe80::1%eth0", False),
        ("fec0::1", False), ("fd00::1", False), ("ff02::1", False), ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("::127.0.0.1", False),
    ],
)  # fmt: skip
def test_only_the_internets_addresses_are_public(number, public):
    assert is_public(number) is public


class Names:
    """A resolver that knows names of its own, and answers each time with the next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **numbers: list[list[str]]) -> None:
        self.numbers, self.looked_up = numbers, 0
        self.real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, host: str, port: int, *options: int, **more: int):  # type: ignore[no-untyped-def]
        name = host.partition(".")[0]
        if name not in self.numbers:
            return self.real(host, port, *options, **more)
        self.looked_up += 1
        answers = self.numbers[name]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in found]


def test_the_address_that_was_judged_is_the_one_that_is_asked(site, monkeypatch):
    # A name that is public when it is judged and private when it is asked leads nowhere.
    names = Names(monkeypatch, sheets=[["192.0.2.1"], ["127.0.0.1"]])
    url = site.put("/", Answer(body=TEXT)).replace("127.0.0.1", "sheets.example")
    said = refused(url, replace(QUICK, allow_private=False))
    assert said.startswith("leads to 192.0.2.1, which is no public address")
    assert names.looked_up == 1
    assert not site.asked


def test_a_redirect_to_a_name_of_a_private_address_is_refused(site, monkeypatch):
    asked = []

    def connect(place: tuple[str, int], *_: object) -> socket.socket:
        asked.append(place[0])
        return real(("127.0.0.1", site.port), 60)

    real = socket.create_connection
    monkeypatch.setattr(socket, "create_connection", connect)
    Names(monkeypatch, public=[["10.0.0.9", "8.8.8.8"]], inner=[["10.0.0.1"]])
    site.redirect("/", "http://inner.example/secret")
    said = refused("http://public.example/", replace(QUICK, allow_private=False))
    assert said.startswith("leads to 10.0.0.1, which is no public address")
    assert asked == ["8.8.8.8"], "of a name's addresses only the public one, and no other machine"
    assert site.asked["/"][0]["Host"] == "public.example"


def test_the_environments_proxies_are_not_used(site, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(site.put("/", Answer(body=TEXT))).content == TEXT


# Bounds


def test_a_body_of_the_largest_size_is_taken_and_a_larger_one_is_not(site):
    assert len(fetch(site.put("/", Answer(body=b"x" * 20_000))).content or b"") == 20_000
    reason = "has more than the 20,000 bytes a sheet may have"
    assert refused(site.put("/", Answer(body=b"x" * 20_001))) == reason


def test_an_endless_body_is_left(site):
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        while True:
            handler.wfile.write(b"x" * 10_000)

    assert refused(site.put("/", endless)) == "has more than the 20,000 bytes a sheet may have"
    assert len(site.asked["/"]) == 1


def test_a_gzip_bomb_is_left(site):
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)) + bytes(50_000_000))
    packed = Answer(body=bomb, headers={"Content-Encoding": "gzip"})
    assert refused(site.put("/", packed)) == "has more than the 20,000 bytes a sheet may have"


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "deflate"])
def test_an_encoding_that_was_not_asked_for_is_refused(site, encoding):
    said = refused(site.put("/", Answer(body=TEXT, headers={"Content-Encoding": encoding})))
    assert said == f"is sent encoded as {encoding}, which was not asked for"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (TEXT, "is no gzip data, though it says so"),
        (gzip.compress(TEXT) + TEXT, "goes on behind the end of its gzip data"),
    ],
    ids=["none", "more behind it"],
)
def test_gzip_that_is_none_is_refused(site, body, reason):
    assert refused(site.put("/", Answer(body=body, headers={"Content-Encoding": "gzip"}))) == reason


def drip(head: bytes, drop: bytes):  # type: ignore[no-untyped-def]
    def answer(handler: BaseHTTPRequestHandler) -> None:
        """Goes on for half a minute: far longer than the time that a test gives it."""
        handler.wfile.write(head)
        for _ in range(1500):
            handler.wfile.write(drop)
            time.sleep(0.02)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        drip(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
        drip(b"HTTP/1.0 200 OK\r\n\r\n", b"x"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["header", "body", "body without length", "endless 100"],
)
def test_a_server_that_sends_a_byte_now_and_then_is_left_when_time_is_up(site, answer):
    said = refused(site.put("/", answer), replace(QUICK, total=1))
    assert said == "took longer than 1 s"
    assert len(site.asked["/"]) == 1


def test_a_server_that_says_nothing_is_tried_again_and_left(site):
    asked, ended = threading.Semaphore(0), threading.Event()

    def silent(_: BaseHTTPRequestHandler) -> None:
        asked.release()
        ended.wait(60)

    url = site.put("/", silent)
    try:
        said = refused(url, replace(QUICK, read=0.1))
        assert said == "does not answer in time, tried 3 times"
        assert [asked.acquire(timeout=60) for _ in range(3)] == [True] * 3
    finally:
        ended.set()
    assert len(site.asked["/"]) == 3


# Tries


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_is_not_well_is_tried_again(site, status):
    url = site.put("/", Answer(status), Answer(status), Answer(body=TEXT))
    assert fetch(url).content == TEXT
    assert len(site.asked["/"]) == 3


def test_a_server_that_stays_unwell_is_left_after_three_tries(site):
    assert refused(site.put("/", Answer(503))) == "answers with status 503, tried 3 times"
    assert len(site.asked["/"]) == 3


@pytest.mark.parametrize("status", [204, 206, 400, 401, 403, 404, 410, 500])
def test_another_answer_is_final(site, status):
    assert refused(site.put("/", Answer(status))) == f"answers with status {status}"
    assert len(site.asked["/"]) == 1


def test_a_wait_that_is_asked_for_is_kept_to_its_end(site, monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    settings = replace(QUICK, total=9000, longest_wait=7200)
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    for header in (in_an_hour, "7"):
        url = site.put("/", Answer(503, headers={"Retry-After": header}), Answer(body=TEXT))
        assert fetch(url, settings=settings).content == TEXT
    by_date, by_seconds = (wait for wait in waits if wait)
    assert 3000 < by_date <= 3600
    assert by_seconds == 7


def test_a_server_that_asks_for_a_long_wait_is_left_alone(site):
    url = site.put("/", Answer(429, headers={"Retry-After": "3600"}))
    asked = "answers with status 429 and asks to wait 3,600 s; try again after that"
    assert refused(url) == asked
    assert len(site.asked["/"]) == 1


def test_a_wait_that_cannot_be_read_is_none(site):
    url = site.put("/", Answer(503, headers={"Retry-After": "soon"}), Answer(body=TEXT))
    assert fetch(url).content == TEXT


@pytest.mark.parametrize(
    "broken",
    [
        Answer(body=TEXT[:7], length=len(TEXT)),
        Answer(body=gzip.compress(TEXT)[:-9], headers={"Content-Encoding": "gzip"}),
        chunked(b"7\r\nThe she\r\n"),
        chunked(b"ff\r\nThe she"),
        lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le"),
        lambda handler: handler.wfile.write(b"no http at all\r\n\r\n"),
        lambda handler: None,
    ],
    ids=["length", "gzip", "chunks", "chunk", "header", "no http", "nothing"],
)
def test_an_answer_that_breaks_off_is_never_taken(site, broken):
    assert "tried 3 times" in refused(site.put("/", broken))
    assert len(site.asked["/"]) == 3
    assert fetch(site.put("/", broken, Answer(body=TEXT))).content == TEXT


def test_a_port_where_nobody_listens_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        said = refused(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert said == "gives no answer: Connection refused, tried 3 times"


def test_a_host_is_left_a_pause_between_requests(site):
    url, began = site.put("/", Answer(body=TEXT)), time.monotonic()
    client = Client(replace(QUICK, pause=0.2))
    for _ in range(3):
        client.fetch(url)
    assert time.monotonic() - began >= 0.4


# Encryption


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def encrypted_site(certificate: Path) -> Iterator[Site]:
    def encrypt(server: ThreadingHTTPServer) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)

    with serving_site(encrypt) as found:
        yield found


def test_an_encrypted_sheet_is_taken_from_whom_we_trust(encrypted_site, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url = encrypted_site.put("/", Answer(body=TEXT)).replace("http:", "https:")
    found = fetch(url)
    assert (found.content, found.origin) == (TEXT, url)
    assert encrypted_site.asked["/"][0]["Host"] == f"127.0.0.1:{encrypted_site.port}"


def test_a_server_that_does_not_encrypt_is_never_asked_in_plain_text(site):
    url = site.put("/", Answer(body=TEXT)).replace("http:", "https:")
    said = refused(url)
    assert said.startswith("gives no answer: ")
    assert said.endswith(", tried 3 times")
    assert not site.asked


def test_a_handshake_that_does_not_end_is_left_when_time_is_up():
    with socket.create_server(("127.0.0.1", 0)) as server:  # it accepts and says nothing
        url = f"https://127.0.0.1:{server.getsockname()[1]}/"
        said = refused(url, replace(QUICK, total=0.2))
    assert said == "took longer than 0 s"


def test_a_certificate_that_nobody_signed_is_refused(encrypted_site):
    url = encrypted_site.put("/", Answer(body=TEXT)).replace("http:", "https:")
    assert refused(url) == "has no valid certificate: self-signed certificate"
    assert not encrypted_site.asked


def test_another_hosts_certificate_is_refused(encrypted_site, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    Names(monkeypatch, sheets=[["127.0.0.1"]])
    url = encrypted_site.url("/", "sheets.example").replace("http:", "https:")
    assert refused(url).startswith("has no valid certificate: Hostname mismatch")


def test_an_encrypted_address_does_not_lead_to_a_plain_one(
    encrypted_site, site, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url = encrypted_site.redirect("/", site.put("/", Answer(body=TEXT))).replace("http:", "https:")
    assert "is http, reached from https" in refused(url)
    assert not site.asked
