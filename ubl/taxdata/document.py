"""A tax data document as a value: built from an invoice and its XML, written as bytes.

The report carries the invoice itself, but no attachments. Tax Data Document 1.0.4.
"""

import codecs
import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeVar

from lxml import etree
from msgspec import Struct

from schemas import xmlsafe
from ubl import spis
from ubl.errors import BuildError
from ubl.invoice import Invoice
from ubl.markup import inside, issued, leaf
from ubl.parties import Endpoint, Identifier, Party, TaxId
from ubl.rules import process_of
from ubl.rules.tree import CAC, CBC, CREDIT_NOTE, INVOICE
from ubl.scenario import EXPORT_OFF_NETWORK
from ubl.taxdata.names import CEC, PROCESS, PXS, SPECIFICATION, Role, Scope, Type

T = TypeVar("T")
_declaration = re.compile(rb"\s*<\?xml\s[^>]*\?>")


class Reported(Struct, frozen=True, kw_only=True):
    """TDG-02. The key data of the reported document, as that document states them."""

    specification: str
    """IBT-024. 1..1."""
    process: str
    """IBT-023. 1..1."""
    number: str
    """IBT-001. 1..1."""
    uuid: str
    """BTAE-07. 1..1."""
    issue_date: date
    """IBT-002. 1..1."""
    issue_time: time | None = None
    """IBT-168. 0..1."""
    type: str
    """IBT-003. 1..1."""
    currency: str
    """IBT-005. 1..1."""
    tax_currency: str | None = None
    """IBT-006. 0..1; never the document's currency."""
    seller: TaxId
    """IBT-031 with scheme VAT, otherwise IBT-032. 1..1."""
    buyer: TaxId | None = None
    """IBT-048 with scheme VAT. 0..1."""
    buyer_ids: tuple[Identifier, ...] = ()
    """IBT-046. 0..n."""
    vat: Decimal
    """IBT-110. VAT in the document's currency. 1..1."""
    vat_in_tax_currency: Decimal | None = None
    """IBT-111. VAT in the VAT currency. 0..1; 1..1 with `tax_currency`."""
    tax_exclusive: Decimal
    """IBT-109. Total without VAT, document currency. 1..1."""


class Custom(Struct, frozen=True, kw_only=True):
    """One more term of the document, such as BTAE-20, as a simple value."""

    id: str
    value: str


class TaxData(Struct, frozen=True, kw_only=True):
    """One report to the fifth corner about one document."""

    type: Type
    """TDT-006. 1..1."""
    scope: Scope
    """TDT-011. 1..1."""
    role: Role
    """TDT-010. 1..1."""
    issued: datetime
    """TDT-004/005. When the report was made, aware; written to the second. 1..1."""
    reporter: Endpoint
    """TDT-007. Electronic address of the taxpayer. 1..1."""
    receiver: str
    """TDT-008. The fifth corner, an identifier of scheme 0242. 1..1."""
    representative: str
    """TDT-009. The taxpayer's access point, an identifier of scheme 0242. 1..1."""
    transport_id: str
    """SBDH InstanceIdentifier of the envelope that the document travelled in. 1..1."""
    reported: Reported | None
    """TDG-02. 1..1; absent only in a report of type F."""
    custom: tuple[Custom, ...] = ()
    """Further terms. 0..n."""
    source: bytes
    """TDT-012. The document as XML without declaration and attached files; byte for byte the exchanged one where that
    has neither. 1..1."""


def build(
    invoice: Invoice | None,
    xml: bytes,
    *,
    type: Type,
    role: Role,
    scope: Scope | None = None,
    reporter: Endpoint | None = None,
    receiver: str,
    representative: str,
    transport_id: str,
    now: datetime,
    custom: tuple[Custom, ...] = (),
) -> TaxData:
    """The report about one document.

    `invoice` is what `ubl.read` makes of `xml`, the very bytes that were exchanged; none is allowed for type F, when
    the document can't be read. Absent, `scope` follows from the buyer (`scope_of`), `reporter` from role and process:
    the sender is the seller, or the buyer of a self-billed document. Raises `BuildError` naming what must be stated
    and isn't, and when `invoice` isn't that of `xml`.
    """
    if invoice is None and type is not Type.FAILED:
        raise BuildError("only a report of type F may go without the document's key data; pass the invoice")
    source = _source(xml, invoice)
    address = reporter or _reporter(invoice, role)
    _stated("reporter/scheme", address.scheme)
    for name, value in (("receiver", receiver), ("representative", representative)):
        if not spis.is_valid(value):
            raise BuildError(f"the {name} {value[:60]!r} is no service provider: six digits, perhaps with a suffix")
    return TaxData(
        type=type,
        scope=scope or (scope_of(invoice) if invoice else _stated("scope", None)),
        role=role,
        issued=now,
        reporter=address,
        receiver=receiver,
        representative=representative,
        transport_id=_stated("transport_id", transport_id.strip()),
        reported=reported(invoice) if invoice else None,
        custom=custom,
        source=source,
    )


