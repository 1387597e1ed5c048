"""Who is calling: one statement per request, before any endpoint is reached.

Reads `Authorization: Bearer ...` or the browser's cookie, asks the database once, and leaves a `Principal` (or None) in
`scope["user"]` and the moment of the request in `scope["state"]["now"]`. It refuses nobody; the guards do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.access import cookies, queries
from gateway.access.permissions import KEY_SCOPES, PERMISSIONS, READS, Role, StepUp
from gateway.access.principal import Principal, PrincipalKind
from gateway.access.tokens import TokenKind, digest
from gateway.access.window import window_of
from gateway.db import Database

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of a running service; tests set another as `app.state.clock`."""
    return datetime.now(UTC)


class Authentication(ASGIMiddleware):
    """The middleware; put it behind the one that makes request ids."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Leave principal and moment in the scope."""
        if scope["type"] == ScopeType.HTTP:
            state = scope["litestar_app"].state
            clock: Clock = state.get("clock", utc_now)
            now = clock()
            scope["state"]["now"] = now
            secure = state.wiring.settings.public_url.startswith("https:")
            token, by_cookie = _shown(scope, secure=secure)
            scope["user"] = None
            if token:
                scope["state"]["token_shown"] = True
                scope["user"] = await authenticate(state.wiring.database, token, by_cookie=by_cookie, now=now)
        await next_app(scope, receive, send)


async def still(connection: ASGIConnection[Any, Any, Any, Any], *, now: datetime) -> Principal | None:
    """Who calls, looked up anew for an answer that goes on for long; None where the token doesn't hold any more.

    It is no use of the session or key: what ends by not being used ends all the same.
    """
    wiring = connection.app.state.wiring
    token, by_cookie = _shown(connection.scope, secure=wiring.settings.public_url.startswith("https:"))
    async with wiring.database.engine.connect() as looked:  # and rolled back: nothing is noted
        presented = await queries.authenticate(looked, digest(token), by_cookie=by_cookie, now=now)
    return None if presented is None else _principal(presented, by_cookie=by_cookie)


async def authenticate(database: Database, token: str, *, by_cookie: bool, now: datetime) -> Principal | None:
    """The principal behind a token or key; None where it doesn't hold. One round trip, outside any transaction."""
    if not token.startswith((TokenKind.SESSION, TokenKind.API_KEY)):
        return None
    async with database.engine.connect() as connection:
        single = await connection.execution_options(isolation_level="AUTOCOMMIT")
        presented = await queries.authenticate(single, digest(token), by_cookie=by_cookie, now=now)
    return None if presented is None else _principal(presented, by_cookie=by_cookie)


def _principal(shown: queries.Presented, *, by_cookie: bool) -> Principal:
    allowed = PERMISSIONS[shown.role] if shown.role is not None else frozenset()
    if shown.scopes is not None:
        allowed &= KEY_SCOPES & frozenset(shown.scopes)
    if shown.company_id is not None and shown.company_state != "ACTIVE":
        allowed &= READS
    machine = shown.key_id is not None
    return Principal(
        kind=PrincipalKind.API_KEY if machine else PrincipalKind.USER,
        user_id=shown.user_id,
        key_id=shown.key_id,
        session_id=shown.session_id,
        company_id=shown.company_id,
        role=None if machine else shown.role,
        scopes=allowed,
        step_ups=msgspec.json.decode(shown.step_ups, type=dict[StepUp, datetime]),
        auditing=shown.role is Role.AUDITOR,
        window=window_of(shown.window_first, shown.window_last),
        second_factor=shown.second_factor,
        by_cookie=by_cookie,
    )


def _shown(scope: Scope, *, secure: bool) -> tuple[str, bool]:
    """The token, and whether it came as a cookie; an `Authorization` header goes first."""
    jar = ""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return (token.strip(), False) if scheme.lower() == "bearer" else ("", False)
        if name == b"cookie":
            jar = value.decode("latin-1")
    if not jar:
        return "", False
    try:
        found = SimpleCookie(jar).get(cookies.session_cookie(secure=secure))
    except CookieError:
        return "", False
    return (found.value, True) if found else ("", False)
