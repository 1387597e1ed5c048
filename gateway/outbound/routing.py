"""From a sealed document to the message that carries it: who sends, who receives, as what.

Everything is read out of the sealed bytes: sender and receiver of the envelope are the EndpointIDs of the document
(PINT-AE), and its document type is that of its own CustomizationID.
"""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from peppol import identifiers
from peppol.errors import BadIdentifier, Permanent
from peppol.identifiers import PREDEFINED, DocumentTypeId, ParticipantId, ProcessId
from peppol.message import Message, MlsType
from schemas import validation, xmlsafe
from ubl import Invoice, read, syntax
from ubl.parties import Party

_SELF_BILLED = frozenset({"389", "261"})
_TOLD = frozenset(
    syntax.qualified(name)
    for name in (
        "cbc:CustomizationID",
        "cbc:ProfileID",
        "cbc:InvoiceTypeCode",
        "cbc:CreditNoteTypeCode",
        "cac:AccountingSupplierParty",
        "cac:AccountingCustomerParty",
    )
)
"""Elements that `_message` reads something of."""


def route(xml: bytes, *, instance_id: str, created_at: datetime) -> Message:
    """The message of a document that we issue. BadIdentifier where the document can't be addressed.

    A self-billed document goes the other way round: the buyer issues it, the seller receives it. A Message Level Status
    is asked for wherever there is a receiver, because the sender wants to know of the delivery as well. A predefined
    endpoint stands for none (PINT-AE, section 1.5.3): such a message is for the tax authority's report alone, and
    nothing in it asks for a delivery.
    """
    return _message(read(xml), xml, instance_id=instance_id, created_at=created_at)


def outgoing(xml: bytes, *, created_at: datetime) -> Message:
    """The same of bytes that are about to leave, its instance id still to be filled in; their form is checked anew.

    Raises `schemas.SchemasNotInstalled`: what can't be checked isn't sent. Permanent where it breaks its schema.
    """
    root = xmlsafe.parse(xml)
    name = f"{etree.QName(root).localname}-2"
    if not validation.holds(root, name):
        raise Permanent(f"The document breaks the schema {name}, so the network would refuse it; correct it")
    return _message(read(_address(root)), xml, instance_id="", created_at=created_at)


def _address(root: etree._Element) -> etree._Element:
    """All that the envelope tells, and nothing of the lines and attachments, which may be many and large."""
    for child in list(root):
        if child.tag not in _TOLD:
            root.remove(child)
    return root


def _message(invoice: Invoice, xml: bytes, *, instance_id: str, created_at: datetime) -> Message:
    seller, buyer = _endpoint(invoice.seller, "seller"), _endpoint(invoice.buyer, "buyer")
    self_billed = is_self_billed(invoice)
    sender, receiver = (buyer, seller) if self_billed else (seller, buyer)
    if not invoice.specification or not invoice.process:
        raise BadIdentifier("The document states no specification or no process (IBT-024, IBT-023)")
    return Message(
        instance_id=instance_id,
        sender=sender,
        receiver=receiver,
        document_type=document_type(invoice, invoice.specification),
        process=ProcessId(invoice.process),
        country_c1=_country(invoice.buyer if self_billed else invoice.seller),
        created_at=created_at,
        document=xml,
        mls_type=None if receiver.predefined else MlsType.ALWAYS_SEND,
    )


def is_self_billed(invoice: Invoice) -> bool:
    """Whether the buyer issues the document in the seller's name (PINT-AE self-billing): by type, specification or
    process, whatever stands around the code. Who may issue it and who sends it are told by this alone, so that no
    document is sealed as one company's and sent as another's.
    """
    profile = f"{invoice.specification} {invoice.process}".lower()
    return (invoice.type or "").strip() in _SELF_BILLED or "selfbilling" in profile


def is_predefined(invoice: Invoice) -> bool:
    """Whether the receiver's endpoint stands for nobody: deemed supply, buyer outside e-invoicing, export."""
    receiver = invoice.seller if is_self_billed(invoice) else invoice.buyer
    endpoint = receiver.endpoint if receiver else None
    return endpoint is not None and f"{endpoint.scheme}:{endpoint.id}" in PREDEFINED


def document_type(invoice: Invoice, specification: str) -> DocumentTypeId:
    """The network's name for this kind of document."""
    return identifiers.ubl("CreditNote" if invoice.is_credit_note else "Invoice", specification)


def _endpoint(party: Party | None, role: str) -> ParticipantId:
    endpoint = party.endpoint if party else None
    if endpoint is None or not endpoint.scheme:
        raise BadIdentifier(f"The {role} has no electronic address with a scheme")
    return ParticipantId(f"{endpoint.scheme}:{endpoint.id}")


def _country(party: Party | None) -> str:
    return (party.address.country if party and party.address else None) or "AE"
