"""Every minute: fetch what waits for us, from the installation's provider and from every company's accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import text

from gateway.arrivals import fetching
from gateway.arrivals.fetching import FETCH, FetchJob, Outage
from gateway.arrivals.line import open_line
from gateway.http.answers import Kind
from gateway.wiring import Wiring
from peppol.errors import PeppolError

log = structlog.get_logger()

POLL = "arrivals.poll"
_ACCOUNTS = text("select company_id, account_id from arrival_accounts()")
_AGAIN = timedelta(seconds=10)
"""Pause before the next round where something failed that nobody foresaw."""


async def poll(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Order a round for every line."""
    async with wiring.database.platform() as db:
        await fetching.order(db, None, None)
        for account in (await db.execute(_ACCOUNTS)).all():
            await fetching.order(db, account.account_id, account.company_id)


def handlers(kind_of: Callable[[Exception], Kind]) -> Mapping[str, Callable[..., Awaitable[None]]]:
    """Job kind -> function."""

    async def fetch(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:
        """One round; a provider that can't be asked, or a database that can't keep, is asked in the next minute."""
        account_id = msgspec.json.decode(payload, type=FetchJob).account_id
        try:
            line = await open_line(wiring, account_id)
            if "fetch_inbound" in line.provider.capabilities.missing:
                return
            done = await fetching.fetch(wiring, line, kind_of, now=now)
        except (PeppolError, Outage) as error:
            log.warning("arrivals.not_fetched", account=str(account_id), error=str(error))
            return
        if done.more or done.failed:
            async with wiring.database.platform() as db:
                later = None if done.more else now + _AGAIN
                await fetching.order(db, account_id, company_id, run_at=later)

    return {POLL: poll, FETCH: fetch}


SCHEDULE = {POLL: timedelta(minutes=1)}
