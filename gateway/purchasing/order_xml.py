"""A purchase order as UBL 2.1 Order, for the supplier's system; checked against the official schema where installed.

Plain UBL, no CustomizationID: it claims no profile. Elements in the order of the schema.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from gateway.purchasing.models import Content, Line
from schemas import SchemasNotInstalled, validation, xmlsafe
from ubl.markup import inside, leaf
from ubl.syntax import NAMESPACES

_ORDERS = "urn:oasis:names:specification:ubl:schema:xsd:Order-2"
_CENT = Decimal("0.01")


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Who orders of whom."""

    buyer: str
    buyer_tin: str
    """Ten digits, the buyer's address on the network; empty where unknown."""
    buyer_trn: str
    seller: str


class Written(msgspec.Struct, frozen=True):
    """The document."""

    xml: bytes
    checked: bool
    """Against the schema; False where the schemas aren't installed: it is well-formed, no more is known."""


class NotUbl(Exception):
    """What was written doesn't hold to the schema: a mistake of ours."""


def write(content: Content, edition: int, parties: Parties) -> Written:
    """The bytes, the same for the same order. Raises NotUbl, `ubl.errors.WriteError`."""
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in sorted(NAMESPACES.items()))
    body = "".join(
        (
            leaf("cbc:UBLVersionID", "2.1"),
            leaf("cbc:ID", content.number),
            leaf("cbc:IssueDate", content.issue_date.isoformat()),
            leaf("cbc:Note", f"Version {edition}; it replaces the earlier ones." if edition > 1 else None),
            leaf("cbc:Note", content.note or None),
            leaf("cbc:DocumentCurrencyCode", content.currency),
            inside("cac:BuyerCustomerParty", inside("cac:Party", _buyer(parties))),
            inside("cac:SellerSupplierParty", inside("cac:Party", _legal(parties.seller))),
            _charges(content),
            _totals(content),
            *(_line(line, content.currency) for line in content.lines),
        )
    )
    xml = f'<Order xmlns="{_ORDERS}"{spaces}>{body}</Order>'.encode()
    return Written(xml, _holds(xml))


def _holds(xml: bytes) -> bool:
    root = xmlsafe.parse(xml)
    try:
        wrong = validation.errors(root, "Order-2")
    except SchemasNotInstalled:
        return False
    if wrong:
        raise NotUbl(f"an order breaks its schema: {wrong[0]}")
    return True


def _buyer(parties: Parties) -> str:
    registered = inside(
        "cac:PartyTaxScheme",
        leaf("cbc:CompanyID", parties.buyer_trn or None),
        inside("cac:TaxScheme", leaf("cbc:ID", "VAT")),
    )
    endpoint = leaf("cbc:EndpointID", parties.buyer_tin, schemeID="0235") if parties.buyer_tin else ""
    return endpoint + (registered if parties.buyer_trn else "") + _legal(parties.buyer)


def _legal(name: str) -> str:
    return inside("cac:PartyLegalEntity", leaf("cbc:RegistrationName", name))


def _charges(content: Content) -> str:
    if not content.charges:
        return ""
    return inside(
        "cac:AllowanceCharge",
        leaf("cbc:ChargeIndicator", "true"),
        leaf("cbc:AllowanceChargeReason", "Charges agreed"),
        _amount("cbc:Amount", content.charges, content.currency),
    )


def _totals(content: Content) -> str:
    net = sum((_net(line) for line in content.lines), Decimal(0))
    charges = _amount("cbc:ChargeTotalAmount", content.charges, content.currency) if content.charges else ""
    return inside(
        "cac:AnticipatedMonetaryTotal",
        _amount("cbc:LineExtensionAmount", net, content.currency),
        _amount("cbc:TaxExclusiveAmount", net + content.charges, content.currency),
        charges,
        _amount("cbc:PayableAmount", net + content.charges, content.currency),
    )


def _line(line: Line, currency: str) -> str:
    rate = ""
    if line.tax_rate is not None:
        rate = inside(
            "cac:ClassifiedTaxCategory",
            leaf("cbc:ID", "S" if line.tax_rate else "Z"),
            leaf("cbc:Percent", str(line.tax_rate)),
            inside("cac:TaxScheme", leaf("cbc:ID", "VAT")),
        )
    item = inside(
        "cac:Item",
        leaf("cbc:Name", line.description),
        inside("cac:BuyersItemIdentification", leaf("cbc:ID", line.buyer_item or None)),
        inside("cac:SellersItemIdentification", leaf("cbc:ID", line.seller_item or None)),
        inside("cac:StandardItemIdentification", leaf("cbc:ID", line.standard_item or None)),
        rate,
    )
    return inside(
        "cac:OrderLine",
        inside(
            "cac:LineItem",
            leaf("cbc:ID", line.position),
            leaf("cbc:Quantity", str(line.quantity), unitCode=line.unit),
            _amount("cbc:LineExtensionAmount", _net(line), currency),
            inside("cac:Price", _amount("cbc:PriceAmount", line.price, currency)),
            item,
        ),
    )


def _net(line: Line) -> Decimal:
    return (line.quantity * line.price).quantize(_CENT)


def _amount(name: str, value: Decimal, currency: str) -> str:
    return leaf(name, format(value, "f"), currencyID=currency)
