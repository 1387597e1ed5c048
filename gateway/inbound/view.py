"""One received document as it is shown: what it says, what is wrong with it, how it came, what happened."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

import ubl
from gateway import events
from gateway.access.call import Call
from gateway.http.problems import Finding
from gateway.inbound import queries
from gateway.inbound.queries import Summary

_FINDINGS = msgspec.json.Decoder(tuple[Finding, ...])


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a document's timeline."""

    kind: str
    """`document.received`, `document.acknowledged`, `document.repeated` ..."""
    at: datetime
    actor: str
    facts: dict[str, object]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One envelope that brought the document."""

    instance_id: str
    envelope_sha256: str
    rebuilt: bool
    """The provider handed over the document alone, and the envelope was written here; it proves nothing beyond it."""
    received_at: datetime


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is known about a document."""

    at: datetime
    by: str | None = None
    note: str | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known; null is not yet."""

    received: Fact
    acknowledged: Fact | None


class Document(Summary, frozen=True, kw_only=True):
    """A received document with everything about it."""

    receiver: str
    document_type: str
    process: str
    ruleset: str
    """The rules it was checked by when it came."""
    findings: tuple[Finding, ...]
    verbatim: bool
    """Whether the document is kept byte for byte; else it leaned on its envelope and was written anew."""
    xml_sha256: str
    size: int
    """Bytes of the XML."""
    facts: Facts
    arrivals: tuple[Arrival, ...]
    document: ubl.Invoice | None
    """What could be read out of it; null where it is no invoice at all."""
    timeline: tuple[Happened, ...]


async def shown(call: Call, document_id: UUID) -> Document:
    """One document and what happened to it, oldest first. Raises BillNotFound."""
    row = await queries.one(call.db, call.company_id, document_id)
    xml = await call.wiring.storage.get(row.xml_sha256)
    acknowledged = None
    if row.acknowledged_at is not None:
        acknowledged = Fact(at=row.acknowledged_at, by=row.acknowledged_by, note=row.note)
    return Document(
        **msgspec.structs.asdict(queries.summary(row)),
        receiver=row.receiver,
        document_type=row.document_type,
        process=row.process,
        ruleset=row.ruleset,
        findings=_FINDINGS.decode(row.findings),
        verbatim=row.verbatim,
        xml_sha256=row.xml_sha256,
        size=row.size,
        facts=Facts(received=Fact(at=row.received_at), acknowledged=acknowledged),
        arrivals=tuple(
            Arrival(
                instance_id=came.instance_id,
                envelope_sha256=came.envelope_sha256,
                rebuilt=came.rebuilt,
                received_at=came.received_at,
            )
            for came in await queries.envelopes_of(call.db, call.company_id, document_id)
        ),
        document=_read(xml),
        timeline=tuple(
            Happened(kind=event.kind, at=event.at, actor=event.actor, facts=msgspec.json.decode(event.facts))
            for event in await events.timeline(call.db, call.company_id, document_id)
        ),
    )


async def xml(call: Call, document_id: UUID) -> tuple[str, bytes]:
    """A file name and the document as it came, whole and checked. Raises BillNotFound."""
    row = await queries.one(call.db, call.company_id, document_id)
    return row.number or str(document_id), await call.wiring.storage.get(row.xml_sha256)


def _read(content: bytes) -> ubl.Invoice | None:
    try:
        return ubl.read(content)
    except ubl.ReadError:
        return None
