"""A small HTTP/1.1 server on loopback that answers as a provider would, and misbehaves on order.

A provider's own stub gives `answer` and says by `submits` which calls are submissions: the ordered trouble strikes the
next of those. One request per connection; it runs in the event loop of the tests.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from peppol.message import Message
from peppol.statuses import Outcome
from tests.peppol import messages
from tests.peppol.contract import Trouble

LARGEST_ANSWER = 1024 * 1024
LARGEST_DOCUMENT = 100_000
SECRET = "the-right-secret"


class Call(msgspec.Struct, frozen=True):
    """What arrived."""

    method: str
    path: str
    """Without the query, still percent-encoded."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(unquote(part) for part in self.path.strip("/").split("/"))

    def json(self, kind: type) -> object:
        return msgspec.json.decode(self.body, type=kind)


class Answer(msgspec.Struct, frozen=True):
    """What goes back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}
    kind: str = "application/json"


def json(status: int, value: object) -> Answer:
    return Answer(status, msgspec.json.encode(value))


NOT_FOUND = Answer(404)
HTML = Answer(200, b"<html><body>Welcome</body></html>", kind="text/html")


class Stub:
    """A provider's server and the contract's `Network`; a subclass gives what is special about it.

    `answer`, `submits` and `admits` are the server; `taken`, `happen` and `arrive` are the test's hand in it.
    """

    detects_reuse = False
    knows_receivers = False
    tells: tuple[Outcome, ...] = ()
    refusal = Answer(422, b"[]")
    unauthorised = Answer(401, b'{"message":"Unauthorized"}')

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.url = ""
        self._trouble: Trouble | None = None
        self._confused: list[Answer | None] = []
        self._cut = False
        self._ended = asyncio.Event()

    def answer(self, call: Call) -> Answer:
        raise NotImplementedError

    def submits(self, call: Call) -> bool:
        raise NotImplementedError

    def admits(self, call: Call) -> bool:
        """Whether the credentials are right."""
        raise NotImplementedError

    def taken(self, key: str) -> int:
        raise NotImplementedError

    def happen(self, key: str, reference: str, outcome: Outcome) -> None:
        raise NotImplementedError

    async def arrive(self, key: str) -> Message:
        raise NotImplementedError

    def message(self, key: str) -> Message:
        return messages.message(key, xml=messages.complete(key))

    def unregistered(self, key: str) -> Message:
        return messages.message(key, receiver="0235:1888888888")

    def too_large(self, key: str) -> Message:
        return messages.message(key, xml=messages.document(padding=LARGEST_DOCUMENT))

    def make(self, trouble: Trouble) -> None:
        """The next submission meets it."""
        self._trouble = trouble

    def make_unable_to_tell(self, answer: Answer | None = HTML) -> None:
        """The next question is answered with a page of HTML, or with this; None: it is never answered."""
        self._confused.append(answer)

    def cut_before_the_body(self) -> None:
        """The connection of the next submission breaks off before its body is read."""
        self._cut = True

    def _cuts(self, call: Call) -> bool:
        if not (self._cut and self.submits(call)):
            return False
        self._cut = False
        return True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            call = await _read(reader, self._cuts)
            self.calls.append(call)
            await self._respond(call, writer)
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    async def _respond(self, call: Call, writer: asyncio.StreamWriter) -> None:
        if not self.admits(call):
            return await _write(writer, self.unauthorised)
        if not self.submits(call):
            if self._confused:
                if (confused := self._confused.pop(0)) is None:
                    await self._ended.wait()
                    return None
                return await _write(writer, confused)
            return await _write(writer, self.answer(call))
        trouble, self._trouble = self._trouble, None
        match trouble:
            case None:
                await _write(writer, self.answer(call))
            case Trouble.BUSY:
                await _write(writer, Answer(503))
            case Trouble.RATE_LIMITED:
                await _write(writer, Answer(429, headers={"retry-after": "20"}))
            case Trouble.UNAUTHORISED:
                await _write(writer, self.unauthorised)
            case Trouble.REFUSED:
                await _write(writer, self.refusal)
            case Trouble.BROKEN:
                await _write(writer, Answer(500, b"oops", kind="text/plain"))
            case Trouble.BAD_GATEWAY:
                await _write(writer, Answer(502, b"<html>Bad Gateway</html>", kind="text/html"))
            case Trouble.NONSENSE:
                await _write(writer, HTML)
            case Trouble.ERROR_INSIDE:
                await _write(writer, json(200, {"error": {"code": "E42", "message": "Something went wrong"}}))
            case Trouble.CUT_OFF:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
                await writer.drain()
            case Trouble.TAKEN_AND_CUT_OFF:
                self.answer(call)
            case Trouble.TAKEN_AND_SILENT:
                self.answer(call)
                await self._ended.wait()
            case Trouble.TAKEN_AND_NONSENSE:
                self.answer(call)
                await _write(writer, HTML)
            case Trouble.TAKEN_AND_HUGE:
                taken = self.answer(call)
                await _write(writer, msgspec.structs.replace(taken, body=taken.body.ljust(2 * LARGEST_ANSWER)))
        return None

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Self]:
        stub = cls()
        server = await asyncio.start_server(stub._serve, "127.0.0.1", 0, limit=64 * 1024 * 1024)
        stub.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield stub
        finally:
            stub._ended.set()
            server.close()
            await server.wait_closed()


async def _read(reader: asyncio.StreamReader, cuts: Callable[[Call], bool]) -> Call:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    parts = urlsplit(target)
    call = Call(method, parts.path, dict(parse_qsl(parts.query)), headers, b"")
    if cuts(call):
        raise ConnectionError("cut before the body, as ordered")
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return msgspec.structs.replace(call, body=body)


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> None:
    lines = [f"HTTP/1.1 {answer.status} Told", f"content-type: {answer.kind}", f"content-length: {len(answer.body)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()] + ["connection: close", "", ""]
    writer.write("\r\n".join(lines).encode() + answer.body)
    await writer.drain()
