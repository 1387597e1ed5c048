"""One job's work: intent, call, outcome; and at once the next account where one surely didn't take it.

Safe to run twice, killed anywhere, or beside itself.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import jobqueue
from gateway.jobqueue import Later
from gateway.lifecycle import advance
from gateway.outbox import queries
from gateway.outbox.acceptance import Yes, accept
from gateway.outbox.cargo import Cargo, Ending, Underway
from gateway.outbox.delivery import deliver, hopeless
from gateway.outbox.intents import GIVE_UP_AFTER, IN_THE_AIR, Want, account_key, begin
from gateway.outbox.models import Outcome
from gateway.wiring import Wiring
from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Precondition, Temporary
from peppol.message import Submission
from peppol.statuses import told_at

STANDSTILL = IN_THE_AIR / 2
"""Between an intent and its call; what is left of `IN_THE_AIR` is more than any call takes."""

NEXT_STEPS: dict[type[PeppolError], tuple[Outcome, str]] = {
    Temporary: (Outcome.TEMPORARY, "The provider couldn't be reached for long; order it to be sent again."),
    Permanent: (
        Outcome.PERMANENT,
        "The provider refuses the document: read the reason, reject it or credit it, issue anew.",
    ),
    Precondition: (Outcome.PRECONDITION, "Mend the cause outside the document, then order it to be sent again."),
    OutcomeUnknown: (
        Outcome.UNKNOWN,
        "Nobody knows whether the provider has it: ask the provider and settle it by hand; or replay the job or order "
        "it to be sent again: it is looked for first, and not sent twice.",
    ),
}
"""Error type -> the attempt's outcome, and what a person should do when it ends the attempts."""


async def send(wiring: Wiring, cargo: Cargo, company_id: UUID, subject_id: UUID, *, now: datetime) -> None:
    """Hand one thing to the network, by one account after the other where that is safe.

    Raises `jobqueue.Temporary` where a further attempt may help, `Permanent` where the order is given up, `Later`
    where no call was made.
    """
    round_ = Round(wiring, cargo, company_id, now)
    begun = await wiring.together.do(
        ("begin", id(wiring), company_id, cargo.column),
        (Want(subject_id), now),
        partial(_begin, wiring, cargo, company_id),
    )
    if isinstance(begun, Later):
        raise begun
    while begun is not None:
        round_.demand_awake(begun)
        try:
            submission = await deliver(wiring, begun)
        except PeppolError as error:
            begun = await round_.failed(begun, error)
        else:
            await round_.accepted(begun, submission)
            break


async def _begin(
    wiring: Wiring, cargo: Cargo, company_id: UUID, wants: Sequence[tuple[Want, datetime]]
) -> Sequence[Underway | Later | None]:
    now = max(moment for _, moment in wants)
    async with wiring.database.company(company_id) as db:
        return await begin(wiring, cargo, db, company_id, [want for want, _ in wants], now=now)


