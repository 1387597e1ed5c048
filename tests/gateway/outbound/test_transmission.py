"""Whatever happens on the way, a document is with the network once, and we say so only when we know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select, text

from gateway import events, jobqueue
from gateway.db import Database
from gateway.jobqueue import Later, Permanent, Temporary
from gateway.outbound import flow, following, jobs, routing
from gateway.outbound.flow import SendJob
from gateway.outbound.transmission import DOCUMENTS
from gateway.outbox import Underway, intents, transmissions
from gateway.outbox.delivery import deliver
from gateway.outbox.intents import Want
from gateway.outbox.sending import Round
from gateway.providers.circuits import Circuits
from gateway.sandbox.faults import Fault
from gateway.sandbox.journal import Participant
from gateway.storage.folder import FolderStorage
from ledger.entry import Kind
from peppol import sbdh
from peppol.errors import OutcomeUnknown, PeppolError, Precondition
from peppol.errors import Permanent as PeppolPermanent
from peppol.errors import Temporary as PeppolTemporary
from peppol.identifiers import INVOICE, ParticipantId
from peppol.message import Message
from peppol.provider import Provider
from peppol.providers.sandbox import SandboxProvider
from tests.gateway.outbound.conftest import Company, bare_wiring, open_company
from tests.gateway.sandbox.process import SECRET, TOKEN, TYPES, SandboxProcess, account, free_port, sandbox
from ubl import Invoice

SELLER, BUYER = "0235:1987654321", "0235:1123456789"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox(Path(tmp_path_factory.mktemp("network"))) as process:
        nowhere = f"http://127.0.0.1:{free_port()}/"
        process.desk.register(*(Participant(who, TYPES, nowhere, secret=SECRET) for who in (SELLER, BUYER)))
        yield process


@pytest.fixture(scope="module")
async def sender(
    network: SandboxProcess,
    module_database: Database,
    module_admin: Database,
    executor: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Company]:
    """A company whose provider is the sandbox."""
    provider = SandboxProvider(account(network.url, TOKEN, SECRET), timeout=timedelta(seconds=60))
    wiring = msgspec.structs.replace(
        bare_wiring(module_database, executor),
        provider=provider,
        storage=FolderStorage(tmp_path_factory.mktemp("objects")),
    )
    yield await open_company(module_database, module_admin, wiring)
    await provider.close()


@pytest.fixture(autouse=True)
def closed_circuits(sender: Company) -> None:
    """What one story did to the line is no other story's business."""
    sender.wiring = msgspec.structs.replace(sender.wiring, circuits=Circuits())


async def queued(company: Company, invoice: Invoice) -> UUID:
    """A document that somebody ordered to be sent."""
    document_id = await company.sealed(invoice)
    await company.approve(document_id)
    await order(company, document_id)
    return document_id


async def order(company: Company, document_id: UUID) -> None:
    async with company.call() as call:
        await flow.send(call, document_id)


async def send(
    company: Company, document_id: UUID, *, provider: Provider | None = None, now: datetime | None = None
) -> None:
    """What a worker does with the job."""
    payload = msgspec.json.encode(SendJob(document_id))
    wiring = msgspec.structs.replace(company.wiring, provider=provider or company.wiring.provider)
    await jobs.send(wiring, company.id, payload, now=now or company.now)


async def begun(company: Company, document_id: UUID) -> Underway:
    """The intent is committed, and nothing more."""
    async with company.database.company(company.id) as db:
        (one,) = await intents.begin(company.wiring, DOCUMENTS, db, company.id, [Want(document_id)], now=company.now)
    assert isinstance(one, Underway)
    return one


async def late_word(company: Company, attempt: Underway, error: PeppolError) -> Underway | None:
    """A worker comes back with the outcome of its call."""
    return await Round(company.wiring, DOCUMENTS, company.id, company.now).failed(attempt, error)


