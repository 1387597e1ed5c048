"""Ordering many documents at once, and looking at the attempts of one."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from gateway.jobqueue import Temporary
from gateway.outbound import jobs
from gateway.outbound.flow import LARGE, MOST, SEND, SEND_LARGE, SendJob
from gateway.providers.circuits import Circuits
from gateway.wiring import Wiring
from peppol.providers.sandbox import SandboxProvider
from tests.gateway.house import House, Person, ok
from tests.gateway.outbound.test_api import MISSING, Firm
from tests.gateway.sandbox.process import account, free_port


@pytest.fixture(scope="module")
async def firm(house: House) -> Firm:
    company = await house.company()
    erp = await company.key("documents:draft", "documents:finalize", "documents:send", "documents:read")
    return Firm(company, erp, await company.person("FINANCE_USER"), await company.person("FINANCE_USER"))


async def approved(firm: Firm, **changes: Any) -> str:
    sealed = await firm.sealed(**changes)
    await firm.head.step_up("approve", "send")
    ok(await firm.head.post(f"/v1/invoices/{sealed['id']}/approve"))
    made: str = sealed["id"]
    return made


async def waiting(house: House, ids: list[str]) -> dict[str, int]:
    """Priority of the job that waits for each."""
    async with house.owner.platform() as db:
        rows = await db.execute(text("select key, priority from jobs where key = any(:ids)"), {"ids": ids})
        return {row.key: row.priority for row in rows}


async def test_many_are_ordered_each_by_itself_and_behind_single_ones(house: House, firm: Firm) -> None:
    first, second, alone, draft = (
        await approved(firm),
        await approved(firm),
        await approved(firm),
        (await firm.drafted())["id"],
    )
    ok(await firm.head.post(f"/v1/invoices/{alone}/send"), 202)
    wanted = {"ids": [second, draft, MISSING, first, alone, first]}
    told = ok(await firm.head.post("/v1/invoices/send", wanted), 202)["outcomes"]
    assert [(one["id"], one["outcome"], one.get("code")) for one in told] == [
        (second, "queued", None),
        (draft, "refused", "illegal-transition"),
        (MISSING, "refused", "not-found"),
        (first, "queued", None),
        (alone, "refused", "illegal-transition"),
    ]
    assert all(one["detail"] for one in told if one["outcome"] == "refused")
    assert await waiting(house, [first, second, alone]) == {first: 1, second: 1, alone: 0}
    assert ok(await firm.clerk.get(f"/v1/invoices/{first}"))["state"] == "SENDING"


async def test_a_large_document_waits_among_the_large_ones(house: House, firm: Firm) -> None:
    """However it is ordered."""
    photo = base64.b64encode(bytes(LARGE)).decode()
    file = {"id": "photo", "file": {"content": photo, "mime": "image/png", "filename": "photo.png"}}
    large = {"documents": [file]}
    alone, in_a_run, small = await approved(firm, **large), await approved(firm, **large), await approved(firm)
    ok(await firm.head.post(f"/v1/invoices/{alone}/send"), 202)
    ok(await firm.head.post("/v1/invoices/send", {"ids": [in_a_run, small]}), 202)
    async with house.owner.platform() as db:
        rows = await db.execute(
            text("select key, kind from jobs where key = any(:ids)"), {"ids": [alone, in_a_run, small]}
        )
        kinds = {row.key: row.kind for row in rows}
    assert kinds == {alone: SEND_LARGE, in_a_run: SEND_LARGE, small: SEND}


@pytest.mark.parametrize("ids", [[], [MISSING] * (MOST + 1), ["x"], None])
async def test_a_list_that_is_none_is_refused(firm: Firm, ids: Any) -> None:
    await firm.head.step_up("send")
    answer = await firm.head.post("/v1/invoices/send", {"ids": ids})
    assert answer.status_code == 422, answer.text


async def test_a_run_wants_a_fresh_code_as_one_document_does(firm: Firm) -> None:
    other = await firm.company.person("FINANCE_USER")
    assert (await other.post("/v1/invoices/send", {"ids": [MISSING]})).json()["code"] == "step-up-required"


async def test_every_attempt_can_be_seen(house: House, firm: Firm) -> None:
    made = await approved(firm)
    path = f"/v1/invoices/{made}/attempts"
    assert ok(await firm.erp.get(path)) == []
    ok(await firm.head.post(f"/v1/invoices/{made}/send"), 202)
    nowhere = SandboxProvider(account(f"http://127.0.0.1:{free_port()}"))
    wiring: Wiring = msgspec.structs.replace(house.wiring, provider=nowhere, circuits=Circuits())
    for minutes in (0, 5):
        with pytest.raises(Temporary):
            now = house.now + timedelta(minutes=minutes)
            await jobs.send(wiring, firm.company.id, msgspec.json.encode(SendJob(UUID(made))), now=now)
    await nowhere.close()
    first, second = ok(await firm.erp.get(path))
    assert (first["number"], second["number"]) == (1, 2)
    assert {first["outcome"], second["outcome"]} == {"temporary"}
    assert "can't be reached" in first["reason"]
    assert first["begun_at"] < first["ended_at"] < first["next_at"]
    assert (first["state"], first["adapter"], first["account_id"]) == ("ended", "sandbox", None)
    strange: Person = await (await house.company()).person("AUDITOR")
    assert (await strange.get(path)).status_code == 404