class Round:
    """The attempts of one job run."""

    def __init__(self, wiring: Wiring, cargo: Cargo, company_id: UUID, now: datetime) -> None:
        self._wiring, self._cargo, self._company_id = wiring, cargo, company_id
        self._began, self._ticks = now, time.monotonic()
        self._tried: list[UUID | None] = []
        self._met: list[PeppolError] = []

    @property
    def _now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._ticks)

    def demand_awake(self, underway: Underway) -> None:
        """Raises where this process stood still behind the intent: another worker may have gone on without it."""
        if self._now - underway.started_at > STANDSTILL:
            raise jobqueue.Temporary("This process stood still behind the intent; nothing was called")

    async def accepted(self, underway: Underway, submission: Submission) -> None:
        """Corner 2 took it: its word is kept, then all that follows from it is written down."""
        wiring, cargo, company_id = self._wiring, self._cargo, self._company_id
        submission = msgspec.structs.replace(submission, accepted_at=told_at(submission.accepted_at))
        answer = await wiring.storage.put(submission.evidence)
        yes = Yes(underway, submission, answer, self._now)
        key = ("accept", id(wiring), company_id, cargo.column)
        await wiring.together.do(key, yes, partial(accept, wiring, cargo, company_id))

    async def failed(self, underway: Underway, error: PeppolError) -> Underway | None:
        """Write down what went wrong; the next attempt where another account may be called at once.

        Of an attempt that another one has followed, only its own end is written down: that one's outcome is open, and
        it has asked or will. Where nobody knows, the state stays, however often it was tried: called failed, it might
        be sent again, rejected or credited while the receiver has it.
        """
        wiring, cargo, company_id = self._wiring, self._cargo, self._company_id
        answer, now = await wiring.storage.put(error.evidence) if error.evidence else None, self._now
        self._met.append(error)
        self._tried.append(underway.account_id)
        async with wiring.database.company(company_id) as db:
            row = (await cargo.locked(db, company_id, [underway.id])).get(underway.id)
            if row is None:
                return None
            known = await queries.earlier(db, company_id, cargo.column, [underway.id], since=now - IN_THE_AIR)
            open_ = _open(known[underway.id])
            sure = not isinstance(error, OutcomeUnknown) and not open_
            end = queries.End(
                key=underway.transmission_id,
                number=underway.number,
                ended_at=now,
                outcome=_named(error)[0],
                reason=str(error)[:1000],
                answer_sha256=answer,
                uncertain=not sure,
            )
            if not await queries.failed(db, company_id, end):
                raise jobqueue.Temporary(str(error))
            verdict, pause = self._verdict(error), self._pause(underway, error)
            if not sure and not isinstance(verdict, OutcomeUnknown):
                verdict = OutcomeUnknown(f"{open_}; of this attempt: {error}")
            if sure and isinstance(error, Temporary | Precondition):
                want = Want(underway.id, tuple(self._tried))
                (following,) = await begin(wiring, cargo, db, company_id, [want], now=now)
                if isinstance(following, Underway):
                    await queries.plan(db, company_id, end, _plan(error, next_at=now))
                    return following
                if isinstance(following, Later):  # it may well take it, only not at this moment
                    verdict, pause = Temporary(str(verdict)), min(pause, following.after)
            final = self._final(underway, verdict, now)
            await queries.plan(db, company_id, end, _plan(verdict, next_at=None if final else now + pause))
            if final:
                await self._give_up(db, row, underway, verdict, now)
        if final:
            raise jobqueue.Permanent(str(verdict)) from error
        raise jobqueue.Temporary(str(verdict), after=pause) from error

    def _verdict(self, error: PeppolError) -> PeppolError:
        """What the round says as a whole: temporary where any account's trouble was, and every account's words."""
        if not isinstance(error, Temporary | Precondition) or len(self._met) == 1:
            return error
        words = "; ".join(dict.fromkeys(str(met) for met in self._met))
        kind = Temporary if any(isinstance(met, Temporary) for met in self._met) else Precondition
        return kind(words)

    def _pause(self, underway: Underway, error: PeppolError) -> timedelta:
        """The pause that was asked for, of this account for everybody; otherwise longer with each attempt."""
        asked = error.retry_after if isinstance(error, Temporary) else None
        if asked is None:
            return jobqueue.backoff(underway.of_order)
        self._wiring.circuits.pause(account_key(self._company_id, underway.account_id), self._now + asked)
        return asked

    def _final(self, underway: Underway, verdict: PeppolError, now: datetime) -> bool:
        if isinstance(verdict, Permanent | Precondition):
            return True
        if isinstance(verdict, OutcomeUnknown) and hopeless(underway.line):
            return True
        return now - underway.ordered_at >= GIVE_UP_AFTER

    async def _give_up(
        self, db: AsyncConnection, row: Row[Any], underway: Underway, verdict: PeppolError, now: datetime
    ) -> None:
        first = underway.number - underway.of_order + 1
        tried = await queries.tried(db, self._company_id, {underway.transmission_id: first})
        outcome, next_step = _named(verdict)
        ending = Ending(
            problem=outcome.value,
            reason=str(verdict)[:1000],
            next_step=next_step,
            tried=tried[underway.transmission_id],
        )
        intent = self._cargo.ended(row, underway, ending, now=now)
        await advance(db, [intent], company_id=self._company_id, now=now, keys=self._wiring.keys)


def _open(known: Row[Any]) -> str:
    """Why an attempt that surely failed isn't the whole truth; empty where it is."""
    if known.in_the_air:
        return "Another attempt's outcome is open"
    return "The network speaks of it as arrived" if known.spoken_of else ""


def _plan(verdict: PeppolError, *, next_at: datetime | None) -> queries.Plan:
    """`next_at`: None where the order is given up."""
    problem, next_step = _named(verdict)
    return queries.Plan(
        problem=problem, words=str(verdict)[:1000], next_at=next_at, next_step=None if next_at else next_step
    )


def _named(error: PeppolError) -> tuple[Outcome, str]:
    return next(step for kind, step in NEXT_STEPS.items() if isinstance(error, kind))
