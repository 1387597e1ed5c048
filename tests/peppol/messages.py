"""Messages to send in tests."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from peppol.identifiers import BILLING, INVOICE, ParticipantId
from peppol.message import Message, MlsType
from tests.gateway.sandbox.process import BUYER, SELLER

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


def document(number: str = "INV-1", *, padding: int = 0) -> bytes:
    """A UBL invoice as far as an envelope looks."""
    note = f"<cbc:Note>{'x' * padding}</cbc:Note>" if padding else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Invoice xmlns="{UBL}Invoice-2" xmlns:cbc="{UBL}CommonBasicComponents-2">'
        f"<cbc:ID>{number}</cbc:ID>{note}</Invoice>\n"
    ).encode()


def complete(number: str = "INV-1", *, sender: str = SELLER, receiver: str = BUYER) -> bytes:
    """A UBL invoice that holds all an envelope is written from."""

    def party(role: str, who: str) -> str:
        icd, _, value = who.partition(":")
        country = "<cac:Country><cbc:IdentificationCode>AE</cbc:IdentificationCode></cac:Country>"
        return (
            f"<cac:{role}><cac:Party><cbc:EndpointID schemeID='{icd}'>{value}</cbc:EndpointID>"
            f"<cac:PostalAddress>{country}</cac:PostalAddress></cac:Party></cac:{role}>"
        )

    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Invoice xmlns="{UBL}Invoice-2" xmlns:cbc="{UBL}CommonBasicComponents-2"'
        f' xmlns:cac="{UBL}CommonAggregateComponents-2">'
        f"<cbc:CustomizationID>{INVOICE.customization}</cbc:CustomizationID><cbc:ProfileID>{BILLING.value}</cbc:ProfileID>"
        f"<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-11-20</cbc:IssueDate>{party('AccountingSupplierParty', sender)}"
        f"{party('AccountingCustomerParty', receiver)}</Invoice>\n"
    ).encode()


def message(
    key: str | None = None, *, receiver: str = BUYER, sender: str = SELLER, xml: bytes | None = None
) -> Message:
    """A message from the seller to the buyer; its instance id is its key."""
    instance = key or str(uuid4())
    return Message(
        instance_id=instance,
        sender=ParticipantId(sender),
        receiver=ParticipantId(receiver),
        document_type=INVOICE,
        process=BILLING,
        country_c1="AE",
        created_at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        document=xml or document(f"INV-{instance[:8]}"),
        mls_type=MlsType.ALWAYS_SEND,
    )
