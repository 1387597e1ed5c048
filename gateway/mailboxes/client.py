"""A connection to an IMAP server (RFC 9051, RFC 3501) that a stranger named: checked address, TLS, bounds.

The name is resolved here, in live mode every address it has must be a public one, and the connection goes to the very
address that was looked at; TLS checks the name. What the server sends is bounded, whatever it announces.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import msgspec
from imap_tools.mailbox import BaseMailBox

from gateway.mailboxes.errors import NotAllowed, Unreachable, Unwilling
from gateway.mailboxes.models import Security
from peppol.outward import is_public

LARGEST = 48 * 1024 * 1024
"""Bytes that a server may send in answer to one step, in whatever pieces."""
PATIENCE = 20.0
"""Seconds that a server may be silent."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a mailbox is, and how we come in."""

    host: str
    port: int
    security: Security
    username: str
    password: str
    public_only: bool
    """Live mode: never into a private network, never without TLS."""

    def __repr__(self) -> str:
        """Keep the password out of logs and tracebacks."""
        return f"Place({self.host}:{self.port})"


class Client(imaplib.IMAP4):
    """imaplib's, to one address, with a bound on what is read."""

    def __init__(self, place: Place, address: str, opened: Callable[[socket.socket], None]) -> None:
        """`opened` is given the connection before anything is said, so that it can be cut off."""
        self._address, self._opened = address, opened
        self._tls = ssl.create_default_context() if place.security == "tls" else None
        self.begin()
        super().__init__(place.host, place.port, PATIENCE)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connection = socket.create_connection((self._address, self.port), timeout)
        self._opened(connection)
        if self._tls is None:
            return connection
        try:
            secured = self._tls.wrap_socket(connection, server_hostname=self.host)
        except BaseException:
            connection.close()
            raise
        self._opened(secured)
        return secured

    def begin(self) -> None:
        """Another step begins, with a bound of its own."""
        self._left = LARGEST

    def read(self, size: int) -> bytes:
        """As imaplib's; beyond the bound the conversation ends before anything is read."""
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        """As imaplib's, counted as well: lines without an end would fill the memory, too."""
        line = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort("the server sends more than is read of it")


class Box(BaseMailBox):
    """imap-tools' mailbox over such a connection."""

    def __init__(self, place: Place, opened: Callable[[socket.socket], None]) -> None:
        """Connect, secure the connection, sign in. Raises `Trouble`, and what a step raises."""
        self._place, self._opened = place, opened
        super().__init__()
        try:
            _sign_in(self, place)
            # Most servers can more once they know who asks.
            self.client.capabilities = tuple(self.client.capability()[1][0].decode("ascii", "replace").upper().split())
        except BaseException:
            self.client.shutdown()
            raise

    def begin(self) -> None:
        """See `Client.begin`."""
        if isinstance(self.client, Client):
            self.client.begin()

    def _get_mailbox_client(self) -> Client:
        place = self._place
        if place.public_only and place.security == "none":
            raise NotAllowed("Mailboxes are reached over TLS only.")
        client = Client(place, _address(place), self._opened)
        try:
            if place.security == "starttls":
                client.starttls(ssl.create_default_context())
        except BaseException:
            client.shutdown()
            raise
        return client


def _sign_in(box: Box, place: Place) -> None:
    plain = place.username.isascii() and place.password.isascii()
    try:
        if plain:
            box.login(place.username, place.password, initial_folder=None)
        else:
            box.login_utf8(place.username, place.password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except Exception as error:
        if isinstance(error, OSError):
            raise
        # The server's own words may repeat what was said.
        raise Unwilling(
            f"{place.host} refuses the user name or the password. Look at both; many providers want a password made "
            "for this one program, and IMAP switched on."
        ) from None


def _address(place: Place) -> str:
    """One address of the host, once all of them are found fit."""
    try:
        entries: list[tuple[Any, ...]] = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Unreachable(f"{place.host} has no address that can be found.") from None
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries]
    if place.public_only and not all(is_public(one) for one in addresses):
        raise NotAllowed(f"{place.host} leads into a private network; it isn't called.")
    if place.security == "none" and not all(one.is_loopback for one in addresses):
        raise NotAllowed(f"{place.host} isn't this machine; without TLS no other is called.")
    if not addresses:
        raise Unreachable(f"{place.host} has no address.")
    return str(addresses[0])
