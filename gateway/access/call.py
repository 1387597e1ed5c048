"""What an endpoint works with: one transaction in the caller's company, and who calls.

    @post("/v1/things", guards=[requires(Permission.DOCUMENTS_DRAFT)])
    async def post_thing(call: Call, data: Thing) -> Thing: ...

The transaction commits after the endpoint returned and before the answer leaves, and rolls back when an exception
passes. Row-level security shows the rows of `company_id` only, so another company's id finds nothing: answer 404.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.guards import now_of, principal_of
from gateway.access.principal import Principal
from gateway.http.problems import Forbidden
from gateway.wiring import Wiring


class PlatformCall(msgspec.Struct, frozen=True, kw_only=True):
    """A request outside any company; `db` sees no company's rows. Dependency `platform_call`."""

    db: AsyncConnection
    now: datetime
    wiring: Wiring
    request_id: str
    address: str
    """The client's network address, for lock-out and the list of sessions."""
    principal: Principal | None
    """None where nobody has signed in."""


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


async def provide_call(request: Request[Any, Any, Any]) -> AsyncIterator[Call]:
    """Litestar dependency `call`."""
    principal = principal_of(request)
    if principal.company_id is None:
        raise Forbidden("This token names no company; POST /v1/auth/company to get one that does.")
    wiring = _wiring(request)
    async with wiring.database.company(principal.company_id) as db:
        yield Call(
            db=db, company_id=principal.company_id, principal=principal, now=now_of(request), wiring=wiring,
            request_id=_request_id(request),
        )  # fmt: skip


async def provide_platform_call(request: Request[Any, Any, Any]) -> AsyncIterator[PlatformCall]:
    """Litestar dependency `platform_call`."""
    wiring = _wiring(request)
    principal = request.scope.get("user")
    async with wiring.database.platform() as db:
        yield PlatformCall(
            db=db, now=now_of(request), wiring=wiring, request_id=_request_id(request),
            address=request.client.host if request.client else "",
            principal=principal if isinstance(principal, Principal) else None,
        )  # fmt: skip
