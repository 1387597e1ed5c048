"""An Invoice Response as a value: built from the invoice it answers, written, and read back."""

from collections.abc import Iterable
from datetime import date, datetime, time

from lxml import etree
from msgspec import Struct

from schemas import xmlsafe
from ubl.errors import BuildError, ReadError
from ubl.invoice import Invoice
from ubl.markup import APPLICATION_RESPONSE, application_response, inside, leaf
from ubl.parties import Endpoint, Party
from ubl.response.names import CODES, NEEDS_REASON, OTHER, PARTLY_PAID, PROCESS, SPECIFICATION, Code, Kind
from ubl.syntax import NAMESPACES

PAYMENT = "481"
"""Document type of a reference to a payment."""


class Correspondent(Struct, frozen=True, kw_only=True):
    """Who sends the response, or gets it."""

    endpoint: Endpoint
    """Electronic address. 1..1."""
    name: str
    """Legal name. 1..1."""


class Condition(Struct, frozen=True, kw_only=True):
    """One detail, such as the due date that the buyer accepts."""

    term: str
    """The business term it is about, such as IBT-009. 1..1."""
    value: str | None = None
    """What it should be. 0..1."""


class Clarification(Struct, frozen=True, kw_only=True):
    """Why the invoice stands where it stands, or what the seller shall do."""

    kind: Kind
    """listID. Reason or action. 1..1."""
    code: str
    """A code of that list. 1..1."""
    text: str | None = None
    """In words. 0..1; 1..1 for OTH and PPD."""
    conditions: tuple[Condition, ...] = ()
    """0..n."""


class Response(Struct, frozen=True, kw_only=True):
    """What the buyer says about one invoice or credit note."""

    id: str
    """cbc:ID. Identifier of this response. 1..1."""
    issue_date: date
    """1..1."""
    issue_time: time | None = None
    """0..1; to the second."""
    note: str | None = None
    """Remark on the whole. 0..1."""
    sender: Correspondent
    """The invoice's receiver. 1..1."""
    receiver: Correspondent
    """The invoice's sender. 1..1."""
    code: Code
    """ResponseCode. 1..1."""
    effective: date | None = None
    """Since when the invoice stands so. 0..1."""
    clarifications: tuple[Clarification, ...] = ()
    """0..n; 1..n for CA, UQ and RE."""
    number: str
    """IBT-001 of the invoice. 1..1."""
    invoice_date: date | None = None
    """IBT-002 of the invoice. 0..1."""
    type: str
    """IBT-003 of the invoice. 1..1."""
    payment: str | None = None
    """The bank's identifier of the payment. 0..1."""


def build(
    invoice: Invoice,
    code: Code,
    *,
    id: str,
    now: datetime,
    clarifications: Iterable[Clarification] = (),
    effective: date | None = None,
    note: str | None = None,
    payment: str | None = None,
) -> Response:
    """The buyer's response to an invoice; of a self-billed one, the seller's, who received it.

    Raises `BuildError` for what may not be said, and with a JSON pointer for what the invoice doesn't state.
    """
    told = tuple(clarifications)
    if not id.strip():
        raise BuildError("a response must have an identifier")
    if now.utcoffset() is None:
        raise BuildError("the moment of issue must say its UTC offset; pass an aware datetime")
    if code in NEEDS_REASON and not told:
        raise BuildError(f"{code} needs a clarification that says why")
    for place, one in enumerate(told):
        _refuse(one, code, f"/clarifications/{place}")
    buyer, seller = _correspondent(invoice.buyer, "buyer"), _correspondent(invoice.seller, "seller")
    self_billed = "selfbilling" in (invoice.specification or "")
    sender, receiver = (seller, buyer) if self_billed else (buyer, seller)
    if not invoice.number or not invoice.type:
        raise BuildError("a response names the invoice's number and type", "/number" if invoice.type else "/type")
    return Response(
        id=id,
        issue_date=now.date(),
        issue_time=now.timetz().replace(microsecond=0),
        note=note,
        sender=sender,
        receiver=receiver,
        code=code,
        effective=effective,
        clarifications=told,
        number=invoice.number,
        invoice_date=invoice.issue_date,
        type=invoice.type,
        payment=payment,
    )


def _refuse(one: Clarification, code: Code, pointer: str) -> None:
    if one.code not in CODES[one.kind]:
        raise BuildError(f"{one.code!r} is no code of {one.kind}: {', '.join(sorted(CODES[one.kind]))}", pointer)
    if one.code in (OTHER, PARTLY_PAID) and not (one.text or "").strip():
        raise BuildError(f"{one.code} must be said in words as well", pointer)
    if one.code == PARTLY_PAID and code is not Code.PAID:
        raise BuildError("partly paid (PPD) goes with the answer PD only", pointer)


def _correspondent(party: Party | None, name: str) -> Correspondent:
    if party is None or party.endpoint is None or party.endpoint.scheme is None or not party.name:
        raise BuildError("a response needs both parties' electronic address and name", f"/{name}")
    return Correspondent(endpoint=party.endpoint, name=party.name)


