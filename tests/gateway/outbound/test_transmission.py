"""Whatever happens on the way, a document is with the network once, and we say so only when we know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select, text

from gateway import events, jobqueue
from gateway.db import Database
from gateway.jobqueue import Permanent, Temporary
from gateway.outbound import flow, jobs, transmission
from gateway.outbound.flow import SendJob
from gateway.outbound.transmission_models import transmissions
from gateway.sandbox.faults import Fault
from gateway.sandbox.journal import Participant
from gateway.storage.folder import FolderStorage
from ledger.entry import Kind
from peppol import sbdh
from peppol.errors import OutcomeUnknown, PeppolError, Precondition
from peppol.errors import Permanent as PeppolPermanent
from peppol.errors import Temporary as PeppolTemporary
from peppol.identifiers import INVOICE, ParticipantId
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


async def queued(company: Company, invoice: Invoice) -> UUID:
    """A document that somebody ordered to be sent."""
    document_id = await company.sealed(invoice)
    await company.approve(document_id)
    await order(company, document_id)
    return document_id


async def order(company: Company, document_id: UUID) -> None:
    async with company.call() as call:
        await flow.send(call, document_id)


async def send(company: Company, document_id: UUID, *, provider: Provider | None = None) -> None:
    """What a worker does with the job."""
    payload = msgspec.json.encode(SendJob(document_id))
    wiring = msgspec.structs.replace(company.wiring, provider=provider or company.wiring.provider)
    await jobs.send(wiring, company.id, payload, now=company.now)


async def send_as_the_queue_does(company: Company, document_id: UUID) -> None:
    """Again after each `Temporary`, as long as the queue would."""
    for _ in range(transmission.ATTEMPTS + 2):
        try:
            return await send(company, document_id)
        except Temporary:
            continue
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
    async with sender.database.company(sender.id) as db:
        attempt = await transmission.begin(
            db, sender.id, document_id, provider="sandbox", now=sender.now, keys=sender.wiring.keys
        )
    assert attempt is not None
    message = transmission.route(attempt.xml, instance_id=attempt.key, created_at=attempt.begun_at)
    read = sbdh.read(sbdh.write(message)).message
    assert (read.sender, read.receiver) == (ParticipantId(SELLER), ParticipantId(BUYER))
    assert (read.document_type, read.country_c1, read.instance_id) == (INVOICE, "AE", attempt.key)
    assert read.document == sbdh.body(attempt.xml)
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


async def test_an_outage_is_given_up_as_failed_because_nothing_left_us(sender: Company, invoice: Invoice) -> None:
    document_id = await queued(sender, invoice)
    unreachable = SandboxProvider(account(f"http://127.0.0.1:{free_port()}"))
    for _ in range(transmission.ATTEMPTS - 1):
        with pytest.raises(Temporary):
            await send(sender, document_id, provider=unreachable)
    with pytest.raises(Permanent):
        await send(sender, document_id, provider=unreachable)
    await unreachable.close()
    assert (await sender.row(document_id)).state == "FAILED"
    await order(sender, document_id)
    await send(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"


async def test_where_nobody_knows_it_is_never_called_failed(
    sender: Company, network: SandboxProcess, invoice: Invoice
) -> None:
    """The answer is lost and the network can't be asked: the document stays SENDING; a replay finds it there."""
    document_id = await queued(sender, invoice)
    network.desk.order(Fault.RESET_AFTER_TAKING)
    network.desk.order(Fault.TRACK_BUSY, times=transmission.ATTEMPTS - 1)
    with pytest.raises(Permanent, match="can't tell"):
        await send_as_the_queue_does(sender, document_id)
    row, under_way = await sender.row(document_id), await of(sender, document_id)
    assert row.public_state == "SENDING"
    assert (under_way.problem, under_way.uncertain) == ("unknown", True)
    assert "replay" in under_way.next_step
    async with sender.database.company(sender.id) as db:
        line = (await events.timeline(db, sender.id, document_id))[-1]
    assert (line.kind, msgspec.json.decode(line.facts)["next_step"]) == ("invoice.unresolved", under_way.next_step)
    network.desk.order(Fault.TRACK_BUSY)
    with pytest.raises(Temporary):  # a replay has all its attempts again
        await send(sender, document_id)
    await send(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"
    assert len(await sent_entries(sender, document_id)) == 1


@pytest.mark.parametrize("said", [PeppolPermanent, Precondition, PeppolTemporary])
async def test_a_provider_that_refuses_to_be_asked_has_refused_nothing(
    sender: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch, said: type[PeppolError]
) -> None:
    """Whatever it answers, the document may be there: called failed, it might be rejected while the buyer has it."""
    document_id = await queued(sender, invoice)
    async with sender.database.company(sender.id) as db:
        attempt = await transmission.begin(
            db, sender.id, document_id, provider="sandbox", now=sender.now, keys=sender.wiring.keys
        )
    assert attempt is not None
    await transmission.deliver(sender.wiring.provider, attempt)

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
    async with sender.database.company(sender.id) as db:
        await transmission.begin(
            db, sender.id, document_id, provider="sandbox", now=sender.now, keys=sender.wiring.keys
        )
    assert (await sender.row(document_id)).public_state == "SENDING"
    await send(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"
    assert (await of(sender, document_id)).attempts == 2


async def test_killed_after_the_call(sender: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network has it and we don't know: the next attempt asks, and submits nothing."""
    document_id = await queued(sender, invoice)
    async with sender.database.company(sender.id) as db:
        attempt = await transmission.begin(
            db, sender.id, document_id, provider="sandbox", now=sender.now, keys=sender.wiring.keys
        )
    assert attempt is not None
    first = await transmission.deliver(sender.wiring.provider, attempt)

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
    async with sender.database.company(sender.id) as db:
        attempt = await transmission.begin(
            db, sender.id, document_id, provider="sandbox", now=sender.now, keys=sender.wiring.keys
        )
    assert attempt is not None
    await send(sender, document_id)
    async with sender.database.company(sender.id) as db:
        assert not await transmission.failed(
            db, sender.id, attempt, OutcomeUnknown("lost"), now=sender.now, keys=sender.wiring.keys
        )
    under_way = await of(sender, document_id)
    assert (await sender.row(document_id)).state == "SENT"
    assert (under_way.problem, under_way.uncertain) == (None, False)


@pytest.mark.parametrize("said", [PeppolTemporary, PeppolPermanent])
async def test_a_slow_attempts_failure_says_nothing_of_the_one_that_followed(
    sender: Company, invoice: Invoice, said: type[PeppolError]
) -> None:
    """Its word would let the next attempt submit without asking, or call failed what is on its way."""
    document_id = await queued(sender, invoice)
    async with sender.database.company(sender.id) as db:
        slow = await transmission.begin(
            db, sender.id, document_id, provider="sandbox", now=sender.now, keys=sender.wiring.keys
        )
        following = await transmission.begin(
            db, sender.id, document_id, provider="sandbox", now=sender.now, keys=sender.wiring.keys
        )
    assert slow is not None
    assert following is not None
    async with sender.database.company(sender.id) as db:
        assert not await transmission.failed(
            db, sender.id, slow, said("not taken"), now=sender.now, keys=sender.wiring.keys
        )
    under_way = await of(sender, document_id)
    assert (under_way.uncertain, under_way.attempts) == (True, following.number)
    assert (await sender.row(document_id)).state == "SENDING"


async def test_a_document_without_an_address_fails_before_any_call(sender: Company, invoice: Invoice) -> None:
    assert invoice.buyer is not None
    document_id = await queued(sender, invoice)
    async with sender.database.company(sender.id) as db:
        attempt = await transmission.begin(
            db, sender.id, document_id, provider="sandbox", now=sender.now, keys=sender.wiring.keys
        )
    assert attempt is not None
    broken = msgspec.structs.replace(attempt, xml=attempt.xml.replace(b'schemeID="0235"', b'schemeID="23"'))
    with pytest.raises(PeppolError, match="participant id"):
        await transmission.deliver(sender.wiring.provider, broken)
    assert await sender.wiring.provider.find(attempt.key) is None


async def test_sending_is_followed_up(sender: Company, invoice: Invoice) -> None:
    document_id = await queued(sender, invoice)
    await send(sender, document_id)
    transmission_id = (await of(sender, document_id)).id
    async with sender.database.company(sender.id) as db:
        kinds = (await jobqueue.next_due(db, [jobs.FOLLOW])) is not None
    assert kinds
    payload = msgspec.json.encode(jobs.FollowJob(transmission_id))
    await jobs.follow(sender.wiring, sender.id, payload, now=sender.now)
    assert (await sender.row(document_id)).state == "SENT"


async def test_another_company_sees_nothing_of_it(sender: Company, stranger: Company, invoice: Invoice) -> None:
    document_id = await queued(sender, invoice)
    await send(sender, document_id)
    async with stranger.database.company(stranger.id) as db:
        assert (await db.execute(select(transmissions))).all() == []
        assert (await db.execute(text("select count(*) from transmission_events"))).scalar_one() == 0
