"""The supplier master: enter, change, archive and bring back; what corrections teach, and having it forgotten.

Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import events, lifecycle
from gateway.access.call import Call
from gateway.db import new_id
from gateway.suppliers import changed, master, queries
from gateway.suppliers.errors import Changed
from gateway.suppliers.master import Master
from gateway.suppliers.models import SUPPLIERS
from gateway.suppliers.states import State
from gateway.suppliers.view import Anchors, Lesson, Supplier
from ingestion.document import Term
from ingestion.extract import Anchor

_MOST_ANCHORS = 3
"""Of one value, the newest first; as `ingestion.extract.learn` keeps them."""


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What a correction taught."""

    anchors: Mapping[Term, tuple[Anchor, ...]]
    """As `ingestion.extract.learn` returns it."""
    by: str
    """Who corrected: `user:<id>`."""
    bill_id: UUID
    at: datetime


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline shows of an entry."""

    name: str
    tax_ids: tuple[str, ...]
    import_sha256: str | None = None


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline shows of a change: the fields that changed, before and after."""

    before: dict[str, object]
    after: dict[str, object]
    import_sha256: str | None = None


class Taught(msgspec.Struct, frozen=True, kw_only=True):
    """What the timeline shows of a lesson."""

    terms: tuple[Term, ...]
    version: int
    bill_id: UUID | None


async def enter(call: Call, given: Master) -> UUID:
    """A new supplier. Raises Unacceptable, Taken."""
    entry, supplier_id = master.checked(given), new_id()
    await _advance(call, entering(supplier_id, entry, actor=call.principal.actor, now=call.now))
    await queries.name_keys(call.db, call.company_id, supplier_id, master.keys_of(entry))
    return supplier_id


def entering(
    supplier_id: UUID, entry: Master, *, actor: str, now: datetime, import_sha256: str | None = None
) -> lifecycle.Intent:
    """A checked entry becomes a supplier; its keys are the caller's."""
    return lifecycle.Intent(
        machine=SUPPLIERS, document_id=supplier_id, to=SUPPLIERS.initial, actor=actor, step=lifecycle.Step.BEGIN,
        facts=Entered(name=entry.name, tax_ids=entry.tax_ids, import_sha256=import_sha256),
        values={**_columns(entry), "created_at": now, "created_by": actor, "changed_at": now, "changed_by": actor},
    )  # fmt: skip


async def change(
    call: Call, supplier_id: UUID, given: Master, *, version: int, import_sha256: str | None = None
) -> bool:
    """Replace an entry; False where it was the same before. `version`: the one that was read.

    Raises SupplierNotFound, Changed, Unacceptable, Taken.
    """
    present = await queries.one(call.db, call.company_id, supplier_id, lock=True)
    if version != present.version:
        raise Changed(present.version)
    entry = master.checked(given)
    before, after = msgspec.to_builtins(entry_of(present)), msgspec.to_builtins(entry)
    if before == after:
        return False
    differ = [name for name in after if before[name] != after[name]]
    facts = Edited(
        before={name: before[name] for name in differ}, after={name: after[name] for name in differ},
        import_sha256=import_sha256,
    )  # fmt: skip
    intent = lifecycle.Intent(
        machine=SUPPLIERS, document_id=supplier_id, to="changed", actor=call.principal.actor,
        step=lifecycle.Step.LEARN, facts=facts,
        values={**_columns(entry), "changed_at": call.now, "changed_by": call.principal.actor},
    )  # fmt: skip
    await _advance(call, intent)
    await queries.name_keys(call.db, call.company_id, supplier_id, master.keys_of(entry))
    return True


async def move(call: Call, supplier_id: UUID, to: State) -> None:
    """Archive a supplier, or bring it back. Raises SupplierNotFound, IllegalTransition."""
    await queries.one(call.db, call.company_id, supplier_id, lock=True)
    intent = lifecycle.Intent(
        machine=SUPPLIERS, document_id=supplier_id, to=to, actor=call.principal.actor,
        values={"changed_at": call.now, "changed_by": call.principal.actor},
    )  # fmt: skip
    await _advance(call, intent)


async def learn(db: AsyncConnection, company_id: UUID, supplier_id: UUID, learned: Learned) -> None:
    """Keep what a correction taught beside what others taught meanwhile. Raises SupplierNotFound."""
    await queries.one(db, company_id, supplier_id, lock=True)
    present = await queries.latest(db, company_id, supplier_id)
    known = present.anchors if present else {}
    merged = {
        term: tuple(dict.fromkeys((*learned.anchors.get(term, ()), *known.get(term, ()))))[:_MOST_ANCHORS]
        for term in Term
        if learned.anchors.get(term) or known.get(term)
    }
    if merged == known:
        return
    terms = tuple(term for term in merged if merged[term] != known.get(term))
    version = present.version + 1 if present else 1
    lesson = Lesson(
        version=version, anchors=merged, forgotten=False, at=learned.at, by=learned.by, bill_id=learned.bill_id
    )  # fmt: skip
    await queries.add_lesson(db, company_id, supplier_id, lesson)
    await _tell(db, company_id, supplier_id, "supplier.learned", lesson, terms)


async def forget(call: Call, supplier_id: UUID, term: Term | None) -> None:
    """Have what was learned of one value, or of all, forgotten; what was known before stays to be looked at.

    Raises SupplierNotFound.
    """
    await queries.one(call.db, call.company_id, supplier_id, lock=True)
    present = await queries.latest(call.db, call.company_id, supplier_id)
    gone = tuple(one for one in (present.anchors if present else ()) if term in (None, one))
    if present is None or not gone:
        return
    kept: Anchors = {one: anchors for one, anchors in present.anchors.items() if one not in gone}
    lesson = Lesson(
        version=present.version + 1, anchors=kept, forgotten=True, at=call.now, by=call.principal.actor, bill_id=None
    )
    await queries.add_lesson(call.db, call.company_id, supplier_id, lesson)
    await _tell(call.db, call.company_id, supplier_id, "supplier.forgotten", lesson, gone)


def entry_of(supplier: Supplier) -> Master:
    """What people gave."""
    return Master(**{name: getattr(supplier, name) for name in Master.__struct_fields__})


def _columns(entry: Master) -> dict[str, object]:
    values: dict[str, object] = msgspec.to_builtins(entry)
    return values


async def _advance(call: Call, intent: lifecycle.Intent) -> None:
    await changed.tell(call.db, call.company_id, intent.document_id)
    await lifecycle.advance(call.db, [intent], company_id=call.company_id, now=call.now, keys=call.wiring.keys)


async def _tell(
    db: AsyncConnection, company_id: UUID, supplier_id: UUID, kind: str, lesson: Lesson, terms: tuple[Term, ...]
) -> None:
    facts = msgspec.Raw(msgspec.json.encode(Taught(terms=terms, version=lesson.version, bill_id=lesson.bill_id)))
    await events.emit(db, company_id, events.Event(kind, supplier_id, lesson.at, lesson.by, facts))
