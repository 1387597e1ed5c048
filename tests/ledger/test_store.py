"""Appending and reading through a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import Kek, KeyRing, LocalKeyStore
from gateway.db import Database
from ledger.entry import NO_KEY, ZERO_HASH, Kind, NewEntry, decode, encode, genesis, microseconds
from ledger.errors import (
    EntryMalformed,
    KeyRotated,
    LedgerExists,
    LedgerMissing,
    NotCanonical,
    NumberTaken,
)
from ledger.signing import check_seal
from ledger.store import (
    append,
    batch,
    content,
    current_signer,
    head,
    last_seq,
    open_ledger,
    public_keys,
    reseal_keys,
    rotate_key,
    sealed_keys,
    stream,
    timeline,
)
from tests.ledger.chains import NOW, OpenLedger, document, sealed_documents


async def test_what_was_appended_comes_back_byte_for_byte(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    news = await sealed_documents(module_database, company_id, keys, ["INV-1", "فاتورة-2", "INV-3"])
    news.append(NewEntry(kind=Kind.APPROVAL, canonical=b'{"by":"checker"}', series="S", number="INV-1"))
    async with module_database.company(company_id) as db:
        entries = await append(db, company_id, news, now=NOW + timedelta(microseconds=1))
    async with module_database.company(company_id) as db:
        records = [record async for record in stream(db, company_id)]
        end = await head(db, company_id)
        (public,) = await public_keys(db, company_id)
    assert [record.seq for record in records] == [0, 1, 2, 3, 4]
    previous = genesis(company_id, microseconds(NOW))
    for record in records:
        entry = decode(record.body)
        assert entry.previous == previous
        assert sha256(record.body).digest() == record.entry_hash == entry.hash
        assert (record.kind, record.series, record.number) == (entry.kind, entry.series, entry.number)
        assert record.at_us == entry.at_us
        previous = record.entry_hash
    assert [decode(record.body) for record in records[1:]] == entries
    assert [(r.canonical, r.attached) for r in records[1:]] == [(n.canonical, n.attached) for n in news]
    assert entries[0].at == NOW + timedelta(microseconds=1)
    assert (end.count, end.hash, end.key_id) == (5, previous, public.key_id)
    assert (entries[3].key_id, entries[3].signature_hash, entries[3].xml_hash) == (NO_KEY, ZERO_HASH, ZERO_HASH)
    for record, entry in zip(records[1:4], entries, strict=False):
        from certs import pss

        assert record.signature is not None
        assert check_seal(pss.public_key(public.spki), record.signature, entry.invoice_hash, entry.xml_hash)
        assert encode(entry) == record.body


async def test_a_thousand_at_once_and_not_one_more(module_database: Database, open_company: OpenLedger) -> None:
    company_id = await open_company(module_database)
    one = NewEntry(kind=Kind.STATUS, canonical=b"{}")
    async with module_database.company(company_id) as db:
        assert len(await append(db, company_id, [one] * 1000, now=NOW)) == 1000
        for news in ([one] * 1001, []):
            with pytest.raises(EntryMalformed, match="1 to 1000"):
                await append(db, company_id, news, now=NOW)
        assert (await head(db, company_id)).count == 1001
        assert await last_seq(db, company_id) == 1000
