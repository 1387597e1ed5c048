"""A busy company: one seals for all, whoever dies or stalls; nothing is sealed twice, and no number is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from gateway import jobqueue, worker
from gateway.db import Database, new_id
from gateway.outbound import flow, numbering, queries, seal_queue, sealing
from gateway.outbound.errors import NumberTaken
from gateway.outbound.numbering import NewSeries, Numbering
from gateway.outbound.seal_queue import Decision, Waiting
from gateway.outbound.sealer import SEAL, LeaseLost, Pace, Queued, Sealer
from gateway.outbound.transmission import DOCUMENTS
from gateway.outbox import Underway, intents
from gateway.outbox.intents import Want
from gateway.problems import kind_of
from ledger.entry import Kind
from tests.gateway.outbound.conftest import NOW, Company, open_company
from tests.gateway.outbound.test_credit import note_over
from ubl import Invoice

QUICK = Pace(gather=0.001, linger=0.0, patience=60)


@pytest.fixture
async def busy(database: Database, admin: Database, company: Company) -> AsyncIterator[Company]:
    """A company in a database of its own: nothing else is sealed in it."""
    busy = await open_company(database, admin, company.wiring)
    yield busy
    await busy.sealer.close()


def another(company: Company, pace: Pace = QUICK) -> Sealer:
    """The sealer of another process."""
    return Sealer(company.wiring, kind_of, clock=lambda: company.now, pace=pace)


async def ask(company: Company, document_id: UUID, *, version: int | None = None, key: str | None = None) -> UUID:
    """Leave a request, as finalize does where somebody else is at work."""
    async with company.call() as call:
        actor = call.principal.actor
        asked = Waiting(document_id=document_id, version=version, actor=actor, key=key, request_id="request-1")
        await seal_queue.put(call.db, company.id, [asked], now=call.now)
        return asked.id


async def lease(company: Company) -> int:
    async with company.database.company(company.id) as db:
        fence = await seal_queue.acquire(db, company.id, length=QUICK.lease)
    assert fence is not None
    return fence


async def lapse(company: Company) -> None:
    """The holder of the lease is heard of no more."""
    async with company.database.company(company.id) as db:
        await db.execute(text("update seal_leases set until = clock_timestamp()"))


async def waiting(company: Company) -> list[Waiting]:
    async with company.database.company(company.id) as db:
        return await seal_queue.waiting(db, company.id, most=1_000, size=10**9)


async def decisions(company: Company, ids: list[UUID]) -> list[str | None]:
    """Of each request: `done`, the problem's code, or None while it waits."""
    async with company.database.company(company.id) as db:
        told = {one.id: one.decision for one in await seal_queue.told(db, company.id, ids)}
    return [_word(told[each]) for each in ids]


def _word(decision: Decision | None) -> str | None:
    if decision is None:
        return None
    return "done" if decision.problem is None else decision.problem.code


async def numbers(company: Company) -> list[str]:
    """In the order of the ledger."""
    return [record.number for record in await company.entries() if record.kind in (Kind.INVOICE, Kind.CREDIT_NOTE)]


def counted(to: int) -> list[str]:
    return [f"INV-{counter:06d}" for counter in range(1, to + 1)]


async def test_each_draft_is_judged_alone_and_the_good_ones_leave_no_gap(busy: Company, invoice: Invoice) -> None:
    original = await busy.sealed(invoice)
    good = [await busy.draft(invoice) for _ in range(4)]
    wrong = await busy.draft(msgspec.structs.replace(invoice, due_date=None))
    notes = [await busy.draft(note_over(invoice, "INV-000001")) for _ in range(2)]
    wanted = [good[0], wrong, good[1], notes[0], good[2], notes[1], new_id(), good[3], original, good[0]]
    ids = [await ask(busy, document_id, version=9 if document_id == good[1] else None) for document_id in wanted]
    await another(busy).drain(busy.id)
    assert await decisions(busy, ids) == [
        "done", "invalid-document", "stale-draft", "done", "done", "invalid-document", "not-found", "done", "sealed",
        "sealed",
    ]  # fmt: skip
    assert await numbers(busy) == counted(5)
    rows = [await busy.row(document_id) for document_id in (original, good[0], notes[0], good[2], good[3])]
    assert sorted(row.number for row in rows) == counted(5)
    await busy.sealed(invoice)
    assert await numbers(busy) == counted(6), "numbers that were drawn in vain are given back"


