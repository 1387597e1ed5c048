"""What a sealed envelope says of VAT, read by the places of its terms and nothing else (see `gateway.audit.facts`)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from ledger import envelope
from ledger.errors import NotCanonical
from ledger.periods import Amount

_HOME = "AED"


class _Subtotal(msgspec.Struct, frozen=True):
    taxable: Decimal
    tax: Decimal
    category: str
    percent: Decimal | None = None


class _Vat(msgspec.Struct, frozen=True):
    breakdown: tuple[_Subtotal, ...]


class _Rate(msgspec.Struct, frozen=True):
    rate: Decimal


class _Document(msgspec.Struct, frozen=True):
    currency: str
    vat: _Vat
    exchange_rate: _Rate | None = None


_DECODER = msgspec.json.Decoder(_Document)
_LARGEST = 40
"""Digits of an amount, and places around its point, beyond which it is none; the rest is summed exactly."""


def amounts_of(canonical: bytes) -> tuple[Amount, ...] | None:
    """See `ledger.periods.AmountsOf`. Another currency than AED needs its rate (BTAE-04)."""
    try:
        document = _DECODER.decode(envelope.unwrap(canonical).document)
    except (NotCanonical, msgspec.DecodeError):
        return None
    if document.currency == _HOME:
        rate = Decimal(1)
    elif document.exchange_rate is not None:
        rate = document.exchange_rate.rate
    else:
        return None
    amounts = tuple(
        Amount(
            category=each.category,
            percent=each.percent,
            currency=document.currency,
            taxable=each.taxable,
            tax=each.tax,
            rate=rate,
        )
        for each in document.vat.breakdown
    )
    figures = [rate, *(figure for each in amounts for figure in (each.taxable, each.tax, each.percent or Decimal(0)))]
    return amounts if all(map(_summable, figures)) else None


def _summable(figure: Decimal) -> bool:
    return figure.is_finite() and abs(figure.adjusted()) < _LARGEST and len(figure.as_tuple().digits) <= _LARGEST
