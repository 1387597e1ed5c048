"""The page of webhooks: each endpoint, how it stands, its last deliveries, and what is to be done."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.response import Redirect

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, code_in_form, framed
from gateway.access.permissions import Permission, StepUp
from gateway.http.browser import PAGE, seen
from gateway.webhooks import flow, queries
from gateway.webhooks.models import EndpointChange

_SHOWN = 5
"""Deliveries of each endpoint."""


class WebhookPages(Controller):
    """Webhooks."""

    path = "/webhooks"
    include_in_schema = False
    opt = PAGE

    @get("/", guards=[requires(Permission.WEBHOOKS_READ)])
    async def listing(self, request: AnyRequest, call: Call) -> Response[bytes]:
        """Every endpoint."""
        found = await queries.endpoints(call.db, call.company_id, now=call.now)
        log = {
            one.id: await queries.deliveries(call.db, call.company_id, one.id, state=None, cursor=None, most=_SHOWN)
            for one in found
        }
        return framed(
            request,
            "webhooks/endpoints.html",
            endpoints=found,
            log=log,
            counted=queries.COUNTED,
            may_change=call.principal.may(Permission.WEBHOOKS_WRITE),
            opened=call.principal.opened(StepUp.KEYS, now=call.now),
        )

    @post("/{endpoint_id:uuid}/pause", guards=[requires(Permission.WEBHOOKS_WRITE), code_in_form(StepUp.KEYS)])
    async def pause(self, call: Call, endpoint_id: UUID) -> Redirect:
        """Leave it alone for now."""
        await flow.change(call, endpoint_id, EndpointChange(enabled=False))
        return seen("/webhooks", "webhook-paused")

    @post("/{endpoint_id:uuid}/resume", guards=[requires(Permission.WEBHOOKS_WRITE), code_in_form(StepUp.KEYS)])
    async def resume(self, call: Call, endpoint_id: UUID) -> Redirect:
        """Let it take deliveries again."""
        await flow.change(call, endpoint_id, EndpointChange(enabled=True))
        return seen("/webhooks", "webhook-resumed")
