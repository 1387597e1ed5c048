"""What is done for companies by time: the warning before certificates expire."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from gateway.companies import keys
from gateway.wiring import Wiring

CERTIFICATES = "companies.certificates"

_log = structlog.get_logger()


async def watch_certificates(wiring: Wiring, company_id: UUID | None, payload: bytes, *, now: datetime) -> None:  # noqa: ARG001
    """Warn where a certificate nears its end; a run that was left out is made up for by the next."""
    if given := await keys.warn(wiring, now=now):
        _log.warning("certificates of signing keys near their end or behind it", companies=given)


HANDLERS = {CERTIFICATES: watch_certificates}
SCHEDULE = {CERTIFICATES: timedelta(hours=6)}
