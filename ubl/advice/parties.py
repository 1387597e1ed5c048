"""Warnings on parties: emirates, electronic addresses, registrations, and whether TRN and TIN belong together."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

import re

from ubl.advice.declare import advice
from ubl.codes import EMIRATES, LEGAL_ID_TYPES
from ubl.rules.document import Document, under_vat
from ubl.rules.flags import deemed_supply, exports
from ubl.rules.tree import Leaf, Node, texts
from ubl.rules.values import normalize

DEEMED, UNREGISTERED, ABROAD = "9900000097", "9900000098", "9900000099"
"""Predefined buyer addresses: deemed supply, buyer outside e-invoicing, receiver abroad who isn't on Peppol."""
_tin = re.compile(r"1[0-9]{9}\Z").match
_trn = re.compile(r"1[0-9]{14}\Z").match
_SELLER, _BUYER = "AccountingSupplierParty/Party", "AccountingCustomerParty/Party"


@advice(
    "AE-ADV-01",
    (f"{_SELLER}/PostalAddress", f"{_BUYER}/PostalAddress", "Delivery/DeliveryLocation/Address"),
    "IBT-039",
    "IBT-054",
    "IBT-079",
)
def emirate(node: Node) -> bool:
    """An address in the Emirates should name the emirate by its code: AUH, DXB, SHJ, UAQ, FUJ, AJM or RAK."""
    if "AE" not in texts(node, "Country", "IdentificationCode"):
        return True
    return all(value in EMIRATES for value in texts(node, "CountrySubentity"))


@advice("AE-ADV-02", (f"{_SELLER}/EndpointID", f"{_BUYER}/EndpointID"), "IBT-034", "IBT-049")
def endpoint_form(leaf: Leaf) -> bool:
    """An electronic address on scheme 0235 should be a TIN: ten digits, starting with 1, or a predefined address."""
    value = leaf.text or ""
    return leaf.get("schemeID") != "0235" or bool(_tin(value)) or value in (DEEMED, UNREGISTERED, ABROAD)


@advice(
    "AE-ADV-07", (f"{_SELLER}/PartyLegalEntity/CompanyID", f"{_BUYER}/PartyLegalEntity/CompanyID"), "BTAE-15", "BTAE-16"
)
def registration_kind(leaf: Leaf) -> bool:
    """The kind of a legal registration should be TL, EID, PAS or CD."""
    kind = leaf.get("schemeAgencyID")
    return kind is None or kind in LEGAL_ID_TYPES


def _addresses(node: Node) -> list[str]:
    return [normalize(leaf.text) for leaf in node.get("EndpointID", ()) if leaf.get("schemeID") == "0235"]


@advice("AE-ADV-08", (_BUYER,), "IBT-049", "BTAE-02")
def deemed_supply_address(node: Node, document: Document) -> bool:
    """A deemed supply should go to the predefined address 9900000097."""
    return not deemed_supply(document) or DEEMED in _addresses(node)


@advice("AE-ADV-09", (_BUYER,), "IBT-049", "BTAE-02")
def predefined_address(node: Node, document: Document) -> bool:
    """The predefined addresses 9900000097 and 9900000099 are for deemed supplies and for exports, so flagged."""
    addresses = _addresses(node)
    return (DEEMED not in addresses or deemed_supply(document)) and (ABROAD not in addresses or exports(document))


def _tin_of_trn(party: Node) -> bool:
    """Whether the TIN in the electronic address begins the TRN; true where either isn't there or isn't well formed."""
    tins = tuple(value for value in _addresses(party) if _tin(value))
    schemes = party.get("PartyTaxScheme", ()) if tins else ()
    trns = [value for scheme in schemes if under_vat(scheme) for value in texts(scheme, "CompanyID") if _trn(value)]
    return not trns or any(trn.startswith(tins) for trn in trns)


@advice("AE-ADV-21", (_SELLER,), "IBT-031", "IBT-034")
def seller_numbers_agree(node: Node) -> bool:
    """The seller's electronic address should be the first ten digits of its TRN; a VAT group's member may differ."""
    return _tin_of_trn(node)


@advice("AE-ADV-22", (_BUYER,), "IBT-048", "IBT-049")
def buyer_numbers_agree(node: Node) -> bool:
    """The buyer's electronic address should be the first ten digits of its TRN; a VAT group's member may differ."""
    return _tin_of_trn(node)


@advice("AE-ADV-20", ("/Invoice", "/CreditNote"), "IBT-080", "BTAE-02")
def export_leaves(node: Node, document: Document) -> bool:
    """An export should be delivered to another country than the Emirates."""
    return not exports(document) or not any(
        "AE" in texts(address, "Country", "IdentificationCode") for address in document.deliveries
    )
