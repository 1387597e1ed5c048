"""How the documents around an invoice are checked: parsed, held to their structure, then to their rules.

Each kind (`ubl.taxdata`, `ubl.mls`, `ubl.response`) is one `Message` with rules and dated rule sets of its own.
"""

from collections.abc import Callable, Iterable
from datetime import date

from lxml import etree
from msgspec import Struct

from schemas import validation, xmlsafe
from ubl.findings import Finding, Layer, Report, Severity
from ubl.rules import Ruleset, choose, findings_of
from ubl.rules.engine import without_comments
from ubl.rules.registry import REGISTERED, Rule


def rules_of(layer: Layer) -> tuple[Rule, ...]:
    """The rules declared so far in a layer."""
    return tuple(rule for rule in REGISTERED if rule.layer is layer)


def ubl_structure(root: etree._Element) -> Iterable[Finding]:
    """What an ApplicationResponse breaks in the UBL schema."""
    if validation.holds(root, "ApplicationResponse-2"):
        return ()
    from ubl.explain_xsd import explain_xsd  # noqa: PLC0415 - its slow library loads only to explain

    return explain_xsd(root, "ApplicationResponse-2")


class Message(Struct, frozen=True, kw_only=True):
    """One kind of document and how it is checked."""

    name: str
    """What it is, for people: `message level status`."""
    root: str
    """Tag of its root."""
    rulesets: tuple[Ruleset, ...]
    """Every version, oldest first; the earliest also serves the days before it."""
    structure: Callable[[etree._Element], Iterable[Finding]] = ubl_structure
    """What is wrong with the structure; the rules are asked only when nothing is."""
    judged: Callable[[etree._Element], etree._Element] = without_comments
    """The part of the document that the rules look at."""

    def check(self, xml: bytes, *, ruleset: str | None = None, as_of: date | None = None) -> Report:
        """Whether these bytes are sound, and what is wrong with them; arguments and errors are those of `ubl.check`."""
        try:
            root = xmlsafe.parse(xml)
        except xmlsafe.XmlRefused as refused:
            return _stop("XML-01", str(refused))
        if root.tag != self.root:
            return _stop("XML-02", f"Only a {self.name} is checked here; this is {etree.QName(root).text}.")
        return self.check_tree(root, ruleset=ruleset, as_of=as_of)

    def check_tree(self, root: etree._Element, *, ruleset: str | None = None, as_of: date | None = None) -> Report:
        """`check` for a document that `schemas.xmlsafe` has parsed already."""
        root = without_comments(root)
        chosen = choose(self.rulesets[-1].process, ruleset=ruleset, as_of=as_of, table=self.rulesets)
        findings = tuple(self.structure(root)) or self.run(root, chosen)
        return Report.of(findings, ruleset=chosen.id, digest=chosen.digest)

    def run(self, root: etree._Element, ruleset: Ruleset | None = None) -> tuple[Finding, ...]:
        """The rules alone, whatever the structure; those of the newest version unless one is given."""
        part = self.judged(without_comments(root))
        chosen = ruleset or self.rulesets[-1]
        return findings_of(part, chosen.automaton.run(part, self_billing=False))


def _stop(rule: str, message: str) -> Report:
    finding = Finding(rule=rule, layer=Layer.XML, severity=Severity.FATAL, where="/", message=message)
    return Report.of((finding,), ruleset="", digest="")
