"""A company's keys through their life, in the database and in the ledger."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from certs import CertsError, Kek, KekUnknown, KeyRing, LocalKeyStore
from gateway.audit.flow import verify_company
from gateway.db import Database
from ledger.checkpoint import origin
from ledger.entry import Kind, NewEntry
from ledger.errors import KeyRotated, NotCanonical
from ledger.key_events import read_added, read_retired
from ledger.report import Reason, Report
from ledger.store import (
    append,
    batch,
    current_signer,
    head,
    public_keys,
    reseal_keys,
    rotate_key,
    sealed_keys,
)
from tests.ledger.chains import NOW, OpenLedger, sealed_documents


async def verified(database: Database, company_id: UUID) -> Report:
    """Everything, through the level of checkpoints."""
    return await verify_company(database, company_id)


async def issue(database: Database, company_id: UUID, keys: LocalKeyStore, number: str) -> None:
    news = await sealed_documents(database, company_id, keys, [number])
    async with database.company(company_id) as db:
        await append(db, company_id, news, now=NOW, keys=keys)


async def test_rotations_in_the_middle_of_a_chain(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    await issue(module_database, company_id, keys, "INV-1")
    signers = []
    for turn in (2, 3):
        async with module_database.company(company_id) as db:
            signers.append(await rotate_key(db, company_id, keys, now=NOW))
            assert (await current_signer(db, company_id, keys)).key_id == signers[-1].key_id
        await issue(module_database, company_id, keys, f"INV-{turn}")
    async with module_database.company(company_id) as db:
        records = await batch(db, company_id, 0)
        public = await public_keys(db, company_id)
    kinds = [Kind.KEY_ADDED, Kind.INVOICE] + [Kind.KEY_ADDED, Kind.KEY_RETIRED, Kind.INVOICE] * 2
    assert [Kind(record.kind) for record in records] == kinds
    assert [(key.version, key.added_seq) for key in public] == [(1, 0), (2, 2), (3, 5)]
    retired = read_retired(records[3].canonical or b"")
    assert (retired.key_id, retired.successor) == (public[0].key_id.hex(), public[1].key_id.hex())
    assert read_added(records[2].canonical or b"").spki_bytes() == public[1].spki
    report = await verified(module_database, company_id)
    assert (report.status, report.checked.seals, report.failures) == ("ok", 8, ())


async def test_a_seal_made_before_a_rotation_is_refused_after_it(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    early = await sealed_documents(module_database, company_id, keys, ["INV-1"])
    async with module_database.company(company_id) as db:
        await rotate_key(db, company_id, keys, now=NOW)
    async with module_database.company(company_id) as db:
        with pytest.raises(KeyRotated):
            await append(db, company_id, early, now=NOW, keys=keys)
        assert (await head(db, company_id)).count == 3
    await issue(module_database, company_id, keys, "INV-1")
    assert (await verified(module_database, company_id)).status == "ok"


async def test_the_retired_key_can_no_longer_seal_even_past_the_store(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    early = await sealed_documents(module_database, company_id, keys, ["INV-1"])
    async with module_database.company(company_id) as db:
        await rotate_key(db, company_id, keys, now=NOW)
        from ledger.store.append import lock_head, prepare, write

        locked = await lock_head(db, company_id)
        await write(db, locked, await prepare(early), key_id=locked.key_id, now=NOW)
    report = await verified(module_database, company_id)
    assert (report.status, report.first_bad_seq, report.reason) == ("failed", 3, Reason.KEY_NOT_IN_FORCE)


async def test_a_rotation_that_rolls_back_leaves_the_old_key(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        before = await current_signer(db, company_id, keys)
    with pytest.raises(RuntimeError):
        async with module_database.company(company_id) as db:
            await rotate_key(db, company_id, keys, now=NOW)
            raise RuntimeError
    async with module_database.company(company_id) as db:
        assert (await current_signer(db, company_id, keys)).key_id == before.key_id
        assert len(await public_keys(db, company_id)) == len(await sealed_keys(db, company_id)) == 1


async def test_a_new_key_encryption_key_takes_over(module_database: Database, open_company: OpenLedger) -> None:
    del open_company
    from gateway.db import new_id
    from ledger.store import open_ledger

    old, new, company_id = Kek.make(development=True), Kek.make(development=False), new_id()
    first, both, later = LocalKeyStore(KeyRing(old)), LocalKeyStore(KeyRing(new, old)), LocalKeyStore(KeyRing(new))
    async with module_database.company(company_id) as db:
        await open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
        await rotate_key(db, company_id, first, now=NOW)
        signer = await rotate_key(db, company_id, first, now=NOW)
        assert {key.kek_id for key in await sealed_keys(db, company_id)} == {old.id}
        with pytest.raises(KekUnknown):
            await current_signer(db, company_id, later)
        with pytest.raises(CertsError):
            await reseal_keys(db, company_id, later)
        assert await reseal_keys(db, company_id, both) == 2
        assert await reseal_keys(db, company_id, both) == 0, "safe to repeat"
        assert {key.kek_id for key in await sealed_keys(db, company_id)} == {new.id}
        assert (await current_signer(db, company_id, later)).key_id == signer.key_id
        with pytest.raises(KekUnknown):
            await current_signer(db, company_id, first)
    assert (await verified(module_database, company_id)).status == "ok"


async def test_an_unsealed_entry_needs_no_key(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        await append(db, company_id, [NewEntry(kind=Kind.ACCESS, canonical=b"{}")], now=NOW, keys=keys)
    report = await verified(module_database, company_id)
    assert (report.status, report.checked.entries, report.checked.seals) == ("ok", 2, 1)


@pytest.mark.parametrize("raw", [b"{}", b"[]", b'{"key_id":1}', b'{"spki":""', b'{"key_id": "00","successor":"11"}'])
def test_what_is_no_key_event(raw: bytes) -> None:
    for reader in (read_added, read_retired):
        with pytest.raises(NotCanonical):
            reader(raw)


def test_a_public_key_that_is_no_base64() -> None:
    from ledger.key_events import KeyAdded

    event = KeyAdded(algorithm="x", key_id="00", purpose="document", spki="not base64!", version=1)
    with pytest.raises(NotCanonical, match="base64"):
        event.spki_bytes()
    assert msgspec.json.decode(msgspec.json.encode(event), type=KeyAdded) == event
