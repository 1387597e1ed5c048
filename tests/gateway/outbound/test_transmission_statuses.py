"""Reports come late, twice and in any order; they change what is known, and never send anything."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import func, select, text

from gateway import jobqueue
from gateway.db import Database
from gateway.outbound import flow, following, jobs, statuses
from gateway.outbound.errors import Arrived
from gateway.outbound.transmission import DOCUMENTS
from gateway.outbox import Underway, intents, transmission_events, transmissions
from gateway.outbox.intents import Want
from gateway.storage.folder import FolderStorage
from ledger.entry import Kind
from peppol.errors import PeppolError, Temporary
from peppol.errors import Permanent as PermanentError
from peppol.message import Message, StatusEvent, Submission
from peppol.provider import Capabilities
from peppol.statuses import Outcome
from tests.gateway.outbound.conftest import NOW, Company, bare_wiring, open_company
from tests.gateway.outbound.test_transmission import queued, send
from ubl import Invoice


class Line:
    """A provider that takes everything, and tells what it is given to tell."""

    name, host = "line", "line.example"
    capabilities = Capabilities(idempotent=True, finds_by_key=True, callbacks=True, largest_document=2**24)

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.told: tuple[StatusEvent, ...] = ()
        self.dumb = False
        self.trouble: list[PeppolError] = []

    async def submit(self, message: Message, key: str) -> Submission:
        if self.trouble:
            raise self.trouble.pop()
        self.taken.append(key)
        return Submission(f"ref-{key}", key, NOW, b'{"taken":true}')

    async def find(self, key: str) -> Submission | None:
        return None

    async def status(self, key: str, reference: str = "") -> tuple[StatusEvent, ...]:
        if self.dumb:
            raise Temporary("not now")
        return self.told


@pytest.fixture
def line(sender: Company) -> Line:
    provider: Any = sender.wiring.provider
    provider.told, provider.dumb = (), False
    return provider


@pytest.fixture(scope="module")
async def sender(
    module_database: Database, module_admin: Database, executor: Any, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    wiring: Any = msgspec.structs.replace(
        bare_wiring(module_database, executor),
        provider=Line(),  # type: ignore[arg-type]
        storage=FolderStorage(tmp_path_factory.mktemp("objects")),
    )
    yield await open_company(module_database, module_admin, wiring)


class Sent:
    """A document that the network has."""

    def __init__(self, company: Company, document_id: UUID, transmission_id: UUID) -> None:
        self.company, self.id, self.key = company, document_id, str(transmission_id)

    def event(self, outcome: Outcome, *, event_id: str = "", minutes: int = 1, reason: str = "") -> StatusEvent:
        at = NOW + timedelta(minutes=minutes)
        return StatusEvent(event_id or uuid4().hex, self.key, outcome, at, reason, outcome.encode())

    async def take(self, *events: StatusEvent) -> int:
        wiring = self.company.wiring
        return await statuses.take(wiring, self.company.id, events, now=self.company.now)

    async def row(self) -> Any:
        return await self.company.row(self.id)

    async def status_entries(self) -> list[Any]:
        number = (await self.row()).number
        return [e for e in await self.company.entries() if e.kind == Kind.STATUS and e.number == number]


@pytest.fixture
async def sent(sender: Company, invoice: Invoice) -> Sent:
    document_id = await queued(sender, invoice)
    await send(sender, document_id)
    async with sender.database.company(sender.id) as db:
        found = (await db.execute(select(transmissions.c.id).where(transmissions.c.document_id == document_id))).one()
    return Sent(sender, document_id, found.id)


async def waiting(company: Company) -> int:
    async with company.database.platform() as db:
        rows = await db.execute(text("select kind, waiting from job_census()"))
        return sum(row.waiting for row in rows if row.kind == "outbound.send")


async def test_each_corner_speaks_for_itself(sent: Sent) -> None:
    await sent.take(sent.event(Outcome.DELIVERED), sent.event(Outcome.REPORTED), sent.event(Outcome.BUYER_ACCEPTED))
    row = await sent.row()
    assert (row.c3, row.c5, row.buyer) == ("delivered", "reported", "buyer_accepted")
    assert (row.state, row.public_state) == ("SENT", "ACCEPTED")
    facts = [msgspec.json.decode(entry.canonical)["outcome"] for entry in await sent.status_entries()]
    assert facts == ["delivered", "reported", "buyer_accepted"]


class Refusing(Line):
    """A provider that says no, whatever it did with the document."""

    async def submit(self, message: Message, key: str) -> Submission:
        raise PermanentError("not in our list of senders")


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (Outcome.DELIVERED, "DELIVERED"),
        (Outcome.REFUSED, "REFUSED"),
        (Outcome.BUYER_ACCEPTED, "ACCEPTED"),
    ],
)
async def test_what_was_given_up_and_arrived_all_the_same_is_not_sent_again(
    sender: Company, invoice: Invoice, outcome: Outcome, shown: str
) -> None:
    document_id = await queued(sender, invoice)
    refusing: Any = Refusing()
    with pytest.raises(jobqueue.Permanent):
        await send(sender, document_id, provider=refusing)
    async with sender.database.company(sender.id) as db:
        key = await db.scalar(select(transmissions.c.id).where(transmissions.c.document_id == document_id))
    failed = Sent(sender, document_id, key)
    assert (await failed.row()).public_state == "FAILED"
    await failed.take(failed.event(outcome))
    assert (await failed.row()).public_state == shown
    for step in (flow.send, partial(flow.reject, reason="never went out")):
        with pytest.raises(Arrived, match="credit note"):
            async with sender.call() as call:
                await step(call, document_id)
    assert (await failed.row()).state == "FAILED"


class Contradicting(Line):
    """A provider that takes the document and answers that it doesn't."""

    def __init__(self, answer: PeppolError, meanwhile: Callable[[str], Awaitable[object]] | None = None) -> None:
        super().__init__()
        self.answer, self.meanwhile = answer, meanwhile

    async def submit(self, message: Message, key: str) -> Submission:
        self.taken.append(key)
        if self.meanwhile is not None:
            await self.meanwhile(key)
        raise self.answer

    async def find(self, key: str) -> Submission | None:
        return Submission(f"ref-{key}", key, NOW, b'{"taken":true}') if key in self.taken else None


