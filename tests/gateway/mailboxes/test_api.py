"""Mailboxes over HTTP: who may, what is refused, and that a password never comes out again."""

from __future__ import annotations

import socket
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from certs import Kek, KeyRing
from gateway.db import Database
from gateway.mailboxes import client, flow, password
from gateway.mailboxes.client import Place
from gateway.mailboxes.errors import NotAllowed, Unreachable, Unwilling
from gateway.mailboxes.session import Session
from ledger import store
from tests.gateway.house import Company, House, Person, ok
from tests.gateway.mailboxes.dovecot import PASSWORD, Dovecot
from tests.gateway.mailboxes.post import with_pdf

NEW = {"label": "Bills", "host": "imap.company.ae", "username": "bills@company.ae", "password": "an-old-password"}


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    return await house.company()


@pytest.fixture
async def admin(company: Company) -> Person:
    return await company.admin()


def at(server: Dovecot, user: str, **further: Any) -> dict[str, Any]:
    """A mailbox there."""
    place = {"host": "127.0.0.1", "port": server.port, "security": "none", "password": PASSWORD}
    return {"label": user, "username": user, **place, **further}


async def test_the_life_of_a_mailbox(admin: Person, company: Company, house: House, module_admin: Database) -> None:
    made = ok(await admin.post("/v1/mailboxes", NEW), 201)
    assert made["port"] == 993
    assert made["security"] == "tls"
    assert made["standing"]["looked_at"] is None
    assert ok(await admin.get(f"/v1/mailboxes/{made['id']}")) == made
    assert made in ok(await admin.get("/v1/mailboxes"))
    changed = ok(await admin.patch(f"/v1/mailboxes/{made['id']}", {"label": "Suppliers' bills", "replies": "known"}))
    assert (changed["label"], changed["replies"], changed["version"]) == ("Suppliers' bills", "known", 2)

    moved = await admin.patch(f"/v1/mailboxes/{made['id']}", {"host": "imap.elsewhere.ae"})
    assert moved.status_code == 422
    assert moved.json()["findings"][0]["pointer"] == "/password"
    given = {"host": "imap.elsewhere.ae", "password": "a-new-password"}
    assert ok(await admin.patch(f"/v1/mailboxes/{made['id']}", given))["host"] == "imap.elsewhere.ae"

    async with house.database.company(company.id) as db:
        ledger = b" ".join([entry.canonical async for entry in store.stream(db, company.id)])
        told = " ".join((await db.execute(text("select facts::text from events"))).scalars())
        rows = str((await db.execute(text("select * from mailboxes"))).all())
    for secret in ("an-old-password", "a-new-password"):
        assert secret not in told
        assert secret not in rows
        assert secret.encode() not in ledger
    ok(await admin.delete(f"/v1/mailboxes/{made['id']}"), 204)
    assert (await admin.get(f"/v1/mailboxes/{made['id']}")).status_code == 404
    async with house.database.company(company.id) as db:
        sealed = await db.scalar(text("select sealed from mailboxes where id = :id"), {"id": made["id"]})
    assert sealed is None, "its password is destroyed"


REFUSED = [
    ({"security": "none"}, "/security"),
    ({"host": "https://imap.company.ae"}, "/host"),
    ({"host": "imap.company.ae:993"}, "/host"),
    ({"host": "user@imap.company.ae"}, "/host"),
    ({"username": "bills\r\nA1 LOGOUT"}, "/username"),
    ({"password": "two\nlines"}, "/password"),
    ({"folder": "IN\tBOX"}, "/folder"),
    ({"failed_folder": "Processed"}, "/processed_folder"),
    ({"folder": "Processed"}, "/processed_folder"),
    ({"processed_folder": "inbox"}, "/processed_folder"),
    ({"label": " "}, "/label"),
]


@pytest.mark.parametrize(("wrong", "pointer"), REFUSED)
async def test_what_is_refused(admin: Person, wrong: dict[str, Any], pointer: str) -> None:
    answer = await admin.post("/v1/mailboxes", NEW | wrong)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["findings"]] == [pointer]


async def test_a_label_names_one(admin: Person) -> None:
    ok(await admin.post("/v1/mailboxes", NEW | {"label": "One"}), 201)
    assert (await admin.post("/v1/mailboxes", NEW | {"label": "One"})).status_code == 409


async def test_nobody_writes_without_a_fresh_code(company: Company, admin: Person) -> None:
    clerk = await company.person("FINANCE_USER")
    assert (await clerk.post("/v1/mailboxes", NEW)).status_code == 403
    ok(await clerk.get("/v1/mailboxes"))


