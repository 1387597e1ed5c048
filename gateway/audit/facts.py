"""What a stored document says, read anew from its JSON and from its XML, so that verification can compare the two.

Deliberately apart from `ubl`: it reads five business terms by their places in the two forms and knows nothing else, so
that documents stay readable whatever becomes of the model, and an error in the model isn't repeated here.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec
from lxml import etree

from ledger.envelope import SALT_BYTES
from ledger.verify import Facts
from schemas import xmlsafe
from schemas.xmlsafe import XmlRefused

_NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


class _Endpoint(msgspec.Struct, frozen=True):
    id: str


class _Seller(msgspec.Struct, frozen=True):
    endpoint: _Endpoint | None = None


class _Totals(msgspec.Struct, frozen=True):
    tax_inclusive: str | None = None


class _Document(msgspec.Struct, frozen=True):
    number: str | None = None
    issue_date: str | None = None
    seller: _Seller | None = None
    currency: str | None = None
    totals: _Totals | None = None


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ledger.envelope.Envelope`, with the document read in the same pass."""

    salt: bytes
    document: _Document
    generator: str
    ruleset: str
    ruleset_digest: str


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")  # Python also takes week dates, XML doesn't
_DECODER = msgspec.json.Decoder(_Envelope)


def facts_of(content: bytes) -> Facts | None:
    """The facts in an envelope or a UBL document; None for anything else."""
    return _from_envelope(content) if content.startswith(b"{") else _from_xml(content)


def _from_envelope(content: bytes) -> Facts | None:
    try:
        envelope = _DECODER.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if len(envelope.salt) != SALT_BYTES:
        return None
    document = envelope.document
    endpoint = document.seller.endpoint if document.seller else None
    return Facts(
        number=document.number,
        issued=_day(document.issue_date),
        seller=endpoint.id if endpoint else None,
        currency=document.currency,
        total=_amount(document.totals.tax_inclusive if document.totals else None),
    )


def _from_xml(content: bytes) -> Facts | None:
    try:
        root = xmlsafe.parse(content)
    except XmlRefused:
        return None
    if etree.QName(root).localname not in ("Invoice", "CreditNote"):
        return None
    return Facts(
        number=_text(root, "cbc:ID"),
        issued=_day(_text(root, "cbc:IssueDate")),
        seller=_text(root, "cac:AccountingSupplierParty/cac:Party/cbc:EndpointID"),
        currency=_text(root, "cbc:DocumentCurrencyCode"),
        total=_amount(_text(root, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount")),
    )


def _text(root: etree._Element, path: str) -> str | None:
    return (root.findtext(path, None, _NAMES) or "").strip() or None


def _day(text: str | None) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text and _DAY.match(text) else None
    except ValueError:
        return None


def _amount(text: str | None) -> str | None:
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value.adjusted()) > 60:
        return None
    plain = format(value, "f")
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) if value else "0"
