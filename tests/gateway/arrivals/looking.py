"""What the buyer has of what came, and what is still in hand."""

from __future__ import annotations

import itertools

from sqlalchemy import func, select, text

import ubl
from gateway.arrivals import unreadable
from gateway.arrivals.fetching import Round, fetch
from gateway.arrivals.line import Line
from gateway.db import Database
from gateway.inbound.models import received
from gateway.problems import kind_of
from ledger.entry import Kind
from tests.gateway.arrivals.sources import BUYER_TIN
from tests.gateway.inbound.envelopes import NOW, invoice
from tests.gateway.outbound.conftest import Company

numbers = itertools.count(1)


def fresh() -> tuple[str, bytes]:
    """An invoice to the buyer that nobody has seen, and its number."""
    number = f"F-{next(numbers)}"
    return number, ubl.write(invoice(number, buyer_tin=BUYER_TIN))


async def documents(buyer: Company, number: str) -> int:
    async with buyer.database.company(buyer.id) as db:
        query = select(func.count()).select_from(received).where(received.c.number == number)
        return int((await db.execute(query)).scalar_one())


async def receptions(buyer: Company, number: str) -> int:
    return sum(entry.kind == Kind.RECEIVED and entry.number == number for entry in await buyer.entries())


async def in_hand(database: Database) -> int:
    """Rows of arrivals that are being worked on or owed."""
    async with database.platform() as db:
        return int(await db.scalar(text("select count(*) from arrivals")) or 0)


async def round_of(buyer: Company, line: Line) -> Round:
    return await fetch(buyer.wiring, line, kind_of, now=NOW)


async def listed(buyer: Company) -> tuple[unreadable.Kept, ...]:
    async with buyer.database.company(buyer.id) as db:
        return (await unreadable.page(db, buyer.id, cursor=None, limit=200)).items
