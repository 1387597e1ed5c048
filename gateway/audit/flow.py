"""Verify a company's ledger, and carry it away in a file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

from certs import CertsError, KeyDamaged, KeyStore
from gateway.audit.facts import facts_of
from gateway.audit.source import CopySource, DatabaseSource, Source
from gateway.db import Database
from ledger import store
from ledger.copy import CopyWriter
from ledger.errors import LedgerMissing
from ledger.report import Checked, Failure, Level, Reason, Report
from ledger.verify import Verification

Progress = Callable[[int, int], Awaitable[None]]
"""Told the entries seen so far, and how many there are."""


async def verify_company(
    database: Database,
    company_id: UUID,
    *,
    level: Level = Level.SEALS,
    keys: KeyStore | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verify the ledger in the database. `keys`: also open every private key and hold it against its public part.

    Memory doesn't grow with the ledger; others may append meanwhile, what they append isn't looked at.
    """
    source = DatabaseSource(database, company_id, contents=level > Level.LINKS)
    try:
        verification = Verification(await source.head(), level=level, facts_of=facts_of)
    except LedgerMissing as error:
        return _missing(company_id, level, str(error))
    if keys is not None and level >= Level.SEALS:
        await _check_private_keys(database, company_id, keys, verification)
    return await _run(source, verification, progress)


async def verify_copy(path: Path, *, level: Level = Level.SEALS, progress: Progress | None = None) -> Report:
    """Verify a ledger in a file that `copy_company` wrote. Raises `CopyMalformed`, `OSError`."""
    source = CopySource(path)
    return await _run(source, Verification(await source.head(), level=level, facts_of=facts_of), progress)


async def copy_company(database: Database, company_id: UUID, path: Path, *, progress: Progress | None = None) -> int:
    """Write the company's ledger into a file; returns the number of entries. Raises `LedgerMissing`, `OSError`."""
    source = DatabaseSource(database, company_id)
    head = await source.head()
    keys = tuple(key for key in (await source.end()).keys if key.added_seq < head.count)
    writer = CopyWriter(path, head, keys)
    try:
        seq = 0
        while records := await source.batch(seq, head.count - 1):
            await asyncio.to_thread(writer.add, records)
            seq = records[-1].seq + 1
            if progress is not None:
                await progress(seq, head.count)
        writer.finish()
    finally:
        writer.discard()
    return seq


async def _run(source: Source, verification: Verification, progress: Progress | None) -> Report:
    last = verification.head.count - 1
    records = await source.batch(0, last)
    while records:
        # The next batch is read while this one is checked in a thread.
        following = source.batch(records[-1].seq + 1, last)
        records, _ = await asyncio.gather(following, asyncio.to_thread(verification.feed, records))
        if progress is not None:
            await progress(min(verification.next_seq, last + 1), last + 1)
    end = await source.end()
    return verification.finish(end.keys, end=end.head, last_seq=end.last_seq)


async def _check_private_keys(database: Database, company_id: UUID, keys: KeyStore, verification: Verification) -> None:
    async with database.company(company_id) as db:
        public = await store.public_keys(db, company_id)
    for key in public:
        try:
            async with database.company(company_id) as db:
                sealed = await store.sealed_key(db, company_id, key.key_id)
            if sealed is None:
                raise KeyDamaged(f"the private key of {key.key_id.hex()} is not there")
            await asyncio.to_thread(keys.signer, sealed)
        except CertsError as error:
            verification.fail(Failure(key.added_seq, Reason.PRIVATE_KEY_DAMAGED, str(error)))


def _missing(company_id: UUID, level: Level, detail: str) -> Report:
    return Report(
        company_id=company_id,
        status="failed",
        level=level,
        head_count=0,
        head_hash="",
        checked=Checked(),
        failed=1,
        failures=(Failure(0, Reason.LEDGER_MISSING, detail),),
    )
