"""The virus scanner, a daemon that speaks clamd's INSTREAM over TCP or a socket file; or none.

z INSTREAM\\0, then chunks of u32 length and bytes, then a zero length -> `stream: OK` or `stream: <name> FOUND`
"""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

import msgspec

from gateway.bills.errors import FileRefused, ScannerUnavailable

_CHUNK = 128 * 1024
_PATIENCE = 60.0
"""Seconds for one file, connecting included."""
_LONGEST_ANSWER = 4096
_FOUND = re.compile(rb"stream: (.{1,200}) FOUND\Z")


class Address(msgspec.Struct, frozen=True):
    """Where the daemon listens."""

    host: str = ""
    port: int = 0
    path: str = ""
    """Of a socket file, instead of host and port."""


def address(url: str) -> Address:
    """As the settings hold it.

    >>> address("unix:///run/clamd.ctl")
    Address(host='', port=0, path='/run/clamd.ctl')
    """
    parts = urlsplit(url)
    return Address(path=parts.path) if parts.scheme == "unix" else Address(parts.hostname or "", parts.port or 0)


async def scan(data: bytes, url: str) -> str:
    """What is said of these bytes: `clean`, or `not scanned` where no scanner is set up.

    Raises FileRefused (`infected`), ScannerUnavailable: unreachable, slow, or an answer that is neither yes nor no.
    """
    if not url:
        return "not scanned"
    try:
        async with asyncio.timeout(_PATIENCE):
            answer = await _ask(address(url), data)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise ScannerUnavailable from error
    if answer == b"stream: OK":
        return "clean"
    found = _FOUND.match(answer)
    if found is None:
        raise ScannerUnavailable
    name = "".join(sign for sign in found[1].decode("utf-8", "replace") if sign.isprintable())
    raise FileRefused("infected", f"The virus scanner finds {name} in this file. It is not taken.")


async def _ask(place: Address, data: bytes) -> bytes:
    reader, writer = await (
        asyncio.open_unix_connection(place.path, limit=_LONGEST_ANSWER)
        if place.path
        else asyncio.open_connection(place.host, place.port, limit=_LONGEST_ANSWER)
    )
    try:
        writer.write(b"zINSTREAM\0")
        for start in range(0, len(data), _CHUNK):
            chunk = data[start : start + _CHUNK]
            writer.write(len(chunk).to_bytes(4, "big") + chunk)
            await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
        return (await reader.readuntil(b"\0"))[:-1].strip()
    finally:
        writer.close()
