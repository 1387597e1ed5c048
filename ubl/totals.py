"""From lines to totals: net amounts, VAT breakdown, document totals, dirham; pure arithmetic.

`compute` gives every amount that follows from quantities, prices, allowances, charges and rates; `differences` lists
where an invoice states another. Nothing here changes an invoice. Rounding is half up to 2 decimals, in the places
where the published rules round: PINT ibr-co-10 to -17, ibr-147-ae, aligned-ibrp-s-08 and its kin.
"""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct, structs

from ubl.errors import CompleteError
from ubl.invoice import AllowanceCharge, Invoice, Line, LineTotals, Price, Totals, Vat, VatCategory, VatSubtotal
from ubl.money import EXACT, ZERO, agreed, rounded, total

STANDARD_RATE = Decimal(5)
"""Per cent; the only rate of category S (ibr-190-ae)."""

_RATES = {"S": STANDARD_RATE, "AE": STANDARD_RATE, "N": STANDARD_RATE, "Z": Decimal(0)}
"""Rate of a category where the invoice states none; E and O have none."""
_UNRATED = frozenset({"E", "O"})
_ONE = Decimal(1)


class Computed(Struct, frozen=True):
    """Every amount that follows from an invoice."""

    nets: tuple[Decimal, ...]
    """IBT-131 of each line."""
    lines: tuple[LineTotals, ...]
    """BTAE-08 and BTAE-10 of each line."""
    allowances: tuple[Decimal, ...]
    """IBT-092 of each document allowance."""
    charges: tuple[Decimal, ...]
    """IBT-099 of each document charge."""
    vat: Vat
    totals: Totals
    vat_aed: Decimal | None
    """IBT-111; None for a document in AED."""
    total_aed: Decimal | None
    """BTAE-20; None for a document in AED."""


class Difference(Struct, frozen=True):
    """An amount that the invoice states and that doesn't follow from its lines."""

    pointer: str
    given: Decimal
    computed: Decimal


def compute(invoice: Invoice) -> Computed:
    """All amounts of `invoice`, whatever it states as totals; prepaid and rounding amounts are taken as stated.

    Raises `CompleteError`, with a pointer, where an input is missing: a quantity, a price, a category, an exchange
    rate; or where prices include VAT (IBT-200), for which the seller's own totals are needed.
    """
    if invoice.vat and invoice.vat.included:
        raise CompleteError("with VAT included in prices totals can't be computed; state them", "/vat/included")
    rate = _exchange_rate(invoice)
    nets = tuple(net_amount(line, f"/lines/{place}") for place, line in enumerate(invoice.lines))
    categories = tuple(
        _category(line.item.vat if line.item else None, f"/lines/{place}/item/vat")
        for place, line in enumerate(invoice.lines)
    )
    allowances = tuple(amount_of(entry, f"/allowances/{i}") for i, entry in enumerate(invoice.allowances))
    charges = tuple(amount_of(entry, f"/charges/{i}") for i, entry in enumerate(invoice.charges))
    vat = _vat(invoice, nets, categories, allowances, charges)
    totals = _totals(invoice, nets, allowances, charges, vat)
    return Computed(
        nets=nets,
        lines=tuple(_in_dirham(net, category, rate) for net, category in zip(nets, categories, strict=True)),
        allowances=allowances,
        charges=charges,
        vat=vat,
        totals=totals,
        vat_aed=None if rate is None or vat.total is None else rounded(EXACT.multiply(vat.total, rate)),
        total_aed=(
            None
            if rate is None or totals.tax_inclusive is None
            else rounded(EXACT.multiply(totals.tax_inclusive, rate))
        ),
    )


def net_amount(line: Line, pointer: str = "") -> Decimal:
    """IBT-131: as stated, otherwise quantity x price / base quantity + charges - allowances, to 2 decimals."""
    if line.net is not None:
        return line.net
    if line.quantity is None:
        raise CompleteError("the quantity is missing", f"{pointer}/quantity")
    price, base = _unit_price(line.price, f"{pointer}/price")
    allowances = [amount_of(entry, f"{pointer}/allowances/{i}") for i, entry in enumerate(line.allowances)]
    charges = [amount_of(entry, f"{pointer}/charges/{i}") for i, entry in enumerate(line.charges)]
    exact = EXACT.divide(EXACT.multiply(line.quantity, price), base)
    exact = EXACT.subtract(EXACT.add(exact, total(charges)), total(allowances))
    double = float(line.quantity) * (float(price) / float(base)) + _doubles(charges) - _doubles(allowances)
    return agreed(exact, double)


