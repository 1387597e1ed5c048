"""Coded values: each must come from its list."""

from collections.abc import Container

from ubl.codes import MIME_TYPES
from ubl.rules.contexts import (
    ANY_AMOUNT,
    COUNTRY,
    CURRENCY,
    EMBEDDED,
    ENDPOINT,
    ITEM_CLASS_CODE,
    LEGAL_ID,
    LOCATION_ID,
    OBJECT_ID,
    ORIGIN,
    PARTY_ID,
    PAYMENT_CODE,
    QUANTITY,
    REASON,
    STANDARD_ID,
    TYPE_CODE,
    VAT_CURRENCY,
)
from ubl.rules.document import Document
from ubl.rules.lists import (
    ALLOWANCE_REASONS,
    CHARGE_REASONS,
    COUNTRIES,
    CURRENCIES,
    ENDPOINT_SCHEMES,
    IDENTIFIER_SCHEMES,
    ITEM_SCHEMES,
    OBJECT_SCHEMES,
    PAYMENT_MEANS,
    UNITS,
)
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf
from ubl.rules.values import normalize


def listed(value: str | None, codes: Container[str]) -> bool:
    """Whether a code is on a list, spaces around it aside."""
    return value in codes or normalize(value) in codes


def _optional(value: str | None, codes: Container[str]) -> bool:
    return value is None or listed(value, codes)


_TYPES = {
    (False, "InvoiceTypeCode"): frozenset({"380", "480"}),
    (False, "CreditNoteTypeCode"): frozenset({"381", "81"}),
    (True, "InvoiceTypeCode"): frozenset({"389", "480"}),
    (True, "CreditNoteTypeCode"): frozenset({"261", "81"}),
}
"""The document types of billing and of self-billing."""


@rule("ibr-cl-01", TYPE_CODE, "IBT-003")
def document_type(leaf: Leaf, document: Document) -> bool:
    """The type code must be one that this process knows: 380, 480, 381, 81; when self-billed 389, 480, 261, 81."""
    return listed(leaf.text, _TYPES[document.self_billing, leaf.path[-1]])


@rule("ibr-cl-03", ANY_AMOUNT)
def amount_currency_code(leaf: Leaf) -> bool:
    """The currency of an amount must be an ISO 4217 code."""
    return listed(leaf.get("currencyID"), CURRENCIES)


@rule("ibr-cl-04", CURRENCY, "IBT-005")
def document_currency_code(leaf: Leaf) -> bool:
    """The document currency must be an ISO 4217 code."""
    return listed(leaf.text, CURRENCIES)


@rule("ibr-cl-05", VAT_CURRENCY, "IBT-006")
def tax_currency_code(leaf: Leaf) -> bool:
    """The VAT currency must be an ISO 4217 code."""
    return listed(leaf.text, CURRENCIES)


@rule("ibr-cl-07", OBJECT_ID, "IBT-018", "IBT-128")
def object_scheme(leaf: Leaf) -> bool:
    """The scheme of an invoiced object must be a UN/CEFACT 1153 code."""
    return _optional(leaf.get("schemeID"), OBJECT_SCHEMES)


@rule("ibr-cl-10", PARTY_ID, "IBT-029", "IBT-046", "IBT-060")
def party_scheme(leaf: Leaf) -> bool:
    """The scheme of a party identifier must be an ISO 6523 code; SEPA for the seller or the payee."""
    scheme = leaf.get("schemeID")
    if _optional(scheme, IDENTIFIER_SCHEMES):
        return True
    return normalize(scheme) == "SEPA" and ("AccountingSupplierParty" in leaf.path or "PayeeParty" in leaf.path)


@rule("ibr-cl-11", LEGAL_ID, "IBT-030", "IBT-047", "IBT-061")
def registration_scheme(leaf: Leaf) -> bool:
    """The scheme of a legal registration must be an ISO 6523 code."""
    return _optional(leaf.get("schemeID"), IDENTIFIER_SCHEMES)


@rule("ibr-cl-13", ITEM_CLASS_CODE, "IBT-158")
def classification_list(leaf: Leaf) -> bool:
    """The list of an item classification must be a UN/CEFACT 7143 code."""
    return _optional(leaf.get("listID"), ITEM_SCHEMES)


@rule("ibr-cl-14", COUNTRY, "IBT-040", "IBT-055", "IBT-069", "IBT-080", "IBT-175")
def country_code(leaf: Leaf) -> bool:
    """A country must be an ISO 3166-1 code."""
    return listed(leaf.text, COUNTRIES)


@rule("ibr-cl-15", ORIGIN, "IBT-159")
def origin_code(leaf: Leaf) -> bool:
    """A country of origin must be an ISO 3166-1 code."""
    return listed(leaf.text, COUNTRIES)


@rule("ibr-cl-16", PAYMENT_CODE, "IBT-081")
def payment_means_code(leaf: Leaf) -> bool:
    """The means of payment must be a UN/CEFACT 4461 code."""
    return listed(leaf.text, PAYMENT_MEANS)


@rule("ibr-cl-19", REASON, "IBT-098", "IBT-140", case="allowance")
def allowance_reason_code(leaf: Leaf) -> bool:
    """The reason of an allowance must be a UN/CEFACT 5189 code."""
    return listed(leaf.text, ALLOWANCE_REASONS)


@rule("ibr-cl-20", REASON, "IBT-105", "IBT-145", case="charge")
def charge_reason_code(leaf: Leaf) -> bool:
    """The reason of a charge must be a UN/CEFACT 7161 code."""
    return listed(leaf.text, CHARGE_REASONS)


@rule("ibr-cl-21", STANDARD_ID, "IBT-157")
def standard_identifier_code(leaf: Leaf) -> bool:
    """The scheme of a standard item identifier must be an ISO 6523 code."""
    return _optional(leaf.get("schemeID"), IDENTIFIER_SCHEMES)


@rule("ibr-cl-23", QUANTITY, "IBT-130", "IBT-150")
def unit_code(leaf: Leaf) -> bool:
    """A unit must be a UN/ECE Recommendation 20 or 21 code."""
    return _optional(leaf.get("unitCode"), UNITS)


@rule("ibr-cl-24", EMBEDDED, "IBT-125")
def mime_code(leaf: Leaf) -> bool:
    """An attachment must be PDF, PNG, JPEG, CSV, XML or a spreadsheet."""
    return leaf.get("mimeCode") is None or leaf.get("mimeCode") in MIME_TYPES


@rule("ibr-cl-25", ENDPOINT, "IBT-034", "IBT-049")
def endpoint_scheme(leaf: Leaf) -> bool:
    """The scheme of an electronic address must be on the list of Peppol."""
    return _optional(leaf.get("schemeID"), ENDPOINT_SCHEMES)


@rule("ibr-cl-26", LOCATION_ID, "IBT-071")
def location_scheme(leaf: Leaf) -> bool:
    """The scheme of a delivery location must be an ISO 6523 code."""
    return _optional(leaf.get("schemeID"), IDENTIFIER_SCHEMES)
