"""Someone who holds the keys and the database writes the ledger anew. All of it verifies, until a witness is asked."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import text

from gateway.audit import flow as audit
from gateway.audit.flow import Ask
from gateway.db import Database
from gateway.witnessing import flow, queries, vouched
from ledger import witnessed
from ledger.report import Level, Reason
from ledger.witnessed import Vouched
from tests.gateway.audit.ledgers import issue
from tests.gateway.witness.process import WitnessProcess
from tests.gateway.witnessing.installations import NOW, SameKeys, grow, make_ledger, place_of, wiring_of

LEDGER = ("ledger_heads", "ledger_entries", "ledger_contents", "ledger_nodes", "ledger_checkpoints", "sealed_keys",
          "signing_keys", "witness_answers")  # fmt: skip


async def wipe(admin: Database, company_id: UUID) -> None:
    """Every row of the ledger, as the owner of the database could do it; afterwards the triggers are there again."""
    async with admin.platform() as db:
        for table in LEDGER:
            await db.execute(text(f"alter table {table} disable trigger all"))
        for table in LEDGER:
            await db.execute(text(f"delete from {table} where company_id = :id"), {"id": company_id})
        for table in LEDGER:
            await db.execute(text(f"alter table {table} enable trigger all"))
            for name in await db.scalars(
                text(f"select tgname from pg_trigger where tgrelid = '{table}'::regclass and not tgisinternal")
            ):
                await db.execute(text(f"alter table {table} enable always trigger {name}"))


@pytest.fixture
async def rewritten(database: Database, admin: Database, witness: WitnessProcess) -> tuple[UUID, bytes]:
    """A ledger of five invoices that the witness saw, then another in its place: the third invoice never happened.

    With it the witness's old note, as an auditor would have kept it.
    """
    keys = SameKeys()
    company_id = await make_ledger(database, keys)
    await issue(database, company_id, keys, "INV-1", "INV-2", "INV-3", "INV-4", "INV-5")
    place = place_of(witness)
    await flow.publish(wiring_of(database, place), company_id, place, now=NOW)
    async with database.company(company_id) as db:
        ((_, note),) = await queries.cosigned_notes(db, company_id, most=5)
    await wipe(admin, company_id)
    await make_ledger(database, keys, company_id)
    await issue(database, company_id, keys, "INV-1", "INV-2", "INV-4", "INV-5", "INV-6")
    await grow(database, company_id, keys, 3)
    return company_id, note


async def test_every_level_before_the_witness_finds_nothing(database: Database, rewritten: tuple[UUID, bytes]) -> None:
    company_id, _ = rewritten
    report = await audit.verify_company(database, company_id, Ask(level=Level.CHECKPOINTS, deep=True))
    assert (report.status, report.head_count) == ("ok", 11)


async def test_the_old_note_that_an_auditor_kept_finds_it(
    database: Database, witness: WitnessProcess, rewritten: tuple[UUID, bytes]
) -> None:
    company_id, note = rewritten
    origin = f"ledger.test/ledger/{company_id}"
    statements = [
        witnessed.cosigned(note, origin=origin, witnesses=[witness.key]),
        witnessed.kept(note, origin=origin),
    ]
    for statement in statements:
        assert statement is not None
        report = await audit.verify_company(database, company_id, Ask(level=Level.WITNESSED, statements=(statement,)))
        assert report.status == "failed"
        assert Reason.HISTORY_REWRITTEN in {failure.reason for failure in report.failures}
        assert "8 entries" in next(f.detail for f in report.failures if f.reason is Reason.HISTORY_REWRITTEN)


async def test_the_witness_itself_finds_it(
    database: Database, witness: WitnessProcess, rewritten: tuple[UUID, bytes]
) -> None:
    """The rows about it are gone, but what it shows isn't."""
    company_id, _ = rewritten
    place = place_of(witness)
    statements = await vouched.statements(wiring_of(database, place), company_id)
    assert [statement.size for statement in statements] == [8]
    report = await audit.verify_company(database, company_id, Ask(level=Level.WITNESSED, statements=tuple(statements)))
    assert [failure.reason for failure in report.failures] == [Reason.HISTORY_REWRITTEN, Reason.WITNESS_MISSING]


