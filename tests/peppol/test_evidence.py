"""What is kept of a provider's answers: enough to prove it, and no secret of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from peppol.errors import PeppolError, Precondition, Temporary
from peppol.message import StatusEvent, Submission
from peppol.providers.auth import bearer
from peppol.providers.evidence import LARGEST_BODY, evidenced
from peppol.providers.line import Line, read
from peppol.statuses import Outcome

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TOKEN = "a-token-of-some-length"


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[Line]:
    """A server that says this to whoever calls; `{request}` in it is what it heard."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = await reader.readuntil(b"\r\n\r\n")
        writer.write(answer.replace(b"{request}", heard))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        line = Line(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", auth=bearer(TOKEN))
        yield line
        await line.close()


async def met(answer: bytes) -> PeppolError:
    """The error of a call that wants JSON and gets this."""

    @evidenced
    async def ask(line: Line) -> int:
        return read(await line.ask("GET", "/"), int)

    async with answering(answer) as line:
        with pytest.raises(PeppolError) as caught:
            await ask(line)
    return caught.value


async def test_an_answer_that_repeats_our_credential_is_kept_without_it() -> None:
    error = await met(b"HTTP/1.1 401 No\r\nset-cookie: session=1\r\ndate: today\r\n\r\nYou said: {request}")
    assert isinstance(error, Precondition)
    assert error.evidence.startswith(b"HTTP 401 No\r\ndate: today\r\n\r\nYou said: GET / HTTP/1.1")
    assert TOKEN.encode() not in error.evidence
    assert b"session=1" not in error.evidence


async def test_of_an_answer_without_end_the_beginning_is_kept() -> None:
    error = await met(b"HTTP/1.1 502 Bad\r\ncontent-type: text/html\r\n\r\n" + b"<p>" * LARGEST_BODY)
    assert LARGEST_BODY < len(error.evidence) < LARGEST_BODY + 200
    assert b"content-type: text/html\r\n\r\n<p><p>" in error.evidence


@pytest.mark.parametrize("report", [False, True])
async def test_a_yes_and_a_report_are_kept_without_our_credential_and_up_to_a_bound(report: bool) -> None:
    @evidenced
    async def ask(line: Line) -> Submission | tuple[StatusEvent, ...]:
        body = (await line.ask("GET", "/")).body
        if report:
            return (StatusEvent("e", "key", Outcome.TAKEN, NOW, evidence=body),)
        return Submission("reference", "key", NOW, body)

    said = b"You said: {request}" + b"." * (LARGEST_BODY - len(b"[credential]")) + TOKEN.encode() * LARGEST_BODY
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n" + said) as line:
        told = await ask(line)
    evidence = told.evidence if isinstance(told, Submission) else told[0].evidence
    assert evidence.startswith(b"You said: GET / HTTP/1.1")
    assert TOKEN.encode() not in evidence
    assert len(evidence) == LARGEST_BODY


async def test_no_beginning_of_a_credential_is_left_where_an_answer_is_cut() -> None:
    said = b"." * (LARGEST_BODY - 5) + TOKEN.encode()
    error = await met(b"HTTP/1.1 401 No\r\n\r\n" + said)
    assert error.evidence.endswith(b".[cred")


async def test_an_answer_that_broke_off_is_kept_as_far_as_it_came() -> None:
    error = await met(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{half")
    assert isinstance(error, Temporary)
    assert error.evidence.endswith(b"{half")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (b"7", 7),
        (b"99999", 3600),
        (b"Sat, 21 Nov 2026 08:30:30 GMT", 30),
        (b"Sat, 21 Nov 2026 08:00:00 GMT", 0),
        (b"soon", None),
        (b"-1", None),
    ],
)
async def test_a_pause_is_asked_for_in_seconds_or_until_a_date(said: bytes, seconds: int | None) -> None:
    error = await met(b"HTTP/1.1 503 Busy\r\ndate: Sat, 21 Nov 2026 08:30:00 GMT\r\nretry-after: " + said + b"\r\n\r\n")
    assert isinstance(error, Temporary)
    assert error.retry_after == (None if seconds is None else timedelta(seconds=seconds))
