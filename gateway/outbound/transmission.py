"""From an order to send to the provider's word, and what becomes of the document afterwards.

One transmission per document, for ever, whose id is the idempotency key. The order of things is what keeps a document
from being sent twice: the intent is committed before the call (`begin`), and whatever is uncertain after it, or after a
restart, is asked for by key before anything is submitted again (`deliver`). `accepted` and `failed` write down the
outcome with its evidence; what becomes of the document afterwards is told to `statuses.py`.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import events, lifecycle
from gateway.db import new_id
from gateway.outbound import queries
from gateway.outbound.models import MACHINE
from gateway.outbound.routing import route
from gateway.outbound.states import State
from gateway.outbound.transmission_models import transmissions
from ledger import canonical
from ledger.entry import Kind, NewEntry
from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Precondition, Temporary
from peppol.message import Submission
from peppol.provider import Provider

ACTOR = "system:network"
ATTEMPTS = 10
"""Attempts of one order to send before it is given up; with the queue's backoff about half an hour."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """An intent that is committed: this document goes out under this key."""

    transmission_id: UUID
    document_id: UUID
    number: int
    """1 for the first attempt of this order."""
    ask_first: bool
    """An earlier call may have reached the provider, or is under way in another worker."""
    begun_at: datetime
    xml: bytes
    """The sealed document."""

    @property
    def key(self) -> str:
        """The idempotency key."""
        return str(self.transmission_id)

    @property
    def xml_sha256(self) -> str:
        """Binds the evidence to the sealed bytes."""
        return sha256(self.xml).hexdigest()


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence (ledger) and timeline: corner 2 has the document."""

    document_id: UUID
    transmission_id: UUID
    xml_sha256: str
    provider: str
    reference: str
    accepted_at: datetime
    answer_sha256: str
    """The provider's answer, kept in the storage."""


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence (ledger) and timeline: corner 2 surely doesn't have the document; or, timeline only, nobody knows."""

    document_id: UUID
    transmission_id: UUID
    xml_sha256: str
    provider: str
    problem: str
    reason: str
    next_step: str
    attempts: int


class _Began(msgspec.Struct, frozen=True, kw_only=True):
    transmission_id: UUID
    provider: str


NEXT_STEPS: dict[type[PeppolError], tuple[str, str]] = {
    Temporary: ("temporary", "The provider couldn't be reached for long; order it to be sent again."),
    Permanent: ("permanent", "The provider refuses the document: read the reason, reject it or credit it, issue anew."),
    Precondition: ("precondition", "Mend the cause outside the document, then order it to be sent again."),
    OutcomeUnknown: ("unknown", "Nobody knows whether the provider has it: ask the provider, then replay the job."),
}
"""Error type -> its name in the table, and what a person should do when it ends the attempts."""


async def begin(
    db: AsyncConnection, company_id: UUID, document_id: UUID, *, provider: str, now: datetime, keys: KeyStore
) -> Attempt | None:
    """Write down the intent; the caller commits before any call. None where there is nothing (more) to send."""
    row = await queries.one(db, company_id, document_id, lock=True)
    if row.state not in {State.QUEUED, State.SENDING}:
        return None
    earlier = await _of_document(db, company_id, document_id)
    fresh_order = row.state == State.QUEUED
    if earlier is None:
        values = {"company_id": company_id, "id": new_id(), "document_id": document_id, "provider": provider}
        made = insert(transmissions).values(**values, begun_at=now, attempts=1, attempted_at=now, uncertain=True)
        transmission = (await db.execute(made.returning(transmissions))).one()
    else:
        attempts = 1 if fresh_order else transmissions.c.attempts + 1
        again = _mine(company_id, earlier.id).values(attempts=attempts, attempted_at=now, uncertain=True)
        transmission = (await db.execute(again.returning(transmissions))).one()
    xml = await queries.sealed_xml(db, company_id, series=row.series, number=row.number, keys=keys)
    if fresh_order:
        intent = lifecycle.Intent(
            machine=MACHINE,
            document_id=document_id,
            to=State.SENDING,
            actor=ACTOR,
            facts=_Began(transmission_id=transmission.id, provider=transmission.provider),
        )
        await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=keys)
    return Attempt(
        transmission_id=transmission.id,
        document_id=document_id,
        number=transmission.attempts,
        ask_first=earlier is not None and earlier.uncertain,
        begun_at=transmission.begun_at,
        xml=xml,
    )


async def reference(db: AsyncConnection, company_id: UUID, transmission_id: UUID) -> str:
    """The provider's own id of an accepted transmission; empty where it isn't known."""
    query = select(transmissions.c.reference)
    mine = query.where(transmissions.c.company_id == company_id, transmissions.c.id == transmission_id)
    return (await db.execute(mine)).scalar_one_or_none() or ""


