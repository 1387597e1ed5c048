"""The intent, written before any call: what goes out, under which key, by which account.

Never by another account while it is uncertain whether one has it. Where no account may be called just now, because
circuits are open, nothing is written at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import lifecycle
from gateway.db import new_id
from gateway.jobqueue import Later
from gateway.outbox import queries
from gateway.outbox.cargo import Cargo, Load, Underway
from gateway.providers import Matter
from gateway.wiring import Wiring
from peppol.errors import PeppolError, Precondition
from peppol.provider import Provider

GIVE_UP_AFTER = timedelta(hours=24)
"""An order to send that met nothing but temporary trouble is given up after so long."""
IN_THE_AIR = timedelta(minutes=10)
"""Longer than any call may take: an attempt of this age without an end belongs to a process that is gone."""


class Want(msgspec.Struct, frozen=True):
    """One thing to begin with."""

    id: UUID
    tried: tuple[UUID | None, ...] = ()
    """Lines that surely failed in this round: not them again."""


def account_key(company_id: UUID, account_id: UUID | None) -> str:
    """What a pause holds for: limits are an account's, and the installation's is one for all."""
    return f"{company_id} {account_id}" if account_id else ""


class _Line(msgspec.Struct, frozen=True):
    account_id: UUID | None
    adapter: str
    provider: Provider | PeppolError
    barred: PeppolError | None = None


async def begin(
    wiring: Wiring, cargo: Cargo, db: AsyncConnection, company_id: UUID, wants: Sequence[Want], *, now: datetime
) -> list[Underway | Later | None]:
    """Write down the intents; the caller commits before any call.

    For each: what is under way; None where there is nothing (more) to send or no line is left; Later where every line
    has to be left alone for a while.
    """
    loads = {load.id: load for load in await cargo.load(wiring, db, company_id, [want.id for want in wants], now=now)}
    known = await queries.earlier(db, company_id, cargo.column, list(loads), since=now - IN_THE_AIR)
    routes = await _routes(wiring, db, company_id, [one for one in loads.values() if not _uncertain(known.get(one.id))])
    outcome: list[Underway | Later | None] = []
    for want in wants:
        load = loads.get(want.id)
        if load is None:
            outcome.append(None)
            continue
        before = known.get(want.id)
        left = [account_id for account_id in routes.get(load.id, ()) if account_id not in want.tried]
        line = await _choose(wiring, db, company_id, load, before, left, now=now, first=not want.tried)
        outcome.append(_underway(load, before, line, now) if isinstance(line, _Line) else line)
    begun = [one for one in outcome if isinstance(one, Underway)]
    if begun:
        await queries.write(db, company_id, cargo.column, _columns(begun, now))
        intents = [cargo.begun(one) for one in begun if loads[one.id].fresh]
        await lifecycle.advance(db, intents, company_id=company_id, now=now, keys=wiring.keys)
    return outcome


def _uncertain(before: Row[Any] | None) -> bool:
    return before is not None and (before.uncertain or before.spoken_of)


async def _routes(
    wiring: Wiring, db: AsyncConnection, company_id: UUID, loads: Sequence[Load]
) -> dict[UUID, tuple[UUID | None, ...]]:
    """The lines of each that has an address, in order of preference."""
    matters = {
        load.id: Matter(receiver=load.message.receiver, document_type=load.message.document_type, series=load.series)
        for load in loads
        if not isinstance(load.message, PeppolError)
    }
    if not matters:
        return {}
    return dict(zip(matters, await wiring.lines.routes(db, company_id, list(matters.values())), strict=True))


async def _choose(
    wiring: Wiring,
    db: AsyncConnection,
    company_id: UUID,
    load: Load,
    before: Row[Any] | None,
    left: Sequence[UUID | None],
    *,
    now: datetime,
    first: bool,
) -> _Line | Later | None:
    """`left`: lines of its route that didn't fail in this round; `first`: none did."""
    uncertain = _uncertain(before)
    if before is not None and uncertain:
        left = (before.account_id,)
    elif isinstance(load.message, PeppolError):
        return _Line(None, wiring.provider.name, load.message) if first else None
    elif not left:
        off = Precondition("Every provider account of this company is switched off; switch one on, then send again")
        return _Line(None, "", off) if first else None
    waits: list[timedelta] = []
    for account_id in left:
        line = await _open(wiring, db, company_id, account_id, submitting=not uncertain)
        if isinstance(line.provider, PeppolError):
            return line
        wait = wiring.circuits.wait(line.provider.host, account_key(company_id, account_id), now)
        if wait is None or now - _ordered(load, before, now) >= GIVE_UP_AFTER:
            return line
        waits.append(wait)
    reason = "The provider fails or asks for patience just now; it is tried again soon"
    return Later(reason, after=min(waits))


async def _open(
    wiring: Wiring, db: AsyncConnection, company_id: UUID, account_id: UUID | None, *, submitting: bool
) -> _Line:
    try:
        provider = await wiring.lines.of(db, company_id, account_id, submitting=submitting)
    except Precondition as error:
        accounts = await wiring.lines.accounts(db, company_id)
        adapter = next((account.adapter for account in accounts if account.id == account_id), "")
        return _Line(account_id, adapter, error)
    barred = None
    if not submitting:
        try:
            await wiring.lines.of(db, company_id, account_id, submitting=True)
        except Precondition as error:
            barred = error
    return _Line(account_id, provider.name, provider, barred)


def _underway(load: Load, before: Row[Any] | None, line: _Line, now: datetime) -> Underway:
    anew = before is None or load.fresh or before.attempts == 0
    return Underway(
        id=load.id,
        transmission_id=new_id() if before is None else before.id,
        number=1 if before is None else before.lifetime + 1,
        of_order=1 if before is None or anew else before.attempts + 1,
        account_id=line.account_id,
        adapter=line.adapter,
        ask_first=_uncertain(before),
        doubted=before is not None and (before.in_the_air or before.last_in_the_air or before.spoken_of),
        ordered_at=_ordered(load, before, now),
        begun_at=now if before is None else before.begun_at,
        started_at=now,
        content_sha256=load.content_sha256,
        message=load.message,
        line=line.provider,
        barred=line.barred,
    )


def _ordered(load: Load, before: Row[Any] | None, now: datetime) -> datetime:
    """A replay of what was given up is an order anew."""
    if before is None or load.fresh:
        return load.ordered_at
    ordered: datetime = now if before.attempts == 0 else before.ordered_at
    return ordered


def _columns(begun: Sequence[Underway], now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "keys": [one.transmission_id for one in begun],
        "ids": [one.id for one in begun],
        "accounts": [one.account_id for one in begun],
        "adapters": [one.adapter for one in begun],
        "begun": [one.begun_at for one in begun],
        "ordered": [one.ordered_at for one in begun],
        "lifetimes": [one.number for one in begun],
        "attempts": [one.of_order for one in begun],
    }
