"""Who belongs to a company, and the keys of its machines."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway.access.permissions import KEY_SCOPES, Permission
from ledger import canonical
from ledger.entry import Kind
from ledger.store import stream
from tests.gateway.house import PASSWORD, Person, ok


@pytest.fixture(scope="module")
async def company(house):
    return await house.company()


async def ledger(house, company, kind: Kind) -> list[dict]:
    """The facts of every entry of this kind."""
    async with house.database.company(company.id) as db:
        return [canonical.parse(entry.canonical) async for entry in stream(db, company.id) if entry.kind == kind]


async def test_an_invitation_is_taken_up_once(house, company):
    admin, email = await company.admin(), f"{uuid4()}@company.ae"
    invited = ok(await admin.post("/v1/members/invitations", {"email": email, "role": "AUDITOR"}), 201)
    accept = {"token": invited["token"], "name": "New", "password": PASSWORD, "phone": "050 123 4567"}
    answers = await asyncio.gather(*(house.client.post("/v1/auth/invitations/accept", json=accept) for _ in range(4)))
    assert [answer.status_code for answer in answers].count(201) == 1
    assert (await house.client.post("/v1/auth/invitations/accept", json=accept)).status_code == 404
    assert [member["role"] for member in ok(await admin.get("/v1/members")) if member["email"] == email] == ["AUDITOR"]


@pytest.mark.parametrize("way", ["revoked", "expired", "unknown"])
async def test_invitations_that_dont_hold(house, company, way):
    admin = await company.admin()
    wanted = {"email": f"{uuid4()}@company.ae", "role": "AUDITOR"}
    invited = ok(await admin.post("/v1/members/invitations", wanted), 201)
    token = invited["token"]
    if way == "revoked":
        place = f"/v1/members/invitations/{invited['invitation']['id']}"
        ok(await admin.delete(place), 204)
        assert (await admin.delete(place)).status_code == 404
    elif way == "expired":
        house.turn(days=7)
    else:
        token = "ili_" + "A" * 43
    accept = {"token": token, "name": "New", "password": PASSWORD}
    assert (await house.client.post("/v1/auth/invitations/accept", json=accept)).status_code == 404


async def test_an_invitation_for_an_existing_account_needs_its_password(house, company):
    other = await house.company()
    clerk, admin = await company.person("AUDITOR"), await other.admin()
    invited = ok(await admin.post("/v1/members/invitations", {"email": clerk.email, "role": "COMPANY_ADMIN"}), 201)
    thief = {"token": invited["token"], "name": "Thief", "password": "the thief's own password"}
    assert (await house.client.post("/v1/auth/invitations/accept", json=thief)).status_code == 401
    owner = {"token": invited["token"], "password": PASSWORD}
    assert ok(await house.client.post("/v1/auth/invitations/accept", json=owner), 201)["user_id"] == str(clerk.id)


async def test_nobody_of_the_platform_joins_a_company(house, company):
    platform, admin = await house.super_admin(), await company.admin()
    invited = ok(await admin.post("/v1/members/invitations", {"email": platform.email, "role": "COMPANY_ADMIN"}), 201)
    answer = await house.client.post(
        "/v1/auth/invitations/accept", json={"token": invited["token"], "password": PASSWORD}
    )
    assert answer.status_code == 409


async def test_nobody_is_made_super_admin(house, company):
    admin = await company.admin()
    clerk = await company.person("AUDITOR")
    refused = await admin.put(f"/v1/members/{clerk.id}/role", {"role": "SUPER_ADMIN"})
    assert (refused.status_code, refused.json()["findings"][0]["pointer"]) == (422, "/role")
    wanted = {"email": "x@company.ae", "role": "SUPER_ADMIN"}
    assert (await admin.post("/v1/members/invitations", wanted)).status_code == 422


async def test_a_new_role_holds_from_the_next_request_and_stands_in_the_ledger(house, company):
    admin, clerk = await company.admin(), await company.person("FINANCE_USER")
    await clerk.step_up("send")
    await admin.sign_in()
    await admin.step_up("roles")
    ok(await admin.put(f"/v1/members/{clerk.id}/role", {"role": "AUDITOR"}), 204)
    me = ok(await clerk.get("/v1/me"))
    assert (me["role"], "documents:send" in me["permissions"], me["step_ups"]) == ("AUDITOR", False, {})
    facts = [entry for entry in await ledger(house, company, Kind.ACCESS) if entry["subject"] == str(clerk.id)]
    assert [(fact["what"], fact.get("before"), fact.get("after")) for fact in facts] == [
        ("member.joined", None, "FINANCE_USER"),
        ("member.role_changed", "FINANCE_USER", "AUDITOR"),
    ]
    assert facts[1]["actor"] == f"user:{admin.id}"


async def test_a_removed_member_and_its_keys_are_out_at_once(house, company):
    admin, deputy = await company.admin(), await company.person("COMPANY_ADMIN")
    await deputy.step_up("keys")
    made = ok(await deputy.post("/v1/api-keys", {"name": "ERP", "scopes": ["documents:read"]}), 201)
    machine = Person(house, "", token=made["secret"])
    ok(await machine.get("/v1/me"))
    ok(await admin.delete(f"/v1/members/{deputy.id}"), 204)
    assert (await deputy.get("/v1/members")).status_code == 401
    assert (await machine.get("/v1/me")).status_code == 401
    assert (await admin.delete(f"/v1/members/{deputy.id}")).status_code == 404


async def test_what_a_removed_member_held_stays_dead_when_the_member_comes_back(house, company):
    admin, deputy = await company.admin(), await company.person("COMPANY_ADMIN")
    await deputy.step_up("keys")
    made = ok(await deputy.post("/v1/api-keys", {"name": "ERP", "scopes": ["documents:read"]}), 201)
    ok(await admin.delete(f"/v1/members/{deputy.id}"), 204)
    wanted = {"email": deputy.email, "role": "COMPANY_ADMIN"}
    invited = ok(await admin.post("/v1/members/invitations", wanted), 201)
    accept = {"token": invited["token"], "password": PASSWORD}
    ok(await house.client.post("/v1/auth/invitations/accept", json=accept), 201)
    assert (await Person(house, "", token=made["secret"]).get("/v1/me")).status_code == 401
    assert (await deputy.get("/v1/members")).status_code == 401


async def test_nobody_changes_the_own_role(house, company):
    admin = await company.admin()
    for answer in (
        await admin.put(f"/v1/members/{admin.id}/role", {"role": "AUDITOR"}),
        await admin.delete(f"/v1/members/{admin.id}"),
    ):
        assert answer.status_code == 409


async def test_two_administrators_cant_depose_each_other_at_once(house):
    company = await house.company()
    first, second = await company.admin(), await company.person("COMPANY_ADMIN")
    await second.step_up("roles")
    await asyncio.gather(
        first.put(f"/v1/members/{second.id}/role", {"role": "AUDITOR"}),
        second.put(f"/v1/members/{first.id}/role", {"role": "AUDITOR"}),
    )
    async with house.database.company(company.id) as db:
        rows = await db.execute(text("select role from access_members()"))
    assert [row.role for row in rows].count("COMPANY_ADMIN") == 1


async def test_members_of_another_company_are_not_here(house, company):
    other = await house.company()
    stranger, admin = await other.person("AUDITOR"), await company.admin()
    foreign = await admin.put(f"/v1/members/{stranger.id}/role", {"role": "COMPANY_ADMIN"})
    unknown = await admin.put(f"/v1/members/{uuid4()}/role", {"role": "COMPANY_ADMIN"})
    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
    assert ok(await stranger.get("/v1/me"))["role"] == "AUDITOR"


# --------------------------------------------------------------------------------------------------------------- keys


async def test_a_key_does_what_its_scopes_say(house, company):
    machine = await company.key("documents:read", "company:read")
    me = ok(await machine.get("/v1/me"))
    assert (me["kind"], me["permissions"], me["role"]) == ("api_key", ["company:read", "documents:read"], None)
    assert (me["email"], me["memberships"]) == ("", []), "a machine's key tells nothing of its maker"
    ok(await machine.get("/v1/companies/current"))
    for path in ("/v1/members", "/v1/api-keys", "/v1/companies/current/keys"):
        assert (await machine.get(path)).status_code == 403, path
    for path in ("/v1/auth/sign-out", "/v1/auth/totp", "/v1/auth/backup-codes"):
        assert (await machine.post(path)).status_code == 403, path
    step_up = await machine.post("/v1/auth/step-up", {"action": "approve", "code": "123456"})
    assert step_up.status_code == 403


@pytest.mark.parametrize("scope", sorted(set(Permission) - KEY_SCOPES))
async def test_scopes_no_key_gets(house, company, scope):
    admin = await company.admin()
    answer = await admin.post("/v1/api-keys", {"name": "ERP", "scopes": ["documents:read", scope]})
    assert (answer.status_code, answer.json()["findings"][0]["pointer"]) == (422, "/scopes")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["everything"]}, "/scopes/0"),
        ({"name": " "}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"expires_in_days": 0}, "/expires_in_days"),
        ({"expires_in_days": 367}, "/expires_in_days"),
        ({"expires_in_days": 10**30}, "/expires_in_days"),
        ({"expires_in_days": -1}, "/expires_in_days"),
    ],
)
async def test_keys_that_cant_be(house, company, change, pointer):
    admin = await company.admin()
    answer = await admin.post("/v1/api-keys", {"name": "ERP", "scopes": ["documents:read"], **change})
    assert (answer.status_code, answer.json()["findings"][0]["pointer"]) == (422, pointer), answer.text


async def test_a_key_ends_by_time_by_hand_and_with_its_makers_rights(house, company):
    first, second, third = [await company.key("documents:read") for _ in range(3)]
    admin = await company.admin()
    ok(await admin.delete(f"/v1/api-keys/{second.id}"), 204)
    assert (await admin.delete(f"/v1/api-keys/{second.id}")).status_code == 404
    assert (await second.get("/v1/me")).status_code == 401
    other = await house.company()
    stranger = await other.admin()
    assert (await stranger.delete(f"/v1/api-keys/{third.id}")).status_code == 404
    ok(await third.get("/v1/me"))
    house.turn(days=89)
    ok(await first.get("/v1/me"))
    house.turn(days=1)
    assert (await first.get("/v1/me")).status_code == 401


async def test_a_keys_last_use_is_seen_and_its_secret_isnt(house, company):
    machine = await company.key("documents:read")
    admin = await company.admin()
    before = next(key for key in ok(await admin.get("/v1/api-keys")) if key["id"] == str(machine.id))
    assert before["last_used_at"] is None
    ok(await machine.get("/v1/me"))
    answer = await admin.get("/v1/api-keys")
    after = next(key for key in answer.json() if key["id"] == str(machine.id))
    assert after["last_used_at"] is not None
    assert after["prefix"] == machine.token[:12]
    assert machine.token not in answer.text
    async with house.owner.platform() as db:
        stored = (await db.execute(text("select k::text from api_keys k"))).all()
    assert machine.token not in str(stored)


async def test_a_made_secret_isnt_kept_for_a_repeated_request(house, company):
    admin = await company.admin()
    wanted = {"name": "ERP", "scopes": ["documents:read"]}
    key = str(uuid4())
    first = ok(await admin.post("/v1/api-keys", wanted, Idempotency_Key=key), 201)
    again = ok(await admin.post("/v1/api-keys", wanted, Idempotency_Key=key), 201)
    assert first["secret"] != again["secret"]


async def test_making_and_revoking_stand_in_the_ledger(house, company):
    machine, admin = await company.key("documents:read", "series:read"), await company.admin()
    ok(await admin.delete(f"/v1/api-keys/{machine.id}"), 204)
    facts = [fact for fact in await ledger(house, company, Kind.ACCESS) if fact["subject"] == str(machine.id)]
    assert [fact["what"] for fact in facts] == ["api_key.created", "api_key.revoked"]
    assert facts[0]["after"] == "documents:read series:read"
    assert machine.token not in str(facts)
