"""What a check found, as values: `Finding` and `Report`; nothing here raises for a bad invoice.

A finding names the rule that was broken, the layer that knows the rule, and the place twice: as an XPath into the
XML and, where the invoice was posted as JSON, as a JSON pointer (RFC 6901) into that body.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Layer(StrEnum):
    """The steps of the pyramid, in the order in which they run."""

    JSON = "json"
    XML = "xml"
    XSD = "xsd"
    PINT = "pint"
    PINT_AE = "pint-ae"
    TAXDATA = "tdd"
    MLS = "mls"
    RESPONSE = "response"
    ADVICE = "advice"


class Severity(StrEnum):
    """`FATAL` makes a document invalid; `WARNING` never does."""

    FATAL = "fatal"
    WARNING = "warning"


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """One broken rule at one place."""

    rule: str
    """Published id (`ibr-co-10`, `ibr-tdd-01`, `SCH-MLS-01`), own id (`AE-ADV-03`, `AE-IMR-01`), `XML-nn` or `XSD-nn`;
    `python -m ubl explain` knows each."""
    layer: Layer
    severity: Severity
    where: str
    """XPath of the element, with the prefixes cbc and cac; `/` for the document as a whole."""
    message: str
    """One English sentence in our own words, with the values concerned."""
    pointer: str | None = None
    """JSON pointer into the posted body; names the missing member's parent when the member is absent."""
    terms: tuple[str, ...] = ()
    """Business terms concerned: `IBT-106`, `BTAE-02`."""


class Report(Struct, frozen=True, kw_only=True):
    """Everything one check found, and by which rule set.

    `valid` is true exactly when no finding is fatal; a report that says otherwise can't be built.
    """

    findings: tuple[Finding, ...]
    """In the order of the layers; within a layer in document order."""
    ruleset: str
    """Id of the rule set used, such as `pint-ae-billing-1.0.4`; empty when the document chose none (not UBL at all)."""
    digest: str
    """SHA-256 (hex) over the code and tables of that rule set: equal digests mean equal verdicts."""
    valid: bool

    def __post_init__(self) -> None:
        if self.valid is any(finding.severity is Severity.FATAL for finding in self.findings):
            raise ValueError("valid must be the absence of fatal findings")

    @classmethod
    def of(cls, findings: Iterable[Finding], *, ruleset: str, digest: str) -> "Report":
        """The report of these findings, its verdict derived from them."""
        kept = tuple(findings)
        valid = all(finding.severity is not Severity.FATAL for finding in kept)
        return cls(findings=kept, ruleset=ruleset, digest=digest, valid=valid)
