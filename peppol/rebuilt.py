"""An envelope for a document that a provider hands over without one.

The header is written from the document itself and from what the provider says of it, so that everything behind this
line meets one form. Whoever gets such an envelope is told that it was written here (`Delivery.rebuilt`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from peppol import sbdh
from peppol.errors import BadEnvelope, BadIdentifier
from peppol.identifiers import ParticipantId, ProcessId, ubl
from peppol.message import Message
from schemas import xmlsafe

_CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
_CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_SELLER, _BUYER = f"{_CAC}AccountingSupplierParty/{_CAC}Party", f"{_CAC}AccountingCustomerParty/{_CAC}Party"
_SENDER, _RECEIVER = f"{_CAC}SenderParty", f"{_CAC}ReceiverParty"
_COUNTRY = f"{_CAC}PostalAddress/{_CAC}Country/{_CBC}IdentificationCode"
_REGISTERS = {"0235": "AE"}
"""Registers of one country only: an ApplicationResponse names its sender there and no country."""


def envelope(
    document: bytes,
    *,
    instance_id: str,
    sender: str = "",
    receiver: str = "",
    limit: int = 32 * 1024 * 1024,
) -> bytes:
    """The Standard Business Document around a UBL invoice, credit note or response: same bytes for same document.

    `sender`, `receiver`: what the provider says; else the document's own endpoints (IBT-034, IBT-049), in self-billing
    the other way round. Raises `BadEnvelope` where the document lacks what a header needs.
    """
    try:
        root = xmlsafe.parse(document, limit=limit)
    except xmlsafe.XmlRefused as error:
        raise BadEnvelope(str(error)) from error
    customization = _text(root, f"{_CBC}CustomizationID")
    kind = etree.QName(root).localname
    parties = (_SENDER, _RECEIVER) if kind == "ApplicationResponse" else (_SELLER, _BUYER)
    first, second = reversed(parties) if "selfbilling" in customization else parties
    try:
        corner_1 = ParticipantId.parse(sender or _endpoint(root, first))
        message = Message(
            instance_id=instance_id,
            sender=corner_1,
            receiver=ParticipantId.parse(receiver or _endpoint(root, second)),
            document_type=ubl(kind, customization),
            process=ProcessId(_text(root, f"{_CBC}ProfileID")),
            country_c1=_country(root, first, corner_1),
            created_at=_issued(root),
            document=document,
        )
    except BadIdentifier as error:
        raise BadEnvelope(f"The document can't be put into an envelope: {error}") from error
    return sbdh.write(message)


def _endpoint(root: etree._Element, party: str) -> str:
    found = root.find(f"{party}/{_CBC}EndpointID")
    value, scheme = ((found.text or "").strip(), found.get("schemeID", "")) if found is not None else ("", "")
    return f"{scheme}:{value}"


def _country(root: etree._Element, party: str, who: ParticipantId) -> str:
    if etree.QName(root).localname == "ApplicationResponse" and who.icd in _REGISTERS:
        return _REGISTERS[who.icd]
    return _text(root, f"{party}/{_COUNTRY}")


def _issued(root: etree._Element) -> datetime:
    """Midnight of the issue date (IBT-002): when the sender made the lost envelope, nobody tells."""
    try:
        return datetime.strptime(_text(root, f"{_CBC}IssueDate"), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadEnvelope("The document can't be put into an envelope: its IssueDate is no date") from None


def _text(root: etree._Element, path: str) -> str:
    text = (root.findtext(path) or "").strip()
    if not text:
        raise BadEnvelope(f"The document can't be put into an envelope: it lacks {path.rpartition('}')[2]}")
    return text