def amount_of(entry: AllowanceCharge, pointer: str = "") -> Decimal:
    """IBT-092/099/136/141: as stated, otherwise per cent of the base, to 2 decimals."""
    if entry.amount is not None:
        return entry.amount
    if entry.percent is None or entry.base is None:
        raise CompleteError("state the amount, or percent and base", f"{pointer}/amount")
    exact = EXACT.divide(EXACT.multiply(entry.base, entry.percent), Decimal(100))
    return agreed(exact, float(entry.base) * float(entry.percent) / 100)


def net_price(price: Price, pointer: str = "") -> Decimal:
    """IBT-146: as stated, otherwise gross price minus discount."""
    if price.net is not None:
        return price.net
    if price.gross is None:
        raise CompleteError("state the net price, or the gross price", f"{pointer}/net")
    return EXACT.subtract(price.gross, price.discount or ZERO)


def rate_of(vat: VatCategory) -> Decimal | None:
    """The rate of a category: as stated, otherwise the category's; None for E and O."""
    if vat.percent is not None:
        return vat.percent
    return _RATES.get(vat.category or "")


def differences(invoice: Invoice) -> tuple[Difference, ...]:
    """Where a stated amount isn't the computed one, in the order of the invoice. Raises as `compute` does.

    A line's own net is compared with its quantity and price; everything above it is computed from the stated nets.
    """
    return tuple(_differences(invoice, compute(invoice)))


def _differences(invoice: Invoice, computed: Computed) -> Iterator[Difference]:
    for place, line in enumerate(invoice.lines):
        yield from _net_difference(line, f"/lines/{place}")
    pairs: list[tuple[str, Struct | None, Struct]] = [
        *((f"/lines/{place}/totals", line.totals, computed.lines[place]) for place, line in enumerate(invoice.lines)),
        ("/totals", invoice.totals, computed.totals),
        ("/vat", invoice.vat, computed.vat),
    ]
    for pointer, given, own in pairs:
        if given is not None:
            yield from _compared(pointer, given, own)
    if invoice.vat and invoice.vat.breakdown:
        yield from _breakdown_differences(invoice.vat, computed.vat)
    yield from _compared("", invoice, computed, ("vat_aed", "total_aed"))


def _compared(pointer: str, given: Struct, own: Struct, names: tuple[str, ...] = ()) -> Iterator[Difference]:
    for name in names or given.__struct_fields__:
        stated, result = getattr(given, name), getattr(own, name, None)
        if isinstance(stated, Decimal) and isinstance(result, Decimal) and stated != result:
            yield Difference(f"{pointer}/{name}", stated, result)


def _net_difference(line: Line, pointer: str) -> Iterator[Difference]:
    if line.net is None or line.quantity is None or line.price is None:
        return
    unstated = Line(quantity=line.quantity, price=line.price, allowances=line.allowances, charges=line.charges)
    own = net_amount(unstated, pointer)
    if rounded(line.net) != own:
        yield Difference(f"{pointer}/net", line.net, own)


def _breakdown_differences(given: Vat, own: Vat) -> Iterator[Difference]:
    results = {_key(row.category, row.percent): row for row in own.breakdown}
    for place, row in enumerate(given.breakdown):
        result = results.get(_key(row.category, row.percent))
        if result is not None:
            cents = None if row.tax is None else rounded(row.tax)  # more decimals are lawful here
            yield from _compared(f"/vat/breakdown/{place}", structs.replace(row, tax=cents), result)


def _unit_price(price: Price | None, pointer: str) -> tuple[Decimal, Decimal]:
    if price is None:
        raise CompleteError("the price is missing", pointer)
    base = _ONE if price.quantity is None else price.quantity
    if base <= 0:
        raise CompleteError("a price is for more than nothing", f"{pointer}/quantity")
    return net_price(price, pointer), base


def _category(vat: VatCategory | None, pointer: str) -> VatCategory:
    if vat is None or vat.category is None:
        raise CompleteError("the VAT category is missing", f"{pointer}/category")
    if rate_of(vat) is None and vat.category not in _UNRATED:
        raise CompleteError(f"category {vat.category} has no rate of its own; state it", f"{pointer}/percent")
    return vat


