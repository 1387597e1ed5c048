"""Settings -> what the program works with. The only place that chooses an implementation.

Everything here is opened once per process and closed with it; a test may put a `Wiring` together by hand.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import msgspec
from sqlalchemy import text

import migrations
from certs import KeyRing, KeyStore, LocalKeyStore
from gateway.db import Database
from gateway.directory import Directory, open_directory
from gateway.postgres import PostgresError, Server, find_binaries
from gateway.postgres.server import DATABASE
from gateway.providers import Adapters, Lines
from gateway.providers.circuits import Circuits
from gateway.settings import Settings, SettingsError, with_development_secrets
from gateway.storage import Storage
from gateway.storage.bucket import Bucket, BucketStorage
from gateway.storage.folder import FolderStorage
from gateway.structs import make_ready
from gateway.together import Together
from ingestion.bounds import Bounds
from ingestion.extract.llm import LlmExtractor, connect
from ingestion.instruments import RECIPES, Readers
from peppol.errors import Precondition
from peppol.provider import Provider
from peppol.providers import PROVIDERS, ProviderAccount

_LOOK_EVERY = 0.5
"""Seconds between two looks at the embedded server; a look reads two small files."""

_REVISION = text("select version_num from alembic_version")
_STANDING = text(
    "select rolsuper or rolbypassrls as unbound, pg_has_role('involinks_app', 'usage') as member,"
    " exists (select from pg_class where relname = 'ledger_entries' and pg_has_role(relowner, 'usage')) as owner,"
    " exists (select from pg_class c join pg_roles o on o.oid = c.relowner"
    "   where c.relname = 'ledger_entries' and (o.rolsuper or o.rolbypassrls)) as owner_unbound"
    " from pg_roles where rolname = current_user"
)
_WRONG_ROLE = (
    "The role in INVOLINKS_DATABASE_URL must be involinks_app or a member of it, and neither a superuser nor the "
    "tables' owner nor one with BYPASSRLS: it could read every company's rows."
)
WRONG_OWNER = (
    "The tables' owner is a superuser or has BYPASSRLS, so its functions could see every company's rows: "
    "migrate as a role without these rights that owns the database."
)
_RECIPES = {
    "best": RECIPES,
    "rapidocr": ("rapidocr",),
    "tesseract": ("background", "adaptive"),
    "original": ("original",),
}
"""How INVOLINKS_OCR says it -> recipes in the order they are tried."""
_TRACES = text("select development_traces()")

_log = logging.getLogger(__name__)


class Wiring(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint or a job handler may reach."""

    settings: Settings
    """With every secret filled in."""
    database: Database
    """The pool as the app's role."""
    storage: Storage
    """Originals, attachments and evidence."""
    key_ring: KeyRing
    """Key-encryption keys: seals TOTP secrets and the credentials of provider accounts."""
    keys: KeyStore
    """Opens the signing keys of companies."""
    provider: Provider
    """The installation's own line to the network; companies may have others, see `lines`."""
    executor: Executor
    """Threads for what blocks: signing, hashing passwords."""
    adapters: Adapters = msgspec.field(default_factory=Adapters)
    """Open adapters of companies' accounts; use `lines`."""
    circuits: Circuits = msgspec.field(default_factory=Circuits)
    """Which hosts of providers are left alone just now."""
    together: Together = msgspec.field(default_factory=Together)
    """What is done for many at once."""
    reader: Readers = msgspec.field(default_factory=Readers)
    """What suppliers' files are read with; starts nothing before a worker reads one. Blocks: call it in a thread."""
    llm: LlmExtractor | None = None
    """A language model beside our rules, on nobody's budget yet (`gateway.bills.budget`); None: no key is set."""
    directory: Directory | None = None
    """The network's own directory of participants; None where the settings name no zone of it."""

    @property
    def lines(self) -> Lines:
        """Every line to the network there is, by company."""
        return Lines(
            installation=self.provider,
            database=self.database,
            key_ring=self.key_ring,
            adapters=self.adapters,
            public_only=self.settings.mode == "live",
        )


@asynccontextmanager
async def open_wiring(settings: Settings) -> AsyncIterator[Wiring]:
    """Open everything, close everything.

    The embedded server is started, migrated and kept alive; an external database must have been migrated. Raises
    `SettingsError` for what an operator must mend (in live mode also for traces of development in the database),
    `PostgresError` where the embedded server doesn't start.
    """
    make_ready()
    settings = with_development_secrets(settings)
    key_ring = settings.key_ring()
    async with AsyncExitStack() as stack:
        address = await _database_address(settings, stack)
        database = Database(address, pool_size=settings.database_pool)
        stack.push_async_callback(database.close)
        await _refuse_unfit(database, live=settings.mode == "live")
        storage = open_storage(settings)
        stack.push_async_callback(storage.close)
        provider = open_provider(settings)
        stack.push_async_callback(provider.close)
        directory = await stack.enter_async_context(open_directory(settings))
        executor = ThreadPoolExecutor(settings.threads, thread_name_prefix="involinks")
        stack.callback(executor.shutdown)
        reader = open_reader(settings)
        stack.callback(reader.close)
        llm = open_llm(settings)
        if llm is not None:
            stack.callback(llm.close)
        adapters = Adapters()
        stack.push_async_callback(adapters.close)
        yield Wiring(
            settings=settings,
            database=database,
            storage=storage,
            key_ring=key_ring,
            keys=LocalKeyStore(key_ring, bits=int(settings.rsa_bits)),
            provider=provider,
            executor=executor,
            adapters=adapters,
            reader=reader,
            llm=llm,
            directory=directory,
        )


