"""Read issued documents: a page of many, one with its facts, one locked for a change.

Every query names its company although row-level security would do: a mistake in one of the two is caught by the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway.outbound import standing
from gateway.outbound.deadline import Deadline
from gateway.outbound.errors import DocumentNotFound
from gateway.outbound.models import documents, series
from gateway.outbound.rules import Issuer
from gateway.outbound.standing import AnyRow, Headline
from gateway.outbound.states import Public, State
from gateway.outbox.models import transmissions
from gateway.periods.calendar import today
from ledger import store
from ledger.entry import ISSUED
from ledger.errors import ContentErased, LedgerMissing


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A document as a list shows it."""

    id: UUID
    version: int
    """Counts changes; send it back with a change of a draft."""
    state: Public
    number: str | None
    """IBT-001; null until an `assigned` series gives one."""
    series: str
    type: str
    """IBT-003; empty while the draft doesn't say."""
    issue_date: date | None
    currency: str | None
    total: Decimal | None
    """IBT-112. Total with VAT, document currency."""
    payable: Decimal | None
    """IBT-115. Amount due, document currency."""
    buyer: str | None
    buyer_endpoint: str | None
    valid: bool
    """Whether no fatal finding stands."""
    headline: Headline
    """Where it stands, in one line."""
    deadline: Deadline | None
    """Until when it has to be transmitted; null without a date, or where it won't be."""
    created_at: datetime
    changed_at: datetime


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of documents, latest first."""

    items: tuple[Summary, ...]
    next: UUID | None
    """Send it as `cursor` for the page after; null on the last one."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which documents; what is absent excludes nothing."""

    states: tuple[Public, ...] = ()
    type: str | None = None
    series: str | None = None
    number: str | None = None
    buyer_endpoint: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    valid: bool | None = None
    search: str | None = None
    """A part of the number or of the buyer's name, whatever the case."""
    due_before: date | None = None
    """Not transmitted yet, and due before this day."""
    overdue: bool | None = None
    """Not transmitted yet, and the last day is over."""


_SUMMARY = (
    documents.c.id,
    documents.c.version,
    documents.c.public_state,
    documents.c.number,
    series.c.name.label("series"),
    documents.c.type_code,
    documents.c.issue_date,
    documents.c.currency,
    documents.c.total,
    documents.c.payable,
    documents.c.buyer_name,
    documents.c.buyer_endpoint,
    documents.c.valid,
    documents.c.created_at,
    documents.c.changed_at,
    documents.c.state,
    documents.c.predefined,
    documents.c.transmit_by,
    documents.c.sent_at,
    documents.c.erased_at,
    documents.c.c3,
    documents.c.c3_at,
    documents.c.c5,
    documents.c.c5_at,
    documents.c.buyer,
    documents.c.buyer_at,
    transmissions.c.uncertain,
    transmissions.c.problem,
    transmissions.c.attempts,
)
_JOINED = documents.join(
    series, (series.c.company_id == documents.c.company_id) & (series.c.id == documents.c.series_id)
)

_WITH_WAY = _JOINED.outerjoin(
    transmissions,
    (transmissions.c.company_id == documents.c.company_id) & (transmissions.c.document_id == documents.c.id),
)
_RUNNING = (
    documents.c.sent_at.is_(None),
    func.num_nonnulls(documents.c.c3, documents.c.c5, documents.c.buyer) == 0,
    documents.c.state != State.REJECTED,
    documents.c.erased_at.is_(None),
)
"""Conditions of a clock that runs: nobody has the document yet, and it isn't given up."""

_ISSUER = text("""
    select p.profile ->> 'legal_name' as name, p.profile ->> 'tin' as tin, p.profile ->> 'trn' as trn,
           coalesce(c.four_eyes, true) as four_eyes, coalesce(c.approve_sends, false) as approve_sends,
           exists (select from tax_periods t where t.company_id = :company_id) as closed_periods
    from company_profile() p left join company_policies c on c.company_id = :company_id
""")

_CREDITED_BY = text("""
    select n.number from credited_amounts c
    join issued_documents n on n.company_id = c.company_id and n.id = c.credit_note_id
    where c.company_id = :company_id and c.invoice_id = :id and n.state <> 'REJECTED' order by n.number limit 1
""")

