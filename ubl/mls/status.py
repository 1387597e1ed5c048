"""A message level status as a value: built within the table of what may be said, written, and read back."""

from collections.abc import Iterable
from datetime import datetime

from lxml import etree
from msgspec import Struct

from schemas import xmlsafe
from ubl import spis
from ubl.errors import BuildError, ReadError
from ubl.findings import Finding, Layer, Severity
from ubl.markup import APPLICATION_RESPONSE, application_response, inside, issued, leaf, moment
from ubl.mls.names import ALLOWED, FAILURES, NOWHERE, PROCESS, SPECIFICATION, UNANSWERED, Code, Reason
from ubl.syntax import NAMESPACES


class Issue(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with the message, or worth a warning."""

    reason: Reason
    """StatusReasonCode. 1..1."""
    description: str
    """Why, in words. 1..1."""
    where: str = NOWHERE
    """LineID. XPath into the document, or NA. 1..1."""


class Status(Struct, frozen=True, kw_only=True):
    """What one access point tells another about a message it got."""

    id: str
    """cbc:ID. Identifier of this status. 1..1."""
    issued: datetime
    """When it was made, aware; written to the second. 1..1."""
    sender: str
    """The access point that answers (third corner), an identifier of scheme 0242. 1..1."""
    receiver: str
    """Who asked for the answer (MLS_TO), or the second corner, an identifier of scheme 0242. 1..1."""
    reference: str
    """SBDH InstanceIdentifier of the answered message. 1..1."""
    code: Code
    """ResponseCode. 1..1."""
    description: str | None = None
    """The answer in words. 0..1; 1..1 for a rejection."""
    issues: tuple[Issue, ...] = ()
    """0..n; a rejection has one that is a failure, a positive answer none."""


def answerable(document_type: str) -> bool:
    """Whether a message of this document type gets a status at all: a status (or its forerunner) never does."""
    customization = document_type.rpartition("##")[2]
    return not customization.startswith(UNANSWERED)


def build(
    code: Code,
    *,
    id: str,
    sender: str,
    receiver: str,
    reference: str,
    document_type: str,
    now: datetime,
    description: str | None = None,
    issues: Iterable[Issue] = (),
) -> Status:
    """The status of one message; for each message send at most one.

    `document_type`: that of the answered message, its Peppol document type id or CustomizationID. Raises `BuildError`
    for what may not be said: a status about a status, a rejection without words or without a failure, a positive
    answer with one, a party that is no service provider.
    """
    told = tuple(issues)
    if not answerable(document_type):
        raise BuildError("a status is never answered by a status; send nothing")
    for name, value in (("sender", sender), ("receiver", receiver)):
        if not spis.is_valid(value):
            raise BuildError(f"the {name} {value[:60]!r} is no service provider: six digits, perhaps with a suffix")
    for name, text in (("id", id), ("reference", reference)):
        if not text.strip():
            raise BuildError(f"a status must state its {name}")
    for number, issue in enumerate(told):
        if issue.reason not in ALLOWED[code]:
            raise BuildError(f"{code} can't have an issue of reason {issue.reason}; reject (RE)", f"/issues/{number}")
        if not issue.description.strip() or not issue.where.strip():
            raise BuildError("an issue says what it is, and where (or NA)", f"/issues/{number}")
    if code is Code.REJECTED and not (description or "").strip():
        raise BuildError("a rejection says why; give a description")
    if code is Code.REJECTED and not any(issue.reason in FAILURES for issue in told):
        raise BuildError("a rejection lists at least one failure: SV, BV or FD")
    return Status(
        id=id,
        issued=now,
        sender=sender,
        receiver=receiver,
        reference=reference,
        code=code,
        description=description,
        issues=told,
    )


def issues_of(findings: Iterable[Finding]) -> tuple[Issue, ...]:
    """What a check found, as issues: XML and schema are syntax (SV), fatal rules BV, warnings BW."""
    return tuple(
        Issue(reason=_reason(finding), description=f"[{finding.rule}] {finding.message}", where=_where(finding))
        for finding in findings
    )


def _reason(finding: Finding) -> Reason:
    if finding.severity is Severity.WARNING:
        return Reason.RULE_WARNED
    return Reason.SYNTAX_VIOLATED if finding.layer in (Layer.XML, Layer.XSD) else Reason.RULE_VIOLATED


def _where(finding: Finding) -> str:
    return NOWHERE if finding.where == "/" else finding.where


def write(status: Status) -> bytes:
    """The status as UBL ApplicationResponse, UTF-8, the same bytes for the same status.

    Raises `BuildError` or `WriteError` for what can't be written.
    """
    issues = (
        inside(
            "cac:LineResponse",
            inside("cac:LineReference", leaf("cbc:LineID", issue.where)),
            inside(
                "cac:Response",
                leaf("cbc:Description", issue.description),
                inside("cac:Status", leaf("cbc:StatusReasonCode", issue.reason)),
            ),
        )
        for issue in status.issues
    )
    return application_response(
        leaf("cbc:CustomizationID", SPECIFICATION),
        leaf("cbc:ProfileID", PROCESS),
        leaf("cbc:ID", status.id),
        issued(status.issued),
        inside("cac:SenderParty", leaf("cbc:EndpointID", status.sender, schemeID=spis.SCHEME)),
        inside("cac:ReceiverParty", leaf("cbc:EndpointID", status.receiver, schemeID=spis.SCHEME)),
        inside(
            "cac:DocumentResponse",
            inside("cac:Response", leaf("cbc:ResponseCode", status.code), leaf("cbc:Description", status.description)),
            inside("cac:DocumentReference", leaf("cbc:ID", status.reference)),
            *issues,
        ),
    )


def read(xml: bytes) -> Status:
    """The status in these bytes; `check` them first, to hear of everything that is wrong. Raises `ReadError`."""
    try:
        root = xmlsafe.parse(xml)
    except xmlsafe.XmlRefused as refused:
        raise ReadError(refused.reason, refused.line) from None
    if root.tag != APPLICATION_RESPONSE or _text(root, "cbc:CustomizationID") != SPECIFICATION:
        raise ReadError(f"not a message level status: {etree.QName(root).text}")
    answer = root.find("cac:DocumentResponse", NAMESPACES)
    if answer is None:
        raise ReadError("the status answers nothing: DocumentResponse is missing")
    code = _text(answer, "cac:Response/cbc:ResponseCode")
    if code not in list(Code):
        raise ReadError(f"the answer {code[:20]!r} is none of {', '.join(Code)}")
    return Status(
        id=_text(root, "cbc:ID"),
        issued=moment(root),
        sender=_text(root, "cac:SenderParty/cbc:EndpointID"),
        receiver=_text(root, "cac:ReceiverParty/cbc:EndpointID"),
        reference=_text(answer, "cac:DocumentReference/cbc:ID"),
        code=Code(code),
        description=_text(answer, "cac:Response/cbc:Description") or None,
        issues=tuple(
            _issue(line, response)
            for line in answer.iterfind("cac:LineResponse", NAMESPACES)
            for response in line.iterfind("cac:Response", NAMESPACES)
        ),
    )


def _issue(line: etree._Element, response: etree._Element) -> Issue:
    reason = _text(response, "cac:Status/cbc:StatusReasonCode")
    if reason not in list(Reason):
        raise ReadError(f"the reason {reason[:20]!r} is none of {', '.join(Reason)}")
    return Issue(
        reason=Reason(reason),
        description=_text(response, "cbc:Description"),
        where=_text(line, "cac:LineReference/cbc:LineID"),
    )


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path, "", NAMESPACES) or "").strip()
