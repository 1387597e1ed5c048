"""A real S3 server as a process of its own, for the tests of storage and archives."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from gateway.storage.bucket import Bucket


@contextmanager
def s3_process() -> Iterator[str]:
    """Its address, on loopback, with a bucket `evidence` in it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            _await(address)
            yield address
        finally:
            server.kill()


def bucket(address: str, *, prefix: str = "") -> Bucket:
    """The server's bucket."""
    return Bucket("evidence", address, "us-east-1", "an-id", "a-secret", prefix)


def _await(address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.put(f"{address}/evidence", timeout=5).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the S3 server doesn't answer")
