"""The page: how each endpoint stands, and the way back from a pause, in both languages."""

from __future__ import annotations

import re

import httpx

from tests.gateway.house import Person
from tests.gateway.webhooks.conftest import Hooks
from tests.gateway.webhooks.receiver import Receiver, says


async def shown(person: Person, language: str = "en") -> str:
    headers = {"Authorization": f"Bearer {person.token}", "Accept-Language": language}
    answer = await person.house.client.get("/webhooks", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


async def press(person: Person, path: str, code: str) -> httpx.Response:
    return await person.house.client.post(
        path, data={"code": code}, headers={"Authorization": f"Bearer {person.token}"}
    )


async def test_before_the_first_endpoint_the_page_says_how_to_make_one(hooks: Hooks) -> None:
    assert "POST /v1/webhooks" in await shown(hooks.admin)


async def test_a_paused_endpoint_says_why_and_is_resumed_from_the_page(hooks: Hooks, erp: Receiver) -> None:
    erp.answer = says(410, b"<script>alert(1)</script>")
    endpoint = (await hooks.make(erp.url, description="<b>ERP</b>"))["endpoint"]["id"]
    (message,) = await hooks.happen("invoice.sent")
    await hooks.turn(endpoint)
    page = await shown(hooks.admin)
    assert "this address is gone (410)" in page
    assert "&lt;b&gt;ERP&lt;/b&gt;" in page
    assert "<script" not in page
    assert "invoice.sent" in page
    arabic = await shown(hooks.admin, "ar")
    assert 'dir="rtl"' in arabic
    assert "لم يعد موجودًا (410)" in arabic

    refused = await press(hooks.admin, f"/webhooks/{endpoint}/resume", "000000")
    assert refused.status_code == 403
    assert not (await hooks.show(endpoint))["enabled"]
    erp.answer = says(200)
    done = await press(hooks.admin, f"/webhooks/{endpoint}/resume", hooks.admin.code())
    assert (done.status_code, done.headers["location"]) == (303, "/webhooks?said=webhook-resumed")
    await hooks.turn(endpoint)
    assert erp.ids == [message, message]
    assert re.search(r'class="state good">delivered', await shown(hooks.admin))

    done = await press(hooks.admin, f"/webhooks/{endpoint}/pause", hooks.admin.code())
    assert done.status_code == 303
    assert (await hooks.show(endpoint))["paused_for"] == "person"
    assert "Somebody paused it" in await shown(hooks.admin)


async def test_an_auditor_reads_and_presses_nothing(hooks: Hooks, erp: Receiver) -> None:
    made = await hooks.make(erp.url)
    auditor = await hooks.company.person("AUDITOR")
    page = await shown(auditor)
    assert erp.url in page
    assert f"/webhooks/{made['endpoint']['id']}/pause" not in page
    assert made["secret"] not in page
