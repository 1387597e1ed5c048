"""`advance()`: check the transition, change the state, append to the ledger, emit the event.

The only place where a document changes its state, of whatever kind and in whatever direction. The three writes share
the caller's transaction, so that a state without its evidence, or evidence without its state, can't exist. Which state
may follow which is a table (`Machine`) that each slice keeps in its `states.py`; a generic test walks every pair of it.

UnknownDocument (NotFound)      no such document in this company (or it belongs to another)
IllegalTransition (Conflict)    the document's present state doesn't lead to the wanted one
MissingEvidence                 a programming error: this state can't be entered without a ledger entry
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Table, TextClause, insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import events
from gateway.http.problems import Conflict, NotFound
from ledger import store
from ledger.entry import Entry, NewEntry

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class UnknownDocument(NotFound):
    """No document of this id in this company; another company's documents look the same from here."""

    def __init__(self, subject: str, document_id: UUID) -> None:
        """Name the kind and the id asked for."""
        super().__init__(f"There is no {subject} {document_id} in this company.")
        self.subject, self.document_id = subject, document_id


class IllegalTransition(Conflict):
    """The document is in a state that doesn't lead to the wanted one; nothing was changed."""

    code = "illegal-transition"

    def __init__(self, subject: str, present: str, wanted: str, possible: tuple[str, ...]) -> None:
        """`possible`: the states that may follow the present one, in alphabetical order."""
        ways = f"From {present} it can go to {', '.join(possible)}." if possible else f"{present} is final."
        matter = "already" if present == wanted else f"and can't become {wanted}"
        super().__init__(f"This {subject} is {present} {matter}. {ways}", facts={"state": present})
        self.subject, self.present, self.wanted, self.possible = subject, present, wanted, possible


class MissingEvidence(Exception):
    """The state is one that the ledger must prove, and the caller brought no entry."""


class Machine(msgspec.Struct, frozen=True):
    """The states of one kind of document, as a table."""

    subject: str
    """Lower-case noun: `invoice`. Events are named after it and the state: `invoice.finalized`."""
    table: Table
    """Has the columns `company_id`, `id`, `state` and `version` (counts changes, from 1)."""
    initial: str
    transitions: Mapping[str, frozenset[str]]
    """From each state to those that may follow it; a state with an empty set is final."""
    evidenced: frozenset[str]
    """States that are entered only together with a ledger entry."""

    def sources(self, wanted: str) -> list[str]:
        """The states from which `wanted` may be reached, in alphabetical order."""
        return sorted(state for state, following in self.transitions.items() if wanted in following)

    def allows(self, present: str, wanted: str) -> bool:
        """Whether `wanted` may follow `present`."""
        return wanted in self.transitions[present]


class Step(StrEnum):
    """What an intent does with its document's row."""

    BEGIN = "begin"
    """Insert it, in the machine's initial state."""
    MOVE = "move"
    """Bring it into another state."""
    LEARN = "learn"
    """Write down what was learned, and leave the state alone."""


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What shall happen to one document, carried out by `advance`."""

    machine: Machine
    document_id: UUID
    to: str
    """The state to enter; when learning, the lower-case word that names the event: `delivered`."""
    actor: str
    """`user:<id>`, `api_key:<id>` or `system:<part>`."""
    step: Step = Step.MOVE
    facts: msgspec.Struct | None = None
    """What the timeline shows."""
    entry: NewEntry | None = None
    """What the ledger proves."""
    further: tuple[NewEntry, ...] = ()
    """What else it proves of this step; appended behind `entry`."""
    values: Mapping[str, Any] = {}
    """Columns of the document's row that are written with it; never its state."""

    @property
    def event(self) -> str:
        """The kind of its event: `invoice.finalized`."""
        return f"{self.machine.subject}.{self.to.lower()}"


async def advance(
    db: AsyncConnection, intents: Sequence[Intent], *, company_id: UUID, now: datetime, keys: KeyStore
) -> list[Entry | None]:
    """Carry out intents of one company, whole and in their order, or raise and leave nothing once rolled back.

    Each document's present state is compared and set in one statement, so of two callers only one succeeds; the other
    is told where the document stands now. All entries are appended as one batch under one checkpoint, which `keys`
    sign, last: the ledger's head row is locked from there to the end of the caller's transaction. At most 1,000
    entries. Returns the `entry` of each intent as appended, None where it has none.

    Raises `UnknownDocument`, `IllegalTransition`, `MissingEvidence`, and what `ledger.store.append` raises.
    """
    for intent in intents:
        _demand_evidence(intent)
    for alike in _alike(intents):
        happened = [_event(intent, now) for intent in alike]
        if alike[0].step is Step.BEGIN:
            await _insert(db, company_id, alike)
            await events.emit(db, company_id, *happened)
        else:
            await _update(db, company_id, alike, happened)
    news = [entry for intent in intents for entry in (intent.entry, *intent.further) if entry is not None]
    appended = iter(await store.append(db, company_id, news, now=now, keys=keys) if news else [])
    done: list[Entry | None] = []
    for intent in intents:
        done.append(next(appended) if intent.entry is not None else None)
        for _ in intent.further:
            next(appended)
    return done


