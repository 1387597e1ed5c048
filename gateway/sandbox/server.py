"""The process: one event loop that serves the network's interface and hands over in the background."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from gateway.sandbox.journal import Journal
from gateway.sandbox.network import build


def serve(*, port: int, folder: Path, token: str, address: str = "127.0.0.1") -> None:
    """Serve until SIGTERM or SIGINT. `folder` keeps the journal; start again with the same one to continue."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(address, port, folder, token))


async def _serve(address: str, port: int, folder: Path, token: str) -> None:
    app = build(Journal(folder / "network.sqlite"), token)
    server = Server(
        app, address=address, port=port, interface=Interfaces.ASGI, http=HTTPModes.http1, websockets=False,
        log_enabled=False,
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
