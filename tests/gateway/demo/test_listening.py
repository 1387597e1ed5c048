"""The story's ERP believes what is signed with its secret over these very bytes, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from gateway.demo.story.listening import Listener
from gateway.webhooks.message import headers

SECRET, ID, BODY = b"a-secret-of-the-listener", UUID(int=7), b'{"type": "invoice.buyer_paid"}'
SIGNED = headers([SECRET], ID, BODY, datetime.now(UTC))


@asynccontextmanager
async def listening(secret: bytes) -> AsyncIterator[tuple[Listener, str]]:
    listener = Listener()
    listener.secret = secret
    server = await asyncio.start_server(listener.take, "127.0.0.1", 0)
    try:
        yield listener, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        await server.wait_closed()


async def call(secret: bytes, body: bytes, given: dict[str, str]) -> tuple[int, int]:
    """The answer, and how much was heard."""
    async with listening(secret) as (listener, url), httpx.AsyncClient(trust_env=False, timeout=60) as http:
        answer = await http.post(url, content=body, headers=given)
        return answer.status_code, len(listener.heard)


async def test_what_the_gateway_signs_is_heard() -> None:
    assert await call(SECRET, BODY, dict(SIGNED)) == (204, 1)


async def test_two_secrets_sign_while_one_is_replaced() -> None:
    both = headers([b"the-next-secret-of-the-listener", SECRET], ID, BODY, datetime.now(UTC))
    assert await call(SECRET, BODY, dict(both)) == (204, 1)


@pytest.mark.parametrize(
    ("secret", "body", "given"),
    [
        (SECRET, BODY.replace(b"paid", b"said"), SIGNED),
        (SECRET, BODY, {**SIGNED, "webhook-id": "another"}),
        (SECRET, BODY, {**SIGNED, "webhook-timestamp": "1"}),
        (SECRET, BODY, {}),
        (b"another-secret", BODY, SIGNED),
        (b"", BODY, headers([b""], ID, BODY, datetime.now(UTC))),
    ],
    ids=["other bytes", "other id", "other time", "unsigned", "other secret", "no secret yet"],
)
async def test_nothing_else_is(secret: bytes, body: bytes, given: dict[str, str]) -> None:
    assert await call(secret, body, dict(given)) == (401, 0)
