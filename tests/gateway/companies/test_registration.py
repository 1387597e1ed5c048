"""A company applies, is approved or not, is suspended and reinstated; and what the platform's people see of it."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from gateway.companies import queries
from gateway.companies.profile import party
from gateway.companies.states import DECISIONS, CompanyState, Decision
from ledger import canonical
from ledger.entry import Kind
from ledger.store import current_signer, head, stream
from tests.gateway.house import ok


async def entries(house, company_id) -> list:
    async with house.database.company(company_id) as db:
        return [entry async for entry in stream(db, company_id)]


async def test_an_approved_company_has_a_ledger_a_key_and_an_invited_administrator(house):
    company = await house.company()
    admin = await company.admin()
    shown = ok(await admin.get("/v1/companies/current"))
    assert shown["participant"] == f"iso6523-actorid-upis::0235:{company.trn[:10]}"
    assert shown["policies"] == {"four_eyes": True, "approve_sends": False}
    assert [member["role"] for member in ok(await admin.get("/v1/members"))] == ["COMPANY_ADMIN"]
    keys = {key["purpose"]: key for key in ok(await admin.get("/v1/companies/current/keys"))}
    assert all(key["current"] and key["version"] == 1 for key in keys.values())
    async with house.database.company(company.id) as db:
        signer = await current_signer(db, company.id, house.wiring.keys)
        assert (await head(db, company.id)).key_id == signer.key_id
    assert signer.key_id.hex() == keys["document"]["key_id"]
    kinds = [Kind(entry.kind) for entry in await entries(house, company.id)]
    first_keys = [Kind.KEY_ADDED] * 3
    assert kinds[:5] == [*first_keys, Kind.ACCESS, Kind.ACCESS], "first keys, invitation, joining"


async def test_nobody_is_told_whether_a_company_is_here_already(house):
    sent, first = await house.apply()
    again = ok(await house.client.post("/v1/companies", json=sent), 202)
    assert first.keys() == again.keys()
    assert first["id"] != again["id"]


async def test_a_line_made_to_be_slow_is_refused_before_it_is_normalised(house):
    """Anybody may apply; putting millions of accents into order would hold the process for hours."""
    sent, _ = await house.apply()
    sent["profile"]["legal_name"] = "a" + "\u0315\u0300" * 1_000_000
    refused = await house.client.post("/v1/companies", json=sent)
    assert (refused.status_code, refused.json()["findings"][0]["pointer"]) == (422, "/profile/legal_name")


async def test_a_tin_belongs_to_one_live_company(house):
    sent, first = await house.apply()
    second = ok(await house.client.post("/v1/companies", json=sent), 202)
    platform = await house.super_admin()
    ok(await platform.post(f"/v1/companies/{first['id']}/approve"))
    refused = await platform.post(f"/v1/companies/{second['id']}/approve")
    assert (refused.status_code, "TIN" in refused.json()["detail"]) == (409, True)
    left = ok(await platform.get(f"/v1/companies/{second['id']}"))
    assert left["state"] == "PENDING", "nothing half-done"
    async with house.database.platform() as db:
        assert str(await queries.by_tin(db, sent["profile"]["trn"][:10])) == first["id"]


async def test_of_two_approvals_at_once_one_opens_the_ledger(house):
    _, applied = await house.apply()
    platform = await house.super_admin()
    answers = await asyncio.gather(*(platform.post(f"/v1/companies/{applied['id']}/approve") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


@pytest.mark.parametrize("present", CompanyState)
@pytest.mark.parametrize("decision", Decision)
async def test_every_decision_in_every_state(house, present, decision):
    """Walks the table over HTTP."""
    _, applied = await house.apply()
    place = f"/v1/companies/{applied['id']}"
    platform = await house.super_admin()
    way = {
        CompanyState.PENDING: [],
        CompanyState.ACTIVE: [Decision.APPROVE],
        CompanyState.SUSPENDED: [Decision.APPROVE, Decision.SUSPEND],
        CompanyState.REJECTED: [Decision.REJECT],
    }

    async def decide(step: Decision):
        body = None if step is Decision.APPROVE else {"reason": "As the case may be."}
        return await platform.post(f"{place}/{step}", body)

    for step in way[present]:
        ok(await decide(step))
    before, to = DECISIONS[decision]
    answer = await decide(decision)
    assert answer.status_code == (200 if before is present else 409), answer.text
    assert ok(await platform.get(place))["state"] == (to if before is present else present)


async def test_a_suspended_company_reads_and_changes_nothing(house):
    company = await house.company()
    admin, machine = await company.admin(), await company.key("documents:read", "documents:draft")
    platform = await house.super_admin()
    ok(await platform.post(f"/v1/companies/{company.id}/suspend", {"reason": "Deregistered."}))
    ok(await admin.get("/v1/companies/current"))
    ok(await admin.get("/v1/members"))
    refused = await admin.post("/v1/members/invitations", {"email": "x@company.ae", "role": "AUDITOR"})
    assert refused.status_code == 403
    assert ok(await machine.get("/v1/me"))["permissions"] == ["documents:read"]
    ok(await platform.post(f"/v1/companies/{company.id}/reinstate", {"reason": "Registered again."}))
    ok(await admin.post("/v1/members/invitations", {"email": "x@company.ae", "role": "AUDITOR"}), 201)
    last = [canonical.parse(entry.canonical) for entry in await entries(house, company.id)]
    assert [fact["what"] for fact in last if fact.get("subject") == str(company.id)] == [
        "company.suspended",
        "company.active",
    ]


async def test_a_lost_first_invitation_is_replaced_until_somebody_joined(house):
    company = await house.company()
    platform = await house.super_admin()
    ok(await platform.post(f"/v1/companies/{company.id}/invitation"), 201)
    await company.admin()
    platform = await house.super_admin()
    assert (await platform.post(f"/v1/companies/{company.id}/invitation")).status_code == 409


async def test_only_the_platform_decides_and_only_with_a_fresh_code(house):
    company = await house.company()
    _, applied = await house.apply()
    admin = await company.admin()
    for path in (f"/v1/companies/{applied['id']}/approve", f"/v1/companies/{company.id}/approve"):
        assert (await admin.post(path)).status_code == 403
    assert (await admin.get("/v1/companies")).status_code == 403
    platform = await house.super_admin()
    house.turn(minutes=5)
    stale = await platform.post(f"/v1/companies/{applied['id']}/approve")
    assert stale.json()["code"] == "step-up-required"
    assert (await house.client.get("/v1/companies")).status_code == 401
    assert (await (await house.super_admin()).post(f"/v1/companies/{uuid4()}/approve")).status_code == 404


async def test_the_registry_is_read_page_by_page(house):
    for _ in range(3):
        await house.apply()
    platform = await house.super_admin()
    first = ok(await platform.get("/v1/companies?state=PENDING&limit=2"))
    rest = ok(await platform.get(f"/v1/companies?state=PENDING&after={first[-1]['id']}"))
    ids = [company["id"] for company in [*first, *rest]]
    assert len(first) == 2
    assert ids == sorted(set(ids))
    assert all(company["state"] == "PENDING" for company in [*first, *rest])
    assert (await platform.get("/v1/companies?limit=0")).status_code == 422
    assert (await platform.get("/v1/companies?state=GONE")).status_code == 422


# ------------------------------------------------------------------------------------------- the platform's people


async def test_each_reading_by_the_platform_is_in_the_companys_ledger_before_it_is_answered(house):
    company = await house.company()
    admin = await company.admin()
    platform = await house.super_admin()
    entered = ok(await platform.post("/v1/auth/company", {"company_id": str(company.id)}))
    outside, platform.token = platform.token, entered["token"]
    try:
        ok(await platform.get("/v1/companies/current/platform-events?limit=7"))
        ok(await platform.get("/v1/companies/current"))
        for path, body in (
            ("/v1/members/invitations", {"email": "x@company.ae", "role": "AUDITOR"}),
            ("/v1/api-keys", {"name": "ERP", "scopes": ["documents:read"]}),
            ("/v1/companies/current/keys", None),
        ):
            assert (await platform.post(path, body)).status_code == 403, "reads only"
    finally:
        platform.token = outside
    reads = [entry for entry in await entries(house, company.id) if entry.kind == Kind.TENANT_READ]
    assert [canonical.parse(entry.canonical) for entry in reads] == [
        {"actor": f"user:{platform.id}", "method": "GET", "path": path}
        for path in ("/v1/companies/current/platform-events", "/v1/companies/current")
    ]
    seen = ok(await admin.get("/v1/companies/current/platform-events"))
    assert [told["kind"] for told in seen][:2] == ["tenant.read", "tenant.read"]
    other = await house.company()
    stranger = ok(await (await other.admin()).get("/v1/companies/current/platform-events"))
    assert all(told["company_id"] == str(other.id) for told in stranger)


# --------------------------------------------------------------------------------------------- the company's own


async def test_policies_are_chosen_with_a_fresh_code_and_kept_in_the_ledger(house):
    company = await house.company()
    admin = await company.admin()
    chosen = {"four_eyes": False, "approve_sends": True}
    house.turn(minutes=5)
    assert (await admin.put("/v1/companies/current/policies", chosen)).json()["code"] == "step-up-required"
    admin = await company.admin()
    ok(await admin.put("/v1/companies/current/policies", chosen))
    assert ok(await admin.get("/v1/companies/current"))["policies"] == chosen
    fact = canonical.parse((await entries(house, company.id))[-1].canonical)
    assert (fact["what"], fact["before"], fact["after"]) == (
        "policy.changed",
        '{"approve_sends":false,"four_eyes":true}',
        '{"approve_sends":true,"four_eyes":false}',
    )


async def test_the_profile_changes_but_not_its_tax_numbers(house):
    company = await house.company()
    admin = await company.admin()
    profile = ok(await admin.get("/v1/companies/current"))["profile"]
    changed = {**profile, "trade_name": "  Trading   & Sons ", "phone": "04 765 4321"}
    answered = ok(await admin.put("/v1/companies/current/profile", changed))
    assert (answered["trade_name"], answered["phone"]) == ("Trading & Sons", "+97147654321")
    assert ok(await admin.get("/v1/companies/current"))["profile"] == answered
    for other in ({"trn": "199999999900003", "tin": ""}, {"tin": "1999999999"}, {"trn": None}):
        assert (await admin.put("/v1/companies/current/profile", {**profile, **other})).status_code == 409


async def test_the_profile_is_the_seller_of_an_invoice(house):
    company = await house.company()
    async with house.database.company(company.id) as db:
        seller = party(await queries.profile(db))
    assert (seller.endpoint.id, seller.endpoint.scheme, seller.trn) == (company.trn[:10], "0235", company.trn)
    assert (seller.legal_id.type, seller.address.subdivision, seller.address.country) == ("TL", "AUH", "AE")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"trn": "123456789012345"}, "/profile/trn"),
        ({"trn": "100234567890003\n"}, "/profile/trn"),
        ({"trn": None}, "/profile/tin"),
        ({"trn": None, "tin": "2000000000"}, "/profile/tin"),
        ({"tin": "12345"}, "/profile/tin"),
        ({"phone": "+44 20 7946 0000"}, "/profile/phone"),
        ({"email": "nobody"}, "/profile/email"),
        ({"legal_name": ""}, "/profile/legal_name"),
        ({"legal_name": "x" * 201}, "/profile/legal_name"),
        ({"legal_name": "Al\u202eNoor"}, "/profile/legal_name"),
        ({"trade_name": "a\x07b"}, "/profile/trade_name"),
        ({"address": {"street": "x", "city": "y", "emirate": "LON"}}, "/profile/address/emirate"),
        ({"registration": {"kind": "TL", "number": "1"}}, "/profile/registration/authority"),
        ({"registration": {"kind": "PAS", "number": "1", "authority": "UAE"}}, "/profile/registration/authority"),
        ({"registration": {"kind": "ZZ", "number": "1"}}, "/profile/registration/kind"),
        ({"unknown": 1}, "/profile"),
    ],
)
async def test_applications_that_cant_be_taken(house, change, pointer):
    sent, _ = await house.apply()
    answer = await house.client.post("/v1/companies", json={**sent, "profile": {**sent["profile"], **change}})
    assert answer.status_code == 422, answer.text
    assert answer.json()["findings"][0]["pointer"] == pointer


async def test_a_company_without_vat_is_known_by_its_tin(house):
    company = await house.company(trn=None, tin="1-987-654-321")
    admin = await company.admin()
    shown = ok(await admin.get("/v1/companies/current"))
    assert shown["participant"].endswith("0235:1987654321")
    assert "trn" not in shown["profile"]
    async with house.database.company(company.id) as db:
        seller = party(await queries.profile(db))
    assert (seller.trn, seller.tin.id) == (None, "1987654321")
