"""The processes of an installation: the sandbox network, the gateway, a worker; started, watched and ended together."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec

from gateway.demo.telling import StoryBroken
from gateway.settings import Settings

_PATIENCE = 120.0
"""Seconds for a process to be ready; a cold and busy machine needs many."""
_GOODBYE = 40.0
"""Seconds for a process to end by itself."""


class Running:
    """The child processes."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        """`folder`: for their logs."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._settings, self._folder = settings, folder
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, word: str) -> None:
        """Run `python -m gateway <word>` over the same data folder; its output goes to a log."""
        overrides = [f"{name}={value}" for name, value in environment(self._settings).items()]
        with self.log(word).open("ab" if word in self._children else "wb") as log:
            self._children[word] = subprocess.Popen(  # noqa: S603 - our own program and settings
                ["/usr/bin/env", *overrides, sys.executable, "-m", "gateway", word],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, word: str) -> None:
        """SIGKILL to one of them: no goodbye. It may be started again."""
        child = self._children[word]
        child.kill()
        child.wait()

    def log(self, word: str) -> Path:
        """Where that process writes."""
        return self._folder / f"{word}.log"

    def dead(self) -> str | None:
        """The name of a process that has ended, if one has."""
        return next((word for word, child in self._children.items() if child.poll() is not None), None)

    async def ready(self, url: str) -> None:
        """Wait until this address answers 200; raises StoryBroken with the log where a process has ended."""
        deadline = time.monotonic() + _PATIENCE
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            while time.monotonic() < deadline:
                if (word := self.dead()) is not None:
                    raise StoryBroken(f"`{word}` has ended:\n{_tail(self.log(word))}")
                try:
                    if (await http.get(url)).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        raise StoryBroken(f"{url} didn't answer within {_PATIENCE:.0f} seconds; see {self._folder}.")

    def stop(self) -> None:
        """End every process; whoever doesn't listen is killed. Nothing to end is fine."""
        ending = list(self._children.values())
        self._children.clear()
        for child in ending:
            child.terminate()
        for child in ending:
            try:
                child.wait(_GOODBYE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


@contextmanager
def running(settings: Settings, folder: Path) -> Iterator[Running]:
    """Nothing yet; whatever is started ends here."""
    children = Running(settings, folder)
    try:
        yield children
    finally:
        children.stop()


def environment(settings: Settings) -> Mapping[str, str]:
    """What the children must be told beside the environment that they inherit; nothing of it is a secret."""
    return {
        "INVOLINKS_HOME": str(settings.home),
        "INVOLINKS_HOST": settings.host,
        "INVOLINKS_PORT": str(settings.port),
        "INVOLINKS_PUBLIC_URL": settings.public_url,
        "INVOLINKS_PROVIDER_URL": settings.provider_url,
    }


def settled(settings: Settings) -> Settings:
    """The same settings with ports that are free (others where somebody sits there already) and an absolute home."""
    port = free_port(settings.port)
    network = free_port(urlsplit(settings.provider_url).port or 8090, but=port)
    return msgspec.structs.replace(
        settings,
        home=settings.home.resolve(),
        port=port,
        public_url=settings.public_url if port == settings.port else f"http://127.0.0.1:{port}",
        provider_url=f"http://127.0.0.1:{network}",
    )


def free_port(wanted: int, *, but: int = 0) -> int:
    """`wanted`, or any free port of the loopback interface where that one is taken (or is `but`)."""
    for port in (wanted, 0):
        if port == but and port:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise StoryBroken("No port is free on 127.0.0.1.")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
