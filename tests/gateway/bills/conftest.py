"""A company that receives bills: its hall, a worker that runs what was ordered, suppliers, orders and papers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Row, text

from certs import Kek, KeyRing
from gateway import jobqueue
from gateway.access.call import Call
from gateway.access.principal import Principal, PrincipalKind
from gateway.bills import hall, jobs, queries
from gateway.bills.came import Came, Door, Taken
from gateway.db import Database, new_id
from gateway.jobqueue import Permanent, Temporary
from gateway.purchasing import flow as purchasing
from gateway.purchasing import receipts
from gateway.purchasing.matching import orders_for
from gateway.purchasing.models import Content
from gateway.purchasing.models import Line as OrderLine
from gateway.purchasing.receipts import NewReceipt, NewReceiptLine
from gateway.settings import Settings
from gateway.storage.folder import FolderStorage
from gateway.suppliers import accounts
from gateway.suppliers import flow as suppliers
from gateway.suppliers.master import Master, NewAccount
from gateway.wiring import Wiring
from ingestion.instruments import Readers
from ledger import store
from tests.few_keys import FewKeys

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
TRN = "198765432100003"
SELLER_TRN = "100123456700003"
IBAN = "AE070331234567890123456"


class House:
    """One company with its wiring."""

    def __init__(self, database: Database, wiring: Wiring, company_id: UUID) -> None:
        self.database, self.wiring, self.id = database, wiring, company_id
        self.clerk, self.head = new_id(), new_id()
        self.now = NOW

    @asynccontextmanager
    async def call(self, person: UUID | None = None) -> AsyncIterator[Call]:
        """A request of a person, in a transaction that commits at the end."""
        self.now += timedelta(seconds=1)
        async with self.database.company(self.id) as db:
            yield Call(
                db=db,
                company_id=self.id,
                principal=Principal(kind=PrincipalKind.USER, user_id=person or self.clerk, company_id=self.id),
                now=self.now,
                wiring=self.wiring,
                request_id="test",
            )

    async def send(self, data: bytes, *, name: str = "bill.pdf", door: Door = Door.UPLOAD, **given: Any) -> Taken:
        """Through the hall, as somebody at a door does it."""
        came = Came(door=door, name=name, actor=f"user:{self.clerk}", maker=self.clerk, **given)
        return await hall.receive(self.wiring, self.id, data, came, now=self.now)

    async def row(self, bill_id: UUID) -> Row[Any]:
        async with self.database.company(self.id) as db:
            return await queries.one(db, self.id, bill_id)

    async def waiting(self) -> list[tuple[str, bytes]]:
        """The jobs of this company that wait."""
        async with self.database.company(self.id) as db:
            found = await jobqueue.claim(
                db, dict.fromkeys(jobs.HANDLERS, 100), most=100, lease=timedelta(minutes=5)
            )  # fmt: skip
            mine = [job for job in found if job.company_id == self.id]
            for job in found:
                await jobqueue.release(db, job, retry_in=timedelta(0))
        return [(job.kind, job.payload) for job in mine]

    async def work(self, *, most: int = 50) -> list[str]:
        """Run what was ordered, and what that orders, until nothing waits; the kinds that ran, in their order.

        A job that fails for now is left out, as if it came back much later.
        """
        ran: list[str] = []
        for _ in range(most):
            async with self.database.company(self.id) as db:
                kinds = dict.fromkeys(jobs.HANDLERS, 1)
                found = await jobqueue.claim(db, kinds, most=1, lease=timedelta(minutes=5))
            if not found:
                return ran
            (job,) = found
            self.now += timedelta(seconds=1)
            try:
                await jobs.HANDLERS[job.kind](self.wiring, job.company_id, job.payload, now=self.now)
            except (Temporary, Permanent) as error:
                async with self.database.company(self.id) as db:
                    await jobqueue.fail(db, job, str(error), retry_in=None)
                ran.append(f"{job.kind}: {error}")
            else:
                async with self.database.company(self.id) as db:
                    await jobqueue.finish(db, [job])
                ran.append(job.kind)
        raise AssertionError(f"still at work after {ran}")

    async def supplier(self, *, iban: str | None = IBAN, name: str = "Desert Toner Trading LLC") -> UUID:
        """A supplier of the list, and its bank account as a second person released it."""
        async with self.call() as call:
            supplier_id = await suppliers.enter(call, Master(name=name, tax_ids=(SELLER_TRN,)))
            account_id = await accounts.propose(call, supplier_id, NewAccount(iban=iban)) if iban else None
        if account_id is not None:
            async with self.call(self.head) as call:
                await accounts.release(call, supplier_id, account_id)
        return supplier_id

    async def order(self, supplier_id: UUID, number: str = "PO-1", *, quantity: str = "10", price: str = "100") -> UUID:
        """An order of toner, sent."""
        line = OrderLine(
            position="1", description="Toner cartridge", seller_item="TN-1", unit="C62", quantity=Decimal(quantity),
            price=Decimal(price), tax_rate=Decimal(5),
        )  # fmt: skip
        content = Content(
            number=number, supplier_id=supplier_id, currency="AED", issue_date=date(2026, 11, 1), lines=(line,)
        )  # fmt: skip
        async with self.call() as call:
            order_id = await purchasing.draft(call, content)
            await purchasing.send_by_hand(call, order_id)
        return order_id

    async def goods(self, quantity: str, number: str = "PO-1", *, receipt: str = "GR-1") -> None:
        """They came (or, negative, went back)."""
        line = NewReceiptLine(order=number, position="1", received=Decimal(quantity))
        async with self.call() as call:
            wanted = NewReceipt(number=receipt, received_on=date(2026, 11, 10), lines=(line,))
            await receipts.record(call, wanted)

    async def billed(self, number: str = "PO-1") -> Decimal:
        """How much of the order's line bills consumed."""
        async with self.database.company(self.id) as db:
            (order,) = await orders_for(db, self.id, supplier_id=None, numbers=[number])
        return order.lines[0].billed

    async def entries(self, bill_id: UUID) -> list[tuple[int, Mapping[str, Any]]]:
        """Kind and content of the ledger's entries about a bill."""
        async with self.database.company(self.id) as db:
            records = await store.timeline(db, self.id, "bills", str(bill_id))
        return [(record.kind, msgspec.json.decode(record.canonical or b"")) for record in records]

    async def events(self, bill_id: UUID) -> list[str]:
        async with self.database.company(self.id) as db:
            rows = await db.execute(
                text("select kind from events where subject_id = :id order by id"), {"id": bill_id}
            )  # fmt: skip
            return [row.kind for row in rows]

    async def count(self, table: str) -> int:
        async with self.database.company(self.id) as db:
            return int(await db.scalar(text(f"select count(*) from {table}")) or 0)


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One process for all PDFs of a module."""
    with Readers() as readers:
        yield readers


@pytest.fixture
async def house(
    module_database: Database, module_admin: Database, readers: Readers, tmp_path: Path
) -> AsyncIterator[House]:
    """A company of its own for each test, in the module's database; nothing waits in the queue."""
    async with module_admin.platform() as db:
        await db.execute(text("delete from jobs"))
    with ThreadPoolExecutor(2) as executor:
        yield await _open(module_database, module_admin, executor, readers, tmp_path)


