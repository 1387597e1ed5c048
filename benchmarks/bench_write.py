"""Writing a 20-line invoice beside plain string assembly of the same bytes, and beside an lxml tree, in one run.

    python -m benchmarks.bench_write [--seconds 2]

The plain assembly is what one would write for just this invoice: f-strings that know every element, the same decimal
formatting, the same escaping, no element optional. The tree is built with `SubElement` from values that are formatted
already, then serialised. Both must give our very bytes, or the run fails. Bounds: at most 2 x the plain assembly, at
least 5 x as fast as the tree.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

import ubl
from ubl.syntax import CAC, CBC, namespace
from ubl.write import escaped

LINES = 20
AT_MOST, AT_LEAST = 2.0, 5.0
ROUNDS = 5
EXAMPLE = Path(__file__).parents[1] / "examples" / "tax-invoice.json"
_special = re.compile("[^\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search
_SCHEME = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"


def invoice() -> ubl.Invoice:
    """Our example with twenty of its first line, each with a text that must be escaped."""
    whole = ubl.complete(ubl.decode(EXAMPLE.read_bytes()))
    first = whole.lines[0]
    assert first.item is not None
    item = msgspec.structs.replace(first.item, name="Nuts & bolts")
    lines = tuple(msgspec.structs.replace(first, id=str(number + 1), item=item) for number in range(LINES))
    return msgspec.structs.replace(whole, lines=lines)


def t(value: str) -> str:
    """Text, escaped where it must be."""
    return value if _special(value) is None else escaped(value)


def a(name: str, value: Decimal) -> str:
    """An amount in dirham."""
    return f'<cbc:{name} currencyID="AED">{value:f}</cbc:{name}>'


def plain(i: Any) -> bytes:
    """The document, assembled by hand; `Any`, since every optional part is known to be there."""
    s = i.totals
    vat = i.vat.breakdown[0]
    account = i.payment_means[0].account
    return "".join(
        [
            f'<Invoice xmlns="{namespace("Invoice")}" xmlns:cac="{CAC}" xmlns:cbc="{CBC}">'
            f"<cbc:CustomizationID>{t(i.specification)}</cbc:CustomizationID><cbc:ProfileID>{t(i.process)}</cbc:ProfileID>"
            f"<cbc:ProfileExecutionID>{t(i.transaction_type)}</cbc:ProfileExecutionID><cbc:ID>{t(i.number)}</cbc:ID>"
            f"<cbc:UUID>{t(i.uuid)}</cbc:UUID><cbc:IssueDate>{i.issue_date.isoformat()}</cbc:IssueDate>"
            f"<cbc:DueDate>{i.due_date.isoformat()}</cbc:DueDate><cbc:InvoiceTypeCode>{t(i.type)}</cbc:InvoiceTypeCode>"
            f"<cbc:Note>{t(i.notes[0])}</cbc:Note><cbc:DocumentCurrencyCode>{t(i.currency)}</cbc:DocumentCurrencyCode>"
            f"<cbc:BuyerReference>{t(i.buyer_reference)}</cbc:BuyerReference>"
            f"<cac:OrderReference><cbc:ID>{t(i.purchase_order)}</cbc:ID></cac:OrderReference>",
            _party("AccountingSupplierParty", i.seller),
            _party("AccountingCustomerParty", i.buyer),
            f"<cac:PaymentMeans><cbc:PaymentMeansCode>{t(i.payment_means[0].code)}</cbc:PaymentMeansCode>"
            f'<cac:PayeeFinancialAccount><cbc:ID schemeID="{t(account.scheme)}">{t(account.id)}</cbc:ID>'
            f"<cbc:Name>{t(account.name)}</cbc:Name><cac:FinancialInstitutionBranch><cbc:ID>{t(account.branch)}</cbc:ID>"
            "</cac:FinancialInstitutionBranch></cac:PayeeFinancialAccount></cac:PaymentMeans>"
            f"<cac:PaymentTerms><cbc:Note>{t(i.payment_terms[0].note)}</cbc:Note></cac:PaymentTerms>",
            _allowance("false", i.allowances[0]),
            _allowance("true", i.charges[0]),
            f"<cac:TaxTotal>{a('TaxAmount', i.vat.total)}<cac:TaxSubtotal>{a('TaxableAmount', vat.taxable)}"
            f"{a('TaxAmount', vat.tax)}{_category('TaxCategory', vat)}</cac:TaxSubtotal></cac:TaxTotal>"
            f"<cac:LegalMonetaryTotal>{a('LineExtensionAmount', s.lines)}{a('TaxExclusiveAmount', s.tax_exclusive)}"
            f"{a('TaxInclusiveAmount', s.tax_inclusive)}{a('AllowanceTotalAmount', s.allowances)}"
            f"{a('ChargeTotalAmount', s.charges)}{a('PayableAmount', s.payable)}</cac:LegalMonetaryTotal>",
            *map(_line, i.lines),
            "</Invoice>",
        ]
    ).encode()


def _category(name: str, v: Any) -> str:
    return f"<cac:{name}><cbc:ID>{t(v.category)}</cbc:ID><cbc:Percent>{v.percent:f}</cbc:Percent>{_SCHEME}</cac:{name}>"


def _allowance(charge: str, x: Any) -> str:
    percent = "" if x.percent is None else f"<cbc:MultiplierFactorNumeric>{x.percent:f}</cbc:MultiplierFactorNumeric>"
    base = "" if x.base is None else a("BaseAmount", x.base)
    return (
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{charge}</cbc:ChargeIndicator>"
        f"<cbc:AllowanceChargeReasonCode>{t(x.reason_code)}</cbc:AllowanceChargeReasonCode>"
        f"<cbc:AllowanceChargeReason>{t(x.reason)}</cbc:AllowanceChargeReason>{percent}{a('Amount', x.amount)}{base}"
        f"{_category('TaxCategory', x.vat)}</cac:AllowanceCharge>"
    )


def _party(name: str, p: Any) -> str:
    where, legal, who = p.address, p.legal_id, p.contact
    return (
        f'<cac:{name}><cac:Party><cbc:EndpointID schemeID="{t(p.endpoint.scheme)}">{t(p.endpoint.id)}</cbc:EndpointID>'
        f"<cac:PartyName><cbc:Name>{t(p.trade_name)}</cbc:Name></cac:PartyName>"
        f"<cac:PostalAddress><cbc:StreetName>{t(where.street)}</cbc:StreetName><cbc:CityName>{t(where.city)}</cbc:CityName>"
        f"<cbc:CountrySubentity>{t(where.subdivision)}</cbc:CountrySubentity><cac:Country><cbc:IdentificationCode>"
        f"{t(where.country)}</cbc:IdentificationCode></cac:Country></cac:PostalAddress>"
        f"<cac:PartyTaxScheme><cbc:CompanyID>{t(p.trn)}</cbc:CompanyID>{_SCHEME}</cac:PartyTaxScheme>"
        f"<cac:PartyLegalEntity><cbc:RegistrationName>{t(p.name)}</cbc:RegistrationName>"
        f'<cbc:CompanyID schemeAgencyID="{t(legal.type)}" schemeAgencyName="{t(legal.authority)}">{t(legal.id)}'
        f"</cbc:CompanyID></cac:PartyLegalEntity><cac:Contact><cbc:Name>{t(who.name)}</cbc:Name>"
        f"<cbc:Telephone>{t(who.phone)}</cbc:Telephone><cbc:ElectronicMail>{t(who.email)}</cbc:ElectronicMail>"
        f"</cac:Contact></cac:Party></cac:{name}>"
    )


def _line(x: Any) -> str:
    item, price, kind = x.item, x.price, x.item.classifications[0]
    return (
        f'<cac:InvoiceLine><cbc:ID>{t(x.id)}</cbc:ID><cbc:InvoicedQuantity unitCode="{t(x.unit)}">{x.quantity:f}'
        f"</cbc:InvoicedQuantity>{a('LineExtensionAmount', x.net)}<cac:OrderLineReference><cbc:LineID>{t(x.order_line)}"
        f"</cbc:LineID><cac:OrderReference><cbc:ID>{t(x.order)}</cbc:ID></cac:OrderReference></cac:OrderLineReference>"
        f"<cac:Item><cbc:Description>{t(item.description)}</cbc:Description><cbc:Name>{t(item.name)}</cbc:Name>"
        f"<cac:SellersItemIdentification><cbc:ID>{t(item.sellers_id)}</cbc:ID></cac:SellersItemIdentification>"
        f"<cac:CommodityClassification><cbc:CommodityCode>{t(kind.type)}</cbc:CommodityCode>"
        f'<cbc:ItemClassificationCode listID="{t(kind.list_id)}">{t(kind.code)}</cbc:ItemClassificationCode>'
        f"</cac:CommodityClassification>{_category('ClassifiedTaxCategory', item.vat)}</cac:Item>"
        f"<cac:Price>{a('PriceAmount', price.net)}"
        f'<cbc:BaseQuantity unitCode="{t(price.unit)}">{price.quantity:f}</cbc:BaseQuantity>'
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>{a('Amount', price.discount)}"
        f"{a('BaseAmount', price.gross)}</cac:AllowanceCharge></cac:Price>"
        f"<cac:ItemPriceExtension>{a('Amount', x.totals.payable)}<cac:TaxTotal>{a('TaxAmount', x.totals.vat)}"
        "</cac:TaxTotal></cac:ItemPriceExtension></cac:InvoiceLine>"
    )


Part = tuple[str, dict[str, str], str | None, list["Part"]]
"""Tag, attributes, text, children."""


def parts(element: etree._Element) -> Part:
    """What the tree is built from."""
    attributes = {str(name): str(value) for name, value in element.items()}
    return str(element.tag), attributes, element.text, [parts(child) for child in element]


def tree(root: Part) -> bytes:
    """The document by way of lxml."""
    tag, attributes, _, children = root
    spaces: dict[Any, str] = {None: namespace("Invoice"), "cac": CAC, "cbc": CBC}
    top = etree.Element(tag, attributes, nsmap=spaces)
    _grow(top, children)
    return etree.tostring(top, encoding="utf-8")


def _grow(parent: etree._Element, children: list[Part]) -> None:
    for tag, attributes, text, below in children:
        child = etree.SubElement(parent, tag, attributes)
        if below:
            _grow(child, below)
        else:
            child.text = text


def fastest(run: Callable[[], object], seconds: float) -> float:
    """The least CPU time of one call, in seconds."""
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.process_time()
        for _ in range(ROUNDS):
            run()
        best = min(best, (time.process_time() - started) / ROUNDS)
    return best


def main() -> int:
    """Print the ratios of this run; 1 where a bound is broken or the documents differ."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=2.0)
    seconds = options.parse_args().seconds
    value = invoice()
    xml = ubl.write(value)
    values = parts(etree.fromstring(xml))
    for name, other in (("plain assembly", plain(value)), ("lxml tree", tree(values))):
        if other != xml:
            print(f"the {name} gives another document: nothing to compare", file=sys.stderr)
            return 1
    ours = fastest(lambda: ubl.write(value), seconds)
    by_hand = fastest(lambda: plain(value), seconds)
    by_tree = fastest(lambda: tree(values), seconds)
    print(f"{LINES} lines, {len(xml):,} bytes   write {ours * 1e6:.0f} us")
    print(f"plain assembly {by_hand * 1e6:7.0f} us   write takes {ours / by_hand:.2f} x as long (at most {AT_MOST})")
    print(f"lxml tree      {by_tree * 1e6:7.0f} us   write is {by_tree / ours:.1f} x as fast (at least {AT_LEAST})")
    return int(ours > AT_MOST * by_hand or by_tree < AT_LEAST * ours)


if __name__ == "__main__":
    sys.exit(main())
