"""UAE: seller and buyer, their registrations, addresses and tax numbers."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

import re
from collections.abc import Sequence

from ubl.codes import EMIRATES
from ubl.rules.contexts import (
    AE_ADDRESS,
    AE_BUYER,
    AE_BUYER_ADDRESS,
    AE_BUYER_PASSPORT,
    AE_DELIVERY_TERMS,
    AE_PAYMENT,
    AE_SELLER,
    AE_SELLER_ADDRESS,
    AE_SELLER_PASSPORT,
    AE_TAX_SCHEME,
    AE_TIN,
    AE_TRN,
    reaches,
)
from ubl.rules.document import Document
from ubl.rules.flags import agent, exports
from ubl.rules.lists import COUNTRIES
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf, Node, below, path, texts
from ubl.rules.values import normalize

PASSPORT_COUNTRIES = COUNTRIES - {"1A", "XI"}
_tin = re.compile(r"1\d{9}\Z").match
_ascii_tin = re.compile(r"1[0-9]{9}\Z").match
_trn = re.compile(r"1[0-9]{12}03\Z").match


def _registrations(party: Node) -> Sequence[Leaf]:
    return below(party, "PartyLegalEntity", "CompanyID")


def _kinds(party: Node) -> set[str]:
    kinds = (leaf.get("schemeAgencyID") for leaf in _registrations(party))
    return {kind for kind in kinds if kind is not None}


def _authorities(party: Node) -> list[str]:
    names = (leaf.get("schemeAgencyName") for leaf in _registrations(party))
    return [name for name in names if name is not None]


def on_scheme(party: Node, scheme: str = "0235") -> bool:
    """Whether the party's electronic address is of that scheme; 0235 is the UAE's own."""
    leaves = party.get("EndpointID", ())
    if len(leaves) == 1:
        return bool(leaves[0].get("schemeID") == scheme)
    return any(leaf.get("schemeID") == scheme for leaf in leaves)


def _starts_as_tin(party: Node) -> bool:
    return any(normalize(value).startswith(("1", "9")) for value in texts(party, "EndpointID"))


def _passport_complete(party: Node) -> bool:
    return "PAS" not in _kinds(party) or any(name in PASSPORT_COUNTRIES for name in _authorities(party))


def _licence_complete(party: Node) -> bool:
    return "TL" not in _kinds(party) or bool(_authorities(party))


def _full_address(address: Node) -> bool:
    return "StreetName" in address and "CityName" in address and "CountrySubentity" in address


def _in_emirates(party: Node) -> bool:
    return "AE" in texts(party, "PostalAddress", "Country", "IdentificationCode")


@rule("ibr-010-ae", AE_BUYER, "BTAE-19", "BTAE-16")
def buyer_passport(node: Node) -> bool:
    """A buyer registered by passport must state the country that issued it."""
    return _passport_complete(node)


@rule("ibr-101-ae", AE_BUYER, "BTAE-11", "BTAE-16")
def buyer_licence(node: Node) -> bool:
    """A buyer registered by trade licence must state the authority that issued it."""
    return _licence_complete(node)


@rule("ibr-149-ae", AE_BUYER, "IBT-047", "IBT-048", "IBT-049")
def buyer_number_by_endpoint(node: Node) -> bool:
    """A buyer on scheme 0235 whose address is no TIN must have a tax number."""
    other = any(leaf.get("schemeID") not in (None, "0235") for leaf in node.get("EndpointID", ()))
    return other or _starts_as_tin(node) or reaches(node, "PartyTaxScheme", "CompanyID")


@rule("ibr-179-ae", AE_BUYER, "IBT-048")
def one_buyer_vat_number(node: Node) -> bool:
    """The buyer has at most one VAT number."""
    return len(path(node, "PartyTaxScheme", "CompanyID")) <= 1


@rule("ibr-135-ae", AE_BUYER, "IBT-046", "IBT-048", "BTAE-02", "IBT-049")
def buyer_identified(node: Node, document: Document) -> bool:
    """A buyer on scheme 0235 whose address is no TIN must have an identifier or a VAT number, exports aside."""
    if exports(document) or not on_scheme(node) or any(_tin(value) for value in texts(node, "EndpointID")):
        return True
    return reaches(node, "PartyIdentification", "ID") or reaches(node, "PartyTaxScheme", "CompanyID")


@rule("ibr-180-ae", AE_BUYER, "BTAE-16", "IBT-047")
def buyer_registration_kind(node: Node) -> bool:
    """The legal registration of a buyer on scheme 0235 must state its kind."""
    return not (on_scheme(node) and _registrations(node)) or bool(_kinds(node))


@rule("ibr-183-ae", AE_BUYER, "BTAE-16", "IBT-047")
def buyer_registration_known(node: Node) -> bool:
    """The kind of the buyer's legal registration must be TL, EID, PAS or CD."""
    if not _registrations(node) or not on_scheme(node) or _starts_as_tin(node):
        return True
    return not _kinds(node).isdisjoint(("TL", "CL", "EID", "PAS", "CD"))


