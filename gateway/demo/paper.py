"""What a supplier sends on paper: made-up bills of the sample maker, addressed to a company of the story."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import msgspec

from ingestion.samples import bills, paper
from ingestion.samples.canvas import Face
from ingestion.samples.style import Language, Style
from ubl.invoice import Invoice, Party

_STYLE = Style(
    language=Language.ENGLISH, face=Face.PLAIN, size=9.0, head="left", facts="right", totals="right", ruling="rows",
    columns=("item", "description", "quantity", "unit", "price", "amount"), pitch=16.0, wording=0, days="%d %B %Y",
    decimal=".", grouped=",", money="before",
)  # fmt: skip


class Paper(msgspec.Struct, frozen=True):
    """One bill."""

    invoice: Invoice
    pdf: bytes
    """One page with a text layer."""


def papers(telling: str, buyer: Party, *, today: date, order: str) -> tuple[Paper, Paper]:
    """Two bills of one supplier, the same for the same `telling`: one that names no order, and one that names `order`.

    Each telling has a supplier of its own, so that nothing is held for looking like a bill of an earlier one.
    """
    chance = Random(f"bills of {telling}")  # noqa: S311 (no secret)
    first, second = _plain(chance), _plain(chance)
    seller = first.seller or Party()
    seller = msgspec.structs.replace(seller, name=f"{seller.name} {telling[:4].upper()}")
    shared = {"seller": seller, "buyer": buyer, "payment_means": first.payment_means}
    dates = {"issue_date": today - timedelta(2), "due_date": today + timedelta(28)}
    return (
        _drawn(msgspec.structs.replace(first, **shared, **dates, purchase_order=None)),
        _drawn(msgspec.structs.replace(second, **shared, **dates, purchase_order=order)),
    )


def _plain(chance: Random) -> Invoice:
    """Three different goods by the piece, in dirham, with nothing that a first look needn't see."""
    while True:
        made = bills.bill(chance, lines=3)
        pieces = all(line.unit == "H87" and (line.quantity or 0) >= 4 for line in made.lines)
        goods = {line.item.name for line in made.lines if line.item}
        extras = made.allowances or made.charges or made.prepayments or any(line.allowances for line in made.lines)
        paid = made.totals is not None and made.totals.prepaid
        rates = len(made.vat.breakdown) if made.vat else 0
        ordinary = not made.is_credit_note and made.currency == "AED"
        if ordinary and pieces and len(goods) == len(made.lines) and not extras and not paid and rates == 1:
            return made


def _drawn(invoice: Invoice) -> Paper:
    return Paper(invoice, paper.draw(invoice, _STYLE))
