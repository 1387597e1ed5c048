"""From an event to the receiver: fed in the event's transaction, thin, signed, the same bytes each time."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text

from gateway import events
from gateway.db import Database
from gateway.webhooks import secret
from gateway.webhooks.kinds import CHOICES, KINDS
from tests.gateway.house import House, ok
from tests.gateway.webhooks.conftest import Hooks
from tests.gateway.webhooks.receiver import Receiver, says


async def test_an_event_reaches_the_endpoints_that_have_chosen_it(hooks: Hooks, erp: Receiver) -> None:
    made = await hooks.make(erp.url, "invoice.finalized", "document.*")
    endpoint, signing = made["endpoint"]["id"], made["secret"]
    sealed, _, bill = await hooks.happen("invoice.finalized", "invoice.draft", "document.received")
    await hooks.turn(endpoint)
    assert sorted(erp.ids) == sorted([sealed, bill])
    assert all(call.signed_by(signing) for call in erp.received)
    log = await hooks.log(endpoint)
    assert [(one["id"], one["state"], one["attempts"], one["tries"][0]["status"]) for one in log] == [
        (bill, "delivered", 1, 200),
        (sealed, "delivered", 1, 200),
    ]


async def test_a_message_is_thin(hooks: Hooks, erp: Receiver) -> None:
    """Ids and words of our own: nothing of what the event's facts hold about people, so nothing has to be erased."""
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    document = uuid4()
    await hooks.happen("invoice.finalized", "invoice.buyer_rejected", subject=document)
    await hooks.turn(endpoint)
    told = {call.told["type"]: call.told for call in erp.received}
    at = hooks.house.now.isoformat().replace("+00:00", "Z")
    shared = {"id": str(document), "about": "invoice", "url": f"http://gateway.test/v1/invoices/{document}"}
    assert told == {
        "invoice.finalized": {
            "type": "invoice.finalized",
            "timestamp": at,
            "data": shared | {"headline": "A document was numbered and sealed", "state": "FINALIZED"},
        },
        "invoice.buyer_rejected": {
            "type": "invoice.buyer_rejected",
            "timestamp": at,
            "data": shared | {"headline": "Rejected by the buyer", "outcome": "buyer_rejected", "corner": "buyer"},
        },
    }
    assert not any(b"Somebody" in call.body for call in erp.received)


async def test_a_signature_holds_for_these_bytes_this_id_and_this_time_only(hooks: Hooks, erp: Receiver) -> None:
    made = await hooks.make(erp.url)
    await hooks.happen("invoice.sent")
    await hooks.turn(made["endpoint"]["id"])
    (call,) = erp.received
    assert call.signed_by(made["secret"])
    assert not call.signed_by(secret.shown(b"another secret, also of 32 bytes"))
    for changed in (
        msgspec.structs.replace(call, body=call.body + b" "),
        msgspec.structs.replace(call, headers=call.headers | {"webhook-id": str(uuid4())}),
        msgspec.structs.replace(call, headers=call.headers | {"webhook-timestamp": "1700000000"}),
    ):
        assert not changed.signed_by(made["secret"])
    assert call.headers["webhook-timestamp"] == str(int(hooks.house.now.timestamp()))
    assert call.headers["content-type"] == "application/json"


async def test_what_is_rolled_back_is_posted_to_nobody(hooks: Hooks, erp: Receiver) -> None:
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    with pytest.raises(RuntimeError):
        async with hooks.house.database.company(hooks.company.id) as db:
            event = events.Event("invoice.sent", uuid4(), hooks.house.now, "system:test", msgspec.Raw(b"{}"))
            await events.emit(db, hooks.company.id, event)
            raise RuntimeError
    await hooks.turn(endpoint)
    assert (erp.received, await hooks.log(endpoint)) == ([], [])


async def test_what_happens_elsewhere_is_told_there_only(hooks: Hooks, erp: Receiver) -> None:
    endpoint = (await hooks.make(erp.url, "*"))["endpoint"]["id"]
    other = await hooks.house.company()
    event = events.Event("invoice.sent", uuid4(), hooks.house.now, "system:test", msgspec.Raw(b"{}"))
    async with hooks.house.database.company(other.id) as db:
        await events.emit(db, other.id, event)
        assert (await db.execute(text("select count(*) from webhook_deliveries"))).scalar_one() == 0
    await hooks.turn(endpoint)
    assert {call.told["type"] for call in erp.received} == {"webhook.created"}


