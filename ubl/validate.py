"""The pyramid: well-formed XML, then the UBL schema, then the shared and the UAE rules together with our advice.

A layer that must hold before the next one makes sense stops the check; everything above the schema is told at once.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache

import msgspec
from lxml import etree

from schemas import validation, xmlsafe
from ubl import mls, response, taxdata
from ubl.advice import ADVICE
from ubl.complete import complete
from ubl.errors import CompleteError, WriteError
from ubl.findings import Finding, Layer, Report, Severity
from ubl.invoice import Invoice
from ubl.markup import APPLICATION_RESPONSE
from ubl.message import Message
from ubl.rules import Ruleset, choose, findings_of, process_of
from ubl.rules.engine import Automaton
from ubl.rules.tree import CBC, CREDIT_NOTE, INVOICE
from ubl.scenario import contradictions
from ubl.where import HEAD, Pointers, nearest
from ubl.write import write

_SCHEMAS = {INVOICE: "Invoice-2", CREDIT_NOTE: "CreditNote-2"}
_LAYERS = tuple(Layer)


def check(xml: bytes, *, ruleset: str | None = None, as_of: date | None = None) -> Report:
    """Whether these bytes are a lawful UAE e-invoice or credit note, and what is wrong with them.

    A tax data document, a message level status or an invoice response is known by its root and CustomizationID, and
    checked as what it is (`ubl.taxdata`, `ubl.mls`, `ubl.response`); `Report.ruleset` says which.
    `ruleset` chooses the rules by id or version, `as_of` those in force on a day; without either the newest are used.
    Never raises for a bad document. Raises `schemas.SchemasNotInstalled` when the UBL schemas aren't there: without
    them there is no verdict; and `ubl.rules.UnknownRuleset` when there is no such rule set.
    """
    try:
        root = xmlsafe.parse(xml, blanks=False)
    except xmlsafe.XmlRefused as refused:
        return _stop(Finding(rule="XML-01", layer=Layer.XML, severity=Severity.FATAL, where="/", message=str(refused)))
    return check_tree(root, ruleset=ruleset, as_of=as_of)


def check_tree(root: etree._Element, *, ruleset: str | None = None, as_of: date | None = None) -> Report:
    """`check` for a document that `schemas.xmlsafe` has parsed already."""
    return _check(root, ruleset, as_of, None)


def check_invoice(
    invoice: Invoice, *, posted: bytes | None = None, ruleset: str | None = None, as_of: date | None = None
) -> Report:
    """`check` for an invoice that isn't XML yet: what would be written is checked, each finding has a JSON pointer.

    The pointers resolve in `posted`, the JSON the invoice was decoded from; without it, in the invoice's own JSON. A
    finding about something absent points to the nearest part that is there. Facts stated with the invoice are held
    against its codes as well (AE-FACT-01).
    """
    body = msgspec.json.decode(posted if posted is not None else msgspec.json.encode(invoice))
    try:
        root = xmlsafe.parse(write(invoice))
    except WriteError as error:
        finding = Finding(
            rule="XML-03",
            layer=Layer.XML,
            severity=Severity.FATAL,
            where="/",
            message=error.reason,
            pointer=nearest(error.pointer, body),
        )
        return _stop(finding)
    report = _check(root, ruleset, as_of, body)
    found = report.findings
    if any(finding.layer == Layer.XSD for finding in found):
        found = _in_the_posters_terms(invoice, root, report, body)
    told = (*found, *_facts(invoice, body))
    return Report.of(told, ruleset=report.ruleset, digest=report.digest)


def _in_the_posters_terms(invoice: Invoice, root: etree._Element, report: Report, body: object) -> tuple[Finding, ...]:
    """What whoever posted JSON has to mend where the XML made of it is refused by the schema.

    JSON knows no order, so a child out of place (XSD-01) only says that something before it is absent. Where an amount
    can't be computed, that is what is absent, and all else follows from it; otherwise the rules name the term.
    """
    try:
        complete(invoice)
    except CompleteError as error:
        message = f"{error.reason[:1].upper()}{error.reason[1:]}; without it the amounts can't be computed."
        pointer = nearest(error.pointer, body)
        return (Finding(rule="JSON-02", layer=Layer.JSON, severity=Severity.FATAL, where="/", message=message,
                        pointer=pointer),)  # fmt: skip
    chosen = choose(process_of(invoice.specification or ""), ruleset=report.ruleset)
    failures = automaton(chosen).run(root, self_billing=chosen.self_billing)
    named = findings_of(root, failures, _pointing(root, body))
    if all(finding.severity != Severity.FATAL for finding in named):
        return report.findings
    return (*(finding for finding in report.findings if finding.rule != "XSD-01"), *named)


def _facts(invoice: Invoice, body: object) -> Iterator[Finding]:
    """Where codes and the facts posted with them disagree; XML states no facts, so `check` has none of these."""
    for found in contradictions(invoice):
        yield Finding(
            rule="AE-FACT-01",
            layer=Layer.ADVICE,
            severity=Severity.WARNING,
            where="/",
            message=f"{found.message}.",
            pointer=nearest(found.pointer, body),
        )


def message_of(root: etree._Element) -> Message | None:
    """Which of the documents around an invoice this is; none for an invoice and for what isn't known at all."""
    if root.tag == taxdata.ROOT:
        return taxdata.MESSAGE
    if root.tag != APPLICATION_RESPONSE:
        return None
    response_to_invoice = (root.findtext(CBC + "CustomizationID") or "").strip().startswith(response.SPECIFICATION)
    return response.MESSAGE if response_to_invoice else mls.MESSAGE


def _check(root: etree._Element, ruleset: str | None, as_of: date | None, body: object | None) -> Report:
    name = _SCHEMAS.get(str(root.tag))
    if name is None:
        message_kind = message_of(root)
        if message_kind is not None:
            return message_kind.check_tree(root, ruleset=ruleset, as_of=as_of)
        message = f"Only a UBL 2.1 Invoice or CreditNote is checked here; this is {etree.QName(root).text}."
        return _stop(Finding(rule="XML-02", layer=Layer.XML, severity=Severity.FATAL, where="/", message=message))
    chosen = choose(process_of(root.findtext(CBC + "CustomizationID") or ""), ruleset=ruleset, as_of=as_of)
    pointer = None if body is None else _pointing(root, body)
    if not validation.holds(root, name):
        from ubl.explain_xsd import explain_xsd  # noqa: PLC0415 - its slow library loads only to explain

        return Report.of(explain_xsd(root, name, pointer), ruleset=chosen.id, digest=chosen.digest)
    failures = automaton(chosen).run(root, self_billing=chosen.self_billing)
    if failures:
        failures.sort(key=lambda failure: _LAYERS.index(failure.rule.layer))
    return Report.of(findings_of(root, failures, pointer), ruleset=chosen.id, digest=chosen.digest)


def _pointing(root: etree._Element, body: object) -> Callable[[etree._Element, tuple[str, ...]], str]:
    """Where in `body` an element is; for the document as a whole, where the rule's first term is."""
    pointers = Pointers(root)

    def point(element: etree._Element, terms: tuple[str, ...]) -> str:
        found = pointers.pointer(element) or (HEAD.get(terms[0], "") if terms else "")
        return nearest(found, body)

    return point


@cache
def automaton(ruleset: Ruleset) -> Automaton:
    """The published rules of a rule set and our advice, in one pass."""
    return ruleset.with_advice(ADVICE)


def _stop(finding: Finding) -> Report:
    return Report.of((finding,), ruleset="", digest="")
