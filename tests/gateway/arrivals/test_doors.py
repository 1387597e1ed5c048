"""The doors at which providers call: what is proven is believed once, the rest is a reason to ask, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from sqlalchemy import text

from gateway.arrivals.fetching import FETCH
from gateway.db import Database, new_id
from gateway.outbound.following import FOLLOW
from gateway.providers import queries as accounts
from peppol import sbdh, signature
from peppol.identifiers import DocumentTypeId, ParticipantId, ProcessId
from peppol.message import Message
from peppol.providers.sandbox_wire import Happened, Told
from peppol.statuses import Outcome
from tests.gateway.arrivals.sending import Sent, send
from tests.gateway.arrivals.sources import BUYER_TIN, SELLER, STUBS, add_account, stubbed
from tests.gateway.house import House, ok
from tests.gateway.inbound.envelopes import NOW, enveloped, invoice
from tests.gateway.outbound.conftest import Company, open_company
from tests.gateway.sandbox.process import TOKEN, SandboxProcess
from ubl import mls

OLD, NEW = "the-secret-until-now", "the-secret-from-now-on"
C2, C3 = "000001", "000002-POP000002"


@pytest.fixture(scope="module")
async def seller(house: House, module_admin: Database) -> Company:
    return await open_company(house.database, module_admin, house.wiring)


@pytest.fixture(scope="module")
async def buyer(house: House, module_admin: Database) -> Company:
    return await open_company(house.database, module_admin, house.wiring, tin=BUYER_TIN, trn=f"{BUYER_TIN}00003")


@pytest.fixture(scope="module", autouse=True)
async def closed(house: House) -> AsyncIterator[None]:
    yield
    await house.wiring.adapters.close()


@pytest.fixture(scope="module")
async def signed(house: House, seller: Company, network: SandboxProcess) -> UUID:
    """The seller's account at a provider that signs; a secret is being replaced."""
    return await add_account(house.wiring, seller.id, "sandbox", network.url, token=TOKEN, webhook=(NEW, OLD))


@pytest.fixture(scope="module")
async def receiving(house: House, buyer: Company, network: SandboxProcess) -> UUID:
    """The buyer's."""
    return await add_account(house.wiring, buyer.id, "sandbox", network.url, token=TOKEN, webhook=(NEW,))


@pytest.fixture
async def sent(seller: Company, signed: UUID) -> Sent:
    return await send(seller, signed)


async def call(house: House, door: str, body: bytes, secret: str = NEW, **changed: str) -> httpx.Response:
    headers = signature.sign(secret.encode(), f"call-{uuid4()}", body, house.now) | changed
    return await house.client.post(f"/v1/network{door}", content=body, headers=headers)


def told(house: House, key: str, outcome: Outcome, event_id: str = "") -> bytes:
    return msgspec.json.encode(Told((Happened(event_id or uuid4().hex, key, outcome, house.now),)))


async def waiting(admin: Database, kind: str) -> list[Any]:
    async with admin.platform() as db:
        rows = await db.execute(
            text("select key, run_at <= now() as due from jobs where kind = :kind and claim is null"), {"kind": kind}
        )
        return list(rows.all())


# ------------------------------------------------------------------------------------------------------- deliveries


async def test_an_account_brings_documents_to_its_own_company(house: House, buyer: Company, receiving: UUID) -> None:
    door, envelope = f"/accounts/{receiving}/deliveries", enveloped(invoice("D-1", buyer_tin=BUYER_TIN))
    first = ok(await call(house, door, envelope), 201)
    assert ok(await call(house, door, envelope)) == {"id": first["id"], "duplicate": True}
    async with buyer.database.company(buyer.id) as db:
        number = await db.scalar(text("select number from received_documents where id = :id"), {"id": first["id"]})
    assert number == "D-1"


async def test_and_to_nobody_else(house: House, signed: UUID, buyer: Company) -> None:
    """The buyer is a company here, and through the seller's account as unknown as anybody."""
    door = f"/accounts/{signed}/deliveries"
    answers = [await call(house, door, enveloped(invoice("D-2", buyer_tin=tin))) for tin in (BUYER_TIN, "1999999998")]
    assert [answer.status_code for answer in answers] == [404, 404]
    said = {answer.json()["detail"].replace(BUYER_TIN, "X").replace("1999999998", "X") for answer in answers}
    assert len(said) == 1
    async with buyer.database.company(buyer.id) as db:
        assert await db.scalar(text("select count(*) from received_documents where number = 'D-2'")) == 0


