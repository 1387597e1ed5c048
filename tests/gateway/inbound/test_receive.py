"""Whatever the network delivers to a company of ours is kept once, as it came, with what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import func, select, text

import ubl
from gateway.arrivals import dispatch, unreadable
from gateway.arrivals.line import Line
from gateway.audit.flow import Ask, verify_company
from gateway.db import Database
from gateway.inbound import flow, queries, reading
from gateway.inbound.errors import InstanceReused, ReceiverUnknown
from gateway.inbound.models import envelopes, received
from gateway.inbound.opened import Opened, Receipt, open_delivery
from gateway.inbound.view import shown
from gateway.lifecycle import IllegalTransition
from gateway.storage.folder import FolderStorage
from ledger.entry import Kind
from peppol import identifiers, sbdh
from peppol.errors import BadEnvelope
from peppol.identifiers import ParticipantId, ProcessId
from peppol.message import Delivery, Message
from tests.gateway.inbound.envelopes import NOW, enveloped, invoice
from tests.gateway.outbound.conftest import Company, bare_wiring, open_company

TIN, OTHER_TIN = "1222333444", "1555666777"


@pytest.fixture(scope="module")
async def buyer(
    module_database: Database, module_admin: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    with ThreadPoolExecutor(2) as executor:
        yield await _company(module_database, module_admin, executor, tmp_path_factory, TIN)


@pytest.fixture(scope="module")
async def other(
    module_database: Database, module_admin: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    with ThreadPoolExecutor(2) as executor:
        yield await _company(module_database, module_admin, executor, tmp_path_factory, OTHER_TIN)


class _Named:
    name = "test"


async def _company(
    database: Database, admin: Database, executor: Executor, folders: pytest.TempPathFactory, tin: str
) -> Company:
    provider: Any = _Named()
    wiring = msgspec.structs.replace(
        bare_wiring(database, executor), provider=provider, storage=FolderStorage(folders.mktemp("objects"))
    )
    return await open_company(database, admin, wiring, tin=tin, trn=f"{tin}00003")


async def receive(company: Company, envelope: bytes) -> Receipt:
    line = Line(account_id=None, company_id=None, provider=company.wiring.provider)
    return await dispatch.take(company.wiring, line, Delivery(envelope, "ref-1"), now=NOW)


def opened_from(envelope: bytes, *, rebuilt: bool = False) -> Opened:
    return open_delivery(Delivery(envelope, "ref-1", rebuilt=rebuilt), provider="test", account_id=None)


async def row(company: Company, document_id: UUID) -> Any:
    async with company.database.company(company.id) as db:
        return await queries.one(db, company.id, document_id)


async def count(company: Company) -> tuple[int, int, int]:
    """Documents, envelopes, RECEIVED entries of a company."""
    async with company.database.company(company.id) as db:
        documents = (await db.execute(select(func.count()).select_from(received))).scalar_one()
        came = (await db.execute(select(func.count()).select_from(envelopes))).scalar_one()
    entries = [entry for entry in await company.entries() if entry.kind == Kind.RECEIVED]
    return documents, came, len(entries)


def rules(found: Any) -> set[str]:
    return {finding["rule"] for finding in msgspec.json.decode(found.findings)}


async def test_a_document_is_kept_as_it_came_and_sealed(buyer: Company) -> None:
    xml = ubl.write(invoice("IN-1", buyer_tin=TIN))
    envelope = enveloped(xml)
    receipt = await receive(buyer, envelope)
    found = await row(buyer, receipt.id)
    assert not receipt.duplicate
    assert (found.state, found.number, found.valid, found.twin_of) == ("RECEIVED", "IN-1", True, None)
    assert await buyer.wiring.storage.get(found.envelope_sha256) == envelope
    assert await buyer.wiring.storage.get(found.xml_sha256) == sbdh.body(xml)
    (sealed,) = [e for e in await buyer.entries() if e.kind == Kind.RECEIVED and e.number == "IN-1"]
    (came,) = [e for e in await buyer.entries() if e.kind == Kind.TRANSMISSION and e.number == "IN-1"]
    assert sealed.attached == sbdh.body(xml)
    assert msgspec.json.decode(came.canonical)["envelope_sha256"] == found.envelope_sha256


async def test_the_ledger_with_received_documents_verifies(buyer: Company) -> None:
    """Through the checkpoints, and what the JSON says against what the XML says."""
    await receive(buyer, enveloped(invoice("IN-V", buyer_tin=TIN)))
    await receive(buyer, _scrap(TIN))
    report = await verify_company(buyer.database, buyer.id, Ask(deep=True))
    assert (report.status, report.failures) == ("ok", ())


async def test_an_envelope_that_was_written_here_says_so(buyer: Company) -> None:
    opened = opened_from(enveloped(invoice("IN-R", buyer_tin=TIN)), rebuilt=True)
    receipt = await flow.receive(buyer.wiring, buyer.id, opened, now=NOW)
    async with buyer.call() as call:
        document = await shown(call, receipt.id)
    assert [came.rebuilt for came in document.arrivals] == [True]
    assert "GW-REBUILT" in {finding.rule for finding in document.findings}
    assert document.valid
    (proof,) = [e for e in await buyer.entries() if e.kind == Kind.TRANSMISSION and e.number == "IN-R"]
    assert msgspec.json.decode(proof.canonical)["envelope_rebuilt"] is True


async def test_both_entries_of_a_reception_stand_under_one_checkpoint(buyer: Company) -> None:
    await receive(buyer, enveloped(invoice("IN-C", buyer_tin=TIN)))
    sealed, came = [entry for entry in await buyer.entries() if entry.number == "IN-C"]
    async with buyer.database.company(buyer.id) as db:
        sizes = set((await db.execute(text("select size from ledger_checkpoints"))).scalars())
    assert came.seq == sealed.seq + 1
    assert came.seq + 1 in sizes
    assert sealed.seq + 1 not in sizes


async def test_the_same_envelope_at_the_same_time(buyer: Company) -> None:
    before = await count(buyer)
    envelope = enveloped(invoice("IN-2", buyer_tin=TIN))
    receipts = await asyncio.gather(*(receive(buyer, envelope) for _ in range(6)))
    assert len({receipt.id for receipt in receipts}) == 1
    assert sorted(receipt.duplicate for receipt in receipts) == [False] + [True] * 5
    assert [after - early for after, early in zip(await count(buyer), before, strict=True)] == [1, 1, 1]


async def test_the_same_document_in_another_envelope_is_not_a_second_bill(buyer: Company) -> None:
    xml = ubl.write(invoice("IN-3", buyer_tin=TIN))
    first, second = await receive(buyer, enveloped(xml)), await receive(buyer, enveloped(xml))
    assert (second.id, second.duplicate) == (first.id, True)
    async with buyer.call() as call:
        document = await shown(call, first.id)
    assert len(document.arrivals) == 2
    assert [line.kind for line in document.timeline] == ["document.received", "document.repeated"]


async def test_an_instance_id_never_names_two_documents(buyer: Company) -> None:
    instance = str(uuid4())
    await receive(buyer, enveloped(invoice("IN-4", buyer_tin=TIN), instance_id=instance))
    before = await count(buyer)
    with pytest.raises(InstanceReused):
        await receive(buyer, enveloped(invoice("IN-4b", buyer_tin=TIN), instance_id=instance))
    assert await count(buyer) == before


async def test_a_twin_is_kept_and_flagged(buyer: Company) -> None:
    first = await receive(buyer, enveloped(invoice("IN-5", buyer_tin=TIN)))
    second = await receive(buyer, enveloped(invoice("IN-5", buyer_tin=TIN, note="Changed my mind")))
    found = await row(buyer, second.id)
    assert not second.duplicate
    assert found.twin_of == first.id
    assert "GW-TWIN" in rules(found)
    assert (await row(buyer, first.id)).twin_of is None


async def test_an_invalid_document_is_kept_and_shown_with_its_findings(buyer: Company) -> None:
    xml = ubl.write(invoice("IN-6", buyer_tin=TIN)).replace(b">1302.00<", b">9302.00<")
    receipt = await receive(buyer, enveloped(xml))
    found = await row(buyer, receipt.id)
    async with buyer.call() as call:
        document = await shown(call, receipt.id)
    assert not found.valid
    assert "ibr-co-15" in rules(found)
    assert document.document is not None
    assert document.document.number == "IN-6"
    assert not document.valid


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"sender": ParticipantId("0235:1999999999")}, "GW-ENVELOPE"),
        ({"document_type": identifiers.SELF_BILLED_INVOICE}, "GW-ENVELOPE"),
        ({"process": identifiers.SELF_BILLING}, "GW-ENVELOPE"),
        ({"process": ProcessId("urn:peppol:bis:another")}, "GW-ENVELOPE"),
    ],
)
async def test_an_envelope_that_contradicts_its_document(buyer: Company, change: dict[str, Any], rule: str) -> None:
    message = sbdh.read(enveloped(invoice(f"IN-7-{uuid4().hex[:6]}", buyer_tin=TIN))).message
    receipt = await receive(buyer, sbdh.write(msgspec.structs.replace(message, **change)))
    found = await row(buyer, receipt.id)
    assert rule in rules(found)
    assert not found.valid


def _scrap(tin: str, root: str = "Invoice", content: bytes = b"") -> bytes:
    """UBL by its name, and nothing that we read."""
    message = Message(
        instance_id=str(uuid4()),
        sender=ParticipantId("0235:1000000009"),
        receiver=ParticipantId(f"0235:{tin}"),
        document_type=identifiers.ubl(root, "urn:example:scrap"),
        process=identifiers.BILLING,
        country_c1="AE",
        created_at=NOW,
        document=f'<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2">'.encode()
        + content
        + f"</{root}>".encode(),
    )
    return sbdh.write(message)


async def test_what_calls_itself_an_invoice_and_is_none_is_kept(buyer: Company) -> None:
    receipt = await receive(buyer, _scrap(TIN))
    found = await row(buyer, receipt.id)
    assert (found.valid, found.number) == (False, None)
    assert rules(found)


async def test_a_type_that_nothing_here_works_with_is_kept_beside_the_inbox(buyer: Company, other: Company) -> None:
    before, envelope = await count(buyer), _scrap(TIN, "Order")
    first, again = await receive(buyer, envelope), await receive(buyer, envelope)
    assert (again.id, first.duplicate, again.duplicate) == (first.id, False, True)
    assert await count(buyer) == before
    async with buyer.database.company(buyer.id) as db:
        kept = await unreadable.one(db, buyer.id, first.id)
    assert "Order-2::Order##urn:example:scrap" in kept.reason
    assert await buyer.wiring.storage.get(kept.sha256) == envelope
    async with buyer.database.company(other.id) as db:
        assert (await unreadable.page(db, buyer.id, cursor=None, limit=9)).items == ()


async def test_monstrous_values_are_kept_and_left_out_of_the_list(buyer: Company) -> None:
    xml = ubl.write(invoice("IN-8", buyer_tin=TIN))
    monstrous = xml.replace(b">IN-8<", b">" + b"9" * 100_000 + b"<").replace(b">1302.00<", b">" + b"9" * 400 + b"<")
    receipt = await receive(buyer, enveloped(monstrous))
    found = await row(buyer, receipt.id)
    assert (found.number, found.total, found.valid) == (None, None, False)
    assert await buyer.wiring.storage.get(found.xml_sha256) == sbdh.body(monstrous)


async def test_a_large_document_is_taken(buyer: Company) -> None:
    comment = b"<!--" + b"x" * (6 * 1024 * 1024) + b"-->"
    xml = ubl.write(invoice("IN-9", buyer_tin=TIN))
    end = xml.rindex(b"</")
    receipt = await receive(buyer, enveloped(xml[:end] + comment + xml[end:]))
    assert (await row(buyer, receipt.id)).size > len(comment)


async def test_only_companies_of_ours_receive(buyer: Company) -> None:
    before = await count(buyer)
    for tin in ("1888888888", "9900000099"):
        with pytest.raises(ReceiverUnknown):
            await receive(buyer, _scrap(tin))
    for envelope in (b"", b"<x/>", enveloped(invoice("IN-10", buyer_tin=TIN))[:-30], b"\xff\xfe\x00"):
        with pytest.raises(BadEnvelope):
            await receive(buyer, envelope)
    assert await count(buyer) == before


async def test_each_company_sees_its_own(buyer: Company, other: Company) -> None:
    mine = await receive(buyer, enveloped(invoice("IN-11", buyer_tin=TIN)))
    theirs = await receive(other, enveloped(invoice("IN-11", buyer_tin=OTHER_TIN)))
    async with other.database.company(other.id) as db:
        listed = await queries.page(db, other.id, queries.Filter(), cursor=None, limit=200)
        foreign = await queries.page(db, buyer.id, queries.Filter(), cursor=None, limit=200)
    assert [item.id for item in listed.items] == [theirs.id]
    assert foreign.items == ()
    assert mine.id != theirs.id


async def test_acknowledging_is_done_once_and_proved(buyer: Company) -> None:
    receipt = await receive(buyer, enveloped(invoice("IN-12", buyer_tin=TIN)))
    async with buyer.call() as call:
        await flow.acknowledge(call, receipt.id, note="To purchasing")
    found = await row(buyer, receipt.id)
    (proof,) = [e for e in await buyer.entries() if e.kind == Kind.ACKNOWLEDGEMENT and e.number == "IN-12"]
    assert (found.state, found.note) == ("ACKNOWLEDGED", "To purchasing")
    assert msgspec.json.decode(proof.canonical)["xml_sha256"] == found.xml_sha256
    with pytest.raises(IllegalTransition):
        async with buyer.call() as call:
            await flow.acknowledge(call, receipt.id, note=None)


async def test_what_came_can_never_be_changed(buyer: Company) -> None:
    receipt = await receive(buyer, enveloped(invoice("IN-13", buyer_tin=TIN)))
    for change in ({"xml_sha256": "00"}, {"number": "IN-99"}, {"findings": b"[]"}, {"valid": True}):
        with pytest.raises(Exception, match="permission denied"):
            async with buyer.database.company(buyer.id) as db:
                await db.execute(received.update().where(received.c.id == receipt.id).values(**change))


def test_reading_is_pure_and_repeatable() -> None:
    opened = opened_from(enveloped(invoice("IN-14", buyer_tin=TIN)))
    assert reading.arrive(opened) == reading.arrive(opened)