# The locks are taken in this order whatever the planner does: a draft is joined to its series' row, which is handed out
# locked by the part before it.
_TAKE = """
    with asked as (
        select id, series_id from issued_documents where company_id = :company_id and id = any(cast(:ids as uuid[]))
    ), places as (
        select s.id, s.name, s.prefix, s.digits from series s
        where s.company_id = :company_id and s.id in (select series_id from asked) and {free}
        order by s.id for no key update of s {series_wait}
    ), drafts as (
        select d.* from places p join issued_documents d on d.series_id = p.id
        where d.company_id = :company_id and d.id in (select id from asked)
        order by d.id for no key update of d skip locked
    ), wanted as (
        select series_id, count(*) as many from drafts where state = 'DRAFT' group by series_id
    ), drawn as (
        update series s set next_number = s.next_number + w.many from wanted w
        where s.company_id = :company_id and s.id = w.series_id and s.numbering = 'assigned'
        returning s.id, s.next_number - w.many as counter
    ), issuer as (
        select p.profile ->> 'legal_name' as issuer_name, p.profile ->> 'tin' as issuer_tin,
               p.profile ->> 'trn' as issuer_trn, coalesce(c.four_eyes, true) as issuer_four_eyes,
               coalesce(c.approve_sends, false) as issuer_approve_sends,
               exists (select from tax_periods t where t.company_id = :company_id) as issuer_closed_periods
        from company_profile() p left join company_policies c on c.company_id = :company_id
    )
    select a.id as asked, d.*, p.name as series, p.prefix, p.digits, n.counter, issuer.*, h.key_id as signing_key
    from asked a left join drafts d on d.id = a.id left join places p on p.id = d.series_id
    left join drawn n on n.id = d.series_id left join issuer on true
    left join ledger_heads h on h.company_id = :company_id
"""
_NOT_LEASED = """
    not exists (select from seal_leases where company_id = :company_id and until > clock_timestamp())
"""
_TAKE_WAITING = text(_TAKE.format(free="true", series_wait=""))
_TAKE_AT_ONCE = text(_TAKE.format(free=_NOT_LEASED, series_wait="skip locked"))


async def page(
    db: AsyncConnection, company_id: UUID, wanted: Filter, *, cursor: UUID | None, limit: int, now: datetime
) -> Page:
    """At most `limit` documents made before the one named by `cursor`, latest first."""
    query: Select[Any] = select(*_SUMMARY).select_from(_WITH_WAY).where(documents.c.company_id == company_id)
    for condition in _conditions(wanted, day=today(now)):
        query = query.where(condition)
    if cursor is not None:
        query = query.where(documents.c.id < cursor)
    rows = (await db.execute(query.order_by(documents.c.id.desc()).limit(limit + 1))).all()
    items = tuple(summary(row, row, now=now) for row in rows[:limit])
    return Page(items=items, next=items[-1].id if len(rows) > limit else None)


async def one(db: AsyncConnection, company_id: UUID, document_id: UUID, *, lock: bool = False) -> Row[Any]:
    """The whole row with `series`, its series' name; raises DocumentNotFound. `lock`: until the transaction ends."""
    query: Select[Any] = (
        select(documents, series.c.name.label("series"))
        .select_from(_JOINED)
        .where(documents.c.company_id == company_id, documents.c.id == document_id)
    )
    if lock:
        query = query.with_for_update(key_share=True, of=documents)
    row: Row[Any] | None = (await db.execute(query)).one_or_none()
    if row is None:
        raise DocumentNotFound(document_id)
    return row


async def take_for_sealing(
    db: AsyncConnection, company_id: UUID, ids: Sequence[UUID], *, patient: bool
) -> dict[UUID, Row[Any] | None]:
    """Lock the series, then the drafts, and draw their numbers, in one round trip.

    Ids that aren't there are missing from the answer; None stands for a draft that somebody else works on. `patient`:
    wait for a series that is locked; without it such a series, or a company whose lease somebody holds, counts as
    worked on. Beside the document's columns: `series` (name), `prefix`, `digits`, the `Issuer`'s as `issuer_...`,
    `signing_key` (id of the document key in force, which the append looks at again), and `counter`: the first of as
    many numbers as drafts of that series were taken, null where numbers are given. A rollback gives them back.
    """
    statement = _TAKE_WAITING if patient else _TAKE_AT_ONCE
    rows = await db.execute(statement, {"company_id": company_id, "ids": list(ids)})
    return {row.asked: None if row.id is None else row for row in rows}


