"""Decimal arithmetic for money: exact until it is rounded, rounded half up, and in agreement with the published rules.

    >>> rounded(Decimal("1.005"))
    Decimal('1.01')
    >>> rounded(Decimal("-1.005"))
    Decimal('-1.00')

XPath's `round`, by which the published rules compare, takes halves towards plus infinity; so do we.
"""

import math
from collections.abc import Iterable
from decimal import ROUND_FLOOR, Context, Decimal

EXACT = Context(prec=100)
"""Wide enough that sums and products of what `ubl.decode` takes are exact."""

ZERO = Decimal("0.00")
_HALF = Decimal("0.5")


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """`value` with `places` decimals, half towards plus infinity."""
    scaled = EXACT.add(EXACT.scaleb(value, places), _HALF)
    return EXACT.scaleb(scaled.to_integral_value(ROUND_FLOOR), -places)


def total(values: Iterable[Decimal]) -> Decimal:
    """The exact sum; 0.00 of nothing."""
    result = ZERO
    for value in values:
        result = EXACT.add(result, value)
    return result


def agreed(exact: Decimal, double: float) -> Decimal:
    """`exact` with 2 decimals as a published rule that works in binary doubles will have it.

    ibr-147-ae, ibr-131-ae and ibr-146-ae multiply and round xs:double. On a tie, such as 1.005, their result may lie a
    cent below the exact one, and an invoice with the exact one would be refused. `double` is the same expression in
    floats; its cent is taken when it is next to the exact cent, which a tie explains and an error doesn't.
    """
    ours = rounded(exact)
    if not math.isfinite(double) or abs(double) > 1e13:
        return ours
    theirs = Decimal(math.floor(double * 100 + 0.5)).scaleb(-2)
    return theirs if abs(theirs - ours) == Decimal("0.01") and _is_tie(exact) else ours


def _is_tie(exact: Decimal) -> bool:
    """Whether `exact` lies so near the middle between two cents that a double can't tell on which side."""
    cents = EXACT.scaleb(exact, 2)
    middle = EXACT.add(cents.to_integral_value(ROUND_FLOOR), _HALF)
    return abs(EXACT.subtract(cents, middle)) <= max(abs(cents), Decimal(1)) * Decimal("1e-12")