async def test_an_untouched_ledger_is_vouched_for(database: Database, witness: WitnessProcess) -> None:
    keys, place = SameKeys(), place_of(witness)
    wiring = wiring_of(database, place)
    company_id = await make_ledger(database, keys)
    for number in ("INV-1", "INV-2"):
        await issue(database, company_id, keys, number)
        await flow.publish(wiring, company_id, place, now=NOW)
    await issue(database, company_id, keys, "INV-3")
    statements = tuple(await vouched.statements(wiring, company_id))
    assert sorted(statement.size for statement in statements) == [4, 5, 5], "both kept ones, and the one it shows"
    report = await audit.verify_company(database, company_id, Ask(level=Level.WITNESSED, statements=statements))
    assert (report.status, report.checked.witnessed) == ("ok", 3)


async def test_a_cut_tail_is_found_although_head_and_checkpoints_agree(
    database: Database, witness: WitnessProcess, admin: Database
) -> None:
    keys, place = SameKeys(), place_of(witness)
    wiring = wiring_of(database, place)
    company_id = await make_ledger(database, keys)
    await issue(database, company_id, keys, "INV-1", "INV-2")
    await flow.publish(wiring, company_id, place, now=NOW)
    await wipe(admin, company_id)
    await make_ledger(database, keys, company_id)
    await issue(database, company_id, keys, "INV-1")
    report = await audit.verify_company(database, company_id, Ask(level=Level.CHECKPOINTS))
    assert report.status == "ok"
    statements = tuple(await vouched.statements(wiring, company_id))
    report = await audit.verify_company(database, company_id, Ask(level=Level.WITNESSED, statements=statements))
    assert Reason.HISTORY_CUT in {failure.reason for failure in report.failures}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda note: note[:-10] + b"AAAAAAAA=\n", "is not its signature|can't be read"),
        (lambda note: b"nothing", "can't be read"),
        (lambda note: note.replace(b"ledger.test/", b"other.test/"), "is not its signature"),
    ],
)
async def test_a_spoilt_note_counts_against_the_ledger_and_not_for_it(
    database: Database, witness: WitnessProcess, spoil: object, words: str
) -> None:
    keys, place = SameKeys(), place_of(witness)
    company_id = await make_ledger(database, keys)
    await flow.publish(wiring_of(database, place), company_id, place, now=NOW)
    async with database.company(company_id) as db:
        ((_, note),) = await queries.cosigned_notes(db, company_id, most=5)
    origin = f"ledger.test/ledger/{company_id}"
    statement = witnessed.cosigned(spoil(note), origin=origin, witnesses=[witness.key])  # type: ignore[operator]
    assert statement is not None
    report = await audit.verify_company(database, company_id, Ask(level=Level.WITNESSED, statements=(statement,)))
    assert {failure.reason for failure in report.failures} == {Reason.WITNESS_WRONG, Reason.WITNESS_MISSING}
    wrong = next(failure for failure in report.failures if failure.reason is Reason.WITNESS_WRONG)
    assert any(word in wrong.detail for word in words.split("|"))


async def test_a_note_of_another_ledger_or_of_nobody_known_vouches_for_nothing(
    database: Database, witness: WitnessProcess
) -> None:
    keys, place = SameKeys(), place_of(witness)
    mine, other = await make_ledger(database, keys), await make_ledger(database, SameKeys())
    await flow.publish(wiring_of(database, place), other, place, now=NOW)
    async with database.company(other) as db:
        ((_, note),) = await queries.cosigned_notes(db, other, most=5)
    origin = f"ledger.test/ledger/{mine}"
    foreign = witnessed.cosigned(note, origin=origin, witnesses=[witness.key])
    assert foreign is not None and "vouches for another ledger" in foreign.wrong
    assert "of another ledger" in witnessed.kept(note, origin=origin).wrong
    assert witnessed.cosigned(note, origin=origin, witnesses=[]) is None
    assert isinstance(witnessed.kept(b"", origin=origin), Vouched)
