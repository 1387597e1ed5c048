"""Where the provider tells us what became of our documents. The signature over the raw bytes is the only credential."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, post

from gateway.access.guards import now_of
from gateway.http.limits import ADDRESS, RATE
from gateway.http.parameters import ANY_QUERY
from gateway.http.problems import Malformed, NotFound, Unauthenticated
from gateway.outbound import statuses
from gateway.wiring import Wiring
from peppol.errors import Forged, Permanent
from peppol.message import Hint


class Callbacks(Controller):
    """Called by machines of the network, in no company and by no user."""

    path = "/v1/network"
    tags = ("Network",)

    @post("/statuses", status_code=204, summary="Take statuses from the provider", opt={RATE: ADDRESS, **ANY_QUERY})
    async def post_statuses(self, request: Request[Any, Any, Any]) -> None:
        """Record each event once; answered only after they are committed, so that the provider repeats what was lost.

        401 without a signature that holds, 404 where a key names no transmission of ours.
        """
        wiring: Wiring = request.app.state.wiring
        now = now_of(request)
        try:
            events = wiring.provider.open_statuses(request.headers, await request.body(), now)
        except Forged as error:
            raise Unauthenticated(str(error)) from error
        except Permanent as error:
            raise Malformed(str(error)) from error
        for event in events:
            if isinstance(event, Hint):
                continue  # nothing of it is proven; the job that follows each transmission asks for the state
            async with wiring.database.platform() as db:
                company_id = await statuses.company_of(db, event.key)
            if company_id is None:
                raise NotFound("No transmission has this key.")
            await statuses.take(wiring, company_id, (event,), now=now)
