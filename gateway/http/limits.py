"""Which limits a request falls under: its address, its caller, and the operation it asks for.

The address is counted before anything else, so that a flood costs neither authentication nor database; the caller
(a person or a key) and the operation are counted once it is known who calls. An endpoint that must be slower than the
rest (sign-in) says so: `opt={"rate": Rate(a_minute=10, burst=5)}`.
"""

from __future__ import annotations

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.db import Database
from gateway.http.problems import TooMany
from gateway.observability import metrics
from gateway.ratelimit import Limit, Limiter, Rate

ADDRESS = Rate(a_minute=6000, burst=1000)
"""All requests of one address: a whole office or ERP may stand behind it."""
CALLER = Rate(a_minute=3000, burst=600)
"""All requests of one key or person."""
OPERATION = Rate(a_minute=1800, burst=400)
"""One operation, by one caller; by one address where nobody has signed in."""

RECORDED = Rate(a_minute=300, burst=200)
"""What one auditor reads: each request is an entry of the ledger. For whole ledgers there are bundles."""

RATE = "rate"
"""The key in a handler's `opt` for an operation with a rate of its own."""


async def admit(limiter: Limiter, database: Database, limits: list[Limit]) -> None:
    """Count the request against all of these, or raise `TooMany`."""
    outcome = limiter.spend(limits)
    if isinstance(outcome, list) and outcome:
        async with database.engine.connect() as connection:
            single = await connection.execution_options(isolation_level="AUTOCOMMIT")
            outcome = await limiter.admit(single, limits) or []
    if not isinstance(outcome, list):
        metrics.LIMITED.labels(outcome.limit.name).inc()
        raise TooMany(
            f"Too many requests from this {outcome.limit.name}; wait as Retry-After says.",
            retry_after=outcome.retry_after,
        )


class CallerLimits(ASGIMiddleware):
    """Counts the caller and the operation; stands behind the authentication."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let pass, or raise `TooMany`."""
        handler = scope.get("route_handler")
        if scope["type"] == ScopeType.HTTP and handler is not None and scope["state"].get("limited", True):
            state = scope["litestar_app"].state
            caller = getattr(scope.get("user"), "subject", None)
            limits = [Limit("caller", caller, CALLER)] if caller else []
            if getattr(scope.get("user"), "auditing", False) and not handler.opt.get("unrecorded"):
                limits.append(Limit("auditor", str(caller), RECORDED))
            rate = handler.opt.get(RATE, OPERATION)
            who = caller or scope["state"]["address"]
            limits.append(Limit("operation", f"{handler.handler_id} {who}", rate))
            await admit(state.limiter, state.wiring.database, limits)
        await next_app(scope, receive, send)
