"""Alembic's entry: connects as the owner with the address that the caller put into the configuration."""

from __future__ import annotations

import asyncio
import threading

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

_LOCK = 7_300_001
"""An advisory lock: the second of two migrations waits, and then finds nothing left to do."""


def _run(connection: Connection) -> None:
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def _connect(dsn: str) -> None:
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


def _in_thread(dsn: str) -> None:
    """Run beside an event loop that the calling thread may already have."""
    failure: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(_connect(dsn))
        except BaseException as error:  # handed to the caller below
            failure.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


_in_thread(context.config.attributes["dsn"])
