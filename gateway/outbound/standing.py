"""Where a document stands, as people and machines are shown it: the five facts with their words, times and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway.outbound.deadline import Deadline, deadline
from gateway.outbound.facts import Known, Mark, Station, Truth, judge
from gateway.outbound.headlines import Tone, headline
from gateway.outbound.states import State
from gateway.pages.texts import TEXTS
from ledger.entry import ISSUED, Kind
from ledger.store.outline import Line, about
from peppol.statuses import Outcome

AnyRow = Row[Any] | SimpleNamespace


class Words(msgspec.Struct, frozen=True):
    """A sentence for people, in both languages."""

    en: str
    ar: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What proves a fact: an entry of the ledger."""

    seq: int
    entry: str
    """Path of the entry, with the bytes that were hashed; reading it takes `ledger:read`."""
    proof: str
    """Path of the proof that the entry stands in the ledger."""
    answer_sha256: str | None = None
    """Of what was said outside: digest of the kept answer or report, byte for byte as it came."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One of the five facts. Silence is never a yes."""

    state: Mark
    at: datetime | None
    """When it happened, or was asked last; null while there is nothing to tell a time of."""
    outcome: Outcome | None
    """The very word of the receiver's access point, the tax authority or the buyer."""
    reason: Words
    said: str | None
    """What was said outside, in their words and language."""
    next_step: Words | None
    """What a person should do; null: nothing, or only wait."""
    evidence: Evidence | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Five separate truths; no other says anything about one of them."""

    sealed: Fact
    """Accepted by us: numbered, signed, in the ledger."""
    sender: Fact
    """Taken by the sender's access point (corner 2)."""
    receiver: Fact
    """Taken by the receiver's access point (corner 3); `not_applicable` for 9900000097, -98 and -99."""
    authority: Fact
    """Reported to the tax authority (corner 5)."""
    buyer: Fact
    """Answered by the buyer: `yes` agreed, `no` refused."""


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """The five in one line."""

    code: str
    """A closed list: `delivered`, `asking`, `failed` ..."""
    tone: Tone
    en: str
    ar: str


def words(key: str) -> Words:
    """The sentence of a key."""
    return Words(*TEXTS[key])


def known(row: AnyRow, way: AnyRow | None) -> Known:
    """What the five are derived from: a document, and its transmission where there is one."""
    return Known(
        state=State(row.state),
        uncertain=bool(way and way.uncertain),
        problem=way.problem if way else None,
        given_up=bool(way and way.problem and way.attempts == 0),
        predefined=row.predefined,
        c3=row.c3 and Outcome(row.c3),
        c5=row.c5 and Outcome(row.c5),
        buyer=row.buyer and Outcome(row.buyer),
    )


def headline_of(about: Known) -> Headline:
    """The line, with its words."""
    line = headline(about)
    parts = [TEXTS[f"headline.{line.code}"], *([TEXTS[line.addition]] if line.addition else [])]
    return Headline(
        code=line.code, tone=line.tone, en="; ".join(part.en for part in parts), ar="؛ ".join(part.ar for part in parts)
    )


def deadline_of(row: AnyRow, *, now: datetime) -> Deadline | None:
    """The compliance clock; null for a document without a date, rejected, or destroyed before it was sent."""
    last_day: date | None = row.transmit_by
    heard = [at for at in (row.c3_at, row.c5_at, row.buyer_at) if at is not None]
    met_at = row.sent_at or min(heard, default=None)
    closed = row.state == State.REJECTED or row.erased_at is not None
    if last_day is None or (closed and met_at is None):
        return None
    return deadline(last_day, met_at=met_at, now=now)


def next_step_of(about: Known) -> Words | None:
    """The one thing to do next."""
    step = judge(about).step
    return words(step) if step else None


def facts_of(row: AnyRow, way: AnyRow | None, proofs: Sequence[Proof]) -> Facts:
    """The five facts."""
    five = judge(known(row, way))
    return Facts(**{station.value: _fact(station, truth, row, way, proofs) for station, truth in five})


