"""A document for 97, 98 or 99 goes to the tax authority alone: nobody is looked up, nothing is handed to a receiver."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest

from gateway.outbound import statuses, view
from peppol.identifiers import PREDEFINED, DocumentTypeId, ParticipantId
from peppol.message import Registration
from peppol.provider import Provider
from peppol.statuses import Outcome
from tests.gateway.outbound.conftest import Company
from tests.gateway.outbound.test_transmission import network, of, queued, send, sender
from tests.gateway.sandbox.process import SandboxProcess
from ubl import Invoice
from ubl.invoice import Address, Delivery, Endpoint, Facts

__all__ = ["network", "sender"]


class Watched:
    """The network's own adapter; whoever asks it about a receiver is caught."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.looked_up: list[ParticipantId] = []
        self.asked_for_receipt: list[bool] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def lookup(self, participant: ParticipantId, document_type: DocumentTypeId) -> Registration | None:
        self.looked_up.append(participant)
        return await self._provider.lookup(participant, document_type)

    async def submit(self, message: Any, key: str) -> Any:
        self.asked_for_receipt.append(message.mls_type is not None)
        return await self._provider.submit(message, key)


def to_nobody(invoice: Invoice, endpoint: str) -> Invoice:
    """Deemed supply and export say so in the document as well."""
    assert invoice.buyer is not None
    buyer = msgspec.structs.replace(invoice.buyer, endpoint=Endpoint(id=endpoint))
    supply = Facts(deemed_supply=endpoint.endswith("97"), export=endpoint.endswith("99"))
    if endpoint.endswith("99"):
        there = Address(street="Hafenstrasse 1", city="Hamburg", subdivision="HH", country="DE")
        buyer = msgspec.structs.replace(buyer, address=there, trn=None)
        invoice = msgspec.structs.replace(invoice, delivery=Delivery(address=there))
    return msgspec.structs.replace(invoice, buyer=buyer, facts=supply)


@pytest.mark.parametrize("participant", sorted(PREDEFINED))
async def test_it_is_reported_and_delivered_to_nobody(
    participant: str, sender: Company, network: SandboxProcess, invoice: Invoice
) -> None:
    provider = Watched(sender.wiring.provider)
    document_id = await queued(sender, to_nobody(invoice, participant.partition(":")[2]))
    await send(sender, document_id, provider=provider)
    key = str((await of(sender, document_id)).id)
    told: tuple[Any, ...] = ()
    async with asyncio.timeout(60):
        while not told:
            told = await provider.status(key)
            await asyncio.sleep(0.05)
    await statuses.take(sender.wiring, sender.id, told, now=sender.now)
    assert [event.outcome for event in told] == [Outcome.REPORTED]
    assert network.desk.handovers(key) == []
    assert [report.key for report in network.desk.reports() if report.key == key] == [key]
    assert provider.looked_up == []
    assert provider.asked_for_receipt == [False]
    async with sender.call() as call:
        shown = await view.shown(call, document_id)
    facts = shown.facts
    assert [fact.state for fact in (facts.sender, facts.receiver, facts.authority, facts.buyer)] == [
        "yes",
        "not_applicable",
        "yes",
        "not_applicable",
    ]
    assert (shown.headline.code, shown.state) == ("reported-only", "REPORTED")
    async with sender.database.company(sender.id) as db:
        assert await statuses.settled(db, sender.id, UUID(key)), "nothing more is waited for"
