"""From a supplier's PDF to a bill that is paid, with every job as a worker runs it; whichever door the PDF came by."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import msgspec

from gateway import jobqueue, worker
from gateway.access.call import Call
from gateway.access.permissions import Role
from gateway.audit import flow as audit
from gateway.audit.flow import Ask
from gateway.bills import deciding
from gateway.bills.holds import Hold
from gateway.bills.states import State
from gateway.bundles import flow as bundles
from gateway.bundles.flow import Wanted
from gateway.mailboxes.orders import POLL
from gateway.suppliers import account_queries, accounts
from ingestion.matching import Word
from ledger import store
from ledger.entry import Kind
from ledger.report import Level
from ledger.verifier import verify
from tests.gateway.bills.conftest import IBAN, House
from tests.gateway.bills.papers import page, pdf
from tests.ingestion.readers.papers import say

NUMBER = "INV-2026-0042"
PAPER = pdf([page(NUMBER, order="PO-1") + say(f"IBAN: {IBAN}", 50, 480)])
_ROOMS = frozenset({"bills", "purchasing", "suppliers", "mailboxes"})
_KINDS = tuple(kind for kind in worker.HANDLERS if kind.partition(".")[0] in _ROOMS)
_NEW = (Kind.BILL, Kind.READING, Kind.PAYMENT, Kind.SUPPLIER, Kind.ORDER, Kind.GOODS_RECEIPT)
"""Kinds of entries that came into the ledger with bills."""


async def worked(house: House, *, most: int = 60) -> list[str]:
    """Run what waits, and what that orders, by the very table that a worker has; the kinds that ran."""
    ran: list[str] = []
    while len(ran) < most:
        async with house.database.company(house.id) as db:
            found = await jobqueue.claim(db, dict.fromkeys(_KINDS, 1), most=1, lease=timedelta(minutes=5))
        if not found:
            return ran
        (job,) = found
        house.now += timedelta(seconds=1)
        await worker.HANDLERS[job.kind](house.wiring, job.company_id, job.payload, now=house.now)
        async with house.database.company(house.id) as db:
            await jobqueue.finish(db, [job])
        ran.append(job.kind)
    raise AssertionError(f"still at work after {ran}")


async def polled(house: House) -> list[str]:
    """A minute has passed: the schedule orders a look into every mailbox."""
    async with house.database.platform() as db:
        await jobqueue.enqueue(db, POLL, b"{}", company_id=None)
    return await worked(house)


async def prepared(house: House) -> UUID:
    """A supplier without a released account, ten cartridges ordered of it, and eight of them here; the supplier."""
    supplier_id = await house.supplier(iban=None)
    await house.order(supplier_id)
    await house.goods("8")
    await worked(house)
    return supplier_id


@asynccontextmanager
async def _as(house: House, person: UUID) -> AsyncIterator[Call]:
    async with house.call(person) as call:
        principal = msgspec.structs.replace(call.principal, role=Role.FINANCE_USER)
        yield msgspec.structs.replace(call, principal=principal)


async def to_payment(house: House, bill_id: UUID, supplier_id: UUID) -> None:
    """Nobody types anything: it was read by itself, waits for goods and for its account, is approved and paid."""
    row = await house.row(bill_id)
    assert (row.state, row.reviewed_by, row.number, str(row.total)) == (State.EXCEPTION, None, NUMBER, "1050.00")
    assert list(row.holds) == [Hold.NEW_ACCOUNT]

    await house.goods("2", receipt="GR-2")
    await worked(house)
    row = await house.row(bill_id)
    assert (row.state, row.word, list(row.holds)) == (State.MATCHED, Word.FULL_MATCH, [Hold.NEW_ACCOUNT])

    async with _as(house, house.head) as call:
        (account,) = await account_queries.of_supplier(call.db, house.id, supplier_id)
        assert account.iban == IBAN
        await accounts.release(call, supplier_id, account.id)
    await worked(house)
    row = await house.row(bill_id)
    assert (row.state, list(row.holds)) == (State.MATCHED, [])

    async with _as(house, house.clerk if house.clerk not in row.makers else house.head) as call:
        await deciding.approve(call, bill_id, "As agreed.", version=row.version)
    version = (await house.row(bill_id)).version
    async with _as(house, house.clerk) as call:
        await deciding.pay(call, bill_id, date(2026, 11, 21), "TT-7", version=version)
    row = await house.row(bill_id)
    assert (row.state, row.paid_on, row.payment_reference) == (State.PAID, date(2026, 11, 21), "TT-7")
    assert await house.billed() == 10


async def proven(house: House, bill_id: UUID, folder: Path) -> None:
    """The ledger tells all of it, each value with its place on the very paper, and holds: here and without us."""
    row = await house.row(bill_id)
    entries = await house.entries(bill_id)
    kinds = [kind for kind, _ in entries]
    assert kinds[:4] == [Kind.BILL, Kind.READING, Kind.MATCH, Kind.MATCH]
    assert kinds[-2:] == [Kind.APPROVAL, Kind.PAYMENT]
    arrival, reading = entries[0][1], entries[1][1]
    assert arrival["sha256"] == reading["file_sha256"] == sha256(PAPER).hexdigest()
    assert await house.wiring.storage.get(row.sha256) == PAPER
    header = {value["term"]: value for value in reading["reading"]["header"]}
    for term, printed in (("invoice_number", NUMBER), ("total", "1050.00"), ("iban", IBAN)):
        (spot, *_) = header[term]["evidence"]
        assert (spot["page"], spot["source"]) == (1, "text")
        assert printed in spot["text"].replace(" ", "")

    ask = Ask(level=Level.CHECKPOINTS, deep=True)
    report = await audit.verify_company(house.database, house.id, ask, keys=house.wiring.keys)
    assert report.status == "ok", report.failures
    async with house.database.company(house.id) as db:
        assert set(_NEW) <= {record.kind async for record in store.stream(db, house.id)}

    file = io.BytesIO()
    await bundles.write(house.database, house.id, file, Wanted(), keys=house.wiring.keys)
    bundle = folder / "ledger.zip"
    bundle.write_bytes(file.getvalue())
    said = verify.as_json(verify.verify(str(bundle), verify.Wish(deep=True)))
    assert said["status"] == "ok", said
    assert said["checked"]["entries"] == report.checked.entries  # type: ignore[index]