@pytest.mark.parametrize(
    ("answer", "early"), [(Temporary("busy"), False), (Temporary("busy"), True), (PermanentError("refused"), True)]
)
async def test_what_others_say_arrived_is_asked_for_before_anything_is_sent(
    sender: Company, invoice: Invoice, answer: PeppolError, early: bool
) -> None:
    document_id = await queued(sender, invoice)

    async def delivered(key: str) -> None:
        sent = Sent(sender, document_id, UUID(key))
        await sent.take(sent.event(Outcome.DELIVERED))

    contradicting: Any = Contradicting(answer, delivered if early else None)
    with pytest.raises(jobqueue.Temporary):
        await send(sender, document_id, provider=contradicting)
    if not early:
        await delivered(contradicting.taken[0])
    assert (await sender.row(document_id)).state == "SENDING"
    await send(sender, document_id, provider=contradicting)
    assert (await sender.row(document_id)).state == "SENT"
    assert len(contradicting.taken) == 1


class Repeating(Line):
    """A provider that takes whatever it is given, again and again, and can be asked."""

    capabilities = Capabilities(idempotent=False, finds_by_key=True, callbacks=True, largest_document=2**24)


async def test_a_call_on_its_way_isnt_repeated_where_a_repetition_is_a_second_document(
    sender: Company, invoice: Invoice
) -> None:
    """Its worker has lost the lease, not its connection: not being found yet means nothing."""
    document_id = await queued(sender, invoice)
    async with sender.database.company(sender.id) as db:
        await intents.begin(sender.wiring, DOCUMENTS, db, sender.id, [Want(document_id)], now=sender.now)
    repeating: Any = Repeating()
    with pytest.raises(jobqueue.Temporary):
        await send(sender, document_id, provider=repeating)
    assert repeating.taken == []
    await send(sender, document_id, provider=repeating, now=sender.now + intents.IN_THE_AIR)
    assert ((await sender.row(document_id)).state, len(repeating.taken)) == ("SENT", 1)


async def test_the_report_itself_is_kept(sent: Sent) -> None:
    await sent.take(sent.event(Outcome.REFUSED, reason="The buyer's TRN is unknown"))
    (entry,) = await sent.status_entries()
    fact = msgspec.json.decode(entry.canonical)
    assert fact["reason"] == "The buyer's TRN is unknown"
    assert await sent.company.wiring.storage.get(fact["report_sha256"]) == b"refused"
    assert (await sent.row()).c3_reason == "The buyer's TRN is unknown"


async def test_a_report_that_no_row_names_isnt_kept(sent: Sent) -> None:
    """A provider that is asked every hour words its report anew each time; an erasure would never find them."""
    await sent.take(sent.event(Outcome.DELIVERED, event_id="evt-1"))
    again = msgspec.structs.replace(sent.event(Outcome.DELIVERED, event_id="evt-1"), evidence=b"delivered, said later")
    nobodys = msgspec.structs.replace(sent.event(Outcome.DELIVERED), key=str(uuid4()), evidence=b"about nothing")
    assert await sent.take(again, nobodys) == 0
    storage = sent.company.wiring.storage
    kept = [await storage.exists(sha256(one.evidence).hexdigest()) for one in (again, nobodys)]
    assert kept == [False, False]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+04:00", "9999-12-31T23:59:59-12:00"])
async def test_a_clock_that_is_beyond_all_bounds_holds_up_nothing(sent: Sent, at: str) -> None:
    told = msgspec.structs.replace(sent.event(Outcome.DELIVERED), at=datetime.fromisoformat(at))
    assert await sent.take(told) == 1
    assert (await sent.row()).c3 == "delivered"


