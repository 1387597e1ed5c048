"""Whether a tax data document is sound: structure first, then the 58 published rules."""

from datetime import date

from lxml import etree

from schemas import xmlsafe
from ubl.findings import Finding, Layer, Report, Severity
from ubl.rules import Ruleset, choose, findings_of
from ubl.rules.engine import without_comments
from ubl.rules.registry import REGISTERED
from ubl.taxdata import document_rules, head_rules
from ubl.taxdata.names import ROOT
from ubl.taxdata.shell import shell
from ubl.taxdata.structure import structure

RULES = tuple(rule for rule in REGISTERED if rule.layer is Layer.TAXDATA)
"""The published rules of the Tax Data Document 1.0.4."""
MODULES = (head_rules, document_rules)
RULESETS = (Ruleset("peppol-ae-tdd-1.0.4", "1.0.4", "taxdata", date(2026, 7, 23), RULES),)
"""Every version, oldest first; the earliest also serves the days before it."""


def check(xml: bytes, *, ruleset: str | None = None, as_of: date | None = None) -> Report:
    """Whether these bytes are a sound tax data document, and what is wrong with them.

    The invoice inside isn't judged: `ubl.check` does that. Raises as `ubl.check` does.
    """
    try:
        root = xmlsafe.parse(xml)
    except xmlsafe.XmlRefused as refused:
        return _stop("XML-01", str(refused))
    if root.tag != ROOT:
        return _stop("XML-02", f"Only a tax data document is checked here; this is {etree.QName(root).text}.")
    return check_tree(root, ruleset=ruleset, as_of=as_of)


def check_tree(root: etree._Element, *, ruleset: str | None = None, as_of: date | None = None) -> Report:
    """`check` for a document that `schemas.xmlsafe` has parsed already."""
    root = without_comments(root)
    chosen = choose("taxdata", ruleset=ruleset, as_of=as_of, table=RULESETS)
    findings = tuple(structure(root)) or run(root, chosen)
    return Report.of(findings, ruleset=chosen.id, digest=chosen.digest)


def run(root: etree._Element, ruleset: Ruleset = RULESETS[-1]) -> tuple[Finding, ...]:
    """The published rules alone, whatever the structure."""
    reduced = shell(without_comments(root))
    return findings_of(reduced, ruleset.automaton.run(reduced, self_billing=False))


def _stop(rule: str, message: str) -> Report:
    finding = Finding(rule=rule, layer=Layer.XML, severity=Severity.FATAL, where="/", message=message)
    return Report.of((finding,), ruleset="", digest="")