async def send_as_the_queue_does(company: Company, document_id: UUID) -> None:
    """Again after each `Temporary`, and later after each `Later`."""
    now = company.now
    for _ in range(12):
        try:
            return await send(company, document_id, now=now)
        except Temporary:
            continue
        except Later as later:
            now += later.after
    raise AssertionError("the job never ended")


async def of(company: Company, document_id: UUID) -> Any:
    async with company.database.company(company.id) as db:
        return (await db.execute(select(transmissions).where(transmissions.c.document_id == document_id))).one()


async def sent_entries(company: Company, document_id: UUID) -> list[Any]:
    number = (await company.row(document_id)).number
    entries = await company.entries()
    return [entry for entry in entries if entry.kind == Kind.TRANSMISSION and entry.number == number]


async def test_a_sent_document_has_the_networks_word_as_evidence(sender: Company, invoice: Invoice) -> None:
    document_id = await queued(sender, invoice)
    await send(sender, document_id)
    row, under_way = await sender.row(document_id), await of(sender, document_id)
    (entry,) = await sent_entries(sender, document_id)
    fact = msgspec.json.decode(entry.canonical)
    assert (row.state, row.public_state) == ("SENT", "SENT")
    assert fact["reference"] == under_way.reference
    assert fact["xml_sha256"] == row.xml_hash.hex()
    answer = await sender.wiring.storage.get(fact["answer_sha256"])
    assert under_way.reference.encode() in answer


