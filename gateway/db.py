"""Transactions: one per request or job step, each bound to one company by the database itself.

Row-level security reads the setting `involinks.company`, which is set for the transaction only, so a connection that
returns to the pool carries nothing over. The application's role owns no table and can't switch the policies off.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat
from sqlalchemy import MetaData, event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of every slice; migrations are compared with it in a test."""

_PATIENCE = 20.0
"""Seconds to wait for a connection: longer, and the caller is better told that the database is lost."""

_SET_COMPANY = text("select set_config('involinks.company', :company_id, true)")


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562, section 5.7): ids sort by the time they were made."""
    return uuid_utils.compat.uuid7()


def _refuse_closed(dbapi_connection: Any, *_: object) -> None:
    """Let the pool replace a connection whose server is gone. The driver knows; asking would cost three round trips."""
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError


class Database:
    """A pool of connections as the application's role."""

    def __init__(self, dsn: str, *, pool_size: int = 10) -> None:
        """`dsn`: `postgresql://user:password@host:port/database?sslmode=verify-full`, of a role without DDL rights."""

        async def connect(**_: object) -> asyncpg.Connection:
            # The driver reads sslmode and the like, which SQLAlchemy's own reading of the address doesn't know.
            connection: asyncpg.Connection = await asyncpg.connect(dsn, timeout=_PATIENCE)  # type: ignore[no-untyped-call]
            return connection

        self.dsn = dsn
        """The address with its password, for processes that this one starts."""
        self._connect = connect
        self.engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=connect,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_PATIENCE,
            hide_parameters=True,  # bound values are documents and sealed keys; errors end in logs
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)

    @asynccontextmanager
    async def company(self, company_id: UUID) -> AsyncIterator[AsyncConnection]:
        """One transaction that sees the rows of one company only; commits unless an exception passes."""
        async with self.engine.begin() as connection:
            await connection.execute(_SET_COMPANY, {"company_id": str(company_id)})
            yield connection

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that sees no company's rows: sign-in, the job queue, the registry of companies."""
        async with self.engine.begin() as connection:
            yield connection

    async def driver(self) -> asyncpg.Connection:
        """A connection of the driver's own, outside the pool, for LISTEN; the caller closes it."""
        return await self._connect()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
