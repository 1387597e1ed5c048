"""How a witness is reached: HTTP, three addresses, small bodies.

    POST /add-checkpoint         C2SP tlog-witness
    GET  /checkpoints/<sha256>   the last cosigned checkpoint of a log, by the hash of its origin: what auditors compare
    GET  /key                    the witness's public key, `name+id+base64`

TLS is for a proxy in front, where the way leads over a network: a checkpoint is no secret, and both sides sign.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from gateway.witness.folder import WitnessFolder, WitnessRefuses
from ledger.witness import Answer

LARGEST_REQUEST = 64 * 1024
"""Bytes; a request with the longest proof and RSA-4096 beside Ed25519 has less than 8,000."""
PATIENCE = 10.0
"""Seconds that a request may take to arrive."""
KEY_HEADER = "tlog-key"
"""Where a log says its key, for witnesses that learn at first use; others don't look at it."""

_KEPT = re.compile(r"/checkpoints/([0-9a-f]{64})\Z")
_log = structlog.get_logger()

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class WitnessApp:
    """ASGI."""

    def __init__(self, folder: WitnessFolder) -> None:
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        answer = await self._answer(scope, receive)
        headers = [(b"content-type", answer.media_type.encode()), (b"content-length", b"%d" % len(answer.body))]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        method, path = str(scope["method"]), str(scope["path"])
        if path == "/add-checkpoint":
            return await self._add(scope, receive) if method == "POST" else Answer(405, b"POST a checkpoint\n")
        if method != "GET":
            return Answer(405, b"a witness takes POST /add-checkpoint\n")
        if path == "/key":
            return Answer(200, f"{self._folder.cosigner.key.text()}\n".encode())
        kept = _KEPT.match(path)
        note = await asyncio.to_thread(self._folder.last, kept[1]) if kept else None
        return Answer(404, b"nothing is kept here\n") if note is None else Answer(200, note)

    async def _add(self, scope: Scope, receive: Receive) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE):
                body = await _body(receive)
        except TimeoutError:
            return Answer(408, b"the request took too long to arrive\n")
        if body is None:
            return Answer(413, b"at most %d bytes\n" % LARGEST_REQUEST)
        offered = next((value for name, value in scope["headers"] if name == KEY_HEADER.encode()), b"")
        now = datetime.now(UTC)
        try:
            # In a thread that nobody can cancel: whoever hangs up doesn't end what is being written.
            answer = await asyncio.to_thread(
                self._folder.add_checkpoint, body, offered.decode("utf-8", "replace"), now=now
            )
        except (OSError, WitnessRefuses) as error:
            _log.error("witness.unable", error=str(error))
            return Answer(503, b"the witness can't keep anything just now\n")
        _log.info("witness.answered", status=answer.status)
        return answer


async def _body(receive: Receive) -> bytes | None:
    """The body; None for one that is too large."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body  # gone; what there is can't be read as a request
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_REQUEST:
            return None
        if not message.get("more_body"):
            return body


def serve(folder: Path, name: str, *, host: str, port: int, learn: str, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises `WitnessRefuses`, `WitnessMalformed`, `OSError`."""
    witness = WitnessFolder(folder, name, learn=learn)
    say(f"this witness is {witness.cosigner.key.text()}")
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(witness):
        asyncio.run(_serve(WitnessApp(witness), host, port))


async def _serve(app: WitnessApp, host: str, port: int) -> None:
    server = Server(
        app, address=host, port=port, interface=Interfaces.ASGI, http=HTTPModes.http1, websockets=False,
        log_enabled=False,
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
