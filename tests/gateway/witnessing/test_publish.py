"""Checkpoints go to a witness and come back cosigned; what it answers is kept, and a contradiction wakes somebody."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from certs import LocalKeyStore, Purpose
from gateway import alarms
from gateway.db import Database
from gateway.jobqueue import Temporary
from gateway.postgres import Server
from gateway.settings.witnesses import WitnessPlace
from gateway.witnessing import flow, queries
from gateway.witnessing.models import AnswerView
from gateway.witnessing.outcomes import Outcome, Standing, Unavailable
from ledger import checkpoint, store
from ledger.cosignature import check_cosignatures
from tests.conftest import opened
from tests.gateway.witness.process import WitnessProcess
from tests.gateway.witnessing.installations import NOW, SameKeys, grow, make_ledger, place_of, wiring_of
from tests.ledger.authority import serving


async def answers(database: Database, company_id: UUID) -> list[AnswerView]:
    """Oldest first."""
    async with database.company(company_id) as db:
        return (await queries.answers(db, company_id, before=None, most=100))[::-1]


async def alarmed(database: Database) -> int:
    async with database.platform() as db:
        return sum(count.times for count in await alarms.census(db) if count.kind == alarms.Alarm.WITNESS)


async def events(database: Database, company_id: UUID) -> list[str]:
    async with database.company(company_id) as db:
        found = await db.execute(text("select kind from events where subject_id = :id order by id"), {"id": company_id})
        return list(found.scalars())


async def test_each_checkpoint_comes_back_cosigned(
    module_database: Database, keys: LocalKeyStore, witness: WitnessProcess
) -> None:
    company_id = await make_ledger(module_database, keys)
    place = place_of(witness)
    wiring = wiring_of(module_database, place)
    assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.COSIGNED
    for count in (1, 300, 7):
        await grow(module_database, company_id, keys, count)
        assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.COSIGNED
    assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.COSIGNED, "the same again"
    found = await answers(module_database, company_id)
    assert [answer.size for answer in found] == [3, 4, 304, 311, 311]
    for answer in found:
        assert answer.note is not None and answer.standing is Standing.GOOD
        assert checkpoint.parse(answer.note.encode()).size == answer.size
        assert [line.witness for line in check_cosignatures(answer.note.encode(), [place.key])] == [place.key]
    assert await events(module_database, company_id) == []


async def test_no_checkpoint_is_no_question(module_database: Database, witness: WitnessProcess) -> None:
    place = place_of(witness)
    assert await flow.publish(wiring_of(module_database, place), UUID(int=1), place, now=NOW) is None


async def test_an_answer_that_was_lost_is_asked_for_again(
    module_database: Database, keys: LocalKeyStore, witness: WitnessProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the witness's answer and our writing it down: it has seen more than we remember."""
    company_id = await make_ledger(module_database, keys)
    place = place_of(witness)
    wiring = wiring_of(module_database, place)
    await flow.publish(wiring, company_id, place, now=NOW)
    await grow(module_database, company_id, keys, 20)

    async def killed(*_: object, **__: object) -> None:
        raise ConnectionError("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr(queries, "insert", killed)
        with pytest.raises(ConnectionError):
            await flow.publish(wiring, company_id, place, now=NOW)
    await grow(module_database, company_id, keys, 5)
    assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.COSIGNED
    assert [answer.size for answer in await answers(module_database, company_id)] == [3, 28]


async def test_a_restored_old_backup_is_noticed(
    pg_server: Server, database: Database, database_name: str, witness: WitnessProcess
) -> None:
    """A backup, more entries, a checkpoint cosigned; then the backup comes back, and later grows another way."""
    keys = SameKeys()
    company_id = await make_ledger(database, keys)
    await grow(database, company_id, keys, 10)
    place = place_of(witness)
    await flow.publish(wiring_of(database, place), company_id, place, now=NOW)
    await database.close()
    backup = f"{database_name}_backup"
    pg_server.sql(f"create database {backup} owner involinks_owner template {database_name}")
    try:
        await grow(database, company_id, keys, 10)
        await flow.publish(wiring_of(database, place), company_id, place, now=NOW)
        async with opened(pg_server.dsn("app", backup)) as restored:
            wiring = wiring_of(restored, place)
            assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.ROLLED_BACK
            await grow(restored, company_id, keys, 15, word="after the restore")
            assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.INCONSISTENT
            assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.INCONSISTENT
            found = await answers(restored, company_id)
            assert [(answer.outcome, answer.size, answer.told) for answer in found] == [
                (Outcome.COSIGNED, 13, None),
                (Outcome.ROLLED_BACK, 13, 23),
                (Outcome.INCONSISTENT, 28, None),
                (Outcome.INCONSISTENT, 28, None),
            ]
            assert await alarmed(restored) == 3
            assert await events(restored, company_id) == ["witness.alarm", "witness.alarm"], "each kind told once"
    finally:
        pg_server.sql(f"drop database {backup} with (force)")


async def test_another_history_of_the_same_size_is_a_conflict(
    database: Database, module_database: Database, witness: WitnessProcess
) -> None:
    keys, place = SameKeys(), place_of(witness)
    company_id = await make_ledger(database, keys)
    await grow(database, company_id, keys, 10)
    await flow.publish(wiring_of(database, place), company_id, place, now=NOW)
    await make_ledger(module_database, keys, company_id)
    await grow(module_database, company_id, keys, 10, word="rewritten")
    before = await alarmed(module_database)
    assert await flow.publish(wiring_of(module_database, place), company_id, place, now=NOW) is Outcome.CONFLICT
    assert await alarmed(module_database) == before + 1


async def test_a_witness_that_was_set_back_is_noticed(
    module_database: Database, keys: LocalKeyStore, witness: WitnessProcess
) -> None:
    company_id = await make_ledger(module_database, keys)
    place = place_of(witness)
    wiring = wiring_of(module_database, place)
    await flow.publish(wiring, company_id, place, now=NOW)
    kept = {path: path.read_bytes() for path in (witness.folder / "seen").iterdir()}
    await grow(module_database, company_id, keys, 4)
    await flow.publish(wiring, company_id, place, now=NOW)
    for path, content in kept.items():
        path.write_bytes(content)
    assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.FORGOTTEN


async def test_a_witness_that_was_never_told_says_what_to_do(
    module_database: Database, keys: LocalKeyStore, witness: WitnessProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    company_id = await make_ledger(module_database, keys)
    place = place_of(witness)
    monkeypatch.setattr("gateway.witnessing.channels.KEY_HEADER", "x-nothing")
    assert await flow.publish(wiring_of(module_database, place), company_id, place, now=NOW) is Outcome.UNKNOWN_LOG
    (answer,) = await answers(module_database, company_id)
    async with module_database.company(company_id) as db:
        (key,) = await flow.log_keys(db, company_id)
    assert answer.standing is Standing.TROUBLE
    assert f"its operator has to add {key.text()}" in answer.detail
    assert await events(module_database, company_id) == ["witness.trouble"]


async def test_a_replaced_ledger_key_needs_a_word_to_the_witness(
    module_database: Database, keys: LocalKeyStore, witness: WitnessProcess
) -> None:
    """A witness trusts no key because a gateway says so; the answer's detail is the line that its operator adds."""
    company_id = await make_ledger(module_database, keys)
    place = place_of(witness)
    wiring = wiring_of(module_database, place)
    assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.COSIGNED
    async with module_database.company(company_id) as db:
        await store.rotate_key(db, company_id, keys, purpose=Purpose.LEDGER, now=NOW)
    assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.UNKNOWN_KEY
    async with module_database.company(company_id) as db:
        fresh, _ = await flow.log_keys(db, company_id)
    assert (await answers(module_database, company_id))[-1].detail.endswith(f"has to add {fresh.text()}")
    witness.knows(fresh)
    assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.COSIGNED


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((503, "text/plain", b""), "answers 503"),
        ((200, "text/plain", b"x" * 100_000), "more than 65,536 bytes"),
    ],
)
async def test_what_is_no_answer_is_asked_again_and_leaves_nothing(
    module_database: Database, keys: LocalKeyStore, witness: WitnessProcess, reply: object, words: str
) -> None:
    company_id = await make_ledger(module_database, keys)
    with serving(lambda _: reply) as address:
        place = WitnessPlace(name="w", kind="http", address=address, key=witness.key)
        with pytest.raises(Unavailable, match=words) as caught:
            await flow.publish(wiring_of(module_database, place), company_id, place, now=NOW)
    assert isinstance(caught.value, Temporary), "so the queue tries again"
    assert await answers(module_database, company_id) == []


