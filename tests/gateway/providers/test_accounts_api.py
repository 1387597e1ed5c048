"""Accounts over the API: what is taken, what is refused and why, and that no secret ever comes back."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text

from gateway.accounts.models import Changes, NewAccount
from gateway.db import new_id
from gateway.events import timeline
from gateway.providers import queries, secrets
from gateway.settings import Settings
from ledger import store
from ledger.entry import Kind
from tests.gateway.house import Company, House, Person, ok
from tests.gateway.providers.conftest import WRONG, peppyrus
from tests.peppol.stubs.peppyrus import PeppyrusStub
from tests.peppol.stubs.server import SECRET

URL = "/v1/providers"
HOOKS = ["the-first-hook-secret", "the-second-hook-secret", "the-third-hook-secret"]


async def kept(house: House, company: Company, account_id: str) -> secrets.Secrets:
    """What lies sealed in the row."""
    async with house.database.company(company.id) as db:
        account = await queries.one(db, company.id, UUID(account_id))
        assert account is not None
        return secrets.unseal(house.wiring.key_ring, company.id, account.id, account.sealed)


async def under_way(house: House, owner: Any, company: Company, account_id: str, *, uncertain: bool) -> None:
    """A transmission through the account, behind the outbox's back."""
    async with owner.platform() as db:
        await db.execute(text("set session_replication_role = replica"))
        await db.execute(
            text(
                "insert into transmissions (company_id, id, document_id, provider, begun_at, attempts, attempted_at,"
                " uncertain, account_id, ordered_at, lifetime)"
                " values (:company, :id, :document, 'peppyrus', :now, 1, :now, :uncertain, :account, :now, 1)"
            ),
            {
                "company": company.id, "id": new_id(), "document": new_id(), "now": house.now, "uncertain": uncertain,
                "account": UUID(account_id),
            },
        )  # fmt: skip


