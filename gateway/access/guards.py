"""What an endpoint asks of its caller: `guards=[requires(Permission.DOCUMENTS_APPROVE, step_up=StepUp.APPROVE)]`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from gateway.access.errors import EnrolmentRequired, StepUpRequired
from gateway.access.permissions import PLATFORM, Permission, StepUp
from gateway.access.principal import Principal
from gateway.http.problems import Forbidden, Unauthenticated

Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]


def principal_of(connection: Connection) -> Principal:
    """The caller; raises `Unauthenticated` where the request named none that holds."""
    principal = connection.scope.get("user")
    if isinstance(principal, Principal):
        return principal
    if connection.scope["state"].get("token_shown"):
        raise Unauthenticated("This token doesn't hold (any more): it is unknown, has expired or was revoked.")
    raise Unauthenticated("Sign in, or send `Authorization: Bearer <token or API key>`.")


def now_of(connection: Connection) -> datetime:
    """The moment of the request, taken once by the authentication."""
    now: datetime = connection.scope["state"]["now"]
    return now


def check(principal: Principal, permission: Permission, *, step_up: StepUp | None, now: datetime) -> None:
    """Raise what the caller lacks, in this order: second factor, permission, company, fresh code."""
    if not principal.second_factor:
        raise EnrolmentRequired
    if not principal.may(permission):
        raise Forbidden(f"This needs the permission {permission.value!r}, which this role or key doesn't have.")
    if principal.company_id is None and permission not in PLATFORM:
        raise Forbidden("This token names no company; POST /v1/auth/company to get one that does.")
    if step_up is not None and not principal.opened(step_up, now=now):
        raise StepUpRequired(step_up)


def requires(permission: Permission, *, step_up: StepUp | None = None) -> Guard:
    """A guard: the caller has `permission` in its company and, where asked, a fresh code for `step_up`.

    Whoever is limited to a range of days is let in only where the endpoint says that it knows of them
    (`gateway.access.window`). Raises `Unauthenticated` (401), `EnrolmentRequired`, `Forbidden`, `StepUpRequired` (403).
    """

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        principal = principal_of(connection)
        check(principal, permission, step_up=step_up, now=now_of(connection))
        if principal.window is not None and not handler.opt.get("within"):
            raise Forbidden(
                f"You see the days {principal.window} only, and this isn't told by days; "
                "the ledger's entries, timelines and bundles are."
            )

    guard.permission = permission  # type: ignore[attr-defined]
    guard.step_up = step_up  # type: ignore[attr-defined]
    return guard


async def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard: some person in a session, whatever role, second factor or not."""
    if principal_of(connection).session_id is None:
        raise Forbidden("An API key can't do this; it is for a person who has signed in.")


def fresh_code(step_up: StepUp) -> Guard:
    """A guard for what a person does to the own account: a session, a second factor, a fresh code for `step_up`."""

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        await signed_in(connection, handler)
        principal = principal_of(connection)
        if not principal.second_factor:
            raise EnrolmentRequired
        if not principal.opened(step_up, now=now_of(connection)):
            raise StepUpRequired(step_up)

    return guard