async def test_nobody_there_is_asked_again(
    module_database: Database, keys: LocalKeyStore, witness: WitnessProcess
) -> None:
    company_id = await make_ledger(module_database, keys)
    place = WitnessPlace(name="w", kind="http", address="http://127.0.0.1:9", key=witness.key)
    with pytest.raises(Unavailable, match="can't be reached"):
        await flow.publish(wiring_of(module_database, place), company_id, place, now=NOW)


async def test_a_redirect_is_not_followed(
    module_database: Database, keys: LocalKeyStore, witness: WitnessProcess
) -> None:
    company_id = await make_ledger(module_database, keys)
    with serving(lambda _: (307, "text/plain", b"")) as address:
        place = WitnessPlace(name="w", kind="http", address=address, key=witness.key)
        assert await flow.publish(wiring_of(module_database, place), company_id, place, now=NOW) is Outcome.REFUSED


async def test_a_witness_that_names_another_size_each_time_is_left_alone(
    module_database: Database, keys: LocalKeyStore, witness: WitnessProcess
) -> None:
    company_id = await make_ledger(module_database, keys)
    sizes = iter([b"1\n", b"2\n", b"1\n"])
    with serving(lambda _: (409, "text/x.tlog.size", next(sizes))) as address:
        place = WitnessPlace(name="w", kind="http", address=address, key=witness.key)
        with pytest.raises(Unavailable, match="another size each time"):
            await flow.publish(wiring_of(module_database, place), company_id, place, now=NOW)


async def test_answers_only_grow(module_database: Database, module_owner: Database, keys: LocalKeyStore) -> None:
    company_id = await make_ledger(module_database, keys)
    for database in (module_database, module_owner):
        for statement in ("update witness_answers set good = true", "delete from witness_answers"):
            with pytest.raises(DBAPIError, match=r"permission denied|only grows"):
                async with database.company(company_id) as db:
                    await db.execute(text(statement))
