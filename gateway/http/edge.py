"""What happens to every request before and after the app, whatever becomes of it.

In: a request id (the caller's, if it is harmless), the client's real address behind a proxy we trust, and the limit
per address. Out: the security headers, the request id, one log line and one measurement.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Send
from sqlalchemy.exc import SQLAlchemyError

from gateway.db import Database
from gateway.http import headers, idempotent
from gateway.http.answers import KindOf, problem_of
from gateway.http.limits import ADDRESS, admit
from gateway.http.problems import MEDIA_TYPE, GatewayError, Malformed
from gateway.observability import metrics
from gateway.ratelimit import Limit, Limiter

log = structlog.get_logger()

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""A client may invent others, and each would be kept in the measurements for ever."""
_PROBES = frozenset({"/health", "/ready", "/metrics"})
"""Asked by machines of the house every few seconds: neither limited nor logged."""


class Edge:
    """Wraps the app; one for each process."""

    def __init__(
        self, *, kind_of: KindOf, limiter: Limiter, trusted_proxies: Sequence[str], secure: bool, limited: bool = True
    ) -> None:
        """`secure`: people reach us over https. `limited=False` lifts the limits, for tests of other things."""
        self._kind_of = kind_of
        self._limiter = limiter
        self._trusted = [ipaddress.ip_network(proxy, strict=False) for proxy in trusted_proxies]
        self._always = [*headers.ALWAYS, *([headers.STRICT_TRANSPORT] if secure else [])]
        self._limited = limited

    async def serve(self, app: ASGIApp, database: Database, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """One request."""
        began = time.perf_counter()
        given = dict(scope["headers"])
        probe = scope["path"] in _PROBES
        request_id = _request_id(given.get(b"x-request-id", b""))
        address = self._address(scope, given)
        state: dict[str, Any] = scope.setdefault("state", {})
        state.update(request_id=request_id, address=address, limited=self._limited and not probe)
        idempotent.SLOT.set([])
        status = 500

        async def finish(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = list(message.get("headers", []))
                names = {name.lower() for name, _ in present}
                present += [header for header in (*self._always, headers.NO_STORE) if header[0] not in names]
                message["headers"] = [*present, (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                if b"%00" in scope.get("raw_path", b"") or b"%00" in scope["query_string"]:
                    raise Malformed("The address holds the character NUL (%00); no id or text of ours does.")
                if state["limited"]:
                    await admit(self._limiter, database, [Limit("address", address, ADDRESS)])
                await app(scope, receive, finish)
            except (GatewayError, OSError, SQLAlchemyError) as error:
                await _refuse(error, self._kind_of, request_id, finish)
            finally:
                took = time.perf_counter() - began
                route = str(scope.get("path_template") or "unknown")
                method = scope["method"] if scope["method"] in _METHODS else "other"
                metrics.REQUESTS.labels(method, route, status).observe(took)
                if not probe:
                    log.info("request", method=method, route=route, status=status, ms=round(took * 1000, 1))

    def _address(self, scope: HTTPScope, given: dict[bytes, bytes]) -> str:
        """The client: the last hop that isn't a proxy of ours. Also put where the framework looks for it."""
        client = scope.get("client")
        address = client[0] if client else ""
        if self._trusted and self._is_trusted(address):
            hops = [hop.strip() for hop in given.get(b"x-forwarded-for", b"").decode("latin-1").split(",")]
            for hop in reversed([hop for hop in hops if hop]):
                address = hop
                if not self._is_trusted(hop):
                    break
            if given.get(b"x-forwarded-proto") in {b"http", b"https"}:
                scope["scheme"] = given[b"x-forwarded-proto"].decode()
            scope["client"] = (address, client[1] if client else 0)
        return _network(address)

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)


def _request_id(given: bytes) -> str:
    text = given.decode("latin-1")
    return text if _REQUEST_ID.match(text) else secrets.token_hex(16)


def _network(address: str) -> str:
    """One customer of an IPv6 network holds at least a /64: count that as one address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)


async def _refuse(error: Exception, kind_of: KindOf, request_id: str, send: Send) -> None:
    problem, further = problem_of(error, kind_of, request_id=request_id)
    sent = [(b"content-type", MEDIA_TYPE.encode())]
    sent += [(name.lower().encode(), value.encode()) for name, value in further.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": sent})
    await send({"type": "http.response.body", "body": msgspec.json.encode(problem), "more_body": False})