async def test_an_account_from_its_beginning_to_its_end(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    body = peppyrus(stub, webhook_secrets=HOOKS[:1], position=7)
    made = ok(await admin.post(URL, body), 201)
    assert (made["credentials"], made["webhook_secrets"], made["version"], made["health"]) == (["token"], 1, 1, None)
    assert made["abilities"]["callbacks"] is True
    shown = ok(await admin.get(f"{URL}/{made['id']}"))
    assert shown == made
    listed = ok(await admin.get(URL))
    assert listed["accounts"] == [made]
    assert listed["installation"]["adapter"] == "sandbox"

    changed = ok(await admin.patch(f"{URL}/{made['id']}", {"label": "Second line", "enabled": False, "position": 9}))
    assert (changed["label"], changed["enabled"], changed["position"]) == ("Second line", False, 9)
    assert changed["credentials"] == ["token"], "what is left out stays"
    assert (await kept(house, company, made["id"])).credentials == {"token": SECRET}

    ok(await admin.delete(f"{URL}/{made['id']}"), 204)
    assert (await admin.get(f"{URL}/{made['id']}")).status_code == 404
    assert (await admin.delete(f"{URL}/{made['id']}")).status_code == 404
    assert ok(await admin.get(URL))["accounts"] == []
    ok(await admin.post(URL, peppyrus(stub, "Second line")), 201)  # the label is free again


async def test_secrets_never_come_back(
    house: House,
    company: Company,
    admin: Person,
    stub: PeppyrusStub,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    module_admin: Any,
) -> None:
    """Not in an answer, a problem, the ledger, an event, a log line, a row, or the `repr` of what carries them."""
    caplog.set_level(logging.DEBUG)
    body = peppyrus(stub, webhook_secrets=HOOKS[:2])
    made = await admin.post(URL, body)
    account_id = ok(made, 201)["id"]
    answers = [
        made,
        await admin.post(URL, body),  # the label stands twice
        await admin.post(URL, peppyrus(stub, "Other", options={SECRET: "x"}, credentials={"token": SECRET + "\n"})),
        await admin.post(URL, peppyrus(stub, "Other", credentials={"token": [SECRET]})),
        await admin.patch(f"{URL}/{account_id}", {"credentials": {"token": WRONG}, "webhook_secret": HOOKS[2]}),
        await admin.get(f"{URL}/{account_id}"),
        await admin.get(URL),
        await admin.post(f"{URL}/{account_id}/check"),
        await admin.patch(f"{URL}/{account_id}", {"webhook_secrets": HOOKS[:2], "webhook_secret": HOOKS[2]}),
    ]
    assert [answer.status_code for answer in answers] == [201, 409, 422, 422, 200, 200, 200, 200, 422]
    said = "".join(answer.text for answer in answers if answer.request.content != b"")
    said += caplog.text + "".join(capsys.readouterr())
    async with house.database.company(company.id) as db:
        entries = await store.batch(db, company.id, 0, entries=1000)
        said += repr(list(entries))
        said += "".join(bytes(entry.canonical or b"").decode() for entry in entries)
        said += repr(await timeline(db, company.id, UUID(account_id)))
        said += repr(await queries.every(db, company.id))
    async with module_admin.platform() as db:
        for table in ("provider_accounts", "provider_lines", "events", "jobs", "idempotency_keys"):
            said += repr((await db.execute(text(f"select t::text from {table} t"))).all())
    said += repr(msgspec.convert(body, NewAccount)) + repr(Changes(credentials={"token": SECRET}))
    said += repr(await kept(house, company, account_id))
    # The stub's server echoes nothing; a name that was a secret is the sender's own doing, and in that one answer only.
    said = said.replace(answers[2].text, "")
    assert [secret for secret in (SECRET, WRONG, *HOOKS) if secret in said] == []
    changes = [
        entry for entry in entries if entry.kind == Kind.ACCESS and b"provider." in bytes(entry.canonical or b"")
    ]
    assert len(changes) == 2
    assert b"given_anew" in bytes(changes[-1].canonical or b"")


@pytest.mark.parametrize(
    ("changes", "pointer", "says"),
    [
        ({"adapter": "pigeon"}, "/adapter", "basware, peppyrus"),
        ({"label": " "}, "/label", "name"),
        ({"label": "a\u202eb"}, "/label", "name"),
        ({"credentials": {}}, "/credentials/token", "lacks the credential 'token'"),
        ({"credentials": {"tokn": "x"}}, "/credentials/tokn", "Was 'token' meant?"),
        ({"credentials": {"token": "a b\n"}}, "/credentials/token", "ASCII"),
        ({"credentials": {"token": "gehéim"}}, "/credentials/token", "ASCII"),
        ({"options": {"legal_entity": "1"}}, "/options/legal_entity", "reads nothing"),
        ({"adapter": "storecove"}, "/options/legal_entity", "lacks the option"),
        ({"adapter": "storecove", "options": {"legal_entity": "1\u202e"}}, "/options/legal_entity", "printed"),
        ({"adapter": "basware", "credentials": {"client_id": "a", "client_secret": "b"}}, "/options/token_url", "la"),
        ({"base_url": "ftp://provider.example"}, "/base_url", "http:// and https://"),
        ({"base_url": "https://user:pw@provider.example"}, "/base_url", "and no more"),
        ({"base_url": "https://provider.example/?key=1"}, "/base_url", "and no more"),
        ({"base_url": "https://provider.example:99999"}, "/base_url", "and no more"),
        ({"base_url": "provider.example"}, "/base_url", "http"),
    ],
)  # fmt: skip
async def test_a_mistake_is_told_with_its_place(
    house: House, stub: PeppyrusStub, changes: dict[str, Any], pointer: str, says: str
) -> None:
    admin = await (await shared(house)).admin()
    refused = await admin.post(URL, peppyrus(stub, "Wrong") | changes)
    assert refused.status_code == 422, refused.text
    (finding,) = refused.json()["findings"]
    assert finding["pointer"] == pointer
    assert says in finding["message"]


_SHARED: dict[int, Company] = {}


async def shared(house: House) -> Company:
    """One company for the table above."""
    if id(house) not in _SHARED:
        _SHARED[id(house)] = await house.company()
    return _SHARED[id(house)]


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_secrets": HOOKS},
        {"webhook_secrets": ["short"]},
        {"position": 0},
        {"credentials": {"Token": "x"}},
        {"secret": "x"},
        {"credentials": {"token": ""}},
    ],
)
async def test_what_has_the_wrong_form_is_refused(house: House, stub: PeppyrusStub, changes: dict[str, Any]) -> None:
    admin = await (await shared(house)).admin()
    assert (await admin.post(URL, peppyrus(stub, "Wrong") | changes)).status_code == 422


