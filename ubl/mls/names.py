"""Names and code lists of Message Level Status 1.1.0, and which reasons may go with which answer."""

from enum import StrEnum

SPECIFICATION = "urn:peppol:edec:mls:1.0"
"""CustomizationID."""
PROCESS = "urn:peppol:edec:mls"
"""ProfileID."""
NOWHERE = "NA"
"""LineID of an issue that has no place in the document."""


class Code(StrEnum):
    """What became of a message."""

    ACCEPTED = "AP"
    """Delivered to the fourth corner, who confirmed it."""
    ACKNOWLEDGED = "AB"
    """Delivered to the fourth corner, without confirmation."""
    REJECTED = "RE"
    """Refused, or not deliverable."""


class Reason(StrEnum):
    """What an issue is."""

    RULE_VIOLATED = "BV"
    RULE_WARNED = "BW"
    NOT_DELIVERED = "FD"
    SYNTAX_VIOLATED = "SV"


FAILURES = frozenset({Reason.RULE_VIOLATED, Reason.NOT_DELIVERED, Reason.SYNTAX_VIOLATED})
"""Reasons of which a rejection has at least one, and a positive answer none."""
ALLOWED: dict[Code, frozenset[Reason]] = {
    Code.ACCEPTED: frozenset({Reason.RULE_WARNED}),
    Code.ACKNOWLEDGED: frozenset({Reason.RULE_WARNED}),
    Code.REJECTED: frozenset(Reason),
}
"""Answer -> reasons its issues may have; a rejection needs one of `FAILURES` among them."""
UNANSWERED = ("urn:peppol:edec:mls", "urn:fdc:peppol.eu:poacc:trns:mlr", "urn:fdc:peppol.eu:poacc:bis:mlr")
"""How the document and process types begin that never get a status: a status itself, and its forerunner (MLR)."""
