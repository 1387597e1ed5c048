"""Settle by hand what nobody knows: a person looked at the provider and says whether the document is there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from sqlalchemy import text

from gateway import lifecycle
from gateway.access.call import Call
from gateway.outbound import following, queries, transmission
from gateway.outbound.errors import Arrived, FourEyes, NotUnresolved, WordRefused
from gateway.outbound.models import MACHINE
from gateway.outbound.states import State
from gateway.outbox import Tried, word
from gateway.outbox import queries as attempts
from ledger import canonical
from ledger.entry import Kind, NewEntry

_MAKER = text("select created_by from access_keys() where id = :id")


class Word(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person found out at the provider."""

    arrived: bool
    """`true`: the provider has the document. `false`: it surely hasn't, and no call is on its way."""
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    """What was looked at, and who said so."""
    reference: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    """The provider's own id of it; given exactly where it arrived."""
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    """When the provider took it, by its own account; without it the moment of this word counts."""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence (ledger) and timeline: a person's word, and on what it rests."""

    document_id: UUID
    transmission_id: UUID
    xml_sha256: str
    provider: str
    account_id: UUID | None
    arrived: bool
    reference: str | None
    accepted_at: datetime | None
    settled_by: str
    settled_at: datetime
    note: str
    ordered_by: str
    tried: tuple[Tried, ...]
    """Every attempt there was."""


async def settle(call: Call, document_id: UUID, given: Word) -> None:
    """Arrived: SENT, and followed like any other. Not arrived: FAILED, so that it may be ordered to be sent again.

    Raises NotUnresolved unless its order ended with nobody knowing; FourEyes where the caller ordered it, also through
    a key of theirs; Arrived where others speak of it and the word is that it isn't there; WordRefused.
    """
    row = await queries.one(call.db, call.company_id, document_id, lock=True)
    found = None
    if row.state == State.SENDING and row.erased_at is None:
        column = transmission.DOCUMENTS.column
        found = await word.unresolved(call.db, call.company_id, column, document_id, now=call.now)
    if found is None:
        raise NotUnresolved(row.public_state)
    if (await queries.issuer(call.db, call.company_id)).four_eyes and await _ordered_by_caller(call, row.queued_by):
        raise FourEyes("You ordered this document to be sent; a second person has to say what became of it.")
    if not given.arrived and (found.spoken_of or row.c3 or row.c5 or row.buyer):
        raise Arrived(document_id)
    reference, note = (given.reference or "").strip() or None, given.note.strip()
    at = given.at or call.now
    if not note or given.arrived is (reference is None) or not found.begun_at <= at <= call.now:
        raise WordRefused
    fact = Settled(
        document_id=document_id,
        transmission_id=found.id,
        xml_sha256=row.xml_hash.hex(),
        provider=found.provider,
        account_id=found.account_id,
        arrived=given.arrived,
        reference=reference,
        accepted_at=at if given.arrived else None,
        settled_by=call.principal.actor,
        settled_at=call.now,
        note=note,
        ordered_by=row.queued_by,
        tried=(await attempts.tried(call.db, call.company_id, {found.id: 1}))[found.id],
    )
    await word.settle(call.db, call.company_id, found.id, note=note, reference=reference, at=at)
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=document_id,
        to=State.SENT if given.arrived else State.FAILED,
        actor=call.principal.actor,
        facts=fact,
        entry=NewEntry(
            kind=Kind.TRANSMISSION,
            canonical=canonical.dumps(fact),
            series=row.series,
            number=row.number,
            personal=row.id if row.personal else None,
        ),
        values={"sent_at": at} if given.arrived else {"failed_at": call.now, "failure": note},
    )
    if given.arrived:
        await following.begin(call.db, call.company_id, [found.id], now=call.now)
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)


async def _ordered_by_caller(call: Call, orderer: str) -> bool:
    kind, _, name = orderer.partition(":")
    if kind == "api_key":
        return bool(await call.db.scalar(_MAKER, {"id": UUID(name)}) == call.principal.user_id)
    return orderer == call.principal.actor
