"""A locator and a publisher on loopback: a DNS server, an HTTP server, authorities and keys of their own."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import quote, unquote

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from peppol.identifiers import DocumentTypeId, ParticipantId
from peppol.lookup.names import dns_name

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ZONE = "participant.test"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_IDS = "http://busdox.org/transport/identifiers/1.0/"
_DS = "http://www.w3.org/2000/09/xmldsig#"


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass(frozen=True)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def base64(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()


def authority(name: str) -> Holder:
    key = rsa.generate_private_key(65537, 2048)
    return Holder(_certificate(name, key, name, key, NOW - timedelta(days=900), NOW + timedelta(days=900)), key)


def issued(by: Holder, name: str, *, until: datetime = NOW + timedelta(days=90)) -> Holder:
    key = rsa.generate_private_key(65537, 2048)
    issuer = by.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return Holder(_certificate(name, key, str(issuer), by.key, NOW - timedelta(days=300), until), key)


def _certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: str, signing: rsa.RSAPrivateKey, start: datetime, until: datetime
) -> x509.Certificate:
    made = x509.CertificateBuilder(_name(issuer), _name(name), key.public_key(), x509.random_serial_number())
    return made.not_valid_before(start).not_valid_after(until).sign(signing, SHA256())


def signed(metadata: str, holder: Holder, *, method: str = C14N) -> bytes:
    """SignedServiceMetadata around that content, signed as a publisher does."""
    root = etree.fromstring(
        f'<SignedServiceMetadata xmlns="http://busdox.org/serviceMetadata/publishing/1.0/" '
        f'xmlns:id="http://busdox.org/transport/identifiers/1.0/">{metadata}</SignedServiceMetadata>'
    )
    exclusive = "exc-c14n" in method
    digest = base64.b64encode(
        hashlib.sha256(etree.tostring(root, method="c14n", exclusive=exclusive)).digest()
    ).decode()
    info = (
        # Inclusive canonical XML shows every namespace in scope, so the one of the root is declared here.
        f'<SignedInfo xmlns="{_DS}" xmlns:id="{_IDS}"><CanonicalizationMethod Algorithm="{method}"/>'
        '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI="">'
        f'<Transforms><Transform Algorithm="{_DS}enveloped-signature"/><Transform Algorithm="{method}"/></Transforms>'
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<DigestValue>{digest}</DigestValue></Reference></SignedInfo>"
    )
    signature = etree.SubElement(root, f"{{{_DS}}}Signature", nsmap={None: _DS})
    signed_info = etree.fromstring(info)
    value = holder.key.sign(
        etree.tostring(signed_info, method="c14n", exclusive=exclusive), padding.PKCS1v15(), SHA256()
    )
    signature.append(signed_info)
    etree.SubElement(signature, f"{{{_DS}}}SignatureValue").text = base64.b64encode(value).decode()
    data = etree.SubElement(etree.SubElement(signature, f"{{{_DS}}}KeyInfo"), f"{{{_DS}}}X509Data")
    etree.SubElement(data, f"{{{_DS}}}X509Certificate").text = holder.base64
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


@dataclass
class Publisher:
    """What it answers by path, and how often it was asked; the DNS answers by name."""

    pages: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    names: dict[str, str | None] = field(default_factory=dict)
    """DNS name -> the record's regexp; None: the server fails."""
    asked: list[str] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with the end of each connection."""
    host: str = ""
    dns_port: int = 0

    def register(self, participant: ParticipantId, services: Mapping[str, bytes]) -> None:
        """Put a participant into the locator and its services (by document type) onto the publisher."""
        self.names[dns_name(participant, ZONE)] = f"!.*!{self.host}!"
        me = f"/{quote(str(participant), safe='')}"
        references = "".join(
            f'<ServiceMetadataReference href="{self.host}{me}/services/{quote(one, safe="")}"/>' for one in services
        )
        self.pages[unquote(me)] = (
            200,
            f'<ServiceGroup xmlns="http://busdox.org/serviceMetadata/publishing/1.0/" '
            f'xmlns:id="http://busdox.org/transport/identifiers/1.0/"><id:ParticipantIdentifier '
            f'scheme="iso6523-actorid-upis">{participant.value}</id:ParticipantIdentifier>'
            f"<ServiceMetadataReferenceCollection>{references}</ServiceMetadataReferenceCollection></ServiceGroup>".encode(),
        )
        for one, answer in services.items():
            self.pages[unquote(f"{me}/services/{quote(one, safe='')}")] = (200, answer)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = unquote(request.split(" ")[1])
        self.asked.append(path)
        self.ended.clear()
        status, body = self.pages.get(path, (404, b""))
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        self.ended.set()


class _Locator(asyncio.DatagramProtocol):
    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        name = str(query.question[0].name).rstrip(".")
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        known = self._publisher.names
        if name not in known:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif (regexp := known[name]) is None:
            reply.set_rcode(dns.rcode.SERVFAIL)
        else:
            rdata = f'100 10 "U" "Meta:SMP" "{regexp}" .'
            reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "NAPTR", rdata))
        self._transport.sendto(reply.to_wire(), addr)


@asynccontextmanager
async def running() -> AsyncIterator[Publisher]:
    """Both servers, until the block ends."""
    publisher = Publisher()
    web = await asyncio.start_server(publisher.answer, "127.0.0.1", 0)
    publisher.host = f"http://127.0.0.1:{web.sockets[0].getsockname()[1]}"
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Locator(publisher), local_addr=("127.0.0.1", 0))
    publisher.dns_port = transport.get_extra_info("sockname")[1]
    try:
        yield publisher
    finally:
        if publisher.asked:
            await publisher.ended.wait()
        transport.close()
        web.close()
        await web.wait_closed()


def service(participant: str, document_type: DocumentTypeId, endpoint: str, certificate: str, process: str) -> str:
    """ServiceMetadata for one process and endpoint."""
    return (
        "<ServiceMetadata><ServiceInformation>"
        f'<id:ParticipantIdentifier scheme="iso6523-actorid-upis">{participant}</id:ParticipantIdentifier>'
        f'<id:DocumentIdentifier scheme="{document_type.scheme}">\n  {document_type.value}\n </id:DocumentIdentifier>'
        f'<ProcessList><Process><id:ProcessIdentifier scheme="cenbii-procid-ubl">{process}</id:ProcessIdentifier>'
        '<ServiceEndpointList><Endpoint transportProfile="peppol-transport-as4-v2_0">'
        '<EndpointReference xmlns="http://www.w3.org/2005/08/addressing">'
        f"<Address>{endpoint}</Address></EndpointReference>"
        "<ServiceActivationDate>2026-01-01T00:00:00Z</ServiceActivationDate>"
        "<ServiceExpirationDate>2027-01-01T00:00:00Z</ServiceExpirationDate>"
        f"<Certificate>{certificate}</Certificate></Endpoint></ServiceEndpointList></Process></ProcessList>"
        "</ServiceInformation></ServiceMetadata>"
    )