@rule("ibr-196-ae", AE_DELIVERY_TERMS, "BTAE-22")
def incoterms(node: Node) -> bool:
    """Delivery terms must name the Incoterm."""
    return "ID" in node


@rule("ibr-144-ae", AE_BUYER_ADDRESS, "IBT-050", "IBT-052", "IBT-054")
def buyer_address_full(node: Node) -> bool:
    """The buyer's address must have street, city and emirate or region."""
    return _full_address(node)


@rule("ibr-143-ae", AE_SELLER_ADDRESS, "IBT-035", "IBT-037", "IBT-039")
def seller_address_full(node: Node) -> bool:
    """The seller's address must have street, city and emirate or region."""
    return _full_address(node)


@rule("ibr-012-ae", AE_SELLER, "BTAE-18", "BTAE-15")
def seller_passport(node: Node) -> bool:
    """A seller registered by passport must state the country that issued it."""
    return _passport_complete(node)


@rule("ibr-172-ae", AE_SELLER, "BTAE-12", "BTAE-15")
def seller_licence(node: Node) -> bool:
    """A seller registered by trade licence must state the authority that issued it."""
    return _licence_complete(node)


@rule("ibr-177-ae", AE_SELLER, "IBT-031", "IBT-032", "BTAE-02")
def agent_tax_number(node: Node, document: Document) -> bool:
    """A disclosed agent must have a tax number."""
    return not agent(document) or reaches(node, "PartyTaxScheme", "CompanyID")


@rule("ibr-178-ae", AE_SELLER, "IBT-031", "IBT-032")
def one_vat_registration(node: Node) -> bool:
    """Of the seller's two tax registrations, exactly one is for VAT."""
    schemes = node.get("PartyTaxScheme", ())
    if len(schemes) < 2:
        return True
    return len(schemes) == 2 and sum("VAT" in texts(scheme, "TaxScheme", "ID") for scheme in schemes) == 1


@rule("ibr-150-ae", AE_SELLER, "IBT-030", "IBT-034")
def seller_registration(node: Node) -> bool:
    """A seller on scheme 0235 must have a legal registration."""
    return not on_scheme(node) or bool(_registrations(node))


@rule("ibr-173-ae", AE_SELLER, "BTAE-15", "IBT-030")
def seller_registration_known(node: Node) -> bool:
    """The kind of an Emirati seller's legal registration must be TL, EID, PAS or CD."""
    if not _registrations(node) or not on_scheme(node) or not _in_emirates(node):
        return True
    return not _kinds(node).isdisjoint(("TL", "EID", "PAS", "CD"))


@rule("ibr-181-ae", AE_SELLER, "BTAE-15", "IBT-030")
def seller_registration_kind(node: Node) -> bool:
    """The legal registration of a seller on scheme 0235 must state its kind."""
    return not on_scheme(node) or not _registrations(node) or bool(_kinds(node))


@rule("ibr-192-ae", AE_PAYMENT, "IBT-081", "IBT-084")
def account_for_transfer(node: Node) -> bool:
    """A credit transfer (30) must state the account to pay to."""
    return "30" not in texts(node, "PaymentMeansCode") or reaches(node, "PayeeFinancialAccount", "ID")


@rule("ibr-128-ae", AE_ADDRESS, "IBT-039", "IBT-054", "IBT-068", "IBT-079")
def emirate(node: Node) -> bool:
    """An address in the Emirates must name the emirate by its code."""
    if "AE" not in texts(node, "Country", "IdentificationCode"):
        return True
    return any(value in EMIRATES for value in texts(node, "CountrySubentity"))


@rule("ibr-132-ae", AE_TRN, "IBT-031", "IBT-048")
def trn(leaf: Leaf) -> bool:
    """The VAT number of a party in the Emirates is a TRN: 15 digits, starting with 1 and ending with 03."""
    return _trn(leaf.text or "") is not None


@rule("ibr-148-ae", AE_TIN, "IBT-032")
def tin(leaf: Leaf) -> bool:
    """The seller's tax registration other than VAT is a TIN: 10 digits, starting with 1."""
    return _ascii_tin(leaf.text or "") is not None


@rule("ibr-133-ae", AE_TAX_SCHEME, "IBT-031", "IBT-048", "IBT-095", "IBT-102", "IBT-118")
def vat_scheme(leaf: Leaf, document: Document) -> bool:
    """The tax scheme must be VAT, unless the seller has a TIN."""
    return leaf.text == "VAT" or document.seller_tin


@rule("ibr-011-ae", AE_BUYER_PASSPORT, "BTAE-19", dead="attributes are never visited; ibr-010-ae tests the same")
def buyer_passport_country(leaf: Leaf) -> bool:
    """The country of the buyer's passport must be an ISO 3166-1 code."""
    return True


@rule("ibr-013-ae", AE_SELLER_PASSPORT, "BTAE-18", dead="attributes are never visited; ibr-012-ae tests the same")
def seller_passport_country(leaf: Leaf) -> bool:
    """The country of the seller's passport must be an ISO 3166-1 code."""
    return True
