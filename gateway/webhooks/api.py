"""Webhooks over HTTP: endpoints, their secrets, the log of deliveries."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import Parameter
from litestar.status_codes import HTTP_202_ACCEPTED

from gateway.access.call import UNKEPT, Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission, StepUp
from gateway.http.limits import RATE
from gateway.http.openapi import example
from gateway.ratelimit import Rate
from gateway.webhooks import examples, flow, queries
from gateway.webhooks.models import (
    Delivery,
    DeliveryPage,
    Endpoint,
    EndpointChange,
    KindList,
    MadeEndpoint,
    NewEndpoint,
    Rotation,
)

_READ = requires(Permission.WEBHOOKS_READ)
_WRITE = requires(Permission.WEBHOOKS_WRITE, step_up=StepUp.KEYS)
_SEND = requires(Permission.WEBHOOKS_WRITE)
_SENDING = {RATE: Rate(a_minute=30, burst=30)}
"""Tests and redeliveries make us call somebody else's server."""


class Webhooks(Controller):
    """Events posted to your own systems, signed as Standard Webhooks ask (https://www.standardwebhooks.com)."""

    path = "/v1/webhooks"
    tags = ("Webhooks",)

    @get(
        "/kinds", guards=[_READ], summary="Kinds of events", opt=example(answer=examples.kinds("https://gateway.test"))
    )
    async def kinds(self, call: Call) -> KindList:
        """The closed table of all kinds, each with the message that is posted."""
        return examples.kinds(call.wiring.settings.public_url.rstrip("/"))

    @get("/", guards=[_READ], summary="List webhook endpoints", opt=example(answer=[examples.ENDPOINT]))
    async def list_all(self, call: Call) -> list[Endpoint]:
        """Every endpoint and how it stands; never its secret."""
        return await queries.endpoints(call.db, call.company_id, now=call.now)

    @post(
        "/",
        guards=[_WRITE],
        summary="Make a webhook endpoint",
        opt=UNKEPT | example(body=examples.NEW, answer=examples.MADE),
    )
    async def create(self, call: Call, data: NewEndpoint) -> MadeEndpoint:
        """The secret is shown this once. Events from now on are posted; earlier ones aren't."""
        return await flow.create(call, data)

    @get("/{endpoint_id:uuid}", guards=[_READ], summary="A webhook endpoint", opt=example(answer=examples.ENDPOINT))
    async def show(self, call: Call, endpoint_id: UUID) -> Endpoint:
        """How it stands; where it is paused, why and what to do."""
        return await flow.one(call, endpoint_id)

    @patch(
        "/{endpoint_id:uuid}",
        guards=[_WRITE],
        summary="Change, pause or resume a webhook endpoint",
        opt=example(body=examples.CHANGE, answer=examples.ENDPOINT),
    )
    async def change(self, call: Call, endpoint_id: UUID, data: EndpointChange) -> Endpoint:
        """Only what is given changes. While it is paused messages wait, for 30 days at most; resumed, they go out."""
        return await flow.change(call, endpoint_id, data)

    @delete("/{endpoint_id:uuid}", guards=[_WRITE], summary="Delete a webhook endpoint")
    async def remove(self, call: Call, endpoint_id: UUID) -> None:
        """It gets nothing more; its secrets are destroyed and its log is cleared away."""
        await flow.delete(call, endpoint_id)

    @post(
        "/{endpoint_id:uuid}/rotate",
        guards=[_WRITE],
        status_code=200,
        summary="Give a webhook endpoint a new secret",
        opt=UNKEPT | example(body=Rotation(), answer=examples.MADE),
    )
    async def rotate(self, call: Call, endpoint_id: UUID, data: Rotation) -> MadeEndpoint:
        """Shown this once. For the overlap every message has two signatures; one from an earlier rotation ends."""
        return await flow.rotate(call, endpoint_id, overlap=timedelta(hours=data.overlap_hours))

    @post(
        "/{endpoint_id:uuid}/test",
        guards=[_SEND],
        status_code=HTTP_202_ACCEPTED,
        summary="Have a test sent",
        opt=_SENDING | example(answer=examples.DELIVERY),
    )
    async def test(self, call: Call, endpoint_id: UUID) -> Response[Delivery]:
        """A message of the kind `webhook.test`, whatever kinds are chosen; `Location` tells what became of it."""
        return _at(endpoint_id, await flow.test(call, endpoint_id))

    @get(
        "/{endpoint_id:uuid}/deliveries",
        guards=[_READ],
        summary="Log of deliveries",
        opt=example(answer=examples.PAGE),
    )
    async def deliveries(
        self,
        call: Call,
        endpoint_id: UUID,
        cursor: Annotated[UUID | None, Parameter(description="`next` of the page before.")] = None,
        limit: Annotated[int, Parameter(ge=1, le=100)] = 20,
        only: Annotated[
            Literal["pending", "delivered", "dead"] | None, Parameter(query="state", description="Only those.")
        ] = None,
    ) -> DeliveryPage:
        """Newest event first, with every attempt: when, what came back, when the next one comes. Kept for 30 days."""
        await flow.one(call, endpoint_id)
        found = await queries.deliveries(
            call.db, call.company_id, endpoint_id, state=only, cursor=cursor, most=limit + 1
        )
        return DeliveryPage(deliveries=found[:limit], next=found[limit - 1].id if len(found) > limit else None)

    @get(
        "/{endpoint_id:uuid}/deliveries/{delivery_id:uuid}",
        guards=[_READ],
        summary="One delivery",
        opt=example(answer=examples.DELIVERY),
    )
    async def delivery(self, call: Call, endpoint_id: UUID, delivery_id: UUID) -> Delivery:
        """One message to one endpoint, with every attempt."""
        return await flow.delivery(call, endpoint_id, delivery_id)

    @post(
        "/{endpoint_id:uuid}/deliveries/{delivery_id:uuid}/redeliver",
        guards=[_SEND],
        status_code=HTTP_202_ACCEPTED,
        summary="Deliver once more",
        opt=_SENDING | example(answer=examples.DELIVERY),
    )
    async def redeliver(self, call: Call, endpoint_id: UUID, delivery_id: UUID) -> Response[Delivery]:
        """The same message under the same `webhook-id`, whatever became of it before, tried for three days again."""
        return _at(endpoint_id, await flow.redeliver(call, endpoint_id, delivery_id))


def _at(endpoint_id: UUID, delivery: Delivery) -> Response[Delivery]:
    return Response(delivery, headers={"Location": f"/v1/webhooks/{endpoint_id}/deliveries/{delivery.id}"})


CONTROLLERS = (Webhooks,)
