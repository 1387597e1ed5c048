"""Rows of suppliers; which of them a document is from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, delete, func, insert, or_, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

import ingestion.extract
from gateway.access.errors import Unacceptable
from gateway.suppliers.errors import Overtaken, SupplierNotFound, Taken
from gateway.suppliers.master import endpoint as endpoint_of
from gateway.suppliers.master import tax_key
from gateway.suppliers.models import keys, lessons, suppliers
from gateway.suppliers.states import State
from gateway.suppliers.view import Anchors, Lesson, Supplier
from ingestion.extract.layout import fold

_WORDS = {"tax_id": "tax id", "endpoint": "endpoint"}
_LATEST = (
    select(lessons.c.anchors)
    .where(lessons.c.company_id == suppliers.c.company_id, lessons.c.supplier_id == suppliers.c.id)
    .order_by(lessons.c.version.desc())
    .limit(1)
    .scalar_subquery()
)


async def known(db: AsyncConnection, company_id: UUID) -> tuple[ingestion.extract.Supplier, ...]:
    """The active suppliers as the reader wants them: an entry for each of their names, with what was learned."""
    query = (
        select(suppliers.c.name, suppliers.c.other_names, suppliers.c.tax_ids, _LATEST.label("anchors"))
        .where(suppliers.c.company_id == company_id, suppliers.c.state == State.ACTIVE)
        .order_by(suppliers.c.id)
    )
    return tuple(
        ingestion.extract.Supplier(name=name, tax_ids=tuple(row.tax_ids), anchors=anchors_of(row.anchors))
        for row in await db.execute(query)
        for name in (row.name, *row.other_names)
    )


async def resolve(
    db: AsyncConnection, company_id: UUID, *, tax_id: str | None, name: str | None, endpoint: str | None
) -> UUID | None:
    """The active supplier that a document shows; None where it shows none, or two different ones.

    A tax id says it alone, then the endpoint. A name counts only where it is one supplier's, and where the document's
    tax id doesn't contradict it: a known name with another tax id is another legal person.
    """
    wanted = [("tax_id", tax_key(tax_id))] if tax_id else []
    if endpoint and (address := _endpoint(endpoint)):
        wanted.append(("endpoint", address))
    if name and (folded := fold(name)):
        wanted.append(("name", folded))
    query = (
        select(keys.c.kind, keys.c.supplier_id, func.cardinality(suppliers.c.tax_ids).label("tax_ids"))
        .join(suppliers, (suppliers.c.company_id == keys.c.company_id) & (suppliers.c.id == keys.c.supplier_id))
        .where(keys.c.company_id == company_id, suppliers.c.state == State.ACTIVE)
        .where(tuple_(keys.c.kind, keys.c.value).in_(wanted))
    )
    found: dict[str, set[UUID]] = {"tax_id": set(), "endpoint": set(), "name": set()}
    for row in await db.execute(query) if wanted else ():
        if row.kind == "tax_id" or not tax_id or row.tax_ids == 0:
            found[row.kind].add(row.supplier_id)
    sure = found["tax_id"] | found["endpoint"] or found["name"]
    return sure.pop() if len(sure) == 1 else None


async def one(db: AsyncConnection, company_id: UUID, supplier_id: UUID, *, lock: bool = False) -> Supplier:
    """One supplier. Raises SupplierNotFound."""
    query = select(suppliers).where(suppliers.c.company_id == company_id, suppliers.c.id == supplier_id)
    row = (await db.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()
    if row is None:
        raise SupplierNotFound(supplier_id)
    return _supplier(row)


async def all_of(db: AsyncConnection, company_id: UUID) -> list[Supplier]:
    """Every supplier of a company, in the order in which they were entered."""
    query = select(suppliers).where(suppliers.c.company_id == company_id).order_by(suppliers.c.id)
    return [_supplier(row) for row in await db.execute(query)]


async def page(
    db: AsyncConnection, company_id: UUID, *, before: UUID | None, state: State | None, wanted: str | None, most: int
) -> list[Supplier]:
    """Latest first; `wanted`: a part of a name, or a whole tax id or endpoint."""
    query = select(suppliers).where(suppliers.c.company_id == company_id)
    if state is not None:
        query = query.where(suppliers.c.state == state)
    if before is not None:
        query = query.where(suppliers.c.id < before)
    if wanted is not None:
        mine = select(keys.c.supplier_id).where(
            keys.c.company_id == company_id,
            or_(
                (keys.c.kind == "name") & keys.c.value.contains(fold(wanted), autoescape=True) & (fold(wanted) != ""),
                (keys.c.kind == "tax_id") & (keys.c.value == tax_key(wanted)),
                (keys.c.kind == "endpoint") & (keys.c.value == wanted.strip().lower()),
            ),
        )
        query = query.where(suppliers.c.id.in_(mine))
    return [_supplier(row) for row in await db.execute(query.order_by(suppliers.c.id.desc()).limit(most))]


async def name_keys(
    db: AsyncConnection, company_id: UUID, supplier_id: UUID, wanted: Iterable[tuple[str, str]]
) -> None:
    """Have documents that show one of these found as this supplier's, and no others. Raises Taken, Overtaken."""
    mine = (keys.c.company_id == company_id) & (keys.c.supplier_id == supplier_id)
    pairs = sorted(set(wanted))
    clash = (
        select(keys.c.kind, keys.c.value, keys.c.supplier_id, suppliers.c.name)
        .join(suppliers, (suppliers.c.company_id == keys.c.company_id) & (suppliers.c.id == keys.c.supplier_id))
        .where(keys.c.company_id == company_id, keys.c.supplier_id != supplier_id, keys.c.kind != "name")
        .where(tuple_(keys.c.kind, keys.c.value).in_(pairs))
        .order_by(keys.c.kind.desc(), keys.c.value)
        .limit(1)
    )
    taken = (await db.execute(clash)).one_or_none()
    if taken is not None:
        raise Taken(_WORDS[taken.kind], taken.value, taken.name, taken.supplier_id)
    await db.execute(delete(keys).where(mine))
    rows = [
        {"company_id": company_id, "supplier_id": supplier_id, "kind": kind, "value": value} for kind, value in pairs
    ]
    try:
        await db.execute(insert(keys), rows)
    except IntegrityError as error:
        raise Overtaken from error


