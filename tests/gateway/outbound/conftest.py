"""A company with a ledger and people in it, and a few words to act in their name without HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Row, text

from certs import Kek, KeyRing
from gateway.access.call import Call
from gateway.access.principal import Principal, PrincipalKind
from gateway.db import Database, new_id
from gateway.http.problems import GatewayError, Met
from gateway.outbound import drafting, examples, flow, judgement, queries
from gateway.outbound.sealer import Pace, Sealer
from gateway.outbound.sealing import Done
from gateway.problems import kind_of
from gateway.settings import Settings
from gateway.wiring import Wiring
from ledger import store
from tests.few_keys import FewKeys
from ubl import Invoice

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
TIN, TRN = "1987654321", "198765432100003"


class Company:
    """One company; `call(person)` is a request of that person in a transaction that commits at the end."""

    def __init__(self, database: Database, wiring: Wiring, company_id: UUID) -> None:
        self.database, self.wiring, self.id = database, wiring, company_id
        self.clerk, self.head = new_id(), new_id()
        self.now = NOW
        self.sealer = Sealer(wiring, kind_of, clock=lambda: self.now, pace=Pace(patience=60))

    def principal(self, person: UUID, *, by_key: bool = False) -> Principal:
        kind = PrincipalKind.API_KEY if by_key else PrincipalKind.USER
        return Principal(kind=kind, user_id=person, company_id=self.id, key_id=new_id() if by_key else None)

    @asynccontextmanager
    async def call(self, person: UUID | None = None, *, by_key: bool = False) -> AsyncIterator[Call]:
        self.now += timedelta(seconds=1)
        async with self.database.company(self.id) as db:
            yield Call(
                db=db,
                company_id=self.id,
                principal=self.principal(person or self.clerk, by_key=by_key),
                now=self.now,
                wiring=self.wiring,
                request_id="test",
            )

    async def draft(self, invoice: Invoice, *, series: str | None = None, **options: Any) -> UUID:
        async with self.call(**{name: options.pop(name) for name in ("person", "by_key") if name in options}) as call:
            posted = judgement.from_json(msgspec.json.encode(invoice))
            return await drafting.draft(call, posted, series=series, external=options.get("external", False))

    async def finalize(self, document_id: UUID, *, version: int | None = None) -> None:
        """As the API does it: sealed at once, or left for whoever seals in this company, and waited for."""
        async with self.call() as call:
            outcome = await self.sealer.finalize(call, document_id, version=version)
        if not isinstance(outcome, Done):
            decision = await self.sealer.wait(outcome)
            assert decision is not None, "nobody decided"
            decision.demand_sealed()

    async def sealed(self, invoice: Invoice, **options: Any) -> UUID:
        document_id = await self.draft(invoice, **options)
        await self.finalize(document_id)
        return document_id

    async def approve(self, document_id: UUID, person: UUID | None = None) -> None:
        async with self.call(person or self.head) as call:
            await flow.approve(call, document_id)

    async def row(self, document_id: UUID) -> Row[Any]:
        async with self.call() as call:
            return await queries.one(call.db, self.id, document_id)

    async def entries(self) -> list[Any]:
        async with self.database.company(self.id) as db:
            return [record async for record in store.stream(db, self.id)]


def code_of(outcome: BaseException | None) -> str | None:
    """What the caller is told, whoever found it out; anything else is a failure of the test."""
    if outcome is None:
        return None
    if isinstance(outcome, Met):
        return outcome.problem.code
    assert isinstance(outcome, GatewayError), outcome
    return outcome.code


async def open_company(
    database: Database, admin: Database, wiring: Wiring, *, tin: str = TIN, trn: str = TRN
) -> Company:
    """Register a company behind the registry's back, and give it a ledger with a key."""
    wiring = msgspec.structs.replace(wiring, database=database)
    company = Company(database, wiring, new_id())
    profile = {"legal_name": "Palm Office Supplies LLC", "tin": tin, "trn": trn}
    async with admin.platform() as db:
        await db.execute(
            text(
                "insert into companies (id, state, profile, admin_email, created_at) "
                "values (:id, 'ACTIVE', cast(:profile as jsonb), 'admin@palm.example', :now)"
            ),
            {"id": company.id, "profile": msgspec.json.encode(profile).decode(), "now": NOW},
        )
    async with database.company(company.id) as db:
        await store.open_ledger(db, company.id, NOW, origin=wiring.settings.ledger_origin(company.id))
        await store.rotate_key(db, company.id, wiring.keys, now=NOW)
    return company


def bare_wiring(database: Database, executor: Executor) -> Wiring:
    """What the outbound slice reaches: a database, keys and threads; the rest must not be touched."""
    ring = KeyRing(Kek.make(development=True))
    nothing = cast("Any", None)
    return Wiring(
        settings=Settings(),
        database=database,
        storage=nothing,
        key_ring=ring,
        keys=FewKeys(ring),
        provider=nothing,
        executor=executor,
    )


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture(scope="module")
async def company(module_database: Database, module_admin: Database, executor: Executor) -> AsyncIterator[Company]:
    """One company for a module; every test makes documents of its own."""
    company = await open_company(module_database, module_admin, bare_wiring(module_database, executor))
    yield company
    await company.sealer.close()


@pytest.fixture(scope="module")
async def stranger(module_database: Database, module_admin: Database, executor: Executor) -> Company:
    """Another company in the same database."""
    wiring = bare_wiring(module_database, executor)
    return await open_company(module_database, module_admin, wiring, tin="1555666777", trn="155566677700003")


@pytest.fixture
def invoice() -> Invoice:
    """A valid tax invoice over 1,302.00 AED, without a number."""
    return examples.INVOICE


@pytest.fixture
def numbered(invoice: Invoice) -> Callable[[str], Invoice]:
    """The same with a number of the ERP's own."""
    return lambda number: msgspec.structs.replace(invoice, number=number)
