"""A company's keys through their life, in the database and in the ledger."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from certs import CertsError, Kek, KekUnknown, KeyRing, KeyStore, LocalKeyStore, Purpose
from gateway.audit.flow import verify_company
from gateway.db import Database, new_id
from ledger.checkpoint import origin
from ledger.entry import Kind, NewEntry, decode
from ledger.errors import KeyKnown, KeyMissing, KeyRotated, NotCanonical
from ledger.key_events import KeyAdded, read_added, read_retired
from ledger.key_windows import KeyWindows, LedgerKeys
from ledger.report import Reason, Report
from ledger.store import (
    append,
    batch,
    current_signer,
    head,
    ledger_signers,
    open_ledger,
    public_keys,
    replace_key,
    reseal_keys,
    rotate_key,
    sealed_keys,
)
from ledger.store.append import lock_head, prepare, write
from tests.certs.elsewhere import Device, RemoteKeyStore
from tests.ledger.chains import NOW, OPENING, OpenLedger, sealed_documents


async def verified(database: Database, company_id: UUID) -> Report:
    """Everything, through the level of checkpoints."""
    return await verify_company(database, company_id)


async def issue(database: Database, company_id: UUID, keys: KeyStore, number: str) -> None:
    news = await sealed_documents(database, company_id, keys, [number])
    async with database.company(company_id) as db:
        await append(db, company_id, news, now=NOW, keys=keys)


async def opened(database: Database, keys: KeyStore) -> UUID:
    """A company with keys of this store."""
    company_id = new_id()
    async with database.company(company_id) as db:
        await open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
        await rotate_key(db, company_id, keys, now=NOW)
    return company_id


async def ledger_keys(database: Database, company_id: UUID, size: int) -> LedgerKeys | None:
    """The keys in force there, as the entries tell."""
    windows = KeyWindows(company_id)
    async with database.company(company_id) as db:
        for record in await batch(db, company_id, 0, size - 1):
            if record.signature is not None:
                canonical, attached = record.canonical or b"", record.attached
                assert windows.check(decode(record.body), record.signature, canonical, attached) is None
    return windows.ledger_keys_at(size)


async def test_a_new_ledger_begins_with_a_key_of_each_purpose(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        records, public = await batch(db, company_id, 0), await public_keys(db, company_id)
        document, signers = await current_signer(db, company_id, keys), await ledger_signers(db, company_id, keys)
    assert [Kind(record.kind) for record in records] == [Kind.KEY_ADDED] * 3
    assert [(key.purpose, key.algorithm, key.version, key.added_seq) for key in public] == [
        ("document", "RSA-PSS-SHA256", 1, 0),
        ("ledger", "Ed25519", 1, 1),
        ("ledger-rsa", "RSA-PSS-SHA256", 1, 2),
    ]
    assert [key.key_id for key in public] == [document.key_id, signers.ed25519.key_id, signers.rsa.key_id]
    sealed_by = [decode(record.body).key_id for record in records]
    assert sealed_by == [document.key_id] * 3, "the document key vouches for all"
    report = await verified(module_database, company_id)
    assert (report.status, report.checked.seals, report.failures) == ("ok", 3, ())


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
        records = await batch(db, company_id, OPENING)
        public = [key for key in await public_keys(db, company_id) if key.purpose == "document"]
    kinds = [Kind.INVOICE] + [Kind.KEY_ADDED, Kind.KEY_RETIRED, Kind.INVOICE] * 2
    assert [Kind(record.kind) for record in records] == kinds
    assert [(key.version, key.added_seq) for key in public] == [(1, 0), (2, 4), (3, 7)]
    retired, added = read_retired(records[2].canonical or b""), read_added(records[1].canonical or b"")
    assert (retired.key_id, retired.successor) == (public[0].key_id.hex(), public[1].key_id.hex())
    assert (added.replaces, added.company_id, added.spki_bytes()) == (retired.key_id, company_id, public[1].spki)
    report = await verified(module_database, company_id)
    assert (report.status, report.checked.seals, report.failures) == ("ok", OPENING + 7, ())


@pytest.mark.parametrize("purpose", [Purpose.LEDGER, Purpose.LEDGER_RSA])
async def test_a_ledger_key_hands_over_and_signs_no_more(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore, purpose: Purpose
) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        document, old = await current_signer(db, company_id, keys), await ledger_signers(db, company_id, keys)
        fresh = await rotate_key(db, company_id, keys, purpose=purpose, now=NOW)
        assert (await current_signer(db, company_id, keys)).key_id == document.key_id
        assert await ledger_signers(db, company_id, keys) == old.replaced(purpose, fresh)
    await issue(module_database, company_id, keys, "INV-1")
    assert (await verified(module_database, company_id)).status == "ok"
    for size in (3, 4, 5, 6):
        in_force = await ledger_keys(module_database, company_id, size)
        assert in_force is not None
        signers = old if size < 5 else old.replaced(purpose, fresh)
        assert in_force.ed25519.verify(signers.ed25519.sign(b"note"), b"note")
        assert in_force.rsa.verify(signers.rsa.sign(b"note"), b"note")

    # Past the store, a checkpoint by the keys of before: verification finds it.
    news = [NewEntry(kind=Kind.ACCESS, canonical=b"{}")]
    async with module_database.company(company_id) as db:
        locked = await lock_head(db, company_id)
        await write(db, locked, await prepare(news), key_id=locked.key_id, signers=old, now=NOW)
    report = await verified(module_database, company_id)
    assert (report.status, report.first_bad_seq) == ("failed", 6)
    assert report.reason is not None
    assert report.reason.startswith("CHECKPOINT_")


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
async def test_keys_of_every_size_seal_and_rotate(module_database: Database, bits: int) -> None:
    keys = LocalKeyStore(KeyRing(Kek.make(development=True)), bits=bits)
    company_id = await opened(module_database, keys)
    await issue(module_database, company_id, keys, "INV-1")
    async with module_database.company(company_id) as db:
        assert len((await batch(db, company_id, OPENING))[0].signature or b"") == bits // 8
        await rotate_key(db, company_id, LocalKeyStore(keys.ring), now=NOW)
    await issue(module_database, company_id, keys, "INV-2")
    report = await verified(module_database, company_id)
    assert (report.status, report.failures) == ("ok", ())


async def test_a_ledger_whose_private_keys_are_elsewhere(module_database: Database) -> None:
    with Device() as device:
        keys = RemoteKeyStore(device)
        company_id = await opened(module_database, keys)
        await issue(module_database, company_id, keys, "INV-1")
        async with module_database.company(company_id) as db:
            for purpose in Purpose:
                await rotate_key(db, company_id, keys, purpose=purpose, now=NOW)
            assert await reseal_keys(db, company_id, keys) == 0
            stored = await sealed_keys(db, company_id)
        await issue(module_database, company_id, keys, "INV-2")
        assert (await verified(module_database, company_id)).status == "ok"
    assert {key.kek_id for key in stored} == {"test-device"}
    assert all(key.ciphertext.startswith(b"slot-") for key in stored), "a handle is all that is stored"


async def test_a_key_is_used_once(module_database: Database, open_company: OpenLedger, keys: LocalKeyStore) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        first = (await sealed_keys(db, company_id))[0]
        await rotate_key(db, company_id, keys, now=NOW)
        with pytest.raises(KeyKnown, match=first.key_id.hex()):
            await replace_key(db, company_id, keys, first, now=NOW)


async def test_a_key_that_is_no_longer_stored_is_named(
    module_database: Database, module_admin: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        public = await public_keys(db, company_id)
    for key, told in zip(public, ("", "ledger", "ledger-rsa"), strict=True):
        async with module_admin.company(company_id) as db:
            # The rest of the transaction is rolled back with the row's return.
            undo = await db.begin_nested()
            await db.execute(text("alter table sealed_keys disable trigger all"))
            await db.execute(text("delete from sealed_keys where key_id = :key_id"), {"key_id": key.key_id})
            with pytest.raises(KeyMissing, match=f"{told or key.key_id.hex()} .*is not stored"):
                await (ledger_signers if told else current_signer)(db, company_id, keys)
            await undo.rollback()


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
        assert (await head(db, company_id)).count == OPENING + 2
    await issue(module_database, company_id, keys, "INV-1")
    assert (await verified(module_database, company_id)).status == "ok"


async def test_the_retired_key_can_no_longer_seal_even_past_the_store(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    early = await sealed_documents(module_database, company_id, keys, ["INV-1"])
    async with module_database.company(company_id) as db:
        await rotate_key(db, company_id, keys, now=NOW)
        locked, signers = await lock_head(db, company_id), await ledger_signers(db, company_id, keys)
        await write(db, locked, await prepare(early), key_id=locked.key_id, signers=signers, now=NOW)
    report = await verified(module_database, company_id)
    assert (report.status, report.first_bad_seq, report.reason) == ("failed", OPENING + 2, Reason.KEY_NOT_IN_FORCE)


@pytest.mark.parametrize("purpose", Purpose)
async def test_a_rotation_that_rolls_back_leaves_the_old_key(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore, purpose: Purpose
) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        before = await current_signer(db, company_id, keys), await ledger_signers(db, company_id, keys)
    with pytest.raises(RuntimeError):
        async with module_database.company(company_id) as db:
            await rotate_key(db, company_id, keys, purpose=purpose, now=NOW)
            raise RuntimeError
    async with module_database.company(company_id) as db:
        assert before == (await current_signer(db, company_id, keys), await ledger_signers(db, company_id, keys))
        assert len(await public_keys(db, company_id)) == len(await sealed_keys(db, company_id)) == OPENING


async def test_a_new_key_encryption_key_takes_over(module_database: Database) -> None:
    old, new = Kek.make(development=True), Kek.make(development=False)
    first, both, later = LocalKeyStore(KeyRing(old)), LocalKeyStore(KeyRing(new, old)), LocalKeyStore(KeyRing(new))
    company_id = await opened(module_database, first)
    async with module_database.company(company_id) as db:
        for purpose in Purpose:
            await rotate_key(db, company_id, first, purpose=purpose, now=NOW)
        signer = await current_signer(db, company_id, first)
        assert {key.kek_id for key in await sealed_keys(db, company_id)} == {old.id}
        with pytest.raises(KekUnknown):
            await current_signer(db, company_id, later)
        with pytest.raises(CertsError):
            await reseal_keys(db, company_id, later)
        assert await reseal_keys(db, company_id, both) == 2 * OPENING
        assert await reseal_keys(db, company_id, both) == 0, "safe to repeat"
        assert {key.kek_id for key in await sealed_keys(db, company_id)} == {new.id}
        assert (await current_signer(db, company_id, later)).key_id == signer.key_id
        for opening in (current_signer, ledger_signers):
            with pytest.raises(KekUnknown):
                await opening(db, company_id, first)
    await issue(module_database, company_id, later, "INV-1")
    assert (await verified(module_database, company_id)).status == "ok"


async def test_an_unsealed_entry_needs_no_key(
    module_database: Database, open_company: OpenLedger, keys: LocalKeyStore
) -> None:
    company_id = await open_company(module_database)
    async with module_database.company(company_id) as db:
        await append(db, company_id, [NewEntry(kind=Kind.ACCESS, canonical=b"{}")], now=NOW, keys=keys)
    report = await verified(module_database, company_id)
    assert (report.status, report.checked.entries, report.checked.seals) == ("ok", OPENING + 1, OPENING)


@pytest.mark.parametrize("raw", [b"{}", b"[]", b'{"key_id":1}', b'{"spki":""', b'{"key_id": "00","successor":"11"}'])
def test_what_is_no_key_event(raw: bytes) -> None:
    for reader in (read_added, read_retired):
        with pytest.raises(NotCanonical):
            reader(raw)


def test_a_public_key_that_is_no_base64() -> None:
    event = KeyAdded(algorithm="x", company_id=new_id(), key_id="00", purpose="document", spki="not base64!", version=1)
    with pytest.raises(NotCanonical, match="base64"):
        event.spki_bytes()
    assert msgspec.json.decode(msgspec.json.encode(event), type=KeyAdded) == event