async def _open(
    database: Database, admin: Database, executor: ThreadPoolExecutor, readers: Readers, folder: Path
) -> House:
    ring = KeyRing(Kek.make(development=True))
    nothing = cast("Any", None)
    wiring = Wiring(
        settings=Settings(),
        database=database,
        storage=FolderStorage(folder / "objects"),
        key_ring=ring,
        keys=FewKeys(ring),
        provider=nothing,
        executor=executor,
        reader=readers,
    )
    house = House(database, wiring, new_id())
    profile = {
        "legal_name": "Palm Office Supplies LLC",
        "tin": f"1{house.id.int % 10**9:09d}",
        "trn": TRN,
        "registration": {"kind": "TL", "number": "CN-1", "authority": "Department of Economy"},
        "address": {"street": "Corniche Road 1", "city": "Abu Dhabi", "emirate": "AUH"},
        "email": "accounts@palm.example",
        "phone": "+97121234567",
    }
    async with admin.platform() as db:
        await db.execute(
            text(
                "insert into companies (id, state, profile, admin_email, created_at) "
                "values (:id, 'ACTIVE', cast(:profile as jsonb), 'admin@palm.example', :now)"
            ),
            {"id": house.id, "profile": msgspec.json.encode(profile).decode(), "now": NOW},
        )
    async with database.company(house.id) as db:
        await store.open_ledger(db, house.id, NOW, origin=wiring.settings.ledger_origin(house.id))
        await store.rotate_key(db, house.id, wiring.keys, now=NOW)
    return house
