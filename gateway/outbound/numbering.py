"""Number series: `assigned` counts without a gap inside the sealing transaction, `given` takes the ERP's own numbers.

The counter is a row, never a database sequence: it stays locked until the sealing commits, and a rollback gives the
number back. Lock order: the draft's row, the series' row, then the ledger's head.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import new_id
from gateway.outbound import models
from gateway.outbound.errors import SeriesNotFound, SeriesRefused

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9._-]{0,31}\Z")]
Prefix = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._/-]{0,23}[A-Za-z._/-]\Z")]
Digits = Annotated[int, msgspec.Meta(ge=1, le=12)]


class Numbering(StrEnum):
    """Who chooses the numbers."""

    ASSIGNED = "assigned"
    """We do, without a gap, when a document is sealed."""
    GIVEN = "given"
    """The ERP does; gaps are reported."""


class NewSeries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A series to be made."""

    name: Name
    """Stands in the ledger beside the number; capitals, digits and `._-`."""
    numbering: Numbering
    prefix: Prefix | None = None
    """What every assigned number begins with; its last character is no digit. Only for `assigned`, and needed there."""
    digits: Digits = 6
    """The counter is padded with zeros to so many digits."""


class Series(msgspec.Struct, frozen=True, omit_defaults=True):
    """A series as it stands."""

    id: UUID
    name: str
    numbering: Numbering
    created_at: datetime
    prefix: str | None = None
    digits: int | None = None
    next: str | None = None
    """The number that the next sealed document gets; only for `assigned`."""


class Gap(msgspec.Struct, frozen=True):
    """Numbers between two sealed ones of a series that no sealed document has; both ends included."""

    first: str
    last: str
    count: int


DEFAULTS = {
    Numbering.ASSIGNED: NewSeries(name="MAIN", numbering=Numbering.ASSIGNED, prefix="INV-"),
    Numbering.GIVEN: NewSeries(name="ERP", numbering=Numbering.GIVEN),
}
"""Made at first use where a caller names no series: ours for a document without a number, the ERP's for one with."""

_GAPS = text(r"""
    with numbered as (
        select substring(number from '^(.*?)[0-9]{1,15}$') as stem, substring(number from '([0-9]{1,15})$') as digits
        from issued_documents
        where company_id = :company_id and series_id = :series_id and sealed_at is not null and number ~ '[0-9]$'
    ), neighbours as (
        select stem, length(digits) as width, digits::bigint as counter,
               lead(digits::bigint) over (partition by stem order by digits::bigint) as following
        from numbered
    )
    select stem, width, counter + 1 as first, following - 1 as last from neighbours
    where following > counter + 1 order by stem, counter limit :most
""")


def written(prefix: str, digits: int, counter: int) -> str:
    """An assigned number.

    >>> written("INV-", 6, 42)
    'INV-000042'
    """
    return f"{prefix}{counter:0{digits}d}"


async def make(db: AsyncConnection, company_id: UUID, new: NewSeries, *, actor: str, now: datetime) -> Series:
    """Make a series. Raises SeriesRefused where its name, prefix or possible numbers are taken."""
    if (new.numbering is Numbering.ASSIGNED) is (new.prefix is None):
        wanted = "needs a prefix" if new.prefix is None else "takes no prefix"
        raise SeriesRefused(f"A series with {new.numbering} numbers {wanted}.")
    if new.prefix is not None:
        used = select(models.documents.c.number).where(
            models.documents.c.company_id == company_id,
            models.documents.c.number.startswith(new.prefix, autoescape=True),
        )
        if any(number[len(new.prefix) :].isdigit() for number in (await db.execute(used)).scalars()):
            raise SeriesRefused(f"Documents already have numbers of the form {new.prefix}<digits>; use another prefix.")
    row = _row(company_id, new, actor, now)
    table = models.series
    made = await db.execute(upsert(table).values(row).on_conflict_do_nothing().returning(table))
    series = made.one_or_none()
    if series is None:
        raise SeriesRefused(f"This company already has a series named {new.name!r} or with that prefix.")
    return _series(series)


