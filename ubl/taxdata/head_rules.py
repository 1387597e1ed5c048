"""The published rules of the Tax Data Document 1.0.4 about the report itself: head, parties, transaction, source."""

import re
from typing import Any

from ubl import spis
from ubl.rules.document import Document
from ubl.rules.registry import Context, rule
from ubl.rules.tree import CREDIT_NOTE, INVOICE, Leaf, Node, path, text
from ubl.rules.values import normalize
from ubl.taxdata.names import CEC, PROCESS, PXS, ROOT, SPECIFICATION, Role, Scope, Type

TRANSACTION_PATH = f"/{ROOT}/{PXS}ReportedTransaction"
DOCUMENT_PATH = f"{TRANSACTION_PATH}/{PXS}ReportedDocument"
HEAD = Context("tdd", 0, (f"/{ROOT}",))
REPORTER = Context("tdd", 1, (f"/{ROOT}/{PXS}ReportingParty",))
RECEIVER = Context("tdd", 2, (f"/{ROOT}/{PXS}ReceivingParty",))
REPRESENTATIVE = Context("tdd", 3, (f"/{ROOT}/{PXS}ReportersRepresentative",))
REPRESENTATIVE_ID = Context("tdd", 4, (f"/{ROOT}/{PXS}ReportersRepresentative/PartyIdentification",))
TRANSACTION = Context("tdd", 5, (TRANSACTION_PATH,))
CUSTOM = Context("tdd", 16, (f"{TRANSACTION_PATH}/{PXS}CustomContent",))
SOURCE = Context("tdd", 17, (f"{TRANSACTION_PATH}/{PXS}SourceDocument",))
SOURCE_CONTENT = Context("tdd", 18, (f"{TRANSACTION_PATH}/{PXS}SourceDocument/{CEC}ExtensionContent",))

PARTY_PARTS = frozenset(
    """MarkCareIndicator MarkAttentionIndicator WebsiteURI LogoReferenceID EndpointID IndustryClassificationCode
    PartyIdentification PartyName Language PostalAddress PhysicalLocation PartyTaxScheme PartyLegalEntity Contact
    Person AgentParty ServiceProviderParty PowerOfAttorney FinancialAccount""".split()  # noqa: SIM905
)
"""Every child of a UBL party."""
_time = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)\Z").match
_four_digits = re.compile(r"[0-9]{4}\Z").match
_EXTENSION_PARTS = frozenset(
    """ID Name ExtensionAgencyID ExtensionAgencyName ExtensionVersionID ExtensionAgencyURI ExtensionURI
    ExtensionReasonCode ExtensionReason""".split()  # noqa: SIM905
)


def none_of(node: Node, forbidden: frozenset[str]) -> bool:
    """Whether the element has no child of one of these local names."""
    return not any(name.rpartition("}")[2] in forbidden for name in node)


def code(node: Node, name: str) -> str:
    """The trimmed text of the document's own element of that name."""
    found = node.get(PXS + name)
    return normalize(found[0].text) if found else ""


def _schemes(node: Node, name: str) -> list[str]:
    """The `schemeID`s of the children of that name that have one."""
    return [scheme for leaf in node.get(name, ()) if (scheme := leaf.get("schemeID")) is not None]


@rule("ibr-tdd-01", HEAD, "TDT-001")
def specification(node: Node) -> bool:
    """A tax data document names the specification urn:peppol:taxdata:ae-1."""
    return normalize(text(node, "CustomizationID")) == SPECIFICATION


@rule("ibr-tdd-02", HEAD, "TDT-002")
def process(node: Node) -> bool:
    """A tax data document names the process urn:peppol:taxreporting."""
    return normalize(text(node, "ProfileID")) == PROCESS


@rule("ibr-tdd-03", HEAD)
def no_number(node: Node) -> bool:
    """A tax data document has no cbc:ID of its own."""
    return "ID" not in node


@rule("ibr-tdd-04", HEAD, "TDT-004")
def issue_date(node: Node) -> bool:
    """The date of the report is written YYYY-MM-DD, without a time zone."""
    return len(normalize(text(node, "IssueDate"))) == 10


@rule("ibr-tdd-05", HEAD, "TDT-005")
def issue_time(node: Node) -> bool:
    """The time of the report is written hh:mm:ss with its time zone."""
    return _time(normalize(text(node, "IssueTime"))) is not None


@rule("ibr-tdd-06", HEAD, "TDT-006")
def type_code(node: Node) -> bool:
    """The type of the report is S, R, W or F."""
    return code(node, "DocumentTypeCode") in list(Type)


@rule("ibr-tdd-07", HEAD, "TDT-011")
def scope(node: Node) -> bool:
    """The scope of the report is D, IP or INP."""
    return code(node, "DocumentScope") in list(Scope)


@rule("ibr-tdd-08", HEAD, "TDT-010")
def role(node: Node) -> bool:
    """The reporter's role is 01 (sender) or 02 (receiver)."""
    return code(node, "ReporterRole") in list(Role)


