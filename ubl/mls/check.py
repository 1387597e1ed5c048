"""Whether a message level status is sound: the UBL schema first, then the 31 published rules."""

from datetime import date

from lxml import etree

from schemas import schema, xmlsafe
from ubl.findings import Finding, Layer, Report, Severity
from ubl.mls import rules
from ubl.mls.names import ROOT
from ubl.rules import Ruleset, choose, findings_of
from ubl.rules import run as run_rules
from ubl.rules.engine import without_comments
from ubl.rules.registry import REGISTERED

RULES = tuple(rule for rule in REGISTERED if rule.layer is Layer.MLS)
"""The published rules of Message Level Status 1.1.0."""
MODULES = (rules,)
RULESETS = (Ruleset("peppol-mls-1.1.0", "1.1.0", "mls", date(2026, 7, 1), RULES),)
"""Every version, oldest first; the earliest also serves the days before it."""


def check(xml: bytes, *, ruleset: str | None = None, as_of: date | None = None) -> Report:
    """Whether these bytes are a sound status, and what is wrong with them. Raises as `ubl.check` does."""
    try:
        root = xmlsafe.parse(xml)
    except xmlsafe.XmlRefused as refused:
        return _stop("XML-01", str(refused))
    if root.tag != ROOT:
        return _stop("XML-02", f"Only a message level status is checked here; this is {etree.QName(root).text}.")
    return check_tree(root, ruleset=ruleset, as_of=as_of)


def check_tree(root: etree._Element, *, ruleset: str | None = None, as_of: date | None = None) -> Report:
    """`check` for a document that `schemas.xmlsafe` has parsed already."""
    root = without_comments(root)
    chosen = choose("mls", ruleset=ruleset, as_of=as_of, table=RULESETS)
    if not schema("ApplicationResponse-2").validate(root):
        from ubl.explain_xsd import explain_xsd  # noqa: PLC0415 - its slow library loads only to explain

        return Report.of(explain_xsd(root, "ApplicationResponse-2"), ruleset=chosen.id, digest=chosen.digest)
    found = findings_of(root, chosen.automaton.run(root, self_billing=False))
    return Report.of(found, ruleset=chosen.id, digest=chosen.digest)


def run(root: etree._Element, ruleset: Ruleset = RULESETS[-1]) -> tuple[Finding, ...]:
    """The published rules alone, whatever the schema says."""
    return run_rules(root, ruleset)


def _stop(rule: str, message: str) -> Report:
    finding = Finding(rule=rule, layer=Layer.XML, severity=Severity.FATAL, where="/", message=message)
    return Report.of((finding,), ruleset="", digest="")
