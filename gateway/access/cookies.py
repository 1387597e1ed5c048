"""A browser's session: the cookie, and the token that every form of ours carries against forged requests.

The cookie is out of reach of scripts (HttpOnly) and of other sites' requests (SameSite=Lax, so that a link into the
service still works). Behind https its name has the prefix `__Host-` (RFC 6265bis, section 4.1.3.2): no neighbouring
host can set it. The CSRF token is an HMAC of the session's token, so it needs no storage and dies with the session.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler

from gateway.access.errors import CsrfRefused
from gateway.access.principal import Principal

FIELD, HEADER = "csrf_token", "x-csrf-token"
"""Where a form and where a script puts the token."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def session_cookie(*, secure: bool) -> str:
    """The cookie's name."""
    return "__Host-involinks" if secure else "involinks"


def set_session(token: str, *, secure: bool, expires_at: datetime, now: datetime) -> Cookie:
    """The cookie that opens a browser's session."""
    return Cookie(
        key=session_cookie(secure=secure),
        value=token,
        path="/",
        httponly=True,
        secure=secure,
        samesite="lax",
        max_age=max(0, int((expires_at - now).total_seconds())),
    )


def clear_session(*, secure: bool) -> Cookie:
    """The cookie that ends it."""
    return Cookie(
        key=session_cookie(secure=secure), value="", path="/", httponly=True, secure=secure, samesite="lax", max_age=0
    )


def csrf_token(session_token: str) -> str:
    """What the forms of this session carry, in a hidden field named `csrf_token`."""
    return hmac.new(session_token.encode(), b"involinks-csrf/v1", hashlib.sha256).hexdigest()


def csrf_token_of(request: Request[Any, Any, Any]) -> str:
    """The same for the request at hand; empty without a session."""
    token = request.cookies.get(session_cookie(secure=_secure(request)), "")
    return csrf_token(token) if token else ""


async def same_site(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard for the whole app: refuse what a foreign page makes a browser send.

    An unsafe request with our cookie needs the token in header or form; any unsafe request that names an origin must
    name ours, which covers the sign-in form, where there is no session yet. Raises `CsrfRefused`.
    """
    if connection.scope.get("method", "GET") in _SAFE:
        return
    principal = connection.scope.get("user")
    by_cookie = isinstance(principal, Principal) and principal.by_cookie
    browser = by_cookie or "authorization" not in connection.headers
    if browser and not _own_origin(connection):
        raise CsrfRefused
    if not by_cookie:
        return
    request = connection if isinstance(connection, Request) else None
    shown = connection.headers.get(HEADER, "")
    if not shown and request is not None and _is_form(connection):
        shown = str((await request.form()).get(FIELD, ""))
    expected = csrf_token(connection.cookies.get(session_cookie(secure=_secure(connection)), ""))
    if not hmac.compare_digest(shown.encode(), expected.encode()):
        raise CsrfRefused


def _secure(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    return str(connection.app.state.wiring.settings.public_url).startswith("https:")


def _is_form(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in {"application/x-www-form-urlencoded", "multipart/form-data"}


def _own_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether the `Origin` (absent from programs) is ours: by our public address, or by the host that was asked."""
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    public = urlsplit(connection.app.state.wiring.settings.public_url)
    given = urlsplit(origin)
    if (given.scheme, given.netloc) == (public.scheme, public.netloc):
        return True
    return public.scheme == "http" and given.netloc == connection.headers.get("host", "")
