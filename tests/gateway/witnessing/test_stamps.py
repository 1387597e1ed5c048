"""One time stamp a day over all companies' ledgers; each can prove its own and learns nothing of the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from gateway import alarms, jobqueue
from gateway.db import Database
from gateway.jobqueue import Permanent
from gateway.witnessing import flow, jobs, queries, vouched
from gateway.witnessing.outcomes import Unavailable
from ledger import checkpoint
from ledger.timestamp import Trust, check_timestamp
from tests.gateway.house import House
from tests.gateway.witnessing.installations import wiring_of
from tests.ledger.authority import Authority, needs_openssl, serving


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def served(authority: Authority) -> Iterator[dict[str, object]]:
    """The settings of an installation that has it."""
    with serving(lambda body: (200, "application/timestamp-reply", authority.reply(body))) as address:
        yield {"timestamp_url": address, "timestamp_roots": authority.folder / "root.pem"}


@pytest.fixture(scope="module")
async def companies(house: House) -> list[UUID]:
    return [(await house.company()).id for _ in range(3)]


async def alarmed(database: Database) -> int:
    async with database.platform() as db:
        return sum(count.times for count in await alarms.census(db) if count.kind == alarms.Alarm.TIMESTAMP)


@needs_openssl
async def test_every_company_gets_its_own_proof_and_nothing_of_the_others(
    house: House, companies: list[UUID], served: dict[str, object], authority: Authority
) -> None:
    wiring = wiring_of(house.database, **served)
    assert await flow.stamp_all(wiring, now=datetime.now(UTC)) == 3
    trust = Trust.parse(authority.roots)
    notes, stamps = {}, {}
    for company_id in companies:
        async with house.database.company(company_id) as db:
            ((_, _, stamps[company_id]),) = await queries.stamps(db, company_id, most=10)
            notes[company_id] = await queries.newest(db, company_id)
    assert len({check_timestamp(stamp, trust) for stamp in stamps.values()}) == 1
    assert sorted(stamp.index for stamp in stamps.values()) == [0, 1, 2]
    for company_id, stamp in stamps.items():
        note = notes[company_id]
        assert note is not None and stamp.text == checkpoint.parse(note).text
        seen = b"".join((stamp.text, stamp.root, stamp.token, *stamp.path))
        for other in set(companies) - {company_id}:
            foreign = notes[other]
            assert foreign is not None
            assert str(other).encode() not in seen
            assert checkpoint.parse(foreign).root not in seen
    async with house.database.company(companies[0]) as db:
        assert await queries.stamps(db, companies[1], most=10) == [], "fenced in by the database"


@needs_openssl
async def test_a_stamp_vouches_for_the_ledger(house: House, companies: list[UUID], served: dict[str, object]) -> None:
    wiring = wiring_of(house.database, **served)
    await flow.stamp_all(wiring, now=datetime.now(UTC))
    (company_id, *_) = companies
    async with house.database.company(company_id) as db:
        note = await queries.newest(db, company_id)
    assert note is not None
    read = checkpoint.parse(note)
    found = await vouched.statements(wiring, company_id)
    assert found and all(statement.wrong == "" for statement in found)
    assert found[0].size == read.size and found[0].fault(read.root) is None
    assert found[0].fault(bytes(32)) is not None


TAMPERED = (
    "size = size + 1", "at = at + interval '1 second'", "note = overlay(note placing 'X' from 3)",
    "leaf = (leaf + 1) % leaves", "leaves = leaves + 1", "root = sha256(root)", "path = sha256(path)", "path = ''",
    "token = overlay(token placing '\\000'::bytea from 60)", "token = ''",
)  # fmt: skip


@needs_openssl
@pytest.mark.parametrize("change", TAMPERED)
async def test_a_stamp_that_was_altered_in_the_database_is_found(
    house: House, companies: list[UUID], served: dict[str, object], module_admin: Database, change: str
) -> None:
    wiring = wiring_of(house.database, **served)
    await flow.stamp_all(wiring, now=datetime.now(UTC))
    (company_id, *_) = companies
    async with house.database.company(company_id) as db:
        newest = (await queries.stamp_views(db, company_id, before=None, most=1))[0].id
    assert next(one.wrong for one in await vouched.statements(wiring, company_id)) == ""
    async with module_admin.platform() as db:
        await db.execute(text("alter table ledger_timestamps disable trigger all"))
        row = await db.execute(text(f"update ledger_timestamps set {change} where id = :id"), {"id": newest})
        assert row.rowcount == 1
    assert next(one.wrong for one in await vouched.statements(wiring, company_id)) != ""


@needs_openssl
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"nothing", "no time stamp"),
        (bytes.fromhex("30053003020102"), "refuses with status 2"),
        (b"", "no time stamp"),
    ],
)
async def test_an_answer_that_does_not_hold_is_an_alarm(
    house: House, companies: list[UUID], authority: Authority, answer: bytes, words: str
) -> None:
    before = await alarmed(house.database)
    with serving(lambda _: (200, "application/timestamp-reply", answer)) as address:
        roots = authority.folder / "root.pem"
        wiring = wiring_of(house.database, timestamp_url=address, timestamp_roots=roots)
        with pytest.raises(Permanent, match=words):
            await flow.stamp_all(wiring, now=datetime.now(UTC))
    assert await alarmed(house.database) == before + 1


@needs_openssl
async def test_an_authority_that_nobody_trusts_is_an_alarm(
    house: House, companies: list[UUID], served: dict[str, object], tmp_path: Path
) -> None:
    stranger = Authority(tmp_path)
    wiring = wiring_of(house.database, **{**served, "timestamp_roots": stranger.folder / "root.pem"})
    with pytest.raises(Permanent, match="doesn't hold"):
        await flow.stamp_all(wiring, now=datetime.now(UTC))


@needs_openssl
async def test_clocks_that_differ_are_told(house: House, companies: list[UUID], served: dict[str, object]) -> None:
    with pytest.raises(Permanent, match="the authority's time is"):
        await flow.stamp_all(wiring_of(house.database, **served), now=datetime.now(UTC) - timedelta(hours=1))


async def test_an_authority_that_is_away_is_asked_again(
    house: House, companies: list[UUID], authority: Authority
) -> None:
    roots = authority.folder / "root.pem"
    away = wiring_of(house.database, timestamp_url="http://127.0.0.1:9", timestamp_roots=roots)
    with pytest.raises(Unavailable):
        await flow.stamp_all(away, now=datetime.now(UTC))
    with serving(lambda _: (503, "text/plain", b"")) as address:
        busy = wiring_of(house.database, timestamp_url=address, timestamp_roots=roots)
        with pytest.raises(Unavailable, match="answers 503"):
            await flow.stamp_all(busy, now=datetime.now(UTC))


@needs_openssl
async def test_the_days_job_orders_one_that_may_wait_for_the_authority(
    house: House, companies: list[UUID], served: dict[str, object]
) -> None:
    wiring = wiring_of(house.database, **served)
    assert jobs.schedule(wiring.settings) == {jobs.DAILY: timedelta(days=1)}
    for _ in range(2):
        await jobs.daily(wiring, None, b"{}", now=datetime.now(UTC))
    async with house.database.platform() as db:
        (waiting,) = [row for row in await jobqueue.census(db) if row.kind == jobs.STAMP]
    assert waiting.waiting == 1
    await jobs.stamp(wiring, None, b"{}", now=datetime.now(UTC))


async def test_without_an_authority_nothing_is_dated(house: House, companies: list[UUID]) -> None:
    wiring = wiring_of(house.database)
    assert jobs.schedule(wiring.settings) == {}
    assert await flow.stamp_all(wiring, now=datetime.now(UTC)) == 0
