"""The published rules of Message Level Status 1.1.0 (their own version is 1.0.1)."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

import itertools
import re

from ubl import spis
from ubl.markup import APPLICATION_RESPONSE
from ubl.mls.names import FAILURES, PROCESS, SPECIFICATION, Code, Reason
from ubl.rules.document import Document
from ubl.rules.registry import Context, rule
from ubl.rules.tree import Node, path, text, texts
from ubl.rules.values import normalize

_ANSWER = f"/{APPLICATION_RESPONSE}/DocumentResponse"
HEAD = Context("mls", 0, (f"/{APPLICATION_RESPONSE}",))
ANSWER = Context("mls", 1, (_ANSWER,))
REFERENCE = Context("mls", 2, (f"{_ANSWER}/DocumentReference",))
ISSUE = Context("mls", 3, (f"{_ANSWER}/LineResponse",))
ISSUE_RESPONSE = Context("mls", 4, (f"{_ANSWER}/LineResponse/Response",))
ISSUE_STATUS = Context("mls", 5, (f"{_ANSWER}/LineResponse/Response/Status",))

_ends_in_zone = re.compile(r"([+-]\d{2}:\d{2}|Z)\Z").search


def _trimmed(node: Node, *names: str) -> str:
    """The first text reached by that path that isn't blank; empty when there is none."""
    return next(filter(None, map(normalize, texts(node, *names))), "")


def _one(node: Node, *names: str) -> bool:
    """Whether exactly one text is reached by that path, and isn't blank."""
    found = texts(node, *names)
    return len(found) == 1 and bool(normalize(found[0]))


def _schemes(node: Node, party: str) -> list[str | None]:
    return [leaf.get("schemeID") for leaf in path(node, party, "EndpointID")]


def _code(answer: Node) -> str:
    return _trimmed(answer, "Response", "ResponseCode")


def _has_failure(answer: Node) -> bool:
    """Whether some issue is a failure, not a warning."""
    reasons = texts(answer, "LineResponse", "Response", "Status", "StatusReasonCode")
    return any(normalize(reason) in FAILURES for reason in reasons)


@rule("SCH-MLS-01", HEAD, "CustomizationID")
def specification(node: Node) -> bool:
    """A message level status names the specification urn:peppol:edec:mls:1.0."""
    return normalize(text(node, "CustomizationID")) == SPECIFICATION


@rule("SCH-MLS-02", HEAD, "ProfileID")
def process(node: Node) -> bool:
    """A message level status names the process urn:peppol:edec:mls."""
    return normalize(text(node, "ProfileID")) == PROCESS


@rule("SCH-MLS-03", HEAD, "ID")
def number(node: Node) -> bool:
    """A message level status must have an identifier."""
    return bool(_trimmed(node, "ID"))


@rule("SCH-MLS-04", HEAD, "IssueDate")
def issue_date(node: Node) -> bool:
    """The date of the status is written YYYY-MM-DD, without a time zone."""
    return len(normalize(text(node, "IssueDate"))) == 10


@rule("SCH-MLS-05", HEAD, "IssueTime")
def issue_time(node: Node) -> bool:
    """The status must state its time."""
    return "IssueTime" in node


@rule("SCH-MLS-06", HEAD, "IssueTime")
def issue_time_zone(node: Node) -> bool:
    """The time of the status is written with its time zone."""
    return _ends_in_zone(normalize(text(node, "IssueTime"))) is not None


@rule("SCH-MLS-07", HEAD, "SenderParty")
def sender(node: Node) -> bool:
    """The sender must have an electronic address."""
    return bool(path(node, "SenderParty", "EndpointID"))


@rule("SCH-MLS-08", HEAD, "SenderParty")
def sender_given(node: Node) -> bool:
    """The sender's electronic address isn't blank."""
    return bool(_trimmed(node, "SenderParty", "EndpointID"))


@rule("SCH-MLS-09", HEAD, "SenderParty")
def sender_form(node: Node) -> bool:
    """The sender is a service provider: six digits, perhaps with a suffix."""
    return spis.is_valid(_trimmed(node, "SenderParty", "EndpointID"))


@rule("SCH-MLS-10", HEAD, "SenderParty")
def sender_scheme(node: Node) -> bool:
    """The sender's electronic address must name its scheme."""
    return any(scheme is not None for scheme in _schemes(node, "SenderParty"))


@rule("SCH-MLS-11", HEAD, "SenderParty")
def sender_is_service_provider(node: Node) -> bool:
    """The sender's electronic address is of scheme 0242."""
    return spis.SCHEME in _schemes(node, "SenderParty")


@rule("SCH-MLS-12", HEAD, "ReceiverParty")
def receiver(node: Node) -> bool:
    """The receiver must have an electronic address."""
    return bool(path(node, "ReceiverParty", "EndpointID"))


