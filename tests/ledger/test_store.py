"""Appending and reading through a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import text

from certs import LocalKeyStore, Purpose, pss
from gateway.db import Database
from ledger.chain import first_broken
from ledger.checkpoint import origin
from ledger.entry import NO_KEY, ZERO_HASH, Kind, NewEntry, decode, encode, genesis, microseconds
from ledger.errors import (
    EntryMalformed,
    KeyRotated,
    LedgerExists,
    LedgerMissing,
    NotCanonical,
    NumberTaken,
)
from ledger.signing import Seal, check_seal
from ledger.store import (
    append,
    batch,
    content,
    current_signer,
    end,
    head,
    open_ledger,
    public_keys,
    read,
    rotate_key,
    stream,
    timeline,
)
from tests.ledger.chains import NOW, OPENING, OpenLedger, document, sealed_documents
from tests.ledger.notes import check_checkpoints

STATUS = NewEntry(kind=Kind.STATUS, canonical=b"{}")


async def test_what_was_appended_comes_back_byte_for_byte(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    news = await sealed_documents(module_database, company_id, keys, ["INV-1", "فاتورة-2", "INV-3"])
    news.append(NewEntry(kind=Kind.APPROVAL, canonical=b'{"by":"checker"}', series="S", number="INV-1"))
    async with module_database.company(company_id) as db:
        entries = await append(db, company_id, news, now=NOW + timedelta(microseconds=1), keys=keys)
    async with module_database.company(company_id) as db:
        records = [record async for record in stream(db, company_id)]
        final, last_seq = await end(db, company_id)
        public = next(key for key in await public_keys(db, company_id) if key.purpose == Purpose.DOCUMENT)
        assert await content(db, company_id, OPENING) == (news[0].canonical, news[0].attached)
        assert await head(db, company_id) == final
    assert [record.seq for record in records] == list(range(OPENING + 4))
    previous = genesis(company_id, microseconds(NOW))
    for record in records:
        entry = decode(record.body)
        assert entry.previous == previous
        assert sha256(record.body).digest() == record.entry_hash == entry.hash
        assert (record.kind, record.series, record.number) == (entry.kind, entry.series, entry.number)
        assert record.at_us == entry.at_us
        previous = record.entry_hash
    assert [decode(record.body) for record in records[OPENING:]] == entries
    assert [(record.canonical, record.attached) for record in records[OPENING:]] == [
        (new.canonical, new.attached) for new in news
    ]
    assert entries[0].at == NOW + timedelta(microseconds=1)
    assert (final.count, final.hash, final.key_id, last_seq) == (OPENING + 4, previous, public.key_id, OPENING + 3)
    assert (entries[3].key_id, entries[3].signature_hash, entries[3].xml_hash) == (NO_KEY, ZERO_HASH, ZERO_HASH)
    for record, entry in zip(records[OPENING:-1], entries, strict=False):
        assert record.signature is not None
        assert check_seal(pss.public_key(public.spki), record.signature, entry.invoice_hash, entry.xml_hash)
        assert encode(entry) == record.body


async def test_a_thousand_at_once_and_not_one_more(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        assert len(await append(db, company_id, [STATUS] * 1000, now=NOW, keys=keys)) == 1000
        for news in ([STATUS] * 1001, []):
            with pytest.raises(EntryMalformed, match="1 to 1000"):
                await append(db, company_id, news, now=NOW, keys=keys)
        assert (await head(db, company_id)).count == OPENING + 1000
        bodies = [record.body async for record in stream(db, company_id)]
    assert len(bodies) == OPENING + 1000
    assert first_broken(company_id, microseconds(NOW), bodies) is None


async def test_appends_of_one_transaction_follow_each_other_and_a_rollback_leaves_no_gap(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    with pytest.raises(RuntimeError, match="changed my mind"):
        async with module_database.company(company_id) as db:
            await append(db, company_id, [STATUS] * 3, now=NOW, keys=keys)
            raise RuntimeError("changed my mind")
    async with module_database.company(company_id) as db:
        (first,) = await append(db, company_id, [STATUS], now=NOW, keys=keys)
        (second,) = await append(db, company_id, [STATUS], now=NOW, keys=keys)
        assert (first.seq, second.seq, second.previous) == (OPENING, OPENING + 1, first.hash)


async def test_large_content_streams_in_small_batches(
    module_database: Database, open_company: OpenLedger, monkeypatch: pytest.MonkeyPatch, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    large = [NewEntry(kind=Kind.EXPORT, canonical=b"{}", attached=bytes([n]) * 300_000) for n in range(7)]
    async with module_database.company(company_id) as db:
        await append(db, company_id, large, now=NOW, keys=keys)
        monkeypatch.setattr(read, "BATCH_BYTES", 700_000)
        sizes, first = [], 0
        while records := await batch(db, company_id, first):
            sizes.append(len(records))
            first = records[-1].seq + 1
        assert sizes == [OPENING + 2, 2, 2, 1], "the keys' entries are small; two large ones fit"
        monkeypatch.setattr(read, "BATCH_BYTES", 10)
        assert [r.attached async for r in stream(db, company_id, OPENING, OPENING + 2)] == [
            bytes([n]) * 300_000 for n in range(3)
        ]
        links = await batch(db, company_id, 2, 4, contents=False)
        assert [(r.seq, r.canonical, r.attached) for r in links] == [(n, None, None) for n in (2, 3, 4)]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"seal": None}, EntryMalformed),
        ({"number": ""}, EntryMalformed),
        ({"number": "9" * 201}, EntryMalformed),
        ({"attached": None}, EntryMalformed),
        ({"series": "a\0b"}, EntryMalformed),
        ({"canonical": b'{"b":1,"a":2}'}, NotCanonical),
        ({"canonical": b"1.5"}, NotCanonical),
        ({"kind": Kind.KEY_ADDED}, EntryMalformed),
        ({"kind": Kind.KEY_RETIRED}, EntryMalformed),
        ({"seal": Seal(NO_KEY, b"x")}, EntryMalformed),
        ({"seal": Seal(b"x", b"x")}, EntryMalformed),
        ({"seal": Seal(b"stranger", b"x")}, KeyRotated),
    ],
)
async def test_what_no_entry_is_made_of(
    module_database: Database,
    open_company: OpenLedger,
    keys: LocalKeyStore,
    change: dict[str, object],
    error: type[Exception],
) -> None:
    company_id = await open_company(module_database)
    (good,) = await sealed_documents(module_database, company_id, keys, ["INV-1"])
    async with module_database.company(company_id) as db:
        with pytest.raises(error):
            await append(
                db,
                company_id,
                [good, msgspec.structs.replace(good, **{"number": "INV-2", **change})],
                now=NOW,
                keys=keys,
            )
        assert (await head(db, company_id)).count == OPENING, "the good one beside it was not written either"
        assert len(await append(db, company_id, [good], now=NOW, keys=keys)) == 1, "and the transaction is still good"


async def test_a_number_is_issued_once_whatever_the_kind_or_series(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    first, again = await sealed_documents(module_database, company_id, keys, ["INV-1", "INV-1"])
    async with module_database.company(company_id) as db:
        await append(db, company_id, [first], now=NOW, keys=keys)
    for kind, series in ((Kind.INVOICE, "S"), (Kind.CREDIT_NOTE, "T")):
        with pytest.raises(NumberTaken):
            async with module_database.company(company_id) as db:
                await append(
                    db, company_id, [msgspec.structs.replace(again, kind=kind, series=series)], now=NOW, keys=keys
                )
    async with module_database.company(company_id) as db:
        # What a supplier calls its documents is the supplier's own affair.
        await append(db, company_id, [msgspec.structs.replace(again, kind=Kind.RECEIVED)], now=NOW, keys=keys)
        assert (await head(db, company_id)).count == OPENING + 2


async def test_the_timeline_of_a_document(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    news = await sealed_documents(module_database, company_id, keys, ["INV-1", "INV-2"])
    steps = [
        NewEntry(kind=kind, canonical=b"{}", series="S", number=number)
        for kind in (Kind.APPROVAL, Kind.TRANSMISSION)
        for number in ("INV-1", "INV-2")
    ]
    async with module_database.company(company_id) as db:
        await append(db, company_id, [*news, *steps, STATUS], now=NOW, keys=keys)
        found = await timeline(db, company_id, "S", "INV-2")
        assert [(r.seq - OPENING, r.kind) for r in found] == [
            (1, Kind.INVOICE), (3, Kind.APPROVAL), (5, Kind.TRANSMISSION)
        ]  # fmt: skip
        assert found[0].canonical == news[1].canonical
        assert await timeline(db, company_id, "T", "INV-2") == []
        assert await timeline(db, company_id, "", "") == [], "entries about no document are no timeline"


async def test_a_supplier_may_number_its_documents_at_any_length(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id, numbers = await open_company(module_database), ["ف" * 20_000 + end for end in ("1", "2")]
    news = await sealed_documents(module_database, company_id, keys, numbers, Kind.RECEIVED)
    async with module_database.company(company_id) as db:
        await append(db, company_id, news, now=NOW, keys=keys)
        assert [r.seq for r in await timeline(db, company_id, "S", numbers[1])] == [OPENING + 1]


async def test_a_ledger_is_opened_once_and_needs_to_be(module_database: Database, keys: LocalKeyStore) -> None:
    company_id = uuid4()
    async with module_database.company(company_id) as db:
        for attempt in (
            lambda: head(db, company_id),
            lambda: end(db, company_id),
            lambda: append(db, company_id, [STATUS], now=NOW, keys=keys),
            lambda: rotate_key(db, company_id, keys, now=NOW),
            lambda: current_signer(db, company_id, keys),
            lambda: content(db, company_id, 0),
        ):
            with pytest.raises(LedgerMissing):
                await attempt()
        opened = await open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
        assert opened == await head(db, company_id)
        assert (await end(db, company_id))[1] is None
        with pytest.raises(LedgerExists):
            await open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
        with pytest.raises(LedgerMissing, match="no document key"):
            await current_signer(db, company_id, keys)
        with pytest.raises(EntryMalformed, match="zone"):
            await open_ledger(db, company_id, datetime(2026, 1, 1), origin=origin("ledger.test", company_id))


async def test_another_company_sees_and_moves_nothing(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    ours, theirs = await open_company(module_database), await open_company(module_database)
    async with module_database.company(theirs) as db:
        for attempt in (
            lambda: head(db, ours),
            lambda: append(db, ours, [STATUS], now=NOW, keys=keys),
            lambda: current_signer(db, ours, keys),
            lambda: content(db, ours, 0),
        ):
            with pytest.raises(LedgerMissing):
                await attempt()
        assert await batch(db, ours, 0) == []
        assert await public_keys(db, ours) == []


async def test_sixty_four_writers_neither_fork_nor_leave_a_gap(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    rounds, writers = 3, 64
    numbers = [[f"INV-{writer}-{turn}" for turn in range(rounds)] for writer in range(writers)]
    flat = await sealed_documents(module_database, company_id, keys, [n for row in numbers for n in row])
    seen: list[int] = []

    async def write(writer: int) -> None:
        for turn in range(rounds):
            news = [flat[writer * rounds + turn], STATUS]
            # Every seventh transaction is rolled back after its append, and then done again.
            if (writer + turn) % 7 == 0:
                with pytest.raises(RuntimeError):
                    async with module_database.company(company_id) as db:
                        await append(db, company_id, news, now=NOW, keys=keys)
                        raise RuntimeError
            async with module_database.company(company_id) as db:
                seen.extend(entry.seq for entry in await append(db, company_id, news, now=NOW, keys=keys))

    await asyncio.gather(*(write(writer) for writer in range(writers)))
    assert sorted(seen) == list(range(OPENING, OPENING + 2 * rounds * writers)), (
        "each was told its own place, and no place is free"
    )
    async with module_database.company(company_id) as db:
        records = [record async for record in stream(db, company_id)]
        final, last_seq = await end(db, company_id)
        sizes = await check_checkpoints(db, company_id)
    assert sizes == list(range(OPENING, final.count + 1, 2)), "one for each commit, and for nothing rolled back"
    assert first_broken(company_id, microseconds(NOW), (record.body for record in records)) is None
    assert len(records) == final.count == OPENING + 2 * rounds * writers
    assert (final.hash, last_seq) == (records[-1].entry_hash, records[-1].seq)
    issued = [record.number for record in records if record.kind == Kind.INVOICE]
    assert sorted(issued) == sorted(number for row in numbers for number in row)


async def test_hashing_much_leaves_the_event_loop(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    company_id = await open_company(module_database)
    threads: list[Callable[..., object]] = []
    to_thread = asyncio.to_thread

    async def noted(function: Callable[..., object], *args: object) -> object:
        threads.append(function)
        return await to_thread(function, *args)

    monkeypatch.setattr(asyncio, "to_thread", noted)
    async with module_database.company(company_id) as db:
        await append(db, company_id, [STATUS], now=NOW, keys=keys)
        aside = len(threads)
        canonical, _ = document("INV-1")
        big = NewEntry(kind=Kind.EXPORT, canonical=canonical, attached=bytes(300_000))
        (entry,) = await append(db, company_id, [big], now=NOW, keys=keys)
        assert len(threads) == 2 * aside + 1
    assert entry.xml_hash == sha256(bytes(300_000)).digest()


async def test_an_append_reads_no_more_of_a_long_ledger_than_of_a_short_one(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    """A plan made while the tables were small must not read them whole later; one connection keeps its plans."""
    company_id = await open_company(module_database)
    ten = [NewEntry(kind=Kind.STATUS, canonical=b'{"n":%d}' % n) for n in range(10)]
    read_so_far = text(
        "select sum(seq_tup_read + idx_tup_fetch) from pg_stat_xact_user_tables where relname like 'ledger%'"
    )
    async with module_database.company(company_id) as db:
        read_by: list[int] = []
        for _ in range(8):
            before = await db.scalar(read_so_far) or 0
            await append(db, company_id, ten, now=NOW, keys=keys)
            read_by.append((await db.scalar(read_so_far)) - before)
        for _ in range(3):
            await append(db, company_id, [STATUS] * 1000, now=NOW, keys=keys)
        before = await db.scalar(read_so_far)
        await append(db, company_id, ten, now=NOW, keys=keys)
        assert (await db.scalar(read_so_far)) - before <= max(read_by) + 300, "at most a block's entries on top"
