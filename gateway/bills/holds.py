"""Why a bill can't be approved whatever its match says: a hold stands until a person lifts it or its cause is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway.bills import queries
from gateway.bills.fields import Fields
from gateway.bills.states import ACCEPTED, State
from gateway.companies import queries as companies
from gateway.suppliers import accounts
from gateway.suppliers.states import Standing
from ingestion import duplicates, pattern
from ingestion.document import Kind
from ingestion.extract.ids import compact
from ingestion.reasons import Reason


class Hold(StrEnum):
    """Its value is stable; pages say it in words."""

    NEW_ACCOUNT = "new_account"
    """It asks for payment to an account that no second person has released for this supplier."""
    NEAR_DUPLICATE = "near_duplicate"
    """Another bill may be the same."""
    UNUSUAL_AMOUNT = "unusual_amount"
    SUPPLIER_UNKNOWN = "supplier_unknown"
    NOT_ADDRESSED_TO_US = "not_addressed_to_us"


LASTING = frozenset({Hold.NEW_ACCOUNT, Hold.SUPPLIER_UNKNOWN})
"""Lifted by what causes them alone: the account is released, the supplier entered."""

# Of two bills that are the same, matched at the same moment, the second has to see the first.
_ONE_BY_ONE = text("select pg_advisory_xact_lock(hashtextextended('bills alike ' || :company_id, 23))")


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What stands against a bill."""

    holds: tuple[str, ...]
    near: tuple[UUID, ...]
    """The bills that it may be the same as."""


async def of(
    db: AsyncConnection,
    company_id: UUID,
    row: Row[Any],
    standing: Fields,
    supplier_id: UUID | None,
    *,
    keys: KeyStore,
    actor: str,
    now: datetime,
) -> Held:
    """What stands against it now, without what a person lifted; an account nobody knows is proposed to be released.

    Appends to the ledger where an account is proposed, so whatever else locks rows comes before.
    """
    found: set[Hold] = set()
    if supplier_id is None:
        found.add(Hold.SUPPLIER_UNKNOWN)
    if await _for_somebody_else(db, row, standing):
        found.add(Hold.NOT_ADDRESSED_TO_US)
    await db.execute(_ONE_BY_ONE, {"company_id": str(company_id)})
    others = await queries.comparable(db, company_id, row)
    mine = msgspec.structs.replace(_compared(row), supplier_id=supplier_id)
    near = tuple(one.bill_id for one in duplicates.alike(mine, map(_compared, _before(row, others))))
    if near:
        found.add(Hold.NEAR_DUPLICATE)
    if standing.total is not None and supplier_id is not None:
        amount = pattern.Past(standing.total, standing.currency or "")
        if pattern.unusual(amount, tuple(_history(row, supplier_id, others))):
            found.add(Hold.UNUSUAL_AMOUNT)
    if supplier_id is not None and row.kind != Kind.CREDIT_NOTE:
        told = await accounts.note(
            db, company_id, supplier_id, standing.iban, bill_id=row.id, makers=row.makers, actor=actor, now=now,
            keys=keys,
        )  # fmt: skip
        if told not in (Standing.RELEASED, Standing.NONE):
            found.add(Hold.NEW_ACCOUNT)
    lifted = set(row.released) - LASTING
    return Held(holds=tuple(sorted(hold.value for hold in found - lifted)), near=near)


async def _for_somebody_else(db: AsyncConnection, row: Row[Any], standing: Fields) -> bool:
    """By the buyer's tax id where the bill has one; else as the reading found."""
    profile = await companies.profile(db)
    ours = {compact(each) for each in (profile.trn, profile.tin) if each}
    if standing.buyer_tax_id:
        return bool(ours) and compact(standing.buyer_tax_id) not in ours
    return Reason.OTHER_BUYER in row.reasons


def _before(row: Row[Any], others: Iterable[Row[Any]]) -> Iterator[Row[Any]]:
    """Those that came or were matched before it, unless they are held because of it; and those that may be paid
    already, whenever they came."""
    for other in others:
        first = other.id < row.id or other.state in {State.MATCHED, State.EXCEPTION}
        if other.state in {State.APPROVED, State.PAID} or (first and row.id not in other.near):
            yield other


def _history(row: Row[Any], supplier_id: UUID, others: Sequence[Row[Any]]) -> Iterable[pattern.Past]:
    for other in others:
        mine = other.supplier_id == supplier_id and other.state in ACCEPTED and other.kind == row.kind
        if mine and other.total is not None:
            yield pattern.Past(other.total, other.currency or "")


def _compared(row: Row[Any]) -> duplicates.Bill:
    """Without its words: whatever they could tell of two bills that were accepted, number, date and total tell too."""
    return duplicates.Bill(
        id=row.id,
        kind=Kind(row.kind),
        supplier_id=row.supplier_id,
        tax_id=compact(row.supplier_tax_id or ""),
        name=row.supplier_name or "",
        number=row.number or "",
        issue_date=row.issue_date,
        currency=row.currency or "",
        total=row.total,
        sha256=row.sha256,
        part=row.part,
    )