def _demand_evidence(intent: Intent) -> None:
    machine = intent.machine
    if intent.step is Step.BEGIN and intent.to != machine.initial:
        raise MissingEvidence(f"{machine.subject} begins as {machine.initial}, not as {intent.to}")
    if "state" in intent.values:
        raise MissingEvidence(f"{machine.subject}: a state changes through advance() only")
    if intent.step is not Step.LEARN and intent.entry is None and intent.to in machine.evidenced:
        raise MissingEvidence(f"{machine.subject} can't become {intent.to} without a ledger entry")


def _alike(intents: Sequence[Intent]) -> list[list[Intent]]:
    """In their order, those together that one statement can write: the same columns, each document once."""
    groups: list[list[Intent]] = []
    last, seen = None, set[UUID]()
    for intent in intents:
        shape = (intent.machine, intent.step, intent.to if intent.step is Step.MOVE else "", tuple(intent.values))
        lists = any(isinstance(value, list) for value in intent.values.values())  # several can't go over as one array
        if not groups or shape != last or lists or intent.document_id in seen:
            groups.append([])
            last, seen = shape, set()
        groups[-1].append(intent)
        seen.add(intent.document_id)
    return groups


def _event(intent: Intent, now: datetime) -> events.Event:
    told = msgspec.Raw(msgspec.json.encode(intent.facts)) if intent.facts is not None else msgspec.Raw(b"{}")
    return events.Event(kind=intent.event, subject_id=intent.document_id, at=now, actor=intent.actor, facts=told)


async def _insert(db: AsyncConnection, company_id: UUID, alike: list[Intent]) -> None:
    table, state = alike[0].machine.table, alike[0].machine.initial
    fixed = {"company_id": company_id, "state": state, "version": 1}
    await db.execute(insert(table), [{**intent.values, **fixed, "id": intent.document_id} for intent in alike])


async def _update(db: AsyncConnection, company_id: UUID, alike: list[Intent], happened: list[events.Event]) -> None:
    """One statement for all, their events among them; of several rows their columns go over as arrays."""
    first, many = alike[0], len(alike) > 1
    columns = tuple(first.values)
    given: dict[str, Any] = {"company_id_": company_id, **events.given(company_id, happened)}
    if first.step is Step.MOVE:
        given |= {"to_": first.to, "from_": first.machine.sources(first.to)}
    given["id_"] = [intent.document_id for intent in alike] if many else first.document_id
    for column in columns:
        given[column] = [intent.values[column] for intent in alike] if many else first.values[column]
    statement = _updating(first.machine.table, columns, moving=first.step is Step.MOVE, many=many)
    changed = set((await db.execute(statement, given)).scalars())
    for intent in alike:
        if intent.document_id not in changed:
            raise await _refusal(db, company_id, intent)


@cache
def _updating(table: Table, columns: tuple[str, ...], *, moving: bool, many: bool) -> TextClause:
    """An UPDATE that is written once and parsed by nobody twice, whatever a request's values are."""
    kinds = {name: table.c[name].type.compile(_DIALECT) for name in columns} | {"id_": "uuid"}
    suffix = "[]" if many else ""
    casts = ", ".join(f"cast(:{name} as {kind}{suffix})" for name, kind in kinds.items())
    names = ", ".join(kinds)
    source = f"unnest({casts}) as n({names})" if many else f"(select {casts}) as n({names})"
    sets = [
        "version = t.version + 1",
        *(f"{name} = n.{name}" for name in columns),
        *(["state = :to_"] if moving else []),
    ]
    return text(
        f"with changed as (update {table.name} t set {', '.join(sets)} from {source} "
        "where t.company_id = :company_id_ and t.id = n.id_"
        f"{' and t.state = any(cast(:from_ as text[]))' if moving else ''} returning t.id), "
        f"told as ({events.EMIT} where e.subject_id in (select id from changed)) select id from changed"
    )


async def _refusal(db: AsyncConnection, company_id: UUID, intent: Intent) -> UnknownDocument | IllegalTransition:
    machine, table = intent.machine, intent.machine.table
    mine = (table.c.company_id == company_id) & (table.c.id == intent.document_id)
    present = await db.scalar(select(table.c.state).where(mine))
    if present is None or intent.step is Step.LEARN:
        return UnknownDocument(machine.subject, intent.document_id)
    return IllegalTransition(machine.subject, present, intent.to, tuple(sorted(machine.transitions[present])))
