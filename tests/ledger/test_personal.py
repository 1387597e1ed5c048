"""Content about a natural person lies apart under a key of its own: read with the key store, gone with the key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from certs import Kek, KeyDamaged, KeyRing, LocalKeyStore
from gateway.db import Database, new_id
from ledger.entry import Kind, NewEntry
from ledger.errors import ContentErased, LedgerMissing
from ledger.store import append, batch, content, personal, record, reseal_keys, timeline
from ledger.store.outline import outline
from tests.ledger.chains import NOW, OpenLedger, sealed_documents

NAME = "Amal Haddad"


@pytest.fixture
async def person(database: Database, keys: LocalKeyStore, open_company: OpenLedger) -> tuple[UUID, UUID, int]:
    """A company, the document about a person in it, and its place; around it two documents that are not."""
    company_id, document_id = await open_company(database), new_id()
    news = await sealed_documents(database, company_id, keys, ["A-1", f"{NAME}-2", "A-3"])
    news[1] = msgspec.structs.replace(news[1], personal=document_id)
    async with database.company(company_id) as db:
        entries = await append(db, company_id, news, now=NOW, keys=keys)
        note = NewEntry(kind=Kind.STATUS, canonical=b'{"reason":"x"}', series="S", number="A-1", personal=document_id)
        await append(db, company_id, [note], now=NOW, keys=keys)
    return company_id, document_id, entries[1].seq


async def destroy(admin: Database, company_id: UUID) -> None:
    async with admin.platform() as db:
        await db.execute(text("alter table personal_keys disable trigger all"))
        await db.execute(text("update personal_keys set ciphertext = '', nonce = '', erased_seq = 99"))


async def test_what_is_read_is_what_was_hashed(database: Database, keys: LocalKeyStore, person: Any) -> None:
    company_id, _, seq = person
    async with database.company(company_id) as db:
        found = await batch(db, company_id, seq - 1, keys=keys)
        closed = await batch(db, company_id, seq - 1)
        assert [each.apart for each in found] == [False, True, False, True]
        assert all(each.canonical is not None and not each.erased for each in found)
        assert found[1].attached is not None and NAME.encode() in found[1].attached
        assert [each.canonical is None for each in closed] == [False, True, False, True]
        assert (await content(db, company_id, seq, keys=keys)) == (found[1].canonical, found[1].attached)
        with pytest.raises(LedgerMissing):
            await content(db, company_id, seq)
        (named,) = await timeline(db, company_id, "S", f"{NAME}-2", keys=keys)
        assert named == found[1]
        lines = await outline(db, company_id, 0, 10**6, kinds={Kind.INVOICE}, keys=keys)
        assert [line.canonical for line in lines if line.kind == Kind.INVOICE] == [each.canonical for each in found[:3]]


async def test_nothing_of_it_stands_in_the_clear(admin: Database, person: Any) -> None:
    async with admin.platform() as db:
        stored = (await db.execute(text("select canonical, attached from personal_contents order by seq"))).all()
    assert len(stored) == 2
    assert NAME.encode() not in b"".join(part or b"" for row in stored for part in row)


async def test_altered_content_does_not_open(
    database: Database, admin: Database, keys: LocalKeyStore, person: Any
) -> None:
    company_id, _, seq = person
    flip = "update personal_contents set canonical = set_byte(canonical, 20, 255 - get_byte(canonical, 20)) "
    async with admin.platform() as db:
        await db.execute(text("alter table personal_contents disable trigger all"))
        await db.execute(text(f"{flip} where seq = {seq}"))
    async with database.company(company_id) as db:
        with pytest.raises(KeyDamaged, match=f"entry {seq}"):
            await record(db, company_id, seq, keys=keys)


@pytest.mark.parametrize("place", [(2, 2, 7, b"a"), (1, 3, 7, b"a"), (1, 2, 8, b"a"), (1, 2, 7, b"b")])
def test_content_belongs_to_its_company_document_place_and_part(place: tuple[int, int, int, bytes]) -> None:
    secret = bytes(range(32))
    stored = personal.encrypt(secret, UUID(int=1), UUID(int=2), 7, b"a", b"plain")
    assert personal.decrypt(secret, UUID(int=1), UUID(int=2), 7, b"a", stored) == b"plain"
    company, document, seq, part = place
    with pytest.raises(KeyDamaged):
        personal.decrypt(secret, UUID(int=company), UUID(int=document), seq, part, stored)


async def test_a_destroyed_key_leaves_the_entry_and_takes_nothing_more(
    database: Database, admin: Database, keys: LocalKeyStore, person: Any
) -> None:
    company_id, document_id, seq = person
    await destroy(admin, company_id)
    async with database.company(company_id) as db:
        erased = await record(db, company_id, seq, keys=keys)
        assert (erased.erased, erased.canonical, erased.number) == (True, None, f"{NAME}-2")
        with pytest.raises(ContentErased):
            await content(db, company_id, seq, keys=keys)
        late = NewEntry(kind=Kind.STATUS, canonical=b"{}", personal=document_id)
        with pytest.raises(ContentErased):
            await append(db, company_id, [late], now=NOW, keys=keys)


async def test_the_database_refuses(database: Database, keys: LocalKeyStore, person: Any) -> None:
    company_id, document_id, seq = person
    given = {"company": company_id, "document": document_id, "seq": seq}
    for statement, why in (
        ("delete from personal_keys", "permission denied"),
        ("delete from personal_contents", "permission denied"),
        ("update personal_contents set attached = null", "permission denied"),
        ("update personal_keys set erased_seq = 1", "permission denied"),
        ("update personal_keys set nonce = nonce", "only ever wrapped anew"),
        ("update personal_keys set kek_id = 'x', ciphertext = ''", "check constraint"),
        (
            "insert into personal_contents values (:company, :seq, :document, repeat('x', 40)::bytea, null)",
            "has content already|duplicate key",
        ),
        (
            "insert into personal_contents values (:company, 0, :document, repeat('x', 40)::bytea, null)",
            "has content already",
        ),
        ("select personal_erase(:document, :seq)", "no content that could be erased"),
    ):
        with pytest.raises(DBAPIError, match=why):
            async with database.company(company_id) as db:
                await db.execute(text(statement), given)


async def test_content_keys_follow_a_new_key_encryption_key(
    database: Database, keys: LocalKeyStore, person: Any
) -> None:
    company_id, _, seq = person
    new = Kek.make(development=True)
    both, later = LocalKeyStore(KeyRing(new, keys.ring.current)), LocalKeyStore(KeyRing(new))
    async with database.company(company_id) as db:
        assert await reseal_keys(db, company_id, both) == 4, "three keys that sign, one of content"
        assert await reseal_keys(db, company_id, both) == 0
        assert (await record(db, company_id, seq, keys=later)).canonical is not None


async def test_much_content_comes_in_pieces(
    database: Database, keys: LocalKeyStore, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    company_id, _, seq = person
    monkeypatch.setattr(personal, "MOST_BYTES", 1)
    async with database.company(company_id) as db:
        first = await batch(db, company_id, seq - 1, keys=keys)
        assert [each.seq for each in first] == [seq - 1, seq, seq + 1], "the next one that lies apart has to wait"
        assert [each.seq for each in await batch(db, company_id, seq + 2, keys=keys)] == [seq + 2]
