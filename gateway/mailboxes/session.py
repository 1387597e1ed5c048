"""A conversation with a mailbox, step by step in threads; each step is bounded in time and can be cut off.

Nothing here changes a message but `move`: bodies are fetched by BODY.PEEK, which leaves them unread. What is expunged
is the one message that was copied, by its UID (RFC 4315); messages that others have marked stay.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from imap_tools.errors import ImapToolsError
from imap_tools.utils import encode_folder

from gateway.mailboxes.client import PATIENCE, Box, Place
from gateway.mailboxes.errors import Trouble, Unreachable, Unwilling

LONGEST_STEP = 180.0
"""Seconds of one step, such as fetching one message."""

_FETCHERS = ThreadPoolExecutor(8, thread_name_prefix="mail")
_BROKEN = (imaplib.IMAP4.abort, OSError, EOFError, AttributeError)
"""AttributeError: what imaplib and ssl run into when a connection is cut off under their hands."""
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,18})")
_SAFE_ID = re.compile(r"<[^\s\"\\<>]{1,290}>\Z")

T = TypeVar("T")


class Session:
    """One connection, one folder. Not for two tasks at once."""

    def __init__(self, place: Place, folder: str, *, threads: ThreadPoolExecutor = _FETCHERS) -> None:
        """Nothing is called yet: see `open`."""
        self._place, self._folder, self._threads = place, folder, threads
        self._socket: socket.socket | None = None
        self._box: Box | None = None
        self.uidvalidity = 0
        """What the folder's numbers hold for; known when it is open."""

    async def open(self) -> None:
        """Connect, sign in, choose the folder. Raises `Trouble`, as every step does."""
        await self._step(self._open)

    async def unread(self) -> list[int]:
        """UIDs of unread messages that nobody has marked as deleted, the oldest first."""
        return await self._step(self._search, "UNSEEN UNDELETED")

    async def fetch(self, uid: int, *, largest: int) -> tuple[bytes, int] | None:
        """A message, left unread, and its size; only its beginning where it is larger. None: it isn't there."""
        return await self._step(self._fetch, uid, largest)

    async def has(self, uid: int) -> bool:
        """Whether it is still there."""
        return uid in await self._step(self._search, f"UID {uid}")

    async def by_message_id(self, message_id: str) -> list[int]:
        """UIDs of messages with this id; none where the id can't be asked for."""
        return await self._step(self._by_message_id, message_id)

    async def move(self, uid: int, target: str, *, seen: bool, copied_as: str = "") -> None:
        """Into another folder, which is made where it isn't there; `seen`: marked as read on the way.

        Where the server can't or won't move, the message is copied and then removed. `copied_as`: the message id to
        look for there first, in case that a copy was made before and the removal was lost.
        """
        await self._step(self._move, uid, target, seen, copied_as)

    async def listen(self, seconds: float) -> bool:
        """Wait for the server to tell of something new (IDLE, RFC 2177); False after so many seconds without news."""
        return await self._step(self._listen, seconds, patience=seconds + 3 * PATIENCE)

    @property
    def can_move(self) -> bool:
        """RFC 6851."""
        return self._can("MOVE")

    @property
    def can_listen(self) -> bool:
        """RFC 2177."""
        return self._can("IDLE")

    async def close(self) -> None:
        """Say goodbye, if anybody is still there; never raises."""
        if self._box is not None:
            with suppress(Trouble):
                await self._step(self._box.client.logout, patience=PATIENCE)
        self.cut()
        if self._box is not None:
            with suppress(*_BROKEN):
                self._box.client.shutdown()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()

    def cut(self) -> None:
        """Break the connection off: a step under way in its thread ends at once."""
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    async def _step(self, work: Callable[..., T], *given: object, patience: float = LONGEST_STEP) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._threads, partial(self._told, work, *given))
        try:
            return await asyncio.wait_for(asyncio.shield(future), patience)
        except TimeoutError:
            self.cut()
            with suppress(Trouble):
                await future
            raise Unreachable(f"{self._place.host} took too long.") from None
        except asyncio.CancelledError:
            self.cut()
            with suppress(Trouble):
                await asyncio.shield(future)
            raise

    def _told(self, work: Callable[..., T], *given: object) -> T:
        """Everything that libraries raise as `Trouble`."""
        host = self._place.host
        if self._box is not None:
            self._box.begin()
        try:
            return work(*given)
        except Trouble:
            raise
        except ssl.SSLCertVerificationError as error:
            raise Unwilling(f"The certificate of {host} doesn't hold: {error.verify_message}.") from None
        except ssl.SSLError as error:
            raise Unreachable(f"TLS with {host} fails ({error.reason}); is this the right port?") from None
        except _BROKEN as error:
            raise Unreachable(f"{host} can't be reached, or broke off ({type(error).__name__}).") from None
        except (imaplib.IMAP4.error, ImapToolsError, ValueError, IndexError, TypeError) as error:
            # Its words may repeat what was said, so they aren't repeated here.
            raise Unwilling(f"{host} refuses a command ({type(error).__name__}).") from None

    def _open(self) -> None:
        def opened(connection: socket.socket) -> None:
            self._socket = connection

        self._box = Box(self._place, opened)
        self._choose(self._folder)
        told = self._client.response("UIDVALIDITY")[1]
        self.uidvalidity = _number(told[0]) if told and told[0] else 0

    @property
    def _client(self) -> imaplib.IMAP4:
        if self._box is None:
            raise Unreachable(f"{self._place.host} isn't connected.")
        return self._box.client

    def _can(self, what: str) -> bool:
        return what in self._client.capabilities

    def _choose(self, folder: str, *, readonly: bool = False) -> None:
        status, _ = self._client.select(_quoted(folder), readonly=readonly)
        if status != "OK":
            raise Unwilling(f"There is no folder {folder!r} at {self._place.host}, or it can't be opened.")

    def _search(self, criteria: str) -> list[int]:
        return sorted(_number(uid) for uid in self._ok(self._client.uid("SEARCH", criteria))[0].split())

    def _by_message_id(self, message_id: str) -> list[int]:
        if not _SAFE_ID.match(message_id) or not message_id.isascii():
            return []
        return self._search(f'HEADER Message-ID "{message_id}"')

    def _fetch(self, uid: int, largest: int) -> tuple[bytes, int] | None:
        sizes = self._ok(self._client.uid("FETCH", str(uid), "(RFC822.SIZE)"))
        told = _SIZE.search(b" ".join(one[0] if isinstance(one, tuple) else one or b"" for one in sizes))
        if told is None:
            return None
        size = int(told[1])
        part = "BODY.PEEK[]" if size <= largest else "BODY.PEEK[]<0.65536>"
        for one in self._ok(self._client.uid("FETCH", str(uid), f"({part})")):
            if isinstance(one, tuple) and len(one) == 2:
                return bytes(one[1]), size
        return None

    def _move(self, uid: int, target: str, seen: bool, copied_as: str) -> None:
        client, folder = self._client, _quoted(target)
        if seen:
            self._ok(client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)"))
        if self._can("MOVE") and self._into("MOVE", uid, folder):
            return
        if not (copied_as and self._is_in(target, copied_as)) and not self._into("COPY", uid, folder):
            raise Unwilling(f"{self._place.host} doesn't let a message into the folder {target!r}.")
        self._ok(client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted \Seen)"))
        if self._can("UIDPLUS"):
            self._ok(client.uid("EXPUNGE", str(uid)))

    def _into(self, command: str, uid: int, folder: str) -> bool:
        for attempt in range(2):
            try:
                if self._client.uid(command, str(uid), folder)[0] == "OK":
                    return True
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:  # BAD: it doesn't know the command after all
                return False
            if attempt == 0:
                self._client.create(folder)  # where it can't be made, or is there already, the second attempt tells
        return False

    def _is_in(self, target: str, message_id: str) -> bool:
        try:
            self._choose(target, readonly=True)
        except Unwilling:
            found = False
        else:
            found = bool(self._by_message_id(message_id))
        self._choose(self._folder)
        return found

    def _listen(self, seconds: float) -> bool:
        if self._box is None:
            raise Unreachable("not connected")
        self._box.idle.start()  # type: ignore[no-untyped-call]
        lines = self._box.idle.poll(seconds)
        news = any(b"EXISTS" in line or b"RECENT" in line for line in lines)
        # Where the connection is gone, this is what finds out.
        self._box.idle.stop()  # type: ignore[no-untyped-call]
        return news

    def _ok(self, answer: tuple[str, list[Any]]) -> list[Any]:
        status, data = answer
        if status != "OK":
            raise Unwilling(f"{self._place.host} refuses a command ({status}).")
        return [one for one in data if one is not None] or [b""]


def _number(told: bytes) -> int:
    """RFC 9051, section 9: of 32 bits. Raises ValueError."""
    number = int(told)
    if not 0 <= number < 2**32:
        raise ValueError
    return number


def _quoted(folder: str) -> str:
    """RFC 3501, section 5.1.3: a folder's name in its own UTF-7, between quotes."""
    return bytes(encode_folder(folder)).decode("ascii")
