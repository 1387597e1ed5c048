"""What a publisher answers (SMP 1.4.0, section 2): the types a participant takes, and where one of them goes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import msgspec
from cryptography import x509
from lxml import etree

from peppol.errors import BadIdentifier, Temporary
from peppol.identifiers import DocumentTypeId, ParticipantId, ProcessId
from schemas import xmlsafe

AS4 = "peppol-transport-as4-v2_0"
"""The one active transport profile (Peppol code list 9.7)."""
_SMP = "{http://busdox.org/serviceMetadata/publishing/1.0/}"
_IDS = "{http://busdox.org/transport/identifiers/1.0/}"
_WSA = "{http://www.w3.org/2005/08/addressing}"
_LIMIT = 4 * 1024 * 1024


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An access point that takes documents for a participant."""

    url: str
    certificate: x509.Certificate
    """Of the access point: encrypt for it, and its receipt is by it."""
    transport: str
    activates: datetime | None = None
    expires: datetime | None = None

    def active(self, now: datetime) -> bool:
        """Whether the publisher offers it at this time."""
        return (self.activates is None or self.activates <= now) and (self.expires is None or now < self.expires)


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One registered type of a participant: its endpoints by process, or where to ask instead."""

    participant: ParticipantId | None
    document_type: DocumentTypeId | None
    endpoints: tuple[tuple[ProcessId, Endpoint], ...] = ()
    redirect: str | None = None


def parse(answer: bytes) -> etree._Element:
    """The root of an answer. Raises `Temporary`: a publisher that answers nonsense says nothing about a participant."""
    try:
        return xmlsafe.parse(answer, limit=_LIMIT)
    except xmlsafe.XmlRefused as error:
        raise Temporary(f"The publisher's answer can't be read: {error.reason}") from None


def registered_types(root: etree._Element, participant: ParticipantId) -> tuple[DocumentTypeId, ...]:
    """The document types of a ServiceGroup. A type whose id breaks the policy is passed over: it can't be ours.

    Raises `Temporary` where the answer speaks of another participant.
    """
    if root.tag != f"{_SMP}ServiceGroup" or _participant(root) != participant:
        raise Temporary("The publisher's answer isn't the list of this participant's document types")
    return tuple(_types(root))


def service(root: etree._Element) -> Service:
    """The content of a SignedServiceMetadata whose signature holds. Raises `Temporary` where it can't be read."""
    metadata = root.find(f"{_SMP}ServiceMetadata")
    if root.tag != f"{_SMP}SignedServiceMetadata" or metadata is None:
        raise Temporary("The publisher's answer is no signed service metadata")
    redirect = metadata.find(f"{_SMP}Redirect")
    if redirect is not None:
        return Service(participant=None, document_type=None, redirect=redirect.get("href", ""))
    information = metadata.find(f"{_SMP}ServiceInformation")
    if information is None:
        raise Temporary("The publisher's answer holds neither a service nor a redirection")
    try:
        return Service(
            participant=_participant(information),
            document_type=_document_type(information),
            endpoints=tuple(_endpoints(information)),
        )
    except (BadIdentifier, ValueError) as error:
        raise Temporary(f"The publisher's answer can't be read: {error}") from None


def _types(group: etree._Element) -> Iterator[DocumentTypeId]:
    for reference in group.iter(f"{_SMP}ServiceMetadataReference"):
        _, found, encoded = urlsplit(reference.get("href", "")).path.partition("/services/")
        try:
            yield DocumentTypeId.parse(unquote(encoded if found else ""))
        except BadIdentifier:
            continue


def _participant(parent: etree._Element) -> ParticipantId:
    element = parent.find(f"{_IDS}ParticipantIdentifier")
    if element is None or element.get("scheme", "").lower() != ParticipantId.SCHEME:
        raise Temporary("The publisher's answer names no participant")
    return ParticipantId((element.text or "").strip())


def _document_type(information: etree._Element) -> DocumentTypeId:
    element = information.find(f"{_IDS}DocumentIdentifier")
    if element is None:
        raise Temporary("The publisher's answer names no document type")
    return DocumentTypeId.of(element.get("scheme", ""), (element.text or "").strip())


def _endpoints(information: etree._Element) -> Iterator[tuple[ProcessId, Endpoint]]:
    for process in information.iter(f"{_SMP}Process"):
        identifier = process.find(f"{_IDS}ProcessIdentifier")
        if identifier is None:
            continue
        process_id = ProcessId((identifier.text or "").strip(), identifier.get("scheme", ""))
        for element in process.iter(f"{_SMP}Endpoint"):
            if element.get("transportProfile") != AS4:
                continue
            yield (
                process_id,
                Endpoint(
                    url=(element.findtext(f"{_WSA}EndpointReference/{_WSA}Address") or "").strip(),
                    certificate=_certificate(element.findtext(f"{_SMP}Certificate") or ""),
                    transport=AS4,
                    activates=_moment(element.findtext(f"{_SMP}ServiceActivationDate")),
                    expires=_moment(element.findtext(f"{_SMP}ServiceExpirationDate")),
                ),
            )


def _certificate(text: str) -> x509.Certificate:
    lines = [line.strip() for line in text.strip().splitlines() if not line.strip().startswith("-----")]
    try:
        return x509.load_der_x509_certificate(base64.b64decode("".join(lines), validate=True))
    except binascii.Error as error:
        raise ValueError("an endpoint's certificate isn't base64") from error


def _moment(text: str | None) -> datetime | None:
    if text is None or not text.strip():
        return None
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