@rule("SCH-MLS-13", HEAD, "ReceiverParty")
def receiver_given(node: Node) -> bool:
    """The receiver's electronic address isn't blank."""
    return bool(_trimmed(node, "ReceiverParty", "EndpointID"))


@rule("SCH-MLS-14", HEAD, "ReceiverParty")
def receiver_form(node: Node) -> bool:
    """The receiver is a service provider: six digits, perhaps with a suffix."""
    return spis.is_valid(_trimmed(node, "ReceiverParty", "EndpointID"))


@rule("SCH-MLS-15", HEAD, "ReceiverParty")
def receiver_scheme(node: Node) -> bool:
    """The receiver's electronic address must name its scheme."""
    return any(scheme is not None for scheme in _schemes(node, "ReceiverParty"))


@rule("SCH-MLS-16", HEAD, "ReceiverParty")
def receiver_is_service_provider(node: Node) -> bool:
    """The receiver's electronic address is of scheme 0242."""
    return spis.SCHEME in _schemes(node, "ReceiverParty")


@rule("SCH-MLS-17", HEAD, "DocumentResponse")
def one_answer(node: Node) -> bool:
    """A status answers exactly once."""
    return len(node.get("DocumentResponse", ())) == 1


@rule("SCH-MLS-18", ANSWER, "ResponseCode")
def answer_code(node: Node) -> bool:
    """The answer must have a code."""
    return bool(path(node, "Response", "ResponseCode"))


@rule("SCH-MLS-19", ANSWER, "ResponseCode")
def answer_code_known(node: Node) -> bool:
    """The answer's code is AP, AB or RE."""
    return _code(node) in list(Code)


@rule("SCH-MLS-20", ANSWER, "Description")
def rejection_described(node: Node) -> bool:
    """A rejection says why."""
    return _code(node) != Code.REJECTED or bool(path(node, "Response", "Description"))


@rule("SCH-MLS-21", ANSWER, "Description")
def rejection_description_given(node: Node) -> bool:
    """What a rejection says isn't blank, and said once."""
    return _code(node) != Code.REJECTED or _one(node, "Response", "Description")


@rule("SCH-MLS-22", ANSWER, "DocumentReference")
def one_reference(node: Node) -> bool:
    """An answer refers to exactly one message."""
    return len(node.get("DocumentReference", ())) == 1


@rule("SCH-MLS-23", ANSWER, "LineResponse")
def rejection_has_issues(node: Node) -> bool:
    """A rejection lists at least one issue."""
    return _code(node) != Code.REJECTED or "LineResponse" in node


@rule("SCH-MLS-24", ANSWER, "StatusReasonCode")
def rejection_has_failure(node: Node) -> bool:
    """At least one issue of a rejection is a failure: SV, BV or FD."""
    return _code(node) != Code.REJECTED or _has_failure(node)


@rule("SCH-MLS-25", ANSWER, "StatusReasonCode")
def acceptance_has_no_failure(node: Node) -> bool:
    """No issue of a positive answer is a failure; warnings (BW) are allowed."""
    return _code(node) == Code.REJECTED or not _has_failure(node)


@rule("SCH-MLS-26", REFERENCE, "DocumentReference")
def reference_given(node: Node) -> bool:
    """The identifier of the answered message isn't blank."""
    return bool(_trimmed(node, "ID"))


@rule("SCH-MLS-27", ISSUE, "LineID")
def issue_place(node: Node) -> bool:
    """An issue says where it is: an XPath, or NA."""
    return bool(_trimmed(node, "LineReference", "LineID"))


@rule("SCH-MLS-28", ISSUE_RESPONSE, "Description")
def issue_described(node: Node) -> bool:
    """An issue is described."""
    return "Description" in node


@rule("SCH-MLS-29", ISSUE_RESPONSE, "Description")
def issue_description_given(node: Node) -> bool:
    """An issue's description isn't blank, and given once."""
    return _one(node, "Description")


@rule("SCH-MLS-30", ISSUE_RESPONSE, "StatusReasonCode")
def issue_status(node: Node, up: Node, document: Document) -> bool:
    """An issue has a status, and one reason at most.

    The published rules end with an error at two reasons, but look no further once they have met a fatal one (BV).
    """
    if len(path(node, "Status", "StatusReasonCode")) > 1:
        responses = path(document.root, "DocumentResponse", "LineResponse", "Response")
        before = itertools.takewhile(lambda other: other is not node, responses)
        return any(_trimmed(other, "Status", "StatusReasonCode") == Reason.RULE_VIOLATED for other in before)
    return "Status" in node


@rule("SCH-MLS-31", ISSUE_STATUS, "StatusReasonCode")
def issue_reason_known(node: Node) -> bool:
    """An issue's reason is BV, BW, FD or SV."""
    return _trimmed(node, "StatusReasonCode") in list(Reason)
