"""What an operator does from the command line, as functions: each opens what it needs, and closes it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import migrations
from certs import KekUnknown
from gateway import backup
from gateway.access.flow.administrators import create_admin as make_admin
from gateway.access.flow.factors import reseal as reseal_factors
from gateway.backup import Manifest
from gateway.db import Database
from gateway.mailboxes.password import reseal as reseal_mailboxes
from gateway.postgres import Binaries, find_binaries
from gateway.postgres.scram import verifier
from gateway.providers.secrets import reseal as reseal_accounts
from gateway.settings import Secret, Settings, SettingsError, with_development_secrets
from gateway.webhooks.secret import reseal as reseal_webhooks
from gateway.wiring import WRONG_OWNER, Wiring, embedded_server, open_storage, open_wiring
from ledger import store
from ledger.store import personal

_ROLE = text("select rolcanlogin from pg_roles where rolname = :name")
_MAKE = text("select format('create role %I', cast(:name as text))")
_OPEN = text("select format('alter role %I with login password %L', cast(:name as text), cast(:verifier as text))")
_JOIN = text("select format('grant involinks_app to %I', cast(:name as text))")
_UNBOUND = text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
_COMPANIES = text("""
    select id, profile ->> 'legal_name' as name from company_list(null, null, null)
    where id in (select company_ids()) order by id
""")


_NOTHING = "0" * 64
"""A digest that no object has; looking for it shows that the storage answers."""


class Doors(msgspec.Struct, frozen=True):
    """Addresses of the database for what the app's role may not do. Secrets."""

    owner: str
    admin: str
    binaries: Binaries

    def __repr__(self) -> str:
        return "Doors(...)"


@asynccontextmanager
async def doors(settings: Settings) -> AsyncIterator[Doors]:
    """The owner's and the administrator's door; the embedded server runs meanwhile.

    An address that wasn't set is empty: `_needed` tells. Raises `PostgresError`.
    """
    if not settings.embedded:
        binaries = await asyncio.to_thread(find_binaries, settings.postgres)
        owner, admin = settings.database_owner_url, settings.database_admin_url
        yield Doors(owner.reveal() if owner else "", admin.reveal() if admin else "", binaries)
        return
    server = await asyncio.to_thread(embedded_server, settings)
    with server.lease():
        yield Doors(server.dsn("owner"), server.dsn("admin"), server.binaries)


async def migrate(settings: Settings) -> str:
    """Bring the database to this program's revision and let the app's role in; returns the revision."""
    async with doors(settings) as open_:
        owner = _needed(open_.owner, "INVOLINKS_DATABASE_OWNER_URL", "migrating needs the role that owns the tables")
        async with _database(owner) as database, database.platform() as db:
            if await db.scalar(_UNBOUND):
                raise SettingsError([WRONG_OWNER])
        await asyncio.to_thread(migrations.upgrade, owner)
        if settings.database_url is not None:
            await _admit(owner, settings.database_url)
    return migrations.newest()


async def create_admin(settings: Settings, *, email: str, name: str, password: str, now: datetime) -> UUID:
    """Make a super administrator; as the owner, since the app itself must not be able to."""
    async with doors(settings) as open_:
        owner = _needed(open_.owner, "INVOLINKS_DATABASE_OWNER_URL", "the app's own role may not make administrators")
        await asyncio.to_thread(migrations.upgrade, owner)
        async with _database(owner) as database, database.platform() as db:
            return await make_admin(db, email=email, name=name, password=password, now=now)


async def check(settings: Settings) -> None:
    """Open everything that a server or worker needs, and close it again. Raises what `open_wiring` raises."""
    async with open_wiring(settings) as wiring:
        await wiring.storage.exists(_NOTHING)


async def companies(database: Database) -> dict[UUID, str]:
    """Every approved company with its legal name, in the order of their registration."""
    async with database.platform() as db:
        return {row.id: row.name for row in await db.execute(_COMPANIES)}


async def make_backup(settings: Settings, target: Path, *, now: datetime) -> Manifest:
    """See `gateway.backup.make`."""
    settings = with_development_secrets(settings)
    storage = open_storage(settings)
    try:
        async with doors(settings) as open_:
            return await backup.make(
                target,
                admin_dsn=_needed(
                    open_.admin, "INVOLINKS_DATABASE_ADMIN_URL", "a backup needs a role that reads every company's rows"
                ),
                binaries=open_.binaries,
                storage=storage,
                sealing=settings.key_ring().current.id,
                now=now,
            )
    finally:
        await storage.close()


