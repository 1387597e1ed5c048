"""Bring a backup into an empty database and an empty storage, and prove that the heads are those backed up."""

# ruff: noqa: ASYNC240  a command of its own: nothing else runs on its loop

from __future__ import annotations

import asyncio
import re
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

import migrations
from certs import CertsError, KeyRing
from gateway.backup import tools
from gateway.backup.errors import BackupDamaged, KeysMissing, TargetNotEmpty
from gateway.backup.manifest import DUMP, OBJECTS, LedgerHead, Manifest, read
from gateway.db import Database
from gateway.postgres import Binaries
from gateway.storage import CHUNK, Storage

_MEMBER = re.compile(r"\./(backup\.json|database\.dump|objects/[0-9a-f]{2}/[0-9a-f]{64})\Z")
_TABLES = text("select count(*) from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace")
_VERSION = text("select current_setting('server_version_num')::int / 10000")
_HEAD = text("select company_id, count, encode(hash, 'hex') as hash from ledger_heads where company_id = :company_id")
_LAST = text(
    "select encode(sha256(body), 'hex') from ledger_entries where company_id = :company_id order by seq desc limit 1"
)


async def restore(source: Path, *, owner_dsn: str, binaries: Binaries, storage: Storage, key_ring: KeyRing) -> Manifest:
    """Bring `source` (a folder, or a `.tar` file) back.

    `owner_dsn`: of the role that shall own the tables, in an empty database. Everything that can be checked is checked
    before anything is written: the dump's digest, the keys, the emptiness of the target. Afterwards each ledger's head,
    and the hash of its last entry computed anew, must be what the manifest says. Raises `BackupError`, `StorageError`.
    """
    async with _unpacked(source) as folder:
        manifest = await asyncio.to_thread(read, folder)
        await _check(folder, manifest, key_ring)
        database = Database(owner_dsn, pool_size=1)
        try:
            await _refuse_occupied(database, storage, manifest, folder / OBJECTS)
            await _put_objects(folder / OBJECTS, storage, manifest)
            await tools.load(binaries, owner_dsn, folder / DUMP)
            await _prove(database, manifest)
        finally:
            await database.close()
    await asyncio.to_thread(migrations.upgrade, owner_dsn)
    return manifest


@asynccontextmanager
async def _unpacked(source: Path) -> AsyncIterator[Path]:
    if not source.exists():
        raise BackupDamaged(f"there is no backup at {source}")
    if source.is_dir():
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="involinks-restore-", dir=source.absolute().parent) as folder:
        await asyncio.to_thread(_unpack, source, Path(folder))
        yield Path(folder)


def _unpack(source: Path, folder: Path) -> None:
    """Take out the files that a backup has, by their names; anything else in the archive is refused."""
    try:
        with tarfile.open(source) as tar:
            for member in tar:
                if member.isdir():
                    continue
                packed = tar.extractfile(member)
                if packed is None or not _MEMBER.match(member.name):
                    raise BackupDamaged(f"{source} holds {member.name!r}, which no backup has")
                place = folder / member.name
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with place.open("xb") as file:
                    shutil.copyfileobj(packed, file)
    except (tarfile.TarError, EOFError):
        raise BackupDamaged(
            f"{source} can't be unpacked: it is no .tar file, or a damaged one; name a backup"
        ) from None


async def _check(folder: Path, manifest: Manifest, key_ring: KeyRing) -> None:
    dump = folder / DUMP
    if not dump.is_file() or await asyncio.to_thread(tools.sha256, dump) != manifest.dump_sha256:
        raise BackupDamaged(f"{dump} is missing, or isn't what was backed up")
    missing = []
    for kek_id in sorted(manifest.needed_keks()):
        try:
            key_ring[kek_id]
        except CertsError:
            missing.append(kek_id)
    if missing:
        raise KeysMissing(
            f"private keys in this backup are sealed under {', '.join(missing)}, which was not given: set "
            "INVOLINKS_KEK and INVOLINKS_KEK_OLDER, or bring the development.json of the backed up installation"
        )


async def _refuse_occupied(database: Database, storage: Storage, manifest: Manifest, objects: Path) -> None:
    async with database.platform() as db:
        if (await db.execute(_TABLES)).scalar_one() > 0:
            raise TargetNotEmpty("the database holds tables already; restore into an empty one")
        if (await db.execute(_VERSION)).scalar_one() < manifest.postgres:
            raise TargetNotEmpty(f"the backup was made by PostgreSQL {manifest.postgres}; this server is older")
    async for digest in storage.digests():
        # What an interrupted restore of this backup left is welcome: objects are named by their content.
        if not await asyncio.to_thread((objects / digest[:2] / digest).is_file):
            raise TargetNotEmpty(
                f"the storage holds other objects already ({digest} is one); restore into an empty one"
            )


async def _put_objects(folder: Path, storage: Storage, manifest: Manifest) -> None:
    paths = await asyncio.to_thread(lambda: sorted(folder.glob("*/*")))
    if len(paths) != manifest.objects:
        raise BackupDamaged(f"the backup holds {len(paths)} objects of {manifest.objects}")
    for path in paths:
        if await storage.put(_pieces(path)) != path.name:
            raise BackupDamaged(f"{path} has other content than its name says")


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece


async def _prove(database: Database, manifest: Manifest) -> None:
    for head in manifest.heads:
        async with database.company(head.company_id) as db:
            row = (await db.execute(_HEAD, {"company_id": head.company_id})).one_or_none()
            last = (await db.execute(_LAST, {"company_id": head.company_id})).scalar_one_or_none()
        if row is None or LedgerHead(**row._mapping) != head:
            raise BackupDamaged(f"the restored ledger of company {head.company_id} doesn't end where it was backed up")
        if last is not None and last != head.hash:
            raise BackupDamaged(f"the last entry of company {head.company_id} isn't the one its head names")
