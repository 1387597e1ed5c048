"""The envelope: Peppol Business Message Envelope (SBDH 2.0.2), written and read.

Which bytes of the document are kept: `body()` takes away a byte order mark, the XML declaration and white space outside
the document element; every other byte stands in the envelope as it was given. `read` cuts the same bytes out again, so
`read(write(m)).document == body(m.document)` and a digest of `body` is the same at both ends. An envelope of another
writer may have declared the document's namespaces on an outer element; then, and only then, the document is written
anew by exclusive canonicalisation, and `Envelope.verbatim` says so.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import msgspec
from lxml import etree

from peppol.errors import BadEnvelope, BadIdentifier
from peppol.identifiers import DocumentTypeId, ParticipantId, ProcessId
from peppol.message import Message, MlsType
from schemas import xmlsafe

NAMESPACE = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"

_HEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*")
_HEADER_END = re.compile(rb"</(?:[A-Za-z_][\w.\-]*:)?StandardBusinessDocumentHeader\s*>")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_INSTANCE = re.compile(r"[\x21-\x7e]{1,100}\Z")


class Envelope(msgspec.Struct, frozen=True):
    """What was read."""

    message: Message
    verbatim: bool
    """True where `message.document` is a slice of the envelope, byte for byte."""


def body(document: bytes) -> bytes:
    """The bytes of a document that travel: without byte order mark, XML declaration and surrounding white space."""
    head = _HEAD.match(document)
    return document[head.end() if head else 0 :].rstrip(b" \t\r\n")


def write(message: Message, *, limit: int = xmlsafe.LIMIT) -> bytes:
    """The envelope of a message, UTF-8. BadEnvelope where the document isn't what the message says it is."""
    if b"\0" in message.document:  # UTF-16 would stand inside an envelope of UTF-8
        raise BadEnvelope("The document must be encoded in UTF-8")
    _check_root(_parse(message.document, limit), message.document_type)
    document = body(message.document)
    _check_plain(message)
    kind = message.document_type
    scopes = [
        _scope("DOCUMENTID", kind.value, kind.scheme),
        _scope("PROCESSID", message.process.value, message.process.scheme),
        _scope("COUNTRY_C1", message.country_c1),
    ]
    if message.mls_to is not None:
        scopes.append(_scope("MLS_TO", message.mls_to.value, message.mls_to.SCHEME))
    if message.mls_type is not None:
        scopes.append(_scope("MLS_TYPE", message.mls_type))
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sh:StandardBusinessDocument xmlns:sh="{NAMESPACE}"><sh:StandardBusinessDocumentHeader>'
        "<sh:HeaderVersion>1.0</sh:HeaderVersion>"
        f"{_party('Sender', message.sender)}{_party('Receiver', message.receiver)}"
        f"<sh:DocumentIdentification><sh:Standard>{escape(kind.namespace)}</sh:Standard>"
        f"<sh:TypeVersion>{escape(kind.version)}</sh:TypeVersion>"
        f"<sh:InstanceIdentifier>{escape(message.instance_id)}</sh:InstanceIdentifier>"
        f"<sh:Type>{escape(kind.local_name)}</sh:Type>"
        f"<sh:CreationDateAndTime>{_instant(message.created_at)}</sh:CreationDateAndTime></sh:DocumentIdentification>"
        f"<sh:BusinessScope>{''.join(scopes)}</sh:BusinessScope></sh:StandardBusinessDocumentHeader>"
    )
    return b"".join((head.encode(), document, b"</sh:StandardBusinessDocument>"))


def read(envelope: bytes, *, limit: int = xmlsafe.LIMIT) -> Envelope:
    """Read an envelope from anywhere. BadEnvelope names what is missing, malformed or contradictory."""
    root = _parse(envelope, limit)
    if root.tag != _name("StandardBusinessDocument"):
        raise BadEnvelope("The document element isn't a StandardBusinessDocument")
    children = list(root)
    if len(children) != 2 or children[0].tag != _name("StandardBusinessDocumentHeader"):
        raise BadEnvelope("An envelope holds a header and exactly one business document, in this order")
    header, payload = children
    if (version := _text(header, "HeaderVersion")) != "1.0":
        raise BadEnvelope(f"HeaderVersion {version[:20]!r} is unknown; it is 1.0")
    scopes = _scopes(header)
    try:
        document_type = DocumentTypeId.of(*reversed(_required(scopes, "DOCUMENTID")))
        process_value, process_scheme = _required(scopes, "PROCESSID")
        mls_to = scopes.get("MLS_TO")
        message = Message(
            instance_id=_text(header, "DocumentIdentification/InstanceIdentifier"),
            sender=_participant(header, "Sender"),
            receiver=_participant(header, "Receiver"),
            document_type=document_type,
            process=ProcessId(process_value, process_scheme),
            country_c1=_required(scopes, "COUNTRY_C1")[0],
            created_at=_read_instant(_text(header, "DocumentIdentification/CreationDateAndTime")),
            document=b"",
            mls_to=ParticipantId(mls_to[0]) if mls_to else None,
            mls_type=_mls_type(scopes),
        )
    except BadIdentifier as error:
        raise BadEnvelope(f"The envelope's header: {error}") from error
    _check_plain(message)
    _check_root(payload, document_type)
    for element, value in (("Standard", document_type.namespace), ("Type", document_type.local_name)):
        if _text(header, f"DocumentIdentification/{element}") != value:
            raise BadEnvelope(f"DocumentIdentification/{element} contradicts the scope DOCUMENTID")
    document, verbatim = _document(envelope, payload, limit)
    return Envelope(message=msgspec.structs.replace(message, document=document), verbatim=verbatim)


