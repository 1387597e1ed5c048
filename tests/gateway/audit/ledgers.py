"""A small ledger of real-looking documents, and the hands of someone who owns the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import LocalKeyStore, Purpose
from gateway.db import Database, new_id
from ledger import envelope
from ledger.checkpoint import origin
from ledger.entry import Kind, NewEntry
from ledger.signing import make_seals
from ledger.store import append, current_signer, open_ledger, rotate_key

NOW = datetime(2026, 11, 21, 8, 30, 0, 123457, tzinfo=UTC)
SELLER = "1234567890"
TABLES = (
    "ledger_heads",
    "ledger_entries",
    "ledger_contents",
    "ledger_nodes",
    "ledger_checkpoints",
    "signing_keys",
    "sealed_keys",
    "personal_keys",
    "personal_contents",
)
"""What verification looks at."""


def xml_of(number: str, total: str, *, kind: str = "Invoice", day: str = "2026-11-21", seller: str = SELLER) -> bytes:
    """A UBL document with the five facts and little more."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>{number}</cbc:ID><cbc:IssueDate>{day}</cbc:IssueDate><cbc:DocumentCurrencyCode>AED</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cbc:EndpointID schemeID="0235">{seller}</cbc:EndpointID></cac:Party>
</cac:AccountingSupplierParty>
<cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="AED">{total}</cbc:TaxInclusiveAmount>
</cac:LegalMonetaryTotal>
</{kind}>""".encode()


def json_of(number: str, total: str, *, day: str = "2026-11-21", seller: str = SELLER) -> bytes:
    """The same document in its envelope."""
    document = {
        "currency": "AED",
        "issue_date": day,
        "number": number,
        "seller": {"endpoint": {"id": seller}, "name": "A seller"},
        "totals": {"tax_inclusive": total},
    }
    return envelope.wrap(document, generator="test/1", ruleset="none/1", ruleset_digest="00" * 32)


async def issue(
    database: Database,
    company_id: UUID,
    keys: LocalKeyStore,
    *numbers: str,
    now: datetime = NOW,
    personal: UUID | None = None,
) -> None:
    """Seal and append one invoice for each number. `personal`: the document that is about a natural person."""
    async with database.company(company_id) as db:
        signer = await current_signer(db, company_id, keys)
        contents = [(json_of(number, "105.00"), xml_of(number, "105.00")) for number in numbers]
        seals = await make_seals(signer, contents)
        news = [
            NewEntry(
                kind=Kind.INVOICE,
                canonical=canonical,
                attached=attached,
                series="S",
                number=number,
                seal=seal,
                personal=personal,
            )
            for number, (canonical, attached), seal in zip(numbers, contents, seals, strict=True)
        ]
        await append(db, company_id, news, now=now, keys=keys)


COUNT = 14
"""Entries of `make_ledger`: 0-2 first keys, 3-5 invoices, 6 approval, 7-8 another document key, 9-10 invoices, 11 a
status, 12-13 another ledger key."""
CHECKPOINTS = 7
"""One for each append."""
SEALED = 12
"""All but the approval and the status."""


async def make_ledger(database: Database, keys: LocalKeyStore) -> UUID:
    """A ledger of `COUNT` entries; every append has a time of its own."""
    company_id, times = new_id(), (NOW + timedelta(seconds=n) for n in count())
    async with database.company(company_id) as db:
        await open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
        await rotate_key(db, company_id, keys, now=next(times))
    await issue(database, company_id, keys, "INV-1", "INV-2", "INV-3", now=next(times))
    async with database.company(company_id) as db:
        approval = NewEntry(kind=Kind.APPROVAL, canonical=b'{"by":"checker"}', series="S", number="INV-1")
        await append(db, company_id, [approval], now=next(times), keys=keys)
        await rotate_key(db, company_id, keys, now=next(times))
    await issue(database, company_id, keys, "INV-4", "INV-5", now=next(times))
    async with database.company(company_id) as db:
        evidence = NewEntry(kind=Kind.STATUS, canonical=b'{"is":"delivered"}', attached=b"<MLS/>", number="INV-4")
        await append(db, company_id, [evidence], now=next(times), keys=keys)
        await rotate_key(db, company_id, keys, purpose=Purpose.LEDGER, now=next(times))
    return company_id


async def lengthen(database: Database, company_id: UUID, keys: LocalKeyStore, entries: int, *, now: datetime) -> None:
    """Append so many entries as one batch."""
    news = [NewEntry(kind=Kind.STATUS, canonical=b'{"is":%d}' % number) for number in range(entries)]
    async with database.company(company_id) as db:
        await append(db, company_id, news, now=now, keys=keys)


class Hands:
    """One transaction of a superuser who has switched off what can be switched off; never committed."""

    def __init__(self, db: AsyncConnection) -> None:
        self.db = db

    @asynccontextmanager
    async def company(self, company_id: UUID) -> AsyncIterator[AsyncConnection]:
        """Stands in for `Database.company`: what is verified is what these hands have made."""
        del company_id
        yield self.db

    @property
    def database(self) -> Database:
        """For functions that want a database."""
        return cast(Database, self)

    async def run(self, statement: str, **given: object) -> int:
        """Execute; the number of rows touched."""
        return (await self.db.execute(text(statement), given)).rowcount


@asynccontextmanager
async def free_hands(admin: Database) -> AsyncIterator[Hands]:
    """All triggers and constraints gone, as an owner could do it; rolled back at the end."""
    async with admin.engine.connect() as db:
        hands = Hands(db)
        names = ", ".join(f"'{table}'::regclass" for table in TABLES)
        constraints = await db.execute(
            text(
                "select conrelid::regclass::text as owner, conname as name from pg_constraint "
                f"where conrelid in ({names}) and contype in ('c', 'f', 'u', 'p') "
                "order by contype <> 'f'"
            )
        )
        found = [(row.owner, row.name) for row in constraints]
        for table in TABLES:
            await hands.run(f"alter table {table} disable trigger all")
        for table, name in found:
            await hands.run(f'alter table {table} drop constraint if exists "{name}" cascade')
        await hands.run("drop index if exists ledger_entries_number")
        for table in TABLES:
            columns = await db.execute(
                text(
                    f"select attname from pg_attribute where attrelid = '{table}'::regclass "
                    "and attnum > 0 and attnotnull"
                )
            )
            for name in columns.scalars().all():
                await hands.run(f"alter table {table} alter column {name} drop not null")
        try:
            yield hands
        finally:
            await db.rollback()
