"""Read bills: a page of many, one, those of a file, those that wait for an order, and what the next one is held by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, Select, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.bills import figures
from gateway.bills.came import Door
from gateway.bills.errors import BillChanged, BillNotFound
from gateway.bills.models import bills, files
from gateway.bills.states import OPEN, State
from gateway.http.problems import Malformed
from ingestion.document import Kind
from ingestion.matching import Word

_DOCUMENT = (bills, files.c.sha256, files.c.door, files.c.name, files.c.media_type, files.c.size, files.c.sent_by,
             files.c.facts, files.c.transcript_sha256)  # fmt: skip


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A bill as a list shows it."""

    id: UUID
    state: State
    version: int
    kind: Kind | None
    """Null until it was read."""
    supplier_id: UUID | None
    supplier: str | None
    """Its name as the bill says it."""
    number: str | None
    issue_date: date | None
    due_date: date | None
    currency: str | None
    total: Decimal | None
    """With VAT, document currency."""
    payable: Decimal | None
    po_number: str | None
    confidence: Decimal | None
    """Share of readings like this that were right as a whole."""
    reasons: tuple[str, ...]
    """Why a person has to look."""
    failure: str | None
    """Why it couldn't be read."""
    word: Word | None
    """The verdict of its match."""
    holds: tuple[str, ...]
    file_name: str
    door: Door
    part: int
    """The how-manieth document of its file, from 1."""
    received_at: datetime


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of bills, latest first."""

    items: tuple[Summary, ...]
    next: UUID | None
    """Send it as `cursor` for the page after; null on the last one."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which bills; what is absent excludes nothing."""

    states: tuple[State, ...] = ()
    supplier_id: UUID | None = None
    supplier: str | None = None
    """A part of the name, whatever the case."""
    number: str | None = None
    """The whole number."""
    least: Decimal | None = None
    """Total, document currency."""
    most: Decimal | None = None
    currency: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    """This day included."""
    received_from: datetime | None = None
    received_to: datetime | None = None
    door: Door | None = None
    word: Word | None = None
    held: bool | None = None
    search: str | None = None
    """A part of the number, the supplier's name or tax id, the order's number or the file's name, or the total."""


async def page(db: AsyncConnection, company_id: UUID, wanted: Filter, *, cursor: UUID | None, limit: int) -> Page:
    """At most `limit` bills received before the one named by `cursor`, latest first. Raises Malformed."""
    if not all(figures.is_plain(amount) for amount in (wanted.least, wanted.most) if amount is not None):
        raise Malformed(f"An amount is at most {figures.LARGEST:,}, with at most {figures.PLACES} decimal places.")
    query = documents(company_id).where(*_conditions(wanted))
    if cursor is not None:
        query = query.where(bills.c.id < cursor)
    rows = (await db.execute(query.order_by(bills.c.id.desc()).limit(limit + 1))).all()
    items = tuple(summary(row) for row in rows[:limit])
    return Page(items=items, next=items[-1].id if len(rows) > limit else None)


async def one(db: AsyncConnection, company_id: UUID, bill_id: UUID, *, lock: bool = False) -> Row[Any]:
    """The whole row with its file's columns; raises BillNotFound. `lock`: the bill, until the transaction ends."""
    query = documents(company_id).where(bills.c.id == bill_id)
    if lock:
        query = query.with_for_update(key_share=True, of=bills)
    row: Row[Any] | None = (await db.execute(query)).one_or_none()
    if row is None:
        raise BillNotFound(bill_id)
    return row


async def at_version(db: AsyncConnection, company_id: UUID, bill_id: UUID, version: int) -> Row[Any]:
    """The same, locked, as whoever read it knows it. Raises BillNotFound, BillChanged."""
    row = await one(db, company_id, bill_id, lock=True)
    if row.version != version:
        raise BillChanged(row.version)
    return row


