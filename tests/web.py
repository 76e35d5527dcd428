"""A web server on loopback that answers as a test tells it, for whatever asks addresses."""

from __future__ import annotations

import socketserver
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Script = Callable[[BaseHTTPRequestHandler], None]
"""An answer written by hand, to be as bad as a test needs."""


@dataclass(frozen=True)
class Answer:
    """One answer; ``length`` is the Content-Length it claims, if not its body's."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


@dataclass
class Site:
    """The answers by path, of which the last one is repeated, and the requests that came."""

    port: int = 0
    pages: dict[str, list[Answer | Script]] = field(default_factory=dict)
    asked: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str, *answers: Answer | Script) -> str:
        """Have a path answer so, one time after another; gives its address."""
        self.pages[path] = list(answers)
        return self.url(path)

    def redirect(self, path: str, target: str, status: int = 302) -> str:
        """Have a path lead to a target; gives its address."""
        return self.put(path, Answer(status, headers={"Location": target}))


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Run a server in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def site(wrap: Callable[[ThreadingHTTPServer], None] | None = None) -> Iterator[Site]:
    """A server of pages; ``wrap`` may encrypt its socket."""
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked[self.path].append(dict(self.headers))
            answers = found.pages.get(self.path, [Answer(404)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            with suppress(OSError):  # who asks may have had enough
                if isinstance(answer, Answer):
                    self.give(answer)
                else:
                    answer(self)

        def give(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 304:
                length = len(answer.body) if answer.length is None else answer.length
                self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the tests' output clean."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False  # an endless answer ends with its asker, not with the server

        def handle_error(self, request: object, client_address: object) -> None:
            """A handshake that a test wants to fail is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    if wrap is not None:
        wrap(server)
    with serving(server):
        yield found