async def test_one_that_is_found_wrong_only_now_moves_the_numbers_of_those_behind_it(
    busy: Company, invoice: Invoice, admin: Database
) -> None:
    """What stands with a draft may be out of date; then all behind it are written anew, each with its own number."""
    drafts = [await busy.draft(invoice) for _ in range(5)]
    broken = msgspec.json.encode(msgspec.structs.replace(invoice, due_date=None))
    async with admin.platform() as db:
        where = {"id": drafts[1], "body": broken}
        await db.execute(text("update issued_documents set body = :body where id = :id"), where)
    ids = [await ask(busy, document_id) for document_id in drafts]
    await another(busy).drain(busy.id)
    assert await decisions(busy, ids) == ["done", "invalid-document", "done", "done", "done"]
    assert [(await busy.row(drafts[place])).number for place in (0, 2, 3, 4)] == counted(4)
    for record in await busy.entries():
        if record.kind == Kind.INVOICE:
            assert f"<cbc:ID>{record.number}</cbc:ID>".encode() in (record.attached or b"")


async def test_several_series_are_numbered_each_for_itself(busy: Company, invoice: Invoice) -> None:
    for name in ("A", "B"):
        async with busy.call() as call:
            new = NewSeries(name, Numbering.ASSIGNED, prefix=f"{name}-")
            await numbering.make(call.db, busy.id, new, actor="user:x", now=call.now)
    drafts = [await busy.draft(invoice, series="AB"[place % 2]) for place in range(6)]
    given = msgspec.structs.replace(invoice, number="ERP-7")
    drafts.append(await busy.draft(given))
    for document_id in drafts:
        await ask(busy, document_id)
    await another(busy).drain(busy.id)
    assert [(await busy.row(document_id)).number for document_id in drafts] == [
        "A-000001", "B-000001", "A-000002", "B-000002", "A-000003", "B-000003", "ERP-7",
    ]  # fmt: skip