async def test_live_mode_takes_public_addresses_and_no_sandbox(
    house: House, admin: Person, stub: PeppyrusStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = house.wiring
    live = msgspec.structs.replace(before.settings, mode="live")
    house.app.state.wiring = msgspec.structs.replace(before, settings=live)
    try:
        for changes, pointer in (
            ({}, "/base_url"),
            ({"base_url": "https://127.0.0.1"}, "/base_url"),
            ({"base_url": "https://[::ffff:10.0.0.1]/v1"}, "/base_url"),
            ({"adapter": "sandbox", "base_url": "https://sandbox.ae"}, "/adapter"),
        ):
            refused = await admin.post(URL, peppyrus(stub, "Live") | changes)
            assert refused.json()["findings"][0]["pointer"] == pointer, refused.text
        made = ok(await admin.post(URL, peppyrus(stub, "Live", base_url="https://api.provider.ae")), 201)
        refused = await admin.patch(f"{URL}/{made['id']}", {"base_url": "https://169.254.169.254"})
        assert refused.status_code == 422
    finally:
        house.app.state.wiring = before


async def test_credentials_arent_sent_to_another_address(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    """Whoever may change an account mustn't learn its secrets by sending them to a server of his own."""
    made = ok(await admin.post(URL, peppyrus(stub)), 201)
    refused = await admin.patch(f"{URL}/{made['id']}", {"base_url": "http://127.0.0.1:9"})
    assert refused.json()["findings"][0]["pointer"] == "/credentials/token"
    moved = ok(
        await admin.patch(f"{URL}/{made['id']}", {"base_url": "http://127.0.0.1:9", "credentials": {"token": WRONG}})
    )
    assert moved["base_url"] == "http://127.0.0.1:9"
    assert (await kept(house, company, made["id"])).credentials == {"token": WRONG}

    tokens = {"tenant_id": "1", "token_url": "http://127.0.0.1:9/token"}
    oauth = {"client_id": "gateway", "client_secret": SECRET}
    body = peppyrus(stub, "OAuth", adapter="tradeshift", options=tokens, credentials=oauth)
    made = ok(await admin.post(URL, body), 201)
    refused = await admin.patch(f"{URL}/{made['id']}", {"options": {"token_url": "http://127.0.0.1:10/token"}})
    assert refused.status_code == 422
    ok(await admin.patch(f"{URL}/{made['id']}", {"options": {"profile_invoice": "x"}}))
    assert (await kept(house, company, made["id"])).credentials == oauth


async def test_webhook_secrets_are_replaced_without_a_gap(
    house: House, company: Company, admin: Person, stub: PeppyrusStub
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub, webhook_secrets=HOOKS[:1])), 201)
    for given, expected in (
        ({"webhook_secret": HOOKS[1]}, [HOOKS[1], HOOKS[0]]),
        ({"webhook_secret": HOOKS[1]}, [HOOKS[1], HOOKS[0]]),
        ({"webhook_secret": HOOKS[2]}, [HOOKS[2], HOOKS[1]]),
        ({"label": "Other"}, [HOOKS[2], HOOKS[1]]),
        ({"webhook_secrets": [HOOKS[2]]}, [HOOKS[2]]),
        ({"webhook_secrets": []}, []),
    ):
        changed = ok(await admin.patch(f"{URL}/{made['id']}", given))
        assert list((await kept(house, company, made["id"])).webhook) == expected
        assert changed["webhook_secrets"] == len(expected)


async def test_an_account_stays_while_nobody_knows_what_became_of_a_document(
    house: House, company: Company, admin: Person, stub: PeppyrusStub, module_admin: Any
) -> None:
    made = ok(await admin.post(URL, peppyrus(stub)), 201)
    await under_way(house, module_admin, company, made["id"], uncertain=False)
    ok(await admin.patch(f"{URL}/{made['id']}", {"base_url": stub.url + "/v0", "credentials": {"token": SECRET}}))
    await under_way(house, module_admin, company, made["id"], uncertain=True)
    for refused in (
        await admin.delete(f"{URL}/{made['id']}"),
        await admin.patch(f"{URL}/{made['id']}", {"base_url": stub.url, "credentials": {"token": SECRET}}),
        await admin.patch(f"{URL}/{made['id']}", {"adapter": "phoss_ap", "credentials": {"token": SECRET}}),
    ):
        assert refused.status_code == 409
        assert refused.json()["facts"] == {"unknown": 1}
        assert "Switch it off" in refused.json()["detail"]
    ok(await admin.patch(f"{URL}/{made['id']}", {"enabled": False, "credentials": {"token": WRONG}}))


