"""A server that means harm: it sends without an end, or numbers that no database holds."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from gateway.mailboxes import client
from gateway.mailboxes.client import Place
from gateway.mailboxes.errors import Trouble, Unreachable
from gateway.mailboxes.session import Session

ENDLESS = b"* 7 EXISTS\r\n" * 5000
UNWANTED = {"*": b"", "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n"}


class Hostile:
    """Says yes to everything; to one command what it is told to say, and then for ever what has no end."""

    def __init__(self, command: str, says: bytes, *, endless: bool) -> None:
        self._command, self._says, self._endless = command, says, endless
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.sent = 0

    def serve(self) -> None:
        with suppress(OSError):
            connection, _ = self.listener.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"* OK ready\r\n")
                for line in lines:
                    tag, *words = line.decode().split()
                    said = " ".join(words).upper()
                    if self._command in said:
                        connection.sendall(self._says)
                        while self._endless:
                            connection.sendall(ENDLESS)
                            self.sent += len(ENDLESS)
                    connection.sendall(UNWANTED.get(said, b"") + f"{tag} OK done\r\n".encode())


@contextmanager
def hostile(command: str, says: bytes = b"", *, endless: bool = False) -> Iterator[tuple[Hostile, Session]]:
    server = Hostile(command, says, endless=endless)
    thread = threading.Thread(target=server.serve)
    thread.start()
    port = server.listener.getsockname()[1]
    place = Place(host="127.0.0.1", port=port, security="none", username="bills", password="secret", public_only=False)
    try:
        yield server, Session(place, "INBOX")
    finally:
        server.listener.close()
        thread.join(60)


@pytest.mark.parametrize("command", ["CAPABILITY", "SELECT", "SEARCH", "IDLE"])
async def test_a_server_without_an_end_is_left(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LARGEST", 2 * 1024 * 1024)
    with hostile(command, b"+ idling\r\n" if command == "IDLE" else b"", endless=True) as (server, session):
        try:
            with pytest.raises(Unreachable, match="broke off"):
                await session.open()
                await session.unread()
                await session.listen(30)
        finally:
            await session.close()
    assert server.sent < 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("command", "says"),
    [("SEARCH", b"* SEARCH 99999999999999999999\r\n"), ("SELECT", b"* OK [UIDVALIDITY 99999999999999999999] x\r\n")],
)
async def test_numbers_that_no_message_has_are_no_mail(command: str, says: bytes) -> None:
    """RFC 9051, section 9: a UID and its validity have 32 bits."""
    with hostile(command, says) as (_, session):
        try:
            with pytest.raises(Trouble):
                await session.open()
                await session.unread()
        finally:
            await session.close()
