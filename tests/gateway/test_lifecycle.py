"""Every pair of states of every machine: what the table allows happens whole, what it doesn't leaves no trace."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import insert, select

from certs import Kek, KeyRing
from gateway import events, lifecycle
from gateway.db import Database, new_id
from gateway.http.problems import Conflict, NotFound
from gateway.inbound import models as inbound
from gateway.lifecycle import IllegalTransition, Machine, MissingEvidence, UnknownDocument
from gateway.outbound import models as outbound
from gateway.purchasing import models as purchasing
from gateway.suppliers.models import suppliers
from ledger import store
from ledger.checkpoint import origin
from ledger.entry import Kind, NewEntry
from tests.few_keys import FewKeys

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
KEYS = FewKeys(KeyRing(Kek.make(development=True)))
EVIDENCE = NewEntry(kind=Kind.STATUS, canonical=b'{"what":"test"}', series="MAIN", number="INV-1")


class Told(msgspec.Struct):
    what: str


def issued(state: str) -> dict[str, object]:
    """An issued document in that state, as the constraints want it."""
    sealed = state != "DRAFT"
    return {
        "series_id": SERIES,
        "number": f"N-{new_id()}" if sealed else None,
        "type_code": "380",
        "body": b"{}",
        "external_reference": False,
        "valid": True,
        "findings": b"[]",
        "ruleset": "",
        "makers": [new_id()],
        "created_at": NOW,
        "created_by": "user:x",
        "changed_at": NOW,
        "sealed_at": NOW if sealed else None,
        "xml_hash": bytes(32) if sealed else None,
    }


def sealing(document_id: UUID, present: str) -> dict[str, object]:
    """What a draft needs to become anything else."""
    return {"sealed_at": NOW, "number": f"N-{document_id}", "xml_hash": bytes(32)} if present == "DRAFT" else {}


def received(state: str) -> dict[str, object]:
    """A received document in that state."""
    acknowledged = state == "ACKNOWLEDGED"
    return {
        "envelope_sha256": "",
        "xml_sha256": str(new_id()),
        "size": 1,
        "verbatim": True,
        "instance_id": str(new_id()),
        "sender": "0235:1",
        "receiver": "0235:2",
        "document_type": "",
        "process": "",
        "reference": "",
        "valid": True,
        "findings": b"[]",
        "ruleset": "",
        "received_at": NOW,
        "acknowledged_at": NOW if acknowledged else None,
    }


def acknowledging(_: UUID, present: str) -> dict[str, object]:
    return {"acknowledged_at": NOW} if present == "RECEIVED" else {}


def ordered(state: str) -> dict[str, object]:
    """A purchase order in any state."""
    return {
        "number": f"PO-{new_id()}",
        "bare_number": str(new_id()),
        "confusable_number": "1",
        "supplier_id": SUPPLIER,
        "currency": "AED",
        "issue_date": NOW.date(),
        "charges": 0,
        "edition": 1,
        "content": b"{}",
        "total": 1,
        "made_at": NOW,
        "made_by": "user:x",
    }


def nothing(_: UUID, __: str) -> dict[str, object]:
    return {}


SERIES, SUPPLIER = new_id(), new_id()


@dataclass
class Case:
    """A machine, and a row of its table in any state."""

    machine: Machine
    row: Callable[[str], dict[str, object]]
    moving: Callable[[UUID, str], dict[str, object]]
    """Columns that a move from that state must set."""


CASES = {
    "issued documents": Case(outbound.MACHINE, issued, sealing),
    "received documents": Case(inbound.MACHINE, received, acknowledging),
    "purchase orders": Case(purchasing.MACHINE, ordered, nothing),
}
PAIRS = [
    (name, present, wanted)
    for name, case in CASES.items()
    for present, wanted in itertools.product(case.machine.transitions, repeat=2)
]


@pytest.fixture(scope="module")
async def company(module_database: Database) -> UUID:
    company_id = new_id()
    async with module_database.company(company_id) as db:
        await store.open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
        await store.rotate_key(db, company_id, KEYS, now=NOW)
        await db.execute(
            insert(outbound.series).values(
                company_id=company_id, id=SERIES, name="MAIN", numbering="given", digits=6, next_number=1,
                created_at=NOW, created_by="user:x",
            )
        )  # fmt: skip
        await db.execute(
            insert(suppliers).values(
                company_id=company_id, id=SUPPLIER, state="ACTIVE", version=1, name="Palm", other_names=[], tax_ids=[],
                endpoints=[], emails=[], created_at=NOW, created_by="user:x", changed_at=NOW, changed_by="user:x",
            )
        )  # fmt: skip
    return company_id


async def put(database: Database, company_id: UUID, case: Case, state: str) -> UUID:
    document_id = new_id()
    row = {**case.row(state), "company_id": company_id, "id": document_id, "state": state, "version": 1}
    async with database.company(company_id) as db:
        await db.execute(insert(case.machine.table).values(row))
    return document_id


async def standing(
    database: Database, company_id: UUID, machine: Machine, document_id: UUID
) -> tuple[str, int, int, int]:
    """State, version, number of events, number of ledger entries in all."""
    async with database.company(company_id) as db:
        table = machine.table
        row = (await db.execute(select(table.c.state, table.c.version).where(table.c.id == document_id))).one()
        happened = await events.timeline(db, company_id, document_id)
        return row.state, row.version, len(happened), (await store.head(db, company_id)).count


@pytest.mark.parametrize("name", CASES)
def test_every_state_can_be_reached_and_every_target_is_a_state(name: str) -> None:
    machine = CASES[name].machine
    reached, rest = {machine.initial}, [machine.initial]
    while rest:
        for state in machine.transitions[rest.pop()] - reached:
            reached.add(state)
            rest.append(state)
    assert reached == set(machine.transitions)
    assert machine.evidenced <= reached


@pytest.mark.parametrize(("name", "present", "wanted"), PAIRS)
async def test_the_table_decides(
    module_database: Database, company: UUID, name: str, present: str, wanted: str
) -> None:
    case = CASES[name]
    document_id = await put(module_database, company, case, present)
    before = await standing(module_database, company, case.machine, document_id)

    async def go() -> None:
        async with module_database.company(company) as db:
            values = case.moving(document_id, present)
            intent = lifecycle.Intent(
                machine=case.machine,
                document_id=document_id,
                to=wanted,
                actor="user:y",
                facts=Told("it happened"),
                entry=EVIDENCE,
                values=values,
            )
            (entry,) = await lifecycle.advance(db, [intent], company_id=company, now=NOW, keys=KEYS)
            assert entry is not None

    if wanted in case.machine.transitions[present]:
        await go()
        state, version, happened, entries = await standing(module_database, company, case.machine, document_id)
        assert (state, version) == (wanted, 2)
        assert (happened, entries) == (before[2] + 1, before[3] + 1)
    else:
        with pytest.raises(IllegalTransition) as refused:
            await go()
        assert refused.value.facts == {"state": present}
        assert await standing(module_database, company, case.machine, document_id) == before


@pytest.mark.parametrize("name", CASES)
async def test_a_state_that_must_be_proved_is_never_entered_without_an_entry(
    module_database: Database, company: UUID, name: str
) -> None:
    case = CASES[name]
    for wanted in case.machine.evidenced - {case.machine.initial}:
        present = case.machine.sources(wanted)[0]
        document_id = await put(module_database, company, case, present)
        before = await standing(module_database, company, case.machine, document_id)
        with pytest.raises(MissingEvidence):
            async with module_database.company(company) as db:
                intent = lifecycle.Intent(
                    machine=case.machine,
                    document_id=document_id,
                    to=wanted,
                    actor="user:y",
                )
                await lifecycle.advance(db, [intent], company_id=company, now=NOW, keys=KEYS)
        assert await standing(module_database, company, case.machine, document_id) == before


async def test_a_foreign_company_finds_nothing(module_database: Database, company: UUID) -> None:
    case = CASES["issued documents"]
    document_id = await put(module_database, company, case, "FINALIZED")
    stranger = new_id()
    async with module_database.company(stranger) as db:
        approving = lifecycle.Intent(
            machine=case.machine, document_id=document_id, to="APPROVED", actor="user:y", entry=EVIDENCE
        )
        learning = lifecycle.Intent(
            machine=case.machine,
            document_id=document_id,
            to="delivered",
            actor="system:network",
            step=lifecycle.Step.LEARN,
            values={"c3": "delivered", "c3_at": NOW},
        )
        for intent, named in ((approving, stranger), (learning, company)):
            with pytest.raises(UnknownDocument):
                await lifecycle.advance(db, [intent], company_id=named, now=NOW, keys=KEYS)


async def test_learning_something_moves_nothing_and_may_be_proved(module_database: Database, company: UUID) -> None:
    case = CASES["issued documents"]
    document_id = await put(module_database, company, case, "SENT")
    before = await standing(module_database, company, case.machine, document_id)
    async with module_database.company(company) as db:
        intent = lifecycle.Intent(
            machine=case.machine,
            document_id=document_id,
            to="delivered",
            actor="system:network",
            step=lifecycle.Step.LEARN,
            facts=Told("corner 3 has it"),
            entry=EVIDENCE,
            values={"c3": "delivered", "c3_at": NOW},
        )
        await lifecycle.advance(db, [intent], company_id=company, now=NOW, keys=KEYS)
    after = await standing(module_database, company, case.machine, document_id)
    assert after == ("SENT", before[1] + 1, before[2] + 1, before[3] + 1)
    async with module_database.company(company) as db:
        (event,) = await events.timeline(db, company, document_id)
        assert (event.kind, msgspec.json.decode(event.facts)) == ("invoice.delivered", {"what": "corner 3 has it"})
        with pytest.raises(MissingEvidence):
            intent = lifecycle.Intent(
                machine=case.machine,
                document_id=document_id,
                to="moved",
                actor="system:network",
                step=lifecycle.Step.LEARN,
                values={"state": "FAILED"},
            )
            await lifecycle.advance(db, [intent], company_id=company, now=NOW, keys=KEYS)


async def test_of_two_that_want_the_same_move_one_gets_it(module_database: Database, company: UUID) -> None:
    case = CASES["issued documents"]
    document_id = await put(module_database, company, case, "APPROVED")

    async def queue() -> str:
        try:
            async with module_database.company(company) as db:
                intent = lifecycle.Intent(
                    machine=case.machine,
                    document_id=document_id,
                    to="QUEUED",
                    actor="user:y",
                )
                await lifecycle.advance(db, [intent], company_id=company, now=NOW, keys=KEYS)
        except IllegalTransition as refused:
            return refused.present
        return "moved"

    outcomes = await asyncio.gather(*(queue() for _ in range(8)))
    assert sorted(outcomes) == ["QUEUED"] * 7 + ["moved"]
    assert (await standing(module_database, company, case.machine, document_id))[:3] == ("QUEUED", 2, 1)


async def test_many_intents_are_one_batch_in_their_order(module_database: Database, company: UUID) -> None:
    """A move, something learned and a beginning, of several documents: one event each, one append, one checkpoint."""
    case = CASES["issued documents"]
    drafts = [await put(module_database, company, case, "DRAFT") for _ in range(3)]
    sent, fresh = await put(module_database, company, case, "SENT"), new_id()
    intents = [
        *(
            lifecycle.Intent(
                machine=case.machine,
                document_id=document_id,
                to="FINALIZED",
                actor="user:y",
                entry=msgspec.structs.replace(EVIDENCE, number=f"B-{place}"),
                values=case.moving(document_id, "DRAFT"),
            )
            for place, document_id in enumerate(drafts)
        ),
        lifecycle.Intent(
            machine=case.machine,
            document_id=sent,
            to="delivered",
            actor="system:network",
            step=lifecycle.Step.LEARN,
            entry=msgspec.structs.replace(EVIDENCE, number="B-3"),
            values={"c3": "delivered", "c3_at": NOW},
        ),
        lifecycle.Intent(
            machine=case.machine,
            document_id=fresh,
            to="DRAFT",
            actor="user:y",
            step=lifecycle.Step.BEGIN,
            values=issued("DRAFT"),
        ),
    ]
    async with module_database.company(company) as db:
        appended = await lifecycle.advance(db, intents, company_id=company, now=NOW, keys=KEYS)
    assert [entry.number if entry else None for entry in appended] == ["B-0", "B-1", "B-2", "B-3", None]
    seqs = [entry.seq for entry in appended if entry]
    assert seqs == list(range(seqs[0], seqs[0] + 4))
    for document_id, state, version in (
        *((each, "FINALIZED", 2) for each in drafts),
        (sent, "SENT", 2),
        (fresh, "DRAFT", 1),
    ):
        assert (await standing(module_database, company, case.machine, document_id))[:3] == (state, version, 1)
    async with module_database.company(company) as db:
        rows = {row.id: row for row in await db.execute(select(outbound.documents.c.id, outbound.documents.c.number))}
        assert [rows[document_id].number for document_id in drafts] == [f"N-{document_id}" for document_id in drafts]


async def test_of_many_intents_one_that_is_not_allowed_stops_all(module_database: Database, company: UUID) -> None:
    case = CASES["issued documents"]
    good = [await put(module_database, company, case, "APPROVED") for _ in range(2)]
    bad = await put(module_database, company, case, "SENT")
    before = [await standing(module_database, company, case.machine, each) for each in (*good, bad)]
    intents = [
        lifecycle.Intent(machine=case.machine, document_id=each, to="QUEUED", actor="user:y") for each in (*good, bad)
    ]
    with pytest.raises(IllegalTransition) as refused:
        async with module_database.company(company) as db:
            await lifecycle.advance(db, intents, company_id=company, now=NOW, keys=KEYS)
    assert refused.value.present == "SENT"
    assert [await standing(module_database, company, case.machine, each) for each in (*good, bad)] == before


async def test_the_same_document_may_be_told_of_twice_in_one_batch(module_database: Database, company: UUID) -> None:
    case = CASES["issued documents"]
    document_id = await put(module_database, company, case, "SENT")
    intents = [
        lifecycle.Intent(
            machine=case.machine,
            document_id=document_id,
            to=what,
            actor="system:network",
            step=lifecycle.Step.LEARN,
            values={"c3": what, "c3_at": NOW},
        )
        for what in ("undeliverable", "delivered")
    ]
    async with module_database.company(company) as db:
        await lifecycle.advance(db, intents, company_id=company, now=NOW, keys=KEYS)
        assert [each.kind for each in await events.timeline(db, company, document_id)] == [
            "invoice.undeliverable",
            "invoice.delivered",
        ]
        assert (
            await db.scalar(select(outbound.documents.c.c3).where(outbound.documents.c.id == document_id))
            == "delivered"
        )
    assert (await standing(module_database, company, case.machine, document_id))[1] == 3


def test_the_families_that_http_answers() -> None:
    assert issubclass(UnknownDocument, NotFound)
    assert issubclass(IllegalTransition, Conflict)