async def test_nobody_learns_which_accounts_there_are(
    house: House, seller: Company, signed: UUID, network: SandboxProcess
) -> None:
    removed = await add_account(house.wiring, seller.id, "sandbox", network.url, webhook=(NEW,))
    async with seller.database.company(seller.id) as db:
        gone = {"removed_at": NOW, "sealed": None, "enabled": False}
        await accounts.change(db, seller.id, removed, **gone)
    envelope = enveloped(invoice("D-3", buyer_tin="1987654321"))
    for kind in ("deliveries", "statuses"):
        answers = [
            await call(house, f"/accounts/{signed}/{kind}", envelope, "another secret"),
            await call(house, f"/accounts/{signed}/{kind}", envelope, **{"webhook-signature": ""}),
            await call(house, f"/accounts/{new_id()}/{kind}", envelope),
            await call(house, f"/accounts/{removed}/{kind}", envelope),
        ]
        bodies = [answer.json() for answer in answers]
        for body in bodies:
            body.pop("request_id")
        assert [answer.status_code for answer in answers] == [401] * 4
        assert all(body == bodies[0] for body in bodies)


async def test_two_secrets_hold_while_one_is_replaced_and_old_calls_never(house: House, signed: UUID) -> None:
    door, body = f"/accounts/{signed}/statuses", msgspec.json.encode(Told(()))
    for secret in (OLD, NEW):
        assert (await call(house, door, body, secret)).status_code == 204
    stale = signature.sign(NEW.encode(), "c", body, house.now - timedelta(minutes=6))
    assert (await house.client.post(f"/v1/network{door}", content=body, headers=stale)).status_code == 401


# --------------------------------------------------------------------------------------------------------- statuses


async def test_a_status_is_recorded_once_and_the_stronger_stands_in_any_order(
    house: House, sent: Sent, signed: UUID
) -> None:
    door = f"/accounts/{signed}/statuses"
    delivered = told(house, sent.key, Outcome.DELIVERED, "e-delivered")
    for body in (delivered, delivered, told(house, sent.key, Outcome.TAKEN, "e-taken"), delivered):
        assert (await call(house, door, body)).status_code == 204
    assert (await sent.row()).c3 == "delivered"
    assert await sent.events() == ["e-delivered", "e-taken"]


