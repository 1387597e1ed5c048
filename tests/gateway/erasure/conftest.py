"""A company that issues to people, a network that talks about them, and eyes that see everything that is stored."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from concurrent.futures import Executor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

import ubl
from gateway import jobqueue
from gateway.db import Database
from gateway.erasure import flow, jobs
from gateway.erasure.models import Term
from gateway.outbound import drafting, judgement, numbering
from gateway.outbound.numbering import NewSeries, Numbering
from gateway.settings import Settings
from gateway.storage.folder import FolderStorage
from tests.gateway.outbound.conftest import Company, bare_wiring, executor, invoice, open_company
from tests.gateway.outbound.test_transmission_statuses import Line
from ubl import Invoice
from ubl.parties import Address, Contact, Endpoint, Identifier, LegalId, Party

__all__ = ["executor", "invoice"]

PERSON = Party(
    endpoint=Endpoint(id="9900000098"),
    ids=(Identifier(id="CUSTOMER-4711"),),
    name="Amal Haddad-Qubaisi",
    legal_id=LegalId(id="784-1990-7654321-9", type="EID"),
    address=Address(street="Jasmine Alley 77", city="Sharjah", subdivision="SHJ", country="AE"),
    contact=Contact(name="Amal Haddad-Qubaisi", phone="+971501112233", email="amal.haddad@post.ae"),
)
TELLING = (
    "Amal Haddad-Qubaisi",
    "784-1990-7654321-9",
    "Jasmine Alley 77",
    "+971501112233",
    "amal.haddad@post.ae",
    "CUSTOMER-4711",
)
"""What would give the person away."""
YEARS_LATER = timedelta(days=366 * 6)


@pytest.fixture
async def company(database: Database, admin: Database, executor: Executor, tmp_path: Path) -> Company:
    """A company of each test's own."""
    wiring: Any = msgspec.structs.replace(
        bare_wiring(database, executor),
        settings=Settings(),
        provider=Line(),  # type: ignore[arg-type]
        storage=FolderStorage(tmp_path / "objects"),
    )
    return await open_company(database, admin, wiring)


@pytest.fixture
def personal(invoice: Invoice) -> Invoice:
    """A valid invoice to a natural person."""
    return msgspec.structs.replace(invoice, buyer=PERSON)


async def erase(company: Company, document_id: UUID, reason: str = "The term has ended.") -> Term:
    """As the API does it, and then the job."""
    async with company.call() as call:
        term = await flow.erase(call, document_id, reason=reason)
    async with company.database.platform() as db:
        claimed = await jobqueue.claim(db, {flow.REMOVE: 9}, most=9, lease=timedelta(minutes=1))
    for job in claimed:
        await jobs.remove(company.wiring, job.company_id, job.payload, now=company.now)
    return term


async def posted(company: Company, document: Invoice, number: str) -> UUID:
    """A draft that came as UBL."""
    whole = judgement.completed(msgspec.structs.replace(document, number=number, uuid=str(UUID(int=4))))
    async with company.call() as call:
        if not any(series.name == "POSTED" for series in await numbering.listing(call.db, company.id)):
            new = NewSeries(name="POSTED", numbering=Numbering.GIVEN)
            await numbering.make(call.db, company.id, new, actor="user:x", now=call.now)
        return await drafting.draft(call, judgement.from_xml(ubl.write(whole)), series="POSTED", external=False)


async def traces(admin: Database, folder: Path, words: Iterable[str] = TELLING) -> set[str]:
    """Every table and every object in which one of the words stands, in whatever form bytes are written."""
    needles = [form for word in words for form in _forms(word)]
    found = set()
    async with admin.platform() as db:
        tables = await db.execute(
            text("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")
        )
        for (table,) in tables.all():
            for (row,) in await db.execute(text(f'select t::text from "{table}" t')):
                if any(needle in row.lower() for needle in needles):
                    found.add(table)
    objects = _contents(folder)
    if any(word.encode() in data for word in words for data in objects):
        found.add("objects")
    return found


def _contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def _forms(word: str) -> set[str]:
    raw = word.encode()
    turned = {base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4].decode() for shift in range(3)}
    return {form.lower() for form in {word, raw.hex(), *turned}}
