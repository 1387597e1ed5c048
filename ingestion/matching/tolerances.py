"""How far a bill may stray before a person must look: one limit per kind of deviation and direction.

A deviation is tolerated when it stays within every limit that is set: a percentage alone would let 5 % of a million
pass, an absolute amount alone ten times the price of a screw. Limits include their boundary.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

_NOTHING = Decimal(0)


class Limit(msgspec.Struct, frozen=True):
    """The greatest deviation; where neither is given, anything goes."""

    percent: Decimal | None = None
    """Of what was expected."""
    absolute: Decimal | None = None
    """In the order's currency, or the line's unit for quantities, or days."""

    def allows(self, expected: Decimal, deviation: Decimal) -> bool:
        """Whether a deviation (its size; the direction chose the limit) is tolerated.

        >>> Limit(percent=Decimal(2), absolute=Decimal(50)).allows(Decimal(10_000), Decimal(50))
        True
        """
        size = abs(deviation)
        if self.absolute is not None and size > self.absolute:
            return False
        return self.percent is None or size * 100 <= abs(expected) * self.percent


ANY = Limit()
NONE = Limit(absolute=_NOTHING)
_ROUNDING = Limit(absolute=Decimal("0.01"))


class Tolerances(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one company, supplier or item group. The defaults let nothing pass that costs more than agreed."""

    price_above: Limit = NONE
    price_below: Limit = ANY
    quantity_above: Limit = NONE
    """Billed beyond what is due."""
    quantity_below: Limit = ANY
    """Less billed than is due: the rest comes with another bill."""
    line_amount: Limit = _ROUNDING
    """A line's net amount beside its own quantity times price."""
    tax: Limit = _ROUNDING
    """The document's VAT beside what its own lines and rates give."""
    charges_above: Limit = NONE
    charges_below: Limit = ANY
    total: Limit = Limit(absolute=Decimal(1))
    """The amount due beside lines, charges, VAT and rounding."""
    rounding: Limit = Limit(absolute=Decimal(1))
    days_before_order: int = 0
    """How many days a bill may be older than its order."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Whose tolerances apply: an item group's before the supplier's before the company's, each as a whole."""

    company: Tolerances = Tolerances()
    suppliers: Mapping[str, Tolerances] = {}
    groups: Mapping[str, Tolerances] = {}

    def document(self, supplier: str) -> Tolerances:
        """For what concerns a whole bill."""
        return self.suppliers.get(supplier, self.company)

    def line(self, supplier: str, group: str) -> Tolerances:
        """For one line of an order."""
        return self.groups.get(group) or self.document(supplier)
