"""Tokens: how long, for what, and how they end."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from gateway.access import queries
from gateway.access.authentication import authenticate
from tests.gateway.house import PASSWORD, Person, ok


@pytest.fixture(scope="module")
async def company(house):
    return await house.company()


async def status(person: Person) -> int:
    return (await person.get("/v1/me")).status_code


@pytest.mark.parametrize(
    "token",
    ["", "x", "ilt_" + "A" * 43, "ilk_" + "A" * 43, "ilr_" + "A" * 43, "ilt_\u00e9", "ilt_ ilt_", "ilt_" + "A" * 20000],
)
async def test_tokens_nobody_gave(house, token):
    answer = await house.client.get("/v1/me", headers={"Authorization": f"Bearer {token}".encode()})
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("scheme", ["Basic", "bearer2", "", "Token"])
async def test_other_schemes_sign_nobody_in(house, company, scheme):
    clerk = await company.person("AUDITOR")
    answer = await house.client.get("/v1/me", headers={"Authorization": f"{scheme} {clerk.token}"})
    assert answer.status_code == 401


async def test_a_token_lives_a_quarter_of_an_hour_and_its_session_twelve_hours(house, company):
    clerk = await company.person("AUDITOR")
    opened = ok(await clerk.sign_in())
    house.turn(minutes=14, seconds=59)
    assert await status(clerk) == 200
    house.turn(seconds=1)
    assert await status(clerk) == 401
    house.now = datetime.fromisoformat(opened["expires_at"])
    house.turn(seconds=-60)
    renewed = ok(await clerk.post("/v1/auth/refresh", {"refresh_token": clerk.refresh_token}))
    assert renewed["token_expires_at"] == renewed["expires_at"] == opened["expires_at"]
    clerk.token = renewed["token"]
    house.turn(seconds=60)
    assert await status(clerk) == 401
    over = await clerk.post("/v1/auth/refresh", {"refresh_token": renewed["refresh_token"]})
    assert over.status_code == 401


async def test_refreshing_replaces_both_tokens(house, company):
    clerk = await company.person("AUDITOR")
    old = clerk.token
    renewed = ok(await clerk.post("/v1/auth/refresh", {"refresh_token": clerk.refresh_token}))
    assert renewed["second_factor"] is True
    assert await status(clerk) == 401, f"{old[:4]} holds no more"
    clerk.token = renewed["token"]
    assert await status(clerk) == 200


async def test_a_refresh_token_shown_twice_ends_the_session(house, company):
    clerk = await company.person("AUDITOR")
    renewed = ok(await clerk.post("/v1/auth/refresh", {"refresh_token": clerk.refresh_token}))
    clerk.token = renewed["token"]
    stolen = await house.client.post("/v1/auth/refresh", json={"refresh_token": clerk.refresh_token})
    assert stolen.status_code == 401
    assert await status(clerk) == 401, "thief or owner: nobody goes on"
    rest = await house.client.post("/v1/auth/refresh", json={"refresh_token": renewed["refresh_token"]})
    assert rest.status_code == 401
    platform = await house.super_admin()
    kinds = [told["kind"] for told in ok(await platform.get("/v1/platform/events"))]
    assert "session.refresh_reused" in kinds


async def test_of_many_refreshes_at_once_one_succeeds_and_none_survives(house, company):
    clerk = await company.person("AUDITOR")
    answers = await asyncio.gather(
        *(house.client.post("/v1/auth/refresh", json={"refresh_token": clerk.refresh_token}) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 5
    clerk.token = next(answer.json()["token"] for answer in answers if answer.status_code == 200)
    assert await status(clerk) == 401


async def test_two_refreshes_that_meet_inside_the_database(house, company, module_admin):
    """Both have begun before either may write: held up at the session's row until both wait."""
    clerk = await company.person("AUDITOR")
    body = {"refresh_token": clerk.refresh_token}
    waiting = text(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        " and query like '%access_refresh%'"
    )
    async with module_admin.platform() as holder:
        await holder.execute(text("select from sessions where user_id = :id for update"), {"id": clerk.id})
        tries = [asyncio.create_task(house.client.post("/v1/auth/refresh", json=body)) for _ in range(2)]
        async with asyncio.timeout(60):
            while True:
                async with module_admin.platform() as looker:
                    if await looker.scalar(waiting) == 2:
                        break
                await asyncio.sleep(0.02)
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [200, 401]


async def test_one_kind_of_token_is_no_other(house, company):
    clerk = await company.person("AUDITOR")
    assert (await clerk.post("/v1/auth/refresh", {"refresh_token": clerk.token})).status_code == 401
    clerk.token = clerk.refresh_token
    assert await status(clerk) == 401


async def test_sign_out_ends_token_and_refresh_token(house, company):
    clerk = await company.person("AUDITOR")
    ok(await clerk.post("/v1/auth/sign-out"), 204)
    assert await status(clerk) == 401
    assert (await clerk.post("/v1/auth/refresh", {"refresh_token": clerk.refresh_token})).status_code == 401