async def test_only_the_line_that_took_a_document_speaks_of_it(
    house: House, sent: Sent, seller: Company, receiving: UUID, network: SandboxProcess
) -> None:
    """Not another account of the same company, not another company's, and not the installation's provider."""
    another = await add_account(house.wiring, seller.id, "sandbox", network.url, token=TOKEN, webhook=(NEW,))
    body = told(house, sent.key, Outcome.REFUSED)
    installation = house.wiring.settings.provider_secrets[0].reveal()
    answers = [
        await call(house, f"/accounts/{another}/statuses", body),
        await call(house, f"/accounts/{receiving}/statuses", body),
        await call(house, "/statuses", body, installation),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert await sent.events() == []
    assert (await sent.row()).c3 is None


async def test_an_unknown_key_doesnt_hide_what_stands_beside_it(house: House, sent: Sent, signed: UUID) -> None:
    events = (
        Happened("u-1", str(uuid4()), Outcome.DELIVERED, house.now),
        Happened("u-2", sent.key, Outcome.DELIVERED, house.now),
    )
    answer = await call(house, f"/accounts/{signed}/statuses", msgspec.json.encode(Told(events)))
    assert answer.status_code == 404
    assert await sent.events() == ["u-2"]


# --------------------------------------------------------------------------------------------- message level status


def level(
    reference: str, code: mls.Code, *, sender: str = C3, announced: str = "", reason: mls.Reason | None = None
) -> bytes:
    """What the receiver's access point says, in its envelope."""
    issues = [mls.Issue(reason=reason, description="It says why.")] if reason else []
    status = mls.build(
        code, id="mls-1", sender=sender, receiver=C2, reference=reference, document_type="##urn:peppol:pint:x::2.1",
        now=NOW, description="No." if code is mls.Code.REJECTED else None, issues=issues,
    )  # fmt: skip
    namespace = "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
    kind = f"{namespace}::ApplicationResponse##{mls.SPECIFICATION}::2.1"
    return sbdh.write(
        Message(
            instance_id=str(uuid4()),
            sender=ParticipantId(f"0242:{announced or sender}"),
            receiver=ParticipantId(f"0242:{C2}"),
            document_type=DocumentTypeId.of("busdox-docid-qns", kind),
            process=ProcessId(mls.PROCESS),
            country_c1="AE",
            created_at=NOW,
            document=mls.write(status),
        )
    )


@pytest.mark.parametrize(
    ("code", "reason", "outcome"),
    [
        (mls.Code.ACCEPTED, None, Outcome.DELIVERED),
        (mls.Code.ACKNOWLEDGED, None, Outcome.TAKEN),
        (mls.Code.REJECTED, mls.Reason.RULE_VIOLATED, Outcome.REFUSED),
        (mls.Code.REJECTED, mls.Reason.NOT_DELIVERED, Outcome.UNDELIVERABLE),
    ],
)
async def test_a_message_level_status_tells_of_the_message_that_it_names(
    house: House, sent: Sent, signed: UUID, code: mls.Code, reason: mls.Reason | None, outcome: Outcome
) -> None:
    door, envelope = f"/accounts/{signed}/deliveries", level(sent.key, code, reason=reason)
    assert ok(await call(house, door, envelope), 201) == {"id": sent.key, "duplicate": False}
    assert ok(await call(house, door, envelope), 200) == {"id": sent.key, "duplicate": True}
    row = await sent.row()
    assert row.c3 == outcome.value
    assert (row.c3_reason == "No.; It says why.") == (reason is not None)
    assert len(await sent.events()) == 1


async def test_a_level_status_isnt_believed_of_another_line_or_against_its_envelope(
    house: House, sent: Sent, signed: UUID, receiving: UUID
) -> None:
    installation = house.wiring.settings.provider_secrets[0].reveal()
    refused = mls.Code.REJECTED, mls.Reason.RULE_VIOLATED
    lie = level(sent.key, refused[0], reason=refused[1])
    other = level(sent.key, refused[0], reason=refused[1], announced="000009")
    nobody = level(str(uuid4()), mls.Code.ACCEPTED)
    nonsense = level("no uuid", mls.Code.ACCEPTED)
    answers = [
        await call(house, f"/accounts/{receiving}/deliveries", lie),
        await call(house, "/deliveries", lie, installation),
        await call(house, f"/accounts/{signed}/deliveries", nobody),
        await call(house, f"/accounts/{signed}/deliveries", nonsense),
        await call(house, f"/accounts/{signed}/deliveries", other),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 422]
    assert await sent.events() == []


# ------------------------------------------------------------------------------------------------------------ hints


def shouted(adapter: str, sent: Sent) -> bytes:
    """What somebody who isn't known says of our document."""
    event = {"event_type": "document_submission", "event": "failed", "guid": "g", "idempotencyGuid": sent.key}
    return msgspec.json.encode(event) if adapter == "storecove" else b"anything"


@pytest.mark.parametrize("adapter", [*STUBS])
async def test_an_unproven_call_is_a_reason_to_ask_and_nothing_more(
    house: House, seller: Company, module_admin: Database, adapter: str
) -> None:
    async with stubbed(adapter) as source:
        account_id = await add_account(house.wiring, seller.id, adapter, source.url)
        sent = await send(seller, account_id)
        async with module_admin.platform() as db:
            await db.execute(text("delete from jobs"))
        door = f"/accounts/{account_id}/statuses"
        flood = await asyncio.gather(*(call(house, door, shouted(adapter, sent)) for _ in range(40)))
        statuses = {answer.status_code for answer in flood}
        assert statuses == {204, 429}
        follows, fetches = await waiting(module_admin, FOLLOW), await waiting(module_admin, FETCH)
        expected = {"storecove": (1, 0), "peppyrus": (0, 1), "tradeshift": (1, 1)}[adapter]
        assert (len([one for one in follows if one.key == sent.key]), len(fetches)) == expected
        assert all(one.due for one in follows if one.key == sent.key)
        assert await sent.events() == []
        assert (await sent.row()).c3 is None
        received = await call(
            house, f"/accounts/{account_id}/deliveries", enveloped(invoice("H-1", buyer_tin=SELLER[5:]))
        )
        assert received.status_code == 401


async def test_a_hint_about_somebody_elses_document_leads_to_nothing(
    house: House, sent: Sent, buyer: Company, module_admin: Database
) -> None:
    async with stubbed("storecove") as source:
        account_id = await add_account(house.wiring, buyer.id, "storecove", source.url)
        async with module_admin.platform() as db:
            await db.execute(text("delete from jobs"))
        for body in (shouted("storecove", sent), b'{"event_type":"document_submission","guid":"x"}'):
            assert (await call(house, f"/accounts/{account_id}/statuses", body)).status_code == 204
        assert await waiting(module_admin, FOLLOW) == []
        assert (await call(house, f"/accounts/{account_id}/statuses", b"[")).status_code == 400
