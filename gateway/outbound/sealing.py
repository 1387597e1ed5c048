"""Seal drafts: number, write, check those very bytes, sign, and put into the ledger, in one transaction.

Locks are taken in the order series, drafts, credited invoices, ledger head; writing, checking and signing happen in
threads before the head is taken. Each draft is judged alone: one that can't be sealed takes no number and stops no
other. Whatever fails gives everything back, the numbers too. From the commit on the bytes never change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping, MutableMapping, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import Signer
from gateway import lifecycle
from gateway.http.problems import Finding, GatewayError
from gateway.outbound import judgement, numbering, queries, rules
from gateway.outbound.drafting import business_key, demand_draft, described
from gateway.outbound.errors import DocumentNotFound, InvalidDocument
from gateway.outbound.judgement import Judgement, Posted
from gateway.outbound.models import MACHINE, credited_amounts
from gateway.outbound.natural import is_about_a_person
from gateway.outbound.rules import Credit, Issuer
from gateway.outbound.states import State
from gateway.periods import flow as periods
from gateway.wiring import Wiring
from ledger import envelope, store
from ledger.entry import Kind, NewEntry
from ledger.signing import make_seal

_CHUNKS = 2
"""Threads that one batch keeps busy: more would only take the interpreter from each other and from other requests."""

_GIVE_BACK = text("update series set next_number = :following where company_id = :company_id and id = :id")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants this draft sealed."""

    document_id: UUID
    version: int | None = None
    """The version that is meant; None: whatever stands."""
    actor: str


class Busy(Exception):
    """Somebody else works on this draft, or in its series, at this moment; nothing was done with it."""