async def test_a_document_that_a_person_drafts_is_told(hooks: Hooks, erp: Receiver) -> None:
    """The whole way: the API, its transaction, the feed, a worker's loop, the wire."""
    from gateway import worker
    from gateway.outbound import examples

    await hooks.make(erp.url, "invoice.draft")
    drafted = ok(
        await hooks.house.client.post(
            "/v1/invoices",
            content=msgspec.json.encode(examples.INVOICE),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {hooks.admin.token}"},
        ),
        201,
    )
    loop = worker.make(hooks.house.wiring, schedule={})
    running = asyncio.create_task(loop.run())
    try:
        await erp.wait()
    finally:
        loop.stop()
        await running
    assert erp.received[0].told["data"]["id"] == drafted["id"]


async def test_a_test_is_sent_whatever_is_chosen(hooks: Hooks, erp: Receiver) -> None:
    made = await hooks.make(erp.url, "bundle.failed")
    endpoint = made["endpoint"]["id"]
    answer = await hooks.admin.post(f"/v1/webhooks/{endpoint}/test")
    sent = ok(answer, 202)
    await hooks.turn(endpoint)
    assert [(call.id, call.told["type"]) for call in erp.received] == [(sent["id"], "webhook.test")]
    assert erp.received[0].signed_by(made["secret"])
    assert ok(await hooks.admin.get(answer.headers["location"]))["state"] == "delivered"


async def test_a_message_can_be_sent_again_under_its_id(hooks: Hooks, erp: Receiver, module_admin: Database) -> None:
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    (event,) = await hooks.happen("invoice.sent")
    await hooks.turn(endpoint)
    again = ok(await hooks.admin.post(f"/v1/webhooks/{endpoint}/deliveries/{event}/redeliver"), 202)
    assert (again["state"], again["attempts"]) == ("pending", 1)
    assert await hooks.orders(module_admin, endpoint) >= 1
    await hooks.turn(endpoint)
    assert erp.ids == [event, event]
    assert erp.received[0].body == erp.received[1].body
    assert [one["number"] for one in (await hooks.log(endpoint))[0]["tries"]] == [2, 1]


async def test_two_secrets_sign_while_one_replaces_the_other(hooks: Hooks, erp: Receiver) -> None:
    made = await hooks.make(erp.url)
    endpoint, first = made["endpoint"]["id"], made["secret"]

    async def signers(at_hours: float = 0) -> list[bool]:
        erp.received.clear()
        await hooks.happen("invoice.sent")
        await hooks.turn(endpoint, at=hooks.later(hours=at_hours))
        (call,) = erp.received
        assert len(call.headers["webhook-signature"].split(" ")) == sum(map(call.signed_by, secrets))
        return [call.signed_by(one) for one in secrets]

    secrets = [first]
    assert await signers() == [True]
    rotated = ok(await hooks.admin.post(f"/v1/webhooks/{endpoint}/rotate", {"overlap_hours": 24}))
    secrets.append(rotated["secret"])
    assert rotated["endpoint"]["previous_secret_until"] is not None
    assert await signers() == [True, True]
    assert await signers(at_hours=25) == [False, True]
    secrets.append(ok(await hooks.admin.post(f"/v1/webhooks/{endpoint}/rotate", {"overlap_hours": 1}))["secret"])
    assert await signers() == [False, True, True], "two at most"
    secrets.append(ok(await hooks.admin.post(f"/v1/webhooks/{endpoint}/rotate", {"overlap_hours": 0}))["secret"])
    assert await signers() == [False, False, False, True]


