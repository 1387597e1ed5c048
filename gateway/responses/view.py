"""Responses as they are shown: ours about a received document, those that came about an issued one, those in doubt."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from gateway.access.call import Call
from gateway.http.problems import Finding
from gateway.inbound import queries as inbound
from gateway.outbound import queries as outbound
from gateway.outbox import Attempt
from gateway.responses import queries, words
from gateway.responses.errors import ResponseNotFound
from gateway.responses.matching import Verdict
from gateway.responses.order import FOLLOWS, Standing
from gateway.responses.sending import NEXT_STEPS
from gateway.responses.states import State
from peppol.statuses import MEANINGS, Outcome
from ubl.response import Clarification, Code

_CLARIFICATIONS = msgspec.json.Decoder(tuple[Clarification, ...])
_FINDINGS = msgspec.json.Decoder(tuple[Finding, ...])


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    """What the seller's access point said of an answer of ours; silence is never a yes."""

    outcome: Outcome
    headline: str
    at: datetime
    reason: str | None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of ours, and how far it got."""

    id: UUID
    code: Code
    headline: str
    """The code in words."""
    clarifications: tuple[Clarification, ...]
    reason: str | None
    """Clarifications and note in plain words."""
    note: str | None
    effective: date | None
    payment: str | None
    answered_at: datetime
    answered_by: str
    state: State
    """`SENT`: our access point has it. That the seller has it is said by `seller` alone."""
    sent_at: datetime | None
    problem: str | None
    """Why the last order to send ended: `temporary`, `permanent`, `precondition`, `unknown`."""
    failure: str | None
    next_step: str | None
    """What to do about it."""
    seller: Seller | None
    xml_sha256: str
    attempts: tuple[Attempt, ...]
    """Every call to a provider, oldest first."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was answered about one received document."""

    standing: Standing
    """Where the answers stand: `silent`, a code, or `PD/PPD` for partly paid."""
    possible: tuple[Code, ...]
    """What may be answered next; empty where the last word was said."""
    items: tuple[Answer, ...]
    """Oldest first."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One response that came."""

    id: UUID
    verdict: Verdict
    """`believed`: a fact about `document_id`. Nothing else of it changes anything."""
    why: str | None
    """Why it isn't believed."""
    document_id: UUID | None
    sender: str | None
    """Who sent it, by the envelope."""
    number: str | None
    """The document it speaks of, as it says."""
    code: str | None
    headline: str | None
    clarifications: tuple[Clarification, ...]
    reason: str | None
    note: str | None
    next_step: str | None
    """What the buyer asks for, or the answer demands."""
    effective: date | None
    payment: str | None
    issue_date: date | None
    received_at: datetime
    findings: tuple[Finding, ...]
    xml_sha256: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of responses that came, latest first."""

    items: tuple[Heard, ...]
    next: UUID | None
    """Send it as `cursor` for the page after; null on the last one."""


async def answers(call: Call, document_id: UUID) -> Answers:
    """What was answered about a received document. Raises BillNotFound."""
    await inbound.one(call.db, call.company_id, document_id)
    rows = await queries.given(call.db, call.company_id, document_id)
    attempts = await queries.attempts(call.db, call.company_id, [row.id for row in rows])
    standing = Standing(rows[-1].standing) if rows else Standing.SILENT
    return Answers(
        standing=standing,
        possible=tuple(code for code in Code if code in FOLLOWS[standing]),
        items=tuple(_answer(row, attempts.get(row.id, ())) for row in rows),
    )


async def one(call: Call, document_id: UUID, response_id: UUID) -> Answer:
    """One answer of ours. Raises ResponseNotFound."""
    row = await queries.one(call.db, call.company_id, document_id, response_id)
    return _answer(row, (await queries.attempts(call.db, call.company_id, [row.id])).get(row.id, ()))


async def xml_of_answer(call: Call, document_id: UUID, response_id: UUID) -> tuple[str, bytes]:
    """A file name and the UBL message, byte for byte as it is sealed. Raises ResponseNotFound."""
    row = await queries.one(call.db, call.company_id, document_id, response_id)
    return f"response-{row.code}-{row.id}", row.xml


async def heard_about(call: Call, document_id: UUID) -> tuple[Heard, ...]:
    """What the buyer answered about an issued document, oldest first. Raises DocumentNotFound."""
    await outbound.one(call.db, call.company_id, document_id)
    return tuple(_heard(row) for row in await queries.heard_about(call.db, call.company_id, document_id))


async def heard(call: Call, *, verdict: Verdict | None, cursor: UUID | None, limit: int) -> Page:
    """What came, latest first."""
    rows = await queries.heard(call.db, call.company_id, verdict=verdict, cursor=cursor, limit=limit + 1)
    items = tuple(_heard(row) for row in rows[:limit])
    return Page(items=items, next=items[-1].id if len(rows) > limit else None)


async def one_heard(call: Call, response_id: UUID) -> Heard:
    """One response that came. Raises ResponseNotFound."""
    return _heard(await queries.one_heard(call.db, call.company_id, response_id))


async def xml_heard(call: Call, response_id: UUID) -> tuple[str, bytes]:
    """A file name and what came, byte for byte. Raises ResponseNotFound, also where nothing of it is kept any more."""
    row = await queries.one_heard(call.db, call.company_id, response_id)
    if row.verdict == Verdict.ERASED or row.sender == "":
        raise ResponseNotFound(response_id)
    return f"response-{row.id}", await call.wiring.storage.get(row.xml_sha256)


def _answer(row: Row[Any], attempts: tuple[Attempt, ...]) -> Answer:
    clarifications = _CLARIFICATIONS.decode(row.clarifications)
    seller = None
    if row.c3 is not None:
        told = Outcome(row.c3)
        seller = Seller(outcome=told, headline=MEANINGS[told].headline, at=row.c3_at, reason=row.c3_reason or None)
    return Answer(
        id=row.id,
        code=Code(row.code),
        headline=words.headline(row.code),
        clarifications=clarifications,
        reason=words.reason(clarifications, row.note) or None,
        note=row.note,
        effective=row.effective,
        payment=row.payment,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        state=State(row.state),
        sent_at=row.sent_at,
        problem=row.problem,
        failure=row.failure,
        next_step=NEXT_STEPS[row.problem] if row.problem and row.state != State.SENT else None,
        seller=seller,
        xml_sha256=row.xml_sha256,
        attempts=attempts,
    )


def _heard(row: Row[Any]) -> Heard:
    clarifications = _CLARIFICATIONS.decode(row.clarifications)
    code = Code(row.code) if row.code else None
    return Heard(
        id=row.id,
        verdict=Verdict(row.verdict),
        why=row.why or None,
        document_id=row.document_id,
        sender=row.sender or None,
        number=row.number,
        code=row.code,
        headline=words.headline(row.code) if row.code else None,
        clarifications=clarifications,
        reason=words.reason(clarifications, row.note) or None,
        note=row.note,
        next_step=(words.next_step(code, clarifications) or None) if code else None,
        effective=row.effective,
        payment=row.payment,
        issue_date=row.issue_date,
        received_at=row.received_at,
        findings=_FINDINGS.decode(row.findings),
        xml_sha256=row.xml_sha256,
    )
