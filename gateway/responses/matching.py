"""Which of our documents an answer is about, and whether the one who answers may: one verdict, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.outbound import queries as outbound
from gateway.outbound.routing import route
from gateway.responses import queries
from gateway.responses.reading import Read, participant
from gateway.wiring import Wiring
from peppol.message import Message
from ubl.response import Response


class Verdict(StrEnum):
    """What is made of an answer."""

    BELIEVED = "believed"
    """From the receiver of a document of ours: it is a fact about that document."""
    UNMATCHED = "unmatched"
    """About nothing that we sent."""
    FOREIGN = "foreign"
    """Not from the one whom the document was sent to."""
    UNREADABLE = "unreadable"
    """Not a sound Invoice Response."""
    ERASED = "erased"
    """About a document whose content was destroyed; nothing of it is kept."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one message."""

    verdict: Verdict
    why: str = ""
    """In plain words; empty where it is believed."""
    document: Any = None
    """The issued document's row, where it is believed or erased."""
    transmission_id: UUID = UUID(int=0)
    """By which the document went out, where it is believed."""


async def match(
    db: AsyncConnection, wiring: Wiring, company_id: UUID, message: Message, told: Read, *, lock: bool = False
) -> Match:
    """The verdict on a message; `lock`: hold the document to the end of the transaction."""
    response = told.response
    if response is None:
        return Match(verdict=Verdict.UNREADABLE, why=told.why)
    document_id = await outbound.holder(db, company_id, response.number)
    row = None if document_id is None else await outbound.one(db, company_id, document_id, lock=lock)
    if row is None or row.sealed_at is None:
        return _unmatched(f"No document {response.number[:200]!r} was issued here.")
    if row.erased_at is not None:
        return Match(verdict=Verdict.ERASED, why="The content of the document was erased.", document=row)
    if (why := _contradiction(message, response)) is not None:
        return Match(verdict=Verdict.FOREIGN, why=why)
    transmission_id = await queries.transmission(db, company_id, row.id)
    if transmission_id is None:
        return _unmatched(f"{row.number} was never handed to the network.")
    if response.type != row.type_code:
        return _unmatched(f"{row.number} is of type {row.type_code}, not {response.type[:20]!r}.")
    if response.invoice_date not in {None, row.issue_date}:
        return _unmatched(f"{row.number} was issued on {row.issue_date}, not on {response.invoice_date}.")
    sent = await _as_sent(db, wiring, company_id, row)
    if message.sender != sent.receiver:
        return Match(verdict=Verdict.FOREIGN, why=f"{row.number} was sent to {sent.receiver.value}, who alone answers.")
    if message.receiver != sent.sender:
        return Match(
            verdict=Verdict.FOREIGN, why=f"{row.number} was sent by {sent.sender.value}, who alone is answered."
        )
    return Match(verdict=Verdict.BELIEVED, document=row, transmission_id=transmission_id)


def _unmatched(why: str) -> Match:
    return Match(verdict=Verdict.UNMATCHED, why=why)


def _contradiction(message: Message, response: Response) -> str | None:
    """What the envelope says against what the message says of its parties."""
    for role, announced, stated in (
        ("sender", message.sender, participant(response.sender)),
        ("receiver", message.receiver, participant(response.receiver)),
    ):
        if stated != announced:
            return f"The envelope names {announced.value} as {role}, the message somebody else."
    return None


async def _as_sent(db: AsyncConnection, wiring: Wiring, company_id: UUID, row: Row[Any]) -> Message:
    """The message that the sealed document went out as: its parties are read from the sealed bytes alone."""
    xml = await outbound.sealed_xml(db, company_id, series=row.series, number=row.number, keys=wiring.keys)
    return route(xml, instance_id=str(row.id), created_at=row.sealed_at)
