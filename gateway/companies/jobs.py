"""What is done for companies by time: the warning before certificates expire, and orders for each of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from gateway import jobqueue
from gateway.companies import keys, queries
from gateway.wiring import Wiring

CERTIFICATES = "companies.certificates"

_log = structlog.get_logger()


async def watch_certificates(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Warn where a certificate nears its end; a run that was left out is made up for by the next."""
    if given := await keys.warn(wiring, now=now):
        _log.warning("certificates of signing keys near their end or behind it", companies=given)


def for_each(kind: str, *, key: str) -> Callable[..., Coroutine[Any, Any, None]]:
    """A handler that orders one job of `kind` for every company that has a ledger; one that waits isn't doubled."""

    async def order(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
        async with wiring.database.platform() as db:
            for each in await queries.ids(db):
                await jobqueue.enqueue(db, kind, b"{}", company_id=each, key=key)

    return order


HANDLERS = {CERTIFICATES: watch_certificates}
SCHEDULE = {CERTIFICATES: timedelta(hours=6)}
