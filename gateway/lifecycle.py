"""`advance()`: check the transition, change the state, append to the ledger, emit the event.

The only place where a document changes its state, of whatever kind and in whatever direction. The three writes share
the caller's transaction, so that a state without its evidence, or evidence without its state, can't exist. Which state
may follow which is a table (`Machine`) that each slice keeps in its `states.py`; a generic test walks every pair of it.

UnknownDocument (NotFound)      no such document in this company (or it belongs to another)
IllegalTransition (Conflict)    the document's present state doesn't lead to the wanted one
MissingEvidence                 a programming error: this state can't be entered without a ledger entry
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from gateway import events
from gateway.http.problems import Conflict, NotFound
from ledger import store
from ledger.entry import Entry, NewEntry


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


async def begin(
    db: AsyncConnection,
    *,
    company_id: UUID,
    machine: Machine,
    document_id: UUID,
    actor: str,
    now: datetime,
    keys: KeyStore,
    facts: msgspec.Struct | None = None,
    entry: NewEntry | None = None,
    values: Mapping[str, Any],
) -> Entry | None:
    """Insert a document in its machine's initial state; see `advance` for the arguments and the guarantee."""
    _demand_evidence(machine, machine.initial, entry)
    row = {**values, "company_id": company_id, "id": document_id, "state": machine.initial, "version": 1}
    await db.execute(insert(machine.table).values(row))
    return await _record(db, company_id, machine, document_id, machine.initial, actor, now, keys, facts, entry)


async def advance(
    db: AsyncConnection,
    *,
    company_id: UUID,
    machine: Machine,
    document_id: UUID,
    to: str,
    actor: str,
    now: datetime,
    keys: KeyStore,
    facts: msgspec.Struct | None = None,
    entry: NewEntry | None = None,
    values: Mapping[str, Any] | None = None,
) -> Entry | None:
    """Bring one document into the state `to`, with its ledger entry and its event, or raise and change nothing.

    The present state is compared and set in one statement, so of two callers only one succeeds; the other is told where
    the document stands now. The ledger's head row is locked from here to the end of the caller's transaction: call
    this last. `values`: further columns of the same row; `facts`: what the timeline shows; `actor`: `user:<id>`,
    `api_key:<id>` or `system:<part>`; `keys` open the company's ledger keys for the
    checkpoint. Returns the entry that was appended.
    """
    _demand_evidence(machine, to, entry)
    table = machine.table
    mine = (table.c.company_id == company_id) & (table.c.id == document_id)
    changed = await db.execute(
        update(table)
        .where(mine, table.c.state.in_(machine.sources(to)))
        .values({**(values or {}), "state": to, "version": table.c.version + 1})
    )
    if changed.rowcount == 0:
        present = await db.scalar(select(table.c.state).where(mine))
        if present is None:
            raise UnknownDocument(machine.subject, document_id)
        raise IllegalTransition(machine.subject, present, to, tuple(sorted(machine.transitions[present])))
    return await _record(db, company_id, machine, document_id, to, actor, now, keys, facts, entry)


async def record(
    db: AsyncConnection,
    *,
    company_id: UUID,
    machine: Machine,
    document_id: UUID,
    what: str,
    actor: str,
    now: datetime,
    keys: KeyStore,
    facts: msgspec.Struct | None = None,
    entry: NewEntry | None = None,
    values: Mapping[str, Any],
) -> Entry | None:
    """Write down what was learned about a document (`values`) without moving it; arguments and guarantee as `advance`.

    `what` is a lower-case word that names the event: `delivered` makes `invoice.delivered`. Refuses the column `state`.
    """
    if "state" in values:
        raise MissingEvidence(f"{machine.subject}: a state changes through advance() only")
    table = machine.table
    changed = await db.execute(
        update(table)
        .where((table.c.company_id == company_id) & (table.c.id == document_id))
        .values({**values, "version": table.c.version + 1})
    )
    if changed.rowcount == 0:
        raise UnknownDocument(machine.subject, document_id)
    return await _record(db, company_id, machine, document_id, what, actor, now, keys, facts, entry)


def _demand_evidence(machine: Machine, state: str, entry: NewEntry | None) -> None:
    if entry is None and state in machine.evidenced:
        raise MissingEvidence(f"{machine.subject} can't become {state} without a ledger entry")


async def _record(
    db: AsyncConnection,
    company_id: UUID,
    machine: Machine,
    document_id: UUID,
    what: str,
    actor: str,
    now: datetime,
    keys: KeyStore,
    facts: msgspec.Struct | None,
    entry: NewEntry | None,
) -> Entry | None:
    told = msgspec.Raw(msgspec.json.encode(facts)) if facts is not None else msgspec.Raw(b"{}")
    kind = f"{machine.subject}.{what.lower()}"
    await events.emit(db, company_id, events.Event(kind=kind, subject_id=document_id, at=now, actor=actor, facts=told))
    # Last, because it locks the ledger's head row until the caller's transaction ends.
    return (await store.append(db, company_id, [entry], now=now, keys=keys))[0] if entry is not None else None
