"""From posted bytes to an invoice and everything wrong with it; pure, and the same for validate, draft and seal.

A body may leave out what this gateway knows: the number that an `assigned` series will give (IBT-001) and the unique id
(BTAE-07), for which the document's own id stands. Totals that are absent are computed; given ones are compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID, uuid4

import msgspec

import ubl
from gateway.http.problems import Finding, Invalid
from gateway.outbound.natural import is_about_a_person
from schemas import xmlsafe
from ubl import Invoice, Report
from ubl.mend import mend
from ubl.validate import check_tree
from ubl.where import nearest

GENERATOR = "involinks-ubl/1"
"""Names the writer in every sealed envelope; a writer that would make other bytes gets another name."""
TAKEN = "taken/1"
"""Names, in the same place, that the XML was posted: kept byte for byte, and the JSON read out of it."""

MENDING_EFFORT = 1024 * 1024
"""Bytes of invoices that may be checked in search of patches for one answer: about a hundred small invoices, and of
very large ones none."""

UNNUMBERED = "0"
"""Stands for a number that is missing, so that the other rules can be checked; the house rules tell that it is."""

Findings = tuple[Finding, ...]


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it came in and could be understood."""

    invoice: Invoice
    body: bytes
    """Its JSON: as it was posted, or what was read out of the XML."""
    xml: bytes | None = None
    """UBL as it was posted, byte for byte; then `body` is no one's own and nothing points into it."""
    unread: Findings = ()
    """Warnings about what the XML holds and the JSON can't."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice, and what is wrong with it."""

    invoice: Invoice
    """Completed where that was possible."""
    findings: Findings
    ruleset: str
    digest: str
    """SHA-256 (hex) of the rule set."""

    @property
    def valid(self) -> bool:
        """No fatal finding."""
        return all(finding.severity != "fatal" for finding in self.findings)

    def plus(self, more: Iterable[Finding]) -> Judgement:
        """With further findings behind the others."""
        return msgspec.structs.replace(self, findings=(*self.findings, *more))

    def placed(self, posted: Posted) -> Judgement:
        """With pointers that resolve in the JSON that was posted; with none where XML was.

        A pointer to a computed member leads to the nearest member that the body really has.
        """
        if not self.findings:
            return self
        tree: object = msgspec.json.decode(posted.body) if posted.xml is None else None
        return msgspec.structs.replace(self, findings=tuple(_placed(finding, tree) for finding in self.findings))


class Sealable(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes to seal, and whether they may be."""

    judgement: Judgement
    xml: bytes
    """The very bytes that were checked."""
    generator: str = GENERATOR
    """How XML and JSON came to each other; `gateway.replay.generators` can do it again."""


def from_json(body: bytes) -> Posted:
    """JSON of an invoice; raises Invalid with the place of the first thing that can't be understood."""
    try:
        return Posted(invoice=ubl.decode(body), body=body)
    except ubl.DecodeError as error:
        finding = Finding(rule="JSON", message=error.reason, pointer=error.pointer)
        raise Invalid("The body is not the JSON of an invoice; see `findings`.", findings=(finding,)) from None


def from_store(body: bytes, xml: bytes | None) -> Posted:
    """A draft as it was stored, so already understood once."""
    return from_xml(xml) if xml is not None else Posted(invoice=msgspec.json.decode(body, type=Invoice), body=body)


def from_xml(xml: bytes) -> Posted:
    """UBL 2.1; raises Invalid where no invoice can be read out of it."""
    try:
        reading = ubl.read_report(xml)
    except ubl.ReadError as error:
        findings = _shown(ubl.check(xml)) or (Finding(rule="XML", layer="xml", message=error.reason),)
        raise Invalid("The body is not a UBL invoice or credit note; see `findings`.", findings=findings) from None
    body = msgspec.json.encode(reading.invoice)
    unread = tuple(
        Finding(
            rule="GW-UNREAD",
            layer="gateway",
            severity="warning",
            where=leftover.where,
            message=f"{leftover.value!r} stays in the XML, but not in the JSON: {leftover.reason}.",
        )
        for leftover in reading.leftovers
    )
    return Posted(invoice=reading.invoice, body=body, xml=xml, unread=unread)


def judge(posted: Posted, *, number: str | None, document_id: UUID) -> Judgement:
    """Check a document; UBL as it is, JSON as the XML that would be made of it, with patches where a machine can mend.

    `number`: what an assigned series would give today; None where the document brings its own.
    """
    if posted.xml is not None:
        return _judgement(posted.invoice, ubl.check(posted.xml)).plus(posted.unread)
    whole = completed(_named(posted.invoice, number, document_id))
    report = ubl.check_invoice(whole, posted=posted.body)
    judged = _judgement(whole, report)
    if not report.findings:
        return judged
    patches = mend(
        posted.body,
        report,
        prepare=lambda invoice: completed(_named(invoice, number, document_id)),
        effort=MENDING_EFFORT,
    )
    findings = tuple(
        msgspec.structs.replace(finding, patch=patches.get(place)) for place, finding in enumerate(judged.findings)
    )
    return msgspec.structs.replace(judged, findings=findings)


def prepare(posted: Posted, *, number: str | None, document_id: UUID) -> Sealable:
    """Write the XML (or take the posted one), read it back, and check those very bytes.

    What is read back must be what was written: a value that the XML can't carry is never sealed silently.
    """
    if posted.xml is not None:
        judged = judge(posted, number=None, document_id=document_id)
        return Sealable(judgement=judged, xml=posted.xml, generator=TAKEN)
    whole = completed(_named(posted.invoice, number, document_id))
    try:
        xml = ubl.write(whole)
    except ubl.WriteError:
        return Sealable(judgement=judge(posted, number=number, document_id=document_id), xml=b"")
    root = xmlsafe.parse(xml)
    report = check_tree(root)
    if not report.valid:
        # The same findings once more, with pointers for whoever posted JSON.
        report = ubl.check_invoice(whole, posted=posted.body)
    elif ubl.write(ubl.read(root)) != xml:
        raise AssertionError("an invoice that was written doesn't read back as itself; it can't be sealed")
    return Sealable(judgement=_judgement(whole, report), xml=xml)


def _named(invoice: Invoice, number: str | None, document_id: UUID) -> Invoice:
    """Of a person's document the unique id is random: it is known from nowhere else once the content is destroyed, so
    that nobody can try guesses of the content against the hash of the XML.
    """
    uuid = invoice.uuid or str(uuid4() if is_about_a_person(invoice) else document_id)
    return msgspec.structs.replace(invoice, number=number or invoice.number or UNNUMBERED, uuid=uuid)


def completed(invoice: Invoice) -> Invoice:
    """With totals and derived codes, or as it is where they can't be computed: the rules then name what is missing."""
    try:
        return ubl.complete(invoice)
    except ubl.CompleteError:
        return invoice


def _judgement(invoice: Invoice, report: Report) -> Judgement:
    return Judgement(invoice=invoice, findings=_shown(report), ruleset=report.ruleset, digest=report.digest)


def _shown(report: Report) -> Findings:
    return tuple(msgspec.convert(finding, Finding, from_attributes=True) for finding in report.findings)


def _placed(finding: Finding, tree: object) -> Finding:
    if finding.pointer is None:
        return finding
    return msgspec.structs.replace(finding, pointer=None if tree is None else nearest(finding.pointer, tree))