async def deliver(provider: Provider, attempt: Attempt) -> Submission:
    """The call itself, outside any transaction; raises the provider's errors.

    A message that may be with the provider is asked for by its key; only where it surely isn't there, it is submitted.
    Not being able to ask leaves the outcome as unknown as it was.
    """
    if attempt.ask_first:
        try:
            found = await provider.find(attempt.key)
        except (Temporary, Permanent, Precondition) as error:
            raise OutcomeUnknown(
                f"An earlier attempt may have arrived, and the provider can't tell: {error}"
            ) from error
        if found is not None:
            return found
    message = route(attempt.xml, instance_id=attempt.key, created_at=attempt.begun_at)
    return await provider.submit(message, attempt.key)


async def accepted(
    db: AsyncConnection,
    company_id: UUID,
    attempt: Attempt,
    submission: Submission,
    *,
    answer_sha256: str,
    now: datetime,
    keys: KeyStore,
) -> bool:
    """Corner 2 took it: SENT, with the evidence. False where that was written down before."""
    row = await queries.one(db, company_id, attempt.document_id, lock=True)
    if row.state != State.SENDING:
        return False
    transmission = (
        await db.execute(
            _mine(company_id, attempt.transmission_id)
            .values(
                uncertain=False, problem=None, reason=None, next_step=None, reference=submission.reference,
                accepted_at=submission.accepted_at, evidence_sha256=answer_sha256,
            )
            .returning(transmissions.c.provider)
        )
    ).one()  # fmt: skip
    evidence = Sent(
        document_id=attempt.document_id,
        transmission_id=attempt.transmission_id,
        xml_sha256=attempt.xml_sha256,
        provider=transmission.provider,
        reference=submission.reference,
        accepted_at=submission.accepted_at,
        answer_sha256=answer_sha256,
    )
    intent = lifecycle.Intent(
        machine=MACHINE,
        document_id=attempt.document_id,
        to=State.SENT,
        actor=ACTOR,
        facts=evidence,
        entry=_entry(Kind.TRANSMISSION, evidence, row),
        values={"sent_at": submission.accepted_at},
    )
    await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=keys)
    return True


async def failed(
    db: AsyncConnection, company_id: UUID, attempt: Attempt, error: PeppolError, *, now: datetime, keys: KeyStore
) -> bool:
    """Write down what went wrong. True where the order is given up: no further attempt is of use.

    What surely isn't with the provider becomes FAILED. Where nobody knows, the document stays SENDING, however often
    it was tried: calling it failed might have it sent, rejected or credited while the buyer has it. Of an attempt that
    another one has followed, nothing is written down: that one's outcome is open, and it has asked or will.
    """
    problem, next_step = next(step for kind, step in NEXT_STEPS.items() if isinstance(error, kind))
    uncertain = isinstance(error, OutcomeUnknown)
    final = isinstance(error, Permanent | Precondition) or attempt.number >= ATTEMPTS
    row = await queries.one(db, company_id, attempt.document_id, lock=True)
    if row.state != State.SENDING:
        return False
    reason = str(error)[:1000]
    transmission = (
        await db.execute(
            _mine(company_id, attempt.transmission_id)
            .where(transmissions.c.attempts == attempt.number)
            .values(
                uncertain=uncertain, problem=problem, reason=reason, next_step=next_step if final else None,
                attempts=0 if final else attempt.number,
            )
            .returning(transmissions.c.provider)
        )
    ).one_or_none()  # fmt: skip
    if transmission is None or not final:
        return False
    fact = Failed(
        document_id=attempt.document_id,
        transmission_id=attempt.transmission_id,
        xml_sha256=attempt.xml_sha256,
        provider=transmission.provider,
        problem=problem,
        reason=reason,
        next_step=next_step,
        attempts=attempt.number,
    )
    if uncertain:
        told = events.Event(
            kind="invoice.unresolved", subject_id=attempt.document_id, at=now, actor=ACTOR,
            facts=msgspec.Raw(msgspec.json.encode(fact)),
        )  # fmt: skip
        await events.emit(db, company_id, told)
    else:
        intent = lifecycle.Intent(
            machine=MACHINE,
            document_id=attempt.document_id,
            to=State.FAILED,
            actor=ACTOR,
            facts=fact,
            entry=_entry(Kind.TRANSMISSION, fact, row),
            values={"failed_at": now, "failure": f"{reason} {next_step}"},
        )
        await lifecycle.advance(db, [intent], company_id=company_id, now=now, keys=keys)
    return True


def _entry(kind: Kind, evidence: Sent | Failed, row: Row[Any]) -> NewEntry:
    return NewEntry(
        kind=kind,
        canonical=canonical.dumps(evidence),
        series=row.series,
        number=row.number,
        personal=row.id if row.personal else None,
    )


def _mine(company_id: UUID, transmission_id: UUID) -> Any:
    return update(transmissions).where(transmissions.c.company_id == company_id, transmissions.c.id == transmission_id)


async def _of_document(db: AsyncConnection, company_id: UUID, document_id: UUID) -> Row[Any] | None:
    query = select(transmissions).where(
        transmissions.c.company_id == company_id, transmissions.c.document_id == document_id
    )
    return (await db.execute(query)).one_or_none()
