"""What an order and a receipt hold, the orders' table (migration 0022), and the machine that moves them.

Quantities are in the line's unit, prices per one unit without VAT in the order's currency.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, LargeBinary, Numeric, Table, Text, Uuid

from gateway.db import metadata
from gateway.lifecycle import Machine
from gateway.purchasing import states

orders = Table(
    "purchase_orders",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("bare_number", Text, nullable=False),
    Column("confusable_number", Text, nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("currency", Text, nullable=False),
    Column("issue_date", Date, nullable=False),
    Column("charges", Numeric, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("total", Numeric, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("sent_by", Text),
    Column("sent_edition", Integer),
    Column("closed_at", DateTime(timezone=True)),
    Column("cancelled_at", DateTime(timezone=True)),
)

lines = Table(
    "purchase_order_lines",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("position", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("unit", Text, nullable=False),
    Column("ordered", Numeric, nullable=False),
    Column("price", Numeric, nullable=False),
    Column("receipt_expected", Boolean, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

MACHINE = Machine(
    subject="purchase_order",
    table=orders,
    initial=states.State.DRAFT,
    transitions=states.TRANSITIONS,
    evidenced=states.EVIDENCED,
)
"""Purchase orders."""


class OtherUnit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another unit that a line may be delivered or billed in."""

    unit: str
    """UN/ECE Recommendation 20, or 21 with an X in front: `XBX`."""
    factor: Decimal
    """How much of the line's unit one of it is: a box of 12 is 12."""


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of an order."""

    position: str
    """Its number on the order (IBT-132): `10`. Unique on the order, and what ties a line to itself in changes."""
    description: str
    buyer_item: str = ""
    """Our number of the item (IBT-156)."""
    seller_item: str = ""
    """The supplier's (IBT-155)."""
    standard_item: str = ""
    """A GTIN as a rule (IBT-157)."""
    unit: str
    """UN/ECE Recommendation 20: `C62`, `KGM`."""
    quantity: Decimal
    price: Decimal
    tax_rate: Decimal | None = None
    """Percent; null: nothing is held against it."""
    group: str = ""
    """Item group, which may have tolerances of its own."""
    receipt_expected: bool = True
    """False for services and the like: what was ordered counts as received."""
    other_units: tuple[OtherUnit, ...] = ()


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an order says; each edition is kept."""

    number: str
    """Unique in the company, however it is written: `PO-1001` and `po 1001` are the same."""
    supplier_id: UUID
    currency: str
    """ISO 4217; fixed once the order was sent."""
    issue_date: date
    lines: tuple[Line, ...]
    charges: Decimal = Decimal(0)
    """Agreed charges less allowances of the whole order (freight), without VAT."""
    note: str = ""
    """For the supplier."""
