"""The desk where tests and demos order things: participants, faults, events; and where they read what happened."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.exceptions import ClientException, NotFoundException

from gateway.sandbox.courier import Courier
from gateway.sandbox.faults import Order
from gateway.sandbox.journal import Journal, Participant
from gateway.sandbox.magic import BY_ID
from gateway.sandbox.tables import Handover, Report
from peppol.providers.sandbox_wire import Happened
from peppol.statuses import Outcome


class Announcement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event added by hand: a buyer's answer, a late refusal."""

    outcome: Outcome
    reason: str = ""


class Desk(Controller):
    """Behind the same token as the network itself."""

    path = "/desk"

    @put("/participants", status_code=204)
    async def register(self, data: Participant, journal: Journal) -> None:
        """Add or replace a participant; the magic receivers stay what they are."""
        if data.id in BY_ID:
            raise ClientException(detail=f"{data.id} is a magic receiver: {BY_ID[data.id].outcome}", status_code=409)
        journal.register(data)

    @post("/faults", status_code=204)
    async def order_fault(self, data: Order, journal: Journal) -> None:
        """Order a fault."""
        journal.orders.place(data)

    @delete("/faults", status_code=204)
    async def cancel_faults(self, journal: Journal) -> None:
        """Forget every fault on order."""
        journal.orders.cancel()

    @post("/messages/{key:str}/events", status_code=201)
    async def announce(self, key: str, data: Announcement, journal: Journal, courier: Courier) -> Happened:
        """Let something happen to a message."""
        if journal.accepted(key) is None:
            raise NotFoundException(detail="There is no message under this key")
        event = journal.happen(key, data.outcome, data.reason, datetime.now(UTC))
        courier.wake()
        return event

    @get("/messages/{key:str}/handovers")
    async def handovers(self, key: str, journal: Journal) -> list[Handover]:
        """Every attempt to hand a message to its receiver."""
        return journal.handovers(key)

    @get("/reports")
    async def reports(self, journal: Journal) -> list[Report]:
        """What the fifth corner has recorded."""
        return journal.reports()
