"""The virus scanner: a daemon's yes, no, silence and nonsense, over TCP and a socket file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from gateway.bills.errors import FileRefused, ScannerUnavailable
from gateway.bills.scanning import scan
from gateway.http.problems import Unavailable
from tests.gateway.bills.conftest import House
from tests.gateway.bills.papers import page, pdf

EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


async def _clamd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """INSTREAM as clamd does it: whole chunks until an empty one, then its word and a NUL."""
    command = await reader.readuntil(b"\0")
    assert command == b"zINSTREAM\0"
    data = b""
    while length := int.from_bytes(await reader.readexactly(4), "big"):
        data += await reader.readexactly(length)
    writer.write(b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if EICAR in data else b"stream: OK\0")
    await writer.drain()
    writer.close()


def _says(answer: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(20)
        writer.write(answer)
        await writer.drain()
        writer.close()

    return serve


@asynccontextmanager
async def _listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_clean_and_infected_over_tcp() -> None:
    async with _listening(_clamd) as url:
        assert await scan(b"x" * 300_000, url) == "clean"
        with pytest.raises(FileRefused, match=r"Win\.Test\.EICAR") as refused:
            await scan(b"a" * 200_000 + EICAR, url)
        assert refused.value.reason == "infected"


async def test_over_a_socket_file(tmp_path: Path) -> None:
    async with await asyncio.start_unix_server(_clamd, tmp_path / "clamd"):
        assert await scan(b"x", f"unix://{tmp_path / 'clamd'}") == "clean"


async def test_without_a_scanner_that_is_said() -> None:
    assert await scan(EICAR, "") == "not scanned"


@pytest.mark.parametrize(
    "answer", [b"", b"stream: ", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK FOUND?\0", b"x" * 9000]
)
async def test_whatever_is_neither_yes_nor_no_is_no_leave(answer: bytes) -> None:
    async with _listening(_says(answer)) as url:
        with pytest.raises(ScannerUnavailable):
            await scan(b"x" * 1000, url)


async def test_without_its_scanner_the_hall_takes_nothing_and_says_try_again(house: House) -> None:
    async with _listening(_clamd) as url:
        gone = url
    settings = msgspec.structs.replace(house.wiring.settings, virus_scanner=gone)
    house.wiring = msgspec.structs.replace(house.wiring, settings=settings)
    with pytest.raises(Unavailable) as unavailable:
        await house.send(pdf([page("INV-1")]))
    assert unavailable.value.headers["Retry-After"] == "30"
    assert await house.count("bill_files") == 0
