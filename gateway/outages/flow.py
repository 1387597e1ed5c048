"""An outage from its beginning to the notice: reported, over, told to the authority, or found not to need it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import alarms, events
from gateway.access.call import Call
from gateway.access.errors import Unacceptable
from gateway.db import new_id
from gateway.outages import calendar, queries, record
from gateway.outages.errors import AlreadyDecided
from gateway.outages.models import (
    Cause,
    Dismissal,
    Duty,
    Happened,
    NewOutage,
    Notice,
    Outage,
    OutageShown,
    Told,
)
from gateway.outbound.queries import issuer
from gateway.settings import Settings
from ledger import canonical, store
from ledger.entry import Kind, NewEntry

_LONGEST = 500
_CLOCKS_DIFFER = timedelta(minutes=5)


async def opened(
    db: AsyncConnection,
    company_id: UUID,
    *,
    cause: Cause,
    line: str,
    since: datetime,
    detail: str,
    actor: str,
    settings: Settings,
    now: datetime,
    account_id: UUID | None = None,
    over_at: datetime | None = None,
) -> Outage | None:
    """Write down that something fails since then, once; None where it is an outage already."""
    values: dict[str, object] = {
        "company_id": company_id,
        "id": new_id(),
        "cause": cause.value,
        "account_id": account_id,
        "line": line,
        "since": since,
        "opened_at": now,
        "opened_by": actor,
        "detail": detail[:_LONGEST],
        "due_on": calendar.notify_by(since, settings.holidays),
        "over_at": over_at,
    }
    outage = await queries.add(db, values, now=now)
    if outage is not None:
        await tell(db, company_id, outage, "opened", actor=actor, now=now)
        await alarms.sound(db, alarms.Alarm.OUTAGE, now=now)
    return outage


async def over(
    db: AsyncConnection, company_id: UUID, outage_id: UUID, *, at: datetime, actor: str, now: datetime
) -> bool:
    """It is well again since then; False where that was written down before. The duty to tell the authority stays."""
    outage = await queries.end(db, company_id, outage_id, at=at, by=actor, now=now)
    if outage is not None:
        await tell(db, company_id, outage, "over", actor=actor, now=now)
    return outage is not None


async def report(call: Call, new: NewOutage) -> Outage:
    """A person says that something failed. Raises Unacceptable."""
    line, detail = _said(new.line, "/line"), _said(new.detail, "/detail")
    since = _instant(new.since, "/since", call.now)
    over_at = None if new.over_at is None else _instant(new.over_at, "/over_at", call.now)
    if over_at is not None and over_at < since:
        raise Unacceptable("/over_at", "It can't be over before it began.")
    made = await opened(
        call.db, call.company_id, cause=Cause.REPORTED, line=line, since=since, detail=detail, over_at=over_at,
        actor=call.principal.actor, settings=call.wiring.settings, now=call.now,
    )  # fmt: skip
    if made is None:
        raise AssertionError("a reported outage is never the same as another")
    return made


async def ended(call: Call, outage_id: UUID, at: datetime) -> Outage:
    """A person says that it is over. Raises OutageNotFound, AlreadyDecided, Unacceptable."""
    outage = await queries.one(call.db, call.company_id, outage_id, now=call.now, lock=True)
    when = _instant(at, "/at", call.now)
    if when < outage.since:
        raise Unacceptable("/at", "It can't be over before it began.")
    if not await over(call.db, call.company_id, outage_id, at=when, actor=call.principal.actor, now=call.now):
        raise AlreadyDecided("over")
    return await queries.one(call.db, call.company_id, outage_id, now=call.now)


async def notified(call: Call, outage_id: UUID, notice: Notice) -> Outage:
    """A person told the authority: into the ledger, for ever. Raises OutageNotFound, AlreadyDecided, Unacceptable."""
    outage = await _undecided(call, outage_id)
    at, reference = _instant(notice.at, "/at", call.now), _said(notice.reference, "/reference")
    if at < outage.since:
        raise Unacceptable("/at", "The authority can't have been told before it happened.")
    _, count = await queries.concerned(call.db, call.company_id, outage, now=call.now)
    actor = call.principal.actor
    told = Told(
        outage_id=outage.id, cause=outage.cause, line=outage.line, since=outage.since, over_at=outage.over_at,
        due_on=outage.due_on, notified_at=at, notified_by=actor, reference=reference, documents=count.documents,
    )  # fmt: skip
    entry = NewEntry(kind=Kind.OUTAGE, canonical=canonical.dumps(told))
    seq = (await store.append(call.db, call.company_id, [entry], now=call.now, keys=call.wiring.keys))[0].seq
    await queries.notified(call.db, call.company_id, outage_id, at=at, by=actor, reference=reference, seq=seq)
    event = events.Event("outage.notified", outage_id, call.now, actor, msgspec.Raw(msgspec.json.encode(told)))
    await events.emit(call.db, call.company_id, event)
    return await queries.one(call.db, call.company_id, outage_id, now=call.now)


async def dismiss(call: Call, outage_id: UUID, dismissal: Dismissal) -> Outage:
    """A person finds that the authority needn't be told. Raises OutageNotFound, AlreadyDecided, Unacceptable."""
    outage = await _undecided(call, outage_id)
    reason, actor = _said(dismissal.reason, "/reason"), call.principal.actor
    await queries.dismissed(call.db, call.company_id, outage_id, at=call.now, by=actor, reason=reason)
    await tell(call.db, call.company_id, outage, "dismissed", actor=actor, now=call.now, reason=reason)
    return await queries.one(call.db, call.company_id, outage_id, now=call.now)


