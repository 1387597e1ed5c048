"""A backup, its way back into an empty installation, and everything that must be refused on that way."""

# ruff: noqa: ASYNC240  nothing else runs on the loop of these tests

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from certs import Kek, KeyRing, LocalKeyStore
from gateway import backup
from gateway.backup import (
    BackupDamaged,
    KeysMissing,
    Manifest,
    RoleBlind,
    TargetNotEmpty,
    TargetRefused,
    ToolFailed,
    tools,
)
from gateway.db import Database, new_id
from gateway.postgres import Server
from gateway.storage.folder import FolderStorage
from ledger import store
from ledger.checkpoint import origin
from ledger.entry import Kind, NewEntry
from tests.conftest import opened

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
OLD = Kek.make(development=True)
RING = KeyRing(Kek.make(development=True), OLD)
OLDER = LocalKeyStore(KeyRing(OLD, RING.current))
"""As the store was before the key-encryption key changed."""
ORIGINALS = (b"%PDF an original", b"", bytes(range(256)) * 5000)


async def company_with_entries(database: Database, keys: LocalKeyStore, entries: int) -> UUID:
    company_id = new_id()
    async with database.company(company_id) as db:
        await store.open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
        await store.rotate_key(db, company_id, keys, now=NOW)
        new = [NewEntry(kind=Kind.STATUS, canonical=b'{"n":%d}' % n, number=f"INV-{n}") for n in range(entries)]
        await store.append(db, company_id, new, now=NOW, keys=keys)
        person = NewEntry(kind=Kind.STATUS, canonical=b'{"who":"somebody"}', personal=new_id())
        await store.append(db, company_id, [person], now=NOW, keys=OLDER)
    return company_id


class Story:
    """Two companies with a ledger each, three originals, and the means to back them up and bring them back."""

    def __init__(self, server: Server, name: str, storage: FolderStorage) -> None:
        self.server, self.name, self.storage = server, name, storage
        self.companies: list[UUID] = []

    async def make(self, target: Path, *, role: str = "admin") -> Manifest:
        return await backup.make(
            target,
            admin_dsn=self.server.dsn(role, self.name),  # type: ignore[arg-type]
            binaries=self.server.binaries,
            storage=self.storage,
            sealing=RING.current.id,
            now=NOW,
        )

    async def restore(self, source: Path, database: str, storage: FolderStorage, ring: KeyRing = RING) -> Manifest:
        return await backup.restore(
            source,
            owner_dsn=self.server.dsn("owner", database),
            binaries=self.server.binaries,
            storage=storage,
            key_ring=ring,
        )


@pytest.fixture
async def story(pg_server: Server, database_name: str, database: Database, tmp_path: Path) -> Story:
    made = Story(pg_server, database_name, FolderStorage(tmp_path / "objects"))
    keys = LocalKeyStore(RING)
    made.companies = [await company_with_entries(database, keys, entries) for entries in (1, 5)]
    for original in ORIGINALS:
        await made.storage.put(original)
    return made


@pytest.fixture
def empty_database(pg_server: Server) -> Iterator[str]:
    name = f"e_{uuid4().hex}"
    pg_server.sql(f"create database {name} owner involinks_owner")
    yield name
    pg_server.sql(f"drop database {name} with (force)")


@pytest.mark.parametrize("kind", ["folder", "file"])
async def test_what_was_backed_up_comes_back_and_goes_on(
    story: Story, database: Database, empty_database: str, tmp_path: Path, kind: str
) -> None:
    target = tmp_path / ("backup.tar" if kind == "file" else "backup")
    made = await story.make(target)
    assert [head.company_id for head in made.heads] == sorted(story.companies)
    assert {key.kek_id for key in made.keys} == {RING.current.id}
    assert made.needed_keks() == {RING.current.id, OLDER.ring.current.id}
    assert (made.objects, made.object_bytes) == (3, sum(map(len, ORIGINALS)))
    assert RING.current.text().split(":")[1].encode() not in b"".join(
        path.read_bytes() for path in [target, *target.rglob("*")] if path.is_file()
    )

    restored = FolderStorage(tmp_path / "restored")
    assert await story.restore(target, empty_database, restored) == made
    assert sorted([digest async for digest in restored.digests()]) == sorted(
        [digest async for digest in story.storage.digests()]
    )
    async with opened(story.server.dsn("app", empty_database)) as after:
        for company_id in story.companies:
            async with database.company(company_id) as db:
                before = [record async for record in store.stream(db, company_id)]
            async with after.company(company_id) as db:
                assert [record async for record in store.stream(db, company_id)] == before
                keys = LocalKeyStore(RING)
                assert (await store.current_signer(db, company_id, keys)).sign(b"still able")
                await store.append(db, company_id, [NewEntry(kind=Kind.STATUS, canonical=b"{}")], now=NOW, keys=keys)
            async with after.company(new_id()) as db:
                with pytest.raises(Exception, match="no ledger"):
                    await store.head(db, company_id)


