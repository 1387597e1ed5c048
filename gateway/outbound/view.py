"""One issued document as it is shown: what it says, what is wrong with it, what is known about it, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

import ubl
from gateway import events
from gateway.access.call import Call
from gateway.http.problems import Finding
from gateway.outbound import queries, standing
from gateway.outbound.errors import NotSealed
from gateway.outbound.queries import Summary
from gateway.outbound.sealing import Done
from gateway.outbound.standing import AnyRow, Facts, Proof, Words
from gateway.outbound.states import Public, State

_FINDINGS = msgspec.json.Decoder(tuple[Finding, ...])


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a document's timeline."""

    kind: str
    """`invoice.finalized`, `invoice.approved` ..."""
    at: datetime
    actor: str
    """`user:<id>`, `api_key:<id>` or `system:<part>`."""
    facts: dict[str, object]


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that a person or machine of the company did with it."""

    at: datetime
    by: str | None
    reason: str | None = None


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """Our own work on it, before anybody else has it; null: not done."""

    finalized: Step | None
    approved: Step | None
    rejected: Step | None
    queued: Step | None


class Document(Summary, frozen=True, kw_only=True):
    """A document with everything about it."""

    ruleset: str
    """The rules it was last checked by; of a sealed document those it was sealed under."""
    findings: tuple[Finding, ...]
    facts: Facts
    steps: Steps
    next_step: Words | None
    """The one thing to do next; null: nothing, or only wait."""
    document: ubl.Invoice
    """As it was posted; after sealing with everything that was computed."""
    external_reference: bool
    erased_at: datetime | None = None
    """When its content was destroyed, as it was about a natural person; then `document` is empty."""


class Shown(Document, frozen=True, kw_only=True):
    """A document with its timeline."""

    timeline: tuple[Happened, ...]


async def document(call: Call, document_id: UUID) -> Document:
    """One document. Raises DocumentNotFound."""
    return Document(**await _members(call, await queries.one(call.db, call.company_id, document_id)))


def sealed(done: Done, *, now: datetime) -> Document:
    """One that was sealed just now, without asking for what is known; the ledger's entry is told by the next look."""
    after = {"state": State.FINALIZED, "public_state": Public.FINALIZED, "version": done.row.version + 1}
    row = SimpleNamespace(**{**done.row._mapping, **done.values, **after})
    return Document(**_told(row, None, (), now=now))


async def shown(call: Call, document_id: UUID) -> Shown:
    """One document and what happened to it, oldest first. Raises DocumentNotFound."""
    row = await queries.one(call.db, call.company_id, document_id)
    return Shown(**await _members(call, row), timeline=await _timeline(call, document_id))


async def happened(call: Call, document_id: UUID) -> tuple[Happened, ...]:
    """The timeline alone. Raises DocumentNotFound."""
    await queries.one(call.db, call.company_id, document_id)
    return await _timeline(call, document_id)


async def sealed_xml(call: Call, document_id: UUID) -> tuple[str, bytes]:
    """Number and XML of a sealed document, from the ledger, byte for byte.

    Raises DocumentNotFound, NotSealed, `ContentErased`.
    """
    row = await queries.one(call.db, call.company_id, document_id)
    if row.state == State.DRAFT:
        raise NotSealed(document_id)
    keys = call.wiring.keys
    return row.number, await queries.sealed_xml(
        call.db, call.company_id, series=row.series, number=row.number, keys=keys
    )


async def _timeline(call: Call, document_id: UUID) -> tuple[Happened, ...]:
    return tuple(
        Happened(kind=event.kind, at=event.at, actor=event.actor, facts=msgspec.json.decode(event.facts))
        for event in await events.timeline(call.db, call.company_id, document_id)
    )


async def _members(call: Call, row: Row[Any]) -> dict[str, Any]:
    way = await standing.way_of(call.db, call.company_id, row.id)
    proofs = await standing.proofs_of(call.db, call.company_id, row, call.wiring.keys)
    return _told(row, way, proofs, now=call.now)


def _told(row: AnyRow, way: AnyRow | None, proofs: Sequence[Proof], *, now: datetime) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(queries.summary(row, way, now=now)),
        "ruleset": row.ruleset,
        "findings": _FINDINGS.decode(row.findings),
        "facts": standing.facts_of(row, way, proofs),
        "steps": Steps(
            finalized=_step(row.sealed_at, row.sealed_by),
            approved=_step(row.approved_at, row.approved_by),
            rejected=_step(row.rejected_at, row.rejected_by, row.rejection),
            queued=_step(row.queued_at, row.queued_by),
        ),
        "next_step": standing.next_step_of(standing.known(row, way)),
        "document": msgspec.json.decode(row.body, type=ubl.Invoice),
        "external_reference": row.external_reference,
        "erased_at": row.erased_at,
    }


def _step(at: datetime | None, by: str | None, reason: str | None = None) -> Step | None:
    return None if at is None else Step(at=at, by=by, reason=reason or None)