class Done(msgspec.Struct, frozen=True):
    """A draft that is sealed, as soon as the transaction commits."""

    row: Row[Any]
    """As `queries.take_for_sealing` gave it, before."""
    values: Mapping[str, Any]
    """The columns that sealing wrote, beside state and version."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline says of a sealing."""

    number: str
    xml_sha256: str


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a thread makes of a draft and its number."""

    number: str | None
    posted: Posted
    judgement: Judgement
    entry: NewEntry | None
    """None where a fatal finding stands in the way."""


class _Draft(msgspec.Struct, eq=False):
    """A draft that is locked, on its way into the ledger."""

    place: int
    order: Order
    row: Row[Any]
    number: str | None = None
    made: _Made | None = None
    house: tuple[Finding, ...] = ()
    """What the rules between documents found; warnings, where it is sealed."""
    credits: list[Credit] = []

    @property
    def sealed(self) -> NewEntry:
        """The entry, once there is one."""
        if self.made is None or self.made.entry is None:
            raise AssertionError("a draft that wasn't made can't be written")
        return self.made.entry

    @property
    def judged(self) -> Judgement:
        """With what the rules between documents found."""
        if self.made is None:
            raise AssertionError("a draft that wasn't made wasn't judged")
        return self.made.judgement.plus(self.house)


async def seal(
    db: AsyncConnection,
    company_id: UUID,
    orders: Sequence[Order],
    wiring: Wiring,
    *,
    now: datetime,
    patient: bool = True,
) -> list[Done | Exception]:
    """Seal what can be sealed of up to 1,000 drafts; each order's outcome: `Done` where its draft is sealed now.

    Otherwise DocumentNotFound, NotADraft, StaleDraft, InvalidDocument (with every finding), `Busy`, or whatever went
    wrong with that draft alone. `patient`: see `queries.take_for_sealing`. Raises for all of them NumberTaken, where a
    number is another document's, and LedgerBusy where the company's key was replaced this very moment: try again.
    """
    rows = await queries.take_for_sealing(db, company_id, [order.document_id for order in orders], patient=patient)
    outcomes: dict[int, Done | Exception] = {}
    drafts: dict[UUID, _Draft] = {}
    for place, order in enumerate(orders):
        try:
            drafts[order.document_id] = _Draft(place, order, _taken(rows, order, drafts))
        except (Busy, GatewayError) as refused:
            outcomes[place] = refused
    if drafts:
        taken = list(drafts.values())
        signer = wiring.keys.known(company_id, taken[0].row.signing_key or b"")
        signer = signer or await store.current_signer(db, company_id, wiring.keys)
        batch = _Batch(db, company_id, wiring, signer, many=len(taken) > 1)
        sealed = await batch.judge(taken, outcomes)
        await batch.give_back(taken, sealed)
        if sealed:
            outcomes.update(await batch.write(sealed, now=now))
    return [outcomes[place] for place in range(len(orders))]


def _taken(rows: Mapping[UUID, Row[Any] | None], order: Order, before: Container[UUID]) -> Row[Any]:
    if order.document_id not in rows:
        raise DocumentNotFound(order.document_id)
    row = rows[order.document_id]
    if row is None or order.document_id in before:
        raise Busy
    demand_draft(row, order.version)
    return row


class _Batch:
    """What all drafts of one transaction share."""

    def __init__(self, db: AsyncConnection, company_id: UUID, wiring: Wiring, signer: Signer, *, many: bool) -> None:
        self._db, self._company_id, self._wiring, self._signer = db, company_id, wiring, signer
        self._many = many
        self._credited: set[str] = set()
        self._open_days: set[tuple[date | None, date | None]] = set()

    async def judge(self, drafts: Sequence[_Draft], outcomes: MutableMapping[int, Done | Exception]) -> list[_Draft]:
        """The drafts that may be sealed, numbered without a gap and made; of the others the outcome is noted.

        One that falls out moves the numbers of those behind it, which are then made again; those that are known to
        be wrong already stand last.
        """
        left = sorted(drafts, key=lambda draft: not draft.row.valid)
        while True:
            _number(left)
            due = [draft for draft in left if draft.made is None or draft.made.number != draft.number]
            if not due:
                return left
            for draft, made in zip(due, await self._make(due), strict=True):
                refusal = made if isinstance(made, Exception) else await self._refusal(draft, made)
                if refusal is not None:
                    outcomes[draft.place] = refusal
            left = [draft for draft in left if draft.place not in outcomes]

    async def give_back(self, drafts: Iterable[_Draft], sealed: Sequence[_Draft]) -> None:
        """Numbers that were drawn for drafts which fell out."""
        used = {draft.row.series_id: 0 for draft in drafts if draft.row.counter is not None}
        drawn, first = dict(used), {draft.row.series_id: draft.row.counter for draft in drafts}
        for draft in drafts:
            if draft.row.series_id in drawn:
                drawn[draft.row.series_id] += 1
        for draft in sealed:
            if draft.row.series_id in used:
                used[draft.row.series_id] += 1
        unused = [
            {"company_id": self._company_id, "id": series_id, "following": first[series_id] + used[series_id]}
            for series_id in used
            if used[series_id] < drawn[series_id]
        ]
        if unused:
            await self._db.execute(_GIVE_BACK, unused)

    async def write(self, drafts: Sequence[_Draft], *, now: datetime) -> dict[int, Done]:
        """Credits, states, events and entries; takes the ledger's head."""
        credits = [_credited(self._company_id, draft, credit) for draft in drafts for credit in draft.credits]
        if credits:
            await self._db.execute(insert(credited_amounts), credits)
        intents = [_intent(draft, now) for draft in drafts]
        with business_key(drafts[0].sealed.number) if len(drafts) == 1 else nullcontext():
            await lifecycle.advance(
                self._db, intents, company_id=self._company_id, now=now, keys=self._wiring.keys
            )  # fmt: skip
        pairs = zip(drafts, intents, strict=True)
        return {draft.place: Done(draft.row, intent.values) for draft, intent in pairs}

    async def _make(self, drafts: Sequence[_Draft]) -> list[_Made | Exception]:
        loop = asyncio.get_running_loop()
        size = -(-len(drafts) // _CHUNKS)
        chunks = [drafts[start : start + size] for start in range(0, len(drafts), size)]
        jobs = [loop.run_in_executor(self._wiring.executor, _make_all, chunk, self._signer) for chunk in chunks]
        return [made for job in await asyncio.gather(*jobs) for made in job]

    async def _refusal(self, draft: _Draft, made: _Made) -> Exception | None:
        """Why a draft that was made isn't sealed; the rules between documents are asked once, they know no number."""
        new, draft.made = draft.made is None, made
        if new:
            references = {reference.number for reference in made.judgement.invoice.preceding}
            if references & self._credited:
                return Busy()  # what is left of that invoice is known once the other credit note is written
            await self._ask_house(draft, made)
            self._credited |= references if draft.judged.valid else set()
        return None if draft.judged.valid else InvalidDocument(draft.judged.placed(made.posted).findings)

    async def _ask_house(self, draft: _Draft, made: _Made) -> None:
        row, invoice = draft.row, made.judgement.invoice
        days = (invoice.issue_date, invoice.tax_point_date)
        # Asked once for all; a period that closes meanwhile is found by the database when this commits.
        ask = self._many and row.issuer_closed_periods and days not in self._open_days
        if ask and await periods.closed_for(self._db, self._company_id, days, None) is None:
            self._open_days.add(days)
        findings, draft.credits = await rules.check(
            self._db,
            self._company_id,
            invoice,
            Issuer(
                name=row.issuer_name,
                tin=row.issuer_tin,
                trn=row.issuer_trn,
                four_eyes=row.issuer_four_eyes,
                approve_sends=row.issuer_approve_sends,
                closed_periods=row.issuer_closed_periods,
            ),
            given=made.posted.invoice.number,
            assigned=row.counter is not None,
            external=row.external_reference,
            lock=True,
            document_id=row.id,
            dated=days not in self._open_days,
        )
        draft.house = tuple(findings)


def _number(drafts: Iterable[_Draft]) -> None:
    following: dict[UUID, int] = {}
    for draft in drafts:
        row = draft.row
        if row.counter is not None:
            counter = following.setdefault(row.series_id, row.counter)
            following[row.series_id] = counter + 1
            draft.number = numbering.written(row.prefix, row.digits, counter)


def _make_all(drafts: Sequence[_Draft], signer: Signer) -> list[_Made | Exception]:
    """In a thread. What goes wrong with one is its own affair."""
    made: list[_Made | Exception] = []
    for draft in drafts:
        try:
            made.append(_make(draft, signer))
        except Exception as error:
            made.append(error)
    return made


def _make(draft: _Draft, signer: Signer) -> _Made:
    row = draft.row
    posted = judgement.from_store(row.body, row.posted_xml)
    ready = judgement.prepare(posted, number=draft.number, document_id=row.id)
    judged, entry = ready.judgement, None
    if judged.valid:
        invoice = judged.invoice
        canonical = envelope.wrap(
            invoice, generator=ready.generator, ruleset=judged.ruleset, ruleset_digest=judged.digest
        )  # fmt: skip
        entry = NewEntry(
            kind=Kind.CREDIT_NOTE if invoice.is_credit_note else Kind.INVOICE,
            canonical=canonical,
            attached=ready.xml,
            series=row.series,
            number=invoice.number or "",
            personal=row.id if is_about_a_person(invoice) else None,
            seal=make_seal(signer, canonical, ready.xml),
        )
    return _Made(number=draft.number, posted=posted, judgement=judged, entry=entry)


def _credited(company_id: UUID, draft: _Draft, credit: Credit) -> dict[str, object]:
    return {
        "company_id": company_id,
        "credit_note_id": draft.row.id,
        "invoice_id": credit.invoice_id,
        "amount": credit.amount,
    }


def _intent(draft: _Draft, now: datetime) -> lifecycle.Intent:
    entry, judged = draft.sealed, draft.judged
    digest = sha256(entry.attached or b"")
    return lifecycle.Intent(
        machine=MACHINE,
        document_id=draft.row.id,
        to=State.FINALIZED,
        actor=draft.order.actor,
        facts=Sealed(number=entry.number, xml_sha256=digest.hexdigest()),
        entry=entry,
        values={
            **described(judged),
            "number": entry.number,
            "personal": entry.personal is not None,
            "body": msgspec.json.encode(judged.invoice),
            "sealed_at": now,
            "sealed_by": draft.order.actor,
            "xml_hash": digest.digest(),
            "changed_at": now,
        },
    )
