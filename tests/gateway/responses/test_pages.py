"""The pages: deciding about a received document, its history, and what came; in both languages, without a script."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import msgspec
import pytest

import ubl
from gateway.outbound import examples
from gateway.pages.texts import TEXTS
from peppol import sbdh, signature
from tests.gateway.house import PASSWORD, Company, House, Person, ok
from tests.gateway.inbound.envelopes import enveloped, invoice
from tests.gateway.responses.conftest import message_of, response_to
from ubl.response import Code


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    return await house.company()


@pytest.fixture(scope="module")
async def clerk(company: Company) -> Person:
    return await company.person("FINANCE_USER")


@pytest.fixture
async def browser(house: House, clerk: Person) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        form = {"email": clerk.email, "password": PASSWORD, "code": clerk.code()}
        assert (await client.post("/sign-in", data=form)).status_code == 303
        yield client


async def deliver(house: House, envelope: bytes) -> str:
    secret = house.wiring.settings.provider_secrets[0].reveal().encode()
    headers = signature.sign(secret, str(uuid4()), envelope, house.now) | {"content-type": "application/xml"}
    return str(ok(await house.client.post("/v1/network/deliveries", content=envelope, headers=headers), 201)["id"])


async def received(house: House, company: Company) -> str:
    return await deliver(house, enveloped(invoice(f"P-{uuid4().hex[:8]}", buyer_tin=company.trn[:10])))


async def look(browser: httpx.AsyncClient, address: str, language: str = "en") -> str:
    browser.cookies.set("language", language)
    page = await browser.get(address, headers={"Accept": "text/html"})
    assert page.status_code == 200, page.text
    return html.unescape(page.text)


async def fill(
    browser: httpx.AsyncClient, address: str, form: dict[str, str], *, to: str = "responses"
) -> httpx.Response:
    page = await browser.get(address)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    return await browser.post(f"{address}/{to}", data={"csrf_token": token.group(1), **form})


def offered(page: str, form: str) -> set[str]:
    """The answers that one form offers."""
    part = re.search(rf'<select id="{form}-answer".*?</select>', page, re.DOTALL)
    return set(re.findall(r'<option value="(\w+)"', part.group(0))) if part else set()


async def test_the_forms_offer_what_may_follow(house: House, company: Company, browser: httpx.AsyncClient) -> None:
    address = f"/inbox/{await received(house, company)}"
    page = await look(browser, address)
    assert (offered(page, "tell"), offered(page, "decide")) == ({"AB", "IP", "UQ"}, {"CA", "RE", "AP"})
    done = await fill(browser, address, {"answer": "IP"})
    assert (done.status_code, done.headers["location"]) == (303, f"{address}?said=answered")
    page = await look(browser, address)
    assert (offered(page, "tell"), offered(page, "decide")) == ({"UQ"}, {"CA", "RE", "AP"})
    assert TEXTS["answer.title"].en in page
    assert TEXTS["state.answer.QUEUED"].en in page
    assert TEXTS["event.document.answered"].en in page


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_a_decision_takes_a_fresh_code_and_a_reason(
    house: House, company: Company, browser: httpx.AsyncClient, clerk: Person, language: str
) -> None:
    address = f"/inbox/{await received(house, company)}"
    form = {"answer": "RE", "why": "QUA", "action": "CNF", "explanation": "Broken <b>chairs</b>"}
    refused = await fill(browser, address, {**form, "code": "000000"}, to="decision")
    assert refused.status_code == 403
    without = await fill(browser, address, form)
    assert without.status_code == 403
    done = await fill(browser, address, {**form, "code": clerk.code()}, to="decision")
    assert done.headers["location"] == f"{address}?said=answered"
    page = await look(browser, address, language)
    word = 0 if language == "en" else 1
    for key in ("answer.RE", "reason.QUA", "action.CNF"):
        assert TEXTS[key][word] in page
    assert "Broken <b>chairs</b>" in page
    assert (offered(page, "tell"), offered(page, "decide")) == (set(), set())
    raw = (await browser.get(address)).text
    assert "<b>chairs</b>" not in raw


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"answer": "UQ"}, "UQ needs a clarification"),
        ({"answer": "UQ", "why": "OTH"}, "OTH must be said in words"),
        ({"answer": "AB", "effective": "tomorrow"}, "Write a day"),
        ({"answer": "UQ", "why": "ZZZ"}, "'ZZZ' is no code"),
    ],
)
async def test_what_is_wrong_with_a_form_is_said_on_a_page(
    house: House, company: Company, browser: httpx.AsyncClient, form: dict[str, str], said: str
) -> None:
    address = f"/inbox/{await received(house, company)}"
    answer = await fill(browser, address, form)
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert said in page
    assert TEXTS["problem.invalid-response"].en in page or "effective" in form


async def test_an_auditor_sees_the_history_and_no_form(
    house: House, company: Company, browser: httpx.AsyncClient
) -> None:
    address = f"/inbox/{await received(house, company)}"
    await fill(browser, address, {"answer": "AB"})
    auditor = await company.person("AUDITOR")
    transport = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as other:
        form = {"email": auditor.email, "password": PASSWORD, "code": auditor.code()}
        assert (await other.post("/sign-in", data=form)).status_code == 303
        page = await look(other, address)
    assert TEXTS["answer.title"].en in page
    assert "<form" not in page.split("<main", 1)[1].replace('action="/sign-out"', "")
    assert offered(page, "tell") == set()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_answers_in_doubt_are_shown_with_the_reason(
    house: House, company: Company, browser: httpx.AsyncClient, language: str
) -> None:
    never = msgspec.structs.replace(examples.INVOICE, number="NEVER-1", uuid=str(uuid4()))
    told = response_to(ubl.write(ubl.complete(never)), Code.ACCEPTED)
    response_id = await deliver(house, sbdh.write(message_of(told, receiver=f"0235:{company.trn[:10]}")))
    page = await look(browser, "/responses", language)
    word = 0 if language == "en" else 1
    assert TEXTS["verdict.unmatched"][word] in page
    assert "No document 'NEVER-1' was issued here." in page
    assert f"/v1/responses/{response_id}/xml" in page
    assert "/responses" in await look(browser, "/documents", language)
