"""The web application: every controller in one list, and what surrounds each request. Nothing else."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from typing import Any, Self

from litestar import Litestar
from litestar.datastructures import State
from litestar.events import BaseEventEmitterBackend
from litestar.types import ControllerRouterHandler

import ubl
from gateway.access import api as access
from gateway.access import pages as access_pages
from gateway.access.authentication import Authentication, Clock, utc_now
from gateway.access.call import DEPENDENCIES
from gateway.access.cookies import same_site
from gateway.accounts import api as accounts
from gateway.accounts import pages as account_pages
from gateway.arrivals import api as arrivals
from gateway.arrivals import inbox as unreadables
from gateway.audit import api as audit
from gateway.audit import pages as ledger_pages
from gateway.audit import proofs
from gateway.bills import api as bills
from gateway.bills import decisions_api, desk_api, live_api, uploads
from gateway.bills import pages as bill_pages
from gateway.bills.live import END_STREAMS, Live
from gateway.bills.pictures import Pictures
from gateway.bundles import api as bundles
from gateway.companies import api as companies
from gateway.erasure import api as erasure
from gateway.evidence import api as evidence
from gateway.http import docs, idempotent, parameters, probes
from gateway.http.answers import exception_handler
from gateway.http.body import LONGEST, StrictBodies
from gateway.http.edge import Edge
from gateway.http.limits import CallerLimits
from gateway.inbound import api as inbound
from gateway.inbound import pages as inbox_pages
from gateway.mailboxes import api as mailboxes
from gateway.observability import logs, reports
from gateway.outages import api as outages
from gateway.outages import pages as outage_pages
from gateway.outbound import api as outbound
from gateway.outbound import pages as document_pages
from gateway.outbound import sending_api
from gateway.outbound.sealer import Sealer
from gateway.pages import assets
from gateway.participants import api as participants
from gateway.participants import pages as participant_pages
from gateway.participants.answers import Answers
from gateway.periods import api as periods
from gateway.problems import PROBLEMS, kind_of
from gateway.purchasing import api as purchasing
from gateway.ratelimit import Limiter
from gateway.replay import api as replay
from gateway.responses import api as responses
from gateway.responses import pages as response_pages
from gateway.settings import Settings
from gateway.suppliers import api as suppliers
from gateway.suppliers import pages as supplier_pages
from gateway.webhooks import api as webhooks
from gateway.webhooks import pages as webhook_pages
from gateway.wiring import Wiring, open_wiring
from gateway.witnessing import api as witnessing

CONTROLLERS: Sequence[ControllerRouterHandler] = (
    *probes.HANDLERS,
    assets.asset,
    *access.CONTROLLERS,
    *companies.CONTROLLERS,
    *accounts.CONTROLLERS,
    audit.LedgerController,
    proofs.Proofs,
    bundles.Bundles,
    bundles.verifier,
    *witnessing.CONTROLLERS,
    *periods.CONTROLLERS,
    *replay.CONTROLLERS,
    *erasure.CONTROLLERS,
    *mailboxes.CONTROLLERS,
    *outbound.CONTROLLERS,
    *outages.CONTROLLERS,
    *purchasing.CONTROLLERS,
    *sending_api.CONTROLLERS,
    *inbound.CONTROLLERS,
    *evidence.CONTROLLERS,
    *responses.CONTROLLERS,
    *suppliers.CONTROLLERS,
    arrivals.Doors,
    *uploads.CONTROLLERS,
    *live_api.CONTROLLERS,
    *desk_api.CONTROLLERS,
    *bills.CONTROLLERS,
    *decisions_api.CONTROLLERS,
    *webhooks.CONTROLLERS,
    *unreadables.CONTROLLERS,
    *participants.CONTROLLERS,
    *access_pages.CONTROLLERS,
    document_pages.DocumentPages,
    outage_pages.OutagePages,
    inbox_pages.InboxPages,
    response_pages.ReceivedPages,
    response_pages.ResponsePages,
    *bill_pages.CONTROLLERS,
    supplier_pages.SupplierPages,
    participant_pages.ParticipantPages,
    ledger_pages.LedgerPages,
    webhook_pages.WebhookPages,
    account_pages.AccountPages,
)
"""Every address there is."""


class _NoListeners(BaseEventEmitterBackend):
    """The framework's own events are not used; its usual backend would tie start and end of the app to one task."""

    def emit(self, event_id: str, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"nobody listens to {event_id}: see gateway.events")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


class Application(Litestar):
    """Litestar with our edge around it: also what no route answers gets its headers, its id and its log line."""

    edge: Edge

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        await self.edge.serve(super().__call__, self.state.wiring.database, scope, receive, send)


def create_app(
    settings: Settings,
    *,
    wiring: Wiring | None = None,
    controllers: Sequence[ControllerRouterHandler] = CONTROLLERS,
    limited: bool = True,
) -> Application:
    """The application. It opens its wiring at start and closes it at the end, unless it is given one.

    `limited=False` lifts the rate limits, for tests of other things.
    """

    def now() -> datetime:
        clock: Clock = app.state.get("clock", utc_now)
        return clock()

    @asynccontextmanager
    async def wired(app: Litestar) -> AsyncIterator[None]:
        async with nullcontext(wiring) if wiring is not None else open_wiring(settings) as opened:
            app.state.wiring = opened
            app.state.sealer = Sealer(opened, kind_of, clock=now)
            if wiring is None:
                if threading.current_thread() is threading.main_thread():  # elsewhere no signal arrives
                    asyncio.get_running_loop().add_signal_handler(END_STREAMS, app.state.live.end)
                _spare_the_collector()
            try:
                yield
            finally:
                await app.state.live.close()
                await app.state.pictures.close()
                await app.state.sealer.close()

    limiter = Limiter()
    app = Application(
        route_handlers=[*controllers, docs.problems_page(PROBLEMS.values())],
        lifespan=[wired],
        state=State(
            {
                "limiter": limiter,
                "answers": Answers(),
                "live": Live(),
                "pictures": Pictures(),
                "uploading": asyncio.Semaphore(uploads.AT_ONCE),
            }
        ),
        dependencies=dict(DEPENDENCIES),
        middleware=[Authentication(), CallerLimits()],
        guards=[same_site],
        plugins=[StrictBodies({ubl.Invoice: ubl.decode})],
        exception_handlers={idempotent.Replayed: idempotent.replay, Exception: exception_handler(kind_of)},
        before_request=parameters.refuse_unknown,
        after_request=idempotent.keep,
        openapi_config=docs.config(),
        event_emitter_backend=_NoListeners,
        request_max_body_size=LONGEST,
        logging_config=None,
    )
    app.edge = Edge(
        kind_of=kind_of,
        limiter=limiter,
        trusted_proxies=settings.trusted_proxies,
        secure=settings.public_url.startswith("https:"),
        limited=limited,
    )
    return app


def from_environment() -> Application:
    """What a server process loads: settings from the environment, logs and error reports set up."""
    settings = Settings.from_environ()
    logs.configure(settings.log_level)
    if settings.sentry_dsn is not None:
        reports.configure(settings.sentry_dsn.reveal(), environment=settings.mode, release="involinks")
    return create_app(settings)


def _spare_the_collector() -> None:
    """What is loaded by now lives as long as the process: a collection that walks it would stall every request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