def _document(envelope: bytes, payload: etree._Element, limit: int) -> tuple[bytes, bool]:
    """Cut the document out and prove the cut by its canonical form; else write it anew."""
    canonical = _canonical(payload)
    start, end = _HEADER_END.search(envelope), envelope.rfind(b"</")
    if start is not None and start.end() < end:
        cut = envelope[start.end() : end].strip(b" \t\r\n")
        try:
            if _canonical(xmlsafe.parse(cut, limit=limit)) == canonical:
                return cut, True
        except xmlsafe.XmlRefused:
            pass  # the cut isn't a document by itself: it leans on a namespace declared outside, or isn't UTF-8
    return canonical, False


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False)


def _parse(data: bytes, limit: int) -> etree._Element:
    try:
        return xmlsafe.parse(data, limit=limit)
    except xmlsafe.XmlRefused as error:
        raise BadEnvelope(str(error)) from error


def _check_root(root: etree._Element, kind: DocumentTypeId) -> None:
    found = etree.QName(root)
    if (found.namespace or "", found.localname) != (kind.namespace, kind.local_name):
        raise BadEnvelope(f"The document is a {found.localname!r}, but its document type says {kind.local_name!r}")


def _check_plain(message: Message) -> None:
    if not _COUNTRY.match(message.country_c1):
        raise BadEnvelope(f"COUNTRY_C1 {message.country_c1[:20]!r} isn't an ISO 3166-1 alpha-2 code")
    if not _INSTANCE.match(message.instance_id):
        raise BadEnvelope("InstanceIdentifier must be 1 to 100 printable ASCII characters without blanks")


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _scope(kind: str, instance: str, scheme: str = "") -> str:
    identifier = f"<sh:Identifier>{escape(scheme)}</sh:Identifier>" if scheme else ""
    return (
        f"<sh:Scope><sh:Type>{kind}</sh:Type>"
        f"<sh:InstanceIdentifier>{escape(instance)}</sh:InstanceIdentifier>{identifier}</sh:Scope>"
    )


def _party(role: str, participant: ParticipantId) -> str:
    authority = participant.SCHEME
    return f'<sh:{role}><sh:Identifier Authority="{authority}">{participant.value}</sh:Identifier></sh:{role}>'


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadEnvelope(f"CreationDateAndTime {text[:40]!r} is no ISO 8601 instant") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _text(header: etree._Element, path: str) -> str:
    found = header.findall("/".join(_name(step) for step in path.split("/")))
    if len(found) != 1 or not (text := (found[0].text or "").strip()):
        raise BadEnvelope(f"The envelope's header must hold exactly one {path}")
    return text


def _participant(header: etree._Element, role: str) -> ParticipantId:
    value = _text(header, f"{role}/Identifier")
    authority = header.findall(f"{_name(role)}/{_name('Identifier')}")[0].get("Authority")
    if authority != ParticipantId.SCHEME:
        raise BadEnvelope(f"{role} must have the authority {ParticipantId.SCHEME}")
    return ParticipantId(value)


def _scopes(header: etree._Element) -> dict[str, tuple[str, str]]:
    """Scope type -> (instance identifier, identifier); a type that stands twice is refused."""
    scopes: dict[str, tuple[str, str]] = {}
    for scope in header.findall(f"{_name('BusinessScope')}/{_name('Scope')}"):
        kind, instance, scheme = (
            (scope.findtext(_name(part)) or "").strip() for part in ("Type", "InstanceIdentifier", "Identifier")
        )
        if kind in scopes:
            raise BadEnvelope(f"The scope {kind[:40]} stands twice")
        scopes[kind] = (instance, scheme)
    return scopes


def _required(scopes: dict[str, tuple[str, str]], kind: str) -> tuple[str, str]:
    if kind not in scopes:
        raise BadEnvelope(f"The envelope lacks the scope {kind}")
    return scopes[kind]


def _mls_type(scopes: dict[str, tuple[str, str]]) -> MlsType | None:
    if "MLS_TYPE" not in scopes:
        return None
    value = scopes["MLS_TYPE"][0]
    if value not in list(MlsType):
        raise BadEnvelope(f"MLS_TYPE {value[:40]!r} is unknown; use {' or '.join(MlsType)}")
    return MlsType(value)
