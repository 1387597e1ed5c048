"""Mends of codes that the type, the facts or the category decide, and of values the rules fix."""

from collections.abc import Iterator
from decimal import Decimal

from ubl import scenario
from ubl.invoice import ExchangeRate, Invoice, Item
from ubl.lines import VatCategory
from ubl.mend.case import Case
from ubl.mend.places import value_at, with_value
from ubl.parties import Endpoint
from ubl.payment import Prepayment

_RATES = {"S": Decimal(5), "AE": Decimal(5), "Z": Decimal(0)}
"""Per cent; categories with one lawful rate."""
_UNRATED = ("E", "O")


def specification(case: Case) -> Iterator[Invoice]:
    """CustomizationID of the process that the type of the document belongs to."""
    yield from case.put("/specification", _process(case.invoice)[0])
    yield from both(case)


def process(case: Case) -> Iterator[Invoice]:
    """ProfileID of the process of the specification."""
    billing = "selfbilling" not in (case.invoice.specification or "")
    yield from case.put("/process", (scenario.BILLING if billing else scenario.SELF_BILLING)[1])
    yield from both(case)


def both(case: Case) -> Iterator[Invoice]:
    """CustomizationID and ProfileID."""
    names, ids = ("/specification", "/process"), _process(case.invoice)
    yield with_value(with_value(case.invoice, names[0], ids[0]), names[1], ids[1])


def _process(invoice: Invoice) -> tuple[str, str]:
    """480 and 81 are issued by sellers and by buyers: what is stated so far says by whom."""
    stated = f"{invoice.specification} {invoice.process}"
    if invoice.type in ("480", "81") and "selfbilling" in stated:
        return scenario.SELF_BILLING
    return scenario.process_of(invoice.type)


def facts(case: Case) -> Iterator[Invoice]:
    """Flags and predefined endpoint as the stated facts have them."""
    stated = case.invoice.facts
    if stated is None:
        return
    predefined = scenario.predefined_endpoint(stated)
    flagged = with_value(case.invoice, "/transaction_type", scenario.transaction_type(stated))
    if case.pointer == "/transaction_type":
        yield flagged
    if predefined and case.pointer.startswith(("/transaction_type", "/buyer/endpoint")):
        yield from case.put("/buyer/endpoint", Endpoint(id=predefined))
        yield with_value(flagged, "/buyer/endpoint", Endpoint(id=predefined))


def stated_flags(case: Case) -> Iterator[Invoice]:
    """The eight flags of the facts stated with the invoice."""
    if case.invoice.facts is not None:
        yield from case.put("/transaction_type", scenario.transaction_type(case.invoice.facts))


def deemed_endpoint(case: Case) -> Iterator[Invoice]:
    """The predefined endpoint of a deemed supply."""
    yield from case.put("/buyer/endpoint", Endpoint(id=scenario.DEEMED_SUPPLY))


def tax_currency(case: Case) -> Iterator[Invoice]:
    """AED as VAT currency of a document in another currency, with the totals in AED; none in one in AED."""
    if case.invoice.currency == "AED":
        yield from case.put("/tax_currency", None)
        yield from case.put("/vat_aed", None)
        yield with_value(with_value(case.invoice, "/tax_currency", None), "/vat_aed", None)
        return
    if case.invoice.currency is None:
        return
    yield from case.put("/tax_currency", "AED")
    totals = case.posted.following(("/vat_aed", "/total_aed"))
    if totals is not None:
        yield totals
        yield with_value(totals, "/tax_currency", "AED")


def exchange(case: Case) -> Iterator[Invoice]:
    """An exchange from the document currency to AED."""
    rate = case.invoice.exchange_rate
    if rate is not None and rate.rate is not None and case.invoice.currency:
        yield from case.put("/exchange_rate", ExchangeRate(rate=rate.rate, source=case.invoice.currency, target="AED"))


def exchange_digits(case: Case) -> Iterator[Invoice]:
    """A rate without the zeros behind its sixth decimal."""
    rate = case.invoice.exchange_rate
    if rate is not None and rate.rate is not None and rate.rate == round(rate.rate, 6):
        yield from case.put("/exchange_rate/rate", round(rate.rate, 6))