async def test_one_that_breaks_what_all_share_stops_no_other(
    busy: Company, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = [await busy.draft(invoice) for _ in range(4)]
    poison = drafts[2]
    seal = sealing.seal

    async def breaking(db: Any, company_id: UUID, orders: Any, wiring: Any, **further: Any) -> Any:
        if any(order.document_id == poison for order in orders):
            raise NumberTaken("INV-7", None)
        return await seal(db, company_id, orders, wiring, **further)

    monkeypatch.setattr(sealing, "seal", breaking)
    ids = [await ask(busy, document_id) for document_id in drafts]
    await another(busy).drain(busy.id)
    assert await decisions(busy, ids) == ["done", "done", "number-taken", "done"]
    assert await numbers(busy) == counted(3)


async def test_nobody_waits_for_a_lease_that_ran_out_in_the_middle_of_a_batch(busy: Company, invoice: Invoice) -> None:
    await ask(busy, await busy.draft(invoice))
    async with busy.database.company(busy.id) as db:
        fence = await seal_queue.acquire(db, busy.id, length=timedelta())
    assert fence is not None
    async with busy.database.company(busy.id) as batch:
        assert await seal_queue.hold(batch, busy.id, fence, length=timedelta(minutes=1))
        async with asyncio.timeout(30), busy.database.company(busy.id) as db:
            assert await seal_queue.acquire(db, busy.id, length=timedelta(minutes=1)) is None
    async with busy.database.company(busy.id) as db:
        assert await seal_queue.acquire(db, busy.id, length=timedelta(minutes=1)) is None, "prolonged by the batch"
        await seal_queue.release(db, busy.id, fence)
    async with busy.database.company(busy.id) as db:
        assert await seal_queue.acquire(db, busy.id, length=timedelta(minutes=1)) == fence + 1


async def test_a_draft_that_somebody_holds_waits_and_stops_no_other(busy: Company, invoice: Invoice) -> None:
    held, free = await busy.draft(invoice), await busy.draft(invoice)
    ids = [await ask(busy, held), await ask(busy, free)]
    sealer = another(busy)
    async with busy.database.company(busy.id) as db:
        await queries.one(db, busy.id, held, lock=True)
        await sealer.drain(busy.id)
        assert await decisions(busy, ids) == [None, "done"]
    await sealer.drain(busy.id)
    assert await decisions(busy, ids) == ["done", "done"]
    assert await numbers(busy) == counted(2)


async def test_a_document_stuck_in_sending_stops_nobody(busy: Company, invoice: Invoice) -> None:
    """The network hangs, and even its row is held: others are numbered and sealed, at once and through the queue."""
    stuck = await busy.sealed(invoice)
    await busy.approve(stuck)
    async with busy.call(busy.head) as call:
        await flow.send(call, stuck)
    async with busy.database.company(busy.id) as db:
        hanging: Any = SimpleNamespace(name="hanging", host="hanging.example")
        wiring = msgspec.structs.replace(busy.wiring, provider=hanging)
        (begun,) = await intents.begin(wiring, DOCUMENTS, db, busy.id, [Want(stuck)], now=NOW)
    assert isinstance(begun, Underway)
    async with busy.database.company(busy.id) as db:
        assert (await queries.one(db, busy.id, stuck, lock=True)).state == "SENDING"
        await busy.sealed(invoice)
        queued = await ask(busy, await busy.draft(invoice))
        await another(busy).drain(busy.id)
        assert await decisions(busy, [queued]) == ["done"]
    assert await numbers(busy) == counted(3)


class Killed(asyncio.CancelledError):
    """The process is gone: nothing of it runs any further."""


class Killer:
    """Kills whoever makes the n-th step: a statement, a commit, or telling those who wait."""

    def __init__(self, database: Database, at: int) -> None:
        self._engine, self._at, self._steps = database.engine.sync_engine, at, 0

    def step(self, *_: Any) -> None:
        self._steps += 1
        if self._steps == self._at:
            raise Killed

    @contextmanager
    def at_work(self) -> Iterator[None]:
        event.listen(self._engine, "before_cursor_execute", self.step)
        event.listen(self._engine, "commit", self.step)
        try:
            yield
        finally:
            event.remove(self._engine, "before_cursor_execute", self.step)
            event.remove(self._engine, "commit", self.step)


async def test_a_sealer_killed_at_any_step_leaves_everything_to_the_next(busy: Company, invoice: Invoice) -> None:
    sealed, at, deaths = 0, 0, 0
    while True:
        at += 1
        drafts = [await busy.draft(invoice) for _ in range(2)]
        ids = [await ask(busy, document_id) for document_id in drafts]
        victim, killer = another(busy), Killer(busy.database, at)
        victim._settle = killer.step  # type: ignore[method-assign]
        fence, survived = await lease(busy), False
        try:
            with killer.at_work():
                await victim._turn(busy.id, fence)
            survived = True
        except Killed:
            deaths += 1
        before = await decisions(busy, ids)
        assert before in ([None, None], ["done", "done"]), "all or nothing"
        assert await numbers(busy) == counted(sealed + 2 * (before[0] is not None))
        await another(busy).drain(busy.id)
        assert await decisions(busy, ids) == before, "nobody takes over before the lease has ended"
        await lapse(busy)
        await another(busy).drain(busy.id)
        sealed += 2
        assert await decisions(busy, ids) == ["done", "done"]
        assert await numbers(busy) == counted(sealed)
        assert [(await busy.row(document_id)).number for document_id in drafts] == counted(sealed)[-2:]
        if survived:
            break
    assert deaths >= 10, "the killer saw fewer steps than there are"


async def test_a_sealer_that_was_only_slow_seals_nothing_once_another_took_over(
    busy: Company, invoice: Invoice
) -> None:
    ids = [await ask(busy, await busy.draft(invoice)) for _ in range(3)]
    slow, quick = another(busy), another(busy)
    stale = await lease(busy)
    seen = await waiting(busy)
    await lapse(busy)
    await quick.drain(busy.id)
    with pytest.raises(LeaseLost):
        await slow._seal(busy.id, stale, seen)
    with pytest.raises(LeaseLost):
        await slow._seal_alone(busy.id, stale, seen[0])
    assert await decisions(busy, ids) == ["done"] * 3
    assert await numbers(busy) == counted(3)


async def test_a_slow_sealer_at_work_is_not_superseded_before_it_commits(busy: Company, invoice: Invoice) -> None:
    """Its lease runs out while its transaction is open: the other waits for the row, and then has nothing to take."""
    ids = [await ask(busy, await busy.draft(invoice)) for _ in range(3)]
    fence, entered, go_on = await lease(busy), asyncio.Event(), asyncio.Event()
    slow = another(busy, msgspec.structs.replace(QUICK, lease=timedelta(milliseconds=1)))
    hold = slow._hold

    async def holding(*given: Any) -> None:
        await hold(*given)
        entered.set()
        await go_on.wait()

    slow._hold = holding  # type: ignore[method-assign]
    at_work = asyncio.create_task(slow._turn(busy.id, fence))
    await entered.wait()
    taking_over = asyncio.create_task(another(busy).drain(busy.id))
    go_on.set()
    await asyncio.gather(at_work, taking_over)
    assert await decisions(busy, ids) == ["done"] * 3
    assert await numbers(busy) == counted(3)


async def test_a_request_is_decided_once_and_only_that_can_change(busy: Company, invoice: Invoice) -> None:
    request = await ask(busy, await busy.draft(invoice))
    await another(busy).drain(busy.id)
    for change, refusal in (
        ("status = 422, problem = '{}'", "decided, once"),
        ("decided_at = null, status = null, fence = null", "decided, once"),
        ("actor = 'user:x'", "permission denied"),
        ("document_id = gen_random_uuid()", "permission denied"),
    ):
        with pytest.raises(DBAPIError, match=refusal):
            async with busy.call() as call:
                await call.db.execute(text(f"update seal_requests set {change} where id = :id"), {"id": request})
    assert await decisions(busy, [request]) == ["done"]


async def test_a_stranger_neither_sees_nor_leaves_nor_decides_requests(
    busy: Company, admin: Database, invoice: Invoice
) -> None:
    stranger = await open_company(busy.database, admin, busy.wiring, tin="1555666777", trn="155566677700003")
    document_id = await busy.draft(invoice)
    request = await ask(busy, document_id)
    fence = await lease(busy)
    async with stranger.call() as call:
        for table in ("seal_requests", "seal_leases"):
            assert await call.db.scalar(text(f"select count(*) from {table}")) == 0
        assert await seal_queue.told(call.db, busy.id, [request]) == []
        assert await seal_queue.waiting(call.db, busy.id, most=10, size=10**9) == []
        assert not await seal_queue.hold(call.db, busy.id, fence, length=QUICK.lease)
    for table in ("seal_requests", "seal_leases"):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with stranger.call() as call:
                if table == "seal_leases":
                    values = {"company_id": busy.id}
                    await call.db.execute(text("insert into seal_leases values (:company_id, 9, now())"), values)
                else:
                    asked = Waiting(document_id=document_id, version=None, actor="user:x", key=None, request_id="r")
                    await seal_queue.put(call.db, busy.id, [asked], now=NOW)
    theirs = await ask(stranger, document_id)
    await another(stranger).drain(stranger.id)
    assert await decisions(stranger, [theirs]) == ["not-found"]
    assert (await busy.row(document_id)).state == "DRAFT"


async def test_who_comes_to_wait_when_all_is_decided_is_told_at_once(busy: Company, invoice: Invoice) -> None:
    """Between the commit of a request and the wait for it the sealer of the same process may have done its work."""
    sealer = another(busy, Pace(gather=0.001, linger=60, patience=60))
    sealer.attend(busy.id, await lease_for(busy, await busy.draft(invoice)))
    try:
        async with busy.call() as call:
            late = await sealer.finalize(call, await busy.draft(invoice))
        assert isinstance(late, Queued)
        async with asyncio.timeout(60):
            while await decisions(busy, [late.id]) != ["done"]:  # noqa: ASYNC110 - the database has no event
                await asyncio.sleep(0.01)
        decision = await sealer.wait(late)
        assert decision is not None
        decision.demand_sealed()
    finally:
        await sealer.close()


async def lease_for(company: Company, document_id: UUID) -> int:
    await ask(company, document_id)
    return await lease(company)


async def test_the_worker_takes_over_what_a_dead_process_left(busy: Company, invoice: Invoice) -> None:
    """The lease comes with a job, so that even requests nobody waits for any more are sealed."""
    ids = [await ask(busy, await busy.draft(invoice)) for _ in range(2)]
    dead = another(busy)
    async with busy.database.company(busy.id) as db:
        assert await dead._take_over(db, busy.id) is not None
    handler = worker.HANDLERS[SEAL]
    await handler(busy.wiring, busy.id, b"{}", now=NOW)
    assert await decisions(busy, ids) == [None, None], "the lease still runs"
    assert await jobs_left(busy) == 1
    await lapse(busy)
    await handler(busy.wiring, busy.id, b"{}", now=NOW)
    assert await decisions(busy, ids) == ["done", "done"]


async def jobs_left(company: Company) -> int:
    async with company.database.platform() as db:
        return sum(each.waiting for each in await jobqueue.census(db) if each.kind == SEAL)


async def test_outcomes_are_forgotten_after_a_week_and_open_requests_never(busy: Company, invoice: Invoice) -> None:
    done = await ask(busy, await busy.draft(invoice))
    await another(busy).drain(busy.id)
    held = await busy.draft(invoice)
    left = await ask(busy, held)
    busy.now += timedelta(days=8)
    async with busy.database.company(busy.id) as db:
        await queries.one(db, busy.id, held, lock=True)
        await another(busy).drain(busy.id)
    async with busy.database.company(busy.id) as db:
        assert [each.id for each in await seal_queue.told(db, busy.id, [done, left])] == [left]
