"""A sandbox network in a process of its own, as the tests of several rooms need it."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from gateway.sandbox.faults import Fault, Order
from gateway.sandbox.journal import Participant
from gateway.sandbox.tables import Handover, Report
from gateway.settings import Secret
from peppol.identifiers import CREDIT_NOTE, INVOICE
from peppol.providers import ProviderAccount
from peppol.statuses import Outcome

TOKEN = "sandbox-token-of-the-tests"
SECRET = "a-secret-that-signs-calls"
SELLER, BUYER, STRANGER = "0235:1000000001", "0235:1000000002", "0235:1000000003"
TYPES = tuple(str(kind).replace("@ae-1::", "@ae-1*::") for kind in (INVOICE, CREDIT_NOTE))


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to outgoing connections.

    A server that is killed finds it free again, and a client that calls it meanwhile can't be connected to itself.
    """
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def account(url: str, token: str = TOKEN, *secrets: str) -> ProviderAccount:
    """What the sandbox adapter is made from."""
    return ProviderAccount(
        base_url=url,
        credentials={"token": Secret(token)},
        webhook_secrets=tuple(secret.encode() for secret in secrets),
    )


class SandboxProcess:
    """Starts, kills and starts again over the same journal, at the same address."""

    def __init__(self, folder: Path, token: str = TOKEN) -> None:
        self.folder, self.token = folder, token
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.desk = Desk(self.url, token)

    def start(self) -> None:
        for _ in range(5):
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "network.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "gateway.sandbox", "--port", str(self.port), "--folder", str(self.folder)],
                    stdin=subprocess.PIPE,
                    stderr=log,
                )
            assert self._process.stdin
            self._process.stdin.write(self.token.encode() + b"\n")
            self._process.stdin.close()
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and self._process.poll() is None:
                try:
                    if httpx.get(f"{self.url}/health", trust_env=False, timeout=5).status_code == 200:
                        return
                except httpx.TransportError:
                    time.sleep(0.05)
            self.kill()
        raise AssertionError(f"the network didn't start: {(self.folder / 'network.log').read_text()[-2000:]}")

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        if self._process is not None:
            self._process.kill()
            self._end()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._end()

    def _end(self) -> None:
        assert self._process is not None
        self._process.wait(60)
        self._process = None


class Desk:
    """What a test says to the network's desk, and reads there."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token

    def register(self, *participants: Participant) -> None:
        for participant in participants:
            self._call("PUT", "/desk/participants", participant)

    def order(self, fault: Fault, *, participant: str = "", key: str = "", times: int = 1, seconds: int = 30) -> None:
        self._call("POST", "/desk/faults", Order(fault, participant, key, times, seconds))

    def cancel(self) -> None:
        self._call("DELETE", "/desk/faults")

    def announce(self, key: str, outcome: Outcome, reason: str = "") -> None:
        self._call("POST", f"/desk/messages/{key}/events", {"outcome": outcome, "reason": reason})

    def handovers(self, key: str) -> list[Handover]:
        return msgspec.json.decode(self._call("GET", f"/desk/messages/{key}/handovers"), type=list[Handover])

    def reports(self) -> list[Report]:
        return msgspec.json.decode(self._call("GET", "/desk/reports"), type=list[Report])

    def _call(self, method: str, path: str, body: object = None) -> bytes:
        response = httpx.request(
            method,
            self._url + path,
            content=msgspec.json.encode(body) if body is not None else None,
            headers={"authorization": f"Bearer {self._token}", "content-type": "application/json"},
            trust_env=False,
            timeout=60,
        )
        assert response.is_success, response.text
        return response.content


@contextmanager
def sandbox(folder: Path) -> Iterator[SandboxProcess]:
    """A running network that is stopped at the end."""
    process = SandboxProcess(folder)
    process.start()
    try:
        yield process
    finally:
        process.stop()