async def test_a_check_says_what_is_wrong_and_changes_nothing(
    admin: Person, imap: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check(**given: Any) -> dict[str, Any]:
        made = ok(await admin.post("/v1/mailboxes", at(imap, **given)), 201)
        return dict(ok(await admin.post(f"/v1/mailboxes/{made['id']}/check")))

    imap.put("checked@company.ae", with_pdf("waits").as_bytes())
    found = await check(user="checked@company.ae")
    assert (found["ok"], found["waiting"], found["can_move"], found["can_listen"]) == (True, 1, True, True)
    assert (await check(user="checked@company.ae", label="again"))["waiting"] == 1
    assert "user name or the password" in (await check(user="wrong@company.ae", password="not this"))["words"]
    assert "no folder 'Rechnungen'" in (await check(user="folder@company.ae", folder="Rechnungen"))["words"]
    assert "can't be reached" in (await check(user="port@company.ae", port=9))["words"]
    tls = {"security": "tls", "port": imap.tls_port, "host": "localhost"}
    assert "certificate of localhost doesn't hold" in (await check(user="tls@company.ae", **tls))["words"]
    monkeypatch.setenv("SSL_CERT_FILE", str(imap.authority))
    assert (await check(user="trusted@company.ae", **tls))["ok"]
    assert (await check(user="upgraded@company.ae", host="localhost", security="starttls"))["ok"]
    assert "TLS with 127.0.0.1 fails" in (await check(user="plain@company.ae", security="tls"))["words"]


async def test_a_user_and_a_password_in_any_script(admin: Person, imap: Dovecot) -> None:
    made = ok(await admin.post("/v1/mailboxes", at(imap, "arabic@company.ae", password="كلمة السر")), 201)
    found = ok(await admin.post(f"/v1/mailboxes/{made['id']}/check"))
    assert "user name or the password" in found["words"], "said in full, and refused for what it is"


async def test_a_key_encryption_key_is_replaced(house: House, company: Company, admin: Person) -> None:
    made = ok(await admin.post("/v1/mailboxes", NEW | {"label": "Resealed"}), 201)
    old, new = house.wiring.key_ring, Kek.make(development=True)
    both = KeyRing(new, old.current)
    async with house.database.company(company.id) as db:
        assert await password.reseal(db, company.id, both) >= 1
        assert await password.reseal(db, company.id, both) == 0
        query = text("select sealed from mailboxes where id = :id")
        sealed = await db.scalar(query, {"id": made["id"]})
        assert password.unseal(KeyRing(new), company.id, UUID(made["id"]), sealed) == "an-old-password"
        await password.reseal(db, company.id, KeyRing(old.current, new))


def place(**further: Any) -> Place:
    given = {"host": "127.0.0.1", "port": 9, "security": "tls", "username": "u", "password": "p", "public_only": True}
    return Place(**(given | further))


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "localhost", "::ffff:10.0.0.1"])
async def test_live_mode_calls_no_private_network(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was called")

    monkeypatch.setattr(client.socket, "create_connection", never)
    with pytest.raises(NotAllowed, match="private network"):
        await Session(place(host=host), "INBOX").open()


async def test_without_tls_only_this_machine_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAllowed, match="TLS only"):
        await Session(place(security="none"), "INBOX").open()
    found = [(2, 1, 6, "", ("192.0.2.1", 143))]
    monkeypatch.setattr(client.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NotAllowed, match="isn't this machine"):
        await Session(place(host="localhost", security="none", public_only=False), "INBOX").open()


async def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    imap: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, real = list[object](), socket.getaddrinfo

    def once(host: str, *given: Any, **further: Any) -> Any:
        asked.append(host)
        assert asked.count("mail.company.test") <= 1
        return real("127.0.0.1" if host == "mail.company.test" else host, *given, **further)

    monkeypatch.setattr(client.socket, "getaddrinfo", once)
    there = place(host="mail.company.test", port=imap.port, security="none", password=PASSWORD, public_only=False)
    session = Session(there, "INBOX")
    await session.open()
    await session.close()
    assert "mail.company.test" in asked


async def test_a_server_that_announces_too_much_is_left(imap: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LARGEST", 4000)
    imap.put("large@company.ae", with_pdf("large", content=b"%PDF-" + b"x" * 5000).as_bytes())
    session = Session(
        place(port=imap.port, security="none", username="large@company.ae", password=PASSWORD, public_only=False),
        "INBOX",
    )
    await session.open()
    with pytest.raises(Unreachable):
        await session.fetch(1, largest=10**9)
    await session.close()


async def test_no_trouble_repeats_a_password(imap: Dovecot) -> None:
    wrong = place(port=imap.port, security="none", username="u", password="s3cret-not-this", public_only=False)
    with pytest.raises(Unwilling) as refused:
        await Session(wrong, "INBOX").open()
    assert "s3cret" not in str(refused.value)
    assert "s3cret" not in repr(wrong)
    assert refused.value.__suppress_context__


def test_values_that_hold_a_password_do_not_show_it() -> None:
    from gateway.mailboxes.examples import NEW as example

    assert example.password not in repr(example)
    assert "password" not in repr(msgspec.json.decode(b'{"password": "x"}', type=flow.MailboxChange)).lower()
