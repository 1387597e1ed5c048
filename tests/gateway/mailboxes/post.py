"""Mails as suppliers write them, a mail server that takes our answers, and a line that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from PIL import Image

SUPPLIER = "billing@falcon.ae"
ARABIC_NAME = "فاتورة ضريبية رقم ١٢.pdf"


def pdf(text: str = "bill") -> bytes:
    """Bytes that are taken for a PDF; none is like another of other words."""
    return b"%PDF-1.4\n%" + text.encode() + b"\n%%EOF\n"


def png(side: int = 16, colour: int = 0) -> bytes:
    """A picture."""
    out = io.BytesIO()
    Image.effect_noise((side, side), 50 + colour).save(out, "PNG")
    return out.getvalue()


def mail(
    subject: str = "Your bill", *, sender: str = f"Falcon <{SUPPLIER}>", text: str = "See the file."
) -> EmailMessage:
    """A mail without a file."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "bills@company.ae", subject
    message["Message-ID"] = f"<{subject.replace(' ', '-').encode().hex()}@falcon.ae>"
    message.set_content(text)
    return message


def with_pdf(subject: str, *, name: str = "bill.pdf", content: bytes | None = None, **further: str) -> EmailMessage:
    """A mail with one bill."""
    message = mail(subject, **further)
    message.add_attachment(content or pdf(subject), maintype="application", subtype="pdf", filename=name)
    return message


class Answers:
    """What the mail server was given. `verdict(receiver)` decides what it says: None for yes."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.envelopes: list[tuple[str | None, list[str]]] = []
        self.verdict: Callable[[str], str | None] = lambda _: None
        self.after_data: Callable[[Any], str] = lambda _: "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        refused = self.verdict(address)
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(message_from_bytes(envelope.content, policy=default))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return self.after_data(server)

    def to(self, address: str) -> list[EmailMessage]:
        """Answers to somebody."""
        return [one for one in self.got if one["To"] == address]


class Taker(Controller):
    """A mail server on a free port of loopback, in a thread of its own."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Line:
    """A line to a server. `cut_after(n)`: it breaks when so many more bytes came from the server."""

    def __init__(self, port: int) -> None:
        self.server_port, self.port = port, 0
        self.left: int | None = None
        self.down = False
        self.carried = 0
        """Bytes that came from the server in all."""
        self._tasks = set[asyncio.Task[None]]()
        self._writers = set[asyncio.StreamWriter]()

    def cut_after(self, number: int | None) -> None:
        """None: never."""
        self.left = number

    def drop(self) -> None:
        """Break every connection there is."""
        for writer in list(self._writers):
            writer.transport.abort()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Line]:
        """Carry."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.drop()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.down:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        self._writers |= {writer, far_writer}
        try:
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer, counted=True))
        finally:
            for one in (writer, far_writer):
                self._writers.discard(one)
                one.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                if counted:
                    self.carried += len(data)
                    if self.left is not None and self.left < len(data):
                        writer.write(data[: self.left])
                        await writer.drain()
                        raise ConnectionAbortedError("cut")
                    if self.left is not None:
                        self.left -= len(data)
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
