"""What an endpoint works with: one transaction in the caller's company, and who calls.

    @post("/v1/things", guards=[requires(Permission.DOCUMENTS_DRAFT)])
    async def post_thing(call: Call, data: Thing) -> Thing: ...

The transaction commits after the endpoint returned and before the answer leaves, and rolls back when an exception
passes. Row-level security shows the rows of `company_id` only, so another company's id finds nothing: answer 404.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.di import Provide
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.guards import now_of, principal_of
from gateway.access.permissions import Role
from gateway.access.principal import Principal
from gateway.access.record import AuditorRead, TenantRead, record_auditor_read, record_tenant_read
from gateway.http import idempotent
from gateway.http.problems import Forbidden
from gateway.wiring import Wiring

UNKEPT = {"unkept": True}
"""For a handler's `opt`: its answer holds a secret that is shown once, so it isn't kept for an Idempotency-Key."""


_RECORDED = frozenset({"first", "last", "limit", "number", "series"})


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A request that opens its own short transactions, because slow work (a password's hash) lies between them, or
    because a failure has to be counted although the request is refused. Dependency `visit`."""

    wiring: Wiring
    principal: Principal | None
    """None where nobody has signed in."""
    now: datetime
    request_id: str
    address: str
    """The client's network, for lock-out and the list of sessions: an IPv4 address, or the /64 of an IPv6 one."""


class PlatformCall(msgspec.Struct, frozen=True, kw_only=True):
    """A request outside any company; `db` sees no company's rows. Dependency `platform_call`."""

    db: AsyncConnection
    principal: Principal
    now: datetime
    wiring: Wiring
    request_id: str


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request inside one company. Dependency `call`."""

    db: AsyncConnection
    """One transaction as the app's role, bound to `company_id` by row-level security; don't keep it for a stream."""
    company_id: UUID
    principal: Principal
    now: datetime
    """The moment of the request, aware, UTC."""
    wiring: Wiring
    request_id: str


def _wiring(request: Request[Any, Any, Any]) -> Wiring:
    wiring: Wiring = request.app.state.wiring
    return wiring


def _request_id(request: Request[Any, Any, Any]) -> str:
    return str(request.scope["state"].get("request_id", ""))


async def provide_visit(request: Request[Any, Any, Any]) -> Visit:
    """Litestar dependency `visit`."""
    principal = request.scope.get("user")
    return Visit(
        wiring=_wiring(request),
        principal=principal if isinstance(principal, Principal) else None,
        now=now_of(request),
        request_id=_request_id(request),
        address=str(request.scope["state"]["address"]),
    )


async def provide_platform_call(request: Request[Any, Any, Any]) -> AsyncIterator[PlatformCall]:
    """Litestar dependency `platform_call`."""
    principal, wiring = principal_of(request), _wiring(request)
    async with wiring.database.platform() as db:
        yield PlatformCall(
            db=db, principal=principal, now=now_of(request), wiring=wiring, request_id=_request_id(request)
        )


def _asked(parameters: Mapping[str, str]) -> dict[str, str]:
    """What a recorded reading says of its query."""
    return {
        name: value
        for name, value in sorted(parameters.items())
        if name in _RECORDED and len(value) <= 200 and value.isprintable()
    }


@asynccontextmanager
async def calling(request: Request[Any, Any, Any]) -> AsyncIterator[Call]:
    """The transaction of a request inside one company, for an endpoint that ends it itself; the others name `call`.

    What the platform's people and auditors read of a company is in its ledger before they see it.
    """
    principal, wiring, now = principal_of(request), _wiring(request), now_of(request)
    company_id = principal.company_id
    if company_id is None:
        raise Forbidden("This token names no company; POST /v1/auth/company to get one that does.")
    if principal.role is Role.SUPER_ADMIN:
        reading = TenantRead(actor=principal.actor, method=request.method, path=request.url.path)
        async with wiring.database.company(company_id) as db:
            await record_tenant_read(db, company_id, reading, now=now, keys=wiring.keys)
    elif principal.auditing and not request.route_handler.opt.get("unrecorded"):
        read = AuditorRead(
            actor=principal.actor, method=request.method, path=request.url.path, asked=_asked(request.query_params)
        )
        async with wiring.database.company(company_id) as db:
            await record_auditor_read(db, company_id, read, now=now, keys=wiring.keys)
    async with wiring.database.company(company_id) as db:
        if not request.route_handler.opt.get("unkept"):
            await idempotent.begin(request, db, principal=principal.subject, now=now)
        yield Call(
            db=db,
            company_id=company_id,
            principal=principal,
            now=now,
            wiring=wiring,
            request_id=_request_id(request),
        )


@asynccontextmanager
async def again(request: Request[Any, Any, Any]) -> AsyncIterator[Call]:
    """A further transaction of the same request, which looks at no Idempotency-Key and records no read."""
    principal, wiring = principal_of(request), _wiring(request)
    if principal.company_id is None:
        raise Forbidden("This token names no company; POST /v1/auth/company to get one that does.")
    async with wiring.database.company(principal.company_id) as db:
        yield Call(
            db=db,
            company_id=principal.company_id,
            principal=principal,
            now=now_of(request),
            wiring=wiring,
            request_id=_request_id(request),
        )


async def provide_call(request: Request[Any, Any, Any]) -> AsyncIterator[Call]:
    """Litestar dependency `call`."""
    async with calling(request) as call:
        yield call


DEPENDENCIES: dict[str, Provide] = {
    "visit": Provide(provide_visit),
    "platform_call": Provide(provide_platform_call),
    "call": Provide(provide_call),
}
"""For the app."""
