"""Signing in, and everything that must not work."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from gateway.access import passwords
from tests.gateway.house import PASSWORD, Person, ok

WRONG = "seven quiet camels walk off"


@pytest.fixture(scope="module")
async def company(house):
    return await house.company()


def at(house, address: str) -> httpx.AsyncClient:
    """A client that calls from this address."""
    transport = httpx.ASGITransport(app=house.app, client=(address, 50000))
    return httpx.AsyncClient(transport=transport, base_url="http://gateway.test")


async def guess(house, address: str, email: str, password: str = WRONG, **further: str) -> httpx.Response:
    async with at(house, address) as client:
        return await client.post("/v1/auth/sign-in", json={"email": email, "password": password, **further})


async def test_a_token_names_one_company_and_one_role(house, company):
    clerk = await company.person("FINANCE_USER")
    me = ok(await clerk.get("/v1/me"))
    assert (me["email"], me["company_id"], me["role"]) == (clerk.email, str(company.id), "FINANCE_USER")
    assert me["second_factor"] is True
    assert me["backup_codes_left"] == 10
    assert "members:write" not in me["permissions"]
    assert [place["company_id"] for place in me["memberships"]] == [str(company.id)]


async def test_unknown_wrong_and_closed_accounts_get_the_same_answer(house, company, monkeypatch):
    clerk = await company.person("AUDITOR")
    computed = []
    verify = passwords._verify
    monkeypatch.setattr(passwords, "_verify", lambda stored, shown: computed.append(1) or verify(stored, shown))
    answers = [
        await guess(house, "192.0.2.1", f"{uuid4()}@nowhere.ae"),
        await guess(house, "192.0.2.2", clerk.email),
        await guess(house, "192.0.2.3", clerk.email, PASSWORD, code="000000"),
        await guess(house, "192.0.2.4", clerk.email, PASSWORD, code="AAAAA-AAAAA"),
    ]
    async with house.owner.platform() as db:
        await db.execute(text("update users set disabled_at = now() where id = :id"), {"id": clerk.id})
    answers.append(await guess(house, "192.0.2.5", clerk.email, PASSWORD, code=clerk.code()))
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert (answers[0].status_code, bodies[0]["code"]) == (401, "bad-credentials")
    assert len(computed) == len(answers), "each costs one argon2, also where there is no account"
    assert (await clerk.get("/v1/me")).status_code == 401, "a closed account's tokens die with it"


async def test_the_right_password_alone_asks_for_the_code(house, company):
    clerk = await company.person("AUDITOR")
    answer = await guess(house, "192.0.2.6", clerk.email, PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (401, "code-required")


async def test_a_code_counts_once(house, company):
    clerk = await company.person("AUDITOR")
    code = clerk.code()
    ok(await clerk.sign_in(code=code))
    again = await clerk.sign_in(code=code)
    assert (again.status_code, again.json()["code"]) == (401, "bad-credentials")
    assert (await clerk.post("/v1/auth/step-up", {"action": "send", "code": code})).json()["code"] == "code-refused"
    house.turn(seconds=30)
    assert (await clerk.sign_in(code=code)).status_code == 401, "still in its window, still used"


async def test_an_older_code_doesnt_count_after_a_newer_one(house, company):
    clerk = await company.person("AUDITOR")
    older = clerk.code()
    newer = clerk.code()
    ok(await clerk.sign_in(code=newer))
    assert (await clerk.sign_in(code=older)).status_code == 401


@pytest.mark.parametrize("what", ["code", "backup code"])
async def test_of_many_at_once_one_code_opens_one_session(house, company, what):
    clerk = await company.person("AUDITOR")
    code = clerk.code() if what == "code" else clerk.backup_codes[0]
    answers = await asyncio.gather(
        *(guess(house, f"198.51.100.{n}", clerk.email, PASSWORD, code=code) for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_a_backup_code_counts_once_however_it_is_written(house, company):
    clerk = await company.person("AUDITOR")
    code = clerk.backup_codes[3]
    ok(await clerk.sign_in(code=code.lower().replace("-", " ")))
    assert (await clerk.sign_in(code=code)).status_code == 401
    assert ok(await clerk.get("/v1/me"))["backup_codes_left"] == 9


async def test_backup_codes_are_stored_as_hashes_and_the_secret_sealed(house, company):
    clerk = await company.person("AUDITOR")
    async with house.owner.platform() as db:
        row = (await db.execute(text("select u::text from users u where id = :id"), {"id": clerk.id})).scalar_one()
        codes = (
            await db.execute(text("select c::text from backup_codes c where user_id = :id"), {"id": clerk.id})
        ).all()
    everything = row + str(codes)
    assert len(codes) == 10
    for secret in (
        clerk.secret,
        PASSWORD,
        *clerk.backup_codes,
        *(code.replace("-", "") for code in clerk.backup_codes),
    ):
        assert secret not in everything
        assert secret.encode().hex() not in everything


# ----------------------------------------------------------------------------------------------------------- lock-out


async def test_five_failures_close_the_account_to_that_address_only(house, company):
    clerk = await company.person("AUDITOR")
    for _ in range(5):
        assert (await guess(house, "203.0.113.1", clerk.email)).status_code == 401
    locked = await guess(house, "203.0.113.1", clerk.email, PASSWORD, code=clerk.code())
    assert (locked.status_code, locked.json()["code"]) == (429, "locked-out")
    assert 1 <= int(locked.headers["retry-after"]) <= 900
    ok(await clerk.sign_in())  # the owner, elsewhere, is not concerned
    house.turn(minutes=15)
    ok(await guess(house, "203.0.113.1", clerk.email, PASSWORD, code=clerk.code()))  # and it ends


async def test_unknown_accounts_are_locked_alike(house):
    email = f"{uuid4()}@nowhere.ae"
    statuses = [(await guess(house, "203.0.113.2", email)).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2


async def test_a_hundred_guesses_at_once_are_five(house, company):
    clerk = await company.person("AUDITOR")
    answers = await asyncio.gather(*(guess(house, "203.0.113.3", clerk.email) for _ in range(25)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 20


async def test_a_known_password_doesnt_reset_the_count_of_guessed_codes(house, company):
    clerk = await company.person("AUDITOR")
    statuses = []
    for _ in range(3):
        statuses.append((await guess(house, "203.0.113.4", clerk.email, PASSWORD, code="000000")).status_code)
        statuses.append((await guess(house, "203.0.113.4", clerk.email, PASSWORD)).status_code)
    assert statuses == [401] * 5 + [429]


async def test_guessing_from_everywhere_closes_new_addresses_but_not_the_owners(house, company):
    clerk = await company.person("AUDITOR")
    ok(await guess(house, "203.0.113.5", clerk.email, PASSWORD, code=clerk.code()))
    async with house.owner.platform() as db:  # a hundred addresses would take a hundred argon2
        await db.execute(
            text("update attempts set failures = 100, since = :now where address = '*' and account = sha256(:email)"),
            {"now": house.now, "email": clerk.email.lower().encode()},
        )
    stranger = await guess(house, "203.0.113.77", clerk.email)
    assert stranger.status_code == 429
    ok(await guess(house, "203.0.113.5", clerk.email, PASSWORD, code=clerk.code()))


# ------------------------------------------------------------------------------------------------------- second factor


async def test_without_a_second_factor_only_enrolment_is_open(house, company):
    admin = await company.admin()
    email = f"{uuid4()}@company.ae"
    invited = ok(await admin.post("/v1/members/invitations", {"email": email, "role": "COMPANY_ADMIN"}), 201)
    accept = {"token": invited["token"], "name": "New", "password": PASSWORD}
    ok(await house.client.post("/v1/auth/invitations/accept", json=accept), 201)
    new = Person(house, email)
    assert ok(await new.sign_in())["second_factor"] is False
    for path in ("/v1/members", "/v1/companies/current", "/v1/api-keys"):
        answer = await new.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "enrolment-required"), path
    offered = ok(await new.post("/v1/auth/totp"), 201)
    assert offered["uri"].startswith(f"otpauth://totp/InvoLinks:{email}?")
    assert (await new.post("/v1/auth/totp/confirm", {"code": "000000"})).json()["code"] == "code-refused"
    other = Person(house, email)
    ok(await other.sign_in())
    new.secret = offered["secret"]
    ok(await new.post("/v1/auth/totp/confirm", {"code": new.code()}))
    ok(await new.get("/v1/members"))
    assert (await other.get("/v1/me")).status_code == 401, "sessions from before the second factor end"


async def test_a_stolen_session_cant_replace_the_second_factor(house, company):
    clerk = await company.person("AUDITOR")
    for path, body in (
        ("/v1/auth/totp", None),
        ("/v1/auth/backup-codes", None),
        ("/v1/auth/password", {"old_password": PASSWORD, "new_password": "another four quiet camels"}),
    ):
        answer = await clerk.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "step-up-required"), path
        assert answer.json()["facts"] == {"action": "keys"}


async def test_of_two_confirmations_of_one_offer_one_wins(house, company):
    clerk = await company.person("AUDITOR")
    await clerk.step_up("keys")
    clerk.secret = ok(await clerk.post("/v1/auth/totp"), 201)["secret"]
    body = {"code": clerk.code()}
    answers = await asyncio.gather(*(clerk.post("/v1/auth/totp/confirm", body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert [answer.status_code for answer in answers].count(200) == 1


async def test_new_backup_codes_replace_the_old(house, company):
    clerk = await company.person("AUDITOR")
    await clerk.step_up("keys")
    codes = ok(await clerk.post("/v1/auth/backup-codes"), 201)["backup_codes"]
    assert (await clerk.sign_in(code=clerk.backup_codes[0])).status_code == 401
    ok(await clerk.sign_in(code=codes[0]))


async def test_a_new_password_ends_every_other_session(house, company):
    clerk = await company.person("AUDITOR")
    elsewhere = Person(house, clerk.email, secret=clerk.secret)
    ok(await elsewhere.sign_in())
    await clerk.step_up("keys")
    wrong = {"old_password": WRONG, "new_password": "another four quiet camels"}
    assert (await clerk.post("/v1/auth/password", wrong)).status_code == 401
    weak = await clerk.post("/v1/auth/password", {"old_password": PASSWORD, "new_password": "short"})
    assert (weak.status_code, weak.json()["findings"][0]["pointer"]) == (422, "/new_password")
    right = {"old_password": PASSWORD, "new_password": "another four quiet camels"}
    ok(await clerk.post("/v1/auth/password", right), 204)
    ok(await clerk.get("/v1/me"))
    assert (await elsewhere.get("/v1/me")).status_code == 401
    assert (await clerk.sign_in()).status_code == 401
    ok(await clerk.sign_in(password="another four quiet camels"))
