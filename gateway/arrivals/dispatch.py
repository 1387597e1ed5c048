"""What arrived goes to who works with it: one table, by the document type that the envelope announces.

A row's function gets the company and the opened envelope:

    async def take_response(wiring: Wiring, company_id: UUID, opened: Opened, *, now: datetime) -> Receipt

It opens its own transactions, keeps what it needs, and returns once that is committed: the provider is told only then.
It may be called again with the same envelope (told apart by `opened.message.instance_id`), also at the same time, and
then answers `duplicate`. It raises a refusal for ever (`NotFound`, `Invalid`, `peppol.errors.Permanent`) for what can
never be taken: a caller is told, and what was fetched is kept and shown to a person. Anything else means: try again.
`opened.account_id` is the account it came through; that the company is the envelope's receiver, and that the account is
the company's own, was settled before. What the document says is for the function to compare with the envelope.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

import msgspec

from gateway.arrivals import levels, unreadable
from gateway.arrivals.line import Line
from gateway.companies import queries as companies
from gateway.inbound import flow as inbound
from gateway.inbound.errors import ReceiverUnknown
from gateway.inbound.opened import Opened, Receipt, open_delivery
from gateway.responses.arriving import take_response
from gateway.wiring import Wiring
from peppol.identifiers import DocumentTypeId
from peppol.message import Delivery
from ubl import mls, response


class Take(Protocol):
    """Works with what came for a company; see the module."""

    def __call__(self, wiring: Wiring, company_id: UUID, opened: Opened, *, now: datetime) -> Awaitable[Receipt]:
        """See the module."""
        ...


class TakeByLine(Protocol):
    """Finds out for itself whose it is, and refuses what this line may not bring."""

    def __call__(self, wiring: Wiring, line: Line, opened: Opened, *, now: datetime) -> Awaitable[Receipt]:
        """See the module."""
        ...


class Row(msgspec.Struct, frozen=True):
    """One kind of document; the first row that holds is taken."""

    local_name: str
    """Of the UBL 2 document element."""
    customization: str
    """How its CustomizationID begins; empty for any."""
    take: TakeByLine

    def holds(self, kind: DocumentTypeId) -> bool:
        """Whether a document of this type belongs here."""
        namespace = f"urn:oasis:names:specification:ubl:schema:xsd:{self.local_name}-2"
        known = (kind.namespace, kind.local_name) == (namespace, self.local_name)
        return known and kind.customization.startswith(self.customization)


async def _to_receiver(take: Take, wiring: Wiring, line: Line, opened: Opened, *, now: datetime) -> Receipt:
    """For the company that the envelope names. Raises ReceiverUnknown, also where it isn't the account's own."""
    receiver = opened.message.receiver
    company_id = None
    if receiver.icd == "0235":
        async with wiring.database.platform() as db:
            company_id = await companies.by_tin(db, receiver.identifier)
    if company_id is None or line.company_id not in {None, company_id}:
        raise ReceiverUnknown(receiver.value)
    return await take(wiring, company_id, opened, now=now)


TABLE: tuple[Row, ...] = (
    Row("Invoice", "", partial(_to_receiver, inbound.receive)),
    Row("CreditNote", "", partial(_to_receiver, inbound.receive)),
    Row("ApplicationResponse", mls.SPECIFICATION, levels.take),
    Row("ApplicationResponse", response.SPECIFICATION, partial(_to_receiver, take_response)),
)
"""Everything that is understood here."""
OTHER: TakeByLine = partial(_to_receiver, unreadable.take_other)
"""For what isn't: kept, and shown to a person."""


async def take(wiring: Wiring, line: Line, delivery: Delivery, *, now: datetime) -> Receipt:
    """Open a delivery and give it to who works with it; on return it is committed, and may be confirmed.

    Raises BadEnvelope, ReceiverUnknown, and what the row's function raises.
    """
    opening = partial(open_delivery, delivery, provider=line.provider.name, account_id=line.account_id)
    opened = await asyncio.get_running_loop().run_in_executor(wiring.executor, opening)
    kind = opened.message.document_type
    row = next((row.take for row in TABLE if row.holds(kind)), OTHER)
    return await row(wiring, line, opened, now=now)