class Proof(msgspec.Struct, frozen=True):
    """An entry of the ledger about the document, as far as a fact needs it."""

    seq: int
    kind: Kind
    outcome: Outcome | None = None
    answer_sha256: str | None = None

    def shown(self) -> Evidence:
        """Where to read it."""
        entry = f"/v1/ledger/entries/{self.seq}"
        return Evidence(seq=self.seq, entry=entry, proof=f"{entry}/proof", answer_sha256=self.answer_sha256)


class _Step(msgspec.Struct, frozen=True):
    """What entries of steps say, whichever they are; other members are passed over."""

    document_id: UUID | None = None
    outcome: str | None = None
    answer_sha256: str | None = None
    report_sha256: str | None = None


_STEPS = frozenset({Kind.TRANSMISSION, Kind.STATUS})
_WAY = text("""
    select uncertain, problem, attempts, attempted_at, reason from transmissions
    where company_id = :company_id and document_id = :id
""")


async def way_of(db: AsyncConnection, company_id: UUID, document_id: UUID) -> Row[Any] | None:
    """The transmission of a document; None where no attempt was ever made."""
    return (await db.execute(_WAY, {"company_id": company_id, "id": document_id})).one_or_none()


async def proofs_of(db: AsyncConnection, company_id: UUID, row: AnyRow, keys: KeyStore) -> list[Proof]:
    """The entries that prove facts of a document, in order of seq; none of a draft."""
    if row.state == State.DRAFT:
        return []
    lines = await about(db, company_id, row.series, row.number, kinds=_STEPS, keys=keys)
    return [proof for line in lines if (proof := _proof(line, row.id)) is not None]


def _proof(line: Line, document_id: UUID) -> Proof | None:
    kind = Kind(line.kind)
    if kind in ISSUED:
        return Proof(line.seq, kind)
    if kind not in _STEPS or line.canonical is None:
        return None
    step = msgspec.json.decode(line.canonical, type=_Step)
    if step.document_id != document_id:
        return None
    outcome = Outcome(step.outcome) if step.outcome in set(Outcome) else None
    return Proof(line.seq, kind, outcome, step.answer_sha256 or step.report_sha256)


def _fact(station: Station, truth: Truth, row: AnyRow, way: AnyRow | None, proofs: Sequence[Proof]) -> Fact:
    at, said = _told(station, truth, row, way)
    proof = _evidence(station, truth, proofs)
    return Fact(
        state=truth.mark,
        at=at,
        outcome=truth.outcome,
        reason=words(truth.why),
        said=said or None,
        next_step=words(truth.step) if truth.step else None,
        evidence=None if proof is None else proof.shown(),
    )


def _told(station: Station, truth: Truth, row: AnyRow, way: AnyRow | None) -> tuple[datetime | None, str | None]:
    """When, and in whose words."""
    match station:
        case Station.SEALED:
            return row.sealed_at, None
        case Station.RECEIVER if truth.outcome is not None:
            return row.c3_at, row.c3_reason
        case Station.RECEIVER if truth.mark is Mark.YES:
            return row.buyer_at, None
        case Station.AUTHORITY:
            return row.c5_at, row.c5_reason
        case Station.BUYER:
            return row.buyer_at, row.buyer_reason
        case Station.SENDER if truth.mark is Mark.YES:
            return row.sent_at, None
        case Station.SENDER if truth.mark is Mark.NO:
            return row.failed_at, way.reason if way else row.failure
        case Station.SENDER if way is not None and row.state == State.SENDING:
            return way.attempted_at, way.reason
    return None, None


def _evidence(station: Station, truth: Truth, proofs: Sequence[Proof]) -> Proof | None:
    """The newest entry that says so; of what is open or unknown there is none."""
    if truth.outcome is not None:
        found = [proof for proof in proofs if proof.outcome is truth.outcome]
    elif truth.mark not in {Mark.YES, Mark.NO}:
        return None
    elif station is Station.SEALED:
        found = [proof for proof in proofs if proof.kind in ISSUED]
    elif truth.why in {"why.others-speak", "why.buyer-speaks"}:
        found = [proof for proof in proofs if proof.kind is Kind.STATUS]
    else:
        found = [proof for proof in proofs if proof.kind is Kind.TRANSMISSION]
    return found[-1] if found else None
