"""From an opened envelope to a document with everything that is wrong with it. Pure; runs in a thread.

A document that breaks rules, or can't even be read as an invoice, is no error: it is kept and shown with its findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec

import ubl
from gateway.http.problems import Finding
from gateway.inbound.opened import Opened
from peppol import identifiers
from peppol.errors import BadIdentifier
from peppol.identifiers import ParticipantId
from peppol.message import Message
from ubl.parties import Party

_LONGEST = 200
"""Characters of a number or name that are taken into columns; the document itself is kept whole."""


_REWRITTEN = "The document leaned on its envelope and was written anew; the envelope is kept as it came."
_REBUILT = (
    "The provider handed over the document without its envelope: the header was written here from what the document "
    "and the provider say, so it proves nothing beyond them."
)


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """What an envelope brought."""

    opened: Opened
    envelope_sha256: str
    xml_sha256: str
    invoice: ubl.Invoice | None
    """None where the document can't be read as an invoice at all."""
    findings: tuple[Finding, ...]
    ruleset: str
    digest: str

    @property
    def valid(self) -> bool:
        """No fatal finding."""
        return all(finding.severity != "fatal" for finding in self.findings)

    @property
    def message(self) -> Message:
        """What the header says."""
        return self.opened.message

    @property
    def xml(self) -> bytes:
        """The document, as the envelope kept it."""
        return self.message.document

    @property
    def seller_endpoint(self) -> str | None:
        """`0235:1234567890` as the document says it."""
        party = self.invoice.seller if self.invoice else None
        return _address(party)

    @property
    def number(self) -> str | None:
        """IBT-001, where it is short enough to be one."""
        return short(self.invoice.number) if self.invoice else None

    @property
    def asks_us_to_pay(self) -> bool:
        """Whether it is something for the books as a bill: an invoice or credit note that could be read, of which we
        are the buyer. What a customer bills to itself in our name (self-billing) is our sale."""
        return self.invoice is not None and self.message.process != identifiers.SELF_BILLING


def arrive(opened: Opened) -> Arrived:
    """Check what an envelope brought."""
    message, xml = opened.message, opened.message.document
    report = ubl.check(xml)
    findings = [msgspec.convert(finding, Finding, from_attributes=True) for finding in report.findings]
    invoice = None
    try:
        reading = ubl.read_report(xml)
    except ubl.ReadError as error:
        if not findings:
            findings.append(Finding(rule="GW-UNREADABLE", layer="gateway", message=error.reason))
    else:
        invoice = reading.invoice
        findings += [
            Finding(
                rule="GW-UNREAD", layer="gateway", severity="warning", where=leftover.where,
                message=f"{leftover.value!r} stays in the XML, but isn't shown: {leftover.reason}.",
            )
            for leftover in reading.leftovers
        ]  # fmt: skip
        findings += _contradictions(message, invoice)
    if not opened.verbatim:
        findings.append(_noted("GW-REWRITTEN", _REWRITTEN))
    if opened.rebuilt:
        findings.append(_noted("GW-REBUILT", _REBUILT))
    return Arrived(
        opened=opened,
        envelope_sha256=sha256(opened.envelope).hexdigest(),
        xml_sha256=sha256(xml).hexdigest(),
        invoice=invoice,
        findings=tuple(findings),
        ruleset=report.ruleset,
        digest=report.digest,
    )


def short(value: str | None) -> str | None:
    """A value that fits a column; None where it is absent or longer than any honest one."""
    return value if value and len(value) <= _LONGEST else None


def twin_finding(number: str, seller: str) -> Finding:
    """The warning of a second, different document with the same seller and number."""
    return Finding(
        rule="GW-TWIN", layer="gateway", severity="warning", where="/*/cbc:ID", terms=("IBT-001", "IBT-034"),
        message=f"Another document {number!r} of {seller} came before, with other content; ask the seller which holds.",
    )  # fmt: skip


def _contradictions(message: Message, invoice: ubl.Invoice) -> Iterator[Finding]:
    """What the envelope says against what the document says (PINT-AE: both name the same parties, type and process).

    That the document element is the announced one was settled when the envelope was opened (`peppol.sbdh`).
    """
    self_billed = message.process == identifiers.SELF_BILLING
    seller, buyer = _address(invoice.seller), _address(invoice.buyer)
    sender, receiver = (buyer, seller) if self_billed else (seller, buyer)
    for role, stated, term, announced in (
        ("sender", sender, "IBT-049" if self_billed else "IBT-034", message.sender),
        ("receiver", receiver, "IBT-034" if self_billed else "IBT-049", message.receiver),
    ):
        if not _same(stated, announced):
            yield Finding(
                rule="GW-ENVELOPE", layer="gateway", where="/", terms=(term,),
                message=f"The envelope names {announced.value} as {role}, the document {stated or 'nobody'}.",
            )  # fmt: skip
    if invoice.specification != message.document_type.customization:
        yield Finding(
            rule="GW-ENVELOPE", layer="gateway", where="/*/cbc:CustomizationID", terms=("IBT-024",),
            message="The envelope announces another specification than the document states.",
        )  # fmt: skip
    if invoice.process != message.process.value:
        yield Finding(
            rule="GW-ENVELOPE", layer="gateway", where="/*/cbc:ProfileID", terms=("IBT-023",),
            message="The envelope announces another process than the document states.",
        )  # fmt: skip


def _noted(rule: str, message: str) -> Finding:
    return Finding(rule=rule, layer="gateway", severity="warning", where="/", message=message)


def _address(party: Party | None) -> str | None:
    endpoint = party.endpoint if party else None
    return short(f"{endpoint.scheme or '?'}:{endpoint.id}") if endpoint else None


def _same(stated: str | None, announced: ParticipantId) -> bool:
    try:
        return stated is not None and ParticipantId(stated) == announced
    except BadIdentifier:
        return False
