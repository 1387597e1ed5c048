"""What a bill is held against: lines of purchase orders, with what was received of them and billed before.

Quantities are in the order line's unit, prices per one unit without VAT in the order's currency, after allowances.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an order, and where it stands."""

    id: str
    """Unique among all lines that are given together."""
    position: str = ""
    """Its number on the order as the supplier knows it (IBT-132): `10`."""
    buyer_item: str = ""
    """IBT-156."""
    seller_item: str = ""
    """IBT-155."""
    standard_item: str = ""
    """IBT-157, a GTIN as a rule."""
    description: str = ""
    unit: str
    """UN/ECE Recommendation 20: `C62`, `KGM`."""
    factors: Mapping[str, Decimal] = {}
    """Other units it may be billed in, each with how much of the line's unit one of them is: a box of 12 is 12."""
    ordered: Decimal
    price: Decimal
    tax_rate: Decimal | None = None
    """Percent; None: the order doesn't say, and nothing is held against it."""
    accepted: Decimal = Decimal(0)
    """Received and found good, less what went back."""
    billed: Decimal = Decimal(0)
    """Consumed by earlier bills, less what was credited."""
    receipt_expected: bool = True
    """False for services and the like, of which no receipt is written: what was ordered counts as accepted."""
    group: str = ""
    """Item group, which may have tolerances of its own."""

    @property
    def due(self) -> Decimal:
        """How much may be billed now: the lesser of ordered and accepted, less what was billed; never below zero."""
        ready = min(self.ordered, self.accepted) if self.receipt_expected else self.ordered
        return max(ready - self.billed, Decimal(0))


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order."""

    number: str
    """IBT-013, as we wrote it."""
    supplier: str
    """Our id of the supplier."""
    currency: str
    date: date
    closed: bool = False
    charges: Decimal = Decimal(0)
    """Charges less allowances of the whole order that were agreed (freight); without VAT."""
    charges_billed: Decimal = Decimal(0)
    """Of these, billed before."""
    lines: tuple[OrderLine, ...]


class BillLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a bill or credit note."""

    id: str
    """Unique within the bill (IBT-126)."""
    order_number: str = ""
    """The order that the line itself names; empty where it names none."""
    order_position: str = ""
    """IBT-132."""
    buyer_item: str = ""
    seller_item: str = ""
    standard_item: str = ""
    description: str = ""
    unit: str
    quantity: Decimal
    price: Decimal
    """Per one unit, after allowances."""
    net: Decimal
    """IBT-131."""
    tax_rate: Decimal | None = None


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier asks to be paid, or gives back: amounts of a credit note are positive as well."""

    supplier: str
    currency: str
    rate: Decimal | None = None
    """How much of the orders' currency one unit of the bill's is worth, where they differ."""
    credit: bool = False
    date: date
    orders: tuple[str, ...] = ()
    """Numbers of orders that the document names (IBT-013)."""
    lines: tuple[BillLine, ...]
    charges: Decimal = Decimal(0)
    """Charges less allowances of the whole document."""
    rounding: Decimal = Decimal(0)
    """IBT-114."""
    tax: Decimal
    """IBT-110."""
    payable: Decimal
    """IBT-115, before anything paid in advance is taken off."""

    @property
    def net(self) -> Decimal:
        """Sum of the lines, without charges of the whole document."""
        return sum((line.net for line in self.lines), Decimal(0))
