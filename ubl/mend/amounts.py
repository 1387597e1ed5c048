"""Mends of amounts: what follows from lines, rates and the exchange rate is computed again.

Lines are the truth for the sums above them, but only while nothing is wrong with the lines themselves. Where the
stated sums bear each other out, they may as well be right and a line wrong: then they stay as they are, and where they
bear out a line's net amount that quantity and price contradict, nothing is proposed.
"""

from collections.abc import Iterator
from decimal import Decimal

from ubl.invoice import Invoice
from ubl.lines import AllowanceCharge, Price
from ubl.mend.case import Case, Repair
from ubl.mend.places import value_at, with_value
from ubl.money import EXACT, ZERO, rounded, total

_BASES = tuple(f"/totals/{name}" for name in ("lines", "allowances", "charges"))
_SUMS = (*_BASES, *(f"/totals/{name}" for name in ("prepaid", "tax_exclusive", "tax_inclusive", "payable")))
_VAT = ("/vat/breakdown", "/vat/total")
_DIRHAM = ("/vat_aed", "/total_aed")
_HUNDRED = Decimal(100)


def sums(*own: str) -> Repair:
    """Compute the amounts at these pointers again; with the other sums where they would no longer agree."""

    def repair(case: Case) -> Iterator[Invoice]:
        if any(pointer.startswith("/vat") for pointer in own) and not case.posted.lines_hold:
            return
        levels = [own, (*own, *_SUMS), (*own, *_SUMS, "/vat/total"), (*own, *_SUMS, *_VAT)]
        if not case.posted.lines_hold or case.posted.sums_hold:
            levels = levels[:1]
        for level in levels:
            for pointers in (level, (*level, *_DIRHAM)):
                yield from _following(case, (*case.posted.wrong_nets, *pointers) if level is not own else pointers)

    return repair


def line_net(case: Case) -> Iterator[Invoice]:
    """Quantity times price, and what follows from it; unless the sums bear the stated amount out."""
    if case.line is None:
        return
    nets = (f"{case.line}/net",)
    if not _borne_out(case.invoice):
        sums_too = (*nets, *_SUMS, *_VAT, *_DIRHAM, *_line_amounts(case))
        for pointers in (nets, (*nets, *_line_amounts(case)), (*nets, *_SUMS), (*nets, *_SUMS, *_VAT), sums_too):
            yield from _following(case, pointers)


def line_dirham(case: Case) -> Iterator[Invoice]:
    """VAT and amount payable of a line in AED."""
    if case.line is not None:
        vat, payable, currency = _line_amounts(case)
        for pointers in ((vat,), (payable,), (vat, payable), (vat, payable, currency)):
            yield from _following(case, pointers)


def price_parts(case: Case) -> Iterator[Invoice]:
    """Net, gross and base quantity of a price, each from the others."""
    if case.line is None:
        return
    price = f"{case.line}/price"
    yield from _following(case, tuple(f"{price}/{name}" for name in ("net", "gross", "discount", "quantity", "unit")))
    yield from _following(case, (f"{price}/gross", f"{price}/discount", f"{price}/quantity"))


def price_difference(case: Case) -> Iterator[Invoice]:
    """Net is gross minus discount: the one is corrected that the line's net amount contradicts."""
    price = value_at(case.invoice, f"{case.line}/price")
    if not isinstance(price, Price) or price.net is None or price.gross is None:
        return
    if f"{case.line}/net" in case.posted.wrong_nets:
        yield from case.put(f"{case.line}/price/net", EXACT.subtract(price.gross, price.discount or ZERO))
    else:
        yield from case.put(f"{case.line}/price/gross", EXACT.add(price.net, price.discount or ZERO))


def entry_amount(case: Case) -> Iterator[Invoice]:
    """The amount of an allowance or charge: percent of its base."""
    if isinstance(value_at(case.invoice, case.pointer), AllowanceCharge):
        yield from _following(case, (f"{case.pointer}/amount",))


def entry_base(case: Case) -> Iterator[Invoice]:
    """Base or percent of an allowance or charge, where the two others give it exactly."""
    entry = value_at(case.invoice, case.pointer)
    if not isinstance(entry, AllowanceCharge) or not entry.amount:
        return
    if entry.percent and entry.base is None:
        base = rounded(EXACT.divide(EXACT.multiply(entry.amount, _HUNDRED), entry.percent))
        if EXACT.multiply(base, entry.percent) == EXACT.multiply(entry.amount, _HUNDRED):
            yield from case.put(f"{case.pointer}/base", base)
    elif entry.base and entry.percent is None:
        percent = rounded(EXACT.divide(EXACT.multiply(entry.amount, _HUNDRED), entry.base))
        if EXACT.multiply(entry.base, percent) == EXACT.multiply(entry.amount, _HUNDRED):
            yield from case.put(f"{case.pointer}/percent", percent)


def breakdown_reason(case: Case) -> Iterator[Invoice]:
    """A standard rated row of the breakdown without an exemption, where no line claims one."""
    rows = case.invoice.vat.breakdown if case.invoice.vat else ()
    lines = [line.item.vat for line in case.invoice.lines if line.item and line.item.vat]
    if not case.posted.lines_hold or any(vat.exemption_code or vat.exemption_reason for vat in lines):
        return
    mended = case.invoice
    for place, row in enumerate(rows):
        if row.category == "S":
            for name in ("exemption_code", "exemption_reason"):
                mended = with_value(mended, f"/vat/breakdown/{place}/{name}", None)
    yield mended


def _following(case: Case, pointers: tuple[str, ...]) -> Iterator[Invoice]:
    mended = case.posted.following(pointers)
    if mended is not None and mended != case.invoice:
        yield mended


def _line_amounts(case: Case) -> tuple[str, str, str]:
    totals = f"{case.line}/totals"
    return f"{totals}/vat", f"{totals}/payable", f"{totals}/currency"


def _borne_out(invoice: Invoice) -> bool:
    """Whether the stated sum of the lines is that of their stated net amounts."""
    stated = invoice.totals.lines if invoice.totals else None
    return stated is not None and stated == rounded(total(line.net for line in invoice.lines if line.net is not None))
