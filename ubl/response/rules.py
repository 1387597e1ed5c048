"""What an Invoice Response must say; our own rules, by what the published specification asks for."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from ubl.findings import Severity
from ubl.markup import APPLICATION_RESPONSE
from ubl.response.names import CODES, NEEDS_REASON, OTHER, PARTLY_PAID, PROCESSES, SPECIFICATION, Code, Kind
from ubl.rules.document import Document
from ubl.rules.lists import ENDPOINT_SCHEMES
from ubl.rules.registry import Context, rule
from ubl.rules.tree import Node, path, text, texts
from ubl.rules.values import normalize

_ANSWER = f"/{APPLICATION_RESPONSE}/DocumentResponse"
HEAD = Context("response", 0, (f"/{APPLICATION_RESPONSE}",))
PARTIES = Context("response", 1, (f"/{APPLICATION_RESPONSE}/SenderParty", f"/{APPLICATION_RESPONSE}/ReceiverParty"))
ANSWER = Context("response", 2, (_ANSWER,))
RESPONSE = Context("response", 3, (f"{_ANSWER}/Response",))
STATUS = Context("response", 4, (f"{_ANSWER}/Response/Status",))
REFERENCE = Context("response", 5, (f"{_ANSWER}/DocumentReference",))
CONDITION = Context("response", 6, (f"{_ANSWER}/Response/Status/Condition",))


def _code(response: Node) -> str:
    return normalize(text(response, "ResponseCode"))


def _reasons(status: Node) -> list[str]:
    return [normalize(reason) for reason in texts(status, "StatusReasonCode")]


@rule("AE-IMR-01", HEAD, "CustomizationID")
def specification(node: Node) -> bool:
    """An invoice response names the specification urn:fdc:peppol.eu:poacc:trns:invoice_response:3."""
    return normalize(text(node, "CustomizationID")).startswith(SPECIFICATION)


@rule("AE-IMR-02", HEAD, "ProfileID")
def process(node: Node) -> bool:
    """An invoice response names the process of invoice responses."""
    return normalize(text(node, "ProfileID")) in PROCESSES


@rule("AE-IMR-03", HEAD, "ID")
def number(node: Node) -> bool:
    """An invoice response must have an identifier."""
    return bool(normalize(text(node, "ID")))


@rule("AE-IMR-04", HEAD, "IssueDate")
def issue_date(node: Node) -> bool:
    """The date of the response is written YYYY-MM-DD, without a time zone."""
    return len(normalize(text(node, "IssueDate"))) == 10


@rule("AE-IMR-05", HEAD, "DocumentResponse")
def one_answer(node: Node) -> bool:
    """A response answers exactly once."""
    return len(node.get("DocumentResponse", ())) == 1


@rule("AE-IMR-06", PARTIES, "SenderParty", "ReceiverParty")
def endpoint(node: Node) -> bool:
    """Both parties have an electronic address in a scheme that the network knows."""
    return any(normalize(leaf.text) and leaf.get("schemeID") in ENDPOINT_SCHEMES for leaf in node.get("EndpointID", ()))


@rule("AE-IMR-07", PARTIES, "SenderParty", "ReceiverParty")
def name(node: Node) -> bool:
    """Both parties have a legal name."""
    return any(map(normalize, texts(node, "PartyLegalEntity", "RegistrationName")))


@rule("AE-IMR-08", RESPONSE, "ResponseCode")
def code(node: Node) -> bool:
    """The answer is AB, IP, UQ, CA, RE, AP or PD."""
    return _code(node) in list(Code)


@rule("AE-IMR-09", RESPONSE, "StatusReasonCode", "ResponseCode")
def reason_given(node: Node) -> bool:
    """A query, a condition or a rejection says why, by a code."""
    return _code(node) not in NEEDS_REASON or bool(path(node, "Status", "StatusReasonCode"))


@rule("AE-IMR-10", STATUS, "StatusReasonCode")
def reason_known(node: Node) -> bool:
    """A clarification's code is one of the list that it names, reasons or actions."""
    return all(
        leaf.get("listID") in list(Kind) and normalize(leaf.text) in CODES[Kind(leaf.get("listID"))]
        for leaf in node.get("StatusReasonCode", ())
    )


@rule("AE-IMR-11", STATUS, "StatusReasonCode", severity=Severity.WARNING)
def other_in_words(node: Node) -> bool:
    """The clarification OTH says in words what it is."""
    return OTHER not in _reasons(node) or any(map(normalize, texts(node, "StatusReason")))


@rule("AE-IMR-12", STATUS, "StatusReasonCode")
def partial_payment_in_words(node: Node) -> bool:
    """The clarification PPD says in words what was paid."""
    return PARTLY_PAID not in _reasons(node) or any(map(normalize, texts(node, "StatusReason")))


@rule("AE-IMR-13", STATUS, "StatusReasonCode", "ResponseCode")
def partial_payment_is_paid(node: Node, up: Node, document: Document) -> bool:
    """The clarification PPD goes with the answer PD only."""
    return PARTLY_PAID not in _reasons(node) or _code(up) == Code.PAID


@rule("AE-IMR-14", ANSWER, "DocumentReference")
def reference(node: Node) -> bool:
    """A response refers to one invoice, and besides to one payment at most."""
    return 1 <= len(node.get("DocumentReference", ())) <= 2


@rule("AE-IMR-15", REFERENCE, "DocumentReference")
def reference_typed(node: Node) -> bool:
    """What a response refers to has a number and a type code."""
    return bool(normalize(text(node, "ID"))) and bool(normalize(text(node, "DocumentTypeCode")))


@rule("AE-IMR-16", CONDITION, "Condition")
def condition(node: Node) -> bool:
    """A detail of a clarification names the term it is about."""
    return any(map(normalize, texts(node, "AttributeID")))
