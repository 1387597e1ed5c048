"""A person's word on what nobody knows: whose counts, when, on what, and what follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy import text

from gateway.jobqueue import Permanent, Temporary
from gateway.outbound import jobs, statuses
from gateway.outbound.flow import SendJob
from gateway.outbound.following import FOLLOW
from gateway.sandbox.faults import Fault
from peppol.message import StatusEvent
from peppol.statuses import Outcome
from tests.gateway.house import PASSWORD, ok
from tests.gateway.outbox.conftest import Sender

HERE: dict[str, Any] = {
    "arrived": True,
    "reference": "in-their-console-7",
    "note": "Found in their console under its number.",
}
GONE: dict[str, Any] = {"arrived": False, "note": "Their support found nothing under its number, by telephone."}


@pytest.fixture
async def firm(sender: Sender) -> Sender:
    """One in which whoever orders may not say what became of it."""
    ok(await (await sender.firm.company.admin()).put("/v1/companies/current/policies", {"four_eyes": True}))
    return sender


async def given_up(sender: Sender, fault: Fault) -> UUID:
    """Ordered by the head; the answer is lost, and for a day nobody can be asked."""
    document_id = await sender.ordered()
    await lost(sender, document_id, fault)
    return document_id


async def lost(sender: Sender, document_id: UUID, fault: Fault) -> None:
    sender.networks[0].desk.order(fault)
    with pytest.raises(Temporary):
        await sender.send(document_id)
    sender.networks[0].desk.order(Fault.TRACK_BUSY)
    with pytest.raises(Permanent):
        await sender.send(document_id, later=timedelta(hours=25))


async def word(sender: Sender, document_id: UUID, said: dict[str, Any], *, code: bool = True) -> httpx.Response:
    """The clerk's, who ordered nothing."""
    if code:
        ok(await sender.firm.clerk.sign_in())
        await sender.firm.clerk.step_up("send")
    return await sender.firm.clerk.post(f"/v1/invoices/{document_id}/settle", said)


async def test_what_a_person_found_at_the_provider_is_sent_and_followed(firm: Sender) -> None:
    document_id = await given_up(firm, Fault.RESET_AFTER_TAKING)
    shown = ok(await word(firm, document_id, HERE))
    assert (shown["state"], shown["facts"]["sender"]["state"]) == ("SENT", "yes")
    doubt, entry = await firm.entries(document_id)
    assert (doubt["problem"], entry["arrived"], entry["reference"]) == ("unknown", True, HERE["reference"])
    assert entry["settled_by"] == f"user:{firm.firm.clerk.id}"
    assert entry["ordered_by"] == f"user:{firm.firm.head.id}"
    assert (entry["note"], [tried["outcome"] for tried in entry["tried"]]) == (HERE["note"], ["unknown", "unknown"])
    key = await key_of(firm, document_id)
    async with firm.house.owner.platform() as db:
        found = await db.scalar(text("select count(*) from jobs where kind = :kind and key = :key"),
                                {"kind": FOLLOW, "key": key})  # fmt: skip
    assert found == 1
    await replayed(firm, document_id)
    assert len(await firm.attempts(document_id)) == 2
    assert (await word(firm, document_id, GONE)).json()["code"] == "not-unresolved"


async def test_what_surely_isnt_there_may_be_sent_again(firm: Sender) -> None:
    document_id = await given_up(firm, Fault.RESET)
    shown = ok(await word(firm, document_id, GONE))
    assert (shown["state"], shown["facts"]["sender"]["state"]) == ("FAILED", "no")
    assert "word of a person" in shown["facts"]["sender"]["reason"]["en"]
    assert shown["facts"]["sender"]["said"] == GONE["note"]
    assert "sent again" in shown["next_step"]["en"]
    await firm.order(document_id)
    await firm.send(document_id, later=timedelta(hours=26))
    assert await firm.state(document_id) == "SENT"
    assert sum(found is not None for found in await firm.found(document_id)) == 1
    assert [entry.get("arrived") for entry in await firm.entries(document_id)] == [None, False, None]


async def test_a_word_counts_only_where_nothing_else_can_tell(firm: Sender) -> None:
    document_id = await firm.approved()
    refused = await word(firm, document_id, GONE)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-unresolved")
    await firm.order(document_id)
    assert (await word(firm, document_id, HERE)).json()["code"] == "not-unresolved"
    firm.networks[0].desk.order(Fault.RESET_AFTER_TAKING)
    with pytest.raises(Temporary):
        await firm.send(document_id)
    assert (await word(firm, document_id, GONE)).json()["code"] == "not-unresolved"
    await firm.send(document_id, later=timedelta(minutes=1))
    assert (await word(firm, document_id, GONE)).json()["code"] == "not-unresolved"
    assert await firm.state(document_id) == "SENT"


