"""A witness as the process that an auditor would start, reached over HTTP."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx

from ledger.cosignature import WITNESS, NoteKey
from tests.gateway.sandbox.process import free_port

NAME = "witness.example/w1"
KILLED_AFTER_KEEPING = """
import os, signal
from gateway.witness import folder
keep = folder.WitnessFolder._keep
def kept_and_killed(self, origin, seen):
    keep(self, origin, seen)
    os.kill(os.getpid(), signal.SIGKILL)
folder.WitnessFolder._keep = kept_and_killed
"""
"""Dies when the checkpoint is on disk and the answer isn't on its way."""


class WitnessProcess:
    """Starts, kills and starts again over the same folder, at the same address."""

    def __init__(self, folder: Path, *, name: str = NAME, learn: str = "") -> None:
        self.folder, self.name, self.learn = folder, name, learn
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder.with_name(folder.name + ".log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, before: str = "") -> WitnessProcess:
        """`before`: a piece of Python that runs first. Where another took the port at first, it gets a new one."""
        served = self._process is not None
        for _ in range(5):
            if self._started(before):
                return self
            self.kill()
            said = self._log.read_text()[-2000:]
            if served or "can't be served" not in said:
                break
            self.port = free_port()
        raise AssertionError(f"the witness didn't start: {said}")

    def _started(self, before: str) -> bool:
        given = ["witness", "--folder", str(self.folder), "--name", self.name, "--port", str(self.port)]
        given += ["--learn", self.learn]
        run = f"{before}\nimport sys\nfrom gateway.__main__ import main\nsys.exit(main({given}))"
        with self._log.open("wb") as file:
            self._process = subprocess.Popen([sys.executable, "-c", run], stdout=file, stderr=file)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                httpx.get(f"{self.url}/key", trust_env=False, timeout=5)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return True
        return False

    @property
    def key(self) -> NoteKey:
        return NoteKey.parse(httpx.get(f"{self.url}/key", trust_env=False).text, WITNESS)

    def knows(self, *keys: NoteKey) -> None:
        """Tell it of logs, as its operator does."""
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "logs").open("a") as file:
            file.writelines(f"{key.text()}\n" for key in keys)

    def add(self, body: bytes, **headers: str) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(f"{self.url}/add-checkpoint", content=body, headers=given, trust_env=False, timeout=30)

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        assert self._process is not None
        return self._process.wait(60)

    def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self.ended()

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
