"""Suppliers from a file: CSV or XLSX, all of it or nothing, or the rows that are right, or only what it would do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from gateway import lifecycle, sheets
from gateway.access.call import Call
from gateway.db import new_id
from gateway.suppliers import accounts, changed, flow, master, queries
from gateway.suppliers.accounts import Hand, Named
from gateway.suppliers.errors import Overtaken, SheetRefused
from gateway.suppliers.models import accounts as rows_of_accounts
from gateway.suppliers.models import keys as rows_of_keys
from gateway.suppliers.plan import COLUMNS, Outcome, Planned, Present, plan
from gateway.suppliers.states import AccountState
from gateway.suppliers.view import Origin

_AT_ONCE = 500
"""Intents of one batch; the ledger takes at most 1,000 entries."""
_TOLD = 200
"""Findings of a refused file."""

T = TypeVar("T")


class ImportedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one row, or would."""

    line: int
    """In the file, from 1; the names of the columns stand in the first."""
    outcome: Outcome
    supplier_id: UUID | None
    """Null where it was refused, and in a dry run for one that isn't there yet."""
    name: str | None
    account_proposed: bool
    """Its bank account is new; a second person has to release it."""
    findings: tuple[object, ...]
    """Why it was refused."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file, or would."""

    sha256: str
    dry_run: bool
    created: int
    changed: int
    same: int
    refused: int
    accounts: int
    """Bank accounts that wait for release."""
    rows: tuple[ImportedRow, ...]


async def bring(call: Call, data: bytes, media_type: str, *, dry_run: bool, partial: bool) -> Imported:
    """Bring suppliers into the master. Without `partial` one wrong row refuses all of them.

    Raises SheetRefused; Overtaken, Changed where somebody else was at it at this very moment.
    """
    loop = asyncio.get_running_loop()
    try:
        rows = await loop.run_in_executor(call.wiring.executor, sheets.read, data, media_type, COLUMNS)
    except sheets.SheetRefused as refused:
        raise SheetRefused(str(refused)) from refused
    present = await _present(call)
    known = dict(present.versions)
    planned = await loop.run_in_executor(call.wiring.executor, plan, rows, present)
    digest = sha256(data).hexdigest()
    findings = tuple(finding for one in planned for finding in one.findings)
    if findings and not partial and not dry_run:
        raise SheetRefused(
            f"{len(findings)} of {len(planned)} rows can't be taken, so none was; `findings` says why, row by row. "
            "Mend them, or leave them out with partial=true.",
            findings[:_TOLD],
        )
    if not dry_run:
        await _carry_out(call, planned, known, digest)
    return _told(planned, known, digest, dry_run=dry_run)


async def _present(call: Call) -> Present:
    suppliers = await queries.all_of(call.db, call.company_id)
    held = select(rows_of_accounts.c.supplier_id, rows_of_accounts.c.iban, rows_of_accounts.c.state)
    found = await call.db.execute(held.where(rows_of_accounts.c.company_id == call.company_id))
    return Present(suppliers, {(row.supplier_id, row.iban): AccountState(row.state) for row in found})


async def _carry_out(call: Call, planned: Sequence[Planned], known: Mapping[UUID, int], digest: str) -> None:
    actor, person = call.principal.actor, call.principal.user_id
    last = {one.supplier_id: one for one in planned if one.supplier_id is not None}
    new = {supplier_id: one.entry for supplier_id, one in last.items() if supplier_id not in known and one.entry}
    for some in _batches(sorted(new.items())):
        intents = [
            flow.entering(supplier_id, entry, actor=actor, now=call.now, import_sha256=digest)
            for supplier_id, entry in some
        ]
        for supplier_id, _ in some:
            await changed.tell(call.db, call.company_id, supplier_id)
        await _advance(call, intents)
    pairs = [
        {"company_id": call.company_id, "supplier_id": supplier_id, "kind": kind, "value": value}
        for supplier_id, entry in sorted(new.items())
        for kind, value in sorted(master.keys_of(entry))
    ]
    try:
        for few in _batches(pairs):
            await call.db.execute(insert(rows_of_keys), few)
    except IntegrityError as error:
        raise Overtaken from error
    altered = {one.supplier_id for one in planned if one.outcome is Outcome.CHANGED and one.supplier_id in known}
    for supplier_id, one in sorted(last.items()):
        if supplier_id in altered and one.entry is not None:
            await flow.change(call, supplier_id, one.entry, version=known[supplier_id], import_sha256=digest)
    hand = Hand(actor=actor, person=person)
    proposed = [
        accounts.beginning(
            Named(one.supplier_id, one.entry.name, one.entry.tax_ids), one.account, new_id(), origin=Origin.IMPORT,
            makers=[person], hand=hand, now=call.now,
        )
        for one in planned
        if one.account is not None and one.supplier_id is not None and one.entry is not None
    ]  # fmt: skip
    for some_accounts in _batches(proposed):
        await _advance(call, some_accounts)


async def _advance(call: Call, intents: Sequence[lifecycle.Intent]) -> None:
    try:
        await lifecycle.advance(call.db, intents, company_id=call.company_id, now=call.now, keys=call.wiring.keys)
    except IntegrityError as error:
        raise Overtaken from error


def _told(planned: Sequence[Planned], known: Mapping[UUID, int], digest: str, *, dry_run: bool) -> Imported:
    count = {outcome: sum(one.outcome is outcome for one in planned) for outcome in Outcome}
    rows = tuple(
        ImportedRow(
            line=one.line, outcome=one.outcome, name=one.entry.name if one.entry else None,
            supplier_id=one.supplier_id if not dry_run or one.supplier_id in known else None,
            account_proposed=one.account is not None, findings=one.findings,
        )
        for one in planned
    )  # fmt: skip
    return Imported(
        sha256=digest, dry_run=dry_run, created=count[Outcome.CREATED], changed=count[Outcome.CHANGED],
        same=count[Outcome.SAME], refused=count[Outcome.REFUSED],
        accounts=sum(row.account_proposed for row in rows), rows=rows,
    )  # fmt: skip


def _batches(items: Sequence[T]) -> Iterator[list[T]]:
    each = iter(items)
    while some := list(islice(each, _AT_ONCE)):
        yield some