def write(response: Response) -> bytes:
    """The response as UBL ApplicationResponse, UTF-8, the same bytes for the same response."""
    return application_response(
        leaf("cbc:CustomizationID", SPECIFICATION),
        leaf("cbc:ProfileID", PROCESS),
        leaf("cbc:ID", response.id),
        leaf("cbc:IssueDate", response.issue_date.isoformat()),
        leaf("cbc:IssueTime", response.issue_time.isoformat("seconds") if response.issue_time else None),
        leaf("cbc:Note", response.note),
        _party("cac:SenderParty", response.sender),
        _party("cac:ReceiverParty", response.receiver),
        inside(
            "cac:DocumentResponse",
            inside(
                "cac:Response",
                leaf("cbc:ResponseCode", response.code),
                leaf("cbc:EffectiveDate", response.effective.isoformat() if response.effective else None),
                *map(_status, response.clarifications),
            ),
            _reference(response.number, response.invoice_date, response.type),
            _reference(response.payment, None, PAYMENT) if response.payment else "",
        ),
    )


def _party(name: str, party: Correspondent) -> str:
    endpoint = leaf("cbc:EndpointID", party.endpoint.id, schemeID=party.endpoint.scheme)
    return inside(name, endpoint, inside("cac:PartyLegalEntity", leaf("cbc:RegistrationName", party.name)))


def _status(one: Clarification) -> str:
    return inside(
        "cac:Status",
        leaf("cbc:StatusReasonCode", one.code, listID=one.kind),
        leaf("cbc:StatusReason", one.text),
        *(
            inside("cac:Condition", leaf("cbc:AttributeID", detail.term), leaf("cbc:Description", detail.value))
            for detail in one.conditions
        ),
    )


def _reference(number: str, day: date | None, type: str) -> str:
    return inside(
        "cac:DocumentReference",
        leaf("cbc:ID", number),
        leaf("cbc:IssueDate", day.isoformat() if day else None),
        leaf("cbc:DocumentTypeCode", type),
    )


def read(xml: bytes) -> Response:
    """The response in these bytes; `check` them first, to hear of everything that is wrong. Raises `ReadError`."""
    try:
        root = xmlsafe.parse(xml)
    except xmlsafe.XmlRefused as refused:
        raise ReadError(refused.reason, refused.line) from None
    if root.tag != APPLICATION_RESPONSE or not _text(root, "cbc:CustomizationID").startswith(SPECIFICATION):
        raise ReadError(f"not an invoice response: {etree.QName(root).text}")
    answer = root.find("cac:DocumentResponse", NAMESPACES)
    code = "" if answer is None else _text(answer, "cac:Response/cbc:ResponseCode")
    if answer is None or code not in list(Code):
        raise ReadError(f"the answer {code[:20]!r} is none of {', '.join(Code)}")
    references = answer.findall("cac:DocumentReference", NAMESPACES)
    payments = [one for one in references if _text(one, "cbc:DocumentTypeCode") == PAYMENT]
    invoices = [one for one in references if one not in payments]
    if not invoices:
        raise ReadError("the response refers to no invoice")
    clock = _text(root, "cbc:IssueTime")
    try:
        return Response(
            id=_text(root, "cbc:ID"),
            issue_date=date.fromisoformat(_text(root, "cbc:IssueDate")),
            issue_time=time.fromisoformat(clock) if clock else None,
            note=_text(root, "cbc:Note") or None,
            sender=_read_party(root, "cac:SenderParty"),
            receiver=_read_party(root, "cac:ReceiverParty"),
            code=Code(code),
            effective=_day(answer, "cac:Response/cbc:EffectiveDate"),
            clarifications=tuple(
                clarification
                for status in answer.iterfind("cac:Response/cac:Status", NAMESPACES)
                if (clarification := _clarification(status)) is not None
            ),
            number=_text(invoices[0], "cbc:ID"),
            invoice_date=_day(invoices[0], "cbc:IssueDate"),
            type=_text(invoices[0], "cbc:DocumentTypeCode"),
            payment=_text(payments[0], "cbc:ID") if payments else None,
        )
    except ValueError as error:
        raise ReadError(f"a date or time of the response can't be read: {error}") from None


def _read_party(root: etree._Element, name: str) -> Correspondent:
    endpoint = root.find(f"{name}/cbc:EndpointID", NAMESPACES)
    if endpoint is None:
        raise ReadError(f"{name} has no electronic address")
    return Correspondent(
        endpoint=Endpoint(id=(endpoint.text or "").strip(), scheme=endpoint.get("schemeID")),
        name=_text(root, f"{name}/cac:PartyLegalEntity/cbc:RegistrationName"),
    )


def _clarification(status: etree._Element) -> Clarification | None:
    """One clarification; a status without list is a reason, one that says nothing by code is OTH in its words."""
    code = status.find("cbc:StatusReasonCode", NAMESPACES)
    words = _text(status, "cbc:StatusReason") or None
    if code is None and words is None:
        return None
    listed = Kind.REASON if code is None else code.get("listID", Kind.REASON)
    if listed not in list(Kind):
        raise ReadError(f"the list {listed[:40]!r} is none of {', '.join(Kind)}")
    return Clarification(
        kind=Kind(listed),
        code=OTHER if code is None else (code.text or "").strip(),
        text=words,
        conditions=tuple(
            Condition(term=_text(one, "cbc:AttributeID"), value=_text(one, "cbc:Description") or None)
            for one in status.iterfind("cac:Condition", NAMESPACES)
        ),
    )


def _day(element: etree._Element, path: str) -> date | None:
    found = _text(element, path)
    return date.fromisoformat(found) if found else None


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path, "", NAMESPACES) or "").strip()
