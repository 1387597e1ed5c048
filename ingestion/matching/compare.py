"""What deviates: each comparison a small function that yields findings, with what would make it match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from ingestion.matching.findings import Code, Finding, Hint, Remedy
from ingestion.matching.pairing import Part
from ingestion.matching.tolerances import Limit, Tolerances
from ingestion.orders import Bill, BillLine, Order, OrderLine

_NOTHING = Decimal(0)
_CENT = Decimal("0.01")
_WIDE = Context(prec=500)
"""Room for what people mistype: a rounding that doesn't fit would raise."""


def cents(amount: Decimal) -> Decimal:
    """Rounded half away from zero to two places, as PINT rounds amounts."""
    return amount.quantize(_CENT, ROUND_HALF_UP, _WIDE)


def beyond(limit: Limit, expected: Decimal, deviation: Decimal) -> bool:
    """Whether a deviation must be looked at by a person."""
    return not limit.allows(expected, deviation)


def amount(line: BillLine, allowed: Tolerances) -> Iterator[Finding]:
    """A line's own arithmetic: quantity times price."""
    expected = cents(line.quantity * line.price)
    if cents(line.net) != expected:
        yield Finding(
            code=Code.AMOUNT_WRONG, line=line.id, expected=expected, found=line.net, money=line.net - expected,
            holds=beyond(allowed.line_amount, expected, line.net - expected),
            hints=(Hint(Remedy.AMOUNT, expected),),
        )  # fmt: skip


def price(part: Part, rate: Decimal, size: Decimal, allowed: Tolerances) -> Iterator[Finding]:
    """The price beside the order's, per the order line's unit and in its currency."""
    asked, agreed = part.line.price * rate / size, part.order_line.price
    money = cents((asked - agreed) * part.quantity)
    if asked == agreed or (abs(money) < _CENT and abs(asked - agreed) < _CENT):
        return
    above = asked > agreed
    limit = allowed.price_above if above else allowed.price_below
    yield Finding(
        code=Code.PRICE_ABOVE if above else Code.PRICE_BELOW, line=part.line.id, order=part.order.number,
        order_line=part.order_line.id, expected=agreed, found=asked, money=money,
        holds=beyond(limit, agreed, asked - agreed),
        hints=(Hint(Remedy.PRICE_AT_MOST, _highest(limit, agreed)),) if above else (),
    )  # fmt: skip


def _highest(limit: Limit, agreed: Decimal) -> Decimal:
    """The highest price that is tolerated."""
    extra = [] if limit.absolute is None else [limit.absolute]
    if limit.percent is not None:
        extra.append(abs(agreed) * limit.percent / 100)
    return agreed + min(extra, default=_NOTHING)


def quantity(
    order: Order, line: OrderLine, parts: Sequence[Part], allowed: Tolerances, *, credit: bool
) -> Iterator[Finding]:
    """All that a bill asks for of one order line, beside what is due; of a credit note beside what was billed."""
    taken = sum((part.quantity for part in parts), _NOTHING)
    room = line.billed if credit else line.due
    over = taken - room
    single = parts[0].line.id if len({part.line.id for part in parts}) == 1 else None
    if over > 0:
        hints = [Hint(Remedy.BILL_AT_MOST, room)]
        code = Code.BEYOND_BILLED
        if not credit:
            missing = line.billed + taken - line.ordered
            lacking = line.billed + taken - line.accepted if line.receipt_expected else _NOTHING
            code = Code.BEYOND_ORDER if missing > 0 else Code.BEYOND_RECEIPT
            if missing > 0:
                hints.insert(0, Hint(Remedy.ORDER, missing))
            elif lacking > 0:
                hints.insert(0, Hint(Remedy.RECEIVE, lacking))
        limit = allowed.quantity_above
        yield Finding(
            code=code, line=single, order=order.number, order_line=line.id, expected=room, found=taken,
            money=cents(over * line.price), holds=beyond(limit, room, over), hints=tuple(hints),
        )  # fmt: skip
    elif over < 0 and not credit:
        yield Finding(
            code=Code.LESS_THAN_DUE, line=single, order=order.number, order_line=line.id, expected=room, found=taken,
            money=cents(over * line.price), holds=beyond(allowed.quantity_below, room, over),
        )  # fmt: skip


def tax_rate(part: Part) -> Iterator[Finding]:
    """The rate beside the order's, where both say one."""
    asked, agreed = part.line.tax_rate, part.order_line.tax_rate
    if asked is not None and agreed is not None and asked != agreed:
        yield Finding(
            code=Code.TAX_RATE_DIFFERS, line=part.line.id, order=part.order.number, order_line=part.order_line.id,
            expected=agreed, found=asked, money=cents(part.net * (asked - agreed) / 100), holds=True,
            hints=(Hint(Remedy.RATE, agreed),),
        )  # fmt: skip


def dates(bill: Bill, order: Order, allowed: Tolerances) -> Iterator[Finding]:
    """A bill before its order."""
    if bill.date < order.date - timedelta(days=allowed.days_before_order):
        yield Finding(code=Code.BEFORE_ORDER, order=order.number, holds=True)


def charges(bill: Bill, orders: Sequence[Order], rate: Decimal, allowed: Tolerances) -> Iterator[Finding]:
    """Charges of the whole document beside what was agreed and not billed yet."""
    asked = bill.charges * rate
    agreed = expected_charges(orders, credit=bill.credit)
    apart = asked - agreed
    if abs(apart) < _CENT:
        return
    above = apart > 0
    limit = allowed.charges_above if above else allowed.charges_below
    yield Finding(
        code=Code.CHARGES_ABOVE if above else Code.CHARGES_BELOW, expected=agreed, found=asked, money=cents(apart),
        holds=beyond(limit, agreed, apart), hints=(Hint(Remedy.CHARGE_AT_MOST, agreed),) if above else (),
    )  # fmt: skip


def expected_charges(orders: Sequence[Order], *, credit: bool) -> Decimal:
    """What may be charged still, of all orders; of a credit note nothing is expected."""
    return _NOTHING if credit else sum((one.charges - one.charges_billed for one in orders), _NOTHING)


def document(bill: Bill, allowed: Tolerances) -> Iterator[Finding]:
    """The bill's own arithmetic: its VAT by its own rates, its rounding, its total. In the bill's currency."""
    if all(line.tax_rate is not None for line in bill.lines) and not bill.charges:
        by_rate: dict[Decimal, Decimal] = {}
        for line in bill.lines:
            rate = line.tax_rate or _NOTHING
            by_rate[rate] = by_rate.get(rate, _NOTHING) + line.net
        expected = sum((cents(net * rate / 100) for rate, net in by_rate.items()), _NOTHING)
        if bill.tax != expected:
            yield Finding(
                code=Code.TAX_WRONG, expected=expected, found=bill.tax, money=bill.tax - expected,
                holds=beyond(allowed.tax, expected, bill.tax - expected), hints=(Hint(Remedy.AMOUNT, expected),),
            )  # fmt: skip
    if beyond(allowed.rounding, _NOTHING, bill.rounding):
        yield Finding(code=Code.ROUNDING_LARGE, expected=_NOTHING, found=bill.rounding, money=bill.rounding, holds=True)
    expected = bill.net + bill.charges + bill.tax + bill.rounding
    if bill.payable != expected:
        yield Finding(
            code=Code.TOTAL_WRONG, expected=expected, found=bill.payable, money=bill.payable - expected,
            holds=beyond(allowed.total, expected, bill.payable - expected), hints=(Hint(Remedy.AMOUNT, expected),),
        )  # fmt: skip
