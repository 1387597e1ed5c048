"""A seller and a buyer over one sandbox network, and a few words to act in their names without HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

import ubl
from gateway.db import Database
from gateway.inbound import flow as inbound
from gateway.inbound.opened import Opened, Receipt, open_delivery
from gateway.outbound import examples, flow, queries
from gateway.outbound import jobs as outbound_jobs
from gateway.outbound.flow import SendJob
from gateway.outbound.routing import route
from gateway.responses import arriving, jobs, view
from gateway.responses import flow as responses
from gateway.responses.flow import Said
from gateway.responses.view import Answer
from gateway.sandbox.journal import Participant
from gateway.storage.folder import FolderStorage
from peppol import sbdh
from peppol.identifiers import INVOICE_RESPONSE, RESPONDING, ParticipantId
from peppol.message import Delivery, Message
from peppol.provider import Provider
from peppol.providers.sandbox import SandboxProvider
from tests.gateway.outbound.conftest import NOW, Company, bare_wiring, executor, open_company
from tests.gateway.sandbox.process import SECRET, TOKEN, TYPES, SandboxProcess, account, free_port, sandbox
from ubl import response as invoice_response
from ubl.response import Clarification, Code, Kind

__all__ = ["executor"]

SELLER, BUYER, STRANGER = "0235:1987654321", "0235:1123456789", "0235:1555666777"
ALL_TYPES = (*TYPES, str(INVOICE_RESPONSE))
WHY = (Clarification(kind=Kind.REASON, code="QUA", text="Two chairs are broken."),)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox(tmp_path_factory.mktemp("network")) as process:
        nowhere = f"http://127.0.0.1:{free_port()}/"
        process.desk.register(*(Participant(who, ALL_TYPES, nowhere, secret=SECRET) for who in (SELLER, BUYER)))
        yield process


@pytest.fixture(scope="module")
async def line(network: SandboxProcess) -> AsyncIterator[Provider]:
    provider = SandboxProvider(account(network.url, TOKEN, SECRET), timeout=timedelta(seconds=60))
    yield provider
    await provider.close()


async def _company(database: Database, admin: Database, pool: Any, line: Provider, folder: Any, who: str) -> Company:
    wiring = msgspec.structs.replace(bare_wiring(database, pool), provider=line, storage=FolderStorage(folder))
    return await open_company(database, admin, wiring, tin=who[5:], trn=f"{who[5:]}00003")


@pytest.fixture(scope="module")
async def seller(
    module_database: Database,
    module_admin: Database,
    executor: Any,
    line: Provider,
    tmp_path_factory: pytest.TempPathFactory,
) -> Company:
    folder = tmp_path_factory.mktemp("seller")
    return await _company(module_database, module_admin, executor, line, folder, SELLER)


@pytest.fixture(scope="module")
async def buyer(
    module_database: Database,
    module_admin: Database,
    executor: Any,
    line: Provider,
    tmp_path_factory: pytest.TempPathFactory,
) -> Company:
    folder = tmp_path_factory.mktemp("buyer")
    return await _company(module_database, module_admin, executor, line, folder, BUYER)


async def issued(company: Company, **changes: Any) -> UUID:
    """A document that our access point has taken."""
    document_id = await company.sealed(msgspec.structs.replace(examples.INVOICE, **changes))
    await company.approve(document_id)
    async with company.call() as call:
        await flow.send(call, document_id)
    await outbound_jobs.send(company.wiring, company.id, msgspec.json.encode(SendJob(document_id)), now=company.now)
    return document_id


async def xml_of(company: Company, document_id: UUID) -> bytes:
    """A sealed document."""
    row = await company.row(document_id)
    async with company.database.company(company.id) as db:
        keys = company.wiring.keys
        return await queries.sealed_xml(db, company.id, series=row.series, number=row.number, keys=keys)


def opened(message: Message) -> Opened:
    """What arrives, opened."""
    return open_delivery(Delivery(sbdh.write(message), f"ref-{uuid4()}"), provider="sandbox", account_id=None)


async def received(company: Company, xml: bytes | None = None, **changes: Any) -> UUID:
    """A document that was delivered to the company: an invoice of the seller's, unless given."""
    if xml is None:
        invoice = msgspec.structs.replace(examples.INVOICE, number=f"S-{uuid4().hex[:8]}", uuid=str(uuid4()), **changes)
        xml = ubl.write(ubl.complete(invoice))
    came = opened(route(xml, instance_id=str(uuid4()), created_at=NOW))
    return (await inbound.receive(company.wiring, company.id, came, now=company.now)).id


async def answered(company: Company, document_id: UUID, code: Code, *why: Clarification, **options: Any) -> UUID:
    """What the API does with an answer."""
    by_key = options.pop("by_key", True)
    async with company.call(by_key=by_key) as call:
        return await responses.answer(call, document_id, Said(code=code, clarifications=why, **options))


async def sent(company: Company, response_id: UUID, *, provider: Provider | None = None) -> None:
    """What a worker does with the order to send."""
    wiring = msgspec.structs.replace(company.wiring, provider=provider or company.wiring.provider)
    await jobs.send(wiring, company.id, msgspec.json.encode(responses.SendJob(response_id)), now=company.now)


async def shown(company: Company, document_id: UUID, response_id: UUID) -> Answer:
    async with company.call() as call:
        return await view.one(call, document_id, response_id)


def response_to(xml: bytes, code: Code, *why: Clarification, now: datetime = NOW, **options: Any) -> bytes:
    """What the buyer says of these bytes."""
    given = why or (WHY if code in invoice_response.NEEDS_REASON else ())
    told = invoice_response.build(ubl.read(xml), code, id=str(uuid4()), now=now, clarifications=given, **options)
    return invoice_response.write(told)


def message_of(xml: bytes, *, sender: str = BUYER, receiver: str = SELLER, instance_id: str | None = None) -> Message:
    """An envelope around a response."""
    return Message(
        instance_id=instance_id or str(uuid4()),
        sender=ParticipantId(sender),
        receiver=ParticipantId(receiver),
        document_type=INVOICE_RESPONSE,
        process=RESPONDING,
        country_c1="AE",
        created_at=NOW,
        document=xml,
    )


async def arrives(company: Company, xml: bytes, **envelope: Any) -> Receipt:
    """The network delivers a response to the company."""
    come = opened(message_of(xml, **envelope))
    return await arriving.take_response(company.wiring, company.id, come, now=company.now)


async def together(*work: Any) -> list[Any]:
    return await asyncio.gather(*work, return_exceptions=True)
