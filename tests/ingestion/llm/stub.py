"""A chat-completions endpoint on loopback, after Groq's and OpenAI's documentation, whose answers are ordered."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

KEY = "gsk_a-key-that-must-never-be-seen"
MODELS = ("openai/gpt-oss-120b", "openai/gpt-oss-20b")


class Reply(msgspec.Struct, frozen=True):
    """What the endpoint sends."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {}
    drip: bool = False
    """Byte for byte, until the caller is gone."""


class Asked(msgspec.Struct, frozen=True):
    """What it was sent."""

    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def prompt(self) -> str:
        return self.body["messages"][0]["content"]

    @property
    def document(self) -> str:
        return self.body["messages"][1]["content"]

    @property
    def lines(self) -> dict[int, str]:
        """What it was shown, by number."""
        pairs = (line.split("|", 1) for line in self.document.splitlines()[1:-1])
        return {int(number): text for number, text in pairs}

    def line(self, text: str) -> int:
        """The first line that holds a text; 0 where none does."""
        return next((number for number, line in self.lines.items() if text in line.replace("\t", " ")), 0)


Order = Callable[[Asked], Reply | None]
"""How one question is answered; None: never."""


def completion(content: str | None, *, model: str = MODELS[0], finish: str = "stop", **message: Any) -> Reply:
    body = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000},
    }  # fmt: skip
    return Reply(json.dumps(body).encode())


def failure(status: int, message: str, code: str | None = None, **headers: str) -> Reply:
    error = {"error": {"message": message, "type": "invalid_request_error", **({"code": code} if code else {})}}
    return Reply(json.dumps(error).encode(), status, {name.replace("_", "-"): text for name, text in headers.items()})


def answer(kind: str, values: Mapping[str, Any], items: list[Mapping[str, Any]]) -> Order:
    """Texts as a model would give them; where one is a pair, it has the lines as well, else they are looked up."""

    def cited(asked: Asked, name: str, key: str, given: Any) -> dict[str, Any]:
        text, lines = given if isinstance(given, tuple) else (given, None)
        return {name: key, "text": text, "lines": [asked.line(text)] if lines is None else lines}

    def order(asked: Asked) -> Reply:
        said = {
            "kind": kind,
            "values": [cited(asked, "term", term, given) for term, given in values.items()],
            "items": [
                {"cells": [cited(asked, "column", column, given) for column, given in item.items()]} for item in items
            ],
        }
        return completion(json.dumps(said), model=asked.body["model"])

    return order


class Stub:
    """The endpoint. Orders are taken one after the other; the last one stays."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.looked = 0
        self.orders: list[Order] = []
        self.models: Reply = Reply(json.dumps({"object": "list", "data": [{"id": one} for one in MODELS]}).encode())
        self.over = threading.Event()

    def order(self, *orders: Order | Reply) -> None:
        self.orders = [order if callable(order) else _always(order) for order in orders]

    def next(self, asked: Asked) -> Reply | None:
        self.asked.append(asked)
        return (self.orders.pop(0) if len(self.orders) > 1 else self.orders[0])(asked)


def _always(reply: Reply) -> Order:
    return lambda _: reply


def never(_: Asked) -> None:
    """The time-out."""


@contextmanager
def serving() -> Iterator[Stub]:
    """It runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            stub.looked += 1
            self._send(stub.models)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            reply = stub.next(Asked(self.path, dict(self.headers), body))
            if reply is None:
                stub.over.wait(120)
                self.close_connection = True
            else:
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            self.send_header("content-type", "application/json")
            for name, text in reply.headers.items():
                self.send_header(name, text)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            try:
                for start in range(len(reply.body)) if reply.drip else ():
                    self.wfile.write(reply.body[start : start + 1])
                    if stub.over.wait(0.05):
                        break
                else:
                    self.wfile.write(b"" if reply.drip else reply.body)
            except OSError:
                self.close_connection = True  # the caller hung up, as some orders want it to

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = False
        block_on_close = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """The caller hung up, as some orders want it to."""
            if not isinstance(sys.exc_info()[1], OSError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    stub = Stub(f"http://127.0.0.1:{server.server_port}/openai/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stub
    finally:
        stub.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