async def test_a_repeated_event_is_recorded_once(sent: Sent) -> None:
    event = sent.event(Outcome.DELIVERED, event_id="evt-1")
    assert await sent.take(event, event) == 1
    assert await sent.take(event) == 0
    assert len(await sent.status_entries()) == 1
    again = sent.event(Outcome.DELIVERED, event_id="evt-2")
    assert await sent.take(again) == 1
    assert len(await sent.status_entries()) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_any_order_ends_in_the_same_place(sent: Sent, seed: int) -> None:
    events = [
        sent.event(outcome, event_id=f"evt-{outcome}")
        for outcome in (Outcome.TAKEN, Outcome.DELIVERED, Outcome.REPORTED, Outcome.BUYER_RECEIVED, Outcome.BUYER_PAID)
    ] * 2
    random.Random(seed).shuffle(events)
    await sent.take(*events)
    row = await sent.row()
    assert (row.c3, row.c5, row.buyer, row.public_state) == ("delivered", "reported", "buyer_paid", "PAID")
    async with sent.company.database.company(sent.company.id) as db:
        kept = select(func.count()).where(transmission_events.c.transmission_id == UUID(sent.key))
        assert (await db.execute(kept)).scalar_one() == 5


async def test_a_late_refusal_is_shown_and_sends_nothing(sent: Sent, line: Line) -> None:
    await sent.take(sent.event(Outcome.DELIVERED))
    taken, jobs_waiting = list(line.taken), await waiting(sent.company)
    await sent.take(sent.event(Outcome.UNDELIVERABLE, minutes=900, reason="Unreachable after all"))
    row = await sent.row()
    assert (row.state, row.c3) == ("SENT", "undeliverable")
    assert await waiting(sent.company) == jobs_waiting
    await send(sent.company, sent.id)  # even a job that comes back from the dead
    assert line.taken == taken
    await sent.take(sent.event(Outcome.DELIVERED, minutes=901))
    assert (await sent.row()).c3 == "undeliverable"


async def test_news_may_be_faster_than_our_own_record(sender: Company, invoice: Invoice) -> None:
    """Killed after the call: the status arrives while the document is still SENDING, and is kept."""
    document_id = await queued(sender, invoice)
    async with sender.database.company(sender.id) as db:
        (attempt,) = await intents.begin(sender.wiring, DOCUMENTS, db, sender.id, [Want(document_id)], now=sender.now)
    assert isinstance(attempt, Underway)
    early = Sent(sender, document_id, attempt.transmission_id)
    await early.take(early.event(Outcome.DELIVERED))
    assert (await early.row()).public_state == "SENDING"
    await send(sender, document_id)
    assert (await early.row()).public_state == "DELIVERED"


async def test_keys_of_nobody(sent: Sent) -> None:
    async with sent.company.database.platform() as db:
        assert await statuses.company_of(db, sent.key) == sent.company.id
        assert await statuses.company_of(db, str(uuid4())) is None
        assert await statuses.company_of(db, "no uuid") is None
    nonsense = msgspec.structs.replace(sent.event(Outcome.DELIVERED), key="no uuid")
    assert await sent.take(nonsense) == 0


async def test_polling_finds_what_no_callback_told_and_then_rests(sent: Sent, line: Line) -> None:
    payload = msgspec.json.encode(following.FollowJob(UUID(sent.key), round=3))
    line.dumb = True
    await jobs.follow(sent.company.wiring, sent.company.id, payload, now=sent.company.now)
    assert (await sent.row()).c3 is None
    line.dumb = False
    line.told = (sent.event(Outcome.DELIVERED), sent.event(Outcome.REPORTED))
    await jobs.follow(sent.company.wiring, sent.company.id, payload, now=sent.company.now)
    row = await sent.row()
    assert (row.c3, row.c5, row.public_state) == ("delivered", "reported", "DELIVERED")
    async with sent.company.database.company(sent.company.id) as db:
        assert await statuses.settled(db, sent.company.id, UUID(sent.key))


@pytest.mark.parametrize(
    ("outcomes", "rests"),
    [
        ((), False),
        ((Outcome.TAKEN, Outcome.REPORTED), False),
        ((Outcome.DELIVERED,), False),
        ((Outcome.DELIVERED, Outcome.REPORTED), True),
        ((Outcome.DELIVERED, Outcome.REPORT_REFUSED), True),
        ((Outcome.UNDELIVERABLE,), True),
        ((Outcome.REFUSED,), True),
        ((Outcome.BUYER_PAID,), False),
    ],
)
async def test_when_polling_rests(sent: Sent, outcomes: tuple[Outcome, ...], rests: bool) -> None:
    await sent.take(*(sent.event(outcome) for outcome in outcomes))
    async with sent.company.database.company(sent.company.id) as db:
        assert await statuses.settled(db, sent.company.id, UUID(sent.key)) is rests
