"""The provider's calls with statuses: signed, about a document of ours, or refused in words."""

from __future__ import annotations

from uuid import uuid4

import httpx
import msgspec
import pytest

from peppol import signature
from peppol.providers.sandbox_wire import Happened, Told
from peppol.statuses import Outcome
from tests.gateway.house import House


async def tell(house: House, body: bytes, *, secret: bytes | None = None) -> httpx.Response:
    known = house.wiring.settings.provider_secrets[0].reveal().encode()
    headers = signature.sign(secret or known, f"call-{uuid4()}", body, house.now)
    return await house.client.post("/v1/network/statuses", content=body, headers=headers)


def delivered(house: House, key: str) -> bytes:
    return msgspec.json.encode(Told((Happened("evt-1", key, Outcome.DELIVERED, house.now),)))


async def test_unsigned_and_forged_calls_are_strangers(house: House) -> None:
    body = delivered(house, str(uuid4()))
    assert (await house.client.post("/v1/network/statuses", content=body)).status_code == 401
    assert (await tell(house, body, secret=b"another secret")).status_code == 401


@pytest.mark.parametrize("key", ["019a6f00-0000-4000-8000-000000000000", "no uuid", ""])
async def test_keys_of_nobody_are_not_found(house: House, key: str) -> None:
    answer = await tell(house, delivered(house, key))
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"events":[{}]}', b"\xff\xfe", b'{"events":' + b"[" * 10_000])
async def test_nonsense_is_malformed(house: House, body: bytes) -> None:
    assert (await tell(house, body)).status_code == 400


async def test_no_events_are_fine(house: House) -> None:
    assert (await tell(house, msgspec.json.encode(Told(())))).status_code == 204
