"""Make a backup beside its name and give it the name when all of it is on the disk."""

# ruff: noqa: ASYNC240  a command of its own: nothing else runs on its loop

from __future__ import annotations

import asyncio
import os
import shutil
import tarfile
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import text

from gateway.backup import tools
from gateway.backup.errors import RoleBlind, TargetNotEmpty, TargetRefused
from gateway.backup.manifest import DUMP, NAME, OBJECTS, KeptKey, LedgerHead, Manifest
from gateway.db import Database
from gateway.postgres import Binaries
from gateway.storage import Storage

_SNAPSHOT = text("select pg_export_snapshot()")
_REVISION = text("select version_num from alembic_version")
_VERSION = text("select current_setting('server_version_num')::int / 10000")
_HEADS = text("select company_id, count, encode(hash, 'hex') as hash from ledger_heads order by company_id")
_KEYS = text(
    "select company_id, encode(key_id, 'hex') as key_id, purpose, kek_id "
    "from sealed_keys join signing_keys using (company_id, key_id) order by company_id, added_seq, key_id"
)
_CONTENT_KEKS = text("select distinct kek_id from personal_keys where erased_seq is null order by kek_id")
_BLIND = text("select not (rolsuper or rolbypassrls) from pg_roles where rolname = current_user")


async def make(
    target: Path, *, admin_dsn: str, binaries: Binaries, storage: Storage, sealing: str, now: datetime
) -> Manifest:
    """Write a backup to `target`: a new folder, or one file where the name ends in `.tar`.

    `admin_dsn`: of a role that row-level security doesn't blind. `sealing`: id of the current key-encryption key.
    Raises `BackupError`, `StorageError`, `OSError`; no half of a backup is left behind.
    """
    if target.exists():
        raise TargetNotEmpty(f"{target} exists already; name a new folder or file")
    partial = target.with_name(target.name + ".partial")
    if partial.exists():
        raise TargetNotEmpty(f"{partial} is left of an interrupted backup, or one is being made; remove it")
    try:
        partial.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise TargetRefused(f"{target} can't be made ({error.strerror}); name a place where you may write") from None
    try:
        manifest = await _fill(partial, admin_dsn, binaries, storage, sealing, now)
        await asyncio.to_thread(_settle, partial, target)
    finally:
        if partial.is_dir():
            await asyncio.to_thread(shutil.rmtree, partial)
    return manifest


async def _fill(
    folder: Path, admin_dsn: str, binaries: Binaries, storage: Storage, sealing: str, now: datetime
) -> Manifest:
    database = Database(admin_dsn, pool_size=1)
    try:
        async with database.engine.connect() as plain:
            db = await plain.execution_options(isolation_level="REPEATABLE READ")
            async with db.begin():
                if (await db.execute(_BLIND)).scalar_one():
                    raise RoleBlind(
                        "row-level security hides rows from this role, the backup would miss them: "
                        "name a superuser or a role with BYPASSRLS in INVOLINKS_DATABASE_ADMIN_URL"
                    )
                snapshot = (await db.execute(_SNAPSHOT)).scalar_one()
                heads = tuple(LedgerHead(**row._mapping) for row in await db.execute(_HEADS))
                keys = tuple(KeptKey(**row._mapping) for row in await db.execute(_KEYS))
                content_keks = tuple((await db.execute(_CONTENT_KEKS)).scalars())
                revision = (await db.execute(_REVISION)).scalar_one()
                version = (await db.execute(_VERSION)).scalar_one()
                await tools.dump(binaries, admin_dsn, snapshot, folder / DUMP)
    finally:
        await database.close()
    count, size = await _copy_objects(storage, folder / OBJECTS)
    manifest = Manifest(
        made_at=now,
        revision=revision,
        postgres=version,
        dump_sha256=await asyncio.to_thread(tools.sha256, folder / DUMP),
        heads=heads,
        keys=keys,
        content_keks=content_keks,
        sealing=sealing,
        objects=count,
        object_bytes=size,
    )
    (folder / NAME).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    return manifest


async def _copy_objects(storage: Storage, folder: Path) -> tuple[int, int]:
    """Each is read whole through its digest: damage is found now, not when it's needed."""
    folder.mkdir(mode=0o700)
    count = size = 0
    async for digest in storage.digests():
        place = folder / digest[:2]
        place.mkdir(mode=0o700, exist_ok=True)
        with (place / digest).open("wb") as file:
            async for piece in storage.stream(digest):
                await asyncio.to_thread(file.write, piece)
                size += len(piece)
        count += 1
    return count, size


def _settle(partial: Path, target: Path) -> None:
    """Everything to the disk, then the name."""
    if target.suffix == ".tar":
        packed = target.with_name(target.name + ".packing")
        with packed.open("xb") as file:
            packed.chmod(0o600)
            with tarfile.open(fileobj=file, mode="w") as tar:
                tar.add(partial, arcname=".")
            file.flush()
            os.fsync(file.fileno())
        packed.rename(target)
    else:
        for path in [*partial.rglob("*"), partial]:
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
        partial.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
