"""A web server for one folder on this machine alone, with HTTP ranges.

DuckDB and polars read a Parquet file over HTTP by its ranges, which the standard library's server
does not know. Nothing else is added to it: no listing of folders, no other methods.
"""

from __future__ import annotations

import os
import re
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from pipeline.release.content import MEDIA_TYPES
from pipeline.storage.names import PAGE

_BLOCK = 1 << 16
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".xml": "application/xml"}  # fmt: skip


def open_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of a folder on 127.0.0.1, not yet serving.

    Raises:
        OSError: the port is taken or not allowed.
    """

    class Handler(_RangeHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(folder))

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _RangeHandler(SimpleHTTPRequestHandler):
    """Answers GET and HEAD for files, one range of a file at a time."""

    protocol_version = "HTTP/1.1"
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **MEDIA_TYPES, **_TYPES}  # noqa: RUF012
    _left = 0

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Send the headers of what is asked for; gives the file at the first byte to send."""
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            if not urlsplit(self.path).path.endswith("/"):
                return super().send_head()  # redirects to the folder's own address
            path /= PAGE
        try:
            file = path.open("rb")
        except OSError:
            return self._not_found()
        size = os.fstat(file.fileno()).st_size
        asked = self.headers.get("Range")
        span = _span(asked, size) if asked else None
        if span == (0, 0):
            file.close()
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        first, behind = span or (0, size)
        self._left = behind - first
        self.send_response(HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(self._left))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Last-Modified", self.date_time_string(path.stat().st_mtime))
        if span:
            self.send_header("Content-Range", f"bytes {first}-{behind - 1}/{size}")
        self.end_headers()
        file.seek(first)
        return file

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send what the headers promised and no more."""
        while self._left and (block := source.read(min(self._left, _BLOCK))):
            outputfile.write(block)
            self._left -= len(block)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's names
        """Say nothing: the terminal is for whoever started the server."""

    def _not_found(self) -> BytesIO:
        path = Path(self.directory) / "404.html"
        page = path.read_bytes() if path.is_file() else b"not found"
        self._left = len(page)
        self.send_response(HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        return BytesIO(page)


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; (0, 0) if the file has none of them, None to send all."""
    match = _RANGE.fullmatch(asked.strip())
    if match is None or not any(match.groups()):
        return None  # several ranges, or a unit that nobody uses: all of it is a right answer too
    first, last = match.groups()
    if not first:
        start, behind = max(size - int(last), 0), size
    else:
        start, behind = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return None
    return (start, behind) if start < behind else (0, 0)