async def holder(db: AsyncConnection, company_id: UUID, number: str) -> UUID | None:
    """The document that has this number."""
    query = select(documents.c.id).where(documents.c.company_id == company_id, documents.c.number == number)
    return (await db.execute(query)).scalar_one_or_none()


async def credited_by(db: AsyncConnection, company_id: UUID, document_id: UUID) -> str | None:
    """The number of a credit note over this document that wasn't rejected; of one, where there are several."""
    found: str | None = await db.scalar(_CREDITED_BY, {"company_id": company_id, "id": document_id})
    return found


async def sealed_xml(db: AsyncConnection, company_id: UUID, *, series: str, number: str, keys: KeyStore) -> bytes:
    """The XML of a sealed document, byte for byte as the ledger keeps it. Raises `ContentErased`."""
    (xml,) = await sealed_xmls(db, company_id, [(series, number)], keys=keys)
    return xml


async def sealed_xmls(
    db: AsyncConnection, company_id: UUID, wanted: Sequence[tuple[str, str]], *, keys: KeyStore
) -> list[bytes]:
    """The same of many, by series and number, in their order and in one round trip."""
    found = await store.firsts(db, company_id, wanted, keys=keys)
    xmls = []
    for name in wanted:
        first = found.get(name)
        if first is not None and first.erased:
            raise ContentErased("This document was erased: it was about a natural person. Its place and hashes stay.")
        if first is None or first.kind not in ISSUED or first.attached is None:
            raise LedgerMissing(f"the ledger holds no document {name[1]!r} of series {name[0]!r}")
        xmls.append(first.attached)
    return xmls


async def issuer(db: AsyncConnection, company_id: UUID) -> Issuer:
    """The company in whose name documents are issued here, and its policies."""
    row = (await db.execute(_ISSUER, {"company_id": company_id})).one()
    return Issuer(**row._mapping)


def summary(row: AnyRow, way: AnyRow | None, *, now: datetime) -> Summary:
    """A row of `page` or `one` as lists show it; `way`: what is known of its transmission."""
    return Summary(
        id=row.id,
        version=row.version,
        state=Public(row.public_state),
        number=row.number,
        series=row.series,
        type=row.type_code,
        issue_date=row.issue_date,
        currency=row.currency,
        total=row.total,
        payable=row.payable,
        buyer=row.buyer_name,
        buyer_endpoint=row.buyer_endpoint,
        valid=row.valid,
        headline=standing.headline_of(standing.known(row, way)),
        deadline=standing.deadline_of(row, now=now),
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _conditions(wanted: Filter, *, day: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.states:
        found.append(documents.c.public_state.in_([state.value for state in wanted.states]))
    if wanted.type is not None:
        found.append(documents.c.type_code == wanted.type)
    if wanted.series is not None:
        found.append(series.c.name == wanted.series)
    if wanted.number is not None:
        found.append(documents.c.number == wanted.number)
    if wanted.buyer_endpoint is not None:
        found.append(documents.c.buyer_endpoint == wanted.buyer_endpoint)
    if wanted.issued_from is not None:
        found.append(documents.c.issue_date >= wanted.issued_from)
    if wanted.issued_to is not None:
        found.append(documents.c.issue_date <= wanted.issued_to)
    if wanted.valid is not None:
        found.append(documents.c.valid == wanted.valid)
    if wanted.due_before is not None:
        found += [*_RUNNING, documents.c.transmit_by < wanted.due_before]
    if wanted.overdue is not None:
        late = and_(*_RUNNING, documents.c.transmit_by < day)
        found.append(late if wanted.overdue else late.is_not(True))
    if wanted.search:
        part = wanted.search.strip()
        found.append(
            or_(
                documents.c.number.icontains(part, autoescape=True),
                documents.c.buyer_name.icontains(part, autoescape=True),
            )
        )
    return found