async def latest(db: AsyncConnection, company_id: UUID, supplier_id: UUID) -> Lesson | None:
    """What is known of the supplier's documents; None where nobody taught anything."""
    found = await learned(db, company_id, supplier_id, most=1)
    return found[0] if found else None


async def learned(db: AsyncConnection, company_id: UUID, supplier_id: UUID, *, most: int) -> list[Lesson]:
    """Who taught what from which bill, the latest first; each with all that was known from then on."""
    query = (
        select(lessons)
        .where(lessons.c.company_id == company_id, lessons.c.supplier_id == supplier_id)
        .order_by(lessons.c.version.desc())
        .limit(most)
    )
    return [
        Lesson(
            version=row.version, anchors=anchors_of(row.anchors), forgotten=row.forgotten, at=row.at, by=row.by,
            bill_id=row.bill_id,
        )
        for row in await db.execute(query)
    ]  # fmt: skip


async def add_lesson(db: AsyncConnection, company_id: UUID, supplier_id: UUID, lesson: Lesson) -> None:
    """Keep one."""
    values = msgspec.structs.asdict(lesson) | {"anchors": msgspec.to_builtins(lesson.anchors, str_keys=True)}
    await db.execute(insert(lessons).values(company_id=company_id, supplier_id=supplier_id, **values))


def anchors_of(stored: Any) -> Anchors:
    """From the column; None: nothing was learned."""
    anchors: Anchors = msgspec.convert(stored or {}, Anchors, strict=False)
    return anchors


def _endpoint(text: str) -> str | None:
    try:
        return endpoint_of(text).lower()
    except Unacceptable:
        return None


def _supplier(row: Row[Any]) -> Supplier:
    return msgspec.convert({name: row._mapping[name] for name in Supplier.__struct_fields__}, Supplier)
