"""A second door onto the same network: the REST API that phoss AP publishes, so that its adapter can be tried for real.

    POST /phoss/api/outbound/submit-sbd              envelope -> 200 report | 400 JSON text | 422 report of a failure
    GET  /phoss/api/outbound/status/{instance id}    -> 200 transaction | 404
    GET  /phoss/api/outbound/in-transmission         -> 200 transactions under way

`X-Token` carries the network's token. Like the access point it plays, it has no idempotency: a second submission is a
second message of the same instance id. Its senders ask; nobody is told.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.types import ASGIApp

from gateway.sandbox.answers import JSON, fail, lose
from gateway.sandbox.courier import Courier
from gateway.sandbox.faults import EFFECTS, Fault, Order, Point
from gateway.sandbox.journal import Journal
from gateway.sandbox.magic import BY_ID
from gateway.sandbox.tables import Progress
from peppol import sbdh
from peppol.errors import BadEnvelope
from peppol.statuses import Outcome

LARGEST_ENVELOPE = 32 * 1024 * 1024
TOKEN_HEADER = "x-token"  # noqa: S105 - a header's name

_MLS = {Outcome.DELIVERED: "received_ap", Outcome.TAKEN: "received_ab", Outcome.REFUSED: "received_re"}
_RANKED = (Outcome.REFUSED, Outcome.DELIVERED, Outcome.TAKEN)
"""Of several Message Level Statuses the access point keeps one; the worst news here, as it came last."""


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """What sending at once led to."""

    sbdh_instance_identifier: str
    overall_success: bool


class Transaction(msgspec.Struct, frozen=True):
    """One message, by the names that the access point gives."""

    id: str
    transactionType: str  # noqa: N815 - its names
    senderID: str  # noqa: N815
    receiverID: str  # noqa: N815
    sbdhInstanceID: str  # noqa: N815
    status: str
    attemptCount: int  # noqa: N815
    createdDT: str  # noqa: N815
    completedDT: str | None  # noqa: N815
    errorDetails: str | None  # noqa: N815
    mlsStatus: str | None  # noqa: N815


class Phoss(Controller):
    """Sending, and asking what became of it."""

    path = "/phoss/api/outbound"

    @post("/submit-sbd", status_code=200)
    async def submit(
        self, request: Request[Any, Any, Any], journal: Journal, courier: Courier
    ) -> Response[bytes] | ASGIApp:
        """Take an envelope, as often as it comes."""
        if (order := journal.orders.strike(Point.ARRIVE, (), "")) is not None:
            return fail(order)
        envelope = await request.body()
        try:
            message = sbdh.read(envelope, limit=LARGEST_ENVELOPE).message
        except BadEnvelope as error:
            return _say(400, f"Failed to submit outbound SBD transaction: {error}")
        key = message.instance_id
        if (magic := BY_ID.get(message.receiver.value)) is not None:
            journal.orders.force(key, magic.orders(key))
        order = journal.orders.strike(Point.SUBMIT, (message.sender.value, message.receiver.value), key)
        if order is not None and not EFFECTS[order.fault].takes:
            return _refusal(order)
        journal.take_anew(message, envelope, datetime.now(UTC))
        courier.wake()
        report = Report(key, overall_success=True)
        return _say(200, report) if order is None else await lose(order, report, 200)

    @get("/status/{instance_id:str}")
    async def status(self, instance_id: str, journal: Journal) -> Response[bytes]:
        """The last message of this instance id."""
        if journal.orders.strike(Point.TRACK, journal.parties(instance_id), instance_id) is not None:
            return Response(b"<html>It works!</html>", media_type="text/html")
        found = journal.progress(instance_id)
        return _say(404, None) if found is None else _say(200, _transaction(journal, found))

    @get("/in-transmission")
    async def in_transmission(self, journal: Journal) -> list[Transaction]:
        """What isn't with its receiver yet."""
        return [_transaction(journal, found) for found in journal.under_way(100)]


def _transaction(journal: Journal, found: Progress) -> Transaction:
    events = {event.outcome: event for event in journal.events(found.key)}
    lost = events.get(Outcome.UNDELIVERABLE)
    mls = next((outcome for outcome in _RANKED if outcome in events), None)
    status = "permanently_failed" if lost else "sent" if found.done else "failed" if found.attempts else "pending"
    last = max((event.at for event in events.values()), default=None)
    return Transaction(
        id=str(uuid5(NAMESPACE_URL, found.reference)),
        transactionType="business_document",
        senderID=f"iso6523-actorid-upis::{found.sender}",
        receiverID=f"iso6523-actorid-upis::{found.receiver}",
        sbdhInstanceID=found.instance_id,
        status=status,
        attemptCount=found.attempts + 1,
        createdDT=found.accepted_at,
        completedDT=last.isoformat() if last else None,
        errorDetails=lost.reason if lost else None,
        mlsStatus=_MLS[mls] if mls else "pending",
    )


def _refusal(order: Order) -> Response[bytes] | ASGIApp:
    """Not taken: its own word where it has one; a receiver that isn't registered fails for want of an address."""
    match order.fault:
        case Fault.REFUSED:
            return _say(400, "Failed to submit outbound SBD transaction (ordered)")
        case Fault.NOT_REGISTERED:
            return _say(422, Report("", overall_success=False))
        case _:
            return fail(order)


def _say(status: int, body: object) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status, media_type=JSON)
