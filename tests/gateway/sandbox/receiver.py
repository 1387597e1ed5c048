"""A receiving gateway's end, in a test's hands: keeps every call and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from peppol import signature
from peppol.errors import Forged
from tests.gateway.sandbox.process import SECRET


class Call(NamedTuple):
    """One call of the network."""

    path: str
    body: bytes
    call_id: str
    genuine: bool


class Receiver:
    """Answers 200, or what `answers` says first; forged calls always get 401."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Call] = []
        self.answers: list[tuple[int, bytes]] = []
        self.changed = threading.Condition()
        self._open = threading.Event()
        self._open.set()

    def answer(self, status: int, body: bytes = b"") -> None:
        self.answers.append((status, body))

    def hold(self) -> None:
        """Answer nobody until `release`."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def until(self, ready: Callable[[], bool]) -> None:
        """Wait for calls."""
        with self.changed:
            assert self.changed.wait_for(ready, timeout=60), self.calls

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        try:
            signature.verify([SECRET.encode()], headers, body, datetime.now(UTC))
            genuine = True
        except Forged:
            genuine = False
        assert self._open.wait(60), "never released"
        with self.changed:
            self.calls.append(Call(path, body, headers.get(signature.ID, ""), genuine))
            self.changed.notify_all()
            if not genuine:
                return 401, b""
            return self.answers.pop(0) if self.answers and path == "/deliver" else (200, b"")


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, answer = end.take(self.path, body, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    end = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield end
    finally:
        end.release()
        server.shutdown()
        thread.join()
        server.server_close()