async def test_secrets_are_shown_once_and_stored_sealed(
    hooks: Hooks, erp: Receiver, module_admin: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    def echo() -> None:
        erp.answer = says(400, f"expected {signing}, or bare {bare}".encode())

    made = await hooks.make(erp.url)
    endpoint, signing = made["endpoint"]["id"], made["secret"]
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", signing)
    bare = signing.removeprefix("whsec_")
    echo()
    await hooks.happen("invoice.sent")
    await hooks.turn(endpoint)
    answers = [
        (await hooks.admin.get(path)).text
        for path in ("/v1/webhooks", f"/v1/webhooks/{endpoint}", f"/v1/webhooks/{endpoint}/deliveries")
    ]
    assert "expected [redacted]" in answers[2]
    async with module_admin.platform() as db:
        tables = ("webhook_endpoints", "webhook_secrets", "webhook_attempts", "events", "jobs", "idempotency_keys")
        for table in tables:
            answers += (await db.execute(text(f"select t::text from {table} t"))).scalars()
        answers += (await db.execute(text("select convert_from(canonical, 'UTF8') from ledger_contents"))).scalars()
    said = capsys.readouterr()
    for place in (*answers, said.out, said.err):
        assert bare not in place


async def test_an_endpoint_that_is_deleted_gets_nothing_more(
    hooks: Hooks, erp: Receiver, module_admin: Database
) -> None:
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    await hooks.happen("invoice.sent")
    assert (await hooks.admin.delete(f"/v1/webhooks/{endpoint}")).status_code == 204
    await hooks.happen("invoice.failed")
    await hooks.turn(endpoint)
    assert erp.received == []
    assert (await hooks.admin.get(f"/v1/webhooks/{endpoint}")).status_code == 404
    assert endpoint not in {one["id"] for one in ok(await hooks.admin.get("/v1/webhooks"))}
    async with module_admin.platform() as db:
        given = {"id": endpoint}
        kept = await db.scalar(text("select count(*) from webhook_secrets where endpoint_id = :id"), given)
    assert kept == 0


async def test_who_did_what_is_in_the_timeline_and_in_the_ledger(hooks: Hooks, erp: Receiver, house: House) -> None:
    endpoint = (await hooks.make(f"{erp.url}/not-a-secret"))["endpoint"]["id"]
    ok(await hooks.admin.post(f"/v1/webhooks/{endpoint}/rotate", {"overlap_hours": 2}))
    await hooks.patch(endpoint, enabled=False)
    await hooks.patch(endpoint, enabled=True, kinds=["*"])
    async with house.database.company(hooks.company.id) as db:
        told = await events.timeline(db, hooks.company.id, UUID(endpoint))
    kinds = ["webhook.created", "webhook.rotated", "webhook.paused", "webhook.changed", "webhook.resumed"]
    assert [event.kind for event in told] == kinds
    assert {event.actor for event in told} == {f"user:{hooks.admin.id}"}
    assert not any(b"not-a-secret" in bytes(event.facts) or b"whsec" in bytes(event.facts) for event in told)
    entries = ok(await hooks.admin.get("/v1/ledger/entries?limit=100"))["entries"]
    assert sum(entry["kind"] == "access" for entry in entries) >= len(kinds)


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"url": "ftp://erp.example/x"}, "/url"),
        ({"url": "https://user:word@erp.example/x"}, "/url"),
        ({"url": "erp.example"}, "/url"),
        ({"url": "http://[::1"}, "/url"),
        ({"kinds": ["invoice.nothing"]}, "/kinds"),
        ({"kinds": ["webhook.test"]}, "/kinds"),
        ({"kinds": ["invoice.fin*"]}, "/kinds"),
        ({"kinds": []}, "/kinds"),
        ({"description": "x" * 201}, "/description"),
        ({"secret": "whsec_mine"}, ""),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_its_place(
    hooks: Hooks, wanted: dict[str, object], pointer: str
) -> None:
    refused = await hooks.admin.post("/v1/webhooks", {"url": "https://erp.example/hooks", **wanted})
    assert refused.status_code in {400, 422}, refused.text
    assert [finding["pointer"] for finding in refused.json()["findings"]] == [pointer]


async def test_there_is_room_for_a_few(hooks: Hooks) -> None:
    for number in range(10):
        await hooks.make(f"https://erp.example/{number}")
    refused = await hooks.admin.post("/v1/webhooks", {"url": "https://erp.example/hooks"})
    assert refused.status_code == 409


async def test_several_made_at_once_dont_pass_the_limit(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    present = len(ok(await hooks.admin.get("/v1/webhooks")))
    monkeypatch.setattr("gateway.webhooks.flow.MOST", present + 1)
    wanted = {"url": "https://93.184.216.34/hooks", "kinds": ["invoice.*"]}
    answers = await asyncio.gather(*(hooks.admin.post("/v1/webhooks", wanted) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


async def test_the_table_of_kinds_is_published(hooks: Hooks) -> None:
    told = ok(await hooks.admin.get("/v1/webhooks/kinds"))
    assert {one["kind"] for one in told["kinds"]} == KINDS.keys()
    assert {*told["families"], *(one["kind"] for one in told["kinds"])} == CHOICES | {"webhook.test"}
    for one in told["kinds"]:
        assert one["description"]
        assert one["example"]["type"] == one["kind"]
        assert one["example"]["data"]["about"] == one["kind"].split(".")[0]