def scope_of(invoice: Invoice) -> Scope:
    """Domestic, unless the buyer's address is abroad or he is marked as off the network (9900000099)."""
    buyer = invoice.buyer or Party()
    if buyer.endpoint is not None and (buyer.endpoint.scheme, buyer.endpoint.id) == ("0235", EXPORT_OFF_NETWORK):
        return Scope.OFF_NETWORK
    abroad = any(
        party is not None and party.address is not None and party.address.country not in (None, "AE")
        for party in (invoice.seller, invoice.buyer)
    )
    return Scope.INTERNATIONAL if abroad else Scope.DOMESTIC


def reported(invoice: Invoice) -> Reported:
    """The key data of an invoice. Raises `BuildError` with a JSON pointer to what isn't stated."""
    totals, vat, buyer = invoice.totals, invoice.vat, invoice.buyer or Party()
    currency = _stated("currency", invoice.currency)
    tax_currency = invoice.tax_currency if invoice.tax_currency != currency else None
    return Reported(
        specification=_stated("specification", invoice.specification),
        process=_stated("process", invoice.process),
        number=_stated("number", invoice.number),
        uuid=_stated("uuid", invoice.uuid),
        issue_date=_stated("issue_date", invoice.issue_date),
        issue_time=invoice.issue_time,
        type=_stated("type", invoice.type),
        currency=currency,
        tax_currency=tax_currency,
        seller=_stated("seller/trn", _registration(invoice.seller or Party())),
        buyer=_registration(buyer),
        buyer_ids=buyer.ids,
        vat=_stated("vat/total", vat.total if vat else None),
        vat_in_tax_currency=_stated("vat_aed", invoice.vat_aed) if tax_currency else None,
        tax_exclusive=_stated("totals/tax_exclusive", totals.tax_exclusive if totals else None),
    )


def write(report: TaxData) -> bytes:
    """The document's bytes: UTF-8 without XML declaration, the same for the same report.

    Raises `BuildError`, or `WriteError` for what XML can't carry.
    """
    head = (
        f'<pxs:TaxData xmlns:pxs="{PXS[1:-1]}" xmlns:cbc="{CBC[1:-1]}" xmlns:cac="{CAC[1:-1]}" xmlns:cec="{CEC[1:-1]}">'
    )
    before = (
        leaf("cbc:CustomizationID", SPECIFICATION),
        leaf("cbc:ProfileID", PROCESS),
        issued(report.issued),
        leaf("pxs:DocumentTypeCode", report.type),
        leaf("pxs:DocumentScope", report.scope),
        leaf("pxs:ReporterRole", report.role),
        inside("pxs:ReportingParty", leaf("cbc:EndpointID", report.reporter.id, schemeID=report.reporter.scheme)),
        inside("pxs:ReceivingParty", leaf("cbc:EndpointID", report.receiver, schemeID=spis.SCHEME)),
        inside(
            "pxs:ReportersRepresentative",
            inside("cac:PartyIdentification", leaf("cbc:ID", report.representative, schemeID=spis.SCHEME)),
        ),
        "<pxs:ReportedTransaction>",
        leaf("pxs:TransportHeaderID", report.transport_id),
        _reported(report.reported) if report.reported else "",
        *(inside("pxs:CustomContent", leaf("cbc:ID", one.id), leaf("cbc:Value", one.value)) for one in report.custom),
        "<pxs:SourceDocument><cec:ExtensionContent>",
    )
    after = "</cec:ExtensionContent></pxs:SourceDocument></pxs:ReportedTransaction></pxs:TaxData>"
    return b"".join((head.encode(), "".join(before).encode(), report.source, after.encode()))