async def restore(settings: Settings, source: Path) -> Manifest:
    """See `gateway.backup.restore`; lets the app's role in as well."""
    settings = with_development_secrets(settings)
    storage = open_storage(settings)
    try:
        async with doors(settings) as open_:
            owner = _needed(open_.owner, "INVOLINKS_DATABASE_OWNER_URL", "a restore makes the tables and owns them")
            manifest = await backup.restore(
                source, owner_dsn=owner, binaries=open_.binaries, storage=storage, key_ring=settings.key_ring()
            )
            if settings.database_url is not None:
                await _admit(owner, settings.database_url)
            return manifest
    finally:
        await storage.close()


def stop_database(settings: Settings) -> bool:
    """Stop an embedded server that killed processes left behind; False where none was running.

    Raises `SettingsError` for an external one, `FolderInUse` while a process works with it.
    """
    if not settings.embedded:
        raise SettingsError(["INVOLINKS_DATABASE_URL is set: that server is not ours to stop."])
    return embedded_server(settings).stop_unused()


class Resealed(msgspec.Struct, frozen=True):
    """What was sealed under another key-encryption key, and isn't any more."""

    keys: int
    """Private keys of companies."""
    contents: int
    """Keys of content that stands apart."""
    factors: int
    """Accounts with a second factor."""
    webhooks: int
    """Secrets of webhook endpoints."""
    mailboxes: int
    """Passwords of mailboxes."""
    accounts: int
    """Accounts at providers."""


async def reseal(settings: Settings) -> Resealed:
    """Seal everything under the current key-encryption key, each company in a transaction of its own.

    The server may run meanwhile; it must have been given both keys before. Safe to repeat after a break. Raises
    `SettingsError` where a secret is sealed under a key that was not given.
    """
    async with open_wiring(settings) as wiring:
        try:
            return await resealed(wiring)
        except KekUnknown as error:
            raise SettingsError([f"{error}, in INVOLINKS_KEK_OLDER."]) from None


async def resealed(wiring: Wiring) -> Resealed:
    """The work of `reseal`. Raises `CertsError`."""
    sealed = contents = webhooks = accounts = mailboxes = 0
    for company_id in await companies(wiring.database):
        async with wiring.database.company(company_id) as db:
            sealed += await store.reseal_keys(db, company_id, wiring.keys)
            contents += await personal.rewrap_all(db, company_id, wiring.keys)
            webhooks += await reseal_webhooks(db, wiring.key_ring, company_id)
            accounts += await reseal_accounts(db, company_id, wiring.key_ring)
            mailboxes += await reseal_mailboxes(db, company_id, wiring.key_ring)
    async with wiring.database.platform() as db:
        factors = await reseal_factors(db, wiring.key_ring)
    return Resealed(
        keys=sealed, contents=contents, factors=factors, webhooks=webhooks, accounts=accounts, mailboxes=mailboxes
    )


def reset(settings: Settings) -> list[Path]:
    """Remove the embedded database, the objects and the sandbox's journal; returns what was removed.

    The development keys stay. Raises `SettingsError` in live mode, or for a database that isn't embedded, and
    `PostgresError` while another process uses it.
    """
    if settings.mode == "live" or not settings.embedded or settings.storage != "folder":
        raise SettingsError(["reset removes everything, and works in test mode with the embedded database only."])
    server = embedded_server(settings)
    removed = server.destroy()
    for folder in (settings.home / "objects", settings.home / "network"):
        if folder.exists():
            shutil.rmtree(folder)
            removed.append(folder)
    return removed


def _needed(address: str, name: str, why: str) -> str:
    if not address:
        raise SettingsError([f"{name} is missing: {why}."])
    return address


@asynccontextmanager
async def _database(dsn: str) -> AsyncIterator[Database]:
    database = Database(dsn, pool_size=1)
    try:
        yield database
    finally:
        await database.close()


async def _admit(owner: str, app: Secret) -> None:
    """Make the role that the app's address names able to sign in, as a member of involinks_app."""
    parts = urlsplit(app.reveal())
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    async with _database(owner) as database:
        try:
            async with database.platform() as db:
                may_sign_in = (await db.execute(_ROLE, {"name": name})).scalar_one_or_none()
                if may_sign_in:
                    return  # an administrator made it, with a password that is not ours to change
                given = {"name": name, "verifier": verifier(password)}
                statements = [_OPEN] if may_sign_in is not None else [_MAKE, _OPEN, _JOIN]
                for statement in statements:
                    row = {key: value for key, value in given.items() if f":{key}" in statement.text}
                    await db.exec_driver_sql((await db.execute(statement, row)).scalar_one())
        except (DBAPIError, ValueError) as error:
            reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
            raise SettingsError(
                [
                    f"The role {name} of INVOLINKS_DATABASE_URL can't sign in, and the owner can't change that "
                    f"({reason.splitlines()[0]}). As a superuser, make it a member of involinks_app with a login."
                ]
            ) from None