@rule("ibr-tdd-09", HEAD, "TDG-01")
def one_transaction(node: Node) -> bool:
    """A report is about exactly one transaction."""
    return len(node.get(PXS + "ReportedTransaction", ())) == 1


@rule("ibr-tdd-10", REPORTER, "TDT-007")
def reporter_parts(node: Node) -> bool:
    """Of the reporting party nothing but its electronic address is told."""
    return none_of(node, PARTY_PARTS - {"EndpointID"})


@rule("ibr-tdd-11", REPORTER, "TDT-007")
def reporter_endpoint(node: Node) -> bool:
    """The reporting party must have an electronic address."""
    return "EndpointID" in node


@rule("ibr-tdd-12", REPORTER, "TDT-007-1")
def reporter_scheme(node: Node) -> bool:
    """The reporting party's electronic address must name its scheme."""
    return bool(_schemes(node, "EndpointID"))


@rule("ibr-tdd-13", REPORTER, "TDT-007-1")
def reporter_scheme_form(node: Node) -> bool:
    """The scheme of the reporting party's electronic address has four digits."""
    return all(_four_digits(scheme) is not None for scheme in _schemes(node, "EndpointID"))


@rule("ibr-tdd-14", RECEIVER, "TDT-008")
def receiver_parts(node: Node) -> bool:
    """Of the receiving party nothing but its electronic address is told."""
    return none_of(node, PARTY_PARTS - {"EndpointID"})


@rule("ibr-tdd-15", RECEIVER, "TDT-008")
def receiver_endpoint(node: Node) -> bool:
    """The receiving party must have an electronic address."""
    return "EndpointID" in node


@rule("ibr-tdd-16", RECEIVER, "TDT-008-1")
def receiver_scheme(node: Node) -> bool:
    """The receiving party's electronic address must name its scheme."""
    return bool(_schemes(node, "EndpointID"))


@rule("ibr-tdd-17", RECEIVER, "TDT-008-1")
def receiver_is_service_provider(node: Node) -> bool:
    """The receiving party is addressed in scheme 0242."""
    return [normalize(scheme) for scheme in _schemes(node, "EndpointID")] == [spis.SCHEME]


@rule("ibr-tdd-18", REPRESENTATIVE, "TDT-009")
def representative_parts(node: Node) -> bool:
    """Of the reporter's service provider nothing but its identifier is told."""
    return none_of(node, PARTY_PARTS - {"PartyIdentification"})


@rule("ibr-tdd-19", REPRESENTATIVE, "TDT-009")
def one_representative(node: Node) -> bool:
    """The reporter's service provider has exactly one identifier."""
    return len(node.get("PartyIdentification", ())) == 1


@rule("ibr-tdd-20", REPRESENTATIVE_ID, "TDT-009-1")
def representative_scheme(node: Node) -> bool:
    """The identifier of the reporter's service provider must name its scheme."""
    return bool(_schemes(node, "ID"))


@rule("ibr-tdd-21", REPRESENTATIVE_ID, "TDT-009-1")
def representative_is_service_provider(node: Node) -> bool:
    """The identifier of the reporter's service provider is of scheme 0242."""
    schemes = _schemes(node, "ID")
    return not schemes or spis.SCHEME in schemes


@rule("ibr-tdd-22", TRANSACTION, "TDG-02")
def reported_document(node: Node, document: Document) -> bool:
    """The key data of the reported document are told, unless the report is of type F."""
    return PXS + "ReportedDocument" in node or code(document.root, "DocumentTypeCode") == Type.FAILED


@rule("ibr-tdd-23", TRANSACTION, "TDG-03")
def source_document(node: Node) -> bool:
    """The document itself comes with the report."""
    return PXS + "SourceDocument" in node


@rule("ibr-tdd-55", CUSTOM)
def custom_value(node: Node) -> bool:
    """An additional term is told as a simple value."""
    return "Value" in node


@rule("ibr-tdd-56", SOURCE, "TDG-03")
def source_parts(node: Node) -> bool:
    """The part that carries the document holds nothing else."""
    return none_of(node, _EXTENSION_PARTS)


@rule("ibr-tdd-57", SOURCE_CONTENT, "TDT-012")
def source_is_an_invoice(node: Node) -> bool:
    """The document that comes with the report is a UBL Invoice or CreditNote."""
    return bool(roots(node, INVOICE, CREDIT_NOTE))


def roots(content: Node, *tags: str) -> list[Node]:
    """The documents inside, of those tags or any."""
    inside: list[Any] = [child for children in content.values() for child in children]
    return [child for child in inside if isinstance(child, Node) and (not tags or child.tag in tags)]


def transaction_types(transaction: Node) -> list[Leaf]:
    """BTAE-02 of the documents inside the transaction's source."""
    contents = path(transaction, PXS + "SourceDocument", CEC + "ExtensionContent")
    return [leaf for content in contents for source in roots(content) for leaf in source.get("ProfileExecutionID", ())]