def _key(category: str | None, percent: Decimal | None) -> tuple[str, Decimal | None]:
    """What one row of the breakdown stands for: a category, and a rate where a category may have several."""
    return (category or "", percent.normalize() if percent is not None and category in ("S", "N") else None)


def _vat(
    invoice: Invoice,
    nets: tuple[Decimal, ...],
    categories: tuple[VatCategory, ...],
    allowances: tuple[Decimal, ...],
    charges: tuple[Decimal, ...],
) -> Vat:
    """IBG-23: one row per category and rate, in the order in which they first occur."""
    rows: dict[tuple[str, Decimal | None], tuple[VatCategory, Decimal]] = {}

    def count(vat: VatCategory, amount: Decimal) -> None:
        key = _key(vat.category, rate_of(vat))
        first, so_far = rows.get(key, (vat, ZERO))
        rows[key] = (first, EXACT.add(so_far, amount))

    for vat, net in zip(categories, nets, strict=True):
        count(vat, net)
    for i, (entry, amount) in enumerate(zip(invoice.allowances, allowances, strict=True)):
        count(_category(entry.vat, f"/allowances/{i}/vat"), EXACT.minus(amount))
    for i, (entry, amount) in enumerate(zip(invoice.charges, charges, strict=True)):
        count(_category(entry.vat, f"/charges/{i}/vat"), amount)
    breakdown = tuple(_subtotal(vat, taxable) for vat, taxable in rows.values())
    return Vat(
        total=rounded(total(row.tax or ZERO for row in breakdown)),
        included=invoice.vat.included if invoice.vat else None,
        breakdown=breakdown,
    )


def _subtotal(vat: VatCategory, taxable: Decimal) -> VatSubtotal:
    category, rate = vat.category, rate_of(vat)
    tax = rounded(_percent_of(taxable, rate)) if category == "S" and rate is not None else ZERO
    percent = None if category in _UNRATED else rate
    return VatSubtotal(taxable=taxable, tax=tax, category=category, percent=percent)


def _totals(
    invoice: Invoice,
    nets: tuple[Decimal, ...],
    allowances: tuple[Decimal, ...],
    charges: tuple[Decimal, ...],
    vat: Vat,
) -> Totals:
    """IBG-22, each rounded where the rules round."""
    stated = invoice.totals or Totals()
    lines = rounded(total(nets))
    less = rounded(total(allowances)) if allowances else None
    more = rounded(total(charges)) if charges else None
    tax_exclusive = rounded(total((lines, more or ZERO, EXACT.minus(less or ZERO))))
    tax_inclusive = rounded(total((tax_exclusive, vat.total or ZERO)))
    paid = [entry.amount for entry in invoice.prepayments if entry.amount is not None]
    prepaid = stated.prepaid if stated.prepaid is not None or not paid else rounded(total(paid))
    due = rounded(total((tax_inclusive, EXACT.minus(prepaid or ZERO), stated.rounding or ZERO)))
    return Totals(
        lines=lines,
        tax_exclusive=tax_exclusive,
        tax_inclusive=tax_inclusive,
        allowances=less,
        charges=more,
        prepaid=prepaid,
        rounding=stated.rounding,
        payable=due,
    )


def _exchange_rate(invoice: Invoice) -> Decimal | None:
    """Dirham for one unit of the document currency; None for a document in AED."""
    if invoice.currency in (None, "AED"):
        return None
    rate = invoice.exchange_rate.rate if invoice.exchange_rate else None
    if rate is None or rate <= 0:
        raise CompleteError(f"a document in {invoice.currency} needs its rate to AED", "/exchange_rate/rate")
    return rate


def _in_dirham(net: Decimal, vat: VatCategory, rate: Decimal | None) -> LineTotals:
    """BTAE-08 and BTAE-10: VAT only where category S makes the seller owe it, none stated for E."""
    factor = _ONE if rate is None else rate
    tax = ZERO
    if vat.category == "S":
        tax = rounded(EXACT.multiply(_percent_of(net, rate_of(vat) or ZERO), factor))
    payable = rounded(EXACT.add(EXACT.multiply(net, factor), tax))
    return LineTotals(payable=payable, vat=None if vat.category == "E" else tax)


def _percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    return EXACT.divide(EXACT.multiply(amount, percent), Decimal(100))


def _doubles(amounts: list[Decimal]) -> float:
    return sum(map(float, amounts), 0.0)