async def test_it_is_the_word_of_a_second_person_with_a_fresh_code(firm: Sender) -> None:
    document_id = await given_up(firm, Fault.RESET)
    ok(await firm.firm.clerk.sign_in())
    assert (await word(firm, document_id, HERE, code=False)).json()["code"] == "step-up-required"
    await firm.firm.head.sign_in()
    await firm.firm.head.step_up("send")
    own = await firm.firm.head.post(f"/v1/invoices/{document_id}/settle", HERE)
    assert (own.status_code, own.json()["code"]) == (403, "four-eyes")
    machine = await firm.firm.company.key("documents:send", "documents:read")
    assert (await machine.post(f"/v1/invoices/{document_id}/settle", HERE)).status_code == 403
    assert await firm.state(document_id) == "SENDING"
    ok(await word(firm, document_id, GONE))


async def test_who_ordered_through_a_key_of_theirs_has_ordered_it(firm: Sender) -> None:
    machine = await firm.firm.company.key("documents:send", "documents:read")
    document_id = await firm.approved()
    ok(await machine.post(f"/v1/invoices/{document_id}/send"), 202)
    await lost(firm, document_id, Fault.RESET)
    admin = await firm.firm.company.admin()
    await admin.step_up("send")
    assert (await admin.post(f"/v1/invoices/{document_id}/settle", GONE)).json()["code"] == "four-eyes"
    ok(await word(firm, document_id, GONE))


@pytest.mark.parametrize(
    "said",
    [
        {**HERE, "reference": None},
        {**HERE, "reference": " "},
        {**HERE, "note": " "},
        {**GONE, "reference": "x"},
        {**HERE, "at": "2020-01-01T00:00:00Z"},
        {**HERE, "at": "2120-01-01T00:00:00Z"},
        {**HERE, "at": "2026-01-01T00:00:00"},
        {"arrived": True, "reference": "x"},
        {"note": "x"},
    ],
)
async def test_a_word_without_what_makes_it_evidence_is_refused(firm: Sender, said: dict[str, Any]) -> None:
    document_id = await given_up(firm, Fault.RESET)
    assert (await word(firm, document_id, said)).status_code == 422
    assert await firm.state(document_id) == "SENDING"


async def test_nobody_says_that_it_isnt_there_once_others_speak_of_it(firm: Sender) -> None:
    document_id = await given_up(firm, Fault.RESET_AFTER_TAKING)
    key = await key_of(firm, document_id)
    told = StatusEvent(f"e-{key}", key, Outcome.TAKEN, firm.house.now, evidence=b"taken")
    assert await statuses.take(firm.wiring, firm.company_id, (told,), now=firm.house.now) == 1
    assert (await word(firm, document_id, GONE)).json()["code"] == "arrived"
    assert ok(await word(firm, document_id, HERE))["facts"]["sender"]["state"] == "yes"


@pytest.fixture
async def browser(firm: Sender) -> AsyncIterator[httpx.AsyncClient]:
    """The clerk's, signed in."""
    transport = httpx.ASGITransport(app=firm.house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        form = {"email": firm.firm.clerk.email, "password": PASSWORD, "code": firm.firm.clerk.code()}
        assert (await client.post("/sign-in", data=form)).status_code == 303
        yield client


async def test_the_page_of_the_document_has_a_form_for_it(firm: Sender, browser: httpx.AsyncClient) -> None:
    document_id = await given_up(firm, Fault.RESET)
    page = (await browser.get(f"/documents/{document_id}")).text
    assert f'action="/documents/{document_id}/settle"' in page
    csrf = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {
        "csrf_token": csrf,
        "arrived": "false",
        "reference": "",
        "note": GONE["note"],
        "code": firm.firm.clerk.code(),
    }
    answer = await browser.post(
        f"/documents/{document_id}/settle", data=form, headers={"Origin": "http://gateway.test"}
    )
    assert answer.status_code == 303, answer.text
    page = (await browser.get(f"/documents/{document_id}")).text
    assert f'action="/documents/{document_id}/settle"' not in page
    assert GONE["note"] in page
    assert await firm.state(document_id) == "FAILED"


async def replayed(sender: Sender, document_id: UUID) -> None:
    """Whoever runs the gateway replays the job that was given up."""
    payload = msgspec.json.encode(SendJob(document_id, replayed=True))
    await jobs.send(sender.wiring, sender.company_id, payload, now=sender.house.now)


async def key_of(sender: Sender, document_id: UUID) -> str:
    async with sender.house.database.company(sender.company_id) as db:
        query = text("select id from transmissions where document_id = :id")
        return str(await db.scalar(query, {"id": document_id}))
