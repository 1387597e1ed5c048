"""For machines that watch us: `/health` (the process lives), `/ready` (it can work), `/metrics`."""

from __future__ import annotations

import asyncio
import hmac
from datetime import UTC, datetime

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from sqlalchemy import text

from gateway import alarms, expiry, jobqueue
from gateway.db import Database
from gateway.http.parameters import ANY_QUERY
from gateway.http.problems import Unauthenticated
from gateway.observability import metrics
from gateway.providers import health as health_of_lines

_PATIENCE = 5.0


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """Whether work can be done here; `unready` says what is missing."""

    status: str
    unready: tuple[str, ...] = ()


@get("/health", tags=["Operations"], summary="Whether the process lives", exclude_from_auth=True, opt=ANY_QUERY)
async def health() -> Health:
    """Answers without the database: a restart wouldn't bring that back."""
    return Health()


@get("/ready", tags=["Operations"], summary="Whether the process can work", exclude_from_auth=True, opt=ANY_QUERY)
async def ready(state: State) -> Response[Readiness]:
    """503 as long as the database can't be reached: a balancer sends requests elsewhere."""
    try:
        async with asyncio.timeout(_PATIENCE), state.wiring.database.platform() as db:
            await db.execute(text("select 1"))
    except Exception:  # whatever keeps the database away, the answer is the same
        return Response(Readiness("unready", ("database",)), status_code=503, headers={"Retry-After": "2"})
    return Response(Readiness("ready"))


@get(
    "/metrics",
    tags=["Operations"],
    summary="Measurements in Prometheus' text form",
    exclude_from_auth=True,
    opt=ANY_QUERY,
)
async def measurements(request: Request[None, None, State]) -> Response[bytes]:
    """Wants the bearer token of the setting INVOLINKS_METRICS_TOKEN, where one is set."""
    wiring = request.app.state.wiring
    wanted = wiring.settings.metrics_token
    if wanted is not None:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), wanted.reveal().encode()):
            raise Unauthenticated("Show the token of the setting INVOLINKS_METRICS_TOKEN as `Authorization: Bearer`.")
    await _count(wiring.database)
    return Response(metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})


async def _count(database: Database) -> None:
    async with database.platform() as db:
        census = await jobqueue.census(db)
        sounded = await alarms.census(db)
        certificates = await expiry.census(db, now=datetime.now(UTC))
        lines = await health_of_lines.census(db)
    metrics.QUEUE.clear()
    metrics.OVERDUE.clear()
    for row in census:
        for name, number in (("waiting", row.waiting), ("running", row.running), ("dead", row.dead)):
            metrics.QUEUE.labels(row.kind, name).set(number)
        metrics.OVERDUE.labels(row.kind).set(row.oldest)
    for alarm in sounded:
        metrics.ALARMS.labels(alarm.kind).set(alarm.times)
    for left, number in certificates.items():
        metrics.CERTIFICATES.labels(left).set(number)
    metrics.PROVIDER_LINES.clear()
    for (adapter, condition), number in lines.items():
        metrics.PROVIDER_LINES.labels(adapter, condition).set(number)


HANDLERS = (health, ready, measurements)
