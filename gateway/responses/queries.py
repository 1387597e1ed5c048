"""Rows of responses, ours and those that came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.outbox import Attempt, Outcome, transmission_attempts, transmissions
from gateway.responses.errors import ResponseNotFound
from gateway.responses.evidence import Came
from gateway.responses.models import received, sent
from gateway.responses.reading import Read
from ubl.response import Clarification

_SHORT = 200
"""Characters of an identifier that stand in columns."""


async def given(db: AsyncConnection, company_id: UUID, document_id: UUID) -> list[Row[Any]]:
    """Our answers about a received document, in their order."""
    query = select(sent).where(sent.c.company_id == company_id, sent.c.document_id == document_id)
    return list((await db.execute(query.order_by(sent.c.place))).all())


async def one(db: AsyncConnection, company_id: UUID, document_id: UUID, response_id: UUID) -> Row[Any]:
    """One of our answers. Raises ResponseNotFound."""
    query = select(sent).where(
        sent.c.company_id == company_id, sent.c.document_id == document_id, sent.c.id == response_id
    )
    row: Row[Any] | None = (await db.execute(query)).one_or_none()
    if row is None:
        raise ResponseNotFound(response_id)
    return row


async def known(db: AsyncConnection, company_id: UUID, came: Came) -> Row[Any] | None:
    """What came before of the same sender under this instance id, else with the same content.

    Of an erased document's answers no sender is kept: they are known by instance and content together.
    """
    mine = received.c.company_id == company_id
    same = or_(received.c.instance_id == came.instance_id, received.c.xml_sha256 == came.xml_sha256)
    forgotten = (
        (received.c.sender == "")
        & (received.c.instance_id == came.instance_id)
        & (received.c.xml_sha256 == came.xml_sha256)
    )
    query = select(received).where(mine, or_((received.c.sender == came.sender) & same, forgotten))
    first_by_instance = query.order_by((received.c.instance_id == came.instance_id).desc()).limit(1)
    row: Row[Any] | None = (await db.execute(first_by_instance)).one_or_none()
    return row


async def keep(
    db: AsyncConnection,
    company_id: UUID,
    came: Came,
    told: Read,
    verdict: str,
    *,
    document_id: UUID | None = None,
    why: str = "",
    now: datetime,
) -> None:
    """A row for what came."""
    response = told.response
    clarifications: tuple[Clarification, ...] = response.clarifications if response else ()
    values = {
        "company_id": company_id,
        "id": came.received_id,
        "verdict": verdict,
        "why": why,
        "document_id": document_id,
        "instance_id": came.instance_id,
        "sender": came.sender,
        "envelope_sha256": came.envelope_sha256,
        "xml_sha256": came.xml_sha256,
        "response_number": response.id[:_SHORT] if response else None,
        "number": response.number[:_SHORT] if response else None,
        "code": response.code.value if response else None,
        "clarifications": msgspec.json.encode(clarifications),
        "note": response.note if response else None,
        "effective": response.effective if response else None,
        "payment": response.payment[:_SHORT] if response and response.payment else None,
        "issue_date": response.issue_date if response else None,
        "findings": msgspec.json.encode(told.findings),
        "received_at": now,
    }
    await db.execute(insert(received).values(values))


async def transmission(db: AsyncConnection, company_id: UUID, document_id: UUID) -> UUID | None:
    """By which an issued document went out; None where no attempt was ever begun."""
    query = select(transmissions.c.id).where(
        transmissions.c.company_id == company_id, transmissions.c.document_id == document_id
    )
    return (await db.execute(query)).scalar_one_or_none()


async def heard_about(db: AsyncConnection, company_id: UUID, document_id: UUID) -> list[Row[Any]]:
    """What came about an issued document, oldest first."""
    query = select(received).where(received.c.company_id == company_id, received.c.document_id == document_id)
    return list((await db.execute(query.order_by(received.c.id))).all())


async def heard(
    db: AsyncConnection, company_id: UUID, *, verdict: str | None, cursor: UUID | None, limit: int
) -> list[Row[Any]]:
    """What came, latest first, before the one named by `cursor`."""
    query = select(received).where(received.c.company_id == company_id)
    if verdict is not None:
        query = query.where(received.c.verdict == verdict)
    if cursor is not None:
        query = query.where(received.c.id < cursor)
    return list((await db.execute(query.order_by(received.c.id.desc()).limit(limit))).all())


async def one_heard(db: AsyncConnection, company_id: UUID, response_id: UUID) -> Row[Any]:
    """One response that came. Raises ResponseNotFound."""
    query = select(received).where(received.c.company_id == company_id, received.c.id == response_id)
    row: Row[Any] | None = (await db.execute(query)).one_or_none()
    if row is None:
        raise ResponseNotFound(response_id)
    return row


async def attempts(db: AsyncConnection, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, tuple[Attempt, ...]]:
    """Every attempt to send each of our responses, oldest first."""
    tried, way = transmission_attempts, transmissions
    query = (
        select(way.c.response_id, *(column for column in tried.c if column.name in Attempt.__struct_fields__))
        .join(way, (way.c.company_id == tried.c.company_id) & (way.c.id == tried.c.transmission_id))
        .where(way.c.company_id == company_id, way.c.response_id.in_(ids))
        .order_by(tried.c.number)
    )
    found: dict[UUID, tuple[Attempt, ...]] = {}
    for row in await db.execute(query):
        values = dict(row._mapping)
        key, outcome = values.pop("response_id"), values.pop("outcome")
        found[key] = (*found.get(key, ()), Attempt(**values, outcome=outcome and Outcome(outcome)))
    return found