async def test_nothing_is_written_over(story: Story, database_name: str, empty_database: str, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    await story.make(target)
    with pytest.raises(TargetNotEmpty, match="exists already"):
        await story.make(target)
    with pytest.raises(TargetNotEmpty, match="holds tables already"):
        await story.restore(target, database_name, FolderStorage(tmp_path / "other"))
    occupied = FolderStorage(tmp_path / "occupied")
    await occupied.put(b"somebody else's")
    with pytest.raises(TargetNotEmpty, match="other objects already"):
        await story.restore(target, empty_database, occupied)
    # What an interrupted restore of the same backup has left is no obstacle.
    begun = FolderStorage(tmp_path / "begun")
    await begun.put(ORIGINALS[0])
    await story.restore(target, empty_database, begun)


async def test_without_the_key_nothing_begins(story: Story, empty_database: str, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    await story.make(target)
    other = KeyRing(Kek.make(development=False))
    with pytest.raises(KeysMissing, match=RING.current.id):
        await story.restore(target, empty_database, FolderStorage(tmp_path / "other"), other)
    both = KeyRing(other.current, RING.current, OLD)
    await story.restore(target, empty_database, FolderStorage(tmp_path / "other"), both)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def rewrite(at: Path, **changes: object) -> None:
    manifest = msgspec.json.decode((at / "backup.json").read_bytes(), type=Manifest)
    (at / "backup.json").write_bytes(msgspec.json.encode(msgspec.structs.replace(manifest, **changes)))


def rewrite_heads(at: Path) -> None:
    manifest = msgspec.json.decode((at / "backup.json").read_bytes(), type=Manifest)
    head = msgspec.structs.replace(manifest.heads[0], count=manifest.heads[0].count + 1)
    rewrite(at, heads=(head, *manifest.heads[1:]))


DAMAGES = {
    "dump": (lambda at: flip(at / "database.dump"), "isn't what was backed up"),
    "dump lost": (lambda at: (at / "database.dump").unlink(), "missing"),
    "object": (lambda at: flip(max(at.glob("objects/*/*"), key=lambda path: path.stat().st_size)), "other content"),
    "object lost": (lambda at: next(at.glob("objects/*/*")).unlink(), "holds 2 objects of 3"),
    "manifest": (lambda at: (at / "backup.json").write_text("{}"), "can't be read"),
    "manifest lost": (lambda at: (at / "backup.json").unlink(), "is no backup"),
    "form": (lambda at: rewrite(at, form="other/2"), "is of form 'other/2'"),
    "head": (rewrite_heads, "doesn't end where it was backed up"),
}


async def test_a_damaged_backup_is_told(
    story: Story, pg_server: Server, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for case, (damage, words) in DAMAGES.items():
        with subtests.test(case):
            target, database = tmp_path / f"backup-{case}", f"e_{uuid4().hex}"
            await story.make(target)
            damage(target)
            pg_server.sql(f"create database {database} owner involinks_owner")
            try:
                with pytest.raises(BackupDamaged, match=words):
                    await story.restore(target, database, FolderStorage(tmp_path / f"restored-{case}"))
            finally:
                pg_server.sql(f"drop database {database} with (force)")


async def test_an_archive_with_strange_members_is_refused(story: Story, empty_database: str, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar"
    await story.make(target)
    with tarfile.open(target, "a") as tar:
        tar.addfile(tarfile.TarInfo("../../escape"))
    with pytest.raises(BackupDamaged, match="which no backup has"):
        await story.restore(target, empty_database, FolderStorage(tmp_path / "other"))
    (tmp_path / "noise.tar").write_bytes(os.urandom(2000))
    with pytest.raises(BackupDamaged, match=r"can't be unpacked: it is no \.tar file") as damaged:
        await story.restore(tmp_path / "noise.tar", empty_database, FolderStorage(tmp_path / "other"))
    assert "\n" not in str(damaged.value)
    with pytest.raises(TargetRefused, match=r"can't be made .* where you may write"):
        await story.make(tmp_path / "noise.tar" / "below.tar")
    with pytest.raises(BackupDamaged, match="no backup at"):
        await story.restore(tmp_path / "nowhere", empty_database, FolderStorage(tmp_path / "other"))


async def test_a_role_that_sees_a_part_only_makes_no_backup(story: Story, tmp_path: Path) -> None:
    with pytest.raises(RoleBlind, match="BYPASSRLS"):
        await story.make(tmp_path / "backup", role="owner")
    assert not list(tmp_path.glob("backup*")), "no half of a backup is left behind"


async def test_the_tools_own_words_are_told_without_the_password(pg_server: Server, tmp_path: Path) -> None:
    address = pg_server.dsn("admin", "no_such_database")
    with pytest.raises(ToolFailed, match="no_such_database") as caught:
        await tools.dump(pg_server.binaries, address, "x", tmp_path / "dump")
    assert pg_server.layout.note().admin not in str(caught.value)


def test_an_address_becomes_libpqs_variables() -> None:
    given = tools.environment("postgresql://a%40b:p%2Fw@db.example:6432/books?sslmode=verify-full")
    assert given["PGUSER"] == "a@b"
    assert given["PGPASSWORD"] == "p/w"
    assert (given["PGHOST"], given["PGPORT"], given["PGDATABASE"]) == ("db.example", "6432", "books")
    assert given["PGSSLMODE"] == "verify-full"