async def test_what_the_network_has_is_what_was_sealed(
    sender: Company, network: SandboxProcess, invoice: Invoice
) -> None:
    document_id = await queued(sender, invoice)
    attempt = await begun(sender, document_id)
    assert isinstance(attempt.message, Message)
    message = msgspec.structs.replace(attempt.message, instance_id=attempt.key)
    read = sbdh.read(sbdh.write(message)).message
    assert (read.sender, read.receiver) == (ParticipantId(SELLER), ParticipantId(BUYER))
    assert (read.document_type, read.country_c1, read.instance_id) == (INVOICE, "AE", attempt.key)
    assert read.document == sbdh.body(message.document)
    await send_as_the_queue_does(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"


PASSING = [
    Fault.BUSY,
    Fault.RATE_LIMITED,
    Fault.BROKEN,
    Fault.GARBAGE,
    Fault.RESET,
    Fault.RESET_AFTER_TAKING,
    Fault.SILENT_AFTER_TAKING,
    Fault.GARBAGE_AFTER_TAKING,
    Fault.HUGE_AFTER_TAKING,
]


@pytest.mark.parametrize("fault", PASSING)
async def test_a_passing_fault_ends_with_one_submission(
    sender: Company, network: SandboxProcess, invoice: Invoice, fault: Fault
) -> None:
    document_id = await queued(sender, invoice)
    network.desk.order(fault, seconds=15)
    hasty = SandboxProvider(account(network.url, TOKEN), timeout=timedelta(seconds=3))
    with pytest.raises(Temporary) as caught:
        await send(sender, document_id, provider=hasty if fault is Fault.SILENT_AFTER_TAKING else None)
    await hasty.close()
    under_way = await of(sender, document_id)
    assert (await sender.row(document_id)).public_state == "SENDING"
    assert under_way.uncertain is (fault not in {Fault.BUSY, Fault.RATE_LIMITED})
    assert under_way.reason
    if fault is Fault.RATE_LIMITED:
        assert caught.value.after == timedelta(seconds=15)
    await send_as_the_queue_does(sender, document_id)
    row = await sender.row(document_id)
    (entry,) = await sent_entries(sender, document_id)
    found = await sender.wiring.provider.find(str(under_way.id))
    assert row.state == "SENT"
    assert found is not None
    assert msgspec.json.decode(entry.canonical)["reference"] == found.reference


@pytest.mark.parametrize(("fault", "problem"), [(Fault.REFUSED, "permanent"), (Fault.UNAUTHORISED, "precondition")])
async def test_a_refusal_fails_visibly_and_is_tried_again_only_on_order(
    sender: Company, network: SandboxProcess, invoice: Invoice, fault: Fault, problem: str
) -> None:
    document_id = await queued(sender, invoice)
    network.desk.order(fault)
    with pytest.raises(Permanent):
        await send(sender, document_id)
    row, under_way = await sender.row(document_id), await of(sender, document_id)
    (entry,) = await sent_entries(sender, document_id)
    fact = msgspec.json.decode(entry.canonical)
    assert row.public_state == "FAILED"
    assert (under_way.problem, under_way.uncertain) == (problem, False)
    assert fact["next_step"]
    assert fact["next_step"] in row.failure
    await send(sender, document_id)  # a job that is replayed without an order does nothing
    assert (await sender.row(document_id)).state == "FAILED"
    assert await sender.wiring.provider.find(str(under_way.id)) is None
    await order(sender, document_id)
    await send(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"
    assert (await of(sender, document_id)).id == under_way.id


async def test_an_outage_is_given_up_after_a_day_as_failed_because_nothing_left_us(
    sender: Company, invoice: Invoice
) -> None:
    document_id = await queued(sender, invoice)
    unreachable = SandboxProvider(account(f"http://127.0.0.1:{free_port()}"))
    ordered = sender.now
    for hours in (0, 1, 23):
        with pytest.raises(Temporary):
            await send(sender, document_id, provider=unreachable, now=ordered + timedelta(hours=hours))
    with pytest.raises(Permanent):
        await send(sender, document_id, provider=unreachable, now=ordered + timedelta(hours=24))
    await unreachable.close()
    row, (entry,) = await sender.row(document_id), await sent_entries(sender, document_id)
    fact = msgspec.json.decode(entry.canonical)
    assert (row.state, fact["problem"], fact["attempts"]) == ("FAILED", "temporary", 4)
    assert [tried["outcome"] for tried in fact["tried"]] == ["temporary"] * 4
    await order(sender, document_id)
    await send(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"


async def test_where_nobody_knows_it_is_never_called_failed(
    sender: Company, network: SandboxProcess, invoice: Invoice
) -> None:
    """The answer is lost and the network can't be asked: the document stays SENDING; a replay finds it there."""
    document_id = await queued(sender, invoice)
    network.desk.order(Fault.RESET_AFTER_TAKING)
    network.desk.order(Fault.TRACK_BUSY, times=2)
    late = sender.now + timedelta(days=1)
    for now in (None, None):
        with pytest.raises(Temporary):
            await send(sender, document_id, now=now)
    with pytest.raises(Permanent, match="can't tell"):
        await send(sender, document_id, now=late)
    row, under_way = await sender.row(document_id), await of(sender, document_id)
    assert row.public_state == "SENDING"
    assert (under_way.problem, under_way.uncertain) == ("unknown", True)
    assert "replay" in under_way.next_step
    async with sender.database.company(sender.id) as db:
        line = (await events.timeline(db, sender.id, document_id))[-1]
    assert (line.kind, msgspec.json.decode(line.facts)["next_step"]) == ("invoice.unresolved", under_way.next_step)
    (doubt,) = await sent_entries(sender, document_id)
    assert [tried["outcome"] for tried in msgspec.json.decode(doubt.canonical)["tried"]] == ["unknown"] * 3
    network.desk.order(Fault.TRACK_BUSY)
    with pytest.raises(Temporary):  # a replay has a whole day again
        await send(sender, document_id, now=late)
    await send(sender, document_id, now=late)
    assert (await sender.row(document_id)).state == "SENT"
    assert len(await sent_entries(sender, document_id)) == 2


@pytest.mark.parametrize("said", [PeppolPermanent, Precondition, PeppolTemporary])
async def test_a_provider_that_refuses_to_be_asked_has_refused_nothing(
    sender: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch, said: type[PeppolError]
) -> None:
    """Whatever it answers, the document may be there: called failed, it might be rejected while the buyer has it."""
    document_id = await queued(sender, invoice)
    attempt = await begun(sender, document_id)
    await deliver(sender.wiring, attempt)

    async def find(_: str) -> None:
        raise said("not now")

    with monkeypatch.context() as asked:
        asked.setattr(sender.wiring.provider, "find", find)
        with pytest.raises(Temporary):
            await send(sender, document_id)
    assert (await sender.row(document_id)).state == "SENDING"
    assert (await of(sender, document_id)).uncertain is True
    await send(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"


async def test_killed_after_the_intent(sender: Company, invoice: Invoice) -> None:
    document_id = await queued(sender, invoice)
    await begun(sender, document_id)
    assert (await sender.row(document_id)).public_state == "SENDING"
    await send(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"
    assert (await of(sender, document_id)).attempts == 2


async def test_killed_after_the_call(sender: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network has it and we don't know: the next attempt asks, and submits nothing."""
    document_id = await queued(sender, invoice)
    attempt = await begun(sender, document_id)
    first = await deliver(sender.wiring, attempt)

    async def never(*_: object) -> None:
        raise AssertionError("submitted a second time")

    monkeypatch.setattr(sender.wiring.provider, "submit", never)
    await send(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"
    assert (await of(sender, document_id)).reference == first.reference


async def test_two_workers_at_once(sender: Company, invoice: Invoice) -> None:
    document_id = await queued(sender, invoice)
    await asyncio.gather(*(send(sender, document_id) for _ in range(4)))
    assert (await sender.row(document_id)).state == "SENT"
    assert len(await sent_entries(sender, document_id)) == 1


async def test_a_failure_told_too_late_changes_nothing(sender: Company, invoice: Invoice) -> None:
    """A worker that was only slow comes back with an error after another one succeeded."""
    document_id = await queued(sender, invoice)
    attempt = await begun(sender, document_id)
    await send(sender, document_id)
    assert await late_word(sender, attempt, OutcomeUnknown("lost")) is None
    under_way = await of(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"
    assert (under_way.problem, under_way.uncertain) == (None, False)


@pytest.mark.parametrize("said", [PeppolTemporary, PeppolPermanent])
async def test_a_slow_attempts_failure_says_nothing_of_the_one_that_followed(
    sender: Company, invoice: Invoice, said: type[PeppolError]
) -> None:
    """Its word would let the next attempt submit without asking, or call failed what is on its way."""
    document_id = await queued(sender, invoice)
    slow, following = await begun(sender, document_id), await begun(sender, document_id)
    with pytest.raises(Temporary):
        await late_word(sender, slow, said("not taken"))
    under_way = await of(sender, document_id)
    assert (under_way.uncertain, under_way.attempts) == (True, following.number)
    assert (await sender.row(document_id)).state == "SENDING"


async def test_a_document_without_an_address_fails_before_any_call(sender: Company, invoice: Invoice) -> None:
    assert invoice.buyer is not None
    document_id = await queued(sender, invoice)
    attempt = await begun(sender, document_id)
    assert isinstance(attempt.message, Message)
    xml = attempt.message.document.replace(b'schemeID="0235"', b'schemeID="23"')
    with pytest.raises(PeppolError, match="participant id"):
        routing.outgoing(xml, created_at=sender.now)
    assert await sender.wiring.provider.find(attempt.key) is None


async def test_sending_is_followed_up(sender: Company, invoice: Invoice) -> None:
    document_id = await queued(sender, invoice)
    await send(sender, document_id)
    transmission_id = (await of(sender, document_id)).id
    async with sender.database.company(sender.id) as db:
        kinds = (await jobqueue.next_due(db, [following.FOLLOW])) is not None
    assert kinds
    payload = msgspec.json.encode(following.FollowJob(transmission_id))
    await jobs.follow(sender.wiring, sender.id, payload, now=sender.now)
    assert (await sender.row(document_id)).state == "SENT"


async def test_another_company_sees_nothing_of_it(sender: Company, stranger: Company, invoice: Invoice) -> None:
    document_id = await queued(sender, invoice)
    await send(sender, document_id)
    async with stranger.database.company(stranger.id) as db:
        assert (await db.execute(select(transmissions))).all() == []
        assert (await db.execute(text("select count(*) from transmission_events"))).scalar_one() == 0
