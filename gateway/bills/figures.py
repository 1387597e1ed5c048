"""Numbers that can be written out and kept: few bytes say one of a billion digits, or with so many zeros."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

LARGEST: Final = Decimal(10) ** 15
PLACES: Final = 8


def is_plain(number: Decimal) -> bool:
    """Whether it is finite, at most `LARGEST`, and has at most `PLACES` decimal places.

    >>> [is_plain(Decimal(text)) for text in ("1234.50", "-1e15", "1e16", "1e-999999999", "0e999999999", "NaN")]
    [True, True, False, False, False, False]
    """
    return number.is_finite() and number.copy_abs() <= LARGEST and -PLACES <= int(number.as_tuple().exponent) <= 15