async def many(db: AsyncConnection, company_id: UUID, ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """Rows by their ids; an id that nobody has is left out."""
    return {row.id: row for row in await db.execute(documents(company_id).where(bills.c.id.in_(ids)))}


async def of_file(db: AsyncConnection, company_id: UUID, sha256: str) -> Row[Any]:
    """The first bill of the file of these bytes, which is there."""
    query = documents(company_id).where(files.c.sha256 == sha256, bills.c.part == 1)
    row: Row[Any] = (await db.execute(query)).one()
    return row


async def siblings(db: AsyncConnection, company_id: UUID, file_id: UUID) -> dict[int, UUID]:
    """The bills of a file by their place in it."""
    query = select(bills.c.part, bills.c.id).where(bills.c.company_id == company_id, bills.c.file_id == file_id)
    return {row.part: row.id for row in await db.execute(query.order_by(bills.c.part))}


async def parts(db: AsyncConnection, company_id: UUID, file_id: UUID) -> dict[int, UUID]:
    """The same, with the file locked: nobody else adds one meanwhile."""
    mine = files.c.company_id == company_id
    await db.execute(select(files.c.id).where(mine, files.c.id == file_id).with_for_update(key_share=True))
    return await siblings(db, company_id, file_id)


async def begin_attempt(db: AsyncConnection, company_id: UUID, bill_id: UUID) -> Row[Any] | None:
    """Count another attempt at reading it; None where it isn't to be read (any more)."""
    mine = (bills.c.company_id == company_id) & (bills.c.id == bill_id) & (bills.c.state == State.RECEIVED)
    counted = update(bills).where(mine).values(attempts=bills.c.attempts + 1).returning(bills.c.id)
    if (await db.execute(counted)).one_or_none() is None:
        return None
    return await one(db, company_id, bill_id)


async def keep_transcript(db: AsyncConnection, company_id: UUID, file_id: UUID, sha256: str) -> None:
    """Note under which digest the words of a file are kept."""
    mine = (files.c.company_id == company_id) & (files.c.id == file_id)
    await db.execute(update(files).where(mine).values(transcript_sha256=sha256))


async def waiting(
    db: AsyncConnection, company_id: UUID, *, supplier_id: UUID | None, everybody: bool = False
) -> list[UUID]:
    """Accepted bills that nobody has decided on: this supplier's and those of no supplier that is known."""
    query = select(bills.c.id).where(
        bills.c.company_id == company_id, bills.c.state.in_([state.value for state in OPEN])
    )  # fmt: skip
    if not everybody:
        query = query.where(or_(bills.c.supplier_id == supplier_id, bills.c.supplier_id.is_(None)))
    return list((await db.execute(query.order_by(bills.c.id))).scalars())


async def comparable(db: AsyncConnection, company_id: UUID, row: Row[Any], *, most: int = 2000) -> Sequence[Row[Any]]:
    """Other bills that could be the same as this one, or show what is usual of its supplier: the supplier's, or with
    its number or total; neither discarded nor refused; latest first. Where there are too many, those of the supplier
    with its number or total are among them, however old."""

    def same(*names: str) -> ColumnElement[bool]:
        return or_(false(), *(bills.c[name] == getattr(row, name) for name in names if getattr(row, name) is not None))

    supplied, alike = same("supplier_id", "supplier_tax_id", "supplier_name"), same("number", "total")
    query = documents(company_id).where(
        bills.c.id != row.id,
        bills.c.state.not_in([State.DISCARDED.value, State.REFUSED.value]),
        bills.c.fields.is_not(None),
        or_(supplied, alike),
    )
    closest = (supplied & alike).is_(True).desc()
    found = (await db.execute(query.order_by(closest, bills.c.id.desc()).limit(most))).all()
    return sorted(found, key=lambda other: other.id, reverse=True)


async def count(db: AsyncConnection, company_id: UUID, states: Collection[State]) -> dict[State, int]:
    """How many bills stand in each of these states."""
    mine = (bills.c.company_id == company_id) & bills.c.state.in_([state.value for state in states])
    rows = await db.execute(select(bills.c.state, func.count()).where(mine).group_by(bills.c.state))
    counted = {State(state): number for state, number in rows}
    return {state: counted.get(state, 0) for state in states}


def summary(row: Row[Any]) -> Summary:
    """A row as lists show it."""
    return Summary(
        id=row.id,
        state=State(row.state),
        version=row.version,
        kind=Kind(row.kind) if row.kind else None,
        supplier_id=row.supplier_id,
        supplier=row.supplier_name,
        number=row.number,
        issue_date=row.issue_date,
        due_date=row.due_date,
        currency=row.currency,
        total=row.total,
        payable=row.payable,
        po_number=row.po_number,
        confidence=row.confidence,
        reasons=tuple(row.reasons),
        failure=row.failure,
        word=Word(row.word) if row.word else None,
        holds=tuple(row.holds),
        file_name=row.name,
        door=Door(row.door),
        part=row.part,
        received_at=row.received_at,
    )


def documents(company_id: UUID) -> Select[Any]:
    """Bills with their files' columns, for whoever chooses among them; `summary` shows a row."""
    same = (files.c.company_id == bills.c.company_id) & (files.c.id == bills.c.file_id)
    return select(*_DOCUMENT).join(files, same).where(bills.c.company_id == company_id)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    of = bills.c
    found: list[ColumnElement[bool]] = []
    if wanted.states:
        found.append(of.state.in_([state.value for state in wanted.states]))
    for column, value in (
        (of.supplier_id, wanted.supplier_id),
        (of.number, wanted.number),
        (of.currency, wanted.currency),
        (files.c.door, wanted.door),
        (of.word, wanted.word),
    ):
        if value is not None:
            found.append(column == value)
    for column, least in (
        (of.total, wanted.least),
        (of.issue_date, wanted.issued_from),
        (of.received_at, wanted.received_from),
    ):
        if least is not None:
            found.append(column >= least)
    if wanted.most is not None:
        found.append(of.total <= wanted.most)
    if wanted.issued_to is not None:
        found.append(of.issue_date <= wanted.issued_to)
    if wanted.received_to is not None:
        found.append(of.received_at < wanted.received_to)
    if wanted.held is not None:
        held = func.cardinality(of.holds) > 0
        found.append(held if wanted.held else ~held)
    if wanted.supplier:
        found.append(of.supplier_name.icontains(wanted.supplier.strip(), autoescape=True))
    if wanted.search:
        found.append(_search(wanted.search.strip()))
    return found


def _search(part: str) -> ColumnElement[bool]:
    columns = (bills.c.number, bills.c.supplier_name, bills.c.supplier_tax_id, bills.c.po_number, files.c.name)
    anywhere = [column.icontains(part, autoescape=True) for column in columns]
    plain = part.replace(",", "")
    if plain.replace(".", "", 1).isascii() and plain.replace(".", "", 1).isdecimal() and len(plain) < 20:
        anywhere.append(bills.c.total == Decimal(plain))
    return or_(*anywhere)
