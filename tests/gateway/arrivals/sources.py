"""Providers that hold documents for us, over real HTTP: something is put there, and one sees what still waits."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol
from uuid import UUID, uuid4

import msgspec

from gateway.db import new_id
from gateway.outbound.routing import route
from gateway.providers import queries as accounts
from gateway.providers import secrets
from gateway.providers.models import Registered
from gateway.settings import Secret
from gateway.wiring import Wiring
from peppol.identifiers import ParticipantId
from peppol.provider import Provider
from peppol.providers import PROVIDERS, ProviderAccount
from peppol.providers.line import Limits
from peppol.providers.sandbox import SandboxProvider
from tests.gateway.inbound.envelopes import NOW
from tests.gateway.sandbox.process import TOKEN, SandboxProcess, account
from tests.peppol.stubs.peppyrus import PeppyrusStub
from tests.peppol.stubs.server import SECRET, Stub
from tests.peppol.stubs.storecove import ENTITY, StorecoveStub
from tests.peppol.stubs.tradeshift import PROFILE, TENANT, TradeshiftStub

SELLER = "0235:1987654321"
BUYER_TIN = "1222333444"
BUYER = f"0235:{BUYER_TIN}"
ABROAD = "0235:1000000002"
"""Somebody on every network, and no company here."""

OPTIONS = {
    "sandbox": {},
    "storecove": {"legal_entity": str(ENTITY), "scheme_0235": "AE:TIN"},
    "peppyrus": {},
    "tradeshift": {"tenant_id": TENANT, "profile_invoice": PROFILE},
}
"""Adapter -> the options of an account there."""


class Source(Protocol):
    """One provider with an inbox of ours."""

    name: str
    url: str
    token: str

    async def put(self, xml: bytes) -> str:
        """A document comes in for us; returns the provider's id of it."""

    async def waiting(self) -> int:
        """How many were not acknowledged."""

    def adapter(self, seconds: float = 60) -> Provider:
        """Ours; whoever opens it closes it."""


class Stubbed:
    """A stub of `tests/peppol/stubs`."""

    def __init__(self, name: str, stub: Stub) -> None:
        self.name, self.stub, self.url, self.token = name, stub, stub.url, SECRET

    async def put(self, xml: bytes, *, sender: str = SELLER, receiver: str = BUYER) -> str:
        key = str(uuid4())
        match self.stub:
            case StorecoveStub() as stub:
                stub.received[key] = xml
                return stub.tell(event_type="received_document", event="received", document_guid=key)
            case PeppyrusStub() as stub:
                added = stub._add(sender, receiver, b64encode(xml).decode(), "IN", "inbox")
                return str(added["id"])
            case TradeshiftStub() as stub:
                stub.inbox[key] = xml
                return key
        raise AssertionError(self.stub)

    async def waiting(self) -> int:
        match self.stub:
            case StorecoveStub() as stub:
                return len(stub.queue)
            case PeppyrusStub() as stub:
                return sum(one["folder"] == "inbox" and not one["confirmed"] for one in stub.messages.values())
            case TradeshiftStub() as stub:
                return len(stub.inbox.keys() - {document for document, _ in stub.tags})
        raise AssertionError(self.stub)

    def adapter(self, seconds: float = 60) -> Provider:
        given = ProviderAccount(base_url=self.url, credentials={"token": Secret(SECRET)}, options=OPTIONS[self.name])
        made: Provider = PROVIDERS[self.name](given, limits=Limits(timedelta(seconds=seconds)))
        return made


class Sandbox:
    """The sandbox network in its own process."""

    name = "sandbox"

    def __init__(self, process: SandboxProcess) -> None:
        self.url, self.token = process.url, TOKEN

    async def put(self, xml: bytes) -> str:
        key = str(uuid4())
        before = await self._listed()
        sender = self.adapter()
        try:
            message = route(xml, instance_id=key, created_at=NOW)
            await sender.submit(msgspec.structs.replace(message, receiver=ParticipantId(BUYER)), key)
        finally:
            await sender.close()
        for _ in range(600):
            if new := [reference for reference in await self._listed() if reference not in before]:
                return new[0]
            await asyncio.sleep(0.1)
        raise AssertionError("the network didn't put it on the shelf")

    async def waiting(self) -> int:
        return len(await self._listed())

    async def _listed(self) -> list[str]:
        provider = self.adapter()
        try:
            found, cursor = list[str](), ""
            while True:
                page = await provider.fetch_inbound(cursor)
                found += [delivery.reference for delivery in page.deliveries]
                if not page.more:
                    return found
                cursor = page.cursor
        finally:
            await provider.close()

    def adapter(self, seconds: float = 60) -> Provider:
        return SandboxProvider(account(self.url, TOKEN), timeout=timedelta(seconds=seconds))


STUBS: dict[str, type[Stub]] = {
    "storecove": StorecoveStub,
    "peppyrus": PeppyrusStub,
    "tradeshift": TradeshiftStub,
}


@asynccontextmanager
async def stubbed(name: str) -> AsyncIterator[Stubbed]:
    """A fresh stub."""
    async with STUBS[name].running() as stub:
        yield Stubbed(name, stub)


async def add_account(
    wiring: Wiring, company_id: UUID, adapter: str, url: str, *, token: str = SECRET, webhook: tuple[str, ...] = ()
) -> UUID:
    """An account of the company at a provider."""
    account_id = new_id()
    kept = secrets.Secrets({"token": token}, webhook)
    registered = Registered(
        id=account_id,
        adapter=adapter,
        label=f"{adapter} {account_id}",
        enabled=True,
        position=1,
        base_url=url,
        options=dict(OPTIONS.get(adapter, {})),
        credentials=("token",),
        webhook_secrets=len(webhook),
        sealed=secrets.seal(wiring.key_ring, company_id, account_id, kept),
        version=1,
        created_at=NOW,
        changed_at=NOW,
    )
    async with wiring.database.company(company_id) as db:
        await accounts.add(db, company_id, registered)
    return account_id
