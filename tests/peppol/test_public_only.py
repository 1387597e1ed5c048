"""An account whose addresses a customer chose leads to public ones only: the provider's, and its token service's."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest

from peppol.errors import PeppolError, Precondition, Temporary
from peppol.identifiers import INVOICE, ParticipantId
from peppol.message import Condition
from peppol.outward import AddressRefused, PublicOnly
from peppol.providers import PROVIDERS, ProviderAccount
from peppol.providers.wants import WANTS
from tests.peppol.stubs.server import NOT_FOUND, Answer, Call, Stub

SECRET = "an-unusual-secret"
TOKENS = "https://tokens.provider.example/"


class Known:
    def reveal(self) -> str:
        return SECRET


class Reads(dict[str, Any]):
    """Remembers which names were asked for."""

    def __init__(self, known: dict[str, Any]) -> None:
        super().__init__(known)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


class Silent(Stub):
    """Counts who comes."""

    def admits(self, call: Call) -> bool:
        return True

    def submits(self, call: Call) -> bool:
        return False

    def answer(self, call: Call) -> Answer:
        return NOT_FOUND


def account(name: str, base_url: str, *, token_url: str = TOKENS, public_only: bool = True) -> ProviderAccount:
    options = dict.fromkeys(WANTS[name].options, "1") | {"token_url": token_url}
    credentials = dict.fromkeys(WANTS[name].credentials - {"consumer_key"}, Known())
    return ProviderAccount(base_url=base_url, credentials=credentials, options=options, public_only=public_only)


def inwards(monkeypatch: pytest.MonkeyPatch, address: str = "127.0.0.1") -> None:
    """Every name leads there: lying DNS."""

    async def found(_: Any, host: str, port: int, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", found)


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    "url", ["http://provider.example", "https://127.0.0.1:1", "https://[::1]/", "https://169.254.169.254/latest", "https:///x"]
)  # fmt: skip
def test_what_is_known_to_be_wrong_is_refused_at_once(name: str, url: str) -> None:
    with pytest.raises(Precondition):
        PROVIDERS[name](account(name, url))


@pytest.mark.parametrize("name", ["tradeshift", "basware"])
def test_the_token_services_address_is_held_to_the_same(name: str) -> None:
    with pytest.raises(Precondition, match="token_url"):
        PROVIDERS[name](account(name, "https://provider.example", token_url="https://10.0.0.1/token"))


@pytest.mark.parametrize("name", PROVIDERS)
async def test_a_name_that_leads_inwards_is_never_called(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inwards(monkeypatch)
    async with Silent.running() as stub:
        port = stub.url.rpartition(":")[2]
        provider = PROVIDERS[name](
            account(name, f"https://provider.example:{port}", token_url=f"https://t.example:{port}")
        )
        health = await provider.health()
        with pytest.raises(PeppolError) as refused:
            await provider.lookup(ParticipantId("0235:1234567890"), INVOICE)
        await provider.close()
    assert health.condition is Condition.REFUSES_US
    assert "private network" in health.detail
    assert SECRET not in health.detail + str(refused.value)
    assert stub.calls == []


async def test_a_name_without_address_may_get_one_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(-2, "unknown")

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", nobody)
    provider = PROVIDERS["peppyrus"](account("peppyrus", "https://provider.example"))
    assert (await provider.health()).condition is Condition.UNREACHABLE
    await provider.close()


async def test_the_transport_connects_to_the_very_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked twice, DNS could answer otherwise the second time."""
    async with Silent.running() as stub:
        inwards(monkeypatch)
        port = stub.url.rpartition(":")[2]
        async with httpx.AsyncClient(transport=PublicOnly(inward=True)) as client:
            await client.get(f"http://some.name.example:{port}/path")
    (call,) = stub.calls
    assert call.headers["host"] == f"some.name.example:{port}"


async def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("9.9.9.9", "10.0.0.1")]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", found)
    async with httpx.AsyncClient(transport=PublicOnly()) as client:
        with pytest.raises(AddressRefused):
            await client.get("https://mixed.example/")


async def test_a_look_up_that_takes_too_long_is_no_outcome_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peppol.outward._LOOKING_UP", 0.0)
    async with httpx.AsyncClient(transport=PublicOnly()) as client:
        with pytest.raises(Temporary):
            await client.get("https://slow.example/")


@pytest.mark.parametrize("name", PROVIDERS)
async def test_an_adapter_reads_what_is_said_to_be_read_and_nothing_else(name: str) -> None:
    """Whatever way it is known: by everything at once, by a token alone, or by signed calls."""
    given = account(name, "https://provider.example")
    signed = {one: Known() for one in ("consumer_key", "consumer_secret", "token", "token_secret")}
    asked = Reads({}), Reads({})
    for credentials in (dict(given.credentials), {"token": Known()}, signed):
        read, options = Reads(credentials), Reads(dict(given.options))
        try:
            made = PROVIDERS[name](
                ProviderAccount(base_url="https://provider.example", credentials=read, options=options)
            )
            await made.close()
        except Precondition:
            assert not WANTS[name].credentials <= credentials.keys()
        asked[0].asked |= read.asked
        asked[1].asked |= options.asked
    assert asked[0].asked <= WANTS[name].credentials
    assert all(WANTS[name].reads_option(one) for one in asked[1].asked)


def test_every_adapter_says_what_it_reads() -> None:
    assert WANTS.keys() == PROVIDERS.keys()