async def test_a_tenant_stays_while_nobody_knows_what_became_of_a_document(
    house: House, company: Company, admin: Person, stub: PeppyrusStub, module_admin: Any
) -> None:
    """Asked as another tenant, the provider wouldn't find it, and it would be sent a second time."""
    tradeshift = {"adapter": "tradeshift", "options": {"tenant_id": "one"}}
    made = ok(await admin.post(URL, peppyrus(stub, "Tenant") | tradeshift), 201)
    await under_way(house, module_admin, company, made["id"], uncertain=True)
    refused = await admin.patch(f"{URL}/{made['id']}", {"options": {"tenant_id": "two"}})
    assert (refused.status_code, refused.json().get("facts")) == (409, {"unknown": 1})
    ok(await admin.patch(f"{URL}/{made['id']}", {"options": {"profile_invoice": "another"}}))


async def test_routes_name_accounts_of_the_company(house: House, admin: Person, stub: PeppyrusStub) -> None:
    first, second = [ok(await admin.post(URL, peppyrus(stub, label)), 201)["id"] for label in ("One", "Two")]
    assert ok(await admin.get(f"{URL}/routes")) == {"rules": []}
    rules = [
        {"match": {"kind": "credit_note", "receiver_scheme": "0235"}, "accounts": [second, None], "only": True},
        {"accounts": [first]},
    ]
    ok(await admin.put(f"{URL}/routes", {"rules": rules}))
    assert ok(await admin.get(f"{URL}/routes"))["rules"] == [rules[0], {"accounts": [first]}]
    refused = await admin.delete(f"{URL}/{second}")
    assert (refused.status_code, refused.json()["detail"][:6]) == (409, "Rule 1")

    stranger = await (await house.company()).admin()
    theirs = ok(await stranger.post(URL, peppyrus(stub)), 201)["id"]
    for wrong, pointer in (
        ([{"accounts": [theirs]}], "/rules/0/accounts/0"),
        ([rules[1], {"accounts": [first, str(uuid4())]}], "/rules/1/accounts/1"),
        ([{"accounts": [first, first]}], "/rules/0/accounts"),
    ):
        refused = await admin.put(f"{URL}/routes", {"rules": wrong})
        assert refused.json()["findings"][0]["pointer"] == pointer
    for malformed in (
        [{"accounts": []}],
        [{"accounts": [first], "macth": {}}],
        [{"accounts": [first], "match": {"kind": "x"}}],
    ):
        assert (await admin.put(f"{URL}/routes", {"rules": malformed})).status_code == 422
    ok(await admin.put(f"{URL}/routes", {"rules": []}))
    ok(await admin.delete(f"{URL}/{second}"), 204)


async def test_another_companys_account_isnt_there(house: House, admin: Person, stub: PeppyrusStub) -> None:
    theirs = ok(await admin.post(URL, peppyrus(stub)), 201)["id"]
    other = await house.company()
    stranger = await other.admin()
    for refused in (
        await stranger.get(f"{URL}/{theirs}"),
        await stranger.patch(f"{URL}/{theirs}", {"label": "Mine now"}),
        await stranger.delete(f"{URL}/{theirs}"),
        await stranger.post(f"{URL}/{theirs}/check"),
    ):
        assert refused.status_code == 404
    assert ok(await stranger.get(URL))["accounts"] == []
    async with house.database.company(other.id) as db:
        assert (await db.execute(text("select count(*) from provider_accounts"))).scalar_one() == 0
        assert await house.wiring.lines.accounts(db, other.id) == ()


async def test_who_changes_an_account_shows_a_fresh_code(house: House, company: Company, stub: PeppyrusStub) -> None:
    for role, status in (("FINANCE_USER", 403), ("AUDITOR", 403)):
        person = await company.person(role)
        assert (await person.post(URL, peppyrus(stub))).status_code == status
        ok(await person.get(URL))
    admin = await company.admin()
    house.turn(minutes=10)
    refused = await admin.post(URL, peppyrus(stub))
    assert refused.json()["code"] == "step-up-required"


async def test_there_is_an_end_to_how_many(house: House, admin: Person, stub: PeppyrusStub, monkeypatch: Any) -> None:
    monkeypatch.setattr("gateway.accounts.flow._MOST", 1)
    ok(await admin.post(URL, peppyrus(stub, "One")), 201)
    assert (await admin.post(URL, peppyrus(stub, "Two"))).status_code == 409


async def test_nor_do_several_at_once_pass_it(
    house: House, admin: Person, stub: PeppyrusStub, monkeypatch: Any
) -> None:
    monkeypatch.setattr("gateway.accounts.flow._MOST", 1)
    answers = await asyncio.gather(*(admin.post(URL, peppyrus(stub, f"Account {number}")) for number in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


def test_the_settings_are_of_test_mode() -> None:
    """The tests above lean on it: private addresses are allowed."""
    assert Settings().mode == "test"
