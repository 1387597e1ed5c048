"""Whether an amount is out of a supplier's pattern: pure, robust against odd ones in the past, explained in figures.

Amounts are compared by their logarithms, since 200 is to 100 as 20,000 is to 10,000: how far a new one lies from the
median, measured by the median distance of the others (MAD). Fewer than `FEWEST` earlier bills say nothing. A round
amount, a day of the week and the like are no signs here: they are as common in honest bills.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from enum import StrEnum

import msgspec

FEWEST = 8
"""Accepted bills in the same currency, for an amount to be called unusual."""
MOST = 60
"""Of the latest ones are looked at: what was usual years ago is none of it."""
_FAR = Decimal(4)
"""Distances from the median, in units of `_spread`."""
_LEAST = Decimal("0.1")
"""The spread of a supplier whose bills are always the same, as a logarithm: up to half as much again is no matter."""
_NORMAL = Decimal("1.4826")
"""From MAD to the standard deviation of a normal distribution."""
_EXACT = Context(prec=28)
_WIDE = Context(prec=500)


class Past(msgspec.Struct, frozen=True):
    """The amount of one bill."""

    amount: Decimal
    """With tax; the sign doesn't count."""
    currency: str


class Oddity(StrEnum):
    """In what a bill is out of pattern."""

    HIGH = "amount_high"
    LOW = "amount_low"
    CURRENCY = "new_currency"
    """None of the supplier's bills was in this currency."""


class Unusual(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is unusual about a bill of this supplier, with the figures to say so."""

    kind: Oddity
    words: str
    """A sentence for people; pages say it in their own languages by `kind` and the figures."""
    bills: int
    """How many earlier ones were looked at."""
    usual: Decimal | None = None
    """The median of their amounts."""
    lowest: Decimal | None = None
    """From here to `highest` nothing would be said; to the unit of the currency's hundredths."""
    highest: Decimal | None = None


def unusual(amount: Past, history: Sequence[Past]) -> tuple[Unusual, ...]:
    """What is unusual about an amount. `history`: accepted bills of the same supplier, the latest first."""
    if not amount.amount or not amount.amount.is_finite():
        return ()
    past = [bill for bill in history if bill.amount.is_finite() and bill.amount][:MOST]
    same = [abs(bill.amount) for bill in past if bill.currency == amount.currency]
    if not same and len(past) >= FEWEST and amount.currency:
        known = ", ".join(sorted({bill.currency for bill in past}))
        words = f"None of {len(past)} earlier bills of this supplier was in {amount.currency}; they were in {known}."
        return (Unusual(kind=Oddity.CURRENCY, words=words, bills=len(past)),)
    if len(same) < FEWEST:
        return ()
    return _beside(abs(amount.amount), amount.currency, same)


def _beside(amount: Decimal, currency: str, same: Sequence[Decimal]) -> tuple[Unusual, ...]:
    logs = [_EXACT.ln(each) for each in same]
    middle = _median(logs)
    spread = max(_LEAST, _NORMAL * _median(abs(each - middle) for each in logs))
    distance = _EXACT.ln(amount) - middle
    if abs(distance) <= _FAR * spread:
        return ()
    usual = _EXACT.exp(middle)
    lowest, highest = (_EXACT.exp(middle + sign * _FAR * spread) for sign in (-1, 1))
    high = distance > 0
    share = f"{amount / usual:,.1f} times the usual" if high else f"one {usual / amount:,.1f}th of the usual"
    words = (
        f"{amount:,.2f} {currency} is {share} {usual:,.2f} of this supplier's last {len(same)} bills; between "
        f"{lowest:,.2f} and {highest:,.2f} is nothing unusual."
    )
    found = Unusual(
        kind=Oddity.HIGH if high else Oddity.LOW, words=words, bills=len(same), usual=_cents(usual),
        lowest=_cents(lowest), highest=_cents(highest),
    )  # fmt: skip
    return (found,)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), context=_WIDE)


def _median(values: Iterable[Decimal]) -> Decimal:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
