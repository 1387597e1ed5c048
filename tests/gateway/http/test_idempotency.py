"""The same request under the same Idempotency-Key is done once, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text

from gateway import housekeeping, idempotency
from gateway.access import authentication
from gateway.access.permissions import Permission
from gateway.access.principal import Principal, PrincipalKind
from gateway.db import Database, new_id
from gateway.idempotency import Answer, Key, KeyReused
from tests.gateway.http.conftest import serving

COMPANY, OTHER_COMPANY = new_id(), new_id()


@pytest.fixture
async def client(
    module_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """Tokens are `<company> <user>`: who calls is not this test's subject."""

    async def known(database: Database, token: str, **_: Any) -> Principal:
        company, user = token.split("_")
        everything = frozenset(Permission)
        return Principal(
            kind=PrincipalKind.USER, user_id=UUID(user), company_id=UUID(company), scopes=everything, second_factor=True
        )

    monkeypatch.setattr(authentication, "authenticate", known)
    async with serving(module_database, tmp_path) as client:
        yield client


async def post(
    client: httpx.AsyncClient, key: str | None, name: str = "a", *, company: UUID = COMPANY, user: int = 1
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {company}_{UUID(int=user)}"}
    if key is not None:
        headers["Idempotency-Key"] = key
    return await client.post("/recorded", json={"name": name}, headers=headers)


async def made(database: Database, company: UUID = COMPANY) -> int:
    async with database.company(company) as db:
        return (await db.execute(text("select count(*) from events where kind = 'thing.made'"))).scalar_one()  # type: ignore[no-any-return]


async def test_the_first_answer_is_given_again_and_marked(client: httpx.AsyncClient, module_database: Database) -> None:
    before = await made(module_database)
    first, second = await post(client, "key-1"), await post(client, "key-1")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["content-type"] == second.headers["content-type"]
    assert second.headers["location"] == first.headers["location"] == f"/things/{first.json()['id']}"
    assert second.headers["etag"] == first.headers["etag"] == '"1"'
    assert "retry-after" not in second.headers, "it was about the moment of the first answer"
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await made(module_database) == before + 1


async def test_without_a_key_every_request_counts(client: httpx.AsyncClient, module_database: Database) -> None:
    before = await made(module_database)
    assert (await post(client, None)).json()["id"] != (await post(client, None)).json()["id"]
    assert await made(module_database) == before + 2


async def test_another_body_under_the_same_key_is_refused(client: httpx.AsyncClient, module_database: Database) -> None:
    await post(client, "key-2", "a")
    before = await made(module_database)
    answer = await post(client, "key-2", "b")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-key-reused")
    assert await made(module_database) == before


async def test_two_callers_never_share_a_key(client: httpx.AsyncClient) -> None:
    mine = await post(client, "key-3")
    assert "idempotency-replayed" not in (await post(client, "key-3", user=2)).headers
    assert "idempotency-replayed" not in (await post(client, "key-3", company=OTHER_COMPANY)).headers
    assert (await post(client, "key-3")).json() == mine.json()


async def test_of_two_at_the_same_time_one_works_and_the_other_is_told_to_wait(
    client: httpx.AsyncClient, module_database: Database
) -> None:
    before = await made(module_database)
    answers = await asyncio.gather(*(post(client, "key-4", "slow") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    busy = next(answer for answer in answers if answer.status_code == 409)
    assert busy.json()["code"] == "idempotency-key-busy"
    assert busy.headers["retry-after"] == "1"
    assert (await post(client, "key-4", "slow")).headers["idempotency-replayed"] == "true"
    assert await made(module_database) == before + 1


async def test_a_refused_request_may_be_mended_under_its_key(
    client: httpx.AsyncClient, module_database: Database
) -> None:
    before = await made(module_database)
    assert (await post(client, "key-5", "refuse")).status_code == 422
    assert (await post(client, "key-5", "mended")).status_code == 201
    assert await made(module_database) == before + 1


@pytest.mark.parametrize("key", ["", "with blank", "x" * 201, "umlaut-ä".encode().decode("latin-1")])
async def test_a_key_has_a_form(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post(
        "/recorded",
        json={"name": "a"},
        headers=[
            (b"Authorization", f"Bearer {COMPANY}_{UUID(int=1)}".encode()),
            (b"Idempotency-Key", key.encode("latin-1")),
        ],
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_what_a_killed_server_began_leaves_neither_work_nor_key(
    module_database: Database, module_admin: Database
) -> None:
    key = Key("user:1", "killed", b"f" * 32)
    now = datetime.now(UTC)
    with pytest.raises(Exception, match=r"terminat|closed"):
        async with module_database.company(COMPANY) as db:
            assert await idempotency.begin(db, key) is None
            await idempotency.keep(db, key, Answer(201, "application/json", b"{}"), now=now)
            pid = await db.scalar(text("select pg_backend_pid()"))
            async with module_admin.platform() as admin:
                await admin.execute(text("select pg_terminate_backend(:pid, 60000)"), {"pid": pid})
            await db.execute(text("select 1"))
    async with module_database.company(COMPANY) as db:
        assert await idempotency.begin(db, key) is None


async def test_answers_are_forgotten_after_a_while(module_database: Database) -> None:
    now = datetime.now(UTC)
    old, young = Key("user:9", "old", b"o" * 32), Key("user:9", "young", b"y" * 32)
    async with module_database.company(COMPANY) as db:
        await idempotency.keep(db, old, Answer(201, "t", b"o"), now=now - idempotency.KEPT - timedelta(minutes=1))
        await idempotency.keep(db, young, Answer(201, "t", b"y"), now=now - idempotency.KEPT + timedelta(hours=1))
    wiring: Any = Litestar([]).state
    wiring.database = module_database
    await housekeeping.tidy(wiring, None, b"{}", now=now)
    async with module_database.company(COMPANY) as db:
        assert await idempotency.begin(db, old) is None
        with pytest.raises(KeyReused):
            await idempotency.begin(db, Key("user:9", "young", b"z" * 32))