def embedded_server(settings: Settings) -> Server:
    """The embedded PostgreSQL of this installation, not started yet. Raises `PostgresError`."""
    return Server(settings.home / "postgres", binaries=find_binaries(settings.postgres))


def open_storage(settings: Settings) -> Storage:
    """A folder under `home`, or a bucket."""
    if settings.storage == "folder":
        return FolderStorage(settings.home / "objects")
    return BucketStorage(bucket_of(settings, settings.s3_bucket, settings.s3_prefix))


def bucket_of(settings: Settings, name: str, prefix: str) -> Bucket:
    """A bucket at the place that the S3 settings name."""
    return Bucket(
        name=name,
        endpoint=settings.s3_endpoint or f"https://s3.{settings.s3_region}.amazonaws.com",
        region=settings.s3_region,
        access_key_id=settings.s3_access_key.reveal() if settings.s3_access_key else "",
        secret_access_key=settings.s3_secret_key.reveal() if settings.s3_secret_key else "",
        prefix=prefix,
    )


def open_reader(settings: Settings) -> Readers:
    """What bills are read with, by the settings; the language model is chosen per company."""
    return Readers(
        recipes=_RECIPES[settings.ocr],
        tesseract=settings.tesseract_cmd,
        language=settings.default_ocr_language,
        idle=settings.ocr_idle,
        bounds=Bounds(size=settings.bill_size * 1024 * 1024, pages=settings.bill_pages),
    )


def open_llm(settings: Settings) -> LlmExtractor | None:
    """The language model's endpoint, called by nobody yet; None without a key."""
    if settings.llm_api_key is None or not settings.llm_tokens_per_day:
        return None
    return connect(
        settings.llm_base_url, settings.llm_api_key.reveal(), settings.llm_models, timeout=settings.llm_timeout
    )


def open_provider(settings: Settings) -> Provider:
    """The adapter by its name. Raises `SettingsError`."""
    make = PROVIDERS.get(settings.provider)
    if make is None:
        known = ", ".join(sorted(PROVIDERS))
        raise SettingsError([f"INVOLINKS_PROVIDER names {settings.provider!r}, which is none of: {known}."])
    account = ProviderAccount(
        base_url=settings.provider_url,
        credentials=({"token": settings.provider_token} if settings.provider_token else {})
        | dict(settings.provider_credentials),
        webhook_secrets=tuple(secret.reveal().encode() for secret in settings.provider_secrets),
        options=dict(settings.provider_options),
    )
    try:
        return make(account)
    except Precondition as error:
        raise SettingsError([f"INVOLINKS_PROVIDER is {settings.provider}: {error}."]) from error


async def _database_address(settings: Settings, stack: AsyncExitStack) -> str:
    if settings.database_url is not None:
        return settings.database_url.reveal()
    server = await asyncio.to_thread(embedded_server, settings)
    stack.enter_context(server.lease())
    await asyncio.to_thread(_migrate, server)
    await stack.enter_async_context(_kept_alive(server))
    return server.dsn("app")


def _migrate(server: Server) -> None:
    """Migrate unless all is well: asking is much quicker than loading what migrates."""
    known = server.sql("select to_regclass('alembic_version')", database=DATABASE)
    if not known or server.sql("select version_num from alembic_version", database=DATABASE) != migrations.newest():
        migrations.upgrade(server.dsn("owner"))


@asynccontextmanager
async def _kept_alive(server: Server) -> AsyncIterator[None]:
    """Start the server again whenever it is gone: whoever uses it first notices, so no single watcher can be missed."""

    async def watch() -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if server.pid is None:
                try:
                    await asyncio.to_thread(server.start)
                except PostgresError:
                    _log.exception("the embedded database is gone and didn't start again; trying on")

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _refuse_unfit(database: Database, *, live: bool) -> None:
    """A database of another shape, and in live mode one that development has touched."""
    async with database.platform() as db:
        present, wanted = (await db.execute(_REVISION)).scalar_one_or_none(), migrations.newest()
        if present != wanted:
            raise SettingsError([f"The database is at revision {present}, not {wanted}: run involinks migrate."])
        standing = (await db.execute(_STANDING)).one()
        if standing.unbound or standing.owner or not standing.member:
            raise SettingsError([_WRONG_ROLE])
        if standing.owner_unbound:
            raise SettingsError([WRONG_OWNER])
        if live:
            traces = (await db.execute(_TRACES)).scalars().all()
            if traces:
                raise SettingsError([f"Live mode: {trace}" for trace in traces])