async def shown(call: Call, outage_id: UUID) -> OutageShown:
    """One outage with the documents it concerns and the record for the authority. Raises OutageNotFound."""
    outage = await queries.one(call.db, call.company_id, outage_id, now=call.now)
    named, count = await queries.concerned(call.db, call.company_id, outage, now=call.now)
    company = await issuer(call.db, call.company_id)
    drafted = record.draft(
        outage, named, count, name=company.name, trn=company.trn or "", tin=company.tin, written_at=call.now
    )
    return OutageShown(
        **msgspec.structs.asdict(outage), concerned=tuple(named), concerned_count=count, record=drafted
    )  # fmt: skip


async def tell(
    db: AsyncConnection,
    company_id: UUID,
    outage: Outage,
    what: str,
    *,
    actor: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Emit `outage.<what>`."""
    facts = Happened(
        cause=outage.cause, line=outage.line, since=outage.since, due_on=outage.due_on, over_at=outage.over_at,
        reason=reason,
    )  # fmt: skip
    raw = msgspec.Raw(msgspec.json.encode(facts))
    await events.emit(db, company_id, events.Event(f"outage.{what}", outage.id, now, actor, raw))


async def _undecided(call: Call, outage_id: UUID) -> Outage:
    outage = await queries.one(call.db, call.company_id, outage_id, now=call.now, lock=True)
    if outage.duty in {Duty.NOTIFIED, Duty.DISMISSED}:
        raise AlreadyDecided(outage.duty.value)
    return outage


def _said(text: str, pointer: str) -> str:
    said = " ".join(text.split())
    if not 0 < len(said) <= _LONGEST or not said.isprintable():
        raise Unacceptable(pointer, f"Say it in 1 to {_LONGEST} characters, without control characters.")
    return said


def _instant(at: datetime, pointer: str, now: datetime) -> datetime:
    if at.tzinfo is None:
        raise Unacceptable(pointer, "Name the offset from UTC: 2026-11-21T09:30:00+04:00.")
    if not now - timedelta(days=3660) < at <= now + _CLOCKS_DIFFER:
        raise Unacceptable(pointer, "A time that has passed is meant, of the last ten years.")
    return at
