"""The doors at which providers' machines call, in no company and by no user: what proves a call is the only credential.

There is a pair of doors for the installation's provider and one for each company's account. An account that doesn't
exist, or can't be opened, answers like one whose provider signs and didn't sign this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from litestar import Controller, Request, Response, post

from gateway.access.guards import now_of
from gateway.arrivals import dispatch, examples, hints, news
from gateway.arrivals.line import Line, open_line
from gateway.db import new_id
from gateway.http.limits import ADDRESS, RATE, admit
from gateway.http.openapi import example
from gateway.http.parameters import ANY_QUERY
from gateway.http.problems import Malformed, Unauthenticated
from gateway.inbound.opened import LARGEST_ENVELOPE, Receipt
from gateway.ratelimit import Limit, Rate
from gateway.wiring import Wiring
from peppol import signature
from peppol.errors import Forged, Permanent, Precondition
from peppol.message import Hint
from peppol.provider import Provider

_T = TypeVar("_T")
_Request = Request[Any, Any, Any]

HINTED = Rate(a_minute=30, burst=10)
"""Unproven calls of one line that lead to a question to its provider."""
LARGEST_STATUSES = 4 * 1024 * 1024
"""Bytes of a call with statuses."""

_OPEN: dict[str, Any] = {RATE: ADDRESS, **ANY_QUERY}
_DELIVERY = {**example(bodies={"application/xml": examples.ENVELOPE}, answer=Receipt(examples.ID, False)), **_OPEN}
_UNPROVEN = "The call doesn't prove that it comes from the provider: its signature is missing, wrong or too old."
_NOBODY = new_id().bytes


class Doors(Controller):
    """Called by machines of the network, by no user."""

    path = "/v1/network"
    tags = ("Network",)

    @post(
        "/deliveries",
        summary="Take a delivery from the network",
        request_max_body_size=LARGEST_ENVELOPE,
        opt=_DELIVERY,
    )
    async def deliver(self, request: _Request, body: bytes) -> Response[Receipt]:
        """A Standard Business Document (SBDH 2.0.2), kept before it is answered: 201, or 200 where it was here before.

        401 without a signature that holds; 404 for a receiver that isn't ours and 422 for what can't be read are final.
        """
        return await _deliver(request, None, body)

    @post(
        "/accounts/{account_id:uuid}/deliveries",
        summary="Take a delivery from a company's provider",
        request_max_body_size=LARGEST_ENVELOPE,
        opt=_DELIVERY,
    )
    async def deliver_to_account(self, request: _Request, account_id: UUID, body: bytes) -> Response[Receipt]:
        """The same from the provider of one account, for the account's own company: any other receiver is unknown."""
        return await _deliver(request, account_id, body)

    @post(
        "/statuses",
        status_code=204,
        summary="Take statuses from the provider",
        request_max_body_size=LARGEST_STATUSES,
        opt=_OPEN,
    )
    async def tell(self, request: _Request) -> None:
        """Record each event once; answered only after they are committed, so that the provider repeats what was lost.

        401 without a signature that holds, 404 where a key names no transmission of ours. Of a provider that doesn't
        sign nothing is believed: the call makes us ask it, and 429 says that we have just been asked to.
        """
        await _tell(request, None)

    @post(
        "/accounts/{account_id:uuid}/statuses",
        status_code=204,
        summary="Take statuses from a company's provider",
        request_max_body_size=LARGEST_STATUSES,
        opt=_OPEN,
    )
    async def tell_account(self, request: _Request, account_id: UUID) -> None:
        """The same from the provider of one account, about what was sent through this account."""
        await _tell(request, account_id)


async def _deliver(request: _Request, account_id: UUID | None, body: bytes) -> Response[Receipt]:
    wiring: Wiring = request.app.state.wiring
    now = now_of(request)
    line, delivery = await _proven(request, account_id, lambda by: by.open_delivery(request.headers, body, now))
    receipt = await dispatch.take(wiring, line, delivery, now=now)
    return Response(receipt, status_code=200 if receipt.duplicate else 201)


async def _tell(request: _Request, account_id: UUID | None) -> None:
    wiring: Wiring = request.app.state.wiring
    body, now = await request.body(), now_of(request)
    try:
        line, told = await _proven(request, account_id, lambda by: by.open_statuses(request.headers, body, now))
    except Permanent as error:
        raise Malformed(str(error)) from error
    unproven = [event for event in told if isinstance(event, Hint)]
    if unproven:
        await admit(request.app.state.limiter, wiring.database, [Limit("provider", str(line.id), HINTED)])
        await hints.heed(wiring, line, unproven, now=now)
    await news.take(wiring, line, [event for event in told if not isinstance(event, Hint)], now=now)


async def _proven(request: _Request, account_id: UUID | None, opened: Callable[[Provider], _T]) -> tuple[Line, _T]:
    """The line and what its provider told through it. Raises Unauthenticated."""
    wiring: Wiring = request.app.state.wiring
    try:
        try:
            line = await open_line(wiring, account_id)
        except Precondition as error:
            # As much work as for an account whose provider signs, so that time doesn't tell them apart either.
            signature.verify((_NOBODY,), request.headers, await request.body(), now_of(request))
            raise Forged(_UNPROVEN) from error
        return line, opened(line.provider)
    except Forged as error:
        raise Unauthenticated(_UNPROVEN) from error
