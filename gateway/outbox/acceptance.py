"""A yes, written down with all that follows from it; many of one company in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.lifecycle import advance
from gateway.outbox import queries
from gateway.outbox.cargo import Cargo, Underway
from gateway.outbox.models import Outcome, Tried
from gateway.wiring import Wiring
from peppol.message import Submission


class Yes(msgspec.Struct, frozen=True):
    """Corner 2 took it."""

    underway: Underway
    submission: Submission
    answer_sha256: str
    """Of the raw answer, which lies in the storage."""
    at: datetime


async def accept(wiring: Wiring, cargo: Cargo, company_id: UUID, given: Sequence[Yes]) -> list[None]:
    """Write them down; of those whose outcome was written down before only the attempt ends."""
    now = max(yes.at for yes in given)
    async with wiring.database.company(company_id) as db:
        rows = await cargo.locked(db, company_id, [yes.underway.id for yes in given])
        news = {yes.underway.id: yes for yes in given if yes.underway.id in rows}
        if news:
            await queries.accepted(db, company_id, _columns(list(news.values())))
            tried = await _tried(db, company_id, list(news.values()))
            intents = [
                cargo.accepted(
                    rows[yes.underway.id],
                    yes.underway,
                    yes.submission,
                    answer_sha256=yes.answer_sha256,
                    tried=tried[yes.underway.transmission_id],
                )
                for yes in news.values()
            ]
            await cargo.taken(db, company_id, list(tried), now=now)
            await advance(db, intents, company_id=company_id, now=now, keys=wiring.keys)
        late = [yes for yes in given if yes.underway.id not in rows]
        if late:
            await queries.late(db, company_id, _columns(late))
            await cargo.taken(db, company_id, [yes.underway.transmission_id for yes in late], now=now)
    return [None] * len(given)


def _columns(given: Sequence[Yes]) -> dict[str, object]:
    return {
        "keys": [yes.underway.transmission_id for yes in given],
        "numbers": [yes.underway.number for yes in given],
        "ended": [yes.at for yes in given],
        "answers": [yes.answer_sha256 for yes in given],
        "accounts": [yes.underway.account_id for yes in given],
        "adapters": [yes.underway.adapter for yes in given],
        "references": [yes.submission.reference for yes in given],
        "accepted": [yes.submission.accepted_at for yes in given],
    }


async def _tried(db: AsyncConnection, company_id: UUID, given: Sequence[Yes]) -> dict[UUID, tuple[Tried, ...]]:
    """The attempts of each order; the first ones are known without asking."""
    found: dict[UUID, tuple[Tried, ...]] = {
        yes.underway.transmission_id: (
            Tried(
                number=yes.underway.number,
                account_id=yes.underway.account_id,
                adapter=yes.underway.adapter,
                begun_at=yes.underway.started_at,
                ended_at=yes.at,
                outcome=Outcome.ACCEPTED,
                answer_sha256=yes.answer_sha256,
            ),
        )
        for yes in given
    }
    again = [yes.underway for yes in given if yes.underway.of_order > 1]
    if again:
        firsts = {one.transmission_id: one.number - one.of_order + 1 for one in again}
        found |= await queries.tried(db, company_id, firsts)
    return found
