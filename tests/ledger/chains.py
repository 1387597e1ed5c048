"""Documents and companies for the ledger's tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

from certs import KeyStore, Purpose
from gateway.db import Database
from ledger import envelope
from ledger.entry import Kind, NewEntry
from ledger.signing import make_seals
from ledger.store import current_signer

NOW = datetime(2026, 11, 21, 8, 30, 0, 123457, tzinfo=UTC)

OPENING = len(Purpose)
"""Entries of a ledger that was just opened: its first key of each purpose."""

OpenLedger = Callable[[Database], Awaitable[UUID]]


def document(number: str, *, total: str = "105.00") -> tuple[bytes, bytes]:
    """Canonical JSON and XML of a tiny document; the ledger doesn't care what the XML says."""
    canonical = envelope.wrap(
        {"number": number, "total": total}, generator="test/1", ruleset="none/1", ruleset_digest="00" * 32
    )
    return canonical, f"<Invoice><ID>{number}</ID><Total>{total}</Total></Invoice>".encode()


async def sealed_documents(
    database: Database, company_id: UUID, keys: KeyStore, numbers: list[str], kind: Kind = Kind.INVOICE
) -> list[NewEntry]:
    """Documents with the company's seal, ready to append."""
    async with database.company(company_id) as db:
        signer = await current_signer(db, company_id, keys)
    contents = [document(number) for number in numbers]
    seals = await make_seals(signer, contents)
    return [
        NewEntry(kind=kind, canonical=canonical, attached=attached, series="S", number=number, seal=seal)
        for (canonical, attached), seal, number in zip(contents, seals, numbers, strict=True)
    ]