def _reported(key: Reported) -> str:
    totals = leaf("cbc:TaxAmount", f"{key.vat:f}", currencyID=key.currency)
    in_tax_currency = None if key.vat_in_tax_currency is None else f"{key.vat_in_tax_currency:f}"
    net = leaf("cbc:TaxExclusiveAmount", f"{key.tax_exclusive:f}", currencyID=key.currency)
    return inside(
        "pxs:ReportedDocument",
        leaf("cbc:CustomizationID", key.specification),
        leaf("cbc:ProfileID", key.process),
        leaf("cbc:ID", key.number),
        leaf("cbc:UUID", key.uuid),
        leaf("cbc:IssueDate", key.issue_date.isoformat()),
        leaf("cbc:IssueTime", key.issue_time.isoformat() if key.issue_time else None),
        leaf("pxs:DocumentTypeCode", key.type),
        leaf("cbc:DocumentCurrencyCode", key.currency),
        leaf("cbc:TaxCurrencyCode", key.tax_currency),
        inside("cac:AccountingSupplierParty", inside("cac:Party", _tax_scheme(key.seller))),
        f"<cac:AccountingCustomerParty><cac:Party>{_buyer(key)}</cac:Party></cac:AccountingCustomerParty>",
        inside("cac:TaxTotal", totals),
        inside("cac:TaxTotal", leaf("cbc:TaxAmount", in_tax_currency, currencyID=key.tax_currency)),
        inside("pxs:MonetaryTotal", net),
    )


def _buyer(key: Reported) -> str:
    ids = (inside("cac:PartyIdentification", leaf("cbc:ID", one.id, schemeID=one.scheme)) for one in key.buyer_ids)
    return "".join((*ids, _tax_scheme(key.buyer) if key.buyer else ""))


def _tax_scheme(registration: TaxId) -> str:
    scheme = inside("cac:TaxScheme", leaf("cbc:ID", registration.scheme))
    return inside("cac:PartyTaxScheme", leaf("cbc:CompanyID", registration.id), scheme)


def _registration(party: Party) -> TaxId | None:
    """The VAT registration, or without one the other."""
    if party.trn:
        return TaxId(id=party.trn, scheme="VAT")
    return party.tin if party.tin is not None and party.tin.scheme else None


def _reporter(invoice: Invoice | None, role: Role) -> Endpoint:
    if invoice is None:
        return _stated("reporter", None)
    self_billed = process_of(invoice.specification or "") == "selfbilling"
    name = "seller" if (role is Role.SENDER) is not self_billed else "buyer"
    party: Party | None = getattr(invoice, name)
    return _stated(f"{name}/endpoint", party.endpoint if party else None)


def _stated(pointer: str, value: T | None) -> T:
    if value is None or value == "":
        raise BuildError("a report to the tax authority must state this; it isn't given", f"/{pointer}")
    return value


def _source(xml: bytes, invoice: Invoice | None) -> bytes:
    """The document to embed: as it is if it has no declaration and no attached files, otherwise without them."""
    try:
        root = xmlsafe.parse(xml)
    except xmlsafe.XmlRefused as refused:
        raise BuildError(f"only an XML document can be reported: {refused}") from None
    if root.tag not in (INVOICE, CREDIT_NOTE):
        raise BuildError(f"only a UBL Invoice or CreditNote can be reported; this is {etree.QName(root).text}")
    if invoice is not None:
        for name, given in (("ID", invoice.number), ("UUID", invoice.uuid)):
            if root.findtext(CBC + name) != given:
                raise BuildError(f"the XML isn't that of the invoice: cbc:{name} is {root.findtext(CBC + name)!r}")
    files = list(root.iter(CBC + "EmbeddedDocumentBinaryObject"))
    if not files and not xml.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _declaration.sub(b"", xml.removeprefix(codecs.BOM_UTF8), count=1).strip()
    for attachment in [file.getparent() for file in files]:
        if attachment is not None:
            _without_file(attachment)
    return etree.tostring(root, encoding="utf-8", xml_declaration=False, with_tail=False)


def _without_file(attachment: etree._Element) -> None:
    """Takes the file out of an attachment, and the attachment where nothing else is in it."""
    for binary in attachment.findall(CBC + "EmbeddedDocumentBinaryObject"):
        attachment.remove(binary)
    parent = attachment.getparent()
    if len(attachment) == 0 and parent is not None:
        parent.remove(attachment)