async def listing(db: AsyncConnection, company_id: UUID) -> list[Series]:
    """Every series of a company, by name."""
    table = models.series
    rows = await db.execute(select(table).where(table.c.company_id == company_id).order_by(table.c.name))
    return [_series(row) for row in rows]


async def find(db: AsyncConnection, company_id: UUID, name: str) -> Series:
    """The series of that name. Raises SeriesNotFound."""
    table = models.series
    row = (await db.execute(select(table).where(table.c.company_id == company_id, table.c.name == name))).one_or_none()
    if row is None:
        raise SeriesNotFound(name)
    return _series(row)


async def choose(
    db: AsyncConnection, company_id: UUID, name: str | None, numbering: Numbering, *, actor: str, now: datetime
) -> Series:
    """The series for a new draft: the named one, or the default for documents that come with or without a number.

    `numbering`: what the document needs. Raises SeriesNotFound, and SeriesRefused where the named one is of the other.
    """
    if name is not None:
        series = await find(db, company_id, name)
    else:
        series = await _default(db, company_id, numbering, actor=actor, now=now)
    if series.numbering is not numbering:
        raise refusal(series)
    return series


async def _default(db: AsyncConnection, company_id: UUID, numbering: Numbering, *, actor: str, now: datetime) -> Series:
    default = DEFAULTS[numbering]
    with suppress(SeriesNotFound):
        return await find(db, company_id, default.name)
    try:
        return await make(db, company_id, default, actor=actor, now=now)
    except SeriesRefused as refused:
        with suppress(SeriesNotFound):
            return await find(db, company_id, default.name)  # somebody else made it meanwhile
        raise SeriesRefused(f"{refused.detail} Make a series with POST /v1/series, and name it.") from None


def refusal(series: Series) -> SeriesRefused:
    """Why a document with (or without) a number of its own can't be in this series."""
    if series.numbering is Numbering.ASSIGNED:
        return SeriesRefused(
            f"Series {series.name!r} assigns its numbers itself: leave the number out, or name a series of given ones. "
            "Posted UBL is kept byte for byte and always needs a series of given numbers."
        )
    return SeriesRefused(f"Series {series.name!r} takes the numbers you give: put one into the document.")


async def owner_of(db: AsyncConnection, company_id: UUID, number: str) -> str | None:
    """The name of the series that would assign this very number some day, if any."""
    stem = number.rstrip("0123456789")
    if stem == number or not stem:
        return None
    table = models.series
    query = select(table.c.name).where(table.c.company_id == company_id, table.c.prefix == stem)
    return (await db.execute(query)).scalar_one_or_none()


async def gaps(db: AsyncConnection, company_id: UUID, series_id: UUID, *, most: int = 100) -> list[Gap]:
    """Numbers missing between the sealed ones, grouped by what stands before the last run of digits."""
    rows = await db.execute(_GAPS, {"company_id": company_id, "series_id": series_id, "most": most})
    return [
        Gap(written(row.stem, row.width, row.first), written(row.stem, row.width, row.last), row.last - row.first + 1)
        for row in rows
    ]


def _row(company_id: UUID, new: NewSeries, actor: str, now: datetime) -> dict[str, object]:
    return {
        "company_id": company_id,
        "id": new_id(),
        "name": new.name,
        "numbering": new.numbering.value,
        "prefix": new.prefix,
        "digits": new.digits,
        "next_number": 1,
        "created_at": now,
        "created_by": actor,
    }


def _series(row: Row[tuple[object, ...]]) -> Series:
    assigned = row.numbering == Numbering.ASSIGNED
    return Series(
        id=row.id,
        name=row.name,
        numbering=Numbering(row.numbering),
        created_at=row.created_at,
        prefix=row.prefix,
        digits=row.digits if assigned else None,
        next=written(row.prefix, row.digits, row.next_number) if assigned else None,
    )