async def test_my_sessions_and_nobody_elses(house, company):
    clerk, colleague = await company.person("AUDITOR"), await company.person("AUDITOR")
    phone = Person(house, clerk.email, secret=clerk.secret)
    ok(await phone.sign_in())
    mine = ok(await clerk.get("/v1/me/sessions"))
    theirs = ok(await colleague.get("/v1/me/sessions"))
    assert len(mine) == 2
    assert not {session["id"] for session in mine} & {session["id"] for session in theirs}
    assert (await clerk.delete(f"/v1/me/sessions/{theirs[0]['id']}")).status_code == 404
    assert (await clerk.delete(f"/v1/me/sessions/{uuid4()}")).status_code == 404
    ok(await clerk.delete(f"/v1/me/sessions/{mine[-1]['id']}"), 204)
    assert (await status(clerk), await status(phone), await status(colleague)) == (200, 401, 200)


async def test_step_up_opens_one_class_for_five_minutes_in_one_session(house, company):
    admin = await company.admin()
    elsewhere = Person(house, admin.email, secret=admin.secret)
    ok(await elsewhere.sign_in())
    ok(await admin.sign_in())
    wanted = {"name": "ERP", "scopes": ["documents:read"]}

    async def tries(person: Person) -> str:
        answer = await person.post("/v1/api-keys", wanted)
        return answer.json().get("code", answer.status_code)

    assert await tries(admin) == "step-up-required"
    await admin.step_up("roles")
    assert await tries(admin) == "step-up-required", "another class of action"
    await admin.step_up("keys")
    assert await tries(admin) == 201
    assert await tries(elsewhere) == "step-up-required", "another session"
    house.turn(minutes=4, seconds=59)
    assert await tries(admin) == 201
    house.turn(seconds=1)
    assert await tries(admin) == "step-up-required", "five minutes are over"


async def test_a_code_that_was_left_out_is_no_guess_and_locks_nobody_out(house, company):
    clerk = await company.person("FINANCE_USER")
    left_out = [(await clerk.post("/v1/auth/step-up", {"action": "send", "code": ""})).json()["code"] for _ in range(8)]
    assert set(left_out) == {"code-refused"}
    await clerk.step_up("send")


async def test_step_up_is_no_place_to_guess_codes(house, company):
    clerk = await company.person("FINANCE_USER")
    statuses = [
        (await clerk.post("/v1/auth/step-up", {"action": "send", "code": "000000"})).status_code for _ in range(6)
    ]
    assert statuses == [403] * 5 + [429]


async def test_another_company_means_another_token_without_the_old_ones_codes(house, company):
    other = await house.company()
    clerk = await company.person("FINANCE_USER")
    outsider = await clerk.post("/v1/auth/company", {"company_id": str(other.id)})
    nowhere = await clerk.post("/v1/auth/company", {"company_id": str(uuid4())})
    assert outsider.status_code == nowhere.status_code == 404
    assert {**outsider.json(), "request_id": ""} == {**nowhere.json(), "request_id": ""}, "no hint that it exists"
    admin = await other.admin()
    invited = ok(await admin.post("/v1/members/invitations", {"email": clerk.email, "role": "AUDITOR"}), 201)
    ok(
        await house.client.post("/v1/auth/invitations/accept", json={"token": invited["token"], "password": PASSWORD}),
        201,
    )
    await clerk.step_up("send")
    entered = ok(await clerk.post("/v1/auth/company", {"company_id": str(other.id)}))
    there = Person(house, clerk.email, token=entered["token"])
    here, elsewhere = ok(await clerk.get("/v1/me")), ok(await there.get("/v1/me"))
    assert (here["company_id"], here["role"], list(here["step_ups"])) == (str(company.id), "FINANCE_USER", ["send"])
    assert (elsewhere["company_id"], elsewhere["role"], elsewhere["step_ups"]) == (str(other.id), "AUDITOR", {})
    assert ok(await clerk.sign_in())["company_id"] is None, "two places: none is chosen"
    assert ok(await clerk.sign_in(company_id=str(other.id)))["company_id"] == str(other.id)


async def test_switching_companies_doesnt_prolong_a_session(house, company):
    clerk = await company.person("AUDITOR")
    ends = ok(await clerk.sign_in())["expires_at"]
    house.turn(minutes=10)
    entered = ok(await clerk.post("/v1/auth/company", {"company_id": str(company.id)}))
    assert entered["expires_at"] == ends


async def test_authentication_is_one_statement(house, company):
    clerk = await company.person("AUDITOR")
    statements: list[str] = []
    engine = house.database.engine.sync_engine

    def note(connection, cursor, statement, *_):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        principal = await authenticate(house.database, clerk.token, by_cookie=False, now=house.now)
        assert await authenticate(house.database, "not ours", by_cookie=False, now=house.now) is None
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert principal is not None
    assert len(statements) == 1


async def test_what_ended_long_ago_is_forgotten_and_nothing_else(house, company):
    old, fresh = await company.person("AUDITOR"), await company.person("AUDITOR")
    house.turn(days=8)
    ok(await fresh.sign_in())
    async with house.database.platform() as db:
        await queries.purge(db, now=house.now)
    assert len(ok(await fresh.get("/v1/me/sessions"))) == 1
    async with house.owner.platform() as db:
        kept = await db.execute(
            text("select user_id from sessions where user_id = any(:ids)"), {"ids": [old.id, fresh.id]}
        )
        assert [row.user_id for row in kept] == [fresh.id]
    assert (await old.post("/v1/auth/refresh", {"refresh_token": old.refresh_token})).status_code == 401
