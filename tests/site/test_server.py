"""`statedata serve`: the site and its release over HTTP, with the ranges that readers of Parquet ask."""

from __future__ import annotations

import http.client
import threading

import pytest

from pipeline.site.folder import write_site
from pipeline.site.server import open_server


@pytest.fixture(scope="module")
def port(built_release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "site"
    pages = [("index.html", b"0123456789"), ("404.html", b"gone"), ("empty.txt", b""), ("state/a.html", b"a")]  # fmt: skip
    write_site(pages, folder, {built_release.name: built_release})
    with open_server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def asked(port, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer.headers


def test_the_root_is_the_first_page(port):
    status, body, headers = asked(port, "/")
    assert (status, body, headers["Content-Type"]) == (200, b"0123456789", "text/html")
    assert asked(port, "/", "HEAD")[:2] == (200, b"")


@pytest.mark.parametrize(
    ("asked_for", "status", "body"),
    [
        ("bytes=2-4", 206, b"234"), ("bytes=7-", 206, b"789"), ("bytes=-3", 206, b"789"),
        ("bytes=8-99", 206, b"89"), ("bytes=10-", 416, b""), ("bytes=-0", 416, b""),
        ("bytes=4-2", 200, b"0123456789"), ("bytes=0-1,4-5", 200, b"0123456789"), ("lines=1-2", 200, b"0123456789"),
    ],
)  # fmt: skip
def test_a_range_of_a_file_is_answered(port, asked_for, status, body):
    assert asked(port, "/index.html", Range=asked_for)[:2] == (status, body)


@pytest.mark.parametrize(
    "path",
    ["/no.html", "/state/", "/../releases/", "/%2e%2e/%2e%2e/etc/passwd", "/2026.11.1/data/"],
)
def test_what_is_not_there_is_the_page_that_says_so(port, path):
    assert asked(port, path)[:2] == (404, b"gone")


def test_an_empty_file_is_answered(port):
    assert asked(port, "/empty.txt")[:2] == (200, b"")


def test_a_table_of_the_release_is_read_by_its_end_as_readers_of_parquet_do(port, built_release):
    status, body, headers = asked(port, "/2026.11.1/data/figures.parquet")
    assert status == 200
    assert body == (built_release / "data/figures.parquet").read_bytes()
    assert headers["Accept-Ranges"] == "bytes"
    first, last = body[:4], asked(port, "/2026.11.1/data/figures.parquet", Range="bytes=-4")[1]
    assert first == last == b"PAR1"
