"""Seller, buyer, payee, tax representative and the place of delivery."""

from ubl.rules.contexts import (
    BUYER,
    BUYER_ADDRESS,
    BUYER_ENDPOINT,
    DELIVER_TO,
    DELIVERY,
    PARTY_TAX,
    PAYEE,
    REPRESENTATIVE,
    REPRESENTATIVE_ADDRESS,
    SELLER,
    SELLER_ADDRESS,
    SELLER_ENDPOINT,
    reaches,
)
from ubl.rules.document import Document
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf, Node, count, path, texts
from ubl.rules.values import normalize


def _country(address: Node) -> bool:
    return any(map(normalize, texts(address, "Country", "IdentificationCode")))


def _one_line(address: Node) -> bool:
    return "AddressLine" not in address or count(address, "AddressLine", "Line") <= 1


@rule("ibr-080", BUYER, "IBT-049")
def buyer_endpoint(node: Node) -> bool:
    """The buyer must have an electronic address."""
    return "EndpointID" in node


@rule("ibr-063", BUYER_ENDPOINT, "IBT-049")
def buyer_endpoint_scheme(leaf: Leaf) -> bool:
    """The buyer's electronic address must name its scheme."""
    return leaf.get("schemeID") is not None


@rule("ibr-011", BUYER_ADDRESS, "IBT-055")
def buyer_country(node: Node) -> bool:
    """The buyer's address must state the country."""
    return _country(node)


@rule("ibr-sr-54", BUYER_ADDRESS, "IBT-163")
def one_buyer_address_line(node: Node) -> bool:
    """The buyer's address has at most one additional line."""
    return _one_line(node)


@rule("ibr-057", DELIVER_TO, "IBT-080")
def delivery_country(node: Node) -> bool:
    """A delivery address must state the country."""
    return reaches(node, "Country", "IdentificationCode")


@rule("ibr-sr-56", DELIVER_TO, "IBT-165")
def one_delivery_address_line(node: Node) -> bool:
    """The delivery address has at most one additional line."""
    return _one_line(node)


@rule("ibr-108", DELIVERY, "IBT-070")
def one_delivery_name(node: Node) -> bool:
    """The party delivered to has at most one name."""
    return count(node, "DeliveryParty", "PartyName", "Name") <= 1


def _is_seller(payee: Node, document: Document) -> bool:
    sellers = texts(document.root, "AccountingSupplierParty", "Party", "PartyLegalEntity", "RegistrationName")
    return not set(sellers).isdisjoint(texts(payee, "PartyName", "Name"))


@rule("ibr-017", PAYEE, "IBT-059")
def payee_name(node: Node, document: Document) -> bool:
    """A payee is given only when it isn't the seller, and then with its name."""
    names = texts(node, "PartyName", "Name")
    sellers = path(document.root, "AccountingSupplierParty", "Party")
    identifiers = texts(node, "PartyIdentification", "ID")
    for seller in sellers:
        if not set(names).isdisjoint(texts(seller, "PartyName", "Name")):
            return False
        if identifiers and not set(identifiers).isdisjoint(texts(seller, "PartyIdentification", "ID")):
            return False
    return bool(names)


@rule("ibr-105", PAYEE, "IBT-060")
def one_payee_identifier(node: Node, document: Document) -> bool:
    """A payee other than the seller has at most one identifier, a SEPA creditor identifier aside."""
    identifiers = path(node, "PartyIdentification", "ID")
    others = [leaf for leaf in identifiers if (leaf.get("schemeID") or "").upper() != "SEPA"]
    return len(others) <= 1 or _is_seller(node, document)


@rule("ibr-106", PAYEE, "IBT-061")
def one_payee_registration(node: Node, document: Document) -> bool:
    """A payee other than the seller has at most one legal registration."""
    return count(node, "PartyLegalEntity", "CompanyID") <= 1 or _is_seller(node, document)


@rule("ibr-sr-19", PAYEE, "IBT-059")
def one_payee_name(node: Node, document: Document) -> bool:
    """A payee other than the seller has one name."""
    return count(node, "PartyName", "Name") <= 1 or _is_seller(node, document)


@rule("ibr-co-26", SELLER, "IBT-029", "IBT-030", "IBT-031")
def seller_identified(node: Node) -> bool:
    """The seller must have a tax number, a legal registration or another identifier."""
    return (
        reaches(node, "PartyTaxScheme", "CompanyID")
        or reaches(node, "PartyIdentification", "ID")
        or reaches(node, "PartyLegalEntity", "CompanyID")
    )


@rule("ibr-081", SELLER, "IBT-034")
def seller_endpoint(node: Node) -> bool:
    """The seller must have an electronic address."""
    return "EndpointID" in node


@rule("ibr-sr-42", SELLER, "IBT-031", "IBT-032")
def two_seller_tax_numbers(node: Node) -> bool:
    """The seller has at most two tax registrations: VAT and another."""
    return count(node, "PartyTaxScheme") <= 2


@rule("ibr-062", SELLER_ENDPOINT, "IBT-034")
def seller_endpoint_scheme(leaf: Leaf) -> bool:
    """The seller's electronic address must name its scheme."""
    return leaf.get("schemeID") is not None


@rule("ibr-009", SELLER_ADDRESS, "IBT-040")
def seller_country(node: Node) -> bool:
    """The seller's address must state the country."""
    return _country(node)


@rule("ibr-sr-53", SELLER_ADDRESS, "IBT-162")
def one_seller_address_line(node: Node) -> bool:
    """The seller's address has at most one additional line."""
    return _one_line(node)


@rule("ibr-018", REPRESENTATIVE, "IBT-062")
def representative_name(node: Node) -> bool:
    """The seller's tax representative must be named."""
    return any(map(normalize, texts(node, "PartyName", "Name")))


@rule("ibr-019", REPRESENTATIVE, "IBG-12")
def representative_address(node: Node) -> bool:
    """The seller's tax representative must have a postal address."""
    return "PostalAddress" in node


@rule("ibr-056", REPRESENTATIVE, "IBT-063")
def representative_tax_number(node: Node) -> bool:
    """The seller's tax representative must have a tax number."""
    return reaches(node, "PartyTaxScheme", "CompanyID")


@rule("ibr-sr-22", REPRESENTATIVE, "IBT-062")
def one_representative_name(node: Node) -> bool:
    """The seller's tax representative has one name."""
    return count(node, "PartyName", "Name") <= 1


@rule("ibr-sr-23", REPRESENTATIVE, "IBT-063", dead="it counts below a cac:Party, which a tax representative can't have")
def one_representative_tax_number(node: Node) -> bool:
    """The seller's tax representative has one tax number."""
    return count(node, "Party", "PartyTaxScheme", "CompanyID") <= 1


@rule("ibr-020", REPRESENTATIVE_ADDRESS, "IBT-069")
def representative_country(node: Node) -> bool:
    """The address of the seller's tax representative must state the country."""
    return _country(node)


@rule("ibr-sr-55", REPRESENTATIVE_ADDRESS, "IBT-164")
def one_representative_address_line(node: Node) -> bool:
    """The address of the seller's tax representative has at most one additional line."""
    return _one_line(node)


@rule("ibr-sr-57", PARTY_TAX, "IBT-031", "IBT-032", "IBT-048", "IBT-063")
def tax_number_present(node: Node) -> bool:
    """A tax registration of a party must hold the number."""
    return "CompanyID" in node
