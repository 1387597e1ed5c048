"""The three-way match: a bill beside what was ordered and what was received. Pure: the same input, the same verdict.

    bill, orders --choose--> orders it is about --pair--> bill line x order line --compare--> findings --> verdict

A bill may be paid without a person exactly when its verdict is `clear`. What it consumes of each order line is part of
the verdict; the caller writes that down under a lock, so that no quantity is consumed twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

import msgspec

from ingestion.matching import compare
from ingestion.matching.candidates import choose
from ingestion.matching.findings import Code, Finding, Hint, Remedy
from ingestion.matching.likeness import factor
from ingestion.matching.pairing import Pairing, Part, pair
from ingestion.matching.tolerances import Limit, Policy, Tolerances
from ingestion.matching.verdict import Compared, Word, measure, word
from ingestion.orders import Bill, BillLine, Order, OrderLine

__all__ = [
    "Bill", "BillLine", "Code", "Consumed", "Finding", "Hint", "Limit", "Order", "OrderLine", "Policy", "Remedy",
    "Tolerances", "Verdict", "Word", "match",
]  # fmt: skip

_NOTHING = Decimal(0)
_RECKONING = Context(prec=28, rounding=ROUND_HALF_EVEN)
"""How divisions are carried out, whatever the calling thread has chosen: a verdict follows from its input alone."""
_CHOOSE = (Hint(Remedy.CHOOSE),)


class Consumed(msgspec.Struct, frozen=True, kw_only=True):
    """What a bill takes of an order line; a credit note gives it back."""

    line: str
    """The bill's."""
    order: str
    order_line: str
    quantity: Decimal
    """In the order line's unit; negative for a credit note."""
    net: Decimal
    """In the order's currency."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a match, with everything that led to it."""

    word: Word
    deviation: Decimal
    """The largest of any part, order's currency."""
    percent: Decimal | None
    """The largest of any part; None: money is asked for where nothing was expected."""
    orders: tuple[str, ...]
    findings: tuple[Finding, ...]
    consumed: tuple[Consumed, ...]

    @property
    def clear(self) -> bool:
        """Nothing holds the payment: everything was found, and every deviation is tolerated."""
        return self.word not in {Word.NOT_MATCHED, Word.AMBIGUOUS} and not any(one.holds for one in self.findings)


def match(bill: Bill, orders: Sequence[Order], policy: Policy | None = None) -> Verdict:
    """Hold a bill or credit note against orders: those of its supplier, and whichever of others it may name."""
    with localcontext(_RECKONING):
        return _match(bill, orders, policy or Policy())


def _match(bill: Bill, orders: Sequence[Order], policy: Policy) -> Verdict:
    allowed = policy.document(bill.supplier)
    chosen = choose(bill, orders)
    findings = list(chosen.findings)
    findings += [one for line in bill.lines for one in compare.amount(line, allowed)]
    findings += compare.document(bill, allowed)
    rate = _rate(bill, chosen.orders)
    if not chosen.orders or rate is None:
        if rate is None:
            hint = Hint(Remedy.RATE)
            findings.append(Finding(code=Code.CURRENCY_DIFFERS, holds=True, hints=(hint,)))
        return _verdict(bill, chosen.orders, findings, (), [])
    pairing = pair(bill, chosen.orders, lambda line: line.billed if bill.credit else line.due)
    findings += _unpaired(pairing, rate)
    for part in pairing.parts:
        limits = policy.line(bill.supplier, part.order_line.group)
        findings += compare.price(part, rate, factor(part.line, part.order_line) or Decimal(1), limits)
        findings += compare.tax_rate(part)
    compared: list[Compared] = []
    for order in chosen.orders:
        findings += compare.dates(bill, order, allowed)
        for line in order.lines:
            mine = [part for part in pairing.parts if part.order_line.id == line.id]
            limits = policy.line(bill.supplier, line.group)
            if mine:
                findings += compare.quantity(order, line, mine, limits, credit=bill.credit)
            compared.append(_compared(bill, line, mine, rate))
    findings += compare.charges(bill, chosen.orders, rate, allowed)
    compared += [Compared(line.net * rate, _NOTHING) for line in _lost(pairing)]
    whole = sum((part.expected for part in compared), compare.expected_charges(chosen.orders, credit=bill.credit))
    compared.append(Compared((bill.net + bill.charges) * rate, whole))
    return _verdict(bill, chosen.orders, findings, pairing.parts, compared, rate)


def _rate(bill: Bill, orders: Sequence[Order]) -> Decimal | None:
    """From the bill's currency to the orders'; None where it isn't known, or the orders have several."""
    currencies = {order.currency for order in orders}
    if currencies <= {bill.currency}:
        return Decimal(1)
    return bill.rate if len(currencies) == 1 else None


def _compared(bill: Bill, line: OrderLine, parts: Sequence[Part], rate: Decimal) -> Compared:
    """One order line: what is billed beside what is due. A credit note is beside its own quantity at the order's price,
    as far as that was billed: what is still billed afterwards is no deviation."""
    billed = sum((part.net for part in parts), _NOTHING) * rate
    quantity = sum((part.quantity for part in parts), _NOTHING)
    due = min(quantity, line.billed) if bill.credit else line.due
    return Compared(billed, compare.cents(due * line.price))


def _lost(pairing: Pairing) -> list[BillLine]:
    return [*pairing.unordered, *(line for line, *_ in pairing.unclear), *(line for line, _ in pairing.other_unit)]


def _unpaired(pairing: Pairing, rate: Decimal) -> Iterator[Finding]:
    for line in pairing.unordered:
        yield Finding(code=Code.LINE_UNORDERED, line=line.id, money=line.net * rate, holds=True, hints=_CHOOSE)
    for line, one, other in pairing.unclear:
        both = f"{one.id}, {other.id}"
        yield Finding(code=Code.LINE_UNCLEAR, line=line.id, order_line=both, holds=True, hints=_CHOOSE)
    for line, one in pairing.other_unit:
        yield Finding(code=Code.UNIT_DIFFERS, line=line.id, order_line=one.id, money=line.net * rate, holds=True,
                      hints=(Hint(Remedy.RATE),))  # fmt: skip


def _verdict(
    bill: Bill,
    orders: Sequence[Order],
    findings: Sequence[Finding],
    parts: Sequence[Part],
    compared: Sequence[Compared],
    rate: Decimal = Decimal(1),
) -> Verdict:
    measured = measure(compared)
    judged = word(measured, findings, matched=bool(parts))
    sums: dict[tuple[str, str, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (_NOTHING, _NOTHING))
    for part in parts if judged is not Word.AMBIGUOUS else ():
        key = part.order.number, part.order_line.id, part.line.id
        quantity, net = sums[key]
        sums[key] = quantity + part.quantity, net + part.net * rate
    sign = -1 if bill.credit else 1
    return Verdict(
        word=judged,
        deviation=measured.deviation,
        percent=measured.percent,
        orders=tuple(sorted(order.number for order in orders)),
        findings=tuple(sorted(findings, key=_finding_key)),
        consumed=tuple(
            Consumed(line=line, order=order, order_line=order_line, quantity=sign * quantity, net=sign * net)
            for (order, order_line, line), (quantity, net) in sorted(sums.items())
        ),
    )


def _finding_key(finding: Finding) -> tuple[str, ...]:
    return finding.order or "", finding.order_line or "", finding.line or "", finding.code
