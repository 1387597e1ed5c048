"""The network's HTTP interface, as `peppol.providers.sandbox_wire` describes it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Litestar, Request, Response, get, post
from litestar.di import Provide
from litestar.types import ASGIApp

from gateway.sandbox.answers import fail, lose, refuse, say
from gateway.sandbox.courier import Courier
from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import EFFECTS, Fault, Order, Point
from gateway.sandbox.journal import Journal, KeyReused
from gateway.sandbox.magic import BY_ID
from gateway.sandbox.phoss import LARGEST_ENVELOPE, TOKEN_HEADER, Phoss
from peppol import sbdh
from peppol.errors import BadEnvelope, BadIdentifier
from peppol.identifiers import DocumentTypeId
from peppol.message import Message
from peppol.providers.sandbox_wire import ENVELOPE_TYPE, KEY_HEADER, Acknowledged, Inbox, Reason, Registered, Tracked

PAGE = 20
"""References of an inbox in one answer."""

AnyRequest = Request[Any, Any, Any]


class Network(Controller):
    """What a service provider offers to us."""

    @post("/messages", status_code=202)
    async def submit(self, request: AnyRequest, journal: Journal, courier: Courier) -> Response[bytes] | ASGIApp:
        """Take a message, once per key."""
        key = request.headers.get(KEY_HEADER, "")
        if (order := journal.orders.strike(Point.ARRIVE, (), key)) is not None:
            return fail(order)
        envelope = await request.body()
        try:
            message = sbdh.read(envelope, limit=LARGEST_ENVELOPE).message
        except BadEnvelope as error:
            return refuse(422, Reason.REFUSED, str(error))
        if not 1 <= len(key) <= 100:
            return refuse(422, Reason.REFUSED, f"The header {KEY_HEADER} must hold 1 to 100 characters")
        force(journal, message, key)
        order = journal.orders.strike(Point.SUBMIT, (message.sender.value, message.receiver.value), key)
        if order is not None and not EFFECTS[order.fault].takes:
            return fail(order)
        if (refusal := _admit(journal, message)) is not None:
            return refusal
        try:
            accepted = journal.take(key, message, envelope, datetime.now(UTC))
        except KeyReused as error:
            return refuse(409, Reason.KEY_REUSED, str(error))
        courier.wake()
        return say(202, accepted) if order is None else await lose(order, accepted)

    @get("/messages/{key:str}")
    async def track(self, key: str, journal: Journal) -> Response[bytes]:
        """What became of a message."""
        if (spoilt := _spoil(journal.orders.strike(Point.TRACK, journal.parties(key), key))) is not None:
            return spoilt
        accepted = journal.accepted(key)
        if accepted is None:
            return refuse(404, Reason.UNKNOWN, "There is no message under this key")
        return say(200, Tracked(accepted, journal.events(key)))

    @get("/participants/{participant_id:str}/document-types")
    async def lookup(self, participant_id: str, request: AnyRequest, journal: Journal) -> Response[bytes]:
        """Whether a participant takes a document type (query parameter `type`)."""
        try:
            wanted = DocumentTypeId.parse(request.query_params.get("type", ""))
        except BadIdentifier as error:
            return refuse(400, Reason.REFUSED, str(error))
        if (spoilt := _spoil(journal.orders.strike(Point.TRACK, (participant_id,), ""))) is not None:
            return spoilt
        found = _registered(journal, participant_id, wanted)
        if found is None:
            return refuse(404, Reason.UNKNOWN, "No such registration")
        return say(200, Registered(participant_id, found))

    @get("/inbox")
    async def inbox(self, request: AnyRequest, journal: Journal) -> Response[bytes]:
        """What waits for participants that fetch, behind a cursor (query parameter `after`)."""
        if (spoilt := _spoil(journal.orders.strike(Point.TRACK, (), ""))) is not None:
            return spoilt
        after = request.query_params.get("after", "")
        if after and not (after.isascii() and after.isdigit() and len(after) < 16):
            return refuse(400, Reason.REFUSED, "The cursor isn't one of ours")
        found = journal.shelved(int(after or 0), PAGE + 1)
        page = found[:PAGE]
        cursor = str(page[-1][0]) if page else after
        return say(200, Inbox(tuple(reference for _, reference in page), cursor, len(found) > PAGE))

    @get("/inbox/{reference:str}")
    async def envelope(self, reference: str, journal: Journal) -> Response[bytes]:
        """One envelope, also after it was acknowledged."""
        found = journal.on_shelf(reference)
        if found is None:
            return refuse(404, Reason.UNKNOWN, "There is no such delivery")
        return Response(journal.envelope(found[0].key), media_type=ENVELOPE_TYPE)

    @post("/inbox/{reference:str}/ack", status_code=200)
    async def acknowledge(self, reference: str, journal: Journal, courier: Courier) -> Response[bytes]:
        """The receiver has it for good; saying so again changes nothing."""
        found = journal.on_shelf(reference)
        if found is None:
            return refuse(404, Reason.UNKNOWN, "There is no such delivery")
        message, before = found
        if not before:
            courier.acknowledged(message)
        return say(200, Acknowledged(reference))


@get("/health")
async def health() -> dict[str, str]:
    """Alive; the only path without a token."""
    return {"status": "ok"}


def build(journal: Journal, token: str) -> Litestar:
    """The network as an application: it hands over in the background for as long as it runs."""
    courier = Courier(journal)
    expected = f"Bearer {token}".encode()

    async def authorise(request: AnyRequest) -> Response[bytes] | None:
        if request.url.path.startswith(Phoss.path):
            given = b"Bearer " + request.headers.get(TOKEN_HEADER, "").encode()
        else:
            given = request.headers.get("authorization", "").encode()
        if request.url.path == "/health" or hmac.compare_digest(given, expected):
            return None
        return refuse(401, Reason.UNAUTHORISED, "The token doesn't hold")

    @asynccontextmanager
    async def working(_: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(courier.work())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await courier.close()
            journal.close()

    return Litestar(
        route_handlers=[health, Network, Phoss, Desk],
        dependencies={
            "journal": Provide(lambda: journal, sync_to_thread=False),
            "courier": Provide(lambda: courier, sync_to_thread=False),
        },
        before_request=authorise,
        lifespan=[working],
        openapi_config=None,
        request_max_body_size=LARGEST_ENVELOPE,
    )


def force(journal: Journal, message: Message, key: str) -> None:
    """Let happen what a magic receiver stands for."""
    magic = BY_ID.get(message.receiver.value)
    if magic is not None:
        journal.orders.force(key, magic.orders(key))


def _spoil(order: Order | None) -> Response[bytes] | None:
    """The answer to a question that an ordered fault spoils."""
    if order is None:
        return None
    if order.fault is Fault.TRACK_GARBAGE:
        return Response(b"<html>It works!</html>", media_type="text/html")
    return refuse(503, Reason.BUSY, "Come back later")


def _admit(journal: Journal, message: Message) -> Response[bytes] | None:
    """None where the network may take the message; a predefined endpoint stands for no receiver and needs none."""
    if journal.participant(message.sender.value) is None:
        return refuse(403, Reason.SENDER_UNKNOWN, f"{message.sender.value} isn't registered here as a sender")
    if message.receiver.predefined or _registered(journal, message.receiver.value, message.document_type):
        return None
    return refuse(409, Reason.NOT_REGISTERED, f"{message.receiver.value} takes no such document on this network")


def _registered(journal: Journal, participant_id: str, wanted: DocumentTypeId) -> str | None:
    participant = journal.participant(participant_id)
    return participant.takes(wanted) if participant else None