def rate(case: Case) -> Iterator[Invoice]:
    """The rate that a category has, where none is stated; none, where the category has none and 0 is stated."""
    for pointer, vat in _categories(case):
        if vat.percent is None:
            following = case.posted.following((f"{pointer}/percent",))
            if following is not None:
                yield following
            yield from case.put(f"{pointer}/percent", _RATES.get(vat.category or ""))
        elif vat.percent == 0 and vat.category in _UNRATED:
            yield from case.put(f"{pointer}/percent", None)


def entry_rate(case: Case) -> Iterator[Invoice]:
    """0 as the rate of a document allowance or charge on which no VAT is due."""
    for pointer, vat in _categories(case):
        if vat.percent is None or vat.category == "AE":
            yield from case.put(f"{pointer}/percent", Decimal(0))


def _categories(case: Case) -> Iterator[tuple[str, VatCategory]]:
    """VAT categories at, below, or above the finding's place."""
    for pointer in (case.pointer, f"{case.pointer}/vat", f"{case.pointer}/item/vat", case.pointer.rpartition("/")[0]):
        vat = value_at(case.invoice, pointer)
        if isinstance(vat, VatCategory):
            yield pointer, vat


def item_schemes(case: Case) -> Iterator[Invoice]:
    """HS and SAC, the only lists from which an item's codes may come, where no list is stated."""
    item = value_at(case.invoice, f"{case.line}/item")
    if not isinstance(item, Item):
        return
    for place, classification in enumerate(item.classifications):
        if classification.code and classification.list_id is None:
            yield from case.put(f"{case.line}/item/classifications/{place}/list_id", "HS")
    if item.service_code is not None and item.service_code.scheme is None:
        yield from case.put(f"{case.line}/item/service_code/scheme", "SAC")


def endpoint_scheme(case: Case) -> Iterator[Invoice]:
    """Scheme 0235 of an electronic address that is a TIN or a predefined one."""
    endpoint = value_at(case.invoice, case.pointer)
    if isinstance(endpoint, Endpoint) and endpoint.scheme is None:
        known = endpoint.id in scenario.PREDEFINED_ENDPOINTS
        if known or (len(endpoint.id) == 10 and endpoint.id.isdecimal() and endpoint.id.startswith("1")):
            yield from case.put(f"{case.pointer}/scheme", "0235")


def tax_point(case: Case) -> Iterator[Invoice]:
    """A credit note without tax point date."""
    yield from case.put("/tax_point_date", None)


def one_note(case: Case) -> Iterator[Invoice]:
    """Several notes as the lines of one."""
    pointer = f"{case.line or ''}/notes"
    notes = value_at(case.invoice, pointer)
    if isinstance(notes, tuple) and len(notes) > 1:
        yield from case.put(pointer, ("\n".join(dict.fromkeys(notes)),))


def prepaid(case: Case) -> Iterator[Invoice]:
    """The amount paid is the sum of the prepayments listed."""
    if all(isinstance(entry, Prepayment) and entry.amount is not None for entry in case.invoice.prepayments):
        for pointers in (("/totals/prepaid",), ("/totals/prepaid", "/totals/payable")):
            following = case.posted.following(pointers)
            if following is not None:
                yield following


def currency_case(case: Case) -> Iterator[Invoice]:
    """A currency in capitals: in another spelling, the dirham is taken for a foreign currency without a rate."""
    currency = case.invoice.currency
    if currency is not None and currency != currency.strip().upper():
        yield from case.put("/currency", currency.strip().upper())


def everything(case: Case) -> Iterator[Invoice]:
    """All that follows from the rest, where the structure lacks something."""
    following = case.posted.following(
        (
            "/specification",
            "/process",
            *(f"/totals/{name}" for name in ("lines", "tax_exclusive", "tax_inclusive", "payable")),
            "/vat/total",
            "/vat/breakdown",
        )
    )
    if following is not None:
        yield following


def line_id(case: Case) -> Iterator[Invoice]:
    """The number of a line: its place."""
    following = case.posted.following((f"{case.line}/id",)) if case.line else None
    if following is not None:
        yield following
