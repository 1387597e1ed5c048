"""Read received documents: a page of many, one with its facts, and what is known of a content or an envelope."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.inbound.errors import BillNotFound
from gateway.inbound.models import envelopes, received
from gateway.inbound.states import State


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A received document as a list shows it."""

    id: UUID
    state: State
    number: str | None
    """IBT-001; null where the document can't be read so far."""
    type: str | None
    """IBT-003."""
    issue_date: date | None
    currency: str | None
    total: Decimal | None
    """IBT-112. Total with VAT, document currency."""
    payable: Decimal | None
    """IBT-115. Amount due, document currency."""
    seller: str | None
    seller_endpoint: str | None
    sender: str
    """Corner 1 by the envelope."""
    valid: bool
    """Whether no fatal finding stands."""
    twin_of: UUID | None
    """An earlier document of the same seller and number, with other content."""
    received_at: datetime
    acknowledged_at: datetime | None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of documents, latest first."""

    items: tuple[Summary, ...]
    next: UUID | None
    """Send it as `cursor` for the page after; null on the last one."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which documents; what is absent excludes nothing."""

    state: State | None = None
    valid: bool | None = None
    twins: bool | None = None
    """Only those (not) flagged as the twin of an earlier one."""
    type: str | None = None
    number: str | None = None
    seller_endpoint: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    search: str | None = None
    """A part of the number or of the seller's name, whatever the case."""


async def page(db: AsyncConnection, company_id: UUID, wanted: Filter, *, cursor: UUID | None, limit: int) -> Page:
    """At most `limit` documents received before the one named by `cursor`, latest first."""
    query: Select[Any] = select(received).where(received.c.company_id == company_id, *_conditions(wanted))
    if cursor is not None:
        query = query.where(received.c.id < cursor)
    rows = (await db.execute(query.order_by(received.c.id.desc()).limit(limit + 1))).all()
    items = tuple(summary(row) for row in rows[:limit])
    return Page(items=items, next=items[-1].id if len(rows) > limit else None)


async def one(db: AsyncConnection, company_id: UUID, document_id: UUID, *, lock: bool = False) -> Row[Any]:
    """The whole row; raises BillNotFound. `lock`: until the transaction ends."""
    query: Select[Any] = select(received).where(received.c.company_id == company_id, received.c.id == document_id)
    if lock:
        query = query.with_for_update(key_share=True)
    row: Row[Any] | None = (await db.execute(query)).one_or_none()
    if row is None:
        raise BillNotFound(document_id)
    return row


async def envelope(db: AsyncConnection, company_id: UUID, instance_id: str) -> Row[Any] | None:
    """The envelope of this instance id."""
    query = select(envelopes).where(envelopes.c.company_id == company_id, envelopes.c.instance_id == instance_id)
    row: Row[Any] | None = (await db.execute(query)).one_or_none()
    return row


async def envelopes_of(db: AsyncConnection, company_id: UUID, document_id: UUID) -> list[Row[Any]]:
    """Every envelope that brought this document, oldest first."""
    query = select(envelopes).where(envelopes.c.company_id == company_id, envelopes.c.document_id == document_id)
    return list((await db.execute(query.order_by(envelopes.c.received_at))).all())


async def by_content(db: AsyncConnection, company_id: UUID, xml_sha256: str) -> UUID | None:
    """The document of this content."""
    query = select(received.c.id).where(received.c.company_id == company_id, received.c.xml_sha256 == xml_sha256)
    return (await db.execute(query)).scalar_one_or_none()


async def twin(db: AsyncConnection, company_id: UUID, *, seller: str, number: str) -> UUID | None:
    """The first document of this seller and number."""
    query = select(received.c.id).where(
        received.c.company_id == company_id, received.c.seller_endpoint == seller, received.c.number == number
    )
    return (await db.execute(query.order_by(received.c.id).limit(1))).scalar_one_or_none()


def summary(row: Row[Any]) -> Summary:
    """A row as lists show it."""
    return Summary(
        id=row.id,
        state=State(row.state),
        number=row.number,
        type=row.type_code,
        issue_date=row.issue_date,
        currency=row.currency,
        total=row.total,
        payable=row.payable,
        seller=row.seller_name,
        seller_endpoint=row.seller_endpoint,
        sender=row.sender,
        valid=row.valid,
        twin_of=row.twin_of,
        received_at=row.received_at,
        acknowledged_at=row.acknowledged_at,
    )


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(received.c.state == wanted.state.value)
    if wanted.valid is not None:
        found.append(received.c.valid == wanted.valid)
    if wanted.twins is not None:
        found.append(received.c.twin_of.is_not(None) if wanted.twins else received.c.twin_of.is_(None))
    if wanted.type is not None:
        found.append(received.c.type_code == wanted.type)
    if wanted.number is not None:
        found.append(received.c.number == wanted.number)
    if wanted.seller_endpoint is not None:
        found.append(received.c.seller_endpoint == wanted.seller_endpoint)
    if wanted.received_from is not None:
        found.append(received.c.received_at >= wanted.received_from)
    if wanted.received_to is not None:
        found.append(received.c.received_at < wanted.received_to)
    if wanted.search:
        part = wanted.search.strip()
        found.append(
            or_(
                received.c.number.icontains(part, autoescape=True),
                received.c.seller_name.icontains(part, autoescape=True),
            )
        )
    return found
