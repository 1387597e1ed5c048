"""Fills in what follows from the rest: totals, VAT, dirham, codes. What is stated stays as it is stated."""

from decimal import Decimal
from typing import TypeVar

from msgspec import structs

from ubl import scenario
from ubl.invoice import (
    AllowanceCharge,
    Endpoint,
    Invoice,
    Line,
    LineTotals,
    Party,
    Price,
    Totals,
    Vat,
    VatCategory,
)
from ubl.money import ZERO
from ubl.parties import Model
from ubl.totals import Computed, amount_of, compute, net_price, rate_of

M = TypeVar("M", bound=Model)


def complete(invoice: Invoice) -> Invoice:
    """`invoice` with every absent field that follows from the others; the same again if completed again.

    Filled in: specification, process, flags and a predefined endpoint from type and facts; AED as currency; line
    numbers, rates, prices; every amount that `ubl.totals` computes. Never filled in: number, uuid, dates, parties. A
    stated amount is kept even if wrong: `ubl.totals.differences` and the rules say so. Where prices include VAT
    (IBT-200) no amount is filled in. Raises `CompleteError`, with a JSON pointer, where an amount can't be computed.
    """
    coded = _with_codes(invoice)
    if coded.vat is not None and coded.vat.included:
        return coded
    return _with_amounts(coded, compute(coded))


def _with_codes(invoice: Invoice) -> Invoice:
    facts = invoice.facts or scenario.Facts()
    specification, process = scenario.process_of(invoice.type)
    currency = invoice.currency or "AED"
    values: dict[str, object] = {
        "specification": specification,
        "process": process,
        "transaction_type": scenario.transaction_type(facts),
        "currency": currency,
    }
    if currency != "AED":
        values |= {"tax_currency": "AED"}
    if invoice.sales_order is not None:
        values |= {"purchase_order": "NA"}
    filled = _fill(invoice, **values)
    rate = invoice.exchange_rate
    if rate is not None:
        filled = structs.replace(filled, exchange_rate=_fill(rate, source=currency, target="AED"))
    lines = tuple(_with_line_codes(line, place) for place, line in enumerate(invoice.lines, 1))
    return structs.replace(
        filled,
        buyer=_with_endpoint(invoice.buyer, facts),
        lines=lines,
        allowances=tuple(map(_with_category, invoice.allowances)),
        charges=tuple(map(_with_category, invoice.charges)),
    )


def _with_endpoint(buyer: Party | None, facts: scenario.Facts) -> Party | None:
    predefined = scenario.predefined_endpoint(facts)
    if buyer is None or predefined is None:
        return buyer
    return _fill(buyer, endpoint=Endpoint(id=predefined))


def _with_line_codes(line: Line, place: int) -> Line:
    values: dict[str, object] = {"id": str(place)}
    if line.order is not None:
        values["order_line"] = "NA"
    if line.despatch is not None:
        values["despatch_line"] = "NA"
    filled = _fill(line, **values)
    if line.item is not None and line.item.vat is not None:
        filled = structs.replace(filled, item=structs.replace(line.item, vat=_with_rate(line.item.vat)))
    if line.price is not None:
        filled = structs.replace(filled, price=_with_parts(line.price, line.unit))
    return filled


def _with_rate(vat: VatCategory) -> VatCategory:
    """A line's category with its rate; E and O have none."""
    return vat if vat.category in ("E", "O") else _fill(vat, percent=rate_of(vat))


def _with_category(entry: AllowanceCharge) -> AllowanceCharge:
    """A document allowance or charge with its rate, which is 0 where no tax is due (E, Z, AE) and absent for O."""
    if entry.vat is None or entry.vat.category == "O":
        return entry
    rate = rate_of(entry.vat) if entry.vat.category in ("S", "N") else Decimal(0)
    return structs.replace(entry, vat=_fill(entry.vat, percent=rate))


def _with_parts(price: Price, unit: str | None) -> Price:
    """A price with net, gross and base quantity, which the rules want beside each other (ibr-126-ae)."""
    if price.net is None and price.gross is None:
        return price
    net = net_price(price)
    gross = net + (price.discount or ZERO)
    return _fill(price, net=net, gross=gross, discount=ZERO, quantity=Decimal(1), unit=unit)


def _with_amounts(invoice: Invoice, computed: Computed) -> Invoice:
    lines = tuple(
        structs.replace(
            line,
            net=computed.nets[place],
            totals=_fill(line.totals or LineTotals(), **_stated(computed.lines[place])),
            allowances=_with_entry_amounts(line.allowances),
            charges=_with_entry_amounts(line.charges),
        )
        for place, line in enumerate(invoice.lines)
    )
    filled = _fill(invoice, vat_aed=computed.vat_aed, total_aed=computed.total_aed)
    return structs.replace(
        filled,
        lines=lines,
        allowances=_with_entry_amounts(invoice.allowances),
        charges=_with_entry_amounts(invoice.charges),
        vat=_with_breakdown(invoice.vat or Vat(), computed.vat),
        totals=_fill(invoice.totals or Totals(), **_stated(computed.totals)),
    )


def _with_entry_amounts(entries: tuple[AllowanceCharge, ...]) -> tuple[AllowanceCharge, ...]:
    return tuple(structs.replace(entry, amount=amount_of(entry)) for entry in entries)


def _with_breakdown(stated: Vat, computed: Vat) -> Vat:
    """The stated total and breakdown; the computed ones where there are none."""
    filled = _fill(stated, total=computed.total)
    return filled if stated.breakdown else structs.replace(filled, breakdown=computed.breakdown)


def _stated(amounts: Model) -> dict[str, object]:
    return {name: getattr(amounts, name) for name in amounts.__struct_fields__}


def _fill(model: M, **values: object) -> M:
    """`model` with those of `values` whose field is None."""
    absent = {name: value for name, value in values.items() if value is not None and getattr(model, name) is None}
    return structs.replace(model, **absent) if absent else model
