"""One issued document as it is shown: what it says, what is wrong with it, what is known about it, what happened."""

from __future__ import annotations

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
from gateway.outbound import queries
from gateway.outbound.errors import NotSealed
from gateway.outbound.queries import Facts, Summary
from gateway.outbound.sealing import Done
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


class Document(Summary, frozen=True, kw_only=True):
    """A document with everything about it."""

    ruleset: str
    """The rules it was last checked by; of a sealed document those it was sealed under."""
    findings: tuple[Finding, ...]
    facts: Facts
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
    return Document(**_members(await queries.one(call.db, call.company_id, document_id)))


def sealed(done: Done) -> Document:
    """One that was sealed just now, without asking for what is known."""
    after = {"state": State.FINALIZED, "public_state": Public.FINALIZED, "version": done.row.version + 1}
    return Document(**_members(SimpleNamespace(**{**done.row._mapping, **done.values, **after})))


async def shown(call: Call, document_id: UUID) -> Shown:
    """One document and what happened to it, oldest first. Raises DocumentNotFound."""
    row = await queries.one(call.db, call.company_id, document_id)
    return Shown(**_members(row), timeline=await _timeline(call, document_id))


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


def _members(row: Row[Any] | SimpleNamespace) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(queries.summary(row)),
        "ruleset": row.ruleset,
        "findings": _FINDINGS.decode(row.findings),
        "facts": queries.facts(row),
        "document": msgspec.json.decode(row.body, type=ubl.Invoice),
        "external_reference": row.external_reference,
        "erased_at": row.erased_at,
    }
