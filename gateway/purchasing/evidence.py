"""What the ledger keeps of orders and receipts: each value is an entry's canonical JSON. No address of a person."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from gateway.purchasing.models import Content


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """Kind ORDER."""

    order_id: UUID
    what: str
    """`sent`, `sent_again`, `changed`, `closed`, `reopened` or `cancelled`."""
    edition: int
    content: Content
    """Of that edition, whole."""
    by: str
    at: datetime
    reason: str = ""
    below: bool = False
    """A change below what was received or billed, knowingly."""
    channel: str = ""
    """Of one that was sent: `mail`, or `hand`: a person says so."""
    mail_id: UUID | None = None
    message_sha256: str = ""
    xml_sha256: str = ""


class ReceivedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a receipt, in the order line's unit."""

    order_id: UUID
    order_number: str
    order_line_id: UUID
    position: str
    received: Decimal
    rejected: Decimal
    unit: str
    """As it was written."""
    factor: Decimal


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """Kind GOODS_RECEIPT."""

    receipt_id: UUID
    number: str
    supplier_id: UUID
    received_on: date
    delivery_note: str
    note: str
    counters: UUID | None
    by: str
    at: datetime
    lines: tuple[ReceivedLine, ...]


class Happened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Facts of an order's events."""

    number: str
    edition: int
    reason: str = ""
    channel: str = ""
    mail_id: UUID | None = None


class Came(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Facts of a receipt's events."""

    number: str
    orders: tuple[str, ...]
    counters: UUID | None = None
