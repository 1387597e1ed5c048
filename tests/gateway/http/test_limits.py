"""Limits hold across processes, cost little, and tell when to come back."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from gateway.db import Database
from gateway.http import edge
from gateway.ratelimit import Limit, Limiter, Rate, Refusal
from tests.gateway.http.conftest import serving


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def admitted(database: Database, limiter: Limiter, limit: Limit, times: int) -> int:
    passed = 0
    for _ in range(times):
        async with database.platform() as db:
            passed += await limiter.admit(db, [limit]) is None
    return passed


SLOW = Rate(a_minute=0.0006, burst=40)
"""Refills so slowly that no test on any machine sees a token come back."""


async def test_several_processes_together_never_exceed_the_burst(module_database: Database) -> None:
    limit = Limit("t", "together", SLOW)
    processes = [Limiter() for _ in range(3)]
    passed = sum([await admitted(module_database, one, limit, 20) for one in processes])
    assert passed == 40


async def test_each_subject_has_its_own_bucket(module_database: Database) -> None:
    one, limiter = Rate(a_minute=0.0006, burst=1), Limiter()
    assert await admitted(module_database, limiter, Limit("t", "a", one), 2) == 1
    assert await admitted(module_database, limiter, Limit("t", "b", one), 2) == 1
    assert await admitted(module_database, limiter, Limit("u", "a", one), 2) == 1


async def test_a_refusal_says_when_and_costs_no_database(module_database: Database) -> None:
    clock = Clock()
    limiter, limit = Limiter(clock), Limit("t", "flood", Rate(a_minute=6, burst=1))
    assert await admitted(module_database, limiter, limit, 1) == 1
    async with module_database.platform() as db:
        refused = await limiter.admit(db, [limit])
    assert isinstance(refused, Refusal)
    assert 0 < refused.retry_after <= 10
    for _ in range(1000):
        again = limiter.spend([limit])
        assert isinstance(again, Refusal)
    clock.now += 20
    assert limiter.spend([limit]) == [limit], "now it makes sense to ask again"


async def test_tokens_flow_back(module_database: Database, module_admin: Database) -> None:
    limit = Limit("t", "back", Rate(a_minute=60, burst=5))
    limiter = Limiter(clock := Clock())
    assert await admitted(module_database, limiter, limit, 6) == 5
    async with module_admin.platform() as db:
        await db.execute(text("update rate_buckets set at = at - interval '3 seconds' where bucket = 't back'"))
    clock.now += 60
    assert 3 <= await admitted(module_database, limiter, limit, 5) <= 5


async def test_an_allowance_saves_round_trips_and_lapses(module_database: Database) -> None:
    wide = Rate(a_minute=60_000, burst=1000)
    limiter, limit = Limiter(clock := Clock()), Limit("t", "wide", wide)
    assert await admitted(module_database, limiter, limit, 1) == 1
    for _ in range(wide.portion - 1):
        assert limiter.spend([limit]) == []
    assert limiter.spend([limit]) == [limit]
    assert await admitted(module_database, limiter, limit, 1) == 1
    clock.now += 60
    assert limiter.spend([limit]) == [limit], "what lay unused is worth nothing any more"


async def test_nothing_is_spent_unless_all_limits_allow_it(module_database: Database) -> None:
    narrow, wide = Limit("t", "narrow", Rate(a_minute=0.0006, burst=1)), Limit("t", "beside", SLOW)
    limiter = Limiter()
    async with module_database.platform() as db:
        assert await limiter.admit(db, [narrow, wide]) is None
        for _ in range(100):
            assert isinstance(await limiter.admit(db, [narrow, wide]), Refusal)
    assert await admitted(module_database, limiter, wide, 60) >= 38


async def test_an_endpoint_may_be_slower_than_the_rest(module_database: Database, tmp_path: Path) -> None:
    async with serving(module_database, tmp_path, limited=True) as client:
        answers = [await client.post("/slow-down") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        last = answers[-1]
        assert last.json()["code"] == "rate-limited"
        assert int(last.headers["retry-after"]) >= 1
        assert last.headers["x-content-type-options"] == "nosniff"
        assert (await client.get("/conflict")).status_code == 409, "other operations go on"


async def test_a_flood_from_one_address_stops_at_the_edge(
    module_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "ADDRESS", Rate(a_minute=0.0006, burst=3))
    asked: list[Any] = []
    async with serving(module_database, tmp_path, limited=True) as client:
        assert [(await client.get("/nowhere")).status_code for _ in range(5)] == [404, 404, 404, 429, 429]
        event.listen(module_database.engine.sync_engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        assert {(await client.get("/conflict")).status_code for _ in range(50)} == {429}
        assert asked == []
        assert (await client.get("/health")).status_code == 200, "probes are not counted"
